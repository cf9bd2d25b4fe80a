//! The way to an identity provider and back: what is bound to the browser that began, and what ends it.

use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    identity_providers::{form, make, with},
    issuer::{Issuer, query},
    second_factor::is_signed_in,
    support::{Reply, Site, Visitor},
};

const FOUND: StatusCode = StatusCode::SEE_OTHER;

/// A tenant with a provider of the name `acme`.
pub struct World {
    pub site: Site,
    pub issuer: Issuer,
    pub admin: Visitor,
    pub owner: Visitor,
    pub tenant: String,
    /// The provider's address in the API.
    pub provider: String,
}

/// With these values of the provider's form.
pub async fn world(values: Value) -> World {
    let site = Site::start().await;
    let issuer = Issuer::start(site.parts.clock.now()).await;
    let mut admin = site.admin().await;
    let (tenant, owner) = site.tenant(&mut admin, "shop").await;
    let provider = make(&mut admin, with(form(&issuer, &tenant, "acme"), values)).await;
    World { site, issuer, admin, owner, tenant, provider }
}

impl World {
    /// Begins to sign in, and agrees at the provider. Answers the address by which one comes back.
    pub async fn agreed(&self, visitor: &mut Visitor, next: &str) -> String {
        let begun = visitor.get(&format!("/sign-in/with/acme?next={next}")).await;
        assert_eq!(begun.status, FOUND, "{}", begun.body);
        let address = begun.location.expect("the provider's address");
        assert!(address.starts_with(&format!("{}/auth?", self.issuer.url)), "{address}");
        self.back(&address)
    }

    /// The address by which one comes back from the provider's address.
    pub fn back(&self, address: &str) -> String {
        let (code, state) = self.issuer.agree(address);
        let iss: String = form_urlencoded::byte_serialize(self.issuer.url.as_bytes()).collect();
        format!("/sign-in/with/acme/callback?code={code}&state={state}&iss={iss}")
    }

    /// Signs in as whoever has these claims.
    pub async fn sign_in(&self, claims: Value) -> (Visitor, Reply) {
        self.issuer.is_good(claims);
        let mut visitor = self.site.visitor();
        let back = self.agreed(&mut visitor, "/").await;
        let reply = visitor.get(&back).await;
        assert_eq!(reply.status, FOUND, "{}", reply.body);
        (visitor, reply)
    }

    /// The same, which must succeed.
    pub async fn signed_in(&self, claims: Value) -> (Visitor, Value) {
        let (mut visitor, reply) = self.sign_in(claims).await;
        assert_eq!(reply.location.as_deref(), Some("/"));
        let viewer = visitor.get("/api/v1/session").await;
        assert_eq!(viewer.status, StatusCode::OK, "{}", viewer.body);
        (visitor, viewer.json())
    }
}

/// Why somebody was sent back to the sign-in page.
pub fn problem(reply: &Reply) -> String {
    assert_eq!(reply.status, FOUND, "{}", reply.body);
    let to = reply.location.as_deref().expect("a page");
    assert!(to.starts_with("/sign-in?") || to.starts_with("/settings/identities?"), "{to}");
    query(to).get("problem").cloned().unwrap_or_default()
}

#[tokio::test]
async fn whoever_agrees_is_signed_in_and_goes_on() {
    let world = world(json!({})).await;
    world.issuer.is_good(json!({ "sub": "ada", "preferred_username": "Ada.L", "name": "Ada Lovelace" }));
    let mut visitor = world.site.visitor();
    let back = world.agreed(&mut visitor, "/apps?q=a%26b").await;
    assert!(visitor.begun.is_some());
    let reply = visitor.get(&back).await;
    assert_eq!(reply.location.as_deref(), Some("/apps?q=a&b"));
    assert_eq!(visitor.begun, None, "nothing is left of it");
    let viewer = visitor.get("/api/v1/session").await.json();
    assert_eq!((&viewer["username"], &viewer["display_name"]), (&json!("ada.l"), &json!("Ada Lovelace")));
    assert_eq!((&viewer["tenant_name"], &viewer["must_change_password"]), (&json!("shop"), &json!(false)));
    for elsewhere in ["//evil.example", "https://evil.example", "/\\evil.example"] {
        let back = world.agreed(&mut visitor, elsewhere).await;
        assert_eq!(visitor.get(&back).await.location.as_deref(), Some("/"), "{elsewhere}");
    }
}

#[tokio::test]
async fn an_answer_counts_once_and_in_the_browser_that_began() {
    let mut world = world(json!({})).await;
    let mut visitor = world.site.visitor();
    let back = world.agreed(&mut visitor, "/").await;
    let (kept, mut other) = (visitor.begun.clone(), world.site.visitor());
    assert_eq!(problem(&other.get(&back).await), "state", "another browser");
    let mut tossed = Visitor { begun: Some("00".repeat(200)), ..world.site.visitor() };
    assert_eq!(problem(&tossed.get(&back).await), "state", "a cookie that is not ours");
    assert_eq!(visitor.get(&back).await.location.as_deref(), Some("/"));
    assert_eq!(problem(&visitor.get(&back).await), "state", "it was used");
    let mut again = Visitor { begun: kept, ..world.site.visitor() };
    assert_eq!(problem(&again.get(&back).await), "used", "also for whoever kept what was begun");
    assert!(!is_signed_in(&mut again).await && !is_signed_in(&mut other).await);

    let mut late = world.site.visitor();
    let back = world.agreed(&mut late, "/").await;
    world.site.clock.advance(10 * 60 * 1000);
    assert_eq!(problem(&late.get(&back).await), "expired");
    for nonsense in ["", "?code=1", "?state=", "?code=a&state=b&iss=c", "?%ff=%ff&state=%00"] {
        assert_eq!(problem(&late.get(&format!("/sign-in/with/acme/callback{nonsense}")).await), "state", "{nonsense}");
    }
    assert_eq!(problem(&late.get("/sign-in/with/nobody/callback?code=1&state=2").await), "gone");
    assert_eq!(problem(&late.get("/sign-in/with/nobody").await), "gone");
    let trail = world.admin.get("/api/v1/audit?limit=200&q=identity_provider/acme").await.body;
    assert!(trail.contains("expired") && !trail.contains("secret-code"), "{trail}");
}

#[tokio::test]
async fn a_browser_may_begin_twice_and_another_replica_goes_on() {
    let world = world(json!({})).await;
    let mut visitor = world.site.visitor();
    let first = world.agreed(&mut visitor, "/apps").await;
    let second = world.agreed(&mut visitor, "/templates").await;
    let beside = world.site.beside().await;
    let mut there = Visitor { router: beside.router.clone(), ..visitor.clone() };
    assert_eq!(there.get(&first).await.location.as_deref(), Some("/apps"));
    assert_eq!(there.get(&second).await.location.as_deref(), Some("/templates"));
    let mut here = Visitor { router: world.site.router.clone(), ..there };
    assert!(is_signed_in(&mut here).await);
}

#[tokio::test]
async fn no_from_the_provider_is_said_and_never_more() {
    let world = world(json!({})).await;
    for (error, told) in
        [("access_denied", "denied"), ("server_error", "refused"), ("<script>alert(1)</script>", "refused")]
    {
        let mut visitor = world.site.visitor();
        let back = world.agreed(&mut visitor, "/apps").await;
        let values = query(&back);
        let error: String = form_urlencoded::byte_serialize(error.as_bytes()).collect();
        let iss: String = form_urlencoded::byte_serialize(values["iss"].as_bytes()).collect();
        let state = &values["state"];
        let path =
            format!("/sign-in/with/acme/callback?error={error}&error_description={error}&state={state}&iss={iss}");
        let reply = visitor.get(&path).await;
        assert_eq!(problem(&reply), told);
        let to = reply.location.expect("a page");
        assert_eq!((query(&to)["provider"].as_str(), query(&to)["next"].as_str()), ("acme", "/apps"));
        let page = visitor.get(&to).await;
        assert!(page.status == StatusCode::OK && !page.body.contains("alert(1)"), "{}", page.body);
        assert!(page.body.contains("role=\"alert\""), "{}", page.body);
    }
}

#[tokio::test]
async fn a_session_lasts_no_longer_than_its_provider() {
    for by_deleting in [false, true] {
        let mut world = world(json!({ "default_roles": ["viewer"] })).await;
        let (mut ada, viewer) = world.signed_in(json!({ "sub": "ada", "preferred_username": "ada" })).await;
        let id = viewer["id"].as_str().expect("an id").to_owned();
        let beside = world.site.beside().await;
        let mut elsewhere = Visitor { router: beside.router.clone(), ..ada.clone() };
        assert!(is_signed_in(&mut elsewhere).await);
        let first = json!({ "password": "the very first password" });
        world.owner.put(&format!("/api/v1/accounts/{id}/password"), first).await;
        assert!(!is_signed_in(&mut ada).await, "another password ends it, as always");
        let mut by_password = world.site.member("ada", "the very first password").await;
        let (mut ada, _) = world.signed_in(json!({ "sub": "ada" })).await;
        let done = if by_deleting {
            world.admin.delete(&format!("{}?confirm=acme", world.provider)).await.status
        } else {
            let form = json!({ "name": "Acme", "client_id": crate::issuer::CLIENT, "disabled": true });
            world.admin.put(&world.provider, form).await.status
        };
        assert!(done.is_success());
        assert!(!is_signed_in(&mut ada).await, "at once");
        assert!(is_signed_in(&mut by_password).await, "what was opened by a password goes on");
        assert_eq!(problem(&world.site.visitor().get("/sign-in/with/acme").await), "gone");
        let bindings = world.owner.get(&format!("/api/v1/accounts/{id}")).await.json()["bindings"].clone();
        assert_eq!(bindings.as_array().expect("a list").len(), usize::from(!by_deleting), "{bindings}");
        if !by_deleting {
            let form = json!({ "name": "Acme", "client_id": crate::issuer::CLIENT, "default_roles": ["viewer"] });
            assert!(world.admin.put(&world.provider, form).await.status.is_success());
            assert!(!is_signed_in(&mut ada).await, "what has ended does not begin again");
        }
    }
}

#[tokio::test]
async fn too_many_answers_from_an_address_make_it_wait() {
    let world = world(json!({})).await;
    let mut stranger = world.site.visitor();
    for _ in 0..100 {
        stranger.get("/sign-in/with/acme/callback?code=1&state=2").await;
    }
    assert_eq!(problem(&stranger.get("/sign-in/with/acme/callback?code=1&state=2").await), "too_many");
    let mut visitor = Visitor { address: ([10, 0, 0, 9], 40_000).into(), ..world.site.visitor() };
    let back = world.agreed(&mut visitor, "/").await;
    assert_eq!(visitor.get(&back).await.location.as_deref(), Some("/"), "another address is another's");
}
