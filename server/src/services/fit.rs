//! "Will it fit?": the namespace's quota and the room on nodes that take new pods, the surge of an upgrade included.
//! The reckoning is pure; what it reckons with comes from the watch index.

use std::collections::BTreeMap;

use app::{
    i18n::Text,
    model::{AppSpec, Bytes, CpuMillis, FitAnswer, FitCheck, FitCheckKind, PodNeeds, Quota, SpreadOver},
    text,
};

use crate::{kubernetes::index::NodeRoom, registry::RegistryError};

/// What is to run in place of what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish<'a> {
    /// What is to run.
    pub new: &'a AppSpec,
    /// What runs now and is replaced, pod by pod; and how many of its pods there are.
    pub old: Option<(&'a AppSpec, u32)>,
    /// Whether those pods stay, since nothing about them differs: what is to run is more or fewer of them.
    pub stays: bool,
}

/// What the wish asks for beyond what runs, at the moment when it asks for most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Peak {
    cpu: u64,
    memory: u64,
    pods: u32,
    /// Pods that must find a node while all old ones still run.
    placed: u32,
    /// Pods in all at that moment.
    most: u32,
}

impl Wish<'_> {
    /// A rolling update starts `surge` new pods beside the old ones, and ends with all new ones beside the last old
    /// ones; either may be the moment of the most.
    fn peak(&self) -> Peak {
        let new = self.new.pod();
        let replicas = self.replicas();
        let Some((old, running)) = self.old.filter(|(_, running)| *running > 0) else {
            let all = u64::from(replicas);
            return Peak {
                cpu: new.cpu.0.saturating_mul(all),
                memory: new.most_memory.0.saturating_mul(all),
                pods: replicas,
                placed: replicas,
                most: replicas,
            };
        };
        if self.stays {
            let more = replicas.saturating_sub(running);
            return Peak {
                cpu: new.cpu.0.saturating_mul(more.into()),
                memory: new.most_memory.0.saturating_mul(more.into()),
                pods: more,
                placed: more,
                most: replicas.max(running),
            };
        }
        let old = old.pod();
        let extra = self.new.surge(replicas);
        let first = (replicas + extra).saturating_sub(running);
        let last = extra.min(running);
        let beyond = |new_each: u64, old_each: u64| {
            let before = old_each.saturating_mul(running.into());
            let begin = before.saturating_add(new_each.saturating_mul(first.into()));
            let end = new_each.saturating_mul(replicas.into()).saturating_add(old_each.saturating_mul(last.into()));
            begin.max(end).saturating_sub(before)
        };
        let (cpu, memory) = (beyond(new.cpu.0, old.cpu.0), beyond(new.most_memory.0, old.most_memory.0));
        // New pods that are larger than the old ones need more than the places that the old ones leave.
        let asked = beyond(new.memory.0, old.memory.0);
        let larger = cpu.div_ceil(new.cpu.0.max(1)).max(asked.div_ceil(new.memory.0.max(1)));
        let placed = u32::try_from(larger).unwrap_or(u32::MAX).max(first).min(replicas);
        Peak { cpu, memory, pods: first, placed, most: (replicas + extra).max(running) }
    }

    /// How many new pods there will be.
    fn replicas(&self) -> u32 {
        self.new.replicas_from(self.old.map_or(self.new.replicas, |(_, running)| running))
    }
}

/// Reckons. `image` is what the registry said, when it was asked; it is told and is no obstacle, because nodes may
/// reach registries that Longshore does not.
pub(super) fn reckon(
    wish: Wish<'_>,
    quota: Quota,
    used: Quota,
    nodes: &[NodeRoom],
    image: Option<&Result<String, RegistryError>>,
) -> FitAnswer {
    let peak = wish.peak();
    let mut checks = vec![
        quota_cpu(peak.cpu, quota.cpu.0, used.cpu.0),
        quota_memory(peak.memory, quota.memory.0, used.memory.0),
        quota_pods(peak.pods, quota.pods, used.pods),
    ];
    let (room, on) = places(wish.new, nodes, peak.placed);
    checks.push(node_check(wish.new, wish.replicas(), nodes, peak.placed, room));
    let short: Vec<&Text> = checks.iter().filter(|c| !c.ok).map(|c| &c.detail).collect();
    let fits = short.is_empty();
    let (now, most) = (wish.replicas(), peak.most);
    let all = nodes.iter().filter(|n| takes_pods(n)).count();
    let mut summary = if let Some(first) = short.first() {
        Text { en: format!("Does not fit: {}", first.en), zh: format!("放不下：{}", first.zh) }
    } else if most > now && wish.old.is_some() && !wish.stays {
        text!(
            "Fits: {now} pods, {most} during the upgrade, on {on} of {all} nodes.",
            "可以放下：{now} 个 Pod，升级期间 {most} 个，分布在 {all} 个节点中的 {on} 个。"
        )
    } else {
        text!("Fits: {now} pods on {on} of {all} nodes.", "可以放下：{now} 个 Pod，分布在 {all} 个节点中的 {on} 个。")
    };
    if let Some(image) = image {
        let (ok, detail) = match image {
            Ok(digest) => (true, text!("The registry has it: {digest}.", "镜像仓库中存在：{digest}。")),
            Err(e) => (!matches!(e, RegistryError::NotFound | RegistryError::Denied), e.to_text()),
        };
        if !ok && fits {
            summary = Text {
                en: format!("{} But: {}", summary.en, detail.en),
                zh: format!("{}但是：{}", summary.zh, detail.zh),
            };
        }
        checks.push(FitCheck { kind: FitCheckKind::Image, ok, detail });
    }
    FitAnswer { fits, summary, checks }
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

/// Whether an application's pods may go to a node at all: they tolerate no taints.
fn takes_pods(node: &NodeRoom) -> bool {
    node.schedulable && !node.taints.iter().any(|t| t.effect == "NoSchedule" || t.effect == "NoExecute")
}

fn places_on(pod: PodNeeds, node: &NodeRoom) -> u64 {
    let by = |free: u64, asked: u64| free.checked_div(asked).unwrap_or(u64::MAX);
    by(node.cpu_free.0, pod.cpu.0)
        .min(by(node.memory_free.0, pod.memory.0))
        .min(by(node.storage_free.0, pod.storage.0))
        .min(u64::from(node.pods_free))
}

/// How many pods find a place, and on how many nodes `wanted` of them would go when spread.
fn places(spec: &AppSpec, nodes: &[NodeRoom], wanted: u32) -> (u64, u64) {
    let pod = spec.pod();
    let usable = || nodes.iter().filter(|n| takes_pods(n)).map(|node| (node, places_on(pod, node)));
    let with_room = u64::try_from(usable().filter(|(_, here)| *here > 0).count()).unwrap_or(u64::MAX);
    let on = with_room.min(u64::from(wanted));
    let room = match (spec.spread.strict, spec.spread.over) {
        (false, _) => usable().fold(0, |sum: u64, (_, here)| sum.saturating_add(here)),
        (true, SpreadOver::OnePerNode) => with_room,
        (true, SpreadOver::Nodes) => evenly(usable().map(|(_, here)| here).collect()),
        (true, SpreadOver::Zones) => {
            let mut zones: BTreeMap<&str, u64> = BTreeMap::new();
            for (node, here) in usable() {
                // A node that lies nowhere takes no pod that is spread over zones.
                if let Some(zone) = &node.zone {
                    let sum = zones.entry(zone).or_default();
                    *sum = sum.saturating_add(here);
                }
            }
            evenly(zones.into_values().collect())
        }
    };
    (room, on)
}

/// How many pods find a place where no domain may have more than one more than any other.
///
/// Source: <https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/#spread-constraint-definition>
fn evenly(domains: Vec<u64>) -> u64 {
    let least = domains.iter().copied().min().unwrap_or(0);
    domains.into_iter().fold(0, |sum: u64, here| sum.saturating_add(here.min(least.saturating_add(1))))
}

fn node_check(spec: &AppSpec, replicas: u32, nodes: &[NodeRoom], wanted: u32, room: u64) -> FitCheck {
    let usable = nodes.iter().filter(|n| takes_pods(n));
    let (count, most_cpu, most_memory) = usable.fold((0_u64, 0, 0), |(n, cpu, memory), node| {
        (n + 1, node.cpu_free.0.max(cpu), node.memory_free.0.max(memory))
    });
    // Each of its pods needs a node of its own in the end, also those that now run.
    let apart = spec.spread.strict && spec.spread.over == SpreadOver::OnePerNode;
    let ok = u64::from(wanted) <= room && !(apart && u64::from(replicas) > count);
    let PodNeeds { cpu, memory, storage, .. } = spec.pod();
    let detail = if ok {
        text!(
            "Nodes: {wanted} more pods of {cpu} cores and {memory} are needed, {room} find room on {count} nodes.",
            "节点：还需 {wanted} 个 Pod（{cpu} 核、{memory}），{count} 个节点共可容纳 {room} 个。"
        )
    } else if count == 0 {
        text!("No node takes new pods now.", "目前没有节点可以接收新的 Pod。")
    } else {
        let homeless = if apart { u64::from(replicas).saturating_sub(count) } else { 0 };
        let short = u64::from(wanted).saturating_sub(room).max(homeless);
        let (most_cpu, most_memory) = (CpuMillis(most_cpu), Bytes(most_memory));
        let mut told = text!(
            "{short} of {wanted} pods of {cpu} cores and {memory} find no node. The most that is free on one is {most_cpu} cores, and {most_memory} of memory. Ask for less, or have a node added.",
            "{wanted} 个 Pod（{cpu} 核、{memory}）中有 {short} 个没有节点可放。单个节点最多剩余 {most_cpu} 核、{most_memory} 内存。请减少申请量或增加节点。"
        );
        if spec.spread.strict {
            told.en.push_str(" They are to be spread strictly.");
            told.zh.push_str("这些 Pod 要求严格分散。");
        }
        if storage.0 > 0 {
            told.en.push_str(&format!(" Each asks for {storage} of the node's disk."));
            told.zh.push_str(&format!("每个 Pod 申请节点磁盘 {storage}。"));
        }
        told
    };
    FitCheck { kind: FitCheckKind::Nodes, ok, detail }
}

#[cfg(test)]
#[path = "fit_tests.rs"]
mod tests;
