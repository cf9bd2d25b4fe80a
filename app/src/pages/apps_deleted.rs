//! The applications that were deleted: when, by whom, and the way to what they were.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api::apps::list_deleted_apps,
    components::{Cell, Column, DataTable, Empty, NameCell, PageHeader, RelativeTime},
    model::AppRecord,
    pages::{named::NamedList, parts::of_platform},
    t,
};

/// The deleted applications.
#[component]
pub fn DeletedAppsPage() -> impl IntoView {
    view! {
        <Title text=t!("Deleted apps", "已删除的应用") />
        <div class="page">
            <PageHeader
                title=t!("Deleted apps", "已删除的应用")
                facts=move || view! { <a href="/apps">{t!("Apps", "应用")}</a> }
            />
            <p class="page-lead">
                {t!(
                    "What an app owned in its cluster goes with it. The record of its releases stays, without the values of secrets.",
                    "删除应用会移除它在集群中的对象；发布记录会保留，但不含密钥的值。",
                )}
            </p>
            <NamedList
                label=t!("Deleted apps", "已删除的应用")
                fetch=list_deleted_apps
                rows=table
                empty=nothing_yet
                columns=4
            />
        </div>
    }
}

fn nothing_yet() -> impl IntoView {
    view! {
        <Empty
            icon="box"
            title=t!("No app was deleted", "没有已删除的应用")
            text=t!(
                "An app that is deleted is listed here, with the full record of all its releases.",
                "已删除的应用会列在这里，并附有全部发布记录。",
            )
        />
    }
}

/// Where it was. Names of namespaces are free again once those are gone, so the platform's people are told whose it was.
fn place(row: &AppRecord, of_platform: bool) -> String {
    let tenant = of_platform.then_some(row.tenant_name.as_str());
    let parts = tenant.into_iter().chain([row.namespace_name.as_str(), row.cluster_name.as_str()]);
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

fn table(rows: Vec<AppRecord>) -> impl IntoView {
    let of_platform = of_platform();
    let rows = rows
        .into_iter()
        .map(|row| {
            let place = place(&row, of_platform);
            let deleted = row.deleted_at.map(|at| view! { <RelativeTime at /> });
            let by = if row.deleted_by.is_empty() { "—".to_owned() } else { row.deleted_by };
            view! {
                <tr role="row">
                    <NameCell href=format!("/apps/{}/releases", row.id)>
                        {row.name} <span class="cell-sub">{place}</span>
                    </NameCell>
                    <Cell label=t!("Deleted", "删除于")>{deleted}</Cell>
                    <Cell label=t!("By", "操作人")>{by}</Cell>
                    <Cell label=t!("Releases", "发布次数") class="num">
                        {row.release}
                    </Cell>
                </tr>
            }
        })
        .collect_view();
    view! {
        <DataTable
            caption=t!("Deleted apps", "已删除的应用")
            columns=vec![
                Column::new(t!("Name", "名称")),
                Column::new(t!("Deleted", "删除于")),
                Column::new(t!("By", "操作人")),
                Column::new(t!("Releases", "发布次数")).number(),
            ]
        >
            {rows}
        </DataTable>
    }
}
