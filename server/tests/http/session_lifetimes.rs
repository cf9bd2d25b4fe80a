//! How long sessions last where the lifetimes are short: what is used goes on, what is not ends in time, and nothing goes
//! on past the last hour, wherever sessions are kept.

use http::StatusCode;

use crate::{
    redis_server::RedisServer,
    support::{PASSWORD, Site, Visitor},
};

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;

/// The same case for each place where sessions are kept, with a minute of idleness and an hour in all.
macro_rules! in_both {
    ($($case:ident),* $(,)?) => {$(
        mod $case {
            #[tokio::test]
            async fn in_the_database() {
                super::cases::$case(super::start(1, None).await).await;
            }

            #[tokio::test]
            async fn in_redis() {
                let redis = super::RedisServer::start();
                super::cases::$case(super::start(1, Some(redis.url())).await).await;
            }
        }
    )*};
}

in_both!(
    what_is_used_goes_on_however_often,
    what_is_not_used_ends_in_time,
    the_last_hour_ends_what_is_used,
    the_list_says_when_it_was_used
);

/// A site whose sessions end after some minutes of idleness and after an hour; its administrator has signed in.
async fn start(idle_minutes: i64, redis: Option<String>) -> Site {
    let idle = format!("--session-idle-minutes={idle_minutes}");
    let site = Site::start_by(&[&idle, "--session-hours=1"], redis).await;
    site.admin().await;
    site
}

async fn signed_in(site: &Site) -> Visitor {
    let mut visitor = site.visitor();
    let reply = visitor.sign_in("admin", PASSWORD).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.body);
    visitor
}

async fn is_in(visitor: &mut Visitor) -> bool {
    let status = visitor.get("/api/v1/session").await.status;
    assert!(matches!(status, StatusCode::OK | StatusCode::UNAUTHORIZED), "{status}");
    status == StatusCode::OK
}

/// Uses a session every so often, for some time; it lives all the while.
async fn use_it(site: &Site, visitor: &mut Visitor, every: i64, whole: i64) {
    for n in 1..=whole / every {
        site.clock.advance(every);
        assert!(is_in(visitor).await, "used every {} s, for {} s", every / SECOND, n * every / SECOND);
    }
}

mod cases {
    use super::*;

    pub async fn what_is_used_goes_on_however_often(site: Site) {
        for every in [4, 10, 20, 45, 59] {
            let mut visitor = signed_in(&site).await;
            use_it(&site, &mut visitor, every * SECOND, 5 * MINUTE).await;
            // When it was used is known to a quarter of the idle time.
            site.clock.advance(44 * SECOND);
            assert!(is_in(&mut visitor).await, "used every {every} s, and then not for 44 s");
            site.clock.advance(MINUTE);
            assert!(!is_in(&mut visitor).await, "used every {every} s, and then not for a minute");
        }
    }

    pub async fn what_is_not_used_ends_in_time(site: Site) {
        let (mut early, mut late) = (signed_in(&site).await, signed_in(&site).await);
        site.clock.advance(MINUTE - 1);
        assert!(is_in(&mut early).await);
        site.clock.advance(1);
        assert!(!is_in(&mut late).await);
        assert!(is_in(&mut early).await, "it was used a moment ago");
        site.clock.advance(MINUTE);
        assert!(!is_in(&mut early).await);
    }

    pub async fn the_last_hour_ends_what_is_used(site: Site) {
        let mut visitor = signed_in(&site).await;
        use_it(&site, &mut visitor, 30 * SECOND, 59 * MINUTE).await;
        site.clock.advance(MINUTE - 1);
        assert!(is_in(&mut visitor).await, "not yet an hour");
        site.clock.advance(1);
        assert!(!is_in(&mut visitor).await, "an hour");
        assert!(is_in(&mut signed_in(&site).await).await, "whoever signs in again has another hour");
    }

    pub async fn the_list_says_when_it_was_used(site: Site) {
        let mut visitor = signed_in(&site).await;
        for _ in 0..12 {
            site.clock.advance(10 * SECOND);
            let rows = visitor.get("/api/v1/sessions").await.json();
            let own = rows.as_array().expect("rows").iter().find(|row| row["current"] == true).expect("one's own");
            let used_at = own["used_at"].as_i64().expect("a time");
            let ago = site.parts.clock.now() - used_at;
            assert!((0..=15 * SECOND).contains(&ago), "used just now, and not {ago} ms ago");
        }
    }
}

#[tokio::test]
async fn what_is_used_goes_on_with_other_lifetimes_too() {
    for idle in [2, 3, 10] {
        let site = start(idle, None).await;
        let mut visitor = signed_in(&site).await;
        use_it(&site, &mut visitor, idle * 20 * SECOND, 40 * MINUTE).await;
        site.clock.advance(idle * MINUTE);
        assert!(!is_in(&mut visitor).await, "after {idle} min");
    }
}
