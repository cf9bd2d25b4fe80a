//! How a rollout stands, and why it waits, in a sentence, by what the cluster reports of it. Pure.

use app::{
    i18n::Text,
    model::{AppSpec, EventRow, Millis, ReleaseRow},
    text,
};

use super::runs;
use crate::kubernetes::index::{AppPod, AppView, WorkloadView};

/// How a release's rollout stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All its pods serve, and those of other releases are gone or leaving.
    Serves,
    /// It goes on, or is stuck.
    Waits {
        /// What happens, or what is in the way.
        reason: Text,
        /// Numbers that change as long as it goes on.
        progress: (u32, u32, u32),
    },
    /// Kubernetes has given up on it.
    Failed(Text),
}

/// Which release is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number {
    /// Its own number, which the Deployment carries.
    pub release: u32,
    /// The number that its pods carry.
    pub pods: u32,
}

impl Number {
    /// The numbers of a release.
    pub fn of(row: &ReleaseRow) -> Self {
        Self { release: row.number, pods: row.pods }
    }
}

/// The Deployment, once the cluster's controllers speak of the release; else what is waited for.
fn taken_up(view: Option<&AppView>, release: u32) -> Result<(&AppView, &WorkloadView), Verdict> {
    let waits = |reason| Verdict::Waits { reason, progress: (0, 0, 0) };
    let Some((view, deployment)) = view.and_then(|view| Some((view, view.workload.as_ref()?))) else {
        return Err(waits(text!(
            "The cluster has not shown what makes its pods yet.",
            "集群尚未显示该应用的工作负载。"
        )));
    };
    if deployment.release != Some(release) || deployment.observed_generation < deployment.generation {
        return Err(waits(text!("The cluster has not taken up the release yet.", "集群尚未开始处理该发布。")));
    }
    Ok((view, deployment))
}

/// How a release stands.
pub fn verdict(view: Option<&AppView>, spec: &AppSpec, number: Number, now: Millis) -> Verdict {
    if spec.runs_to_end() {
        return runs::verdict(view, spec, number, now);
    }
    let (view, deployment) = match taken_up(view, number.release) {
        Ok(both) => both,
        Err(waits) => return waits,
    };
    let replicas = spec.replicas_from(deployment.replicas);
    if is_complete(deployment, replicas) {
        return Verdict::Serves;
    }
    let reason = why_it_waits(view, number.pods, now).unwrap_or_else(|| going_on(deployment, replicas));
    let exceeded =
        deployment.conditions.iter().any(|c| c.kind == "Progressing" && c.reason == "ProgressDeadlineExceeded");
    if exceeded {
        return Verdict::Failed(reason);
    }
    Verdict::Waits { reason, progress: (deployment.updated, deployment.ready, deployment.current) }
}

/// How the first batch of a release stands that stops after it.
pub fn first_batch(view: Option<&AppView>, spec: &AppSpec, number: Number, now: Millis) -> Verdict {
    let (view, deployment) = match taken_up(view, number.release) {
        Ok(both) => both,
        Err(waits) => return waits,
    };
    let batch = spec.batch(spec.replicas_from(deployment.replicas));
    let proven = now - i64::from(spec.update.min_ready_seconds) * 1000;
    let pods = || view.pods.iter().filter(|pod| pod.release == Some(number.pods));
    let (made, ready) = (counted(pods()), counted(pods().filter(|pod| pod.ready_since.is_some())));
    if counted(pods().filter(|pod| pod.ready_since.is_some_and(|since| since <= proven))) >= batch {
        return Verdict::Serves;
    }
    let reason = why_it_waits(view, number.pods, now).unwrap_or_else(|| {
        text!("{ready} of {batch} pods of the first batch serve.", "首批 {batch} 个 Pod 中已有 {ready} 个提供服务。")
    });
    Verdict::Waits { reason, progress: (made, ready, batch) }
}

fn counted<'a>(pods: impl Iterator<Item = &'a AppPod>) -> u32 {
    u32::try_from(pods.count()).unwrap_or(u32::MAX)
}

/// As `kubectl rollout status` decides it.
fn is_complete(deployment: &WorkloadView, replicas: u32) -> bool {
    deployment.replicas == replicas
        && deployment.updated >= replicas
        && deployment.current <= deployment.updated
        && deployment.available >= deployment.updated
}

fn going_on(deployment: &WorkloadView, replicas: u32) -> Text {
    let (updated, available) = (deployment.updated, deployment.available);
    if updated < replicas {
        text!("{updated} of {replicas} pods run the new release.", "{replicas} 个 Pod 中已有 {updated} 个运行新版本。")
    } else if deployment.current > updated {
        let old = deployment.current - updated;
        text!("Waiting for pods of the old release to leave: {old} left.", "等待旧版本的 Pod 退出：剩余 {old} 个。")
    } else {
        text!("{available} of {replicas} pods serve.", "{replicas} 个 Pod 中已有 {available} 个提供服务。")
    }
}

/// What is in the way of a release whose pods carry that number; `None` when nothing is known to be.
pub fn why_it_waits(view: &AppView, number: u32, now: Millis) -> Option<Text> {
    let pods = || view.pods.iter().filter(|p| p.release == Some(number));
    // Trouble that does not pass by itself comes first.
    pods().find_map(|p| why_pod_waits(p, now)).or_else(|| why_no_pods(view, now))
}

/// For how long an event about pods that could not be made is believed, in milliseconds.
const BELIEVED: Millis = 120_000;

/// The quota, or a rule of the cluster, keeps pods from being made.
fn why_no_pods(view: &AppView, now: Millis) -> Option<Text> {
    let workload = view.workload.as_ref()?;
    let condition = workload.conditions.iter().find(|c| c.kind == "ReplicaFailure" && c.status == "True");
    // A StatefulSet has no conditions; it says so in an event.
    let object = format!("statefulset/{}", workload.name);
    let event = || {
        let said = |e: &&EventRow| e.object == object && e.reason == "FailedCreate" && e.at > now - BELIEVED;
        view.events.iter().find(said).filter(|_| workload.current < workload.replicas)
    };
    let message = condition.map(|c| c.message.as_str()).or_else(|| event().map(|e| e.message.as_str()))?;
    Some(if message.contains("exceeded quota") {
        let detail = message.split_once("exceeded quota: ").map_or(message, |(_, d)| d);
        text!(
            "The namespace's quota leaves no room for another pod ({detail}). Raise the quota or ask for less.",
            "命名空间配额不足，无法再创建 Pod（{detail}）。请提高配额或减少申请量。"
        )
    } else {
        text!("The cluster refuses to make pods: {message}", "集群拒绝创建 Pod：{message}")
    })
}

/// Why a pod does not serve; `None` when it does, or is only starting.
pub fn why_pod_waits(pod: &AppPod, now: Millis) -> Option<Text> {
    if pod.ready_since.is_some() {
        return None;
    }
    if let Some(message) = &pod.unschedulable {
        return Some(text!("No node has room for it: {message}", "没有节点能容纳它：{message}"));
    }
    match pod.waiting.as_ref().map(|(reason, message)| (reason.as_str(), message.as_str())) {
        Some(("ImagePullBackOff" | "ErrImagePull", message)) => Some(text!(
            "The image cannot be pulled: {message}. Check its name and tag, and that the registry answers.",
            "无法拉取镜像：{message}。请检查镜像名称和标签，以及镜像仓库是否可用。"
        )),
        Some(("InvalidImageName", _)) => Some(text!("The image's name cannot be read.", "镜像名称无效。")),
        Some(("CrashLoopBackOff", _)) => Some(crashed(pod)),
        Some(("CreateContainerConfigError", message))
            if message.contains("run as root") || message.contains("runAsNonRoot") =>
        {
            Some(text!(
                "The image starts as root, which the namespace forbids. Build it with a USER other than root, by number.",
                "镜像以 root 身份启动，命名空间不允许。请在镜像中用数字 UID 指定非 root 的 USER。"
            ))
        }
        Some(("CreateContainerConfigError" | "CreateContainerError" | "RunContainerError", message)) => {
            Some(text!("The container cannot be started: {message}", "容器无法启动：{message}"))
        }
        _ if pod.last_termination.is_some() && pod.row.restarts > 0 => Some(crashed(pod)),
        Some(_) => None,
        None => {
            // A container that has run for a while and is not ready fails its check.
            let old = now - pod.row.created_at > 10_000;
            (old && pod.row.reason == "Running").then(|| {
                text!(
                    "The container runs but its readiness check fails. Check the port, the path and what the container logs.",
                    "容器已运行，但就绪检查未通过。请检查端口、路径和容器日志。"
                )
            })
        }
    }
}

fn crashed(pod: &AppPod) -> Text {
    let times = pod.row.restarts;
    match &pod.last_termination {
        Some((_, reason)) if reason == "OOMKilled" => text!(
            "The container was killed because it used more memory than it may ({times} restarts). Give it more memory.",
            "容器因内存超限被终止（已重启 {times} 次）。请增加内存。"
        ),
        Some((code, _)) => text!(
            "The container ends with exit code {code} ({times} restarts). Look at what it logs.",
            "容器以退出码 {code} 结束（已重启 {times} 次）。请查看容器日志。"
        ),
        None => text!("The container crashes ({times} restarts).", "容器不断崩溃（已重启 {times} 次）。"),
    }
}

#[cfg(test)]
mod tests {
    use app::model::{Bytes, CpuMillis, PodRow, PodState, SpecForm};

    use super::*;
    use crate::kubernetes::index::WorkloadCondition;

    const TWO: Number = Number { release: 2, pods: 2 };

    fn spec() -> AppSpec {
        SpecForm { image: "demo:1".into(), ..SpecForm::starter() }.parse().expect("valid").0
    }

    fn pod(release: u32) -> AppPod {
        AppPod {
            row: PodRow {
                namespace: "shop".into(),
                name: format!("web-{release}"),
                state: PodState::Pending,
                reason: "Running".into(),
                ready: 0,
                containers: 1,
                restarts: 0,
                node: "n".into(),
                ip: String::new(),
                cpu: CpuMillis(1),
                memory: Bytes(1),
                created_at: 0,
            },
            release: Some(release),
            uid: "u".into(),
            waiting: None,
            last_termination: None,
            unschedulable: None,
            ready_since: None,
        }
    }

    fn view() -> AppView {
        let deployment = WorkloadView {
            name: "web".into(),
            uid: "u".into(),
            generation: 2,
            observed_generation: 2,
            replicas: 2,
            current: 2,
            updated: 2,
            ready: 2,
            available: 2,
            conditions: vec![],
            revision: None,
            release: Some(2),
        };
        AppView { workload: Some(deployment), ..AppView::default() }
    }

    fn change(change: impl FnOnce(&mut WorkloadView)) -> Verdict {
        let mut view = view();
        change(view.workload.as_mut().expect("a Deployment"));
        verdict(Some(&view), &spec(), TWO, 0)
    }

    #[test]
    fn a_rollout_is_over_when_all_new_pods_serve_and_no_old_one_is_left() {
        assert_eq!(change(|_| ()), Verdict::Serves);
        let not_yet: [fn(&mut WorkloadView); 6] = [
            |d| d.observed_generation = 1,
            |d| d.release = Some(1),
            |d| d.updated = 1,
            |d| d.current = 3,
            |d| d.available = 1,
            |d| d.replicas = 3,
        ];
        for (i, not_yet) in not_yet.into_iter().enumerate() {
            assert!(matches!(change(not_yet), Verdict::Waits { .. }), "{i}");
        }
        assert!(matches!(verdict(None, &spec(), TWO, 0), Verdict::Waits { .. }));
    }

    #[test]
    fn a_first_batch_is_made_and_has_proven_itself() {
        let mut view = view();
        view.workload.as_mut().expect("a Deployment").replicas = 8;
        let mut spec = spec();
        (spec.replicas, spec.update.min_ready_seconds) = (8, 5);
        let ready = |since| AppPod { ready_since: Some(since), ..pod(2) };
        view.pods = vec![ready(1_000), AppPod { ready_since: Some(0), ..pod(1) }];
        let at = |view: &AppView, now| first_batch(Some(view), &spec, TWO, now);
        let Verdict::Waits { reason, progress } = at(&view, 60_000) else { panic!("a batch is 2 of 8") };
        assert_eq!(reason.en, "1 of 2 pods of the first batch serve.");
        view.pods.push(ready(30_000));
        assert!(matches!(at(&view, 34_999), Verdict::Waits { progress: after, .. } if after != progress));
        assert_eq!(at(&view, 35_000), Verdict::Serves);
        let other = Number { release: 3, pods: 2 };
        assert!(matches!(first_batch(Some(&view), &spec, other, 60_000), Verdict::Waits { .. }), "not taken up yet");
    }

    #[test]
    fn a_release_of_the_same_pods_goes_by_their_number() {
        let mut view = view();
        let deployment = view.workload.as_mut().expect("a Deployment");
        (deployment.release, deployment.available) = (Some(3), 1);
        view.pods = vec![AppPod { waiting: Some(("ImagePullBackOff".into(), "x".into())), ..pod(2) }];
        let stays = Number { release: 3, pods: 2 };
        let Verdict::Waits { reason, .. } = verdict(Some(&view), &spec(), stays, 0) else { panic!("one is missing") };
        assert!(reason.en.contains("cannot be pulled"), "{}", reason.en);
    }

    #[test]
    fn a_deadline_that_an_older_release_missed_is_not_this_ones() {
        let exceeded = |d: &mut WorkloadView| {
            d.available = 1;
            d.conditions = vec![WorkloadCondition {
                kind: "Progressing".into(),
                status: "False".into(),
                reason: "ProgressDeadlineExceeded".into(),
                message: String::new(),
            }];
        };
        assert!(matches!(change(exceeded), Verdict::Failed(_)));
        let stale = |d: &mut WorkloadView| {
            exceeded(d);
            d.generation = 3;
        };
        assert!(matches!(change(stale), Verdict::Waits { .. }));
    }

    #[test]
    fn pods_say_why_they_wait() {
        let waiting = |reason: &str, message: &str| AppPod { waiting: Some((reason.into(), message.into())), ..pod(2) };
        let mut crashed = waiting("CrashLoopBackOff", "back-off");
        crashed.last_termination = Some((137, "OOMKilled".into()));
        let mut ended = pod(2);
        ended.row.restarts = 3;
        ended.last_termination = Some((2, "Error".into()));
        for (pod, said) in [
            (waiting("ImagePullBackOff", "not found"), "The image cannot be pulled: not found"),
            (waiting("CreateContainerConfigError", "image will run as root"), "starts as root"),
            (AppPod { unschedulable: Some("0/2 nodes".into()), ..pod(2) }, "No node has room for it: 0/2 nodes"),
            (crashed, "more memory than it may"),
            (ended, "exit code 2 (3 restarts)"),
            (pod(2), "readiness check fails"),
        ] {
            let why = why_pod_waits(&pod, 60_000).expect("a reason");
            assert!(why.en.contains(said), "{}", why.en);
            assert!(!why.zh.is_empty());
        }
        assert_eq!(why_pod_waits(&pod(2), 5_000), None, "it has only begun");
        assert_eq!(why_pod_waits(&waiting("ContainerCreating", ""), 60_000), None);
        assert_eq!(why_pod_waits(&AppPod { ready_since: Some(1), ..pod(2) }, 60_000), None);
    }

    #[test]
    fn trouble_of_old_pods_is_not_the_new_releases() {
        let mut view = view();
        view.pods = vec![AppPod { waiting: Some(("ImagePullBackOff".into(), "x".into())), ..pod(1) }];
        assert_eq!(why_it_waits(&view, 2, 60_000), None);
    }

    #[test]
    fn a_quota_that_is_used_up_is_told() {
        let mut view = view();
        view.workload.as_mut().expect("a Deployment").conditions = vec![WorkloadCondition {
            kind: "ReplicaFailure".into(),
            status: "True".into(),
            reason: "FailedCreate".into(),
            message: "pods \"web-1\" is forbidden: exceeded quota: longshore, requested: pods=1".into(),
        }];
        let said = "quota leaves no room for another pod (longshore, requested: pods=1)";
        let why = why_it_waits(&view, 2, 0).expect("a reason");
        assert!(why.en.contains(said), "{}", why.en);

        let set = view.workload.as_mut().expect("a StatefulSet");
        let message = std::mem::take(&mut set.conditions).remove(0).message;
        set.current = 1;
        view.events = vec![EventRow {
            warning: true,
            reason: "FailedCreate".into(),
            message: format!("create Pod web-1 in StatefulSet web failed error: {message}"),
            object: "statefulset/web".into(),
            namespace: "shop".into(),
            count: 3,
            at: 1_000_000,
        }];
        let why = why_it_waits(&view, 2, 1_060_000).expect("a reason");
        assert!(why.en.contains(said), "{}", why.en);
        assert_eq!(why_it_waits(&view, 2, 2_000_000), None, "that was long ago");
    }
}
