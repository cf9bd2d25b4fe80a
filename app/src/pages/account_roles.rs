//! The roles of an account: those it has, and giving one more.

use leptos::{form::ActionForm, prelude::*};

use crate::{
    api::access::{BindRole, UnbindRole},
    components::{Button, ButtonKind, Cell, Choice, Column, DataTable, FormErrors, RelativeTime, SelectField},
    model::{AccountId, BindingRow, RoleRow, ScopeChoices, TenantId},
    pages::{
        access::scope_word,
        form::{field, last_error, when_done, whole},
        pick::{PickField, PlacesOf, find_places, place_choice},
    },
    t, tf,
};

/// The roles that an account has, each with where and by whom.
#[component]
pub fn RolesOf(
    /// Whose.
    account: AccountId,
    /// The roles.
    bindings: Vec<BindingRow>,
    /// Whether whoever looks may take them.
    takes: bool,
    /// One was taken.
    changed: Callback<()>,
    /// Whether whoever looks is whose they are.
    #[prop(optional)]
    own: bool,
) -> impl IntoView {
    let take = ServerAction::<UnbindRole>::new();
    let error = last_error(take.value());
    when_done(take.value(), changed);
    if bindings.is_empty() {
        let words = if own {
            t!(
                "You have no role yet, and so may do nothing but change your own profile. Ask your administrator for one.",
                "您还没有任何角色，只能修改自己的资料。请联系管理员授予角色。"
            )
        } else {
            t!(
                "It has no role, and so may do nothing but change its own profile.",
                "没有任何角色，只能修改自己的资料。"
            )
        };
        return view! { <p class="muted">{words}</p> }.into_any();
    }
    let mut columns =
        vec![Column::new(t!("Role", "角色")), Column::new(t!("Where", "范围")), Column::new(t!("Given", "授予"))];
    if takes {
        columns.push(Column::new(t!("Revoke", "收回")).class("num"));
    }
    let rows = bindings
        .into_iter()
        .map(|binding| {
            let title = binding.title.here();
            let label = tf!("Revoke the role {title}", "收回角色“{title}”");
            let place = scope_word(binding.scope, &binding.place);
            let id = binding.id.to_string();
            view! {
                <tr role="row">
                    <th scope="row" role="rowheader">{binding.title.here()}</th>
                    <Cell label=t!("Where", "范围")>{place}</Cell>
                    <Cell label=t!("Given", "授予")>
                        {binding.from_provider.then(|| t!("by the identity provider", "由身份提供商"))} " "
                        {binding.actor_name} " " <RelativeTime at=binding.created_at />
                    </Cell>
                    {takes
                        .then(|| {
                            view! {
                                <Cell label=t!("Revoke", "收回") class="num">
                                    <ActionForm action=take>
                                        <input type="hidden" name="id" value=account.to_string() />
                                        <input type="hidden" name="binding" value=id />
                                        <button class="button button-plain button-small" type="submit" aria-label=label>
                                            {t!("Revoke", "收回")}
                                        </button>
                                    </ActionForm>
                                </Cell>
                            }
                        })}
                </tr>
            }
        })
        .collect_view();
    view! {
        <FormErrors error />
        <DataTable caption=t!("Roles", "角色") columns>
            {rows}
        </DataTable>
    }
    .into_any()
}

/// Gives the account one more role.
#[component]
pub fn GiveRole(
    /// To whom.
    account: AccountId,
    /// Of which tenant.
    tenant: Option<TenantId>,
    /// The roles there are.
    roles: Vec<RoleRow>,
    /// Places there are.
    scopes: ScopeChoices,
    /// One was given.
    changed: Callback<()>,
) -> impl IntoView {
    let give = ServerAction::<BindRole>::new();
    let error = last_error(give.value());
    when_done(give.value(), changed);
    let roles: Vec<Choice> = roles
        .into_iter()
        .filter(|r| r.role.to_string() != "owner")
        .map(|r| Choice::new(r.role.to_string(), r.title.here()))
        .collect();
    let ScopeChoices { rows, whole: all } = scopes;
    let places: Vec<Choice> = rows.into_iter().map(place_choice).collect();
    let place = RwSignal::new(places.first().map(|p| p.value.clone()).unwrap_or_default());
    view! {
        <details>
            <summary class="button">{t!("Give a role", "授予角色")}</summary>
            <ActionForm action=give>
                <div class="form">
                    <FormErrors error=whole(error) />
                    <input type="hidden" name="id" value=account.to_string() />
                    <SelectField
                        name="form[role]"
                        label=t!("Role", "角色")
                        choices=roles
                        error=field(error, &["role"])
                    />
                    <PickField
                        name="form[scope]"
                        label=t!("Where it holds, with everything below", "范围（包括其下级对象）")
                        first=places
                        whole=all
                        bind=place
                        error=field(error, &["scope"])
                        find=move |query| find_places(PlacesOf::Tenant(tenant), query)
                    />
                    <div class="form-actions">
                        <Button kind=ButtonKind::Primary busy=give.pending()>
                            {t!("Give the role", "授予角色")}
                        </Button>
                    </div>
                </div>
            </ActionForm>
        </details>
    }
}
