//! How many pods there are by what they use.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    rollout::{five_minutes, is_usual},
    values::Amount,
};

/// How many pods there are by what they use: by a share of CPU or memory, by measures of the application's own, or by several
/// of these. The one that asks for most pods counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Autoscaling {
    /// The fewest pods.
    pub min: u32,
    /// The most pods.
    pub max: u32,
    /// The share of the CPU they ask for that pods are to use, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_percent: Option<u32>,
    /// The share of the memory they ask for that pods are to use, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_percent: Option<u32>,
    /// What the pods tell of themselves, where the cluster has custom metrics (Prometheus adapter); up to 4.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<PodMetric>,
    /// For how many seconds fewer pods have to be enough before any go.
    #[serde(default = "five_minutes")]
    pub scale_down_seconds: u32,
    /// For how many seconds more pods have to be needed before any come.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub scale_up_seconds: u32,
    /// The most pods that come within a minute, as a number or as a share of those that there are. Absent: as many as
    /// Kubernetes likes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most_more_a_minute: Option<Amount>,
    /// The most pods that go within a minute, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most_fewer_a_minute: Option<Amount>,
}

/// Something that pods tell of themselves, such as the requests a second that they answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PodMetric {
    /// What the cluster's custom metrics call it: `http_requests_per_second`.
    pub name: String,
    /// Of several of that name those with these labels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// How much of it each pod is to have on average: `100`, `250m`.
    #[serde(deserialize_with = "super::values::quantity")]
    pub average: String,
}

impl Default for Autoscaling {
    fn default() -> Self {
        Self {
            min: 1,
            max: 1,
            cpu_percent: None,
            memory_percent: None,
            metrics: Vec::new(),
            scale_down_seconds: five_minutes(),
            scale_up_seconds: 0,
            most_more_a_minute: None,
            most_fewer_a_minute: None,
        }
    }
}
