//! More people who sign in at once than passwords are hashed at a time. There are as many turns as cores, four at most;
//! whoever has none waits up to ten seconds for one, and is told to come again then. The rest of the server goes on.
//!
//! A runtime with a single thread for such work lets a test keep it busy: whoever has a turn waits for that thread.

use std::{
    future::Future,
    num::NonZero,
    sync::mpsc::{Sender, channel},
    thread,
    time::Duration,
};

use futures::{
    StreamExt,
    future::{join, join_all},
    stream::FuturesUnordered,
};
use http::StatusCode;
use server::auth::{
    attempts::{Attempt, Limit},
    context::OpContext,
};
use tokio::time::timeout;

use crate::{
    redis_server::RedisServer,
    support::{PASSWORD, Reply, Site, Visitor},
};

const OK: StatusCode = StatusCode::OK;
const CREATED: StatusCode = StatusCode::CREATED;
const UNAUTHORIZED: StatusCode = StatusCode::UNAUTHORIZED;
const UNAVAILABLE: StatusCode = StatusCode::SERVICE_UNAVAILABLE;
/// How many more there are than turns.
const SURPLUS: usize = 20;
/// The ten seconds of a turn, on a busy machine; less than the minute after which any request is given up.
const BOUND: Duration = Duration::from_secs(40);

/// How many passwords are hashed at the same time.
fn turns() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get).min(4)
}

/// Runs a test in which one thread does all that would hold the others up.
fn with_one_worker(test: impl Future<Output = ()>) {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().max_blocking_threads(1).build().expect("a runtime").block_on(test);
}

/// Keeps that thread busy for as long as the answer is kept.
fn keep_busy() -> Sender<()> {
    let (busy, over) = channel::<()>();
    tokio::task::spawn_blocking(move || over.recv().ok());
    busy
}

/// Tries a name of its own from an address of its own, so that no limit of failures is met.
async fn guess(site: &Site, n: usize) -> Reply {
    let mut visitor = site.visitor();
    visitor.address = ([10, 2, 0, u8::try_from(n).expect("a few")], 40_000).into();
    visitor.sign_in(&format!("name-{n}"), "a wrong password").await
}

/// What has nothing to do with passwords is answered.
async fn others(site: &Site, admin: &mut Visitor) {
    for path in ["/healthz", "/readyz"] {
        let reply = site.visitor().get(path).await;
        assert_eq!((reply.status, reply.body.as_str()), (OK, "ok\n"), "{path}");
    }
    for path in ["/api/v1/session", "/api/v1/tenants"] {
        let reply = admin.get(path).await;
        assert_eq!(reply.status, OK, "{path}: {}", reply.body);
    }
}

/// How many passwords were hashed.
fn hashed(site: &Site) -> usize {
    usize::try_from(site.parts.passwords.begun()).expect("a few")
}

fn statuses(replies: &[Reply]) -> Vec<StatusCode> {
    replies.iter().map(|reply| reply.status).collect()
}

#[test]
fn whoever_gets_no_turn_is_told_so_and_nobody_else_is_held_up() {
    with_one_worker(async {
        let site = Site::start().await;
        let mut admin = site.admin().await;
        let before = hashed(&site);
        let busy = keep_busy();
        let mut crowd: FuturesUnordered<_> = (0..turns() + SURPLUS).map(|n| guess(&site, n)).collect();
        let surplus = crowd.by_ref().take(SURPLUS).collect::<Vec<Reply>>();
        let (refused, ()) = timeout(BOUND, join(surplus, others(&site, &mut admin))).await.expect("answers");
        for reply in &refused {
            assert_eq!((reply.status, &reply.json()["kind"]), (UNAVAILABLE, &"unavailable".into()), "{}", reply.body);
            assert!(reply.body.contains("Too many people are signing in just now"), "{}", reply.body);
            assert!(reply.set_cookie.is_none(), "nobody is let in unchecked");
        }
        assert!(refused.iter().all(|reply| reply.retry_after.is_some()), "and when to come again");
        assert_eq!((refused.len(), hashed(&site)), (SURPLUS, before), "they cost nothing");
        // The turns are still taken.
        others(&site, &mut admin).await;

        drop(busy);
        let served = timeout(BOUND, crowd.collect::<Vec<Reply>>()).await.expect("answers");
        assert_eq!(statuses(&served), vec![UNAUTHORIZED; turns()], "whoever had a turn is told what is the case");
        assert_eq!(hashed(&site) - before, turns(), "what was given up is not hashed later");
        let signed_in = site.visitor().sign_in("admin", PASSWORD).await;
        assert_eq!(signed_in.status, CREATED, "{}", signed_in.body);
    });
}

#[test]
fn whoever_gets_a_turn_in_time_has_waited_and_nothing_else() {
    with_one_worker(async {
        let site = Site::start().await;
        let mut admin = site.admin().await;
        let before = hashed(&site);
        let busy = keep_busy();
        let people = turns() + SURPLUS;
        let crowd = join_all((0..people).map(|n| guess(&site, n)));
        let meanwhile = async {
            others(&site, &mut admin).await;
            drop(busy);
        };
        let (answers, ()) = timeout(BOUND, join(crowd, meanwhile)).await.expect("answers");
        assert_eq!(statuses(&answers), vec![UNAUTHORIZED; people], "each is answered, and by what is the case");
        assert_eq!(hashed(&site) - before, people);
        let signed_in = site.visitor().sign_in("admin", PASSWORD).await;
        assert_eq!(signed_in.status, CREATED, "{}", signed_in.body);
    });
}

#[tokio::test]
async fn whoever_could_not_be_tried_is_not_counted_as_if_wrong() {
    let redis = RedisServer::start();
    for site in [Site::start().await, Site::start_with(Some(redis.url())).await] {
        let ctx = OpContext::nobody(String::new(), String::new(), site.parts.clock.clone());
        let limits = [Limit::new("name", "somebody", 10).people_from(3), Limit::new("address", "192.0.2.7", 30)];
        let attempts = &site.parts.attempts;
        for _ in 0..40 {
            let taken = attempts.take_attempt(&ctx, &limits, false).await.expect("counted");
            assert!(matches!(taken, Attempt::Allowed { people_next: false }), "{taken:?}");
            attempts.give_back_attempt(None, &limits).await.expect("given back");
        }
        let mut asks = Vec::new();
        for _ in 0..3 {
            let taken = attempts.take_attempt(&ctx, &limits, false).await.expect("counted");
            asks.push(matches!(taken, Attempt::Allowed { people_next: true }));
        }
        assert_eq!(asks, [false, false, true], "what was tried before is not forgotten by it");
        attempts.give_back_attempt(None, &limits).await.expect("given back");
        let again = attempts.take_attempt(&ctx, &limits, false).await.expect("counted");
        assert!(matches!(again, Attempt::Allowed { people_next: true }), "{again:?}");
    }
}
