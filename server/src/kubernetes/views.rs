//! What the index tells other rooms, beyond the rows of lists: room on nodes, an application as it is now.

use std::sync::Arc;

use app::model::{Bytes, Capacity, CpuMillis, EventRow, Millis, NodeCondition, NodeRow, NodeState, NodeTaint, PodRow};

use super::{
    index::Index,
    query::Scope,
    rows::Phase,
    runs::{CronView, RunView},
    scaling::ScalerView,
};

/// The label of a node's zone.
///
/// Source: <https://kubernetes.io/docs/reference/labels-annotations-taints/#topologykubernetesiozone>
const ZONE_LABEL: &str = "topology.kubernetes.io/zone";

/// What is free on a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeRoom {
    /// The node.
    pub name: String,
    /// Whether new pods may go there: ready and not cordoned. Taints are for the caller to judge.
    pub schedulable: bool,
    /// CPU that nobody has asked for.
    pub cpu_free: CpuMillis,
    /// Memory that nobody has asked for.
    pub memory_free: Bytes,
    /// Disk that nobody has asked for.
    pub storage_free: Bytes,
    /// Pods that still fit by number.
    pub pods_free: u32,
    /// What its pods ask for beyond what it has, as when it was made smaller. What leaves pays that first.
    pub owed: Owed,
    /// Its taints.
    pub taints: Vec<NodeTaint>,
    /// Its zone, by its label.
    pub zone: Option<Arc<str>>,
}

/// What the pods on a node ask for beyond what it has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Owed {
    /// CPU.
    pub cpu: CpuMillis,
    /// Memory.
    pub memory: Bytes,
    /// Disk.
    pub storage: Bytes,
    /// Pods by number.
    pub pods: u32,
}

/// One of Longshore's applications, as the cluster has it now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AppView {
    /// What makes its pods, a Deployment or a StatefulSet; `None` before it is made and after it is gone.
    pub workload: Option<WorkloadView>,
    /// What begins its runs by a schedule.
    pub cron: Option<CronView>,
    /// Its runs, when it runs to its end, newest first; at most 50.
    pub runs: Vec<RunView>,
    /// What decides how many pods there are by what they use.
    pub scaler: Option<ScalerView>,
    /// Recent events about that, newest first; at most 10. Those of the pods that come and go would push them out.
    pub scaler_events: Vec<EventRow>,
    /// Its pods, of all releases, by name.
    pub pods: Vec<AppPod>,
    /// Recent events about all that, its ReplicaSets and pods, newest first; at most 50.
    pub events: Vec<EventRow>,
}

/// A Deployment or a StatefulSet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkloadView {
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// Counts changes of its specification.
    pub generation: i64,
    /// The generation that `updated`, `ready`, … speak of.
    pub observed_generation: i64,
    /// Pods that it should have.
    pub replicas: u32,
    /// Pods that it has, of any template.
    pub current: u32,
    /// Pods of the newest template.
    pub updated: u32,
    /// Pods that are ready, of any template.
    pub ready: u32,
    /// Pods that have been ready for `minReadySeconds`, of any template.
    pub available: u32,
    /// `Available`, `Progressing`, `ReplicaFailure`; a StatefulSet has none.
    pub conditions: Vec<WorkloadCondition>,
    /// Kubernetes' own revision number.
    pub revision: Option<u32>,
    /// The release that it is of.
    pub release: Option<u32>,
}

/// A condition of a Deployment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkloadCondition {
    /// `Available`, `Progressing`, `ReplicaFailure`.
    pub kind: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// A word: `ProgressDeadlineExceeded`, `FailedCreate`, …
    pub reason: String,
    /// A sentence.
    pub message: String,
}

/// A pod of an application, with what tells why it does not serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppPod {
    /// What lists show.
    pub row: PodRow,
    /// The release it belongs to.
    pub release: Option<u32>,
    /// Its uid.
    pub uid: String,
    /// The first container that waits: `ImagePullBackOff` and the kubelet's sentence.
    pub waiting: Option<(String, String)>,
    /// The last end of a container that is not ready or restarted: the exit code and a word such as `OOMKilled`.
    pub last_termination: Option<(i32, String)>,
    /// Why the scheduler finds no node for it.
    pub unschedulable: Option<String>,
    /// Since when it has been ready; `None` while it is not.
    pub ready_since: Option<Millis>,
}

/// Counts and sums over a cluster, or over what one may see of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// Nodes.
    pub nodes: u32,
    /// Nodes that are ready.
    pub nodes_ready: u32,
    /// Pods.
    pub pods: u32,
    /// Sums over all nodes.
    pub capacity: Capacity,
    /// Pods by phase, those with none left out.
    pub pods_by_phase: Vec<(String, u32)>,
    /// Nodes that are not ready or under pressure; at most 10.
    pub troubled_nodes: Vec<NodeRow>,
    /// Pods that do not do their work, those with most restarts first; at most 10.
    pub troubled_pods: Vec<PodRow>,
    /// The newest warnings; at most 10.
    pub warnings: Vec<EventRow>,
    /// Namespaces.
    pub namespaces: u32,
}

/// What a node's page shows beyond its row.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeView {
    /// What lists show.
    pub row: NodeRow,
    /// Conditions.
    pub conditions: Vec<NodeCondition>,
    /// Taints.
    pub taints: Vec<NodeTaint>,
    /// Labels, sorted.
    pub labels: Vec<(String, String)>,
    /// Operating system.
    pub os: String,
    /// Kernel.
    pub kernel: String,
    /// Container runtime.
    pub runtime: String,
    /// Processor.
    pub architecture: String,
    /// Its pods by namespace and name; at most 100.
    pub pods: Vec<PodRow>,
    /// Events about it, newest first; at most 20.
    pub events: Vec<EventRow>,
}

impl Index {
    /// Nodes, ready nodes and pods, in all.
    pub fn counts(&self) -> (u32, u32, u32) {
        let state = self.read();
        let ready = state.nodes.values().filter(|n| is_ready(n.row.state)).count();
        (number(state.nodes.len()), number(ready), number(state.pods.len()))
    }

    /// Counts and sums of the whole cluster.
    pub fn summary(&self) -> Summary {
        let (nodes, nodes_ready, pods) = self.counts();
        let state = self.read();
        let mut capacity = Capacity::default();
        for seen in state.nodes.values() {
            add(&mut capacity, &state.node_capacity(&seen.row));
        }
        let mut failing: Vec<_> = state.pods.failing.iter().map(|slot| state.pods.row(*slot)).collect();
        failing.sort_by(|a, b| b.restarts.cmp(&a.restarts).then_with(|| b.created.cmp(&a.created)));
        Summary {
            nodes,
            nodes_ready,
            pods,
            capacity,
            pods_by_phase: Phase::ALL
                .iter()
                .map(|(phase, name)| ((*name).to_owned(), state.pods.phase_count(*phase)))
                .filter(|(_, count)| *count > 0)
                .collect(),
            troubled_nodes: state
                .nodes
                .values()
                .filter(|n| matches!(n.row.state, NodeState::NotReady | NodeState::Unknown | NodeState::Pressure))
                .take(10)
                .map(|n| state.node_row(&n.row))
                .collect(),
            troubled_pods: failing.into_iter().take(10).map(super::rows::Pod::row).collect(),
            warnings: state.events.newest().filter(|e| e.warning).take(10).map(super::events::Event::row).collect(),
            namespaces: number(state.namespaces.len()),
        }
    }

    /// Counts and sums of some namespaces. Nodes are none of their business: only the cluster's room is told, as
    /// one sum over schedulable nodes without what others have asked for.
    pub fn summary_of(&self, scope: &Scope) -> Summary {
        let Scope::Namespaces(names) = scope else { return self.summary() };
        let state = self.read();
        let mut summary = Summary { namespaces: number(names.len()), ..Summary::default() };
        let mut phases = [0_u32; Phase::ALL.len()];
        let mut troubled = Vec::new();
        for name in names.iter() {
            let load = state.pods.namespaces.get(name.as_str()).copied().unwrap_or_default();
            summary.capacity.cpu_requested.0 += load.cpu;
            summary.capacity.memory_requested.0 += load.memory;
            summary.capacity.pods_used += load.pods;
            for quota in state.quotas.get(name.as_str()).into_iter().flatten() {
                summary.capacity.cpu.0 = summary.capacity.cpu.0.saturating_add(quota.row.cpu.unwrap_or_default());
                summary.capacity.memory.0 =
                    summary.capacity.memory.0.saturating_add(quota.row.memory.unwrap_or_default());
                summary.capacity.pods = summary.capacity.pods.saturating_add(quota.row.pods.unwrap_or_default());
            }
            for slot in state.pods.of_namespace(name) {
                let pod = state.pods.row(*slot);
                phases[pod.phase as usize] += 1;
                summary.pods += 1;
                if state.pods.failing.contains(slot) {
                    troubled.push(pod);
                }
            }
        }
        troubled.sort_by(|a, b| b.restarts.cmp(&a.restarts).then_with(|| b.created.cmp(&a.created)));
        summary.troubled_pods = troubled.into_iter().take(10).map(super::rows::Pod::row).collect();
        summary.pods_by_phase = Phase::ALL
            .iter()
            .map(|(phase, name)| ((*name).to_owned(), phases[*phase as usize]))
            .filter(|(_, count)| *count > 0)
            .collect();
        summary.warnings = state
            .events
            .newest()
            .filter(|e| e.warning && scope.covers(&e.namespace))
            .take(10)
            .map(super::events::Event::row)
            .collect();
        summary
    }

    /// One node; `None` when there is none of that name.
    pub fn node(&self, name: &str) -> Option<NodeView> {
        let state = self.read();
        let node = &state.nodes.get(name)?.row;
        let mut pods: Vec<_> = state.pods.of_node(name).iter().map(|slot| state.pods.row(*slot)).collect();
        pods.sort_unstable_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
        Some(NodeView {
            row: state.node_row(node),
            conditions: node.conditions.clone(),
            taints: node.taints.clone(),
            labels: node.labels.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect(),
            os: node.os.to_string(),
            kernel: node.kernel.to_string(),
            runtime: node.runtime.to_string(),
            architecture: node.architecture.to_string(),
            pods: pods.into_iter().take(100).map(super::rows::Pod::row).collect(),
            events: state
                .events
                .newest()
                .filter(|e| &*e.kind == "Node" && &*e.name == name)
                .take(20)
                .map(super::events::Event::row)
                .collect(),
        })
    }

    /// At most `most` nodes whose name contains a text, shortest names first.
    pub fn find_nodes(&self, text: &str, most: usize) -> Vec<String> {
        let state = self.read();
        let mut found: Vec<&str> = state.nodes.keys().map(|n| &**n).filter(|n| n.contains(text)).take(200).collect();
        found.sort_by_key(|name| (!name.starts_with(text), name.len()));
        found.into_iter().take(most).map(str::to_owned).collect()
    }

    /// The room on every node, by name.
    pub fn node_room(&self) -> Vec<NodeRoom> {
        let state = self.read();
        let room = |seen: &super::index::Seen<super::rows::Node>| {
            let node = &seen.row;
            let load = state.pods.nodes.get(&node.name).map(|group| group.load).unwrap_or_default();
            NodeRoom {
                name: node.name.to_string(),
                schedulable: node.schedulable(),
                cpu_free: CpuMillis(node.cpu.saturating_sub(load.cpu)),
                memory_free: Bytes(node.memory.saturating_sub(load.memory)),
                storage_free: Bytes(node.storage.saturating_sub(load.storage)),
                pods_free: node.pods.saturating_sub(load.pods),
                owed: Owed {
                    cpu: CpuMillis(load.cpu.saturating_sub(node.cpu)),
                    memory: Bytes(load.memory.saturating_sub(node.memory)),
                    storage: Bytes(load.storage.saturating_sub(node.storage)),
                    pods: load.pods.saturating_sub(node.pods),
                },
                taints: node.taints.clone(),
                zone: node.labels.iter().find(|(key, _)| &**key == ZONE_LABEL).map(|(_, zone)| Arc::clone(zone)),
            }
        };
        state.nodes.values().map(room).collect()
    }

    /// The newest warning about an object of one of Longshore's namespaces; `None` when there is none.
    pub fn warning_about(&self, namespace: &str, kind: &str, name: &str) -> Option<EventRow> {
        let state = self.read();
        let about =
            |e: &&super::events::Event| e.warning && &*e.namespace == namespace && &*e.kind == kind && &*e.name == name;
        state.events.ours().find(about).map(super::events::Event::row)
    }
}

fn is_ready(state: NodeState) -> bool {
    matches!(state, NodeState::Ready | NodeState::Cordoned | NodeState::Pressure)
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn add(sum: &mut Capacity, one: &Capacity) {
    sum.cpu.0 += one.cpu.0;
    sum.cpu_requested.0 += one.cpu_requested.0;
    sum.memory.0 += one.memory.0;
    sum.memory_requested.0 += one.memory_requested.0;
    sum.pods += one.pods;
    sum.pods_used += one.pods_used;
    // A sum over some nodes only would mislead less than none at all would.
    if let Some(used) = one.cpu_used {
        sum.cpu_used = Some(CpuMillis(sum.cpu_used.unwrap_or_default().0 + used.0));
    }
    if let Some(used) = one.memory_used {
        sum.memory_used = Some(Bytes(sum.memory_used.unwrap_or_default().0 + used.0));
    }
}
