//! What becomes of open requests and streams when the server is stopped.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use app::model::{AppQuery, Topic};
use axum::routing::get;
use server::http::serve::{Bounds, serve};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Notify,
    time::timeout,
};

use crate::support::Site;

/// Far more than anything here takes: the machine may be busy.
const SOON: Duration = Duration::from_secs(20);

/// A request that was sent.
async fn sent(address: SocketAddr, path: &str, cookie: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let request = format!("GET {path} HTTP/1.1\r\nhost: longshore.test\r\ncookie: longshore={cookie}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    stream
}

/// What else is said until the server ends the connection.
async fn to_its_end(mut stream: TcpStream) -> String {
    let mut said = Vec::new();
    timeout(SOON, stream.read_to_end(&mut said)).await.expect("it ends").expect("an end, and no break");
    String::from_utf8_lossy(&said).into_owned()
}

#[tokio::test]
async fn what_was_asked_is_answered_and_what_streams_is_ended() {
    let site = Site::start().await;
    let cookie = site.admin().await.cookie.expect("a session");
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let slow = {
        let (begun, go_on) = (Arc::clone(&begun), Arc::clone(&go_on));
        move || async move {
            begun.notify_one();
            go_on.notified().await;
            "late"
        }
    };
    let router = site.router.clone().route("/slow", get(slow));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let stopping = site.stopping.disarm();
    let serving = tokio::spawn(serve(listener, router, Bounds::of(16), stopping.clone()));

    let topic = Topic::Apps(AppQuery::default()).to_string();
    let topic: String = form_urlencoded::byte_serialize(topic.as_bytes()).collect();
    let mut stream = sent(address, &format!("/api/v1/live?t={topic}"), &cookie).await;
    let mut first = String::new();
    while !first.contains("snapshot") {
        let mut piece = [0; 4096];
        let count = timeout(SOON, stream.read(&mut piece)).await.expect("in time").expect("a piece");
        assert!(count > 0, "the stream ended at once: {first}");
        first.push_str(&String::from_utf8_lossy(&piece[..count]));
    }
    let asked = sent(address, "/slow", &cookie).await;
    timeout(SOON, begun.notified()).await.expect("it is worked on");

    stopping.cancel();
    assert!(to_its_end(stream).await.ends_with("0\r\n\r\n"), "the stream is ended, not torn");
    assert!(!serving.is_finished(), "somebody waits for an answer");
    go_on.notify_one();
    assert!(to_its_end(asked).await.ends_with("\r\n\r\nlate"));
    timeout(SOON, serving).await.expect("in time").expect("no panic");
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
}
