//! The second step of a sign-in, and everything that is done to a second factor.

use http::StatusCode;
use serde_json::{Value, json};
use server::auth::totp::Codes;
use totp_rs::Secret;

use crate::support::{PASSWORD, Reply, Site, Visitor};

const OK: StatusCode = StatusCode::OK;
const CREATED: StatusCode = StatusCode::CREATED;
const UNAUTHORIZED: StatusCode = StatusCode::UNAUTHORIZED;
const INVALID: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;
const CONFLICT: StatusCode = StatusCode::CONFLICT;
const MINUTE: i64 = 60_000;
const STEP: i64 = 30_000;
pub const OWN: &str = "/api/v1/session/second-factor";

/// An authenticator app.
pub struct Phone {
    secret: Vec<u8>,
    pub recovery: Vec<String>,
}

impl Phone {
    pub fn new(enrolment: &Value) -> Self {
        let text = enrolment["secret"].as_str().expect("a secret").replace(' ', "");
        let secret = Secret::try_from_base32(text).expect("base32").as_bytes().to_vec();
        Self { secret, recovery: Vec::new() }
    }

    /// What it shows now.
    pub fn code(&self, site: &Site) -> String {
        Codes::new(&self.secret, "somebody").expect("a secret").code_at(site.parts.clock.now())
    }

    /// A code that is wrong now.
    pub fn wrong(&self, site: &Site) -> String {
        let right = self.code(site).parse::<u32>().expect("digits");
        format!("{:06}", (right + 500_000) % 1_000_000)
    }
}

/// Adds a second factor; the code that confirmed it is a step ago afterwards.
pub async fn enrol(site: &Site, visitor: &mut Visitor) -> Phone {
    let begun = visitor.post(OWN, json!({ "password": PASSWORD })).await;
    assert_eq!(begun.status, CREATED, "{}", begun.body);
    let mut phone = Phone::new(&begun.json());
    let confirmed = visitor.put(OWN, json!({ "code": phone.code(site) })).await;
    assert_eq!(confirmed.status, OK, "{}", confirmed.body);
    let codes = confirmed.json()["codes"].as_array().expect("codes").clone();
    phone.recovery = codes.iter().filter_map(|c| c.as_str().map(str::to_owned)).collect();
    site.clock.advance(STEP);
    phone
}

pub async fn give(visitor: &mut Visitor, code: &str) -> Reply {
    visitor.post("/api/v1/session/code", json!({ "code": code })).await
}

/// Somebody who has given the right password and no code yet.
pub async fn half_open(site: &Site, username: &str) -> Visitor {
    let mut visitor = site.visitor();
    let first = visitor.sign_in(username, PASSWORD).await;
    assert_eq!((first.status, first.json()), (CREATED, json!({ "second_factor_required": true })), "{}", first.body);
    visitor
}

pub async fn is_signed_in(visitor: &mut Visitor) -> bool {
    visitor.get("/api/v1/session").await.status == OK
}

/// Outcomes of an action in the trail, sorted: the clock stands still.
pub async fn outcomes(admin: &mut Visitor, action: &str) -> Vec<String> {
    let trail = admin.get(&format!("/api/v1/audit?limit=200&q={action}")).await.json();
    let rows = trail["rows"].as_array().expect("rows").clone();
    let mut outcomes: Vec<_> = rows.iter().filter_map(|r| r["outcome"].as_str().map(str::to_owned)).collect();
    outcomes.sort();
    outcomes
}

#[tokio::test]
async fn enrolling_takes_the_password_and_a_first_code() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let wrong = admin.post(OWN, json!({ "password": "a wrong password" })).await;
    assert_eq!((wrong.status, &wrong.json()["errors"][0]["field"]), (INVALID, &json!("password")));
    let early = admin.put(OWN, json!({ "code": "123456" })).await;
    assert_eq!(early.status, CONFLICT, "nothing was begun");

    let begun = admin.post(OWN, json!({ "password": PASSWORD })).await;
    assert_eq!(begun.status, CREATED, "{}", begun.body);
    let phone = Phone::new(&begun.json());
    assert_eq!(admin.get(OWN).await.json()["pending"], begun.json(), "a page without script shows it");
    let mut elsewhere = site.visitor();
    elsewhere.sign_in("admin", PASSWORD).await;
    assert_eq!(elsewhere.get(OWN).await.json()["pending"], Value::Null, "another session is not shown it");
    assert_eq!(elsewhere.put(OWN, json!({ "code": phone.code(&site) })).await.status, CONFLICT, "nor may it confirm");

    let refused = admin.put(OWN, json!({ "code": phone.wrong(&site) })).await;
    assert_eq!((refused.status, &refused.json()["errors"][0]["field"]), (INVALID, &json!("code")));
    assert_eq!(site.visitor().sign_in("admin", PASSWORD).await.json()["username"], "admin", "not yet in use");
    let confirmed = admin.put(OWN, json!({ "code": phone.code(&site) })).await;
    assert_eq!(confirmed.json()["codes"].as_array().map(Vec::len), Some(10), "{}", confirmed.body);
    let own = admin.get(OWN).await.json();
    assert_eq!((&own["recovery_codes_left"], &own["pending"]), (&json!(10), &Value::Null));
    assert_eq!(own["new_codes"], confirmed.json(), "for a while, to be written down");
    assert_eq!(elsewhere.get(OWN).await.json()["new_codes"], Value::Null);
    site.clock.advance(10 * MINUTE);
    assert_eq!(admin.get(OWN).await.json()["new_codes"], Value::Null, "then never again");
    assert_eq!(admin.post(OWN, json!({ "password": PASSWORD })).await.status, CONFLICT, "there is one already");

    assert_eq!(outcomes(&mut admin, "second_factor.add").await, ["failed", "failed", "ok"]);
    let trail = admin.get("/api/v1/audit?limit=200").await.body;
    let secret = begun.json()["secret"].as_str().expect("a secret").replace(' ', "");
    let code = confirmed.json()["codes"][0].as_str().expect("a code").to_owned();
    assert!(!trail.contains(&secret) && !trail.contains(&code));
}

#[tokio::test]
async fn an_enrolment_that_takes_too_long_is_begun_anew() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let first = Phone::new(&admin.post(OWN, json!({ "password": PASSWORD })).await.json());
    site.clock.advance(10 * MINUTE);
    assert_eq!(admin.put(OWN, json!({ "code": first.code(&site) })).await.status, CONFLICT);
    let second = Phone::new(&admin.post(OWN, json!({ "password": PASSWORD })).await.json());
    assert_eq!(admin.put(OWN, json!({ "code": first.code(&site) })).await.status, INVALID, "the first secret is gone");
    assert_eq!(admin.put(OWN, json!({ "code": second.code(&site) })).await.status, OK);
}

#[tokio::test]
async fn a_password_alone_opens_by_half_and_a_code_the_rest() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let phone = enrol(&site, &mut admin).await;
    let mut visitor = half_open(&site, "admin").await;
    let half = visitor.cookie.clone().expect("a session");
    for path in ["/api/v1/session", "/api/v1/tenants", "/api/v1/audit", OWN, "/api/v1/live?t=pods"] {
        assert_eq!(visitor.get(path).await.status, UNAUTHORIZED, "{path}");
    }
    assert_eq!(visitor.change_password(PASSWORD, "another good password").await.status, UNAUTHORIZED);
    assert_eq!(give(&mut visitor, &phone.wrong(&site)).await.status, INVALID);
    let code = phone.code(&site);
    let right = give(&mut visitor, &format!("{} {}", &code[..3], &code[3..])).await;
    assert_eq!((right.status, &right.json()["username"]), (CREATED, &json!("admin")), "{}", right.body);
    assert_ne!(visitor.cookie.as_ref(), Some(&half), "the identifier changes");
    assert!(is_signed_in(&mut visitor).await);
    let mut planted = site.visitor_with(&half);
    assert!(!is_signed_in(&mut planted).await);
    site.clock.advance(STEP);
    assert_eq!(give(&mut planted, &phone.code(&site)).await.status, UNAUTHORIZED, "the old one is dead");
    assert_eq!(give(&mut visitor, &phone.code(&site)).await.status, UNAUTHORIZED, "nothing is awaited any more");
    assert_eq!(outcomes(&mut admin, "session.second_step").await, ["failed"]);
    assert_eq!(outcomes(&mut admin, "session.first_step").await, ["ok"]);
}

#[tokio::test]
async fn a_code_counts_once_and_no_earlier_one_after_it() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let phone = enrol(&site, &mut admin).await;
    let earlier = phone.code(&site);
    site.clock.advance(STEP);
    let code = phone.code(&site);
    let mut first = half_open(&site, "admin").await;
    assert_eq!(give(&mut first, &code).await.status, CREATED);
    let mut second = half_open(&site, "admin").await;
    assert_eq!(give(&mut second, &code).await.status, INVALID, "used");
    assert_eq!(give(&mut second, &earlier).await.status, INVALID, "older than one that was used");
    site.clock.advance(STEP);
    assert_eq!(give(&mut second, &phone.code(&site)).await.status, CREATED);
}

#[tokio::test]
async fn the_code_that_confirmed_an_enrolment_does_not_sign_in() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let phone = Phone::new(&admin.post(OWN, json!({ "password": PASSWORD })).await.json());
    let code = phone.code(&site);
    assert_eq!(admin.put(OWN, json!({ "code": code })).await.status, OK);
    let mut visitor = half_open(&site, "admin").await;
    assert_eq!(give(&mut visitor, &code).await.status, INVALID);
}

#[tokio::test]
async fn of_two_at_the_same_time_one_code_lets_one_in() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let phone = enrol(&site, &mut admin).await;
    let code = phone.code(&site);
    let (mut one, mut two) = (half_open(&site, "admin").await, half_open(&site, "admin").await);
    let (first, second) = tokio::join!(give(&mut one, &code), give(&mut two, &code));
    let mut answers = [first.status, second.status];
    answers.sort();
    assert_eq!(answers, [CREATED, INVALID]);
}

#[tokio::test]
async fn the_second_step_waits_five_minutes_and_not_for_another_password() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let phone = enrol(&site, &mut admin).await;
    let mut late = half_open(&site, "admin").await;
    site.clock.advance(5 * MINUTE);
    let refused = give(&mut late, &phone.code(&site)).await;
    assert_eq!(refused.status, UNAUTHORIZED, "{}", refused.body);

    let mut thief = half_open(&site, "admin").await;
    assert_eq!(admin.change_password(PASSWORD, "another good password").await.status, StatusCode::NO_CONTENT);
    assert_eq!(give(&mut thief, &phone.code(&site)).await.status, UNAUTHORIZED, "the password was changed");
}

#[tokio::test]
async fn guessing_codes_is_limited_over_all_sessions_and_restarts() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let phone = enrol(&site, &mut admin).await;
    for n in 0..5 {
        let mut guesser = half_open(&site, "admin").await;
        guesser.address = ([10, 2, 0, n], 40_000).into();
        assert_eq!(give(&mut guesser, &phone.wrong(&site)).await.status, INVALID);
    }
    let mut guesser = half_open(&site, "admin").await;
    for _ in 0..2 {
        assert_eq!(
            give(&mut guesser, &phone.code(&site)).await.status,
            StatusCode::TOO_MANY_REQUESTS,
            "even the right"
        );
    }
    let recovery = give(&mut guesser, &phone.recovery[0]).await;
    assert_eq!(recovery.status, StatusCode::TOO_MANY_REQUESTS, "recovery codes are counted with them");
    let trail = outcomes(&mut admin, "session.second_step").await;
    assert_eq!(trail, ["failed", "failed", "failed", "failed", "failed", "refused"], "the refusal once");
    let site = site.restart().await;
    let mut again = half_open(&site, "admin").await;
    assert_eq!(give(&mut again, &phone.code(&site)).await.status, StatusCode::TOO_MANY_REQUESTS);
    site.clock.advance(15 * MINUTE);
    let mut again = half_open(&site, "admin").await;
    assert_eq!(give(&mut again, &phone.code(&site)).await.status, CREATED);
}

#[tokio::test]
async fn a_recovery_code_lets_in_once_however_it_is_typed() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let phone = enrol(&site, &mut admin).await;
    let typed = phone.recovery[3].to_uppercase().replace('-', " ");
    let mut visitor = half_open(&site, "admin").await;
    assert_eq!(give(&mut visitor, &typed).await.status, CREATED);
    assert_eq!(visitor.get(OWN).await.json()["recovery_codes_left"], 9);
    let mut again = half_open(&site, "admin").await;
    assert_eq!(give(&mut again, &phone.recovery[3]).await.status, INVALID, "used");
    assert_eq!(outcomes(&mut admin, "second_factor.use_recovery_code").await, ["ok"]);

    let proof = json!({ "password": PASSWORD, "code": phone.code(&site) });
    let renewed = admin.post(&format!("{OWN}/recovery-codes"), proof.clone()).await;
    assert_eq!(renewed.json()["codes"].as_array().map(Vec::len), Some(10), "{}", renewed.body);
    assert_eq!(admin.post(&format!("{OWN}/recovery-codes"), proof).await.status, INVALID, "the code was used");
    assert_eq!(give(&mut again, &phone.recovery[4]).await.status, INVALID, "the old ones are worth nothing");
    let new = renewed.json()["codes"][0].as_str().expect("a code").to_owned();
    assert_eq!(give(&mut again, &new).await.status, CREATED);
}

#[tokio::test]
async fn removing_it_takes_password_and_code() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let removal = format!("{OWN}/removal");
    assert_eq!(admin.post(&removal, json!({ "password": PASSWORD, "code": "123456" })).await.status, CONFLICT);
    let phone = enrol(&site, &mut admin).await;
    let code = phone.code(&site);
    let wrong = admin.post(&removal, json!({ "password": "a wrong password", "code": code })).await;
    assert_eq!((wrong.status, &wrong.json()["errors"][0]["field"]), (INVALID, &json!("password")));
    let wrong = admin.post(&removal, json!({ "password": PASSWORD, "code": phone.wrong(&site) })).await;
    assert_eq!((wrong.status, &wrong.json()["errors"][0]["field"]), (INVALID, &json!("code")));
    let right = admin.post(&removal, json!({ "password": PASSWORD, "code": code })).await;
    assert_eq!(right.status, StatusCode::NO_CONTENT, "{}", right.body);
    assert_eq!(site.visitor().sign_in("admin", PASSWORD).await.json()["username"], "admin");
    assert_eq!(outcomes(&mut admin, "second_factor.remove").await, ["failed", "failed", "ok"]);
    enrol(&site, &mut admin).await;
}

#[tokio::test]
async fn nobody_learns_without_the_password_who_has_one() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    enrol(&site, &mut admin).await;
    let mut visitor = site.visitor();
    let with = visitor.sign_in("admin", "a wrong password").await;
    let unknown = visitor.sign_in("nobody-here", "a wrong password").await;
    assert_eq!((with.status, unknown.status), (UNAUTHORIZED, UNAUTHORIZED));
    assert_eq!(with.json()["detail"], unknown.json()["detail"]);
    assert_eq!(give(&mut visitor, "123456").await.status, UNAUTHORIZED);
}
