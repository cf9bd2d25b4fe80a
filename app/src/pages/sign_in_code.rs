//! The second step of signing in: a code of the app, or a recovery code. It works before any script has come.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::{components::Redirect, hooks::use_query_map};

use crate::{
    ErrorKind,
    api::session::{GiveCode, SignOut, awaits_code},
    components::{Button, ButtonKind, Gate, SkeletonText, TextField, field::FormErrors},
    load::Load,
    pages::{
        address::encode,
        failure::Failure,
        form::{field, last_error, whole},
        frame::GateFoot,
        sign_in::{NextField, next_page},
    },
    t,
};

/// The page of the second step; `with=recovery` in the address asks for a recovery code.
#[component]
pub fn SignInCodePage() -> impl IntoView {
    let awaited = Load::new(|| (), |()| awaits_code());
    let sign_out = ServerAction::<SignOut>::new();
    view! {
        <Title text=t!("The second step", "两步验证") />
        <Gate foot=|| view! { <GateFoot /> }>
            <h1>{t!("The second step", "两步验证")}</h1>
            <Transition fallback=|| view! { <SkeletonText lines=3 /> }>
                {move || Suspend::new(async move {
                    match awaited.await {
                        Ok(true) => view! { <CodeForm /> }.into_any(),
                        Ok(false) => view! { <Redirect path="/sign-in" /> }.into_any(),
                        Err(error) => view! { <Failure error retry=move |()| awaited.refetch() /> }.into_any(),
                    }
                })}
            </Transition>
            <ActionForm action=sign_out>
                <button class="button-link" type="submit">
                    {t!("Sign in as somebody else", "使用其他账号登录")}
                </button>
            </ActionForm>
        </Gate>
    }
}

#[component]
fn CodeForm() -> impl IntoView {
    let give = ServerAction::<GiveCode>::new();
    let error = last_error(give.value());
    let next = next_page();
    let query = use_query_map();
    let recovery = Memo::new(move |_| query.with(|q| q.get_str("with") == Some("recovery")));
    let late = move || error.with(|e| e.as_ref().is_some_and(|e| e.kind == ErrorKind::SignedOut));
    let other = move || {
        let with = if recovery.get() { "app" } else { "recovery" };
        let next = next.get().map(|next| format!("&next={}", encode(&next))).unwrap_or_default();
        format!("/sign-in/code?with={with}{next}")
    };
    view! {
        <ActionForm action=give>
            <div class="form">
                <FormErrors error=whole(error) />
                {move || late().then(|| view! { <p><a href="/sign-in">{t!("To the sign-in page", "前往登录页")}</a></p> })}
                <NextField next />
                {move || {
                    if recovery.get() {
                        view! {
                            <TextField
                                name="form[code]"
                                label=t!("Recovery code", "恢复码")
                                hint=t!("One of those that you wrote down when you added your second factor. Each works once.", "添加两步验证时保存的恢复码之一，每个只能使用一次。")
                                    .to_owned()
                                mono=true
                                autofocus=true
                                error=field(error, &["code"])
                            />
                        }
                            .into_any()
                    } else {
                        view! {
                            <TextField
                                name="form[code]"
                                label=t!("Code", "验证码")
                                hint=t!("The six digits that your authenticator app shows for Longshore.", "身份验证器应用中 Longshore 显示的六位数字。")
                                    .to_owned()
                                autocomplete="one-time-code"
                                inputmode="numeric"
                                mono=true
                                autofocus=true
                                error=field(error, &["code"])
                            />
                        }
                            .into_any()
                    }
                }}
                <div class="form-actions">
                    <Button kind=ButtonKind::Primary busy=give.pending()>
                        {t!("Go on", "继续")}
                    </Button>
                </div>
                <p>
                    <a href=other>
                        {move || {
                            if recovery.get() {
                                t!("Use the app's code", "使用应用中的验证码")
                            } else {
                                t!("Use a recovery code", "使用恢复码")
                            }
                        }}
                    </a>
                </p>
            </div>
        </ActionForm>
    }
}
