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
    upkeep::{Look, Upkeep},
    work::{StepError, Work},
};
use crate::{
    database::{operation_work::Outcome, releases::Release},
    kubernetes::{fleet::Cluster, index::AppView},
};

/// How long the word of Kubernetes' own controllers is waited for after a deadline has passed, in milliseconds.
const GRACE: Millis = 15_000;

/// How the waiting ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// What was waited for serves.
    Serves(Outcome),
    /// It did not get ready in time, for this reason.
    Late(Text),
}

/// Waits until `verdict` says that the release serves, or its deadline has passed without progress. With `upkeep`, what others
/// change meanwhile is noticed.
pub(super) async fn wait(
    work: &Work<'_>,
    target: &Target,
    verdict: impl Fn(Option<&AppView>, &AppSpec, Number, Millis) -> Verdict,
    upkeep: Option<Upkeep>,
) -> Result<Ended, StepError> {
    let cluster = work.cluster()?;
    let namespace = target.namespace.name.as_str();
    let number = Number::of(&target.release.row);
    let mut changes = cluster.index().changes();
    // Before the cluster was back nobody could see whether it went on.
    let began = work.operation().step_started_at.max(work.answers_since().unwrap_or_default());
    let patience = Patience::new(&target.release, began, work.ctx().now());
    let mut waiting = Waiting { work, target, cluster: &cluster, patience, upkeep };
    let (mut said, mut seen) = (None, None);
    loop {
        changes.mark_unchanged();
        let now = work.ctx().now();
        let turn = if is_watched(&cluster) {
            let view = cluster.index().app_view(namespace, target.app.id);
            let stands = verdict(view.as_ref(), &target.release.spec, number, now);
            waiting.turn(view.as_ref(), stands, now).await?
        } else {
            waiting.patience.pause(now);
            Turn::Waits(text!("The cluster cannot be watched at the moment.", "目前无法监视集群。"))
        };
        match turn {
            Turn::Ends(ended) => return Ok(ended),
            Turn::Waits(reason) => {
                let note = match &waiting.upkeep {
                    Some(upkeep) => upkeep.note(reason),
                    None => reason,
                };
                work.say(&mut said, Some(note)).await?;
            }
        }
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

/// What comes of looking once.
enum Turn {
    Ends(Ended),
    /// It is waited for, for this reason.
    Waits(Text),
}

/// A release that is waited for.
struct Waiting<'a> {
    work: &'a Work<'a>,
    target: &'a Target,
    cluster: &'a Cluster,
    patience: Patience,
    upkeep: Option<Upkeep>,
}

impl Waiting<'_> {
    /// What comes of a release that stands so by `view`.
    async fn turn(&mut self, view: Option<&AppView>, stands: Verdict, now: Millis) -> Result<Turn, StepError> {
        let (stands, outcome) = match self.keep(view, stands, now).await {
            // The watch has not noticed yet that the cluster is away.
            Err(StepError::Away(why)) if !is_watched(self.cluster) => {
                self.patience.pause(now);
                return Ok(Turn::Waits(why));
            }
            // One look that fails decides nothing about pods that come.
            Err(StepError::Away(why) | StepError::Later(why)) => {
                self.patience.see(now);
                return Ok(if self.patience.is_over((0, 0, 0), now) {
                    Turn::Ends(Ended::Late(late(self.target, &why)))
                } else {
                    Turn::Waits(why)
                });
            }
            other => other?,
        };
        self.patience.see(now);
        let reason = match stands {
            Verdict::Serves => return Ok(Turn::Ends(Ended::Serves(outcome))),
            // Kubernetes may still speak of the release before, whose deadline has passed.
            Verdict::Failed(reason) if !self.patience.may_be_over(now) => return Ok(Turn::Waits(reason)),
            Verdict::Failed(reason) => reason,
            Verdict::Waits { reason, progress } if !self.patience.is_over(progress, now) => {
                return Ok(Turn::Waits(reason));
            }
            Verdict::Waits { reason, .. } => reason,
        };
        Ok(Turn::Ends(Ended::Late(late(self.target, &reason))))
    }

    /// Sees to it that the cluster holds what was recorded. How the release stands after that, and what it ends with when it
    /// serves.
    async fn keep(
        &mut self,
        view: Option<&AppView>,
        stands: Verdict,
        now: Millis,
    ) -> Result<(Verdict, Outcome), StepError> {
        let serves = stands == Verdict::Serves;
        let Some(upkeep) = self.upkeep.as_mut().filter(|upkeep| serves || upkeep.is_due(now)) else {
            return Ok((stands, Outcome::default()));
        };
        let reason = match upkeep.look(self.work, self.target, self.cluster, view, serves).await? {
            Look::Ends(outcome) => return Ok((stands, outcome)),
            Look::GoesOn if !serves => return Ok((stands, Outcome::default())),
            Look::GoesOn => text!("The cluster has not told of the last change yet.", "集群尚未反映最近的改动。"),
            Look::PutBack => {
                self.patience.begin_anew(now);
                text!("Others changed it while it came; it was put back.", "发布期间被他人修改，已恢复。")
            }
        };
        Ok((Verdict::Waits { reason, progress: (0, 0, 0) }, Outcome::default()))
    }
}

/// Whether a rollout goes on. Kubernetes itself reports when the deadline has passed without progress; this is for
/// when that report does not come, because its controllers do not run, or are not told of a deadline.
struct Patience {
    seen: BTreeSet<(u32, u32, u32)>,
    began: Millis,
    since: Millis,
    /// When the cluster was last looked at, in vain or not.
    looked: Millis,
    deadline: Millis,
    /// What is waited for beyond that: Kubernetes' own word, or what a pod takes to leave.
    grace: Millis,
}

impl Patience {
    fn new(release: &Release, began: Millis, now: Millis) -> Self {
        let deadline = i64::from(release.spec.deadline_seconds()) * 1000;
        // Of a StatefulSet it never says so; but there the old pod has to leave first, and a new one counts late.
        let ends = i64::from(release.spec.termination.grace_seconds + release.spec.update.min_ready_seconds);
        let grace = if release.spec.is_stateful() { ends * 1000 } else { GRACE };
        Self { seen: BTreeSet::new(), began, since: began, looked: now, deadline, grace }
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

    /// The cluster could be seen.
    fn see(&mut self, now: Millis) {
        self.looked = now;
    }

    /// It could not: the time since the last look does not count.
    fn pause(&mut self, now: Millis) {
        self.began += now - self.looked;
        (self.since, self.looked) = (now, now);
    }

    /// It was handed over once more.
    fn begin_anew(&mut self, now: Millis) {
        self.seen.clear();
        (self.began, self.since) = (now, now);
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

    fn patience(began: Millis, deadline: Millis) -> Patience {
        Patience { seen: BTreeSet::new(), began, since: began, looked: began, deadline, grace: GRACE }
    }

    #[test]
    fn a_deadline_passes_without_progress_alone() {
        let mut patience = patience(1_000, 60_000);
        assert!(!patience.is_over((1, 0, 1), 50_000), "it has begun");
        assert!(!patience.is_over((1, 1, 1), 60_000));
        assert!(!patience.is_over((1, 0, 1), 134_999), "it had come further before");
        assert!(patience.is_over((1, 1, 1), 135_001));
        patience.pause(200_000);
        assert!(!patience.is_over((1, 0, 1), 210_000), "nobody could see whether it went on");
    }

    #[test]
    fn what_kubernetes_says_of_the_release_before_is_not_believed() {
        let of = |deadline| patience(0, deadline);
        assert!(!of(60_000).may_be_over(1_000) && of(60_000).may_be_over(59_000));
        assert!(!of(10_000).may_be_over(4_000) && of(10_000).may_be_over(10_000), "also of a short one");
    }

    #[test]
    fn time_in_which_the_cluster_was_away_does_not_count() {
        let mut patience = patience(0, 60_000);
        patience.see(20_000);
        for now in [21_000, 100_000, 220_000] {
            patience.pause(now);
        }
        patience.see(221_000);
        assert!(!patience.may_be_over(230_000), "Kubernetes counts it, and has given up");
        assert!(!patience.is_over((0, 0, 0), 221_000) && !patience.is_over((0, 0, 0), 290_000));
        assert!(patience.may_be_over(261_000) && patience.is_over((0, 0, 0), 296_001));
    }

    #[test]
    fn what_was_put_back_has_its_whole_time() {
        let mut patience = patience(0, 60_000);
        assert!(!patience.is_over((1, 1, 1), 50_000));
        patience.begin_anew(59_000);
        assert!(!patience.may_be_over(60_000));
        assert!(!patience.is_over((1, 1, 1), 70_000), "what was reached before is reached anew");
        assert!(patience.is_over((1, 1, 1), 145_001));
    }
}
