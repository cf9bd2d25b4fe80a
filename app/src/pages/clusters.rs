//! The clusters.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api::clusters::list_clusters,
    components::{
        ButtonKind, Cell, Column, DataTable, Empty, LinkButton, NameCell, PageHeader, RelativeTime, SkeletonRows,
        State, StateBadge, StateCell, pagination::group,
    },
    load::Load,
    model::{ClusterRow, Permission, Viewer},
    pages::{failure::Failure, words},
    t,
};

/// The clusters that the account may see.
#[component]
pub fn ClustersPage() -> impl IntoView {
    let clusters = Load::new(|| (), |()| list_clusters());
    let manages = expect_context::<Viewer>().may(Permission::ClusterManage);
    view! {
        <Title text=t!("Clusters", "集群") />
        <div class="page">
            <PageHeader
                title=t!("Clusters", "集群").to_owned()
                actions=move || {
                    manages
                        .then(|| {
                            view! {
                                <LinkButton kind=ButtonKind::Primary icon="plus" href="/clusters/new".to_owned()>
                                    {t!("Connect a cluster", "接入集群")}
                                </LinkButton>
                            }
                        })
                }
            />
            <Transition fallback=|| view! { <SkeletonRows rows=3 columns=6 /> }>
                {move || Suspend::new(async move {
                    match clusters.await {
                        Ok(rows) if rows.is_empty() => empty(manages).into_any(),
                        Ok(rows) => table(rows).into_any(),
                        Err(error) => view! { <Failure error retry=move |()| clusters.refetch() /> }.into_any(),
                    }
                })}
            </Transition>
        </div>
    }
}

fn empty(manages: bool) -> impl IntoView {
    let text = if manages {
        t!(
            "Longshore works the Kubernetes clusters that you connect with a kubeconfig: it shows them live and runs your tenants' apps there.",
            "Longshore 通过 kubeconfig 接入 Kubernetes 集群，实时展示其状态，并在其中运行租户的应用。"
        )
    } else {
        t!(
            "Your tenant has no namespace in a cluster yet. Ask the platform's administrators for one.",
            "您的租户在集群中还没有命名空间，请联系平台管理员。"
        )
    };
    view! {
        <Empty icon="server" title=t!("No cluster is connected.", "还没有接入集群。") text>
            {manages
                .then(|| {
                    view! {
                        <a class="button" href="/clusters/new">
                            {t!("Connect the first cluster", "接入第一个集群")}
                        </a>
                    }
                })}
        </Empty>
    }
}

fn table(rows: Vec<ClusterRow>) -> impl IntoView {
    let trouble = rows.iter().any(|r| r.problem.is_some());
    let mut columns = vec![Column::new(t!("Name", "名称")), Column::new(t!("State", "状态"))];
    if trouble {
        columns.push(Column::new(t!("Why", "原因")));
    }
    columns.extend([
        Column::new(t!("Version", "版本")),
        Column::new(t!("Nodes ready", "就绪节点")).number(),
        Column::new(t!("Pods", "Pod")).number(),
        Column::new(t!("Address", "地址")).class("col-mid"),
        Column::new(t!("Since", "状态持续")).class("col-low"),
    ]);
    let rows = rows
        .into_iter()
        .map(|row| {
            let problem = trouble.then(|| {
                let words = row.problem.as_ref().map(crate::i18n::Text::here);
                view! { <Cell label=t!("Why", "原因") class="cell-wide">{words}</Cell> }
            });
            let server = row.server.clone();
            view! {
                <tr role="row">
                    <NameCell href=format!("/clusters/{}", row.id)>{row.name.clone()}</NameCell>
                    <StateCell>
                        <StateBadge state=State::from(row.state) word=words::cluster_state(row.state) />
                    </StateCell>
                    {problem}
                    <Cell label=t!("Version", "版本")>{row.version.clone()}</Cell>
                    <Cell label=t!("Nodes ready", "就绪节点") class="num">
                        {group(row.nodes_ready.into())}
                        " / "
                        {group(row.nodes.into())}
                    </Cell>
                    <Cell label=t!("Pods", "Pod") class="num">
                        {group(row.pods.into())}
                    </Cell>
                    <Cell label=t!("Address", "地址") class="col-mid cell-wide">
                        <code>{server}</code>
                    </Cell>
                    <Cell label=t!("Since", "状态持续") class="col-low">
                        <RelativeTime at=row.since short=true />
                    </Cell>
                </tr>
            }
        })
        .collect_view();
    view! {
        <DataTable caption=t!("Clusters", "集群") columns>
            {rows}
        </DataTable>
    }
}
