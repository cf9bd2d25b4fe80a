//! A few choices of which one holds: a view, a range of time. Links, so that the choice is in the address.

use leptos::{oco::Oco, prelude::*};

/// One choice.
#[derive(Clone, Debug)]
pub struct Segment {
    /// Its key.
    pub key: &'static str,
    /// Its words.
    pub label: Oco<'static, str>,
    /// Where it leads.
    pub href: String,
}

/// The choices, side by side.
#[component]
pub fn Segmented(
    /// What is chosen, for screen readers.
    #[prop(into)]
    label: Oco<'static, str>,
    /// The choices.
    segments: Vec<Segment>,
    /// The key of the one that holds.
    #[prop(into)]
    current: Signal<String>,
) -> impl IntoView {
    let segments = segments
        .into_iter()
        .map(|s| {
            view! { <a href=s.href aria-current=move || (current.get() == s.key).then_some("true")>{s.label}</a> }
        })
        .collect_view();
    view! { <div class="segmented" role="group" aria-label=label>{segments}</div> }
}
