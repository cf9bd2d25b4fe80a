//! One's own passkeys: adding, naming and removing them, and what they are worth as a second factor.

use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    authenticator::{Device, SITE},
    second_factor::{self, OWN, enrol, give, half_open, is_signed_in, outcomes},
    support::{PASSWORD, Reply, Site, Visitor},
};

const OK: StatusCode = StatusCode::OK;
const CREATED: StatusCode = StatusCode::CREATED;
const DONE: StatusCode = StatusCode::NO_CONTENT;
const NOT_FOUND: StatusCode = StatusCode::NOT_FOUND;
const UNAUTHORIZED: StatusCode = StatusCode::UNAUTHORIZED;
const INVALID: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;
const CONFLICT: StatusCode = StatusCode::CONFLICT;
const MINUTE: i64 = 60_000;
pub const KEYS: &str = "/api/v1/session/passkeys";
const STEP: &str = "/api/v1/session/code/passkey";

/// What is wrong, and how it is made so.
type Wrong = (&'static str, fn(&mut Device));

/// Begins to add a passkey.
pub async fn begin(visitor: &mut Visitor, name: &str) -> Value {
    let begun = visitor.post(KEYS, json!({ "name": name, "password": PASSWORD })).await;
    assert_eq!(begun.status, CREATED, "{}", begun.body);
    begun.json()
}

/// Answers a ceremony.
pub fn answer(request: &Value, credential: &Value) -> Value {
    json!({ "ceremony": request["ceremony"], "credential": credential })
}

/// Adds the passkey of a device.
pub async fn add(visitor: &mut Visitor, name: &str, device: &mut Device) -> Value {
    let request = begin(visitor, name).await;
    let added = visitor.put(KEYS, answer(&request, &device.create(&request["options"]))).await;
    assert_eq!(added.status, OK, "{}", added.body);
    added.json()
}

/// The second step by a device.
async fn step(visitor: &mut Visitor, device: &mut Device) -> Reply {
    let request = visitor.post(STEP, json!({})).await;
    assert_eq!(request.status, CREATED, "{}", request.body);
    let request = request.json();
    visitor.put(STEP, answer(&request, &device.get(&request["options"]))).await
}

fn removal(added: &Value) -> String {
    format!("{KEYS}/{}/removal", added["passkey"]["id"].as_str().expect("an id"))
}

fn password() -> Value {
    json!({ "password": PASSWORD })
}

#[tokio::test]
async fn adding_takes_a_name_the_password_and_a_device() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    assert_eq!(admin.get(KEYS).await.json(), json!({ "rows": [], "hindrance": null }));
    for (form, field) in [
        (json!({ "name": " ", "password": PASSWORD }), "name"),
        (json!({ "name": "phone", "password": "a wrong password" }), "password"),
    ] {
        let wrong = admin.post(KEYS, form).await;
        assert_eq!((wrong.status, &wrong.json()["errors"][0]["field"]), (INVALID, &json!(field)), "{}", wrong.body);
    }
    let request = begin(&mut admin, " my phone ").await;
    let options = &request["options"];
    assert_eq!((&options["rp"]["id"], &options["user"]["name"]), (&json!(SITE), &json!("admin")));
    let wants = &options["authenticatorSelection"];
    assert_eq!((&wants["residentKey"], &wants["userVerification"]), (&json!("required"), &json!("required")));

    let mut phone = Device::new(1);
    let added = admin.put(KEYS, answer(&request, &phone.create(options))).await.json();
    assert_eq!((&added["passkey"]["name"], &added["passkey"]["used_at"]), (&json!("my phone"), &Value::Null));
    assert_eq!(added["recovery_codes"]["codes"].as_array().map(Vec::len), Some(10), "it is the first second factor");
    let own = admin.get(OWN).await.json();
    assert_eq!((&own["passkeys"], &own["enrolled_at"]), (&json!(true), &Value::Null));
    assert_eq!(own["new_codes"], added["recovery_codes"], "for a while, to be written down");

    let request = begin(&mut admin, "key").await;
    assert_eq!(request["options"]["excludeCredentials"].as_array().map(Vec::len), Some(1), "not the same device twice");
    let again = admin.put(KEYS, answer(&request, &phone.create(&request["options"]))).await;
    assert_eq!(again.status, CONFLICT, "{}", again.body);
    let second = add(&mut admin, "key", &mut Device::new(2)).await;
    assert_eq!(second["recovery_codes"], Value::Null, "there are some already");
    assert_eq!(outcomes(&mut admin, "passkey.add").await, ["failed", "failed", "ok", "ok"]);
}

#[tokio::test]
async fn what_a_browser_made_elsewhere_or_for_somebody_else_is_not_added() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    let mut device = Device::new(1);

    let request = begin(&mut admin, "phone").await;
    let fits = device.create(&request["options"]);
    let theirs = owner.put(KEYS, answer(&request, &fits)).await;
    assert_eq!(theirs.status, CONFLICT, "another account's ceremony");
    assert_eq!(admin.put(KEYS, answer(&request, &fits)).await.status, CONFLICT, "which is used up by the attempt");

    let request = begin(&mut admin, "phone").await;
    let mut elsewhere = site.visitor();
    elsewhere.sign_in("admin", PASSWORD).await;
    let fits = device.create(&request["options"]);
    assert_eq!(elsewhere.put(KEYS, answer(&request, &fits)).await.status, CONFLICT, "another session's ceremony");

    let request = begin(&mut admin, "phone").await;
    let fits = device.create(&request["options"]);
    site.clock.advance(5 * MINUTE);
    assert_eq!(admin.put(KEYS, answer(&request, &fits)).await.status, CONFLICT, "too late");

    let wrong: [Wrong; 2] =
        [("origin", |d| d.origin = "https://longshore.test.example"), ("no finger", |d| d.verifies = false)];
    for (what, change) in wrong {
        let request = begin(&mut admin, "phone").await;
        let mut device = device.clone();
        change(&mut device);
        let refused = admin.put(KEYS, answer(&request, &device.create(&request["options"]))).await;
        assert_eq!(refused.status, CONFLICT, "{what}: {}", refused.body);
    }
    let (one, other) = (begin(&mut admin, "phone").await, begin(&mut admin, "phone").await);
    let mixed = admin.put(KEYS, answer(&one, &device.create(&other["options"]))).await;
    assert_eq!(mixed.status, CONFLICT, "the answer to another question");
    assert_eq!(admin.put(KEYS, json!({ "ceremony": "x", "credential": {} })).await.status, CONFLICT);
    assert_eq!(admin.get(KEYS).await.json()["rows"], json!([]));
    assert_eq!(outcomes(&mut admin, "passkey.add").await, ["failed", "failed", "failed"]);
}

#[tokio::test]
async fn names_change_and_removing_takes_the_password() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    let (mut phone, mut key) = (Device::new(1), Device::new(2));
    let first = add(&mut owner, "phone", &mut phone).await;
    let path = format!("{KEYS}/{}", first["passkey"]["id"].as_str().expect("an id"));
    for stranger in [&mut admin, &mut site.colleague(&mut owner, "shop-dev", "administrator").await] {
        assert_eq!(stranger.put(&path, json!({ "name": "mine" })).await.status, NOT_FOUND);
        assert_eq!(stranger.post(&removal(&first), password()).await.status, NOT_FOUND);
    }
    assert_eq!(owner.put(&path, json!({ "name": "" })).await.status, INVALID);
    assert_eq!(owner.put(&path, json!({ "name": "old phone" })).await.status, DONE);
    assert_eq!(owner.get(KEYS).await.json()["rows"][0]["name"], "old phone");

    let second = add(&mut owner, "key", &mut key).await;
    assert_eq!(owner.post(&removal(&first), json!({ "password": "a wrong one" })).await.status, INVALID);
    assert_eq!(owner.post(&removal(&first), password()).await.status, DONE);
    assert_eq!(owner.post(&removal(&first), password()).await.status, NOT_FOUND);
    assert_eq!(owner.get(OWN).await.json()["recovery_codes_left"], 10, "there is another one");
    let mut waiting = half_open(&site, "shop-owner").await;
    assert_eq!(step(&mut waiting, &mut phone).await.status, UNAUTHORIZED, "a removed one lets nobody in");
    assert_eq!(owner.post(&removal(&second), password()).await.status, DONE);
    assert_eq!(owner.get(OWN).await.json()["recovery_codes_left"], 0, "they go with the last");
    assert_eq!(site.visitor().sign_in("shop-owner", PASSWORD).await.json()["username"], "shop-owner");
    // The colleague asked for it in vain, and the owner once more when it was gone.
    assert_eq!(outcomes(&mut owner, "passkey.rename").await, ["ok", "refused"]);
    assert_eq!(outcomes(&mut owner, "passkey.remove").await, ["failed", "ok", "ok", "refused", "refused"]);
}

#[tokio::test]
async fn there_are_ten_at_most() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let mut waiting = Vec::new();
    for number in 1..=11 {
        waiting.push((begin(&mut admin, "key").await, Device::new(number)));
    }
    for (request, device) in &mut waiting[..10] {
        let added = admin.put(KEYS, answer(request, &device.create(&request["options"]))).await;
        assert_eq!(added.status, OK, "{}", added.body);
    }
    let (request, device) = &mut waiting[10];
    let one_too_many = admin.put(KEYS, answer(request, &device.create(&request["options"]))).await;
    assert_eq!(one_too_many.status, CONFLICT, "{}", one_too_many.body);
    let full = admin.post(KEYS, json!({ "name": "key", "password": PASSWORD })).await;
    assert_eq!(full.status, CONFLICT, "{}", full.body);
}

#[tokio::test]
async fn after_the_password_one_chooses_between_passkey_code_and_recovery_code() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let mut device = Device::new(1);
    let added = add(&mut admin, "phone", &mut device).await;
    let recovery = added["recovery_codes"]["codes"][0].as_str().expect("a code").to_owned();

    let mut visitor = half_open(&site, "admin").await;
    let ways = visitor.submit("/api/session/awaits_code", "").await.json();
    assert_eq!(ways, json!({ "app": false, "passkey": true }));
    assert!(!is_signed_in(&mut visitor).await);
    assert_eq!(give(&mut visitor, "123456").await.status, INVALID, "there is no app");
    let before = visitor.cookie.clone();
    let done = step(&mut visitor, &mut device).await;
    assert_eq!((done.status, &done.json()["username"]), (OK, &json!("admin")), "{}", done.body);
    assert!(is_signed_in(&mut visitor).await && visitor.cookie != before, "under a new id");
    assert_eq!(step_status(&mut visitor).await, UNAUTHORIZED, "nothing is awaited any more");

    let mut visitor = half_open(&site, "admin").await;
    assert_eq!(give(&mut visitor, &recovery).await.status, CREATED);
    let phone = enrol(&site, &mut admin).await;
    assert_eq!(phone.recovery, Vec::<String>::new(), "there are recovery codes already");
    let mut visitor = half_open(&site, "admin").await;
    assert_eq!(visitor.submit("/api/session/awaits_code", "").await.json(), json!({ "app": true, "passkey": true }));
    assert_eq!(give(&mut visitor, &phone.code(&site)).await.status, CREATED);

    let form = json!({ "password": PASSWORD, "code": added["recovery_codes"]["codes"][1] });
    assert_eq!(admin.post(&format!("{OWN}/removal"), form).await.status, DONE);
    assert_eq!(admin.get(OWN).await.json()["recovery_codes_left"], 8, "they stay with the passkey");
    let trail = admin.get("/api/v1/audit?limit=200&q=session.sign_in").await.body;
    assert!(trail.contains("by a passkey, after the password"), "{trail}");
}

async fn step_status(visitor: &mut Visitor) -> StatusCode {
    visitor.post(STEP, json!({})).await.status
}

#[tokio::test]
async fn the_second_step_is_for_the_accounts_own_passkeys_and_its_own_session() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    let (mut own, mut foreign) = (Device::new(1), Device::new(2));
    add(&mut admin, "phone", &mut own).await;
    add(&mut owner, "phone", &mut foreign).await;
    assert_eq!(step_status(&mut site.visitor()).await, UNAUTHORIZED, "no password came before");

    let mut visitor = half_open(&site, "admin").await;
    let refused = step(&mut visitor, &mut foreign).await;
    assert_eq!(refused.status, UNAUTHORIZED, "{}", refused.body);
    let request = visitor.post(STEP, json!({})).await.json();
    let right = answer(&request, &own.get(&request["options"]));
    let mut elsewhere = half_open(&site, "admin").await;
    assert_eq!(elsewhere.put(STEP, right.clone()).await.status, UNAUTHORIZED, "another session's ceremony");
    assert_eq!(visitor.put(STEP, right).await.status, UNAUTHORIZED, "which is used up by the attempt");

    // A code's limit holds for passkeys, too: this was the fourth wrong one.
    assert_eq!(step(&mut visitor, &mut foreign).await.status, UNAUTHORIZED);
    assert_eq!(step(&mut visitor, &mut foreign).await.status, UNAUTHORIZED);
    assert_eq!(step(&mut visitor, &mut own).await.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(!is_signed_in(&mut visitor).await);
    assert_eq!(outcomes(&mut admin, "session.second_step").await, ["failed", "failed", "failed", "refused"]);
}

#[tokio::test]
async fn a_passkey_is_the_second_factor_that_a_tenant_asks_for() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    let mut developer = site.colleague(&mut owner, "shop-dev", "developer").await;
    add(&mut owner, "phone", &mut Device::new(1)).await;
    let security = format!("/api/v1/tenants/{shop}/security");
    assert_eq!(owner.put(&security, json!({ "second_factor_required": true })).await.status, OK);
    assert_eq!(owner.get("/api/v1/apps").await.status, OK, "who has a passkey goes on");
    let rows = owner.get("/api/v1/accounts").await.json()["rows"].clone();
    let has = |name| rows.as_array().expect("rows").iter().find(|r| r["username"] == name).map(|r| &r["second_factor"]);
    assert_eq!((has("shop-owner"), has("shop-dev")), (Some(&json!(true)), Some(&json!(false))));

    assert_eq!(developer.get("/api/v1/apps").await.json()["kind"], "second_factor_required");
    let page = developer.get("/second-factor").await.body;
    assert!(page.contains("Add a passkey"), "{page}");
    let (mut phone, mut key) = (Device::new(2), Device::new(3));
    let first = add(&mut developer, "phone", &mut phone).await;
    assert_eq!(developer.get("/api/v1/apps").await.status, OK);
    let refused = developer.post(&removal(&first), password()).await;
    assert_eq!(refused.status, CONFLICT, "{}", refused.body);
    assert!(refused.body.contains("Add another passkey"), "{}", refused.body);
    add(&mut developer, "key", &mut key).await;
    assert_eq!(developer.post(&removal(&first), password()).await.status, DONE);
    assert_eq!(outcomes(&mut owner, "passkey.remove").await, ["ok", "refused"]);

    let id = developer.get("/api/v1/session").await.json()["id"].as_str().expect("an id").to_owned();
    assert_eq!(owner.delete(&format!("/api/v1/accounts/{id}/second-factor")).await.status, DONE);
    assert!(!is_signed_in(&mut developer).await, "they are signed out everywhere");
    let again = site.visitor().sign_in("shop-dev", PASSWORD).await.json();
    assert_eq!(again["must_add_second_factor"], true, "passkeys go with the rest");
}

#[tokio::test]
async fn no_token_has_anything_to_do_with_passkeys() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let form = json!({ "name": "ci", "permissions": ["audit.read"], "days": "30" });
    let made = admin.post("/api/v1/tokens", form).await.json();
    let mut script = site.script(made["token"].as_str().expect("a token"));
    assert_eq!(script.get(KEYS).await.status, StatusCode::FORBIDDEN);
    let begun = script.post(KEYS, json!({ "name": "key", "password": PASSWORD })).await;
    assert_eq!(begun.status, StatusCode::FORBIDDEN, "{}", begun.body);
    assert_eq!(script.post("/api/v1/session/passkey", json!({})).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn pages_rename_and_remove_without_script() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let added = add(&mut admin, "my <phone>", &mut Device::new(1)).await;
    let (here, id) = ("/settings/security", added["passkey"]["id"].as_str().expect("an id").to_owned());
    let page = admin.get(&format!("{here}?do=rename-passkey&passkey={id}")).await.body;
    assert!(page.contains("my &lt;phone&gt;") && page.contains("passkey[name]"), "{page}");
    let form = format!("id={id}&passkey%5Bname%5D=blue+key");
    let page = admin.page_after("/api/session/rename_passkey", &form, here).await;
    assert!(page.body.contains("blue key"), "{}", page.body);
    let form = format!("id={id}&again%5Bpassword%5D=a+wrong+one");
    let asked = format!("{here}?do=remove-passkey&passkey={id}");
    let page = admin.page_after("/api/session/remove_passkey", &form, &asked).await;
    assert!(page.body.contains("This is not your password."), "{}", page.body);
    let form = format!("id={id}&again%5Bpassword%5D={}", PASSWORD.replace(' ', "+"));
    admin.page_after("/api/session/remove_passkey", &form, here).await;
    assert_eq!(admin.get(KEYS).await.json()["rows"], json!([]));
    second_factor::enrol(&site, &mut admin).await;
}
