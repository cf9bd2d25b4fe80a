//! Waiting until a release's pods serve, as the watch of the cluster tells it.

use std::{collections::BTreeSet, time::Duration};

use app::{
    i18n::Text,
    model::{AppSpec, ClusterState, Millis},
    text,
};

use super::{
    reasons::{Number, Verdict},
    release::Target,
    work::{StepError, Work},
};
use crate::{
    database::releases::Release,
    kubernetes::{fleet::Cluster, index::AppView},
};

/// How long the word of Kubernetes' own controllers is waited for after a deadline has passed, in milliseconds.
const GRACE: Millis = 15_000;

/// How the waiting ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// What was waited for serves.
    Serves,
    /// It did not get ready in time, for this reason.
    Late(Text),
}

/// Waits until `verdict` says that the release serves, or its deadline has passed without progress.
pub(super) async fn wait(
    work: &Work<'_>,
    target: &Target,
    verdict: impl Fn(Option<&AppView>, &AppSpec, Number, Millis) -> Verdict,
) -> Result<Ended, StepError> {
    let cluster = work.cluster()?;
    let namespace = target.namespace.name.as_str();
    let number = Number::of(&target.release.row);
    let mut changes = cluster.index().changes();
    let mut patience = Patience::new(&target.release, work.operation().step_started_at);
    let (mut said, mut seen) = (None, None);
    loop {
        changes.mark_unchanged();
        let now = work.ctx().now();
        let note = if is_watched(&cluster) {
            let view = cluster.index().app_view(namespace, target.app.id);
            match verdict(view.as_ref(), &target.release.spec, number, now) {
                Verdict::Serves => return Ok(Ended::Serves),
                // Kubernetes may still speak of the release before, whose deadline has passed.
                Verdict::Failed(reason) if patience.may_be_over(now) => return Ok(Ended::Late(late(target, &reason))),
                Verdict::Failed(reason) => Some(reason),
                Verdict::Waits { reason, progress } => {
                    if patience.is_over(progress, now) {
                        return Ok(Ended::Late(late(target, &reason)));
                    }
                    Some(reason)
                }
            }
        } else {
            patience.pause(now);
            Some(text!("The cluster cannot be watched at the moment.", "目前无法监视集群。"))
        };
        work.say(&mut said, note).await?;
        // Most changes are about something else: go on when the namespace has one, and look twice a second at least.
        let mut pauses = 0;
        while pauses < 5 {
            tokio::select! {
                _ = changes.changed() => tokio::time::sleep(Duration::from_millis(100)).await,
                () = tokio::time::sleep(Duration::from_millis(500)) => pauses = 5,
            }
            pauses += 1;
            let change = Some(cluster.index().namespace_changes(namespace));
            if change != seen {
                seen = change;
                break;
            }
        }
        work.still_mine().await?;
    }
}

fn is_watched(cluster: &Cluster) -> bool {
    cluster.state() == ClusterState::Live
}

/// Whether a rollout goes on. Kubernetes itself reports when the deadline has passed without progress; this is for
/// when that report does not come, because its controllers do not run, or are not told of a deadline.
struct Patience {
    seen: BTreeSet<(u32, u32, u32)>,
    began: Millis,
    since: Millis,
    deadline: Millis,
    /// What is waited for beyond that: Kubernetes' own word, or what a pod takes to leave.
    grace: Millis,
}

impl Patience {
    fn new(release: &Release, began: Millis) -> Self {
        let deadline = i64::from(release.spec.deadline_seconds()) * 1000;
        // Of a StatefulSet it never says so; but there the old pod has to leave first, and a new one counts late.
        let ends = i64::from(release.spec.termination.grace_seconds + release.spec.update.min_ready_seconds);
        let grace = if release.spec.is_stateful() { ends * 1000 } else { GRACE };
        Self { seen: BTreeSet::new(), began, since: began, deadline, grace }
    }

    /// Whether the deadline can have passed since the release was handed over, clocks that differ a little aside.
    fn may_be_over(&self, now: Millis) -> bool {
        now + GRACE > self.began + self.deadline && now > self.began + self.deadline / 2
    }

    /// Pods that come and go over and over are no progress.
    fn is_over(&mut self, progress: (u32, u32, u32), now: Millis) -> bool {
        if self.seen.insert(progress) {
            self.since = now;
        }
        now > self.since + self.deadline + self.grace
    }

    fn pause(&mut self, now: Millis) {
        self.since = now;
    }
}

fn late(target: &Target, reason: &Text) -> Text {
    let (number, seconds) = (target.release.row.number, target.release.spec.deadline_seconds());
    let (en, zh) = (&reason.en, &reason.zh);
    if target.release.spec.runs_to_end() {
        return Text {
            en: format!("Release {number} did not begin within {seconds} s. {en}"),
            zh: format!("发布 {number} 未能在 {seconds} 秒内开始运行。{zh}"),
        };
    }
    let mut problem = Text {
        en: format!("Release {number} did not get ready within {seconds} s. {en}"),
        zh: format!("发布 {number} 未能在 {seconds} 秒内就绪。{zh}"),
    };
    if let Some(live) = target.app.live_release {
        let serves = if target.release.spec.is_stateful() {
            text!(" Release {live} is brought back.", " 将恢复发布 {live}。")
        } else if target.stays() {
            text!(
                " Release {live} keeps serving; the new pods stay as they are, to be looked at.",
                " 发布 {live} 继续提供服务；新的 Pod 保留现状以便排查。"
            )
        } else {
            text!(" Release {live} keeps serving.", " 发布 {live} 继续提供服务。")
        };
        problem.en.push_str(&serves.en);
        problem.zh.push_str(&serves.zh);
    }
    problem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_passes_without_progress_alone() {
        let mut patience =
            Patience { seen: BTreeSet::new(), began: 1_000, since: 1_000, deadline: 60_000, grace: GRACE };
        assert!(!patience.is_over((1, 0, 1), 50_000), "it has begun");
        assert!(!patience.is_over((1, 1, 1), 60_000));
        assert!(!patience.is_over((1, 0, 1), 134_999), "it had come further before");
        assert!(patience.is_over((1, 1, 1), 135_001));
        patience.pause(200_000);
        assert!(!patience.is_over((1, 0, 1), 210_000), "nobody could see whether it went on");
    }

    #[test]
    fn what_kubernetes_says_of_the_release_before_is_not_believed() {
        let of = |deadline| Patience { seen: BTreeSet::new(), began: 0, since: 0, deadline, grace: GRACE };
        assert!(!of(60_000).may_be_over(1_000) && of(60_000).may_be_over(59_000));
        assert!(!of(10_000).may_be_over(4_000) && of(10_000).may_be_over(10_000), "also of a short one");
    }
}
