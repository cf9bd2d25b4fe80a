//! The second step of signing in: a passkey, a code of the app, or a recovery code; one at a time, with the way to the
//! others. Codes work before any script has come.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::{components::Redirect, hooks::use_query_map};

use crate::{
    ErrorKind,
    api::session::{GiveCode, SignOut, awaits_code},
    components::{Button, ButtonKind, FormErrors, Gate, SkeletonText, TextField},
    load::Load,
    model::SecondStepWays,
    pages::{
        address::encode,
        failure::Failure,
        form::{field, last_error, whole},
        frame::GateFoot,
        passkey_sign_in::PasskeyButton,
        sign_in::{NextField, next_page},
    },
    t,
};

/// The page of the second step; `with` in the address says by what: `passkey`, `app` or `recovery`.
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
                        Ok(Some(ways)) => view! { <SecondStep ways /> }.into_any(),
                        Ok(None) => view! { <Redirect path="/sign-in" /> }.into_any(),
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

/// By what the second step is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Passkey,
    App,
    Recovery,
}

impl Way {
    /// All that an account has, the handiest first. The last is always a recovery code.
    fn all(ways: SecondStepWays) -> Vec<Self> {
        let all = [(ways.passkey, Self::Passkey), (ways.app, Self::App), (true, Self::Recovery)];
        all.into_iter().filter(|(there, _)| *there).map(|(_, way)| way).collect()
    }

    /// The one that the address asks for, or the handiest.
    fn asked(ways: SecondStepWays, with: Option<&str>) -> Self {
        let all = Self::all(ways);
        all.iter().copied().find(|way| Some(way.key()) == with).unwrap_or(all[0])
    }

    const fn key(self) -> &'static str {
        match self {
            Self::Passkey => "passkey",
            Self::App => "app",
            Self::Recovery => "recovery",
        }
    }

    /// The words of the link that leads to it.
    fn words(self) -> &'static str {
        match self {
            Self::Passkey => t!("Use a passkey", "使用通行密钥"),
            Self::App => t!("Use the app's code", "使用应用中的验证码"),
            Self::Recovery => t!("Use a recovery code", "使用恢复码"),
        }
    }
}

#[component]
fn SecondStep(ways: SecondStepWays) -> impl IntoView {
    let next = next_page();
    let query = use_query_map();
    let way = Memo::new(move |_| query.with(|q| Way::asked(ways, q.get_str("with"))));
    let others = move || {
        let next = next.get().map(|next| format!("&next={}", encode(&next))).unwrap_or_default();
        let others = Way::all(ways).into_iter().filter(|other| *other != way.get());
        let link = |other: Way| {
            let address = format!("/sign-in/code?with={}{next}", other.key());
            view! {
                <p>
                    <a href=address>{other.words()}</a>
                </p>
            }
        };
        others.map(link).collect_view()
    };
    view! {
        {move || match way.get() {
            Way::Passkey => view! { <PasskeyButton next /> }.into_any(),
            way => view! { <CodeForm next recovery=way == Way::Recovery /> }.into_any(),
        }}
        {others}
    }
}

#[component]
fn CodeForm(next: Memo<Option<String>>, recovery: bool) -> impl IntoView {
    let give = ServerAction::<GiveCode>::new();
    let error = last_error(give.value());
    let late = move || error.with(|e| e.as_ref().is_some_and(|e| e.kind == ErrorKind::SignedOut));
    let code = if recovery {
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
    };
    view! {
        <ActionForm action=give>
            <div class="form">
                <FormErrors error=whole(error) />
                {move || late().then(|| view! { <p><a href="/sign-in">{t!("To the sign-in page", "前往登录页")}</a></p> })}
                <NextField next />
                {code}
                <div class="form-actions">
                    <Button kind=ButtonKind::Primary busy=give.pending()>
                        {t!("Go on", "继续")}
                    </Button>
                </div>
            </div>
        </ActionForm>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_handiest_way_comes_first_and_a_recovery_code_is_always_one() {
        let ways = |app, passkey| SecondStepWays { app, passkey };
        assert_eq!(Way::asked(ways(true, true), None), Way::Passkey);
        assert_eq!(Way::asked(ways(true, true), Some("app")), Way::App);
        assert_eq!(Way::asked(ways(true, false), None), Way::App);
        assert_eq!(Way::asked(ways(false, true), Some("app")), Way::Passkey, "there is no app");
        assert_eq!(Way::asked(ways(false, false), Some("passkey")), Way::Recovery);
    }
}
