//! The pods of a cluster: filtered, sorted and paged on the server, live, all of it in the address.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    api::clusters::list_pods,
    components::{Cell, Column, DataTable, Empty, RelativeTime, SkeletonRows, State, StateBadge, StateCell},
    live,
    load::Load,
    model::{Page, Permission, PodQuery, PodRow, Topic, Viewer},
    pages::{
        address::encode,
        cluster_head::{ClusterHead, cluster_id},
        list::{Choices, FilterField, FilterLine, Pager, chosen, nothing_passes, sorting},
        parts::shown,
        words,
    },
    t,
};

/// The pods of a cluster.
#[component]
pub fn PodsPage() -> impl IntoView {
    let id = cluster_id();
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        query.with(|q| PodQuery {
            cluster: id.get(),
            q: chosen(q, "q"),
            namespace: chosen(q, "namespace"),
            node: chosen(q, "node"),
            state: chosen(q, "state"),
            sort: chosen(q, "sort"),
            page: chosen(q, "page"),
            per_page: None,
        })
    });
    let pods = Load::new(
        move || asked.get(),
        |asked| async move {
            let page = list_pods(asked.clone()).await;
            (asked, page)
        },
    );
    view! {
        <Title text=t!("Pods", "Pod") />
        <div class="page">
            <ClusterHead id current="pods" />
            <FilterLine label=t!("Filter the pods", "筛选 Pod") keep=&["state", "sort"]>
                <FilterField name="q" label=t!("Name, or app=value", "名称，或 app=值") search=true />
                <FilterField name="namespace" label=t!("Namespace", "命名空间") />
                <FilterField name="node" label=t!("Node", "节点") />
                <Choices
                    name="state"
                    label=t!("State", "状态")
                    choices=vec![
                        ("running", t!("Running", "运行中")),
                        ("pending", t!("Pending", "等待中")),
                        ("failing", t!("Failing", "异常")),
                        ("succeeded", t!("Succeeded", "已完成")),
                        ("terminating", t!("Terminating", "正在终止")),
                    ]
                />
            </FilterLine>
            <Transition fallback=|| view! { <SkeletonRows rows=12 columns=8 /> }>
                {move || Suspend::new(async move {
                    let (asked, page) = pods.await;
                    shown(page, false, move || pods.refetch(), move |page| view! { <PodTable asked page /> })
                })}
            </Transition>
        </div>
    }
}

#[component]
fn PodTable(asked: PodQuery, page: Page<PodRow>) -> impl IntoView {
    let (sort, sort_href) = sorting("name");
    let sees_nodes = expect_context::<Viewer>().may(Permission::NodeRead);
    let cluster = StoredValue::new(asked.cluster.clone());
    let unfiltered = asked.q.is_none() && asked.state.is_none() && asked.namespace.is_none() && asked.node.is_none();
    // A table for another question starts with rows of its own, for the old ones follow the old question.
    let question = StoredValue::new(format!("{asked:?}"));
    let page = live::page(Topic::Pods(asked), page);
    let columns = vec![
        Column::new(t!("Name", "名称")).sort("name"),
        Column::new(t!("State", "状态")).sort("state"),
        Column::new(t!("Ready", "就绪")).number(),
        Column::new(t!("Restarts", "重启次数")).number().sort("restarts"),
        Column::new(t!("Node", "节点")).sort("node"),
        Column::new(t!("CPU requested", "CPU 申请")).class("num col-mid").sort("cpu"),
        Column::new(t!("Memory requested", "内存申请")).class("num col-mid").sort("memory"),
        Column::new(t!("Age", "创建时长")).class("num col-low").sort("age"),
    ];
    let keys = move || page.with(|p| p.rows.iter().map(|r| (r.namespace.clone(), r.name.clone())).collect::<Vec<_>>());
    let none = Memo::new(move |_| page.with(|p| p.rows.is_empty()));
    view! {
        <DataTable caption=t!("Pods", "Pod") columns sort sort_href>
            <For
                each=keys
                key=move |(namespace, name)| question.with_value(|q| format!("{q}{namespace}/{name}"))
                let((namespace, name))
            >
                {pod_row(cluster.get_value(), namespace, name, page, sees_nodes)}
            </For>
        </DataTable>
        {move || {
            none.get()
                .then(|| {
                    if unfiltered {
                        view! { <Empty icon="container" title=t!("There is no pod here yet.", "这里还没有 Pod。") /> }
                            .into_any()
                    } else {
                        nothing_passes(t!("No pod passes the filter.", "没有符合条件的 Pod。")).into_any()
                    }
                })
        }}
        <Pager label=t!("Pages of pods", "Pod 分页") page />
    }
}

/// One pod. Its cells follow its own row alone.
fn pod_row(
    cluster: String,
    namespace: String,
    name: String,
    page: ReadSignal<Page<PodRow>>,
    sees_nodes: bool,
) -> impl IntoView {
    let row = {
        let (namespace, name) = (namespace.clone(), name.clone());
        Memo::new(move |_| page.with(|p| p.rows.iter().find(|r| r.name == name && r.namespace == namespace).cloned()))
    };
    // A row that is gone is about to be taken away: until then it shows nothing.
    let with =
        move |f: fn(&PodRow) -> String| Signal::derive(move || row.with(|r| r.as_ref().map(f).unwrap_or_default()));
    let state = Signal::derive(move || row.with(|r| r.as_ref().map_or(State::Unknown, |r| r.state.into())));
    let word = with(|r| words::pod_state(r.state).to_owned());
    let created = Signal::derive(move || row.with(|r| r.as_ref().map(|r| r.created_at).unwrap_or_default()));
    let node = Memo::new(move |_| row.with(|r| r.as_ref().map(|r| r.node.clone()).unwrap_or_default()));
    let (reason, ready, restarts) = (
        with(|r| r.reason.clone()),
        with(|r| format!("{} / {}", r.ready, r.containers)),
        with(|r| r.restarts.to_string()),
    );
    let (cpu, memory) = (with(|r| r.cpu.to_string()), with(|r| r.memory.to_string()));
    view! {
        <tr role="row">
            <th scope="row" role="rowheader">
                <span class="mono">{name}</span>
                <span class="cell-sub">{namespace}</span>
            </th>
            <StateCell>
                <StateBadge state word />
                <span class="cell-sub">{move || reason.get()}</span>
            </StateCell>
            <Cell label=t!("Ready", "就绪") class="num">{move || ready.get()}</Cell>
            <Cell label=t!("Restarts", "重启次数") class="num">{move || restarts.get()}</Cell>
            <Cell label=t!("Node", "节点")>
                {move || {
                    let node = node.get();
                    if sees_nodes && !node.is_empty() {
                        let href = format!("/clusters/{cluster}/nodes/{}", encode(&node));
                        view! { <a href=href>{node}</a> }.into_any()
                    } else {
                        node.into_any()
                    }
                }}
            </Cell>
            <Cell label=t!("CPU requested", "CPU 申请") class="num col-mid">{move || cpu.get()}</Cell>
            <Cell label=t!("Memory requested", "内存申请") class="num col-mid">{move || memory.get()}</Cell>
            <Cell label=t!("Age", "创建时长") class="num col-low">
                <RelativeTime at=created short=true />
            </Cell>
        </tr>
    }
}
