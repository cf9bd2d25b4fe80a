//! What runs to its end: the Jobs of Longshore's applications, and the CronJobs that begin them.

use app::model::Millis;
use uuid::Uuid;

use super::{
    index::{Change, State, Watched},
    of_apps::{self, SELECTOR, release_of},
    wire_jobs,
};

/// The most runs of an application that are told.
const MOST_RUNS: usize = 50;

/// A Job, as the cluster has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunView {
    /// Its name.
    pub name: String,
    /// The release that it runs.
    pub release: Option<u32>,
    /// When it was made.
    pub created_at: Millis,
    /// Pods that run or are about to.
    pub active: u32,
    /// Those of them that are ready.
    pub ready: u32,
    /// Pods that ended well.
    pub succeeded: u32,
    /// Pods that failed.
    pub failed: u32,
    /// Pods that have to end well.
    pub completions: u32,
    /// How it ended: when, and the reason and the message when it failed.
    pub ended: Option<Ended>,
    /// Whether it is being deleted.
    pub leaving: bool,
    /// Who began it by hand.
    pub by: Option<String>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// When; `None` when the cluster does not say.
    pub at: Option<Millis>,
    /// Why it failed: a word such as `BackoffLimitExceeded`, and a sentence. `None` when it ended well.
    pub failure: Option<(String, String)>,
}

impl RunView {
    /// Whether a pod is one of its own, by how Kubernetes names them: the Job's name, cut short, and five characters.
    ///
    /// Source: <https://pkg.go.dev/k8s.io/apiserver/pkg/storage/names>
    pub fn has_pod(&self, pod: &str) -> bool {
        const MOST: usize = 58;
        const RANDOM: usize = 5;
        let base = format!("{}-", self.name);
        let base = base.get(..MOST).unwrap_or(&base);
        pod.strip_prefix(base).is_some_and(|rest| rest.len() == RANDOM && !rest.contains('-'))
    }
}

/// A CronJob, as the cluster has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CronView {
    /// Its name.
    pub name: String,
    /// The release that it is of.
    pub release: Option<u32>,
}

impl Watched for wire_jobs::Job {
    const PATH: &'static str = "/apis/batch/v1/jobs";
    const SELECTOR: &'static str = SELECTOR;
    /// Clusters that were connected before there were any may not allow it.
    const OPTIONAL: bool = true;

    fn apply(state: &mut State, change: Change<Self>, epoch: u32) -> bool {
        let (Change::Put(job) | Change::Gone(job)) = &change;
        of_apps::apply(state, |state| &mut state.runs, &job.metadata, change.as_ref().map(read_run), epoch)
    }

    fn sweep(state: &mut State, epoch: u32) -> bool {
        of_apps::sweep(state, |state| &mut state.runs, epoch, |_| true)
    }
}

impl Watched for wire_jobs::CronJob {
    const PATH: &'static str = "/apis/batch/v1/cronjobs";
    const SELECTOR: &'static str = SELECTOR;
    const OPTIONAL: bool = true;

    fn apply(state: &mut State, change: Change<Self>, epoch: u32) -> bool {
        let (Change::Put(cron) | Change::Gone(cron)) = &change;
        of_apps::apply(state, |state| &mut state.crons, &cron.metadata, change.as_ref().map(read_cron), epoch)
    }

    fn sweep(state: &mut State, epoch: u32) -> bool {
        of_apps::sweep(state, |state| &mut state.crons, epoch, |_| true)
    }
}

impl State {
    /// An application's runs in a namespace, newest first.
    pub(super) fn runs(&self, app: Uuid, namespace: &str) -> Vec<RunView> {
        let mut runs: Vec<RunView> = self.runs.of(app, namespace).cloned().collect();
        runs.sort_unstable_by(|a, b| b.created_at.cmp(&a.created_at).then_with(|| b.name.cmp(&a.name)));
        runs.truncate(MOST_RUNS);
        runs
    }
}

fn read_run(job: &wire_jobs::Job) -> RunView {
    let wire_jobs::Job { metadata, spec, status } = job;
    let is = |kind: &str| status.conditions.iter().find(|c| c.kind == kind && c.status == "True");
    let ended = match (is("Complete"), is("Failed")) {
        (Some(done), _) => Some(Ended { at: status.completion_time.or(done.last_transition_time), failure: None }),
        (None, Some(failed)) => Some(Ended {
            at: failed.last_transition_time,
            failure: Some((failed.reason.clone(), failed.message.clone())),
        }),
        (None, None) => None,
    };
    RunView {
        name: metadata.name.clone(),
        release: release_of(&metadata.labels),
        created_at: metadata.creation_timestamp.unwrap_or_default(),
        active: status.active,
        ready: status.ready,
        succeeded: status.succeeded,
        failed: status.failed,
        completions: spec.completions.or(spec.parallelism).unwrap_or(1),
        ended,
        leaving: metadata.deletion_timestamp.is_some(),
        by: metadata.annotations.started_by.clone(),
    }
}

fn read_cron(cron: &wire_jobs::CronJob) -> CronView {
    CronView { name: cron.metadata.name.clone(), release: release_of(&cron.metadata.labels) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_knows_its_pods_by_their_names() {
        let run = |name: &str| RunView { name: name.into(), ..RunView::default() };
        assert!(run("backup-3").has_pod("backup-3-x2x7p"));
        assert!(!run("backup").has_pod("backup-3-x2x7p") && !run("backup-3").has_pod("backup-3-29712345-x2x7p"));
        let long = "a".repeat(60);
        assert!(run(&long).has_pod(&format!("{}x2x7p", &long[..58])));
    }

    #[test]
    fn a_job_is_read_to_its_end() {
        let read = |status: &str| {
            let text = format!(
                r#"{{"metadata":{{"name":"backup-3","uid":"u","creationTimestamp":"2026-01-01T00:00:00Z",
                "annotations":{{"longshore.dev/started-by":"anna"}},"labels":{{"longshore.dev/app":
                "00000000-0000-0000-0000-000000000001","longshore.dev/release":"3"}}}},
                "spec":{{"parallelism":2}},"status":{status}}}"#
            );
            let job: wire_jobs::Job = serde_json::from_str(&text).expect("a Job");
            read_run(&job)
        };
        let under_way = read(r#"{"active":1,"ready":1,"succeeded":1}"#);
        assert_eq!((under_way.release, under_way.completions, under_way.ended), (Some(3), 2, None));
        assert_eq!(under_way.by.as_deref(), Some("anna"));
        let done = read(
            r#"{"succeeded":2,"completionTime":"2026-01-01T00:01:00Z","conditions":[{"type":"Complete","status":"True"}]}"#,
        );
        assert_eq!(done.ended.map(|ended| (ended.at.is_some(), ended.failure)), Some((true, None)));
        let failed = read(
            r#"{"failed":4,"conditions":[{"type":"Failed","status":"True","reason":"BackoffLimitExceeded","message":"m"}]}"#,
        );
        assert_eq!(failed.ended.and_then(|e| e.failure), Some(("BackoffLimitExceeded".into(), "m".into())));
    }
}
