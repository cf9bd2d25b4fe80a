//! Makes an account: for one's own tenant, or for the tenant in the address.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::{components::Redirect, hooks::use_params_map};

use crate::{
    api::accounts::CreateAccount,
    components::{Button, ButtonKind, FormErrors, LinkButton, PageHeader},
    model::TenantId,
    pages::{
        account_first_roles::FirstRoles,
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
                    <FirstRoles tenant=within error />
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
