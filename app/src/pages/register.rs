//! Registers a tenant with its main account: for everybody where that is open, else with a link. The form works before
//! any script has come.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    UiError,
    api::links::{Register, look_at_link, registration_is_open},
    components::{Button, ButtonKind, ErrorView, FormErrors, Gate, SkeletonText, TextField},
    load::Load,
    model::LinkToken,
    pages::{
        form::{field, last_error, whole},
        frame::GateFoot,
        list::chosen,
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
                registration_is_open().await
            } else {
                look_at_link(LinkToken { token }).await.map(|_| true)
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
                        Ok(true) => view! { <Form token=token.get_untracked() /> }.into_any(),
                        Ok(false) => closed().into_any(),
                        Err(error) => view! { <ErrorView error /> }.into_any(),
                    }
                })}
            </Transition>
            <p>
                <a href="/sign-in">{t!("Sign in instead", "已有账号？登录")}</a>
            </p>
        </Gate>
    }
}

fn closed() -> impl IntoView {
    view! {
        <p>
            {t!(
                "Registering needs a link from the platform's administrator.",
                "注册需要平台管理员提供的邀请链接。"
            )}
        </p>
    }
}

#[component]
fn Form(token: String) -> impl IntoView {
    let register = ServerAction::<Register>::new();
    let error: Signal<Option<UiError>> = last_error(register.value());
    view! {
        <ActionForm action=register>
            <div class="form">
                <FormErrors error=whole(error) />
                <input type="hidden" name="form[token]" value=token />
                <fieldset class="fieldset">
                    <legend>{t!("Your team", "您的团队")}</legend>
                    <TextField
                        name="form[tenant][name]"
                        label=t!("Name", "名称")
                        mono=true
                        autofocus=true
                        hint=t!("Lower-case letters, digits and hyphens: shop.", "小写字母、数字和连字符，如 shop。").to_owned()
                        error=field(error, &["tenant.name"])
                    />
                    <TextField
                        name="form[tenant][display_name]"
                        label=t!("Name for people", "显示名称")
                        autocomplete="organization"
                        error=field(error, &["tenant.display_name"])
                    />
                </fieldset>
                <fieldset class="fieldset">
                    <legend>{t!("You, its main account", "您的账号（主账号）")}</legend>
                    <TextField
                        name="form[tenant][owner][username]"
                        label=t!("User name", "用户名")
                        mono=true
                        autocomplete="username"
                        hint=t!("To sign in with: 3 to 32 lower-case letters, digits, dots, hyphens.", "用于登录：3 到 32 个小写字母、数字、点或连字符。").to_owned()
                        error=field(error, &["tenant.owner.username"])
                    />
                    <TextField
                        name="form[tenant][owner][display_name]"
                        label=t!("Your name", "您的姓名")
                        autocomplete="name"
                        error=field(error, &["tenant.owner.display_name"])
                    />
                    <TextField
                        name="form[tenant][owner][email]"
                        label=t!("E-mail", "邮箱")
                        kind="email"
                        optional=true
                        autocomplete="email"
                        error=field(error, &["tenant.owner.email"])
                    />
                    <Passwords
                        password="form[tenant][owner][password]"
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
    /// What is wrong with it.
    password_error: Signal<Option<String>>,
    /// What is wrong with the second.
    repeat_error: Signal<Option<String>>,
) -> impl IntoView {
    view! {
        <TextField
            name=password
            label=t!("Password", "密码")
            kind="password"
            autocomplete="new-password"
            hint=t!("12 characters or more; a few words are easier to keep than signs.", "至少 12 个字符；几个词语比符号更容易记住。")
                .to_owned()
            error=password_error
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
