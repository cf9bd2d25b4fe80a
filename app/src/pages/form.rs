//! What forms share: where an error of the service stands.

use leptos::prelude::*;

use crate::{UiError, i18n::Text};

/// The error of an action's last attempt.
pub fn last_error<T: Clone + Send + Sync + 'static>(
    value: MappedSignal<Option<Result<T, UiError>>>,
) -> Signal<Option<UiError>> {
    Signal::derive(move || value.with(|v| v.as_ref().and_then(|v| v.as_ref().err().cloned())))
}

/// Whether an action's last attempt has done what was asked.
pub fn went_well<T: Clone + Send + Sync + 'static>(value: MappedSignal<Option<Result<T, UiError>>>) -> Signal<bool> {
    Signal::derive(move || value.with(|v| matches!(v, Some(Ok(_)))))
}

/// What an action's last attempt has made, by what a page needs of it, such as its id.
pub fn made<T, I>(value: MappedSignal<Option<Result<T, UiError>>>, needed: fn(&T) -> I) -> Signal<Option<I>>
where
    T: Clone + Send + Sync + 'static,
    I: Send + Sync + 'static,
{
    Signal::derive(move || value.with(|v| v.as_ref().and_then(|v| v.as_ref().ok()).map(needed)))
}

/// How many times something was done. A failure changes nothing, and what was typed stays.
pub fn done<T: Clone + Send + Sync + 'static>(
    value: MappedSignal<Option<Result<(), T>>>,
    version: RwSignal<usize>,
) -> usize {
    if value.with(|v| matches!(v, Some(Ok(())))) { version.get() } else { 0 }
}

/// The sentence for a field, under any of its names: a form within a form names its fields with a path, its own
/// checks without.
pub fn field(error: Signal<Option<UiError>>, names: &'static [&'static str]) -> Signal<Option<String>> {
    Signal::derive(move || {
        error.with(|e| e.as_ref().and_then(|e| names.iter().find_map(|name| e.field(name)).map(Text::here)))
    })
}

/// The error, when it is about the whole and no field says it.
pub fn whole(error: Signal<Option<UiError>>) -> Signal<Option<UiError>> {
    Signal::derive(move || error.get().filter(|e| e.fields.is_empty()))
}

/// Runs `changed` each time the action has done what was asked.
pub fn when_done<T: Clone + Send + Sync + 'static>(
    value: MappedSignal<Option<Result<T, UiError>>>,
    changed: Callback<()>,
) {
    let went_well = went_well(value);
    Effect::new(move || {
        if went_well.get() {
            changed.run(());
        }
    });
}
