//! All releases of an application, part by part, also of one that was deleted: what came of each, who made it and why.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{hooks::use_query_map, params::ParamsMap};

use crate::{
    api::apps::{get_app_record, list_releases},
    components::{
        ButtonKind, Cell, Column, DataTable, LinkButton, NameCell, PageHeader, RelativeTime, StateBadge, StateCell,
    },
    i18n::Text,
    load::Load,
    model::{AppId, AppRecord, PartQuery, Permission, ReleaseRow, Slice},
    pages::{
        app::compared,
        apps::short_image,
        gone::gone_note,
        list::{Neighbours, chosen},
        parts::{may, page_to_come, segment, shown},
        words,
    },
    t, tf,
};

/// The part that the address asks for.
fn asked(query: &ParamsMap) -> PartQuery {
    PartQuery { cursor: chosen(query, "cursor"), limit: chosen(query, "limit") }
}

/// The releases of an application.
#[component]
pub fn HistoryPage() -> impl IntoView {
    let id = segment::<AppId>("id");
    let query = use_query_map();
    let ask = Memo::new(move |_| query.with(asked));
    let app = Load::new(move || id.get(), |id| async move { get_app_record(id?).await });
    let part = Load::new(move || (id.get(), ask.get()), |(id, ask)| async move { list_releases(id?, ask).await });
    let retry = move || {
        app.refetch();
        part.refetch();
    };
    view! {
        <Transition fallback=page_to_come>
            {move || Suspend::new(async move {
                let both = match (app.await, part.await) {
                    (Ok(app), Ok(part)) => Ok((app, part)),
                    (Err(error), _) | (_, Err(error)) => Err(error),
                };
                shown(both, true, retry, |(app, part)| view! { <Releases app part /> })
            })}
        </Transition>
    }
}

#[component]
fn Releases(app: AppRecord, part: Slice<ReleaseRow>) -> impl IntoView {
    let Slice { rows, previous, next } = part;
    let note = gone_note(&app);
    let title = tf!("Releases of {}", "{} 的发布记录", app.name);
    let back = may(Permission::AppRollback) && !app.is_gone();
    let (id, newest, gone) = (app.id, app.release, app.is_gone());
    let rows = rows.into_iter().map(|row| line((id, newest, gone), back, row)).collect_view();
    view! {
        <Title text=title.clone() />
        <div class="page">
            <PageHeader
                title
                facts=move || {
                    let name = app.name.clone();
                    view! {
                        {if gone {
                            view! { <a href="/apps/deleted">{t!("Deleted apps", "已删除的应用")}</a> }.into_any()
                        } else {
                            view! { <a href=format!("/apps/{id}")>{name}</a> }.into_any()
                        }}
                        <span>
                            {app.namespace_name.clone()} " " <span class="muted">{app.cluster_name.clone()}</span>
                        </span>
                        <span>{tf!("releases so far: {newest}", "共 {newest} 次发布")}</span>
                    }
                }
            />
            {note}
            <DataTable
                caption=t!("Releases", "发布记录")
                columns=vec![
                    Column::new(t!("Release", "版本")),
                    Column::new(t!("State", "状态")),
                    Column::new(t!("Image", "镜像")).class("col-mid"),
                    Column::new(t!("By", "操作人")),
                    Column::new(t!("Made", "创建于")),
                    Column::new(t!("Why", "原因")),
                    Column::new(""),
                ]
            >
                {rows}
            </DataTable>
            <Neighbours
                label=t!("Parts of the history", "发布记录分页")
                previous=(previous, t!("Newer releases", "更新的发布"))
                next=(next, t!("Older releases", "更早的发布"))
            />
        </div>
    }
}

fn line((id, newest, gone): (AppId, u32, bool), back: bool, row: ReleaseRow) -> impl IntoView {
    let n = row.number;
    let (state, word) = words::release_outcome(row.state, gone);
    let of = row.rollback_of.map(|of| {
        view! { <span class="cell-sub">{tf!("brings back release {of}", "恢复发布 {of}")}</span> }
    });
    let short = short_image(&row.image).to_owned();
    let changes = row.changes.iter().map(Text::here).collect::<Vec<_>>().join(t!(", ", "、"));
    let changes = (!changes.is_empty()).then(|| view! { <span class="cell-sub">{changes}</span> });
    let problem = row.problem.map(|problem| view! { <span class="cell-sub">{problem.here()}</span> });
    let compare = compared(n, newest).map(|(left, right)| {
        view! {
            <LinkButton href=format!("/apps/{id}/compare/{left}/{right}") kind=ButtonKind::Plain small=true>
                {t!("Compare", "比较")}
                <span class="visually-hidden">{tf!(" release {left} with {right}", "版本 {left} 与 {right}")}</span>
            </LinkButton>
        }
    });
    let roll_back = (back && n < newest).then(|| {
        view! {
            <LinkButton href=format!("/apps/{id}/rollback/{n}") kind=ButtonKind::Plain small=true icon="undo-2">
                {t!("Roll back", "回滚")}
                <span class="visually-hidden">{tf!(" to release {n}", "到版本 {n}")}</span>
            </LinkButton>
        }
    });
    view! {
        <tr role="row">
            <NameCell href=format!("/apps/{id}/releases/{n}")>{tf!("release {n}", "版本 {n}")} {of}</NameCell>
            <StateCell>
                <StateBadge state word=word.to_owned() />
            </StateCell>
            <Cell label=t!("Image", "镜像") class="col-mid cell-clip">
                <code title=row.image>{short}</code>
            </Cell>
            <Cell label=t!("By", "操作人")>{row.actor_name}</Cell>
            <Cell label=t!("Made", "创建于")>
                <RelativeTime at=row.created_at />
            </Cell>
            <Cell label=t!("Why", "原因") class="cell-wide">
                {(!row.reason.is_empty()).then_some(row.reason)} {changes} {problem}
            </Cell>
            <Cell label="" class="cell-actions">
                {compare} {roll_back}
            </Cell>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_the_question() {
        let query: ParamsMap =
            [("cursor", "after.7"), ("limit", "")].map(|(k, v)| (k, v.to_owned())).into_iter().collect();
        assert_eq!(asked(&query), PartQuery { cursor: Some("after.7".to_owned()), limit: None });
    }
}
