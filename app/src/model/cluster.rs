//! Clusters: a kubeconfig, kept encrypted, and what the platform knows of what is behind it.

use serde::{Deserialize, Serialize};

use super::{Bytes, ClusterId, CpuMillis, Millis};
use crate::i18n::Text;

/// The most bytes of a kubeconfig.
pub const MAX_KUBECONFIG_BYTES: usize = 256 * 1024;

/// The form that connects a cluster.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct NewCluster {
    /// Lower-case letters, digits and hyphens, 40 at most; unique over the platform.
    pub name: String,
    /// The kubeconfig's YAML; kept encrypted, never given out again.
    pub kubeconfig: String,
}

impl std::fmt::Debug for NewCluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewCluster").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The form that gives a cluster another kubeconfig.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct NewKubeconfig {
    /// The kubeconfig's YAML, as when a cluster is connected; it has to lead to the same cluster.
    pub kubeconfig: String,
    /// The cluster's `revision` that was read, when the change must not overwrite another.
    #[serde(default)]
    pub version: Option<i64>,
}

impl std::fmt::Debug for NewKubeconfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewKubeconfig").finish_non_exhaustive()
    }
}

/// One right that Longshore needs in a cluster, and whether the kubeconfig has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct ClusterRight {
    /// The verb: `list`, `create`, …
    pub verb: String,
    /// The resource with its group: `pods`, `apps/deployments`.
    pub resource: String,
    /// Whether the cluster's own review says yes.
    pub allowed: bool,
    /// Whether Longshore cannot work without it.
    pub required: bool,
}

/// What a kubeconfig leads to, found before it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct ClusterCheck {
    /// The API server's address, from the kubeconfig.
    pub server: String,
    /// The version, such as `v1.34.4`.
    pub version: String,
    /// The user that the cluster sees.
    pub user: String,
    /// The rights that were reviewed.
    pub rights: Vec<ClusterRight>,
}

impl ClusterCheck {
    /// Whether every required right is there.
    pub fn usable(&self) -> bool {
        self.rights.iter().all(|r| r.allowed || !r.required)
    }
}

/// How the connection to a cluster is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ClusterState {
    /// The index is being filled for the first time.
    Loading,
    /// Watches run; what is shown is live.
    Live,
    /// Watches are broken; what is shown is from before and may be stale.
    Stale,
    /// It was never reached since the server started.
    Unreachable,
}

/// A cluster in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct ClusterRow {
    /// The cluster.
    pub id: ClusterId,
    /// Its name.
    pub name: String,
    /// The API server's address; empty for people of tenants.
    pub server: String,
    /// Kubernetes' version.
    pub version: String,
    /// The connection.
    pub state: ClusterState,
    /// Why it is not live, when it is not; or what will be the matter with it soon.
    pub problem: Option<Text>,
    /// Since when it is in this state.
    pub since: Millis,
    /// Nodes, in all.
    pub nodes: u32,
    /// Nodes that are ready.
    pub nodes_ready: u32,
    /// Pods, in all.
    pub pods: u32,
    /// Until when the kept kubeconfig is good, where its certificate or token says so; for the platform's people.
    pub credentials_end: Option<Millis>,
    /// Counts the kubeconfigs that were kept for it; a form sends it back so that no change of somebody else is lost.
    #[serde(default)]
    pub revision: i64,
}

/// A capacity, and what of it is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Capacity {
    /// CPU that pods may ask for.
    pub cpu: CpuMillis,
    /// CPU that pods have asked for.
    pub cpu_requested: CpuMillis,
    /// CPU in use, where a metrics source exists.
    pub cpu_used: Option<CpuMillis>,
    /// Memory that pods may ask for.
    pub memory: Bytes,
    /// Memory that pods have asked for.
    pub memory_requested: Bytes,
    /// Memory in use, where a metrics source exists.
    pub memory_used: Option<Bytes>,
    /// Pods that fit.
    pub pods: u32,
    /// Pods that are there.
    pub pods_used: u32,
}

/// The overview of one cluster: counts and sums only, the same size for any cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct ClusterOverview {
    /// The cluster.
    pub cluster: ClusterRow,
    /// Sums over all its nodes.
    pub capacity: Capacity,
    /// Pods by phase: (`Running`, 12), …
    pub pods_by_phase: Vec<(String, u32)>,
    /// Nodes that are not ready, or have a pressure condition; at most 10.
    pub troubled_nodes: Vec<super::NodeRow>,
    /// Pods that do not do their work; at most 10.
    pub troubled_pods: Vec<super::PodRow>,
    /// Recent warnings; at most 10.
    pub warnings: Vec<super::EventRow>,
    /// Namespaces in the cluster.
    pub namespaces: u32,
}
