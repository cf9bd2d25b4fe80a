//! An application's state and rollout as people see them, from its records and from what the cluster shows. Pure.

use app::{
    i18n::Text,
    model::{
        AppState, Millis, OperationDetail, ReleaseState, Rollout, RolloutPod, RunState, Runs, WorkState, WorkloadKind,
    },
    text,
};

use super::runs::runs;
use crate::{
    database::{apps::App, releases::Release},
    kubernetes::index::{AppPod, AppView, RunView},
    operations::{
        GO_AHEAD,
        reasons::{Number, Verdict, first_batch, verdict, why_it_waits, why_pod_waits},
    },
};

/// The most pods that a rollout shows.
const MAX_PODS: usize = 200;
/// The most events that a rollout shows.
const MAX_EVENTS: usize = 20;

/// What is known of an application.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known<'a> {
    /// Its record.
    pub app: &'a App,
    /// Its newest release.
    pub newest: &'a Release,
    /// The release that serves; the newest when none ever did.
    pub running: &'a Release,
    /// What the cluster shows of it.
    pub view: Option<&'a AppView>,
    /// Why the cluster cannot be seen, when it cannot.
    pub blind: Option<&'a Text>,
}

impl Known<'_> {
    /// Pods that serve.
    pub(super) fn ready(&self) -> u32 {
        self.view.and_then(|v| v.workload.as_ref()).map_or(0, |d| d.ready)
    }

    /// Pods that should serve.
    pub(super) fn replicas(&self) -> u32 {
        let spec = match self.newest.row.state {
            ReleaseState::Pending | ReleaseState::RollingOut => &self.newest.spec,
            _ => &self.running.spec,
        };
        match (&spec.autoscaling, self.view.and_then(|view| view.workload.as_ref())) {
            // How many there are to be is not the release's to say.
            (Some(_), Some(deployment)) => deployment.replicas,
            _ => spec.replicas,
        }
    }

    /// How the application is, in a word.
    pub(super) fn state(&self) -> AppState {
        if self.app.deleting {
            return AppState::Deleting;
        }
        if self.blind.is_some() {
            return AppState::Unknown;
        }
        let (ready, replicas) = (self.ready(), self.replicas());
        match self.newest.row.state {
            ReleaseState::Pending | ReleaseState::RollingOut => AppState::RollingOut,
            _ if self.is_given_up() => AppState::Idle,
            _ if self.running.spec.runs_to_end() => self.state_of_runs(),
            ReleaseState::Failed if ready == 0 => AppState::Failed,
            ReleaseState::Failed => AppState::Degraded,
            _ if replicas == 0 => AppState::Idle,
            _ if ready == 0 => AppState::Failed,
            _ if ready < replicas => AppState::Degraded,
            _ => AppState::Serving,
        }
    }

    /// Whether its newest release was given up and none ever served, so that nothing of it runs.
    fn is_given_up(&self) -> bool {
        self.newest.row.state == ReleaseState::Aborted && self.app.live_release.is_none()
    }

    /// How an application is that runs to its end, when no release is on its way.
    fn state_of_runs(&self) -> AppState {
        let run = self.running.spec.run();
        let mut runs = self.view.map(|view| view.runs.as_slice()).unwrap_or_default().iter().filter(|r| !r.leaving);
        let last = self.last_run();
        if run.schedule.is_some() && runs.any(|run| run.ended.is_none()) {
            return AppState::Running;
        }
        let failed = last.and_then(|run| run.ended.as_ref()).map(|ended| ended.failure.is_some());
        match (self.newest.row.state, failed) {
            (ReleaseState::Failed, _) if self.app.live_release.is_none() || run.schedule.is_none() => AppState::Failed,
            (ReleaseState::Failed, _) => AppState::Degraded,
            (_, None) if last.is_some() => AppState::Running,
            _ if run.paused => AppState::Idle,
            (_, Some(true)) => AppState::Failed,
            _ if run.schedule.is_some() => AppState::Scheduled,
            (_, Some(false)) => AppState::Finished,
            (_, None) => AppState::Idle,
        }
    }

    /// The run that is spoken of: of a job the present release's, of a cron job the newest.
    fn last_run(&self) -> Option<&RunView> {
        let of_schedule = self.running.spec.kind == WorkloadKind::CronJob;
        let number = self.running.row.number;
        let runs = self.view.map(|view| view.runs.as_slice()).unwrap_or_default();
        runs.iter().find(|run| !run.leaving && (of_schedule || run.release == Some(number)))
    }

    /// Its runs, when it runs to its end.
    pub(super) fn runs(&self, now: Millis) -> Option<Runs> {
        runs(self.view, &self.running.spec, now)
    }

    /// What is said of the last run.
    fn said_of_runs(&self, now: Millis) -> Text {
        let runs = self.runs(now).unwrap_or_default();
        let goes_on = runs.runs.iter().find(|run| run.state.goes_on()).filter(|_| runs.schedule.is_some());
        let spoken_of = self.last_run().map(|run| run.name.as_str());
        let last = goes_on.or_else(|| runs.runs.iter().find(|run| Some(run.name.as_str()) == spoken_of));
        let why = last.and_then(|run| run.why.clone()).unwrap_or_default();
        let name = last.map(|run| run.name.as_str()).unwrap_or_default();
        let with_why = |said: Text| {
            let whole = |said: &str, why: &str| format!("{said}{why}").trim_end().to_owned();
            Text { en: whole(&said.en, &why.en), zh: whole(&said.zh, &why.zh) }
        };
        match self.state() {
            AppState::Running => with_why(text!("The run {name} is under way. ", "运行 {name} 正在进行。")),
            AppState::Finished => text!("The run {name} ended well.", "运行 {name} 已成功结束。"),
            AppState::Failed => with_why(text!("The run {name} failed. ", "运行 {name} 失败。")),
            AppState::Idle if runs.paused => text!("Its schedule is paused.", "计划已暂停。"),
            AppState::Idle => text!("No run of it is left in the cluster.", "集群中没有保留任何运行。"),
            _ => match last.map(|run| run.state) {
                Some(RunState::Succeeded) => {
                    text!("It waits for its next run; the last one ended well.", "等待下次运行；上次运行成功。")
                }
                _ => text!("It waits for its next run.", "等待下次运行。"),
            },
        }
    }

    /// What is said of a release whose first batch serves.
    fn asks(&self, now: Millis) -> Text {
        let newest = &self.newest.row;
        let (number, pods) = (newest.number, self.newest_pods().count());
        match first_batch(self.view, &self.newest.spec, Number::of(newest), now) {
            Verdict::Waits { reason, .. } | Verdict::Failed(reason) => {
                let (en, zh) = (&reason.en, &reason.zh);
                text!(
                    "Release {number} waits for a go-ahead, but its first batch does not serve any more: {en}",
                    "发布 {number} 等待确认，但首批 Pod 已不再正常：{zh}"
                )
            }
            Verdict::Serves if pods == 1 => text!(
                "The first batch of release {number} serves: one pod. It waits for a go-ahead.",
                "发布 {number} 的首批 Pod（1 个）已提供服务，等待确认。"
            ),
            Verdict::Serves => text!(
                "The first batch of release {number} serves: {pods} pods. It waits for a go-ahead.",
                "发布 {number} 的首批 {pods} 个 Pod 已提供服务，等待确认。"
            ),
        }
    }

    /// Its pods that run what the newest release asks for.
    fn newest_pods(&self) -> impl Iterator<Item = &AppPod> {
        let pods_of = self.newest.row.pods;
        let pods = self.view.map(|view| view.pods.as_slice()).unwrap_or_default();
        pods.iter().filter(move |pod| pod.release == Some(pods_of))
    }

    fn summary(&self, operation: Option<&OperationDetail>, now: Millis) -> Text {
        let note = || operation.and_then(|o| o.steps.iter().find(|s| s.state == WorkState::Running)?.note.clone());
        let (ready, replicas) = (self.ready(), self.replicas());
        let newest = self.newest.row.number;
        match self.state() {
            AppState::Deleting => note().unwrap_or_else(|| text!("It is being deleted.", "正在删除。")),
            AppState::Unknown => self.blind.cloned().unwrap_or_default(),
            AppState::RollingOut if self.newest.row.state == ReleaseState::Pending => note().unwrap_or_else(|| {
                text!("Release {newest} is about to be handed to the cluster.", "发布 {newest} 即将提交到集群。")
            }),
            AppState::Idle if self.is_given_up() && operation.is_some() => {
                note().unwrap_or_else(|| text!("Its pods are leaving.", "其 Pod 正在退出。"))
            }
            AppState::Idle if self.is_given_up() => text!(
                "Release {newest} was aborted before any had served. Nothing of it runs until the next release.",
                "发布 {newest} 已中止，此前没有任何发布正常运行过；下一次发布之前不会有 Pod 运行。"
            ),
            _ if self.newest.row.state == ReleaseState::Failed && self.newest.row.problem.is_some() => {
                self.newest.row.problem.clone().unwrap_or_default()
            }
            AppState::Running | AppState::Finished | AppState::Scheduled => self.said_of_runs(now),
            AppState::Failed | AppState::Degraded | AppState::Idle if self.running.spec.runs_to_end() => {
                self.said_of_runs(now)
            }
            AppState::Idle => text!("It is scaled to nothing.", "已缩容到零。"),
            AppState::Serving if ready == 1 => text!("Its pod serves.", "其 Pod 提供服务。"),
            AppState::Serving => text!("All {ready} pods serve.", "{ready} 个 Pod 全部提供服务。"),
            AppState::RollingOut if operation.is_some_and(is_held) => self.asks(now),
            AppState::RollingOut => match verdict(self.view, &self.newest.spec, Number::of(&self.newest.row), now) {
                Verdict::Serves => text!("Release {newest} serves.", "发布 {newest} 已提供服务。"),
                Verdict::Waits { reason, .. } | Verdict::Failed(reason) => reason,
            },
            AppState::Failed | AppState::Degraded => {
                self.view.and_then(|view| why_it_waits(view, self.running.row.pods, now)).unwrap_or_else(|| {
                    text!("{ready} of {replicas} pods serve.", "{replicas} 个 Pod 中有 {ready} 个提供服务。")
                })
            }
        }
    }

    /// The rollout as it is now.
    pub(super) fn rollout(&self, operation: Option<OperationDetail>, now: Millis) -> Rollout {
        let newest = self.newest.row.number;
        let mut pods: Vec<RolloutPod> = self
            .view
            .map(|view| view.pods.as_slice())
            .unwrap_or_default()
            .iter()
            .map(|pod| RolloutPod {
                release: pod.release.unwrap_or(0),
                pod: pod.row.clone(),
                waits: why_pod_waits(pod, now),
            })
            .collect();
        let updated_ready = self.newest_pods().filter(|pod| pod.ready_since.is_some()).count();
        pods.sort_by(|a, b| b.release.cmp(&a.release).then_with(|| a.pod.name.cmp(&b.pod.name)));
        pods.truncate(MAX_PODS);
        let updated = self.newest_pods().count();
        let row = &self.newest.row;
        Rollout {
            state: self.state(),
            since: row.ended_at.unwrap_or(row.created_at),
            summary: self.summary(operation.as_ref(), now),
            replicas: self.replicas(),
            updated: u32::try_from(updated).unwrap_or(u32::MAX),
            ready: self.ready(),
            updated_ready: u32::try_from(updated_ready).unwrap_or(u32::MAX),
            release: newest,
            pods_of: row.pods,
            held: operation.as_ref().is_some_and(is_held),
            pods,
            events: self.view.map(|v| v.events.iter().take(MAX_EVENTS).cloned().collect()).unwrap_or_default(),
            operation,
        }
    }
}

/// Whether an operation waits for a person to go on.
pub(super) fn is_held(operation: &OperationDetail) -> bool {
    operation.steps.iter().any(|step| step.name == GO_AHEAD && step.state == WorkState::Running)
}
