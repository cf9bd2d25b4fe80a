//! Why somebody changes an application: asked in the same way wherever it is asked.

use leptos::prelude::*;

use crate::{UiError, components::TextField, pages::form::field, t};

/// The field for a reason, which may stay empty.
#[component]
pub fn ReasonField(
    /// The name it posts under: `reason` or `form[reason]`.
    name: &'static str,
    /// Its id, where a page asks twice; else the name is.
    #[prop(optional)]
    id: Option<&'static str>,
    /// The error of the form's last attempt.
    error: Signal<Option<UiError>>,
    /// An example.
    example: &'static str,
    /// A signal that outlives the field.
    #[prop(optional)]
    bind: Option<RwSignal<String>>,
) -> impl IntoView {
    let bind = bind.unwrap_or_else(|| RwSignal::new(String::new()));
    view! {
        <TextField
            name
            id=id.unwrap_or(name)
            label=t!("Why", "原因")
            bind
            error=field(error, &["reason"])
            placeholder=example
            hint=t!("Stands on the timeline beside your name.", "显示在发布时间线上，与您的名字并列。")
            optional=true
        />
    }
}
