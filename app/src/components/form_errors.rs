//! What is wrong with a form, told over it.

use leptos::prelude::*;

use crate::{UiError, t};

/// What is wrong with a form as a whole, over its first field, with links to the fields. Screen readers
/// are told when it appears.
#[component]
pub fn FormErrors(
    /// The error of the last attempt.
    #[prop(into)]
    error: Signal<Option<UiError>>,
    /// Whether it may come while somebody types, who is to be left alone then.
    #[prop(optional)]
    by_itself: bool,
) -> impl IntoView {
    let node = NodeRef::<leptos::html::Div>::new();
    // A form may be longer than the screen, and its button far from here.
    Effect::watch(
        move || error.with(Option::is_some),
        move |wrong, _, _| {
            if *wrong && !by_itself {
                request_animation_frame(move || {
                    if let Some(node) = node.try_get_untracked().flatten() {
                        _ = node.focus();
                    }
                });
            }
        },
        false,
    );
    move || {
        error.get().map(|error| {
            let fields = error
                .fields
                .iter()
                .map(|f| view! { <li><a href=format!("#{}", f.field)>{f.message.here()}</a></li> })
                .collect_view();
            let request = error.request_id.clone().map(|id| {
                view! { <p>{t!("Request", "请求编号")} " " <code>{id}</code></p> }
            });
            view! {
                <div class="form-errors" role="alert" tabindex="-1" node_ref=node>
                    <p>{error.message.here()}</p>
                    {(error.fields.len() > 1).then(|| view! { <ul>{fields}</ul> })}
                    {request}
                </div>
            }
        })
    }
}
