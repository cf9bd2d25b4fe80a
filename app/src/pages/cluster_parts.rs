//! Short lists that a cluster's pages share: pods and events in a few rows.

use leptos::prelude::*;

use crate::{
    components::{
        BarLegend, BarValues, CapacityBar, Cell, Column, DataTable, RelativeTime, State, StateBadge, StateCell,
        bar::{cpu_words, memory_words},
        pagination::group,
    },
    model::{Capacity, EventRow, Millis, PodRow},
    pages::{address::encode, words},
    t, tf,
};

/// CPU, memory and pods as bars.
pub fn capacities(capacity: Signal<Capacity>) -> impl IntoView {
    let text = move |f: fn(&Capacity) -> String| Signal::derive(move || capacity.with(f));
    let values = move |f: fn(&Capacity) -> BarValues| Signal::derive(move || capacity.with(f));
    view! {
        <div class="capacities">
            <CapacityBar name="CPU" text=text(cpu_words) values=values(BarValues::cpu) />
            <CapacityBar name=t!("Memory", "内存") text=text(memory_words) values=values(BarValues::memory) />
            <CapacityBar name=t!("Pods", "Pod") text=text(pod_words) values=values(BarValues::pods) />
        </div>
        <BarLegend />
    }
}

fn pod_words(capacity: &Capacity) -> String {
    let (used, total) = (group(capacity.pods_used.into()), group(capacity.pods.into()));
    tf!("{used} of {total}", "{used} / {total}")
}

/// A few pods. `node` says whether their nodes are shown: on a node's own page they are all the same.
pub fn pod_list(cluster: &str, caption: &'static str, pods: Vec<PodRow>, node: bool) -> impl IntoView + use<> {
    let mut columns = vec![
        Column::new(t!("Name", "名称")),
        Column::new(t!("State", "状态")),
        Column::new(t!("Ready", "就绪")).number(),
        Column::new(t!("Restarts", "重启次数")).number(),
    ];
    if node {
        columns.push(Column::new(t!("Node", "节点")));
    }
    columns.extend([
        Column::new(t!("CPU requested", "CPU 申请")).class("num col-mid"),
        Column::new(t!("Memory requested", "内存申请")).class("num col-mid"),
        Column::new(t!("Age", "创建时长")).class("num col-low"),
    ]);
    let rows = pods
        .into_iter()
        .map(|pod| {
            let href = format!("/clusters/{cluster}/pods?namespace={}&q={}", encode(&pod.namespace), encode(&pod.name));
            let on = node.then(|| {
                let href = format!("/clusters/{cluster}/nodes/{}", encode(&pod.node));
                let link = (!pod.node.is_empty()).then(|| view! { <a href=href>{pod.node.clone()}</a> });
                view! { <Cell label=t!("Node", "节点")>{link}</Cell> }
            });
            view! {
                <tr role="row">
                    <th scope="row" role="rowheader">
                        <a href=href>{pod.name}</a>
                        <span class="cell-sub">{pod.namespace}</span>
                    </th>
                    <StateCell>
                        <StateBadge state=State::from(pod.state) word=words::pod_state(pod.state) />
                        <span class="cell-sub">{pod.reason}</span>
                    </StateCell>
                    <Cell label=t!("Ready", "就绪") class="num">
                        {format!("{} / {}", pod.ready, pod.containers)}
                    </Cell>
                    <Cell label=t!("Restarts", "重启次数") class="num">
                        {pod.restarts}
                    </Cell>
                    {on}
                    <Cell label=t!("CPU requested", "CPU 申请") class="num col-mid">
                        {pod.cpu.to_string()}
                    </Cell>
                    <Cell label=t!("Memory requested", "内存申请") class="num col-mid">
                        {pod.memory.to_string()}
                    </Cell>
                    <Cell label=t!("Age", "创建时长") class="num col-low">
                        <RelativeTime at=pod.created_at short=true />
                    </Cell>
                </tr>
            }
        })
        .collect_view();
    view! {
        <DataTable caption columns dense=true>
            {rows}
        </DataTable>
    }
}

/// What events say, newest first.
pub fn event_list(caption: &'static str, events: Vec<EventRow>) -> impl IntoView {
    let columns = vec![
        Column::new(t!("Reason", "原因")),
        Column::new(t!("Object", "对象")),
        Column::new(t!("Message", "消息")),
        Column::new(t!("Count", "次数")).number(),
        Column::new(t!("Last", "最近一次")).class("num"),
    ];
    let rows = events
        .into_iter()
        .map(|event| {
            let state = if event.warning { State::Degraded } else { State::Idle };
            let at: Millis = event.at;
            let place = if event.namespace.is_empty() {
                event.object
            } else {
                format!("{} · {}", event.namespace, event.object)
            };
            view! {
                <tr role="row">
                    <th scope="row" role="rowheader">
                        <StateBadge state word=event.reason />
                    </th>
                    <Cell label=t!("Object", "对象") class="cell-wide">
                        <span class="mono">{place}</span>
                    </Cell>
                    <Cell label=t!("Message", "消息") class="cell-wide">
                        {event.message}
                    </Cell>
                    <Cell label=t!("Count", "次数") class="num">
                        {event.count}
                    </Cell>
                    <Cell label=t!("Last", "最近一次") class="num">
                        <RelativeTime at />
                    </Cell>
                </tr>
            }
        })
        .collect_view();
    view! {
        <DataTable caption columns dense=true>
            {rows}
        </DataTable>
    }
}
