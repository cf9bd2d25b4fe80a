//! What has to do with a Deployment, fetched from its cluster.

use std::collections::BTreeSet;

use app::{i18n::Text, text};
use futures::future::try_join_all;
use serde_json::{Value, json};

use super::{import_around::Around, import_pods::Sources, import_reading::Gathered};
use crate::kubernetes::{
    client::Identity,
    fault::ClusterError,
    fleet::Cluster,
    kinds::ObjectRef,
    objects::{selector_of, text_of_secret},
};

/// The most ConfigMaps and Secrets that are read for one Deployment.
pub(super) const MOST_OBJECTS: usize = 100;
/// How many of them are asked for at once.
const AT_ONCE: usize = 8;

/// Reads what a Deployment's pods are given, what stands around it, and its pods.
pub(super) async fn gather(
    cluster: &Cluster,
    who: &Identity,
    namespace: &str,
    deployment: &Value,
) -> Result<Gathered, ClusterError> {
    let template = &deployment["spec"]["template"];
    let all =
        |api_version: &'static str, kind: &'static str| cluster.list_whole(who, namespace, (api_version, kind), "");
    let selector = selector_of(&deployment["spec"]["selector"]["matchLabels"]);
    let of_pods = cluster.list_whole(who, namespace, ("v1", "Pod"), &selector);
    let of_all_pods = cluster.list_labelled(who, namespace, &[("v1", "Pod")], "");
    let (services, autoscalers, budgets, policies, ingresses, deployments, sets, pods, all_pods, sources) = futures::try_join!(
        all("v1", "Service"),
        all("autoscaling/v2", "HorizontalPodAutoscaler"),
        all("policy/v1", "PodDisruptionBudget"),
        all("networking.k8s.io/v1", "NetworkPolicy"),
        all("networking.k8s.io/v1", "Ingress"),
        all("apps/v1", "Deployment"),
        all("apps/v1", "StatefulSet"),
        of_pods,
        of_all_pods,
        sources(cluster, who, namespace, template),
    )?;
    let around = Around {
        services: named(services, ("v1", "Service")),
        autoscalers: named(autoscalers, ("autoscaling/v2", "HorizontalPodAutoscaler")),
        budgets: named(budgets, ("policy/v1", "PodDisruptionBudget")),
        policies: named(policies, ("networking.k8s.io/v1", "NetworkPolicy")),
        ingresses,
        workloads: [named(deployments, ("apps/v1", "Deployment")), named(sets, ("apps/v1", "StatefulSet"))].concat(),
        pods: all_pods,
    };
    Ok(Gathered { sources, around, pods: if selector.is_empty() { Vec::new() } else { pods } })
}

/// Items of a list do not say what they are.
fn named(objects: Vec<Value>, (api_version, kind): (&str, &str)) -> Vec<Value> {
    let named = objects.into_iter().map(|mut object| {
        (object["apiVersion"], object["kind"]) = (json!(api_version), json!(kind));
        object
    });
    named.collect()
}

async fn sources(
    cluster: &Cluster,
    who: &Identity,
    namespace: &str,
    template: &Value,
) -> Result<Sources, ClusterError> {
    let wanted = references(template);
    let mut sources = Sources { too_many: wanted.len() > MOST_OBJECTS, ..Sources::default() };
    let wanted: Vec<ObjectRef> = wanted
        .into_iter()
        .take(MOST_OBJECTS)
        .map(|(kind, name)| ObjectRef::namespaced("v1", kind, namespace, &name))
        .collect();
    for some in wanted.chunks(AT_ONCE) {
        let found = try_join_all(some.iter().map(|object| cluster.get(who, object))).await?;
        for (of, object) in some.iter().zip(found) {
            let Some(object) = object else { continue };
            if of.kind == "Secret" {
                let read = json!({ "kind": "Secret", "data": text_of_secret(&object) });
                sources.secrets.insert(of.name.clone(), read);
            } else {
                sources.config_maps.insert(of.name.clone(), object);
            }
        }
    }
    Ok(sources)
}

/// The ConfigMaps and Secrets that a template of pods names for variables and files, each once.
fn references(template: &Value) -> BTreeSet<(&'static str, String)> {
    let mut found = BTreeSet::new();
    let mut add = |kind, name: &Value| {
        if let Some(name) = name.as_str() {
            found.insert((kind, name.to_owned()));
        }
    };
    let list = |of: &Value, name: &str| of[name].as_array().cloned().unwrap_or_default();
    let pod = &template["spec"];
    for container in list(pod, "containers").iter().chain(&list(pod, "initContainers")) {
        for from in list(container, "envFrom") {
            add("ConfigMap", &from["configMapRef"]["name"]);
            add("Secret", &from["secretRef"]["name"]);
        }
        for variable in list(container, "env") {
            add("ConfigMap", &variable["valueFrom"]["configMapKeyRef"]["name"]);
            add("Secret", &variable["valueFrom"]["secretKeyRef"]["name"]);
        }
    }
    for volume in list(pod, "volumes") {
        add("ConfigMap", &volume["configMap"]["name"]);
    }
    found
}

/// What the namespace's rules say to one more pod of the Deployment, as there is when a node fails: one that they do not let in
/// could not be made again. Asked of the cluster itself, which changes nothing. Fails when the cluster says nothing of the
/// kind.
pub(super) async fn not_let_in(
    cluster: &Cluster,
    namespace: &str,
    deployment: &Value,
) -> Result<Option<Text>, ClusterError> {
    let name = deployment["metadata"]["name"].as_str().unwrap_or_default();
    let template = &deployment["spec"]["template"];
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": { "name": format!("{name}-import-check"), "namespace": namespace,
            "labels": template["metadata"]["labels"], "annotations": template["metadata"]["annotations"] },
        "spec": template["spec"],
    });
    match cluster.dry_run(&Identity::Platform, &pod).await {
        // A full quota says nothing of the pods that there are, and a webhook may not be able to say.
        Ok(_) | Err(ClusterError::Quota { .. }) => Ok(None),
        Err(error) if error.cannot_rehearse() => Ok(None),
        Err(error @ (ClusterError::Invalid { .. } | ClusterError::Forbidden { .. })) => {
            let Text { en, zh } = error.to_text();
            Ok(Some(text!(
                "A pod of it could not be made anew in this namespace, as when its node fails: {en}",
                "在此命名空间中无法重新创建它的 Pod（例如节点故障时）：{zh}"
            )))
        }
        Err(error) => Err(error),
    }
}
