//! Makes an account: for one's own tenant, or for the tenant in the address.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::{components::Redirect, hooks::use_params_map};

use crate::{
    api::{access::list_roles, accounts::CreateAccount},
    components::{Button, ButtonKind, Choice, FormErrors, LinkButton, PageHeader, SelectField, SkeletonRows},
    drawn::drawn,
    load::Load,
    model::{Permission, PermissionSet, Role, RoleRef, RoleRow, TenantId, Viewer},
    pages::{
        form::{field, last_error, went_well, whole},
        tenant_new::AccountFields,
    },
    t,
};

/// The form of a new account.
#[component]
pub fn NewAccountPage() -> impl IntoView {
    let params = use_params_map();
    let tenant = params.with_untracked(|p| p.get("id"));
    let back = tenant.as_ref().map_or_else(|| "/accounts".to_owned(), |id| format!("/tenants/{id}"));
    let create = ServerAction::<CreateAccount>::new();
    let error = last_error(create.value());
    let made = went_well(create.value());
    let target = back.clone();
    let of = tenant.clone().unwrap_or_default();
    let within = tenant.as_ref().and_then(|id| id.parse::<TenantId>().ok());
    let invite =
        tenant.as_ref().map_or_else(|| "/accounts/invite".to_owned(), |id| format!("/tenants/{id}/accounts/invite"));
    view! {
        <Title text=t!("Add an account", "添加账号") />
        {move || made.get().then(|| view! { <Redirect path=target.clone() /> })}
        <div class="page page-narrow">
            <PageHeader title=t!("Add an account", "添加账号").to_owned() />
            <p class="page-lead">
                {t!("Or make a link, with which the person chooses name and password:", "也可以创建链接，由对方自行设置用户名和密码：")} " "
                <a href=invite>{t!("invite somebody", "邀请成员")}</a>
            </p>
            <ActionForm action=create>
                <div class="form">
                    <FormErrors error=whole(error) />
                    {tenant.map(|id| view! { <input type="hidden" name="tenant" value=id /> })}
                    <AccountFields
                        username="form[username]"
                        display_name="form[display_name]"
                        email="form[email]"
                        password="form[password]"
                        tenant=Callback::new(move |()| of.clone())
                        username_error=field(error, &["username"])
                        display_name_error=field(error, &["display_name"])
                        email_error=field(error, &["email"])
                        password_error=field(error, &["password"])
                    />
                    <RoleField tenant=within error=field(error, &["role"]) />
                    <div class="form-actions">
                        <Button kind=ButtonKind::Primary busy=create.pending()>
                            {t!("Add the account", "添加账号")}
                        </Button>
                        <LinkButton href=back>{t!("Cancel", "取消")}</LinkButton>
                    </div>
                </div>
            </ActionForm>
        </div>
    }
}

/// The role that a new account gets, if any.
#[component]
pub(super) fn RoleField(
    /// The tenant that it is made in; one's own, or the platform, without it.
    tenant: Option<TenantId>,
    /// What is wrong with it.
    error: Signal<Option<String>>,
) -> impl IntoView {
    let viewer = use_context::<Viewer>();
    let of_platform = tenant.is_none() && viewer.as_ref().is_some_and(|viewer| viewer.tenant.is_none());
    let has = viewer.map(|viewer| viewer.permissions).unwrap_or_default();
    // The platform has the built-in ones alone.
    let asks = !of_platform && has.has(Permission::AccessManage) && has.has(Permission::AccountRead);
    let roles = Load::new(|| (), move |()| async move { if asks { list_roles(tenant).await } else { Ok(Vec::new()) } });
    let hint = if of_platform {
        t!(
            "It holds on the whole platform. On the account's own page, roles are given in a cluster, too.",
            "在整个平台有效。在账号页面可以按集群授予角色。"
        )
    } else {
        t!(
            "It holds in the whole tenant. On the account's own page, roles are given in a cluster, a namespace or one app, too.",
            "在整个租户内有效。在账号页面可以按集群、命名空间或单个应用授予角色。"
        )
    };
    view! {
        <Transition fallback=|| view! { <SkeletonRows rows=1 columns=1 /> }>
            {move || Suspend::new(async move {
                // The built-in ones can be given also while the tenant's own cannot be had.
                let own = roles.await.unwrap_or_default();
                let (choices, first) = role_choices(of_platform, has, own);
                drawn(
                    view! {
                        <SelectField
                            name="form[role]"
                            label=t!("Role", "角色")
                            choices
                            value=first
                            optional=true
                            hint=hint.to_owned()
                            error
                        />
                    },
                )
            })}
        </Transition>
    }
}

/// The roles that somebody who may do this can give a new account, and the one that is chosen at first. One somewhere
/// narrower is given on the account's own page.
fn role_choices(of_platform: bool, has: PermissionSet, own: Vec<RoleRow>) -> (Vec<Choice>, String) {
    let built_in: &[Role] = if of_platform {
        &[Role::PlatformAuditor, Role::PlatformAdmin]
    } else {
        &[Role::Developer, Role::Operator, Role::Viewer, Role::Administrator]
    };
    let mut choices = vec![Choice::new("", t!("none yet", "暂不授予"))];
    if !has.has(Permission::AccessManage) {
        return (choices, String::new());
    }
    choices.extend(built_in.iter().map(|role| Choice::new(role.as_str(), role.title().here())));
    // Nobody gives what they may not do themselves.
    let own =
        own.into_iter().filter(|row| matches!(row.role, RoleRef::Custom(_)) && row.permissions.without(has).is_empty());
    choices.extend(own.map(|row| Choice::new(row.role.to_string(), row.title.here())));
    (choices, built_in[0].as_str().to_owned())
}
