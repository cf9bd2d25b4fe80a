//! Forms: label, control, then the error, else the hint. They are plain HTML forms that post before any script runs.

use leptos::{html, oco::Oco, prelude::*};

use super::Icon;
use crate::t;

/// Label, hint and error around any control. The control carries `id`, and `aria-describedby` of
/// [`described_by`].
#[component]
pub fn FieldFrame(
    /// The control's id.
    #[prop(into)]
    id: Oco<'static, str>,
    /// What it is.
    #[prop(into)]
    label: Oco<'static, str>,
    /// How to fill it in, or what follows from it.
    #[prop(optional, into)]
    hint: MaybeProp<String>,
    /// What is wrong and the way out.
    #[prop(optional, into)]
    error: MaybeProp<String>,
    /// Whether the hint stays when something is wrong, below that.
    #[prop(optional)]
    keeps_hint: bool,
    /// It may stay empty: said beside the label.
    #[prop(optional)]
    optional: bool,
    /// The control.
    children: Children,
) -> impl IntoView {
    let notes = notes_id(&id);
    view! {
        <div class="field">
            <label class="field-label" for=id>
                {label}
                {optional.then(|| view! { <span class="field-optional">{t!("optional", "可选")}</span> })}
            </label>
            {children()}
            {move || match (error.get(), hint.get()) {
                (Some(error), Some(hint)) if keeps_hint => Some(
                    view! {
                        <div class="field" id=notes.clone()>
                            {wrong(error, None)} <p class="field-hint">{hint}</p>
                        </div>
                    }
                    .into_any(),
                ),
                (Some(error), _) => Some(wrong(error, Some(notes.clone())).into_any()),
                (None, Some(hint)) => Some(view! { <p class="field-hint" id=notes.clone()>{hint}</p> }.into_any()),
                (None, None) => None,
            }}
        </div>
    }
}

/// What is wrong, as it stands below a control.
fn wrong(error: String, id: Option<String>) -> impl IntoView {
    view! {
        <p class="field-error" id=id>
            <Icon name="circle-alert" />
            <span>{error}</span>
        </p>
    }
}

fn notes_id(id: &str) -> String {
    format!("{id}-notes")
}

/// The value of a control's `aria-describedby`: its error or hint, when there is one.
pub fn described_by(
    id: &str,
    hint: MaybeProp<String>,
    error: MaybeProp<String>,
) -> impl Fn() -> Option<String> + Clone + use<> {
    let notes = notes_id(id);
    move || (error.with(Option::is_some) || hint.with(Option::is_some)).then(|| notes.clone())
}

/// Keeps a control and a signal the same: what was typed before the page came alive is taken over, what the
/// page sets later is shown.
fn follow(bind: Option<RwSignal<String>>, read: impl Fn() -> Option<String> + 'static, write: impl Fn(&str) + 'static) {
    let Some(signal) = bind else { return };
    Effect::new(move |live: Option<bool>| {
        let value = signal.get();
        let Some(shown) = read() else { return false };
        if shown != value {
            if live == Some(true) {
                write(&value);
            } else {
                signal.set(shown);
            }
        }
        true
    });
}

/// A line of text.
#[expect(clippy::fn_params_excessive_bools, reason = "each is set by its name, and alone")]
#[component]
pub fn TextField(
    /// The name it posts under.
    #[prop(into)]
    name: Oco<'static, str>,
    /// Its id, where a page has two fields of that name; else the name is.
    #[prop(optional)]
    id: Option<&'static str>,
    /// What it is.
    #[prop(into)]
    label: Oco<'static, str>,
    /// Its value at first.
    #[prop(optional, into)]
    value: Option<String>,
    /// A signal that follows it, and that it follows.
    #[prop(optional, into)]
    bind: Option<RwSignal<String>>,
    /// `text`, `password`, `email`, `number`, `url`.
    #[prop(default = "text")]
    kind: &'static str,
    /// How to fill it in.
    #[prop(optional, into)]
    hint: MaybeProp<String>,
    /// Whether the hint stays when something is wrong.
    #[prop(optional)]
    keeps_hint: bool,
    /// What is wrong.
    #[prop(optional, into)]
    error: MaybeProp<String>,
    /// An example.
    #[prop(optional, into)]
    placeholder: Option<Oco<'static, str>>,
    /// The unit behind it.
    #[prop(optional, into)]
    unit: Option<Oco<'static, str>>,
    /// What browsers may fill in: `username`, `current-password`, `off`.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// The keyboard of a phone: `numeric`, `decimal`, `email`, `url`.
    #[prop(optional, into)]
    inputmode: Option<&'static str>,
    /// It may stay empty.
    #[prop(optional)]
    optional: bool,
    /// The focus is here when the page or its dialog opens.
    #[prop(optional)]
    autofocus: bool,
    /// In the face of machines: names, images, keys.
    #[prop(optional)]
    mono: bool,
) -> impl IntoView {
    let node = NodeRef::<html::Input>::new();
    let id = id.map_or_else(|| name.clone(), Oco::Borrowed);
    follow(
        bind,
        move || node.get().map(|input| input.value()),
        move |value| {
            if let Some(input) = node.get_untracked() {
                input.set_value(value);
            }
        },
    );
    let value = value.or_else(|| bind.map(|b| b.get_untracked()));
    let group = unit.is_some().then_some("input-group");
    let affix = unit.map(|unit| view! { <span class="input-affix" aria-hidden="true">{unit}</span> });
    view! {
        <FieldFrame id=id.clone() label hint error keeps_hint optional>
            <div class=group>
                <input
                    node_ref=node
                    class=if mono { "input mono" } else { "input" }
                    id=id.clone()
                    name=name
                    type=kind
                    value=value
                    placeholder=placeholder
                    autocomplete=autocomplete
                    inputmode=inputmode
                    spellcheck=if mono { Some("false") } else { None }
                    autocapitalize="off"
                    autofocus=autofocus
                    required=!optional
                    aria-invalid=move || error.with(Option::is_some).then_some("true")
                    aria-describedby=described_by(&id, hint, error)
                    on:input=move |event| {
                        if let Some(bind) = bind {
                            bind.set(event_target_value(&event));
                        }
                    }
                />
                {affix}
            </div>
        </FieldFrame>
    }
}

/// Several lines of text: a configuration file, a kubeconfig.
#[component]
pub fn TextArea(
    /// The name it posts under, and its id.
    #[prop(into)]
    name: Oco<'static, str>,
    /// What it is.
    #[prop(into)]
    label: Oco<'static, str>,
    /// Its value at first.
    #[prop(optional, into)]
    value: Option<String>,
    /// A signal that follows it, and that it follows.
    #[prop(optional, into)]
    bind: Option<RwSignal<String>>,
    /// How to fill it in.
    #[prop(optional, into)]
    hint: MaybeProp<String>,
    /// What is wrong.
    #[prop(optional, into)]
    error: MaybeProp<String>,
    /// An example.
    #[prop(optional, into)]
    placeholder: Option<Oco<'static, str>>,
    /// Lines to see at once.
    #[prop(default = 6)]
    rows: u32,
    /// It may stay empty.
    #[prop(optional)]
    optional: bool,
    /// In the face of machines, unwrapped.
    #[prop(optional)]
    code: bool,
    /// Whether it is part of what the form posts; else the name is its id alone.
    #[prop(default = true)]
    posts: bool,
) -> impl IntoView {
    let node = NodeRef::<html::Textarea>::new();
    follow(
        bind,
        move || node.get().map(|area| area.value()),
        move |value| {
            if let Some(area) = node.get_untracked() {
                area.set_value(value);
            }
        },
    );
    let value = value.or_else(|| bind.map(|b| b.get_untracked())).unwrap_or_default();
    view! {
        <FieldFrame id=name.clone() label hint error optional>
            <textarea
                node_ref=node
                class=if code { "textarea textarea-code" } else { "textarea" }
                id=name.clone()
                name=posts.then(|| name.clone())
                rows=rows
                placeholder=placeholder
                spellcheck=if code { "false" } else { "true" }
                autocapitalize="off"
                required=!optional
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby=described_by(&name, hint, error)
                on:input=move |event| {
                    if let Some(bind) = bind {
                        bind.set(event_target_value(&event));
                    }
                }
            >
                {value}
            </textarea>
        </FieldFrame>
    }
}

/// One of the values of a [`SelectField`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is posted.
    pub value: String,
    /// What is shown.
    pub label: String,
}

impl Choice {
    /// A value and its words.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into() }
    }
}

/// One of a few values.
#[component]
pub fn SelectField(
    /// The name it posts under, and its id.
    #[prop(into)]
    name: Oco<'static, str>,
    /// What it is.
    #[prop(into)]
    label: Oco<'static, str>,
    /// The values.
    #[prop(into)]
    choices: Signal<Vec<Choice>>,
    /// The one chosen at first.
    #[prop(optional, into)]
    value: Option<String>,
    /// A signal that follows it, and that it follows.
    #[prop(optional, into)]
    bind: Option<RwSignal<String>>,
    /// How to choose.
    #[prop(optional, into)]
    hint: MaybeProp<String>,
    /// What is wrong.
    #[prop(optional, into)]
    error: MaybeProp<String>,
    /// It may stay empty.
    #[prop(optional)]
    optional: bool,
) -> impl IntoView {
    let node = NodeRef::<html::Select>::new();
    follow(
        bind,
        move || node.get().map(|select| select.value()),
        move |value| {
            if let Some(select) = node.get_untracked() {
                select.set_value(value);
            }
        },
    );
    let value = value.or_else(|| bind.map(|b| b.get_untracked())).unwrap_or_default();
    let options = move || {
        choices
            .get()
            .into_iter()
            .map(|choice| {
                let selected = choice.value == bind.map_or_else(|| value.clone(), |b| b.get_untracked());
                view! { <option value=choice.value selected=selected>{choice.label}</option> }
            })
            .collect_view()
    };
    view! {
        <FieldFrame id=name.clone() label hint error optional>
            <select
                node_ref=node
                class="select"
                id=name.clone()
                name=name.clone()
                required=!optional
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby=described_by(&name, hint, error)
                on:change=move |event| {
                    if let Some(bind) = bind {
                        bind.set(event_target_value(&event));
                    }
                }
            >
                {options}
            </select>
        </FieldFrame>
    }
}

/// Yes or no; the whole line can be pressed. Posts `true` when checked and nothing otherwise, as forms do.
#[component]
pub fn Checkbox(
    /// The name it posts under, and its id.
    name: &'static str,
    /// What it means to check it.
    #[prop(into)]
    label: Oco<'static, str>,
    /// Whether it is checked at first.
    #[prop(optional)]
    checked: bool,
    /// What follows from it.
    #[prop(optional, into)]
    hint: Option<Oco<'static, str>>,
    /// It was changed.
    #[prop(optional, into)]
    on_change: Option<Callback<bool>>,
) -> impl IntoView {
    view! {
        <label class="check" for=name>
            <input
                type="checkbox"
                id=name
                name=name
                value="true"
                checked=checked
                on:change=move |event| {
                    if let Some(on_change) = on_change {
                        on_change.run(event_target_checked(&event));
                    }
                }
            />
            <span>{label}</span>
            {hint.map(|hint| view! { <span class="field-hint">{hint}</span> })}
        </label>
    }
}
