//! A line of text with a rule: the rule stands beside it from the start, and says while somebody types what is wrong, by
//! the same function that judges when the form is sent. Without a script the rule is there, and the server's word.

use std::time::Duration;

use leptos::prelude::*;

use super::TextField;
use crate::{model::FieldRule, pause::Pause, tf};

/// How long nobody types before a value is looked at first: nobody is told of one that is not whole yet.
const REST: Duration = Duration::from_millis(500);

/// A [`TextField`] that is checked while it is filled in.
#[component]
pub fn CheckedField(
    /// The name it posts under, and its id.
    name: &'static str,
    /// What it is.
    label: &'static str,
    /// What its value may be.
    rule: FieldRule,
    /// A sentence before the rule: what it is for, or an example.
    #[prop(optional, into)]
    about: Signal<String>,
    /// Its value at first.
    #[prop(optional, into)]
    value: String,
    /// A signal that follows it, where the page needs one.
    #[prop(optional, into)]
    bind: Option<RwSignal<String>>,
    /// `text`, `email` or `url`.
    #[prop(default = "text")]
    kind: &'static str,
    /// What browsers may fill in.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// It may stay empty.
    #[prop(optional)]
    optional: bool,
    /// The focus is here when the page opens.
    #[prop(optional)]
    autofocus: bool,
    /// In the face of machines.
    #[prop(optional)]
    mono: bool,
    /// What the server says is wrong.
    error: Signal<Option<String>>,
) -> impl IntoView {
    let value = bind.unwrap_or_else(|| RwSignal::new(value));
    let error = checked(value, rule, error);
    let says = rule.says().here();
    let hint =
        Signal::derive(move || about.with(|about| error.with(|error| hint_beside(about, &says, error.as_deref()))));
    view! {
        <TextField
            name=name
            label=label
            bind=value
            kind=kind
            autocomplete=autocomplete
            optional=optional
            autofocus=autofocus
            mono=mono
            hint=hint
            keeps_hint=true
            error=error
        />
    }
}

/// What is wrong with a field.
fn checked(value: RwSignal<String>, rule: FieldRule, server: Signal<Option<String>>) -> Signal<Option<String>> {
    let rested = rested(value);
    // What stood there when the server said something last.
    let sent = Memo::new(move |_| {
        server.with(|_| ());
        value.get_untracked()
    });
    Signal::derive(move || {
        let (typed, sent, said) = (value.get(), sent.get(), server.get());
        if rested.get() { told(rule, &typed, &sent, said) } else { said.filter(|_| typed == sent) }
    })
}

/// What is said of a value: by its rule, else by the server as long as it is the one that was sent.
fn told(rule: FieldRule, typed: &str, sent: &str, said: Option<String>) -> Option<String> {
    rule.judge(typed).map(|wrong| wrong.here()).or_else(|| said.filter(|_| typed == sent))
}

/// Whether somebody has typed and paused since the field was empty.
fn rested(value: RwSignal<String>) -> RwSignal<bool> {
    let rested = RwSignal::new(false);
    let pause = Pause::default();
    Effect::watch(
        move || value.get(),
        move |typed, _, _| {
            if typed.is_empty() {
                pause.stop();
                rested.set(false);
            } else {
                pause.after(REST, move || rested.set(true));
            }
        },
        false,
    );
    rested
}

/// What stands below the field besides an error, which may be the rule itself and then says it alone.
fn hint_beside(about: &str, rule: &str, error: Option<&str>) -> Option<String> {
    match (about, error == Some(rule)) {
        ("", true) => None,
        ("", false) => Some(rule.to_owned()),
        (about, true) => Some(about.to_owned()),
        (about, false) => Some(tf!("{about} {rule}", "{about}{rule}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_is_said_once() {
        assert_eq!(hint_beside("", "At most 3.", None).as_deref(), Some("At most 3."));
        assert_eq!(hint_beside("To sign in with.", "At most 3.", None).as_deref(), Some("To sign in with. At most 3."));
        assert_eq!(hint_beside("", "At most 3.", Some("It has 4.")).as_deref(), Some("At most 3."));
        assert_eq!(hint_beside("", "At most 3.", Some("At most 3.")), None);
        assert_eq!(
            hint_beside("To sign in with.", "At most 3.", Some("At most 3.")).as_deref(),
            Some("To sign in with.")
        );
    }

    #[test]
    fn the_server_is_heard_until_something_else_is_typed() {
        let said = || Some("The name is taken.".to_owned());
        let rule = FieldRule::USERNAME;
        assert_eq!(told(rule, "keeper", "keeper", said()), said());
        assert_eq!(told(rule, "keeper2", "keeper", said()), None);
        assert_eq!(told(rule, "Keeper", "Keeper", said()), Some(rule.says().en), "the rule goes before");
        assert_eq!(told(rule, "keeper", "", None), None);
    }
}
