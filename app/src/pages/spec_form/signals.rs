//! The form's values, as signals that its controls, its other face and "Will it fit?" share.

use leptos::prelude::*;

use crate::model::{Source, SpecForm};

/// Defines a signal for each of the form's fields, and what is done with all of them.
macro_rules! signals {
    ($($field:ident),* $(,)?) => {
        /// A signal for each of the form's values.
        #[derive(Clone, Copy, Debug)]
        pub(super) struct Signals {
            pub(super) source: RwSignal<Source>,
            /// The document as it is shown.
            pub(super) document: RwSignal<String>,
            /// The document that the fields stand over: the last one that somebody has typed, or the one at first. What the
            /// fields were turned into is shown, but nothing is built on it: a field that is empty for a moment would take
            /// with it what the document alone says.
            pub(super) base: RwSignal<String>,
            pub(super) secrets: RwSignal<String>,
            /// Counts how often a form was put back.
            pub(super) restored: RwSignal<u32>,
            $(pub(super) $field: RwSignal<String>,)*
        }

        impl Signals {
            fn new(spec: SpecForm) -> Self {
                Self {
                    source: RwSignal::new(spec.source),
                    base: RwSignal::new(spec.document.clone()),
                    document: RwSignal::new(spec.document),
                    secrets: RwSignal::new(spec.secrets),
                    restored: RwSignal::new(0),
                    $($field: RwSignal::new(spec.$field),)*
                }
            }

            /// All that stands there, whether it is shown or not, and the document as it is shown; followed.
            fn raw(self) -> SpecForm {
                SpecForm {
                    source: self.source.get(),
                    document: self.document.get(),
                    secrets: self.secrets.get(),
                    $($field: self.$field.get(),)*
                }
            }

            /// Shows what another form's fields say: in all of them, or in those that still say what `asked` said.
            fn show(self, other: SpecForm, asked: Option<&SpecForm>) {
                $(
                    let as_asked = asked.is_none_or(|asked| self.$field.with_untracked(|now| *now == asked.$field));
                    if as_asked {
                        show(self.$field, other.$field);
                    }
                )*
            }
        }
    };
}

signals!(
    image,
    command,
    runs,
    schedule,
    time_zone,
    replicas,
    max_replicas,
    target_cpu,
    port,
    exposure,
    routes,
    cpu,
    memory,
    health_path,
    env,
    data_path,
    data_size,
    config_path,
    config_content,
    max_surge,
    max_unavailable,
    deadline,
    first_batch,
    at_deadline,
);

/// Sets what is another value; whoever follows a signal would look at the same once more for nothing.
fn show(signal: RwSignal<String>, value: String) {
    if signal.with_untracked(|shown| *shown != value) {
        signal.set(value);
    }
}

impl Signals {
    /// Whether it runs to its end, so that nothing of how it serves is asked.
    pub(super) fn ends(self) -> bool {
        !matches!(self.runs.get().as_str(), "" | "always")
    }

    /// Whether it runs by a schedule.
    pub(super) fn is_scheduled(self) -> bool {
        matches!(self.runs.get().as_str(), "schedule" | "paused")
    }

    /// Goes on with one face or the other.
    pub(super) fn count(self, source: Source) {
        if self.source.get_untracked() != source {
            self.source.set(source);
        }
    }
}

/// The form's values, as they stand in the fields now.
#[derive(Clone, Copy, Debug)]
pub struct SpecFields(StoredValue<Signals>);

impl SpecFields {
    /// Fields that begin with these values.
    pub fn new(spec: SpecForm) -> Self {
        Self(StoredValue::new(Signals::new(spec)))
    }

    pub(super) fn signals(self) -> Signals {
        self.0.get_value()
    }

    /// How many pods, as it stands in its field.
    pub fn replicas(self) -> RwSignal<String> {
        self.signals().replicas
    }

    /// The same with an image that outlives these fields.
    #[must_use]
    pub fn with_image(self, image: RwSignal<String>) -> Self {
        image.set(self.signals().image.get_untracked());
        self.0.update_value(|signals| signals.image = image);
        self
    }

    /// What the form says, read so that a view or a memo follows it: what is not shown says nothing.
    pub fn get(self) -> SpecForm {
        let signals = self.signals();
        let mut form = signals.raw();
        if form.source == Source::Fields {
            form.document = signals.base.get();
        }
        if !signals.is_scheduled() {
            form.schedule.clear();
            form.time_zone.clear();
        }
        if signals.ends() {
            for hidden in [
                &mut form.max_replicas,
                &mut form.target_cpu,
                &mut form.port,
                &mut form.exposure,
                &mut form.routes,
                &mut form.health_path,
                &mut form.data_path,
                &mut form.data_size,
                &mut form.max_surge,
                &mut form.max_unavailable,
                &mut form.deadline,
                &mut form.first_batch,
                &mut form.at_deadline,
            ] {
                hidden.clear();
            }
        }
        form
    }

    /// All that stands there, whether it is shown or not, and the document as it is shown.
    pub(super) fn raw(self) -> SpecForm {
        self.signals().raw()
    }

    /// Shows in the fields what a document says that was asked about: in those that nobody has typed in since. Secrets keep the
    /// values that were typed; `names` are those that the document takes.
    pub(super) fn show_fields(self, other: SpecForm, names: &[String], asked: &SpecForm) {
        let signals = self.signals();
        signals.base.set(asked.document.clone());
        let secrets = signals.secrets.with_untracked(|typed| reconciled(typed, names));
        show(signals.secrets, secrets);
        signals.show(other, Some(asked));
    }

    /// Shows the document that the fields come to.
    pub(super) fn show_document(self, document: String) {
        show(self.signals().document, document);
    }

    /// Puts a form back, with the document that its fields stand over.
    #[cfg(feature = "hydrate")]
    pub(super) fn restore(self, form: SpecForm, base: String) {
        let signals = self.signals();
        show(signals.document, form.document.clone());
        show(signals.base, base);
        show(signals.secrets, form.secrets.clone());
        signals.count(form.source);
        signals.show(form, None);
        signals.restored.update(|times| *times += 1);
    }
}

/// The lines of secrets for a document that takes `names`: those with a value stay; of bare names those that it takes, and
/// those that it takes and nobody has given yet.
fn reconciled(typed: &str, names: &[String]) -> String {
    let name = |line: &str| line.split('=').next().unwrap_or_default().trim().to_owned();
    let stays = |line: &&str| line.contains('=') || names.contains(&name(line));
    let kept: Vec<&str> = typed.lines().filter(stays).collect();
    let missing = names
        .iter()
        .filter(|name| !kept.iter().any(|line| line.split('=').next().unwrap_or_default().trim() == **name));
    let lines: Vec<&str> = kept.iter().copied().chain(missing.map(String::as_str)).collect();
    // What people have typed stays as it is, to the last line's end, when there is nothing to change.
    if lines.iter().copied().eq(typed.lines()) { typed.to_owned() } else { lines.join("\n") }
}

#[cfg(test)]
mod tests {
    use super::reconciled;

    #[test]
    fn secrets_follow_the_document_and_keep_their_values() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(reconciled("", &names(&["TOKEN"])), "TOKEN");
        assert_eq!(reconciled("TOK\nKEY=x", &names(&["TOKEN"])), "KEY=x\nTOKEN");
        assert_eq!(reconciled("TOKEN=x\n", &names(&["TOKEN"])), "TOKEN=x\n");
        assert_eq!(reconciled("B\nA", &names(&["A", "B"])), "B\nA");
        assert_eq!(reconciled("GONE", &[]), "");
    }
}
