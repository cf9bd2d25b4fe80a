//! One node: conditions, taints, labels, its pods and what happened to it, live.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use crate::{
    api::clusters::get_node,
    components::{
        Cell, Column, DataTable, Fact, Facts, LinkButton, PageHeader, RelativeTime, Section, SkeletonText, State,
        StateBadge, StateCell, Tag,
    },
    live,
    load::Load,
    model::{ClusterId, NodeCondition, NodeDetail, NodeState, Topic},
    pages::{
        address::encode,
        cluster_head::cluster_id,
        cluster_parts::{capacities, event_list, pod_list},
        failure::Failure,
        words,
    },
    t, tf,
};

/// One node.
#[component]
pub fn NodePage() -> impl IntoView {
    let id = cluster_id();
    let params = use_params_map();
    let name = Memo::new(move |_| params.with(|p| p.get_str("name").unwrap_or_default().to_owned()));
    let node = Load::new(
        move || (id.get(), name.get()),
        |(id, name)| async move {
            match id.parse::<ClusterId>() {
                Ok(id) => get_node(id, name).await,
                Err(_) => Err(crate::UiError::not_found()),
            }
        },
    );
    view! {
        <Title text=move || name.get() />
        <div class="page">
            <Transition fallback=|| view! { <SkeletonText lines=8 title=true /> }>
                {move || Suspend::new(async move {
                    match node.await {
                        Ok(node) => view! { <Node node /> }.into_any(),
                        Err(error) => {
                            view! { <Failure error page=true retry=move |()| node.refetch() /> }.into_any()
                        }
                    }
                })}
            </Transition>
        </div>
    }
}

#[component]
fn Node(node: NodeDetail) -> impl IntoView {
    let cluster = node.cluster;
    let cluster_href = format!("/clusters/{cluster}");
    let cluster_name = node.cluster_name.clone();
    let name = node.row.name.clone();
    let pods_href = format!("/clusters/{cluster}/pods?node={}", encode(&name));
    let created = node.row.created_at;
    let node = live::value(Topic::Node { cluster, name: name.clone() }, node);
    let part = |f: fn(&NodeDetail) -> String| Signal::derive(move || node.with(f));
    let state = Memo::new(move |_| node.with(|n| n.row.state));
    let badge = Signal::derive(move || State::from(state.get()));
    let word = Signal::derive(move || words::node_state(state.get()).to_owned());
    let version = part(|n| n.row.version.clone());
    let address = part(|n| n.row.address.clone());
    let roles = part(|n| n.row.roles.join(", "));
    let capacity = Signal::derive(move || node.with(|n| n.row.capacity));
    let trouble = Memo::new(move |_| node.with(trouble));
    let conditions = Memo::new(move |_| node.with(|n| n.conditions.clone()));
    let taints = Memo::new(move |_| node.with(|n| n.taints.clone()));
    let labels = Memo::new(move |_| node.with(|n| n.labels.clone()));
    let pods = Memo::new(move |_| node.with(|n| n.pods.clone()));
    let events = Memo::new(move |_| node.with(|n| n.events.clone()));
    let total = Signal::derive(move || node.with(|n| n.row.capacity.pods_used));
    view! {
        <PageHeader
            title=name
            state=move || view! { <StateBadge state=badge word tint=true /> }
            since=move || view! { {t!("joined", "加入于")} " " <RelativeTime at=created /> }
            actions={
                let href = pods_href.clone();
                move || view! { <LinkButton href=href.clone()>{t!("Its pods", "查看 Pod")}</LinkButton> }
            }
            facts=move || {
                view! {
                    <span>
                        {t!("Cluster", "集群")} " "
                        <a href=cluster_href.clone()>{cluster_name.clone()}</a>
                    </span>
                    <span>
                        {t!("Kubelet", "Kubelet")} " " {move || version.get()}
                    </span>
                    <span class="mono">{move || address.get()}</span>
                    <span>{move || roles.get()}</span>
                }
            }
        />
        <div aria-live="polite">
            {move || trouble.get().map(|words| view! { <p class="page-lead">{words}</p> })}
        </div>
        <Section title=t!("Capacity", "容量")>{capacities(capacity)}</Section>
        <div class="columns">
            <Section title=t!("Conditions", "状况")>{move || condition_table(conditions.get())}</Section>
            <Section title=t!("System", "系统")>
                <Facts>
                    <Fact name=t!("Operating system", "操作系统")>{move || node.with(|n| n.os.clone())}</Fact>
                    <Fact name=t!("Kernel", "内核")>{move || node.with(|n| n.kernel.clone())}</Fact>
                    <Fact name=t!("Container runtime", "容器运行时")>
                        {move || node.with(|n| n.runtime.clone())}
                    </Fact>
                    <Fact name=t!("Architecture", "架构")>{move || node.with(|n| n.architecture.clone())}</Fact>
                    <Fact name=t!("Taints", "污点")>
                        <span class="tags">
                            {move || {
                                let taints = taints.get();
                                if taints.is_empty() {
                                    return t!("None", "无").into_any();
                                }
                                taints
                                    .into_iter()
                                    .map(|taint| {
                                        let value =
                                            if taint.value.is_empty() { String::new() } else { format!("={}", taint.value) };
                                        view! { <Tag>{format!("{}{value}:{}", taint.key, taint.effect)}</Tag> }
                                    })
                                    .collect_view()
                                    .into_any()
                            }}
                        </span>
                    </Fact>
                </Facts>
            </Section>
        </div>
        <Section
            title=t!("Pods", "Pod")
            tools=move || {
                let shown = pods.with(Vec::len);
                (u32::try_from(shown).unwrap_or(u32::MAX) < total.get())
                    .then(|| {
                        let n = total.get();
                        view! { <a href=pods_href.clone()>{tf!("All {n}", "全部 {n} 个")}</a> }
                    })
            }
        >
            {move || {
                let pods = pods.get();
                if pods.is_empty() {
                    view! { <p class="muted">{t!("No pod runs here.", "该节点上没有 Pod。")}</p> }.into_any()
                } else {
                    pod_list(&cluster.to_string(), t!("Pods of the node", "节点上的 Pod"), pods, false).into_any()
                }
            }}
        </Section>
        <Section title=t!("Events", "事件")>
            {move || {
                let events = events.get();
                if events.is_empty() {
                    view! {
                        <p class="muted">
                            {t!("Nothing was reported lately.", "近期没有事件。")}
                        </p>
                    }
                        .into_any()
                } else {
                    event_list(t!("Events of the node", "节点事件"), events).into_any()
                }
            }}
        </Section>
        <Section title=t!("Labels", "标签")>
            <span class="tags">
                {move || {
                    labels
                        .get()
                        .into_iter()
                        .map(|(key, value)| view! { <Tag>{format!("{key}={value}")}</Tag> })
                        .collect_view()
                }}
            </span>
        </Section>
    }
}

/// Why the node does not take work, in the kubelet's words.
fn trouble(node: &NodeDetail) -> Option<String> {
    match node.row.state {
        NodeState::Ready => None,
        NodeState::Cordoned => Some(
            t!(
                "It is cordoned: what runs here goes on, nothing new is scheduled here.",
                "该节点已停止调度：现有 Pod 继续运行，不再分配新的 Pod。"
            )
            .to_owned(),
        ),
        NodeState::Unknown => Some(
            t!(
                "Its kubelet has not reported for a while: the machine may be off, or cut off from the network.",
                "该节点的 kubelet 已有一段时间没有上报：机器可能已关机，或网络已断开。"
            )
            .to_owned(),
        ),
        NodeState::NotReady | NodeState::Pressure => {
            node.conditions.iter().find(|c| is_bad(c)).map(|c| format!("{}: {}", c.reason, c.message))
        }
    }
}

/// `Ready` should be true, everything else should not.
fn is_bad(condition: &NodeCondition) -> bool {
    (condition.kind == "Ready") != (condition.status == "True")
}

fn condition_table(conditions: Vec<NodeCondition>) -> impl IntoView {
    let columns = vec![
        Column::new(t!("Condition", "状况")),
        Column::new(t!("Status", "状态")),
        Column::new(t!("Message", "消息")),
        Column::new(t!("Since", "始于")).class("num"),
    ];
    let rows = conditions
        .into_iter()
        .map(|condition| {
            let state = if condition.status == "Unknown" {
                State::Unknown
            } else if is_bad(&condition) {
                State::Failed
            } else {
                State::Serving
            };
            let words = if condition.message.is_empty() { condition.reason } else { condition.message };
            view! {
                <tr role="row">
                    <th scope="row" role="rowheader">
                        {condition.kind}
                    </th>
                    <StateCell>
                        <StateBadge state word=condition.status />
                    </StateCell>
                    <Cell label=t!("Message", "消息") class="cell-wide">
                        {words}
                    </Cell>
                    <Cell label=t!("Since", "始于") class="num">
                        {condition.since.map(|at| view! { <RelativeTime at short=true /> })}
                    </Cell>
                </tr>
            }
        })
        .collect_view();
    view! {
        <DataTable caption=t!("Conditions of the node", "节点状况") columns dense=true>
            {rows}
        </DataTable>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_is_bad() {
        let condition = |kind: &str, status: &str| NodeCondition {
            kind: kind.into(),
            status: status.into(),
            reason: String::new(),
            message: String::new(),
            since: None,
        };
        assert!(!is_bad(&condition("Ready", "True")));
        assert!(is_bad(&condition("Ready", "False")) && is_bad(&condition("Ready", "Unknown")));
        assert!(is_bad(&condition("MemoryPressure", "True")));
        assert!(!is_bad(&condition("DiskPressure", "False")));
    }
}
