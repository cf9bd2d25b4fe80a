//! The namespaces: tenants' shares of clusters, and what of them is taken.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api::namespaces::list_namespaces,
    components::{
        BarValues, ButtonKind, Cell, Column, DataTable, Empty, LinkButton, NameCell, PageHeader, RelativeTime, Share,
        bar::{cpu_share, memory_share},
    },
    model::{NamespaceRow, Permission},
    pages::{
        named::NamedList,
        parts::{may, of_platform},
    },
    t, tf,
};

/// A part of a quota as a bar: what is taken counts as asked for.
pub fn taken(part: u64, total: u64) -> BarValues {
    BarValues { used: None, requested: part, total }
}

/// The namespaces.
#[component]
pub fn NamespacesPage() -> impl IntoView {
    let actions = move || {
        may(Permission::NamespaceManage).then(|| {
            view! {
                <LinkButton href="/namespaces/new" kind=ButtonKind::Primary icon="plus">
                    {t!("New namespace", "新建命名空间")}
                </LinkButton>
            }
        })
    };
    view! {
        <Title text=t!("Namespaces", "命名空间") />
        <div class="page">
            <PageHeader title=t!("Namespaces", "命名空间") actions />
            <NamedList label=t!("Namespaces", "命名空间") fetch=list_namespaces rows=table empty=first_step columns=7 />
        </div>
    }
}

fn first_step() -> impl IntoView {
    view! {
        <Empty
            icon="layers"
            title=t!("No namespaces yet", "还没有命名空间")
            text=t!(
                "A namespace is a tenant's share of a cluster, with a quota of CPU, memory and pods. Apps live in one.",
                "命名空间是租户在集群中的份额，带有 CPU、内存和 Pod 配额，应用位于其中。",
            )
        >
            {may(Permission::NamespaceManage)
                .then(|| {
                    view! {
                        <LinkButton href="/namespaces/new" kind=ButtonKind::Primary icon="plus">
                            {t!("Make the first namespace", "新建第一个命名空间")}
                        </LinkButton>
                    }
                })}
        </Empty>
    }
}

fn table(rows: Vec<NamespaceRow>) -> impl IntoView {
    let platform = of_platform();
    let mut columns = vec![Column::new(t!("Name", "名称")), Column::new(t!("Cluster", "集群"))];
    if platform {
        columns.push(Column::new(t!("Tenant", "租户")));
    }
    columns.extend([
        Column::new(t!("Apps", "应用")).number(),
        Column::new(t!("CPU", "CPU")).number(),
        Column::new(t!("Memory", "内存")).number(),
        Column::new(t!("Pods", "Pod")).number(),
        Column::new(t!("Age", "存在时长")).number(),
    ]);
    view! {
        <DataTable caption=t!("Namespaces", "命名空间") columns>
            {rows.into_iter().map(|row| line(row, platform)).collect_view()}
        </DataTable>
    }
}

fn line(row: NamespaceRow, platform: bool) -> impl IntoView {
    let NamespaceRow { quota, used, .. } = row;
    view! {
        <tr role="row">
            <NameCell href=format!("/namespaces/{}", row.id)>{row.name}</NameCell>
            <Cell label=t!("Cluster", "集群")>{row.cluster_name}</Cell>
            {platform
                .then(|| view! { <Cell label=t!("Tenant", "租户")>{row.tenant_name}</Cell> })}
            <Cell label=t!("Apps", "应用") class="num">{row.apps}</Cell>
            <Cell label="CPU" class="num">
                <Share text=cpu_share(used.cpu, quota.cpu) values=taken(used.cpu.0, quota.cpu.0) />
            </Cell>
            <Cell label=t!("Memory", "内存") class="num">
                <Share text=memory_share(used.memory, quota.memory) values=taken(used.memory.0, quota.memory.0) />
            </Cell>
            <Cell label=t!("Pods", "Pod") class="num">
                <Share
                    text=tf!("{} of {}", "{} / {}", used.pods, quota.pods)
                    values=taken(used.pods.into(), quota.pods.into())
                />
            </Cell>
            <Cell label=t!("Age", "存在时长") class="num">
                <RelativeTime at=row.created_at short=true />
            </Cell>
        </tr>
    }
}
