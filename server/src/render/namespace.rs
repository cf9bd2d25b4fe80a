//! A tenant's namespace: the quota and the walls around it, and the rights of the tenant's identity inside it.

use std::collections::BTreeMap;

use app::model::{HUB, NamespaceId, Quota, TenantId};
use k8s_openapi::{
    ByteString,
    api::{
        core::v1::{
            LimitRange, LimitRangeItem, LimitRangeSpec, LocalObjectReference, Namespace, ResourceQuota,
            ResourceQuotaSpec, Secret, ServiceAccount,
        },
        networking::v1::{
            IPBlock, NetworkPolicy, NetworkPolicyEgressRule, NetworkPolicyIngressRule, NetworkPolicyPeer,
            NetworkPolicySpec,
        },
        rbac::v1::{PolicyRule, Role, RoleBinding, RoleRef, Subject},
    },
    apimachinery::pkg::{
        api::resource::Quantity,
        apis::meta::v1::{LabelSelector, LabelSelectorRequirement, ObjectMeta},
    },
};
use serde_json::Value;

use super::{MANAGED_BY, NAMESPACE_LABEL, TENANT_LABEL, json};
use crate::registry::Login;

/// The name of every object with which Longshore keeps a namespace in order.
pub const KEEPER: &str = "longshore";
/// The CPU that is kept for a container that does not say it.
pub const DEFAULT_CPU: &str = "50m";
/// The most memory of a container that does not say it.
pub const DEFAULT_MEMORY: &str = "128Mi";
/// The most of what is neither pods nor their memory. Ports of nodes are the whole cluster's, some 2,700 by default, and
/// load balancers cost money.
const OBJECTS: [(&str, &str); 10] = [
    ("configmaps", "500"),
    ("secrets", "500"),
    ("services", "200"),
    ("services.nodeports", "40"),
    ("services.loadbalancers", "5"),
    ("count/deployments.apps", "200"),
    ("count/statefulsets.apps", "100"),
    ("persistentvolumeclaims", "100"),
    ("count/ingresses.networking.k8s.io", "200"),
    ("count/httproutes.gateway.networking.k8s.io", "500"),
];
/// Where clouds hand out a machine's credentials: link-local for most of them, and the addresses of those that chose
/// others (Alibaba Cloud; Azure's host).
const METADATA_V4: [&str; 3] = ["169.254.0.0/16", "100.100.100.200/32", "168.63.129.16/32"];
/// The same of IPv6: link-local, AWS, Google Cloud.
const METADATA_V6: [&str; 3] = ["fe80::/10", "fd00:ec2::/32", "fd20:ce::/32"];

/// A namespace to be.
#[derive(Clone, Debug)]
pub struct Share<'a> {
    /// The namespace.
    pub id: NamespaceId,
    /// Whose it is.
    pub tenant: TenantId,
    /// Its name.
    pub name: &'a str,
    /// What its pods may ask for, together.
    pub quota: Quota,
}

/// The name under which Longshore writes into a tenant's namespaces.
pub fn tenant_user(tenant: TenantId) -> String {
    format!("longshore:tenant:{tenant}")
}

/// The Namespace itself, with Pod Security at its strictest.
pub fn namespace(share: &Share<'_>) -> Value {
    let mut labels = labels(share);
    for mode in ["enforce", "audit", "warn"] {
        labels.insert(format!("pod-security.kubernetes.io/{mode}"), "restricted".into());
    }
    json(&Namespace {
        metadata: ObjectMeta { name: Some(share.name.into()), labels: Some(labels), ..ObjectMeta::default() },
        ..Namespace::default()
    })
}

/// What stands in the namespace from its first moment, in the order in which it is applied.
pub fn keepers(share: &Share<'_>) -> Vec<Value> {
    vec![quota(share), limits(share), walls(share), role(share), binding(share)]
}

fn labels(share: &Share<'_>) -> BTreeMap<String, String> {
    BTreeMap::from([
        (MANAGED_BY.0.into(), MANAGED_BY.1.into()),
        (TENANT_LABEL.into(), share.tenant.to_string()),
        (NAMESPACE_LABEL.into(), share.id.to_string()),
    ])
}

fn metadata(share: &Share<'_>) -> ObjectMeta {
    ObjectMeta {
        name: Some(KEEPER.into()),
        namespace: Some(share.name.into()),
        labels: Some(labels(share)),
        ..ObjectMeta::default()
    }
}

/// What the namespace may have, together.
pub fn quota(share: &Share<'_>) -> Value {
    let memory = share.quota.memory.quantity();
    let hard = [
        ("requests.cpu", share.quota.cpu.quantity()),
        ("requests.memory", memory.clone()),
        ("limits.memory", memory),
        ("pods", share.quota.pods.to_string()),
    ];
    let hard = hard.into_iter().chain(OBJECTS.map(|(name, most)| (name, most.to_owned())));
    json(&ResourceQuota {
        metadata: metadata(share),
        spec: Some(ResourceQuotaSpec {
            hard: Some(hard.map(|(name, most)| (name.to_owned(), Quantity(most))).collect()),
            ..ResourceQuotaSpec::default()
        }),
        ..ResourceQuota::default()
    })
}

/// Pods that came from elsewhere and ask for nothing still count against the quota.
fn limits(share: &Share<'_>) -> Value {
    let amounts =
        |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), Quantity((*v).to_owned()))).collect();
    json(&LimitRange {
        metadata: metadata(share),
        spec: Some(LimitRangeSpec {
            limits: vec![LimitRangeItem {
                type_: "Container".into(),
                default: Some(amounts(&[("memory", DEFAULT_MEMORY)])),
                default_request: Some(amounts(&[("cpu", DEFAULT_CPU), ("memory", DEFAULT_MEMORY)])),
                ..LimitRangeItem::default()
            }],
        }),
    })
}

/// In: the tenant's own namespaces, and those that are not a tenant's (ingress, monitoring). Out: everywhere but where
/// clouds hand out a machine's credentials. Traffic from a pod's own node is never cut off.
pub fn walls(share: &Share<'_>) -> Value {
    let from = |selector| NetworkPolicyPeer { namespace_selector: Some(selector), ..NetworkPolicyPeer::default() };
    let own = LabelSelector {
        match_labels: Some(BTreeMap::from([(TENANT_LABEL.into(), share.tenant.to_string())])),
        ..LabelSelector::default()
    };
    let nobodys = LabelSelector {
        match_expressions: Some(vec![LabelSelectorRequirement {
            key: TENANT_LABEL.into(),
            operator: "DoesNotExist".into(),
            values: None,
        }]),
        ..LabelSelector::default()
    };
    let outside = |cidr: &str, except: [&str; 3]| NetworkPolicyPeer {
        ip_block: Some(IPBlock { cidr: cidr.into(), except: Some(except.map(Into::into).to_vec()) }),
        ..NetworkPolicyPeer::default()
    };
    json(&NetworkPolicy {
        metadata: metadata(share),
        spec: Some(NetworkPolicySpec {
            pod_selector: Some(LabelSelector::default()),
            policy_types: Some(vec!["Ingress".into(), "Egress".into()]),
            ingress: Some(vec![NetworkPolicyIngressRule {
                from: Some(vec![from(own), from(nobodys)]),
                ..NetworkPolicyIngressRule::default()
            }]),
            egress: Some(vec![NetworkPolicyEgressRule {
                to: Some(vec![
                    from(LabelSelector::default()),
                    outside("0.0.0.0/0", METADATA_V4),
                    outside("::/0", METADATA_V6),
                ]),
                ..NetworkPolicyEgressRule::default()
            }]),
        }),
    })
}

/// The name of the Secret by which nodes pull a namespace's images.
pub const PULL_SECRET: &str = "longshore-pull";

/// An account at a registry, as nodes use it.
#[derive(Clone, Debug)]
pub struct PullAccount {
    /// The registry's address.
    pub host: String,
    /// Who asks, with the password.
    pub login: Login,
}

/// The accounts by which nodes pull the namespace's images. One Secret for all of them, which changes with them: what runs
/// does not name it, so that another password restarts nothing, and a rollback uses today's.
///
/// Source: <https://kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry/>
pub fn pull_secret(share: &Share<'_>, accounts: &[PullAccount]) -> Value {
    let auths: serde_json::Map<String, Value> = accounts
        .iter()
        .map(|PullAccount { host, login }| {
            // By its first address, which kubelets know it by.
            let key = if host == HUB { "https://index.docker.io/v1/" } else { host };
            (key.to_owned(), serde_json::json!({ "username": login.username, "password": login.password.as_str() }))
        })
        .collect();
    let config = serde_json::json!({ "auths": auths }).to_string();
    json(&Secret {
        metadata: ObjectMeta { name: Some(PULL_SECRET.into()), ..metadata(share) },
        type_: Some("kubernetes.io/dockerconfigjson".into()),
        data: Some(BTreeMap::from([(".dockerconfigjson".into(), ByteString(config.into_bytes()))])),
        ..Secret::default()
    })
}

/// The account that pods run as, which hands them the Secret above.
pub fn puller(share: &Share<'_>) -> Value {
    json(&ServiceAccount {
        metadata: ObjectMeta {
            name: Some("default".into()),
            namespace: Some(share.name.into()),
            ..ObjectMeta::default()
        },
        image_pull_secrets: Some(vec![LocalObjectReference { name: PULL_SECRET.into() }]),
        ..ServiceAccount::default()
    })
}

const WRITE: &[&str] = &["get", "list", "watch", "create", "update", "patch", "delete"];
const READ: &[&str] = &["get", "list", "watch"];

/// What a tenant's identity may do in a namespace: API group, resources, verbs.
pub const TENANT_RIGHTS: [(&str, &[&str], &[&str]); 10] = [
    ("apps", &["deployments", "statefulsets"], WRITE),
    ("", &["configmaps", "secrets", "services", "persistentvolumeclaims"], WRITE),
    ("batch", &["jobs", "cronjobs"], WRITE),
    ("autoscaling", &["horizontalpodautoscalers"], WRITE),
    ("policy", &["poddisruptionbudgets"], WRITE),
    ("networking.k8s.io", &["networkpolicies", "ingresses"], WRITE),
    ("gateway.networking.k8s.io", &["httproutes"], WRITE),
    ("apps", &["replicasets"], READ),
    ("", &["pods", "pods/log", "events", "resourcequotas"], READ),
    ("discovery.k8s.io", &["endpointslices"], READ),
];

/// What the tenant's identity may do here, and nowhere else: a mistake in Longshore's own checks is still refused
/// by Kubernetes.
pub fn role(share: &Share<'_>) -> Value {
    let words = |all: &[&str]| all.iter().map(|word| (*word).into()).collect();
    let rule = |(group, resources, verbs): (&str, &[&str], &[&str])| PolicyRule {
        api_groups: Some(vec![group.into()]),
        resources: Some(words(resources)),
        verbs: words(verbs),
        ..PolicyRule::default()
    };
    json(&Role { metadata: metadata(share), rules: Some(TENANT_RIGHTS.map(rule).to_vec()) })
}

fn binding(share: &Share<'_>) -> Value {
    json(&RoleBinding {
        metadata: metadata(share),
        role_ref: RoleRef {
            api_group: Some("rbac.authorization.k8s.io".into()),
            kind: "Role".into(),
            name: KEEPER.into(),
        },
        subjects: Some(vec![Subject {
            api_group: Some("rbac.authorization.k8s.io".into()),
            kind: "User".into(),
            name: tenant_user(share.tenant),
            ..Subject::default()
        }]),
    })
}
