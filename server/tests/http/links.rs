//! Links for people: to join a tenant, and to choose a new password.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{PASSWORD, Reply, Site, Visitor, new_account};

const CONFLICT: StatusCode = StatusCode::CONFLICT;
const CREATED: StatusCode = StatusCode::CREATED;
const FORBIDDEN: StatusCode = StatusCode::FORBIDDEN;
const NOT_FOUND: StatusCode = StatusCode::NOT_FOUND;
const OK: StatusCode = StatusCode::OK;
const UNAUTHORIZED: StatusCode = StatusCode::UNAUTHORIZED;

const ANOTHER: &str = "a quite different pass phrase";

async fn make(who: &mut Visitor, form: Value) -> Reply {
    who.post("/api/v1/links", form).await
}

/// The token of a link that was made.
fn token(made: &Reply) -> String {
    assert_eq!(made.status, CREATED, "{}", made.body);
    let path = made.json()["path"].as_str().expect("a path").to_owned();
    path.strip_prefix("/join?token=").expect("the page").to_owned()
}

async fn join(site: &Site, token: &str, username: &str) -> (Visitor, Reply) {
    let mut visitor = site.visitor();
    let form = json!({
        "token": token, "username": username, "display_name": "Bo", "password": PASSWORD, "repeat": PASSWORD,
    });
    let reply = visitor.post("/api/v1/links/follow", form).await;
    (visitor, reply)
}

async fn reset(site: &Site, token: &str) -> Reply {
    let form = json!({ "token": token, "password": ANOTHER, "repeat": ANOTHER });
    site.visitor().post("/api/v1/links/follow", form).await
}

async fn id_of(who: &mut Visitor, username: &str) -> String {
    let rows = who.get("/api/v1/accounts").await.json()["rows"].clone();
    let row = rows.as_array().expect("a list").iter().find(|r| r["username"] == username).expect("listed").clone();
    row["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn a_member_joins_with_a_name_and_a_password_of_their_own() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    let made = make(&mut owner, json!({ "kind": "member", "roles": [{ "role": "developer" }], "note": "Bo" })).await;
    let token = token(&made);
    let seen = site.visitor().post("/api/v1/links/look", json!({ "token": token })).await.json();
    assert_eq!((&seen["kind"], &seen["tenant"]), (&json!("member"), &json!("Tenant shop")), "{seen}");
    let page = site.visitor().get(&format!("/join?token={token}")).await;
    assert!(page.status == OK && page.body.contains("Join Tenant shop"), "{}", page.body);

    let form = json!({ "token": token, "username": "X", "display_name": "", "password": "short", "repeat": "short" });
    let wrong = site.visitor().post("/api/v1/links/follow", form).await;
    let fields: Vec<_> =
        wrong.json()["errors"].as_array().expect("errors").iter().map(|e| e["field"].clone()).collect();
    assert_eq!(fields, ["username", "display_name", "password"], "and the link can still be used");

    let (mut bo, joined) = join(&site, &token, "shop-bo").await;
    assert_eq!(joined.status, OK, "{}", joined.body);
    let session = bo.get("/api/v1/session").await.json();
    assert_eq!((&session["username"], &session["must_change_password"]), (&json!("shop-bo"), &json!(false)));
    assert_eq!(session["roles"][0]["en"], "Developer");
    assert_eq!(join(&site, &token, "shop-eve").await.1.status, CONFLICT, "it is for one use");
    let trail = owner.get("/api/v1/audit?limit=200").await.body;
    let id = made.json()["row"]["id"].as_str().expect("an id").to_owned();
    assert!(trail.contains(&format!("role developer on tenant/{shop}, by link/{id} of shop-owner")), "{trail}");
    assert!(!trail.contains(&token) && !trail.contains(PASSWORD));
}

#[tokio::test]
async fn nobody_invites_above_themselves_or_elsewhere() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    let (_, mut banker) = site.tenant(&mut admin, "bank").await;
    let mut boss = site.colleague(&mut owner, "shop-boss", "administrator").await;
    let mut developer = site.colleague(&mut owner, "shop-dev", "developer").await;
    assert_eq!(make(&mut developer, json!({ "kind": "member" })).await.status, FORBIDDEN);
    assert_eq!(developer.get("/api/v1/links").await.status, FORBIDDEN);
    assert_eq!(
        make(&mut boss, json!({ "kind": "member", "roles": [{ "role": "viewer" }] })).await.status,
        FORBIDDEN,
        "gives no roles"
    );
    assert_eq!(
        make(&mut owner, json!({ "kind": "member", "roles": [{ "role": "platform_admin" }] })).await.status,
        FORBIDDEN
    );
    let second_owner = make(&mut owner, json!({ "kind": "member", "roles": [{ "role": "owner" }] })).await;
    assert_eq!(second_owner.json()["errors"][0]["field"], "roles.0.role", "{}", second_owner.body);
    assert_eq!(make(&mut banker, json!({ "kind": "member", "tenant": shop })).await.status, NOT_FOUND);
    assert_eq!(make(&mut owner, json!({ "kind": "door" })).await.json()["errors"][0]["field"], "kind");

    let made = make(&mut boss, json!({ "kind": "member" })).await;
    let (token, id) = (token(&made), made.json()["row"]["id"].as_str().expect("an id").to_owned());
    assert_eq!(banker.delete(&format!("/api/v1/links/{id}")).await.status, NOT_FOUND);
    assert_eq!(banker.get("/api/v1/links").await.json()["rows"], json!([]));
    assert_eq!(developer.delete(&format!("/api/v1/links/{id}")).await.status, FORBIDDEN);
    assert_eq!(owner.delete(&format!("/api/v1/links/{id}")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(join(&site, &token, "shop-eve").await.1.status, CONFLICT);
}

#[tokio::test]
async fn a_link_is_worth_what_its_maker_may_do_when_it_is_used() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    let mut boss = site.colleague(&mut owner, "shop-boss", "administrator").await;
    site.colleague(&mut owner, "shop-dev", "viewer").await;
    let (boss_id, dev) = (id_of(&mut owner, "shop-boss").await, id_of(&mut owner, "shop-dev").await);
    let reset_token = token(&make(&mut boss, json!({ "kind": "reset", "account": dev })).await);
    let member_token = token(&make(&mut boss, json!({ "kind": "member" })).await);
    // The account rises above the one that made the link: no way up by it.
    let made = owner.post(&format!("/api/v1/accounts/{dev}/main?confirm=shop-dev"), json!({})).await;
    assert_eq!(made.status, OK, "{}", made.body);
    let told = reset(&site, &reset_token).await;
    assert!(told.status == CONFLICT && told.body.contains("may not do so any more"), "{}", told.body);
    assert_eq!(site.visitor().sign_in("shop-dev", PASSWORD).await.status, CREATED, "its password is as it was");
    // Whoever made it is put out.
    admin.ask(&Method::PUT, &format!("/api/v1/accounts/{boss_id}/disabled"), None).await;
    assert_eq!(join(&site, &member_token, "shop-eve").await.1.status, CONFLICT);
}

#[tokio::test]
async fn a_lost_password_is_chosen_anew_and_ends_the_sessions() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    let mut developer = site.colleague(&mut owner, "shop-dev", "developer").await;
    let (dev, main) = (id_of(&mut owner, "shop-dev").await, id_of(&mut owner, "shop-owner").await);
    let mut boss = site.colleague(&mut owner, "shop-boss", "administrator").await;
    assert_eq!(make(&mut boss, json!({ "kind": "reset", "account": main })).await.status, FORBIDDEN, "above");
    assert_eq!(make(&mut owner, json!({ "kind": "reset", "account": main })).await.status, CONFLICT, "one's own");
    assert_eq!(make(&mut developer, json!({ "kind": "reset", "account": main })).await.status, NOT_FOUND);

    let first = token(&make(&mut boss, json!({ "kind": "reset", "account": dev })).await);
    let second = token(&make(&mut boss, json!({ "kind": "reset", "account": dev })).await);
    assert_eq!(reset(&site, &first).await.status, CONFLICT, "a new one takes the former one's place");
    assert_eq!(developer.get("/api/v1/session").await.status, OK, "until it is used, nothing changes");
    let page = site.visitor().get(&format!("/join?token={second}")).await.body;
    assert!(page.contains("Choose a new password") && page.contains("shop-dev"));
    let done = reset(&site, &second).await;
    assert_eq!((done.status, done.json()), (OK, Value::Null), "signed in is nobody by it: {}", done.body);
    assert_eq!(developer.get("/api/v1/session").await.status, UNAUTHORIZED);
    assert_eq!(site.visitor().sign_in("shop-dev", PASSWORD).await.status, UNAUTHORIZED);
    let back = site.visitor().sign_in("shop-dev", ANOTHER).await;
    assert_eq!((back.status, &back.json()["must_change_password"]), (CREATED, &json!(false)));
    assert_eq!(reset(&site, &second).await.status, CONFLICT);
    let trail = owner.get("/api/v1/audit?q=account.reset_password").await.json();
    assert_eq!(trail["rows"][0]["actor_name"], "shop-dev");
    assert!(trail["rows"][0]["detail"].as_str().is_some_and(|d| d.ends_with("of shop-boss")), "{trail}");
}

#[tokio::test]
async fn a_main_account_that_lost_its_password_is_let_in_by_the_platform_alone() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    let main = id_of(&mut owner, "shop-owner").await;
    let page = admin.get(&format!("/accounts/{main}")).await.body;
    assert!(page.contains("Make a link for a new password") && !page.contains("Disable the account"), "{page}");
    let link = token(&make(&mut admin, json!({ "kind": "reset", "account": main })).await);
    assert_eq!(reset(&site, &link).await.status, OK);
    assert_eq!(owner.get("/api/v1/session").await.status, UNAUTHORIZED);
    assert_eq!(site.visitor().sign_in("shop-owner", ANOTHER).await.status, CREATED);
    let path = format!("/api/v1/accounts/{main}");
    assert_eq!(admin.put(&format!("{path}/disabled"), Value::Null).await.status, CONFLICT, "nothing else");
    let first = admin.put(&format!("{path}/password"), json!({ "password": "the very first password" })).await;
    assert_eq!(first.status, http::StatusCode::NO_CONTENT, "{}", first.body);
    let back = site.visitor().sign_in("shop-owner", "the very first password").await;
    assert_eq!((back.status, &back.json()["must_change_password"]), (CREATED, &json!(true)));
}

#[tokio::test]
async fn a_link_into_a_suspended_disabled_or_deleted_place_leads_nowhere() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    owner.post("/api/v1/accounts", new_account("shop-dev", "developer")).await;
    let dev = id_of(&mut owner, "shop-dev").await;
    // By the platform's administrator, whom the tenant's suspension does not touch.
    let member = token(&make(&mut admin, json!({ "kind": "member", "tenant": shop })).await);
    let new_password = token(&make(&mut admin, json!({ "kind": "reset", "account": dev })).await);
    let suspended = format!("/api/v1/tenants/{shop}/suspended");
    admin.ask(&Method::PUT, &suspended, Some(json!({ "reason": "Unpaid" }))).await;
    for told in [join(&site, &member, "shop-bo").await.1, reset(&site, &new_password).await] {
        assert!(told.status == CONFLICT && told.body.contains("suspended"), "{}", told.body);
    }
    admin.delete(&suspended).await;
    admin.ask(&Method::PUT, &format!("/api/v1/accounts/{dev}/disabled"), None).await;
    let told = reset(&site, &new_password).await;
    assert!(told.status == CONFLICT && told.body.contains("disabled"), "{}", told.body);
    admin.delete(&format!("/api/v1/accounts/{dev}/disabled")).await;
    admin.delete(&format!("/api/v1/accounts/{dev}?confirm=shop-dev")).await;
    assert_eq!(reset(&site, &new_password).await.status, NOT_FOUND, "with the account goes its link");
    let deleted = admin.delete(&format!("/api/v1/tenants/{shop}?confirm=shop")).await;
    assert_eq!(deleted.status, StatusCode::ACCEPTED, "{}", deleted.body);
    assert_eq!(join(&site, &member, "shop-bo").await.1.status, NOT_FOUND, "while the tenant is being deleted");
    assert_eq!(site.visitor().get(&format!("/join?token={member}")).await.status, NOT_FOUND);
}

#[tokio::test]
async fn of_two_members_with_one_link_one_comes_in() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    let token = token(&make(&mut owner, json!({ "kind": "member", "roles": [{ "role": "viewer" }] })).await);
    let names = ["shop-a", "shop-b", "shop-c", "shop-d"];
    let answers = futures::future::join_all(names.map(|name| join(&site, &token, name))).await;
    let won = answers.iter().filter(|(_, reply)| reply.status == OK).count();
    assert_eq!(won, 1, "{:?}", answers.iter().map(|(_, r)| r.status).collect::<Vec<_>>());
    assert_eq!(owner.get("/api/v1/accounts").await.json()["rows"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn the_form_of_a_link_works_without_a_script() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    let token = token(&make(&mut owner, json!({ "kind": "member" })).await);
    let mut visitor = site.visitor();
    let form = format!(
        "form[token]={token}&form[username]=shop-bo&form[display_name]=Bo&form[email]=\
         &form[password]=lantern+orbit+velvet+cactus&form[repeat]=lantern+orbit+velvet+cactus"
    );
    let done = visitor.submit("/api/links/follow_link", &form.replace('[', "%5B").replace(']', "%5D")).await;
    assert_eq!(done.location.as_deref(), Some("/"), "{} {}", done.status, done.body);
    assert_eq!(visitor.get("/api/v1/session").await.json()["username"], "shop-bo");
}
