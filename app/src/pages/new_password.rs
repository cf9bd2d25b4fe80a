//! The field of a new password, with a meter that says while one types how hard it is to guess. The server judges, by
//! the same rule as when it is chosen; nothing of that is in the browser's module.

use leptos::prelude::*;

use crate::{
    api::session::JudgePassword,
    components::TextField,
    model::{Strength, StrengthForm},
    t,
};

/// How long nobody types before the server is asked.
#[cfg(feature = "hydrate")]
const REST: std::time::Duration = std::time::Duration::from_millis(400);

/// A field for a new password.
#[component]
pub fn NewPasswordField(
    /// The name it posts under, and its id.
    name: &'static str,
    /// What it is.
    label: &'static str,
    /// How to fill it in.
    hint: &'static str,
    /// What is wrong with it.
    error: Signal<Option<String>>,
    /// Whose it is to be, without the password: what is asked with it. Without this it is one's own.
    #[prop(optional, into)]
    whose: Option<Callback<(), StrengthForm>>,
    /// Whether it is chosen for somebody else and has to be told: readable then.
    #[prop(optional)]
    readable: bool,
) -> impl IntoView {
    let value = RwSignal::new(String::new());
    let judge = ServerAction::<JudgePassword>::new();
    ask_when_quiet(name, value, judge, whose);
    let strength = Signal::derive(move || {
        let judged = judge.value().with(|v| v.as_ref().and_then(|v| v.as_ref().ok().cloned()));
        judged.filter(|_| value.with(|v| !v.is_empty()))
    });
    let (kind, autocomplete) = if readable { ("text", "off") } else { ("password", "new-password") };
    view! {
        <div class="field">
            <TextField
                name=name
                label=label
                bind=value
                kind=kind
                mono=readable
                autocomplete=autocomplete
                hint=hint.to_owned()
                error=error
            />
            <div class="strength" aria-live="polite">
                {move || strength.get().map(meter)}
            </div>
        </div>
    }
}

fn meter(Strength { score, acceptable, message }: Strength) -> impl IntoView {
    let word = match score {
        0 | 1 => t!("Guessed at once", "极易被猜到"),
        2 => t!("Easy to guess", "容易被猜到"),
        3 => t!("Hard to guess", "较难被猜到"),
        _ => t!("Very hard to guess", "很难被猜到"),
    };
    let says = (!acceptable && !message.is_empty()).then(|| message.here());
    view! {
        <svg class="strength-bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" data-score=score>
            <rect class="strength-room" width="100" height="4" />
            <rect class="strength-part" width=25 * u32::from(score.min(4)) height="4" />
        </svg>
        <p class="field-hint">{word} {says.map(|says| view! { ": " {says} })}</p>
    }
}

/// Asks the server when nobody has typed for a moment.
#[cfg(feature = "hydrate")]
fn ask_when_quiet(
    name: &'static str,
    value: RwSignal<String>,
    judge: ServerAction<JudgePassword>,
    whose: Option<Callback<(), StrengthForm>>,
) {
    let pause = crate::pause::Pause::default();
    Effect::watch(
        move || value.get(),
        move |typed, _, _| {
            if typed.is_empty() {
                pause.stop();
                return;
            }
            pause.after(REST, move || {
                // It may have been sent meanwhile: then the session that would ask ends.
                if is_sent(name) {
                    return;
                }
                let whose = whose.map(|whose| whose.run(())).unwrap_or_default();
                let form = StrengthForm { password: value.get_untracked(), ..whose };
                judge.dispatch(JudgePassword { form });
            });
        },
        false,
    );
}

/// Whether the form of a field is under way.
#[cfg(feature = "hydrate")]
fn is_sent(id: &str) -> bool {
    let form = document().get_element_by_id(id).and_then(|field| field.closest("form").ok().flatten());
    form.is_some_and(|form| matches!(form.query_selector("[aria-busy='true']"), Ok(Some(_))))
}

/// What stands in another field now; nothing while the page is rendered, or where there is no such field.
pub fn typed_into(id: &str) -> String {
    #[cfg(feature = "hydrate")]
    {
        use leptos::wasm_bindgen::JsCast;
        let field = document().get_element_by_id(id);
        let field = field.and_then(|e| e.dyn_into::<leptos::web_sys::HtmlInputElement>().ok());
        field.map(|field| field.value()).unwrap_or_default()
    }
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = id;
        String::new()
    }
}

/// Nobody types on the server.
#[cfg(not(feature = "hydrate"))]
fn ask_when_quiet(
    _: &'static str,
    _: RwSignal<String>,
    _: ServerAction<JudgePassword>,
    _: Option<Callback<(), StrengthForm>>,
) {
}
