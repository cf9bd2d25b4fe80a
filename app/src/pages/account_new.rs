//! Makes an account: for one's own tenant, or for the tenant in the address.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::{components::Redirect, hooks::use_params_map};

use crate::{
    api::accounts::CreateAccount,
    components::{Button, ButtonKind, Choice, LinkButton, PageHeader, SelectField, field::FormErrors},
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
    let choices: Vec<Choice> = [Role::Developer, Role::Viewer, Role::Owner]
        .into_iter()
        .map(|role| Choice::new(role.as_str(), role.title().here()))
        .collect();
    let target = back.clone();
    view! {
        <Title text=t!("Add an account", "添加账号") />
        {move || made().then(|| view! { <Redirect path=target.clone() /> })}
        <div class="page page-narrow">
            <PageHeader title=t!("Add an account", "添加账号").to_owned() />
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
                        value=Role::Developer.as_str().to_owned()
                        hint=t!(
                            "A developer publishes, rolls back and deletes apps; a viewer reads; an owner does all of it and adds people.",
                            "开发者可以发布、回滚和删除应用；只读成员只能查看；主账号拥有全部权限，并可添加成员。"
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
