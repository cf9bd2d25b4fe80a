//! The form's fields of what runs to its end: whether it does, when, and which program.

use serde::Deserialize;

use super::{JobSettings, SpecForm, WorkloadKind, lines::fail, parse::one_of};
use crate::{FieldError, model::Checks, text};

/// The most words of a command.
const MAX_WORDS: usize = 200;

/// How long it runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Runs {
    /// Until somebody ends it.
    #[default]
    Always,
    /// To its end, with each release.
    Once,
    /// To its end, by a schedule.
    Schedule,
    /// The same, but for now not.
    Paused,
}

impl SpecForm {
    /// The kind that is asked for and how it is run; `None` for what runs on.
    pub(super) fn job(&self, before: Option<&JobSettings>, checks: &mut Checks) -> Option<(WorkloadKind, JobSettings)> {
        let runs = checks.take(one_of::<Runs>("runs", &self.runs)).unwrap_or_default();
        let of_schedule = matches!(runs, Runs::Schedule | Runs::Paused);
        if !of_schedule {
            for (field, value) in [("schedule", &self.schedule), ("time_zone", &self.time_zone)] {
                if !value.trim().is_empty() {
                    checks.fail(field, text!("Only what runs by a schedule has one.", "仅按计划运行的应用需要填写。"));
                }
            }
        }
        if runs == Runs::Always {
            return None;
        }
        let nothing = text!("What runs to its end has none; leave it empty.", "运行到结束的应用无此项，请留空。");
        for (field, value) in [
            ("port", &self.port),
            ("exposure", &self.exposure),
            ("health_path", &self.health_path),
            ("routes", &self.routes),
            ("data_path", &self.data_path),
            ("data_size", &self.data_size),
            ("max_replicas", &self.max_replicas),
            ("first_batch", &self.first_batch),
        ] {
            if !value.trim().is_empty() {
                checks.fail(field, nothing.clone());
            }
        }
        let mut job = before.cloned().unwrap_or_default();
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        if of_schedule {
            job.schedule = given(&self.schedule);
            job.time_zone = given(&self.time_zone);
            job.paused = runs == Runs::Paused;
            return Some((WorkloadKind::CronJob, job));
        }
        // What a schedule alone needs goes with it.
        let JobSettings { completions, retries, timeout_seconds, kept_runs, .. } = job;
        Some((
            WorkloadKind::Job,
            JobSettings { completions, retries, timeout_seconds, kept_runs, ..JobSettings::default() },
        ))
    }

    /// The words of the command, as a shell would read them.
    pub(super) fn words(&self) -> Result<Vec<String>, FieldError> {
        let words = shlex::split(&self.command);
        match words {
            Some(words) if words.len() <= MAX_WORDS => Ok(words),
            Some(_) => fail("command", text!("At most {MAX_WORDS} words.", "最多 {MAX_WORDS} 个参数。")),
            None => fail("command", text!("A quotation mark is open to the end.", "引号没有闭合。")),
        }
    }
}
