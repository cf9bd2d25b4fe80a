//! One's own second factor: adding it with an authenticator app, its recovery codes, taking it away. Before the frame
//! while the tenant asks for one, and as a page of the settings. Every form works before any script has come: what is
//! shown for a while comes with the page.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::{components::Redirect, hooks::use_query_map};

use crate::{
    api::{
        second_factor::{
            BeginSecondFactor, ConfirmSecondFactor, PutAwaySecondFactor, RemoveSecondFactor, RenewRecoveryCodes,
            get_second_factor,
        },
        session::SignOut,
    },
    components::{
        Button, ButtonKind, CopyButton, Copyable, Fact, Facts, FormErrors, Gate, LinkButton, Note, RelativeTime,
        SkeletonText, State, TextField,
    },
    load::Load,
    model::{Enrolment, QrCode, RecoveryCodes, SecondFactor},
    pages::{
        form::{done, field, last_error, whole},
        frame::GateFoot,
        parts::shown,
        passkeys::{OwnPasskeys, PasskeyActions},
    },
    t,
};

/// The page that stands before all others while the tenant asks for a second factor and there is none.
#[component]
pub fn SecondFactorPage() -> impl IntoView {
    let sign_out = ServerAction::<SignOut>::new();
    let passkeys = PasskeyActions::new("/second-factor");
    view! {
        <Title text=t!("A second factor", "两步验证") />
        <Gate wide=true foot=|| view! { <GateFoot /> }>
            <h1>{t!("Add a second factor", "添加两步验证")}</h1>
            <OwnSecondFactor passkeys gate=true />
            <h2>{t!("Or a passkey", "或使用通行密钥")}</h2>
            <OwnPasskeys actions=passkeys />
            <ActionForm action=sign_out>
                <button class="button-link" type="submit">
                    {t!("Sign out", "退出登录")}
                </button>
            </ActionForm>
        </Gate>
    }
}

/// One's own second factor, and what can be done with it now.
#[component]
pub(super) fn OwnSecondFactor(
    /// What is done with passkeys, each of which is a second factor, too.
    passkeys: PasskeyActions,
    /// It stands before the frame: afterwards one goes on to the first page.
    #[prop(optional)]
    gate: bool,
) -> impl IntoView {
    let actions = Actions {
        begin: ServerAction::new(),
        confirm: ServerAction::new(),
        renew: ServerAction::new(),
        put_away: ServerAction::new(),
        remove: ServerAction::new(),
    };
    let factor = Load::new(move || (actions.turn(), passkeys.turn()), |_| get_second_factor());
    view! {
        <Transition fallback=|| view! { <SkeletonText lines=4 /> }>
            {move || Suspend::new(async move {
                shown(
                    factor.await,
                    false,
                    move || factor.refetch(),
                    move |factor| view! { <Now factor actions gate /> },
                )
            })}
        </Transition>
    }
}

/// How it stands, and what can be done next.
#[component]
fn Now(factor: SecondFactor, actions: Actions, gate: bool) -> impl IntoView {
    match factor {
        SecondFactor { new_codes: Some(codes), .. } => view! { <NewCodes codes actions gate /> }.into_any(),
        SecondFactor { pending: Some(enrolment), .. } => view! { <Confirm enrolment actions /> }.into_any(),
        factor if gate && (factor.passkeys || factor.enrolled_at.is_some()) => {
            view! { <Redirect path="/" /> }.into_any()
        }
        SecondFactor { enrolled_at: Some(since), recovery_codes_left, .. } => {
            view! { <InUse since left=recovery_codes_left actions /> }.into_any()
        }
        SecondFactor { passkeys: true, recovery_codes_left, .. } => {
            view! { <PasskeysAlone left=recovery_codes_left actions /> }.into_any()
        }
        SecondFactor { required, .. } => view! { <Begin required actions /> }.into_any(),
    }
}

/// Everything that can be done with it.
#[derive(Clone, Copy)]
struct Actions {
    begin: ServerAction<BeginSecondFactor>,
    confirm: ServerAction<ConfirmSecondFactor>,
    renew: ServerAction<RenewRecoveryCodes>,
    put_away: ServerAction<PutAwaySecondFactor>,
    remove: ServerAction<RemoveSecondFactor>,
}

impl Actions {
    /// How many times something was done.
    fn turn(self) -> usize {
        done(self.begin.value(), self.begin.version())
            + done(self.confirm.value(), self.confirm.version())
            + done(self.renew.value(), self.renew.version())
            + done(self.put_away.value(), self.put_away.version())
            + done(self.remove.value(), self.remove.version())
    }
}

#[component]
fn Begin(required: bool, actions: Actions) -> impl IntoView {
    let error = last_error(actions.begin.value());
    let query = use_query_map();
    // While something is asked of passkeys, that is what the screen is about.
    let kind = move || {
        let passkeys = query.with(|q| q.get_str("do").is_some_and(|what| what.ends_with("-passkey")));
        if passkeys { ButtonKind::Quiet } else { ButtonKind::Primary }
    };
    view! {
        {required
            .then(|| {
                view! {
                    <Note
                        state=State::Degraded
                        title=t!("Your tenant asks everybody for a second factor.", "您的租户要求所有成员启用两步验证。")
                    />
                }
            })}
        <p class="prose">
            {t!(
                "Besides the password, signing in then takes a code that an authenticator app on your phone shows. Whoever learns your password cannot get in with it alone.",
                "启用后，除密码外，登录还需要手机上身份验证器应用显示的验证码。仅凭密码无法登录您的账号。"
            )}
        </p>
        <ActionForm action=actions.begin>
            <div class="form">
                <FormErrors error=whole(error) />
                <TextField
                    name="form[password]"
                    label=t!("Your password", "您的密码")
                    kind="password"
                    autocomplete="current-password"
                    error=field(error, &["password"])
                />
                <div class="form-actions">
                    {move || {
                        view! {
                            <Button kind=kind() busy=actions.begin.pending()>
                                {t!("Begin", "开始设置")}
                            </Button>
                        }
                    }}
                </div>
            </div>
        </ActionForm>
    }
}

#[component]
fn Confirm(enrolment: Enrolment, actions: Actions) -> impl IntoView {
    let Enrolment { secret, uri, qr: QrCode { size, path } } = enrolment;
    let error = last_error(actions.confirm.value());
    view! {
        <ol class="prose numbered">
            <li>
                {t!("Open your authenticator app and let it read this code.", "打开身份验证器应用，扫描此二维码。")}
            </li>
            <li>{t!("Type the six digits that it shows.", "输入应用显示的六位数字。")}</li>
        </ol>
        <svg
            class="qr"
            viewBox=format!("0 0 {size} {size}")
            role="img"
            aria-label=t!("QR code for the authenticator app", "用于身份验证器应用的二维码")
            shape-rendering="crispEdges"
        >
            <rect width=size height=size fill="#fff" />
            <path d=path fill="#000" />
        </svg>
        <Facts>
            <Fact name=t!("Or type this", "或手动输入")>
                <Copyable text=secret />
            </Fact>
            <Fact name=t!("On this phone", "在本机上")>
                <a href=uri>{t!("Open the app", "打开应用")}</a>
            </Fact>
        </Facts>
        <ActionForm action=actions.confirm>
            <div class="form">
                <FormErrors error=whole(error) />
                <TextField
                    name="form[code]"
                    label=t!("Code", "验证码")
                    autocomplete="one-time-code"
                    inputmode="numeric"
                    mono=true
                    error=field(error, &["code"])
                />
                <div class="form-actions">
                    <Button kind=ButtonKind::Primary busy=actions.confirm.pending()>
                        {t!("Use it from now on", "启用")}
                    </Button>
                </div>
            </div>
        </ActionForm>
        <ActionForm action=actions.put_away>
            <button class="button-link" type="submit">
                {t!("Do not add it", "取消")}
            </button>
        </ActionForm>
    }
}

#[component]
fn NewCodes(codes: RecoveryCodes, actions: Actions, gate: bool) -> impl IntoView {
    let all = codes.codes.join("\n");
    let rows = codes.codes.into_iter().map(|code| view! { <li>{code}</li> }).collect_view();
    view! {
        <Note
            state=State::Serving
            title=t!("Your second factor is in use.", "两步验证已启用。")
        />
        <p class="prose">
            {t!(
                "Keep these recovery codes where you keep your passwords, or print them. When your phone or your passkey is lost, each lets you in once after the password. They are not shown again.",
                "请妥善保存以下恢复码，或将其打印。手机或通行密钥丢失时，输入密码后每个恢复码可登录一次。恢复码不会再次显示。"
            )}
        </p>
        <div class="recovery-codes">
            <ul aria-label=t!("Recovery codes", "恢复码")>{rows}</ul>
            <CopyButton text=all />
        </div>
        <ActionForm action=actions.put_away>
            {gate.then(|| view! { <input type="hidden" name="next" value="/" /> })}
            <Button kind=ButtonKind::Primary busy=actions.put_away.pending()>
                {t!("I have kept them", "我已保存")}
            </Button>
        </ActionForm>
    }
}

#[component]
fn InUse(since: i64, left: u64, actions: Actions) -> impl IntoView {
    let query = use_query_map();
    let asked = Memo::new(move |_| query.with(|q| q.get("do")));
    view! {
        <Facts>
            <Fact name=t!("Authenticator app", "身份验证器应用")>
                {t!("in use since", "启用于")} " " <RelativeTime at=since />
            </Fact>
            <Fact name=t!("Recovery codes left", "剩余恢复码")>{left}</Fact>
        </Facts>
        {move || match asked.get().as_deref() {
            Some("codes") => view! { <Renew actions /> }.into_any(),
            Some("remove") => view! { <Remove actions /> }.into_any(),
            _ => {
                view! {
                    <div class="form-actions">
                        <LinkButton href="/settings/security?do=codes".to_owned()>
                            {t!("Make new recovery codes", "重新生成恢复码")}
                        </LinkButton>
                        <LinkButton kind=ButtonKind::Warn href="/settings/security?do=remove".to_owned()>
                            {t!("Remove it", "移除")}
                        </LinkButton>
                    </div>
                }
                    .into_any()
            }
        }}
    }
}

/// Only passkeys are in use: recovery codes there are, too, and an app can be added.
#[component]
fn PasskeysAlone(left: u64, actions: Actions) -> impl IntoView {
    let query = use_query_map();
    let asked = Memo::new(move |_| query.with(|q| q.get("do")));
    view! {
        <Facts>
            <Fact name=t!("Authenticator app", "身份验证器应用")>
                {t!("not in use; your passkeys are", "未启用；正在使用通行密钥")}
            </Fact>
            <Fact name=t!("Recovery codes left", "剩余恢复码")>{left}</Fact>
        </Facts>
        {move || match asked.get().as_deref() {
            Some("codes") => view! { <Renew actions /> }.into_any(),
            Some("app") => view! { <Begin required=false actions /> }.into_any(),
            _ => {
                view! {
                    <div class="form-actions">
                        <LinkButton href="/settings/security?do=codes".to_owned()>
                            {t!("Make new recovery codes", "重新生成恢复码")}
                        </LinkButton>
                        <LinkButton href="/settings/security?do=app".to_owned()>
                            {t!("Add an authenticator app", "添加身份验证器应用")}
                        </LinkButton>
                    </div>
                }
                    .into_any()
            }
        }}
    }
}

#[component]
fn Renew(actions: Actions) -> impl IntoView {
    let error = last_error(actions.renew.value());
    view! {
        <p class="prose">
            {t!("The codes that you have are worth nothing once there are new ones.", "生成新的恢复码后，原有恢复码将全部失效。")}
        </p>
        <ActionForm action=actions.renew>
            <div class="form">
                <FormErrors error=whole(error) />
                {proof_fields(error)}
                <div class="form-actions">
                    <Button kind=ButtonKind::Primary busy=actions.renew.pending()>
                        {t!("Make new recovery codes", "重新生成恢复码")}
                    </Button>
                    <LinkButton href="/settings/security".to_owned()>{t!("Cancel", "取消")}</LinkButton>
                </div>
            </div>
        </ActionForm>
    }
}

#[component]
fn Remove(actions: Actions) -> impl IntoView {
    let error = last_error(actions.remove.value());
    view! {
        <p class="prose">
            {t!("Without it, your password alone lets anybody in who knows it.", "移除后，任何知道您密码的人都可以登录。")}
        </p>
        <ActionForm action=actions.remove>
            <div class="form">
                <FormErrors error=whole(error) />
                {proof_fields(error)}
                <div class="form-actions">
                    <Button kind=ButtonKind::Danger busy=actions.remove.pending()>
                        {t!("Remove the second factor", "移除两步验证")}
                    </Button>
                    <LinkButton href="/settings/security".to_owned()>{t!("Cancel", "取消")}</LinkButton>
                </div>
            </div>
        </ActionForm>
    }
}

/// Password and code, before something that matters.
fn proof_fields(error: Signal<Option<crate::UiError>>) -> impl IntoView {
    view! {
        <TextField
            name="form[password]"
            label=t!("Your password", "您的密码")
            kind="password"
            autocomplete="current-password"
            error=field(error, &["password"])
        />
        <TextField
            name="form[code]"
            label=t!("Code", "验证码")
            hint=t!("Of the app, or one of your recovery codes.", "应用中的验证码，或您的一个恢复码。").to_owned()
            autocomplete="one-time-code"
            mono=true
            error=field(error, &["code"])
        />
    }
}
