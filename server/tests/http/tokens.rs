//! Tokens: what they may do, how long, and what ends them.

use std::time::Duration;

use futures::StreamExt;
use http::{Method, StatusCode, header};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{
    seed::{Estate, estate, token_form},
    support::{Site, Visitor, new_account},
};

const OK: StatusCode = StatusCode::OK;
const CREATED: StatusCode = StatusCode::CREATED;
const UNAUTHORIZED: StatusCode = StatusCode::UNAUTHORIZED;
const FORBIDDEN: StatusCode = StatusCode::FORBIDDEN;
const NOT_FOUND: StatusCode = StatusCode::NOT_FOUND;
const UNPROCESSABLE: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;
const DAY: i64 = 24 * 60 * 60 * 1000;

struct World {
    site: Site,
    admin: Visitor,
    owner: Visitor,
    estate: Estate,
}

async fn world() -> World {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (tenant, mut owner) = site.tenant(&mut admin, "shop").await;
    let estate = estate(&site, &tenant, &mut owner, "shop").await;
    World { site, admin, owner, estate }
}

/// Makes a token; answers it and its row.
async fn make(who: &mut Visitor, path: &str, form: Value) -> (String, Value) {
    let made = who.post(path, form).await;
    assert_eq!(made.status, CREATED, "{}", made.body);
    let made = made.json();
    (made["token"].as_str().expect("a token").to_owned(), made["row"].clone())
}

async fn own(who: &mut Visitor, name: &str, permissions: &[&str], scopes: &[String]) -> String {
    make(who, "/api/v1/tokens", token_form(name, permissions, scopes)).await.0
}

async fn status(site: &Site, token: &str, path: &str) -> StatusCode {
    site.script(token).get(path).await.status
}

async fn id_of(who: &mut Visitor) -> String {
    who.get("/api/v1/session").await.json()["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn a_token_acts_as_its_account_and_is_shown_once() {
    let World { site, mut owner, .. } = world().await;
    let (token, row) = make(&mut owner, "/api/v1/tokens", token_form("night", &["app.read", "audit.read"], &[])).await;
    assert!(token.starts_with("lsp_") && token.len() == 53, "{token}");
    assert!(token.ends_with(row["ending"].as_str().expect("an ending")));
    let me = site.script(&token).get("/api/v1/session").await;
    assert_eq!((me.status, &me.json()["username"]), (OK, &json!("shop-owner")));
    assert_eq!(me.json()["permissions"], json!(["app.read", "audit.read"]));
    assert!(me.set_cookie.is_none());
    let listed = owner.get("/api/v1/tokens").await;
    assert_eq!(listed.json()["rows"][0]["name"], "night");
    let everywhere = format!("{}{}", listed.body, owner.get("/api/v1/audit?limit=200").await.body);
    assert!(!everywhere.contains(&token), "it is shown nowhere again");
    assert!(everywhere.contains("token/shop-owner/night"), "its making is in the trail");
}

#[tokio::test]
async fn a_token_does_what_both_it_and_its_account_may() {
    let World { site, mut owner, estate, .. } = world().await;
    let mut dev = site.colleague(&mut owner, "shop-dev", "developer").await;
    let app = format!("/api/v1/apps/{}", estate.app);
    let all: Vec<&str> = app::model::Permission::ALL.iter().map(|p| p.as_str()).collect();
    let (wide, narrow) = (own(&mut dev, "wide", &all, &[]).await, own(&mut dev, "narrow", &["app.read"], &[]).await);
    assert_eq!((status(&site, &wide, &app).await, status(&site, &narrow, &app).await), (OK, OK));
    let deletion = format!("{app}?confirm=another");
    let refused = site.script(&narrow).delete(&deletion).await;
    assert_eq!(refused.status, FORBIDDEN, "the account may, the token not: {}", refused.body);
    let known = site.script(&wide).delete(&deletion).await;
    assert_ne!(known.status, FORBIDDEN, "the other token may: {}", known.body);
    assert_eq!(status(&site, &wide, "/api/v1/audit").await, FORBIDDEN, "the token may, the account not");
    let says = site.script(&narrow).get(&format!("/api/v1/access?permission=app.delete&on=app/{}", estate.app)).await;
    assert_eq!(says.json()["permissions"][0]["allowed"], false, "the explanation agrees: {}", says.body);

    let elsewhere = own(&mut dev, "elsewhere", &["app.read"], &[format!("namespace/{}", estate.namespace)]).await;
    assert_eq!(status(&site, &elsewhere, &app).await, OK);
    let operations = site.script(&elsewhere).get("/api/v1/operations").await.json();
    assert_eq!(operations["rows"].as_array().map(Vec::len), Some(1), "{operations}");
    let service = owner.post("/api/v1/service-accounts", json!({ "username": "robot", "display_name": "R" })).await;
    assert_eq!(service.json()["kind"], "service");

    // A downgraded account downgrades its tokens at once.
    let account = id_of(&mut dev).await;
    let detail = owner.get(&format!("/api/v1/accounts/{account}")).await.json();
    let binding = detail["bindings"][0]["id"].as_str().expect("an id").to_owned();
    owner.delete(&format!("/api/v1/accounts/{account}/bindings/{binding}")).await;
    assert_eq!(status(&site, &wide, &app).await, NOT_FOUND);
    assert_eq!(status(&site, &wide, "/api/v1/session").await, OK);
}

#[tokio::test]
async fn a_token_for_another_app_sees_nothing_of_this_one() {
    let World { site, mut owner, estate, .. } = world().await;
    let only = own(&mut owner, "only", &["app.read"], &[format!("app/{}", estate.app)]).await;
    site.sql("UPDATE tokens SET scopes = '[\"app/018bcfe5-6800-7000-8000-000000000001\"]' WHERE name = 'only'").await;
    assert_eq!(status(&site, &only, &format!("/api/v1/apps/{}", estate.app)).await, NOT_FOUND);
    assert_eq!(status(&site, &only, &format!("/api/v1/operations/{}", estate.operation)).await, NOT_FOUND);
    for list in ["apps", "operations"] {
        assert_eq!(site.script(&only).get(&format!("/api/v1/{list}")).await.json()["rows"], json!([]), "{list}");
    }
    // What a token is for and cannot be read is for nothing.
    site.sql("UPDATE tokens SET scopes = '[\"planet/1\"]' WHERE name = 'only'").await;
    assert_eq!(status(&site, &only, "/api/v1/session").await, StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn wrong_forms_are_told_by_field() {
    let World { site, mut owner, estate, .. } = world().await;
    let mut admin_of_other = {
        let mut admin = site.visitor();
        admin.sign_in("admin", crate::support::PASSWORD).await;
        site.tenant(&mut admin, "bank").await.1
    };
    let foreign = format!("app/{}", estate.app);
    for (form, field) in [
        (json!({ "name": "", "permissions": ["app.read"], "days": "1" }), "name"),
        (json!({ "name": "a", "permissions": [], "days": "1" }), "permissions"),
        (json!({ "name": "a", "permissions": ["app.fly"], "days": "1" }), "permissions"),
        (json!({ "name": "a", "permissions": ["app.read"], "days": "0" }), "days"),
        (json!({ "name": "a", "permissions": ["app.read"], "days": "366" }), "days"),
        (json!({ "name": "a", "permissions": ["app.read"], "days": "1", "scopes": ["platform"] }), "scopes"),
        (json!({ "name": "a", "permissions": ["app.read"], "days": "1", "scopes": [foreign] }), "scopes"),
    ] {
        let refused = admin_of_other.post("/api/v1/tokens", form.clone()).await;
        assert_eq!((refused.status, &refused.json()["errors"][0]["field"]), (UNPROCESSABLE, &json!(field)), "{form}");
    }
    own(&mut owner, "same", &["app.read"], &[]).await;
    let twice = owner.post("/api/v1/tokens", token_form("same", &["app.read"], &[])).await;
    assert_eq!((twice.status, &twice.json()["errors"][0]["field"]), (StatusCode::CONFLICT, &json!("name")));
    for n in 0..49 {
        own(&mut owner, &format!("n{n}"), &["app.read"], &[]).await;
    }
    let many = owner.post("/api/v1/tokens", token_form("more", &["app.read"], &[])).await;
    assert_eq!(many.status, StatusCode::CONFLICT, "{}", many.body);
}

#[tokio::test]
async fn use_is_noted_once_a_minute_and_life_ends_in_time() {
    let World { site, mut owner, .. } = world().await;
    let (token, _) = make(&mut owner, "/api/v1/tokens", token_form("night", &["app.read"], &[])).await;
    let used = async |owner: &mut Visitor| owner.get("/api/v1/tokens").await.json()["rows"][0]["used_at"].clone();
    assert_eq!(used(&mut owner).await, Value::Null);
    status(&site, &token, "/api/v1/apps").await;
    let first = used(&mut owner).await;
    site.clock.advance(30_000);
    status(&site, &token, "/api/v1/apps").await;
    assert_eq!(used(&mut owner).await, first);
    site.clock.advance(31_000);
    status(&site, &token, "/api/v1/apps").await;
    assert_eq!(used(&mut owner).await.as_i64(), first.as_i64().map(|at| at + 61_000));
    site.clock.advance(30 * DAY - 61_000 - 1);
    assert_eq!(status(&site, &token, "/api/v1/apps").await, OK);
    site.clock.advance(1);
    let over = site.script(&token).get("/api/v1/apps").await;
    assert_eq!(over.status, UNAUTHORIZED);
    assert!(over.body.contains("expired") && over.challenge.is_some_and(|c| c.starts_with("Bearer")), "{}", over.body);
}

/// Opens a stream by a token, does what must end it, and looks that it has ended and the token with it.
async fn ends(site: &Site, token: &str, live: &str, who: &mut Visitor, method: &Method, path: &str) {
    let (opened, mut stream) = site.script(token).open(live).await;
    assert_eq!(opened, OK);
    assert!(stream.next().await.is_some(), "the first message");
    let done = who.ask(method, path, None).await;
    assert!(done.status.is_success(), "{}", done.body);
    let ended = timeout(Duration::from_secs(1), async { while stream.next().await.is_some() {} }).await;
    assert!(ended.is_ok(), "the stream goes on after {path}");
    let after = site.script(token).get("/api/v1/session").await;
    assert_eq!(after.status, UNAUTHORIZED, "{}", after.body);
}

#[tokio::test]
async fn revoking_disabling_suspending_and_deleting_end_a_token_and_its_streams() {
    let World { site, mut admin, mut owner, estate } = world().await;
    let dev = id_of(&mut site.colleague(&mut owner, "shop-dev", "developer").await).await;
    let mut dev_at_work = site.visitor();
    dev_at_work.sign_in("shop-dev", crate::support::PASSWORD).await;
    let topic: app::model::Topic = app::model::Topic::App(estate.app.parse().expect("an id"));
    let topic: String = form_urlencoded::byte_serialize(topic.to_string().as_bytes()).collect();
    let live = format!("/api/v1/live?t={topic}");
    let (token, row) = make(&mut dev_at_work, "/api/v1/tokens", token_form("one", &["app.read"], &[])).await;
    let revoke = format!("/api/v1/tokens/{}", row["id"].as_str().expect("an id"));
    ends(&site, &token, &live, &mut dev_at_work, &Method::DELETE, &revoke).await;

    let token = own(&mut dev_at_work, "two", &["app.read"], &[]).await;
    let disable = format!("/api/v1/accounts/{dev}/disabled");
    ends(&site, &token, &live, &mut owner, &Method::PUT, &disable).await;
    assert_eq!(owner.delete(&disable).await.status, OK);
    assert_eq!(status(&site, &token, "/api/v1/session").await, OK, "enabled again, with its tokens");

    site.sql("UPDATE tenants SET suspended_at = 1").await;
    assert_eq!(status(&site, &token, "/api/v1/session").await, UNAUTHORIZED, "its tenant is suspended");
    site.sql("UPDATE tenants SET suspended_at = NULL").await;

    let delete = format!("/api/v1/accounts/{dev}?confirm=shop-dev");
    ends(&site, &token, &live, &mut owner, &Method::DELETE, &delete).await;
    // A platform's account has tokens, too, and they are its own.
    let token = own(&mut admin, "platform", &["tenant.read"], &[]).await;
    assert_eq!(status(&site, &token, "/api/v1/tenants").await, OK);
    assert_eq!(status(&site, &token, "/api/v1/accounts").await, FORBIDDEN);
}

#[tokio::test]
async fn a_service_account_acts_by_tokens_alone() {
    let World { site, mut owner, estate, .. } = world().await;
    let robot = estate.service.clone();
    let tokens = format!("/api/v1/accounts/{robot}/tokens");
    let (token, _) = make(&mut owner, &tokens, token_form("deploy", &["app.read", "app.publish"], &[])).await;
    assert!(token.starts_with("lss_"), "{token}");
    let app = format!("/api/v1/apps/{}", estate.app);
    assert_eq!(status(&site, &token, &app).await, NOT_FOUND, "it has no role");
    let bound = json!({ "role": "viewer", "scope": format!("app/{}", estate.app) });
    assert_eq!(owner.post(&format!("/api/v1/accounts/{robot}/bindings"), bound).await.status, CREATED);
    assert_eq!(status(&site, &token, &app).await, OK);
    assert_eq!(site.script(&token).get("/api/v1/session").await.json()["username"], "shop-robot");

    // No password leads in, and none can be given.
    for password in ["", " ", "the very first password"] {
        assert_ne!(site.visitor().sign_in("shop-robot", password).await.status, CREATED);
    }
    let path = format!("/api/v1/accounts/{robot}/password");
    let form = json!({ "password": "the very first password" });
    assert_eq!(owner.ask(&Method::PUT, &path, Some(form)).await.status, StatusCode::CONFLICT);
    let main = owner.post(&format!("/api/v1/accounts/{robot}/main?confirm=shop-robot"), json!({})).await;
    assert_eq!(main.status, StatusCode::CONFLICT, "{}", main.body);
    let listed = owner.get("/api/v1/accounts").await.json()["rows"].clone();
    let row = listed.as_array().expect("a list").iter().find(|a| a["id"] == robot).expect("listed").clone();
    assert_eq!(row["kind"], "service");

    // Disabled and deleted like any account.
    let off = owner.ask(&Method::PUT, &format!("/api/v1/accounts/{robot}/disabled"), None).await;
    assert_eq!((off.status, status(&site, &token, &app).await), (OK, UNAUTHORIZED));
    let gone = owner.delete(&format!("/api/v1/accounts/{robot}?confirm=shop-robot")).await;
    assert_eq!((gone.status, status(&site, &token, &app).await), (StatusCode::NO_CONTENT, UNAUTHORIZED));
}

#[tokio::test]
async fn who_makes_a_service_accounts_token_may_do_as_much_themselves() {
    let World { site, mut owner, estate, .. } = world().await;
    let mut manager = site.colleague(&mut owner, "shop-manager", "").await;
    let role =
        json!({ "name": "tokener", "description": "", "permissions": ["token.manage", "account.read", "app.read"] });
    let role = owner.post("/api/v1/roles", role).await.json()["role"].clone();
    let manager_id = id_of(&mut manager).await;
    let bind = json!({ "role": role, "scope": format!("tenant/{}", estate.tenant) });
    assert_eq!(owner.post(&format!("/api/v1/accounts/{manager_id}/bindings"), bind).await.status, CREATED);
    let robot = manager.post("/api/v1/service-accounts", json!({ "username": "robot", "display_name": "R" })).await;
    let robot = robot.json()["id"].as_str().expect("an id").to_owned();
    let tokens = format!("/api/v1/accounts/{robot}/tokens");
    make(&mut manager, &tokens, token_form("one", &["app.read"], &[])).await;
    let bind = json!({ "role": "developer", "scope": format!("tenant/{}", estate.tenant) });
    assert_eq!(owner.post(&format!("/api/v1/accounts/{robot}/bindings"), bind).await.status, CREATED);
    let above = manager.post(&tokens, token_form("two", &["app.delete"], &[])).await;
    assert_eq!(above.status, FORBIDDEN, "{}", above.body);
    assert_eq!(manager.get(&tokens).await.status, OK);
    // Another person's tokens are their own.
    let person = manager.get(&format!("/api/v1/accounts/{}/tokens", estate.account)).await;
    assert_eq!(person.status, NOT_FOUND);
    let made = owner.post("/api/v1/accounts", new_account("friend", "viewer")).await;
    assert_eq!(made.status, CREATED);
    let mut viewer = site.member("friend", "the very first password").await;
    for refused in [
        viewer.get(&tokens).await.status,
        viewer.post("/api/v1/service-accounts", json!({ "username": "mine", "display_name": "M" })).await.status,
    ] {
        assert!([NOT_FOUND, FORBIDDEN].contains(&refused), "{refused}");
    }
}

#[tokio::test]
async fn the_trail_says_by_which_token() {
    let World { site, mut owner, estate, .. } = world().await;
    let token = own(&mut owner, "night", &["template.manage", "template.read"], &[]).await;
    let mut script = site.script(&token);
    let form = json!({ "name": "made", "description": "", "spec": crate::seed::spec("made") });
    assert_eq!(script.post("/api/v1/templates", form).await.status, CREATED);
    assert_eq!(script.delete(&format!("/api/v1/apps/{}?confirm=x", estate.app)).await.status, NOT_FOUND);
    let trail = owner.get("/api/v1/audit?limit=200").await.json();
    let rows = trail["rows"].as_array().expect("rows");
    let by_token = |action: &str, outcome: &str| {
        rows.iter().any(|r| {
            r["action"] == action
                && r["outcome"] == outcome
                && r["actor_name"] == "shop-owner"
                && r["token"] == "night"
                && r["acting"] == "token"
        })
    };
    assert!(by_token("template.create", "ok") && by_token("app.delete", "refused"), "{trail}");
}

#[tokio::test]
async fn the_page_lists_tokens_and_makes_none_that_nobody_would_see() {
    let World { site: _site, mut owner, .. } = world().await;
    own(&mut owner, "night-deploy", &["app.read"], &[]).await;
    let page = owner.get("/settings/tokens").await;
    assert!(page.status == OK && page.body.contains("night-deploy") && page.body.contains("form[permissions][]"));
    let mut plain = Visitor { headers: vec![(header::ACCEPT, "text/html")], ..owner.clone() };
    let form = "form%5Bname%5D=unseen&form%5Bpermissions%5D%5B0%5D=app.read&form%5Bdays%5D=30";
    let answer = plain.submit("/api/tokens/create_token", form).await;
    assert!(!answer.body.contains("lsp_"), "{}", answer.body);
    assert!(!owner.get("/api/v1/tokens").await.body.contains("unseen"));
}
