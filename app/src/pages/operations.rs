//! Durable operations: what is under way, what is done, what failed and why.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{hooks::use_query_map, params::ParamsMap};

use crate::{
    api::operations::list_operations,
    components::{
        Cell, Column, DataTable, Elapsed, Empty, Icon, LinkButton, NameCell, PageHeader, RelativeTime, SkeletonRows,
        State, StateBadge, StateCell,
    },
    live,
    load::Load,
    model::{Keyed, OperationDetail, OperationQuery, OperationRow, Slice, Topic, WorkState},
    pages::{
        address::with_query,
        list::{Choices, FilterLine, Neighbours, chosen},
        parts::shown,
        words,
    },
    t,
};

/// How many rows that are under way are watched; a tab's stream carries few topics.
const WATCHED: usize = 5;

/// What the address asks for.
fn asked(query: &ParamsMap) -> OperationQuery {
    OperationQuery {
        app: chosen(query, "app"),
        state: chosen(query, "state"),
        cursor: chosen(query, "cursor"),
        limit: chosen(query, "limit"),
    }
}

const fn active(state: WorkState) -> bool {
    matches!(state, WorkState::Pending | WorkState::Running)
}

/// The operations.
#[component]
pub fn OperationsPage() -> impl IntoView {
    let query = use_query_map();
    let ask = Memo::new(move |_| query.with(asked));
    let operations = Load::new(
        move || ask.get(),
        |ask| async move {
            let part = list_operations(ask.clone()).await;
            (ask, part)
        },
    );
    let choices = vec![("active", t!("Under way", "进行中")), ("ended", t!("Ended", "已结束"))];
    view! {
        <Title text=t!("Activity", "操作记录") />
        <div class="page">
            <PageHeader title=t!("Activity", "操作记录") />
            <FilterLine label=t!("Filter the operations", "筛选操作") keep=&["app"]>
                <Choices name="state" label=t!("State", "状态") choices />
                {move || {
                    ask.with(|a| a.app.is_some())
                        .then(|| {
                            view! {
                                <a
                                    class="chip"
                                    aria-current="true"
                                    href=move || query.with(|q| with_query(q, &[("app", "")]))
                                >
                                    {t!("one app", "单个应用")}
                                    <Icon name="x" />
                                </a>
                            }
                        })
                }}
            </FilterLine>
            <Transition fallback=|| view! { <SkeletonRows columns=5 /> }>
                {move || Suspend::new(async move {
                    let (ask, part) = operations.await;
                    let filtered = ask.app.is_some() || ask.state.is_some();
                    shown(part, false, move || operations.refetch(), move |part| view! { <Rows part filtered /> })
                })}
            </Transition>
        </div>
    }
}

#[component]
fn Rows(part: Slice<OperationRow>, filtered: bool) -> impl IntoView {
    if part.rows.is_empty() && part.is_whole() {
        return view! {
            <Empty
                icon="activity"
                title=if filtered { t!("No operation matches", "没有匹配的操作") } else { t!("Nothing has been done yet", "还没有操作") }
                text=t!(
                    "Publishing, rolling back and deleting are done in steps that go on when you leave. They are listed here.",
                    "发布、回滚和删除按步骤执行，离开页面后仍会继续，并在此列出。",
                )
            >
                {filtered.then(|| view! { <LinkButton href="/operations">{t!("Show all", "显示全部")}</LinkButton> })}
            </Empty>
        }
        .into_any();
    }
    let Slice { rows, previous, next } = part;
    // Behind the oldest one there may be none left by now.
    let rows = (!rows.is_empty()).then(|| table(rows));
    view! {
        {rows}
        <Neighbours
            label=t!("Pages of operations", "操作分页")
            previous=(previous, t!("Newer operations", "较新的操作"))
            next=(next, t!("Older operations", "较早的操作"))
        />
    }
    .into_any()
}

fn table(rows: Vec<OperationRow>) -> impl IntoView {
    let mut watched = 0;
    let rows = rows
        .into_iter()
        .map(|row| {
            let watch = active(row.state) && watched < WATCHED;
            watched += usize::from(watch);
            view! { <Row row watch /> }
        })
        .collect_view();
    view! {
        <DataTable
            caption=t!("Operations", "操作")
            columns=vec![
                Column::new(t!("Operation", "操作")),
                Column::new(t!("State", "状态")),
                Column::new(t!("By", "操作人")),
                Column::new(t!("Asked for", "发起于")),
                Column::new(t!("Took", "用时")).number(),
            ]
        >
            {rows}
        </DataTable>
    }
}

/// A row; one that is under way follows its operation.
#[component]
fn Row(row: OperationRow, watch: bool) -> impl IntoView {
    let id = row.id;
    let key = row.key();
    let first = OperationDetail { row, steps: Vec::new() };
    let operation = if watch { live::value(Topic::Operation(id), first) } else { RwSignal::new(first).read_only() };
    let state = Memo::new(move |_| operation.with(|o| o.row.state));
    let problem = Memo::new(move |_| operation.with(|o| o.row.problem.clone()));
    let ended = Memo::new(move |_| operation.with(|o| o.row.ended_at));
    let row = operation.with_untracked(|o| o.row.clone());
    view! {
        <tr role="row" data-key=key>
            <NameCell href=format!("/operations/{id}")>
                <span class="words">{words::operation_kind(row.kind)}</span>
                " "
                {row.object}
                {move || problem.get().map(|p| view! { <span class="cell-sub">{p.here()}</span> })}
            </NameCell>
            <StateCell>
                <StateBadge
                    state=Signal::derive(move || State::from(state.get()))
                    word=Signal::derive(move || Some(words::work_state(state.get()).to_owned()))
                />
            </StateCell>
            <Cell label=t!("By", "操作人")>{row.actor_name}</Cell>
            <Cell label=t!("Asked for", "发起于")>
                <RelativeTime at=row.created_at />
            </Cell>
            <Cell label=t!("Took", "用时") class="num">
                <Elapsed from=row.created_at to=ended />
            </Cell>
        </tr>
    }
}
