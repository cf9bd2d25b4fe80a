//! Text of machines, to read and to copy: a command, a manifest.

use leptos::prelude::*;

use super::CopyButton;

/// A block of code that scrolls by itself, with a copy button.
#[component]
pub fn CodeBlock(
    /// What it is, for screen readers.
    #[prop(into)]
    label: Signal<String>,
    /// The text.
    #[prop(into)]
    text: Signal<String>,
) -> impl IntoView {
    view! {
        <div class="code">
            <pre tabindex="0" role="region" aria-label=move || label.get()>{move || text.get()}</pre>
            <CopyButton text />
        </div>
    }
}
