//! A native dialog: the page behind it is inert, Escape closes it, the focus returns.

use leptos::{html, oco::Oco, prelude::*};

use super::Icon;
use crate::t;

/// A dialog. A button opens it by its id (`<Button opens="…">`), script or no script; or `open` does, when
/// whether it is open lives in the address.
///
/// On a phone it is a sheet that comes from below.
#[component]
pub fn Dialog(
    /// Unique in the page.
    #[prop(into)]
    id: Oco<'static, str>,
    /// What it is about.
    #[prop(into)]
    title: Signal<String>,
    /// Whether it is open.
    #[prop(optional, into)]
    open: Option<Signal<bool>>,
    /// It was closed: by its button, by Escape, or by a form in it with `method="dialog"`.
    #[prop(optional, into)]
    on_close: Option<Callback<()>>,
    /// Wide enough for a difference in two columns.
    #[prop(optional)]
    wide: bool,
    /// Nothing in its body takes the focus: the body does, so that it can be scrolled by keys.
    #[prop(optional)]
    to_read: bool,
    /// The buttons at its foot.
    #[prop(optional, into)]
    foot: Option<ViewFn>,
    /// The body.
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    if let Some(open) = open {
        Effect::new(move || {
            let Some(dialog) = node.get() else { return };
            match (open.get(), dialog.open()) {
                // It can only fail when the dialog is not in the page, and then there is nothing to show.
                (true, false) => drop(dialog.show_modal()),
                (false, true) => dialog.close(),
                _ => {}
            }
        });
    }
    let heading = format!("{id}-title");
    let labelled_by = heading.clone();
    view! {
        <dialog
            node_ref=node
            id=id
            class=if wide { "dialog dialog-wide" } else { "dialog" }
            aria-labelledby=labelled_by
            on:close=move |_| {
                if let Some(on_close) = on_close {
                    on_close.run(());
                }
            }
        >
            <div class="dialog-head">
                <h2 id=heading>{move || title.get()}</h2>
                <form method="dialog">
                    <button class="button button-plain button-icon button-small" aria-label=t!("Close", "关闭")>
                        <Icon name="x" />
                    </button>
                </form>
            </div>
            <div class="dialog-body" tabindex=to_read.then_some("0")>
                {children()}
            </div>
            {foot.map(|foot| view! { <div class="dialog-foot">{foot.run()}</div> })}
        </dialog>
    }
}
