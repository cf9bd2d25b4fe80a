//! "Will it fit?", answered before anything is sent to the cluster.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::SpecForm;
use crate::i18n::Text;

/// The question: this specification, in that namespace, perhaps in place of an application's present one.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct FitRequest {
    /// The namespace's id.
    pub namespace: String,
    /// The application's id for an upgrade: its present pods make room as they are replaced. Empty for a new one.
    pub app: String,
    /// The template's id, when it is to be published from one.
    #[serde(default)]
    pub template: String,
    /// What that asks for, by the names of its parameters.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
    /// What is to run.
    pub spec: SpecForm,
}

impl std::fmt::Debug for FitRequest {
    /// Without what it is answered, for values of secrets may be among that.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FitRequest").field("namespace", &self.namespace).finish_non_exhaustive()
    }
}

/// What was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FitCheckKind {
    /// The namespace's quota for CPU.
    QuotaCpu,
    /// The namespace's quota for memory.
    QuotaMemory,
    /// The namespace's quota for pods.
    QuotaPods,
    /// Room on schedulable nodes.
    Nodes,
    /// The image at its registry.
    Image,
    /// When a schedule will begin runs.
    Schedule,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct FitCheck {
    /// What.
    pub kind: FitCheckKind,
    /// Whether it is no obstacle.
    pub ok: bool,
    /// The numbers in a sentence: what is needed, what is free, what is short.
    pub detail: Text,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct FitAnswer {
    /// Whether nothing stands in the way.
    pub fits: bool,
    /// One line: `Fits: 4 pods now, 5 during the upgrade, on 3 of 7 nodes`, or what is short and the way out.
    pub summary: Text,
    /// What was looked at.
    pub checks: Vec<FitCheck>,
}
