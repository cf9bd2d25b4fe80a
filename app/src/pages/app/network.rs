//! The ways to an application: its web addresses with what became of each, and its ports.

use leptos::prelude::*;

use crate::{
    api::apps::get_network,
    components::{
        Cell, Column, Copyable, DataTable, Empty, Icon, LinkButton, Section, SkeletonRows, State, StateBadge,
    },
    load::Load,
    model::{AppDetail, Network, Permission, PortAddress, Protocol, RouteAddress, RouteState},
    pages::parts::{may, shown},
    t,
};

/// A link that leaves Longshore for an application, in a tab of its own.
#[component]
pub(super) fn Leaves(url: String) -> impl IntoView {
    let shown = url.clone();
    view! {
        <a class="address" href=url target="_blank" rel="external noopener noreferrer">
            {shown}
            <Icon name="arrow-up-right" />
        </a>
    }
}

fn word(state: RouteState) -> (State, &'static str) {
    match state {
        RouteState::Ready => (State::Serving, t!("Taken up", "已接管")),
        RouteState::Waiting => (State::Unknown, t!("Not taken up", "未接管")),
        RouteState::Refused => (State::Failed, t!("Refused", "被拒绝")),
        RouteState::Missing => (State::Failed, t!("Missing", "缺失")),
    }
}

/// The ways to the application. They are asked for when the page is opened, and again when a release has come further.
#[component]
pub(super) fn NetworkTab(app: ReadSignal<AppDetail>) -> impl IntoView {
    let id = app.with_untracked(|a| a.row.id);
    let source = move || app.with(|a| (a.row.release, a.row.state, a.rollout.operation.is_some()));
    let network = Load::new(source, move |_| get_network(id));
    view! {
        <Transition fallback=|| view! { <SkeletonRows /> }>
            {move || Suspend::new(async move {
                shown(
                    network.await,
                    false,
                    move || network.refetch(),
                    move |network: Network| view! { <Ways network upgrade=format!("/apps/{id}/upgrade") /> },
                )
            })}
        </Transition>
    }
}

#[component]
fn Ways(network: Network, upgrade: String) -> impl IntoView {
    let Network { ports, own_addresses, routes, .. } = network;
    let none = routes.is_empty();
    let serves = !ports.is_empty();
    let change = may(Permission::AppPublish);
    view! {
        <Section title=t!("Web addresses", "访问地址")>
            {if none {
                view! {
                    <Empty
                        icon="globe"
                        title=t!("No web address", "没有访问地址")
                        text=if serves {
                            t!(
                                "An upgrade gives it one: a host's name, with a path or without.",
                                "可通过升级添加：主机名，可带路径。"
                            )
                        } else {
                            t!("It serves no port, so that nothing could answer there.", "该应用没有端口，无法提供访问。")
                        }
                    >
                        {(change && serves)
                            .then(|| {
                                view! {
                                    <LinkButton href=upgrade icon="pencil">
                                        {t!("Add one by an upgrade", "通过升级添加")}
                                    </LinkButton>
                                }
                            })}
                    </Empty>
                }
                    .into_any()
            } else {
                view! { <Routes routes /> }.into_any()
            }}
        </Section>
        {serves.then(|| view! { <Ports ports own_addresses /> })}
    }
}

#[component]
fn Routes(routes: Vec<RouteAddress>) -> impl IntoView {
    let rows = routes.into_iter().map(|route| {
        let (state, word) = word(route.state);
        let (kind, name) = route.object;
        view! {
            <tr role="row">
                <th scope="row" role="rowheader">
                    <Leaves url=route.url />
                </th>
                <Cell label=t!("State", "状态")>
                    <StateBadge state word=word.to_owned() />
                </Cell>
                <Cell label="" class="cell-wide">
                    {route.note.here()}
                </Cell>
                <Cell label=t!("Object", "对象")>
                    <code>{format!("{kind} {name}")}</code>
                </Cell>
            </tr>
        }
    });
    view! {
        <DataTable
            caption=t!("Web addresses", "访问地址")
            columns=vec![
                Column::new(t!("Address", "地址")),
                Column::new(t!("State", "状态")),
                Column::new(t!("What the cluster says", "集群反馈")),
                Column::new(t!("Object", "对象")),
            ]
        >
            {rows.collect_view()}
        </DataTable>
    }
}

#[component]
fn Ports(ports: Vec<PortAddress>, own_addresses: Option<Vec<String>>) -> impl IntoView {
    let rows = ports.into_iter().map(|port| {
        view! {
            <tr role="row">
                <th scope="row" role="rowheader">{port.name}</th>
                <Cell label=t!("Inside the cluster", "集群内部") class="cell-wide">
                    <Copyable text=port.inside />
                </Cell>
                <Cell label=t!("Port of every node", "节点端口")>
                    {match port.node_port {
                        Some(port) => view! { <code>{port}</code> }.into_any(),
                        None => view! { <span class="muted">"–"</span> }.into_any(),
                    }}
                </Cell>
                <Cell label=t!("Protocol", "协议")>
                    {match port.protocol {
                        Protocol::Tcp => "TCP",
                        Protocol::Udp => "UDP",
                    }}
                </Cell>
            </tr>
        }
    });
    let own = own_addresses.map(|all| {
        let none = all.is_empty();
        view! {
            <p>
                <span class="muted">{t!("Addresses of its own", "独立地址")} " "</span>
                {all.into_iter().map(|address| view! { <Copyable text=address /> }).collect_view()}
                {none
                    .then(|| {
                        t!(
                            "The cluster's surroundings have not given it one yet.",
                            "集群环境尚未为其分配地址。"
                        )
                    })}
            </p>
        }
    });
    view! {
        <Section title=t!("Ports", "端口")>
            <div class="stack">
                <DataTable
                    caption=t!("Ports", "端口")
                    columns=vec![
                        Column::new(t!("Name", "名称")),
                        Column::new(t!("Inside the cluster", "集群内部")),
                        Column::new(t!("Port of every node", "节点端口")),
                        Column::new(t!("Protocol", "协议")),
                    ]
                >
                    {rows.collect_view()}
                </DataTable>
                {own}
            </div>
        </Section>
    }
}
