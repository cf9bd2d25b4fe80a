//! What several pages share: reading the address, waiting for an answer, rows that follow a live page, and the
//! errors of a form.

use std::{str::FromStr, time::Duration};

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::{
    UiError,
    components::{Note, SkeletonRows, SkeletonText, State},
    drawn::drawn,
    model::{Keyed, Page, Permission, Viewer},
    pages::failure::Failure,
    t,
};

/// A segment of the path, read; what cannot be read names nothing that exists.
pub fn segment<T>(name: &'static str) -> Memo<Result<T, UiError>>
where
    T: FromStr + Clone + PartialEq + Send + Sync + 'static,
{
    let params = use_params_map();
    Memo::new(move |_| params.with(|p| p.get_str(name).and_then(|v| v.parse().ok()).ok_or_else(UiError::not_found)))
}

/// Whether whoever looks may do it, as far as the page needs to know.
pub fn may(permission: Permission) -> bool {
    use_context::<Viewer>().is_some_and(|viewer| viewer.may(permission))
}

/// Whether whoever looks is of the platform rather than of a tenant.
pub fn of_platform() -> bool {
    use_context::<Viewer>().is_some_and(|viewer| viewer.tenant.is_none())
}

/// Whether the page lives: not while it is rendered, and not before its script has taken it over.
pub fn live() -> ReadSignal<bool> {
    let (live, set_live) = signal(false);
    Effect::new(move || set_live.set(true));
    live
}

/// What was asked for, or why it cannot be had with another try.
pub fn shown<T, V: IntoView + 'static>(
    answer: Result<T, UiError>,
    whole: bool,
    retry: impl Fn() + Send + Sync + 'static,
    view: impl FnOnce(T) -> V,
) -> AnyView {
    match answer {
        Ok(value) => drawn(view(value)),
        Err(error) => {
            let on_retry = Callback::new(move |()| retry());
            if whole {
                view! {
                    <div class="page">
                        <Failure error page=true retry=on_retry />
                    </div>
                }
                .into_any()
            } else {
                view! { <Failure error retry=on_retry /> }.into_any()
            }
        }
    }
}

/// The room of a page that is being loaded.
pub fn page_to_come() -> impl IntoView {
    view! {
        <div class="page">
            <SkeletonText title=true lines=2 />
            <SkeletonRows />
        </div>
    }
}

/// A row of a live page, by itself, so that only what changed in it is drawn anew.
pub fn live_row<T>(page: ReadSignal<Page<T>>, first: T) -> Memo<T>
where
    T: Keyed + Clone + PartialEq + Send + Sync + 'static,
{
    let key = first.key();
    Memo::new(move |before: Option<&T>| {
        page.with(|page| page.rows.iter().find(|row| row.key() == key).cloned())
            .or_else(|| before.cloned())
            .unwrap_or_else(|| first.clone())
    })
}

/// The fields of a specification's form, which stand one floor deeper than the others.
const SPEC_FIELDS: [&str; 27] = [
    "source",
    "document",
    "image",
    "command",
    "runs",
    "schedule",
    "time_zone",
    "replicas",
    "max_replicas",
    "target_cpu",
    "port",
    "exposure",
    "routes",
    "cpu",
    "memory",
    "health_path",
    "env",
    "data_path",
    "data_size",
    "config_path",
    "config_content",
    "secrets",
    "max_surge",
    "max_unavailable",
    "deadline",
    "first_batch",
    "at_deadline",
];

/// The id of a field's control, from the name that the service gives it.
fn control_id(field: &str) -> String {
    // One of several by name: `values[database]`.
    if let Some((list, name)) = field.split_once('[') {
        return format!("form[{list}][{name}");
    }
    if SPEC_FIELDS.contains(&field) { format!("form[spec][{field}]") } else { format!("form[{field}]") }
}

/// The error with its fields named by their controls, so that the summary over a form can link to them. `spec` says
/// that the form has a specification within it; otherwise all fields stand on one floor.
pub fn linked(error: Signal<Option<UiError>>, spec: bool) -> Signal<Option<UiError>> {
    Signal::derive(move || {
        let mut error = error.get()?;
        for field in &mut error.fields {
            field.field = if spec { control_id(&field.field) } else { format!("form[{}]", field.field) };
        }
        Some(error)
    })
}

/// How long it takes until something is asked for again.
const LOOK_AGAIN: Duration = Duration::from_secs(3);

/// That clusters are still to be handed something, which the server does by itself.
pub fn not_handed_yet(title: &'static str) -> impl IntoView {
    view! {
        <Note state=State::Rolling title>
            <p>
                {t!(
                    "It takes a few seconds. A cluster that cannot be reached is tried again every half minute.",
                    "通常需要几秒钟；无法访问的集群每半分钟重试一次。"
                )}
            </p>
        </Note>
    }
}

/// A value that is asked for again every few seconds while it `waits` for something that the server does by itself. When
/// asking fails, the value stays, and is asked for again.
pub fn asked_again<T, F>(first: T, waits: fn(&T) -> bool, ask: impl Fn() -> F + Send + Sync + 'static) -> Signal<T>
where
    T: Clone + Send + Sync + 'static,
    F: Future<Output = Result<T, UiError>> + Send + 'static,
{
    let value = RwSignal::new(first);
    let look = Action::new(move |(): &()| ask());
    Effect::new(move || {
        if let Some(Ok(now)) = look.value().get() {
            value.set(now);
        }
    });
    Effect::new(move || {
        look.version().track();
        if value.with(waits)
            && let Ok(later) = set_timeout_with_handle(
                move || {
                    look.dispatch(());
                },
                LOOK_AGAIN,
            )
        {
            on_cleanup(move || later.clear());
        }
    });
    value.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_carry_the_names_that_the_server_reads() {
        assert_eq!(control_id("image"), "form[spec][image]");
        assert_eq!(control_id("name"), "form[name]");
    }

    #[test]
    fn every_field_of_the_specification_is_known() {
        let serde_json::Value::Object(fields) =
            serde_json::to_value(crate::model::SpecForm::default()).expect("it is plain data")
        else {
            panic!("a form is an object");
        };
        let mut names: Vec<&str> = fields.keys().map(String::as_str).collect();
        let mut known = SPEC_FIELDS.to_vec();
        names.sort_unstable();
        known.sort_unstable();
        assert_eq!(names, known);
    }
}
