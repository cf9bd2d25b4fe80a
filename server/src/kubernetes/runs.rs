//! What runs to its end: the Jobs of Longshore's applications, and the CronJobs that begin them.

use std::sync::Arc;

use app::model::Millis;
use uuid::Uuid;

use super::{
    index::{Change, Seen, State, Watched},
    rows::uid,
    wire::WorkloadLabels,
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

/// A Job in the index.
#[derive(Debug, PartialEq)]
pub(super) struct Run {
    namespace: Arc<str>,
    app: Uuid,
    view: RunView,
}

/// A CronJob in the index.
#[derive(Debug, PartialEq)]
pub(super) struct Cron {
    namespace: Arc<str>,
    app: Uuid,
    view: CronView,
}

impl Watched for wire_jobs::Job {
    const PATH: &'static str = "/apis/batch/v1/jobs";
    const SELECTOR: &'static str = "longshore.dev/app";
    /// Clusters that were connected before there were any may not allow it.
    const OPTIONAL: bool = true;

    fn apply(state: &mut State, change: Change<Self>, epoch: u32) -> bool {
        let (Change::Put(job) | Change::Gone(job)) = &change;
        let namespace = state.strings.get(&job.metadata.namespace);
        let key = uid(&job.metadata.uid);
        let changed = match (&change, read_run(job, &namespace)) {
            (Change::Put(_), Some(row)) => match state.runs.get_mut(&key) {
                Some(seen) if seen.row.app == row.app => seen.renew(row, epoch),
                _ => {
                    state.forget_run(key);
                    state.app_runs.entry(row.app).or_default().push(key);
                    state.runs.insert(key, Seen { row, epoch }).is_none()
                }
            },
            _ => state.forget_run(key).is_some(),
        };
        if changed {
            state.touch(&namespace);
        }
        changed
    }

    fn sweep(state: &mut State, epoch: u32) -> bool {
        let gone: Vec<u128> = state.runs.iter().filter(|(_, seen)| seen.epoch != epoch).map(|(key, _)| *key).collect();
        for key in &gone {
            if let Some(namespace) = state.forget_run(*key) {
                state.touch(&namespace);
            }
        }
        !gone.is_empty()
    }
}

impl Watched for wire_jobs::CronJob {
    const PATH: &'static str = "/apis/batch/v1/cronjobs";
    const SELECTOR: &'static str = "longshore.dev/app";
    const OPTIONAL: bool = true;

    fn apply(state: &mut State, change: Change<Self>, epoch: u32) -> bool {
        let (Change::Put(cron) | Change::Gone(cron)) = &change;
        let namespace = state.strings.get(&cron.metadata.namespace);
        let key = uid(&cron.metadata.uid);
        let changed = match (&change, read_cron(cron, &namespace)) {
            (Change::Put(_), Some(row)) => match state.crons.get_mut(&(row.app, key)) {
                Some(seen) => seen.renew(row, epoch),
                None => state.crons.insert((row.app, key), Seen { row, epoch }).is_none(),
            },
            _ => {
                let before = state.crons.len();
                state.crons.retain(|(_, uid), _| *uid != key);
                state.crons.len() != before
            }
        };
        if changed {
            state.touch(&namespace);
        }
        changed
    }

    fn sweep(state: &mut State, epoch: u32) -> bool {
        let gone: Vec<_> = state.crons.iter().filter(|(_, seen)| seen.epoch != epoch).map(|(key, _)| *key).collect();
        for key in &gone {
            if let Some(seen) = state.crons.remove(key) {
                state.touch(&seen.row.namespace);
            }
        }
        !gone.is_empty()
    }
}

impl State {
    /// An application's runs in a namespace, newest first.
    pub(super) fn runs(&self, app: Uuid, namespace: &str) -> Vec<RunView> {
        let keys = self.app_runs.get(&app).map_or(&[][..], Vec::as_slice);
        let found = keys.iter().filter_map(|key| self.runs.get(key)).filter(|seen| &*seen.row.namespace == namespace);
        let mut runs: Vec<RunView> = found.map(|seen| seen.row.view.clone()).collect();
        runs.sort_unstable_by(|a, b| b.created_at.cmp(&a.created_at).then_with(|| b.name.cmp(&a.name)));
        runs.truncate(MOST_RUNS);
        runs
    }

    /// What begins them by a schedule.
    pub(super) fn cron(&self, app: Uuid, namespace: &str) -> Option<CronView> {
        let of_app = self.crons.range((app, 0)..=(app, u128::MAX));
        of_app.map(|(_, seen)| &seen.row).find(|row| &*row.namespace == namespace).map(|row| row.view.clone())
    }

    fn forget_run(&mut self, key: u128) -> Option<Arc<str>> {
        let gone = self.runs.remove(&key)?;
        if let Some(keys) = self.app_runs.get_mut(&gone.row.app) {
            keys.retain(|k| *k != key);
            if keys.is_empty() {
                self.app_runs.remove(&gone.row.app);
            }
        }
        Some(gone.row.namespace)
    }
}

fn app_of(labels: &WorkloadLabels) -> Option<Uuid> {
    labels.app.as_deref().and_then(|id| Uuid::parse_str(id).ok())
}

fn release_of(labels: &WorkloadLabels) -> Option<u32> {
    labels.release.as_deref().and_then(|release| release.parse().ok())
}

fn read_run(job: &wire_jobs::Job, namespace: &Arc<str>) -> Option<Run> {
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
    let view = RunView {
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
    };
    Some(Run { namespace: Arc::clone(namespace), app: app_of(&metadata.labels)?, view })
}

fn read_cron(cron: &wire_jobs::CronJob, namespace: &Arc<str>) -> Option<Cron> {
    let metadata = &cron.metadata;
    let view = CronView { name: metadata.name.clone(), release: release_of(&metadata.labels) };
    Some(Cron { namespace: Arc::clone(namespace), app: app_of(&metadata.labels)?, view })
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
            read_run(&job, &Arc::from("shop")).expect("one of ours").view
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
