//! What becomes of tenants: suspended, resumed, deleted.

use std::time::Duration;

use app::model::AccountId;
use http::{Method, StatusCode, header::ACCEPT_LANGUAGE};
use serde_json::{Value, json};
use server::auth::revocations::{Heard, SessionKey};
use tokio_util::sync::CancellationToken;

use crate::{
    audit_changes::sides,
    seed::{estate, provider_and_registry, role_form, spec},
    support::{PASSWORD, Reply, Site, Visitor, new_account, new_tenant},
};

const CONFLICT: StatusCode = StatusCode::CONFLICT;
const OK: StatusCode = StatusCode::OK;
const UNAUTHORIZED: StatusCode = StatusCode::UNAUTHORIZED;

async fn suspend(who: &mut Visitor, tenant: &str, reason: &str) -> Reply {
    let path = format!("/api/v1/tenants/{tenant}/suspended");
    who.ask(&Method::PUT, &path, Some(json!({ "reason": reason }))).await
}

async fn resume(who: &mut Visitor, tenant: &str) -> Reply {
    who.delete(&format!("/api/v1/tenants/{tenant}/suspended")).await
}

/// Whether the trail has an action with this outcome.
async fn in_trail(who: &mut Visitor, action: &str, outcome: &str) -> bool {
    let trail = who.get(&format!("/api/v1/audit?q={action}&limit=200")).await.json();
    trail["rows"].as_array().expect("rows").iter().any(|r| r["action"] == action && r["outcome"] == outcome)
}

#[tokio::test]
async fn a_suspended_tenants_people_are_out_at_once_and_its_apps_run_on() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    let (_, mut banker) = site.tenant(&mut admin, "bank").await;
    let mut developer = site.colleague(&mut owner, "shop-dev", "developer").await;
    let estate = estate(&site, &shop, &mut owner, "shop").await;
    let id: AccountId =
        developer.get("/api/v1/session").await.json()["id"].as_str().expect("an id").parse().expect("an id");
    let mut stream = site.parts.revocations.watch(id, SessionKey([7; 32]), site.parts.revocations.mark());

    let suspended = suspend(&mut admin, &shop, "Unpaid since March").await;
    assert_eq!(suspended.status, OK, "{}", suspended.body);
    assert_eq!(suspended.json()["suspended"]["reason"], "Unpaid since March");
    let heard = tokio::time::timeout(Duration::from_secs(1), stream.next()).await;
    assert_eq!(heard, Ok(Heard::Ended), "open streams end within a second");
    for visitor in [&mut owner, &mut developer] {
        assert_eq!(visitor.get("/api/v1/apps").await.status, UNAUTHORIZED);
    }
    assert_eq!(banker.get("/api/v1/apps").await.status, OK, "nobody else is");
    let app = admin.get(&format!("/api/v1/apps/{}", estate.app)).await;
    assert_eq!(app.status, OK, "the application is as it was: {}", app.body);

    assert_eq!(suspend(&mut admin, &shop, "again").await.status, CONFLICT);
    assert_eq!(resume(&mut admin, &shop).await.json()["suspended"], Value::Null);
    assert_eq!(resume(&mut admin, &shop).await.status, CONFLICT);
    assert_eq!(developer.get("/api/v1/apps").await.status, UNAUTHORIZED, "the old session stays over");
    assert_eq!(developer.sign_in("shop-dev", PASSWORD).await.status, StatusCode::CREATED);
    for (action, outcome) in [("tenant.suspend", "ok"), ("tenant.suspend", "failed"), ("tenant.resume", "ok")] {
        assert!(in_trail(&mut admin, action, outcome).await, "{action} {outcome}");
    }
}

#[tokio::test]
async fn only_the_right_password_tells_that_the_tenant_is_suspended() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    site.colleague(&mut owner, "shop-dev", "developer").await;
    let people = admin.get(&format!("/api/v1/tenants/{shop}/accounts")).await.json()["rows"].clone();
    let dev = people.as_array().expect("people").iter().find(|a| a["username"] == "shop-dev").expect("there").clone();
    let disable = format!("/api/v1/accounts/{}/disabled", dev["id"].as_str().expect("an id"));
    assert_eq!(admin.ask(&Method::PUT, &disable, None).await.status, OK);
    suspend(&mut admin, &shop, "Unpaid").await;
    let mut visitor = site.visitor();
    let wrong = visitor.sign_in("shop-owner", "a wrong password").await;
    let unknown = visitor.sign_in("nobody-here", PASSWORD).await;
    assert_eq!((wrong.status, &wrong.json()["detail"]), (UNAUTHORIZED, &unknown.json()["detail"]));
    let disabled = visitor.sign_in("shop-dev", PASSWORD).await;
    assert_eq!(disabled.json()["detail"], unknown.json()["detail"], "of a disabled account nothing is told");
    // Three failures from one address ask for a captcha; that is not what this is about.
    visitor.address = ([10, 0, 0, 2], 40_000).into();
    let right = visitor.sign_in("shop-owner", PASSWORD).await;
    assert_eq!(right.status, StatusCode::FORBIDDEN, "{}", right.body);
    let told = right.json()["detail"].as_str().expect("a sentence").to_owned();
    assert!(told.contains("shop is suspended") && !told.contains("Unpaid"), "{told}");
    assert!(visitor.cookie.is_none());
}

#[tokio::test]
async fn only_the_platforms_administrator_suspends_and_a_reason_is_needed() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    admin.post("/api/v1/accounts", new_account("auditor", "platform_auditor")).await;
    let mut auditor = site.member("auditor", "the very first password").await;
    assert_eq!(suspend(&mut owner, &shop, "spite").await.status, StatusCode::FORBIDDEN);
    assert_eq!(suspend(&mut auditor, &shop, "spite").await.status, StatusCode::FORBIDDEN);
    assert!(in_trail(&mut admin, "tenant.suspend", "refused").await);
    assert_eq!(suspend(&mut admin, &shop, " ").await.json()["errors"][0]["field"], "reason");
    let unknown = "018bcfe5-6800-7000-8000-000000000001";
    assert_eq!(suspend(&mut admin, unknown, "gone").await.status, StatusCode::NOT_FOUND);
    suspend(&mut admin, &shop, "Unpaid since March").await;
    assert_eq!(auditor.get("/api/v1/tenants").await.json()["rows"][0]["suspended"]["reason"], "Unpaid since March");
    for path in ["/tenants".to_owned(), format!("/tenants/{shop}")] {
        let page = admin.get(&path).await.body;
        assert!(page.contains("suspended") && page.contains("data-state=\"idle\""), "{path}");
    }
    let page = admin.get(&format!("/tenants/{shop}")).await.body;
    assert!(page.contains("Unpaid since March") && page.contains("Resume the tenant"));
}

/// Carries out what there is to do, until an operation has ended.
pub async fn carry_out(site: &Site, admin: &mut Visitor, operation: &str) -> Value {
    let stop = CancellationToken::new();
    let running = tokio::spawn(std::sync::Arc::clone(&site.parts.operations).run(stop.clone()));
    let mut detail = Value::Null;
    for _ in 0..500 {
        detail = admin.get(&format!("/api/v1/operations/{operation}")).await.json();
        if detail["row"]["ended_at"].is_i64() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stop.cancel();
    running.await.expect("it ends");
    detail
}

#[tokio::test]
async fn a_tenant_that_owns_something_is_not_deleted_and_what_it_owns_is_named() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    estate(&site, &shop, &mut owner, "shop").await;
    let path = format!("/api/v1/tenants/{shop}?confirm=shop");
    assert_eq!(owner.delete(&path).await.status, StatusCode::FORBIDDEN);
    let unsure = admin.delete(&format!("/api/v1/tenants/{shop}?confirm=shopp")).await;
    assert_eq!(unsure.json()["errors"][0]["field"], "confirm", "{}", unsure.body);
    let blocked = admin.delete(&path).await;
    assert_eq!(blocked.status, CONFLICT, "{}", blocked.body);
    let why = blocked.json()["detail"].as_str().expect("a sentence").to_owned();
    assert!(why.contains("namespaces shop-ns; apps shop-app; operations under way (1)"), "{why}");
    assert!(in_trail(&mut admin, "tenant.delete", "failed").await);
    assert_eq!(owner.get("/api/v1/apps").await.status, OK, "nobody was put out");
    assert!(admin.get(&format!("/tenants/{shop}")).await.body.contains("1 namespaces and 1 apps"));
}

#[tokio::test]
async fn what_goes_with_a_tenant_is_told_before_it_goes() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    let path = format!("/api/v1/tenants/{shop}");
    let nothing = admin.get(&path).await.json()["belongings"].clone();
    let none = json!({ "count": 0, "first": [] });
    assert_eq!((&nothing["roles"], &nothing["registries"], &nothing["links"]), (&none, &none, &json!(0)));
    let page = admin.get(&format!("/tenants/{shop}")).await.body;
    assert!(page.contains("It has no roles, templates, registries, identity providers or links"), "{page}");

    for n in 1..=7 {
        let made = owner.post("/api/v1/roles", role_form(&format!("role-{n}"))).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    }
    let form = json!({ "name": "basic", "description": "", "spec": spec("shop") });
    assert_eq!(owner.post("/api/v1/templates", form).await.status, StatusCode::CREATED);
    let link = owner.post("/api/v1/links", json!({ "kind": "member", "note": "Bo" })).await;
    assert_eq!(link.status, StatusCode::CREATED, "{}", link.body);
    provider_and_registry(&site, shop.parse().expect("an id"), "shop").await;
    // Another tenant's are not among them.
    let (bank, _) = site.tenant(&mut admin, "bank").await;
    provider_and_registry(&site, bank.parse().expect("an id"), "bank").await;

    let told = admin.get(&path).await.json()["belongings"].clone();
    let expected = json!({
        "roles": { "count": 7, "first": ["role-1", "role-2", "role-3", "role-4", "role-5"] },
        "templates": { "count": 1, "first": ["basic"] },
        "registries": { "count": 1, "first": ["shop-registry"] },
        "identity_providers": { "count": 1, "first": ["shop provider"] },
        "links": 1,
    });
    assert_eq!(told, expected);
    assert_eq!(admin.get("/api/v1/tenants").await.json()["rows"][0]["belongings"], Value::Null, "not in lists");
    let mut chinese = admin.clone();
    chinese.headers.push((ACCEPT_LANGUAGE, "zh"));
    for (who, words) in [
        (&mut admin, ["What goes with it", "Roles (7): role-1, role-2, role-3, role-4, role-5 and 2 more"]),
        (&mut chinese, ["会一并删除的内容", "角色（7）：role-1、role-2、role-3、role-4、role-5，另有 2 个"]),
    ] {
        let page = who.get(&format!("/tenants/{shop}")).await.body;
        assert!(words.iter().all(|words| page.contains(words)) && page.contains("shop-registry"), "{page}");
        assert!(page.contains("shop provider") && !page.contains("bank-registry"), "{page}");
    }
    assert_eq!(admin.delete(&format!("{path}?confirm=shop")).await.status, StatusCode::ACCEPTED);
    let (before, after) = sides(&mut admin, "tenant.delete").await;
    assert_eq!((&before["goes"], &before["name"], &after), (&expected, &json!("shop"), &Value::Null));
}

#[tokio::test]
async fn a_deleted_tenant_leaves_its_trail_and_frees_its_names() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    site.colleague(&mut owner, "shop-dev", "developer").await;
    owner.post("/api/v1/roles", crate::seed::role_form("packer")).await;
    let form = json!({ "name": "basic", "description": "", "spec": crate::seed::spec("shop") });
    assert_eq!(owner.post("/api/v1/templates", form).await.status, StatusCode::CREATED);

    let started = admin.delete(&format!("/api/v1/tenants/{shop}?confirm=shop")).await;
    assert_eq!(started.status, StatusCode::ACCEPTED, "{}", started.body);
    let operation = started.json().as_str().expect("an id").to_owned();
    assert_eq!(owner.get("/api/v1/session").await.status, UNAUTHORIZED, "its people are out at once");
    // While it is under way, nothing is made in it, and it is neither deleted again nor let go.
    let made = admin.post(&format!("/api/v1/tenants/{shop}/accounts"), new_account("late", "")).await;
    assert_eq!(made.status, CONFLICT, "{}", made.body);
    assert_eq!(admin.delete(&format!("/api/v1/tenants/{shop}?confirm=shop")).await.status, CONFLICT);
    assert_eq!(resume(&mut admin, &shop).await.status, CONFLICT);
    assert!(admin.get(&format!("/tenants/{shop}")).await.body.contains("being deleted"));

    let detail = carry_out(&site, &mut admin, &operation).await;
    assert_eq!((&detail["row"]["state"], &detail["row"]["object"]), (&json!("succeeded"), &json!("shop")), "{detail}");
    assert_eq!(admin.get(&format!("/api/v1/tenants/{shop}")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(site.visitor().sign_in("shop-owner", PASSWORD).await.status, UNAUTHORIZED);
    let page = admin.get(&format!("/operations/{operation}")).await;
    assert!(page.body.contains("Delete tenant"), "{}", page.body);
    let trail = admin.get("/api/v1/audit?q=shop-dev&limit=200").await.body;
    assert!(trail.contains("account.create"), "what was done stays on record: {trail}");
    assert!(in_trail(&mut admin, "tenant.delete", "ok").await);
    // Tenant, accounts and templates of the same names start with nothing.
    let again = admin.post("/api/v1/tenants", new_tenant("shop", "shop-owner")).await;
    assert_eq!(again.status, StatusCode::CREATED, "{}", again.body);
    let mut owner = site.member("shop-owner", "the very first password").await;
    assert_eq!(owner.get("/api/v1/accounts").await.json()["rows"].as_array().map(Vec::len), Some(1));
    assert_eq!(owner.get("/api/v1/templates").await.json()["rows"], json!([]));
}
