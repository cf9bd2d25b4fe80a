//! The form of an application's specification: publish, upgrade and templates share it, and "Will it fit?" reads it. It
//! has two faces: the fields that most applications need, and the whole document.

use leptos::prelude::*;

use crate::{
    UiError,
    api::apps::convert_spec,
    components::{FormErrors, TextArea},
    model::{Source, SpecForm},
    pages::{
        form::{field, last_error},
        parts::linked,
    },
    t,
};

mod asked;
mod fields;
mod fit;
mod scales;
mod signals;
mod tags;

pub use asked::{Answers, Questions};
use fields::{Configures, Keeps, Runs, Secrets, Serves};
pub use fit::FitPanel;
use scales::Scales;
pub use signals::SpecFields;

/// A template's values over the ones that suit most services; an image that was chosen already stays when the
/// template has none.
pub fn started_from(template: Option<&SpecForm>, image: &str) -> SpecForm {
    let mut spec = template.cloned().unwrap_or_else(SpecForm::starter);
    if spec.image.trim().is_empty() {
        image.clone_into(&mut spec.image);
    }
    spec
}

/// The controls. They post as `form[spec][…]`.
#[component]
pub fn SpecInputs(
    /// Their values.
    fields: SpecFields,
    /// What was wrong with the last attempt.
    error: Signal<Option<UiError>>,
    /// It is a template's: the image may stay empty, and secrets are names alone.
    #[prop(optional)]
    template: bool,
    /// The image may stay empty, for it is given elsewhere.
    #[prop(optional)]
    image_optional: bool,
    /// There is a release before, whose secrets a bare name keeps.
    #[prop(optional)]
    keeps_secrets: bool,
) -> impl IntoView {
    let secrets_hint = match (template, keeps_secrets) {
        (true, _) => t!(
            "One NAME a line. A template keeps no values; they are given when an app is published.",
            "每行一个名称。模板不保存值，发布应用时再填写。"
        ),
        (false, true) => t!(
            "One NAME=value a line. A bare NAME keeps the value it has; a line taken out removes it. Values are never shown again.",
            "每行一个 名称=值。只写名称则保留现有的值，删除该行则移除。值不会再次显示。"
        ),
        (false, false) => t!(
            "One NAME=value a line, given to the container as environment variables. Values are never shown again.",
            "每行一个 名称=值，作为环境变量提供给容器。值不会再次显示。"
        ),
    };
    let convert = Action::new(|form: &SpecForm| {
        let form = form.clone();
        async move { convert_spec(form).await }
    });
    Effect::new(move || {
        if let Some(Ok(form)) = convert.value().get() {
            fields.turn(form);
        }
    });
    let whole = Memo::new(move |_| fields.signals().source.get() == Source::Document);
    // What is not shown posts nothing, once the page is alive; before, nobody has chosen yet.
    let alive = alive();
    let ends = move || alive.get() && fields.signals().ends();
    // Its words go away when another attempt goes well.
    let trouble = linked(last_error(convert.value()), true);
    view! {
        <input
            type="hidden"
            name="form[spec][source]"
            value=move || if whole.get() { "document" } else { "fields" }
        />
        <div class="row spec-faces">
            <div class="segmented" role="group" aria-label=t!("How to fill it in", "填写方式")>
                <Face fields convert whole document=false>
                    {t!("Fields", "表单")}
                </Face>
                <Face fields convert whole document=true>
                    {t!("Document", "文档")}
                </Face>
            </div>
            <span class="muted">
                {move || {
                    if whole.get() {
                        t!("All of it, as YAML or JSON.", "完整内容，YAML 或 JSON 格式。")
                    } else {
                        t!("What most apps need; the document has the rest.", "常用设置；其余在文档中。")
                    }
                }}
            </span>
        </div>
        <FormErrors error=trouble />
        // Both faces stay where they are, so that what was typed stays as well. The one that is not shown posts nothing, but
        // for what of the document the fields do not show.
        <fieldset class="spec-face" disabled=move || whole.get() hidden=move || whole.get()>
            <Runs fields error image_optional=template || image_optional />
            <fieldset class="spec-face unless-it-ends" disabled=ends>
                <Serves fields error />
                <Keeps fields error />
            </fieldset>
            <Configures fields error />
            <fieldset class="spec-face unless-it-ends" disabled=ends>
                <Scales fields error />
            </fieldset>
        </fieldset>
        <div class="spec-face" hidden=move || !whole.get()>
            <TextArea
                name="form[spec][document]"
                label=t!("Specification", "规格文档")
                bind=fields.signals().document
                error=field(error, &["document"])
                hint=t!(
                    "The fields are explained in docs/specification.md.",
                    "字段说明见 docs/specification.md。"
                )
                rows=24
                code=true
                optional=true
            />
        </div>
        <Secrets fields error hint=secrets_hint />
    }
}

/// Whether the page is alive: a form without a script sends what it has, all of it.
fn alive() -> ReadSignal<bool> {
    let (alive, set) = signal(false);
    Effect::new(move || set.set(true));
    alive
}

/// The way to one face of the form. What stands in the other is converted by the server, which says what it cannot read.
#[component]
fn Face(
    fields: SpecFields,
    convert: Action<SpecForm, Result<SpecForm, UiError>>,
    whole: Memo<bool>,
    document: bool,
    children: Children,
) -> impl IntoView {
    let on = move || whole.get() == document;
    view! {
        <button
            type="button"
            aria-pressed=move || if on() { "true" } else { "false" }
            disabled=move || convert.pending().get()
            on:click=move |_| {
                if whole.get_untracked() != document {
                    convert.dispatch(without_values(untrack(move || fields.get())));
                }
            }
        >
            {children()}
        </button>
    }
}

/// A form without the values of its secrets: where they have no weight, they stay where they are.
fn without_values(form: SpecForm) -> SpecForm {
    let secrets = form.secrets.lines().map(|line| match line.split_once('=') {
        Some((name, _)) => format!("{name}="),
        None => line.to_owned(),
    });
    let secrets = secrets.collect::<Vec<_>>().join("\n");
    SpecForm { secrets, ..form }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_secrets_stay_in_the_form() {
        let form = SpecForm { secrets: "TOKEN=s3cr3t=x\nKEPT\n".into(), ..SpecForm::starter() };
        let sent = without_values(form);
        assert_eq!((sent.secrets.as_str(), sent.cpu), ("TOKEN=\nKEPT", SpecForm::starter().cpu));
    }

    #[test]
    fn a_template_without_an_image_keeps_the_one_typed() {
        let template = SpecForm { cpu: "2".into(), ..SpecForm::default() };
        let spec = started_from(Some(&template), "web:1");
        assert_eq!((spec.image.as_str(), spec.cpu.as_str()), ("web:1", "2"));
        let template = SpecForm { image: "base:2".into(), ..SpecForm::default() };
        assert_eq!(started_from(Some(&template), "web:1").image, "base:2");
        assert_eq!(started_from(None, "").replicas, SpecForm::starter().replicas);
    }
}
