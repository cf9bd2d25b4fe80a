//! Makes an account: for one's own tenant, or for the tenant in the address.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::{components::Redirect, hooks::use_params_map};

use crate::{
    api::accounts::CreateAccount,
    components::{Button, ButtonKind, Choice, FormErrors, LinkButton, PageHeader, SelectField},
    model::Role,
    pages::{
        form::{field, last_error, whole},
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
    let made = move || create.value().with(|v| matches!(v, Some(Ok(_))));
    let (choices, first) = role_choices(tenant.is_some());
    let target = back.clone();
    let invite =
        tenant.as_ref().map_or_else(|| "/accounts/invite".to_owned(), |id| format!("/tenants/{id}/accounts/invite"));
    view! {
        <Title text=t!("Add an account", "添加账号") />
        {move || made().then(|| view! { <Redirect path=target.clone() /> })}
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
                        password="form[password]"
                        username_error=field(error, &["username"])
                        display_name_error=field(error, &["display_name"])
                        password_error=field(error, &["password"])
                    />
                    <SelectField
                        name="form[role]"
                        label=t!("Role", "角色")
                        choices
                        value=first
                        optional=true
                        hint=t!(
                            "It holds in the whole tenant. On the account's own page, roles are given in a cluster, a namespace or one app, too.",
                            "在整个租户内有效。在账号页面可以按集群、命名空间或单个应用授予角色。"
                        )
                            .to_owned()
                        error=field(error, &["role"])
                    />
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

/// The roles that a new account can be given, and the one that is chosen at first. One given somewhere narrower, or one
/// that the tenant made, is given on the account's own page.
pub(super) fn role_choices(of_tenant: bool) -> (Vec<Choice>, String) {
    let built_in = if !of_tenant && crate::pages::parts::of_platform() {
        vec![Role::PlatformAuditor, Role::PlatformAdmin]
    } else {
        vec![Role::Developer, Role::Operator, Role::Viewer, Role::Administrator]
    };
    let given = crate::pages::parts::may(crate::model::Permission::AccessManage);
    let first = if given { built_in[0].as_str().to_owned() } else { String::new() };
    let choices = std::iter::once(Choice::new("", t!("none yet", "暂不授予")))
        .chain(built_in.into_iter().filter(|_| given).map(|role| Choice::new(role.as_str(), role.title().here())))
        .collect();
    (choices, first)
}
