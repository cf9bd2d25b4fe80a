//! What of a release's objects depends on what the cluster has already, and so is in no record. Each is filled in when the object
//! is handed over.

use app::model::AppSpec;
use serde_json::Value;

use crate::{
    database::releases::Release,
    kubernetes::{client::Identity, fleet::Cluster},
    render::routing::INGRESS,
};

/// The cluster's usual class of Ingress, where a release's Ingress names none; `None` without one, and where Longshore may
/// not ask. Kubernetes fills it in when an Ingress is made, and never again: one that named a class before would have none.
///
/// Source: <https://kubernetes.io/docs/concepts/services-networking/ingress/#default-ingress-class>
pub(super) async fn usual_class(cluster: &Cluster, release: &Release) -> Option<String> {
    let names_none = |object: &&Value| object["kind"] == INGRESS.1 && object["spec"]["ingressClassName"].is_null();
    release.manifests.iter().find(names_none)?;
    let usual = |class: &&Value| {
        let marks = class.pointer("/metadata/annotations");
        marks.is_some_and(|marks| marks["ingressclass.kubernetes.io/is-default-class"] == "true")
    };
    let classes = cluster.list_all(&Identity::Platform, (INGRESS.0, "IngressClass")).await.ok()?;
    classes.iter().find(usual)?.pointer("/metadata/name")?.as_str().map(str::to_owned)
}

/// An autoscaled Deployment keeps as many pods as it has, within the limits: a field that is left out would be taken back
/// by the API server, which then goes on with one pod.
/// `kept` is how many there are where another had the pods until now.
pub(super) fn keep_replicas(spec: &AppSpec, wanted: &mut Value, there: Option<&Value>, kept: Option<u64>) {
    if spec.autoscaling.is_none() {
        return;
    }
    let there = there.and_then(|there| there.pointer("/spec/replicas")).and_then(Value::as_u64).or(kept);
    let now = there.and_then(|n| u32::try_from(n).ok()).unwrap_or(spec.replicas);
    wanted["spec"]["replicas"] = spec.replicas_from(now).into();
}

/// A Service that is taken over keeps its ports of nodes: Kubernetes knows them by the names of the Service's ports, and those
/// may have had none.
pub(super) fn keep_node_ports(wanted: &mut Value, there: Option<&Value>) {
    let Some(there) = there.filter(|_| wanted["spec"]["type"] != "ClusterIP") else { return };
    let had = there["spec"]["ports"].as_array().map(Vec::as_slice).unwrap_or_default();
    for port in wanted["spec"]["ports"].as_array_mut().into_iter().flatten() {
        let same = had.iter().find(|had| had["port"] == port["port"] && had["protocol"] == port["protocol"]);
        if let Some(number) = same.map(|had| had["nodePort"].clone()).filter(Value::is_number) {
            port["nodePort"] = number;
        }
    }
}
