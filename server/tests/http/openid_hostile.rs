//! Providers that lie, or are not well: what they say is not believed, nobody is signed in, and the browser ends up at a
//! page that says so.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    issuer::{Conduct, query},
    openid::{World, problem, world},
    second_factor::is_signed_in,
    support::Visitor,
};

/// One sign-in while the issuer does this; why it failed, and nothing when it did not.
async fn tried(world: &World, change: impl FnOnce(&mut Conduct)) -> (Visitor, String) {
    world.issuer.is_good(json!({ "sub": "ada" }));
    change(&mut world.issuer.conduct());
    let mut visitor = world.site.visitor();
    let back = world.agreed(&mut visitor, "/").await;
    let reply = visitor.get(&back).await;
    if reply.location.as_deref() == Some("/") {
        return (visitor, String::new());
    }
    (visitor, problem(&reply))
}

fn claims(values: Value) -> impl FnOnce(&mut Conduct) {
    move |conduct| conduct.claims = values.as_object().cloned().expect("an object")
}

#[tokio::test]
async fn a_token_that_fails_a_check_signs_nobody_in() {
    let mut world = world(json!({})).await;
    let now = world.site.parts.clock.now() / 1000;
    for (values, check) in [
        (json!({ "nonce": "another" }), "nonce"),
        (json!({ "nonce": null }), "nonce"),
        (json!({ "aud": ["another"] }), "audience"),
        (json!({ "aud": ["longshore", "another"] }), "audience"),
        (json!({ "iss": "https://other.example" }), "issuer"),
        (json!({ "exp": now - 61 }), "times"),
        (json!({ "iat": now + 120, "exp": now + 900 }), "times"),
        (json!({ "sub": "" }), "subject"),
        (json!({ "sub": "x".repeat(256) }), "subject"),
        (json!({ "at_hash": "AAAAAAAAAAAAAAAAAAAAAA" }), "access token"),
    ] {
        let (mut visitor, why) = tried(&world, claims(values.clone())).await;
        assert_eq!((why.as_str(), is_signed_in(&mut visitor).await), ("untrusted", false), "{values}");
        let trail = world.admin.get("/api/v1/audit?limit=1&q=identity_provider/acme").await.body;
        assert!(trail.contains(check), "{check}: {trail}");
    }
    for alg in ["none", "HS256"] {
        let (mut visitor, why) = tried(&world, |conduct| conduct.alg = alg).await;
        assert_eq!((why.as_str(), is_signed_in(&mut visitor).await), ("untrusted", false), "{alg}");
    }
    let (mut visitor, why) = tried(&world, |conduct| conduct.forged = true).await;
    assert_eq!((why.as_str(), is_signed_in(&mut visitor).await), ("untrusted", false));
    let (_, why) = tried(&world, |conduct| drop(conduct.userinfo.insert("sub".into(), json!("bo")))).await;
    assert_eq!(why, "untrusted", "claims of somebody else");
    let trail = world.admin.get("/api/v1/audit?limit=200").await.body;
    for secret in ["secret-code", "eyJ", "an-access-token", crate::issuer::SECRET] {
        assert!(!trail.contains(secret), "{secret} is in the trail");
    }
}

#[tokio::test]
async fn keys_are_kept_for_a_while_and_fetched_again_for_a_token_with_a_new_one() {
    let world = world(json!({})).await;
    assert_eq!(tried(&world, |_| {}).await.1, "");
    let fetches = world.issuer.conduct().key_fetches;
    assert_eq!(tried(&world, |_| {}).await.1, "");
    assert_eq!(world.issuer.conduct().key_fetches, fetches, "they are kept");
    world.site.clock.advance(6_000);
    assert_eq!(tried(&world, |conduct| conduct.kid = "two".into()).await.1, "", "new keys are taken up");
    assert_eq!(world.issuer.conduct().key_fetches, fetches + 1);
    world.site.clock.advance(6_000);
    let (_, why) = tried(&world, |conduct| conduct.token_kid = Some("three".into())).await;
    assert_eq!((why.as_str(), world.issuer.conduct().key_fetches), ("untrusted", fetches + 2), "once for a token");
    let (_, why) = tried(&world, |conduct| conduct.token_kid = Some("four".into())).await;
    assert_eq!((why.as_str(), world.issuer.conduct().key_fetches), ("untrusted", fetches + 2), "and not at once again");
    world.site.clock.advance(11 * 60 * 1000);
    world.issuer.conduct().now = world.site.parts.clock.now() / 1000;
    assert_eq!(tried(&world, |_| {}).await.1, "");
    assert_eq!(world.issuer.conduct().key_fetches, fetches + 3, "and not believed for ever");
}

#[tokio::test]
async fn a_provider_that_is_not_well_is_said_to_be_so() {
    let world = world(json!({})).await;
    for (told, change) in [
        ("slow", Box::new(|c: &mut Conduct| c.slow = Duration::from_millis(1_500)) as Box<dyn FnOnce(&mut Conduct)>),
        ("refused", Box::new(|c| c.refuses = Some((400, json!({ "error": "invalid_grant" }))))),
        ("untrusted", Box::new(|c| c.refuses = Some((500, json!("<script>"))))),
        ("untrusted", Box::new(|c| c.refuses = Some((200, json!({ "access_token": "x", "token_type": "Bearer" }))))),
        ("untrusted", Box::new(|c| c.refuses = Some((200, json!({ "x": "y".repeat(300_000) }))))),
        ("untrusted", Box::new(|c| c.redirects = true)),
    ] {
        let (mut visitor, why) = tried(&world, change).await;
        assert_eq!((why.as_str(), is_signed_in(&mut visitor).await), (told, false));
    }
    world.site.clock.advance(11 * 60 * 1000);
    world.issuer.is_good(json!({}));
    let mut visitor = world.site.visitor();
    let begun = |visitor: &Visitor| {
        let mut visitor = visitor.clone();
        async move { visitor.get("/sign-in/with/acme").await }
    };
    for (told, keys) in [("untrusted", "x".repeat(300_000)), ("untrusted", "{\"keys\":[]}".to_owned())] {
        world.issuer.conduct().keys = Some(keys);
        let reply = begun(&visitor).await;
        assert_eq!(problem(&reply), told);
        world.site.clock.advance(6_000);
    }
    let reply = visitor.get("/sign-in?problem=slow&provider=acme").await;
    assert!(reply.status == StatusCode::OK && reply.body.contains("in time"), "{}", reply.body);
}

#[tokio::test]
async fn an_answer_says_from_whom_it_is() {
    let world = world(json!({})).await;
    for (iss, told) in [(Some("https://other.example"), "untrusted"), (None, "untrusted"), (Some(""), "untrusted")] {
        let mut visitor = world.site.visitor();
        let back = world.agreed(&mut visitor, "/").await;
        let (code, state) = (&query(&back)["code"], &query(&back)["state"]);
        let iss = iss.map(|iss| format!("&iss={iss}")).unwrap_or_default();
        let reply = visitor.get(&format!("/sign-in/with/acme/callback?code={code}&state={state}{iss}")).await;
        assert_eq!((problem(&reply).as_str(), is_signed_in(&mut visitor).await), (told, false), "{iss}");
    }
    // One that does not say so need not.
    world.site.clock.advance(11 * 60 * 1000);
    world.issuer.is_good(json!({}));
    world.issuer.conduct().now = world.site.parts.clock.now() / 1000;
    let silent = json!({ "authorization_response_iss_parameter_supported": false });
    world.issuer.conduct().document = silent.as_object().cloned().expect("an object");
    let mut visitor = world.site.visitor();
    let back = world.agreed(&mut visitor, "/").await;
    let without = back.split("&iss=").next().expect("a path").to_owned();
    assert_eq!(visitor.get(&without).await.location.as_deref(), Some("/"));
}
