//! Signing in by a passkey alone, without a name: what is let in, and everything that is not.

use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    authenticator::{Device, SITE},
    passkeys::{KEYS, add, answer},
    second_factor::{is_signed_in, outcomes},
    support::{PASSWORD, Reply, Site, Visitor},
};

const OK: StatusCode = StatusCode::OK;
const CREATED: StatusCode = StatusCode::CREATED;
const UNAUTHORIZED: StatusCode = StatusCode::UNAUTHORIZED;
const TOO_MANY: StatusCode = StatusCode::TOO_MANY_REQUESTS;
const MINUTE: i64 = 60_000;
const ALONE: &str = "/api/v1/session/passkey";

async fn begin(visitor: &mut Visitor) -> Value {
    let begun = visitor.post(ALONE, json!({})).await;
    assert_eq!(begun.status, CREATED, "{}", begun.body);
    begun.json()
}

async fn sign_in(visitor: &mut Visitor, device: &mut Device) -> Reply {
    let request = begin(visitor).await;
    visitor.put(ALONE, answer(&request, &device.get(&request["options"]))).await
}

/// The administrator, with a device.
async fn admin_with(site: &Site, device: &mut Device) -> Visitor {
    let mut admin = site.admin().await;
    add(&mut admin, "phone", device).await;
    admin
}

/// What is wrong, how it is made so, and what the trail says of it.
type Wrong = (&'static str, fn(&mut Device), &'static str);

/// The details of what failed at signing in, in the trail.
async fn reasons(admin: &mut Visitor) -> String {
    let trail = admin.get("/api/v1/audit?limit=200&outcome=failed&q=session.sign_in").await.json();
    let rows = trail["rows"].as_array().expect("rows").clone();
    rows.iter().filter_map(|row| row["detail"].as_str().map(str::to_owned)).collect::<Vec<_>>().join("; ")
}

#[tokio::test]
async fn a_passkey_alone_stands_for_both_factors() {
    let site = Site::start().await;
    let mut phone = Device::new(1);
    let mut admin = admin_with(&site, &mut phone).await;
    assert!(site.visitor().get("/sign-in").await.body.contains("Sign in with a passkey"));
    let mut visitor = site.visitor();
    let request = begin(&mut visitor).await;
    let options = &request["options"];
    assert_eq!((&options["rpId"], &options["userVerification"]), (&json!(SITE), &json!("required")));
    assert_eq!(options["allowCredentials"], json!([]), "it tells of no account");
    let before = visitor.cookie.clone().expect("a session that begins nothing yet");
    assert!(!is_signed_in(&mut visitor).await);

    let fits = answer(&request, &phone.get(options));
    let done = visitor.put(ALONE, fits.clone()).await;
    assert_eq!((done.status, &done.json()["username"]), (OK, &json!("admin")), "{}", done.body);
    assert!(is_signed_in(&mut visitor).await);
    assert_ne!(visitor.cookie.as_ref(), Some(&before), "under a new id");
    assert!(!is_signed_in(&mut site.visitor_with(&before)).await, "the former is worth nothing");
    let used = admin.get(KEYS).await.json()["rows"][0]["used_at"].clone();
    assert_eq!(used, json!(site.parts.clock.now()));
    let trail = admin.get("/api/v1/audit?limit=200&q=session.sign_in").await.body;
    assert!(trail.contains("by a passkey alone"), "{trail}");

    for mut replay in [site.visitor_with(&before), site.visitor(), visitor] {
        assert_eq!(replay.put(ALONE, fits.clone()).await.status, UNAUTHORIZED, "an answer counts once");
    }
}

#[tokio::test]
async fn what_is_not_quite_right_lets_nobody_in() {
    let site = Site::start().await;
    let mut phone = Device::new(1);
    let mut admin = admin_with(&site, &mut phone).await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    let mut theirs = Device::new(2);
    add(&mut owner, "phone", &mut theirs).await;

    let mut visitor = site.visitor();
    let wrong: [Wrong; 2] = [
        ("origin", |d| d.origin = "https://longshore.test.example", "relying party origin does not match"),
        ("no finger", |d| d.verifies = false, "user verified bit is not set"),
    ];
    for (what, change, reason) in wrong {
        let mut device = phone.clone();
        change(&mut device);
        let refused = sign_in(&mut visitor, &mut device).await;
        assert_eq!(refused.status, UNAUTHORIZED, "{what}: {}", refused.body);
        assert!(reasons(&mut admin).await.contains(reason), "{what}: {}", reasons(&mut admin).await);
    }
    let unknown = sign_in(&mut visitor, &mut Device::new(9)).await;
    assert_eq!(unknown.status, UNAUTHORIZED);

    let request = begin(&mut visitor).await;
    let mut mixed = phone.get(&request["options"]);
    mixed["response"]["userHandle"] = theirs.get(&request["options"])["response"]["userHandle"].clone();
    assert_eq!(visitor.put(ALONE, answer(&request, &mixed)).await.status, UNAUTHORIZED, "another account's name on it");
    let request = begin(&mut visitor).await;
    let mut forged = theirs.get(&request["options"]);
    for part in ["id", "rawId"] {
        forged[part] = phone.get(&request["options"])[part].clone();
    }
    forged["response"]["userHandle"] = phone.get(&request["options"])["response"]["userHandle"].clone();
    assert_eq!(visitor.put(ALONE, answer(&request, &forged)).await.status, UNAUTHORIZED, "signed by another key");
    let (one, other) = (begin(&mut visitor).await, begin(&mut visitor).await);
    let swapped = visitor.put(ALONE, answer(&one, &phone.get(&other["options"]))).await;
    assert_eq!(swapped.status, UNAUTHORIZED, "the answer to another question");
    let late = begin(&mut visitor).await;
    site.clock.advance(5 * MINUTE);
    assert_eq!(visitor.put(ALONE, answer(&late, &phone.get(&late["options"]))).await.status, UNAUTHORIZED);
    assert_eq!(visitor.put(ALONE, json!({ "ceremony": "0".repeat(32), "credential": 7 })).await.status, UNAUTHORIZED);
    assert!(!is_signed_in(&mut visitor).await);
    assert_eq!(sign_in(&mut visitor, &mut phone).await.status, OK, "and the right one does");
}

#[tokio::test]
async fn a_counter_that_goes_back_is_refused_and_written_down() {
    let site = Site::start().await;
    let mut phone = Device::new(1);
    phone.counter = 5;
    let mut admin = admin_with(&site, &mut phone).await;
    let mut copy = phone.clone();
    for _ in 0..2 {
        assert_eq!(sign_in(&mut site.visitor(), &mut phone).await.status, OK);
    }
    let mut visitor = site.visitor();
    let refused = sign_in(&mut visitor, &mut copy).await;
    assert_eq!(refused.status, UNAUTHORIZED, "{}", refused.body);
    assert!(!is_signed_in(&mut visitor).await);
    assert!(reasons(&mut admin).await.contains("counter went back"), "{}", reasons(&mut admin).await);
    copy.counter = 0;
    assert_eq!(sign_in(&mut visitor, &mut copy).await.status, UNAUTHORIZED, "nor one that does not count any more");
    assert_eq!(sign_in(&mut visitor, &mut phone).await.status, OK);
}

#[tokio::test]
async fn of_two_answers_at_once_with_one_counter_only_one_counts() {
    let site = Site::start().await;
    let mut phone = Device::new(1);
    phone.counter = 5;
    admin_with(&site, &mut phone).await;
    let (mut one, mut two) = (site.visitor(), site.visitor());
    let (first, second) = (begin(&mut one).await, begin(&mut two).await);
    let mut copy = phone.clone();
    let answers = (answer(&first, &phone.get(&first["options"])), answer(&second, &copy.get(&second["options"])));
    let (first, second) = tokio::join!(one.put(ALONE, answers.0), two.put(ALONE, answers.1));
    let mut statuses = [first.status, second.status];
    statuses.sort();
    assert_eq!(statuses, [OK, UNAUTHORIZED]);
}

#[tokio::test]
async fn whoever_may_not_sign_in_by_password_may_not_by_passkey() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    let mut phone = Device::new(1);
    let mut developer = site.colleague(&mut owner, "shop-dev", "developer").await;
    add(&mut developer, "phone", &mut phone).await;
    let id = developer.get("/api/v1/session").await.json()["id"].as_str().expect("an id").to_owned();
    let mut visitor = site.visitor();
    let unknown = sign_in(&mut visitor, &mut Device::new(9)).await;

    let disabled = format!("/api/v1/accounts/{id}/disabled");
    assert_eq!(owner.ask(&http::Method::PUT, &disabled, None).await.status, OK);
    let refused = sign_in(&mut visitor, &mut phone).await;
    let told = |reply: &Reply| (reply.status, reply.json()["title"].clone(), reply.json()["detail"].clone());
    assert_eq!(told(&refused), told(&unknown), "the same as for one that nobody knows");
    assert_eq!(owner.delete(&disabled).await.status, OK);

    let suspended = format!("/api/v1/tenants/{shop}/suspended");
    assert_eq!(admin.put(&suspended, json!({ "reason": "unpaid" })).await.status, OK);
    let refused = sign_in(&mut visitor, &mut phone).await;
    let by_password = site.visitor().sign_in("shop-dev", PASSWORD).await;
    assert_eq!(
        (refused.status, refused.json()["kind"].clone()),
        (by_password.status, by_password.json()["kind"].clone())
    );
    assert!(refused.body.contains("is suspended"), "{}", refused.body);
    assert_eq!(admin.delete(&suspended).await.status, OK);
    assert_eq!(sign_in(&mut visitor, &mut phone).await.status, OK);

    let mut owner = site.visitor();
    owner.sign_in("shop-owner", PASSWORD).await;
    let gone = owner.delete(&format!("/api/v1/accounts/{id}?confirm=shop-dev")).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.body);
    assert_eq!(told(&sign_in(&mut visitor, &mut phone).await), told(&unknown));
}

#[tokio::test]
async fn any_replica_takes_the_answer_and_a_new_password_ends_what_was_begun() {
    let site = Site::start().await;
    let mut phone = Device::new(1);
    let mut admin = admin_with(&site, &mut phone).await;
    let beside = site.beside().await;
    let mut visitor = site.visitor();
    let request = begin(&mut visitor).await;
    let mut there = beside.visitor_with(visitor.cookie.as_deref().expect("a session"));
    let done = there.put(ALONE, answer(&request, &phone.get(&request["options"]))).await;
    assert_eq!(done.status, OK, "{}", done.body);

    let form = json!({ "name": "key", "password": PASSWORD });
    let request = admin.post(KEYS, form).await.json();
    let new = "a harbour and its lamps at dawn";
    assert_eq!(admin.change_password(PASSWORD, new).await.status, StatusCode::NO_CONTENT);
    let mut key = Device::new(2);
    let refused = admin.put(KEYS, answer(&request, &key.create(&request["options"]))).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.body);
    assert_eq!(sign_in(&mut site.visitor(), &mut phone).await.status, OK, "passkeys outlive a password");
}

#[tokio::test]
async fn failures_count_for_the_address_and_beginnings_have_an_end() {
    let site = Site::start().await;
    let mut phone = Device::new(1);
    let mut admin = admin_with(&site, &mut phone).await;
    let mut visitor = site.visitor();
    visitor.address = ([10, 0, 0, 2], 40_000).into();
    for _ in 0..20 {
        assert_eq!(sign_in(&mut visitor, &mut Device::new(9)).await.status, UNAUTHORIZED);
    }
    let by_password = visitor.sign_in("admin", PASSWORD).await;
    assert_eq!(by_password.json()["errors"][0]["field"], "captcha_answer", "{}", by_password.body);
    for _ in 0..80 {
        begin(&mut visitor).await;
    }
    assert_eq!(visitor.post(ALONE, json!({})).await.status, TOO_MANY);
    let refused = outcomes(&mut admin, "session.sign_in").await.iter().filter(|o| *o == "refused").count();
    assert_eq!(refused, 2, "without a captcha, and too often");
    assert_eq!(sign_in(&mut site.visitor(), &mut phone).await.status, OK, "elsewhere one goes on");
    site.clock.advance(15 * MINUTE);
    assert_eq!(sign_in(&mut visitor, &mut phone).await.status, OK);
}
