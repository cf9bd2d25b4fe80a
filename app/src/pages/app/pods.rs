//! The pods of an application, newest release first.

use leptos::prelude::*;

use crate::{
    components::{Cell, Column, DataTable, Empty, RelativeTime, Section, State, StateBadge, StateCell},
    model::{AppDetail, RolloutPod},
    pages::words,
    t, tf,
};

/// What a pod's row says under its name: the cluster's own word, when it says more than the state does.
fn remark(pod: &RolloutPod) -> Option<String> {
    pod.waits
        .as_ref()
        .map(crate::i18n::Text::here)
        .or_else(|| (!matches!(pod.pod.reason.as_str(), "" | "Running" | "Pending")).then(|| pod.pod.reason.clone()))
}

/// The pods.
#[component]
pub(super) fn PodsTab(app: ReadSignal<AppDetail>) -> impl IntoView {
    let pods = Memo::new(move |_| app.with(|a| a.rollout.pods.clone()));
    view! {
        <Section title=t!("Pods", "Pod")>
            <Show
                when=move || pods.with(|p| !p.is_empty())
                fallback=|| {
                    view! {
                        <Empty
                            icon="container"
                            title=t!("No pods", "没有 Pod")
                            text=t!("The app is scaled to nothing, or its first pods are still to come.", "应用的副本数为零，或首批 Pod 尚未创建。")
                        />
                    }
                }
            >
                <DataTable
                    caption=t!("Pods", "Pod")
                    columns=vec![
                        Column::new(t!("Name", "名称")),
                        Column::new(t!("State", "状态")),
                        Column::new(t!("Release", "版本")).number(),
                        Column::new(t!("Ready", "就绪")).number(),
                        Column::new(t!("Restarts", "重启")).number(),
                        Column::new(t!("Node", "节点")),
                        Column::new(t!("Age", "存在时长")).number(),
                    ]
                >
                    <For each=move || pods.get() key=|p| p.pod.name.clone() let:pod>
                        <PodLine pods name=pod.pod.name.clone() first=pod />
                    </For>
                </DataTable>
            </Show>
        </Section>
    }
}

/// A row that follows its pod.
#[component]
fn PodLine(pods: Memo<Vec<RolloutPod>>, name: String, first: RolloutPod) -> impl IntoView {
    let wanted = name.clone();
    let pod = Memo::new(move |before: Option<&RolloutPod>| {
        pods.with(|pods| pods.iter().find(|p| p.pod.name == wanted).cloned())
            .or_else(|| before.cloned())
            .unwrap_or_else(|| first.clone())
    });
    view! {
        <tr role="row">
            <th scope="row" role="rowheader">
                <code>{name}</code>
                {move || pod.with(remark).map(|remark| view! { <span class="cell-sub">{remark}</span> })}
            </th>
            <StateCell>
                <StateBadge
                    state=Signal::derive(move || State::from(pod.with(|p| p.pod.state)))
                    word=Signal::derive(move || Some(words::pod_state(pod.with(|p| p.pod.state)).to_owned()))
                />
            </StateCell>
            <Cell label=t!("Release", "版本") class="num">{move || pod.with(|p| p.release)}</Cell>
            <Cell label=t!("Ready", "就绪") class="num">
                {move || pod.with(|p| tf!("{} of {}", "{} / {}", p.pod.ready, p.pod.containers))}
            </Cell>
            <Cell label=t!("Restarts", "重启") class="num">{move || pod.with(|p| p.pod.restarts)}</Cell>
            <Cell label=t!("Node", "节点")>
                {move || {
                    pod.with(|p| {
                        if p.pod.node.is_empty() { t!("not scheduled", "未调度").to_owned() } else { p.pod.node.clone() }
                    })
                }}
            </Cell>
            <Cell label=t!("Age", "存在时长") class="num">
                <RelativeTime at=Signal::derive(move || pod.with(|p| p.pod.created_at)) short=true />
            </Cell>
        </tr>
    }
}
