//! "Will it fit?": the namespace's quota and the room on nodes that take new pods, the surge of an upgrade included.
//! The reckoning is pure; what it reckons with comes from the watch index.

use app::{
    i18n::Text,
    model::{AppSpec, Bytes, CpuMillis, FitAnswer, FitCheck, FitCheckKind, PodNeeds, Quota},
    text,
};

use super::{
    fit_images::ImageSaid,
    fit_placing::{Asked, Before, Law, Placed, Stand, Survey},
    fit_short::node_check,
    fit_smaller::{TooLarge, smaller},
};
use crate::kubernetes::index::NodeRoom;

/// What is to run in place of what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish<'a> {
    /// What is to run.
    pub new: &'a AppSpec,
    /// What runs now and is replaced, pod by pod; and how many of its pods there are.
    pub old: Option<(&'a AppSpec, u32)>,
    /// Where these pods are, as far as that is known.
    pub standing: &'a [Stand],
    /// Whether those pods stay, since nothing about them differs: what is to run is more or fewer of them.
    pub stays: bool,
}

/// What the wish asks of the quota beyond what runs, at the moment when it asks for most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Peak {
    cpu: u64,
    memory: u64,
    pods: u32,
    /// Pods in all at that moment.
    most: u32,
}

impl Peak {
    /// Whether so much is free.
    fn is_within(&self, free: Quota) -> bool {
        self.cpu <= free.cpu.0 && self.memory <= free.memory.0 && self.pods <= free.pods
    }
}

impl Wish<'_> {
    /// The most that so many pods of that size ask for. A rolling update starts `surge` new pods beside the old ones, and ends
    /// with all new ones beside the last old ones; either may be the moment of the most.
    fn peak(&self, new: PodNeeds, replicas: u32) -> Peak {
        let all = |more: u32, most: u32| Peak {
            cpu: new.cpu.0.saturating_mul(more.into()),
            memory: new.most_memory.0.saturating_mul(more.into()),
            pods: more,
            most,
        };
        let Some((old, running)) = self.running() else { return all(replicas, replicas) };
        if self.stays {
            return all(replicas.saturating_sub(running), replicas.max(running));
        }
        let old = old.pod();
        let extra = self.new.surge(replicas);
        let first = replicas.saturating_add(extra).saturating_sub(running);
        let last = extra.min(running);
        let beyond = |new_each: u64, old_each: u64| {
            let before = old_each.saturating_mul(running.into());
            let begin = before.saturating_add(new_each.saturating_mul(first.into()));
            let end = new_each.saturating_mul(replicas.into()).saturating_add(old_each.saturating_mul(last.into()));
            begin.max(end).saturating_sub(before)
        };
        Peak {
            cpu: beyond(new.cpu.0, old.cpu.0),
            memory: beyond(new.most_memory.0, old.most_memory.0),
            pods: first,
            most: replicas.saturating_add(extra).max(running),
        }
    }

    /// What runs now, when there are pods of it.
    fn running(&self) -> Option<(&AppSpec, u32)> {
        self.old.filter(|(_, running)| *running > 0)
    }

    /// How many new pods there will be.
    fn replicas(&self) -> u32 {
        self.new.replicas_from(self.old.map_or(self.new.replicas, |(_, running)| running))
    }

    /// What so many pods of that size ask of the nodes.
    fn asked(&self, pod: PodNeeds, replicas: u32) -> Asked {
        let surge = self.new.surge(replicas);
        let numbered = self.new.is_stateful();
        let missing = if numbered { 1 } else { self.new.update.max_unavailable.of(replicas, false) };
        let before = match self.running() {
            None => Before::Nothing,
            Some((_, running)) if self.stays => Before::Stays(running),
            Some((old, running)) => Before::Leaves(running, old.pod()),
        };
        Asked {
            pod,
            replicas,
            surge,
            // Where shares round both to nothing, one pod may be missing.
            missing: if surge == 0 { missing.max(1) } else { missing },
            law: Law::of(&self.new.spread),
            numbered,
            before,
        }
    }
}

/// Reckons. `images` is what registries said, when they were asked; it is told and is no obstacle, because nodes may
/// reach registries that Longshore does not.
pub(super) fn reckon(wish: Wish<'_>, quota: Quota, used: Quota, nodes: &[NodeRoom], images: &[ImageSaid]) -> FitAnswer {
    let (pod, replicas) = (wish.new.pod(), wish.replicas());
    let peak = wish.peak(pod, replicas);
    let memory = quota_memory(peak.memory, quota.memory.0, used.memory.0);
    let quota_counts = !memory.ok;
    let mut checks =
        vec![quota_cpu(peak.cpu, quota.cpu.0, used.cpu.0), memory, quota_pods(peak.pods, quota.pods, used.pods)];
    let survey = Survey::of(nodes, wish.standing);
    let asked = wish.asked(pod, replicas);
    let (placed, ground) = survey.place(&asked, false);
    let (check, shortage) = node_check(wish.new, &survey, &asked, (&placed, &ground));
    checks.push(check);
    let short = checks.iter().find(|c| !c.ok).map(|c| &c.detail);
    let fits = short.is_none();
    let mut summary = summary(&wish, &peak, &survey, &placed, short);
    let free = left(quota, used);
    let smaller = (!fits).then(|| {
        let staying = wish.running().filter(|_| wish.stays).map_or(0, |(_, running)| running);
        smaller(TooLarge { pod, replicas, staying, quota_counts }, |smaller, replicas| {
            // Another size makes other pods, so that none of those that run stays.
            let wish = Wish { stays: wish.stays && smaller == pod, ..wish };
            let asked = wish.asked(smaller, replicas);
            wish.peak(smaller, replicas).is_within(free) && survey.place(&asked, true).0.fits
        })
    });
    let images: Vec<FitCheck> = images.iter().map(ImageSaid::check).collect();
    if let Some(image) = images.iter().find(|image| fits && !image.ok) {
        let detail = &image.detail;
        summary = Text {
            en: format!("{} But: {}", summary.en, detail.en),
            zh: format!("{}但是：{}", summary.zh, detail.zh),
        };
    }
    checks.extend(images);
    FitAnswer { fits, summary, checks, shortage, smaller, idle_hosts: None, notes: notes(wish.new) }
}

/// The answer in one line.
fn summary(wish: &Wish<'_>, peak: &Peak, survey: &Survey<'_>, placed: &Placed, short: Option<&Text>) -> Text {
    if let Some(short) = short {
        return Text { en: format!("Does not fit: {}", short.en), zh: format!("放不下：{}", short.zh) };
    }
    let (now, most, all) = (wish.replicas(), peak.most, survey.nodes());
    let on = placed.with_room.min(placed.wanted);
    if most > now && wish.old.is_some() && !wish.stays {
        text!(
            "Fits: {now} pods, {most} during the upgrade, on {on} of {all} nodes.",
            "可以放下：{now} 个 Pod，升级期间 {most} 个，分布在 {all} 个节点中的 {on} 个。"
        )
    } else {
        text!("Fits: {now} pods on {on} of {all} nodes.", "可以放下：{now} 个 Pod，分布在 {all} 个节点中的 {on} 个。")
    }
}

/// What is known to be left out of the reckoning.
fn notes(spec: &AppSpec) -> Vec<Text> {
    let mut notes = Vec::new();
    if spec.claims().next().is_some() {
        notes.push(text!(
            "A disk that lies on one node ties its pod to that node. That was not counted.",
            "位于某个节点上的磁盘会将其 Pod 固定在该节点，此处未计入。"
        ));
    }
    if !spec.patches.is_empty() {
        notes.push(text!(
            "Patches may say on which nodes the pods may run, or what they ask for. That was not counted.",
            "补丁可能限定 Pod 可运行的节点或其申请量，此处未计入。"
        ));
    }
    notes
}

/// What of a quota is free.
fn left(quota: Quota, used: Quota) -> Quota {
    Quota {
        cpu: CpuMillis(quota.cpu.0.saturating_sub(used.cpu.0)),
        memory: Bytes(quota.memory.0.saturating_sub(used.memory.0)),
        pods: quota.pods.saturating_sub(used.pods),
    }
}

fn quota_cpu(needed: u64, quota: u64, used: u64) -> FitCheck {
    let free = quota.saturating_sub(used);
    let (ok, short) = (needed <= free, CpuMillis(needed.saturating_sub(free)));
    let (needed, free) = (CpuMillis(needed), CpuMillis(free));
    let detail = if ok {
        text!(
            "CPU: {needed} cores more are needed, {free} of the quota are free.",
            "CPU：还需 {needed} 核，配额剩余 {free} 核。"
        )
    } else {
        text!(
            "CPU is short by {short} cores: {needed} more are needed, {free} of the quota are free. Ask for less, or have the quota raised.",
            "CPU 缺少 {short} 核：还需 {needed} 核，配额剩余 {free} 核。请减少申请量或提高配额。"
        )
    };
    FitCheck { kind: FitCheckKind::QuotaCpu, ok, detail }
}

fn quota_memory(needed: u64, quota: u64, used: u64) -> FitCheck {
    let free = quota.saturating_sub(used);
    let (ok, short) = (needed <= free, Bytes(needed.saturating_sub(free)));
    let (needed, free) = (Bytes(needed), Bytes(free));
    let detail = if ok {
        text!(
            "Memory: {needed} more are needed, {free} of the quota are free.",
            "内存：还需 {needed}，配额剩余 {free}。"
        )
    } else {
        text!(
            "Memory is short by {short}: {needed} more are needed, {free} of the quota are free. Ask for less, or have the quota raised.",
            "内存缺少 {short}：还需 {needed}，配额剩余 {free}。请减少申请量或提高配额。"
        )
    };
    FitCheck { kind: FitCheckKind::QuotaMemory, ok, detail }
}

fn quota_pods(needed: u32, quota: u32, used: u32) -> FitCheck {
    let free = quota.saturating_sub(used);
    let (ok, short) = (needed <= free, needed.saturating_sub(free));
    let detail = if ok {
        text!("Pods: {needed} more, {free} of the quota are free.", "Pod：还需 {needed} 个，配额剩余 {free} 个。")
    } else {
        text!(
            "{short} pods are too many for the quota: {needed} more are needed, {free} are free. Run fewer, or have the quota raised.",
            "超出配额 {short} 个 Pod：还需 {needed} 个，剩余 {free} 个。请减少副本或提高配额。"
        )
    };
    FitCheck { kind: FitCheckKind::QuotaPods, ok, detail }
}

#[cfg(test)]
#[path = "fit_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "fit_upgrade_tests.rs"]
mod upgrade_tests;
