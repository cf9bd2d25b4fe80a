//! Live topics: what a page watches, and how changes travel.
//!
//! `GET /api/v1/live?t=TOPIC&t=TOPIC` is one stream of server-sent events per tab. An event's name is the
//! topic's place in the request (`0`, `1`, …) and its data a [`LiveMessage`] as JSON: `{"snapshot":{"value":…}}`.

use std::fmt;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{AppId, AppQuery, ClusterId, NodeQuery, OperationId, PodQuery, UsageRange};

/// The most topics in one stream.
pub const MAX_TOPICS: usize = 8;

/// Something that a page can watch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// A page of nodes: carries `Page<NodeRow>`.
    Nodes(NodeQuery),
    /// One node: carries `NodeDetail`.
    Node {
        /// The cluster.
        cluster: ClusterId,
        /// The node's name.
        name: String,
    },
    /// A page of pods: carries `Page<PodRow>`.
    Pods(PodQuery),
    /// The overview of a cluster: carries `ClusterOverview`.
    Cluster(ClusterId),
    /// A page of applications: carries `Page<AppRow>`.
    Apps(AppQuery),
    /// An application with its rollout: carries `AppDetail`.
    App(AppId),
    /// CPU and memory of an application over time: carries `AppUsage`.
    Usage {
        /// The application.
        app: AppId,
        /// How far back.
        range: UsageRange,
    },
    /// An operation: carries `OperationDetail`.
    Operation(OperationId),
}

impl fmt::Display for Topic {
    /// JSON, to be percent-encoded into a URL.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

impl std::str::FromStr for Topic {
    type Err = serde_json::Error;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        serde_json::from_str(s)
    }
}

/// A value that travels as the JSON it is, to be read by who knows its type.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RawJson(Box<serde_json::value::RawValue>);

impl RawJson {
    /// The JSON of a value; `None` when it has none, as a map whose keys are no text.
    pub fn of<T: Serialize>(value: &T) -> Option<Self> {
        serde_json::value::to_raw_value(value).ok().map(Self)
    }

    /// The value, as a type of the reader's choice; `None` when it is not of that type.
    pub fn read<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(self.0.get()).ok()
    }
}

impl PartialEq for RawJson {
    fn eq(&self, other: &Self) -> bool {
        self.0.get() == other.0.get()
    }
}

/// What a topic sends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LiveMessage {
    /// The whole value, as the topic's own type.
    Snapshot {
        /// The value.
        value: RawJson,
    },
    /// A page's change: the rows that are new or different, and the order of all.
    Delta {
        /// How many rows there are over all pages now.
        total: u64,
        /// The keys of the rows on the page, in order.
        keys: Vec<String>,
        /// The rows that are new or different.
        rows: Vec<RawJson>,
    },
    /// The thing is gone, or may no longer be seen.
    Gone {},
    /// The cluster's watches are broken (or mended): what is shown is stale (or live again).
    Stale {
        /// Whether it is stale now.
        stale: bool,
    },
}
