//! Runs of what ends: of a job, one with each release; of a cron job, those that its schedule or a person began.

use serde::{Deserialize, Serialize};

use super::Millis;
use crate::i18n::Text;

/// How a run stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Its pods are still to begin.
    #[default]
    Waiting,
    /// It is under way.
    Running,
    /// It ended well.
    Succeeded,
    /// It failed.
    Failed,
    /// It is being deleted.
    Leaving,
}

impl RunState {
    /// Whether it is still to end.
    pub const fn goes_on(self) -> bool {
        matches!(self, Self::Waiting | Self::Running)
    }
}

/// A run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Run {
    /// Its name, which its pods begin with.
    pub name: String,
    /// The release that it ran.
    pub release: Option<u32>,
    /// How it stands.
    pub state: RunState,
    /// When it was begun.
    pub created_at: Millis,
    /// When it ended; `None` while it goes on.
    pub ended_at: Option<Millis>,
    /// Pods that run now.
    pub active: u32,
    /// Pods that ended well.
    pub succeeded: u32,
    /// Pods that failed.
    pub failed: u32,
    /// Pods that have to end well.
    pub completions: u32,
    /// Who began it by hand; `None` for what its release or its schedule began.
    pub by: Option<String>,
    /// Why it waits, or failed.
    pub why: Option<Text>,
}

/// The runs of an application, and when there will be others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Runs {
    /// Those that the cluster has, newest first; at most 50.
    pub runs: Vec<Run>,
    /// When it runs: `0 3 * * *`; `None` for a job.
    pub schedule: Option<String>,
    /// Where the schedule's clock hangs.
    pub time_zone: Option<String>,
    /// Whether the schedule begins nothing for now.
    pub paused: bool,
    /// The next times; none for a job, and while it is paused.
    pub next: Vec<Millis>,
}
