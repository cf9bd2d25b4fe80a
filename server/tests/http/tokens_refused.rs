//! What tokens are refused: what is for people alone, wrong ones, and those that come where none is taken.

use http::{Method, StatusCode, header};
use serde_json::{Value, json};
use server::auth::tokens::PersonOnly;

use crate::{
    seed::{Estate, estate, token_form},
    support::{PASSWORD, Site, Visitor},
};

const OK: StatusCode = StatusCode::OK;
const UNAUTHORIZED: StatusCode = StatusCode::UNAUTHORIZED;
const FORBIDDEN: StatusCode = StatusCode::FORBIDDEN;

/// A tenant's owner, and a token of theirs that may do everything they may.
async fn world() -> (Site, Visitor, Estate, String) {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (tenant, mut owner) = site.tenant(&mut admin, "shop").await;
    let estate = estate(&site, &tenant, &mut owner, "shop").await;
    let all: Vec<&str> = app::model::Permission::ALL.iter().map(|p| p.as_str()).collect();
    let made = owner.post("/api/v1/tokens", token_form("all", &all, &[])).await;
    let token = made.json()["token"].as_str().expect("a token").to_owned();
    (site, owner, estate, token)
}

/// An account that would let somebody in who has the token.
fn newcomer() -> Value {
    json!({ "username": "mole", "display_name": "Mole", "password": PASSWORD, "roles": [{ "role": "viewer" }] })
}

#[tokio::test]
async fn what_is_for_people_alone_no_token_does() {
    let (site, mut owner, estate, token) = world().await;
    let me = owner.get("/api/v1/session").await.json()["id"].as_str().expect("an id").to_owned();
    let Estate { account, service, tokens, .. } = &estate;
    let form = || Some(token_form("more", &["app.read"], &[]));
    for doing in PersonOnly::ALL {
        // Of one account's refusals, ten a minute are written one by one.
        site.clock.advance(60_000);
        let attempts: Vec<(Method, String, Option<Value>)> = match doing {
            PersonOnly::SignIn => {
                let form = json!({ "username": "shop-owner", "password": PASSWORD });
                let follow = json!({ "token": "0".repeat(64) });
                let tenant = json!({ "name": "mole", "display_name": "Mole", "owner": newcomer() });
                vec![
                    (Method::POST, "/session".into(), Some(form)),
                    (Method::POST, "/links/follow".into(), Some(follow)),
                    (Method::POST, "/registration".into(), Some(json!({ "tenant": tenant }))),
                ]
            }
            PersonOnly::ListSessions => vec![(Method::GET, "/sessions".into(), None)],
            PersonOnly::EndSession => vec![
                (Method::DELETE, "/session".into(), None),
                (Method::DELETE, format!("/sessions/{}", estate.sessions[0]), None),
                (Method::DELETE, "/sessions?others=true".into(), None),
            ],
            PersonOnly::ChangeSecondFactor => {
                let form = json!({ "password": PASSWORD });
                vec![
                    (Method::GET, "/session/second-factor".into(), None),
                    (Method::POST, "/session/second-factor".into(), Some(form)),
                ]
            }
            PersonOnly::ResetSecondFactor => vec![(Method::DELETE, format!("/accounts/{account}/second-factor"), None)],
            PersonOnly::ChangeTenantSecurity => {
                let form = json!({ "second_factor_required": true });
                vec![(Method::PUT, format!("/tenants/{}/security", estate.tenant), Some(form))]
            }
            PersonOnly::ChangePassword => {
                let form = json!({ "current": PASSWORD, "new": "another good one", "repeat": "another good one" });
                vec![(Method::PUT, "/session/password".into(), Some(form))]
            }
            PersonOnly::ResetPassword => {
                let form = json!({ "password": "the very first password" });
                vec![(Method::PUT, format!("/accounts/{account}/password"), Some(form))]
            }
            PersonOnly::ChangeProfile => {
                let form = json!({ "display_name": "Mole", "email": "mole@example.org" });
                vec![(Method::PUT, format!("/accounts/{me}"), Some(form))]
            }
            PersonOnly::HandOver => {
                vec![(Method::POST, format!("/accounts/{account}/main?confirm=shop-member"), None)]
            }
            PersonOnly::ListTokens => vec![
                (Method::GET, "/tokens".into(), None),
                (Method::GET, "/tokens/choices".into(), None),
                (Method::GET, format!("/accounts/{service}/tokens"), None),
            ],
            PersonOnly::MakeToken => vec![
                (Method::POST, "/tokens".into(), form()),
                (Method::POST, format!("/accounts/{service}/tokens"), form()),
            ],
            PersonOnly::RevokeToken => vec![(Method::DELETE, format!("/tokens/{}", tokens[0]), None)],
            PersonOnly::MakeLink => vec![(Method::POST, "/links".into(), Some(json!({ "kind": "member" })))],
            PersonOnly::ChangeIdentityProvider => {
                let one = format!("/identity-providers/{}", estate.provider);
                vec![
                    (Method::POST, "/identity-providers".into(), Some(json!({}))),
                    (Method::PUT, one.clone(), Some(json!({}))),
                    (Method::POST, format!("{one}/check"), None),
                    (Method::DELETE, format!("{one}?confirm=shop-provider"), None),
                ]
            }
            PersonOnly::LinkIdentity => vec![
                (Method::GET, "/session/identities".into(), None),
                (Method::DELETE, format!("/session/identities/{}", estate.provider), None),
            ],
            PersonOnly::MakeAccount => vec![(Method::POST, "/accounts".into(), Some(newcomer()))],
            PersonOnly::MakeTenant => {
                let form = json!({ "name": "mole", "display_name": "Mole", "owner": newcomer() });
                vec![(Method::POST, "/tenants".into(), Some(form))]
            }
            PersonOnly::GiveRole => {
                let form = json!({ "role": "viewer", "scope": format!("tenant:{}", estate.tenant) });
                vec![(Method::POST, format!("/accounts/{account}/bindings"), Some(form))]
            }
            PersonOnly::MakeServiceAccount => {
                let form = json!({ "username": "more", "display_name": "More" });
                vec![(Method::POST, "/service-accounts".into(), Some(form))]
            }
        };
        for (method, path, body) in attempts {
            let reply = site.script(&token).ask(&method, &format!("/api/v1{path}"), body).await;
            assert_eq!(reply.status, FORBIDDEN, "{doing:?} {path}: {}", reply.body);
            assert!(reply.body.contains("No token may do this"), "{doing:?} {path}: {}", reply.body);
        }
        let trail = owner.get(&format!("/api/v1/audit?q={}", doing.action())).await.json();
        let refused =
            trail["rows"].as_array().expect("rows").iter().any(|r| r["outcome"] == "refused" && r["token"] == "all");
        assert!(refused, "{doing:?} is not in the trail: {trail}");
    }
    assert_eq!(owner.get("/api/v1/session").await.json()["display_name"], "Person shop-owner");
}

#[tokio::test]
async fn wrong_tokens_are_told_apart_and_limited_by_address() {
    let (site, mut owner, _, token) = world().await;
    let flipped = if token.ends_with('a') { 'b' } else { 'a' };
    let mistyped = format!("{}{flipped}", &token[..token.len() - 1]);
    for wrong in [mistyped.as_str(), "", "x", "lsp_", &token[..40]] {
        let reply = site.script(wrong).get("/api/v1/apps").await;
        assert_eq!(reply.status, UNAUTHORIZED, "{wrong}");
        assert!(reply.body.contains("mistyped"), "{}", reply.body);
        assert!(reply.challenge.is_some_and(|c| c.contains(r#"error="invalid_token""#)));
    }
    let listed = owner.get("/api/v1/tokens").await.json();
    owner.delete(&format!("/api/v1/tokens/{}", listed["rows"][0]["id"].as_str().expect("an id"))).await;
    let revoked = site.script(&token).get("/api/v1/apps").await;
    assert!(revoked.status == UNAUTHORIZED && revoked.body.contains("revoked"), "{}", revoked.body);

    let made = owner.post("/api/v1/tokens", token_form("good", &["app.read"], &[])).await;
    let good = made.json()["token"].as_str().expect("a token").to_owned();
    let mut last = OK;
    for _ in 0..100 {
        last = site.script(&token).get("/api/v1/apps").await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(site.script(&good).get("/api/v1/apps").await.status, OK, "a right one goes on");
    let elsewhere = Visitor { address: ([10, 0, 0, 2], 40_000).into(), ..site.script(&token) };
    assert_eq!(elsewhere.clone().get("/api/v1/apps").await.status, UNAUTHORIZED, "another address is another's");
    assert_eq!(site.visitor().sign_in("shop-owner", PASSWORD).await.status, StatusCode::CREATED, "nor is signing in");
}

#[tokio::test]
async fn one_credential_at_a_time_and_tokens_under_api_v1_alone() {
    let (site, owner, _, token) = world().await;
    let mut both = Visitor { token: Some(token.clone()), ..owner.clone() };
    let reply = both.get("/api/v1/apps").await;
    assert_eq!(reply.status, UNAUTHORIZED);
    assert!(reply.body.contains("Send one of them"), "{}", reply.body);
    assert!(reply.challenge.is_some_and(|c| c.contains(r#"error="invalid_request""#)));
    let nobody = site.visitor().get("/api/v1/apps").await;
    assert_eq!((nobody.status, nobody.challenge.as_deref()), (UNAUTHORIZED, Some(r#"Bearer realm="longshore""#)));

    // Another scheme is a proxy's.
    let basic = vec![(header::AUTHORIZATION, "Basic bHM6bHM=")];
    let mut behind_proxy = Visitor { headers: basic, ..owner.clone() };
    assert_eq!(behind_proxy.get("/api/v1/apps").await.status, OK);

    let mut script = site.script(&token);
    assert_eq!(script.submit("/api/apps/list_apps", "").await.status.as_u16() / 100, 4);
    let function = script.get("/api/accounts/list_accounts").await;
    assert_eq!(function.status, UNAUTHORIZED, "{}", function.body);
    let page = script.get("/settings/tokens").await;
    assert!(!page.body.contains("shop-owner"), "a page knows nobody by a token");
}

#[tokio::test]
async fn scripts_need_no_origin_and_browsers_elsewhere_are_refused() {
    let (site, owner, _, token) = world().await;
    let with = |headers: &[(header::HeaderName, &'static str)], visitor: Visitor| Visitor {
        headers: headers.to_vec(),
        ..visitor
    };
    let site_of = header::HeaderName::from_static("sec-fetch-site");
    let foreign = [(header::ORIGIN, "https://evil.test"), (site_of.clone(), "cross-site")];
    let template = || json!({ "name": "made", "description": "", "spec": crate::seed::spec("made") });
    for visitor in [site.script(&token), owner.clone()] {
        let read = with(&foreign, visitor.clone()).get("/api/v1/apps").await;
        let written = with(&foreign, visitor).post("/api/v1/templates", template()).await;
        assert_eq!((read.status, written.status), (FORBIDDEN, FORBIDDEN));
    }
    let plain = site.script(&token).post("/api/v1/templates", template()).await;
    assert_eq!(plain.status, StatusCode::CREATED, "{}", plain.body);
}

#[tokio::test]
async fn a_token_waits_while_a_password_has_to_be_changed() {
    let (site, mut owner, _, _) = world().await;
    let mut dev = site.colleague(&mut owner, "shop-dev", "developer").await;
    let made = dev.post("/api/v1/tokens", token_form("night", &["app.read"], &[])).await;
    let token = made.json()["token"].as_str().expect("a token").to_owned();
    let id = dev.get("/api/v1/session").await.json()["id"].as_str().expect("an id").to_owned();
    let form = json!({ "password": "the very first password" });
    owner.ask(&Method::PUT, &format!("/api/v1/accounts/{id}/password"), Some(form)).await;
    let waits = site.script(&token).get("/api/v1/apps").await;
    assert_eq!((waits.status, &waits.json()["kind"]), (FORBIDDEN, &json!("password_change_required")));
}
