//! The line over a list. A plain GET form: what is chosen is in the address, script or no script.

use leptos::{oco::Oco, prelude::*};

use super::{Icon, Keys};

/// The line: a [`SearchField`], selects, [`Chip`]s, and how many there are.
#[component]
pub fn FilterBar(
    /// The path of the list.
    #[prop(into)]
    action: Oco<'static, str>,
    /// What it filters, for screen readers.
    #[prop(into)]
    label: Oco<'static, str>,
    /// How many are left.
    #[prop(optional, into)]
    count: MaybeProp<String>,
    /// The controls.
    children: Children,
) -> impl IntoView {
    view! {
        <form class="filter" method="get" action=action role="search" aria-label=label>
            {children()}
            {move || count.get().map(|count| view! { <output class="filter-count">{count}</output> })}
        </form>
    }
}

/// The field to search in; `/` brings the focus here.
#[component]
pub fn SearchField(
    /// The name in the address.
    #[prop(default = "q")]
    name: &'static str,
    /// What can be searched for: name and example in one.
    #[prop(into)]
    label: Oco<'static, str>,
    /// What is searched for now.
    #[prop(optional, into)]
    value: Signal<String>,
    /// A key was pressed: the whole value.
    #[prop(optional, into)]
    on_input: Option<Callback<String>>,
) -> impl IntoView {
    view! {
        <div class="filter-search">
            <Icon name="search" />
            <input
                class="input"
                type="search"
                name=name
                value=value.get_untracked()
                aria-label=label.clone()
                placeholder=label
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                data-search="true"
                aria-keyshortcuts="/"
                on:input=move |event| {
                    if let Some(on_input) = on_input {
                        on_input.run(event_target_value(&event));
                    }
                }
            />
            <Keys keys="/" />
        </div>
    }
}

/// A condition that holds or may be chosen, as a link.
#[component]
pub fn Chip(
    /// The address with it turned over.
    #[prop(into)]
    href: Signal<String>,
    /// Whether it holds.
    #[prop(into)]
    on: Signal<bool>,
    /// Its words.
    children: Children,
) -> impl IntoView {
    view! {
        <a class="chip" href=move || href.get() aria-current=move || on.get().then_some("true")>
            {children()}
            {move || on.get().then(|| view! { <Icon name="x" /> })}
        </a>
    }
}

/// A word about a thing that is not its state: a role, a taint, a label.
#[component]
pub fn Tag(
    /// The word.
    children: Children,
) -> impl IntoView {
    view! { <span class="tag">{children()}</span> }
}
