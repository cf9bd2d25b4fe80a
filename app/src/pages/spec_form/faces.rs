//! The form's two faces and what keeps them the same. On a wide screen both are shown, and what is typed into one appears in
//! the other a moment later; on a narrow one people turn from one to the other. What the other face says, and what is
//! wrong, is the server's to know.
//!
//! The face that was typed in last counts, and an answer is taken as far as nobody has typed since into what it is about.

use std::time::Duration;

use leptos::prelude::*;

use super::{SpecFields, signals::Signals, without_values};
use crate::{
    FieldError, UiError,
    api::apps::look_at_spec,
    i18n::Text,
    model::{Source, SpecForm, SpecLook, SpecProblem},
    pages::parts::live,
    pause::Pause,
    text,
};

/// How long a form rests before it is looked at again.
const REST: Duration = Duration::from_millis(350);
/// The same after the server could not be asked.
const LONG_REST: Duration = Duration::from_secs(5);
/// From here on both faces are shown; style/components/spec-form.css says the same.
#[cfg(feature = "hydrate")]
const WIDE: &str = "(width >= 84rem)";

/// What the faces have in common.
#[derive(Clone, Copy)]
pub(super) struct Faces {
    fields: SpecFields,
    /// Whether both are shown.
    pub(super) both: Signal<bool>,
    /// Whether the document is what counts.
    pub(super) whole: Memo<bool>,
    /// What is wrong with what was typed last.
    pub(super) problems: RwSignal<Vec<SpecProblem>>,
    /// Why it could not be looked at, or not be turned.
    pub(super) failure: RwSignal<Option<UiError>>,
    /// Whether the way to the other face is being looked for.
    pub(super) turning: RwSignal<bool>,
    document_shown: Memo<bool>,
    /// All that stood there when it was last looked at.
    seen: StoredValue<SpecForm>,
    /// Whether somebody has typed since the last answer.
    dirty: StoredValue<bool>,
    /// How often a form was put back, as far as that has been taken in.
    restored: StoredValue<u32>,
    pause: Pause,
    look: Action<Asked, (Asked, Result<SpecLook, UiError>)>,
}

/// What was asked.
#[derive(Clone)]
struct Asked {
    /// The form as it was sent.
    form: SpecForm,
    /// All that stood there.
    raw: SpecForm,
}

impl Faces {
    pub(super) fn new(fields: SpecFields) -> Self {
        let look = Action::new(|asked: &Asked| {
            let asked = asked.clone();
            async move {
                let found = look_at_spec(asked.form.clone()).await;
                (asked, found)
            }
        });
        let (alive, wide) = (live(), wide());
        let both = Signal::derive(move || alive.get() && wide.get());
        let whole = Memo::new(move |_| fields.signals().source.get() == Source::Document);
        let faces = Self {
            fields,
            both,
            whole,
            problems: RwSignal::new(Vec::new()),
            failure: RwSignal::new(None),
            turning: RwSignal::new(false),
            document_shown: Memo::new(move |was: Option<&bool>| {
                was == Some(&true) || alive.get() && (both.get() || whole.get())
            }),
            seen: StoredValue::new(untrack(move || fields.raw())),
            dirty: StoredValue::new(false),
            restored: StoredValue::new(0),
            pause: Pause::default(),
            look,
        };
        faces.keep_the_same();
        faces
    }

    /// Whether a face is shown.
    pub(super) fn shows(self, document: bool) -> bool {
        self.both.get() || self.whole.get() == document
    }

    /// Whether the document has been shown, so that its editor is worth fetching.
    pub(super) fn was_shown(self) -> bool {
        self.document_shown.get()
    }

    /// What is wrong with the document; what is wrong with fields has no place in it.
    pub(super) fn of_document(self) -> Signal<Vec<SpecProblem>> {
        Signal::derive(move || if self.whole.get() { self.problems.get() } else { Vec::new() })
    }

    /// Goes on with the other face, when this one says nothing wrong.
    pub(super) fn turn(self) {
        self.turning.set(true);
        self.ask();
    }

    /// Somebody is about to type into a face: what was typed into the other is to be there before. Where nobody has typed
    /// yet, the document may still be to be written.
    pub(super) fn enter(self, document: bool) {
        let empty = document && self.is_blank();
        if self.both.get_untracked() && self.whole.get_untracked() != document && (self.dirty.get_value() || empty) {
            self.ask();
        }
    }

    /// Whether the document is still to be written.
    pub(super) fn is_blank(self) -> bool {
        self.signals().document.with(String::is_empty)
    }

    fn signals(self) -> Signals {
        self.fields.signals()
    }

    /// Looks at what stands there now.
    fn ask(self) {
        let raw = untrack(move || self.fields.raw());
        if raw.source == Source::Document {
            self.ask_as(raw);
            return;
        }
        self.pause.stop();
        self.look.dispatch(Asked { form: without_values(untrack(move || self.fields.get())), raw });
    }

    /// Looks at a document, which says all there is; the fields are as they were when it was typed.
    fn ask_as(self, raw: SpecForm) {
        self.pause.stop();
        self.look.dispatch(Asked { form: without_values(SpecForm { source: Source::Document, ..raw.clone() }), raw });
    }

    fn ask_after(self, rest: Duration) {
        self.pause.after(rest, move || self.ask());
    }

    fn keep_the_same(self) {
        let Self { fields, look, .. } = self;
        Effect::watch(move || fields.raw(), move |now, _, _| self.follow(now), false);
        // What was put back is looked at, and what was typed on a narrow screen that is wide now.
        let shown = move || (self.both.get(), self.signals().restored.get());
        Effect::watch(
            shown,
            move |(both, restored), before, _| {
                let put_back = before.is_some_and(|(_, before)| restored != before);
                if put_back {
                    self.restored.set_value(*restored);
                    // Also for when there is room for two faces a moment later.
                    self.dirty.set_value(true);
                    self.seen.set_value(untrack(move || fields.raw()));
                    self.problems.set(Vec::new());
                }
                let shows_other = *both || self.whole.get_untracked();
                if shows_other && (put_back || self.dirty.get_value()) {
                    self.ask_after(Duration::ZERO);
                }
            },
            false,
        );
        Effect::watch(
            move || look.value().get(),
            move |found, _, _| match found {
                Some((asked, Ok(found))) => self.take(asked, found),
                Some((_, Err(error))) => {
                    self.failure.set(Some(error.clone()));
                    if !self.turning.get_untracked() {
                        self.ask_after(LONG_REST);
                    }
                    self.turning.set(false);
                }
                None => {}
            },
            false,
        );
    }

    /// What somebody has typed.
    fn follow(self, now: &SpecForm) {
        let (before, signals) = (self.seen.get_value(), self.signals());
        // What was put back nobody has typed just now.
        if *now == before || signals.restored.get_untracked() != self.restored.get_value() {
            return;
        }
        let typed = if now.document == before.document { Source::Fields } else { Source::Document };
        self.seen
            .set_value(SpecForm { source: if self.both.get_untracked() { typed } else { now.source }, ..now.clone() });
        let was_dirty = self.dirty.get_value();
        self.dirty.set_value(true);
        if !self.both.get_untracked() {
            if now.source == Source::Document {
                self.ask_after(REST);
            }
            return;
        }
        if now.source == typed {
            self.ask_after(REST);
            return;
        }
        // The other side is what counts from now on. What was typed into the document last is what the fields stand over; and
        // what it says goes into those that nobody has typed in.
        if was_dirty && typed == Source::Fields {
            self.ask_as(before);
            signals.base.set(now.document.clone());
        } else {
            self.ask_after(REST);
        }
        self.problems.set(Vec::new());
        signals.count(typed);
    }

    /// Takes an answer.
    fn take(self, asked: &Asked, found: &SpecLook) {
        let now = untrack(move || self.fields.raw());
        let of_document = asked.form.source == Source::Document;
        let same_document = now.document == asked.raw.document;
        let same_fields = SpecForm { document: String::new(), ..now.clone() }
            == SpecForm { document: String::new(), ..asked.raw.clone() };
        let stands = if of_document { same_document } else { same_document && same_fields };
        if !stands {
            // Somebody has typed since. Who wants to turn is asked for again, else the next answer is on its way.
            if self.turning.get_untracked() {
                self.ask();
            }
            return;
        }
        self.failure.set(self.turning.get_untracked().then(|| refused(asked, found)).flatten());
        let typed_since = now.source != asked.form.source || !same_fields;
        if !typed_since {
            self.problems.set(found.problems.clone());
        }
        if let Some(other) = found.other.clone() {
            if of_document {
                self.fields.show_fields(other, &found.secrets, &asked.raw);
            } else {
                self.fields.show_document(other.document);
            }
            if self.turning.get_untracked() {
                self.signals().count(other_of(asked.form.source));
            }
        }
        self.turning.set(false);
        // What has no other face yet is not to be lost to it.
        self.dirty.set_value(typed_since || found.other.is_none());
        self.seen.set_value(untrack(move || self.fields.raw()));
        if typed_since {
            self.ask_after(REST);
        }
    }
}

const fn other_of(source: Source) -> Source {
    match source {
        Source::Fields => Source::Document,
        Source::Document => Source::Fields,
    }
}

/// Why there is no other face to turn to.
fn refused(asked: &Asked, found: &SpecLook) -> Option<UiError> {
    let of_document = asked.form.source == Source::Document;
    let told = |problem: &SpecProblem| {
        let SpecProblem { place, line, message: Text { en, zh }, .. } = problem;
        let message = match line {
            Some(line) => text!("Line {line}: {en}", "第 {line} 行：{zh}"),
            None if of_document && !place.is_empty() => text!("{place}: {en}", "{place}：{zh}"),
            None => problem.message.clone(),
        };
        FieldError { field: if of_document { "document".to_owned() } else { place.clone() }, message }
    };
    let fields: Vec<FieldError> = found.problems.iter().map(told).collect();
    (!fields.is_empty()).then(|| UiError::invalid(fields))
}

/// Whether the window has room for two faces.
fn wide() -> ReadSignal<bool> {
    let (wide, set) = signal(false);
    #[cfg(feature = "hydrate")]
    Effect::new(move || {
        let look = move || {
            let matches = window().match_media(WIDE).ok().flatten().is_some_and(|query| query.matches());
            // Telling what is known already would begin everything anew.
            if wide.try_get_untracked().is_some_and(|known| known != matches) {
                set.set(matches);
            }
        };
        look();
        let listener = window_event_listener(leptos::ev::resize, move |_| look());
        on_cleanup(move || listener.remove());
    });
    #[cfg(not(feature = "hydrate"))]
    let _ = set;
    wide
}
