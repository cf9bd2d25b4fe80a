//! One operation: its steps, what it waits for, and what came of it.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api::operations::get_operation,
    components::{Elapsed, LinkButton, Note, PageHeader, RelativeTime, Section, State, StateBadge, Steps},
    live,
    load::Load,
    model::{OperationDetail, OperationId, OperationKind, OperationStep, Topic, WorkState},
    pages::{
        parts::{page_to_come, segment, shown},
        words,
    },
    t, tf,
};

/// How far it is: steps that are done, of all.
fn progress(steps: &[OperationStep]) -> (usize, usize) {
    (steps.iter().filter(|s| s.state == WorkState::Succeeded).count(), steps.len())
}

/// One operation.
#[component]
pub fn OperationPage() -> impl IntoView {
    let id = segment::<OperationId>("id");
    let operation = Load::new(move || id.get(), |id| async move { get_operation(id?).await });
    view! {
        <Transition fallback=page_to_come>
            {move || Suspend::new(async move {
                shown(
                    operation.await,
                    true,
                    move || operation.refetch(),
                    |operation| view! { <Whole operation /> },
                )
            })}
        </Transition>
    }
}

#[component]
fn Whole(operation: OperationDetail) -> impl IntoView {
    let row = operation.row.clone();
    let title = format!("{} {}", words::operation_kind(row.kind), row.object);
    let operation = live::value(Topic::Operation(row.id), operation);
    let state = Memo::new(move |_| operation.with(|o| o.row.state));
    let ended = Memo::new(move |_| operation.with(|o| o.row.ended_at));
    let problem = Memo::new(move |_| operation.with(|o| o.row.problem.clone()));
    let counts = Memo::new(move |_| operation.with(|o| progress(&o.steps)));
    let app = row.app.filter(|_| row.kind != OperationKind::DeleteApp);
    let deleted = row.app.filter(|_| row.kind == OperationKind::DeleteApp);
    let (who, began) = (row.actor_name.clone(), row.created_at);
    let note = move || {
        let said = problem.get().map(|p| p.here());
        match state.get() {
            WorkState::Failed => Some(
                view! {
                    <Note state=State::Failed title=t!("It failed", "操作失败")>
                        {said.unwrap_or_default()}
                    </Note>
                }
                .into_any(),
            ),
            WorkState::Cancelled => Some(
                view! {
                    <Note state=State::Idle title=t!("It was cancelled", "操作已取消")>
                        {said.unwrap_or_default()}
                    </Note>
                }
                .into_any(),
            ),
            WorkState::Pending | WorkState::Running => Some(
                view! {
                    <p class="muted">
                        {t!(
                            "It goes on when you leave this page, and after a restart of the server.",
                            "离开本页或服务器重启后，操作仍会继续。",
                        )}
                    </p>
                }
                .into_any(),
            ),
            WorkState::Succeeded => None,
        }
    };
    view! {
        <Title text=title.clone() />
        <div class="page page-narrow">
            <PageHeader
                title
                state=move || {
                    view! {
                        <StateBadge
                            state=Signal::derive(move || State::from(state.get()))
                            word=Signal::derive(move || Some(words::work_state(state.get()).to_owned()))
                            tint=true
                        />
                    }
                }
                since=move || view! { <Elapsed from=began to=ended /> }
                actions=move || {
                    view! {
                        {app
                            .map(|app| {
                                view! {
                                    <LinkButton href=format!("/apps/{app}") icon="box">
                                        {t!("Open the app", "打开应用")}
                                    </LinkButton>
                                }
                            })}
                        {move || {
                            deleted
                                .filter(|_| state.get() == WorkState::Succeeded)
                                .map(|app| {
                                    view! {
                                        <LinkButton href=format!("/apps/{app}/releases") icon="file-text">
                                            {t!("Its releases", "发布记录")}
                                        </LinkButton>
                                    }
                                })
                        }}
                    }
                }
                facts=move || {
                    view! {
                        <span>{tf!("by {who}", "由 {who} 发起")}</span>
                        <RelativeTime at=began />
                        <span>
                            {move || {
                                let (done, all) = counts.get();
                                tf!("{done} of {all} steps done", "已完成 {done} / {all} 步")
                            }}
                        </span>
                    }
                }
            />
            {note}
            <Section title=t!("Steps", "步骤")>
                <div aria-live="polite">
                    <Steps steps=Signal::derive(move || operation.with(|o| o.steps.clone())) />
                </div>
            </Section>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Text;

    #[test]
    fn only_steps_that_succeeded_are_done() {
        let step = |state| OperationStep {
            name: String::new(),
            title: Text::default(),
            state,
            note: None,
            started_at: None,
            ended_at: None,
        };
        let steps = [WorkState::Succeeded, WorkState::Failed, WorkState::Running, WorkState::Pending].map(step);
        assert_eq!(progress(&steps), (1, 4));
    }
}
