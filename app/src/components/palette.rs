//! The command palette: any app, node, tenant or action in a few keys.

use leptos::{ev::KeyboardEvent, html, prelude::*};

use super::{Icon, Keys};
use crate::t;

/// Something to go to or to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaletteItem {
    /// The heading it stands under; items of one group follow each other.
    pub group: String,
    /// Its icon.
    pub icon: &'static str,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub place: String,
    /// Its address.
    pub href: String,
}

/// The index `step` away from `at` in a ring of `len`.
const fn around(at: usize, step: isize, len: usize) -> usize {
    if len == 0 {
        return 0;
    }
    // Both are far below isize::MAX: they count rows on a screen.
    (at % len).wrapping_add_signed(step).wrapping_add(len) % len
}

/// The palette. The page finds the items for what was typed; this shows them and moves among them.
#[component]
pub fn Palette(
    /// Whether it is open.
    #[prop(into)]
    open: Signal<bool>,
    /// It was closed.
    #[prop(into)]
    on_close: Callback<()>,
    /// What was typed.
    query: RwSignal<String>,
    /// What was found.
    #[prop(into)]
    items: Signal<Vec<PaletteItem>>,
    /// One was chosen: its address.
    #[prop(into)]
    on_choose: Callback<String>,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    let field = NodeRef::<html::Input>::new();
    let moved = RwSignal::new((String::new(), 0_usize));
    // A new query starts again at the first.
    let chosen = Memo::new(move |_| {
        let last = items.with(Vec::len).saturating_sub(1);
        moved.with(|(of, at)| if query.with(|q| q == of) { (*at).min(last) } else { 0 })
    });
    Effect::new(move || {
        let Some(dialog) = node.get() else { return };
        match (open.get(), dialog.open()) {
            (true, false) => {
                // It can only fail when the dialog is not in the page, and then there is nothing to show.
                drop(dialog.show_modal());
                if let Some(field) = field.get_untracked() {
                    field.select();
                }
            }
            (false, true) => dialog.close(),
            _ => {}
        }
    });
    let choose = move |at: usize| {
        if let Some(item) = items.with_untracked(|items| items.get(at).cloned()) {
            on_choose.run(item.href);
            on_close.run(());
        }
    };
    let go = move |step: isize| {
        let at = around(chosen.get_untracked(), step, items.with_untracked(Vec::len));
        moved.set((query.get_untracked(), at));
        reveal(at);
    };
    let keys = move |event: KeyboardEvent| {
        // While an input method composes, its keys are its own.
        if event.is_composing() {
            return;
        }
        match event.key().as_str() {
            "ArrowDown" => go(1),
            "ArrowUp" => go(-1),
            "Enter" => choose(chosen.get_untracked()),
            _ => return,
        }
        event.prevent_default();
    };
    let list = move || options(items.get(), chosen, choose);
    let nothing = move || {
        (items.with(Vec::is_empty) && !query.with(String::is_empty)).then(|| {
            view! { <p class="palette-none">{t!("Nothing of that name.", "没有找到匹配项。")}</p> }
        })
    };
    view! {
        <dialog
            class="palette"
            node_ref=node
            aria-label=t!("Search or jump to", "搜索或跳转")
            on:close=move |_| on_close.run(())
        >
            <div class="palette-search">
                <Icon name="search" />
                <input
                    node_ref=field
                    type="text"
                    role="combobox"
                    aria-expanded="true"
                    aria-controls="palette-list"
                    aria-autocomplete="list"
                    aria-activedescendant=move || (!items.with(Vec::is_empty)).then(|| option_id(chosen.get()))
                    aria-label=t!("Search or jump to", "搜索或跳转")
                    placeholder=t!("App, node, tenant or action", "应用、节点、租户或操作")
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    autofocus=true
                    on:input=move |event| query.set(event_target_value(&event))
                    on:keydown=keys
                />
                <form method="dialog">
                    <button class="button button-plain button-icon" aria-label=t!("Close", "关闭")>
                        <Icon name="x" />
                    </button>
                </form>
            </div>
            <div class="palette-list" id="palette-list" role="listbox" aria-label=t!("Results", "结果")>
                {list}
            </div>
            {nothing}
            <div class="palette-foot" aria-hidden="true">
                <span><Keys keys="↑ ↓" />{t!("choose", "选择")}</span>
                <span><Keys keys="↵" />{t!("open", "打开")}</span>
                <span><Keys keys="Esc" />{t!("close", "关闭")}</span>
            </div>
        </dialog>
    }
}

/// The items under their headings.
fn options(
    items: Vec<PaletteItem>,
    chosen: Memo<usize>,
    choose: impl Fn(usize) + Copy + Send + 'static,
) -> impl IntoView {
    let mut group = String::new();
    items
        .into_iter()
        .enumerate()
        .map(|(at, item)| {
            let heading = (item.group != group).then(|| {
                group.clone_from(&item.group);
                view! { <div class="palette-group" role="presentation">{item.group.clone()}</div> }
            });
            view! {
                {heading}
                <div
                    class="palette-item"
                    role="option"
                    id=option_id(at)
                    aria-selected=move || (chosen.get() == at).to_string()
                    on:click=move |_| choose(at)
                >
                    <Icon name=item.icon />
                    <span class="palette-name">{item.name}</span>
                    <span class="palette-where">{item.place}</span>
                </div>
            }
        })
        .collect_view()
}

/// Brings the option `at` into sight.
#[cfg(feature = "hydrate")]
fn reveal(at: usize) {
    if let Some(option) = document().get_element_by_id(&option_id(at)) {
        let options = web_sys::ScrollIntoViewOptions::new();
        options.set_block(web_sys::ScrollLogicalPosition::Nearest);
        option.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

#[cfg(not(feature = "hydrate"))]
const fn reveal(_at: usize) {}

fn option_id(at: usize) -> String {
    format!("palette-{at}")
}

#[cfg(test)]
mod tests {
    use super::around;

    #[test]
    fn goes_around() {
        assert_eq!(around(0, 1, 3), 1);
        assert_eq!(around(2, 1, 3), 0);
        assert_eq!(around(0, -1, 3), 2);
        assert_eq!(around(9, 1, 3), 1);
        assert_eq!(around(0, 1, 0), 0);
    }
}
