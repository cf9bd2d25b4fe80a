//! A release on its way: old pods and new pods side by side, one square each.

use leptos::prelude::*;

use super::Icon;
use crate::{
    model::{PodState, Rollout, RolloutPod},
    t,
};

/// How a pod is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodMark {
    /// Of the new release, and serves: filled.
    Ready,
    /// Of the new release, and not ready yet: half.
    Coming,
    /// Of the new release, and still to be made: dashed.
    Wanted,
    /// Of an older release, and serves: grey.
    Old,
    /// Is being deleted: dotted.
    Leaving,
    /// Crashes or cannot start: struck through.
    Failing,
}

impl PodMark {
    const fn key(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Coming => "coming",
            Self::Wanted => "wanted",
            Self::Old => "old",
            Self::Leaving => "leaving",
            Self::Failing => "failing",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Ready => t!("ready", "就绪"),
            Self::Coming => t!("starting", "启动中"),
            Self::Wanted => t!("to come", "待创建"),
            Self::Old => t!("serves, old release", "旧版本运行中"),
            Self::Leaving => t!("stopping", "正在停止"),
            Self::Failing => t!("failing", "异常"),
        }
    }
}

/// One square.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodSquare {
    /// The pod's name; empty for one that is still to be made.
    pub name: String,
    /// How it is drawn.
    pub mark: PodMark,
    /// Why it does not serve, when it does not.
    pub why: Option<String>,
}

/// The two sides of a rollout: the old pods, and the new ones with those still to come.
fn sides(rollout: &Rollout) -> (Vec<PodSquare>, Vec<PodSquare>) {
    let square = |p: &RolloutPod| {
        let new = p.release == rollout.pods_of;
        let mark = match p.pod.state {
            PodState::Failing => PodMark::Failing,
            PodState::Terminating | PodState::Succeeded => PodMark::Leaving,
            PodState::Ready if new => PodMark::Ready,
            PodState::Ready => PodMark::Old,
            _ if new => PodMark::Coming,
            _ => PodMark::Leaving,
        };
        PodSquare { name: p.pod.name.clone(), mark, why: p.waits.as_ref().map(crate::i18n::Text::here) }
    };
    let (new, old): (Vec<_>, Vec<_>) = rollout.pods.iter().partition(|p| p.release == rollout.pods_of);
    let old: Vec<_> = old.into_iter().map(square).collect();
    let mut new: Vec<_> = new.into_iter().map(square).collect();
    let alive = new.iter().filter(|p| p.mark != PodMark::Leaving).count();
    let missing = usize::try_from(rollout.replicas).unwrap_or(0).saturating_sub(alive).min(200);
    new.extend((0..missing).map(|_| PodSquare { name: String::new(), mark: PodMark::Wanted, why: None }));
    (old, new)
}

fn squares(pods: Vec<PodSquare>) -> impl IntoView {
    pods.into_iter()
        .map(|pod| {
            let mut words = pod.mark.word().to_owned();
            if !pod.name.is_empty() {
                words = format!("{}: {words}", pod.name);
            }
            if let Some(why) = pod.why {
                words = format!("{words}. {why}");
            }
            let title = words.clone();
            view! {
                <li class="pod" data-pod=pod.mark.key() title=title>
                    <span class="visually-hidden">{words}</span>
                </li>
            }
        })
        .collect_view()
}

/// A rollout as it is now. One side when all pods are of one release, two while they change over.
#[component]
pub fn RolloutView(
    /// The rollout.
    #[prop(into)]
    rollout: Signal<Rollout>,
) -> impl IntoView {
    let pictures = move || {
        rollout.with(|r| {
            let (old, new) = sides(r);
            let oldest = r.pods.iter().map(|p| p.release).filter(|n| *n != r.pods_of).max();
            let old = oldest.map(|n| {
                view! {
                    <div class="rollout-side">
                        <p class="rollout-name">{t!("old", "旧")} <b>{n}</b></p>
                        <ul class="pods">{squares(old)}</ul>
                    </div>
                    <span class="rollout-arrow"><Icon name="arrow-right" /></span>
                }
            });
            let name = if old.is_some() { t!("new", "新") } else { t!("release", "发布") };
            view! {
                {old}
                <div class="rollout-side">
                    <p class="rollout-name">{name} <b>{r.release}</b></p>
                    <ul class="pods">{squares(new)}</ul>
                </div>
            }
        })
    };
    view! {
        <div class="rollout">
            {pictures} <p class="rollout-says" aria-live="polite">{move || rollout.with(|r| r.summary.here())}</p>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AppState, PodRow};

    fn pod(release: u32, name: &str, state: PodState) -> RolloutPod {
        let pod = PodRow {
            namespace: "shop".into(),
            name: name.into(),
            state,
            reason: String::new(),
            ready: 0,
            containers: 1,
            restarts: 0,
            node: String::new(),
            ip: String::new(),
            cpu: crate::model::CpuMillis(0),
            memory: crate::model::Bytes(0),
            created_at: 0,
        };
        RolloutPod { release, pod, waits: None }
    }

    #[test]
    fn old_and_new_stand_apart_and_missing_ones_are_drawn() {
        let rollout = Rollout {
            state: AppState::RollingOut,
            since: 0,
            summary: crate::i18n::Text::same(""),
            replicas: 4,
            updated: 3,
            ready: 2,
            updated_ready: 1,
            release: 27,
            pods_of: 27,
            held: false,
            pods: vec![
                pod(27, "a", PodState::Ready),
                pod(27, "b", PodState::Pending),
                pod(27, "c", PodState::Failing),
                pod(27, "gone", PodState::Terminating),
                pod(26, "d", PodState::Ready),
                pod(26, "e", PodState::NotReady),
            ],
            events: Vec::new(),
            operation: None,
        };
        let (old, new) = sides(&rollout);
        let marks = |pods: &[PodSquare]| pods.iter().map(|p| p.mark).collect::<Vec<_>>();
        assert_eq!(marks(&old), [PodMark::Old, PodMark::Leaving]);
        assert_eq!(marks(&new), [PodMark::Ready, PodMark::Coming, PodMark::Failing, PodMark::Leaving, PodMark::Wanted]);
    }
}
