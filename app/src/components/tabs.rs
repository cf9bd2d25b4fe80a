//! Tabs: links, so that the chosen one is in the address.

use leptos::{oco::Oco, prelude::*};

/// One tab.
#[derive(Clone, Debug)]
pub struct Tab {
    /// Its key.
    pub key: &'static str,
    /// Its words.
    pub label: Oco<'static, str>,
    /// Where it leads.
    pub href: String,
    /// How many are behind it.
    pub count: Option<u64>,
}

impl Tab {
    /// A tab without a count.
    pub fn new(key: &'static str, label: impl Into<Oco<'static, str>>, href: impl Into<String>) -> Self {
        Self { key, label: label.into(), href: href.into(), count: None }
    }
}

/// A row of tabs; it scrolls sideways by itself when there is no room.
#[component]
pub fn Tabs(
    /// What they divide, for screen readers.
    #[prop(into)]
    label: Oco<'static, str>,
    /// The tabs.
    tabs: Vec<Tab>,
    /// The key of the chosen one.
    #[prop(into)]
    current: Signal<String>,
) -> impl IntoView {
    let tabs = tabs
        .into_iter()
        .map(|tab| {
            view! {
                <li>
                    <a href=tab.href aria-current=move || (current.get() == tab.key).then_some("page")>
                        {tab.label}
                        {tab.count.map(|n| view! { <span class="tab-count">{n}</span> })}
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <nav class="tabs" aria-label=label>
            <ul>{tabs}</ul>
        </nav>
    }
}
