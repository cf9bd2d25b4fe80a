//! A tenant with everything that a tenant can have, written as the services write it, without a cluster.

use app::model::{
    AppId, ClusterId, NamespaceId, OperationId, OperationKind, Permission, ProviderId, Quota, RegistryId, ReleaseId,
    SpecForm, TenantId,
};
use serde_json::json;
use server::{
    auth::{authz, context::OpContext},
    database::{
        apps::{self, App, Publication},
        audit::Entry,
        clusters::{self, Cluster},
        identity_providers::{self, Provider},
        namespaces::{self, Namespace},
        operations::{Input, NewOperation},
        passkeys::{Addition, PasskeyToAdd},
        registries::{self, Registry},
        releases::NewRelease,
    },
    operations::steps_of,
};

use crate::support::{PASSWORD, Site, Visitor, new_account};

/// A word that stands in everything the first tenant has, and that nobody else may ever be told.
pub const MARK: &str = "zanzibar";

/// What a tenant has.
#[derive(Clone, Debug)]
pub struct Estate {
    pub tenant: String,
    pub cluster: String,
    pub namespace: String,
    pub template: String,
    pub app: String,
    pub operation: String,
    pub account: String,
    pub role: String,
    pub bindings: [String; 2],
    /// The number of an entry of the audit trail.
    pub audit: String,
    /// Two of its owner's sessions, in which nobody does anything.
    pub sessions: [String; 2],
    pub service: String,
    pub tokens: [String; 2],
    pub link: String,
    /// Its owner's.
    pub passkey: String,
    /// An identity provider, which nobody can reach.
    pub provider: String,
    /// An account at an image registry, which nobody can reach.
    pub registry: String,
    /// A secret of its namespace, which no application uses.
    pub secret: String,
}

/// Gives a tenant a namespace, an application with a release and its operation, and a template.
pub async fn estate(site: &Site, tenant: &str, owner: &mut Visitor, word: &str) -> Estate {
    let id: TenantId = tenant.parse().expect("an id");
    let cluster = cluster(site, word).await;
    let (namespace, app, operation) = namespace_with_app(site, id, cluster, word).await;
    let form = json!({ "name": format!("{word}-template"), "description": word, "spec": spec(word) });
    let template = owner.post("/api/v1/templates", form).await;
    assert_eq!(template.status, http::StatusCode::CREATED, "{}", template.body);
    let role = owner.post("/api/v1/roles", role_form(&format!("{word}-role"))).await;
    assert_eq!(role.status, http::StatusCode::CREATED, "{}", role.body);
    let role = role.json()["role"].as_str().expect("an id").to_owned();
    let account = owner.post("/api/v1/accounts", new_account(&format!("{word}-member"), "")).await;
    let account = account.json()["id"].as_str().expect("an id").to_owned();
    let mut bindings = Vec::new();
    for scope in [format!("app/{}", app.id), format!("namespace/{}", namespace.id)] {
        let form = json!({ "role": role, "scope": scope });
        let bound = owner.post(&format!("/api/v1/accounts/{account}/bindings"), form).await;
        assert_eq!(bound.status, http::StatusCode::CREATED, "{}", bound.body);
        bindings.push(bound.json()["id"].as_str().expect("an id").to_owned());
    }
    let robot = format!("{word}-robot");
    let service = owner.post("/api/v1/service-accounts", json!({ "username": robot, "display_name": robot })).await;
    assert_eq!(service.status, http::StatusCode::CREATED, "{}", service.body);
    let service = service.json()["id"].as_str().expect("an id").to_owned();
    let mut tokens = Vec::new();
    for name in ["one", "two"] {
        let form = token_form(&format!("{word}-{name}"), &["app.read"], &[]);
        let made = owner.post(&format!("/api/v1/accounts/{service}/tokens"), form).await;
        assert_eq!(made.status, http::StatusCode::CREATED, "{}", made.body);
        tokens.push(made.json()["row"]["id"].as_str().expect("an id").to_owned());
    }
    let newest = owner.get("/api/v1/audit?limit=1").await.json();
    let link = owner.post("/api/v1/links", json!({ "kind": "member", "note": word })).await;
    assert_eq!(link.status, http::StatusCode::CREATED, "{}", link.body);
    let (provider, registry) = provider_and_registry(site, id, word).await;
    let form = json!({ "name": format!("{word}-secret"), "value": word });
    let secret = owner.post(&format!("/api/v1/namespaces/{}/secrets", namespace.id), form).await;
    assert_eq!(secret.status, http::StatusCode::CREATED, "{}", secret.body);
    let secret = secret.json()["row"]["id"].as_str().expect("an id").to_owned();
    let sessions = sessions(site, owner, &format!("{word}-owner")).await;
    // From now on a password does not open a session any more.
    let own = owner.get("/api/v1/session").await.json()["id"].as_str().expect("an id").to_owned();
    Estate {
        passkey: passkey(site, &own, word).await,
        provider: provider.to_string(),
        registry: registry.to_string(),
        secret,
        service,
        tokens: tokens.try_into().expect("two"),
        link: link.json()["row"]["id"].as_str().expect("an id").to_owned(),
        account,
        role,
        bindings: bindings.try_into().expect("two"),
        tenant: tenant.to_owned(),
        cluster: cluster.to_string(),
        namespace: namespace.id.to_string(),
        template: template.json()["id"].as_str().expect("an id").to_owned(),
        app: app.id.to_string(),
        operation: operation.to_string(),
        sessions,
        audit: newest["rows"][0]["sequence"].to_string(),
    }
}

/// A tenant's identity provider, and its account at a registry.
pub async fn provider_and_registry(site: &Site, tenant: TenantId, word: &str) -> (ProviderId, RegistryId) {
    let ctx = OpContext::system(site.parts.clock.clone());
    let provider = provider(&ctx, tenant, word);
    let granted = ctx.require(Permission::IdentityProviderManage).expect("the system may");
    let sealed = site.parts.vault.seal(&identity_providers::context(provider.id), b"a secret");
    site.parts.db.create_provider(&ctx, granted, &provider, sealed).await.expect("a provider");
    let registry = registry(&ctx, Some(tenant), word);
    let granted = ctx.require(Permission::RegistryManage).expect("the system may");
    let sealed = site.parts.vault.seal(&registries::context(registry.id, &registry.host), b"a password");
    registries::insert(&site.parts.db, &ctx, granted, &registry, sealed).await.expect("a registry");
    (provider.id, registry.id)
}

/// A cluster that nobody can reach.
pub async fn cluster(site: &Site, word: &str) -> ClusterId {
    let ctx = OpContext::system(site.parts.clock.clone());
    let kept = Cluster {
        id: ClusterId(ctx.clock().uuid()),
        name: format!("{word}-cluster"),
        server: format!("https://{word}.test"),
        created_at: ctx.now(),
        uid: String::new(),
        version: 1,
    };
    let granted = ctx.require(Permission::ClusterManage).expect("the system may");
    clusters::insert(&site.parts.db, &ctx, granted, &kept, Vec::new()).await.expect("a cluster");
    kept.id
}

/// A namespace of a tenant in a cluster, with an application whose first release is under way.
pub async fn namespace_with_app(
    site: &Site,
    tenant: TenantId,
    cluster: ClusterId,
    word: &str,
) -> (Namespace, App, OperationId) {
    let ctx = OpContext::system(site.parts.clock.clone());
    let quota = Quota { cpu: app::model::CpuMillis(4_000), memory: app::model::Bytes(8 << 30), pods: 20 };
    let namespace = Namespace {
        id: NamespaceId(ctx.clock().uuid()),
        tenant,
        cluster,
        name: format!("{word}-ns"),
        quota,
        operation: None,
        created_at: ctx.now(),
        version: 1,
        waiting: false,
    };
    let granted = ctx.require(Permission::NamespaceManage).expect("the system may");
    let entry = || Entry::ok("seed", "seed").tenant(Some(tenant));
    namespaces::insert(&site.parts.db, &ctx, granted, namespace.clone(), entry()).await.expect("a namespace");

    let (app, publication) = application(&ctx, &namespace, word);
    let right = authz::Namespace::authorize(&ctx, Permission::AppPublish, &namespace.place(), &namespace.name);
    let operation = publication.operation.id;
    let right = right.expect("the system may");
    apps::publish(&site.parts.db, &ctx, &right, &app, publication, entry()).await.expect("an application");
    (namespace, app, operation)
}

/// A passkey of an account, as the database has it.
async fn passkey(site: &Site, account: &str, word: &str) -> String {
    let (db, ctx) = (&site.parts.db, OpContext::system(site.parts.clock.clone()));
    let account = db.find_account(&ctx, account.parse().expect("an id")).await.expect("a read").expect("an account");
    let new = PasskeyToAdd {
        credential: format!("{word}-credential"),
        name: format!("{word}-passkey"),
        site: "longshore.test".to_owned(),
        checked_by: "{}".to_owned(),
    };
    match db.add_passkey(&ctx, &account, new, Vec::new()).await {
        Ok(Addition::Added { passkey, .. }) => passkey.id.to_string(),
        other => panic!("a passkey: {other:?}"),
    }
}

/// An account at a registry where nobody is.
pub fn registry(ctx: &OpContext, tenant: Option<TenantId>, word: &str) -> Registry {
    Registry {
        id: RegistryId(ctx.clock().uuid()),
        tenant,
        name: format!("{word}-registry"),
        host: format!("registry.{word}.test"),
        username: format!("{word}-puller"),
        version: 1,
        created_at: ctx.now(),
        updated_at: ctx.now(),
    }
}

/// An identity provider of a tenant, at an address where nobody is.
fn provider(ctx: &OpContext, tenant: TenantId, word: &str) -> Provider {
    Provider {
        id: ProviderId(ctx.clock().uuid()),
        tenant: Some(tenant),
        slug: format!("{word}-provider"),
        name: format!("{word} provider"),
        issuer: "http://127.0.0.1:1".to_owned(),
        client_id: "longshore".to_owned(),
        scopes: String::new(),
        name_claim: String::new(),
        creates_accounts: true,
        shown: false,
        disabled: false,
        rules: Vec::new(),
        default_roles: Vec::new(),
        epoch: ctx.clock().uuid(),
        version: 1,
        created_at: ctx.now(),
        updated_at: ctx.now(),
        actor_name: "admin".to_owned(),
    }
}

/// The form of a role.
pub fn role_form(name: &str) -> serde_json::Value {
    json!({ "name": name, "description": name, "permissions": ["app.read", "namespace.read"] })
}

async fn sessions(site: &Site, owner: &mut Visitor, name: &str) -> [String; 2] {
    for _ in 0..2 {
        assert_eq!(site.visitor().sign_in(name, PASSWORD).await.status, http::StatusCode::CREATED);
    }
    let rows = owner.get("/api/v1/sessions").await.json();
    let idle = rows.as_array().expect("rows").iter().filter(|row| row["current"] == false);
    let ids: Vec<_> = idle.map(|row| row["id"].as_str().expect("an id").to_owned()).collect();
    ids.try_into().expect("two")
}

/// The form of a token of thirty days.
pub fn token_form(name: &str, permissions: &[&str], scopes: &[String]) -> serde_json::Value {
    json!({ "name": name, "permissions": permissions, "scopes": scopes, "days": "30" })
}

/// A specification as forms send it.
pub fn spec(word: &str) -> SpecForm {
    SpecForm {
        image: format!("registry.test/{word}/web:1"),
        env: format!("WORD={word}"),
        config_path: "/etc/app.conf".to_owned(),
        config_content: format!("word = {word}\n"),
        ..SpecForm::starter()
    }
}

/// An application in a namespace, not yet published.
pub fn application(ctx: &OpContext, namespace: &Namespace, word: &str) -> (App, Publication) {
    let app = App {
        id: AppId(ctx.clock().uuid()),
        tenant: namespace.tenant,
        cluster: namespace.cluster,
        namespace: namespace.id,
        name: format!("{word}-app"),
        newest_release: 1,
        live_release: None,
        operation: None,
        deleting: false,
        created_at: ctx.now(),
    };
    let release = NewRelease {
        id: ReleaseId(ctx.clock().uuid()),
        number: 1,
        pods: 1,
        spec: spec(word).parse().expect("valid").0,
        digests: std::collections::BTreeMap::new(),
        config_hash: "0123456789".to_owned(),
        secrets: vec![],
        manifests: vec![json!({ "kind": "Deployment", "metadata": { "name": format!("{word}-app") } })],
        changes: vec![],
        template: None,
        rollback_of: None,
        reason: format!("because of {word}"),
    };
    let operation = NewOperation {
        id: OperationId(ctx.clock().uuid()),
        kind: OperationKind::Publish,
        tenant: namespace.tenant,
        cluster: namespace.cluster,
        namespace: namespace.id,
        app: Some(app.id),
        object: format!("{word}-ns/{word}-app"),
        input: Input { release: Some(1), ..Input::default() },
        steps: steps_of(OperationKind::Publish),
    };
    (app, Publication { release, secrets: vec![], operation })
}
