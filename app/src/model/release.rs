//! Releases: immutable records of what was put to run, by whom, why, and what came of it.

use serde::{Deserialize, Serialize};

use super::{AppId, AppSpec, Millis, OperationId, Patched, ReleaseId};
use crate::i18n::Text;

/// What came of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReleaseState {
    /// Recorded; its operation has not applied it yet.
    Pending,
    /// On its way.
    RollingOut,
    /// It serves; of an application that was deleted, the last that did.
    Live,
    /// It served, and another took its place.
    Superseded,
    /// It did not get ready in time, or could not be applied; the one before kept serving.
    Failed,
    /// Somebody gave it up while it was on its way; the one before serves again, where there is one.
    Aborted,
}

/// A release in a timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct ReleaseRow {
    /// The release.
    pub id: ReleaseId,
    /// Its number within the application, from 1.
    pub number: u32,
    /// What came of it.
    pub state: ReleaseState,
    /// The image reference as given.
    pub image: String,
    /// The digest it was kept by: `sha256:…`; empty when the registry did not tell.
    pub digest: String,
    /// The release whose pods it runs: itself, or an earlier one when nothing about the pods differs.
    pub pods: u32,
    /// The number of the release that this one brought back.
    pub rollback_of: Option<u32>,
    /// The template and version it came from: (`web`, 3).
    pub template: Option<(String, u32)>,
    /// Who.
    pub actor_name: String,
    /// Why, in the actor's words.
    pub reason: String,
    /// When it was recorded.
    pub created_at: Millis,
    /// When it was known to serve, or to have failed.
    pub ended_at: Option<Millis>,
    /// Why it failed, when it did; of one that serves, what others changed in the cluster while it came.
    pub problem: Option<Text>,
    /// What differs from the release before: `image`, `configuration`, `environment`, …
    pub changes: Vec<Text>,
}

/// A release, whole. Secrets appear by name and version hash only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct ReleaseDetail {
    /// The application.
    pub app: AppId,
    /// What the timeline shows.
    pub row: ReleaseRow,
    /// What was asked for.
    pub spec: AppSpec,
    /// The same as a document, in YAML.
    pub document: String,
    /// The hash that names the configuration object; empty without one.
    pub config_hash: String,
    /// Each secret's name and the hash of its version.
    pub secrets: Vec<(String, String)>,
    /// The manifests as they were applied, as YAML documents.
    pub manifests: String,
    /// What patches changed of them.
    pub patched: Vec<Patched>,
    /// The operation that carried it out.
    pub operation: Option<OperationId>,
}

/// How a line of a difference stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DiffTag {
    /// On both sides.
    Same,
    /// On the left alone.
    Removed,
    /// On the right alone.
    Added,
}

/// A line of a difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct DiffLine {
    /// How it stands.
    pub tag: DiffTag,
    /// The words. A line of more than 2,000 characters ends with `…`; a part ends with `… +N`, as a line that stays the same,
    /// when it has so many more lines than are told.
    pub text: String,
}

/// A part of a difference: image, environment, configuration, …
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct DiffSection {
    /// What it is about.
    pub title: Text,
    /// Whether anything differs.
    pub changed: bool,
    /// Its lines, with at most a few unchanged ones around each change.
    pub lines: Vec<DiffLine>,
}

/// What differs between two releases: left is what runs, right is what would.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct ReleaseDiff {
    /// The left release.
    pub left: ReleaseRow,
    /// The right release.
    pub right: ReleaseRow,
    /// The parts.
    pub sections: Vec<DiffSection>,
    /// What patches changed of the right release's objects.
    pub patched: Vec<Patched>,
}
