//! What runs to its end: once with each release, or by a schedule.

use serde::{Deserialize, Serialize};

use super::{AppSpec, WorkloadKind, rollout::is_usual};

/// How often a run is begun anew at most, without the first time.
pub const MAX_RETRIES: u32 = 100;
/// The longest time that a run may take, in seconds: a week.
pub const MAX_RUN_SECONDS: u32 = 7 * 24 * 3600;
/// The most pods that have to end well for a run to be done.
pub const MAX_COMPLETIONS: u32 = 1000;
/// The most ended runs of a kind that are kept.
pub const MAX_KEPT_RUNS: u32 = 20;

/// For how long a run is made up for, in seconds.
const LATE_SECONDS: u32 = 300;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_late_as_usual(seconds: &u32) -> bool {
    *seconds == LATE_SECONDS
}

/// How an application that ends is run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct JobSettings {
    /// When a `cron_job` runs: minute, hour, day of the month, month, day of the week, as in `0 3 * * mon-fri`; or
    /// `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
    /// Where the schedule's clock hangs: `Europe/Berlin`; `Etc/UTC` without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// The schedule begins nothing for now.
    #[serde(skip_serializing_if = "is_usual")]
    pub paused: bool,
    /// What happens when it is time for a run and the one before has not ended.
    #[serde(skip_serializing_if = "is_usual")]
    pub overlap: Overlap,
    /// For how many seconds a run that could not begin in time is made up for: no longer, so that a schedule that was paused
    /// does not run at the moment when it goes on.
    #[serde(skip_serializing_if = "is_late_as_usual")]
    pub late_seconds: u32,
    /// How many pods have to end well; without it, as many as `replicas`, which says how many run at a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completions: Option<u32>,
    /// How many pods of a run may fail before it has failed: each is made up for by another. Pods that a drained node takes
    /// with it do not count.
    pub retries: u32,
    /// Seconds until a run that has not ended is ended, and has failed.
    pub timeout_seconds: u32,
    /// How many of the runs that ended well are kept with their pods, and as many of those that failed. Of a `job`, how
    /// many there are in all.
    pub kept_runs: u32,
}

/// Where a schedule's clock hangs when nobody says it.
const USUAL_ZONE: &str = "Etc/UTC";

impl JobSettings {
    /// Where the schedule's clock hangs.
    pub fn zone(&self) -> &str {
        self.time_zone.as_deref().unwrap_or(USUAL_ZONE)
    }
}

impl Default for JobSettings {
    fn default() -> Self {
        Self {
            schedule: None,
            time_zone: None,
            paused: false,
            overlap: Overlap::default(),
            late_seconds: LATE_SECONDS,
            completions: None,
            retries: 3,
            timeout_seconds: 3600,
            kept_runs: 3,
        }
    }
}

/// What happens when it is time for a run and the one before has not ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Overlap {
    /// This time is left out.
    #[default]
    Skip,
    /// Both run.
    Allow,
    /// The one before is ended.
    Replace,
}

impl AppSpec {
    /// Whether it runs to its end, instead of until somebody ends it.
    pub fn runs_to_end(&self) -> bool {
        self.kind.runs_to_end()
    }

    /// How it is run, with what the document leaves out.
    pub fn run(&self) -> JobSettings {
        self.job.clone().unwrap_or_default()
    }
}

impl WorkloadKind {
    /// Whether it runs to its end, instead of until somebody ends it.
    pub const fn runs_to_end(self) -> bool {
        matches!(self, Self::Job | Self::CronJob)
    }
}
