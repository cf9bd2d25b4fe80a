//! Sessions where they are kept, in the database and in Redis alike: lifetimes, one's own list, and what ends them
//! here and in another replica.

use std::time::Duration;

use app::model::{AccountId, AppQuery, Topic};
use axum::body::BodyDataStream;
use futures::StreamExt;
use http::{StatusCode, header};
use serde_json::Value;
use server::auth::revocations::Revocation;
use tokio::time::timeout;

use crate::{
    redis_server::RedisServer,
    seed,
    support::{PASSWORD, Site, Visitor},
};

const OK: StatusCode = StatusCode::OK;
const UNAUTHORIZED: StatusCode = StatusCode::UNAUTHORIZED;
const NO_CONTENT: StatusCode = StatusCode::NO_CONTENT;
const UNAVAILABLE: StatusCode = StatusCode::SERVICE_UNAVAILABLE;
const MINUTE: i64 = 60_000;
/// Far more than the second that it may take: the machine may be busy.
const SOON: Duration = Duration::from_secs(20);

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// The same cases for each place where sessions are kept.
macro_rules! in_both {
    ($($case:ident),* $(,)?) => {$(
        mod $case {
            #[tokio::test]
            async fn in_the_database() {
                super::cases::$case(crate::support::Site::start().await).await;
            }

            #[tokio::test]
            async fn in_redis() {
                let redis = super::RedisServer::start();
                super::cases::$case(crate::support::Site::start_with(Some(redis.url())).await).await;
            }
        }
    )*};
}

in_both!(
    the_list_of_ones_own,
    one_at_a_time_and_all_others,
    lifetimes,
    planted_and_signed_out,
    guesses_are_counted_over_restarts_and_replicas,
    ended_in_one_replica_ended_in_all,
    a_disabled_account_is_out_everywhere,
    changed_rights_are_held_at_once,
    a_revoked_session_never_passes_again,
);

/// In the database alone: a Redis that is slow on a busy machine may have kept a session and not have said so in time, and then
/// their number is another.
#[tokio::test]
async fn there_are_as_many_as_are_shown() {
    cases::as_many_as_are_shown(Site::start().await).await;
}

async fn status(visitor: &mut Visitor) -> StatusCode {
    visitor.get("/api/v1/session").await.status
}

/// The answer that says what is the case: a Redis that is slow on a busy machine is said to be, and asked again.
async fn heard(mut ask: impl AsyncFnMut() -> StatusCode) -> StatusCode {
    for _ in 0..20 {
        let status = ask().await;
        if status != UNAVAILABLE {
            return status;
        }
    }
    UNAVAILABLE
}

async fn signed_in(site: &Site) -> Visitor {
    let mut visitor = site.visitor();
    let reply = visitor.sign_in("admin", PASSWORD).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.body);
    visitor
}

async fn own(visitor: &mut Visitor) -> Vec<Value> {
    let reply = visitor.get("/api/v1/sessions").await;
    assert_eq!(reply.status, OK, "{}", reply.body);
    reply.json().as_array().expect("rows").clone()
}

fn id_of_another(rows: &[Value]) -> String {
    let row = rows.iter().find(|row| row["current"] == false).expect("another session");
    row["id"].as_str().expect("an id").to_owned()
}

/// A stream that has sent its first message.
async fn stream_of(visitor: &mut Visitor, topic: &Topic) -> BodyDataStream {
    let topic: String = form_urlencoded::byte_serialize(topic.to_string().as_bytes()).collect();
    let (status, mut stream) = visitor.open(&format!("/api/v1/live?t={topic}")).await;
    assert_eq!(status, OK);
    let first = timeout(SOON, stream.next()).await.expect("in time").expect("a message").expect("bytes");
    assert!(String::from_utf8_lossy(&first).contains("snapshot"), "{first:?}");
    stream
}

/// What else a stream says until it ends.
async fn to_its_end(mut stream: BodyDataStream) -> String {
    let mut said = String::new();
    let end = async {
        while let Some(Ok(bytes)) = stream.next().await {
            said.push_str(&String::from_utf8_lossy(&bytes));
        }
    };
    timeout(SOON, end).await.expect("the stream ends");
    said
}

/// Asks until the answer is this; a replica hears of things within a second.
async fn becomes(visitor: &mut Visitor, wanted: StatusCode) {
    let asked = async {
        while status(visitor).await != wanted {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(SOON, asked).await.unwrap_or_else(|_| panic!("never {wanted}"));
}

mod cases {
    use super::*;

    pub async fn the_list_of_ones_own(site: Site) {
        let mut here = site.admin().await;
        site.clock.advance(2 * MINUTE);
        let mut there = site.visitor();
        there.headers.push((header::USER_AGENT, FIREFOX));
        there.address = ([10, 0, 0, 7], 40_000).into();
        there.sign_in("admin", PASSWORD).await;
        site.clock.advance(MINUTE);
        assert_eq!(status(&mut here).await, OK);

        let rows = own(&mut here).await;
        assert_eq!(rows.len(), 2, "{rows:?}");
        let (first, second) = (&rows[0], &rows[1]);
        assert_eq!((&first["current"], &second["current"]), (&Value::Bool(true), &Value::Bool(false)));
        assert_eq!(second["device"]["en"], "Firefox on Linux");
        assert_eq!((&second["agent"], &second["address"]), (&FIREFOX.into(), &"10.0.0.7".into()));
        assert_eq!(second["opened_at"].as_i64(), Some(1_700_000_000_000 + 2 * MINUTE));
        assert_eq!(first["used_at"].as_i64(), Some(1_700_000_000_000 + 3 * MINUTE), "seen just now");

        let page = here.get("/settings/sessions").await;
        assert_eq!(page.status, OK);
        assert!(page.body.contains("Firefox on Linux") && page.body.contains("10.0.0.7"), "{}", page.body);
        let secret = there.cookie.expect("a cookie");
        assert!(!page.body.contains(&secret) && !format!("{rows:?}").contains(&secret));
    }

    pub async fn one_at_a_time_and_all_others(site: Site) {
        let mut here = site.admin().await;
        let (_, mut owner) = site.tenant(&mut here, "harbour").await;
        let mut there = signed_in(&site).await;
        assert_eq!(status(&mut there).await, OK);
        let id = id_of_another(&own(&mut here).await);

        let path = format!("/api/v1/sessions/{id}");
        assert_eq!(owner.delete(&path).await.status, StatusCode::NOT_FOUND, "another's session is not there");
        assert_eq!(owner.delete("/api/v1/sessions?others=true").await.status, NO_CONTENT);
        assert_eq!(status(&mut there).await, OK);
        assert_eq!(here.delete(&path).await.status, NO_CONTENT);
        assert_eq!(status(&mut there).await, UNAUTHORIZED);
        assert_eq!(here.delete(&path).await.status, StatusCode::NOT_FOUND);

        let mut others = [signed_in(&site).await, signed_in(&site).await];
        assert_eq!(here.delete("/api/v1/sessions").await.status, StatusCode::UNPROCESSABLE_ENTITY, "too easily done");
        assert_eq!(here.delete("/api/v1/sessions?others=true").await.status, NO_CONTENT);
        for other in &mut others {
            assert_eq!(status(other).await, UNAUTHORIZED);
        }
        assert_eq!((own(&mut here).await.len(), status(&mut owner).await), (1, OK));

        let mut by_form = signed_in(&site).await;
        let id = id_of_another(&own(&mut here).await);
        here.submit("/api/sessions/revoke_session", &format!("id={id}")).await;
        assert_eq!(status(&mut by_form).await, UNAUTHORIZED);

        let trail = here.get("/api/v1/audit?q=session.revoke&limit=200").await.json();
        let told = |action: &str, outcome: &str| {
            let rows = trail["rows"].as_array().expect("rows").iter();
            rows.filter(|row| row["action"] == action && row["outcome"] == outcome).count()
        };
        assert_eq!((told("session.revoke", "ok"), told("session.revoke", "refused")), (2, 2), "{trail}");
        assert_eq!(told("session.revoke_others", "ok"), 2, "{trail}");
    }

    pub async fn lifetimes(site: Site) {
        let mut admin = site.admin().await;
        for _ in 0..13 {
            site.clock.advance(11 * 60 * MINUTE);
            assert_eq!(status(&mut admin).await, OK, "used within 12 hours");
        }
        let mut idle = signed_in(&site).await;
        site.clock.advance(12 * 60 * MINUTE);
        assert_eq!(status(&mut idle).await, UNAUTHORIZED, "not used for 12 hours");
        let mut busy = signed_in(&site).await;
        assert_eq!(own(&mut busy).await.len(), 1, "what is over is not shown");
        for _ in 0..15 {
            site.clock.advance(11 * 60 * MINUTE);
            assert_eq!(status(&mut busy).await, OK);
        }
        site.clock.advance(3 * 60 * MINUTE);
        assert_eq!(status(&mut busy).await, UNAUTHORIZED, "older than 168 hours");
    }

    pub async fn as_many_as_are_shown(site: Site) {
        let mut first = site.admin().await;
        site.clock.advance(MINUTE);
        let mut second = signed_in(&site).await;
        site.clock.advance(MINUTE);
        for _ in 2..200 {
            signed_in(&site).await;
        }
        assert_eq!(own(&mut first).await.len(), 200, "all that there are");
        let mut last = signed_in(&site).await;
        assert_eq!(status(&mut second).await, UNAUTHORIZED, "the one that was used longest ago gives way");
        assert_eq!((status(&mut first).await, own(&mut last).await.len()), (OK, 200));
    }

    pub async fn planted_and_signed_out(site: Site) {
        let mut admin = site.admin().await;
        let before = admin.cookie.clone().expect("a session");
        assert_eq!(admin.sign_in("admin", PASSWORD).await.status, StatusCode::CREATED);
        assert_ne!(admin.cookie.as_ref(), Some(&before), "the identifier changes at sign-in");
        assert_eq!(status(&mut site.visitor_with(&before)).await, UNAUTHORIZED);
        let mut victim = site.visitor_with("AAAAAAAAAAAAAAAAAAAAAA");
        assert_eq!(victim.sign_in("admin", PASSWORD).await.status, StatusCode::CREATED);
        assert_ne!(victim.cookie.as_deref(), Some("AAAAAAAAAAAAAAAAAAAAAA"));
        let cookie = admin.cookie.clone().expect("a session");
        assert_eq!(admin.delete("/api/v1/session").await.status, NO_CONTENT);
        assert!(admin.cookie.is_none(), "the cookie is taken back");
        assert_eq!(status(&mut site.visitor_with(&cookie)).await, UNAUTHORIZED);
        assert_eq!(status(&mut victim).await, OK);
    }

    pub async fn guesses_are_counted_over_restarts_and_replicas(site: Site) {
        site.admin().await;
        let other = site.beside().await;
        for n in 0..10 {
            // Somebody who reads the captcha that each attempt asks for after the first ones.
            let at = if n % 2 == 0 { &site } else { &other };
            let guess = at.sign_in_by_hand(&mut at.visitor(), "admin", "a wrong password").await;
            assert_eq!(guess.status, UNAUTHORIZED, "{}", guess.body);
        }
        assert_eq!(other.visitor().sign_in("admin", PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS);
        drop(other);
        let site = site.restart().await;
        let mut elsewhere = site.visitor();
        elsewhere.address = ([10, 0, 0, 2], 40_000).into();
        assert_eq!(elsewhere.sign_in("admin", PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS);
        site.clock.advance(15 * MINUTE);
        let mut admin = signed_in(&site).await;
        let trail = admin.get("/api/v1/audit?q=session.sign_in&limit=200").await.json();
        let refused = trail["rows"].as_array().expect("rows").iter().filter(|r| r["outcome"] == "refused").count();
        assert_eq!(refused, 1, "the refusal once, not at each try");

        let mut answers = Vec::new();
        for some in 0..8 {
            // No more captchas than one caller may have open.
            let guesses = (0..15).map(|n| {
                let (site, mut visitor) = (&site, site.visitor());
                visitor.address = ([10, 0, 0, 3], 40_000).into();
                let name = format!("name{some}-{n}");
                async move { site.sign_in_by_hand(&mut visitor, &name, "a wrong password").await.status }
            });
            answers.extend(futures::future::join_all(guesses).await);
        }
        assert_eq!(answers.iter().filter(|s| **s == UNAUTHORIZED).count(), 100, "parallel ones count");
    }

    pub async fn ended_in_one_replica_ended_in_all(site: Site) {
        let mut here = site.admin().await;
        let other = site.beside().await;
        let there = signed_in(&site).await;
        let mut there = other.visitor_with(there.cookie.as_deref().expect("a session"));
        let mut own_there = other.visitor_with(here.cookie.as_deref().expect("a session"));
        let stream = stream_of(&mut there, &Topic::Apps(AppQuery::default())).await;
        let mut stays = stream_of(&mut own_there, &Topic::Apps(AppQuery::default())).await;

        let id = id_of_another(&own(&mut here).await);
        assert_eq!(here.delete(&format!("/api/v1/sessions/{id}")).await.status, NO_CONTENT);
        to_its_end(stream).await;
        becomes(&mut there, UNAUTHORIZED).await;
        assert_eq!(status(&mut own_there).await, OK);
        assert!(timeout(Duration::from_millis(50), stays.next()).await.is_err(), "nobody else's stream ends");

        assert_eq!(own_there.delete("/api/v1/session").await.status, NO_CONTENT);
        to_its_end(stays).await;
        becomes(&mut here, UNAUTHORIZED).await;
    }

    pub async fn a_disabled_account_is_out_everywhere(site: Site) {
        let mut admin = site.admin().await;
        let (_, mut owner) = site.tenant(&mut admin, "harbour").await;
        let other = site.beside().await;
        let mut there = other.visitor_with(owner.cookie.as_deref().expect("a session"));
        let mut streams = Vec::new();
        for visitor in [&mut owner, &mut there] {
            streams.push(stream_of(visitor, &Topic::Apps(AppQuery::default())).await);
        }
        let id: AccountId =
            owner.get("/api/v1/session").await.json()["id"].as_str().expect("an id").parse().expect("one");

        site.sql("UPDATE accounts SET disabled_at = 1 WHERE username = 'harbour-owner'").await;
        site.parts.revocations.send(Revocation::Account(id, None));
        assert_eq!(status(&mut owner).await, UNAUTHORIZED, "here at once");
        becomes(&mut there, UNAUTHORIZED).await;
        for stream in streams {
            to_its_end(stream).await;
        }
        assert_eq!(status(&mut admin).await, OK);
    }

    pub async fn changed_rights_are_held_at_once(site: Site) {
        let mut admin = site.admin().await;
        let (tenant, mut owner) = site.tenant(&mut admin, seed::MARK).await;
        site.tenant(&mut admin, "harbour").await;
        let estate = seed::estate(&site, &tenant, &mut owner, seed::MARK).await;
        let id: AccountId =
            owner.get("/api/v1/session").await.json()["id"].as_str().expect("an id").parse().expect("one");
        let app = Topic::App(estate.app.parse().expect("an id"));
        let (mut apps, app) =
            (stream_of(&mut owner, &Topic::Apps(AppQuery::default())).await, stream_of(&mut owner, &app).await);

        // The account becomes one of another tenant.
        let name = format!("{}-owner", seed::MARK);
        let harbour = "(SELECT id FROM tenants WHERE name = 'harbour')";
        site.sql(&format!("UPDATE accounts SET tenant_id = {harbour} WHERE username = '{name}'")).await;
        site.parts.revocations.send(Revocation::Changed(id));
        assert_eq!(owner.get("/api/v1/session").await.json()["tenant_name"], "harbour");
        assert!(to_its_end(app).await.contains("gone"), "what one may not see any more is gone");
        let next = timeout(SOON, apps.next()).await.expect("in time").expect("it goes on").expect("bytes");
        let next = String::from_utf8_lossy(&next).into_owned();
        assert!(next.contains("snapshot") && !next.contains(seed::MARK), "by the new rights: {next}");
    }

    pub async fn a_revoked_session_never_passes_again(site: Site) {
        let mut here = site.admin().await;
        for _ in 0..20 {
            let there = signed_in(&site).await;
            let id = id_of_another(&own(&mut here).await);
            let asking = (0..4).map(|_| {
                let mut there = there.clone();
                tokio::spawn(async move {
                    for _ in 0..5 {
                        there.get("/api/v1/session").await;
                    }
                })
            });
            let asking: Vec<_> = asking.collect();
            let path = format!("/api/v1/sessions/{id}");
            assert_eq!(heard(async || here.delete(&path).await.status).await, NO_CONTENT);
            let mut late = site.visitor_with(there.cookie.as_deref().expect("a cookie"));
            assert_eq!(heard(async || status(&mut late).await).await, UNAUTHORIZED);
            futures::future::join_all(asking).await;
            assert_eq!(heard(async || status(&mut late).await).await, UNAUTHORIZED, "nor is it remembered later");
        }
    }
}
