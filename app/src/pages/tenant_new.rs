//! Makes a tenant together with its main account.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::components::Redirect;

use crate::{
    api::accounts::CreateTenant,
    components::{Button, ButtonKind, CheckedField, FormErrors, LinkButton, PageHeader},
    model::{FieldRule, StrengthForm},
    pages::{
        form::{field, last_error, made, whole},
        new_password::{NewPasswordField, typed_into},
    },
    t,
};

/// The form of a new tenant.
#[component]
pub fn NewTenantPage() -> impl IntoView {
    let create = ServerAction::<CreateTenant>::new();
    let error = last_error(create.value());
    let made = made(create.value(), |tenant| tenant.id);
    view! {
        <Title text=t!("Make a tenant", "新建租户") />
        {move || made.get().map(|id| view! { <Redirect path=format!("/tenants/{id}") /> })}
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
                        <CheckedField
                            name="form[name]"
                            label=t!("Name", "名称")
                            rule=FieldRule::RESOURCE_NAME
                            about=t!("Such as shop.", "如 shop。")
                            mono=true
                            autofocus=true
                            error=field(error, &["name"])
                        />
                        <CheckedField
                            name="form[display_name]"
                            label=t!("Name for people", "显示名称")
                            rule=FieldRule::DISPLAY_NAME
                            error=field(error, &["display_name"])
                        />
                    </fieldset>
                    <fieldset class="fieldset">
                        <legend>{t!("Main account", "主账号")}</legend>
                        <AccountFields
                            username="form[owner][username]"
                            display_name="form[owner][display_name]"
                            email="form[owner][email]"
                            password="form[owner][password]"
                            tenant=Callback::new(|()| typed_into("form[display_name]"))
                            username_error=field(error, &["owner.username", "owner[username]", "username"])
                            display_name_error=field(error, &["owner.display_name", "owner[display_name]"])
                            email_error=field(error, &["owner.email", "owner[email]", "email"])
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
    email: &'static str,
    /// The field's name.
    password: &'static str,
    /// What the tenant is called, as far as it is known now.
    tenant: Callback<(), String>,
    /// What is wrong with it.
    username_error: Signal<Option<String>>,
    /// What is wrong with it.
    display_name_error: Signal<Option<String>>,
    /// What is wrong with it.
    email_error: Signal<Option<String>>,
    /// What is wrong with it.
    password_error: Signal<Option<String>>,
) -> impl IntoView {
    view! {
        <CheckedField
            name=username
            label=t!("User name", "用户名")
            rule=FieldRule::USERNAME
            about=t!("To sign in with.", "用于登录。")
            mono=true
            error=username_error
        />
        <CheckedField
            name=display_name
            label=t!("Name for people", "显示名称")
            rule=FieldRule::DISPLAY_NAME
            error=display_name_error
        />
        <CheckedField
            name=email
            label=t!("E-mail", "邮箱")
            rule=FieldRule::EMAIL
            kind="email"
            optional=true
            error=email_error
        />
        <NewPasswordField
            name=password
            label=t!("First password", "初始密码")
            hint=t!(
                "12 characters or more. It works once: its owner has to change it at the first sign-in.",
                "至少 12 个字符。仅首次登录有效，登录后必须修改。"
            )
            error=password_error
            whose=Callback::new(move |()| StrengthForm {
                username: typed_into(username),
                display_name: typed_into(display_name),
                tenant: tenant.run(()),
                ..StrengthForm::default()
            })
            readable=true
        />
    }
}
