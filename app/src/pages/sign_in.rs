//! Signing in: name and password, and after several failures what shows that one is a person. The form works before
//! any script has come.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    ErrorKind, UiError,
    api::{
        links::get_registration,
        session::{SignIn, new_captcha},
    },
    components::{Button, ButtonKind, FormErrors, Gate, TextField},
    load::Load,
    model::{Captcha, Registration},
    pages::{
        failure::Failure,
        form::{field, last_error},
        frame::GateFoot,
        passkey_sign_in::PasskeyAlone,
        sign_in_providers::{Offer, ProviderLinks, ProviderNotice},
    },
    t,
};

/// The sign-in page; `next` in the address says where to go afterwards.
#[component]
pub fn SignInPage() -> impl IntoView {
    let sign_in = ServerAction::<SignIn>::new();
    let next = next_page();
    let error = last_error(sign_in.value());
    // The error of a field stands at the field; that the password was wrong, over the form in any case.
    let whole = Signal::derive(move || {
        error.get().filter(|e| e.kind != ErrorKind::Invalid).map(|e| UiError { fields: Vec::new(), ..e })
    });
    let open = Load::new(|| (), |()| get_registration());
    let offer = Offer::of_page();
    view! {
        <Title text=t!("Sign in", "登录") />
        <Gate foot=|| view! { <GateFoot /> }>
            <h1>{t!("Sign in", "登录")}</h1>
            {move || {
                next.get()
                    .map(|_| {
                        view! {
                            <p class="muted">{t!("Then it goes on where you were.", "登录后将回到之前的页面。")}</p>
                        }
                    })
            }}
            <ProviderNotice offer />
            <ActionForm action=sign_in>
                <div class="form">
                    <FormErrors error=whole />
                    <NextField next />
                    <TextField
                        name="form[username]"
                        label=t!("User name", "用户名")
                        autocomplete="username"
                        autofocus=true
                        error=field(error, &["username"])
                    />
                    <TextField
                        name="form[password]"
                        label=t!("Password", "密码")
                        kind="password"
                        autocomplete="current-password"
                        error=field(error, &["password"])
                    />
                    <CaptchaField error turn=Signal::derive(move || sign_in.version().get()) />
                    <div class="form-actions">
                        <Button kind=ButtonKind::Primary busy=sign_in.pending()>
                            {t!("Sign in", "登录")}
                        </Button>
                    </div>
                </div>
            </ActionForm>
            <PasskeyAlone next />
            <ProviderLinks offer next />
            <Transition>
                {move || Suspend::new(async move {
                    matches!(open.await, Ok(Registration::Open))
                        .then(|| {
                            view! {
                                <p>
                                    <a href="/register">{t!("Register a team", "注册团队")}</a>
                                </p>
                            }
                        })
                })}
            </Transition>
        </Gate>
    }
}

/// Where the address says to go afterwards.
pub(super) fn next_page() -> Memo<Option<String>> {
    let query = use_query_map();
    Memo::new(move |_| query.with(|q| q.get_str("next").map(ToOwned::to_owned)))
}

/// Carries it along with a form.
#[component]
pub(super) fn NextField(
    /// Where to go afterwards.
    next: Memo<Option<String>>,
) -> impl IntoView {
    move || next.get().map(|next| view! { <input type="hidden" name="next" value=next /> })
}

/// A picture and a sound, when the last answer says that the next attempt needs one.
#[component]
fn CaptchaField(
    /// The error of the last attempt.
    error: Signal<Option<UiError>>,
    /// Which attempt it was: each needs another picture.
    turn: Signal<usize>,
) -> impl IntoView {
    let said = field(error, &["captcha_answer"]);
    let captcha = Load::new(
        move || said.with(Option::is_some).then(|| turn.get()),
        |needed| async move {
            match needed {
                Some(_) => new_captcha().await.map(Some),
                None => Ok::<Option<Captcha>, UiError>(None),
            }
        },
    );
    view! {
        <Transition fallback=|| ()>
            {move || Suspend::new(async move {
                match captcha.await {
                    Ok(Some(Captcha { id, picture, sound })) => {
                        view! {
                            <div class="captcha">
                                <input type="hidden" name="form[captcha_id]" value=id />
                                <img
                                    src=picture
                                    width="240"
                                    height="80"
                                    alt=t!("Letters and digits to type; they can be heard instead", "待输入的字符；也可以改为收听")
                                />
                                <Button
                                    icon="refresh-cw"
                                    label=t!("Another picture", "换一张")
                                    on_press=move |_| captcha.refetch()
                                />
                                <audio
                                    controls=true
                                    preload="none"
                                    src=sound
                                    aria-label=t!("Digits to type instead of the picture", "可代替图片的语音数字")
                                ></audio>
                            </div>
                            <TextField
                                name="form[captcha_answer]"
                                label=t!("What you read or hear", "您看到或听到的内容")
                                hint=t!("The characters in the picture, in capitals or not; or the digits of the recording.", "图片中的字符（不区分大小写），或录音中的数字。")
                                    .to_owned()
                                mono=true
                                error=said
                            />
                        }
                            .into_any()
                    }
                    Ok(None) => ().into_any(),
                    Err(error) => view! { <Failure error retry=move |()| captcha.refetch() /> }.into_any(),
                }
            })}
        </Transition>
    }
}
