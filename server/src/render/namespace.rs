//! A tenant's namespace: the quota and the walls around it, and the rights of the tenant's identity inside it.

use std::collections::BTreeMap;

use app::model::{NamespaceId, Quota, TenantId};
use k8s_openapi::{
    api::{
        core::v1::{LimitRange, LimitRangeItem, LimitRangeSpec, Namespace, ResourceQuota, ResourceQuotaSpec},
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

/// The name of every object with which Longshore keeps a namespace in order.
pub const KEEPER: &str = "longshore";
/// What a namespace has at least for objects that are neither pods nor their memory.
const OBJECTS: [(&str, &str); 2] = [("configmaps", "500"), ("secrets", "500")];

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

fn quota(share: &Share<'_>) -> Value {
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
                default: Some(amounts(&[("memory", "128Mi")])),
                default_request: Some(amounts(&[("cpu", "50m"), ("memory", "128Mi")])),
                ..LimitRangeItem::default()
            }],
        }),
    })
}

/// In: the tenant's own namespaces, and those that are not a tenant's (ingress, monitoring). Out: everywhere but the
/// address at which clouds hand out a machine's credentials. Traffic from a pod's own node is never cut off.
fn walls(share: &Share<'_>) -> Value {
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
    let outside = |cidr: &str, except: &str| NetworkPolicyPeer {
        ip_block: Some(IPBlock { cidr: cidr.into(), except: Some(vec![except.into()]) }),
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
                    outside("0.0.0.0/0", "169.254.169.254/32"),
                    outside("::/0", "fd00:ec2::254/128"),
                ]),
                ..NetworkPolicyEgressRule::default()
            }]),
        }),
    })
}

/// What the tenant's identity may do here, and nowhere else: a mistake in Longshore's own checks is still refused
/// by Kubernetes.
pub fn role(share: &Share<'_>) -> Value {
    let rule = |group: &str, resources: &[&str], verbs: &[&str]| PolicyRule {
        api_groups: Some(vec![group.into()]),
        resources: Some(resources.iter().map(|r| (*r).into()).collect()),
        verbs: verbs.iter().map(|v| (*v).into()).collect(),
        ..PolicyRule::default()
    };
    let write = ["get", "list", "watch", "create", "update", "patch", "delete"];
    let read = ["get", "list", "watch"];
    json(&Role {
        metadata: metadata(share),
        rules: Some(vec![
            rule("apps", &["deployments"], &write),
            rule("", &["configmaps", "secrets", "services"], &write),
            rule("autoscaling", &["horizontalpodautoscalers"], &write),
            rule("policy", &["poddisruptionbudgets"], &write),
            rule("networking.k8s.io", &["networkpolicies"], &write),
            rule("apps", &["replicasets"], &read),
            rule("", &["pods", "pods/log", "events", "resourcequotas"], &read),
            rule("discovery.k8s.io", &["endpointslices"], &read),
        ]),
    })
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
