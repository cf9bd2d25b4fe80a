//! How many pods there are, where, and how they come and go.

use serde::{Deserialize, Serialize};

use super::values::Amount;

/// From where an application's ports can be reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Exposure {
    /// From inside the cluster.
    #[default]
    Cluster,
    /// At a port of every node, too.
    NodePort,
    /// At an address of its own, which the cluster's surroundings give it, too.
    LoadBalancer,
}

pub(super) const fn five_minutes() -> u32 {
    300
}

/// How a new release takes the place of the one before, in batches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct UpdateStrategy {
    /// How many pods more than `replicas` there may be meanwhile.
    pub max_surge: Amount,
    /// How many pods fewer than `replicas` may serve meanwhile.
    pub max_unavailable: Amount,
    /// For how many seconds a new pod has to be ready before it counts.
    pub min_ready_seconds: u32,
    /// Seconds until a release that does not get ready has failed.
    pub deadline_seconds: u32,
    /// What follows when the first batch serves.
    #[serde(skip_serializing_if = "is_usual")]
    pub first_batch: FirstBatch,
    /// What follows when the deadline has passed.
    #[serde(skip_serializing_if = "is_usual")]
    pub at_deadline: AtDeadline,
}

/// What follows when the first batch of an upgrade serves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FirstBatch {
    /// The next one.
    #[default]
    GoOn,
    /// A person is asked whether to go on or to abort. A first release and a rollback do not ask.
    Wait,
}

/// What follows when a release did not get ready in time and another serves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AtDeadline {
    /// The Deployment goes back to the release that serves, and the stuck pods go away.
    #[default]
    GoBack,
    /// Everything stays as it is, so that the stuck pods can be looked at.
    Stay,
}

pub(super) fn is_usual<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Default for UpdateStrategy {
    fn default() -> Self {
        Self {
            max_surge: Amount::Percent(25),
            max_unavailable: Amount::Count(0),
            min_ready_seconds: 2,
            deadline_seconds: five_minutes(),
            first_batch: FirstBatch::default(),
            at_deadline: AtDeadline::default(),
        }
    }
}

impl UpdateStrategy {
    /// How many pods more than `replicas` there may be, as Kubernetes rounds it: up.
    ///
    /// Source: <https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-update-deployment>
    pub fn surge(&self, replicas: u32) -> u32 {
        self.max_surge.of(replicas, true)
    }

    /// Whether pods of a release that did not get ready in time stay, when another serves.
    pub fn stays_when_late(&self) -> bool {
        self.at_deadline == AtDeadline::Stay
    }

    /// How many pods of a new release there are before the first of them counts as available: those that there may be
    /// more, and those that take the place of pods that may be missing. Where shares round both to nothing, one pod may
    /// be missing.
    ///
    /// Source: <https://pkg.go.dev/k8s.io/kubernetes/pkg/controller/deployment/util#ResolveFenceposts>
    pub fn batch(&self, replicas: u32) -> u32 {
        let (surge, missing) = (self.surge(replicas), self.max_unavailable.of(replicas, false).min(replicas));
        surge.saturating_add(missing).max(1).min(replicas)
    }
}

/// How many pods may be missing while nodes are drained.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Disruption {
    /// The most pods that may be missing at a time; at least one, so that a node can be drained at all.
    pub max_unavailable: Amount,
}

/// How pods are spread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Spread {
    /// Over what.
    pub over: SpreadOver,
    /// A pod rather waits than breaks the spread.
    pub strict: bool,
}

impl Default for Spread {
    fn default() -> Self {
        Self { over: SpreadOver::Nodes, strict: false }
    }
}

/// Over what pods are spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SpreadOver {
    /// Evenly over nodes.
    #[default]
    Nodes,
    /// Evenly over zones.
    Zones,
    /// At most one on a node.
    OnePerNode,
}

/// How a pod ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Termination {
    /// Seconds that a leaving pod serves on before it is told to stop: what kube-proxy and ingress controllers need to
    /// hear that its endpoint is gone.
    pub leave_seconds: u32,
    /// Seconds from the wish to stop a pod until it is killed, the ones above among them.
    pub grace_seconds: u32,
}

impl Default for Termination {
    fn default() -> Self {
        Self { leave_seconds: 5, grace_seconds: 40 }
    }
}
