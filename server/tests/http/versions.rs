//! Versions: what is read says which it is, and a change that names an older one is refused and changes nothing.

use app::model::{ClusterId, Permission};
use http::{Method, StatusCode, header};
use serde_json::{Value, json};
use server::{auth::context::OpContext, database::clusters};

use super::{
    identity_providers,
    issuer::{CLIENT, Issuer},
    registries,
    seed::{estate, spec},
    support::{Reply, Site, Visitor},
};

/// Tags that nothing has: among them numbers that are larger than some versions can be.
const NEVER: [&str; 6] =
    ["\"9\"", "W/\"1\"", "\"first\"", "\"4294967296\"", "\"4294967297\"", "\"9223372036854775807\""];

/// A change that is meant for the version with this tag.
async fn put_if(who: &Visitor, path: &str, tag: &'static str, body: Value) -> Reply {
    let mut who = who.clone();
    who.headers.push((header::IF_MATCH, tag));
    who.ask(&Method::PUT, path, Some(body)).await
}

/// Reads it, changes it, and fails to change it once more from what was read first.
async fn is_versioned(who: &mut Visitor, path: &str, form: impl Fn(&str) -> Value) {
    let read = who.get(path).await;
    assert_eq!((read.status, read.tag.as_deref()), (StatusCode::OK, Some("\"1\"")), "{path}: {}", read.body);
    for never in NEVER {
        let refused = put_if(who, path, never, form("lost-never")).await;
        assert_eq!(refused.status, StatusCode::PRECONDITION_FAILED, "{path} {never}: {}", refused.body);
        assert_eq!(refused.json()["kind"], "precondition_failed", "{}", refused.body);
    }
    let several = put_if(who, path, "\"1\", \"2\"", form("lost-never")).await;
    assert_eq!(
        (several.status, &several.json()["errors"][0]["field"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &"If-Match".into())
    );
    let first = put_if(who, path, "\"1\"", form("kept-first")).await;
    assert_eq!((first.status, first.tag.as_deref()), (StatusCode::OK, Some("\"2\"")), "{path}: {}", first.body);
    let late = put_if(who, path, "\"1\"", form("lost-late")).await;
    assert_eq!(late.status, StatusCode::PRECONDITION_FAILED, "{path}: {}", late.body);
    let now = who.get(path).await;
    assert!(now.body.contains("kept-first") && !now.body.contains("lost"), "{}", now.body);
    let any = put_if(who, path, "*", form("any")).await;
    assert_eq!((any.status, any.tag.as_deref()), (StatusCode::OK, Some("\"3\"")), "{path}: {}", any.body);
}

#[tokio::test]
async fn no_change_of_a_versioned_thing_is_lost() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;

    let role = json!({ "name": "releaser", "description": "", "permissions": ["app.read"] });
    let role = owner.post("/api/v1/roles", role).await.json()["role"].as_str().expect("an id").to_owned();
    is_versioned(
        &mut owner,
        &format!("/api/v1/roles/{role}"),
        |word| json!({ "name": "releaser", "description": word, "permissions": ["app.read"] }),
    )
    .await;

    let template = json!({ "name": "web", "description": "", "spec": { "image": "registry.test/web:1", "replicas": "1", "cpu": "100m", "memory": "64Mi" } });
    let made = owner.post("/api/v1/templates", template).await;
    let template = made.json()["id"].as_str().unwrap_or_else(|| panic!("{}", made.body)).to_owned();
    is_versioned(
        &mut owner,
        &format!("/api/v1/templates/{template}"),
        |word| json!({ "name": "web", "description": word, "spec": { "image": "registry.test/web:1", "replicas": "1", "cpu": "100m", "memory": "64Mi" } }),
    )
    .await;

    let account = owner.get("/api/v1/session").await.json()["id"].as_str().expect("an id").to_owned();
    is_versioned(
        &mut owner,
        &format!("/api/v1/accounts/{account}"),
        |word| json!({ "display_name": word, "email": "" }),
    )
    .await;
}

#[tokio::test]
async fn no_change_of_a_registry_or_an_identity_provider_is_lost() {
    let host = registries::registry().await;
    let site = Site::start_listing(&host).await;
    let issuer = Issuer::start(site.parts.clock.now()).await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    let registry = registries::add(&mut owner, registries::form("web", &host, "own")).await;
    is_versioned(&mut owner, &registry, |word| json!({ "name": word, "host": host, "username": "own" })).await;
    let provider = identity_providers::make(&mut admin, identity_providers::form(&issuer, &shop, "acme")).await;
    is_versioned(&mut admin, &provider, |word| json!({ "name": word, "client_id": CLIENT, "rules": [] })).await;
}

/// A tag as visitors send it.
fn tag(reply: &Reply) -> &'static str {
    reply.tag.clone().unwrap_or_else(|| panic!("no tag: {} {}", reply.status, reply.body)).leak()
}

/// Fails to change something for versions that it never had.
async fn is_never_changed(who: &Visitor, path: &str, lost: &Value) {
    for never in NEVER {
        let refused = put_if(who, path, never, lost.clone()).await;
        assert_eq!(refused.status, StatusCode::PRECONDITION_FAILED, "{path} {never}: {}", refused.body);
    }
}

/// Fails to change something from what was read before somebody else changed it, however that version is told.
async fn is_too_late(who: &mut Visitor, path: &str, stale: &'static str, lost: Value) {
    let late = put_if(who, path, stale, lost.clone()).await;
    assert_eq!(late.status, StatusCode::PRECONDITION_FAILED, "{path}: {}", late.body);
    let mut named = lost;
    named["version"] = json!(stale.trim_matches('"').parse::<i64>().expect("a number"));
    let late = who.put(path, named).await;
    assert_eq!((late.status, &late.json()["kind"]), (StatusCode::CONFLICT, &"stale".into()), "{path}: {}", late.body);
}

/// Changes something from the same version many times at once; the first alone is done.
async fn is_changed_once(who: &Visitor, path: &str, tag: &'static str, form: impl Fn(usize) -> Value) {
    let all = (0..8).map(|n| put_if(who, path, tag, form(n)));
    let (done, refused): (Vec<_>, Vec<_>) =
        futures::future::join_all(all).await.into_iter().map(|reply| reply.status).partition(StatusCode::is_success);
    assert_eq!((done.len(), refused), (1, vec![StatusCode::PRECONDITION_FAILED; 7]), "{path}");
}

#[tokio::test]
async fn what_a_tenant_asks_of_its_people_is_changed_from_what_was_read() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    // With a passkey, so that the owner stays in.
    estate(&site, &shop, &mut owner, "shop").await;
    let path = format!("/api/v1/tenants/{shop}/security");
    let asks = |required: bool| json!({ "second_factor_required": required });
    let read = owner.get(&path).await;
    let before = tag(&read);
    assert_eq!(format!("\"{}\"", read.json()["version"]), before);
    is_never_changed(&owner, &path, &asks(true)).await;
    assert_eq!(owner.get(&path).await.json(), read.json());

    is_changed_once(&owner, &path, before, |_| asks(true)).await;
    let now = owner.get(&path).await;
    assert_eq!(now.json()["second_factor_required"], true);
    assert_ne!(tag(&now), before);
    is_too_late(&mut owner, &path, before, asks(false)).await;
    assert_eq!(owner.get(&path).await.json(), now.json());
    let again = put_if(&owner, &path, tag(&now), asks(false)).await;
    assert_eq!((again.status, tag(&again)), (StatusCode::OK, before), "it says what it said: {}", again.body);
    assert_eq!(put_if(&owner, &path, "*", asks(true)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_source_of_figures_is_changed_from_the_one_that_was_read() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    let estate = estate(&site, &shop, &mut owner, "shop").await;
    let path = format!("/api/v1/clusters/{}/metrics", estate.cluster);
    let none = json!({ "service": "" });
    let before = tag(&admin.get(&path).await);
    // Without a cluster there is nothing to look at it, so that somebody else's change is made in the database.
    site.sql("UPDATE clusters SET metrics = 'monitoring/prometheus:9090'").await;
    is_never_changed(&admin, &path, &none).await;
    is_too_late(&mut admin, &path, before, none.clone()).await;
    let now = admin.get(&path).await;
    assert_eq!(now.json()["service"], "monitoring/prometheus:9090");
    let cleared = put_if(&admin, &path, tag(&now), none).await;
    assert_eq!((cleared.status, tag(&cleared)), (StatusCode::OK, before), "{}", cleared.body);
}

#[tokio::test]
async fn a_passkey_is_renamed_from_the_name_that_was_read() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    let estate = estate(&site, &shop, &mut owner, "shop").await;
    let path = format!("/api/v1/session/passkeys/{}", estate.passkey);
    let read = owner.get(&path).await;
    assert_eq!((read.status, &read.json()["name"]), (StatusCode::OK, &json!("shop-passkey")), "{}", read.body);
    assert_eq!(owner.get("/api/v1/session/passkeys").await.json()["rows"][0], read.json());
    assert_eq!(admin.get(&path).await.status, StatusCode::NOT_FOUND, "it is another's");
    let before = tag(&read);
    is_never_changed(&owner, &path, &json!({ "name": "lost" })).await;
    is_changed_once(&owner, &path, before, |n| json!({ "name": format!("kept-{n}") })).await;
    is_too_late(&mut owner, &path, before, json!({ "name": "lost" })).await;
    let now = owner.get(&path).await;
    assert!(now.body.contains("kept-") && !now.body.contains("lost"), "{}", now.body);
    let next = put_if(&owner, &path, tag(&now), json!({ "name": "next" })).await;
    assert_eq!(next.status, StatusCode::NO_CONTENT, "{}", next.body);
}

#[tokio::test]
async fn a_kubeconfig_is_replaced_where_nobody_has_replaced_it_since() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    let cluster = estate(&site, &shop, &mut owner, "shop").await.cluster;
    let (read, path) = (format!("/api/v1/clusters/{cluster}"), format!("/api/v1/clusters/{cluster}/kubeconfig"));
    let before = admin.get(&read).await;
    assert_eq!((tag(&before), &before.json()["cluster"]["revision"]), ("\"1\"", &json!(1)));
    let lost = json!({ "kubeconfig": "apiVersion: v1" });
    is_never_changed(&admin, &path, &lost).await;
    let looked_at = put_if(&admin, &path, "\"1\"", lost.clone()).await;
    assert_eq!(looked_at.fields(), ["kubeconfig"], "it is meant for what there is, and unusable: {}", looked_at.body);

    let (db, ctx) = (&site.parts.db, OpContext::system(site.parts.clock.clone()));
    let id: ClusterId = cluster.parse().expect("an id");
    let found = clusters::find(db, id).await.expect("a read").expect("a cluster");
    let granted = ctx.require(Permission::ClusterManage).expect("the system may");
    let leads_to = ("https://next.test", "a-uid");
    clusters::replace(db, &ctx, granted, (&found, false), leads_to, vec![1]).await.expect("replaced");
    assert_eq!(tag(&admin.get(&read).await), "\"2\"");
    is_too_late(&mut admin, &path, "\"1\"", lost).await;
    assert_eq!(admin.get(&read).await.json()["cluster"]["server"], "https://next.test");
}

#[tokio::test]
async fn a_body_that_names_an_older_version_is_a_conflict() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let read = admin.get("/api/v1/platform").await;
    let version = read.json()["version"].clone();
    assert_eq!(read.tag, Some(format!("\"{version}\"")));
    let form = json!({ "registration": "invitation", "version": version });
    assert_eq!(admin.put("/api/v1/platform", form.clone()).await.status, StatusCode::OK);
    let late = admin.put("/api/v1/platform", form).await;
    assert_eq!((late.status, &late.json()["kind"]), (StatusCode::CONFLICT, &"stale".into()), "{}", late.body);
}

#[tokio::test]
async fn a_tag_that_no_version_can_have_is_not_forgotten_for_the_one_of_the_body() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, mut owner) = site.tenant(&mut admin, "shop").await;
    let form = |word: &str, version: Option<u32>| json!({ "name": "web", "description": word, "spec": spec("shop"), "version": version });
    let made = owner.post("/api/v1/templates", form("kept", None)).await;
    let path = format!("/api/v1/templates/{}", made.json()["id"].as_str().unwrap_or_else(|| panic!("{}", made.body)));
    for never in NEVER {
        for body in [None, Some(1)] {
            let refused = put_if(&owner, &path, never, form("lost", body)).await;
            assert_eq!(refused.status, StatusCode::PRECONDITION_FAILED, "{never} {body:?}: {}", refused.body);
        }
    }
    let now = owner.get(&path).await;
    assert_eq!(now.tag.as_deref(), Some("\"1\""), "{}", now.body);
    assert!(now.body.contains("kept") && !now.body.contains("lost"), "{}", now.body);
    let versions = owner.get(&format!("{path}/versions")).await;
    assert!(!versions.body.contains("lost"), "{}", versions.body);
}

#[tokio::test]
async fn a_quota_and_the_platforms_settings_are_not_changed_past_their_version() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    let estate = estate(&site, &shop, &mut owner, "shop").await;
    let quota = |pods: &str| json!({ "cpu": "2", "memory": "4Gi", "pods": pods });
    let settings = |registration: &str| json!({ "registration": registration });
    let namespace = format!("/api/v1/namespaces/{}", estate.namespace);
    for (who, path, part, [lost, kept]) in [
        (&mut owner, namespace.as_str(), "quota", [quota("7"), quota("9")]),
        (&mut admin, "/api/v1/platform", "registration", [settings("open"), settings("invitation")]),
    ] {
        let before = who.get(path).await;
        assert_eq!((before.status, before.tag.as_deref()), (StatusCode::OK, Some("\"1\"")), "{path}: {}", before.body);
        for never in NEVER {
            let refused = put_if(who, path, never, lost.clone()).await;
            assert_eq!(refused.status, StatusCode::PRECONDITION_FAILED, "{path} {never}: {}", refused.body);
        }
        assert_eq!(who.get(path).await.json()[part], before.json()[part], "{path}");
        let first = put_if(who, path, "\"1\"", kept).await;
        assert_eq!((first.status, first.tag.as_deref()), (StatusCode::OK, Some("\"2\"")), "{path}: {}", first.body);
        let late = put_if(who, path, "\"1\"", lost).await;
        assert_eq!(late.status, StatusCode::PRECONDITION_FAILED, "{path}: {}", late.body);
        let now = who.get(path).await.json();
        assert_eq!(now[part], first.json()[part], "{path}");
        assert_ne!(now[part], before.json()[part], "{path}");
    }
}

#[tokio::test]
async fn an_app_is_upgraded_from_its_newest_release_alone() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (shop, mut owner) = site.tenant(&mut admin, "shop").await;
    let estate = estate(&site, &shop, &mut owner, "shop").await;
    let path = format!("/api/v1/apps/{}", estate.app);
    let form = |based_on: &str| json!({ "spec": spec("lost"), "reason": "", "based_on": based_on });
    assert_eq!(owner.get(&path).await.tag.as_deref(), Some("\"1\""));
    for never in NEVER {
        // What the body says is not what the header says.
        let refused = put_if(&owner, &path, never, form("1")).await;
        assert_eq!(refused.status, StatusCode::PRECONDITION_FAILED, "{never}: {}", refused.body);
    }
    let stale = owner.put(&path, form("0")).await;
    assert_eq!((stale.status, &stale.json()["kind"]), (StatusCode::CONFLICT, &"stale".into()), "{}", stale.body);
    // From the newest it would go, if that were not on its way.
    let newest = put_if(&owner, &path, "\"1\"", form("0")).await;
    assert_eq!((newest.status, &newest.json()["kind"]), (StatusCode::CONFLICT, &"conflict".into()), "{}", newest.body);
    let scale = format!("{path}/scale");
    let scaled = owner.post(&scale, json!({ "replicas": "5", "reason": "", "based_on": "0" })).await;
    assert_eq!((scaled.status, &scaled.json()["kind"]), (StatusCode::CONFLICT, &"stale".into()), "{}", scaled.body);
    for newest in ["1", ""] {
        let scaled = owner.post(&scale, json!({ "replicas": "5", "reason": "", "based_on": newest })).await;
        assert_eq!(scaled.json()["kind"], "conflict", "it is on its way: {}", scaled.body);
    }
    let releases = owner.get(&path).await.json()["releases"].as_array().map(Vec::len);
    assert_eq!(releases, Some(1));
}

#[tokio::test]
async fn whoever_may_not_change_it_is_told_so_first() {
    let site = Site::start().await;
    let mut admin = site.admin().await;
    let (_, owner) = site.tenant(&mut admin, "shop").await;
    let refused = put_if(&owner, "/api/v1/platform", "\"9\"", json!({ "registration": "open" })).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);
    let nobody = put_if(&site.visitor(), "/api/v1/platform", "\"x\"", json!({})).await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED, "{}", nobody.body);
}
