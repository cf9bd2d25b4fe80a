//! How one signs in: one's own second factor, and for a tenant's main account what everybody needs.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;

use crate::{
    api::second_factor::{ChangeTenantSecurity, get_tenant_security},
    components::{Button, FormErrors, PageHeader, Section, SkeletonText},
    load::Load,
    model::{Permission, TenantSecurity, Viewer},
    pages::{
        form::{last_error, whole},
        parts::shown,
        passkeys::{OwnPasskeys, PasskeyActions},
        second_factor::OwnSecondFactor,
    },
    t,
};

/// The page of the settings about signing in.
#[component]
pub fn SecurityPage() -> impl IntoView {
    let viewer = expect_context::<Viewer>();
    let decides = viewer.tenant.is_some() && viewer.may(Permission::TenantSettings);
    let passkeys = PasskeyActions::new("/settings/security");
    view! {
        <Title text=t!("Signing in", "登录安全") />
        <div class="page page-narrow">
            <PageHeader title=t!("Signing in", "登录安全").to_owned() />
            <Section title=t!("Your second factor", "您的两步验证")>
                <div class="stack">
                    <OwnSecondFactor passkeys />
                </div>
            </Section>
            <Section title=t!("Your passkeys", "您的通行密钥")>
                <div class="stack">
                    <OwnPasskeys actions=passkeys />
                </div>
            </Section>
            {decides.then(|| view! { <OfTenant /> })}
        </div>
    }
}

/// What everybody in the tenant needs.
#[component]
fn OfTenant() -> impl IntoView {
    let change = ServerAction::<ChangeTenantSecurity>::new();
    let error = last_error(change.value());
    let security = Load::new(move || change.version().get(), |_| get_tenant_security(None));
    view! {
        <Section title=t!("Everybody in the tenant", "租户全体成员")>
            <FormErrors error=whole(error) />
            <Transition fallback=|| view! { <SkeletonText lines=2 /> }>
                {move || Suspend::new(async move {
                    shown(
                        security.await,
                        false,
                        move || security.refetch(),
                        move |security| view! { <Rule security change /> },
                    )
                })}
            </Transition>
        </Section>
    }
}

/// Whether everybody needs a second factor, and the way to change that.
#[component]
fn Rule(security: TenantSecurity, change: ServerAction<ChangeTenantSecurity>) -> impl IntoView {
    let TenantSecurity { second_factor_required: now, version } = security;
    let (says, does) = if now {
        (t!("Everybody needs a second factor.", "所有成员都必须启用两步验证。"), t!("Require it no longer", "不再要求"))
    } else {
        (
            t!(
                "A password is enough. When a second factor is needed, whoever has none adds one before anything else.",
                "目前仅需密码。如果要求两步验证，尚未启用的成员必须先完成设置。"
            ),
            t!("Require it of everybody", "要求全体成员启用"),
        )
    };
    view! {
        <ActionForm action=change>
            <div class="stack">
                <p class="prose">{says}</p>
                <input type="hidden" name="required" value=(!now).to_string() />
                {version.map(|version| view! { <input type="hidden" name="version" value=version.to_string() /> })}
                <div>
                    <Button busy=change.pending()>{does}</Button>
                </div>
            </div>
        </ActionForm>
    }
}
