//! Tenants, accounts, roles, and the trail that they leave.

use http::StatusCode;
use serde_json::json;

use crate::support::{Site, new_account, new_tenant};

const FORBIDDEN: StatusCode = StatusCode::FORBIDDEN;
const NOT_FOUND: StatusCode = StatusCode::NOT_FOUND;

#[tokio::test]
async fn a_tenant_and_its_owner_are_made_together_or_not_at_all() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    site.tenant(&mut admin, "shop").await;
    // The name is free, the owner's is taken: nothing must stay behind.
    let half = admin.post("/api/v1/tenants", new_tenant("market", "shop-owner")).await;
    assert_eq!(half.status, StatusCode::CONFLICT);
    assert_eq!(half.json()["errors"][0]["field"], "owner.username");
    let twice = admin.post("/api/v1/tenants", new_tenant("shop", "somebody")).await;
    assert_eq!(twice.status, StatusCode::CONFLICT);
    assert_eq!(twice.json()["errors"][0]["field"], "name");
    let tenants = admin.get("/api/v1/tenants").await.json()["rows"].clone();
    let names: Vec<_> = tenants.as_array().expect("a list").iter().map(|t| (&t["name"], &t["accounts"])).collect();
    assert_eq!(names, [(&json!("shop"), &json!(1))]);
    assert_eq!(site.visitor().sign_in("somebody", "the very first password").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn wrong_fields_are_named_all_at_once() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let form = json!({ "name": "Shop!", "display_name": "", "owner": { "username": "x", "display_name": "X", "password": "short" } });
    let refused = admin.post("/api/v1/tenants", form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let fields: Vec<_> =
        refused.json()["errors"].as_array().expect("errors").iter().map(|e| e["field"].clone()).collect();
    assert_eq!(fields, ["name", "display_name", "owner.username", "owner.password"]);
}

#[tokio::test]
async fn an_owner_makes_a_developer_who_may_not_make_anybody() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    let mut developer = site.colleague(&mut owner, "shop-dev", "developer").await;
    let people = owner.get("/api/v1/accounts").await.json()["rows"].clone();
    let people: Vec<_> =
        people.as_array().expect("a list").iter().map(|a| (&a["username"], &a["roles"][0]["en"], &a["main"])).collect();
    let (developer_row, owner_row) = (("shop-dev", "Developer", false), ("shop-owner", "Owner", true));
    let expected = [developer_row, owner_row].map(|(n, r, m)| (json!(n), json!(r), json!(m)));
    assert_eq!(people, expected.each_ref().map(|(n, r, m)| (n, r, m)));
    assert_eq!(developer.post("/api/v1/accounts", new_account("friend", "viewer")).await.status, FORBIDDEN);
    assert_eq!(developer.get("/api/v1/accounts").await.status, FORBIDDEN);
    assert_eq!(developer.get("/api/v1/audit").await.status, FORBIDDEN);
    assert_eq!(developer.get("/api/v1/session").await.json()["tenant_name"], "shop");
}

#[tokio::test]
async fn nobody_gives_a_role_above_their_own() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    let refused = owner.post("/api/v1/accounts", new_account("boss", "platform_admin")).await;
    assert_eq!(refused.status, FORBIDDEN, "{}", refused.body);
    assert_eq!(
        owner.post("/api/v1/accounts", new_account("boss", "emperor")).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(owner.post("/api/v1/tenants", new_tenant("own", "own-owner")).await.status, FORBIDDEN);
    // An administrator's role does not exist within a tenant, nor a tenant's on the platform.
    let within = admin.post(&format!("/api/v1/tenants/{shop}/accounts"), new_account("boss", "platform_admin")).await;
    assert_eq!(within.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        admin.post("/api/v1/accounts", new_account("boss", "owner")).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(site.visitor().sign_in("boss", "the very first password").await.status, StatusCode::UNAUTHORIZED);
    let second = admin.post("/api/v1/accounts", new_account("second-admin", "platform_admin")).await;
    assert_eq!(second.status, StatusCode::CREATED, "{}", second.body);
}

#[tokio::test]
async fn another_tenant_does_not_exist() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut shopkeeper) = site.tenant(&mut admin, "shop").await;
    let (bank, mut banker) = site.tenant(&mut admin, "bank").await;
    assert_eq!(banker.get(&format!("/api/v1/tenants/{shop}/accounts")).await.status, NOT_FOUND);
    let planted = banker.post(&format!("/api/v1/tenants/{shop}/accounts"), new_account("mole", "owner")).await;
    assert_eq!(planted.status, NOT_FOUND);
    assert_eq!(banker.get(&format!("/api/v1/tenants/{bank}/accounts")).await.status, StatusCode::OK);
    assert_eq!(banker.get("/api/v1/tenants").await.status, FORBIDDEN);
    assert!(!shopkeeper.get("/api/v1/accounts").await.body.contains("mole"));
    assert!(!banker.get("/api/v1/audit").await.body.contains("shop"), "not even in the trail");
}

#[tokio::test]
async fn the_trail_has_every_change_and_every_refusal_and_no_secret() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    let mut developer = site.colleague(&mut owner, "shop-dev", "developer").await;
    developer.post("/api/v1/accounts", new_account("friend", "viewer")).await;
    owner.post("/api/v1/accounts", new_account("boss", "platform_admin")).await;
    site.visitor().sign_in("shop-dev", "hunter2-hunter2").await;
    let trail = owner.get("/api/v1/audit?limit=200").await;
    let rows = trail.json()["rows"].as_array().expect("rows").clone();
    let has = |actor: &str, action: &str, object: &str, outcome: &str| {
        rows.iter().any(|r| {
            r["actor_name"] == actor
                && r["action"] == action
                && r["outcome"] == outcome
                && r["object"].as_str().is_some_and(|o| o.starts_with(object))
        })
    };
    for (actor, action, object, outcome) in [
        ("admin", "tenant.create", "tenant/shop", "ok"),
        ("admin", "account.create", "account/shop-owner", "ok"),
        ("shop-owner", "session.sign_in", "account/shop-owner", "ok"),
        ("shop-owner", "account.change_password", "account/shop-owner", "ok"),
        ("shop-owner", "account.create", "account/shop-dev", "ok"),
        ("shop-owner", "account.create", "account/boss", "refused"),
        ("shop-dev", "account.create", "tenant/", "refused"),
        ("shop-dev", "session.sign_in", "account/shop-dev", "failed"),
    ] {
        assert!(has(actor, action, object, outcome), "{actor} {action} {object} {outcome} in {}", trail.body);
    }
    assert!(rows.iter().all(|r| r["request_id"].as_str().is_some_and(|i| i.len() == 36)));
    // Where the platform's people work is not for tenants.
    assert!(rows.iter().all(|r| r["address"] == if r["actor_name"] == "admin" { "" } else { "10.0.0.1" }));
    let everything = admin.get("/api/v1/audit?limit=200").await.body;
    for secret in ["hunter2", "the very first password", "lantern orbit", "argon2"] {
        assert!(!everything.contains(secret), "{secret}");
    }
}
