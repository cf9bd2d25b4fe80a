//! That an application was deleted, over what stays of it.

use leptos::prelude::*;

use crate::{
    components::{Note, RelativeTime, State},
    model::AppRecord,
    t, tf,
};

/// When it was deleted, and by whom; nothing over one that is there.
pub fn gone_note(app: &AppRecord) -> Option<AnyView> {
    let at = app.deleted_at?;
    let rest = match app.deleted_by.as_str() {
        "" => t!("; its record stays.", "删除，其记录会保留。").to_owned(),
        who => tf!(" by {who}; its record stays.", "由 {who} 删除，其记录会保留。"),
    };
    let note = view! {
        <Note state=State::Idle>
            {t!("This app was deleted ", "此应用已于 ")} <RelativeTime at /> {rest}
        </Note>
    };
    Some(note.into_any())
}

/// Where an application's releases are listed: on its page, or by themselves when that is gone.
pub fn releases_of(app: &AppRecord) -> String {
    if app.is_gone() { format!("/apps/{}/releases", app.id) } else { format!("/apps/{}?tab=releases", app.id) }
}
