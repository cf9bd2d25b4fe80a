//! Redis whose answers come late. Within the time that a command has, nobody notices; past it, the site says so as it
//! does when Redis does not answer at all, and all is well again by itself once the answers are in time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::future::join_all;
use http::StatusCode;
use server::redis_store::PATIENCE;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::{mpsc, watch},
    time::{Instant, sleep, sleep_until, timeout},
};
use url::Url;

use crate::{
    redis_server::{RedisServer, SECRET},
    support::{PASSWORD, Reply, Site, Visitor},
};

const OK: StatusCode = StatusCode::OK;
const CREATED: StatusCode = StatusCode::CREATED;
const NO_CONTENT: StatusCode = StatusCode::NO_CONTENT;
const UNAUTHORIZED: StatusCode = StatusCode::UNAUTHORIZED;
const UNAVAILABLE: StatusCode = StatusCode::SERVICE_UNAVAILABLE;
/// A request waits for Redis a few times half a second at most; the machine may be busy.
const BOUND: Duration = Duration::from_secs(10);
/// Longer than a session is remembered, in milliseconds.
const FORGOTTEN: i64 = 6_000;
const OTHERS: &str = "/api/v1/sessions?others=true";

/// A way to Redis on which each answer takes as long as the test says.
struct Detour {
    url: String,
    lag: watch::Sender<Duration>,
    late: Arc<AtomicUsize>,
}

impl Detour {
    /// One that takes no longer than the straight way, as yet.
    async fn to(redis: &RedisServer) -> Self {
        let mut url: Url = redis.url().parse().expect("an address");
        let there = url.port().expect("a port");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let here = listener.local_addr().expect("an address").port();
        url.set_port(Some(here)).expect("an address with a port");
        let (lag, how_late) = watch::channel(Duration::ZERO);
        let late = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&late);
        tokio::spawn(async move {
            while let Ok((site, _)) = listener.accept().await {
                let Ok(redis) = TcpStream::connect(("127.0.0.1", there)).await else { continue };
                tokio::spawn(carry(site, redis, how_late.clone(), Arc::clone(&count)));
            }
        });
        Self { url: url.into(), lag, late }
    }

    /// From now on, each answer takes so much longer.
    fn takes(&self, lag: Duration) {
        self.lag.send_replace(lag);
    }

    /// How many pieces of answers were held back.
    fn late(&self) -> usize {
        self.late.load(Ordering::Relaxed)
    }
}

/// Carries what the site asks at once, and what Redis answers when it is due, in order.
async fn carry(site: TcpStream, redis: TcpStream, lag: watch::Receiver<Duration>, late: Arc<AtomicUsize>) {
    for stream in [&site, &redis] {
        stream.set_nodelay(true).expect("a socket");
    }
    let (mut asked, mut told) = site.into_split();
    let (mut answers, mut questions) = redis.into_split();
    let (under_way, mut due) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    let asking = async {
        tokio::io::copy(&mut asked, &mut questions).await.ok();
    };
    let hearing = async {
        let mut bytes = vec![0_u8; 16 << 10];
        while let Ok(n @ 1..) = answers.read(&mut bytes).await {
            let at = Instant::now() + *lag.borrow();
            under_way.send((at, bytes[..n].to_vec())).ok();
        }
    };
    let telling = async {
        while let Some((at, bytes)) = due.recv().await {
            if Instant::now() < at {
                late.fetch_add(1, Ordering::Relaxed);
            }
            sleep_until(at).await;
            if told.write_all(&bytes).await.is_err() {
                break;
            }
        }
    };
    // When one side hangs up, so does the other.
    tokio::select! {
        () = asking => {}
        () = hearing => {}
        () = telling => {}
    }
}

async fn site() -> (RedisServer, Detour, Site) {
    let redis = RedisServer::start();
    let detour = Detour::to(&redis).await;
    let site = Site::start_with(Some(detour.url.clone())).await;
    (redis, detour, site)
}

async fn status(visitor: &mut Visitor) -> StatusCode {
    timeout(BOUND, visitor.get("/api/v1/session")).await.expect("an answer").status
}

async fn sign_in(visitor: &mut Visitor, password: &str) -> Reply {
    timeout(BOUND, visitor.sign_in("admin", password)).await.expect("an answer")
}

/// The administrator at work, and once more elsewhere.
async fn two(site: &Site) -> (Visitor, Visitor) {
    let (here, mut there) = (site.admin().await, site.visitor());
    let signed_in = sign_in(&mut there, PASSWORD).await;
    assert_eq!(signed_in.status, CREATED, "{}", signed_in.body);
    (here, there)
}

/// What twenty windows of the same session are answered that ask at the same time.
async fn crowd(of: &Visitor) -> Vec<StatusCode> {
    let asking = (0..20).map(|_| {
        let mut visitor = of.clone();
        async move { status(&mut visitor).await }
    });
    join_all(asking).await
}

/// Waits until the server says of itself that all is well.
async fn well_again(site: &Site) {
    let well = async {
        while site.visitor().get("/readyz").await.body != "ok\n" {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(Duration::from_secs(30), well).await.expect("it mends by itself");
}

#[tokio::test]
async fn in_time_nobody_notices() {
    let (_redis, detour, site) = site().await;
    // A new connection takes two answers: one to the password, one to what is asked.
    detour.takes(PATIENCE / 5);
    let (mut here, mut there) = two(&site).await;
    assert_eq!(sign_in(&mut site.visitor(), "a wrong password").await.status, UNAUTHORIZED);
    site.clock.advance(FORGOTTEN);
    let answers = crowd(&there).await;
    assert!(answers.iter().all(|status| *status == OK), "they wait beside each other, not in a row: {answers:?}");
    assert_eq!(status(&mut here).await, OK);

    let listed = here.get("/api/v1/sessions").await;
    assert_eq!(listed.json().as_array().map(Vec::len), Some(2), "{}", listed.body);
    assert_eq!(here.delete(OTHERS).await.status, NO_CONTENT);
    assert_eq!((status(&mut here).await, status(&mut there).await), (OK, UNAUTHORIZED));
    assert_eq!(site.visitor().get("/readyz").await.body, "ok\n");
    let cookie = here.cookie.clone().expect("a cookie");
    assert_eq!(here.delete("/api/v1/session").await.status, NO_CONTENT);
    assert_eq!(status(&mut site.visitor_with(&cookie)).await, UNAUTHORIZED);
    assert!(detour.late() > 10, "all of this went the long way: {}", detour.late());
}

#[tokio::test]
async fn too_late_is_as_good_as_not_at_all_and_in_time_again_all_is_well() {
    let (_redis, detour, site) = site().await;
    let (mut known, mut other) = two(&site).await;
    site.clock.advance(FORGOTTEN);
    assert_eq!(status(&mut known).await, OK);
    detour.takes(PATIENCE * 3 / 2);
    assert_eq!(status(&mut known).await, OK, "whoever was just looked up goes on");
    assert_eq!(status(&mut other).await, UNAVAILABLE, "others are not signed in by default, nor signed out");
    let refused = sign_in(&mut site.visitor(), PASSWORD).await;
    assert_eq!(refused.status, UNAVAILABLE, "{}", refused.body);
    assert!(refused.json()["detail"].as_str().expect("words").contains("Sessions cannot be kept"), "{}", refused.body);
    assert!(refused.set_cookie.is_none() && !refused.body.contains(SECRET), "{}", refused.body);
    let answers = crowd(&other).await;
    assert!(answers.iter().all(|status| *status == UNAVAILABLE), "{answers:?}");
    for path in ["/healthz", "/sign-in"] {
        assert_eq!(timeout(BOUND, site.visitor().get(path)).await.expect("an answer").status, OK, "{path}");
    }
    let ready = site.visitor().get("/readyz").await;
    assert!(ready.status == OK && ready.body.starts_with("degraded: Redis does not answer"), "{}", ready.body);
    site.clock.advance(FORGOTTEN);
    assert_eq!(status(&mut known).await, UNAVAILABLE, "it was looked up too long ago");
    assert!(detour.late() > 0, "it was the answers that were late");

    detour.takes(Duration::ZERO);
    well_again(&site).await;
    assert_eq!((status(&mut known).await, status(&mut other).await), (OK, OK));
    let again = sign_in(&mut site.visitor(), PASSWORD).await;
    assert_eq!(again.status, CREATED, "{}", again.body);
}

#[tokio::test]
async fn what_was_done_and_answered_too_late_is_not_said_to_be_done_and_holds_all_the_same() {
    let (_redis, detour, site) = site().await;
    let (mut here, mut there) = two(&site).await;
    assert_eq!((status(&mut here).await, status(&mut there).await), (OK, OK), "both are remembered");
    detour.takes(PATIENCE * 3 / 2);
    let refused = timeout(BOUND, here.delete(OTHERS)).await.expect("an answer");
    assert_eq!(refused.status, UNAVAILABLE, "{}", refused.body);
    assert_eq!(status(&mut there).await, UNAVAILABLE, "it may have ended, so that it is not believed any more");

    detour.takes(Duration::ZERO);
    well_again(&site).await;
    assert_eq!((status(&mut here).await, status(&mut there).await), (OK, UNAUTHORIZED), "Redis had heard of it");
    assert_eq!(here.delete(OTHERS).await.status, NO_CONTENT, "whoever asks again is told that it is done");
}
