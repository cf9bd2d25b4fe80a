//! The Deployment of an application and what stands around it. The Deployment replaces pods so that no request fails: a
//! new pod serves before an old one leaves, and an old one keeps serving until every node has heard that it leaves.

use std::collections::BTreeMap;

use app::model::{Container as ContainerSpec, Probe as ProbeSpec, Protocol, SpreadOver, WorkloadKind};
use k8s_openapi::{
    api::{
        apps::v1::{Deployment, DeploymentSpec, DeploymentStrategy, RollingUpdateDeployment},
        core::v1::{
            Affinity, Capabilities, ConfigMapVolumeSource, Container, ContainerPort, EmptyDirVolumeSource, EnvVar,
            EnvVarSource, ExecAction, HTTPGetAction, Lifecycle, LifecycleHandler, PodAffinityTerm, PodAntiAffinity,
            PodSecurityContext, PodSpec, PodTemplateSpec, Probe, ResourceRequirements, SeccompProfile,
            SecretKeySelector, SecurityContext, SleepAction, TCPSocketAction, TopologySpreadConstraint, Volume,
            VolumeMount, WeightedPodAffinityTerm,
        },
    },
    apimachinery::pkg::{
        api::resource::Quantity,
        apis::meta::v1::{LabelSelector, ObjectMeta},
        util::intstr::IntOrString,
    },
};
use serde_json::Value;

use super::{
    Subject, amount,
    configuration::{config_name, files, secret_name},
    int, json,
    stateful::VOLUME_GROUP,
};

/// The annotation with the image as it was asked for, where the pod itself names a digest.
pub const IMAGE_ANNOTATION: &str = "longshore.dev/image";
/// The volume of the configuration files.
const CONFIGURATION: &str = "configuration";

/// The Deployment. With autoscaling it says nothing of how many pods there are: that is another's.
pub fn deployment(subject: &Subject<'_>) -> Value {
    let spec = subject.spec;
    let update = &spec.update;
    json(&Deployment {
        metadata: subject.metadata(subject.release_labels()),
        spec: DeploymentSpec {
            replicas: spec.autoscaling.is_none().then(|| int(spec.replicas)),
            selector: LabelSelector { match_labels: Some(subject.selector()), ..LabelSelector::default() },
            strategy: Some(DeploymentStrategy {
                type_: Some("RollingUpdate".into()),
                rolling_update: Some(RollingUpdateDeployment {
                    max_unavailable: Some(amount(update.max_unavailable)),
                    max_surge: Some(amount(update.max_surge)),
                }),
            }),
            min_ready_seconds: Some(int(update.min_ready_seconds)),
            progress_deadline_seconds: Some(int(update.deadline_seconds)),
            revision_history_limit: Some(2),
            template: template(subject),
            ..DeploymentSpec::default()
        },
        ..Deployment::default()
    })
}

pub(super) fn template(subject: &Subject<'_>) -> PodTemplateSpec {
    let spec = subject.spec;
    let container = |c: &ContainerSpec, place| container(subject, c, place);
    let place = |n| if n == 0 { Place::Main } else { Place::Helper };
    let (spread, affinity) = spread(subject);
    let keeps = spec.claims().next().is_some();
    PodTemplateSpec {
        metadata: Some(ObjectMeta {
            labels: Some(subject.pod_labels()),
            annotations: Some(BTreeMap::from([(IMAGE_ANNOTATION.into(), spec.image().to_owned())])),
            ..ObjectMeta::default()
        }),
        spec: Some(PodSpec {
            init_containers: some(spec.init_containers.iter().map(|c| container(c, Place::Before)).collect()),
            containers: spec.containers.iter().enumerate().map(|(n, c)| container(c, place(n))).collect(),
            volumes: some(volumes(subject)),
            automount_service_account_token: Some(false),
            enable_service_links: Some(false),
            termination_grace_period_seconds: Some(spec.termination.grace_seconds.into()),
            security_context: Some(PodSecurityContext {
                run_as_non_root: Some(true),
                seccomp_profile: Some(SeccompProfile { type_: "RuntimeDefault".into(), ..SeccompProfile::default() }),
                fs_group: keeps.then_some(VOLUME_GROUP),
                fs_group_change_policy: keeps.then(|| "OnRootMismatch".into()),
                ..PodSecurityContext::default()
            }),
            topology_spread_constraints: spread.map(|constraint| vec![constraint]),
            affinity,
            ..PodSpec::default()
        }),
    }
}

fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    Some(list).filter(|list| !list.is_empty())
}

/// Each release is spread by itself; pods that are about to leave do not count.
fn spread(subject: &Subject<'_>) -> (Option<TopologySpreadConstraint>, Option<Affinity>) {
    let spread = &subject.spec.spread;
    let selector = || LabelSelector { match_labels: Some(subject.selector()), ..LabelSelector::default() };
    // Where each pod has a place of its own all of them count, for none comes before another has left.
    let hash = || match subject.spec.kind {
        WorkloadKind::Service | WorkloadKind::Worker => Some(vec!["pod-template-hash".into()]),
        WorkloadKind::Stateful => None,
        WorkloadKind::Job | WorkloadKind::CronJob => Some(vec!["batch.kubernetes.io/job-name".into()]),
    };
    let key = match spread.over {
        SpreadOver::Nodes => "kubernetes.io/hostname",
        SpreadOver::Zones => "topology.kubernetes.io/zone",
        SpreadOver::OnePerNode => {
            let term = PodAffinityTerm {
                topology_key: "kubernetes.io/hostname".into(),
                label_selector: Some(selector()),
                match_label_keys: hash(),
                ..PodAffinityTerm::default()
            };
            let apart = if spread.strict {
                PodAntiAffinity {
                    required_during_scheduling_ignored_during_execution: Some(vec![term]),
                    ..PodAntiAffinity::default()
                }
            } else {
                let weighted = WeightedPodAffinityTerm { weight: 100, pod_affinity_term: term };
                PodAntiAffinity {
                    preferred_during_scheduling_ignored_during_execution: Some(vec![weighted]),
                    ..PodAntiAffinity::default()
                }
            };
            return (None, Some(Affinity { pod_anti_affinity: Some(apart), ..Affinity::default() }));
        }
    };
    let constraint = TopologySpreadConstraint {
        max_skew: 1,
        topology_key: key.into(),
        when_unsatisfiable: if spread.strict { "DoNotSchedule" } else { "ScheduleAnyway" }.into(),
        label_selector: Some(selector()),
        match_label_keys: hash(),
        // Nodes that take no pods do not count; else one that is cordoned would hold all others at one pod each.
        node_taints_policy: spread.strict.then(|| "Honor".into()),
        ..TopologySpreadConstraint::default()
    };
    (Some(constraint), None)
}

fn volumes(subject: &Subject<'_>) -> Vec<Volume> {
    let mut volumes = Vec::new();
    if !files(subject.spec).is_empty() {
        volumes.push(Volume {
            name: CONFIGURATION.into(),
            config_map: Some(ConfigMapVolumeSource {
                name: config_name(subject),
                default_mode: Some(0o444),
                ..ConfigMapVolumeSource::default()
            }),
            ..Volume::default()
        });
    }
    let empty = subject.spec.volumes.iter().filter(|volume| volume.claim.is_none());
    volumes.extend(empty.map(|volume| Volume {
        name: volume.name.clone(),
        empty_dir: Some(EmptyDirVolumeSource {
            medium: volume.in_memory.then(|| "Memory".into()),
            size_limit: volume.size.map(|size| Quantity(size.quantity())),
            ..EmptyDirVolumeSource::default()
        }),
        ..Volume::default()
    }));
    volumes
}

/// What a container is in its pod.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The application.
    Main,
    /// Beside it.
    Helper,
    /// Before it.
    Before,
}

fn container(subject: &Subject<'_>, container: &ContainerSpec, place: Place) -> Container {
    let first_port = container.ports.iter().find(|p| p.protocol == Protocol::Tcp);
    let readiness = match &container.readiness {
        None if place == Place::Main && first_port.is_some() => Some(ProbeSpec::port()),
        given => given.clone(),
    };
    let probe = |given: &Option<ProbeSpec>, usual| given.as_ref().map(|p| probe(p, container, usual));
    let leaves = subject.spec.termination.leave_seconds;
    // What serves must not end before the network has heard of it, nor what it serves through.
    let sleeps = place != Place::Before && leaves > 0 && subject.spec.containers.iter().any(|c| !c.ports.is_empty());
    let digest = subject.digests.get(&container.image).map_or("", String::as_str);
    Container {
        name: container.name.clone(),
        image: Some(pinned(&container.image, digest)),
        // A digest never changes its meaning; a tag may, so a node asks for it each time.
        image_pull_policy: Some(if digest.is_empty() { "Always" } else { "IfNotPresent" }.into()),
        command: some(container.command.iter().map(|word| literal(word)).collect()),
        args: some(container.args.iter().map(|word| literal(word)).collect()),
        env: some(environment(subject, container)),
        ports: some(
            container
                .ports
                .iter()
                .map(|port| ContainerPort {
                    name: Some(port.name.clone()),
                    container_port: port.port.into(),
                    protocol: Some(port.protocol.as_str().into()),
                    ..ContainerPort::default()
                })
                .collect(),
        ),
        readiness_probe: probe(&readiness, (2, 3)),
        liveness_probe: probe(&container.liveness, (10, 3)),
        startup_probe: probe(&container.startup, (2, 150)),
        // Kubernetes sleeps for us (1.30 and later), so images without a shell work too.
        lifecycle: sleeps.then(|| Lifecycle {
            pre_stop: Some(LifecycleHandler {
                sleep: Some(SleepAction { seconds: leaves.into() }),
                ..LifecycleHandler::default()
            }),
            ..Lifecycle::default()
        }),
        resources: Some(resources(container)),
        security_context: Some(SecurityContext {
            allow_privilege_escalation: Some(false),
            capabilities: Some(Capabilities { drop: Some(vec!["ALL".into()]), ..Capabilities::default() }),
            ..SecurityContext::default()
        }),
        volume_mounts: some(mounts(subject, container)),
        ..Container::default()
    }
}

fn resources(container: &ContainerSpec) -> ResourceRequirements {
    let r = &container.resources;
    let amounts = |list: [(&str, Option<String>); 3]| {
        Some(list.into_iter().filter_map(|(name, amount)| Some((name.to_owned(), Quantity(amount?)))).collect())
    };
    ResourceRequirements {
        requests: amounts([
            ("cpu", Some(r.cpu.quantity())),
            ("memory", Some(r.memory.quantity())),
            ("ephemeral-storage", r.storage.map(app::model::Bytes::quantity)),
        ]),
        // Memory beyond the request would be taken from others; CPU beyond it is only ever lent.
        limits: amounts([
            ("cpu", r.cpu_limit.map(app::model::CpuMillis::quantity)),
            ("memory", Some(r.most_memory().quantity())),
            ("ephemeral-storage", r.storage_limit.map(app::model::Bytes::quantity)),
        ]),
        ..ResourceRequirements::default()
    }
}

/// One file is mounted, not its folder, so that an image's other files beside it stay visible.
fn mounts(subject: &Subject<'_>, container: &ContainerSpec) -> Vec<VolumeMount> {
    let own = files(subject.spec).into_iter().filter(|file| file.container == container.name);
    let files = own.map(|file| VolumeMount {
        name: CONFIGURATION.into(),
        mount_path: file.path.to_owned(),
        sub_path: Some(file.key),
        read_only: Some(true),
        ..VolumeMount::default()
    });
    let folders = container.mounts.iter().map(|mount| VolumeMount {
        name: mount.volume.clone(),
        mount_path: mount.path.clone(),
        read_only: mount.read_only.then_some(true),
        ..VolumeMount::default()
    });
    files.chain(folders).collect()
}

/// `usual` is how often it is asked, in seconds, and how many wrong answers count, where the document does not say.
fn probe(given: &ProbeSpec, container: &ContainerSpec, usual: (u32, u32)) -> Probe {
    // A checked specification names ports that there are.
    let port = |named: Option<&String>| {
        let first = container.ports.first().map(|p| p.name.clone());
        IntOrString::String(named.cloned().or(first).unwrap_or_default())
    };
    let mut probe = Probe {
        period_seconds: Some(int(given.period_seconds.unwrap_or(usual.0))),
        timeout_seconds: Some(int(given.timeout_seconds)),
        failure_threshold: Some(int(given.failures.unwrap_or(usual.1))),
        ..Probe::default()
    };
    if let Some(http) = &given.http {
        probe.http_get = Some(HTTPGetAction {
            path: Some(http.path.clone()),
            port: port(http.port.as_ref()),
            ..HTTPGetAction::default()
        });
    } else if given.command.is_empty() {
        let named = given.tcp.as_ref().and_then(|tcp| tcp.port.as_ref());
        probe.tcp_socket = Some(TCPSocketAction { port: port(named), ..TCPSocketAction::default() });
    } else {
        probe.exec = Some(ExecAction { command: Some(given.command.clone()) });
    }
    probe
}

fn environment(subject: &Subject<'_>, container: &ContainerSpec) -> Vec<EnvVar> {
    let plain = container.env.iter().map(|(name, value)| EnvVar {
        name: name.clone(),
        value: Some(literal(value)),
        ..EnvVar::default()
    });
    let secret = container.secrets.iter().map(|name| EnvVar {
        name: name.clone(),
        value_from: Some(EnvVarSource {
            secret_key_ref: Some(SecretKeySelector {
                name: secret_name(subject),
                key: name.clone(),
                ..SecretKeySelector::default()
            }),
            ..EnvVarSource::default()
        }),
        ..EnvVar::default()
    });
    plain.chain(secret).collect()
}

/// A value that the container receives as it was written. Kubernetes replaces `$(NAME)` and reads `$$` as `$`:
/// <https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/>
fn literal(value: &str) -> String {
    if value.contains("$(") || value.contains("$$") { value.replace('$', "$$") } else { value.to_owned() }
}

/// The image by digest when it is known, else as given.
pub fn pinned(image: &str, digest: &str) -> String {
    if digest.is_empty() {
        return image.to_owned();
    }
    let name = image.split_once('@').map_or(image, |(name, _)| name);
    let last = name.rfind('/').map_or(0, |i| i + 1);
    let name = name[last..].find(':').map_or(name, |colon| &name[..last + colon]);
    format!("{name}@{digest}")
}
