//! Turns specifications into Kubernetes objects: pure, deterministic, and without a client. What is rendered for a
//! release is recorded with it, so the same input must give the same bytes for ever.
//!
//! Everything is labelled: `longshore.dev/tenant`, `longshore.dev/app` and, on what belongs to one release alone,
//! `longshore.dev/release`. Deletion and collection find by these labels, and by nothing else.

pub mod configuration;
pub mod deviation;
pub mod job;
pub mod namespace;
pub mod network;
pub mod ownership;
pub mod patch;
pub mod routing;
pub mod scaling;
pub mod stateful;
pub mod workload;

use std::collections::{BTreeMap, BTreeSet};

use app::{
    FieldError,
    model::{Amount, AppId, AppSpec, TenantId, WorkloadKind},
};
use k8s_openapi::apimachinery::pkg::{apis::meta::v1::ObjectMeta, util::intstr::IntOrString};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// What Longshore's own labels begin with.
pub const OWN_PREFIX: &str = "longshore.dev/";
/// The label that says whose something is: a [`TenantId`].
pub const TENANT_LABEL: &str = "longshore.dev/tenant";
/// The label that says which application something belongs to: an [`AppId`].
pub const APP_LABEL: &str = "longshore.dev/app";
/// The label that says which release a Deployment is of: its number. On a pod the release that made it: a later one whose
/// pods are alike runs it, too.
pub const RELEASE_LABEL: &str = "longshore.dev/release";
/// The label of a namespace that Longshore made: its `NamespaceId`.
pub const NAMESPACE_LABEL: &str = "longshore.dev/namespace";
/// The label with an application's name, by the recommended labels of Kubernetes.
pub const NAME_LABEL: &str = "app.kubernetes.io/name";
/// Who manages an object, by the recommended labels of Kubernetes.
pub const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "longshore");

/// The kinds of which an application may have objects, as (api version, kind).
pub const KINDS: [(&str, &str); 12] = [
    routing::INGRESS,
    routing::HTTP_ROUTE,
    ("autoscaling/v2", "HorizontalPodAutoscaler"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    job::CRON_JOB,
    job::JOB,
    ("policy/v1", "PodDisruptionBudget"),
    ("networking.k8s.io/v1", "NetworkPolicy"),
    ("v1", "Service"),
    ("v1", "ConfigMap"),
    ("v1", "Secret"),
];

/// The kinds of which an application that had these objects may have some, each once, in the order in which they are taken
/// away. Configuration and secrets are always among them: they stay for as long as a release is kept that needs them, and
/// so may be of one that is none of these any more.
pub fn kinds_of<'a>(objects: impl Iterator<Item = &'a Value>) -> Vec<(&'static str, &'static str)> {
    let mut had: BTreeSet<&str> = objects.filter_map(|object| object["kind"].as_str()).collect();
    had.extend(["ConfigMap", "Secret"]);
    KINDS.iter().copied().filter(|(_, kind)| had.contains(kind)).collect()
}

/// What a release is rendered from.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// Whose it is.
    pub tenant: TenantId,
    /// The application.
    pub app: AppId,
    /// The application's name; what makes its pods and the Service are called so.
    pub name: &'a str,
    /// The namespace's name in the cluster.
    pub namespace: &'a str,
    /// The release's number.
    pub release: u32,
    /// The release whose pods it runs: itself, or an earlier one when nothing about the pods differs.
    pub pods: u32,
    /// What is to run.
    pub spec: &'a AppSpec,
    /// Each image's digest (`sha256:…`), as far as its registry told it.
    pub digests: &'a BTreeMap<String, String>,
    /// Each secret's name and version, sorted by name.
    pub secrets: &'a [(String, String)],
}

impl Subject<'_> {
    /// What an object that bears the application's name is called, and labelled with.
    fn metadata(&self, labels: BTreeMap<String, String>) -> ObjectMeta {
        ObjectMeta {
            name: Some(self.name.to_owned()),
            namespace: Some(self.namespace.to_owned()),
            labels: Some(labels),
            ..ObjectMeta::default()
        }
    }

    /// The labels by which the application's objects are found.
    fn labels(&self) -> BTreeMap<String, String> {
        BTreeMap::from([
            (MANAGED_BY.0.into(), MANAGED_BY.1.into()),
            (NAME_LABEL.into(), self.name.into()),
            (TENANT_LABEL.into(), self.tenant.to_string()),
            (APP_LABEL.into(), self.app.to_string()),
        ])
    }

    /// The same, and the release's number.
    fn release_labels(&self) -> BTreeMap<String, String> {
        let mut labels = self.labels();
        labels.insert(RELEASE_LABEL.into(), self.release.to_string());
        labels
    }

    /// The labels of its pods.
    fn pod_labels(&self) -> BTreeMap<String, String> {
        let mut labels = self.labels();
        labels.insert(RELEASE_LABEL.into(), self.pods.to_string());
        labels
    }

    /// The labels that select the application's pods over all releases: a Deployment's selector can never change.
    fn selector(&self) -> BTreeMap<String, String> {
        BTreeMap::from([(APP_LABEL.into(), self.app.to_string())])
    }
}

/// The objects of a release without the values of secrets, in the order in which they are applied.
pub fn release(subject: &Subject<'_>) -> Vec<Value> {
    patch::patched(unpatched(subject), &subject.spec.patches).0
}

/// What is wrong with a specification's patches, each with its place in the document.
pub fn wrong_patches(subject: &Subject<'_>) -> Vec<FieldError> {
    patch::patched(unpatched(subject), &subject.spec.patches).1
}

fn unpatched(subject: &Subject<'_>) -> Vec<Value> {
    let mut objects = Vec::new();
    objects.extend(configuration::config_map(subject));
    objects.extend(configuration::secret(subject, None));
    objects.extend(network::service(subject));
    objects.extend(network::opening(subject));
    objects.extend(scaling::disruption_budget(subject));
    match subject.spec.kind {
        WorkloadKind::Service | WorkloadKind::Worker => objects.push(workload::deployment(subject)),
        WorkloadKind::Stateful => objects.extend([stateful::pods(subject), stateful::stateful_set(subject)]),
        WorkloadKind::Job => objects.push(job::job(subject)),
        WorkloadKind::CronJob => objects.push(job::cron_job(subject)),
    }
    objects.extend(scaling::autoscaler(subject));
    objects.extend(routing::routes(subject));
    objects
}

/// Whether an object makes an application's pods and keeps them running.
pub fn is_workload(object: &Value) -> bool {
    object["kind"] == "Deployment" || object["kind"] == "StatefulSet"
}

/// Whether a release goes on with the pods of another, because the templates of the pods that they recorded are the same.
pub fn has_same_pods(one: &[Value], other: &[Value]) -> bool {
    template_of(one).is_some_and(|one| Some(one) == template_of(other))
}

/// The template of the pods that a release's objects make; `None` where they make none that run on.
pub fn template_of(objects: &[Value]) -> Option<Value> {
    objects.iter().find(|object| is_workload(object))?.pointer("/spec/template").cloned()
}

/// Puts a template of pods that run already in the place of a workload's own, so that the cluster has nothing to replace. They
/// keep what labels they have, and get those by which Longshore finds them.
pub fn keep_pods(objects: &mut [Value], mut template: Value) {
    let Some(workload) = objects.iter_mut().find(|object| is_workload(object)) else { return };
    let Value::Object(own) = own_labels(workload) else { return };
    if !template.is_object() {
        return;
    }
    if !template["metadata"].is_object() {
        template["metadata"] = Value::Object(serde_json::Map::new());
    }
    match &mut template["metadata"]["labels"] {
        Value::Object(labels) => labels.extend(own),
        labels => *labels = own.into(),
    }
    workload["spec"]["template"] = template;
}

/// Those labels of the pods that a workload makes by which Longshore finds them.
pub fn own_labels(workload: &Value) -> Value {
    let labels = workload.pointer("/spec/template/metadata/labels").and_then(Value::as_object);
    let own = labels.into_iter().flatten().filter(|(name, _)| name.starts_with(OWN_PREFIX));
    Value::Object(own.map(|(name, value)| (name.clone(), value.clone())).collect())
}

/// A number as Kubernetes takes it.
fn int(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// A number or a share as Kubernetes takes it.
fn amount(amount: Amount) -> IntOrString {
    match amount {
        Amount::Count(count) => IntOrString::Int(int(count)),
        Amount::Percent(_) => IntOrString::String(amount.to_string()),
    }
}

/// The first `length` hexadecimal digits of the SHA-256 over length-prefixed parts, so that no two lists of parts
/// meet.
fn content_hash(parts: &[&[u8]], length: usize) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize()
        .iter()
        .flat_map(|b| [b >> 4, b & 15])
        .take(length)
        .filter_map(|n| char::from_digit(n.into(), 16))
        .collect()
}

/// An object of `k8s_openapi` as JSON.
#[expect(clippy::expect_used, reason = "these types serialize into memory and have string keys only")]
fn json(object: &impl serde::Serialize) -> Value {
    serde_json::to_value(object).expect("a Kubernetes object is JSON")
}

#[cfg(test)]
pub mod any_spec;
#[cfg(test)]
mod any_spec_tests;
#[cfg(test)]
pub mod choices;
#[cfg(test)]
mod tests;
