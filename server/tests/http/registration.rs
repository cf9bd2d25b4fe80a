//! How tenants come to the platform: its setting, registering, and the links to do it with.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{PASSWORD, Reply, Site, Visitor, new_account};

const CONFLICT: StatusCode = StatusCode::CONFLICT;
const CREATED: StatusCode = StatusCode::CREATED;
const FORBIDDEN: StatusCode = StatusCode::FORBIDDEN;
const DAY: i64 = 24 * 60 * 60 * 1000;

async fn set(admin: &mut Visitor, registration: &str) -> Reply {
    admin.ask(&Method::PUT, "/api/v1/platform", Some(json!({ "registration": registration }))).await
}

fn form(tenant: &str, token: &str) -> Value {
    let owner = json!({ "username": format!("{tenant}-owner"), "display_name": "Ada", "password": PASSWORD });
    let tenant = json!({ "name": tenant, "display_name": format!("Tenant {tenant}"), "owner": owner });
    json!({ "token": token, "tenant": tenant, "repeat": PASSWORD })
}

async fn register(who: &mut Visitor, tenant: &str, token: &str) -> Reply {
    who.post("/api/v1/registration", form(tenant, token)).await
}

/// A link of the platform to register a tenant; answers its id and its token.
async fn invite(admin: &mut Visitor) -> (String, String) {
    let made = admin.post("/api/v1/links", json!({ "kind": "tenant", "note": "the shop" })).await;
    assert_eq!(made.status, CREATED, "{}", made.body);
    let path = made.json()["path"].as_str().expect("a path").to_owned();
    let token = path.strip_prefix("/register?token=").expect("the page").to_owned();
    assert_eq!(token.len(), 64, "256 bits");
    (made.json()["row"]["id"].as_str().expect("an id").to_owned(), token)
}

#[tokio::test]
async fn nobody_registers_until_the_administrator_says_so() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let mut stranger = site.visitor();
    assert_eq!(admin.get("/api/v1/platform").await.json()["registration"], "closed");
    assert_eq!(stranger.get("/api/v1/registration").await.json(), json!({ "open": false, "registration": "closed" }));
    assert_eq!(register(&mut stranger, "shop", "").await.status, FORBIDDEN);
    assert!(!stranger.get("/sign-in").await.body.contains("/register"), "no link to what is not possible");
    assert!(stranger.get("/register").await.body.contains("Nobody registers here"));

    let changed = set(&mut admin, "open").await;
    assert_eq!((changed.status, &changed.json()["actor_name"]), (StatusCode::OK, &json!("admin")), "{}", changed.body);
    assert!(stranger.get("/sign-in").await.body.contains("/register"));
    assert!(stranger.get("/register").await.body.contains("form[tenant][name]"));
    let registered = register(&mut stranger, "shop", "").await;
    assert_eq!(registered.status, CREATED, "{}", registered.body);
    // Signed in, as the main account, with a password of one's own.
    let session = stranger.get("/api/v1/session").await.json();
    assert_eq!((&session["main"], &session["tenant_name"]), (&json!(true), &json!("shop")), "{session}");
    assert_eq!(stranger.post("/api/v1/accounts", new_account("shop-dev", "developer")).await.status, CREATED);
    assert_eq!(site.visitor().sign_in("shop-owner", PASSWORD).await.json()["must_change_password"], false);
    let trail = stranger.get("/api/v1/audit?q=tenant.create").await.json();
    let entry = &trail["rows"][0];
    assert_eq!((&entry["actor_name"], &entry["detail"]), (&json!("shop-owner"), &json!("registered")), "{trail}");
    assert!(!trail.to_string().contains(PASSWORD));
}

#[tokio::test]
async fn the_setting_is_the_administrators_and_no_change_is_lost() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    admin.post("/api/v1/accounts", new_account("auditor", "platform_auditor")).await;
    let mut auditor = site.member("auditor", "the very first password").await;
    for who in [&mut owner, &mut auditor] {
        assert_eq!(set(who, "open").await.status, FORBIDDEN);
        assert_eq!(who.get("/api/v1/platform").await.status, FORBIDDEN);
        assert_eq!(who.post("/api/v1/links", json!({ "kind": "tenant" })).await.status, FORBIDDEN);
    }
    assert_eq!(set(&mut admin, "ajar").await.json()["errors"][0]["field"], "registration");
    let version = admin.get("/api/v1/platform").await.json()["version"].clone();
    let form = json!({ "registration": "invitation", "version": version });
    assert_eq!(admin.ask(&Method::PUT, "/api/v1/platform", Some(form.clone())).await.status, StatusCode::OK);
    assert_eq!(admin.ask(&Method::PUT, "/api/v1/platform", Some(form)).await.status, CONFLICT);
    let trail = admin.get("/api/v1/audit?action=platform.update").await.json();
    let outcomes: Vec<_> = trail["rows"].as_array().expect("rows").iter().map(|row| row["outcome"].clone()).collect();
    assert!(outcomes.contains(&json!("refused")) && outcomes.contains(&json!("ok")), "{trail}");
    let done = trail["rows"].as_array().expect("rows").iter().find(|row| row["outcome"] == "ok").expect("one");
    let entry = admin.get(&format!("/api/v1/audit/{}", done["sequence"])).await.json();
    assert!(entry["changes"].to_string().contains("invitation"), "{entry}");
    assert!(admin.get("/platform").await.body.contains("form[registration]"));
    assert!(!owner.get("/platform").await.body.contains("form[registration]"));
}

#[tokio::test]
async fn wrong_fields_are_named_as_the_form_has_them_and_nothing_stays_behind() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    set(&mut admin, "open").await;
    site.tenant(&mut admin, "bank").await;
    let mut stranger = site.visitor();
    let mut wrong = form("Shop!", "");
    wrong["tenant"]["owner"]["password"] = json!("short");
    wrong["repeat"] = json!("short");
    let refused = stranger.post("/api/v1/registration", wrong).await;
    let fields: Vec<_> =
        refused.json()["errors"].as_array().expect("errors").iter().map(|e| e["field"].clone()).collect();
    assert_eq!(fields, ["tenant.name", "tenant.owner.username", "tenant.owner.password"], "{}", refused.body);
    let mut differs = form("shop", "");
    differs["repeat"] = json!("another password altogether");
    assert_eq!(stranger.post("/api/v1/registration", differs).await.json()["errors"][0]["field"], "repeat");
    let mut taken = form("shop", "");
    taken["tenant"]["owner"]["username"] = json!("bank-owner");
    let taken = stranger.post("/api/v1/registration", taken).await;
    assert_eq!((taken.status, &taken.json()["errors"][0]["field"]), (CONFLICT, &json!("tenant.owner.username")));
    assert_eq!(register(&mut stranger, "bank", "").await.json()["errors"][0]["field"], "tenant.name");
    assert!(stranger.cookie.is_none());
    assert_eq!(admin.get("/api/v1/tenants").await.json()["rows"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn registering_is_limited_per_address_also_after_a_restart() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    set(&mut admin, "open").await;
    for n in 0..20 {
        assert_eq!(register(&mut site.visitor(), &format!("shop{n}"), "").await.status, CREATED, "{n}");
    }
    assert_eq!(register(&mut site.visitor(), "shop20", "").await.status, StatusCode::TOO_MANY_REQUESTS);
    let site = site.restart().await;
    assert_eq!(register(&mut site.visitor(), "shop20", "").await.status, StatusCode::TOO_MANY_REQUESTS);
    let mut elsewhere = site.visitor();
    elsewhere.address = ([10, 0, 0, 2], 40_000).into();
    assert_eq!(register(&mut elsewhere, "shop20", "").await.status, CREATED);
    let mut admin = site.visitor();
    admin.sign_in("admin", PASSWORD).await;
    assert!(admin.get("/api/v1/audit?q=tenant.register").await.body.contains("too many failed attempts"));
}

#[tokio::test]
async fn a_link_registers_one_tenant_and_is_in_no_trail() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    set(&mut admin, "invitation").await;
    let (id, token) = invite(&mut admin).await;
    let mut stranger = site.visitor();
    assert_eq!(register(&mut stranger, "shop", "").await.status, FORBIDDEN, "not without one");
    assert!(!stranger.get("/sign-in").await.body.contains("/register"));
    let unknown = register(&mut stranger, "shop", &"0".repeat(64)).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let seen = stranger.post("/api/v1/links/look", json!({ "token": token })).await;
    assert_eq!((seen.status, &seen.json()["kind"]), (StatusCode::OK, &json!("tenant")), "{}", seen.body);
    let page = stranger.get(&format!("/register?token={token}")).await;
    assert!(page.status == StatusCode::OK && page.body.contains("form[tenant][name]"));

    let registered = register(&mut stranger, "shop", &token).await;
    assert_eq!(registered.status, CREATED, "{}", registered.body);
    let again = register(&mut site.visitor(), "market", &token).await;
    assert_eq!(again.status, CONFLICT, "{}", again.body);
    assert!(again.json()["detail"].as_str().is_some_and(|d| d.contains("used already")));
    assert_eq!(site.visitor().get(&format!("/register?token={token}")).await.status, CONFLICT, "the page says so");
    let links = admin.get("/api/v1/links").await;
    assert_eq!(
        (&links.json()["rows"][0]["state"], &links.json()["rows"][0]["note"]),
        (&json!("used"), &json!("the shop"))
    );
    let trail = admin.get("/api/v1/audit?limit=200").await.body;
    assert!(trail.contains(&format!("by link/{id} of admin")), "{trail}");
    assert!(trail.contains("link.create") && trail.contains("link.use"));
    for told in [&trail, &links.body] {
        assert!(!told.contains(&token), "the token is shown once and nowhere else");
    }
}

#[tokio::test]
async fn a_link_ends_by_itself_by_its_maker_and_with_its_makers_rights() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    set(&mut admin, "invitation").await;
    let (id, revoked) = invite(&mut admin).await;
    assert_eq!(admin.delete(&format!("/api/v1/links/{id}")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(admin.delete(&format!("/api/v1/links/{id}")).await.status, CONFLICT);
    let told = register(&mut site.visitor(), "shop", &revoked).await;
    assert!(told.status == CONFLICT && told.body.contains("taken back"), "{}", told.body);

    admin.post("/api/v1/accounts", new_account("second", "platform_admin")).await;
    let mut second = site.member("second", "the very first password").await;
    let (_, orphaned) = invite(&mut second).await;
    let seconds = second.get("/api/v1/session").await.json()["id"].as_str().expect("an id").to_owned();
    admin.ask(&Method::PUT, &format!("/api/v1/accounts/{seconds}/disabled"), None).await;
    let told = register(&mut site.visitor(), "shop", &orphaned).await;
    assert!(told.status == CONFLICT && told.body.contains("may not do so any more"), "{}", told.body);

    let (_, closed) = invite(&mut admin).await;
    set(&mut admin, "closed").await;
    assert_eq!(register(&mut site.visitor(), "shop", &closed).await.status, FORBIDDEN, "closed is closed");
    set(&mut admin, "open").await;

    let (_, expired) = invite(&mut admin).await;
    site.clock.advance(7 * DAY - 1);
    assert_eq!(site.visitor().post("/api/v1/links/look", json!({ "token": expired })).await.status, StatusCode::OK);
    site.clock.advance(1);
    let told = register(&mut site.visitor(), "shop", &expired).await;
    assert!(told.status == CONFLICT && told.body.contains("expired"), "{}", told.body);
    assert_eq!(admin.sign_in("admin", PASSWORD).await.status, CREATED);
    assert_eq!(admin.get("/api/v1/tenants").await.json()["rows"], json!([]), "nobody came in");
    let links = admin.get("/api/v1/links").await.json();
    let mut states: Vec<Value> = links["rows"].as_array().expect("links").iter().map(|l| l["state"].clone()).collect();
    states.sort_by_key(ToString::to_string);
    assert_eq!(states, ["expired", "expired", "expired", "revoked"]);
}

#[tokio::test]
async fn of_two_that_use_a_link_at_once_one_wins() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    set(&mut admin, "invitation").await;
    let (_, token) = invite(&mut admin).await;
    let tries = (0..5).map(|n| {
        let (mut who, token) = (site.visitor(), token.clone());
        async move { register(&mut who, &format!("shop{n}"), &token).await.status }
    });
    let answers = futures::future::join_all(tries).await;
    assert_eq!(answers.iter().filter(|s| **s == CREATED).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|s| [CREATED, CONFLICT].contains(s)), "{answers:?}");
    assert_eq!(admin.get("/api/v1/tenants").await.json()["rows"].as_array().map(Vec::len), Some(1));
}
