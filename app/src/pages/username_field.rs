//! Fields of names, which say while one types what is wrong: by the same rule as the server, and beside it.

use std::time::Duration;

use leptos::prelude::*;

use crate::{
    components::TextField,
    i18n::Text,
    model::{ResourceName, Username},
    t, tf,
};

/// How long nobody types before a name is looked at first: nobody is told of a name that is not whole yet.
const PAUSE: Duration = Duration::from_millis(500);

/// The name that somebody signs in with.
#[component]
pub fn UsernameField(
    /// The name it posts under, and its id.
    name: &'static str,
    /// What browsers may fill in.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// The focus is here when the page opens.
    #[prop(optional)]
    autofocus: bool,
    /// What the server says is wrong.
    error: Signal<Option<String>>,
) -> impl IntoView {
    let value = RwSignal::new(String::new());
    let error = judged(value, |name| Username::parse("", name).err().map(|e| e.message), error);
    let rule = Username::rule().here();
    let hint = tf!("To sign in with. {rule}", "用于登录。{rule}");
    view! {
        <TextField
            name=name
            label=t!("User name", "用户名")
            bind=value
            mono=true
            autofocus=autofocus
            autocomplete=autocomplete
            hint=unless_said(hint, rule, error)
            keeps_hint=true
            error=error
        />
    }
}

/// The name of something that Longshore makes.
#[component]
pub fn ResourceNameField(
    /// The name it posts under, and its id.
    name: &'static str,
    /// Such a name.
    example: &'static str,
    /// The focus is here when the page opens.
    #[prop(optional)]
    autofocus: bool,
    /// What the server says is wrong.
    error: Signal<Option<String>>,
) -> impl IntoView {
    let value = RwSignal::new(String::new());
    let error = judged(value, |name| ResourceName::parse("", name).err().map(|e| e.message), error);
    let rule = ResourceName::rule().here();
    let hint = tf!("Such as {example}. {rule}", "如 {example}。{rule}");
    view! {
        <TextField
            name=name
            label=t!("Name", "名称")
            bind=value
            mono=true
            autofocus=autofocus
            hint=unless_said(hint, rule, error)
            keeps_hint=true
            error=error
        />
    }
}

/// What is wrong with a name: what its rule says of what is typed, else what the server said, until another is typed.
fn judged(
    value: RwSignal<String>,
    check: fn(&str) -> Option<Text>,
    server: Signal<Option<String>>,
) -> Signal<Option<String>> {
    let rested = rested(value);
    let sent = Memo::new(move |_| {
        server.with(|_| ());
        value.get_untracked()
    });
    Signal::derive(move || {
        let (typed, sent, said) = (value.get(), sent.get(), server.get());
        let wrong = if rested.get() && !typed.is_empty() { check(&typed) } else { None };
        wrong.map(|wrong| wrong.here()).or_else(|| said.filter(|_| typed == sent))
    })
}

/// Whether somebody has typed and paused since the field was empty.
fn rested(value: RwSignal<String>) -> RwSignal<bool> {
    let rested = RwSignal::new(false);
    let waiting = StoredValue::new(None::<TimeoutHandle>);
    Effect::watch(
        move || value.get(),
        move |typed, _, _| {
            if let Some(Some(earlier)) = waiting.try_update_value(Option::take) {
                earlier.clear();
            }
            if typed.is_empty() {
                rested.set(false);
                return;
            }
            // The page may have been left meanwhile.
            let pause = move || {
                rested.try_set(true);
            };
            waiting.set_value(set_timeout_with_handle(pause, PAUSE).ok());
        },
        false,
    );
    rested
}

/// The hint, which stays beside an error unless that is the rule itself.
fn unless_said(hint: String, rule: String, error: Signal<Option<String>>) -> Signal<Option<String>> {
    Signal::derive(move || error.with(|error| error.as_ref() != Some(&rule)).then(|| hint.clone()))
}
