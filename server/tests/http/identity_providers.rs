//! Identity providers as the platform's administrators describe them: who may, what is checked before one is kept, and
//! that its secret is never answered.

use http::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::{
    issuer::{CLIENT, Issuer, SECRET},
    support::{Site, Visitor},
};

const ALL: &str = "/api/v1/identity-providers";
const CREATED: StatusCode = StatusCode::CREATED;
const FORBIDDEN: StatusCode = StatusCode::FORBIDDEN;
const INVALID: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;
const OK: StatusCode = StatusCode::OK;

/// The form of a provider that makes accounts.
pub fn form(issuer: &Issuer, tenant: &str, slug: &str) -> Value {
    json!({
        "tenant": tenant, "slug": slug, "name": format!("Provider {slug}"), "issuer": issuer.url,
        "client_id": CLIENT, "client_secret": SECRET, "creates_accounts": true,
    })
}

/// Makes one; answers its address.
pub async fn make(admin: &mut Visitor, form: Value) -> String {
    let made = admin.post(ALL, form).await;
    assert_eq!(made.status, CREATED, "{}", made.body);
    format!("{ALL}/{}", made.json()["row"]["id"].as_str().expect("an id"))
}

/// A form with some values changed.
pub fn with(mut form: Value, values: Value) -> Value {
    for (name, value) in values.as_object().expect("an object") {
        form[name] = value.clone();
    }
    form
}

#[tokio::test]
async fn a_provider_is_made_changed_and_deleted_by_administrators() {
    let site = Site::start().await;
    let issuer = Issuer::start(site.parts.clock.now()).await;
    let mut admin = site.admin().await;
    let (tenant, mut owner) = site.tenant(&mut admin, "shop").await;
    let rules =
        json!([{ "claim": "groups", "value": "devs", "role": "developer" }, { "claim": "", "value": "", "role": "" }]);
    let values = json!({ "scopes": "openid groups", "rules": rules, "default_roles": ["viewer"] });
    let one = make(&mut admin, with(form(&issuer, &tenant, "acme"), values)).await;
    let read = admin.get(&one).await;
    let detail = read.json();
    assert_eq!(detail["redirect_uri"], "http://longshore.test/sign-in/with/acme/callback");
    assert_eq!((&detail["scopes"], &detail["row"]["tenant_name"]), (&json!("groups"), &json!("shop")));
    assert_eq!(detail["rules"], json!([{ "claim": "groups", "value": "devs", "role": "developer" }]));
    assert_eq!(read.tag.as_deref(), Some("\"1\""));

    let change = |name: &str| json!({ "name": name, "client_id": CLIENT, "rules": [] });
    admin.headers.push((header::IF_MATCH, "\"1\""));
    let changed = admin.put(&one, change("Acme")).await;
    assert_eq!((changed.status, changed.tag.as_deref()), (OK, Some("\"2\"")), "{}", changed.body);
    assert_eq!(admin.put(&one, change("Late")).await.status, StatusCode::PRECONDITION_FAILED);
    admin.headers.clear();
    assert_eq!(admin.get(ALL).await.json()["rows"][0]["name"], "Acme");
    for (field, value) in [("issuer", "https://other.example"), ("slug", "other"), ("tenant", "")] {
        let sent = with(change("Acme"), json!({ field: value }));
        let reply = admin.put(&one, sent).await;
        let same = value.is_empty();
        assert_eq!(
            (reply.status, reply.fields().is_empty()),
            (if same { OK } else { INVALID }, same),
            "{}",
            reply.body
        );
    }
    let checked = admin.post(&format!("{one}/check"), json!({})).await;
    assert_eq!((checked.status, &checked.json()["problem"]), (OK, &Value::Null), "{}", checked.body);
    assert_eq!((&checked.json()["algorithms"], &checked.json()["keys"]), (&json!(["EdDSA"]), &json!(1)));

    let trail = owner.get("/api/v1/audit?limit=200&q=identity_provider").await;
    assert!(trail.body.contains("identity_provider.update"), "its tenant sees what was done: {}", trail.body);
    let update = trail.json()["rows"]
        .as_array()
        .expect("rows")
        .iter()
        .find(|r| r["action"] == "identity_provider.create")
        .expect("kept")["sequence"]
        .clone();
    let entry = owner.get(&format!("/api/v1/audit/{update}")).await.body;
    assert!(entry.contains("sha256:") && entry.contains("groups = devs: developer"), "{entry}");
    for said in [read.body, changed.body, checked.body, trail.body, entry, admin.get(ALL).await.body] {
        assert!(!said.contains(SECRET), "{said}");
    }
    assert_eq!(admin.delete(&format!("{one}?confirm=other")).await.fields(), ["confirm"]);
    assert_eq!(admin.delete(&format!("{one}?confirm=acme")).await.status, StatusCode::NO_CONTENT);
    assert_eq!(admin.get(&one).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn nobody_else_makes_or_sees_one() {
    let site = Site::start().await;
    let issuer = Issuer::start(site.parts.clock.now()).await;
    let mut admin = site.admin().await;
    let (tenant, mut owner) = site.tenant(&mut admin, "shop").await;
    let mut auditor = site.colleague(&mut admin, "watcher", "platform_auditor").await;
    let one = make(&mut admin, form(&issuer, &tenant, "acme")).await;
    for (who, may_read) in [(&mut owner, false), (&mut auditor, true)] {
        for path in [ALL, one.as_str()] {
            assert_eq!(who.get(path).await.status, if may_read { OK } else { FORBIDDEN }, "{path}");
        }
        assert_eq!(who.post(ALL, form(&issuer, &tenant, "mine")).await.status, FORBIDDEN);
        assert_eq!(who.put(&one, json!({ "name": "Mine" })).await.status, FORBIDDEN);
        assert_eq!(who.post(&format!("{one}/check"), json!({})).await.status, FORBIDDEN);
        assert_eq!(who.delete(&format!("{one}?confirm=acme")).await.status, FORBIDDEN);
    }
    let page = owner.get("/settings/identities").await;
    assert!(page.status == OK && page.body.contains("Provider acme"), "its people can link their account");
    let (_, mut banker) = site.tenant(&mut admin, "bank").await;
    assert!(!banker.get("/settings/identities").await.body.contains("Provider acme"));
    assert_eq!(banker.get("/api/v1/session/identities").await.json()["offered"], json!([]));
}

#[tokio::test]
async fn what_a_provider_lacks_is_said_before_it_is_kept() {
    let site = Site::start().await;
    let issuer = Issuer::start(site.parts.clock.now()).await;
    let mut admin = site.admin().await;
    let good = form(&issuer, "", "acme");
    for (document, field, words) in [
        (json!({ "issuer": "https://other.example" }), "issuer", "of another issuer"),
        (json!({ "token_endpoint": null }), "issuer", "no token_endpoint"),
        (json!({ "jwks_uri": "http://169.254.169.254/keys" }), "issuer", "no jwks_uri that may be asked"),
        (json!({ "response_types_supported": ["id_token"] }), "issuer", "authorization code flow"),
        (json!({ "code_challenge_methods_supported": ["plain"] }), "issuer", "PKCE"),
        (json!({ "id_token_signing_alg_values_supported": ["HS256"] }), "issuer", "signs with nothing"),
        (json!({ "token_endpoint_auth_methods_supported": ["none"] }), "client_secret", "no client secret"),
    ] {
        issuer.conduct().document = document.as_object().cloned().expect("an object");
        let refused = admin.post(ALL, good.clone()).await;
        assert_eq!((refused.status, refused.fields()), (INVALID, vec![field.to_owned()]), "{words}: {}", refused.body);
        assert!(refused.body.contains(words), "{words}: {}", refused.body);
    }
    issuer.is_good(json!({}));
    for (keys, words) in
        [("{\"keys\":[]}", "no public key"), ("<html>", "no discovery document"), (&"x".repeat(300_000), "256 KiB")]
    {
        issuer.conduct().keys = Some(keys.to_owned());
        let refused = admin.post(ALL, good.clone()).await;
        assert!(refused.status == INVALID && refused.body.contains(words), "{words}: {}", refused.body);
    }
    issuer.is_good(json!({}));
    for (values, field, words) in [
        (json!({ "client_secret": "another" }), "client_secret", "does not know this client"),
        (json!({ "issuer": "http://127.0.0.1:1" }), "issuer", "no connection"),
        (json!({ "issuer": format!("{}/nowhere", issuer.url) }), "issuer", "status 404"),
        (json!({ "issuer": "http://login.example" }), "issuer", "write https"),
        (json!({ "tenant": "018bcfe5-6800-7000-8000-000000000001" }), "tenant", "that exists"),
    ] {
        let refused = admin.post(ALL, with(good.clone(), values)).await;
        assert_eq!((refused.status, refused.fields()), (INVALID, vec![field.to_owned()]), "{words}: {}", refused.body);
        assert!(refused.body.contains(words), "{words}: {}", refused.body);
    }
    let empty = admin.post(ALL, json!({})).await;
    assert_eq!(empty.fields(), ["slug", "issuer", "name", "client_id", "client_secret"]);
    assert_eq!(admin.get(ALL).await.json()["rows"], json!([]), "none was kept");
    make(&mut admin, good.clone()).await;
    let twice = admin.post(ALL, good).await;
    assert_eq!((twice.status, twice.fields()), (StatusCode::CONFLICT, vec!["slug".to_owned()]));
}

#[tokio::test]
async fn roles_stay_on_their_side_of_a_tenants_edge() {
    let site = Site::start().await;
    let issuer = Issuer::start(site.parts.clock.now()).await;
    let mut admin = site.admin().await;
    let (shop, _) = site.tenant(&mut admin, "shop").await;
    let (_, mut banker) = site.tenant(&mut admin, "bank").await;
    let role = json!({ "name": "teller", "description": "", "permissions": ["app.read"] });
    let foreign = banker.post("/api/v1/roles", role).await.json()["role"].clone();
    let foreign = foreign.as_str().expect("an id");
    for (tenant, role) in [
        (shop.as_str(), "owner"),
        (shop.as_str(), "platform_admin"),
        (shop.as_str(), "platform_auditor"),
        (shop.as_str(), foreign),
        ("", "developer"),
        ("", "owner"),
        ("", foreign),
    ] {
        let rules = json!({ "rules": [{ "claim": "groups", "value": "x", "role": role }] });
        let refused = admin.post(ALL, with(form(&issuer, tenant, "acme"), rules)).await;
        assert_eq!((refused.status, refused.fields()), (INVALID, vec!["rules".to_owned()]), "{role}: {}", refused.body);
        let defaults = json!({ "default_roles": [role] });
        let refused = admin.post(ALL, with(form(&issuer, tenant, "acme"), defaults)).await;
        assert_eq!(refused.fields(), ["default_roles"], "{role}: {}", refused.body);
    }
    let platform = json!({ "rules": [{ "claim": "groups", "value": "x", "role": "platform_admin" }] });
    make(&mut admin, with(form(&issuer, "", "staff"), platform)).await;
}

#[tokio::test]
async fn strangers_see_the_buttons_that_are_meant_for_them() {
    let site = Site::start().await;
    let issuer = Issuer::start(site.parts.clock.now()).await;
    let mut admin = site.admin().await;
    let (tenant, _) = site.tenant(&mut admin, "shop").await;
    make(&mut admin, form(&issuer, &tenant, "hidden")).await;
    for n in 0..12 {
        make(&mut admin, with(form(&issuer, "", &format!("shown-{n:02}")), json!({ "shown": true }))).await;
    }
    let mut stranger = site.visitor();
    let offered = stranger.get("/api/session/offered_providers").await.json();
    assert_eq!(offered["providers"].as_array().expect("a list").len(), 10);
    assert!(!offered.to_string().contains("hidden"));
    let asked = stranger.get("/api/session/offered_providers?slug=hidden").await.json();
    let all = asked["providers"].as_array().expect("a list");
    assert_eq!((all[0]["slug"].as_str(), all.len(), &asked["notice"]), (Some("hidden"), 11, &Value::Null));
    let page = stranger.get("/sign-in?provider=hidden&next=/apps").await.body;
    assert!(page.contains("/sign-in/with/hidden?next=%2Fapps") && page.contains("Provider hidden"), "{page}");
    let disabled = json!({ "name": "Hidden", "client_id": CLIENT, "disabled": true });
    let hidden = admin.get(ALL).await.json()["rows"][0]["id"].as_str().expect("an id").to_owned();
    assert_eq!(admin.put(&format!("{ALL}/{hidden}"), disabled).await.status, OK);
    let asked = stranger.get("/api/session/offered_providers?slug=hidden").await.json();
    assert!(!asked.to_string().contains("idden"), "{asked}");
    assert!(asked["notice"]["en"].as_str().is_some_and(|n| n.contains("no such identity provider")), "{asked}");
    let cross =
        Visitor { headers: vec![(header::HeaderName::from_static("sec-fetch-site"), "cross-site")], ..site.visitor() };
    let sent = cross.clone().ask(&Method::GET, "/sign-in/with/shown-01?next=/apps", None).await;
    assert_eq!(sent.location.as_deref(), Some("/sign-in?provider=shown-01&next=/apps"), "another site signs nobody in");
}
