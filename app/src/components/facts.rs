//! Names and values.

use leptos::{oco::Oco, prelude::*};

/// A list of names and values: [`Fact`]s.
#[component]
pub fn Facts(
    /// The facts.
    children: Children,
) -> impl IntoView {
    view! { <dl class="facts">{children()}</dl> }
}

/// A name and its value.
#[component]
pub fn Fact(
    /// The name.
    #[prop(into)]
    name: Oco<'static, str>,
    /// The value.
    children: Children,
) -> impl IntoView {
    view! {
        <dt>{name}</dt>
        <dd>{children()}</dd>
    }
}

/// A row of large figures, divided by hairlines: [`Figure`]s.
#[component]
pub fn Figures(
    /// The figures.
    children: Children,
) -> impl IntoView {
    view! { <dl class="figures">{children()}</dl> }
}

/// A large figure and what it counts.
#[component]
pub fn Figure(
    /// What it counts.
    #[prop(into)]
    name: Oco<'static, str>,
    /// The figure; a unit or "of 12" in `<small>`.
    children: Children,
) -> impl IntoView {
    view! {
        <div>
            <dt>{name}</dt>
            <dd>{children()}</dd>
        </div>
    }
}
