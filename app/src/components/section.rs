//! A part of a page: a ruled heading and what stands below it.

use leptos::{oco::Oco, prelude::*};

/// A section.
#[component]
pub fn Section(
    /// Its heading.
    #[prop(into)]
    title: Oco<'static, str>,
    /// An address within the page.
    #[prop(optional, into)]
    id: Option<&'static str>,
    /// A remark beside the heading, on wide screens.
    #[prop(optional, into)]
    note: MaybeProp<String>,
    /// Small buttons or a link at the end of the rule.
    #[prop(optional, into)]
    tools: Option<ViewFn>,
    /// What stands below.
    children: Children,
) -> impl IntoView {
    view! {
        <section class="section" id=id>
            <div class="section-head">
                <h2>{title}</h2>
                {move || note.get().map(|note| view! { <span class="section-note">{note}</span> })}
                {tools.map(|tools| view! { <div class="section-tools">{tools.run()}</div> })}
            </div>
            {children()}
        </section>
    }
}
