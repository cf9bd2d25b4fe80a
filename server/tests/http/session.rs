//! Signing in and out, one's own password, and what ends a session.

use std::time::Duration;

use app::model::AccountId;
use http::StatusCode;
use server::auth::revocations::{Heard, SessionKey};
use tokio::time::timeout;

use crate::support::{PASSWORD, Site, Visitor};

const OK: StatusCode = StatusCode::OK;
const UNAUTHORIZED: StatusCode = StatusCode::UNAUTHORIZED;
const MINUTE: i64 = 60_000;

async fn is_signed_in(visitor: &mut Visitor) -> bool {
    visitor.get("/api/v1/session").await.status == OK
}

#[tokio::test]
async fn right_wrong_and_unknown() {
    let site = Site::start().await;
    site.admin().await;
    let mut visitor = site.visitor();
    let wrong = visitor.sign_in("admin", "a wrong password").await;
    let unknown = visitor.sign_in("nobody-here", PASSWORD).await;
    let no_name = visitor.sign_in("Not A Name", PASSWORD).await;
    assert_eq!(wrong.status, UNAUTHORIZED);
    assert_eq!(wrong.json()["detail"], unknown.json()["detail"], "nobody learns whether a name exists");
    assert_eq!((unknown.status, no_name.status), (UNAUTHORIZED, UNAUTHORIZED));
    assert!(visitor.cookie.is_none() && !is_signed_in(&mut visitor).await);
    assert_eq!(visitor.sign_in("", "").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let right = site.sign_in_by_hand(&mut visitor, "admin", PASSWORD).await;
    assert_eq!(right.status, StatusCode::CREATED, "{}", right.body);
    assert_eq!(right.json()["roles"][0]["en"], "Platform administrator");
    let cookie = right.set_cookie.expect("a cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"), "{cookie}");
    assert!(is_signed_in(&mut visitor).await);
}

#[tokio::test]
async fn nothing_before_the_one_time_password_is_changed() {
    let site = Site::start().await;
    let first = site.first_password.clone().expect("the first start");
    let mut admin = site.visitor();
    let signed_in = admin.sign_in("admin", &first).await;
    assert_eq!(signed_in.json()["must_change_password"], true);
    for path in ["/api/v1/tenants", "/api/v1/clusters", "/api/v1/audit", "/api/v1/apps"] {
        let refused = admin.get(path).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(refused.json()["kind"], "password_change_required", "{path}");
    }
    for (current, new) in
        [(first.as_str(), "short"), (&first, &first), ("another password", PASSWORD), (&first, "the admin's password")]
    {
        assert_eq!(admin.change_password(current, new).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{new}");
    }
    assert_eq!(admin.change_password(&first, PASSWORD).await.status, StatusCode::NO_CONTENT);
    assert_eq!(admin.get("/api/v1/tenants").await.status, OK);
    assert_eq!(site.visitor().sign_in("admin", &first).await.status, UNAUTHORIZED, "it was for one time");
}

#[tokio::test]
async fn an_unused_one_time_password_is_replaced_at_the_next_start_and_a_used_one_is_not() {
    let site = Site::start().await;
    let first = site.first_password.clone().expect("the first start");
    let site = site.restart().await;
    assert_eq!(site.visitor().sign_in("admin", &first).await.status, UNAUTHORIZED);
    site.admin().await;
    let site = site.restart().await;
    assert!(site.first_password.is_none());
    assert_eq!(site.visitor().sign_in("admin", PASSWORD).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn guessing_is_limited_also_after_a_restart() {
    let site = Site::start().await;
    site.admin().await;
    let mut guesser = site.visitor();
    for _ in 0..10 {
        assert_eq!(site.sign_in_by_hand(&mut guesser, "admin", "a wrong password").await.status, UNAUTHORIZED);
    }
    let limited = guesser.sign_in("admin", PASSWORD).await;
    assert_eq!(limited.status, StatusCode::TOO_MANY_REQUESTS, "even the right one");
    let site = site.restart().await;
    let mut elsewhere = site.visitor();
    elsewhere.address = ([10, 0, 0, 2], 40_000).into();
    assert_eq!(elsewhere.sign_in("admin", PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS);
    site.clock.advance(15 * MINUTE);
    let mut admin = site.visitor();
    assert_eq!(admin.sign_in("admin", PASSWORD).await.status, StatusCode::CREATED);
    let trail = admin.get("/api/v1/audit?q=session.sign_in&limit=200").await.json();
    let outcomes: Vec<_> = trail["rows"].as_array().expect("rows").iter().map(|r| &r["outcome"]).collect();
    assert_eq!(outcomes.iter().filter(|o| **o == "failed").count(), 10, "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|o| **o == "refused").count(), 1, "the refusal once, not at each try");
}

#[tokio::test]
async fn an_address_is_limited_over_all_names_and_parallel_guesses_count() {
    let site = Site::start().await;
    site.admin().await;
    let mut answers = Vec::new();
    for some in 0..8 {
        // No more captchas than one caller may have open.
        let guesses = (0..15).map(|n| {
            let (site, mut visitor) = (&site, site.visitor());
            let name = format!("name{some}-{n}");
            async move { site.sign_in_by_hand(&mut visitor, &name, "a wrong password").await.status }
        });
        answers.extend(futures::future::join_all(guesses).await);
    }
    assert_eq!(answers.iter().filter(|s| **s == UNAUTHORIZED).count(), 100);
    assert_eq!(site.visitor().sign_in("admin", PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS);
    let mut elsewhere = site.visitor();
    elsewhere.address = ([10, 0, 0, 2], 40_000).into();
    assert_eq!(elsewhere.sign_in("admin", PASSWORD).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_planted_session_gains_nothing() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let before = admin.cookie.clone().expect("a session");
    assert_eq!(admin.sign_in("admin", PASSWORD).await.status, StatusCode::CREATED);
    let after = admin.cookie.clone().expect("a session");
    assert_ne!(before, after, "the identifier changes at sign-in");
    assert!(!is_signed_in(&mut site.visitor_with(&before)).await, "the old one is dead");
    let mut victim = site.visitor_with("AAAAAAAAAAAAAAAAAAAAAA");
    assert_eq!(victim.sign_in("admin", PASSWORD).await.status, StatusCode::CREATED);
    assert_ne!(victim.cookie.as_deref(), Some("AAAAAAAAAAAAAAAAAAAAAA"));
    assert!(!is_signed_in(&mut site.visitor_with("AAAAAAAAAAAAAAAAAAAAAA")).await);
}

#[tokio::test]
async fn signing_out_ends_the_session_for_good() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let cookie = admin.cookie.clone().expect("a session");
    assert_eq!(admin.delete("/api/v1/session").await.status, StatusCode::NO_CONTENT);
    assert!(admin.cookie.is_none(), "the cookie is taken back");
    assert!(!is_signed_in(&mut site.visitor_with(&cookie)).await);
    assert_eq!(admin.delete("/api/v1/session").await.status, StatusCode::NO_CONTENT, "twice does no harm");
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions_and_their_streams() {
    let site = Site::start().await;
    let mut here = site.admin().await;
    let mut there = site.visitor();
    there.sign_in("admin", PASSWORD).await;
    let account: AccountId =
        here.get("/api/v1/session").await.json()["id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
    let revocations = &site.parts.revocations;
    let mut stream = revocations.watch(account, SessionKey([0; 32]), revocations.mark());
    assert_eq!(here.change_password(PASSWORD, "another good password").await.status, StatusCode::NO_CONTENT);
    assert!(is_signed_in(&mut here).await);
    assert!(!is_signed_in(&mut there).await);
    let heard = timeout(Duration::from_secs(1), stream.next()).await;
    assert_eq!(heard, Ok(Heard::Ended), "open streams are told at once");
}

#[tokio::test]
async fn guessing_the_present_password_is_limited_too() {
    let site = Site::start().await;
    let mut thief = site.admin().await;
    for _ in 0..10 {
        let refused = thief.change_password("a wrong password", "another good password").await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let limited = thief.change_password(PASSWORD, "another good password").await;
    assert_eq!(limited.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn sessions_end_when_idle_and_at_their_last_hour() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    for _ in 0..13 {
        site.clock.advance(11 * 60 * MINUTE);
        assert!(is_signed_in(&mut admin).await, "used within 12 hours");
    }
    let mut idle = site.visitor();
    idle.sign_in("admin", PASSWORD).await;
    site.clock.advance(12 * 60 * MINUTE + MINUTE);
    assert!(!is_signed_in(&mut idle).await, "not used for 12 hours");
    let mut busy = site.visitor();
    busy.sign_in("admin", PASSWORD).await;
    for _ in 0..15 {
        site.clock.advance(11 * 60 * MINUTE);
        is_signed_in(&mut busy).await;
    }
    site.clock.advance(4 * 60 * MINUTE);
    assert!(!is_signed_in(&mut busy).await, "older than 168 hours");
}

#[tokio::test]
async fn a_session_is_believed_without_asking_the_database_but_not_for_long() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    assert!(is_signed_in(&mut admin).await);
    site.sql("DELETE FROM sessions").await;
    site.sql("UPDATE accounts SET disabled_at = 1").await;
    assert!(is_signed_in(&mut admin).await, "looked up a moment ago");
    site.clock.advance(5_000);
    assert!(!is_signed_in(&mut admin).await);
}

#[tokio::test]
async fn pages_sign_in_by_a_form_and_never_redirect_elsewhere() {
    let site = Site::start().await;
    site.admin().await;
    for (next, to) in [("%2Fapps", "/apps"), ("https%3A%2F%2Fevil.test", "/"), ("%2F%2Fevil.test", "/")] {
        let mut visitor = site.visitor();
        let form = format!("form[username]=admin&form[password]={}&next={next}", PASSWORD.replace(' ', "+"));
        let reply = visitor.submit("/api/session/sign_in", &form).await;
        assert!(is_signed_in(&mut visitor).await, "{}", reply.body);
        assert!(reply.location.as_deref() == Some(to), "{next}");
    }
}

#[tokio::test]
async fn an_error_of_a_page_carries_the_id_of_its_request() {
    let site = Site::start().await;
    let refused = site.visitor().get("/api/accounts/list_tenants").await;
    assert_eq!(refused.status, UNAUTHORIZED);
    assert_eq!(refused.json()["request_id"].as_str().map(str::len), Some(36), "{}", refused.body);
}
