//! What came of an act, said once.

use leptos::prelude::*;

use super::{Icon, State, StateMark};
use crate::t;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toast {
    /// Decides shape and colour. What [`State::Failed`] says stays until it is dismissed.
    pub state: State,
    /// What happened.
    pub title: String,
    /// What it means, or what to do next; may be empty.
    pub text: String,
}

/// The messages on the screen; a handle to copy around.
#[derive(Clone, Copy, Debug)]
pub struct Toasts {
    list: RwSignal<Vec<(u64, Toast)>>,
    next: StoredValue<u64>,
}

/// How long a message stays.
#[cfg(feature = "hydrate")]
const STAYS: std::time::Duration = std::time::Duration::from_secs(6);

/// The most messages at once; older ones go.
const AT_ONCE: usize = 4;

impl Toasts {
    /// Shows a message. Call it in answer to an event, in the browser.
    pub fn push(self, toast: Toast) {
        let id = self.next.get_value();
        self.next.set_value(id + 1);
        #[cfg(feature = "hydrate")]
        if toast.state != State::Failed {
            set_timeout(move || self.dismiss(id), STAYS);
        }
        self.list.update(|list| {
            list.push((id, toast));
            if list.len() > AT_ONCE {
                list.remove(0);
            }
        });
    }

    /// Shows that something worked.
    pub fn done(self, title: impl Into<String>) {
        self.push(Toast { state: State::Serving, title: title.into(), text: String::new() });
    }

    /// Shows that something did not, and what to do.
    pub fn failed(self, title: impl Into<String>, text: impl Into<String>) {
        self.push(Toast { state: State::Failed, title: title.into(), text: text.into() });
    }

    fn dismiss(self, id: u64) {
        // The page may be gone by the time it fires.
        self.list.try_update(|list| list.retain(|(i, _)| *i != id));
    }
}

/// Makes room for messages: call it once, in the root view, and show a [`ToastRegion`] there.
pub fn provide_toasts() -> Toasts {
    let toasts = Toasts { list: RwSignal::new(Vec::new()), next: StoredValue::new(0) };
    provide_context(toasts);
    toasts
}

/// Where messages appear: over the page, out of the way of the thumb. Screen readers read them out.
#[component]
pub fn ToastRegion() -> impl IntoView {
    let toasts = use_context::<Toasts>().unwrap_or_else(provide_toasts);
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <For each=move || toasts.list.get() key=|(id, _)| *id let((id, toast))>
                <div class="toast" data-state=toast.state.key()>
                    <StateMark state=toast.state />
                    <p class="toast-title">{toast.title}</p>
                    <button
                        type="button"
                        class="button button-plain button-icon button-small"
                        aria-label=t!("Dismiss", "知道了")
                        on:click=move |_| toasts.dismiss(id)
                    >
                        <Icon name="x" />
                    </button>
                    {(!toast.text.is_empty()).then(|| view! { <p class="toast-text">{toast.text}</p> })}
                </div>
            </For>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_newest() {
        let owner = Owner::new();
        owner.with(|| {
            let toasts = provide_toasts();
            for n in 0..6 {
                toasts.done(format!("{n}"));
            }
            let titles: Vec<_> = toasts.list.get_untracked().into_iter().map(|(_, t)| t.title).collect();
            assert_eq!(titles, ["2", "3", "4", "5"]);
            toasts.dismiss(3);
            assert_eq!(toasts.list.get_untracked().len(), 3);
        });
    }
}
