//! The HTTP client of one cluster: every call has a time limit, and goes out as who it is for. What comes back is bounded
//! as well, since a cluster may be a tenant's, broken or hostile, and one process serves them all.

use std::time::Duration;

use app::model::TenantId;
use futures::{Stream, StreamExt, TryStreamExt};
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use kube::client::Body;
use tokio_util::{
    codec::{FramedRead, LinesCodec, LinesCodecError},
    io::StreamReader,
};

use super::{fault::ClusterError, kubeconfig::Credentials};

/// Who a call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// Longshore itself, with the kubeconfig's own rights.
    Platform,
    /// A tenant: Kubernetes checks the call against the tenant's rights by impersonation.
    Tenant(TenantId),
}

/// The group that all tenants' users are in.
pub const TENANTS_GROUP: &str = "longshore:tenants";

/// The user that a tenant's calls are made as.
pub fn tenant_user(tenant: TenantId) -> String {
    format!("longshore:tenant:{tenant}")
}

/// How long a call may take.
pub(crate) const CALL_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a page of a large list may take.
pub(crate) const LIST_TIMEOUT: Duration = Duration::from_secs(60);

/// The most bytes of an answer, unpacked: a page of a thousand of the largest real pods has a sixth of it.
const MOST_BYTES: usize = 64 << 20;
/// The most bytes of an answer that says what went wrong.
const MOST_WORDS: usize = 1 << 20;
/// The most bytes of one event of a watch. Kubernetes stores no object larger than about 1.5 MiB.
const MOST_EVENT: usize = 8 << 20;

/// A client for one cluster.
#[derive(Clone)]
pub struct Client {
    inner: kube::Client,
    server: String,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("server", &self.server).finish_non_exhaustive()
    }
}

impl Client {
    /// A client with a kubeconfig's credentials. Connects to nothing yet; fails when a certificate or key cannot
    /// be read.
    pub async fn new(credentials: &Credentials) -> Result<Self, ClusterError> {
        let bad = |e: &dyn std::fmt::Display| ClusterError::Invalid {
            message: e.to_string(),
            field: Some("kubeconfig".to_owned()),
        };
        let mut config =
            kube::Config::from_custom_kubeconfig(credentials.kubeconfig(), &kube::config::KubeConfigOptions::default())
                .await
                .map_err(|e| bad(&e))?;
        // A POST that is sent again after 503 could have been done twice; those who call decide.
        config.default_retry = false;
        config.connect_timeout = Some(Duration::from_secs(5));
        config.write_timeout = Some(CALL_TIMEOUT);
        let server = config.cluster_url.to_string();
        let inner = kube::Client::try_from(config).map_err(|e| bad(&e))?;
        Ok(Self { inner, server: server.trim_end_matches('/').to_owned() })
    }

    /// One call; the answer's text. Fails with what the cluster said, or when `limit` has passed.
    pub(crate) async fn call(
        &self,
        who: &Identity,
        method: Method,
        path: &str,
        body: Option<(&str, Vec<u8>)>,
        limit: Duration,
    ) -> Result<String, ClusterError> {
        let mut request = as_who(who).method(method).uri(path).header(header::ACCEPT, "application/json");
        let bytes = match body {
            Some((kind, bytes)) => {
                request = request.header(header::CONTENT_TYPE, kind);
                bytes
            }
            None => Vec::new(),
        };
        let request = request.body(bytes).map_err(|e| ClusterError::Other(e.to_string()))?;
        self.send(request, limit).await
    }

    /// A page of a list, of which the objects' metadata are wanted alone: what configuration and secrets hold stays where
    /// it is.
    pub(crate) async fn metadata(&self, who: &Identity, path: &str) -> Result<String, ClusterError> {
        let request = as_who(who)
            .uri(path)
            .header(header::ACCEPT, "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1")
            .body(Vec::new())
            .map_err(|e| ClusterError::Other(e.to_string()))?;
        self.send(request, CALL_TIMEOUT).await
    }

    /// A read whose answer is not compressed: packing hundreds of megabytes costs the API server more than it
    /// saves on the networks where clusters and their managers live.
    pub(crate) async fn read_plain(&self, path: &str, limit: Duration) -> Result<String, ClusterError> {
        self.read_at_most(path, limit, MOST_BYTES).await
    }

    /// The same of an answer that is known to be small. Fails with `TooLarge` when it is not.
    pub(crate) async fn read_at_most(&self, path: &str, limit: Duration, most: usize) -> Result<String, ClusterError> {
        let request = Request::get(path)
            .header(header::ACCEPT, "application/json")
            .header(header::ACCEPT_ENCODING, "identity")
            .body(Vec::new())
            .map_err(|e| ClusterError::Other(e.to_string()))?;
        self.receive(request, limit, most).await
    }

    /// One change that is only asked about; what the cluster warns of.
    pub(crate) async fn warnings(
        &self,
        who: &Identity,
        path: &str,
        body: (&str, Vec<u8>),
    ) -> Result<Vec<String>, ClusterError> {
        let (kind, bytes) = body;
        let request = as_who(who).method(Method::PATCH).uri(path).header(header::CONTENT_TYPE, kind).body(bytes);
        let request = request.map_err(|e| ClusterError::Other(e.to_string()))?;
        let answer = async {
            let (head, body) = self.open(request).await?.into_parts();
            // Read to its end, so that the connection serves again.
            collect(body, MOST_BYTES).await?;
            Ok(head.headers.get_all(header::WARNING).iter().filter_map(warning).collect())
        };
        match tokio::time::timeout(CALL_TIMEOUT, answer).await {
            Ok(warnings) => warnings,
            Err(_) => Err(ClusterError::Unreachable(format!("no answer within {} s", CALL_TIMEOUT.as_secs()))),
        }
    }

    async fn send(&self, request: Request<Vec<u8>>, limit: Duration) -> Result<String, ClusterError> {
        self.receive(request, limit, MOST_BYTES).await
    }

    async fn receive(&self, request: Request<Vec<u8>>, limit: Duration, most: usize) -> Result<String, ClusterError> {
        let answer = async {
            let bytes = collect(self.open(request).await?.into_body(), most).await?;
            String::from_utf8(bytes).map_err(|_| ClusterError::Other("the answer is no text".to_owned()))
        };
        match tokio::time::timeout(limit, answer).await {
            Ok(answer) => answer,
            Err(_) => Err(ClusterError::Unreachable(format!("no answer within {} s", limit.as_secs()))),
        }
    }

    /// A watch: its lines as they come, each of them an event. Fails when it is not open within `limit`; ends when the
    /// cluster ends it, also in the middle of a line.
    pub(crate) async fn watch(
        &self,
        path: &str,
        limit: Duration,
    ) -> Result<impl Stream<Item = Result<String, ClusterError>> + use<>, ClusterError> {
        let request = Request::get(path)
            .header(header::ACCEPT, "application/json")
            // From Kubernetes 1.37 on each event is packed by itself, which is not read everywhere.
            .header(header::ACCEPT_ENCODING, "identity")
            .body(Vec::new())
            .map_err(|e| ClusterError::Other(e.to_string()))?;
        let opened = match tokio::time::timeout(limit, self.open(request)).await {
            Ok(opened) => opened?,
            Err(_) => return Err(ClusterError::Unreachable("the watch was not opened".to_owned())),
        };
        let bytes = StreamReader::new(opened.into_body().into_data_stream().map_err(std::io::Error::other));
        let lines = FramedRead::new(bytes, LinesCodec::new_with_max_length(MOST_EVENT));
        Ok(lines.take_while(|line| std::future::ready(!is_cut_off(line))).map(|line| {
            line.map_err(|error| match error {
                LinesCodecError::MaxLineLengthExceeded => ClusterError::TooLarge,
                LinesCodecError::Io(error) => ClusterError::Unreachable(format!("the watch broke off: {error}")),
            })
        }))
    }

    /// The answer to a request that went well, its body yet to be read; else what the cluster said.
    async fn open(&self, request: Request<Vec<u8>>) -> Result<Response<Body>, ClusterError> {
        let answer = self.inner.send(request.map(Body::from)).await?;
        let status = answer.status();
        if !status.is_client_error() && !status.is_server_error() {
            return Ok(answer);
        }
        let words = collect(answer.into_body(), MOST_WORDS).await?;
        Err(refusal(status, &words))
    }
}

/// What a warning says: `299 - "words"` (RFC 9111, section 5.5).
fn warning(said: &http::HeaderValue) -> Option<String> {
    let (_, words) = said.to_str().ok()?.split_once('"')?;
    Some(words.strip_suffix('"')?.replace("\\\"", "\""))
}

/// Whether a watch was ended without a word, as what stands between us and the cluster does after a while: no fault, it
/// is opened anew.
fn is_cut_off(line: &Result<String, LinesCodecError>) -> bool {
    let Err(LinesCodecError::Io(error)) = line else { return false };
    let mut at: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(cause) = at {
        // An I/O error hides from `source` what it wraps.
        let io = cause.downcast_ref::<std::io::Error>();
        if io.is_some_and(|io| io.kind() == std::io::ErrorKind::UnexpectedEof)
            || cause.to_string().contains("unexpected EOF")
        {
            return true;
        }
        at = match io.and_then(std::io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => cause.source(),
        };
    }
    false
}

/// A request in somebody's name.
fn as_who(who: &Identity) -> http::request::Builder {
    let request = Request::builder();
    match who {
        Identity::Platform => request,
        Identity::Tenant(tenant) => {
            request.header("impersonate-user", tenant_user(*tenant)).header("impersonate-group", TENANTS_GROUP)
        }
    }
}

async fn collect(body: Body, most: usize) -> Result<Vec<u8>, ClusterError> {
    match Limited::new(body, most).collect().await {
        Ok(whole) => Ok(whole.to_bytes().into()),
        Err(error) => Err(match error.downcast::<kube::Error>() {
            Ok(error) => (*error).into(),
            Err(_) => ClusterError::TooLarge,
        }),
    }
}

/// What a refusal says. Kubernetes answers with a `Status`; what stands before it, such as a proxy, with words of its own.
fn refusal(status: StatusCode, words: &[u8]) -> ClusterError {
    if let Ok(said) = serde_json::from_slice::<kube::core::Status>(words)
        && said.code != 0
    {
        return said.into();
    }
    let words: String = String::from_utf8_lossy(words).trim().chars().take(300).collect();
    kube::core::Status::failure(&words, "").with_code(status.as_u16()).into()
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    /// A cluster that answers everything alike.
    fn answering(status: u16, body: Vec<u8>) -> Client {
        let service = tower::service_fn(move |_: Request<Body>| {
            let answer = Response::builder().status(status).body(Body::from(body.clone()));
            std::future::ready(Ok::<_, Infallible>(answer.expect("an answer")))
        });
        Client { inner: kube::Client::new(service, "default"), server: String::new() }
    }

    async fn read(client: &Client) -> Result<String, ClusterError> {
        client.read_plain("/version", CALL_TIMEOUT).await
    }

    #[tokio::test]
    async fn an_answer_without_end_is_not_kept() {
        assert_eq!(read(&answering(200, b"{}".to_vec())).await, Ok("{}".to_owned()));
        assert_eq!(read(&answering(200, vec![b' '; MOST_BYTES + 1])).await, Err(ClusterError::TooLarge));
        assert_eq!(read(&answering(500, vec![b' '; MOST_WORDS + 1])).await, Err(ClusterError::TooLarge));
    }

    #[tokio::test]
    async fn what_a_cluster_or_what_stands_before_it_says_is_told() {
        let said = br#"{"kind":"Status","code":403,"reason":"Forbidden","message":"no"}"#;
        assert_eq!(read(&answering(403, said.to_vec())).await, Err(ClusterError::Forbidden { what: "no".to_owned() }));
        let proxy = read(&answering(502, b"<html>bad gateway</html>".to_vec())).await;
        assert_eq!(proxy, Err(ClusterError::Other("502 <html>bad gateway</html>".to_owned())));
    }

    #[tokio::test]
    async fn a_line_of_a_watch_without_end_is_not_kept() {
        let mut body = b"first\nsecond\n".to_vec();
        body.resize(body.len() + MOST_EVENT + 1, b'x');
        let client = answering(200, body);
        let lines = client.watch("/api/v1/pods?watch=true", LIST_TIMEOUT).await.expect("opened");
        let lines: Vec<_> = std::pin::pin!(lines).take(3).collect().await;
        assert_eq!(lines, [Ok("first".to_owned()), Ok("second".to_owned()), Err(ClusterError::TooLarge)]);
    }

    #[test]
    fn a_watch_that_is_cut_off_has_ended_and_another_fault_is_one() {
        use std::io::{Error, ErrorKind};
        let failed = |error| is_cut_off(&Err(LinesCodecError::Io(error)));
        assert!(failed(Error::other(Error::from(ErrorKind::UnexpectedEof))));
        assert!(failed(Error::other(Error::other("unexpected EOF during chunk size line"))));
        assert!(!failed(Error::other(Error::from(ErrorKind::ConnectionReset))));
        assert!(!is_cut_off(&Err(LinesCodecError::MaxLineLengthExceeded)));
        assert!(!is_cut_off(&Ok("unexpected EOF".to_owned())));
    }

    #[tokio::test(start_paused = true)]
    async fn a_cluster_that_forgets_everything_at_once_is_asked_ever_more_seldom() {
        use std::sync::{
            Arc, Mutex,
            atomic::{AtomicUsize, Ordering},
        };

        use crate::kubernetes::{
            index::Index,
            watch::{Report, run},
            wire,
        };

        let asked = Arc::new(AtomicUsize::new(0));
        let service = {
            let asked = Arc::clone(&asked);
            tower::service_fn(move |request: Request<Body>| {
                asked.fetch_add(1, Ordering::Relaxed);
                let watch = request.uri().query().is_some_and(|query| query.contains("watch=true"));
                let (status, body) = if watch {
                    (410, r#"{"kind":"Status","code":410,"reason":"Expired","message":"too old"}"#)
                } else {
                    (200, r#"{"metadata":{"resourceVersion":"7"},"items":[]}"#)
                };
                let answer = Response::builder().status(status).body(Body::from(body.as_bytes().to_vec()));
                std::future::ready(Ok::<_, Infallible>(answer.expect("an answer")))
            })
        };
        let client = Client { inner: kube::Client::new(service, "default"), server: String::new() };
        let (index, reports) = (Arc::new(Index::default()), Mutex::new(Vec::new()));
        let report = |report| reports.lock().expect("whole").push(report);
        let run = run::<wire::Namespace>(&client, &index, &report);
        assert!(tokio::time::timeout(Duration::from_secs(120), run).await.is_err(), "it goes on");
        let asked = asked.load(Ordering::Relaxed);
        assert!((10..=24).contains(&asked), "{asked} requests in two minutes");
        let told = reports.into_inner().expect("whole");
        assert!(matches!(told.last(), Some(Report::Broken(ClusterError::Expired))), "{told:?}");
    }
}
