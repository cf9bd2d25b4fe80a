//! Requests with an `Idempotency-Key`: done once, however often and however many at a time they are sent.

use http::{Method, StatusCode, header::HeaderName};
use serde_json::{Value, json};

use super::support::{Reply, Site, Visitor, new_account};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");

async fn post(who: &Visitor, path: &str, key: &'static str, body: Value) -> Reply {
    let mut who = who.clone();
    who.headers.push((KEY, key));
    who.ask(&Method::POST, path, Some(body)).await
}

fn role(name: &str) -> Value {
    json!({ "name": name, "description": "", "permissions": ["app.read"] })
}

async fn roles(who: &mut Visitor) -> usize {
    let all = who.get("/api/v1/roles").await.json();
    all.as_array().expect("roles").iter().filter(|role| role["version"] != 0).count()
}

#[tokio::test]
async fn what_was_done_is_answered_again_and_not_done_again() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    let first = post(&owner, "/api/v1/roles", "a-key", role("releaser")).await;
    assert_eq!((first.status, first.replayed), (StatusCode::CREATED, false), "{}", first.body);
    for key in ["a-key", "\"a-key\""] {
        let again = post(&owner, "/api/v1/roles", key, role("releaser")).await;
        assert_eq!((again.status, again.replayed, &again.body), (StatusCode::CREATED, true, &first.body));
    }
    assert_eq!(roles(&mut owner).await, 1);
    let other = post(&owner, "/api/v1/roles", "a-key", role("another")).await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", other.body);
    assert_eq!(other.json()["errors"][0]["field"], "Idempotency-Key");
    let elsewhere = post(&owner, "/api/v1/templates", "a-key", role("releaser")).await;
    assert_eq!(elsewhere.status, StatusCode::UNPROCESSABLE_ENTITY, "the address counts: {}", elsewhere.body);
    assert_eq!(post(&owner, "/api/v1/roles", "b-key", role("releaser")).await.status, StatusCode::CONFLICT);
    assert_eq!(roles(&mut owner).await, 1);
}

#[tokio::test]
async fn a_key_is_its_senders_own_and_for_a_day() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    let (_, mut banker) = site.tenant(&mut admin, "bank").await;
    assert_eq!(post(&owner, "/api/v1/roles", "k", role("releaser")).await.status, StatusCode::CREATED);
    let theirs = post(&banker, "/api/v1/roles", "k", role("releaser")).await;
    assert_eq!((theirs.status, theirs.replayed), (StatusCode::CREATED, false), "{}", theirs.body);
    assert_eq!((roles(&mut owner).await, roles(&mut banker).await), (1, 1));
    site.sql("UPDATE repeats SET created_at = created_at - 86400001").await;
    let late = post(&owner, "/api/v1/roles", "k", role("releaser")).await;
    assert_eq!((late.status, late.replayed), (StatusCode::CONFLICT, false), "it is done anew: {}", late.body);
}

#[tokio::test]
async fn a_refused_request_leaves_its_key_free() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    let wrong = post(&owner, "/api/v1/roles", "k", role("Not A Name")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.body);
    let right = post(&owner, "/api/v1/roles", "k", role("releaser")).await;
    assert_eq!(right.status, StatusCode::CREATED, "{}", right.body);
    assert_eq!(roles(&mut owner).await, 1);
}

#[tokio::test]
async fn of_many_at_the_same_time_one_is_done() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    let all = (0..8).map(|_| post(&owner, "/api/v1/roles", "k", role("releaser")));
    let replies = futures::future::join_all(all).await;
    let (made, rest): (Vec<_>, Vec<_>) = replies.iter().partition(|r| r.status == StatusCode::CREATED);
    assert_eq!(made.iter().filter(|r| !r.replayed).count(), 1, "{replies:?}");
    assert!(rest.iter().all(|r| r.status == StatusCode::CONFLICT), "{rest:?}");
    assert_eq!(roles(&mut owner).await, 1);
}

#[tokio::test]
async fn a_claim_of_somebody_who_was_killed_is_over_after_a_while() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, owner) = site.tenant(&mut admin, "shop").await;
    let made = post(&owner, "/api/v1/roles", "k", role("releaser")).await;
    assert_eq!(made.status, StatusCode::CREATED);
    site.sql("UPDATE repeats SET sealed = NULL").await;
    let waits = post(&owner, "/api/v1/roles", "k", role("releaser")).await;
    assert_eq!((waits.status, waits.json()["errors"].is_null()), (StatusCode::CONFLICT, true), "{}", waits.body);
    site.sql("UPDATE repeats SET created_at = created_at - 120001").await;
    let anew = post(&owner, "/api/v1/roles", "k", role("releaser")).await;
    assert_eq!(anew.json()["errors"][0]["field"], "name", "it was tried: {}", anew.body);
}

#[tokio::test]
async fn a_token_is_made_once_and_shown_again_to_whoever_made_it() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let form = json!({ "name": "night", "permissions": ["cluster.read"], "scopes": [], "days": "1" });
    let first = post(&admin, "/api/v1/tokens", "k", form.clone()).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.body);
    let again = post(&admin, "/api/v1/tokens", "k", form).await;
    assert_eq!((again.replayed, &again.body), (true, &first.body));
    assert_eq!(admin.get("/api/v1/tokens").await.json().as_array().expect("tokens").len(), 1);
}

#[tokio::test]
async fn a_wrong_key_is_named_and_nobody_learns_nothing() {
    let site = Site::start().await;
    let admin = site.admin().await;
    for key in ["", "\"\"", "two words", "k\"k"] {
        let wrong = post(&admin, "/api/v1/accounts", key, new_account("newcomer", "")).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{key}: {}", wrong.body);
        assert_eq!(wrong.json()["errors"][0]["field"], "Idempotency-Key", "{}", wrong.body);
    }
    let nobody = post(&site.visitor(), "/api/v1/accounts", "k", new_account("newcomer", "")).await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED, "{}", nobody.body);
}
