//! A password's hash that was made with other parameters of Argon2 than the present ones is made anew as soon as somebody
//! gives the password, and by nothing else.

use http::{Method, StatusCode};
use serde_json::json;
use server::auth::{context::OpContext, passwords::Passwords};

use crate::{
    second_factor::{enrol, give, half_open},
    support::{PASSWORD, Site},
};

/// How a hash begins that was made with the parameters of these tests.
const PRESENT: &str = "$argon2id$v=19$m=8,t=1,p=1$";
const CREATED: StatusCode = StatusCode::CREATED;
const UNAUTHORIZED: StatusCode = StatusCode::UNAUTHORIZED;
const MINUTE: i64 = 60_000;

/// Gives an account a hash of its password with other parameters, as it was kept before they were changed.
pub async fn kept_before(site: &Site, username: &str, (memory_kib, passes): (u32, u32)) -> String {
    let before = Passwords::new(memory_kib, passes, site.parts.clock.clone()).expect("allowed");
    let hash = before.hash(PASSWORD).await.expect("hashed");
    assert!(hash.starts_with(&format!("$argon2id$v=19$m={memory_kib},t={passes},p=1$")), "{hash}");
    site.sql(&format!("UPDATE accounts SET password_hash = '{hash}' WHERE username = '{username}'")).await;
    hash
}

async fn kept_now(site: &Site, username: &str) -> String {
    let ctx = OpContext::system(site.parts.clock.clone());
    site.parts.db.find_named(&ctx, username).await.expect("a read").expect("an account").password.0
}

#[tokio::test]
async fn the_right_password_replaces_a_hash_of_other_parameters_and_a_wrong_one_does_not() {
    let site = Site::start().await;
    let mut there = site.admin().await;
    let before = kept_now(&site, "admin").await;
    assert!(before.starts_with(PRESENT), "{before}");
    assert_eq!(site.visitor().sign_in("admin", PASSWORD).await.status, CREATED);
    assert_eq!(kept_now(&site, "admin").await, before, "one of the present parameters stays");

    for other in [(16, 1), (8, 2), (32, 3)] {
        let old = kept_before(&site, "admin", other).await;
        assert_eq!(site.visitor().sign_in("admin", "a wrong password").await.status, UNAUTHORIZED, "{other:?}");
        assert_eq!(kept_now(&site, "admin").await, old, "{other:?}: a guess changes nothing");
        assert_eq!(site.visitor().sign_in("admin", PASSWORD).await.status, CREATED, "{other:?}");
        let new = kept_now(&site, "admin").await;
        assert!(new.starts_with(PRESENT) && new != before, "{other:?}: {new}");
        assert_eq!(site.visitor().sign_in("admin", PASSWORD).await.status, CREATED, "{other:?}: by the new one, too");
        assert_eq!(kept_now(&site, "admin").await, new, "{other:?}: made anew once");
        // Several wrong passwords in a row would ask for a captcha.
        site.clock.advance(15 * MINUTE);
    }
    assert_eq!(there.get("/api/v1/session").await.status, StatusCode::OK, "it is the same password: no session ends");
}

#[tokio::test]
async fn the_first_of_two_steps_is_enough() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let phone = enrol(&site, &mut admin).await;
    kept_before(&site, "admin", (16, 2)).await;
    let mut visitor = half_open(&site, "admin").await;
    let new = kept_now(&site, "admin").await;
    assert!(new.starts_with(PRESENT), "{new}");
    assert_eq!(give(&mut visitor, &phone.code(&site)).await.status, CREATED);
    assert_eq!(kept_now(&site, "admin").await, new);
}

#[tokio::test]
async fn whoever_is_not_let_in_has_no_hash_made_anew() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    let mut developer = site.colleague(&mut owner, "shop-dev", "developer").await;
    let id = developer.get("/api/v1/session").await.json()["id"].as_str().expect("an id").to_owned();
    let disabled = format!("/api/v1/accounts/{id}/disabled");
    assert_eq!(owner.ask(&Method::PUT, &disabled, None).await.status, StatusCode::OK);
    let old = kept_before(&site, "shop-dev", (16, 2)).await;
    assert_eq!(site.visitor().sign_in("shop-dev", PASSWORD).await.status, UNAUTHORIZED);
    assert_eq!(kept_now(&site, "shop-dev").await, old, "disabled");
    assert_eq!(owner.delete(&disabled).await.status, StatusCode::OK);

    let suspended = format!("/api/v1/tenants/{shop}/suspended");
    let done = admin.ask(&Method::PUT, &suspended, Some(json!({ "reason": "Unpaid" }))).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    assert_eq!(site.visitor().sign_in("shop-dev", PASSWORD).await.status, StatusCode::FORBIDDEN);
    assert_eq!(kept_now(&site, "shop-dev").await, old, "suspended");
    assert_eq!(admin.delete(&suspended).await.status, StatusCode::OK);
    assert_eq!(site.visitor().sign_in("shop-dev", PASSWORD).await.status, CREATED);
    assert!(kept_now(&site, "shop-dev").await.starts_with(PRESENT), "let in again");
}
