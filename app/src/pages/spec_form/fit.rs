//! "Will it fit?": asked when somebody wants to know, and again by itself when the form changes afterwards.

use std::time::Duration;

use leptos::prelude::*;

use super::{Answers, SpecFields, without_values};
use crate::{
    UiError,
    api::apps::check_fit,
    components::{Button, FitResult},
    model::FitRequest,
    pages::failure::Failure,
    pause::Pause,
    t,
};

/// How long a form rests before it is asked about again.
const REST: Duration = Duration::from_millis(600);

/// The button and the answer.
#[component]
pub fn FitPanel(
    /// What is asked about.
    fields: SpecFields,
    /// The namespace's id.
    #[prop(into)]
    namespace: Signal<String>,
    /// The application's id, when it is an upgrade.
    #[prop(into)]
    app: Signal<String>,
    /// What the template asks for, when there is one.
    #[prop(optional)]
    asked: Option<(String, Answers)>,
    /// The form's last error: a refusal that names no field is asked about by itself.
    error: Signal<Option<UiError>>,
) -> impl IntoView {
    let (template, answers) = asked.unwrap_or_default();
    let request = Memo::new(move |_| FitRequest {
        namespace: namespace.get(),
        app: app.get(),
        template: template.clone(),
        values: answers.get(),
        spec: without_values(fields.get()),
    });
    let check = Action::new(|request: &FitRequest| {
        let request = request.clone();
        async move { check_fit(request).await }
    });
    let pause = Pause::default();
    Effect::watch(
        move || request.get(),
        move |_, _, _| {
            if check.version().get_untracked() == 0 {
                return;
            }
            pause.after(REST, move || {
                check.dispatch(request.get_untracked());
            });
        },
        false,
    );
    Effect::watch(
        move || error.get(),
        move |error, _, _| {
            if error.as_ref().is_some_and(|e| e.fields.is_empty()) {
                check.dispatch(request.get_untracked());
            }
        },
        false,
    );
    let answer = move || {
        check.value().get().map(|answer| match answer {
            Ok(answer) => view! { <FitResult answer /> }.into_any(),
            // What is wrong with fields is said again beside them when the form is sent.
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! {
        <div class="stack" aria-live="polite">
            <div class="row">
                <Button
                    icon="gauge"
                    busy=check.pending()
                    on_press=Callback::new(move |_| {
                        check.dispatch(request.get_untracked());
                    })
                >
                    {t!("Will it fit?", "放得下吗？")}
                </Button>
                <span class="muted">
                    {t!("Checks quota, nodes and image; changes nothing.", "检查配额、节点与镜像，不做任何更改。")}
                </span>
            </div>
            {answer}
        </div>
    }
}
