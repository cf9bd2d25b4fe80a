//! What a specification has to say so that it is what the cluster has. Pure.
//!
//! What people change in the cluster by hand is read back into the specification as far as that has words for it. Whether
//! it has is not guessed: the new specification is rendered, and what then still differs cannot be adopted.

use std::collections::BTreeMap;

use app::{
    i18n::Text,
    model::{
        Amount, AppSpec, Bytes, Container, CpuMillis, Disruption, Exposure, HttpCheck, PodMetric, Probe, Source,
        SpecForm, TcpCheck,
    },
};
use serde_json::Value;

use crate::render::{
    self, Subject,
    deviation::{deviations, in_same_order, of_secret},
    workload::IMAGE_ANNOTATION,
};

/// An object as it was recorded, and as the cluster has it; `None` when it is gone.
pub(super) type Pair = (Value, Option<Value>);

/// What becomes of a release's specification when what the cluster has is adopted.
#[derive(Debug)]
pub(super) struct Adoption {
    /// What it says then.
    pub(super) spec: AppSpec,
    /// Whether an image is another one, so that its registry has to be asked for its digest.
    pub(super) images: bool,
    /// Whether the pods that there are are what it says, to the order of their variables. Else they are made anew.
    pub(super) keeps_pods: bool,
    /// What it cannot say: `Deployment web: spec.template.spec.nodeSelector.disk`; and what Longshore does not allow.
    pub(super) left: Vec<Text>,
}

/// Reads what the cluster has of a release into its specification. `subject` is the release as it was rendered.
pub(super) fn adopt(subject: &Subject<'_>, pairs: &[Pair]) -> Adoption {
    let mut spec = subject.spec.clone();
    for (recorded, live) in pairs {
        match (recorded["kind"].as_str().unwrap_or_default(), live) {
            ("Deployment" | "StatefulSet", Some(live)) => read_workload(&mut spec, recorded, live),
            ("Service", Some(live)) => read_service(&mut spec, live),
            ("HorizontalPodAutoscaler", Some(live)) => read_autoscaler(&mut spec, live),
            ("PodDisruptionBudget", Some(live)) => {
                if let Some(most) = amount(&live["spec"]["maxUnavailable"]) {
                    spec.disruption = Some(Disruption { max_unavailable: most });
                }
            }
            // Without one there are as many pods as there were.
            ("HorizontalPodAutoscaler", None) => spec.autoscaling = None,
            ("PodDisruptionBudget", None) => spec.disruption = None,
            _ => {}
        }
    }
    if spec.autoscaling.is_none() {
        let workload = pairs.iter().find(|(recorded, _)| render::is_workload(recorded));
        let live = workload.and_then(|(_, live)| live.as_ref());
        if let Some(replicas) = live.and_then(|live| number(&live["spec"]["replicas"])) {
            spec.replicas = replicas;
        }
    }
    let fresh = fresh_images(&spec, subject.spec);
    let rendered = render::release(&Subject { spec: &spec, ..subject.clone() });
    let mut left = left_over(&rendered, pairs, &fresh);
    // What the cluster takes may be more than what Longshore does.
    let form = SpecForm { source: Source::Document, ..SpecForm::of_spec(&spec) };
    left.extend(form.parse().err().into_iter().flat_map(|error| error.fields).map(|wrong| wrong.message));
    let keeps_pods =
        fresh.is_empty() && pairs.iter().all(|(recorded, live)| is_in_order(&rendered, recorded, live.as_ref()));
    Adoption { images: !fresh.is_empty(), keeps_pods, left, spec }
}

/// The containers whose image is another one.
fn fresh_images(spec: &AppSpec, before: &AppSpec) -> Vec<String> {
    let old: BTreeMap<&str, &str> = before.all_containers().map(|(_, c)| (c.name.as_str(), c.image.as_str())).collect();
    let fresh = spec.all_containers().filter(|(_, c)| old.get(c.name.as_str()) != Some(&c.image.as_str()));
    fresh.map(|(_, c)| c.name.clone()).collect()
}

/// Whether an object that makes pods has the parts of its lists in the order of what is rendered.
fn is_in_order(rendered: &[Value], recorded: &Value, live: Option<&Value>) -> bool {
    let new = rendered.iter().find(|object| key(object) == key(recorded));
    let template = |object: &Value| object.pointer("/spec/template").cloned().unwrap_or_default();
    new.zip(live).is_none_or(|(new, live)| in_same_order(&template(new), &template(live)))
}

/// What still differs when the specification is rendered. Of `fresh` containers the image is another one.
fn left_over(rendered: &[Value], pairs: &[Pair], fresh: &[String]) -> Vec<Text> {
    let mut left = Vec::new();
    for (recorded, live) in pairs {
        let Some(new) = rendered.iter().find(|object| key(object) == key(recorded)) else { continue };
        let (kind, name) = key(new);
        let Some(live) = live else {
            left.push(Text::same(format!("{kind} {name}")));
            continue;
        };
        let told = if kind == "Secret" { of_secret(new, live) } else { deviations(new, live) };
        // A new image is asked for its digest, and pulled accordingly.
        let of_image = |path: &str| {
            let pulls = |name: &String| {
                path.ends_with(&format!("[{name}].image")) || path.ends_with(&format!("[{name}].imagePullPolicy"))
            };
            fresh.iter().any(pulls) || (!fresh.is_empty() && path.ends_with(IMAGE_ANNOTATION))
        };
        left.extend(
            told.iter().filter(|c| !of_image(&c.path)).map(|c| Text::same(format!("{kind} {name}: {}", c.path))),
        );
    }
    left
}

/// What an object is called.
fn key(object: &Value) -> (&str, &str) {
    let word = |at: &str| object.pointer(at).and_then(Value::as_str).unwrap_or_default();
    (word("/kind"), word("/metadata/name"))
}

fn read_workload(spec: &mut AppSpec, recorded: &Value, live: &Value) {
    let said = &live["spec"];
    if let Some(seconds) = number(&said["progressDeadlineSeconds"]) {
        spec.update.deadline_seconds = seconds;
    }
    // What is 0 is not told.
    spec.update.min_ready_seconds = number(&said["minReadySeconds"]).unwrap_or(0);
    let rolling = &said["strategy"]["rollingUpdate"];
    spec.update.max_surge = amount(&rolling["maxSurge"]).unwrap_or(spec.update.max_surge);
    spec.update.max_unavailable = amount(&rolling["maxUnavailable"]).unwrap_or(spec.update.max_unavailable);
    let pod = &said["template"]["spec"];
    if let Some(seconds) = number(&pod["terminationGracePeriodSeconds"]) {
        spec.termination.grace_seconds = seconds;
    }
    let before = &recorded["spec"]["template"]["spec"];
    let AppSpec { containers, init_containers, .. } = spec;
    for (list, containers) in [("containers", containers), ("initContainers", init_containers)] {
        for container in containers {
            let of = |pod: &Value| {
                let all = pod[list].as_array().into_iter().flatten();
                all.clone().find(|c| c["name"].as_str() == Some(&container.name)).cloned().unwrap_or_default()
            };
            let (before, now) = (of(before), of(pod));
            if now.is_object() {
                read_container(container, &before, &now);
            }
        }
    }
}

fn read_container(container: &mut Container, before: &Value, now: &Value) {
    if let Some(image) = now["image"].as_str().filter(|image| before["image"].as_str() != Some(image)) {
        image.clone_into(&mut container.image);
    }
    container.command = words(&now["command"]);
    container.args = words(&now["args"]);
    let plain = now["env"].as_array().into_iter().flatten().filter(|variable| variable.get("valueFrom").is_none());
    let text = |value: &Value| unescaped(value.as_str().unwrap_or_default());
    container.env = plain
        .map(|v| (v["name"].as_str().unwrap_or_default().to_owned(), text(&v["value"])))
        .collect::<BTreeMap<_, _>>();
    read_resources(container, &now["resources"]);
    let Container { ports, readiness, liveness, startup, .. } = container;
    let first = ports.first().map(|port| port.name.as_str());
    for (kind, kept) in [("readinessProbe", readiness), ("livenessProbe", liveness), ("startupProbe", startup)] {
        // What is as it was stays as it is said: much of it may be left to Longshore.
        if !same_probe(&before[kind], &now[kind]) {
            *kept = read_probe(&now[kind], first);
        }
    }
}

/// Whether a probe asks the same: a cluster fills in what it was not told.
fn same_probe(before: &Value, now: &Value) -> bool {
    match (before.as_object(), now.as_object()) {
        (Some(before), Some(now)) => before.iter().all(|(name, value)| match (value.as_object(), now.get(name)) {
            (Some(fields), Some(there)) => fields.iter().all(|(field, value)| there.get(field) == Some(value)),
            (_, there) => there == Some(value),
        }),
        (before, now) => before.is_none() && now.is_none(),
    }
}

fn read_probe(said: &Value, first: Option<&str>) -> Option<Probe> {
    let said = said.as_object()?;
    let port = |of: &Value| of["port"].as_str().filter(|name| Some(*name) != first).map(str::to_owned);
    let path = |http: &Value| http["path"].as_str().unwrap_or("/").to_owned();
    let value = |name: &str| said.get(name).and_then(number);
    Some(Probe {
        http: said.get("httpGet").map(|http| HttpCheck { path: path(http), port: port(http) }),
        tcp: said.get("tcpSocket").and_then(port).map(|port| TcpCheck { port: Some(port) }),
        command: said.get("exec").map(|exec| words_as_they_are(&exec["command"])).unwrap_or_default(),
        period_seconds: value("periodSeconds"),
        timeout_seconds: value("timeoutSeconds").unwrap_or(1),
        failures: value("failureThreshold"),
    })
}

fn read_resources(container: &mut Container, said: &Value) {
    let cpu = |of: &str| said[of]["cpu"].as_str().and_then(CpuMillis::parse);
    let bytes = |of: &str, name: &str| said[of][name].as_str().and_then(Bytes::parse);
    let kept = &mut container.resources;
    kept.cpu = cpu("requests").unwrap_or(kept.cpu);
    kept.cpu_limit = cpu("limits");
    kept.memory = bytes("requests", "memory").unwrap_or(kept.memory);
    let most = bytes("limits", "memory");
    if most != Some(kept.most_memory()) {
        kept.memory_limit = most;
    }
    kept.storage = bytes("requests", "ephemeral-storage");
    kept.storage_limit = bytes("limits", "ephemeral-storage");
}

fn read_service(spec: &mut AppSpec, live: &Value) {
    // That by which pods are found says nothing of who reaches them.
    if live["spec"]["clusterIP"] == "None" {
        return;
    }
    match live["spec"]["type"].as_str() {
        Some("ClusterIP") => spec.exposure = Exposure::Cluster,
        Some("NodePort") => spec.exposure = Exposure::NodePort,
        Some("LoadBalancer") => spec.exposure = Exposure::LoadBalancer,
        _ => {}
    }
    let said = live["spec"]["ports"].as_array().map(Vec::as_slice).unwrap_or_default();
    for port in spec.containers.iter_mut().flat_map(|container| &mut container.ports) {
        let number = said.iter().find(|live| live["name"] == port.name.as_str()).and_then(|live| live["port"].as_u64());
        if let Some(number) = number.and_then(|number| u16::try_from(number).ok()) {
            port.service_port = (number != port.port).then_some(number);
        }
    }
}

pub(super) fn read_autoscaler(spec: &mut AppSpec, live: &Value) {
    let (Some(scaling), said) = (&mut spec.autoscaling, &live["spec"]) else { return };
    let metrics = || said["metrics"].as_array().into_iter().flatten();
    let share = |name: &str| {
        let found = metrics().find(|metric| metric["resource"]["name"] == name);
        found.and_then(|metric| number(&metric["resource"]["target"]["averageUtilization"]))
    };
    let own = |metric: &Value| {
        let (source, of) = (&metric["pods"], &metric["pods"]["metric"]);
        let labels = of["selector"]["matchLabels"].as_object().into_iter().flatten();
        Some(PodMetric {
            name: of["name"].as_str()?.to_owned(),
            labels: labels
                .map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
                .collect::<Option<_>>()?,
            average: source["target"]["averageValue"].as_str()?.to_owned(),
        })
    };
    let behavior = |way: &str| &said["behavior"][way];
    let pause = |way: &str| number(&behavior(way)["stabilizationWindowSeconds"]);
    let most = |way: &str| {
        let policies = behavior(way)["policies"].as_array().into_iter().flatten();
        let policy = policies.into_iter().find(|policy| policy["periodSeconds"] == 60)?;
        let value = number(&policy["value"])?;
        Some(if policy["type"] == "Percent" { Amount::Percent(value) } else { Amount::Count(value) })
    };
    scaling.min = number(&said["minReplicas"]).unwrap_or(1);
    scaling.max = number(&said["maxReplicas"]).unwrap_or(scaling.max);
    (scaling.cpu_percent, scaling.memory_percent) = (share("cpu"), share("memory"));
    scaling.metrics = metrics().filter_map(own).collect();
    scaling.scale_down_seconds = pause("scaleDown").unwrap_or(scaling.scale_down_seconds);
    scaling.scale_up_seconds = pause("scaleUp").unwrap_or_default();
    // What Kubernetes fills in is of a quarter of a minute, and no wish of anybody's.
    scaling.most_more_a_minute = most("scaleUp");
    scaling.most_fewer_a_minute = most("scaleDown");
}

pub(super) fn number(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|n| u32::try_from(n).ok())
}

pub(super) fn amount(value: &Value) -> Option<Amount> {
    value.as_str().and_then(Amount::parse).or_else(|| number(value).map(Amount::Count))
}

fn words(list: &Value) -> Vec<String> {
    words_as_they_are(list).iter().map(|word| unescaped(word)).collect()
}

fn words_as_they_are(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(|word| word.as_str().map(str::to_owned)).collect()
}

/// What a container is given for a text: `$$` is read as `$`. What refers to another variable is left as it is, and then
/// differs, for specifications say values.
fn unescaped(text: &str) -> String {
    if text.contains("$$") { text.replace("$$", "$") } else { text.to_owned() }
}

#[cfg(test)]
#[path = "adoption_tests.rs"]
mod tests;
