//! The roles that a new account gets, or whoever joins by a link: rows of a role and where it holds. The first row is
//! there before any script runs; the script adds others and takes them out.

use leptos::{ev::MouseEvent, prelude::*, wasm_bindgen::JsCast, web_sys::HtmlElement};

use crate::{
    UiError,
    api::access::{list_roles, list_scopes},
    components::{Button, ButtonKind, Choice, SelectField, SkeletonRows},
    drawn::drawn,
    i18n::Text,
    load::Load,
    model::{MOST_FIRST_ROLES, Permission, PermissionSet, Role, RoleRef, RoleRow, ScopeChoices, TenantId, Viewer},
    pages::{
        form::field,
        pick::{PickField, PlacesOf, find_places, place_choice},
    },
    t, tf,
};

/// Where the button for another row is.
const MORE: &str = "more-roles";

/// What the rows choose from.
#[derive(Clone)]
struct Choices {
    roles: Vec<Choice>,
    /// The role of the first row, until another is chosen.
    first: String,
    /// None when they could not be had: then roles hold in the whole tenant.
    places: Vec<Choice>,
    /// Whether there are no more places.
    whole: bool,
}

/// The roles that a new account gets, if any.
#[component]
pub(super) fn FirstRoles(
    /// The tenant that it is made in; one's own, or the platform, without it.
    tenant: Option<TenantId>,
    /// The error of the form's last attempt.
    error: Signal<Option<UiError>>,
) -> impl IntoView {
    let viewer = use_context::<Viewer>();
    let of_platform = tenant.is_none() && viewer.as_ref().is_some_and(|viewer| viewer.tenant.is_none());
    let has = viewer.map(|viewer| viewer.permissions).unwrap_or_default();
    let gives = has.has(Permission::AccessManage);
    let reads = has.has(Permission::AccountRead);
    if !gives {
        return view! {
            <p class="field-hint">
                {t!("It gets no role yet: only the main account gives roles.", "暂不授予角色：只有主账号可以授予角色。")}
            </p>
        }
        .into_any();
    }
    // The built-in roles can be given in the whole tenant also while its own, or its places, cannot be had.
    let choices = Load::new(
        || (),
        move |()| async move {
            // The platform has the built-in ones alone.
            let own = if reads && !of_platform { list_roles(tenant).await.unwrap_or_default() } else { Vec::new() };
            let places =
                if reads { list_scopes(tenant, None).await.unwrap_or_default() } else { ScopeChoices::default() };
            Ok::<(Vec<RoleRow>, ScopeChoices), UiError>((own, places))
        },
    );
    view! {
        <Transition fallback=|| view! { <SkeletonRows rows=1 columns=2 /> }>
            {move || Suspend::new(async move {
                let (own, places) = choices.await.unwrap_or_default();
                let (roles, first) = role_choices(of_platform, has, own);
                let ScopeChoices { rows, whole } = places;
                let choices = Choices { roles, first, places: rows.into_iter().map(place_choice).collect(), whole };
                drawn(view! { <Rows tenant of_platform choices error /> })
            })}
        </Transition>
    }
    .into_any()
}

#[component]
fn Rows(
    tenant: Option<TenantId>,
    of_platform: bool,
    choices: Choices,
    error: Signal<Option<UiError>>,
) -> impl IntoView {
    let rows = RwSignal::new(vec![0_usize]);
    let next = StoredValue::new(1_usize);
    // The answer counts the rows as they were sent, and says nothing of those that come or go later.
    let judged = Memo::new(move |_| {
        error.track();
        rows.get_untracked()
    });
    let wrong = field(error, &["roles"]);
    let full = Signal::derive(move || rows.with(|rows| rows.len() >= MOST_FIRST_ROLES));
    let add = move |_: MouseEvent| {
        let n = next.get_value();
        next.set_value(n + 1);
        rows.update(|rows| rows.push(n));
        focus_on(format!("[name=\"{}\"]", name_of(n, "role")));
    };
    let remove = Callback::new(move |n: usize| {
        rows.update(|rows| rows.retain(|row| *row != n));
        focus_on(format!("#{MORE} button"));
    });
    let hint = if of_platform {
        t!(
            "Each holds on the whole platform or in one cluster. More can be given on the account's own page.",
            "每个角色在整个平台或单个集群内有效。之后可以在账号页面继续授予。"
        )
    } else {
        t!(
            "Each holds in the whole tenant, or in one cluster, namespace or app with everything below. More can be given on the account's own page.",
            "每个角色在整个租户，或单个集群、命名空间或应用（包括其下级对象）内有效。之后可以在账号页面继续授予。"
        )
    };
    let choices = StoredValue::new(choices);
    view! {
        <fieldset class="fieldset" id="form[roles]">
            <legend>{t!("Roles", "角色")}</legend>
            <p class="field-hint">{hint}</p>
            {move || wrong.get().map(|wrong| view! { <p class="field-error">{wrong}</p> })}
            <div class="pairs">
                <For
                    each=move || rows.get()
                    key=|n| *n
                    children=move |n| {
                        let wrong = move |part| wrong_at(error, judged, n, part);
                        view! {
                            <Row
                                n
                                tenant
                                choices=choices.get_value()
                                rows
                                remove
                                role_error=wrong("role")
                                scope_error=wrong("scope")
                            />
                        }
                    }
                />
            </div>
            <div id=MORE>
                <Button icon="plus" small=true disabled=full on_press=add>
                    {t!("Another role", "再加一个角色")}
                </Button>
            </div>
        </fieldset>
    }
}

#[component]
fn Row(
    /// Its number, which no other row ever has.
    n: usize,
    tenant: Option<TenantId>,
    choices: Choices,
    /// The rows there are.
    rows: RwSignal<Vec<usize>>,
    /// Takes a row out.
    remove: Callback<usize>,
    role_error: Signal<Option<String>>,
    scope_error: Signal<Option<String>>,
) -> impl IntoView {
    let Choices { roles, first, places, whole } = choices;
    let number = n + 1;
    let role = if n == 0 { first } else { String::new() };
    let place = RwSignal::new(places.first().map(|place| place.value.clone()).unwrap_or_default());
    let known = !places.is_empty();
    // Without a field for the place, what is wrong with it stands at the role.
    let role_error = Signal::derive(move || role_error.get().or_else(|| scope_error.get().filter(|_| !known)));
    let pick = known.then(|| {
        view! {
            <PickField
                name=name_of(n, "scope")
                label=tf!("Where role {number} holds", "角色 {number} 的范围")
                first=places
                whole
                bind=place
                error=scope_error
                find=move |query| find_places(PlacesOf::Tenant(tenant), query)
                find_id=format!("find-place-{n}")
            />
        }
    });
    view! {
        <div class="pair" role="group" aria-label=tf!("Role {number}", "角色 {number}")>
            <SelectField
                name=name_of(n, "role")
                label=tf!("Role {number}", "角色 {number}")
                choices=roles
                value=role
                optional=true
                error=role_error
            />
            <div class="fieldset">{pick}</div>
            {move || {
                (rows.with(Vec::len) > 1)
                    .then(|| {
                        view! {
                            <Button
                                kind=ButtonKind::Plain
                                icon="trash-2"
                                label=tf!("Take role {number} out", "移除角色 {number}")
                                on_press=move |_| remove.run(n)
                            />
                        }
                    })
            }}
        </div>
    }
}

/// The name under which a part of a row is sent, and the id of its field.
fn name_of(n: usize, part: &str) -> String {
    format!("form[roles][{n}][{part}]")
}

/// What is wrong with a part of a row: the rows are counted as they were `judged`, from 0.
fn wrong_at(
    error: Signal<Option<UiError>>,
    judged: Memo<Vec<usize>>,
    n: usize,
    part: &'static str,
) -> Signal<Option<String>> {
    Signal::derive(move || {
        let at = judged.with(|rows| rows.iter().position(|row| *row == n))?;
        let name = format!("roles.{at}.{part}");
        error.with(|error| error.as_ref().and_then(|error| error.field(&name)).map(Text::here))
    })
}

/// Puts the cursor where the hands go on, once that is drawn.
fn focus_on(selector: String) {
    request_animation_frame(move || {
        let found = document().query_selector(&selector).ok().flatten();
        if let Some(element) = found.and_then(|found| found.dyn_into::<HtmlElement>().ok()) {
            _ = element.focus();
        }
    });
}

/// The roles that somebody who may do this can give a new account, and the one that is chosen at first.
fn role_choices(of_platform: bool, has: PermissionSet, own: Vec<RoleRow>) -> (Vec<Choice>, String) {
    let built_in: &[Role] = if of_platform {
        &[Role::PlatformAuditor, Role::PlatformAdmin]
    } else {
        &[Role::Developer, Role::Operator, Role::Viewer, Role::Administrator]
    };
    let mut choices = vec![Choice::new("", t!("none", "无"))];
    choices.extend(built_in.iter().map(|role| Choice::new(role.as_str(), role.title().here())));
    // Nobody gives what they may not do themselves.
    let own =
        own.into_iter().filter(|row| matches!(row.role, RoleRef::Custom(_)) && row.permissions.without(has).is_empty());
    choices.extend(own.map(|row| Choice::new(row.role.to_string(), row.title.here())));
    (choices, built_in[0].as_str().to_owned())
}
