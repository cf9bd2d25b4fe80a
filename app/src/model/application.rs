//! Applications: what tenants run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{AppId, ClusterId, EventRow, Keyed, Millis, NamespaceId, OperationId, PodRow, ReleaseRow, SpecForm};
use crate::i18n::Text;

/// The form that publishes a new application.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct NewApp {
    /// The namespace's id.
    pub namespace: String,
    /// Lower-case letters, digits and hyphens, 40 at most; unique within the namespace.
    pub name: String,
    /// The template's id; empty for none.
    pub template: String,
    /// What the template asks for, by the names of its parameters; what is not given is as `spec` says.
    pub values: BTreeMap<String, String>,
    /// What is to run.
    pub spec: SpecForm,
    /// Why.
    pub reason: String,
}

impl std::fmt::Debug for NewApp {
    /// Without what it is answered, for values of secrets may be among that.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewApp").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The form that upgrades an application.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Upgrade {
    /// What is to run from now on.
    pub spec: SpecForm,
    /// Why.
    pub reason: String,
    /// The number of the newest release that the form was filled in from; a later one meanwhile is a conflict.
    pub based_on: String,
}

/// The form that changes how many pods an application has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Scale {
    /// How many pods: 0 to 500.
    pub replicas: String,
    /// Why.
    pub reason: String,
    /// The number of the newest release when the form was made; empty when it does not matter which it is.
    pub based_on: String,
}

/// What was started: where to watch it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Started {
    /// The application.
    pub app: AppId,
    /// The operation.
    pub operation: OperationId,
    /// The release's number, when it makes one.
    pub release: Option<u32>,
}

/// How an application is, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AppState {
    /// All its pods serve.
    Serving,
    /// A run of what ends is under way.
    Running,
    /// It ended well.
    Finished,
    /// It waits for its next run.
    Scheduled,
    /// A release is on its way.
    RollingOut,
    /// It serves with fewer pods than it should, or its last release failed.
    Degraded,
    /// Nothing serves.
    Failed,
    /// It is scaled to nothing, its schedule is paused, or no run of it is left.
    Idle,
    /// It is being deleted.
    Deleting,
    /// Its cluster cannot be reached.
    Unknown,
}

/// Which applications, as flat strings of a URL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct AppQuery {
    /// Part of the name, image or namespace.
    pub q: Option<String>,
    /// A namespace's id; empty for all.
    pub namespace: Option<String>,
    /// A template's id: those that run what came from it; empty for all.
    pub template: Option<String>,
    /// The number of a template's version: those that run what came from a version of that number, of the `template` where
    /// one is given; empty for all.
    pub version: Option<String>,
    /// The page's number, from 1.
    pub page: Option<String>,
    /// Rows on a page.
    pub per_page: Option<String>,
}

/// An application in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct AppRow {
    /// The application.
    pub id: AppId,
    /// Its name.
    pub name: String,
    /// What sort of program it is.
    pub kind: super::WorkloadKind,
    /// Its namespace.
    pub namespace: NamespaceId,
    /// The namespace's name.
    pub namespace_name: String,
    /// The cluster.
    pub cluster: ClusterId,
    /// The cluster's name.
    pub cluster_name: String,
    /// The tenant's name.
    pub tenant_name: String,
    /// How it is.
    pub state: AppState,
    /// Pods that serve.
    pub ready: u32,
    /// Pods that should.
    pub replicas: u32,
    /// The image of the release that runs.
    pub image: String,
    /// The template and version that it came from: (`web`, 3).
    pub template: Option<(String, u32)>,
    /// The newest release.
    pub release: u32,
    /// Who made that.
    pub actor_name: String,
    /// When it was made.
    pub released_at: Millis,
}

impl Keyed for AppRow {
    fn key(&self) -> String {
        self.id.to_string()
    }
}

/// A pod in a rollout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct RolloutPod {
    /// The release it belongs to.
    pub release: u32,
    /// The pod.
    pub pod: PodRow,
    /// Why it does not serve, when it does not.
    pub waits: Option<Text>,
}

/// A rollout as it is now: old and new pods side by side, and why it waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Rollout {
    /// How the application is.
    pub state: AppState,
    /// Since when.
    pub since: Millis,
    /// In one sentence: what happens now, or why it waits, or why it failed.
    pub summary: Text,
    /// Pods that should serve.
    pub replicas: u32,
    /// Pods that run what the newest release asks for.
    pub updated: u32,
    /// Pods that are ready, of any release.
    pub ready: u32,
    /// The same, and ready.
    pub updated_ready: u32,
    /// The newest release's number.
    pub release: u32,
    /// The release whose pods that runs: itself, or an earlier one when nothing about the pods differs.
    pub pods_of: u32,
    /// Whether its first batch serves and it waits for a person to go on.
    pub held: bool,
    /// The pods, at most 200, newest release first.
    pub pods: Vec<RolloutPod>,
    /// Recent events about the application; at most 20.
    pub events: Vec<EventRow>,
    /// The operation under way, when there is one.
    pub operation: Option<super::OperationDetail>,
}

/// An application, whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct AppDetail {
    /// What the list shows.
    pub row: AppRow,
    /// The address inside the cluster: `web.shop.svc:8080`; `None` without a port.
    pub address: Option<String>,
    /// Its web addresses: `https://shop.example.org/api`.
    pub urls: Vec<String>,
    /// The rollout as it is now.
    pub rollout: Rollout,
    /// Its runs, when it runs to its end.
    pub runs: Option<super::Runs>,
    /// How the number of its pods follows what they use, when it does.
    pub scaling: Option<super::Scaling>,
    /// The newest releases, newest first; at most 20.
    pub releases: Vec<ReleaseRow>,
    /// The cursor of the releases before those, when there are any.
    pub older: Option<String>,
    /// The number of the release that serves, however long ago it was made; `None` before one ever did.
    pub live: Option<u32>,
    /// The newest release's form, to start an upgrade from; secrets as bare names.
    pub spec: SpecForm,
    /// What patches changed of the newest release's objects.
    pub patched: Vec<super::Patched>,
    /// When the application was made.
    pub created_at: Millis,
}

/// The form that deletes an application, or a namespace without any.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct DeleteForm {
    /// Its name.
    pub confirm: String,
    /// What becomes of its disks: `keep`, or `delete` with the data on them; `keep` when it is empty. Another application of
    /// the name in the namespace takes up those that were kept. A namespace that has disks goes with them or not at all.
    pub disks: String,
}

#[cfg(feature = "ssr")]
impl DeleteForm {
    /// Whether disks are to go with the data on them.
    ///
    /// # Errors
    /// Fails when it says neither.
    pub fn deletes_disks(&self) -> Result<bool, crate::UiError> {
        match self.disks.trim() {
            "" | "keep" => Ok(false),
            "delete" => Ok(true),
            _ => Err(crate::UiError::invalid_field(
                "disks",
                crate::text!("Choose “keep” or “delete”.", "请选择 keep（保留）或 delete（删除）。"),
            )),
        }
    }
}

/// What a deletion will remove.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct DeletePreview {
    /// Objects in the cluster: (`Deployment`, `web`).
    pub objects: Vec<(String, String)>,
    /// Pods that will stop.
    pub pods: u32,
    /// Its addresses, which will not answer any more: `https://shop.example.org/api`.
    pub addresses: Vec<String>,
    /// What is kept.
    pub kept: Vec<Text>,
    /// Its disks, which are kept unless it is wished otherwise.
    pub disks: Vec<super::Disk>,
    /// The applications that would ask for it in vain.
    pub dependants: super::Dependants,
}
