//! The StatefulSet of an application that keeps data: each of its pods has a name, and volumes that outlive it.
//!
//! A pod leaves before the one that takes its place comes, for both would write to the same volumes. Pods come and go at once
//! where nothing of one depends on another, so that a broken one is replaced when its release is taken back; one after the
//! other would wait for it for ever.
//!
//! Source: <https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback>

use std::collections::BTreeMap;

use app::model::Claim;
use k8s_openapi::{
    api::{
        apps::v1::{
            StatefulSet, StatefulSetPersistentVolumeClaimRetentionPolicy, StatefulSetSpec, StatefulSetUpdateStrategy,
        },
        core::v1::{
            PersistentVolumeClaim, PersistentVolumeClaimSpec, Service, ServicePort, ServiceSpec,
            VolumeResourceRequirements,
        },
    },
    apimachinery::pkg::{
        api::resource::Quantity,
        apis::meta::v1::{LabelSelector, ObjectMeta},
    },
};
use serde_json::Value;

use super::{MANAGED_BY, NAME_LABEL, Subject, TENANT_LABEL, int, json, workload::template};

/// What the name of the Service has behind the application's, by which each pod is found: `db-0.db-pods`.
pub const PODS_SUFFIX: &str = "-pods";

/// The group that volumes belong to, so that whoever the image runs as may write to them.
pub const VOLUME_GROUP: i64 = 65_532;

fn pods_service(subject: &Subject<'_>) -> String {
    format!("{}{PODS_SUFFIX}", subject.name)
}

/// The StatefulSet.
pub fn stateful_set(subject: &Subject<'_>) -> Value {
    let spec = subject.spec;
    // In one order, for Kubernetes takes another for a change, which it never allows.
    let mut claims: Vec<_> = spec.claims().collect();
    claims.sort_by_key(|(name, _)| *name);
    json(&StatefulSet {
        metadata: subject.metadata(subject.release_labels()),
        spec: StatefulSetSpec {
            replicas: Some(int(spec.replicas)),
            selector: LabelSelector { match_labels: Some(subject.selector()), ..LabelSelector::default() },
            service_name: Some(pods_service(subject)),
            pod_management_policy: Some("Parallel".into()),
            update_strategy: Some(StatefulSetUpdateStrategy {
                type_: Some("RollingUpdate".into()),
                ..StatefulSetUpdateStrategy::default()
            }),
            min_ready_seconds: Some(int(spec.update.min_ready_seconds)),
            revision_history_limit: Some(2),
            persistent_volume_claim_retention_policy: Some(StatefulSetPersistentVolumeClaimRetentionPolicy {
                when_deleted: Some("Retain".into()),
                when_scaled: Some("Retain".into()),
            }),
            volume_claim_templates: Some(claims.into_iter().map(|(name, asked)| claim(subject, name, asked)).collect()),
            template: template(subject),
            ..StatefulSetSpec::default()
        },
        ..StatefulSet::default()
    })
}

/// The labels by which an application's volumes are found: they may be older than it, when it takes up those of one of its
/// name that is gone.
fn claim_labels(tenant: impl ToString, name: &str) -> BTreeMap<String, String> {
    BTreeMap::from([
        (MANAGED_BY.0.into(), MANAGED_BY.1.into()),
        (NAME_LABEL.into(), name.into()),
        (TENANT_LABEL.into(), tenant.to_string()),
    ])
}

/// The kind of a disk: API version, kind.
pub const CLAIM: (&str, &str) = ("v1", "PersistentVolumeClaim");

/// What picks an application's disks in its namespace.
pub fn claim_selector(tenant: impl ToString, name: &str) -> String {
    claim_labels(tenant, name).iter().map(|(label, value)| format!("{label}={value}")).collect::<Vec<_>>().join(",")
}

fn claim(subject: &Subject<'_>, name: &str, asked: &Claim) -> PersistentVolumeClaim {
    PersistentVolumeClaim {
        metadata: ObjectMeta {
            name: Some(name.into()),
            labels: Some(claim_labels(subject.tenant, subject.name)),
            ..ObjectMeta::default()
        },
        spec: Some(PersistentVolumeClaimSpec {
            access_modes: Some(vec!["ReadWriteOnce".into()]),
            storage_class_name: asked.class.clone(),
            resources: Some(VolumeResourceRequirements {
                requests: Some(BTreeMap::from([("storage".into(), Quantity(asked.size.quantity()))])),
                ..VolumeResourceRequirements::default()
            }),
            ..PersistentVolumeClaimSpec::default()
        }),
        ..PersistentVolumeClaim::default()
    }
}

/// The Service by which each pod has a name of its own. Pods find each other by it before they are ready.
pub fn pods(subject: &Subject<'_>) -> Value {
    let ports = subject.spec.containers.iter().flat_map(|container| &container.ports);
    let ports: Vec<_> = ports
        .map(|port| ServicePort {
            name: Some(port.name.clone()),
            port: port.port.into(),
            protocol: Some(port.protocol.as_str().into()),
            ..ServicePort::default()
        })
        .collect();
    json(&Service {
        metadata: ObjectMeta { name: Some(pods_service(subject)), ..subject.metadata(subject.labels()) },
        spec: Some(ServiceSpec {
            cluster_ip: Some("None".into()),
            publish_not_ready_addresses: Some(true),
            selector: Some(subject.selector()),
            ports: Some(ports).filter(|ports| !ports.is_empty()),
            ..ServiceSpec::default()
        }),
        ..Service::default()
    })
}
