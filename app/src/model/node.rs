//! Nodes, as a cluster reports them.

use serde::{Deserialize, Serialize};

use super::{Capacity, ClusterId, EventRow, Keyed, Millis, PodRow};

/// Which nodes, as flat strings of a URL. Unknown values of `sort` mean the name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct NodeQuery {
    /// The cluster's id.
    pub cluster: String,
    /// Part of the name, an address, a label `key=value`, or a role.
    pub q: Option<String>,
    /// `ready`, `not_ready`, `cordoned`, `pressure`; empty for all.
    pub state: Option<String>,
    /// `name`, `cpu`, `memory`, `pods`, `age`, `version`, `state`; with a leading `-`, descending.
    pub sort: Option<String>,
    /// The page's number, from 1.
    pub page: Option<String>,
    /// Rows on a page.
    pub per_page: Option<String>,
}

/// How a node is, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum NodeState {
    /// Ready and schedulable.
    Ready,
    /// Ready, but no new pods are scheduled there.
    Cordoned,
    /// Ready, with a pressure condition.
    Pressure,
    /// The kubelet says that it is not ready.
    NotReady,
    /// The kubelet has not reported for too long.
    Unknown,
}

/// A node in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct NodeRow {
    /// Its name.
    pub name: String,
    /// How it is.
    pub state: NodeState,
    /// Roles from the labels `node-role.kubernetes.io/*`.
    pub roles: Vec<String>,
    /// The kubelet's version.
    pub version: String,
    /// The internal address.
    pub address: String,
    /// Allocatable, requested, used.
    pub capacity: Capacity,
    /// When it joined.
    pub created_at: Millis,
}

impl Keyed for NodeRow {
    fn key(&self) -> String {
        self.name.clone()
    }
}

/// A condition of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct NodeCondition {
    /// `Ready`, `MemoryPressure`, …
    pub kind: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// A word of the kubelet's.
    pub reason: String,
    /// A sentence of the kubelet's.
    pub message: String,
    /// Since when.
    pub since: Option<Millis>,
}

/// A taint of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct NodeTaint {
    /// The key.
    pub key: String,
    /// The value, often empty.
    pub value: String,
    /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
    pub effect: String,
}

/// One node, whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct NodeDetail {
    /// The cluster.
    pub cluster: ClusterId,
    /// The cluster's name.
    pub cluster_name: String,
    /// What the list shows.
    pub row: NodeRow,
    /// Conditions.
    pub conditions: Vec<NodeCondition>,
    /// Taints.
    pub taints: Vec<NodeTaint>,
    /// Labels, sorted.
    pub labels: Vec<(String, String)>,
    /// Operating system image, such as `Debian GNU/Linux 12`.
    pub os: String,
    /// Kernel version.
    pub kernel: String,
    /// Container runtime, such as `containerd://1.6.20`.
    pub runtime: String,
    /// `amd64`, `arm64`, …
    pub architecture: String,
    /// Pods on it; at most 100.
    pub pods: Vec<PodRow>,
    /// Recent events about it; at most 20.
    pub events: Vec<EventRow>,
}
