//! "Will it fit?": the answer in one line and what would fit instead, what was looked at folded behind it.

use leptos::prelude::*;

use super::{Icon, State, StateMark};
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
    // What would help, and what was left out, is neither well nor broken: it has no state.
    let ways =
        answer.smaller.map(|smaller| smaller.detail).into_iter().chain(answer.idle_hosts.map(|idle| idle.detail));
    let ways = ways.map(|way| view! { <p class="fit-way">{way.here()}</p> }).collect_view();
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
    let notes = answer
        .notes
        .into_iter()
        .map(|note| {
            view! {
                <li class="fit-check fit-note">
                    <Icon name="info" />
                    <span>{note.here()}</span>
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
            <div class="fit-body">
                {ways} <ul>{checks} {notes}</ul>
            </div>
        </details>
    }
}
