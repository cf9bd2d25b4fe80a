//! What a place says when there is nothing in it yet: what it is for, and the first step.

use leptos::{oco::Oco, prelude::*};

use super::Icon;

/// An empty place.
#[component]
pub fn Empty(
    /// An icon of what would be there.
    icon: &'static str,
    /// That there is none.
    #[prop(into)]
    title: Oco<'static, str>,
    /// What it is for.
    #[prop(optional, into)]
    text: Option<Oco<'static, str>>,
    /// The first step: a button, perhaps two.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <Icon name=icon />
            <h2>{title}</h2>
            {text.map(|text| view! { <p>{text}</p> })}
            {children.map(|children| view! { <div class="empty-actions">{children()}</div> })}
        </div>
    }
}
