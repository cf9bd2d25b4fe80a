//! How what runs to its end stands, in a sentence: read from what the cluster reports of its runs and their pods. Pure.

use app::{
    i18n::Text,
    model::{AppSpec, Millis, Run, RunState, WorkloadKind},
    text,
};

use super::reasons::{Number, Verdict, why_pod_waits};
use crate::kubernetes::index::{AppPod, AppView, RunView};

/// Whether a release has been taken up: of a job, whether its run has begun; of a cron job, whether its schedule counts.
pub(super) fn verdict(view: Option<&AppView>, spec: &AppSpec, number: Number, now: Millis) -> Verdict {
    let waits = |reason| Verdict::Waits { reason, progress: (0, 0, 0) };
    if spec.kind == WorkloadKind::CronJob {
        let taken_up =
            view.and_then(|view| view.cron.as_ref()).is_some_and(|cron| cron.release == Some(number.release));
        return if taken_up {
            Verdict::Serves
        } else {
            waits(text!("The cluster has not taken up the schedule yet.", "集群尚未采用该计划。"))
        };
    }
    let found = view.and_then(|view| Some((view, view.runs.iter().find(|run| run.release == Some(number.release))?)));
    let Some((view, run)) = found else {
        return waits(text!("The cluster has not shown the run yet.", "集群尚未显示此次运行。"));
    };
    if run.ended.is_some() || run.succeeded > 0 || run.failed > 0 || pods(view, run).any(has_begun) {
        return Verdict::Serves;
    }
    let reason = why_it_waits(view, run, now)
        .unwrap_or_else(|| text!("Its first pod is about to begin.", "首个 Pod 即将开始运行。"));
    Verdict::Waits { reason, progress: (run.active, run.ready, 0) }
}

/// The pods of a run.
fn pods<'a>(view: &'a AppView, run: &'a RunView) -> impl Iterator<Item = &'a AppPod> {
    view.pods.iter().filter(|pod| run.has_pod(&pod.row.name))
}

fn has_begun(pod: &AppPod) -> bool {
    pod.ready_since.is_some() || pod.last_termination.is_some() || pod.row.reason == "Running"
}

fn why_it_waits(view: &AppView, run: &RunView, now: Millis) -> Option<Text> {
    let stuck = pods(view, run).filter(|pod| !has_begun(pod)).find_map(|pod| why_pod_waits(pod, now));
    let refused = || {
        let object = format!("job/{}", run.name);
        let said = view.events.iter().find(|e| e.object == object && e.reason == "FailedCreate")?;
        let message = &said.message;
        Some(text!("The cluster refuses to make pods: {message}", "集群拒绝创建 Pod：{message}"))
    };
    stuck.or_else(|| refused().filter(|_| run.active == 0))
}

/// A run, as people see it.
pub fn run_of(view: &AppView, run: &RunView, now: Millis) -> Run {
    let failure = run.ended.as_ref().and_then(|ended| ended.failure.as_ref());
    let state = match &run.ended {
        _ if run.leaving => RunState::Leaving,
        Some(_) if failure.is_some() => RunState::Failed,
        Some(_) => RunState::Succeeded,
        None if pods(view, run).any(has_begun) || run.ready > 0 => RunState::Running,
        None => RunState::Waiting,
    };
    let why = match (failure, state) {
        (Some((reason, message)), _) => Some(why_it_failed(view, run, reason, message)),
        (None, RunState::Waiting | RunState::Running) => {
            why_it_waits(view, run, now).or_else(|| last_failure(view, run))
        }
        _ => None,
    };
    Run {
        name: run.name.clone(),
        release: run.release,
        state,
        created_at: run.created_at,
        ended_at: run.ended.as_ref().map(|ended| ended.at.unwrap_or(run.created_at)),
        active: run.active,
        succeeded: run.succeeded,
        failed: run.failed,
        completions: run.completions,
        by: run.by.clone(),
        why,
    }
}

/// Why a run failed; its last pod says more than the word of the cluster.
fn why_it_failed(view: &AppView, run: &RunView, reason: &str, message: &str) -> Text {
    if reason == "DeadlineExceeded" {
        return text!(
            "It took longer than it may, and was ended. Give it more time under job.timeout_seconds, or see what holds it up.",
            "运行超时，已被终止。请提高 job.timeout_seconds，或排查耗时原因。"
        );
    }
    last_failure(view, run).unwrap_or_else(|| match message {
        "" => text!("The cluster gives no reason.", "集群未说明原因。"),
        said => Text::same(said),
    })
}

/// What became of the last of a run's pods that failed.
fn last_failure(view: &AppView, run: &RunView) -> Option<Text> {
    let failed = pods(view, run).filter(|pod| pod.last_termination.as_ref().is_some_and(|(code, _)| *code != 0));
    let (code, word) = failed.max_by_key(|pod| pod.row.created_at)?.last_termination.as_ref()?;
    let times = run.failed.max(1);
    Some(if word == "OOMKilled" {
        text!(
            "A pod was killed because it used more memory than it may ({times} failed). Give it more memory.",
            "Pod 因内存超限被终止（失败 {times} 个）。请增加内存。"
        )
    } else {
        text!(
            "A pod ended with exit code {code} ({times} failed). Look at what it logs.",
            "Pod 以退出码 {code} 结束（失败 {times} 个）。请查看容器日志。"
        )
    })
}

#[cfg(test)]
mod tests {
    use app::model::{Bytes, CpuMillis, PodRow, PodState, SpecForm};

    use super::*;
    use crate::kubernetes::index::{CronView, Ended};

    const TWO: Number = Number { release: 2, pods: 2 };

    fn spec(runs: &str, schedule: &str) -> AppSpec {
        let form =
            SpecForm { image: "demo:1".into(), runs: runs.into(), schedule: schedule.into(), ..SpecForm::starter() };
        SpecForm { port: String::new(), ..form }.parse().expect("valid").0
    }

    fn pod(name: &str, reason: &str, ended: Option<(i32, &str)>) -> AppPod {
        AppPod {
            row: PodRow {
                namespace: "shop".into(),
                name: name.into(),
                state: PodState::Pending,
                reason: reason.into(),
                ready: 0,
                containers: 1,
                restarts: 0,
                node: "n".into(),
                ip: String::new(),
                cpu: CpuMillis(1),
                memory: Bytes(1),
                created_at: 0,
            },
            release: Some(2),
            uid: "u".into(),
            waiting: None,
            last_termination: ended.map(|(code, word)| (code, word.into())),
            unschedulable: None,
            ready_since: None,
        }
    }

    fn view(run: RunView, pods: Vec<AppPod>) -> AppView {
        AppView { runs: vec![run], pods, ..AppView::default() }
    }

    fn run() -> RunView {
        RunView { name: "backup-2".into(), release: Some(2), active: 1, completions: 1, ..RunView::default() }
    }

    #[test]
    fn a_job_is_released_when_its_run_has_begun() {
        let spec = spec("once", "");
        let is = |view: &AppView| verdict(Some(view), &spec, TWO, 60_000);
        assert!(matches!(verdict(None, &spec, TWO, 0), Verdict::Waits { .. }));
        let mut stuck = pod("backup-2-aaaaa", "ImagePullBackOff", None);
        stuck.waiting = Some(("ImagePullBackOff".into(), "not found".into()));
        let Verdict::Waits { reason, .. } = is(&view(run(), vec![stuck])) else { panic!("nothing has begun") };
        assert!(reason.en.contains("cannot be pulled"), "{}", reason.en);
        assert_eq!(is(&view(run(), vec![pod("backup-2-aaaaa", "Running", None)])), Verdict::Serves);
        assert_eq!(is(&view(RunView { active: 0, failed: 1, ..run() }, vec![])), Verdict::Serves);
        let others = view(RunView { release: Some(1), ..run() }, vec![pod("backup-2-aaaaa", "Running", None)]);
        assert!(matches!(is(&others), Verdict::Waits { .. }));
    }

    #[test]
    fn a_schedule_counts_when_the_cluster_has_it() {
        let spec = spec("schedule", "0 3 * * *");
        let with = |release| AppView {
            cron: Some(CronView { name: "backup".into(), release: Some(release) }),
            ..AppView::default()
        };
        assert_eq!(verdict(Some(&with(2)), &spec, TWO, 0), Verdict::Serves);
        assert!(matches!(verdict(Some(&with(1)), &spec, TWO, 0), Verdict::Waits { .. }));
    }

    #[test]
    fn a_run_says_how_it_ended_and_why() {
        let failed = |reason: &str| RunView {
            active: 0,
            failed: 4,
            ended: Some(Ended { at: Some(9), failure: Some((reason.into(), "has reached the limit".into())) }),
            ..run()
        };
        let pods = vec![pod("backup-2-aaaaa", "Error", Some((3, "Error"))), pod("other-2-aaaaa", "x", Some((9, "x")))];
        let told = |run: RunView, pods: &[AppPod]| {
            let view = view(run, pods.to_vec());
            run_of(&view, &view.runs[0], 60_000)
        };
        let run = told(failed("BackoffLimitExceeded"), &pods);
        assert_eq!((run.state, run.ended_at), (RunState::Failed, Some(9)));
        assert_eq!(run.why.expect("why").en, "A pod ended with exit code 3 (4 failed). Look at what it logs.");
        assert_eq!(told(failed("BackoffLimitExceeded"), &[]).why.expect("why").en, "has reached the limit");
        assert!(told(failed("DeadlineExceeded"), &pods).why.expect("why").en.contains("longer than it may"));
        let again = told(RunView { failed: 1, ..self::run() }, &pods);
        assert_eq!(again.state, RunState::Running);
        assert!(again.why.expect("why").en.contains("exit code 3 (1 failed)"));
        let done = RunView { ended: Some(Ended { at: Some(9), failure: None }), ..self::run() };
        assert_eq!(told(done, &[]).why, None);
    }
}
