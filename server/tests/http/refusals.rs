//! Whatever is refused is on record: to people who are signed in, to those who have something else to do first, to whoever
//! has to show first that they are a person, and to other sites. Who shows nobody's session or token leaves nothing.

use std::collections::BTreeSet;

use app::model::Permission as P;
use http::{
    Method, StatusCode,
    header::{HeaderName, ORIGIN},
};
use serde_json::{Value, json};

use crate::{
    attempts::Expect,
    audit,
    audit_changes::last_entry,
    second_factor::enrol,
    seed::{MARK, estate, token_form},
    support::{PASSWORD, Site, Visitor, new_account},
    walk,
};

const FORBIDDEN: StatusCode = StatusCode::FORBIDDEN;
const MINUTE: i64 = 60_000;

/// An operation for each permission.
const SAMPLE: [(P, &str); 27] = [
    (P::TenantRead, "GET /api/v1/tenants"),
    (P::TenantManage, "DELETE /api/v1/tenants/{id}"),
    (P::PlatformManage, "PUT /api/v1/platform"),
    (P::IdentityProviderRead, "GET /api/v1/identity-providers"),
    (P::IdentityProviderManage, "DELETE /api/v1/identity-providers/{id}"),
    (P::ClusterManage, "DELETE /api/v1/clusters/{id}"),
    (P::NodeRead, "GET /api/v1/clusters/{id}/nodes"),
    (P::TenantSettings, "PUT /api/v1/tenants/{id}/security"),
    (P::AccountRead, "GET /api/v1/tenants/{id}/accounts"),
    (P::AccountManage, "PUT /api/v1/accounts/{id}/disabled"),
    (P::AccountDelete, "DELETE /api/v1/accounts/{id}"),
    (P::AccessManage, "POST /api/v1/roles"),
    (P::ClusterRead, "GET /api/v1/clusters"),
    (P::NamespaceRead, "GET /api/v1/namespaces"),
    (P::NamespaceManage, "PUT /api/v1/namespaces/{id}"),
    (P::TemplateRead, "GET /api/v1/templates"),
    (P::TemplateManage, "PUT /api/v1/templates/{id}"),
    (P::RegistryRead, "GET /api/v1/registries"),
    (P::RegistryManage, "DELETE /api/v1/registries/{id}"),
    (P::AppRead, "GET /api/v1/apps"),
    (P::AppPublish, "PUT /api/v1/apps/{id}"),
    (P::AppRollback, "POST /api/v1/apps/{id}/releases/{number}/rollback"),
    (P::AppOperate, "POST /api/v1/apps/{id}/scale"),
    (P::AppDelete, "DELETE /api/v1/apps/{id}"),
    (P::SecretWrite, "POST /api/v1/namespaces/{id}/secrets"),
    (P::TokenManage, "POST /api/v1/accounts/{id}/tokens"),
    (P::AuditRead, "GET /api/v1/audit"),
];

/// Asked for on the way of others, or by nothing yet.
const WITHIN_OTHERS: [P; 3] = [P::NodeDrain, P::AppPatch, P::PodExec];

/// The newest rows of the audit trail, as many as are told at once.
pub async fn rows(visitor: &mut Visitor, query: &str) -> Vec<Value> {
    audit::rows(visitor, &format!("{query}&limit=200")).await
}

fn objects(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["object"].as_str().expect("an object")).collect()
}

#[tokio::test]
async fn each_permission_that_somebody_lacks_leaves_an_entry() {
    for permission in P::ALL.into_iter().filter(|p| !WITHIN_OTHERS.contains(p)) {
        assert!(SAMPLE.iter().any(|(of, _)| *of == permission), "{permission} has no operation");
    }
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (tenant, mut owner) = site.tenant(&mut admin, MARK).await;
    let estate = estate(&site, &tenant, &mut owner, MARK).await;
    let mut roleless = site.colleague(&mut owner, "roleless", "").await;
    let (_, mut stranger) = site.tenant(&mut admin, "bank").await;
    let all = walk::all(&estate);
    let mut unrecorded = Vec::new();
    for (permission, name) in SAMPLE {
        let asked = all.iter().find(|asked| asked.name() == name).expect(name);
        for (who, visitor) in [("roleless", &mut roleless), ("bank-owner", &mut stranger)] {
            let query = format!("outcome=refused&actor={who}");
            let before = rows(&mut admin, &query).await.len();
            // None is counted together with the one before.
            site.clock.advance(MINUTE);
            let reply = asked.by(visitor).await;
            let refused = matches!(reply.status, FORBIDDEN | StatusCode::NOT_FOUND);
            assert!(refused || who != "roleless", "{permission}, {name}: {} {}", reply.status, reply.body);
            if refused && rows(&mut admin, &query).await.len() == before {
                unrecorded.push(format!("{name} by {who}: {}", reply.status));
            }
        }
    }
    assert!(unrecorded.is_empty(), "{unrecorded:#?}");
}

#[tokio::test]
async fn each_change_that_is_refused_leaves_an_entry() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (tenant, mut owner) = site.tenant(&mut admin, MARK).await;
    let estate = estate(&site, &tenant, &mut owner, MARK).await;
    let mut roleless = site.colleague(&mut owner, "roleless", "").await;
    let (_, mut stranger) = site.tenant(&mut admin, "bank").await;
    let (mut refused, mut unrecorded) = (0, BTreeSet::new());
    for asked in walk::all(&estate) {
        // What is the same for everybody names nobody in its entries.
        if asked.method == Method::GET || asked.attempt.expect == Expect::ForAnybody {
            continue;
        }
        for (who, visitor) in [("roleless", &mut roleless), ("bank-owner", &mut stranger)] {
            let query = format!("outcome=refused&actor={who}");
            let before = last_entry(&mut admin, &query).await;
            // So that each has five in a minute, which are written one by one.
            site.clock.advance(MINUTE / 10);
            let reply = asked.by(visitor).await;
            if !matches!(reply.status, FORBIDDEN | StatusCode::NOT_FOUND) {
                continue;
            }
            refused += 1;
            if last_entry(&mut admin, &query).await == before {
                unrecorded.insert(asked.name());
            }
        }
    }
    assert!(refused > 200, "{refused} were refused");
    assert!(unrecorded.is_empty(), "refused without an entry: {unrecorded:#?}");
}

#[tokio::test]
async fn what_another_site_sends_is_on_record_and_names_nobody() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let mut lured = admin.clone();
    lured.address = ([192, 0, 2, 9], 40_000).into();
    lured.headers.push((HeaderName::from_static("sec-fetch-site"), "cross-site"));
    lured.headers.push((ORIGIN, "https://evil.test"));
    assert_eq!(lured.get("/api/v1/tenants?q=private").await.status, FORBIDDEN);
    assert_eq!(lured.delete("/api/v1/session").await.status, FORBIDDEN);
    assert_eq!(lured.submit("/settings/theme", "theme=dark").await.status, FORBIDDEN);
    let query = "action=request.from_elsewhere&outcome=refused";
    let told = rows(&mut admin, query).await;
    assert_eq!(objects(&told), ["POST /settings/theme", "DELETE /api/v1/session", "GET /api/v1/tenants"]);
    for row in &told {
        assert!(row["actor"].is_null() && row["actor_name"] == "", "{row}");
        assert_eq!(row["address"], "192.0.2.9", "{row}");
        assert!(row["request_id"].as_str().is_some_and(|id| !id.is_empty()), "{row}");
    }
    for _ in 0..30 {
        assert_eq!(lured.get("/api/v1/tenants").await.status, FORBIDDEN);
    }
    assert_eq!(rows(&mut admin, query).await.len(), 10, "a flood is counted");
    assert_eq!(admin.get("/api/v1/tenants").await.status, StatusCode::OK, "the session is as it was");
}

#[tokio::test]
async fn what_is_asked_before_a_first_password_is_changed_is_on_record() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    let made = owner.post("/api/v1/accounts", new_account("shop-new", "developer")).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let mut fresh = site.visitor();
    assert_eq!(fresh.sign_in("shop-new", "the very first password").await.status, StatusCode::CREATED);
    for path in ["/api/v1/apps?q=private", "/api/v1/session/second-factor"] {
        let held_back = fresh.get(path).await;
        assert_eq!((held_back.status, &held_back.json()["kind"]), (FORBIDDEN, &json!("password_change_required")));
    }
    let told = rows(&mut owner, "action=request.too_early").await;
    assert_eq!(objects(&told), ["GET /api/v1/session/second-factor", "GET /api/v1/apps"]);
    for row in &told {
        assert_eq!((&row["actor_name"], &row["outcome"]), (&json!("shop-new"), &json!("refused")), "{row}");
        assert!(row["detail"].as_str().is_some_and(|why| why.contains("one-time password")), "{row}");
    }
}

#[tokio::test]
async fn what_is_asked_before_a_second_factor_is_added_is_on_record() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    let mut developer = site.colleague(&mut owner, "shop-dev", "developer").await;
    let made = developer.post("/api/v1/tokens", token_form("night", &["app.read"], &[])).await;
    let token = made.json()["token"].as_str().expect("a token").to_owned();
    enrol(&site, &mut owner).await;
    let ask = json!({ "second_factor_required": true });
    assert_eq!(owner.put(&format!("/api/v1/tenants/{shop}/security"), ask).await.status, StatusCode::OK);
    for who in [&mut developer, &mut site.script(&token)] {
        let held_back = who.get("/api/v1/apps").await;
        assert_eq!((held_back.status, &held_back.json()["kind"]), (FORBIDDEN, &json!("second_factor_required")));
    }
    let told = rows(&mut owner, "action=request.too_early").await;
    assert_eq!(objects(&told), ["GET /api/v1/apps", "GET /api/v1/apps"]);
    assert!(told.iter().all(|row| row["actor_name"] == "shop-dev" && row["outcome"] == "refused"), "{told:?}");
    assert_eq!((&told[0]["token"], &told[1]["token"]), (&json!("night"), &Value::Null), "which of them it was");
}

#[tokio::test]
async fn who_has_to_answer_a_captcha_first_is_on_record_whether_the_name_exists_or_not() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    for (end, name) in [(1, "admin"), (2, "nobody-here")] {
        let mut guesser = site.visitor();
        guesser.address = ([10, 4, 0, end], 40_000).into();
        for _ in 0..3 {
            assert_eq!(guesser.sign_in(name, "a wrong password").await.status, StatusCode::UNAUTHORIZED);
        }
        assert_eq!(guesser.sign_in(name, PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        let query = format!("action=session.sign_in&outcome=refused&object=account%2F{name}");
        let told = rows(&mut admin, &query).await;
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!((&told[0]["actor"], &told[0]["actor_name"]), (&Value::Null, &json!(name)));
        assert_eq!(told[0]["detail"], "a captcha has to be answered first");
    }
}

#[tokio::test]
async fn who_is_nobody_leaves_nothing() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let before = rows(&mut admin, "").await.len();
    let mut nobody = site.visitor();
    for path in ["/api/v1/apps", "/api/v1/tenants", "/api/v1/audit"] {
        assert_eq!(nobody.get(path).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    assert_eq!(rows(&mut admin, "").await.len(), before);
}
