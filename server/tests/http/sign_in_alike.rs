//! Whoever is not let in learns nothing from the answer, nor from what it costs: an unknown name, a wrong password, a
//! disabled account, one of a suspended tenant and one without a password get the same bytes, for one hash of the
//! configured cost, and one of each former cost that some password was hashed at.
//!
//! The work is counted, not timed. Who has the right password of an account of a suspended tenant is told that, and
//! nobody else.

use std::net::SocketAddr;

use axum::{
    body::{Body, to_bytes},
    extract::ConnectInfo,
};
use http::{Method, Request, StatusCode, header};
use serde_json::json;
use tower::ServiceExt;

use crate::{
    openid::{World, world},
    rehash::kept_before,
    second_factor::enrol,
    support::{PASSWORD, Site, Visitor, new_account},
};

const OK: StatusCode = StatusCode::OK;
const CREATED: StatusCode = StatusCode::CREATED;
const UNAUTHORIZED: StatusCode = StatusCode::UNAUTHORIZED;
const MINUTE: i64 = 60_000;
const WRONG: &str = "a wrong password";

/// All that is sent of a refusal, with `ID` in the place of the request's id, which is another each time.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Refusal {
    status: StatusCode,
    headers: Vec<(String, String)>,
    body: String,
}

/// Tries to sign in from the address with that end.
async fn refused(site: &Site, end: u8, name: &str, password: &str, language: &str) -> Refusal {
    let form = json!({ "username": name, "password": password });
    let request = Request::post("/api/v1/session")
        .header(header::HOST, "longshore.test")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT_LANGUAGE, language)
        .extension(ConnectInfo(SocketAddr::from(([10, 3, 0, end], 40_000))))
        .body(Body::from(form.to_string()))
        .expect("a request");
    let (head, body) = site.router.clone().oneshot(request).await.expect("a response").into_parts();
    let body = to_bytes(body, 1 << 20).await.expect("a body");
    let id = head.headers["x-request-id"].to_str().expect("an id");
    let plain = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(id, "ID");
    let headers = head.headers.iter().map(|(name, value)| (name.to_string(), plain(value.as_bytes()))).collect();
    Refusal { status: head.status, headers, body: plain(&body) }
}

async fn suspend(admin: &mut Visitor, tenant: &str) {
    let done = admin.put(&format!("/api/v1/tenants/{tenant}/suspended"), json!({ "reason": "Unpaid" })).await;
    assert_eq!(done.status, OK, "{}", done.body);
}

/// Makes all kinds of accounts that there are, and answers names with passwords by which nobody is let in; each name
/// less often than a captcha is asked for.
async fn attempts(world: &mut World) -> Vec<(&'static str, String)> {
    world.signed_in(json!({ "sub": "1", "preferred_username": "ada" })).await;
    let World { site, admin, owner, .. } = world;
    site.colleague(owner, "shop-dev", "developer").await;
    let mut careful = site.colleague(owner, "shop-careful", "developer").await;
    enrol(site, &mut careful).await;
    let mut off = site.colleague(owner, "shop-off", "developer").await;
    let id = off.get("/api/v1/session").await.json()["id"].as_str().expect("an id").to_owned();
    let disabled = owner.ask(&Method::PUT, &format!("/api/v1/accounts/{id}/disabled"), None).await;
    assert_eq!(disabled.status, OK, "{}", disabled.body);
    let new = owner.post("/api/v1/accounts", new_account("shop-new", "developer")).await;
    assert_eq!(new.status, CREATED, "{}", new.body);
    let form = json!({ "username": "shop-robot", "display_name": "Robot" });
    let service = owner.post("/api/v1/service-accounts", form).await;
    assert_eq!(service.status, CREATED, "{}", service.body);
    let (bank, _) = site.tenant(admin, "bank").await;
    suspend(admin, &bank).await;

    let long = "x".repeat(2_000);
    vec![
        ("nobody-here", PASSWORD.to_owned()),
        ("nobody-here", long.clone()),
        ("Not A Name", PASSWORD.to_owned()),
        ("shop-dev", WRONG.to_owned()),
        ("shop-dev", long),
        ("shop-owner", WRONG.to_owned()),
        // Has a second factor.
        ("shop-careful", WRONG.to_owned()),
        // Has not changed the first password yet.
        ("shop-new", WRONG.to_owned()),
        // Disabled: also who has the right password learns nothing.
        ("shop-off", WRONG.to_owned()),
        ("shop-off", PASSWORD.to_owned()),
        // Of a suspended tenant.
        ("bank-owner", WRONG.to_owned()),
        // A service account, and somebody who came by an identity provider: neither has a password.
        ("shop-robot", WRONG.to_owned()),
        ("ada", WRONG.to_owned()),
    ]
}

#[tokio::test]
async fn whatever_the_reason_a_refusal_says_and_costs_the_same() {
    let mut world = world(json!({})).await;
    let attempts = attempts(&mut world).await;
    let site = &world.site;
    let mut said = Vec::new();
    for language in ["en", "zh-CN"] {
        let mut first = None;
        for (end, (name, password)) in (0_u8..).zip(&attempts) {
            let before = site.parts.passwords.begun();
            let refusal = refused(site, end, name, password, language).await;
            let hashes = site.parts.passwords.begun() - before;
            assert_eq!(hashes, 1, "{name}, {language}: one hash, no more and no less");
            let expected: &Refusal = first.get_or_insert_with(|| refusal.clone());
            assert_eq!(refusal, *expected, "{name}, {language}");
        }
        said.extend(first);
        // The failures are forgotten.
        site.clock.advance(15 * MINUTE);
    }
    assert_eq!(said.len(), 2);
    for (refusal, words) in said.iter().zip(["The user name or the password is wrong", "用户名或密码错误"]) {
        assert_eq!(refusal.status, UNAUTHORIZED);
        assert!(refusal.body.contains(words) && refusal.body.contains(r#""request_id":"ID""#), "{}", refusal.body);
        assert!(refusal.headers.iter().all(|(name, _)| name != "set-cookie"), "{refusal:?}");
    }
}

/// What a sign-in is answered, and how many hashes that takes.
async fn cost(site: &Site, name: &str, password: &str) -> (StatusCode, u64) {
    let before = site.parts.passwords.begun();
    let status = site.visitor().sign_in(name, password).await.status;
    (status, site.parts.passwords.begun() - before)
}

#[tokio::test]
async fn the_right_password_costs_one_hash_too_and_what_is_not_looked_at_none() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (bank, _) = site.tenant(&mut admin, "bank").await;
    for name in ["admin", "bank-owner"] {
        assert_eq!(cost(&site, name, PASSWORD).await, (CREATED, 1), "{name}");
    }
    suspend(&mut admin, &bank).await;
    assert_eq!(cost(&site, "bank-owner", PASSWORD).await, (StatusCode::FORBIDDEN, 1), "only they are told why");
    assert_eq!(cost(&site, "bank-owner", WRONG).await, (UNAUTHORIZED, 1));

    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    assert_eq!(cost(&site, "", "").await, (unprocessable, 0));
    for name in ["admin", "nobody-here"] {
        for _ in 0..3 {
            assert_eq!(cost(&site, name, WRONG).await, (UNAUTHORIZED, 1), "{name}");
        }
        assert_eq!(cost(&site, name, PASSWORD).await, (unprocessable, 0), "{name}: a person has to show up first");
    }
}

#[tokio::test]
async fn a_hash_from_before_the_cost_was_changed_costs_what_all_others_do() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    for name in ["shop-cheap", "shop-dear", "shop-guest"] {
        site.colleague(&mut owner, name, "developer").await;
    }
    // As of somebody who came by a provider: nothing that was ever hashed, so no cost that there was.
    site.sql("UPDATE accounts SET password_hash = '' WHERE username = 'shop-guest'").await;
    kept_before(&site, "shop-cheap", (8, 2)).await;
    kept_before(&site, "shop-dear", (64, 3)).await;
    // Which costs there were is looked for at the start.
    let site = site.restart().await;
    let passwords = &site.parts.passwords;
    let work = || (passwords.begun(), passwords.begun_by_former());
    let spent = |before: (u64, u64)| (work().0 - before.0, work().1 - before.1);
    for name in ["nobody-here", "shop-cheap", "shop-owner", "shop-dear", "shop-guest", "Not A Name", "admin"] {
        let before = work();
        assert_eq!(site.visitor().sign_in(name, WRONG).await.status, UNAUTHORIZED, "{name}");
        assert_eq!(spent(before), (1, 2), "{name}: one hash of each cost");
    }
    let before = work();
    assert_eq!(site.visitor().sign_in("shop-owner", PASSWORD).await.status, CREATED);
    assert_eq!(spent(before), (1, 2), "the right one, too");
    let before = work();
    assert_eq!(site.visitor().sign_in("shop-cheap", PASSWORD).await.status, CREATED);
    assert_eq!(spent(before), (2, 2), "and it is hashed anew");
    kept_before(&site, "shop-cheap", (16, 1)).await;
    let before = work();
    assert_eq!(site.visitor().sign_in("shop-cheap", WRONG).await.status, UNAUTHORIZED);
    assert_eq!(site.visitor().sign_in("nobody-here", WRONG).await.status, UNAUTHORIZED);
    assert_eq!(spent(before), (2, 6), "another replica's: learned as soon as it is met");
}
