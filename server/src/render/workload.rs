//! The Deployment and the Service of an application. The Deployment replaces pods so that no request fails: a new
//! pod serves before an old one leaves, and an old one keeps serving until every node has heard that it leaves.

use std::collections::BTreeMap;

use k8s_openapi::{
    api::{
        apps::v1::{Deployment, DeploymentSpec, DeploymentStrategy, RollingUpdateDeployment},
        core::v1::{
            Capabilities, ConfigMapVolumeSource, Container, ContainerPort, EnvVar, EnvVarSource, HTTPGetAction,
            Lifecycle, LifecycleHandler, PodSecurityContext, PodSpec, PodTemplateSpec, Probe, ResourceRequirements,
            SeccompProfile, SecretKeySelector, SecurityContext, Service, ServicePort, ServiceSpec, SleepAction,
            TCPSocketAction, TopologySpreadConstraint, Volume, VolumeMount,
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
    Subject,
    configuration::{config_name, file_name, secret_name},
    json,
};

/// Seconds that a leaving pod serves on before it is told to stop: what kube-proxy and ingress controllers need to
/// hear that its endpoint is gone.
pub const LEAVE_SECONDS: i64 = 5;
/// Seconds from the wish to stop a pod until it is killed, the ones above among them.
const GRACE_SECONDS: i64 = 40;
/// The annotation with the image as it was asked for, where the pod itself names a digest.
pub const IMAGE_ANNOTATION: &str = "longshore.dev/image";
/// The port's name in the container and the Service.
const PORT_NAME: &str = "main";

/// The Service, when the application serves a port.
pub fn service(subject: &Subject<'_>) -> Option<Value> {
    let port = i32::from(subject.spec.port?);
    Some(json(&Service {
        metadata: metadata(subject, subject.labels()),
        spec: Some(ServiceSpec {
            type_: Some("ClusterIP".into()),
            selector: Some(subject.selector()),
            ports: Some(vec![ServicePort {
                name: Some(PORT_NAME.into()),
                port,
                protocol: Some("TCP".into()),
                target_port: Some(IntOrString::String(PORT_NAME.into())),
                ..ServicePort::default()
            }]),
            ..ServiceSpec::default()
        }),
        ..Service::default()
    }))
}

/// The Deployment.
pub fn deployment(subject: &Subject<'_>) -> Value {
    let spec = subject.spec;
    json(&Deployment {
        metadata: metadata(subject, subject.release_labels()),
        spec: DeploymentSpec {
            replicas: Some(i32::try_from(spec.replicas).unwrap_or(i32::MAX)),
            selector: LabelSelector { match_labels: Some(subject.selector()), ..LabelSelector::default() },
            strategy: Some(DeploymentStrategy {
                type_: Some("RollingUpdate".into()),
                rolling_update: Some(RollingUpdateDeployment {
                    max_unavailable: Some(IntOrString::Int(0)),
                    max_surge: Some(IntOrString::String("25%".into())),
                }),
            }),
            min_ready_seconds: Some(2),
            progress_deadline_seconds: Some(i32::try_from(spec.deadline_seconds).unwrap_or(i32::MAX)),
            revision_history_limit: Some(2),
            template: template(subject),
            ..DeploymentSpec::default()
        },
        ..Deployment::default()
    })
}

fn metadata(subject: &Subject<'_>, labels: BTreeMap<String, String>) -> ObjectMeta {
    ObjectMeta {
        name: Some(subject.name.to_owned()),
        namespace: Some(subject.namespace.to_owned()),
        labels: Some(labels),
        ..ObjectMeta::default()
    }
}

fn template(subject: &Subject<'_>) -> PodTemplateSpec {
    let spec = subject.spec;
    let volume = spec.config.as_ref().map(|_| Volume {
        name: "configuration".into(),
        config_map: Some(ConfigMapVolumeSource {
            name: config_name(subject),
            default_mode: Some(0o444),
            ..ConfigMapVolumeSource::default()
        }),
        ..Volume::default()
    });
    PodTemplateSpec {
        metadata: Some(ObjectMeta {
            labels: Some(subject.release_labels()),
            annotations: Some(BTreeMap::from([(IMAGE_ANNOTATION.into(), spec.image.clone())])),
            ..ObjectMeta::default()
        }),
        spec: Some(PodSpec {
            containers: vec![container(subject)],
            volumes: volume.map(|v| vec![v]),
            automount_service_account_token: Some(false),
            enable_service_links: Some(false),
            termination_grace_period_seconds: Some(GRACE_SECONDS),
            security_context: Some(PodSecurityContext {
                run_as_non_root: Some(true),
                seccomp_profile: Some(SeccompProfile { type_: "RuntimeDefault".into(), ..SeccompProfile::default() }),
                ..PodSecurityContext::default()
            }),
            topology_spread_constraints: Some(vec![TopologySpreadConstraint {
                max_skew: 1,
                topology_key: "kubernetes.io/hostname".into(),
                when_unsatisfiable: "ScheduleAnyway".into(),
                label_selector: Some(LabelSelector {
                    match_labels: Some(subject.selector()),
                    ..LabelSelector::default()
                }),
                // Each release is spread by itself; pods that are about to leave do not count.
                match_label_keys: Some(vec!["pod-template-hash".into()]),
                ..TopologySpreadConstraint::default()
            }]),
            ..PodSpec::default()
        }),
    }
}

fn container(subject: &Subject<'_>) -> Container {
    let spec = subject.spec;
    Container {
        name: "app".into(),
        image: Some(pinned(&spec.image, subject.digest)),
        // A digest never changes its meaning; a tag may, so a node asks for it each time.
        image_pull_policy: Some(if subject.digest.is_empty() { "Always" } else { "IfNotPresent" }.into()),
        env: Some(environment(subject)).filter(|e| !e.is_empty()),
        ports: spec.port.map(|port| {
            vec![ContainerPort {
                name: Some(PORT_NAME.into()),
                container_port: i32::from(port),
                protocol: Some("TCP".into()),
                ..ContainerPort::default()
            }]
        }),
        readiness_probe: spec.port.map(|_| readiness(spec.health_path.as_deref())),
        // Kubernetes sleeps for us (1.30 and later), so images without a shell work too.
        lifecycle: spec.port.map(|_| Lifecycle {
            pre_stop: Some(LifecycleHandler {
                sleep: Some(SleepAction { seconds: LEAVE_SECONDS }),
                ..LifecycleHandler::default()
            }),
            ..Lifecycle::default()
        }),
        resources: Some(ResourceRequirements {
            requests: Some(BTreeMap::from([
                ("cpu".into(), Quantity(spec.cpu.quantity())),
                ("memory".into(), Quantity(spec.memory.quantity())),
            ])),
            // Memory beyond the request would be taken from others; CPU beyond it is only ever lent.
            limits: Some(BTreeMap::from([("memory".into(), Quantity(spec.memory.quantity()))])),
            ..ResourceRequirements::default()
        }),
        security_context: Some(SecurityContext {
            allow_privilege_escalation: Some(false),
            capabilities: Some(Capabilities { drop: Some(vec!["ALL".into()]), ..Capabilities::default() }),
            ..SecurityContext::default()
        }),
        // One file is mounted, not its folder, so that an image's other files beside it stay visible.
        volume_mounts: spec.config.as_ref().map(|config| {
            vec![VolumeMount {
                name: "configuration".into(),
                mount_path: config.path.clone(),
                sub_path: Some(file_name(&config.path).to_owned()),
                read_only: Some(true),
                ..VolumeMount::default()
            }]
        }),
        ..Container::default()
    }
}

fn readiness(path: Option<&str>) -> Probe {
    let port = || IntOrString::String(PORT_NAME.into());
    let mut probe =
        Probe { period_seconds: Some(2), timeout_seconds: Some(2), failure_threshold: Some(3), ..Probe::default() };
    match path {
        Some(path) => {
            probe.http_get =
                Some(HTTPGetAction { path: Some(path.to_owned()), port: port(), ..HTTPGetAction::default() });
        }
        None => probe.tcp_socket = Some(TCPSocketAction { port: port(), ..TCPSocketAction::default() }),
    }
    probe
}

fn environment(subject: &Subject<'_>) -> Vec<EnvVar> {
    let plain = subject.spec.env.iter().map(|(name, value)| EnvVar {
        name: name.clone(),
        value: Some(literal(value)),
        ..EnvVar::default()
    });
    let secret = subject.secrets.iter().map(|(name, _)| EnvVar {
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
