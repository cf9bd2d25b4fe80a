//! Autoscaling as it is: what is looked at, what follows from it, and what was decided before.

use serde::{Deserialize, Serialize};

use super::Millis;
use crate::i18n::Text;

/// How an application's number of pods follows what they use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Scaling {
    /// The fewest pods.
    pub min: u32,
    /// The most pods.
    pub max: u32,
    /// Pods that there are.
    pub current: u32,
    /// Pods that are wanted; `None` while the cluster has not worked that out.
    pub desired: Option<u32>,
    /// When their number was last changed.
    pub scaled_at: Option<Millis>,
    /// What it does now, and why.
    pub summary: Text,
    /// Whether it does what it is for; else `summary` says what is in its way.
    pub works: bool,
    /// What it looks at.
    pub measures: Vec<Measure>,
    /// What was decided lately, newest first; at most 10. The cluster remembers about an hour.
    pub decisions: Vec<ScalingDecision>,
}

/// Something that autoscaling looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Measure {
    /// `cpu`, `memory`, or what the pods call it.
    pub name: String,
    /// What it should be on average: `70%` of what pods ask for, or `0.25`.
    pub target: String,
    /// What it is; `None` while that is not known.
    pub now: Option<String>,
    /// What it is in percent of what it should be: above 100, more pods are wanted.
    pub share: Option<u32>,
}

/// A change of the number of pods, or a try that failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct ScalingDecision {
    /// When; the last time, if it happened several times.
    pub at: Millis,
    /// How many pods it came to; `None` for a try that failed.
    pub pods: Option<u32>,
    /// Why.
    pub why: Text,
}
