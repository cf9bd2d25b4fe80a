//! One's own settings: who one is, profile, theme, language, password.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api::accounts::get_account,
    components::{Fact, Facts, LinkButton, PageHeader, Section, SkeletonRows},
    load::Load,
    model::{AccountId, Viewer},
    pages::{
        account_actions::EditAccount,
        frame::{AllPlaces, LanguageForm, ThemeForm},
        parts::shown,
        password::PasswordForm,
    },
    t,
};

/// One's own settings.
#[component]
pub fn SettingsPage() -> impl IntoView {
    let viewer = expect_context::<Viewer>();
    let tenant = viewer.tenant_name.clone();
    let role = viewer.roles_here();
    let (username, display_name) = (viewer.username.clone(), viewer.display_name.clone());
    view! {
        <Title text=t!("Settings", "设置") />
        <div class="page page-narrow">
            <PageHeader title=t!("Settings", "设置").to_owned() />
            <nav class="only-phone" aria-label=t!("All places", "全部位置")>
                <Section title=t!("Go to", "前往")>
                    <AllPlaces />
                </Section>
            </nav>
            <Section title=t!("You", "账号信息")>
                <Facts>
                    <Fact name=t!("Name", "姓名")>{display_name}</Fact>
                    <Fact name=t!("User name", "用户名")>
                        <span class="mono">{username.clone()}</span>
                    </Fact>
                    <Fact name=t!("Role", "角色")>{role}</Fact>
                    {tenant.map(|tenant| view! { <Fact name=t!("Tenant", "租户")>{tenant}</Fact> })}
                </Facts>
            </Section>
            <Profile account=viewer.id />
            <Section title=t!("What you may do", "我的权限")>
                <p class="page-lead">
                    {t!(
                        "Your roles and where they hold, and what each of them lets you do.",
                        "查看您的角色、其范围，以及每个角色允许的操作。"
                    )}
                </p>
                <LinkButton href="/settings/rights" icon="lock">
                    {t!("Show what you may do", "查看我的权限")}
                </LinkButton>
            </Section>
            <div class="columns">
                <Section title=t!("Theme", "外观")>
                    <ThemeForm />
                </Section>
                <Section title=t!("Language", "语言")>
                    <LanguageForm />
                </Section>
            </div>
            <Section title=t!("Sessions", "登录会话")>
                <p class="page-lead">
                    {t!("See where you are signed in, and sign out there.", "查看您在哪些地方登录，并可远程退出。")}
                </p>
                <LinkButton href="/settings/sessions" icon="monitor">
                    {t!("Show the sessions", "查看登录会话")}
                </LinkButton>
            </Section>
            <Section title=t!("Second factor and passkeys", "两步验证与通行密钥")>
                <p class="page-lead">
                    {t!(
                        "A code of an authenticator app, or a passkey, besides the password; a passkey signs you in without it, too.",
                        "除密码外，登录时还需要身份验证器应用的验证码或通行密钥；通行密钥也可以代替密码登录。"
                    )}
                </p>
                <LinkButton icon="shield" href="/settings/security".to_owned()>
                    {t!("Signing in", "登录安全")}
                </LinkButton>
            </Section>
            <Section title=t!("Identity providers", "身份提供商")>
                <p class="page-lead">
                    {t!(
                        "Sign in with the account that you have elsewhere.",
                        "使用您在其他系统的账号登录。"
                    )} " "
                    <a href="/settings/identities">{t!("Linked accounts", "已关联的账号")}</a>
                </p>
            </Section>
            <Section title=t!("Password", "密码")>
                <p class="page-lead">
                    {t!(
                        "Changing it signs out every other browser that uses your account.",
                        "修改密码后，其他浏览器上的登录会话将全部退出。"
                    )}
                </p>
                <PasswordForm username=viewer.username />
            </Section>
            <Section title=t!("Tokens", "令牌")>
                <p class="page-lead">
                    {t!("For scripts that act as you.", "供以您的身份操作的脚本使用。")} " "
                    <a href="/settings/tokens">{t!("Your tokens", "我的令牌")}</a>
                    " · "
                    <a href="/reference" rel="external">
                        {t!("API reference", "API 参考")}
                    </a>
                </p>
            </Section>
        </div>
    }
}

/// One's own name and e-mail, which everybody may change.
#[component]
fn Profile(account: AccountId) -> impl IntoView {
    let detail = Load::new(|| (), move |()| get_account(account));
    let again = Callback::new(move |()| detail.refetch());
    view! {
        <Transition fallback=|| view! { <SkeletonRows rows=2 columns=1 /> }>
            {move || Suspend::new(async move {
                shown(
                    detail.await,
                    false,
                    move || detail.refetch(),
                    move |detail| view! { <EditAccount row=detail.row changed=again /> },
                )
            })}
        </Transition>
    }
}
