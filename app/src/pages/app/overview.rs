//! What happens now: the rollout, the operation under way, the newest releases, and what the cluster says.

use leptos::{form::ActionForm, prelude::*};

use super::{releases::ReleaseTimeline, runs::RunsNow};
use crate::{
    api::apps::ContinueRelease,
    components::{
        Button, ButtonKind, Cell, Column, DataTable, Figure, Figures, FormErrors, LinkButton, Note, RelativeTime,
        RolloutView, Section, State, StateBadge, StateMark, Steps,
    },
    model::{AppDetail, AppId, EventRow, OperationDetail, Permission, Rollout, WorkState},
    pages::{form::last_error, parts::may, words},
    t, tf,
};

/// The releases that the overview shows.
const NEWEST: usize = 5;

/// Whether old and new pods stand beside each other, or something is under way.
fn moves(rollout: &Rollout) -> bool {
    rollout.operation.as_ref().is_some_and(|o| matches!(o.row.state, WorkState::Pending | WorkState::Running))
        || rollout.updated_ready < rollout.replicas
        || rollout.pods.iter().any(|p| p.release != rollout.pods_of)
}

/// The overview.
#[component]
pub(super) fn Overview(app: ReadSignal<AppDetail>) -> impl IntoView {
    let id = app.with_untracked(|a| a.row.id);
    let rollout = Memo::new(move |_| app.with(|a| a.rollout.clone()));
    let moving = Memo::new(move |_| rollout.with(moves));
    let operation = Memo::new(move |_| rollout.with(|r| r.operation.clone()));
    let more = move || {
        let link = move || app.with(|a| a.releases.len() > NEWEST);
        view! {
            <Show when=link>
                <LinkButton href=format!("/apps/{id}?tab=releases") small=true>
                    {t!("All releases", "全部发布")}
                </LinkButton>
            </Show>
        }
    };
    let held = Memo::new(move |_| rollout.with(|r| r.held.then_some(r.release)));
    if app.with_untracked(|a| a.row.kind.runs_to_end()) {
        return view! {
            <RunsNow app />
            <UnderWay operation />
            <Section title=t!("Releases", "发布记录") tools=more>
                <ReleaseTimeline app limit=NEWEST />
            </Section>
            <Events events=Memo::new(move |_| rollout.with(|r| r.events.clone())) />
        }
        .into_any();
    }
    view! {
        <Section title=t!("Now", "当前")>
            <div class="stack">
                <RolloutView rollout />
                {move || held.get().map(|release| view! { <GoAhead id release /> })}
                <Show when=move || moving.get()>
                    <Figures>
                        <Figure name=t!("Ready", "就绪")>
                            {move || rollout.with(|r| r.ready)}
                            <small>{move || rollout.with(|r| tf!(" of {}", " / {}", r.replicas))}</small>
                        </Figure>
                        <Figure name=t!("Of the new release", "新版本 Pod")>
                            {move || rollout.with(|r| r.updated)}
                            <small>{move || rollout.with(|r| tf!(" of {}", " / {}", r.replicas))}</small>
                        </Figure>
                        <Figure name=t!("New and ready", "新版本就绪")>
                            {move || rollout.with(|r| r.updated_ready)}
                            <small>{move || rollout.with(|r| tf!(" of {}", " / {}", r.replicas))}</small>
                        </Figure>
                    </Figures>
                </Show>
            </div>
        </Section>
        <UnderWay operation />
        <Section title=t!("Releases", "发布记录") tools=more>
            <ReleaseTimeline app limit=NEWEST />
        </Section>
        <Events events=Memo::new(move |_| rollout.with(|r| r.events.clone())) />
    }
    .into_any()
}

/// The operation that is under way; nothing without one.
#[component]
fn UnderWay(operation: Memo<Option<OperationDetail>>) -> impl IntoView {
    let under_way = Memo::new(move |_| operation.with(Option::is_some));
    let steps = Signal::derive(move || operation.get().map(|o| o.steps).unwrap_or_default());
    view! {
        <Show when=move || under_way.get()>
            <Section
                title=t!("Operation", "操作")
                tools=move || {
                    view! {
                        {move || {
                            operation
                                .get()
                                .map(|o| {
                                    view! {
                                        <StateBadge
                                            state=State::from(o.row.state)
                                            word=words::work_state(o.row.state).to_owned()
                                        />
                                        <LinkButton href=format!("/operations/{}", o.row.id) small=true>
                                            {t!("Open", "打开")}
                                        </LinkButton>
                                    }
                                })
                        }}
                    }
                }
            >
                <Steps steps />
            </Section>
        </Show>
    }
}

/// What to do with a release whose first batch serves.
#[component]
fn GoAhead(id: AppId, release: u32) -> impl IntoView {
    let go_on = ServerAction::<ContinueRelease>::new();
    let error = last_error(go_on.value());
    let (publishes, aborts) = (may(Permission::AppPublish), may(Permission::AppRollback));
    view! {
        <Note
            state=State::Rolling
            title=tf!("Release {release} waits for a go-ahead", "发布 {release} 等待确认")
        >
            <p>
                {t!(
                    "Its first batch serves beside the old pods. Look at it for as long as you like.",
                    "首批 Pod 与旧 Pod 同时提供服务，您可以先观察。",
                )}
            </p>
            <FormErrors error />
            <div class="row">
                {publishes
                    .then(|| {
                        view! {
                            <ActionForm action=go_on>
                                <input type="hidden" name="id" value=id.to_string() />
                                <input type="hidden" name="release" value=release />
                                <Button kind=ButtonKind::Primary icon="play" busy=go_on.pending()>
                                    {t!("Go on with all pods", "继续更新全部 Pod")}
                                </Button>
                            </ActionForm>
                        }
                    })}
                {aborts
                    .then(|| {
                        view! {
                            <LinkButton
                                href=format!("/apps/{id}/abort/{release}")
                                kind=ButtonKind::Plain
                                icon="circle-stop"
                            >
                                {t!("Abort", "中止")}
                            </LinkButton>
                        }
                    })}
            </div>
        </Note>
    }
}

/// What the cluster says about the application.
#[component]
fn Events(events: Memo<Vec<EventRow>>) -> impl IntoView {
    let key = |e: &EventRow| format!("{}/{}/{}/{}/{}", e.object, e.reason, e.at, e.count, e.message);
    view! {
        <Section title=t!("Events", "事件")>
            <Show
                when=move || events.with(|e| !e.is_empty())
                fallback=|| {
                    view! {
                        <p class="muted">
                            {t!("The cluster has said nothing about this app lately.", "集群近期没有关于此应用的事件。")}
                        </p>
                    }
                }
            >
                <DataTable
                    caption=t!("Events", "事件")
                    columns=vec![
                        Column::new(t!("Event", "事件")),
                        Column::new(t!("What", "内容")),
                        Column::new(t!("Object", "对象")),
                        Column::new(t!("Last", "最近")),
                    ]
                    dense=true
                >
                    <For each=move || events.get() key=key let:event>
                        <tr role="row">
                            <th scope="row" role="rowheader">
                                <span class="state" data-state=if event.warning { "degraded" } else { "idle" }>
                                    <StateMark state=if event.warning {
                                        State::Degraded
                                    } else {
                                        State::Idle
                                    } />
                                    <span>{event.reason.clone()}</span>
                                </span>
                            </th>
                            <Cell label="" class="cell-wide">
                                {event.message.clone()}
                                {(event.count > 1)
                                    .then(|| view! { <span class="muted">{format!(" ×{}", event.count)}</span> })}
                            </Cell>
                            <Cell label=t!("Object", "对象")>
                                <code>{event.object.clone()}</code>
                            </Cell>
                            <Cell label=t!("Last", "最近") class="nowrap">
                                <RelativeTime at=event.at />
                            </Cell>
                        </tr>
                    </For>
                </DataTable>
            </Show>
        </Section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{i18n::Text, model::AppState};

    #[test]
    fn counts_are_shown_while_something_moves() {
        let still = Rollout {
            state: AppState::Serving,
            since: 0,
            summary: Text::default(),
            replicas: 3,
            updated: 3,
            ready: 3,
            updated_ready: 3,
            release: 2,
            pods_of: 2,
            held: false,
            pods: Vec::new(),
            events: Vec::new(),
            operation: None,
        };
        assert!(!moves(&still));
        assert!(moves(&Rollout { updated_ready: 2, ..still.clone() }));
        assert!(!moves(&Rollout { replicas: 0, updated: 0, ready: 0, updated_ready: 0, ..still }));
    }
}
