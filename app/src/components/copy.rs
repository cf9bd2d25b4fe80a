//! Copying a value.

use leptos::prelude::*;

use super::Icon;
use crate::t;

/// A button that copies `text`, and says so for two seconds. It is shown once the page lives, since it
/// cannot do anything before.
#[component]
pub fn CopyButton(
    /// What to copy.
    #[prop(into)]
    text: Signal<String>,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    let copy = move |_| {
        #[cfg(feature = "hydrate")]
        {
            use wasm_bindgen::{JsValue, closure::Closure};
            let done = Closure::once_into_js(move |_: JsValue| {
                copied.try_set(true);
                set_timeout(
                    move || {
                        copied.try_set(false);
                    },
                    std::time::Duration::from_secs(2),
                );
            });
            let promise = window().navigator().clipboard().write_text(&text.get_untracked());
            // A refusal by the browser leaves the button as it was.
            drop(
                js_sys::Reflect::get(&promise, &"then".into())
                    .map(|then| js_sys::Function::from(then).call1(&promise, &done)),
            );
        }
        #[cfg(not(feature = "hydrate"))]
        let _ = text;
    };
    let label = move || if copied.get() { t!("Copied", "已复制") } else { t!("Copy", "复制") };
    view! {
        <button
            type="button"
            class="button button-plain button-icon button-small copy"
            aria-label=label
            title=label
            data-copied=move || copied.get()
            on:click=copy
        >
            {move || if copied.get() { view! { <Icon name="check" /> } } else { view! { <Icon name="copy" /> } }}
        </button>
    }
}

/// A value of machines with its copy button.
#[component]
pub fn Copyable(
    /// The value.
    #[prop(into)]
    text: Signal<String>,
) -> impl IntoView {
    view! {
        <span class="copyable">
            <code>{move || text.get()}</code>
            <CopyButton text />
        </span>
    }
}
