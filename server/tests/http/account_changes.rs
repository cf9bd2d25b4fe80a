//! What becomes of accounts: edited, disabled, given a new password, deleted, handed over.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{PASSWORD, Site, Visitor, new_account};

const CONFLICT: StatusCode = StatusCode::CONFLICT;
const FORBIDDEN: StatusCode = StatusCode::FORBIDDEN;

/// The id of an account of the visitor's tenant.
async fn id_of(who: &mut Visitor, username: &str) -> String {
    let rows = who.get("/api/v1/accounts").await.json()["rows"].clone();
    let row = rows.as_array().expect("a list").iter().find(|r| r["username"] == username).expect("listed").clone();
    row["id"].as_str().expect("an id").to_owned()
}

async fn put(who: &mut Visitor, path: &str, body: Value) -> crate::support::Reply {
    who.ask(&Method::PUT, path, Some(body)).await
}

#[tokio::test]
async fn a_disabled_account_is_out_at_once_and_comes_back() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    let mut developer = site.colleague(&mut owner, "shop-dev", "developer").await;
    let id = id_of(&mut owner, "shop-dev").await;
    assert_eq!(developer.get("/api/v1/apps").await.status, StatusCode::OK);

    let disabled = put(&mut owner, &format!("/api/v1/accounts/{id}/disabled"), Value::Null).await;
    assert_eq!(disabled.status, StatusCode::OK, "{}", disabled.body);
    assert!(disabled.json()["disabled_at"].is_i64());
    assert_eq!(developer.get("/api/v1/apps").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(site.visitor().sign_in("shop-dev", PASSWORD).await.status, StatusCode::UNAUTHORIZED);

    let enabled = owner.delete(&format!("/api/v1/accounts/{id}/disabled")).await;
    assert_eq!(enabled.status, StatusCode::OK, "{}", enabled.body);
    assert_eq!(developer.get("/api/v1/apps").await.status, StatusCode::UNAUTHORIZED, "the old session stays over");
    assert_eq!(site.visitor().sign_in("shop-dev", PASSWORD).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_deleted_account_leaves_nothing_and_its_name_is_free() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    let mut developer = site.colleague(&mut owner, "shop-dev", "developer").await;
    let id = id_of(&mut owner, "shop-dev").await;
    let unsure = owner.delete(&format!("/api/v1/accounts/{id}?confirm=shop")).await;
    assert_eq!(unsure.json()["errors"][0]["field"], "confirm", "{}", unsure.body);
    let gone = owner.delete(&format!("/api/v1/accounts/{id}?confirm=shop-dev")).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.body);
    assert_eq!(developer.get("/api/v1/session").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(owner.get(&format!("/api/v1/accounts/{id}")).await.status, StatusCode::NOT_FOUND);
    // Whoever has the name next starts with nothing of the former one.
    let made = owner.post("/api/v1/accounts", new_account("shop-dev", "")).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let again = made.json()["id"].as_str().expect("an id").to_owned();
    let detail = owner.get(&format!("/api/v1/accounts/{again}")).await.json();
    assert_eq!((&detail["bindings"], &detail["row"]["roles"]), (&json!([]), &json!([])));
}

#[tokio::test]
async fn the_main_account_and_ones_own_are_safe_from_mistakes() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    let id = id_of(&mut owner, "shop-owner").await;
    let own = owner.delete(&format!("/api/v1/accounts/{id}?confirm=shop-owner")).await;
    assert_eq!(own.status, CONFLICT);
    assert!(own.json()["detail"].as_str().expect("a sentence").starts_with("The account could not be deleted"));
    assert_eq!(put(&mut owner, &format!("/api/v1/accounts/{id}/disabled"), Value::Null).await.status, CONFLICT);
    // Nor does the platform's administrator leave a tenant without one.
    let main = admin.delete(&format!("/api/v1/accounts/{id}?confirm=shop-owner")).await;
    assert_eq!(main.status, CONFLICT, "{}", main.body);
    let second = owner.post("/api/v1/accounts", new_account("second-owner", "owner")).await;
    assert_eq!(second.json()["errors"][0]["field"], "roles.0.role", "{}", second.body);
    let binding = owner.get(&format!("/api/v1/accounts/{id}")).await.json()["bindings"][0]["id"].clone();
    let path = format!("/api/v1/accounts/{id}/bindings/{}", binding.as_str().expect("an id"));
    assert_eq!(admin.delete(&path).await.status, CONFLICT, "the owner's role goes by handing over alone");
    assert_eq!(admin.get(&format!("/api/v1/tenants/{shop}/accounts")).await.json()["rows"][0]["main"], json!(true));
}

#[tokio::test]
async fn the_main_account_is_handed_over_whole() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    let mut heir = site.colleague(&mut owner, "shop-heir", "viewer").await;
    let id = id_of(&mut owner, "shop-heir").await;
    let path = format!("/api/v1/accounts/{id}/main?confirm=shop-heir");
    assert_eq!(heir.post(&path, json!({})).await.status, StatusCode::NOT_FOUND, "nobody takes it");
    let done = owner.post(&path, json!({})).await;
    assert_eq!((done.status, &done.json()["main"]), (StatusCode::OK, &json!(true)), "{}", done.body);
    // The heir may give roles now, and the former owner may not.
    let made = heir.post("/api/v1/accounts", new_account("shop-dev", "developer")).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    assert_eq!(owner.post("/api/v1/accounts", new_account("friend", "viewer")).await.status, FORBIDDEN);
    let rows = heir.get("/api/v1/accounts").await.json()["rows"].clone();
    let mains: Vec<_> = rows.as_array().expect("a list").iter().filter(|r| r["main"] == true).collect();
    assert_eq!(mains.len(), 1);
}

#[tokio::test]
async fn an_administrator_manages_those_below_and_nobody_above() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    let mut boss = site.colleague(&mut owner, "shop-boss", "administrator").await;
    site.colleague(&mut owner, "shop-dev", "developer").await;
    let (dev, main) = (id_of(&mut owner, "shop-dev").await, id_of(&mut owner, "shop-owner").await);
    let first = json!({ "password": "another first password" });
    let above = put(&mut boss, &format!("/api/v1/accounts/{main}/password"), first.clone()).await;
    assert_eq!(above.status, FORBIDDEN, "{}", above.body);
    let below = put(&mut boss, &format!("/api/v1/accounts/{dev}/password"), first).await;
    assert_eq!(below.status, StatusCode::NO_CONTENT, "{}", below.body);
    assert_eq!(site.visitor().sign_in("shop-dev", PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    let mut back = site.visitor();
    assert_eq!(back.sign_in("shop-dev", "another first password").await.status, StatusCode::CREATED);
    assert_eq!(back.get("/api/v1/apps").await.json()["kind"], "password_change_required");
    // Deleting and giving roles stay with the main account.
    assert_eq!(boss.delete(&format!("/api/v1/accounts/{dev}?confirm=shop-dev")).await.status, FORBIDDEN);
    assert_eq!(boss.post("/api/v1/accounts", new_account("friend", "viewer")).await.status, FORBIDDEN);
    assert_eq!(boss.post("/api/v1/accounts", new_account("friend", "")).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn everybody_edits_their_own_profile_and_no_change_is_lost() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    let mut viewer = site.colleague(&mut owner, "shop-viewer", "viewer").await;
    let id = viewer.get("/api/v1/session").await.json()["id"].as_str().expect("an id").to_owned();
    let path = format!("/api/v1/accounts/{id}");
    let version = viewer.get(&path).await.json()["row"]["version"].clone();
    let form = |name: &str| json!({ "display_name": name, "email": "v@shop.example", "version": version });
    let first = put(&mut viewer, &path, form("Vera")).await;
    assert_eq!((first.status, &first.json()["display_name"]), (StatusCode::OK, &json!("Vera")), "{}", first.body);
    assert_eq!(put(&mut owner, &path, form("Somebody")).await.status, CONFLICT, "it was changed meanwhile");
    let wrong = put(&mut viewer, &path, json!({ "display_name": "", "email": "nowhere" })).await;
    let fields: Vec<_> =
        wrong.json()["errors"].as_array().expect("errors").iter().map(|e| e["field"].clone()).collect();
    assert_eq!(fields, ["display_name", "email"]);
    let others = id_of(&mut owner, "shop-owner").await;
    let refused = put(&mut viewer, &format!("/api/v1/accounts/{others}"), form("Mole")).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND, "who may not see accounts is not told of them");
}

#[tokio::test]
async fn of_two_platform_administrators_who_keep_each_other_out_one_is_left() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let made = admin.post("/api/v1/accounts", new_account("second", "platform_admin")).await.json();
    let mut second = site.member("second", "the very first password").await;
    let path = |id: &Value| format!("/api/v1/accounts/{}/disabled", id.as_str().expect("an id"));
    let (one, other) = (path(&admin.get("/api/v1/session").await.json()["id"]), path(&made["id"]));
    let (one, other) = tokio::join!(second.put(&one, json!({})), admin.put(&other, json!({})));
    let done = [&one, &other].iter().filter(|reply| reply.status == StatusCode::OK).count();
    assert_eq!(done, 1, "{} {} / {} {}", one.status, one.body, other.status, other.body);
    // Of both at once one is refused, by whichever rule comes first; nobody is locked out of the platform.
    let mut left = 0;
    for name in ["admin", "second"] {
        left += usize::from(site.visitor().sign_in(name, PASSWORD).await.status == StatusCode::CREATED);
    }
    assert_eq!(left, 1);
}
