//! The slim rows of the index, and how they are made of what a cluster sends.

use std::{net::IpAddr, sync::Arc};

use app::model::{Bytes, CpuMillis, Millis, NodeCondition, NodeState, NodeTaint, PodRow, PodState, parse_milli};
use uuid::Uuid;

use super::{intern::Interner, wire};

/// A uid as a number. Those that are not UUIDs, which Kubernetes allows, are hashed.
pub(super) fn uid(text: &str) -> u128 {
    Uuid::parse_str(text).map_or_else(
        |_| {
            use sha2::Digest as _;
            let hash = sha2::Sha256::digest(text.as_bytes());
            hash.iter().take(16).fold(0, |n, byte| (n << 8) | u128::from(*byte))
        },
        |uuid| uuid.as_u128(),
    )
}

/// A pod's phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Pending,
    Running,
    Succeeded,
    Failed,
    Unknown,
}

impl Phase {
    pub(super) const ALL: [(Self, &'static str); 5] = [
        (Self::Running, "Running"),
        (Self::Pending, "Pending"),
        (Self::Succeeded, "Succeeded"),
        (Self::Failed, "Failed"),
        (Self::Unknown, "Unknown"),
    ];

    fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|(_, name)| *name == text).map_or(Self::Pending, |(phase, _)| phase)
    }

    /// Whether it has ended: then it asks for nothing any more.
    pub(super) const fn ended(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }
}

/// A pod: about 200 bytes with its name.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pod {
    pub uid: u128,
    pub namespace: Arc<str>,
    pub name: Box<str>,
    pub node: Arc<str>,
    /// The application's name by its labels; empty without.
    pub label: Arc<str>,
    pub reason: Arc<str>,
    pub ip: Option<IpAddr>,
    pub phase: Phase,
    pub state: PodState,
    pub ready: u16,
    pub containers: u16,
    pub restarts: u32,
    pub cpu: u64,
    pub memory: u64,
    /// The most memory that it may use.
    pub most_memory: u64,
    pub storage: u64,
    pub created: Millis,
    /// More, for pods of Longshore's own applications.
    pub app: Option<Box<AppPart>>,
}

/// What is kept of a pod of one of Longshore's applications.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct AppPart {
    pub app: Uuid,
    pub uid: String,
    pub release: Option<u32>,
    pub waiting: Option<(String, String)>,
    pub last_termination: Option<(i32, String)>,
    pub unschedulable: Option<String>,
    pub ready_since: Option<Millis>,
}

impl Pod {
    pub(super) fn read(pod: wire::Pod, strings: &mut Interner) -> Self {
        let [cpu, memory, storage, most_memory] = requests(&pod.spec);
        let (state, reason) = judge(&pod);
        let status = &pod.status;
        let labels = pod.metadata.labels;
        let app = labels.app.as_deref().and_then(|id| Uuid::parse_str(id).ok());
        let count = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        let restarts = status.container_statuses.iter().chain(&status.init_container_statuses);
        Self {
            uid: uid(&pod.metadata.uid),
            namespace: strings.get(&pod.metadata.namespace),
            node: strings.get(&pod.spec.node_name),
            label: strings.get(
                [&labels.instance, &labels.name, &labels.plain, &labels.old]
                    .into_iter()
                    .flatten()
                    .next()
                    .map_or("", String::as_str),
            ),
            reason: strings.get(&reason),
            ip: status.pod_ip.parse().ok(),
            phase: Phase::parse(&status.phase),
            state,
            ready: count(status.container_statuses.iter().filter(|c| c.ready).count()),
            containers: count(pod.spec.containers.len()),
            restarts: restarts.map(|c| c.restart_count).sum(),
            cpu,
            memory,
            most_memory,
            storage,
            created: pod.metadata.creation_timestamp.unwrap_or_default(),
            app: app.map(|app| Box::new(app_part(app, pod.metadata.uid, labels.release.as_deref(), status))),
            name: pod.metadata.name.into_boxed_str(),
        }
    }

    /// The row that lists show.
    pub(super) fn row(&self) -> PodRow {
        PodRow {
            namespace: self.namespace.to_string(),
            name: self.name.to_string(),
            state: self.state,
            reason: self.reason.to_string(),
            ready: self.ready,
            containers: self.containers,
            restarts: self.restarts,
            node: self.node.to_string(),
            ip: self.ip.map(|ip| ip.to_string()).unwrap_or_default(),
            cpu: CpuMillis(self.cpu),
            memory: Bytes(self.memory),
            created_at: self.created,
        }
    }

    /// Whether it differs from another state of the same pod in what lists are filtered and sorted by, other than
    /// what changes while pods run.
    pub(super) fn moved(&self, before: &Self) -> bool {
        !Arc::ptr_eq(&self.node, &before.node)
            || !Arc::ptr_eq(&self.label, &before.label)
            || (self.cpu, self.memory, self.created) != (before.cpu, before.memory, before.created)
    }
}

fn app_part(app: Uuid, uid: String, release: Option<&str>, status: &wire::PodStatus) -> AppPart {
    let containers = || status.init_container_statuses.iter().chain(&status.container_statuses);
    let is = |kind: &str, value: &str| status.conditions.iter().find(|c| c.kind == kind && c.status == value);
    AppPart {
        app,
        uid,
        release: release.and_then(|n| n.parse().ok()),
        waiting: containers()
            .filter(|c| !c.ready)
            .find_map(|c| c.state.waiting.as_ref())
            .map(|w| (w.reason.clone(), w.message.clone())),
        last_termination: status
            .container_statuses
            .iter()
            .chain(status.init_container_statuses.iter().filter(|c| !c.ready))
            .find_map(|c| c.state.terminated.as_ref().or(c.last_state.terminated.as_ref()))
            .map(|t| (t.exit_code, t.reason.clone())),
        unschedulable: is("PodScheduled", "False").filter(|c| c.reason == "Unschedulable").map(|c| c.message.clone()),
        ready_since: is("Ready", "True").and_then(|c| c.last_transition_time),
    }
}

/// CPU (thousandths), memory and disk (bytes) that a pod asks for, as the scheduler counts: containers and those
/// beside them together, or the largest that runs before, whichever is more, plus overhead
/// (<https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers>).
/// And the most memory that it may use, counted in the same way, as a quota does.
fn requests(spec: &wire::PodSpec) -> [u64; 4] {
    let bytes = |text: &Option<String>| text.as_deref().and_then(Bytes::parse).map(|b| b.0);
    let asked = |r: &wire::Resources, most: Option<u64>| {
        let cpu = r.cpu.as_deref().and_then(CpuMillis::parse).unwrap_or_default().0;
        let memory = bytes(&r.memory).unwrap_or_default();
        [cpu, memory, bytes(&r.storage).unwrap_or_default(), most.unwrap_or(memory)]
    };
    let read = |r: &wire::Requests| asked(&r.requests, bytes(&r.limits.memory));
    let each =
        |a: [u64; 4], b: [u64; 4], f: fn(u64, u64) -> u64| [f(a[0], b[0]), f(a[1], b[1]), f(a[2], b[2]), f(a[3], b[3])];
    let add = |a, b| each(a, b, u64::saturating_add);
    let max = |a, b| each(a, b, u64::max);
    let mut beside = [0; 4];
    let mut before = [0; 4];
    for container in &spec.init_containers {
        let asks = read(&container.resources);
        if container.restart_policy.as_deref() == Some("Always") {
            beside = add(beside, asks);
            before = max(before, beside);
        } else {
            before = max(before, add(beside, asks));
        }
    }
    let running = spec.containers.iter().map(|c| read(&c.resources)).fold(beside, add);
    add(max(running, before), asked(&spec.overhead, None))
}

/// Reasons to wait that do not pass by themselves.
const FAILING: [&str; 12] = [
    "CrashLoopBackOff",
    "ImagePullBackOff",
    "ErrImagePull",
    "ErrImageNeverPull",
    "InvalidImageName",
    "ImageInspectError",
    "RegistryUnavailable",
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
    "PreCreateHookError",
    "PostStartHookError",
];

/// The state, and the word that kubectl shows.
fn judge(pod: &wire::Pod) -> (PodState, String) {
    let status = &pod.status;
    let mut reason = if status.reason.is_empty() { status.phase.clone() } else { status.reason.clone() };
    let mut failing = false;
    let mut starting = false;
    let total = pod.spec.init_containers.len();
    for (n, container) in status.init_container_statuses.iter().enumerate() {
        let done = container.state.terminated.as_ref().is_some_and(|t| t.exit_code == 0);
        if done || container.started == Some(true) {
            continue;
        }
        starting = true;
        reason = match (&container.state.terminated, &container.state.waiting) {
            (Some(t), _) => {
                failing = true;
                format!("Init:{}", ended_word(t))
            }
            (None, Some(w)) if !w.reason.is_empty() && w.reason != "PodInitializing" => {
                failing |= FAILING.contains(&w.reason.as_str());
                format!("Init:{}", w.reason)
            }
            _ => format!("Init:{n}/{total}"),
        };
        break;
    }
    if !starting {
        let mut running = false;
        for container in status.container_statuses.iter().rev() {
            if let Some(waiting) = container.state.waiting.as_ref().filter(|w| !w.reason.is_empty()) {
                failing |= FAILING.contains(&waiting.reason.as_str());
                reason.clone_from(&waiting.reason);
            } else if let Some(terminated) = &container.state.terminated {
                failing |= terminated.exit_code != 0;
                reason = ended_word(terminated);
            } else if container.ready && container.state.running.is_some() {
                running = true;
            }
        }
        if reason == "Completed" && running {
            "Running".clone_into(&mut reason);
        }
    }
    let ready = !status.container_statuses.is_empty()
        && status.container_statuses.iter().all(|c| c.ready)
        && status.container_statuses.len() >= pod.spec.containers.len();
    let state = match Phase::parse(&status.phase) {
        _ if pod.metadata.deletion_timestamp.is_some() && status.reason != "NodeLost" => {
            "Terminating".clone_into(&mut reason);
            PodState::Terminating
        }
        Phase::Succeeded => PodState::Succeeded,
        Phase::Failed => PodState::Failing,
        Phase::Unknown => PodState::Unknown,
        _ if failing => PodState::Failing,
        Phase::Pending => PodState::Pending,
        Phase::Running if ready => PodState::Ready,
        Phase::Running => PodState::NotReady,
    };
    (state, reason)
}

fn ended_word(ended: &wire::Terminated) -> String {
    match (ended.reason.as_str(), ended.signal) {
        ("", Some(signal)) if signal != 0 => format!("Signal:{signal}"),
        ("", _) => format!("ExitCode:{}", ended.exit_code),
        (word, _) => word.to_owned(),
    }
}

/// A node, with all that its page shows: there are thousands of them, not hundreds of thousands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    pub name: Arc<str>,
    pub state: NodeState,
    pub cordoned: bool,
    pub roles: Vec<String>,
    pub version: Arc<str>,
    pub address: String,
    pub cpu: u64,
    pub memory: u64,
    pub storage: u64,
    pub pods: u32,
    pub created: Millis,
    pub conditions: Vec<NodeCondition>,
    pub taints: Vec<NodeTaint>,
    pub labels: Vec<(Arc<str>, Arc<str>)>,
    pub os: Arc<str>,
    pub kernel: Arc<str>,
    pub runtime: Arc<str>,
    pub architecture: Arc<str>,
}

impl Node {
    pub(super) fn read(node: wire::Node, strings: &mut Interner) -> Self {
        let info = &node.status.node_info;
        let address = |kind: &str| node.status.addresses.iter().find(|a| a.kind == kind).map(|a| a.address.clone());
        Self {
            name: strings.get(&node.metadata.name),
            state: node_state(&node),
            cordoned: node.spec.unschedulable,
            roles: node
                .metadata
                .labels
                .keys()
                .filter_map(|key| key.strip_prefix("node-role.kubernetes.io/"))
                .filter(|role| !role.is_empty())
                .map(str::to_owned)
                .collect(),
            version: strings.get(&info.kubelet_version),
            address: address("InternalIP").or_else(|| address("Hostname")).unwrap_or_default(),
            cpu: CpuMillis::parse(&node.status.allocatable.cpu).unwrap_or_default().0,
            memory: Bytes::parse(&node.status.allocatable.memory).unwrap_or_default().0,
            storage: Bytes::parse(&node.status.allocatable.storage).unwrap_or_default().0,
            pods: parse_milli(&node.status.allocatable.pods)
                .and_then(|m| u32::try_from(m / 1000).ok())
                .unwrap_or_default(),
            created: node.metadata.creation_timestamp.unwrap_or_default(),
            conditions: node
                .status
                .conditions
                .iter()
                .map(|c| NodeCondition {
                    kind: c.kind.clone(),
                    status: c.status.clone(),
                    reason: c.reason.clone(),
                    message: c.message.clone(),
                    since: c.last_transition_time,
                })
                .collect(),
            taints: node
                .spec
                .taints
                .iter()
                .map(|t| NodeTaint { key: t.key.clone(), value: t.value.clone(), effect: t.effect.clone() })
                .collect(),
            labels: node.metadata.labels.iter().map(|(k, v)| (strings.get(k), strings.get(v))).collect(),
            os: strings.get(&info.os_image),
            kernel: strings.get(&info.kernel_version),
            runtime: strings.get(&info.container_runtime_version),
            architecture: strings.get(&info.architecture),
        }
    }

    /// Whether the scheduler considers it.
    pub(super) fn schedulable(&self) -> bool {
        !self.cordoned && matches!(self.state, NodeState::Ready | NodeState::Pressure)
    }
}

fn node_state(node: &wire::Node) -> NodeState {
    let conditions = &node.status.conditions;
    let ready = conditions.iter().find(|c| c.kind == "Ready").map_or("Unknown", |c| c.status.as_str());
    match ready {
        "True" if node.spec.unschedulable => NodeState::Cordoned,
        "True" if conditions.iter().any(|c| c.kind.ends_with("Pressure") && c.status == "True") => NodeState::Pressure,
        "True" => NodeState::Ready,
        "False" => NodeState::NotReady,
        _ => NodeState::Unknown,
    }
}
