//! A Deployment and what stands around it, as a specification says it. Pure.

use std::collections::BTreeMap;

use app::{
    i18n::Text,
    model::{AppSpec, Container, DriftChange, SecretInput, Source, SpecForm, TenantId},
    text,
};
use serde_json::Value;

use super::{
    import_around::{self, Around, Found, Of, read_around},
    import_part::{self, Part},
    import_pods::{Pods, Sources, read_pods},
    import_sources::MOST_OBJECTS,
};
use crate::{
    database::{apps::App, takes::Taken},
    kubernetes::kinds::ObjectRef,
    render::{self, OWN_PREFIX, Subject, deviation::deviations, workload::IMAGE_ANNOTATION},
    services::adoption::amount,
};

/// Everything that has to do with a Deployment.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) sources: Sources,
    pub(super) around: Around,
    /// Its pods.
    pub(super) pods: Vec<Value>,
}

/// What a Deployment is as an application.
pub(super) struct Read {
    /// What later releases are made from.
    pub(super) spec: AppSpec,
    /// Secrets with their values.
    pub(super) secrets: Vec<SecretInput>,
    /// What its images were pinned to, as far as its pods tell.
    pub(super) digests: BTreeMap<String, String>,
    /// What goes over to the application with it.
    pub(super) takes: Vec<Taken>,
    /// What stays as it is, and why.
    pub(super) stays: Vec<Text>,
    /// What cannot be taken in.
    pub(super) obstacles: Vec<Text>,
    /// Which Deployment was read.
    pub(super) uid: String,
    /// The template of its pods.
    pub(super) template: Value,
    /// The Deployment.
    pub(super) deployment: Value,
}

/// Reads a Deployment.
pub(super) fn read(deployment: &Value, gathered: &Gathered) -> Read {
    let mut obstacles = not_at_rest(deployment);
    let template = &deployment["spec"]["template"];
    let marked =
        |labels: &Value| labels.as_object().is_some_and(|all| all.keys().any(|name| name.starts_with(OWN_PREFIX)));
    if marked(&template["metadata"]["labels"]) {
        obstacles.push(text!(
            "Its pods have labels that begin with longshore.dev/, which are Longshore's own. Take them away.",
            "其 Pod 带有 longshore.dev/ 开头的标签，这些标签由 Longshore 专用，请移除。"
        ));
    }
    if gathered.sources.too_many {
        obstacles.push(text!(
            "Its pods name more than {MOST_OBJECTS} ConfigMaps and Secrets. Put some of them together.",
            "其 Pod 引用了超过 {MOST_OBJECTS} 个 ConfigMap 和 Secret，请合并其中一部分。"
        ));
    }
    obstacles.extend(made_with(deployment));
    let mut pods = read_pods(template, &gathered.sources, &mut obstacles);
    let mut spec = AppSpec::new(Container::new(""));
    spec.containers = std::mem::take(&mut pods.containers);
    spec.init_containers = std::mem::take(&mut pods.init_containers);
    spec.volumes = std::mem::take(&mut pods.volumes);
    read_strategy(&mut spec, deployment, &pods, &mut obstacles);
    let name = deployment["metadata"]["name"].as_str().unwrap_or_default();
    let selector = &deployment["spec"]["selector"]["matchLabels"];
    let of = Of { name, labels: &template["metadata"]["labels"], selector };
    let Found { takes, mut stays } = read_around(&mut spec, of, &gathered.around, &pods, &mut obstacles);
    stays.extend(pods.pull_secrets.iter().map(|name| {
        text!(
            "Its images are pulled with the Secret {name}. Later releases pull with the accounts under Registries: connect the registry there before the next one.",
            "其镜像通过 Secret {name} 拉取。之后的发布使用“镜像仓库”中的账号：请在下一次发布前接入该仓库。"
        )
    }));
    let secrets: Vec<SecretInput> =
        pods.secrets.into_iter().map(|(name, value)| SecretInput { name, value: Some(value), from: None }).collect();
    // What the cluster takes may be more than what Longshore does.
    let form = SpecForm { source: Source::Document, ..SpecForm::of_spec(&spec) };
    let wrong = form.parse().err().into_iter().flat_map(|error| error.fields).map(|wrong| wrong.message);
    // Each with its place in the document.
    obstacles.extend(wrong.map(|Text { en, zh }| text!("In the specification, {en}", "规格中：{zh}")));
    let mut read = Read {
        digests: digests_of(&gathered.pods, template),
        takes: takes.iter().filter_map(|object| taken(object)).collect(),
        stays,
        uid: deployment["metadata"]["uid"].as_str().unwrap_or_default().to_owned(),
        template: bare(template),
        deployment: deployment.clone(),
        spec,
        secrets,
        obstacles,
    };
    let lost = lost(&read, &takes);
    read.obstacles.extend(lost);
    read
}

/// By which tool it was made, as far as it says so: that would make it once more beside the app.
fn made_with(deployment: &Value) -> Option<Text> {
    let metadata = &deployment["metadata"];
    let (of_helm, of_argo) = ("app.kubernetes.io/managed-by", "argocd.argoproj.io/tracking-id");
    let of_flux = ["kustomize.toolkit.fluxcd.io/name", "helm.toolkit.fluxcd.io/name"];
    let helm = (metadata["labels"][of_helm] == "Helm").then_some(("Helm", of_helm));
    let argo = metadata["annotations"][of_argo].is_string().then_some(("Argo CD", of_argo));
    let flux = of_flux.into_iter().find(|mark| metadata["labels"][*mark].is_string()).map(|mark| ("Flux", mark));
    let (tool, mark) = flux.or(argo).or(helm)?;
    Some(text!(
        "It was made with {tool}, which would make it once more beside the app, or change it back. Take it out of there, and its mark {mark} away.",
        "它由 {tool} 创建，后者会重新创建或改回它。请先将其从中移除，并去掉标记 {mark}。"
    ))
}

/// The template as it can be said once more.
fn bare(template: &Value) -> Value {
    let mut template = template.clone();
    if let Some(Value::Object(metadata)) = template.pointer_mut("/metadata") {
        metadata.remove("creationTimestamp");
    }
    template
}

/// Why now is not the time.
fn not_at_rest(deployment: &Value) -> Vec<Text> {
    let mut why = import_around::looked_after(deployment);
    let (said, status) = (&deployment["spec"], &deployment["status"]);
    let wanted = said["replicas"].as_u64().unwrap_or(1);
    let count = |of: &str| status[of].as_u64().unwrap_or_default();
    if said["selector"]["matchExpressions"].as_array().is_some_and(|all| !all.is_empty())
        || said["selector"]["matchLabels"].as_object().is_none_or(serde_json::Map::is_empty)
    {
        why.push(text!(
            "It finds its pods by expressions (spec.selector.matchExpressions), not by labels alone. Make it anew with matchLabels.",
            "它通过表达式（spec.selector.matchExpressions）查找 Pod。请改用 matchLabels 重新创建。"
        ));
    }
    if deployment["metadata"]["deletionTimestamp"].is_string() {
        why.push(text!(
            "It is being deleted. Wait until it has gone, and make it anew if you need it.",
            "它正在被删除。请等待删除完成，如仍需要请重新创建。"
        ));
    }
    if said["paused"] == true {
        why.push(text!("It is paused (spec.paused). Let it go on first.", "它已暂停（spec.paused），请先恢复。"));
    }
    let seen = status["observedGeneration"].as_u64() == deployment["metadata"]["generation"].as_u64();
    if !seen || [count("replicas"), count("updatedReplicas"), count("availableReplicas")] != [wanted; 3] {
        why.push(text!(
            "Not all of its pods are as it says and ready. Wait until its rollout has ended, or mend it.",
            "部分 Pod 尚未更新或未就绪。请等待其发布结束，或先修复。"
        ));
    }
    why
}

fn read_strategy(spec: &mut AppSpec, deployment: &Value, pods: &Pods, obstacles: &mut Vec<Text>) {
    let mut said = Part::new(&deployment["spec"], "spec");
    let _ = (said.take("selector"), said.take("template"), said.take("revisionHistoryLimit"), said.take("paused"));
    spec.replicas = said.number("replicas").unwrap_or(1);
    spec.update.min_ready_seconds = said.number("minReadySeconds").unwrap_or_default();
    spec.update.deadline_seconds = said.number("progressDeadlineSeconds").unwrap_or(600);
    let mut strategy = said.below("strategy");
    if strategy.word("type") == Some("Recreate") {
        obstacles.push(text!(
            "spec.strategy.type is Recreate: its pods never run beside each other, and those of Longshore's releases do. Set RollingUpdate, if they can.",
            "spec.strategy.type 为 Recreate：其新旧 Pod 不能并存，而 Longshore 的发布会并存。如果可以并存，请改为 RollingUpdate。"
        ));
    }
    let mut rolling = strategy.below("rollingUpdate");
    spec.update.max_surge = amount(rolling.take("maxSurge")).unwrap_or(spec.update.max_surge);
    spec.update.max_unavailable = amount(rolling.take("maxUnavailable")).unwrap_or(spec.update.max_unavailable);
    for part in [rolling, strategy, said] {
        part.end(obstacles);
    }
    spec.termination.grace_seconds = pods.grace_seconds;
    // Without a wish of its own it leaves as all apps do, as far as there is time.
    let usual = spec.termination.leave_seconds.min(pods.grace_seconds / 2);
    spec.termination.leave_seconds = pods.leave_seconds.unwrap_or(usual);
}

/// The application as it would be rendered, which nobody has yet.
fn rendered(read: &Read, app: Option<&App>, namespace: &str) -> Vec<Value> {
    let secrets: Vec<(String, String)> =
        read.spec.secrets().into_iter().map(|name| (name.to_owned(), "version".to_owned())).collect();
    let word = |at: &str| read.deployment.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
    let name = word("/metadata/name");
    render::release(&Subject {
        tenant: app.map_or(NOBODY, |app| app.tenant),
        app: app.map_or(app::model::AppId(uuid::Uuid::nil()), |app| app.id),
        name: &name,
        namespace,
        release: 1,
        pods: 1,
        spec: &read.spec,
        digests: &read.digests,
        secrets: &secrets,
    })
}

/// What of the autoscaler has no words in the specification.
fn lost(read: &Read, takes: &[&Value]) -> Vec<Text> {
    const SCALER: &str = "HorizontalPodAutoscaler";
    let rendered = rendered(read, None, "namespace");
    let ours = rendered.iter().find(|object| object["kind"] == SCALER);
    let theirs = takes.iter().find(|object| object["kind"] == SCALER);
    let Some((ours, theirs)) = ours.zip(theirs) else { return Vec::new() };
    let lost = deviations(ours, theirs).into_iter();
    let lost = lost.filter(|change| change.live.is_some() && change.path.starts_with("spec."));
    lost.map(|change| {
        let path = change.path;
        text!(
            "The HorizontalPodAutoscaler's {path} has no words in a specification. Take it out if the app can do without.",
            "HorizontalPodAutoscaler 的 {path} 无法用规格表示。若应用不需要，请移除。"
        )
    })
    .collect()
}

/// What the next release changes in the pods.
pub(super) fn changed_later(read: &Read, app: &App, namespace: &str) -> Vec<DriftChange> {
    let rendered = rendered(read, Some(app), namespace);
    let Some(next) = rendered.iter().find(|object| render::is_workload(object)) else { return Vec::new() };
    let mut changes = deviations(next, &read.deployment);
    let of_pods = |path: &str| {
        path.starts_with("spec.template.spec")
            || (path.starts_with("spec.template.metadata.annotations") && !path.contains(IMAGE_ANNOTATION))
    };
    // Where variables and files come from is told by the specification; what Kubernetes fills in comes back by itself.
    let moves = |path: &str| [".env[", ".volumes[", ".volumeMounts["].iter().any(|part| path.contains(part));
    let usual = |change: &DriftChange| {
        let name = change.path.rsplit('.').next().unwrap_or_default();
        change.recorded.is_none() && change.live.as_deref().is_some_and(|live| import_part::is_usual(name, live))
    };
    changes.retain(|change| of_pods(&change.path) && !moves(&change.path) && !usual(change));
    let labels = read.template["metadata"]["labels"].as_object().into_iter().flatten();
    changes.extend(labels.map(|(name, value)| DriftChange {
        path: format!("spec.template.metadata.labels.{name}"),
        recorded: next["spec"]["template"]["metadata"]["labels"][name].as_str().map(str::to_owned),
        live: value.as_str().map(str::to_owned),
        manager: None,
        at: None,
    }));
    changes.retain(|change| change.recorded != change.live);
    for change in &mut changes {
        // Who wrote what is there says nothing here.
        (change.manager, change.at) = (None, None);
    }
    changes
}

/// What a specification's images were pinned to, by the digests that the running pods tell, where they agree.
pub(super) fn digests_of(pods: &[Value], template: &Value) -> BTreeMap<String, String> {
    let mut told: BTreeMap<String, Option<String>> = BTreeMap::new();
    for list in [("containers", "containerStatuses"), ("initContainers", "initContainerStatuses")] {
        for container in template["spec"][list.0].as_array().into_iter().flatten() {
            let Some(image) = container["image"].as_str() else { continue };
            for pod in pods {
                let statuses = pod["status"][list.1].as_array().into_iter().flatten();
                let status = statuses.clone().find(|status| status["name"] == container["name"]);
                let Some(id) = status.and_then(|status| status["imageID"].as_str()) else { continue };
                let digest = id.split_once('@').map(|(_, digest)| digest.to_owned());
                told.entry(image.to_owned())
                    .and_modify(|before| {
                        if *before != digest {
                            *before = None;
                        }
                    })
                    .or_insert(digest);
            }
        }
    }
    told.into_iter().filter_map(|(image, digest)| Some((image, digest?))).collect()
}

/// An object that goes over to an application.
fn taken(object: &Value) -> Option<Taken> {
    let of = ObjectRef::of(object).ok()?;
    Some(Taken { api_version: of.api_version, kind: of.kind, name: of.name })
}

/// Nobody, for what is rendered to be looked at.
pub(super) const NOBODY: TenantId = TenantId(uuid::Uuid::nil());
