//! The button that signs in by a passkey: alone, or as the second step. It needs script, and whatever the browser
//! answers, the page around it goes on working.

use leptos::prelude::*;

use crate::{
    UiError,
    api::passkeys::{begin_passkey_sign_in, begin_passkey_step, give_passkey, offers_passkeys, sign_in_by_passkey},
    components::{Button, ButtonKind, FormErrors},
    load::Load,
    pages::form::last_error,
    t, webauthn,
};

/// Signing in by a passkey alone, where passkeys work at this address.
#[component]
pub(super) fn PasskeyAlone(
    /// Where to go afterwards.
    next: Memo<Option<String>>,
) -> impl IntoView {
    let offered = Load::new(|| (), |()| offers_passkeys());
    view! {
        <Transition>
            {move || Suspend::new(async move {
                offered.await.unwrap_or(false).then(|| view! { <PasskeyButton alone=true next /> })
            })}
        </Transition>
    }
}

/// The button.
#[component]
pub(super) fn PasskeyButton(
    /// Without a password before it.
    #[prop(optional)]
    alone: bool,
    /// Where to go afterwards.
    next: Memo<Option<String>>,
) -> impl IntoView {
    let sign_in = Action::new(move |(): &()| sign_in(alone, next.get_untracked()));
    let (kind, words) = if alone {
        (ButtonKind::Quiet, t!("Sign in with a passkey", "使用通行密钥登录"))
    } else {
        (ButtonKind::Primary, t!("Use a passkey", "使用通行密钥"))
    };
    view! {
        <div class="form needs-script">
            <FormErrors error=last_error(sign_in.value()) />
            <div class="form-actions">
                <Button
                    kind
                    icon="key-round"
                    busy=sign_in.pending()
                    on_press=move |_| {
                        sign_in.dispatch(());
                    }
                >
                    {words}
                </Button>
            </div>
        </div>
    }
}

/// Asks the server, then the browser, then gives the server the browser's answer.
async fn sign_in(alone: bool, next: Option<String>) -> Result<(), UiError> {
    let request = if alone { begin_passkey_sign_in().await? } else { begin_passkey_step().await? };
    let credential = webauthn::get(request.options.json()).await?;
    if alone {
        sign_in_by_passkey(request.ceremony, credential, next).await
    } else {
        give_passkey(request.ceremony, credential, next).await
    }
}
