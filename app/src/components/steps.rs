//! Long work in steps: done, now, to come, and why it waits.

use leptos::prelude::*;

use super::Elapsed;
use crate::{
    model::{OperationStep, WorkState},
    t,
};

/// The value of `data-step`.
const fn key(state: WorkState) -> &'static str {
    match state {
        WorkState::Pending => "next",
        WorkState::Running => "now",
        WorkState::Succeeded => "done",
        WorkState::Failed => "failed",
        WorkState::Cancelled => "skipped",
    }
}

fn word(state: WorkState) -> &'static str {
    match state {
        WorkState::Pending => t!("to come", "待执行"),
        WorkState::Running => t!("now", "进行中"),
        WorkState::Succeeded => t!("done", "已完成"),
        WorkState::Failed => t!("failed", "失败"),
        WorkState::Cancelled => t!("cancelled", "已取消"),
    }
}

const fn shape(state: WorkState) -> &'static str {
    match state {
        WorkState::Pending => r#"<circle cx="9" cy="9" r="7.5"></circle>"#,
        WorkState::Running => {
            r#"<circle class="step-track" cx="9" cy="9" r="7.5"></circle><path class="step-turn" d="M9 1.5A7.5 7.5 0 0 1 16.5 9"></path>"#
        }
        WorkState::Succeeded => r#"<circle cx="9" cy="9" r="7.5"></circle><path d="m5.8 9.2 2.2 2.2 4.2-4.6"></path>"#,
        WorkState::Failed => r#"<circle cx="9" cy="9" r="7.5"></circle><path d="m6.5 6.5 5 5m0-5-5 5"></path>"#,
        WorkState::Cancelled => r#"<circle cx="9" cy="9" r="7.5"></circle><path d="M5.5 9h7"></path>"#,
    }
}

/// The steps of an operation, each with the time it took or takes.
#[component]
pub fn Steps(
    /// The steps, in order.
    #[prop(into)]
    steps: Signal<Vec<OperationStep>>,
) -> impl IntoView {
    let line = |step: OperationStep| {
        let current = (step.state == WorkState::Running).then_some("step");
        let time = step.started_at.map(|from| match (step.ended_at, step.state) {
            (None, WorkState::Running) => view! { <Elapsed from /> }.into_any(),
            (Some(to), _) => view! { <Elapsed from to /> }.into_any(),
            (None, _) => ().into_any(),
        });
        let note = step.note.map(|note| view! { <span class="step-detail">{note.here()}</span> });
        view! {
            <li data-step=key(step.state) aria-current=current>
                <svg class="step-mark" viewBox="0 0 18 18" aria-hidden="true" inner_html=shape(step.state)></svg>
                <span class="step-name">
                    {step.title.here()} <span class="visually-hidden">{format!(" ({})", word(step.state))}</span>
                </span>
                {time}
                {note}
            </li>
        }
    };
    view! { <ol class="steps">{move || steps.get().into_iter().map(line).collect_view()}</ol> }
}
