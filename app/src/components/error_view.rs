//! What a place says when it cannot show what it should: what happened, what to do, and the request's id.

use leptos::prelude::*;

use super::{Copyable, State, StateMark};
use crate::{UiError, t};

/// An error in the place of what could not be shown.
#[component]
pub fn ErrorView(
    /// What happened.
    error: UiError,
    /// It stands for the whole page: larger, without a frame.
    #[prop(optional)]
    page: bool,
    /// What to do next: try again, sign in, go back.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let fields = error.fields.iter().filter(|f| f.message != error.message).map(|f| f.message.here());
    let fields: Vec<_> = fields.map(|message| view! { <li>{message}</li> }).collect();
    let message = error.message.here();
    let title = if page {
        view! { <h1 class="failure-title"><StateMark state=State::Failed />{message}</h1> }.into_any()
    } else {
        view! { <p class="failure-title"><StateMark state=State::Failed />{message}</p> }.into_any()
    };
    view! {
        <div class=if page { "failure failure-page" } else { "failure" } data-state="failed" role="alert">
            {title}
            {(!fields.is_empty()).then(|| view! { <ul>{fields}</ul> })}
            {children.map(|children| view! { <div class="row">{children()}</div> })}
            {error
                .request_id
                .map(|id| view! {
                    <div class="failure-request">{t!("Request", "请求编号")} <Copyable text=id /></div>
                })}
        </div>
    }
}
