//! A page's first line: what it is, its state in a word, a colour and a shape, since when, and the one
//! action most likely wanted.

use leptos::prelude::*;

/// The head of a page. The line with the name sticks; on a phone the actions are pinned over the bottom bar.
///
/// Stands as the first thing in `<div class="page">`.
#[component]
pub fn PageHeader(
    /// The thing's name; the page's `<h1>`.
    #[prop(into)]
    title: Signal<String>,
    /// A tinted [`super::StateBadge`].
    #[prop(optional, into)]
    state: Option<ViewFn>,
    /// Since when, or a count.
    #[prop(optional, into)]
    since: Option<ViewFn>,
    /// The action most likely wanted, first; then at most one more and a menu.
    #[prop(optional, into)]
    actions: Option<ViewFn>,
    /// One line of what it is; each child of its own.
    #[prop(optional, into)]
    facts: Option<ViewFn>,
    /// [`super::Tabs`], when it has some.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <header class="page-header">
            <div class="page-bar">
                <div class="page-title">
                    <h1>{move || title.get()}</h1>
                    {state.map(|state| state.run())}
                    {since.map(|since| view! { <span class="page-since">{since.run()}</span> })}
                </div>
                {actions.map(|actions| view! { <div class="page-actions">{actions.run()}</div> })}
            </div>
            {facts.map(|facts| view! { <div class="page-facts">{facts.run()}</div> })}
            {children.map(|children| children())}
        </header>
    }
}
