//! What a tenant asks of its people, what an owner does for them, and the pages before any script has come.

use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    second_factor::{OWN, Phone, enrol, give, half_open, is_signed_in, outcomes},
    support::{PASSWORD, Site},
};

const OK: StatusCode = StatusCode::OK;
const UNAUTHORIZED: StatusCode = StatusCode::UNAUTHORIZED;
const CONFLICT: StatusCode = StatusCode::CONFLICT;
const FORBIDDEN: StatusCode = StatusCode::FORBIDDEN;

#[tokio::test]
async fn a_tenant_that_asks_for_one_lets_nobody_in_without() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    let mut developer = site.colleague(&mut owner, "shop-dev", "developer").await;
    let (_, mut neighbour) = site.tenant(&mut admin, "bank").await;
    let security = format!("/api/v1/tenants/{shop}/security");
    let ask = json!({ "second_factor_required": true });
    assert_eq!(developer.put(&security, ask.clone()).await.status, FORBIDDEN);
    enrol(&site, &mut owner).await;
    assert_eq!(owner.put(&security, ask).await.status, OK);

    let refused = developer.get("/api/v1/apps").await;
    assert_eq!((refused.status, &refused.json()["kind"]), (FORBIDDEN, &json!("second_factor_required")));
    assert_eq!(developer.get("/api/v1/session").await.json()["must_add_second_factor"], true);
    let page = developer.get("/apps").await;
    assert_eq!(page.location.as_deref(), Some("/second-factor"), "{}", page.body);
    let mut again = site.visitor();
    let form = format!("form[username]=shop-dev&form[password]={}", PASSWORD.replace(' ', "+"));
    assert_eq!(again.submit("/api/session/sign_in", &form).await.location.as_deref(), Some("/second-factor"));
    assert_eq!(owner.get("/api/v1/apps").await.status, OK, "who has one goes on");
    assert_eq!(neighbour.get("/api/v1/apps").await.status, OK, "other tenants do, too");

    assert_eq!(developer.get(OWN).await.json()["required"], true);
    enrol(&site, &mut developer).await;
    assert_eq!(developer.get("/api/v1/apps").await.status, OK);
    assert_eq!(owner.put(&security, json!({ "second_factor_required": false })).await.status, OK);
    assert_eq!(again.get("/api/v1/apps").await.status, OK);
    assert_eq!(outcomes(&mut owner, "tenant.change_security").await, ["ok", "ok", "refused"]);
}

#[tokio::test]
async fn an_owner_resets_a_members_and_nobody_their_own() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    let (_, mut stranger) = site.tenant(&mut admin, "bank").await;
    let mut developer = site.colleague(&mut owner, "shop-dev", "developer").await;
    let mut reader = site.colleague(&mut owner, "shop-read", "viewer").await;
    let id = developer.get("/api/v1/session").await.json()["id"].as_str().expect("an id").to_owned();
    let path = format!("/api/v1/accounts/{id}/second-factor");
    assert_eq!(owner.delete(&path).await.status, CONFLICT, "there is none");
    enrol(&site, &mut developer).await;
    let rows = owner.get("/api/v1/accounts").await.json()["rows"].clone();
    let has = |name: &str| {
        rows.as_array().expect("rows").iter().find(|r| r["username"] == name).map(|r| r["second_factor"].clone())
    };
    assert_eq!((has("shop-dev"), has("shop-read")), (Some(json!(true)), Some(json!(false))));

    assert_eq!(reader.delete(&path).await.status, StatusCode::NOT_FOUND, "who may not see accounts knows of none");
    assert_eq!(stranger.delete(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(developer.delete(&path).await.status, StatusCode::NOT_FOUND, "their own neither");
    let own = owner.get("/api/v1/session").await.json()["id"].as_str().expect("an id").to_owned();
    assert_eq!(owner.delete(&format!("/api/v1/accounts/{own}/second-factor")).await.status, CONFLICT);

    let mut waiting = half_open(&site, "shop-dev").await;
    assert_eq!(owner.delete(&path).await.status, StatusCode::NO_CONTENT);
    assert!(!is_signed_in(&mut developer).await, "they are signed out everywhere");
    assert_eq!(give(&mut waiting, "123456").await.status, UNAUTHORIZED);
    assert_eq!(site.visitor().sign_in("shop-dev", PASSWORD).await.json()["username"], "shop-dev");
    let trail = outcomes(&mut owner, "second_factor.reset").await;
    assert_eq!(trail, ["ok", "refused", "refused"], "a stranger's attempt stands in the stranger's own trail");
}

#[tokio::test]
async fn pages_lead_through_the_second_step_without_script() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let phone = enrol(&site, &mut admin).await;
    let mut visitor = site.visitor();
    assert_eq!(visitor.get("/sign-in/code").await.location.as_deref(), Some("/sign-in"), "nothing is awaited");
    let form = format!("form[username]=admin&form[password]={}&next=%2Fapps", PASSWORD.replace(' ', "+"));
    let first = visitor.submit("/api/session/sign_in", &form).await;
    assert_eq!(first.location.as_deref(), Some("/sign-in/code?next=%2Fapps"), "{}", first.body);
    let page = visitor.get("/sign-in/code?next=%2Fapps").await;
    assert!(page.body.contains("one-time-code") && page.body.contains("form[code]"), "{}", page.body);
    let wrong = format!("form[code]={}&next=%2Fapps", phone.wrong(&site));
    let page = visitor.page_after("/api/session/give_code", &wrong, "/sign-in/code?next=%2Fapps").await;
    assert!(page.body.contains("This code is wrong"), "{}", page.body);
    let right = format!("form[code]={}&next=%2Fapps", phone.code(&site));
    let second = visitor.submit("/api/session/give_code", &right).await;
    assert_eq!(second.location.as_deref(), Some("/apps"), "{}", second.body);
    assert!(is_signed_in(&mut visitor).await);
}

#[tokio::test]
async fn pages_enrol_without_script() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let here = "/settings/security";
    let form = format!("form[password]={}", PASSWORD.replace(' ', "+"));
    let page = admin.page_after("/api/session/begin_second_factor", &form, here).await;
    let pending = admin.get(OWN).await.json()["pending"].clone();
    let (secret, path) =
        (pending["secret"].as_str().expect("a secret"), pending["qr"]["path"].as_str().expect("a path"));
    assert!(page.body.contains(secret) && page.body.contains(path), "{}", page.body);
    assert!(!page.body.contains("style="), "the policy allows no inline style");
    let phone = Phone::new(&pending);
    let form = format!("form[code]={}", phone.code(&site));
    let page = admin.page_after("/api/session/confirm_second_factor", &form, here).await;
    let codes = admin.get(OWN).await.json()["new_codes"]["codes"].clone();
    assert!(codes.as_array().expect("codes").iter().all(|c| page.body.contains(c.as_str().expect("a code"))));
    let page = admin.page_after("/api/session/put_away_second_factor", "", here).await;
    assert!(!page.body.contains(codes[0].as_str().expect("a code")), "shown once");
    assert_eq!(admin.get(OWN).await.json()["new_codes"], Value::Null);
}
