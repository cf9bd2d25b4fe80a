//! What was typed and not sent, kept in the tab over a reload. Values of secrets are not.

use leptos::prelude::*;

use super::SpecFields;
use crate::{
    components::{Button, Note, State},
    t,
};

/// How long a form rests before it is kept.
#[cfg(feature = "hydrate")]
const REST: std::time::Duration = std::time::Duration::from_millis(300);

/// A field of a form beside its specification, and what it began with.
pub type Other = (RwSignal<String>, String);

/// Keeps a form in the tab while it is not sent, and says when it has put one back.
#[component]
pub fn Draft(
    /// What tells the form from others of the same person: the page, and what it was filled in from.
    #[prop(into)]
    key: String,
    /// The specification.
    fields: SpecFields,
    /// What else the form has. What has been filled in already stays.
    others: Vec<Other>,
    /// Whether it was taken; then there is nothing to keep any more.
    sent: Signal<bool>,
) -> impl IntoView {
    let back = RwSignal::new(false);
    #[cfg(feature = "hydrate")]
    let over = browser::keep(&key, fields, others, sent, back);
    #[cfg(not(feature = "hydrate"))]
    let over = {
        let _ = (key, fields, others, sent);
        Callback::new(|()| {})
    };
    move || {
        back.get().then(|| {
            view! {
                <Note state=State::Idle title=t!("What you had typed is here again", "已恢复您之前填写的内容")>
                    <p>{t!("Values of secrets are not kept; type them once more.", "密钥的值不会保存，请重新填写。")}</p>
                    <Button small=true icon="undo-2" on_press=Callback::new(move |_| over.run(()))>
                        {t!("Start over", "重新开始")}
                    </Button>
                </Note>
            }
        })
    }
}

#[cfg(feature = "hydrate")]
mod browser {
    use leptos::prelude::*;
    use serde::{Deserialize, Serialize};

    use super::{Other, REST, SpecFields};
    use crate::{
        model::{Source, SpecForm, Viewer, shared_secret},
        pages::{parts::live, spec_form::is_variable},
        pause::Pause,
    };

    /// A form as it is kept.
    #[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
    struct Kept {
        /// All that stands there, of secrets the names.
        spec: SpecForm,
        /// The document that the fields stand over.
        base: String,
        others: Vec<String>,
    }

    impl Kept {
        fn now(fields: SpecFields, others: &[Other]) -> Self {
            let spec = fields.raw();
            // A bare name keeps the value that there is, where an empty one would take its place.
            let lines = spec.secrets.lines().filter_map(|line| {
                let name = line.split('=').next().unwrap_or_default().trim();
                (is_variable(name) || shared_secret(line).is_some()).then_some(name)
            });
            let secrets = lines.collect::<Vec<_>>().join("\n");
            Self {
                spec: SpecForm { secrets, ..spec },
                base: fields.signals().base.get(),
                others: others.iter().map(|(other, _)| other.get()).collect(),
            }
        }

        /// Whether somebody has typed the same: what the fields come to as a document is nobody's.
        fn says(&self, other: &Self) -> bool {
            let typed = |kept: &Self| {
                let mut kept = kept.clone();
                if kept.spec.source == Source::Fields {
                    kept.spec.document.clear();
                }
                kept
            };
            typed(self) == typed(other)
        }

        fn put(self, fields: SpecFields, others: &[Other], over_all: bool) {
            fields.restore(self.spec, self.base);
            for ((other, first), value) in others.iter().zip(self.others) {
                if over_all || other.with_untracked(|now| now == first) {
                    other.set(value);
                }
            }
        }
    }

    /// What empties the form again.
    pub(super) fn keep(
        key: &str,
        fields: SpecFields,
        others: Vec<Other>,
        sent: Signal<bool>,
        back: RwSignal<bool>,
    ) -> Callback<()> {
        let whose = use_context::<Viewer>().map(|viewer| viewer.id.to_string()).unwrap_or_default();
        let key = StoredValue::new(format!("draft:{whose}:{key}"));
        let others = StoredValue::new(others);
        let now = move || others.with_value(|others| Kept::now(fields, others));
        let first = StoredValue::new(untrack(now));
        let forget = move || {
            if let Some(storage) = storage() {
                // A browser that keeps nothing has nothing to forget.
                let _ = key.with_value(|key| storage.remove_item(key));
            }
        };
        let pause = Pause::default();
        let put_back = move || {
            // The page may have been left, and there may be nothing.
            let Some(first) = first.try_get_value() else { return };
            if let Some(kept) = find(key).filter(|kept| !kept.says(&first)) {
                others.with_value(|others| kept.put(fields, others, false));
                back.set(true);
            }
        };
        // Only once the page lives and each control has taken over what stands in it, or it would take that back.
        let alive = live();
        let began = StoredValue::new(false);
        Effect::new(move || {
            let form = now();
            if !alive.get() {
                return;
            }
            if !began.get_value() {
                began.set_value(true);
                set_timeout(put_back, std::time::Duration::ZERO);
                return;
            }
            let is_first = first.with_value(|first| first.says(&form));
            let write = move || {
                if is_first {
                    forget();
                } else if let (Some(storage), Ok(text)) = (storage(), serde_json::to_string(&form)) {
                    // One that is full keeps what it has.
                    let _ = key.try_with_value(|key| storage.set_item(key, &text));
                }
            };
            pause.after(REST, write);
        });
        // Of a form that stays, an earlier sending is none of this one's.
        let was_sent = sent.get_untracked();
        let taken = move || {
            pause.stop();
            forget();
        };
        Effect::watch(move || sent.get(), move |sent, _, _| sent.then(taken).unwrap_or_default(), false);
        // Where it leads elsewhere, the page may be gone before anything has followed.
        on_cleanup(move || {
            pause.stop();
            if !was_sent && sent.try_get_untracked() == Some(true) {
                forget();
            }
        });
        Callback::new(move |()| {
            others.with_value(|others| first.get_value().put(fields, others, true));
            back.set(false);
        })
    }

    fn storage() -> Option<web_sys::Storage> {
        window().session_storage().ok().flatten()
    }

    fn find(key: StoredValue<String>) -> Option<Kept> {
        let text = key.with_value(|key| storage()?.get_item(key).ok().flatten())?;
        serde_json::from_str(&text).ok()
    }
}
