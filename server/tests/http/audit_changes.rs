//! What the audit trail says of before and after, where the thing itself is a secret or is gone: passwords, second factors,
//! sessions, applications. And no change is without a record, wherever sessions are kept.

use app::model::{Outcome, Permission};
use http::StatusCode;
use serde_json::{Value, json};
use server::{
    auth::context::OpContext,
    database::audit_list::{Choice, Place},
};

use crate::{
    authenticator::Device,
    passkeys::{KEYS, add},
    redis_server::RedisServer,
    second_factor::{OWN, enrol},
    seed::{MARK, estate},
    support::{PASSWORD, Reply, Site, Visitor},
};

const STEP: i64 = 30_000;
const FIRST: &str = "the very first password";
const ANOTHER: &str = "a quite different pass phrase";

/// What the newest entry of an action says of before and after.
pub async fn sides(who: &mut Visitor, action: &str) -> (Value, Value) {
    let all = who.get(&format!("/api/v1/audit/export?format=json&outcome=ok&action={action}")).await;
    assert_eq!(all.status, StatusCode::OK, "{}", all.body);
    let newest = all.body.lines().last().expect("an entry");
    let entry: Value = serde_json::from_str(newest).expect("an object a line");
    (entry["before"].clone(), entry["after"].clone())
}

/// The number of the newest entry of those that `choice`, a query, leaves; 0 when there is none.
pub async fn last_entry(who: &mut Visitor, choice: &str) -> u64 {
    let newest = who.get(&format!("/api/v1/audit?limit=1&{choice}")).await;
    assert_eq!(newest.status, StatusCode::OK, "{choice}: {}", newest.body);
    newest.json()["rows"][0]["sequence"].as_u64().unwrap_or_default()
}

fn is_print(value: &Value) -> bool {
    value.as_str().is_some_and(|print| print.starts_with("sha256:"))
}

async fn id_of(visitor: &mut Visitor) -> String {
    visitor.get("/api/v1/session").await.json()["id"].as_str().expect("an id").to_owned()
}

/// That what was done has succeeded.
fn done(reply: &Reply) {
    assert!(reply.status.is_success(), "{}: {}", reply.status, reply.body);
}

#[tokio::test]
async fn a_password_is_another_one_and_no_more_is_told() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    let mut dev = site.colleague(&mut owner, "shop-dev", "developer").await;
    let id = id_of(&mut dev).await;
    let mut prints = Vec::new();
    let mut told = async |owner: &mut Visitor, action: &str, one_time: (bool, bool)| {
        let (before, after) = sides(owner, action).await;
        assert_eq!((&before["one_time"], &after["one_time"]), (&json!(one_time.0), &json!(one_time.1)), "{action}");
        for side in [before, after] {
            assert!(is_print(&side["password"]), "{action}: {side}");
            prints.push(side["password"].to_string());
        }
    };
    told(&mut owner, "account.change_password", (true, false)).await;
    done(&owner.put(&format!("/api/v1/accounts/{id}/password"), json!({ "password": FIRST })).await);
    told(&mut owner, "account.reset_password", (false, true)).await;
    let link = owner.post("/api/v1/links", json!({ "kind": "reset", "account": id })).await;
    done(&link);
    let token = link.json()["path"].as_str().and_then(|p| p.split_once("token=")).expect("a token").1.to_owned();
    let form = json!({ "token": token, "password": ANOTHER, "repeat": ANOTHER });
    done(&site.visitor().post("/api/v1/links/follow", form).await);
    told(&mut owner, "account.reset_password", (true, false)).await;
    assert_eq!((&prints[1], &prints[3]), (&prints[2], &prints[4]), "each begins with what the one before left");
    prints.dedup();
    assert_eq!(prints.len(), 4, "each is another one: {prints:?}");
    let all = admin.get("/api/v1/audit/export?format=json").await.body;
    for secret in ["argon2", PASSWORD, FIRST, ANOTHER, token.as_str()] {
        assert!(!all.contains(secret), "{secret} is in the trail");
    }
}

#[tokio::test]
async fn a_first_password_that_a_start_replaces_is_on_record() {
    let site = Site::start().await.restart().await;
    let mut admin = site.admin().await;
    let (before, after) = sides(&mut admin, "account.reset_password").await;
    assert_eq!((&before["one_time"], &after["one_time"]), (&json!(true), &json!(true)));
    assert!(is_print(&before["password"]) && before["password"] != after["password"], "{before} {after}");
}

#[tokio::test]
async fn second_factors_are_told_by_what_there_is_of_them() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    let mut dev = site.colleague(&mut owner, "shop-dev", "developer").await;
    let id = id_of(&mut dev).await;
    let phone = enrol(&site, &mut dev).await;
    let (before, after) = sides(&mut owner, "second_factor.add").await;
    assert_eq!((&before["app_since"], &before["recovery_codes"]), (&Value::Null, &Value::Null));
    assert!(after["app_since"].is_i64() && is_print(&after["recovery_codes"]), "{after}");
    assert_eq!((&before["recovery_codes_left"], &after["recovery_codes_left"]), (&json!(0), &json!(10)));

    let key = add(&mut dev, "key", &mut Device::new(1)).await;
    let (before, after) = sides(&mut owner, "passkey.add").await;
    assert_eq!((&before["passkeys"], &after["passkeys"]), (&json!([]), &json!(["key"])));

    let form = json!({ "password": PASSWORD, "code": phone.code(&site) });
    let renewed = dev.post(&format!("{OWN}/recovery-codes"), form).await;
    done(&renewed);
    let (before, after) = sides(&mut owner, "second_factor.renew_recovery_codes").await;
    assert_ne!(before["recovery_codes"], after["recovery_codes"], "they are others");
    assert_eq!(before["app_since"], after["app_since"]);

    let path = format!("{KEYS}/{}/removal", key["passkey"]["id"].as_str().expect("an id"));
    done(&dev.post(&path, json!({ "password": PASSWORD })).await);
    let (before, after) = sides(&mut owner, "passkey.remove").await;
    assert_eq!((&before["passkeys"], &after["passkeys"]), (&json!(["key"]), &json!([])));

    site.clock.advance(STEP);
    let form = json!({ "password": PASSWORD, "code": phone.code(&site) });
    done(&dev.post(&format!("{OWN}/removal"), form).await);
    let (before, after) = sides(&mut owner, "second_factor.remove").await;
    assert!(before["app_since"].is_i64() && after["app_since"].is_null(), "{before} {after}");
    assert_eq!((&after["recovery_codes"], &after["recovery_codes_left"]), (&Value::Null, &json!(0)));

    add(&mut dev, "another", &mut Device::new(2)).await;
    done(&owner.delete(&format!("/api/v1/accounts/{id}/second-factor")).await);
    let (before, after) = sides(&mut owner, "second_factor.reset").await;
    assert_eq!((&before["passkeys"], &after["passkeys"]), (&json!(["another"]), &json!([])));

    let all = admin.get("/api/v1/audit/export?format=json").await.body;
    let made = renewed.json()["codes"].as_array().expect("codes").clone();
    for code in made.iter().filter_map(Value::as_str).chain(phone.recovery.iter().map(String::as_str)) {
        assert!(!all.contains(code), "a recovery code is in the trail");
    }
}

#[tokio::test]
async fn sessions_that_end_are_told_by_when_they_were_opened() {
    let site = Site::start().await;
    let mut here = site.admin().await;
    let cookies = [signed_in(&site).await, signed_in(&site).await, signed_in(&site).await];
    let listed = here.get("/api/v1/sessions").await.json();
    let other = listed.as_array().expect("rows").iter().find(|row| row["current"] == false).expect("another").clone();
    done(&here.delete(&format!("/api/v1/sessions/{}", other["id"].as_str().expect("an id"))).await);
    let (before, after) = sides(&mut here, "session.revoke").await;
    assert_eq!((&before["opened_at"], &after), (&other["opened_at"], &Value::Null));
    done(&here.delete("/api/v1/sessions?others=true").await);
    let (before, after) = sides(&mut here, "session.revoke_others").await;
    assert_eq!((before["sessions"].as_array().map(Vec::len), &after), (Some(2), &Value::Null));
    for cookie in &cookies {
        assert_eq!(site.visitor_with(cookie).get("/api/v1/session").await.status, StatusCode::UNAUTHORIZED);
    }
    done(&here.delete("/api/v1/session").await);
    let mut again = site.visitor_with(&signed_in(&site).await);
    let (before, after) = sides(&mut again, "session.sign_out").await;
    assert!(before["opened_at"].is_i64() && after.is_null(), "{before}");
}

async fn signed_in(site: &Site) -> String {
    let mut visitor = site.visitor();
    assert_eq!(visitor.sign_in("admin", PASSWORD).await.status, StatusCode::CREATED);
    visitor.cookie.expect("a session")
}

/// How an action ended, and what is said of that, the newest first.
async fn ends(site: &Site, action: &str) -> Vec<(Outcome, String)> {
    let ctx = OpContext::system(site.parts.clock.clone());
    let granted = ctx.require(Permission::AuditRead).expect("the system may");
    let choice = Choice { action: Some(action.to_owned()), ..Choice::default() };
    let slice = site.parts.db.list_audit(&ctx, granted, &choice, Place::Newest, 50, 1_000).await.expect("a page");
    slice.entries.into_iter().map(|entry| (entry.row.outcome, entry.row.detail)).collect()
}

#[tokio::test]
async fn what_redis_is_asked_to_end_is_on_record_before_it_answers() {
    const ASKED: &str = "asked of Redis";
    const FAILED: &str = "Redis did not say that it was done";
    let redis = RedisServer::start();
    let site = Site::start_with(Some(redis.url())).await;
    let mut here = site.admin().await;
    let mut leaver = site.visitor_with(&signed_in(&site).await);
    done(&leaver.delete("/api/v1/session").await);
    assert_eq!(ends(&site, "session.sign_out").await, [(Outcome::Ok, ASKED.to_owned())]);
    done(&here.delete("/api/v1/sessions?others=true").await);
    assert_eq!(ends(&site, "session.revoke_others").await, [(Outcome::Ok, ASKED.to_owned())]);

    assert_eq!(here.get("/api/v1/session").await.status, StatusCode::OK, "it is remembered");
    redis.freeze();
    let unheard = here.delete("/api/v1/sessions?others=true").await;
    assert_eq!(unheard.status, StatusCode::SERVICE_UNAVAILABLE, "{}", unheard.body);
    let told = ends(&site, "session.revoke_others").await;
    redis.thaw();
    let expected = [(Outcome::Failed, FAILED), (Outcome::Ok, ASKED), (Outcome::Ok, ASKED)];
    assert_eq!(told, expected.map(|(outcome, why)| (outcome, why.to_owned())));
}

#[tokio::test]
async fn a_deleted_application_is_told_by_what_ran() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (tenant, mut owner) = site.tenant(&mut admin, MARK).await;
    let estate = estate(&site, &tenant, &mut owner, MARK).await;
    done(&owner.delete(&format!("/api/v1/apps/{}?confirm={MARK}-app", estate.app)).await);
    let (before, after) = sides(&mut owner, "app.delete").await;
    let image = format!("registry.test/{MARK}/web:1");
    assert!(before["images"].get(&image).is_some() && before["release"] == 1, "{before}");
    assert_eq!(after, Value::Null);
}
