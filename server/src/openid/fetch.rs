//! Requests to providers: no redirects, no proxy, a bounded number at a time, a bounded time and a bounded answer.

use std::{pin::Pin, sync::Arc, time::Duration};

use http::{Request, Response};
use openidconnect::AsyncHttpClient;
use tokio::sync::Semaphore;

use super::Fault;

/// The most bytes of an answer that are read.
const MAX_BODY: usize = 256 * 1024;
/// As many requests at a time; the others wait, within their time.
const AT_ONCE: usize = 16;

/// The client.
#[derive(Clone, Debug)]
pub(super) struct Fetch {
    client: reqwest::Client,
    turns: Arc<Semaphore>,
    patience: Duration,
}

impl Fetch {
    pub(super) fn new(patience: Duration) -> Result<Self, Fault> {
        let client = reqwest::Client::builder()
            .timeout(patience)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .user_agent(concat!("longshore/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|_| Fault::Client)?;
        Ok(Self { client, turns: Arc::new(Semaphore::new(AT_ONCE)), patience })
    }

    /// Asks, and reads the whole answer. Whether the address may be asked the caller has checked.
    pub(super) async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Fault> {
        let whole = async {
            let _turn = self.turns.acquire().await.map_err(|_| Fault::Unreachable)?;
            let request = reqwest::Request::try_from(request).map_err(|_| Fault::Unreachable)?;
            let answer = self.client.execute(request).await.map_err(|e| fault(&e))?;
            read(answer).await
        };
        tokio::time::timeout(self.patience, whole).await.unwrap_or(Err(Fault::Slow))
    }

    /// Reads JSON from an address. Fails with `Status` for anything but 200.
    pub(super) async fn json<T: serde::de::DeserializeOwned>(
        &self,
        url: &str,
        token: Option<&str>,
    ) -> Result<T, Fault> {
        let mut request = Request::get(url).header(http::header::ACCEPT, "application/json");
        if let Some(token) = token {
            request = request.header(http::header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = request.body(Vec::new()).map_err(|_| Fault::Unreachable)?;
        let answer = self.send(request).await?;
        if answer.status() != http::StatusCode::OK {
            return Err(Fault::Status(answer.status().as_u16()));
        }
        serde_json::from_slice(answer.body()).map_err(|_| Fault::Unreadable)
    }
}

impl<'c> AsyncHttpClient<'c> for Fetch {
    type Error = Fault;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Vec<u8>>, Fault>> + Send + 'c>>;

    fn call(&'c self, request: Request<Vec<u8>>) -> Self::Future {
        Box::pin(self.send(request))
    }
}

async fn read(mut answer: reqwest::Response) -> Result<Response<Vec<u8>>, Fault> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|e| fault(&e))? {
        if body.len() + chunk.len() > MAX_BODY {
            return Err(Fault::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    let mut read = Response::new(body);
    *read.status_mut() = answer.status();
    *read.headers_mut() = std::mem::take(answer.headers_mut());
    Ok(read)
}

fn fault(error: &reqwest::Error) -> Fault {
    if error.is_timeout() { Fault::Slow } else { Fault::Unreachable }
}
