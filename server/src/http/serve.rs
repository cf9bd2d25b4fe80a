//! The connections: how many there may be, how long one may take to say what it wants, and how they end.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo};
use http::Request;
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// What connections may take.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// How many are open at a time; further ones wait in the system's queue.
    pub connections: u32,
    /// How long the head of a request may take, and so how long a connection may be idle. What follows the head has the
    /// limits of its route.
    pub head: Duration,
}

impl Bounds {
    /// As many as these. Idle ones are kept for longer than the minute that proxies keep theirs: a proxy that sends a
    /// request on a connection which we are just closing tells its reader that we are broken.
    pub const fn of(connections: u32) -> Self {
        Self { connections, head: Duration::from_secs(75) }
    }
}

/// How often a silent HTTP/2 connection is asked whether there is still somebody.
const PING: Duration = Duration::from_secs(30);
/// The pause when the system gives no more connections: it may in a moment, when others have ended.
const NO_MORE: Duration = Duration::from_millis(500);

/// Serves until `stopping`, then takes no more connections and waits for the open requests.
pub async fn serve(listener: TcpListener, router: Router, bounds: Bounds, stopping: CancellationToken) {
    let places = Arc::new(Semaphore::new(usize::try_from(bounds.connections).unwrap_or(Semaphore::MAX_PERMITS)));
    let open = GracefulShutdown::new();
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(bounds.head);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(PING);
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, accept(&listener).await)
        };
        let (place, (stream, peer)) = tokio::select! {
            () = stopping.cancelled() => break,
            next = next => next,
        };
        // A small answer is not to wait for the next one. A connection that is gone already says so when it is read.
        let _ = stream.set_nodelay(true);
        let app = router.clone().map_request(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            request
        });
        let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), TowerToHyperService::new(app));
        let connection = open.watch(connection.into_owned());
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%peer, error, "a connection ended");
            }
            drop(place);
        });
    }
    drop(listener);
    open.shutdown().await;
}

/// The next connection. Whatever the system says of one that could not be had, there will be others.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(connection) => return connection,
            Err(error) if is_of_one(&error) => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be taken");
                tokio::time::sleep(NO_MORE).await;
            }
        }
    }
}

/// Whether an error is of the connection, which went before it was taken, and not of the system.
fn is_of_one(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const BOUNDS: Bounds = Bounds { connections: 2, head: Duration::from_millis(700) };

    async fn serving() -> (SocketAddr, CancellationToken, tokio::task::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let slow = || async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            "late"
        };
        let peer = |ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.ip().to_string() };
        let router = Router::new().route("/peer", axum::routing::get(peer)).route("/slow", axum::routing::get(slow));
        let stopping = CancellationToken::new();
        let task = tokio::spawn(serve(listener, router, BOUNDS, stopping.clone()));
        (address, stopping, task)
    }

    async fn ask(address: SocketAddr, path: &str) -> String {
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        answer
    }

    #[tokio::test]
    async fn handlers_know_who_asks_and_open_requests_are_finished_at_the_end() {
        let (address, stopping, task) = serving().await;
        assert!(ask(address, "/peer").await.ends_with("\r\n\r\n127.0.0.1"));
        let slow = tokio::spawn(ask(address, "/slow"));
        tokio::time::sleep(Duration::from_millis(100)).await;
        stopping.cancel();
        assert!(slow.await.expect("no panic").ends_with("\r\n\r\nlate"));
        task.await.expect("no panic");
        assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
    }

    #[tokio::test]
    async fn those_who_say_nothing_take_the_places_of_others_for_a_while_only() {
        let (address, _stopping, _task) = serving().await;
        let mut silent = Vec::new();
        for _ in 0..2 {
            let mut stream = TcpStream::connect(address).await.expect("a connection");
            stream.write_all(b"GET /peer HTTP/1.1\r\nhost:").await.expect("sent");
            silent.push(stream);
        }
        let began = Instant::now();
        let answer = ask(address, "/peer").await;
        assert!(began.elapsed() > BOUNDS.head / 2, "there was a place at once");
        assert!(answer.ends_with("127.0.0.1"), "{answer}");
    }
}
