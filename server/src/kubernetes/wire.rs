//! What is read of the cluster's objects: the fields that are shown or summed, and nothing else. Most of an
//! object's bytes (field ownership, annotations, environments) are skipped while it is parsed.

use std::collections::BTreeMap;

use app::model::Millis;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, IgnoredAny},
};

/// A page of a list.
#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub struct List<T> {
    /// Where to go on, and the version to watch from.
    #[serde(default)]
    pub metadata: ListMeta,
    /// The objects.
    #[serde(deserialize_with = "null_is_default", default = "Vec::new")]
    pub items: Vec<T>,
}

/// A list's metadata.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListMeta {
    /// The version that a watch begins at.
    pub resource_version: String,
    /// The token of the next page; empty on the last.
    #[serde(rename = "continue")]
    pub next: String,
}

/// An object that can be watched.
pub trait Object: DeserializeOwned + Clone + Send + 'static {
    /// Its version, for resuming a watch.
    fn resource_version(&self) -> &str;
}

macro_rules! objects {
    ($($kind:ident),*) => {$(
        impl Object for $kind {
            fn resource_version(&self) -> &str {
                &self.metadata.resource_version
            }
        }
    )*};
}

objects!(Pod, Node, Namespace, Deployment, ResourceQuota, Event);

/// The part of an object's metadata that is read; `L` picks labels, `A` annotations.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(
    rename_all = "camelCase",
    default,
    bound(deserialize = "L: Deserialize<'de> + Default, A: Deserialize<'de> + Default")
)]
pub struct Meta<L, A = IgnoredAny> {
    /// The name.
    pub name: String,
    /// The namespace; empty for what belongs to the cluster.
    pub namespace: String,
    /// Unique over all time.
    pub uid: String,
    /// Its version.
    pub resource_version: String,
    /// When it was made.
    #[serde(deserialize_with = "time")]
    pub creation_timestamp: Option<Millis>,
    /// When its deletion was asked for.
    #[serde(deserialize_with = "time")]
    pub deletion_timestamp: Option<Millis>,
    /// Counts changes of the specification.
    pub generation: i64,
    /// Labels.
    #[serde(deserialize_with = "null_is_default")]
    pub labels: L,
    /// Annotations.
    #[serde(deserialize_with = "null_is_default")]
    pub annotations: A,
}

/// All labels.
pub type Labels = BTreeMap<String, String>;

/// The labels of pods and workloads that are used.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct WorkloadLabels {
    /// Longshore's application.
    #[serde(rename = "longshore.dev/app")]
    pub app: Option<String>,
    /// Its release.
    #[serde(rename = "longshore.dev/release")]
    pub release: Option<String>,
    /// The application's instance, as Kubernetes recommends to name it.
    #[serde(rename = "app.kubernetes.io/instance")]
    pub instance: Option<String>,
    /// The application's name, likewise.
    #[serde(rename = "app.kubernetes.io/name")]
    pub name: Option<String>,
    /// The same, as it was before there were recommendations.
    #[serde(rename = "app")]
    pub plain: Option<String>,
    /// And before that.
    #[serde(rename = "k8s-app")]
    pub old: Option<String>,
}

/// CPU, memory and disk as quantities.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Resources {
    /// CPU.
    pub cpu: Option<String>,
    /// Memory.
    pub memory: Option<String>,
    /// Disk of the node.
    #[serde(rename = "ephemeral-storage")]
    pub storage: Option<String>,
}

/// A pod.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Pod {
    /// Metadata.
    pub metadata: Meta<WorkloadLabels>,
    /// What is asked for.
    pub spec: PodSpec,
    /// What is.
    pub status: PodStatus,
}

/// What is asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodSpec {
    /// The node it is bound to.
    pub node_name: String,
    /// Containers.
    pub containers: Vec<Container>,
    /// Containers that run before, and those beside.
    pub init_containers: Vec<Container>,
    /// What the runtime takes on top.
    pub overhead: Resources,
}

/// A container.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Container {
    /// What it asks for.
    pub resources: Requests,
    /// `Always` on an init container makes it one that runs beside the others.
    pub restart_policy: Option<String>,
}

/// What a container asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Requests {
    /// Requests.
    pub requests: Resources,
    /// Limits.
    pub limits: Limits,
}

/// The most that a container may use, as far as a quota counts it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Memory.
    pub memory: Option<String>,
}

/// What is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodStatus {
    /// `Pending`, `Running`, `Succeeded`, `Failed`, `Unknown`.
    pub phase: String,
    /// A word such as `Evicted`.
    pub reason: String,
    /// A sentence.
    pub message: String,
    /// Its address.
    #[serde(rename = "podIP")]
    pub pod_ip: String,
    /// Conditions.
    pub conditions: Vec<Condition>,
    /// Containers.
    pub container_statuses: Vec<ContainerStatus>,
    /// Init containers.
    pub init_container_statuses: Vec<ContainerStatus>,
}

/// A condition of a pod, node or deployment.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Condition {
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: String,
    /// `True`, `False`, `Unknown`.
    pub status: String,
    /// A word.
    pub reason: String,
    /// A sentence.
    pub message: String,
    /// Since when.
    #[serde(deserialize_with = "time")]
    pub last_transition_time: Option<Millis>,
}

/// A container's status.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContainerStatus {
    /// Whether it is ready.
    pub ready: bool,
    /// For init containers that run beside: whether it has started.
    pub started: Option<bool>,
    /// How often it was started again.
    pub restart_count: u32,
    /// Now.
    pub state: ContainerState,
    /// Before.
    pub last_state: ContainerState,
}

/// What a container does.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ContainerState {
    /// It waits.
    pub waiting: Option<Waiting>,
    /// It runs.
    pub running: Option<serde::de::IgnoredAny>,
    /// It has ended.
    pub terminated: Option<Terminated>,
}

/// Why it waits.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Waiting {
    /// A word.
    pub reason: String,
    /// A sentence.
    pub message: String,
}

/// How it ended.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Terminated {
    /// The exit code.
    pub exit_code: i32,
    /// The signal, when one ended it.
    pub signal: Option<i32>,
    /// A word.
    pub reason: String,
}

/// A node.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Node {
    /// Metadata.
    pub metadata: Meta<Labels>,
    /// What is asked for.
    pub spec: NodeSpec,
    /// What is.
    pub status: NodeStatus,
}

/// What is asked of a node.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct NodeSpec {
    /// No new pods.
    pub unschedulable: bool,
    /// Taints.
    pub taints: Vec<Taint>,
}

/// A taint.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Taint {
    /// The key.
    pub key: String,
    /// The value.
    pub value: String,
    /// The effect.
    pub effect: String,
}

/// A node's status.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeStatus {
    /// What pods may ask for.
    pub allocatable: Allocatable,
    /// Conditions.
    pub conditions: Vec<Condition>,
    /// Addresses.
    pub addresses: Vec<Address>,
    /// The machine.
    pub node_info: NodeInfo,
}

/// What pods may ask for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Allocatable {
    /// CPU.
    pub cpu: String,
    /// Memory.
    pub memory: String,
    /// Disk.
    #[serde(rename = "ephemeral-storage")]
    pub storage: String,
    /// Pods.
    pub pods: String,
}

/// An address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Address {
    /// `InternalIP`, `Hostname`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// The address.
    pub address: String,
}

/// The machine.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeInfo {
    /// Version of the kubelet.
    pub kubelet_version: String,
    /// Operating system.
    pub os_image: String,
    /// Kernel.
    pub kernel_version: String,
    /// Container runtime.
    pub container_runtime_version: String,
    /// Processor.
    pub architecture: String,
}

/// A namespace.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Namespace {
    /// Metadata.
    pub metadata: Meta<Labels>,
}

/// A deployment.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Deployment {
    /// Metadata.
    pub metadata: Meta<WorkloadLabels, DeploymentAnnotations>,
    /// What is asked for.
    pub spec: DeploymentSpec,
    /// What is.
    pub status: DeploymentStatus,
}

/// What has of what is read the same as a deployment.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct StatefulSet(pub Deployment);

impl Object for StatefulSet {
    fn resource_version(&self) -> &str {
        self.0.resource_version()
    }
}

/// The annotation of a deployment that is used.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct DeploymentAnnotations {
    /// Kubernetes' own count of templates.
    #[serde(rename = "deployment.kubernetes.io/revision")]
    pub revision: Option<String>,
}

/// What is asked of a deployment.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct DeploymentSpec {
    /// Pods; 1 when it does not say.
    pub replicas: Option<u32>,
}

/// A deployment's status.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeploymentStatus {
    /// The generation that the rest speaks of.
    pub observed_generation: i64,
    /// Pods.
    pub replicas: u32,
    /// Pods of the newest template.
    pub updated_replicas: u32,
    /// Pods that are ready.
    pub ready_replicas: u32,
    /// Pods that have been ready for long enough.
    pub available_replicas: u32,
    /// Conditions.
    pub conditions: Vec<Condition>,
}

/// A namespace's quota.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ResourceQuota {
    /// Metadata.
    pub metadata: Meta<IgnoredAny>,
    /// What is asked for.
    pub spec: QuotaSpec,
}

/// What a quota allows.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct QuotaSpec {
    /// By resource.
    pub hard: BTreeMap<String, String>,
}

/// An event.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Event {
    /// Metadata.
    pub metadata: Meta<IgnoredAny>,
    /// What it is about.
    pub involved_object: Involved,
    /// A word.
    pub reason: String,
    /// A sentence.
    pub message: String,
    /// `Normal` or `Warning`.
    #[serde(rename = "type")]
    pub kind: String,
    /// How often.
    pub count: Option<u32>,
    /// The first time.
    #[serde(deserialize_with = "time")]
    pub first_timestamp: Option<Millis>,
    /// The last time.
    #[serde(deserialize_with = "time")]
    pub last_timestamp: Option<Millis>,
    /// The time, of newer reporters.
    #[serde(deserialize_with = "time")]
    pub event_time: Option<Millis>,
    /// How often, of newer reporters.
    pub series: Option<Series>,
}

/// What an event is about.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Involved {
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
}

/// How often an event happened.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Series {
    /// How often.
    pub count: u32,
    /// The last time.
    #[serde(deserialize_with = "time")]
    pub last_observed_time: Option<Millis>,
}

/// Go writes what is empty as null.
pub(super) fn null_is_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    from: D,
) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(from)?.unwrap_or_default())
}

/// A time, or none; one that cannot be read is none.
pub(super) fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Millis>, D::Error> {
    struct Time;
    impl<'de> serde::de::Visitor<'de> for Time {
        type Value = Option<Millis>;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a time of RFC 3339, or null")
        }
        fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
            Ok(text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond))
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
        fn visit_none<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
        fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
            from.deserialize_str(Self)
        }
    }
    from.deserialize_option(Time)
}
