//! What is read of HorizontalPodAutoscalers, and nothing else.

use std::collections::BTreeMap;

use app::model::Millis;
use serde::Deserialize;

use super::wire::{Condition, Meta, Object, WorkloadLabels, null_is_default, time};

/// A HorizontalPodAutoscaler.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Autoscaler {
    /// Metadata.
    pub metadata: Meta<WorkloadLabels>,
    /// What is asked for.
    pub spec: AutoscalerSpec,
    /// What is.
    pub status: AutoscalerStatus,
}

impl Object for Autoscaler {
    fn resource_version(&self) -> &str {
        &self.metadata.resource_version
    }
}

/// What is asked of it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AutoscalerSpec {
    /// The fewest pods; 1 when it does not say.
    pub min_replicas: Option<u32>,
    /// The most pods.
    pub max_replicas: u32,
    /// What it looks at.
    #[serde(deserialize_with = "null_is_default")]
    pub metrics: Vec<Metric>,
}

/// How it is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AutoscalerStatus {
    /// Pods that it has counted.
    pub current_replicas: Option<u32>,
    /// Pods that it wants.
    pub desired_replicas: u32,
    /// When it last changed their number.
    #[serde(deserialize_with = "time")]
    pub last_scale_time: Option<Millis>,
    /// What it has found of what it looks at.
    #[serde(deserialize_with = "null_is_default")]
    pub current_metrics: Vec<Metric>,
    /// `AbleToScale`, `ScalingActive`, `ScalingLimited`.
    #[serde(deserialize_with = "null_is_default")]
    pub conditions: Vec<Condition>,
}

/// Something that is looked at: what it should be, or what it is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Metric {
    /// CPU or memory.
    pub resource: Option<ResourceMetric>,
    /// What the pods tell of themselves.
    pub pods: Option<PodsMetric>,
}

/// CPU or memory.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ResourceMetric {
    /// Which.
    pub name: String,
    /// How much.
    #[serde(alias = "current")]
    pub target: Amounts,
}

/// What the pods tell of themselves.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PodsMetric {
    /// Which.
    pub metric: Named,
    /// How much.
    #[serde(alias = "current")]
    pub target: Amounts,
}

/// What it is called, and which of several.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Named {
    /// The name.
    pub name: String,
    /// The labels that pick it.
    pub selector: Option<Picked>,
}

/// What picks one of several.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Picked {
    /// Labels that it has.
    pub match_labels: BTreeMap<String, String>,
}

/// How much of something.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Amounts {
    /// In percent of what pods ask for.
    pub average_utilization: Option<u32>,
    /// As a quantity.
    pub average_value: Option<String>,
}
