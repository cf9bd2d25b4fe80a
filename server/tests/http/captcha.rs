//! After several failures only people may go on.

use app::i18n::Lang;
use http::StatusCode;
use serde_json::{Value, json};

use crate::support::{PASSWORD, Reply, Site, Visitor};

const MINUTE: i64 = 60_000;
const INVALID: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

async fn answer(visitor: &mut Visitor, username: &str, id: &str, answer: &str) -> Reply {
    let form = json!({ "username": username, "password": PASSWORD, "captcha_id": id, "captcha_answer": answer });
    visitor.post("/api/v1/session", form).await
}

/// The field that an answer names, if it names one.
fn field(reply: &Reply) -> Value {
    reply.json()["errors"][0]["field"].clone()
}

async fn fail(site: &Site, username: &str, last_octet: u8) -> Vec<Reply> {
    let mut visitor = site.visitor();
    let mut replies = Vec::new();
    for n in 0..3 {
        visitor.address = ([10, 1, n, last_octet], 40_000).into();
        replies.push(visitor.sign_in(username, "a wrong password").await);
    }
    replies
}

#[tokio::test]
async fn three_failures_of_a_name_ask_for_one_whether_the_name_exists_or_not() {
    let site = Site::start().await;
    site.admin().await;
    for (username, octet) in [("admin", 1), ("nobody-here", 2)] {
        let failures = fail(&site, username, octet).await;
        let asks: Vec<_> = failures.iter().map(field).collect();
        assert_eq!(asks, [Value::Null, Value::Null, json!("captcha_answer")], "the third says what the next needs");
        assert!(failures.iter().all(|f| f.status == StatusCode::UNAUTHORIZED));
        let mut elsewhere = site.visitor();
        elsewhere.address = ([10, 9, 9, octet], 40_000).into();
        let refused = elsewhere.sign_in(username, PASSWORD).await;
        assert_eq!((refused.status, field(&refused)), (INVALID, json!("captcha_answer")), "{}", refused.body);
        // What is refused for it does not count, so that nobody is locked out without a person's work.
        for _ in 0..20 {
            assert_eq!(elsewhere.sign_in(username, PASSWORD).await.status, INVALID);
        }
        let by_hand = site.sign_in_by_hand(&mut elsewhere, username, PASSWORD).await;
        let expected = if username == "admin" { StatusCode::CREATED } else { StatusCode::UNAUTHORIZED };
        assert_eq!(by_hand.status, expected, "{}", by_hand.body);
    }
    let mut again = site.visitor();
    assert_eq!(again.sign_in("admin", PASSWORD).await.status, StatusCode::CREATED, "the name starts anew");
}

#[tokio::test]
async fn twenty_failures_from_an_address_ask_for_one_whatever_the_name() {
    let site = Site::start().await;
    site.admin().await;
    let mut visitor = site.visitor();
    for n in 0..20 {
        assert_eq!(visitor.sign_in("admin", PASSWORD).await.status, StatusCode::CREATED, "an office is one address");
        let failed = visitor.sign_in(&format!("name-{n}"), "a wrong password").await;
        let asks = if n == 19 { json!("captcha_answer") } else { Value::Null };
        assert_eq!((failed.status, field(&failed)), (StatusCode::UNAUTHORIZED, asks), "{n}");
    }
    let refused = visitor.sign_in("admin", PASSWORD).await;
    assert_eq!((refused.status, field(&refused)), (INVALID, json!("captcha_answer")));
    let mut elsewhere = site.visitor();
    elsewhere.address = ([10, 0, 0, 2], 40_000).into();
    assert_eq!(elsewhere.sign_in("admin", PASSWORD).await.status, StatusCode::CREATED);
    site.clock.advance(15 * MINUTE);
    assert_eq!(visitor.sign_in("admin", PASSWORD).await.status, StatusCode::CREATED, "the window is over");
}

#[tokio::test]
async fn an_answer_is_good_once_in_time_and_in_any_letters() {
    let site = Site::start().await;
    site.admin().await;
    fail(&site, "admin", 1).await;
    let mut visitor = site.visitor();

    let (id, question) = site.captcha(&mut visitor).await;
    let (letters, digits) = question.answers();
    let wrong = answer(&mut visitor, "admin", &id, "AAAAA").await;
    assert_eq!((wrong.status, field(&wrong)), (INVALID, json!("captcha_answer")));
    assert_eq!(answer(&mut visitor, "admin", &id, letters).await.status, INVALID, "a wrong answer uses it up");
    assert_eq!(answer(&mut visitor, "admin", "not-an-id", digits).await.status, INVALID);

    let (id, question) = site.captcha(&mut visitor).await;
    site.clock.advance(5 * MINUTE);
    assert_eq!(answer(&mut visitor, "admin", &id, question.answers().0).await.status, INVALID, "too late");

    let (id, question) = site.captcha(&mut visitor).await;
    let lower = question.answers().0.to_lowercase();
    assert_eq!(answer(&mut visitor, "nobody-here", &id, &lower).await.status, StatusCode::UNAUTHORIZED, "it is right");
    assert_eq!(answer(&mut visitor, "admin", &id, &lower).await.status, INVALID, "a right answer is used up, too");

    let (id, question) = site.captcha(&mut visitor).await;
    let heard = answer(&mut visitor, "admin", &id, question.answers().1).await;
    assert_eq!(heard.status, StatusCode::CREATED, "what is heard is as good as what is read: {}", heard.body);
}

#[tokio::test]
async fn picture_and_sound_are_there_for_its_time_and_tell_no_answer() {
    let site = Site::start().await;
    let mut visitor = site.visitor();
    let (id, question) = site.captcha(&mut visitor).await;
    let (picture, sound) = (format!("/api/v1/session/captcha/{id}.png"), format!("/api/v1/session/captcha/{id}.wav"));
    for path in [&picture, &sound] {
        let reply = visitor.get(path).await;
        assert_eq!(reply.status, StatusCode::OK);
        let (letters, digits) = question.answers();
        assert!(!reply.body.contains(letters) && !reply.body.contains(digits));
    }
    assert!(visitor.get(&picture).await.body.contains("PNG"));
    assert!(visitor.get(&sound).await.body.starts_with("RIFF"));
    assert_ne!(question.sound(Lang::En), question.sound(Lang::Zh));
    assert_eq!(visitor.get(&format!("/api/v1/session/captcha/{id}.svg")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(visitor.get("/api/v1/session/captcha/..%2F..%2Fetc.png").await.status, StatusCode::NOT_FOUND);
    site.clock.advance(5 * MINUTE);
    assert_eq!(visitor.get(&picture).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_caller_has_no_more_than_twenty_open() {
    let site = Site::start().await;
    let (mut visitor, mut other) = (site.visitor(), site.visitor());
    other.address = ([10, 0, 0, 2], 40_000).into();
    let (others, _) = site.captcha(&mut other).await;
    let mut ids = Vec::new();
    for _ in 0..21 {
        ids.push(site.captcha(&mut visitor).await.0);
        site.clock.advance(1);
    }
    let mut there = Vec::new();
    for id in ids.iter().chain([&others]) {
        there.push(visitor.get(&format!("/api/v1/session/captcha/{id}.png")).await.status == StatusCode::OK);
    }
    assert!(!there[0], "the oldest gave way");
    assert!(there[1..].iter().all(|there| *there), "and no other, nor anybody else's");
}

#[tokio::test]
async fn a_page_without_script_shows_it() {
    let site = Site::start().await;
    let mut visitor = site.visitor();
    assert!(!visitor.get("/sign-in").await.body.contains("captcha"));
    for _ in 0..3 {
        visitor.sign_in("admin", "a wrong password").await;
    }
    let refused = visitor.sign_in("admin", "a wrong password").await;
    assert_eq!(refused.status, INVALID);
    let page =
        visitor.page_after("/api/session/sign_in", "form[username]=admin&form[password]=wrong", "/sign-in").await;
    assert!(page.body.contains("form[captcha_answer]") && page.body.contains(".png"), "{}", page.body);
    assert!(page.body.contains(".wav") && page.body.contains("form[captcha_id]"), "{}", page.body);
}
