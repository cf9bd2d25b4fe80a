//! Makes a tenant together with its main account.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::components::Redirect;

use crate::{
    api::accounts::CreateTenant,
    components::{Button, ButtonKind, FormErrors, LinkButton, PageHeader, TextField},
    pages::{
        form::{field, last_error, whole},
        new_password::NewPasswordField,
    },
    t,
};

/// The form of a new tenant.
#[component]
pub fn NewTenantPage() -> impl IntoView {
    let create = ServerAction::<CreateTenant>::new();
    let error = last_error(create.value());
    let made = move || create.value().with(|v| v.as_ref().and_then(|v| v.as_ref().ok()).map(|t| t.id));
    view! {
        <Title text=t!("Make a tenant", "新建租户") />
        {move || made().map(|id| view! { <Redirect path=format!("/tenants/{id}") /> })}
        <div class="page page-narrow">
            <PageHeader title=t!("Make a tenant", "新建租户").to_owned() />
            <p class="page-lead">
                {t!(
                    "A team with its own people, namespaces and apps. Its main account is made with it and adds the others.",
                    "租户是拥有自己成员、命名空间和应用的团队。主账号随租户一同创建，并由其添加其他成员。"
                )}
            </p>
            <ActionForm action=create>
                <div class="form">
                    <FormErrors error=whole(error) />
                    <fieldset class="fieldset">
                        <legend>{t!("Tenant", "租户")}</legend>
                        <TextField
                            name="form[name]"
                            label=t!("Name", "名称")
                            mono=true
                            autofocus=true
                            hint=t!("Lower-case letters, digits and hyphens: shop.", "小写字母、数字和连字符，如 shop。").to_owned()
                            error=field(error, &["name"])
                        />
                        <TextField
                            name="form[display_name]"
                            label=t!("Name for people", "显示名称")
                            error=field(error, &["display_name"])
                        />
                    </fieldset>
                    <fieldset class="fieldset">
                        <legend>{t!("Main account", "主账号")}</legend>
                        <input type="hidden" name="form[owner][role]" value="owner" />
                        <AccountFields
                            username="form[owner][username]"
                            display_name="form[owner][display_name]"
                            password="form[owner][password]"
                            username_error=field(error, &["owner.username", "owner[username]", "username"])
                            display_name_error=field(error, &["owner.display_name", "owner[display_name]"])
                            password_error=field(error, &["owner.password", "owner[password]", "password"])
                        />
                    </fieldset>
                    <div class="form-actions">
                        <Button kind=ButtonKind::Primary busy=create.pending()>
                            {t!("Make the tenant", "创建租户")}
                        </Button>
                        <LinkButton href="/tenants".to_owned()>{t!("Cancel", "取消")}</LinkButton>
                    </div>
                </div>
            </ActionForm>
        </div>
    }
}

/// The fields of a person's new account.
#[component]
pub fn AccountFields(
    /// The field's name.
    username: &'static str,
    /// The field's name.
    display_name: &'static str,
    /// The field's name.
    password: &'static str,
    /// What is wrong with it.
    username_error: Signal<Option<String>>,
    /// What is wrong with it.
    display_name_error: Signal<Option<String>>,
    /// What is wrong with it.
    password_error: Signal<Option<String>>,
) -> impl IntoView {
    view! {
        <TextField
            name=username
            label=t!("User name", "用户名")
            mono=true
            hint=t!("To sign in with: 3 to 32 lower-case letters, digits, dots, hyphens.", "用于登录：3 到 32 个小写字母、数字、点或连字符。").to_owned()
            error=username_error
        />
        <TextField name=display_name label=t!("Name for people", "显示名称") error=display_name_error />
        <NewPasswordField
            name=password
            label=t!("First password", "初始密码")
            hint=t!(
                "12 characters or more. It works once: its owner has to change it at the first sign-in.",
                "至少 12 个字符。仅首次登录有效，登录后必须修改。"
            )
            error=password_error
            of=[username, display_name]
        />
    }
}
