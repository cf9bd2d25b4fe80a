//! The runs of what ends: those that there are, when the next one comes, and the way to end one.

use leptos::{form::ActionForm, prelude::*};

use crate::{
    api::apps::StopRun,
    components::{
        Button, ButtonKind, Cell, Column, DataTable, Elapsed, Empty, Figure, Figures, FormErrors, RelativeTime,
        Section, State, StateBadge, StateCell,
    },
    model::{AppDetail, AppId, Permission, Run, RunState, Runs},
    pages::{form::last_error, parts::may, words},
    t, tf,
};

/// The runs as they are now; none where nothing ends.
pub(super) fn runs_of(app: ReadSignal<AppDetail>) -> Memo<Runs> {
    Memo::new(move |_| app.with(|a| a.runs.clone().unwrap_or_default()))
}

/// All runs that the cluster has.
#[component]
pub(super) fn RunsTab(app: ReadSignal<AppDetail>) -> impl IntoView {
    let runs = runs_of(app);
    view! {
        <Section title=t!("Runs", "运行记录")>
            <div class="stack">
                <Times runs />
                <RunsTable app runs />
            </div>
        </Section>
    }
}

/// What happens now, of an application that runs to its end.
#[component]
pub(super) fn RunsNow(app: ReadSignal<AppDetail>) -> impl IntoView {
    let runs = runs_of(app);
    view! {
        <Section title=t!("Now", "当前")>
            <div class="stack">
                <p aria-live="polite">{move || app.with(|a| a.rollout.summary.here())}</p>
                <Times runs />
                <RunsTable app runs limit=5 />
            </div>
        </Section>
    }
}

/// When it runs; nothing without a schedule.
#[component]
fn Times(runs: Memo<Runs>) -> impl IntoView {
    let schedule = move || runs.with(|r| r.schedule.clone().map(|s| (s, r.time_zone.clone().unwrap_or_default())));
    move || {
        schedule().map(|(schedule, zone)| {
            let next = runs.with(|r| r.next.first().copied());
            let later = runs.with(|r| r.next.iter().skip(1).copied().collect::<Vec<_>>());
            view! {
                <Figures>
                    <Figure name=t!("Schedule", "计划")>
                        <code>{schedule}</code>
                        <small>" " {zone}</small>
                    </Figure>
                    <Figure name=t!("Next run", "下次运行")>
                        {match next {
                            Some(at) => view! { <RelativeTime at due=true /> }.into_any(),
                            None => t!("paused", "已暂停").into_any(),
                        }}
                    </Figure>
                    {(!later.is_empty())
                        .then(|| {
                            view! {
                                <Figure name=t!("After that", "之后")>
                                    {later
                                        .into_iter()
                                        .enumerate()
                                        .map(|(n, at)| view! { {(n > 0).then_some(", ")} <RelativeTime at due=true /> })
                                        .collect_view()}
                                </Figure>
                            }
                        })}
                </Figures>
            }
        })
    }
}

fn mark(state: RunState) -> State {
    match state {
        RunState::Waiting | RunState::Running => State::Rolling,
        RunState::Succeeded => State::Serving,
        RunState::Failed => State::Failed,
        RunState::Leaving => State::Idle,
    }
}

#[component]
fn RunsTable(
    app: ReadSignal<AppDetail>,
    runs: Memo<Runs>,
    /// The most runs to show; 0 for all there are.
    #[prop(optional)]
    limit: usize,
) -> impl IntoView {
    let id = app.with_untracked(|a| a.row.id);
    let most = if limit == 0 { usize::MAX } else { limit };
    let shown = move || runs.with(|r| r.runs.iter().take(most).cloned().collect::<Vec<_>>());
    let stop = ServerAction::<StopRun>::new();
    let error = last_error(stop.value());
    let operate = may(Permission::AppOperate);
    view! {
        <FormErrors error />
        <Show
            when=move || runs.with(|r| !r.runs.is_empty())
            fallback=|| {
                view! {
                    <Empty
                        icon="timer"
                        title=t!("No run yet", "还没有运行")
                        text=t!(
                            "It comes with the release, at its time, or when somebody begins one. Ended runs are kept for a while.",
                            "运行会随发布、按计划或手动开始。已结束的运行会保留一段时间。"
                        )
                    />
                }
            }
        >
            <DataTable
                caption=t!("Runs", "运行记录")
                columns=vec![
                    Column::new(t!("Name", "名称")),
                    Column::new(t!("State", "状态")),
                    Column::new(t!("Done", "完成")).number(),
                    Column::new(t!("Took", "耗时")).number(),
                    Column::new(t!("Release", "版本")).number(),
                    Column::new(t!("Begun", "开始于")),
                    Column::new(""),
                ]
            >
                <For each=shown key=|run| run.name.clone() let:first>
                    <RunLine id runs first stop operate />
                </For>
            </DataTable>
        </Show>
    }
}

/// A row that follows its run.
#[component]
fn RunLine(id: AppId, runs: Memo<Runs>, first: Run, stop: ServerAction<StopRun>, operate: bool) -> impl IntoView {
    let name = first.name.clone();
    let wanted = name.clone();
    let run = Memo::new(move |before: Option<&Run>| {
        runs.with(|runs| runs.runs.iter().find(|run| run.name == wanted).cloned())
            .or_else(|| before.cloned())
            .unwrap_or_else(|| first.clone())
    });
    let goes_on = Memo::new(move |_| run.with(|r| r.state.goes_on()));
    let of = name.clone();
    view! {
        <tr role="row">
            <th scope="row" role="rowheader">
                <code>{name}</code>
                {move || {
                    run.with(|r| r.why.as_ref().map(crate::i18n::Text::here))
                        .map(|why| view! { <span class="cell-sub">{why}</span> })
                }}
            </th>
            <StateCell>
                <StateBadge
                    state=Signal::derive(move || mark(run.with(|r| r.state)))
                    word=Signal::derive(move || Some(words::run_state(run.with(|r| r.state)).to_owned()))
                />
            </StateCell>
            <Cell label=t!("Done", "完成") class="num">
                {move || run.with(|r| tf!("{} of {}", "{} / {}", r.succeeded, r.completions))}
            </Cell>
            <Cell label=t!("Took", "耗时") class="num">
                <Elapsed
                    from=Signal::derive(move || run.with(|r| r.created_at))
                    to=Signal::derive(move || run.with(|r| r.ended_at))
                />
            </Cell>
            <Cell label=t!("Release", "版本") class="num">
                {move || {
                    run.with(|r| r.release)
                        .map(|n| view! { <a href=format!("/apps/{id}/releases/{n}")>{n}</a> })
                }}
            </Cell>
            <Cell label=t!("Begun", "开始于")>
                <RelativeTime at=Signal::derive(move || run.with(|r| r.created_at)) />
                {move || {
                    run.with(|r| r.by.clone())
                        .map(|by| view! { <span class="cell-sub">{tf!("by {by}", "由 {by} 发起")}</span> })
                }}
            </Cell>
            <Cell label="">
                {move || {
                    let of = of.clone();
                    (operate && goes_on.get())
                        .then(|| {
                            view! {
                                <details class="sure">
                                    <summary class="button button-plain button-small">
                                        {t!("End", "终止")}
                                        <span class="visually-hidden">{format!(" {of}")}</span>
                                    </summary>
                                    <ActionForm action=stop>
                                        <input type="hidden" name="id" value=id.to_string() />
                                        <input type="hidden" name="run" value=of.clone() />
                                        <Button kind=ButtonKind::Danger small=true icon="circle-stop" busy=stop.pending()>
                                            {t!("End it, with its pods", "终止并删除其 Pod")}
                                        </Button>
                                    </ActionForm>
                                </details>
                            }
                        })
                }}
            </Cell>
        </tr>
    }
}
