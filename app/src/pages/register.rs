//! Registers a tenant with its main account: for everybody where that is open, else with a link. The form works before
//! any script has come.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    UiError,
    api::links::{Register, get_registration, look_at_link},
    components::{Button, ButtonKind, CheckedField, FormErrors, Gate, SkeletonText, TextField},
    load::Load,
    model::{FieldRule, LinkToken, Registration, StrengthForm},
    pages::{
        failure::Failure,
        form::{field, last_error, whole},
        frame::GateFoot,
        list::chosen,
        new_password::{NewPasswordField, typed_into},
    },
    t,
};

/// The page; `token` in the address is a link's.
#[component]
pub fn RegisterPage() -> impl IntoView {
    let query = use_query_map();
    let token = Memo::new(move |_| query.with(|q| chosen(q, "token")).unwrap_or_default());
    // Whether one may; the reason why not comes as the error.
    let may = Load::new(
        move || token.get(),
        |token| async move {
            if token.is_empty() {
                get_registration().await
            } else {
                // What a link of another kind leads to is said when it is used.
                look_at_link(LinkToken { token }).await.map(|_| Registration::Open)
            }
        },
    );
    view! {
        <Title text=t!("Register", "注册") />
        <Gate foot=|| view! { <GateFoot /> } wide=true>
            <h1>{t!("Register", "注册")}</h1>
            <Transition fallback=|| view! { <SkeletonText lines=6 /> }>
                {move || Suspend::new(async move {
                    match may.await {
                        Ok(Registration::Open) => view! { <Form token=token.get_untracked() /> }.into_any(),
                        Ok(other) => not_open(other).into_any(),
                        Err(error) => view! { <Failure error retry=move |()| may.refetch() /> }.into_any(),
                    }
                })}
            </Transition>
            <p>
                <a href="/sign-in">{t!("Sign in instead", "已有账号？登录")}</a>
            </p>
        </Gate>
    }
}

fn not_open(registration: Registration) -> impl IntoView {
    let why = if registration == Registration::Closed {
        t!(
            "Nobody registers here: the platform's administrator makes tenants. Ask them for one.",
            "此平台未开放注册，租户由平台管理员创建，请与其联系。"
        )
    } else {
        t!("Registering needs a link from the platform's administrator.", "注册需要平台管理员提供的邀请链接。")
    };
    view! { <p>{why}</p> }
}

#[component]
fn Form(token: String) -> impl IntoView {
    let register = ServerAction::<Register>::new();
    let error: Signal<Option<UiError>> = last_error(register.value());
    let by = token.clone();
    let whose = Callback::new(move |()| StrengthForm {
        username: typed_into("form[tenant][owner][username]"),
        display_name: typed_into("form[tenant][owner][display_name]"),
        tenant: typed_into("form[tenant][display_name]"),
        token: by.clone(),
        ..StrengthForm::default()
    });
    view! {
        <ActionForm action=register>
            <div class="form">
                <FormErrors error=whole(error) />
                <input type="hidden" name="form[token]" value=token />
                <fieldset class="fieldset">
                    <legend>{t!("Your team", "您的团队")}</legend>
                    <CheckedField
                        name="form[tenant][name]"
                        label=t!("Name", "名称")
                        rule=FieldRule::RESOURCE_NAME
                        about=t!("Such as shop.", "如 shop。")
                        mono=true
                        autofocus=true
                        error=field(error, &["tenant.name"])
                    />
                    <CheckedField
                        name="form[tenant][display_name]"
                        label=t!("Name for people", "显示名称")
                        rule=FieldRule::DISPLAY_NAME
                        autocomplete="organization"
                        error=field(error, &["tenant.display_name"])
                    />
                </fieldset>
                <fieldset class="fieldset">
                    <legend>{t!("You, its main account", "您的账号（主账号）")}</legend>
                    <CheckedField
                        name="form[tenant][owner][username]"
                        label=t!("User name", "用户名")
                        rule=FieldRule::USERNAME
                        about=t!("To sign in with.", "用于登录。")
                        mono=true
                        autocomplete="username"
                        error=field(error, &["tenant.owner.username"])
                    />
                    <CheckedField
                        name="form[tenant][owner][display_name]"
                        label=t!("Your name", "您的姓名")
                        rule=FieldRule::DISPLAY_NAME
                        autocomplete="name"
                        error=field(error, &["tenant.owner.display_name"])
                    />
                    <CheckedField
                        name="form[tenant][owner][email]"
                        label=t!("E-mail", "邮箱")
                        rule=FieldRule::EMAIL
                        kind="email"
                        optional=true
                        autocomplete="email"
                        error=field(error, &["tenant.owner.email"])
                    />
                    <Passwords
                        password="form[tenant][owner][password]"
                        whose
                        password_error=field(error, &["tenant.owner.password"])
                        repeat_error=field(error, &["repeat"])
                    />
                </fieldset>
                <div class="form-actions">
                    <Button kind=ButtonKind::Primary busy=register.pending()>
                        {t!("Register", "注册")}
                    </Button>
                </div>
            </div>
        </ActionForm>
    }
}

/// A password of one's own, twice.
#[component]
pub fn Passwords(
    /// The first field's name.
    password: &'static str,
    /// Whose it is to be; see [`NewPasswordField`].
    whose: Callback<(), StrengthForm>,
    /// What is wrong with it.
    password_error: Signal<Option<String>>,
    /// What is wrong with the second.
    repeat_error: Signal<Option<String>>,
) -> impl IntoView {
    view! {
        <NewPasswordField
            name=password
            label=t!("Password", "密码")
            hint=t!("12 characters or more; a few words are easier to remember than symbols.", "至少 12 个字符；几个词语比符号更容易记住。")
            error=password_error
            whose
        />
        <TextField
            name="form[repeat]"
            label=t!("The password again", "再次输入密码")
            kind="password"
            autocomplete="new-password"
            error=repeat_error
        />
    }
}
