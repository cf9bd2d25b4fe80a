//! What is tried with each permission in a tenant without a cluster, and whether somebody does it: attempts that change
//! nothing, also when they are allowed.

use app::model::Permission;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    access_properties::{PLACES, World},
    seed::spec,
    support::{Reply, Visitor},
};

/// What something is tried with, and so where it has to be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// Each of the two applications.
    App,
    /// Each of their namespaces.
    Namespace,
    /// Their cluster, which whoever has it in any of the namespaces there may see.
    Cluster,
    /// An account of the tenant, about which the tenant as a whole decides.
    Account,
    /// The tenant as a whole.
    Tenant,
    /// What whoever has it anywhere may read.
    Anywhere,
}

/// What everybody tries: all that can be tried in a tenant without a cluster.
pub const TRIED: [(&str, On); 20] = [
    ("app.read", On::App),
    ("app.publish", On::App),
    ("app.rollback", On::App),
    ("app.operate", On::App),
    ("app.delete", On::App),
    ("secret.write", On::Namespace),
    ("namespace.read", On::Namespace),
    ("namespace.manage", On::Namespace),
    ("cluster.read", On::Cluster),
    ("tenant.settings", On::Account),
    ("account.delete", On::Account),
    ("account.read", On::Tenant),
    ("account.manage", On::Tenant),
    ("access.manage", On::Tenant),
    ("template.manage", On::Tenant),
    ("registry.manage", On::Tenant),
    ("token.manage", On::Tenant),
    ("audit.read", On::Tenant),
    ("template.read", On::Anywhere),
    ("registry.read", On::Anywhere),
];
/// The others: those of the platform alone, and one that allows nothing yet.
const NOT_TRIED: [&str; 10] = [
    "tenant.read",
    "tenant.manage",
    "platform.manage",
    "identity_provider.read",
    "identity_provider.manage",
    "cluster.manage",
    "node.read",
    "node.drain",
    "app.patch",
    "pod.exec",
];
/// What no token does, whatever it is for.
pub const BY_PEOPLE: [&str; 3] = ["tenant.settings", "account.manage", "token.manage"];

impl On {
    /// How many of them there are.
    pub const fn count(self) -> usize {
        match self {
            Self::App | Self::Namespace => 2,
            Self::Cluster | Self::Account | Self::Tenant | Self::Anywhere => 1,
        }
    }

    /// The places at which one asks whether it is allowed; in one of them is enough.
    pub fn places(self, n: usize) -> Vec<usize> {
        match self {
            Self::App => vec![3 + 2 * n],
            Self::Namespace => vec![2 + 2 * n],
            Self::Cluster => vec![1, 2, 4],
            Self::Account | Self::Tenant => vec![0],
            Self::Anywhere => (0..PLACES).collect(),
        }
    }
}

/// Whether what is given in a place is given for the first or the second thing that it is tried with. Behind the last place
/// is everywhere.
pub fn covers(place: usize, on: On, n: usize) -> bool {
    match on {
        On::Anywhere => true,
        On::Account | On::Tenant => place == 0 || place >= PLACES,
        On::Cluster => !matches!(place, 3 | 5),
        On::Namespace => !(2..PLACES).contains(&place) || place == 2 + 2 * n,
        On::App => !(2..PLACES).contains(&place) || (place - 2) / 2 == n,
    }
}

/// The form of an application with a secret, at the address of Longshore itself, which is refused after the secret is.
fn with_a_secret(namespace: &str) -> Value {
    let mut spec = serde_json::to_value(spec("secretive")).expect("JSON");
    spec["secrets"] = json!("TOKEN=abc");
    spec["routes"] = json!("https://longshore.test/");
    json!({ "namespace": namespace, "name": "secretive", "template": "", "spec": spec, "reason": "" })
}

/// Whether somebody gives a secret its value by publishing an application with it, which changes nothing.
pub async fn publishes_a_secret(who: &mut Visitor, namespace: &str) -> bool {
    is_done("publishing with a secret", &who.post("/api/v1/apps", with_a_secret(namespace)).await)
}

/// Whether somebody does something that changes nothing even when it is allowed; `id` is that of what it is tried with.
pub async fn enforced(who: &mut Visitor, id: &str, permission: &str) -> bool {
    let (app, namespace) = (format!("/api/v1/apps/{id}"), format!("/api/v1/namespaces/{id}"));
    let account = format!("/api/v1/accounts/{id}");
    let long = json!({ "reason": "x".repeat(501) });
    let wrong = json!({
        "name": "Not A Name", "description": "", "spec": {}, "permissions": ["app.read"],
        "host": "", "username": "X", "display_name": "", "password": "",
    });
    let reply = match permission {
        "app.read" => who.get(&app).await,
        "app.delete" => who.delete(&format!("{app}?confirm=wrong")).await,
        "app.operate" => who.post(&format!("{app}/scale"), json!({ "replicas": "many", "reason": "" })).await,
        "app.rollback" => who.post(&format!("{app}/releases/1/rollback"), long).await,
        "app.publish" => who.ask(&Method::PUT, &app, Some(json!({ "spec": {}, "reason": "", "based_on": "0" }))).await,
        "secret.write" => who.post(&format!("{namespace}/secrets"), json!({ "name": "Not A Name", "value": "" })).await,
        "namespace.read" => who.get(&namespace).await,
        "namespace.manage" => who.put(&namespace, json!({ "cpu": "x", "memory": "x", "pods": "x" })).await,
        "cluster.read" => who.get(&format!("/api/v1/clusters/{id}")).await,
        "tenant.settings" => who.ask(&Method::POST, &format!("{account}/main?confirm=wrong"), None).await,
        "account.delete" => who.delete(&format!("{account}?confirm=wrong")).await,
        "account.read" => who.get("/api/v1/accounts?limit=1").await,
        "account.manage" => who.post("/api/v1/accounts", wrong).await,
        "access.manage" => who.post("/api/v1/roles", wrong).await,
        "template.read" => who.get("/api/v1/templates?limit=1").await,
        "template.manage" => who.post("/api/v1/templates", wrong).await,
        "registry.read" => who.get("/api/v1/registries?limit=1").await,
        "registry.manage" => who.post("/api/v1/registries", wrong).await,
        "token.manage" => who.post("/api/v1/service-accounts", wrong).await,
        "audit.read" => who.get("/api/v1/audit?limit=1").await,
        other => panic!("no attempt at {other}"),
    };
    is_done(permission, &reply)
}

/// Whether somebody was let do what they tried, by the status.
fn is_done(what: &str, reply: &Reply) -> bool {
    match reply.status {
        StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => false,
        StatusCode::OK | StatusCode::UNPROCESSABLE_ENTITY | StatusCode::CONFLICT => true,
        other => panic!("{what}: {other} {}", reply.body),
    }
}

#[test]
fn every_permission_is_tried_or_is_known_not_to_be() {
    let names = Permission::ALL.into_iter().map(Permission::as_str);
    let rest: Vec<&str> = names.filter(|name| TRIED.iter().all(|(tried, _)| tried != name)).collect();
    assert_eq!(rest, NOT_TRIED, "try what is new");
}

#[tokio::test]
async fn whoever_may_does_all_that_is_tried() {
    let mut world = World::new().await;
    for (permission, on) in TRIED {
        for n in 0..on.count() {
            let thing = world.thing(on, n);
            assert!(enforced(&mut world.owner, &thing, permission).await, "{permission} for {n}");
        }
    }
}
