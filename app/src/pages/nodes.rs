//! The nodes of a cluster: filtered, sorted and paged on the server, live, all of it in the address.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    api::clusters::list_nodes,
    components::{
        BarValues, Cell, Column, DataTable, Empty, RelativeTime, Share, SkeletonRows, State, StateBadge, StateCell,
        bar::{cpu_share, cpu_words, memory_share, memory_words},
    },
    live,
    load::Load,
    model::{NodeQuery, NodeRow, Page, Topic},
    pages::{
        address::encode,
        cluster_head::{ClusterHead, cluster_id},
        list::{Choices, FilterField, FilterLine, Pager, chosen, nothing_passes, sorting},
        parts::shown,
        words,
    },
    t,
};

/// The nodes of a cluster.
#[component]
pub fn NodesPage() -> impl IntoView {
    let id = cluster_id();
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        query.with(|q| NodeQuery {
            cluster: id.get(),
            q: chosen(q, "q"),
            state: chosen(q, "state"),
            sort: chosen(q, "sort"),
            page: chosen(q, "page"),
            per_page: None,
        })
    });
    let nodes = Load::new(
        move || asked.get(),
        |asked| async move {
            let page = list_nodes(asked.clone()).await;
            (asked, page)
        },
    );
    view! {
        <Title text=t!("Nodes", "节点") />
        <div class="page">
            <ClusterHead id current="nodes" />
            <FilterLine label=t!("Filter the nodes", "筛选节点") keep=&["state", "sort"]>
                <FilterField
                    name="q"
                    label=t!("Name, address, role, key=value", "名称、地址、角色、key=value")
                    search=true
                />
                <Choices
                    name="state"
                    label=t!("State", "状态")
                    choices=vec![
                        ("ready", t!("Ready", "就绪")),
                        ("not_ready", t!("Not ready", "未就绪")),
                        ("cordoned", t!("Cordoned", "已停止调度")),
                        ("pressure", t!("Under pressure", "资源紧张")),
                    ]
                />
            </FilterLine>
            <Transition fallback=|| view! { <SkeletonRows rows=12 columns=8 /> }>
                {move || Suspend::new(async move {
                    let (asked, page) = nodes.await;
                    shown(page, false, move || nodes.refetch(), move |page| view! { <NodeTable asked page /> })
                })}
            </Transition>
        </div>
    }
}

#[component]
fn NodeTable(asked: NodeQuery, page: Page<NodeRow>) -> impl IntoView {
    let (sort, sort_href) = sorting("name");
    let cluster = StoredValue::new(asked.cluster.clone());
    let unfiltered = asked.q.is_none() && asked.state.is_none();
    // A table for another question starts with rows of its own, for the old ones follow the old question.
    let question = StoredValue::new(format!("{asked:?}"));
    let page = live::page(Topic::Nodes(asked), page);
    let columns = vec![
        Column::new(t!("Name", "名称")).sort("name"),
        Column::new(t!("State", "状态")).sort("state"),
        Column::new(t!("Roles", "角色")).class("col-mid"),
        Column::new(t!("Version", "版本")).class("col-mid").sort("version"),
        Column::new("CPU").sort("cpu"),
        Column::new(t!("Memory", "内存")).sort("memory"),
        Column::new(t!("Pods", "Pod")).number().sort("pods"),
        Column::new(t!("Age", "创建时长")).class("num col-low").sort("age"),
    ];
    let keys = move || page.with(|p| p.rows.iter().map(|r| r.name.clone()).collect::<Vec<_>>());
    let none = Memo::new(move |_| page.with(|p| p.rows.is_empty()));
    view! {
        <DataTable caption=t!("Nodes", "节点") columns sort sort_href>
            <For each=keys key=move |name| question.with_value(|q| format!("{q}{name}")) let:name>
                {node_row(cluster.get_value(), name, page)}
            </For>
        </DataTable>
        {move || {
            none.get()
                .then(|| {
                    if unfiltered {
                        view! { <Empty icon="hard-drive" title=t!("The cluster has reported no node yet.", "集群尚未上报任何节点。") /> }
                            .into_any()
                    } else {
                        nothing_passes(t!("No node passes the filter.", "没有符合条件的节点。")).into_any()
                    }
                })
        }}
        <Pager label=t!("Pages of nodes", "节点分页") page />
    }
}

/// One node. Its cells follow its own row alone.
fn node_row(cluster: String, name: String, page: ReadSignal<Page<NodeRow>>) -> impl IntoView {
    let href = format!("/clusters/{cluster}/nodes/{}", encode(&name));
    let row = {
        let name = name.clone();
        Memo::new(move |_| page.with(|p| p.rows.iter().find(|r| r.name == name).cloned()))
    };
    // A row that is gone is about to be taken away: until then it shows nothing.
    let with =
        move |f: fn(&NodeRow) -> String| Signal::derive(move || row.with(|r| r.as_ref().map(f).unwrap_or_default()));
    let state = Signal::derive(move || row.with(|r| r.as_ref().map_or(State::Unknown, |r| r.state.into())));
    let word = with(|r| words::node_state(r.state).to_owned());
    let cpu = Signal::derive(move || row.with(|r| r.as_ref().map(|r| BarValues::cpu(&r.capacity)).unwrap_or_default()));
    let memory =
        Signal::derive(move || row.with(|r| r.as_ref().map(|r| BarValues::memory(&r.capacity)).unwrap_or_default()));
    let cpu_text = with(|r| cpu_share(r.capacity.cpu_requested, r.capacity.cpu));
    let memory_text = with(|r| memory_share(r.capacity.memory_requested, r.capacity.memory));
    let cpu_title = with(|r| cpu_words(&r.capacity));
    let memory_title = with(|r| memory_words(&r.capacity));
    let created = Signal::derive(move || row.with(|r| r.as_ref().map(|r| r.created_at).unwrap_or_default()));
    let (address, roles, version) =
        (with(|r| r.address.clone()), with(|r| words::roles(&r.roles)), with(|r| r.version.clone()));
    let pods = with(|r| format!("{} / {}", r.capacity.pods_used, r.capacity.pods));
    view! {
        <tr role="row">
            <th scope="row" role="rowheader">
                <a href=href>{name}</a>
                <span class="cell-sub">{move || address.get()}</span>
            </th>
            <StateCell>
                <StateBadge state word />
            </StateCell>
            <Cell label=t!("Roles", "角色") class="col-mid">{move || roles.get()}</Cell>
            <Cell label=t!("Version", "版本") class="col-mid">{move || version.get()}</Cell>
            <Cell label="CPU">
                <span title=move || cpu_title.get()>
                    <Share text=cpu_text values=cpu />
                </span>
            </Cell>
            <Cell label=t!("Memory", "内存")>
                <span title=move || memory_title.get()>
                    <Share text=memory_text values=memory />
                </span>
            </Cell>
            <Cell label=t!("Pods", "Pod") class="num">{move || pods.get()}</Cell>
            <Cell label=t!("Age", "创建时长") class="num col-low">
                <RelativeTime at=created short=true />
            </Cell>
        </tr>
    }
}
