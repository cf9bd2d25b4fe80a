//! What a template asks of whoever publishes from it.

use std::collections::BTreeMap;

use leptos::prelude::*;

use crate::{
    UiError,
    components::{Choice, SelectField, TextArea, TextField},
    model::{Parameter, ParameterKind, TemplateDetail},
    t,
};

/// The answers, by the names of the parameters.
#[derive(Clone, Debug, Default)]
pub struct Answers(Vec<(Parameter, RwSignal<String>)>);

impl Answers {
    /// Answers that begin with what stands in the template.
    pub fn new(template: &TemplateDetail) -> Self {
        let begins = |parameter: &Parameter| {
            let value = template.defaults.get(&parameter.name).cloned().unwrap_or_default();
            (parameter.clone(), RwSignal::new(value))
        };
        Self(template.parameters.iter().map(begins).collect())
    }

    /// Whether nothing is asked.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The answers that are no secrets, with what each began with.
    pub fn open(&self) -> impl Iterator<Item = (RwSignal<String>, String)> {
        let open = self.0.iter().filter(|(parameter, _)| parameter.kind != ParameterKind::Secret);
        open.map(|(_, value)| (*value, value.get_untracked()))
    }

    /// What is answered, so that a memo follows it. Values of secrets stay where they are.
    pub fn get(&self) -> BTreeMap<String, String> {
        let open = self.0.iter().filter(|(parameter, _)| parameter.kind != ParameterKind::Secret);
        open.map(|(parameter, value)| (parameter.name.clone(), value.get())).collect()
    }
}

/// The questions. They post as `form[values][NAME]`.
#[component]
pub fn Questions(
    /// The answers.
    answers: Answers,
    /// What was wrong with the last attempt.
    error: Signal<Option<UiError>>,
) -> impl IntoView {
    let questions = answers.0.into_iter().map(|(parameter, bind)| {
        let Parameter { name, title, hint, kind, path, choices, .. } = parameter;
        // What stands in the template is to be there; without that, only an image is needed.
        let none = bind.with_untracked(String::is_empty);
        let optional = none && path.rsplit('.').next() != Some("image");
        let field = format!("values[{name}]");
        let wrong = Signal::derive(move || error.with(|e| e.as_ref()?.field(&field).map(crate::i18n::Text::here)));
        let hint = (!hint.is_empty()).then_some(hint);
        let name = format!("form[values][{name}]");
        match kind {
            ParameterKind::Choice => {
                // Nothing stands there yet, and need not.
                let none = none.then(|| Choice::new("", "—"));
                let choices = none.into_iter().chain(choices.into_iter().map(|choice| Choice::new(choice.clone(), choice)));
                let choices = choices.collect::<Vec<_>>();
                view! { <SelectField name label=title choices=Signal::stored(choices) bind hint error=wrong optional /> }.into_any()
            }
            ParameterKind::Lines => {
                view! { <TextArea name label=title bind hint error=wrong rows=6 code=true optional /> }.into_any()
            }
            ParameterKind::Secret => {
                view! {
                    <TextField
                        name
                        label=title
                        bind
                        kind="password"
                        autocomplete="new-password"
                        hint
                        error=wrong
                        optional
                    />
                }
                    .into_any()
            }
            ParameterKind::Number => {
                view! { <TextField name label=title bind hint error=wrong inputmode="numeric" optional /> }.into_any()
            }
            ParameterKind::Text | ParameterKind::Cpu | ParameterKind::Bytes | ParameterKind::Command => {
                let mono = matches!(kind, ParameterKind::Command);
                view! { <TextField name label=title bind hint error=wrong mono optional /> }.into_any()
            }
        }
    });
    view! {
        <fieldset class="fieldset">
            <legend>{t!("What the template asks", "模板参数")}</legend>
            {questions.collect_view()}
        </fieldset>
    }
}
