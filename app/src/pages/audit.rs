//! The audit trail: who did what to what, from where, with which outcome.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{hooks::use_query_map, params::ParamsMap};

use crate::{
    api::accounts::list_audit,
    components::{
        Cell, Column, DataTable, Empty, LinkButton, PageHeader, RelativeTime, SkeletonRows, StateBadge, StateCell,
    },
    load::Load,
    model::{AuditQuery, AuditRow, Page},
    pages::{
        list::{FilterField, FilterLine, Pager, chosen},
        parts::shown,
        words,
    },
    t,
};

/// What the address asks for.
fn asked(query: &ParamsMap) -> AuditQuery {
    AuditQuery {
        q: chosen(query, "q"),
        page: Some(chosen(query, "page").unwrap_or_else(|| "1".to_owned())),
        per_page: chosen(query, "per_page"),
    }
}

/// The audit trail.
#[component]
pub fn AuditPage() -> impl IntoView {
    let query = use_query_map();
    let ask = Memo::new(move |_| query.with(asked));
    let entries = Load::new(
        move || ask.get(),
        |ask| async move {
            let page = list_audit(ask.clone()).await;
            (ask, page)
        },
    );
    view! {
        <Title text=t!("Audit", "审计") />
        <div class="page">
            <PageHeader title=t!("Audit", "审计") />
            <FilterLine label=t!("Filter the entries", "筛选记录") keep=&[]>
                <FilterField name="q" label=t!("Account, action or object", "账号、操作或对象") search=true />
            </FilterLine>
            <Transition fallback=|| view! { <SkeletonRows columns=6 /> }>
                {move || Suspend::new(async move {
                    let (ask, page) = entries.await;
                    let filtered = ask.q.is_some();
                    shown(page, false, move || entries.refetch(), move |page| view! { <Rows page filtered /> })
                })}
            </Transition>
        </div>
    }
}

#[component]
fn Rows(page: Page<AuditRow>, filtered: bool) -> impl IntoView {
    let shown_page = RwSignal::new(page.clone()).read_only();
    if page.rows.is_empty() {
        return view! {
            <Empty
                icon="scroll-text"
                title=if filtered { t!("No entry matches", "没有匹配的记录") } else { t!("No entries yet", "还没有记录") }
                text=t!(
                    "Every change leaves an entry here, also one that was refused.",
                    "每次更改都会在此留下记录，包括被拒绝的尝试。",
                )
            >
                {filtered.then(|| view! { <LinkButton href="/audit">{t!("Show all", "显示全部")}</LinkButton> })}
            </Empty>
        }
        .into_any();
    }
    view! {
        <DataTable
            caption=t!("Audit trail", "审计记录")
            columns=vec![
                Column::new(t!("Action", "操作")),
                Column::new(t!("Outcome", "结果")),
                Column::new(t!("By", "操作人")),
                Column::new(t!("When", "时间")),
                Column::new(t!("Details", "详情")),
                Column::new(t!("From", "来源")).class("col-low"),
                Column::new(t!("Request", "请求编号")).class("col-low"),
            ]
        >
            {page.rows.into_iter().map(entry).collect_view()}
        </DataTable>
        <Pager label=t!("Pages of entries", "记录分页") page=shown_page />
    }
    .into_any()
}

fn entry(row: AuditRow) -> impl IntoView {
    view! {
        <tr role="row">
            <th scope="row" role="rowheader">
                <code>{row.action}</code>
                <span class="cell-sub">{row.object}</span>
            </th>
            <StateCell>
                <StateBadge state=words::outcome_mark(row.outcome) word=words::outcome(row.outcome).to_owned() />
            </StateCell>
            <Cell label=t!("By", "操作人")>{row.actor_name}</Cell>
            <Cell label=t!("When", "时间")>
                <RelativeTime at=row.at />
            </Cell>
            <Cell label=t!("Details", "详情") class="cell-wide">{row.detail}</Cell>
            <Cell label=t!("From", "来源") class="col-low">
                <code>{row.address}</code>
            </Cell>
            <Cell label=t!("Request", "请求编号") class="col-low cell-clip">
                <code title=row.request_id.clone()>{row.request_id.clone()}</code>
            </Cell>
        </tr>
    }
}
