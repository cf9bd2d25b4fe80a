//! Who may do something, and through which role: the question is in the address.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    api::access::{list_scopes, who_may},
    components::{Cell, Column, DataTable, Empty, PageHeader, SkeletonRows},
    load::Load,
    model::{BindingRow, Permission, Scope, ScopeChoices, Slice, Viewer, WhoQuery, WhoRow},
    pages::{
        accounts::AccountTabs,
        list::{Neighbours, chosen},
        parts::shown,
        pick::{PlaceField, PlacesOf, widest},
        words::allows,
    },
    t, tf,
};

/// A place where a role holds, for people.
pub fn scope_word(scope: Scope, place: &str) -> String {
    match scope {
        Scope::Platform => t!("the platform", "平台").to_owned(),
        Scope::Tenant(_) => tf!("tenant {place}", "租户 {place}"),
        Scope::Cluster(_) => tf!("cluster {place}", "集群 {place}"),
        Scope::Namespace(_) => tf!("namespace {place}", "命名空间 {place}"),
        Scope::App(_) => tf!("app {place}", "应用 {place}"),
    }
}

/// The roles through which something is allowed, in a line.
pub fn through_words(through: &[BindingRow]) -> String {
    let words = through.iter().map(|b| {
        let (role, place) = (b.title.here(), scope_word(b.scope, &b.place));
        tf!("{role} on {place}", "{place}的“{role}”")
    });
    words.collect::<Vec<_>>().join("; ")
}

/// Who may do what.
#[component]
pub fn AccessPage() -> impl IntoView {
    let query = use_query_map();
    let asked = Memo::new(move |_| {
        query.with(|q| WhoQuery {
            permission: chosen(q, "permission"),
            on: chosen(q, "on"),
            cursor: chosen(q, "cursor"),
            ..WhoQuery::default()
        })
    });
    let answer = Load::new(
        move || asked.get(),
        |asked| async move {
            let scopes = list_scopes(None, None).await?;
            let who = match asked.permission {
                Some(_) => Some(who_may(asked.clone()).await?),
                None => None,
            };
            Ok((asked, scopes, who))
        },
    );
    view! {
        <Title text=t!("Who may what", "权限查询") />
        <div class="page">
            <PageHeader title=t!("Who may what", "权限查询") />
            <AccountTabs current="access" />
            <Transition fallback=|| view! { <SkeletonRows rows=4 columns=3 /> }>
                {move || Suspend::new(async move {
                    shown(
                        answer.await,
                        false,
                        move || answer.refetch(),
                        |(asked, scopes, who)| view! { <Answer asked scopes who /> },
                    )
                })}
            </Transition>
        </div>
    }
}

#[component]
fn Answer(asked: WhoQuery, scopes: ScopeChoices, who: Option<Slice<WhoRow>>) -> impl IntoView {
    let platform = expect_context::<Viewer>().tenant.is_none();
    let permission = asked.permission.unwrap_or_default();
    let place = RwSignal::new(asked.on.unwrap_or_else(|| widest(&scopes)));
    let permissions = Permission::ALL
        .into_iter()
        .filter(|p| platform || p.level() == crate::model::Level::Tenant)
        .map(|p| {
            let selected = p.as_str() == permission;
            view! { <option value=p.as_str() selected=selected>{p.as_str()} " — " {allows(p)}</option> }
        })
        .collect_view();
    view! {
        <form class="filter" method="get" role="search" aria-label=t!("The question", "查询条件")>
            <select class="select" name="permission" aria-label=t!("Permission", "权限") required>
                {permissions}
            </select>
            <PlaceField of=PlacesOf::Tenant(None) places=scopes bind=place />
            <button class="button button-primary" type="submit">
                {t!("Who may?", "查询")}
            </button>
        </form>
        {match who {
            None => {
                view! {
                    <Empty
                        icon="users"
                        title=t!("Ask who may do something", "查询谁拥有某项权限")
                        text=t!(
                            "Choose a permission and a place: the answer names the people and the roles through which they may.",
                            "选择权限和范围，即可查看拥有该权限的人员及其角色来源。",
                        )
                    >
                        ""
                    </Empty>
                }
                    .into_any()
            }
            Some(part) if part.rows.is_empty() && part.is_whole() => {
                view! { <p class="muted">{t!("Nobody may do this there.", "没有人拥有此权限。")}</p> }.into_any()
            }
            Some(part) => people(part).into_any(),
        }}
    }
}

fn people(part: Slice<WhoRow>) -> impl IntoView {
    let Slice { rows, previous, next } = part;
    let label = t!("Who may", "拥有权限的账号");
    let columns = vec![Column::new(t!("Account", "账号")), Column::new(t!("Through", "来源"))];
    let rows = rows
        .into_iter()
        .map(|row| {
            view! {
                <tr role="row">
                    <th scope="row" role="rowheader">
                        <a class="mono" href=format!("/accounts/{}", row.account)>{row.username}</a>
                        <span class="cell-sub">{row.display_name}</span>
                    </th>
                    <Cell label=t!("Through", "来源") class="cell-wide">{through_words(&row.through)}</Cell>
                </tr>
            }
        })
        .collect_view();
    view! {
        <DataTable caption=label columns>
            {rows}
        </DataTable>
        <Neighbours label previous=(previous, t!("Previous part", "上一页")) next=(next, t!("Next part", "下一页")) />
    }
}
