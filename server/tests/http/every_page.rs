//! Every page there is, as the router lists them, asked for by each caller, with the ids of a tenant's things. Pages change
//! nothing, so that all callers walk over the same tenant.

use http::{Method, StatusCode};
use server::http::router::page_routes;

use crate::{
    attempts,
    expected_statuses::{Seen, assert_as_expected},
    seed::{Estate, MARK, estate, token_form},
    support::{Site, Visitor},
};

/// A tenant that has everything, its main account, and the platform's administrator.
async fn world() -> (Site, Estate, Visitor, Visitor) {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (tenant, mut owner) = site.tenant(&mut admin, MARK).await;
    let estate = estate(&site, &tenant, &mut owner, MARK).await;
    (site, estate, owner, admin)
}

/// What a caller is answered at each page, and which pages tell of the tenant. An address stands in its page; a node's
/// name is a part of it.
async fn walk(estate: &Estate, caller: &'static str, who: &Visitor) -> (Seen, Vec<String>) {
    let (mut seen, mut telling) = (Seen::of_pages(caller), Vec::new());
    for listing in page_routes() {
        let path = attempts::page(listing.path(), estate);
        let reply = who.clone().get(&path).await;
        let fault = reply.status.is_server_error() && reply.status != StatusCode::SERVICE_UNAVAILABLE;
        assert!(!fault, "{caller}: {path}: {} {}", reply.status, reply.body);
        seen.note_page(listing.path(), &reply);
        if reply.body.replace(&format!("{MARK}-node"), "").contains(MARK) {
            telling.push(path);
        }
    }
    (seen, telling)
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_told_nothing_by_any_page() {
    let (site, estate, mut owner, _) = world().await;
    let mut leaver = site.colleague(&mut owner, "leaver", "administrator").await;
    let revoked = leaver.clone();
    assert_eq!(leaver.delete("/api/v1/session").await.status, StatusCode::NO_CONTENT);
    let mut disabled = site.colleague(&mut owner, "disabled", "administrator").await;
    let id = disabled.get("/api/v1/session").await.json()["id"].as_str().expect("an id").to_owned();
    let off = owner.ask(&Method::PUT, &format!("/api/v1/accounts/{id}/disabled"), None).await;
    assert_eq!(off.status, StatusCode::OK, "{}", off.body);
    let mut tokens = Vec::new();
    for name in ["night", "app"] {
        let form = token_form(name, &["app.read"], &[format!("app/{}", estate.app)]);
        let made = owner.post("/api/v1/tokens", form).await;
        tokens.push(made.json()["token"].as_str().expect("a token").to_owned());
    }
    site.sql("UPDATE tokens SET expires_at = 1 WHERE name = 'night'").await;
    let mut all = Vec::new();
    for (caller, who) in [
        ("nobody", site.visitor()),
        ("revoked", revoked),
        ("disabled", disabled),
        ("expired", site.script(&tokens[0])),
        ("app-token", site.script(&tokens[1])),
    ] {
        let (seen, telling) = walk(&estate, caller, &who).await;
        assert!(telling.is_empty(), "{caller} is told of the tenant by {telling:?}");
        all.push(seen);
    }
    assert_as_expected(&all);
}

#[tokio::test]
async fn each_role_is_answered_at_each_page_as_the_table_says() {
    let (site, estate, mut owner, _) = world().await;
    let mut all = Vec::new();
    for role in ["viewer", "operator", "developer", "administrator"] {
        let who = site.colleague(&mut owner, &format!("some-{role}"), role).await;
        let (seen, telling) = walk(&estate, role, &who).await;
        assert!(telling.contains(&format!("/apps/{}", estate.app)), "a {role} sees the tenant's app: {telling:?}");
        all.push(seen);
    }
    let (seen, telling) = walk(&estate, "owner", &owner).await;
    assert!(telling.contains(&"/accounts".to_owned()), "the owner sees the tenant's people: {telling:?}");
    all.push(seen);
    assert_as_expected(&all);
}

#[tokio::test]
async fn another_tenant_and_the_platform_are_answered_at_each_page_as_the_table_says() {
    let (site, estate, _, mut admin) = world().await;
    let (other, mut stranger) = site.tenant(&mut admin, "harbour").await;
    crate::seed::estate(&site, &other, &mut stranger, "harbour").await;
    let (of_other, telling) = walk(&estate, "other", &stranger).await;
    assert!(telling.is_empty(), "another tenant is told of this one by {telling:?}");
    let (of_platform, telling) = walk(&estate, "platform", &admin).await;
    assert!(telling.contains(&"/tenants".to_owned()), "the platform sees its tenants: {telling:?}");
    assert_as_expected(&[of_other, of_platform]);
}
