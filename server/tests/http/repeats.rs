//! Requests with an `Idempotency-Key`: done once, however often and however many at a time they are sent.

use http::{Method, StatusCode, header::HeaderName};
use serde_json::{Value, json};

use super::{
    authenticator::Device,
    passkeys::answer,
    second_factor::{OWN, enrol},
    support::{PASSWORD, Reply, Site, Visitor, new_account},
};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const FOLLOW: &str = "/api/v1/links/follow";

/// A text within an answer.
fn text(reply: &Reply, pointer: &str) -> String {
    let found = reply.json().pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    found.unwrap_or_else(|| panic!("{pointer}: {} {}", reply.status, reply.body))
}

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
async fn a_token_is_made_once_and_its_secret_is_not_shown_again() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let form = json!({ "name": "night", "permissions": ["cluster.read"], "scopes": [], "days": "1" });
    let first = post(&admin, "/api/v1/tokens", "k", form.clone()).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.body);
    let (token, id) = (text(&first, "/token"), text(&first, "/row/id"));
    let place = format!("/api/v1/tokens/{id}");
    for _ in 0..2 {
        let again = post(&admin, "/api/v1/tokens", "k", form.clone()).await;
        assert_eq!((again.status, again.replayed), (StatusCode::CONFLICT, false), "{}", again.body);
        assert_eq!(again.location.as_deref(), Some(place.as_str()));
        let told = text(&again, "/detail");
        assert!(told.contains(&id) && told.contains("shown once") && !again.body.contains(&token), "{told}");
    }
    assert_eq!(admin.get("/api/v1/tokens").await.json()["rows"].as_array().map(Vec::len), Some(1));
    assert_eq!(site.script(&token).get("/api/v1/session").await.status, StatusCode::OK, "the first one's");
    let other = json!({ "name": "day", "permissions": ["cluster.read"], "scopes": [], "days": "1" });
    let other = post(&admin, "/api/v1/tokens", "k", other).await;
    assert_eq!(other.json()["errors"][0]["field"], "Idempotency-Key", "{}", other.body);
    // The way out that the answer names.
    assert_eq!(admin.delete(&place).await.status, StatusCode::NO_CONTENT);
    assert_eq!(post(&admin, "/api/v1/tokens", "k", form.clone()).await.status, StatusCode::CONFLICT);
    assert_eq!(post(&admin, "/api/v1/tokens", "l", form).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_link_is_made_once_and_its_address_is_not_shown_again() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, owner) = site.tenant(&mut admin, "shop").await;
    let first = post(&owner, "/api/v1/links", "k", json!({ "kind": "member" })).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.body);
    let (path, id) = (text(&first, "/path"), text(&first, "/row/id"));
    let again = post(&owner, "/api/v1/links", "k", json!({ "kind": "member" })).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.body);
    assert_eq!(again.location, Some(format!("/api/v1/links/{id}")));
    let secret = path.split_once('=').expect("a token").1;
    assert!(text(&again, "/detail").contains(&id) && !again.body.contains(secret), "{}", again.body);
}

#[tokio::test]
async fn ones_own_second_factor_is_added_renewed_and_removed_once_by_a_key() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    let begin = json!({ "password": PASSWORD });
    let first = post(&owner, OWN, "begin", begin.clone()).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.body);
    let again = post(&owner, OWN, "begin", begin).await;
    assert_eq!((again.status, again.replayed), (StatusCode::CONFLICT, false), "{}", again.body);
    assert!(!again.body.contains(&text(&first, "/secret")) && again.location.is_none(), "{}", again.body);

    let phone = enrol(&site, &mut owner).await;
    let (codes, removal) = (format!("{OWN}/recovery-codes"), format!("{OWN}/removal"));
    let proof = json!({ "password": PASSWORD, "code": phone.code(&site) });
    let first = post(&owner, &codes, "codes", proof.clone()).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.body);
    let again = post(&owner, &codes, "codes", proof).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.body);
    assert!(!again.body.contains(&text(&first, "/codes/0")), "{}", again.body);

    site.clock.advance(30_000);
    let proof = json!({ "password": PASSWORD, "code": phone.code(&site) });
    for replayed in [false, true] {
        let removed = post(&owner, &removal, "removal", proof.clone()).await;
        assert_eq!((removed.status, removed.replayed), (StatusCode::NO_CONTENT, replayed), "{}", removed.body);
    }
    let unprotected = owner.post(&removal, proof).await;
    assert_eq!((unprotected.status, unprotected.replayed), (StatusCode::CONFLICT, false), "there is none any more");
}

#[tokio::test]
async fn one_passkey_is_asked_for_by_a_key() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let form = json!({ "name": "phone", "password": PASSWORD });
    let first = post(&admin, "/api/v1/session/passkeys", "k", form.clone()).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.body);
    let again = post(&admin, "/api/v1/session/passkeys", "k", form).await;
    assert_eq!((again.status, again.replayed, &again.body), (StatusCode::CREATED, true, &first.body));
    let mut device = Device::new(1);
    let request = again.json();
    let added = admin.put("/api/v1/session/passkeys", answer(&request, &device.create(&request["options"]))).await;
    let removal = format!("/api/v1/session/passkeys/{}/removal", text(&added, "/passkey/id"));
    for replayed in [false, true] {
        let removed = post(&admin, &removal, "l", json!({ "password": PASSWORD })).await;
        assert_eq!((removed.status, removed.replayed), (StatusCode::NO_CONTENT, replayed), "{}", removed.body);
    }
}

#[tokio::test]
async fn whoever_must_add_a_second_factor_first_has_keys_too() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    let mut developer = site.colleague(&mut owner, "shop-dev", "developer").await;
    enrol(&site, &mut owner).await;
    let required = json!({ "second_factor_required": true });
    let required = owner.put(&format!("/api/v1/tenants/{shop}/security"), required).await;
    assert_eq!(required.status, StatusCode::OK, "{}", required.body);
    assert_eq!(developer.get("/api/v1/apps").await.status, StatusCode::FORBIDDEN, "a second factor first");
    let begin = json!({ "password": PASSWORD });
    let first = post(&developer, OWN, "k", begin.clone()).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.body);
    let again = post(&developer, OWN, "k", begin).await;
    assert!(again.status == StatusCode::CONFLICT && again.body.contains("shown once"), "{}", again.body);
}

#[tokio::test]
async fn signing_in_heeds_no_key() {
    let site = Site::start().await;
    site.admin().await;
    let form = json!({ "username": "admin", "password": PASSWORD });
    let mut ids = Vec::new();
    for _ in 0..2 {
        let signed_in = post(&site.visitor(), "/api/v1/session", "k", form.clone()).await;
        assert_eq!((signed_in.status, signed_in.replayed), (StatusCode::CREATED, false), "{}", signed_in.body);
        ids.push(signed_in.set_cookie.expect("a session"));
    }
    assert_ne!(ids[0], ids[1]);
}

#[tokio::test]
async fn a_link_that_was_followed_answers_alike_and_signs_nobody_in_again() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    let made = owner.post("/api/v1/links", json!({ "kind": "member", "roles": [{ "role": "viewer" }] })).await;
    let token = text(&made, "/path").split_once('=').expect("a token").1.to_owned();
    let form = json!({
        "token": token, "username": "shop-bo", "display_name": "Bo", "password": PASSWORD, "repeat": PASSWORD,
    });
    let first = post(&site.visitor(), FOLLOW, "k", form.clone()).await;
    assert_eq!((first.status, first.replayed), (StatusCode::OK, false), "{}", first.body);
    assert!(first.set_cookie.is_some());
    // From another address as well: the key is the link's.
    let mut elsewhere = site.visitor();
    elsewhere.address = ([10, 0, 0, 2], 40_000).into();
    let again = post(&elsewhere, FOLLOW, "k", form.clone()).await;
    assert_eq!((again.status, again.replayed, &again.body), (StatusCode::OK, true, &first.body));
    assert_eq!(again.set_cookie, None);
    assert_eq!(post(&elsewhere, FOLLOW, "another", form.clone()).await.status, StatusCode::CONFLICT, "it was used");
    let mut script = site.visitor();
    script.token = Some("lsp_none".to_owned());
    assert_eq!(post(&script, FOLLOW, "k", form.clone()).await.status, StatusCode::UNAUTHORIZED);

    let mut guess = form.clone();
    guess["password"] = json!("a quite different pass phrase");
    assert_eq!(post(&elsewhere, FOLLOW, "k", guess).await.status, StatusCode::CONFLICT);
    let late = post(&elsewhere, FOLLOW, "k", form).await;
    assert_eq!((late.status, late.replayed), (StatusCode::CONFLICT, false), "one attempt: {}", late.body);
}

#[tokio::test]
async fn a_new_password_by_a_link_is_set_once_by_a_key() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    let account = text(&owner.post("/api/v1/accounts", new_account("shop-dev", "developer")).await, "/id");
    let made = owner.post("/api/v1/links", json!({ "kind": "reset", "account": account })).await;
    let token = text(&made, "/path").split_once('=').expect("a token").1.to_owned();
    let form = json!({ "token": token, "password": PASSWORD, "repeat": PASSWORD });
    for replayed in [false, true] {
        let done = post(&site.visitor(), FOLLOW, "k", form.clone()).await;
        assert_eq!((done.status, done.replayed, done.json()), (StatusCode::OK, replayed, Value::Null), "{}", done.body);
    }
    site.sql("UPDATE repeats SET created_at = created_at - 86400001").await;
    assert_eq!(post(&site.visitor(), FOLLOW, "k", form).await.status, StatusCode::CONFLICT, "after a day");
}

#[tokio::test]
async fn a_tenant_is_registered_once_by_a_key() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let opened = admin.put("/api/v1/platform", json!({ "registration": "open" })).await;
    assert_eq!(opened.status, StatusCode::OK, "{}", opened.body);
    let owner = json!({ "username": "shop-owner", "display_name": "Ada", "password": PASSWORD });
    let tenant = json!({ "name": "shop", "display_name": "The shop", "owner": owner });
    let form = json!({ "tenant": tenant, "repeat": PASSWORD });
    let first = post(&site.visitor(), "/api/v1/registration", "k", form.clone()).await;
    assert_eq!((first.status, first.replayed), (StatusCode::CREATED, false), "{}", first.body);
    let again = post(&site.visitor(), "/api/v1/registration", "k", form.clone()).await;
    assert_eq!((again.status, again.replayed, &again.body), (StatusCode::CREATED, true, &first.body));
    assert_eq!(again.set_cookie, None, "signed in is nobody by it");
    let mut elsewhere = site.visitor();
    elsewhere.address = ([10, 0, 0, 2], 40_000).into();
    let theirs = post(&elsewhere, "/api/v1/registration", "k", form).await;
    assert!(!theirs.replayed && theirs.status != StatusCode::CREATED, "the name is taken: {}", theirs.body);
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
