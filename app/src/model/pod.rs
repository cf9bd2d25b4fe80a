//! Pods and events, as a cluster reports them.

use serde::{Deserialize, Serialize};

use super::{Bytes, CpuMillis, Keyed, Millis};

/// Which pods, as flat strings of a URL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct PodQuery {
    /// The cluster's id.
    pub cluster: String,
    /// Part of the name, or `key=value` of namespace, node or app: `node=worker-1`.
    pub q: Option<String>,
    /// A namespace's name; empty for all that the account may see.
    pub namespace: Option<String>,
    /// A node's name; empty for all.
    pub node: Option<String>,
    /// `running`, `pending`, `failing`, `succeeded`, `terminating`; empty for all.
    pub state: Option<String>,
    /// `name`, `namespace`, `node`, `state`, `restarts`, `age`, `cpu`, `memory`; with a leading `-`, descending.
    pub sort: Option<String>,
    /// The page's number, from 1.
    pub page: Option<String>,
    /// Rows on a page.
    pub per_page: Option<String>,
}

/// How a pod is, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PodState {
    /// All its containers run and are ready.
    Ready,
    /// It runs, and some container is not ready.
    NotReady,
    /// It waits to be scheduled, or for its images or volumes.
    Pending,
    /// A container crashes, or an image cannot be pulled.
    Failing,
    /// It ended well.
    Succeeded,
    /// It is being deleted.
    Terminating,
    /// Its node does not report.
    Unknown,
}

/// A pod in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct PodRow {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// How it is.
    pub state: PodState,
    /// Kubernetes' own word for it: `Running`, `CrashLoopBackOff`, `ImagePullBackOff`, …
    pub reason: String,
    /// Containers that are ready.
    pub ready: u16,
    /// Containers in all.
    pub containers: u16,
    /// Restarts, over all containers.
    pub restarts: u32,
    /// The node; empty before it is scheduled.
    pub node: String,
    /// Its address; empty before it has one.
    pub ip: String,
    /// CPU it asks for.
    pub cpu: CpuMillis,
    /// Memory it asks for.
    pub memory: Bytes,
    /// When it was made.
    pub created_at: Millis,
}

impl Keyed for PodRow {
    fn key(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }
}

/// An event of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct EventRow {
    /// Whether it is a warning.
    pub warning: bool,
    /// A word: `FailedScheduling`.
    pub reason: String,
    /// A sentence.
    pub message: String,
    /// What it is about: `pod/web-5d4f`.
    pub object: String,
    /// The namespace of that.
    pub namespace: String,
    /// How often.
    pub count: u32,
    /// The last time.
    pub at: Millis,
}
