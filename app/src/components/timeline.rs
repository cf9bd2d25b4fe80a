//! The releases of an application, newest first: number, when, who, why, what changed, what to do.

use leptos::prelude::*;

use super::{RelativeTime, State, StateMark};
use crate::{
    i18n::Text,
    model::{ReleaseRow, ReleaseState},
    t, tf,
};

fn word(state: ReleaseState, ends: bool) -> &'static str {
    match state {
        ReleaseState::Live if ends => t!("current", "当前"),
        ReleaseState::Pending => t!("recorded", "已记录"),
        ReleaseState::RollingOut => t!("rolling out", "发布中"),
        ReleaseState::Live => t!("serving", "运行中"),
        ReleaseState::Superseded => t!("superseded", "已被取代"),
        ReleaseState::Failed => t!("failed", "失败"),
        ReleaseState::Aborted => t!("aborted", "已中止"),
    }
}

/// Releases on a line.
#[component]
pub fn Timeline(
    /// The releases, newest first.
    #[prop(into)]
    releases: Signal<Vec<ReleaseRow>>,
    /// A release's page.
    #[prop(into)]
    href: Callback<ReleaseRow, String>,
    /// Small buttons at a release's end, the most likely one last: where there is no room, only that is shown.
    #[prop(into)]
    tools: Callback<ReleaseRow, AnyView>,
    /// Whether what was released runs to its end, instead of serving.
    #[prop(optional)]
    ends: bool,
) -> impl IntoView {
    let entry = move |release: ReleaseRow| {
        let state = State::from(release.state);
        let address = href.run(release.clone());
        let tools = tools.run(release.clone());
        let of = release.rollback_of.map(|n| {
            view! { <span class="timeline-of" title=tf!("brings back release {n}", "恢复发布 {n}")>{format!("↩ {n}")}</span> }
        });
        let reason = (!release.reason.is_empty()).then(|| view! { <span>{release.reason}</span> });
        let changes = release.changes.iter().map(Text::here).collect::<Vec<_>>().join(t!(", ", "、"));
        // One that served, and in which others had a hand, did not fail.
        let served = matches!(release.state, ReleaseState::Live | ReleaseState::Superseded);
        let problem = release.problem.map(|problem| {
            view! { <span class="timeline-problem" data-served=served.then_some("true")>{problem.here()}</span> }
        });
        view! {
            <li data-state=state.key()>
                <StateMark state />
                <span class="timeline-number">
                    <a href=address>{release.number}</a>
                    <span class="visually-hidden">{word(release.state, ends)}</span>
                    {of}
                </span>
                <span class="timeline-when"><RelativeTime at=release.created_at /></span>
                <span class="timeline-who">{release.actor_name}</span>
                <span class="timeline-why">
                    {reason} <span class="timeline-what">{changes}</span> {problem}
                </span>
                <span class="timeline-tools">{tools}</span>
            </li>
        }
    };
    view! {
        <ol class="timeline">
            <For each=move || releases.get() key=move |r| (r.id.to_string(), r.number, word(r.state, ends)) children=entry />
        </ol>
    }
}
