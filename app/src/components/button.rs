//! What is pressed.

use leptos::{ev::MouseEvent, oco::Oco, prelude::*, wasm_bindgen::JsCast, web_sys::HtmlDialogElement};

use super::Icon;

/// How loud a button is. There is one [`ButtonKind::Primary`] on a screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonKind {
    /// The one action most likely wanted.
    Primary,
    /// Everything else.
    #[default]
    Quiet,
    /// Text with the room of a button, in tables and menus.
    Plain,
    /// Leads to something that destroys: opens the question, does nothing yet.
    Warn,
    /// Destroys.
    Danger,
}

impl ButtonKind {
    fn class(self, small: bool, icon_only: bool) -> String {
        let kind = match self {
            Self::Primary => " button-primary",
            Self::Quiet => "",
            Self::Plain => " button-plain",
            Self::Warn => " button-warn",
            Self::Danger => " button-danger",
        };
        let small = if small { " button-small" } else { "" };
        let icon = if icon_only { " button-icon" } else { "" };
        format!("button{kind}{small}{icon}")
    }
}

/// A button. Without `on_press` it submits the form around it, script or no script.
///
/// While `busy` it keeps its words and the focus, shows a running line and swallows further presses.
#[component]
pub fn Button(
    /// How loud.
    #[prop(optional)]
    kind: ButtonKind,
    /// An icon before the words.
    #[prop(optional, into)]
    icon: Option<&'static str>,
    /// The name for screen readers of a button that is an icon alone.
    #[prop(optional, into)]
    label: Option<Oco<'static, str>>,
    /// Lower, for tables and section heads.
    #[prop(optional)]
    small: bool,
    /// Something is under way because of it.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// It cannot be pressed now. Say why beside it.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// What to do.
    #[prop(optional, into)]
    on_press: Option<Callback<MouseEvent>>,
    /// The name of the value it submits.
    #[prop(optional, into)]
    name: Option<&'static str>,
    /// The value it submits.
    #[prop(optional, into)]
    value: Option<Oco<'static, str>>,
    /// The form it belongs to, when it stands outside of it: a page's main action.
    #[prop(optional, into)]
    form: Option<Oco<'static, str>>,
    /// The id of the dialog that it opens, script or no script.
    #[prop(optional, into)]
    opens: Option<Oco<'static, str>>,
    /// The words.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let class = kind.class(small, children.is_none());
    let kind = if on_press.is_some() || opens.is_some() { "button" } else { "submit" };
    let command = opens.is_some().then_some("show-modal");
    let dialog = opens.clone();
    let press = move |event: MouseEvent| {
        if busy.get_untracked() {
            event.prevent_default();
        } else if let Some(on_press) = on_press {
            on_press.run(event);
        } else if let Some(id) = &dialog {
            // Younger than the browsers that Longshore works in; there it needs the script.
            event.prevent_default();
            open_dialog(id);
        }
    };
    view! {
        <button
            type=kind
            class=class
            name=name
            value=value
            form=form
            aria-label=label.clone()
            title=label
            commandfor=opens
            command=command
            aria-busy=move || busy.get().then_some("true")
            disabled=move || disabled.get()
            on:click=press
        >
            {icon.map(|name| view! { <Icon name /> })}
            {children.map(|children| children())}
        </button>
    }
}

/// Opens a dialog of the page by its id.
fn open_dialog(id: &str) {
    let dialog = document().get_element_by_id(id).and_then(|found| found.dyn_into::<HtmlDialogElement>().ok());
    if let Some(dialog) = dialog.filter(|dialog| !dialog.open()) {
        // It can only fail when the dialog is not in the page, and then there is nothing to show.
        drop(dialog.show_modal());
    }
}

/// A link that looks like a button: it goes somewhere.
#[component]
pub fn LinkButton(
    /// Where to.
    #[prop(into)]
    href: Signal<String>,
    /// How loud.
    #[prop(optional)]
    kind: ButtonKind,
    /// An icon before the words.
    #[prop(optional, into)]
    icon: Option<&'static str>,
    /// The name for screen readers of a link that is an icon alone.
    #[prop(optional, into)]
    label: Option<Oco<'static, str>>,
    /// Lower, for tables and section heads.
    #[prop(optional)]
    small: bool,
    /// The words.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let class = kind.class(small, children.is_none());
    view! {
        <a class=class href=move || href.get() aria-label=label.clone() title=label>
            {icon.map(|name| view! { <Icon name /> })}
            {children.map(|children| children())}
        </a>
    }
}

#[cfg(test)]
mod tests {
    use super::ButtonKind;

    #[test]
    fn classes_add_up() {
        assert_eq!(ButtonKind::Quiet.class(false, false), "button");
        assert_eq!(ButtonKind::Danger.class(true, true), "button button-danger button-small button-icon");
    }
}
