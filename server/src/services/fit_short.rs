//! The room on nodes in sentences and numbers: how many pods find a place, and of what there is too little where none do.

use std::cmp::Reverse;

use app::{
    i18n::Text,
    model::{AppSpec, Bytes, CpuMillis, FitCheck, FitCheckKind, NodeResource, NodeShortage, PodNeeds, ResourceShort},
    text,
};

use super::{
    fit_ground::{Ground, PARTS, places_in, taken},
    fit_placing::{Asked, Law, Placed, Survey},
};

/// What came of placing pods, and what is short when some have no place.
pub(super) fn node_check(
    spec: &AppSpec,
    survey: &Survey<'_>,
    asked: &Asked,
    (placed, ground): (&Placed, &Ground),
) -> (FitCheck, Option<NodeShortage>) {
    let (wanted, room, nodes) = (placed.wanted, placed.room, survey.nodes());
    let PodNeeds { cpu, memory, storage, .. } = asked.pod;
    let check = |detail| FitCheck { kind: FitCheckKind::Nodes, ok: placed.fits, detail };
    if placed.fits {
        let detail = text!(
            "Nodes: {wanted} more pods of {cpu} cores and {memory} are needed, {room} find room on {nodes} nodes.",
            "节点：还需 {wanted} 个 Pod（{cpu} 核、{memory}），{nodes} 个节点共可容纳 {room} 个。"
        );
        return (check(detail), None);
    }
    let homeless = wanted.saturating_sub(room);
    let short = short(survey, asked, ground);
    let mut told = if nodes == 0 {
        let closed = survey.closed();
        text!(
            "No node takes new pods now: {closed} are cordoned, not ready, or have a taint that keeps the pods off.",
            "目前没有节点可以接收新的 Pod：{closed} 个节点已封锁、未就绪或带有排斥这些 Pod 的污点。"
        )
    } else {
        text!(
            "{homeless} of {wanted} pods of {cpu} cores and {memory} find no node.",
            "{wanted} 个 Pod（{cpu} 核、{memory}）中有 {homeless} 个没有节点可放。"
        )
    };
    if let Some(most) = short.first() {
        add(&mut told, &sentence(most, nodes));
    }
    if spec.spread.strict && nodes > 0 {
        add(&mut told, &text!("They are to be spread strictly.", "这些 Pod 要求严格分散。"));
    }
    if storage.0 > 0 && nodes > 0 {
        add(&mut told, &text!("Each asks for {storage} of the node's disk.", "每个 Pod 申请节点磁盘 {storage}。"));
    }
    if nodes > 0 {
        add(&mut told, &text!("Ask for less, or have a node added.", "请减少申请量或增加节点。"));
    }
    let shortage = NodeShortage { nodes: number(nodes), wanted: number(wanted), homeless: number(homeless), short };
    (check(told), Some(shortage))
}

/// Of what nodes have too little for one pod more, when as many as fit have their place: what is short on most nodes first.
fn short(survey: &Survey<'_>, asked: &Asked, ground: &Ground) -> Vec<ResourceShort> {
    let pod = taken(asked.pod);
    // Per resource: on how many nodes it is short, and the least that is missing, where nothing else is and anywhere.
    let mut parts = PARTS.map(|resource| (resource, 0_u32, None::<u64>, u64::MAX));
    for free in survey.free(asked.law, ground) {
        let places = places_in(free, pod);
        if asked.law == Law::Apart && places > 0 {
            continue;
        }
        let mut lacks = pod;
        for (lack, free) in lacks.iter_mut().zip(free) {
            *lack = lack.saturating_sub(free.saturating_sub(places.saturating_mul(*lack)));
        }
        let alone = lacks.iter().filter(|lack| **lack > 0).count() == 1;
        for (lack, (_, nodes, by_itself, least)) in lacks.into_iter().zip(&mut parts).filter(|(lack, _)| *lack > 0) {
            *nodes += 1;
            *least = lack.min(*least);
            if alone {
                *by_itself = Some(by_itself.map_or(lack, |least| least.min(lack)));
            }
        }
    }
    let mut found: Vec<_> = parts
        .into_iter()
        .filter(|(_, nodes, ..)| *nodes > 0)
        .map(|(resource, nodes, by_itself, least)| ResourceShort { resource, nodes, least: by_itself.unwrap_or(least) })
        .collect();
    found.sort_by_key(|short| Reverse(short.nodes));
    found
}

/// On how many nodes something is short, and by how much.
fn sentence(short: &ResourceShort, all: u64) -> Text {
    let ResourceShort { resource, nodes, least } = *short;
    match resource {
        NodeResource::Cpu => {
            let least = CpuMillis(least);
            text!(
                "On {nodes} of {all} nodes CPU is short, on the roomiest by {least} cores.",
                "{all} 个节点中有 {nodes} 个 CPU 不足，其中最宽裕的还差 {least} 核。"
            )
        }
        NodeResource::Memory => {
            let least = Bytes(least);
            text!(
                "On {nodes} of {all} nodes memory is short, on the roomiest by {least}.",
                "{all} 个节点中有 {nodes} 个内存不足，其中最宽裕的还差 {least}。"
            )
        }
        NodeResource::Storage => {
            let least = Bytes(least);
            text!(
                "On {nodes} of {all} nodes disk is short, on the roomiest by {least}.",
                "{all} 个节点中有 {nodes} 个磁盘不足，其中最宽裕的还差 {least}。"
            )
        }
        NodeResource::Pods => text!(
            "{nodes} of {all} nodes have as many pods as they may have.",
            "{all} 个节点中有 {nodes} 个的 Pod 数量已达上限。"
        ),
    }
}

/// Adds a sentence; Chinese ones stand side by side without a space.
fn add(told: &mut Text, more: &Text) {
    told.en.push(' ');
    told.en.push_str(&more.en);
    told.zh.push_str(&more.zh);
}

fn number(n: u64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
