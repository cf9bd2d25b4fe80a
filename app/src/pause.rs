//! Waiting until somebody has stopped typing.

use std::time::Duration;

use leptos::prelude::*;

/// What is done once it was not called for again for a while. It belongs to the component that makes it: when that is
/// gone, what waits is not done any more.
#[derive(Clone, Copy)]
pub struct Pause(StoredValue<Option<TimeoutHandle>>);

impl Default for Pause {
    /// Nothing waits.
    fn default() -> Self {
        Self(StoredValue::new(None))
    }
}

impl Pause {
    /// Does it after `rest`, unless this is called again or stopped before.
    pub fn after(self, rest: Duration, act: impl FnOnce() + 'static) {
        self.stop();
        let Self(waiting) = self;
        let over = move || {
            if waiting.try_update_value(Option::take).is_some() {
                act();
            }
        };
        waiting.set_value(set_timeout_with_handle(over, rest).ok());
    }

    /// Forgets what waits; whether anything did.
    pub fn stop(self) -> bool {
        let Some(Some(waiting)) = self.0.try_update_value(Option::take) else { return false };
        waiting.clear();
        true
    }
}
