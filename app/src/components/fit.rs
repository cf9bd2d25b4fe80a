//! "Will it fit?": the answer in one line, what was looked at folded behind it.

use leptos::prelude::*;

use super::{State, StateMark};
use crate::model::FitAnswer;

/// An answer. It is open at once when something is short.
#[component]
pub fn FitResult(
    /// The answer.
    answer: FitAnswer,
) -> impl IntoView {
    let state = |ok: bool| if ok { State::Serving } else { State::Failed };
    // There is room, but something else speaks against it: an image that the registry does not have.
    let doubtful = answer.checks.iter().any(|check| !check.ok);
    let overall = if answer.fits && doubtful { State::Degraded } else { state(answer.fits) };
    let checks = answer
        .checks
        .into_iter()
        .map(|check| {
            let state = state(check.ok);
            view! {
                <li class="fit-check" data-state=state.key()>
                    <StateMark state />
                    <span>{check.detail.here()}</span>
                </li>
            }
        })
        .collect_view();
    view! {
        <details class="fit" data-state=overall.key() open=!answer.fits || doubtful>
            <summary>
                <StateMark state=overall />
                <span>{answer.summary.here()}</span>
            </summary>
            <ul class="fit-body">{checks}</ul>
        </details>
    }
}
