//! Changing one's own password: at the first sign-in because one has to, later from the settings.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::components::Redirect;

use crate::{
    api::session::{ChangePassword, SignOut, current_viewer},
    components::{Button, ButtonKind, FormErrors, Gate, SkeletonText, TextField},
    load::Load,
    pages::{
        failure::Failure,
        form::{field, last_error, whole},
        frame::GateFoot,
        new_password::NewPasswordField,
    },
    t,
};

/// The page that stands before all others while the password must be changed.
#[component]
pub fn PasswordPage() -> impl IntoView {
    let viewer = Load::new(|| (), |()| current_viewer());
    let sign_out = ServerAction::<SignOut>::new();
    view! {
        <Title text=t!("A new password", "修改密码") />
        <Gate foot=|| view! { <GateFoot /> }>
            <h1>{t!("Choose a new password", "设置新密码")}</h1>
            <Transition fallback=|| view! { <SkeletonText lines=4 /> }>
                {move || Suspend::new(async move {
                    match viewer.await {
                        Ok(Some(viewer)) => {
                            let why = viewer
                                .must_change_password
                                .then(|| {
                                    t!(
                                        "The password you were given works once. Choose your own; from then on nobody else knows it.",
                                        "您收到的是一次性密码。请设置自己的密码，此后只有您本人知道。"
                                    )
                                });
                            view! {
                                {why.map(|why| view! { <p>{why}</p> })}
                                <PasswordForm username=viewer.username />
                            }
                                .into_any()
                        }
                        Ok(None) => view! { <Redirect path="/sign-in" /> }.into_any(),
                        Err(error) => view! { <Failure error retry=move |()| viewer.refetch() /> }.into_any(),
                    }
                })}
            </Transition>
            <ActionForm action=sign_out>
                <button class="button-link" type="submit">
                    {t!("Sign out", "退出登录")}
                </button>
            </ActionForm>
        </Gate>
    }
}

/// Old, new, new again.
#[component]
pub fn PasswordForm(
    /// The account's name, for the browser's keeper of passwords.
    username: String,
) -> impl IntoView {
    let change = ServerAction::<ChangePassword>::new();
    let error = last_error(change.value());
    view! {
        <ActionForm action=change>
            <div class="form">
                <FormErrors error=whole(error) />
                <input
                    class="visually-hidden"
                    type="text"
                    autocomplete="username"
                    value=username
                    readonly
                    tabindex="-1"
                    aria-hidden="true"
                />
                <TextField
                    name="form[current]"
                    label=t!("The present password", "当前密码")
                    kind="password"
                    autocomplete="current-password"
                    error=field(error, &["current"])
                />
                <NewPasswordField
                    name="form[new]"
                    label=t!("The new password", "新密码")
                    hint=t!("12 characters or more; a few words are easier to remember than symbols.", "至少 12 个字符；几个词语比符号更容易记住。")
                    error=field(error, &["new", "password"])
                />
                <TextField
                    name="form[repeat]"
                    label=t!("The new password again", "再次输入新密码")
                    kind="password"
                    autocomplete="new-password"
                    error=field(error, &["repeat"])
                />
                <div class="form-actions">
                    <Button kind=ButtonKind::Primary busy=change.pending()>
                        {t!("Change the password", "修改密码")}
                    </Button>
                </div>
            </div>
        </ActionForm>
    }
}
