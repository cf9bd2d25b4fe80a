//! How the server refuses to start, and how it ends.

use std::{
    ffi::OsString,
    io::{Read, Write},
    net::TcpStream,
};

use axum::routing::get;
use tokio::sync::Notify;

use super::*;

fn config(arguments: &[&str]) -> Config {
    let all: Vec<OsString> = std::iter::once("longshore").chain(arguments.iter().copied()).map(Into::into).collect();
    Config::read(all).expect("settings that can be read")
}

async fn refused(arguments: &[&str]) -> String {
    let error = assemble(&config(arguments), Clock::system()).await.err().expect("it cannot start");
    error.to_string()
}

#[tokio::test]
async fn what_cannot_be_used_is_named_with_its_setting() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("file");
    std::fs::write(&file, "no key").expect("written");
    let (file, inside) = (file.display().to_string(), file.join("data").display().to_string());
    let error = refused(&["--data-dir", &inside]).await;
    assert!(error.contains("--data-dir") && error.contains("LONGSHORE_DATA_DIR") && error.contains(&inside), "{error}");
    let data = dir.path().display().to_string();
    let error = refused(&["--data-dir", &data, "--encryption-key-file", &file]).await;
    assert!(error.contains("--encryption-key-file") && error.contains(&file), "{error}");
}

#[test]
fn what_has_not_ended_within_the_grace_is_cut_off() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let config = config(&["--shutdown-seconds", "1"]);
    let asked = Arc::new(Notify::new());
    let never = {
        let asked = Arc::clone(&asked);
        move || async move {
            asked.notify_one();
            std::future::pending::<&'static str>().await
        }
    };
    let mut stream = runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let mut stream = TcpStream::connect(listener.local_addr().expect("an address")).expect("a connection");
        stream.write_all(b"GET /never HTTP/1.1\r\nhost: x\r\n\r\n").expect("sent");
        let stopping = CancellationToken::new();
        let router = Router::new().route("/never", get(never));
        let serving = serve(listener, router, Bounds::of(16), stopping.clone());
        let stop = async {
            asked.notified().await;
            stopping.cancel();
        };
        let began = Instant::now();
        tokio::join!(within_grace(serving, &stopping, &config), stop);
        assert!(began.elapsed() >= config.limits.shutdown_grace(), "it got its time");
        stream
    });
    // As the process does at its end.
    drop(runtime);
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a limit");
    let mut said = String::new();
    match stream.read_to_string(&mut said) {
        Ok(_) => assert_eq!(said, ""),
        Err(error) => assert_eq!(error.kind(), io::ErrorKind::ConnectionReset),
    }
}
