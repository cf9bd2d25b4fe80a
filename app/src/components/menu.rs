//! Choices behind a button: a native popover, so it opens before any script, closes on Escape or a press
//! outside, and gives the focus back.

use leptos::{ev::MouseEvent, oco::Oco, prelude::*};

use super::Icon;

/// A button and what it opens.
///
/// ```text
/// <Menu id="app-menu" label=t!("More", "更多") icon="ellipsis">
///     <MenuLink href="…" icon="pencil">…</MenuLink>
/// </Menu>
/// ```
#[component]
pub fn Menu(
    /// Unique in the page.
    #[prop(into)]
    id: Oco<'static, str>,
    /// The button's name; shown when `face` is absent and there is no icon.
    #[prop(into)]
    label: Signal<String>,
    /// The button's icon, alone.
    #[prop(optional, into)]
    icon: Option<&'static str>,
    /// The button's class; that of a quiet icon button if not given.
    #[prop(optional, into)]
    class: Option<&'static str>,
    /// What the button shows instead of icon or label.
    #[prop(optional, into)]
    face: Option<ViewFn>,
    /// Opens towards the end of the line rather than its start.
    #[prop(optional)]
    towards_end: bool,
    /// [`MenuLink`], [`MenuButton`], [`MenuHeading`], `<hr/>`.
    children: Children,
) -> impl IntoView {
    let class = class.unwrap_or(if icon.is_some() { "button button-icon" } else { "button" });
    let named = icon.is_some();
    let name = move || named.then(|| label.get());
    let face = match (face, icon) {
        (Some(face), _) => face.run(),
        (None, Some(name)) => view! { <Icon name /> }.into_any(),
        (None, None) => view! { <span>{move || label.get()}</span><Icon name="chevron-down" /> }.into_any(),
    };
    view! {
        <button type="button" class=class popovertarget=id.clone() aria-haspopup="true" aria-label=name title=name>
            {face}
        </button>
        <div id=id popover="auto" class=if towards_end { "menu menu-start" } else { "menu" } role="group" aria-label=move || label.get()>
            {children()}
        </div>
    }
}

/// A choice that goes somewhere.
#[component]
pub fn MenuLink(
    /// Where to.
    #[prop(into)]
    href: Signal<String>,
    /// An icon before the words.
    #[prop(optional, into)]
    icon: Option<&'static str>,
    /// It is where the reader is, or what is chosen.
    #[prop(optional, into)]
    current: Signal<bool>,
    /// It leads to something that destroys.
    #[prop(optional)]
    danger: bool,
    /// The words.
    children: Children,
) -> impl IntoView {
    view! {
        <a
            class=item_class(danger)
            href=move || href.get()
            aria-current=move || current.get().then_some("true")
        >
            {icon.map(|name| view! { <Icon name /> })}
            {children()}
        </a>
    }
}

/// A choice that does something. Without `on_press` it submits the form around it.
#[component]
pub fn MenuButton(
    /// An icon before the words.
    #[prop(optional, into)]
    icon: Option<&'static str>,
    /// What to do.
    #[prop(optional, into)]
    on_press: Option<Callback<MouseEvent>>,
    /// The id of the dialog that it opens, script or no script.
    #[prop(optional, into)]
    opens: Option<Oco<'static, str>>,
    /// It leads to something that destroys.
    #[prop(optional)]
    danger: bool,
    /// The words.
    children: Children,
) -> impl IntoView {
    let kind = if on_press.is_some() || opens.is_some() { "button" } else { "submit" };
    let command = opens.is_some().then_some("show-modal");
    view! {
        <button
            type=kind
            class=item_class(danger)
            commandfor=opens
            command=command
            on:click=move |event| {
                if let Some(on_press) = on_press {
                    on_press.run(event);
                }
            }
        >
            {icon.map(|name| view! { <Icon name /> })}
            {children()}
        </button>
    }
}

/// Words over a group of choices.
#[component]
pub fn MenuHeading(
    /// The words.
    children: Children,
) -> impl IntoView {
    view! { <p class="menu-heading">{children()}</p> }
}

const fn item_class(danger: bool) -> &'static str {
    if danger { "menu-item menu-item-danger" } else { "menu-item" }
}
