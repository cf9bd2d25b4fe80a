//! Redis that is stopped, silent or started again under a running server: signing in says so, nobody is let in who
//! should not be, nothing hangs, and all is well again by itself.

use std::time::{Duration, Instant};

use app::model::{AppQuery, Topic};
use futures::StreamExt;
use http::{StatusCode, header};
use tokio::time::{sleep, timeout};

use crate::{
    redis_server::{RedisServer, SECRET},
    support::{PASSWORD, Reply, Site, Visitor},
};

const OK: StatusCode = StatusCode::OK;
const UNAVAILABLE: StatusCode = StatusCode::SERVICE_UNAVAILABLE;
/// A request waits for Redis half a second, perhaps twice; the machine may be busy.
const BOUND: Duration = Duration::from_secs(10);

async fn site() -> (RedisServer, Site) {
    let redis = RedisServer::start();
    let site = Site::start_with(Some(redis.url())).await;
    (redis, site)
}

async fn status(visitor: &mut Visitor) -> StatusCode {
    timeout(BOUND, visitor.get("/api/v1/session")).await.expect("an answer").status
}

async fn sign_in(site: &Site) -> Reply {
    timeout(BOUND, site.visitor().sign_in("admin", PASSWORD)).await.expect("an answer")
}

/// Tries to sign in until it works.
async fn mended(site: &Site) {
    let began = Instant::now();
    while sign_in(site).await.status != StatusCode::CREATED {
        assert!(began.elapsed() < Duration::from_secs(30), "it does not mend by itself");
        sleep(Duration::from_millis(50)).await;
    }
}

/// What must hold while Redis does not answer. `known` was looked up a moment ago, `other` was not.
async fn without_redis(site: &Site, known: &mut Visitor, other: &mut Visitor) {
    assert_eq!(status(known).await, OK, "whoever was just looked up goes on");
    assert_eq!(status(other).await, UNAVAILABLE, "others are not signed in by default, nor signed out");
    let refused = sign_in(site).await;
    assert_eq!(refused.status, UNAVAILABLE, "{}", refused.body);
    assert!(refused.json()["detail"].as_str().expect("words").contains("Sessions cannot be kept"), "{}", refused.body);
    assert!(!refused.body.contains(SECRET));
    let mut chinese = site.visitor();
    chinese.headers.push((header::ACCEPT_LANGUAGE, "zh-CN"));
    let refused = chinese.sign_in("admin", PASSWORD).await;
    assert!(refused.body.contains("暂时无法保存登录会话"), "{}", refused.body);
    let form = format!("form[username]=admin&form[password]={}", PASSWORD.replace(' ', "+"));
    assert_eq!(chinese.submit("/api/session/sign_in", &form).await.status, UNAVAILABLE);

    for path in ["/healthz", "/sign-in"] {
        assert_eq!(timeout(BOUND, site.visitor().get(path)).await.expect("an answer").status, OK, "{path}");
    }
    let ready = site.visitor().get("/readyz").await;
    assert_eq!(ready.status, OK, "the other replicas have no Redis either");
    assert!(ready.body.starts_with("degraded: Redis does not answer"), "{}", ready.body);

    site.clock.advance(6_000);
    assert_eq!(status(known).await, UNAVAILABLE, "it was looked up too long ago");
}

async fn with_redis(site: &Site) {
    mended(site).await;
    assert_eq!(site.visitor().get("/readyz").await.body, "ok\n");
}

#[tokio::test]
async fn stopped_and_started_again() {
    let (mut redis, site) = site().await;
    let (mut known, mut other) = (site.admin().await, site.visitor());
    other.sign_in("admin", PASSWORD).await;
    site.clock.advance(6_000);
    assert_eq!(status(&mut known).await, OK);
    redis.stop();
    without_redis(&site, &mut known, &mut other).await;
    redis.start_again();
    with_redis(&site).await;
    assert_eq!((status(&mut known).await, status(&mut other).await), (OK, OK), "their sessions were on its disk");
}

#[tokio::test]
async fn silent_for_a_while() {
    let (redis, site) = site().await;
    let (mut known, mut other) = (site.admin().await, site.visitor());
    other.sign_in("admin", PASSWORD).await;
    site.clock.advance(6_000);
    assert_eq!(status(&mut known).await, OK);
    redis.freeze();
    without_redis(&site, &mut known, &mut other).await;
    let crowd = (0..50).map(|_| {
        let mut visitor = other.clone();
        async move { status(&mut visitor).await }
    });
    let began = Instant::now();
    let answers = futures::future::join_all(crowd).await;
    assert!(answers.iter().all(|status| *status == UNAVAILABLE), "{answers:?}");
    assert!(began.elapsed() < BOUND, "they do not wait for each other: {:?}", began.elapsed());
    redis.thaw();
    with_redis(&site).await;
    assert_eq!((status(&mut known).await, status(&mut other).await), (OK, OK));
}

#[tokio::test]
async fn started_again_between_two_requests() {
    let (mut redis, site) = site().await;
    let mut admin = site.admin().await;
    redis.stop();
    redis.start_again();
    site.clock.advance(6_000);
    assert_eq!(status(&mut admin).await, OK, "the broken connection costs nobody an error");
    assert_eq!(sign_in(&site).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn absent_when_the_server_starts() {
    let mut redis = RedisServer::start();
    redis.stop();
    let site = Site::start_with(Some(redis.url())).await;
    let first = site.first_password.clone().expect("the first start");
    assert_eq!(site.visitor().sign_in("admin", &first).await.status, UNAVAILABLE);
    redis.start_again();
    site.admin().await;
    with_redis(&site).await;
}

#[tokio::test]
async fn streams_end_when_it_is_not_heard_for_long_and_revocations_come_late_rather_than_never() {
    let (redis, site) = site().await;
    let mut admin = site.admin().await;
    let mut there = site.visitor();
    there.sign_in("admin", PASSWORD).await;
    let topic: String =
        form_urlencoded::byte_serialize(Topic::Apps(AppQuery::default()).to_string().as_bytes()).collect();
    let (_, mut stream) = there.open(&format!("/api/v1/live?t={topic}")).await;
    stream.next().await.expect("a message").expect("bytes");
    redis.freeze();
    let refused = admin.delete("/api/v1/sessions?others=true").await;
    assert_eq!(refused.status, UNAVAILABLE, "what could not be done is not said to be done");
    let end = async { while stream.next().await.is_some() {} };
    timeout(Duration::from_secs(30), end).await.expect("nobody can say whether the session goes on");
    redis.thaw();
    with_redis(&site).await;
    assert_eq!(admin.delete("/api/v1/sessions?others=true").await.status, StatusCode::NO_CONTENT);
    assert_eq!(status(&mut there).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_it_holds_is_no_use_to_a_reader() {
    let (redis, site) = site().await;
    let admin = site.admin().await;
    site.visitor().sign_in("admin", "a wrong password").await;
    site.visitor().sign_in("a secret typed into the wrong field", "x").await;
    let held = redis.holds();
    let holds = |needle: &[u8]| held.windows(needle.len()).any(|window| window == needle);
    assert!(holds(b"longshore:session:") && holds(b"longshore:attempts:"), "there is something to look at");
    let cookie = admin.cookie.expect("a cookie");
    assert!(!holds(cookie.as_bytes()));
    let id: tower_sessions::session::Id = cookie.parse().expect("an identifier");
    assert!(!holds(&id.0.to_le_bytes()));
    assert!(!holds(b"wrong"));
}
