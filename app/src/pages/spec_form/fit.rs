//! "Will it fit?": asked when somebody wants to know, and again by itself when the form changes afterwards.

use std::time::Duration;

use leptos::prelude::*;

use super::SpecFields;
use crate::{
    UiError,
    api::apps::check_fit,
    components::{Button, FitResult},
    model::{FitRequest, SpecForm},
    pages::failure::Failure,
    t,
};

/// How long a form rests before it is asked about again.
const REST: Duration = Duration::from_millis(600);

/// The question about a form. The values of secrets have no weight, so they stay where they are.
fn question(namespace: String, app: String, spec: SpecForm) -> FitRequest {
    let secrets = spec.secrets.lines().map(|line| match line.split_once('=') {
        Some((name, _)) => format!("{name}="),
        None => line.to_owned(),
    });
    let secrets = secrets.collect::<Vec<_>>().join("\n");
    FitRequest { namespace, app, spec: SpecForm { secrets, ..spec } }
}

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
    /// The form's last error: a refusal that names no field is asked about by itself.
    error: Signal<Option<UiError>>,
) -> impl IntoView {
    let request = Memo::new(move |_| question(namespace.get(), app.get(), fields.get()));
    let check = Action::new(|request: &FitRequest| {
        let request = request.clone();
        async move { check_fit(request).await }
    });
    let timer = StoredValue::new(None::<TimeoutHandle>);
    Effect::watch(
        move || request.get(),
        move |_, _, _| {
            if check.version().get_untracked() == 0 {
                return;
            }
            if let Some(Some(timer)) = timer.try_update_value(Option::take) {
                timer.clear();
            }
            let after = set_timeout_with_handle(
                move || {
                    if let Some(request) = request.try_get_untracked() {
                        check.dispatch(request);
                    }
                },
                REST,
            );
            timer.set_value(after.ok());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_travels_with_the_question() {
        let spec = SpecForm { secrets: "TOKEN=s3cr3t=x\nKEPT\n".into(), ..SpecForm::starter() };
        let asked = question("n".into(), String::new(), spec);
        assert_eq!(asked.spec.secrets, "TOKEN=\nKEPT");
        assert_eq!(asked.spec.cpu, SpecForm::starter().cpu);
    }
}
