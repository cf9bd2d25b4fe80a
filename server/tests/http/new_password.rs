//! Choosing a password: the same rule wherever one is chosen, and the meter that tells it beforehand.

use http::StatusCode;
use serde_json::json;

use crate::support::{PASSWORD, Site, new_account, new_tenant};

const INVALID: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;
const WEAK: [&str; 4] = ["password1234", "qwertyuiop123", "aaaaaaaaaaaaaa", "Administrator1"];

#[tokio::test]
async fn what_is_easy_to_guess_is_refused_everywhere_with_reason_and_advice() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    for weak in WEAK {
        let refused = owner.change_password(PASSWORD, weak).await;
        assert_eq!(refused.status, INVALID, "{weak}");
        assert_eq!(refused.json()["errors"][0]["field"], "new");

        let mut account = new_account("new-person", "viewer");
        account["password"] = json!(weak);
        let refused = owner.post("/api/v1/accounts", account).await;
        assert_eq!((refused.status, &refused.json()["errors"][0]["field"]), (INVALID, &json!("password")), "{weak}");

        let mut tenant = new_tenant("market", "market-owner");
        tenant["owner"]["password"] = json!(weak);
        let refused = admin.post("/api/v1/tenants", tenant).await;
        assert_eq!(refused.json()["errors"][0]["field"], "owner.password", "{weak}: {}", refused.body);

        let form = format!("form[current]={}&form[new]={weak}&form[repeat]={weak}", PASSWORD.replace(' ', "+"));
        let refused = owner.submit("/api/session/change_password", &form).await;
        assert_eq!(refused.status, INVALID, "{weak}");
    }
    let said = owner.change_password(PASSWORD, "qwertyuiop123").await;
    assert!(said.body.contains("Add another word"), "{}", said.body);
}

#[tokio::test]
async fn the_meter_says_what_the_form_will_say() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    let judge = "/api/v1/session/password/strength";
    for weak in WEAK {
        let judged = owner.post(judge, json!({ "password": weak })).await;
        assert_eq!(judged.status, StatusCode::OK, "{}", judged.body);
        assert_eq!(judged.json()["acceptable"], false, "{weak}");
        let refused = owner.change_password(PASSWORD, weak).await.json();
        assert_eq!(judged.json()["message"]["en"], refused["errors"][0]["detail"], "{weak}");
    }
    let good = owner.post(judge, json!({ "password": "lamp oil and bread at dawn" })).await.json();
    assert_eq!((&good["acceptable"], &good["score"]), (&json!(true), &json!(4)));
    let anothers = json!({ "password": "lovelace-ada-lovelace", "username": "ada.l", "display_name": "Ada Lovelace" });
    assert_eq!(
        owner.post(judge, anothers).await.json()["acceptable"],
        false,
        "names of whom it is for are tried first"
    );
    assert_eq!(site.visitor().post(judge, json!({ "password": "x" })).await.status, StatusCode::UNAUTHORIZED);
    let long = "lamp oil and bread ".repeat(40_000);
    assert_eq!(owner.post(judge, json!({ "password": long })).await.json()["acceptable"], false);
}

#[tokio::test]
async fn a_new_person_sees_the_meter_before_anything_else() {
    let site = Site::start().await;
    let mut admin = site.visitor();
    admin.sign_in("admin", site.first_password.as_deref().expect("the first start")).await;
    let judged = admin.post("/api/v1/session/password/strength", json!({ "password": PASSWORD })).await;
    assert_eq!(judged.json()["acceptable"], true, "{}", judged.body);
}

#[tokio::test]
async fn a_newcomers_password_is_judged_where_they_may_come_in() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    let judge = "/api/v1/session/password/strength";
    let mut stranger = site.visitor();
    let good = json!({ "password": "lamp oil and bread at dawn" });
    assert_eq!(stranger.post(judge, good.clone()).await.status, StatusCode::UNAUTHORIZED, "registration is closed");
    let made = owner.post("/api/v1/links", json!({ "kind": "member", "roles": [{ "role": "viewer" }] })).await.json();
    let token = made["path"].as_str().and_then(|path| path.strip_prefix("/join?token=")).expect("a link").to_owned();
    let by_link = |password: &str| json!({ "password": password, "token": token, "username": "bo" });
    assert_eq!(stranger.post(judge, by_link("lamp oil and bread at dawn")).await.json()["acceptable"], true);
    let names = stranger.post(judge, by_link("tenant-shop-tenant-shop")).await.json();
    assert_eq!(names["acceptable"], false, "the tenant's name is tried first: {names}");
    let wrong = json!({ "password": "lamp oil", "token": "0".repeat(64) });
    assert_eq!(stranger.post(judge, wrong).await.status, StatusCode::NOT_FOUND);
    admin.put("/api/v1/platform", json!({ "registration": "open" })).await;
    assert_eq!(stranger.post(judge, good.clone()).await.json()["acceptable"], true, "anybody may register now");
    let mut last = StatusCode::OK;
    for _ in 0..300 {
        last = stranger.post(judge, json!({ "password": "" })).await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS, "an address does not ask without end");
    assert_eq!(owner.post(judge, good).await.status, StatusCode::OK, "who is signed in is not counted");
}
