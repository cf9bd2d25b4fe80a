//! The kinds of objects that Longshore handles, and where the API server keeps them. A fixed table: what is not
//! in it cannot be asked for, and no discovery is needed.

use super::fault::ClusterError;

/// Which object.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct ObjectRef {
    /// `v1`, `apps/v1`, …
    pub api_version: String,
    /// `Deployment`, …
    pub kind: String,
    /// Its namespace; `None` for what belongs to the cluster.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

impl ObjectRef {
    /// An object in a namespace.
    pub fn namespaced(api_version: &str, kind: &str, namespace: &str, name: &str) -> Self {
        Self { namespace: Some(namespace.to_owned()), ..Self::cluster(api_version, kind, name) }
    }

    /// An object of the cluster.
    pub fn cluster(api_version: &str, kind: &str, name: &str) -> Self {
        Self { api_version: api_version.to_owned(), kind: kind.to_owned(), namespace: None, name: name.to_owned() }
    }

    /// The object that a manifest describes; fails with [`ClusterError::Invalid`] when it has no kind or name.
    pub fn of(manifest: &serde_json::Value) -> Result<Self, ClusterError> {
        let text = |pointer: &str| manifest.pointer(pointer).and_then(|v| v.as_str()).map(str::to_owned);
        match (text("/apiVersion"), text("/kind"), text("/metadata/name")) {
            (Some(api_version), Some(kind), Some(name)) => {
                Ok(Self { api_version, kind, name, namespace: text("/metadata/namespace") })
            }
            _ => Err(ClusterError::Invalid {
                message: "a manifest needs apiVersion, kind and metadata.name".to_owned(),
                field: None,
            }),
        }
    }

    /// The path of the object.
    pub(crate) fn path(&self) -> Result<String, ClusterError> {
        if !is_path_segment(&self.name) {
            return Err(bad_name(&self.name));
        }
        Ok(format!("{}/{}", collection(&self.api_version, &self.kind, self.namespace.as_deref())?, self.name))
    }
}

impl std::fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} {namespace}/{}", self.kind, self.name),
            None => write!(f, "{} {}", self.kind, self.name),
        }
    }
}

/// Api version, kind, plural, whether it lives in a namespace.
const KINDS: [(&str, &str, &str, bool); 26] = [
    ("v1", "Namespace", "namespaces", false),
    ("v1", "Node", "nodes", false),
    ("v1", "Pod", "pods", true),
    ("v1", "ConfigMap", "configmaps", true),
    ("v1", "Secret", "secrets", true),
    ("v1", "Service", "services", true),
    ("v1", "ServiceAccount", "serviceaccounts", true),
    ("v1", "ResourceQuota", "resourcequotas", true),
    ("v1", "LimitRange", "limitranges", true),
    ("v1", "Event", "events", true),
    ("apps/v1", "Deployment", "deployments", true),
    ("apps/v1", "ReplicaSet", "replicasets", true),
    ("apps/v1", "StatefulSet", "statefulsets", true),
    ("batch/v1", "Job", "jobs", true),
    ("batch/v1", "CronJob", "cronjobs", true),
    ("v1", "PersistentVolumeClaim", "persistentvolumeclaims", true),
    ("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies", true),
    ("networking.k8s.io/v1", "Ingress", "ingresses", true),
    ("networking.k8s.io/v1", "IngressClass", "ingressclasses", false),
    ("gateway.networking.k8s.io/v1", "HTTPRoute", "httproutes", true),
    ("rbac.authorization.k8s.io/v1", "Role", "roles", true),
    ("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings", true),
    ("rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles", false),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "clusterrolebindings", false),
    ("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", true),
    ("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets", true),
];

/// Whether a cluster has kinds of this API version only when somebody has added them.
pub(crate) fn is_added(api_version: &str) -> bool {
    api_version.starts_with("gateway.networking.k8s.io/")
}

/// The path of a kind's objects, in a namespace or over the whole cluster.
pub(crate) fn collection(api_version: &str, kind: &str, namespace: Option<&str>) -> Result<String, ClusterError> {
    let Some((_, _, plural, namespaced)) = KINDS.iter().find(|(v, k, ..)| *v == api_version && *k == kind) else {
        return Err(ClusterError::Invalid {
            message: format!("Longshore does not handle {api_version} {kind}"),
            field: Some("kind".to_owned()),
        });
    };
    let root = if api_version == "v1" { "/api/v1".to_owned() } else { format!("/apis/{api_version}") };
    match namespace.filter(|_| *namespaced) {
        Some(namespace) if !is_path_segment(namespace) => Err(bad_name(namespace)),
        Some(namespace) => Ok(format!("{root}/namespaces/{namespace}/{plural}")),
        None => Ok(format!("{root}/{plural}")),
    }
}

/// Whether a name can stand in a path: what Kubernetes allows in names, so that none can lead elsewhere.
fn is_path_segment(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 253
        && name != "."
        && name != ".."
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b':' | b'_'))
}

fn bad_name(name: &str) -> ClusterError {
    ClusterError::Invalid {
        message: format!("“{name}” is not a name in Kubernetes"),
        field: Some("metadata.name".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_follow_the_api_and_cannot_be_left() {
        let path = |object: ObjectRef| object.path();
        assert_eq!(
            path(ObjectRef::namespaced("apps/v1", "Deployment", "shop", "web")).as_deref(),
            Ok("/apis/apps/v1/namespaces/shop/deployments/web")
        );
        assert_eq!(path(ObjectRef::cluster("v1", "Namespace", "shop")).as_deref(), Ok("/api/v1/namespaces/shop"));
        assert_eq!(
            path(ObjectRef::namespaced("rbac.authorization.k8s.io/v1", "Role", "shop", "system:x")).as_deref(),
            Ok("/apis/rbac.authorization.k8s.io/v1/namespaces/shop/roles/system:x")
        );
        for (namespace, name) in [("shop", "../nodes"), ("..", "web"), ("a/b", "web"), ("shop", ""), ("shop", "a?b")] {
            assert!(path(ObjectRef::namespaced("v1", "Pod", namespace, name)).is_err(), "{namespace}/{name}");
        }
        assert!(path(ObjectRef::namespaced("v1", "Widget", "shop", "web")).is_err());
    }
}
