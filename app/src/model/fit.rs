//! "Will it fit?", answered before anything is sent to the cluster.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Bytes, CpuMillis, SpecForm};
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

/// What a node has of which a pod takes a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum NodeResource {
    /// CPU, in thousandths of a core.
    Cpu,
    /// Memory, in bytes.
    Memory,
    /// Disk of the node, in bytes.
    Storage,
    /// Places for pods, by number.
    Pods,
}

/// Of what nodes have too little, and on how many of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct ResourceShort {
    /// Of what.
    pub resource: NodeResource,
    /// On how many nodes there is too little of it for one pod more.
    pub nodes: u32,
    /// How much more the roomiest of them would need of it for one pod more: thousandths of a core, bytes, or pods.
    pub least: u64,
}

/// What is short on nodes, when pods find no place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct NodeShortage {
    /// How many nodes may take the pods at all: ready, not cordoned, and without a taint that keeps them off.
    pub nodes: u32,
    /// How many pods have to find a place at the same time.
    pub wanted: u32,
    /// How many of these find none.
    pub homeless: u32,
    /// Of what there is too little when as many pods as fit have their place; what is short on most nodes comes first.
    pub short: Vec<ResourceShort>,
}

/// The next smaller wishes that would fit. Each is by itself: the rest stays as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct SmallerRequest {
    /// The most pods that would fit; absent when fewer pods do not help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replicas: Option<u32>,
    /// The most CPU that each pod may ask for so that all fit, in thousandths of a core; absent when less does not help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<CpuMillis>,
    /// The most memory that each pod may ask for so that all fit, in bytes, its limit among it where the quota for memory
    /// is short; absent when less does not help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<Bytes>,
    /// The same in a sentence, or that none of it helps.
    pub detail: Text,
}

/// Hosts that stand idle and could join the cluster. Longshore keeps no such hosts yet, so that no answer has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct IdleHosts {
    /// How many of them would have to join for all pods to find a place.
    pub hosts: u32,
    /// The same in a sentence, with what they have.
    pub detail: Text,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct FitAnswer {
    /// Whether nothing stands in the way.
    pub fits: bool,
    /// One line: `Fits: 4 pods now, 5 during the upgrade, on 3 of 7 nodes`, or what is short.
    pub summary: Text,
    /// What was looked at.
    pub checks: Vec<FitCheck>,
    /// What is short on nodes; absent when they have room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shortage: Option<NodeShortage>,
    /// What a smaller wish would do; absent when it fits as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub smaller: Option<SmallerRequest>,
    /// Hosts that stand idle and could join; absent when there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle_hosts: Option<IdleHosts>,
    /// What was not counted and may still keep a pod from its place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Text>,
}

impl FitAnswer {
    /// What a refusal says: what is short, and what would fit.
    pub fn refusal(&self) -> Text {
        let Some(smaller) = &self.smaller else { return self.summary.clone() };
        // Chinese sentences stand side by side without a space.
        Text {
            en: format!("{} {}", self.summary.en, smaller.detail.en),
            zh: format!("{}{}", self.summary.zh, smaller.detail.zh),
        }
    }
}
