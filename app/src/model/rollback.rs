//! What a rollback would do, told before anything is done.

use serde::{Deserialize, Serialize};

use super::{DiffSection, FitAnswer, Patched, ReleaseRow};
use crate::i18n::Text;

/// What a cluster says beforehand to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RehearsalOutcome {
    /// It would take it.
    Accepted,
    /// It refuses it: the release would fail, and change nothing.
    Refused,
    /// It cannot say so before it is done.
    Unsaid,
}

/// An object of a release, and what the cluster says to it beforehand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct RehearsedObject {
    /// Its kind and name: `Deployment web`.
    pub object: String,
    /// What is said.
    pub outcome: RehearsalOutcome,
    /// Why it is not accepted; absent when it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Text>,
}

/// What a rollback would do. Nothing of it is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct RollbackPreview {
    /// The release that runs.
    pub left: ReleaseRow,
    /// The release that would run again.
    pub right: ReleaseRow,
    /// What differs.
    pub sections: Vec<DiffSection>,
    /// What patches would change of its objects.
    pub patched: Vec<Patched>,
    /// Its images of which no registry had told the digest: what their tags stand for now may be something else.
    pub unpinned: Vec<String>,
    /// Whether it fits now. A rollback is not refused for want of room. Absent when the cluster cannot be looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fit: Option<FitAnswer>,
    /// What the cluster says to each object that bears the application's name (a dry run). Absent for those who may not roll
    /// back, and when the cluster was not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rehearsal: Option<Vec<RehearsedObject>>,
    /// Why the cluster was not asked, or did not answer; absent when all of it was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unasked: Option<Text>,
}
