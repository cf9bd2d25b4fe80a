//! The keys that do what stands beside them.

use leptos::prelude::*;

/// A hint such as `Ctrl` `K`. Hidden from screen readers, which are told by `aria-keyshortcuts`, and from
/// touch.
#[component]
pub fn Keys(
    /// The keys, separated by a blank: `"g a"`, `"Ctrl K"`.
    keys: &'static str,
) -> impl IntoView {
    view! {
        <span class="keys" aria-hidden="true">
            {keys.split(' ').map(|key| view! { <kbd>{key}</kbd> }).collect_view()}
        </span>
    }
}
