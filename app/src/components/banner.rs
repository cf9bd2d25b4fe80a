//! Things that must be known before reading on.

use leptos::{oco::Oco, prelude::*};

use super::{Icon, State, StateMark};

/// A line across the page: the connection is lost, figures are stale, a password has to be changed.
/// Screen readers are told when it appears.
#[component]
pub fn Banner(
    /// Decides shape and colour.
    #[prop(into)]
    state: Signal<State>,
    /// What there is to know.
    #[prop(into)]
    text: Signal<String>,
    /// What can be done about it.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="banner" data-state=move || state.get().key() role="status">
            <StateMark state />
            <span class="banner-text">{move || text.get()}</span>
            {children.map(|children| view! { <span class="banner-tools">{children()}</span> })}
        </div>
    }
}

/// The same within a page, over what it is about.
#[component]
pub fn Note(
    /// Decides shape and colour; without one it is a plain remark.
    #[prop(optional, into)]
    state: Option<State>,
    /// The point, in a few words.
    #[prop(optional, into)]
    title: Option<Oco<'static, str>>,
    /// The rest.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let mark = match state {
        Some(state) => view! { <StateMark state /> }.into_any(),
        None => view! { <Icon name="info" /> }.into_any(),
    };
    view! {
        <div class="note" data-state=state.map(State::key)>
            {mark}
            <div>
                {title.map(|title| view! { <p class="note-title">{title}</p> })}
                {children.map(|children| view! { <div class="note-text">{children()}</div> })}
            </div>
        </div>
    }
}
