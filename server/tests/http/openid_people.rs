//! Whoever comes by an identity provider: which account is theirs, what it may do, and how they link and unlink it.

use futures::future::join_all;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    audit_changes::sides,
    issuer::CLIENT,
    openid::{problem, world},
    second_factor::{enrol, give, is_signed_in},
    support::{PASSWORD, Visitor},
};

const IDENTITIES: &str = "/api/v1/session/identities";
const CONFLICT: StatusCode = StatusCode::CONFLICT;
const NO_CONTENT: StatusCode = StatusCode::NO_CONTENT;

fn rule(value: &str, role: &str) -> Value {
    json!({ "claim": "groups", "value": value, "role": role })
}

/// The roles of an account: role, who gave it, whether a provider did.
async fn roles(who: &mut Visitor, id: &Value) -> Vec<(String, String, bool)> {
    let detail = who.get(&format!("/api/v1/accounts/{}", id.as_str().expect("an id"))).await.json();
    let bindings = detail["bindings"].as_array().expect("bindings").clone();
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let mut roles: Vec<_> =
        bindings.iter().map(|b| (text(&b["role"]), text(&b["actor_name"]), b["from_provider"] == true)).collect();
    roles.sort();
    roles
}

fn given(role: &str) -> (String, String, bool) {
    (role.to_owned(), "acme".to_owned(), true)
}

#[tokio::test]
async fn people_are_known_by_their_subject_alone() {
    let world = world(json!({})).await;
    let (_, ada) = world.signed_in(json!({ "sub": "1", "preferred_username": "ada", "email": "ada@x.example" })).await;
    let (_, renamed) =
        world.signed_in(json!({ "sub": "1", "preferred_username": "bo", "email": "bo@x.example" })).await;
    assert_eq!((&ada["id"], &renamed["username"]), (&renamed["id"], &json!("ada")));
    let (_, other) =
        world.signed_in(json!({ "sub": "2", "preferred_username": "ada", "email": "ada@x.example" })).await;
    assert_eq!((other["id"] == ada["id"], &other["username"]), (false, &json!("ada-2")));
    // Nobody takes an account over by being called as its owner is.
    let (_, owner) = world.signed_in(json!({ "sub": "3", "preferred_username": "shop-owner" })).await;
    assert_eq!((&owner["username"], &owner["main"]), (&json!("shop-owner-2"), &json!(false)));
    let (_, foreign) = world.signed_in(json!({ "sub": "4", "name": "港口" })).await;
    assert_eq!((&foreign["username"], &foreign["display_name"]), (&json!("member"), &json!("港口")));
    assert_eq!(foreign["roles"], json!([]));
}

#[tokio::test]
async fn nobody_is_let_in_who_has_no_account_and_gets_none() {
    let mut world = world(json!({ "creates_accounts": false })).await;
    let (mut visitor, reply) = world.sign_in(json!({ "sub": "1", "preferred_username": "shop-owner" })).await;
    assert_eq!((problem(&reply).as_str(), is_signed_in(&mut visitor).await), ("no_account", false));
    let accounts = world.owner.get("/api/v1/accounts").await.json()["rows"].clone();
    assert_eq!(accounts.as_array().expect("a list").len(), 1);
}

#[tokio::test]
async fn roles_follow_the_claims_at_each_sign_in() {
    let rules = [rule("devs", "developer"), rule("ops", "operator")];
    let mut world = world(json!({ "rules": rules, "default_roles": ["viewer"] })).await;
    let claims = |groups: &[&str]| json!({ "sub": "1", "preferred_username": "ada", "groups": groups });
    let (mut ada, viewer) = world.signed_in(claims(&["devs", "ops"])).await;
    let id = viewer["id"].clone();
    let all = [given("developer"), given("operator"), given("viewer")];
    assert_eq!(roles(&mut world.owner, &id).await, all);
    let by_hand = json!({ "role": "administrator", "scope": format!("tenant/{}", world.tenant) });
    let path = format!("/api/v1/accounts/{}/bindings", id.as_str().expect("an id"));
    assert_eq!(world.owner.post(&path, by_hand).await.status, StatusCode::CREATED);

    let (_, viewer) = world.signed_in(claims(&["ops"])).await;
    assert!(viewer["permissions"].to_string().contains("namespace.manage"));
    let hand = ("administrator".to_owned(), "shop-owner".to_owned(), false);
    assert_eq!(roles(&mut world.owner, &id).await, [hand.clone(), given("operator"), given("viewer")]);
    assert!(is_signed_in(&mut ada).await, "the other session goes on, with the rights of now");
    // The rules change, and with them everybody's roles at their next sign-in.
    let form = json!({ "name": "Acme", "client_id": CLIENT, "rules": [rule("ops", "administrator")] });
    assert!(world.admin.put(&world.provider, form).await.status.is_success());
    world.signed_in(claims(&["ops"])).await;
    assert_eq!(roles(&mut world.owner, &id).await, std::slice::from_ref(&hand), "what is there by hand stays by hand");
    let trail = world.owner.get("/api/v1/audit?limit=200&q=access.follow_claims").await.json();
    let entry = trail["rows"].as_array().expect("rows")[0]["sequence"].clone();
    let entry = world.owner.get(&format!("/api/v1/audit/{entry}")).await.body;
    assert!(entry.contains("acme") && entry.contains("operator"), "{entry}");
    assert!(trail["rows"].as_array().expect("rows").len() == 3, "and nothing when nothing has changed: {trail}");
}

#[tokio::test]
async fn rules_that_were_kept_never_reach_beyond_a_tenant() {
    let world = world(json!({ "default_roles": ["viewer"] })).await;
    // As a version with another check might have kept them.
    let rules =
        r#"[["sub","1","platform_admin"],["sub","1","owner"],["sub","1","018bcfe5-6800-7000-8000-000000000001"]]"#;
    world.site.sql(&format!("UPDATE identity_providers SET rules = '{rules}'")).await;
    let (_, viewer) = world.signed_in(json!({ "sub": "1" })).await;
    assert_eq!(viewer["roles"][0]["en"], "Viewer");
    assert_eq!((viewer["roles"].as_array().expect("a list").len(), &viewer["main"]), (1, &json!(false)));
}

#[tokio::test]
async fn who_may_not_sign_in_may_not_by_a_provider() {
    let mut world = world(json!({})).await;
    let (mut ada, viewer) = world.signed_in(json!({ "sub": "1" })).await;
    let account = format!("/api/v1/accounts/{}/disabled", viewer["id"].as_str().expect("an id"));
    assert!(world.owner.ask(&Method::PUT, &account, None).await.status.is_success());
    assert!(!is_signed_in(&mut ada).await);
    assert_eq!(problem(&world.sign_in(json!({ "sub": "1" })).await.1), "disabled");
    assert!(world.owner.delete(&account).await.status.is_success());
    let tenant = format!("/api/v1/tenants/{}/suspended", world.tenant);
    assert!(world.admin.put(&tenant, json!({ "reason": "Unpaid" })).await.status.is_success());
    for subject in ["1", "a new one"] {
        assert_eq!(problem(&world.sign_in(json!({ "sub": subject })).await.1), "suspended", "{subject}");
    }
    assert!(world.admin.delete(&tenant).await.status.is_success());
    world.signed_in(json!({ "sub": "1" })).await;
}

#[tokio::test]
async fn our_second_factor_is_asked_unless_the_provider_has_asked_for_one() {
    let mut world = world(json!({ "default_roles": ["viewer"] })).await;
    let required = json!({ "second_factor_required": true });
    let path = format!("/api/v1/tenants/{}/security", world.tenant);
    assert!(world.owner.put(&path, required).await.status.is_success());
    let (mut weak, reply) = world.sign_in(json!({ "sub": "1", "amr": ["pwd"] })).await;
    assert_eq!(reply.location.as_deref(), Some("/second-factor"), "the tenant asks for one");
    assert_eq!(weak.get("/api/v1/apps").await.json()["kind"], "second_factor_required");
    let (mut strong, viewer) = world.signed_in(json!({ "sub": "1", "amr": ["pwd", "otp"] })).await;
    assert_eq!(viewer["must_add_second_factor"], false);
    assert_eq!(strong.get("/api/v1/apps").await.status, StatusCode::OK);
    assert_eq!(weak.get("/api/v1/apps").await.status, StatusCode::FORBIDDEN, "each session by itself");

    // Somebody who has one here.
    let id = viewer["id"].as_str().expect("an id").to_owned();
    let first = json!({ "password": "the very first password" });
    let free = json!({ "second_factor_required": false });
    assert!(world.admin.put(&path, free).await.status.is_success());
    assert!(world.admin.put(&format!("/api/v1/accounts/{id}/password"), first).await.status.is_success());
    let username = viewer["username"].as_str().expect("a name").to_owned();
    let mut member = world.site.member(&username, "the very first password").await;
    let phone = enrol(&world.site, &mut member).await;
    world.issuer.conduct().now = world.site.parts.clock.now() / 1000;
    let (mut half, reply) = world.sign_in(json!({ "sub": "1", "amr": ["pwd"] })).await;
    assert_eq!(reply.location.as_deref(), Some("/sign-in/code"));
    assert!(!is_signed_in(&mut half).await);
    assert_eq!(give(&mut half, &phone.wrong(&world.site)).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(give(&mut half, &phone.code(&world.site)).await.status, StatusCode::CREATED);
    assert!(is_signed_in(&mut half).await);
    world.signed_in(json!({ "sub": "1", "amr": ["mfa"] })).await;
    assert!(world.admin.delete(&format!("{}?confirm=acme", world.provider)).await.status.is_success());
    assert!(!is_signed_in(&mut half).await, "the second step does not make it a session of its own");
    assert!(is_signed_in(&mut member).await);
}

#[tokio::test]
async fn an_account_is_linked_by_whoever_is_signed_in_and_fresh() {
    let mut world = world(json!({ "creates_accounts": false, "default_roles": ["viewer"] })).await;
    let mut dev = world.site.colleague(&mut world.owner, "shop-dev", "developer").await;
    let own = dev.get(IDENTITIES).await.json();
    assert_eq!((&own["offered"], &own["fresh"]), (&json!([["acme", "Provider acme"]]), &json!(true)));
    let begin = |who: &Visitor| {
        let mut who = who.clone();
        async move {
            let reply = who.submit("/settings/identities/link", "provider=acme").await;
            (who, reply)
        }
    };
    // The address stands in a page, since browsers follow no form to another site.
    let address = |body: &str| {
        let from = body.split("url=").nth(1).expect("an address");
        from.split('"').next().expect("an address").replace("&amp;", "&")
    };
    world.issuer.is_good(json!({ "sub": "dev" }));
    let (mut dev, page) = begin(&dev).await;
    let back = world.back(&address(&page.body));
    let mut owner = Visitor { begun: dev.begun.clone(), ..world.owner.clone() };
    assert_eq!(problem(&owner.get(&back).await), "state", "in another's session");
    let (mut dev2, page) = begin(&dev).await;
    let back = world.back(&address(&page.body));
    assert_eq!(dev2.get(&back).await.location.as_deref(), Some("/settings/identities"));
    let (_, viewer) = world.signed_in(json!({ "sub": "dev" })).await;
    assert_eq!(viewer["username"], "shop-dev");

    // Somebody else's, or a second one, is not taken.
    let (mut boss, page) = begin(&world.owner).await;
    let back = world.back(&address(&page.body));
    assert_eq!(problem(&boss.get(&back).await), "taken");
    let (_, mut banker) = world.site.tenant(&mut world.admin, "bank").await;
    let (_, page) = begin(&banker).await;
    assert!(page.body.contains("/settings/identities?problem=gone"), "another tenant's: {}", page.body);
    assert_eq!(banker.get(IDENTITIES).await.json()["offered"], json!([]));
    let (_, page) = begin(&world.site.visitor()).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    world.site.clock.advance(10 * 60 * 1000);
    let (_, page) = begin(&world.owner).await;
    assert!(page.body.contains("/settings/identities?problem=stale"), "{}", page.body);

    // Unlinked, with what came from it.
    let id = viewer["id"].clone();
    assert!(roles(&mut world.owner, &id).await.contains(&given("viewer")));
    let linked = dev.get(IDENTITIES).await.json()["linked"][0].clone();
    assert_eq!(linked["only_way"], false);
    let path = format!("{IDENTITIES}/{}", linked["id"].as_str().expect("an id"));
    assert_eq!(owner.delete(&path).await.status, StatusCode::NOT_FOUND, "another's");
    assert_eq!(dev.delete(&path).await.status, NO_CONTENT);
    assert_eq!(roles(&mut world.owner, &id).await, [("developer".to_owned(), "shop-owner".to_owned(), false)]);
    world.issuer.conduct().now = world.site.parts.clock.now() / 1000;
    assert_eq!(problem(&world.sign_in(json!({ "sub": "dev" })).await.1), "no_account");
    assert!(is_signed_in(&mut dev).await, "the password's session goes on");
    let trail = world.owner.get("/api/v1/audit?limit=200&q=identity.").await.body;
    assert!(trail.contains("identity.link") && trail.contains("identity.unlink"), "{trail}");
    let known = |roles: &[&str]| json!({ "provider": "acme", "roles": roles });
    assert_eq!(sides(&mut world.owner, "identity.link").await, (Value::Null, known(&[])));
    assert_eq!(sides(&mut world.owner, "identity.unlink").await, (known(&["viewer"]), Value::Null));
}

#[tokio::test]
async fn the_only_way_in_is_not_cut_off() {
    let mut world = world(json!({})).await;
    let (mut ada, viewer) = world.signed_in(json!({ "sub": "1", "preferred_username": "ada" })).await;
    let linked = ada.get(IDENTITIES).await.json()["linked"][0].clone();
    assert_eq!(linked["only_way"], true);
    let path = format!("{IDENTITIES}/{}", linked["id"].as_str().expect("an id"));
    let refused = ada.delete(&path).await;
    assert!(refused.status == CONFLICT && refused.body.contains("only way in"), "{}", refused.body);
    assert_eq!(world.site.visitor().sign_in("ada", PASSWORD).await.status, StatusCode::UNAUTHORIZED);
    let id = viewer["id"].as_str().expect("an id");
    world.owner.put(&format!("/api/v1/accounts/{id}/password"), json!({ "password": "the very first password" })).await;
    let mut ada = world.site.member("ada", "the very first password").await;
    assert_eq!(ada.get(IDENTITIES).await.json()["linked"][0]["only_way"], false);
    assert_eq!(ada.delete(&path).await.status, NO_CONTENT);
}

#[tokio::test]
async fn a_tenant_goes_with_its_providers() {
    let mut world = world(json!({})).await;
    let tenant = format!("/api/v1/tenants/{}?confirm=shop", world.tenant);
    let deleted = world.admin.delete(&tenant).await;
    assert_eq!(deleted.status, StatusCode::ACCEPTED, "{}", deleted.body);
    assert_eq!(problem(&world.sign_in(json!({ "sub": "new" })).await.1), "suspended");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_those_who_come_at_once_all_have_one_account_and_an_answer_counts_once() {
    let world = world(json!({ "default_roles": ["viewer"] })).await;
    let beside = world.site.beside().await;
    world.issuer.is_good(json!({ "sub": "1", "preferred_username": "ada" }));
    let mut comers = Vec::new();
    for n in 0..6 {
        let router = if n % 2 == 0 { &world.site.router } else { &beside.router };
        let mut visitor = Visitor { router: router.clone(), ..world.site.visitor() };
        let back = world.agreed(&mut visitor, "/").await;
        comers.push((visitor, back));
    }
    let come = |(mut visitor, back): (Visitor, String)| async move {
        let reply = visitor.get(&back).await;
        (reply.location.unwrap_or_default(), visitor.get("/api/v1/session").await.json()["username"].clone())
    };
    for came in join_all(comers.into_iter().map(|comer| tokio::spawn(come(comer)))).await {
        assert_eq!(came.expect("no panic"), ("/".to_owned(), json!("ada")));
    }
    let mut visitor = world.site.visitor();
    let back = world.agreed(&mut visitor, "/").await;
    let same = (0..6).map(|_| tokio::spawn(come((visitor.clone(), back.clone()))));
    let came = join_all(same).await;
    let good = came.iter().filter(|c| c.as_ref().is_ok_and(|(to, _)| to == "/")).count();
    assert_eq!(good, 1, "{came:?}");
}

#[tokio::test]
async fn the_last_who_administers_the_platform_keeps_a_way_in() {
    let mut world = world(json!({})).await;
    let claims = || json!({ "sub": "1", "preferred_username": "ada" });
    let (_, viewer) = world.signed_in(claims()).await;
    // As if the provider were the platform's, and whom it has brought.
    world.site.sql("UPDATE identity_providers SET tenant_id = NULL").await;
    world.site.sql("UPDATE accounts SET tenant_id = NULL WHERE username = 'ada'").await;
    let bindings = format!("/api/v1/accounts/{}/bindings", viewer["id"].as_str().expect("an id"));
    let given = world.admin.post(&bindings, json!({ "role": "platform_admin", "scope": "platform" })).await;
    assert_eq!(given.status, StatusCode::CREATED, "{}", given.body);
    let (mut ada, _) = world.signed_in(claims()).await;
    let me = world.admin.get("/api/v1/session").await.json()["id"].clone();
    let first = format!("/api/v1/accounts/{}/disabled", me.as_str().expect("an id"));
    let out = ada.put(&first, json!({})).await;
    assert_eq!(out.status, StatusCode::OK, "one is left, who comes in by the provider: {}", out.body);
    let off = || json!({ "name": "Acme", "client_id": CLIENT, "disabled": true });
    for refused in
        [ada.put(&world.provider, off()).await, ada.delete(&format!("{}?confirm=acme", world.provider)).await]
    {
        assert_eq!(refused.status, CONFLICT, "{}", refused.body);
        assert!(refused.body.contains("would be left to administer the platform"), "{}", refused.body);
    }
    assert_eq!(ada.delete(&first).await.status, StatusCode::OK);
    let off = ada.put(&world.provider, off()).await;
    assert!(off.status.is_success(), "the other has a password: {}", off.body);
}
