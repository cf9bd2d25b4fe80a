//! What stands where something is being loaded; it keeps the layout, so that nothing jumps.

use leptos::prelude::*;

use crate::t;

/// Rows of a table to come.
#[component]
pub fn SkeletonRows(
    /// As many as are likely to come.
    #[prop(default = 8)]
    rows: usize,
    /// As many as the table has.
    #[prop(default = 5)]
    columns: usize,
) -> impl IntoView {
    let row = move || {
        let cells = (0..columns)
            .map(|i| {
                let width = if i == 0 { "long" } else { "half" };
                view! { <td><span class="skeleton" data-width=width></span></td> }
            })
            .collect_view();
        view! { <tr>{cells}</tr> }
    };
    view! {
        <div class="table-wrap" aria-busy="true">
            <p class="visually-hidden">{t!("Loading", "正在加载")}</p>
            <table class="table table-plain" aria-hidden="true">
                <tbody>{(0..rows).map(|_| row()).collect_view()}</tbody>
            </table>
        </div>
    }
}

/// Lines of text, or a page's head, to come.
#[component]
pub fn SkeletonText(
    /// As many as are likely to come.
    #[prop(default = 3)]
    lines: usize,
    /// A title over them.
    #[prop(optional)]
    title: bool,
) -> impl IntoView {
    view! {
        <div aria-busy="true">
            <p class="visually-hidden">{t!("Loading", "正在加载")}</p>
            {title.then(|| view! { <span class="skeleton" data-shape="title"></span> })}
            {(0..lines)
                .map(|i| {
                    let width = if i + 1 == lines { "half" } else { "long" };
                    view! { <span class="skeleton" data-width=width></span> }
                })
                .collect_view()}
        </div>
    }
}
