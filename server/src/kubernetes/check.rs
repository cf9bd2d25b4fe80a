//! What a kubeconfig leads to: whether the cluster answers, which version it is, whom it sees, and which of the
//! rights that Longshore needs it grants.

use app::model::{ClusterCheck, ClusterRight, NamespaceId};
use futures::{StreamExt, TryStreamExt, stream};
use http::Method;
use serde_json::{Value, json};

use super::{
    client::{CALL_TIMEOUT, Client, Identity},
    fault::ClusterError,
    kinds::ObjectRef,
    kubeconfig::Credentials,
    usage::version,
};
use crate::render::{NAMESPACE_LABEL, namespace::TENANT_RIGHTS};

/// Verb, group, resource, whether Longshore cannot work without it.
type Right = (&'static str, &'static str, &'static str, bool);

/// What Longshore needs for itself.
const RIGHTS: &[Right] = &[
    ("list", "", "nodes", true),
    ("watch", "", "nodes", true),
    ("get", "", "namespaces", true),
    ("list", "", "namespaces", true),
    ("watch", "", "namespaces", true),
    ("create", "", "namespaces", true),
    ("patch", "", "namespaces", true),
    ("delete", "", "namespaces", true),
    ("create", "", "resourcequotas", true),
    ("patch", "", "resourcequotas", true),
    ("create", "", "limitranges", true),
    ("patch", "", "limitranges", true),
    ("create", "", "serviceaccounts", true),
    ("patch", "", "serviceaccounts", true),
    ("create", "rbac.authorization.k8s.io", "roles", true),
    ("patch", "rbac.authorization.k8s.io", "roles", true),
    ("create", "rbac.authorization.k8s.io", "rolebindings", true),
    ("patch", "rbac.authorization.k8s.io", "rolebindings", true),
    ("impersonate", "", "users", true),
    ("impersonate", "", "groups", true),
    ("list", "metrics.k8s.io", "nodes", false),
    ("patch", "", "nodes", false),
    ("list", "networking.k8s.io", "ingressclasses", false),
    // To ask for CPU and memory over time.
    ("get", "", "services/proxy", false),
    // To import what runs already.
    ("create", "", "pods", false),
    ("patch", "", "pods", false),
    ("patch", "apps", "replicasets", false),
    ("delete", "apps", "replicasets", false),
];

/// All of them: Kubernetes lets nobody give away what they may not do themselves, so that what a tenant's identity may do
/// is needed as well.
fn rights() -> Vec<Right> {
    let tenants = TENANT_RIGHTS.iter().flat_map(|(group, resources, verbs)| {
        resources.iter().flat_map(move |resource| verbs.iter().map(move |verb| (*verb, *group, *resource, true)))
    });
    RIGHTS.iter().copied().chain(tenants).collect()
}

/// Looks where the credentials lead; changes nothing there. Fails when the cluster cannot be asked at all; a right
/// that is missing is part of the answer.
pub async fn check(credentials: &Credentials) -> Result<ClusterCheck, ClusterError> {
    let client = Client::new(credentials).await?;
    let version = version(&client).await?;
    let user = whoami(&client).await?;
    let reviews: Vec<_> = rights().into_iter().map(|right| review(&client, right)).collect();
    let rights = stream::iter(reviews).buffered(8).try_collect().await?;
    Ok(ClusterCheck { server: credentials.server().to_owned(), version, user, rights })
}

/// What tells a cluster from all others, whatever its address: the uid of its namespace `kube-system`, which is made with it
/// and cannot be deleted.
pub async fn uid(credentials: &Credentials) -> Result<String, ClusterError> {
    let namespace = namespace(&Client::new(credentials).await?, "kube-system").await?;
    let uid = namespace.pointer("/metadata/uid").and_then(Value::as_str).filter(|uid| (1..=63).contains(&uid.len()));
    uid.map(str::to_owned).ok_or_else(|| ClusterError::Other("its namespace kube-system has no uid".to_owned()))
}

/// Whether the cluster has one of these namespaces, by names and labels of Longshore's own.
pub async fn has_one_of(credentials: &Credentials, namespaces: &[(String, NamespaceId)]) -> Result<bool, ClusterError> {
    let client = Client::new(credentials).await?;
    for (name, id) in namespaces {
        let there = match namespace(&client, name).await {
            Ok(there) => there,
            Err(ClusterError::NotFound) => continue,
            Err(error) => return Err(error),
        };
        let labels = there.pointer("/metadata/labels");
        if labels.and_then(|l| l.get(NAMESPACE_LABEL)).and_then(Value::as_str) == Some(id.to_string().as_str()) {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn namespace(client: &Client, name: &str) -> Result<Value, ClusterError> {
    let path = ObjectRef::cluster("v1", "Namespace", name).path()?;
    let text = client.call(&Identity::Platform, Method::GET, &path, None, CALL_TIMEOUT).await?;
    serde_json::from_str(&text).map_err(|e| ClusterError::Other(e.to_string()))
}

/// The user that the cluster sees. Also the first call that needs valid credentials: `/version` is open to all.
async fn whoami(client: &Client) -> Result<String, ClusterError> {
    let path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
    let body = json!({ "apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview" });
    match post(client, path, &body).await {
        Ok(answer) => {
            let user = answer.pointer("/status/userInfo/username").and_then(Value::as_str).unwrap_or_default();
            if user == "system:anonymous" { Err(ClusterError::Unauthorized) } else { Ok(user.to_owned()) }
        }
        // Clusters before 1.28 have no such review.
        Err(ClusterError::NotFound) => Ok(String::new()),
        // An unknown user is anonymous, and may not even ask who it is.
        Err(ClusterError::Forbidden { what }) if what.contains("system:anonymous") => Err(ClusterError::Unauthorized),
        Err(e) => Err(e),
    }
}

async fn review(client: &Client, (verb, group, name, required): Right) -> Result<ClusterRight, ClusterError> {
    let (resource, subresource) = name.split_once('/').unwrap_or((name, ""));
    let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    let body = json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": { "resourceAttributes": { "verb": verb, "group": group, "resource": resource, "subresource": subresource } },
    });
    let answer = post(client, path, &body).await?;
    let name = if group.is_empty() { name.to_owned() } else { format!("{group}/{name}") };
    Ok(ClusterRight {
        verb: verb.to_owned(),
        resource: name,
        allowed: answer.pointer("/status/allowed").and_then(Value::as_bool).unwrap_or(false),
        required,
    })
}

async fn post(client: &Client, path: &str, body: &Value) -> Result<Value, ClusterError> {
    let body = Some(("application/json", body.to_string().into_bytes()));
    let text = client.call(&Identity::Platform, Method::POST, path, body, CALL_TIMEOUT).await?;
    serde_json::from_str(&text).map_err(|e| ClusterError::Other(e.to_string()))
}
