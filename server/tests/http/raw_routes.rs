//! What the router answers besides pages, endpoints of the REST API and server functions: each address with what becomes of
//! whoever is not signed in there, and of whoever is. One that is new belongs here.

use http::{
    Method, StatusCode,
    header::{HeaderName, ORIGIN},
};

use crate::{
    seed::{estate, token_form},
    support::{Reply, Site, Visitor},
};

/// The router as it is written.
const SOURCE: &str = include_str!("../../src/http/router.rs");

const SEE_OTHER: &[u16] = &[303];
const OK: &[u16] = &[200];
const NOT_FOUND: &[u16] = &[404];
/// As the site is built or not.
const BUILT_OR_NOT: &[u16] = &[200, 404];

/// An address, and what becomes of who asks for it.
struct Raw {
    /// As the router has it.
    route: &'static str,
    /// As it is asked for.
    address: &'static str,
    /// What is sent; `None` for a `GET`.
    form: Option<&'static str>,
    /// The answers to whoever is not signed in.
    stranger: &'static [u16],
    /// The answers to somebody of a tenant.
    member: &'static [u16],
    /// How the address begins to which a stranger is led; empty for nowhere.
    leads: &'static str,
}

const fn get(
    route: &'static str,
    address: &'static str,
    (stranger, member): (&'static [u16], &'static [u16]),
    leads: &'static str,
) -> Raw {
    Raw { route, address, form: None, stranger, member, leads }
}

const fn icon(route: &'static str) -> Raw {
    get(route, route, (BUILT_OR_NOT, BUILT_OR_NOT), "")
}

const RAW: [Raw; 17] = [
    get("/api/v1/{*rest}", "/api/v1/nothing/here", (NOT_FOUND, NOT_FOUND), ""),
    get("/api/{*function}", "/api/nothing/here", (&[400], &[400]), ""),
    // For whoever is signed in.
    get("/reference", "/reference", (SEE_OTHER, OK), "/sign-in?next=%2Freference"),
    // A choice of one's own browser.
    Raw {
        route: "/settings/theme",
        address: "/settings/theme",
        form: Some("theme=dark&next=%2Fapps"),
        stranger: SEE_OTHER,
        member: SEE_OTHER,
        leads: "/apps",
    },
    Raw {
        route: "/settings/language",
        address: "/settings/language",
        form: Some("lang=zh&next=%2F%2Fevil.test"),
        stranger: SEE_OTHER,
        member: SEE_OTHER,
        leads: "/",
    },
    // For whoever is signed in.
    Raw {
        route: "/settings/identities/link",
        address: "/settings/identities/link",
        form: Some("provider=shop-provider"),
        stranger: &[401],
        member: OK,
        leads: "",
    },
    // How one comes in.
    get("/sign-in/with/{slug}", "/sign-in/with/nobody", (SEE_OTHER, SEE_OTHER), "/sign-in?"),
    get("/sign-in/with/{slug}/callback", "/sign-in/with/nobody/callback?code=1", (SEE_OTHER, SEE_OTHER), "/sign-in?"),
    // For whoever looks after the server.
    get("/healthz", "/healthz", (OK, OK), ""),
    get("/readyz", "/readyz", (OK, OK), ""),
    get("/assets/{*file}", "/assets/nothing.js", (NOT_FOUND, NOT_FOUND), ""),
    icon("/favicon.svg"),
    icon("/manifest.webmanifest"),
    icon("/apple-touch-icon.png"),
    icon("/icon-192.png"),
    icon("/icon-512.png"),
    icon("/icon-maskable-512.png"),
];

async fn ask(who: &mut Visitor, raw: &Raw) -> Reply {
    match raw.form {
        Some(form) => who.submit(raw.address, form).await,
        None => who.get(raw.address).await,
    }
}

#[test]
fn every_address_of_the_router_is_listed() {
    let mut routes = Vec::new();
    for written in SOURCE.split(".route(").skip(1) {
        match written.trim_start().strip_prefix('"') {
            Some(path) => routes.push(path.split('"').next().expect("an end")),
            // The REST API's, which `endpoints` lists.
            None => assert!(written.starts_with("&path, handler)"), "what is this route? {written:.80}"),
        }
    }
    let listed: Vec<_> = RAW.iter().map(|raw| raw.route).collect();
    assert_eq!(routes, listed, "say in this file what becomes of whoever asks for it");
    for other in [".nest(", ".nest_service(", ".route_service(", ".fallback_service("] {
        assert!(!SOURCE.contains(other), "{other}: list in this file what is behind it");
    }
    assert_eq!(SOURCE.matches(".fallback(").count(), 1, "the page that says that there is none");
}

/// Those who ask, and whether they are signed in.
async fn callers(site: &Site) -> Vec<(&'static str, Visitor, bool)> {
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    estate(site, &shop, &mut owner, "shop").await;
    let (_, other) = site.tenant(&mut admin, "bank").await;
    let member = site.colleague(&mut owner, "quiet-reader", "viewer").await;
    let developer = site.colleague(&mut owner, "some-developer", "developer").await;
    let mut leaver = site.colleague(&mut owner, "leaver", "administrator").await;
    let signed_out = site.visitor_with(leaver.cookie.as_deref().expect("a session"));
    assert_eq!(leaver.delete("/api/v1/session").await.status, StatusCode::NO_CONTENT);
    let mut disabled = site.colleague(&mut owner, "disabled", "administrator").await;
    let id = disabled.get("/api/v1/session").await.json()["id"].as_str().expect("an id").to_owned();
    let off = owner.ask(&Method::PUT, &format!("/api/v1/accounts/{id}/disabled"), None).await;
    assert_eq!(off.status, StatusCode::OK, "{}", off.body);
    let made = owner.post("/api/v1/tokens", token_form("night", &["app.read"], &[])).await;
    let expired = site.script(made.json()["token"].as_str().expect("a token"));
    site.sql("UPDATE tokens SET expires_at = 1 WHERE name = 'night'").await;
    vec![
        ("a stranger", site.visitor(), false),
        ("whoever has signed out", signed_out, false),
        ("a disabled account", disabled, false),
        ("an expired token", expired, false),
        ("a reader", member, true),
        ("a developer", developer, true),
        ("the main account", owner, true),
        ("another tenant's main account", other, true),
    ]
}

#[tokio::test]
async fn each_answers_strangers_and_members_as_it_should() {
    let site = Site::start().await;
    let callers = callers(&site).await;
    let mut wrong = Vec::new();
    for raw in &RAW {
        for (name, who, signed_in) in &callers {
            let reply = ask(&mut who.clone(), raw).await;
            let expected = if *signed_in { raw.member } else { raw.stranger };
            let to = reply.location.as_deref().unwrap_or_default();
            let elsewhere = !signed_in && (!to.starts_with(raw.leads) || to.starts_with("//"));
            if elsewhere || !expected.contains(&reply.status.as_u16()) {
                wrong.push(format!("{} for {name}: {} to {to:?}: {:.200}", raw.address, reply.status, reply.body));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn no_other_site_sends_anything_there() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    admin.headers.push((HeaderName::from_static("sec-fetch-site"), "cross-site"));
    admin.headers.push((ORIGIN, "https://evil.test"));
    let forms = RAW.iter().filter(|raw| raw.form.is_some());
    assert_eq!(forms.clone().count(), 3);
    for raw in forms {
        let reply = ask(&mut admin, raw).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{}: {}", raw.address, reply.body);
        assert_eq!(reply.set_cookie, None, "{}", raw.address);
    }
}
