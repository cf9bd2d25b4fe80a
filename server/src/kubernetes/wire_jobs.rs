//! What is read of Jobs and CronJobs, and nothing else.

use app::model::Millis;
use serde::Deserialize;

use super::wire::{Condition, Meta, Object, WorkloadLabels, time};

/// A Job.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Job {
    /// Metadata.
    pub metadata: Meta<WorkloadLabels, JobAnnotations>,
    /// What is asked for.
    pub spec: JobSpec,
    /// What is.
    pub status: JobStatus,
}

/// A CronJob.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CronJob {
    /// Metadata.
    pub metadata: Meta<WorkloadLabels>,
}

/// The annotation of a Job that is used.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct JobAnnotations {
    /// Who began it by hand.
    #[serde(rename = "longshore.dev/started-by")]
    pub started_by: Option<String>,
}

/// What is asked of a Job.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct JobSpec {
    /// Pods at a time.
    pub parallelism: Option<u32>,
    /// Pods that have to end well.
    pub completions: Option<u32>,
}

/// A Job's status.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct JobStatus {
    /// Pods that run or are about to.
    pub active: u32,
    /// Those of them that are ready.
    pub ready: u32,
    /// Pods that ended well.
    pub succeeded: u32,
    /// Pods that failed.
    pub failed: u32,
    /// When it ended well.
    #[serde(deserialize_with = "time")]
    pub completion_time: Option<Millis>,
    /// Conditions.
    pub conditions: Vec<Condition>,
}

impl Object for Job {
    fn resource_version(&self) -> &str {
        &self.metadata.resource_version
    }
}

impl Object for CronJob {
    fn resource_version(&self) -> &str {
        &self.metadata.resource_version
    }
}
