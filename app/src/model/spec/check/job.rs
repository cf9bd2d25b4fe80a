//! What must hold of what runs to its end.

use super::within;
use crate::{
    model::{
        Checks,
        spec::{
            AppSpec, Exposure, FirstBatch, JobSettings, MAX_COMPLETIONS, MAX_KEPT_RUNS, MAX_REPLICAS, MAX_RETRIES,
            MAX_RUN_SECONDS, Overlap, WorkloadKind,
            schedule::{Schedule, time_zone},
        },
    },
    text,
};

/// The shortest time to make up for: the controller looks every ten seconds.
///
/// Source: <https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#starting-deadline>
const MIN_LATE: u32 = 10;

impl AppSpec {
    pub(super) fn check_job(&self, checks: &mut Checks) {
        if !self.runs_to_end() {
            if self.job.is_some() {
                checks.fail(
                    "job",
                    text!(
                        "How it is run is for what runs to its end: say “kind: job” or “kind: cron_job”.",
                        "job 仅用于运行到结束的应用：请填写 kind: job 或 kind: cron_job。"
                    ),
                );
            }
            return;
        }
        self.check_run(checks);
        self.check_schedule(checks);
        self.serves_nobody(checks);
    }

    fn check_run(&self, checks: &mut Checks) {
        let run = self.run();
        within(checks, "replicas", self.replicas, 1, MAX_REPLICAS);
        if let Some(completions) = run.completions {
            within(checks, "job.completions", completions, self.replicas.clamp(1, MAX_COMPLETIONS), MAX_COMPLETIONS);
        }
        within(checks, "job.retries", run.retries, 0, MAX_RETRIES);
        within(checks, "job.timeout_seconds", run.timeout_seconds, 1, MAX_RUN_SECONDS);
        within(checks, "job.kept_runs", run.kept_runs, 1, MAX_KEPT_RUNS);
    }

    fn check_schedule(&self, checks: &mut Checks) {
        let run = self.run();
        if self.kind == WorkloadKind::Job {
            let given = [
                ("job.schedule", run.schedule.is_some()),
                ("job.time_zone", run.time_zone.is_some()),
                ("job.late_seconds", run.late_seconds != JobSettings::default().late_seconds),
                ("job.overlap", run.overlap != Overlap::default()),
                ("job.paused", run.paused),
            ];
            for (field, _) in given.into_iter().filter(|(_, given)| *given) {
                checks.fail(
                    field,
                    text!(
                        "A job runs once with each release. What runs by a schedule is of the kind cron_job.",
                        "job 随每次发布运行一次；按计划运行的应用类型为 cron_job。"
                    ),
                );
            }
            return;
        }
        match run.schedule.as_deref().map(Schedule::parse) {
            None => {
                checks.fail("job.schedule", text!("Say when it runs: “0 3 * * *”.", "请填写运行时间，如“0 3 * * *”。"));
            }
            Some(Err(why)) => checks.fail("job.schedule", why),
            Some(Ok(_)) => {}
        }
        if let Some(zone) = run.time_zone.as_deref().filter(|zone| time_zone(Some(zone)).is_none()) {
            checks.fail(
                "job.time_zone",
                text!(
                    "“{zone}” is not the name of a time zone; write Europe/Berlin, Asia/Shanghai or Etc/UTC.",
                    "“{zone}”不是时区名称；请填写如 Asia/Shanghai、Europe/Berlin 或 Etc/UTC。"
                ),
            );
        }
        within(checks, "job.late_seconds", run.late_seconds, MIN_LATE, MAX_RUN_SECONDS);
    }

    /// What runs to its end is not reached, and is not replaced in batches.
    fn serves_nobody(&self, checks: &mut Checks) {
        let reached = text!("What runs to its end is not reached from anywhere.", "运行到结束的应用不对外提供访问。");
        if self.routing.is_some() {
            checks.fail("routing", reached.clone());
        }
        if self.exposure != Exposure::default() {
            checks.fail("exposure", reached);
        }
        if self.autoscaling.is_some() {
            checks.fail(
                "autoscaling",
                text!(
                    "What runs to its end has a fixed number of pods at a time.",
                    "运行到结束的应用同时运行的 Pod 数量固定。"
                ),
            );
        }
        let kept =
            text!("What runs to its end has no pods to be kept serving.", "运行到结束的应用没有需要持续服务的 Pod。");
        if self.disruption.is_some() {
            checks.fail("disruption", kept.clone());
        }
        if self.update.first_batch == FirstBatch::Wait {
            checks.fail("update.first_batch", kept);
        }
    }
}
