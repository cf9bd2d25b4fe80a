//! Accounts at image registries: which are kept, who sees what of them, whose is used, and that a change reaches every
//! namespace.

use axum::{
    Router,
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse,
    routing::any,
};
use serde_json::{Value, json};
use server::{
    auth::context::OpContext,
    database::{namespaces, pulls},
};

use crate::{
    seed::estate,
    support::{Site, Visitor},
};

const ALL: &str = "/api/v1/registries";
const CREATED: StatusCode = StatusCode::CREATED;
const INVALID: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;
const OK: StatusCode = StatusCode::OK;

/// The accounts that the registry knows, as they show themselves: `own`, `shared` and `next`, each with the password
/// `s3cret`.
const ACCOUNTS: [(&str, &str); 3] =
    [("own", "Basic b3duOnMzY3JldA=="), ("shared", "Basic c2hhcmVkOnMzY3JldA=="), ("next", "Basic bmV4dDpzM2NyZXQ=")];

/// A registry that tells by its tags who has asked.
pub async fn registry() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let host = listener.local_addr().expect("an address").to_string();
    let answer = |headers: HeaderMap| async move {
        let shown = headers.get(header::AUTHORIZATION).and_then(|h| h.to_str().ok());
        match ACCOUNTS.iter().find(|(_, account)| shown == Some(*account)) {
            Some((name, _)) => json!({ "name": "web", "tags": ["1.9", "1.10", name] }).to_string().into_response(),
            None => (StatusCode::UNAUTHORIZED, [("www-authenticate", "Basic realm=\"tests\"")]).into_response(),
        }
    };
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(any(answer))).await });
    host
}

/// The form of an account with the password that all of them have.
pub fn form(name: &str, host: &str, username: &str) -> Value {
    json!({ "name": name, "host": host, "username": username, "password": "s3cret" })
}

/// Adds one; answers its address.
pub async fn add(who: &mut Visitor, form: Value) -> String {
    let made = who.post(ALL, form).await;
    assert_eq!(made.status, CREATED, "{}", made.body);
    assert!(!made.body.contains("s3cret"), "{}", made.body);
    format!("{ALL}/{}", made.json()["id"].as_str().expect("an id"))
}

#[tokio::test]
async fn an_account_is_kept_when_its_registry_takes_it() {
    let host = registry().await;
    let site = Site::start_listing(&host).await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;

    let refused = |field: &'static str, form: Value| (field, form);
    for (field, form) in [
        refused("password", form("web", &host, "stranger")),
        refused("host", form("web", "localhost:1", "own")),
        refused("host", form("web", "http://registry.test", "own")),
        refused("name", form("No Name", &host, "own")),
        refused("username", form("web", &host, "o:wn")),
    ] {
        let reply = owner.post(ALL, form).await;
        assert_eq!((reply.status, reply.fields()), (INVALID, vec![field.to_owned()]), "{}", reply.body);
    }
    assert!(owner.get(ALL).await.json()["rows"].as_array().expect("rows").is_empty(), "none of them is kept");

    let one = add(&mut owner, form("web", &host, "own")).await;
    for (field, form) in [("name", form("web", "other.test", "own")), ("host", form("other", &host, "own"))] {
        let reply = owner.post(ALL, form).await;
        assert_eq!((reply.status, reply.fields()), (StatusCode::CONFLICT, vec![field.to_owned()]), "{}", reply.body);
    }
    let read = owner.get(&one).await;
    assert_eq!((read.tag.as_deref(), &read.json()["username"]), (Some("\"1\""), &json!("own")));
    assert!(!read.body.contains("s3cret"), "{}", read.body);

    // The password that is kept is tried with the new name, and stays.
    let change = |username: &str, host: &str| json!({ "name": "web", "host": host, "username": username });
    let reply = owner.put(&one, change("stranger", &host)).await;
    assert_eq!((reply.status, reply.fields()), (INVALID, vec!["password".to_owned()]));
    let reply = owner.put(&one, change("own", "elsewhere.test")).await;
    assert_eq!((reply.status, reply.fields()), (INVALID, vec!["password".to_owned()]), "it goes nowhere else");
    owner.headers.push((header::IF_MATCH, "\"1\""));
    assert_eq!(owner.put(&one, change("next", &host)).await.status, OK);
    assert_eq!(owner.put(&one, change("own", &host)).await.status, StatusCode::PRECONDITION_FAILED);
    owner.headers.clear();
    assert_eq!(owner.get(&format!("/api/v1/tags?image={host}/web")).await.json()[2], "next");

    assert_eq!(owner.delete(&format!("{one}?confirm=other")).await.status, INVALID);
    assert_eq!(owner.delete(&format!("{one}?confirm=web")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(owner.get(&one).await.status, StatusCode::NOT_FOUND);
    let told = owner.get("/api/v1/audit?q=registry&limit=100").await;
    for action in ["registry.create", "registry.update", "registry.delete"] {
        assert!(told.body.contains(action), "{action}: {}", told.body);
    }
    assert!(!told.body.contains("s3cret"));
}

#[tokio::test]
async fn a_tenants_own_account_goes_before_the_platforms() {
    let host = registry().await;
    let site = Site::start_listing(&host).await;
    let mut admin = site.admin().await;
    let (_, mut shop) = site.tenant(&mut admin, "shop").await;
    let (_, mut bank) = site.tenant(&mut admin, "bank").await;
    let image = format!("/api/v1/tags?image={host}/web:1");
    let none = shop.get(&image).await;
    assert_eq!((none.status, none.fields()), (INVALID, vec!["image".to_owned()]), "{}", none.body);

    let shared = add(&mut admin, form("shared", &host, "shared")).await;
    assert_eq!(shop.get(&image).await.json(), json!(["1.10", "1.9", "shared"]), "the highest first");
    let own = add(&mut shop, form("own", &host, "own")).await;
    assert_eq!(
        (shop.get(&image).await.json()[2].clone(), bank.get(&image).await.json()[2].clone()),
        (json!("own"), json!("shared"))
    );

    let seen = shop.get(&shared).await.json();
    assert_eq!((&seen["username"], &seen["editable"]), (&json!(""), &json!(false)));
    for refused in
        [shop.put(&shared, form("shared", &host, "own")).await, shop.delete(&format!("{shared}?confirm=shared")).await]
    {
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);
    }
    assert_eq!(bank.get(&own).await.status, StatusCode::NOT_FOUND);
    let mut developer = site.colleague(&mut shop, "dev", "developer").await;
    assert_eq!(developer.post(ALL, form("mine", "mine.test", "own")).await.status, StatusCode::FORBIDDEN);
    assert_eq!(developer.get(&image).await.json()[2], "own");

    assert_eq!(shop.delete(&format!("{own}?confirm=own")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(shop.get(&image).await.json()[2], "shared");
}

#[tokio::test]
async fn a_change_is_due_in_every_namespace_until_it_is_there() {
    let host = registry().await;
    let site = Site::start_listing(&host).await;
    let mut admin = site.admin().await;
    let (shop, mut shop_owner) = site.tenant(&mut admin, "shop").await;
    let (bank, mut bank_owner) = site.tenant(&mut admin, "bank").await;
    estate(&site, &shop, &mut shop_owner, "shop").await;
    estate(&site, &bank, &mut bank_owner, "bank").await;
    let (db, ctx) = (&site.parts.db, OpContext::system(site.parts.clock.clone()));
    let due = async || pulls::due(db, site.parts.clock.now(), 10).await.expect("a read");
    for due in due().await {
        pulls::done(db, &due).await.expect("noted");
    }

    let own = add(&mut shop_owner, form("own", &host, "own")).await;
    let [first] = &due().await[..] else { panic!("the tenant's namespace alone") };
    assert_eq!(first.namespace.tenant.to_string(), shop);
    assert_eq!(shop_owner.get(&own).await.json()["waiting"], 1);
    site.clock.advance(10);
    let change = json!({ "name": "own", "host": host, "username": "next" });
    assert_eq!(shop_owner.put(&own, change).await.status, OK);
    pulls::done(db, first).await.expect("noted");
    let [second] = &due().await[..] else { panic!("what changed meanwhile is due still") };
    pulls::put_off(db, second, site.parts.clock.now() + 1000).await.expect("noted");
    assert!(due().await.is_empty(), "it is left alone for a while");
    site.clock.advance(1000);
    let [third] = &due().await[..] else { panic!("it is tried again") };
    pulls::done(db, third).await.expect("noted");
    assert_eq!(shop_owner.get(&own).await.json()["waiting"], 0);

    let shared = add(&mut admin, form("shared", &host, "shared")).await;
    assert_eq!(due().await.len(), namespaces::list(db, &ctx).await.expect("a read").len(), "everybody's");
    assert_eq!(admin.get(&shared).await.json()["waiting"], 2);
    assert_eq!(bank_owner.get(&shared).await.json()["waiting"], 1, "of other tenants nothing is told");
}
