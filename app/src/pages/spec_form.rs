//! The form of an application's specification: publish, upgrade and templates share it, and "Will it fit?" reads it. It
//! has two faces: the fields that most applications need, and the whole document.

use leptos::prelude::*;

use crate::{
    UiError,
    components::{Editor, FormErrors, SPEC_SCHEMA, TextArea},
    model::{SpecForm, shared_secret},
    pages::{
        form::field,
        parts::{linked, live},
    },
    t, tf,
};

mod asked;
mod draft;
mod faces;
mod fields;
mod fit;
mod scales;
mod signals;
mod tags;

pub use asked::{Answers, Questions};
pub use draft::Draft;
use faces::Faces;
use fields::{Configures, Keeps, Runs, Secrets, Serves};
pub use fit::FitPanel;
use scales::Scales;
pub use signals::SpecFields;

/// The name that the document posts under, and the id of its text area.
const DOCUMENT: &str = "form[spec][document]";

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
            "One NAME=value a line, or NAME from SECRET for one of the namespace's. A bare NAME keeps the value it has; a line taken out removes it. Values are never shown again.",
            "每行一个 名称=值；写 名称 from 密钥 则使用命名空间的密钥。只写名称则保留现有的值，删除该行则移除。值不会再次显示。"
        ),
        (false, false) => t!(
            "One NAME=value a line, or NAME from SECRET for one of the namespace's, given to the container as environment variables. Values are never shown again.",
            "每行一个 名称=值；写 名称 from 密钥 则使用命名空间的密钥。作为环境变量提供给容器，值不会再次显示。"
        ),
    };
    let faces = Faces::new(fields);
    let alive = live();
    // What is not shown posts nothing, once the page is alive; before, nobody has chosen yet.
    let ends = move || alive.get() && fields.signals().ends();
    view! {
        <input
            type="hidden"
            name="form[spec][source]"
            value=move || if faces.whole.get() { "document" } else { "fields" }
        />
        <div class="row spec-faces" hidden=move || faces.both.get()>
            <div class="segmented" role="group" aria-label=t!("How to fill it in", "填写方式")>
                <Face faces document=false>
                    {t!("Fields", "表单")}
                </Face>
                <Face faces document=true>
                    {t!("Document", "文档")}
                </Face>
            </div>
            <span class="muted">
                {move || {
                    if faces.whole.get() {
                        t!("All of it, as YAML or JSON.", "完整内容，YAML 或 JSON 格式。")
                    } else {
                        t!("What most apps need; the document has the rest.", "常用设置；其余在文档中。")
                    }
                }}
            </span>
        </div>
        // Its words go away when another attempt goes well.
        <FormErrors error=linked(faces.failure.into(), true) by_itself=true />
        // The document itself, or the one that the fields stand over.
        <input
            type="hidden"
            name=DOCUMENT
            value=move || {
                let signals = fields.signals();
                if faces.whole.get() { signals.document.get() } else { signals.base.get() }
            }
        />
        <div class="spec-sides" data-both=move || faces.both.get().to_string()>
            <div class="spec-side" on:focusin=move |_| faces.enter(false)>
                // Both faces stay where they are, so that what was typed stays as well. The one that is not shown posts
                // nothing, but for what of the document the fields do not show.
                <fieldset class="spec-face" disabled=move || !faces.shows(false) hidden=move || !faces.shows(false)>
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
                <Secrets fields error hint=secrets_hint />
            </div>
            <div class="spec-document" hidden=move || !faces.shows(true) on:focusin=move |_| faces.enter(true)>
                <TextArea
                    name=DOCUMENT
                    label=t!("Specification", "规格文档")
                    bind=fields.signals().document
                    error=field(error, &["document"])
                    rows=24
                    code=true
                    optional=true
                    posts=false
                />
                // Fetched when the document is shown for the first time.
                <Show when=move || faces.was_shown()>
                    <Editor
                        area=DOCUMENT
                        text=fields.signals().document
                        problems=faces.of_document()
                        schema=SPEC_SCHEMA
                    />
                </Show>
                <Verdict faces />
            </div>
        </div>
    }
}

/// What of the document is said in a line below it: what is wrong, or how it is meant.
#[component]
fn Verdict(faces: Faces) -> impl IntoView {
    let said = move || {
        let count = faces.problems.with(Vec::len);
        match (count, faces.whole.get()) {
            (0, _) if faces.is_blank() => t!(
                "It is written here when you fill in the fields, or by yourself.",
                "填写表单后文档会显示在此处，也可自行编写。"
            )
            .to_owned(),
            (0, _) => t!("The fields are explained in docs/specification.md.", "字段说明见 docs/specification.md。")
                .to_owned(),
            (_, false) => t!(
                "What the fields say cannot be written down yet, so that this is from before.",
                "表单内容有误，文档仍为之前的内容。"
            )
            .to_owned(),
            (1, true) => t!("One thing is wrong.", "有一处错误。").to_owned(),
            (count, true) => tf!("{count} things are wrong.", "有 {count} 处错误。"),
        }
    };
    let first = move || {
        faces.problems.with(|problems| {
            let problem = problems.first()?;
            let message = problem.message.here();
            Some(match problem.line {
                Some(line) => tf!("Line {line}: {message}", "第 {line} 行：{message}"),
                None if problem.place.is_empty() => message,
                None => format!("{}: {message}", problem.place),
            })
        })
    };
    view! {
        <p class="spec-verdict" aria-live="polite" data-wrong=move || (!faces.problems.with(Vec::is_empty)).to_string()>
            {said}
            {move || first().map(|first| view! { " " <span>{first}</span> })}
        </p>
    }
}

/// The way to one face of the form. What stands in the other is converted by the server, which says what it cannot read.
#[component]
fn Face(faces: Faces, document: bool, children: Children) -> impl IntoView {
    let on = move || faces.whole.get() == document;
    view! {
        <button
            type="button"
            aria-pressed=move || if on() { "true" } else { "false" }
            disabled=move || faces.turning.get()
            on:click=move |_| {
                if faces.whole.get_untracked() != document {
                    faces.turn();
                }
            }
        >
            {children()}
        </button>
    }
}

/// A form without the values of its secrets: where they have no weight, they stay where they are. What is no line of a secret
/// may be a part of a value; it is as wrong as before, and says nothing.
fn without_values(form: SpecForm) -> SpecForm {
    let secrets = form.secrets.lines().map(|line| match line.split_once('=') {
        Some((name, _)) if is_variable(name) => format!("{name}="),
        None if is_variable(line) || line.trim().is_empty() || shared_secret(line).is_some() => line.to_owned(),
        _ => "?".to_owned(),
    });
    let secrets = secrets.collect::<Vec<_>>().join("\n");
    SpecForm { secrets, ..form }
}

/// Whether a text is the name of a variable, as far as it matters here.
fn is_variable(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && text.len() <= 128
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_secrets_stay_in_the_form() {
        let form = SpecForm { secrets: "TOKEN=s3cr3t=x\nKEPT\n".into(), ..SpecForm::starter() };
        let sent = without_values(form);
        assert_eq!((sent.secrets.as_str(), sent.cpu), ("TOKEN=\nKEPT", SpecForm::starter().cpu));
        let pasted = "KEY=-----BEGIN PRIVATE KEY-----\nMIIEvQ+IBADANBg==\n-----END".to_owned();
        let form = SpecForm { secrets: pasted, ..SpecForm::starter() };
        assert_eq!(without_values(form).secrets, "KEY=\n?\n?");
        let form = SpecForm { secrets: "KEY from shop-key".to_owned(), ..SpecForm::starter() };
        assert_eq!(without_values(form).secrets, "KEY from shop-key");
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
