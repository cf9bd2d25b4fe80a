//! Adding an identity provider: first whose people come by it, then what it is.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::{components::Redirect, hooks::use_query_map};

use crate::{
    UiError,
    api::{access::list_roles, accounts::list_tenants, identity::CreateProvider},
    components::{Button, ButtonKind, Choice, LinkButton, PageHeader, SelectField, TextField},
    load::Load,
    model::{RoleRow, TenantId, TenantRow},
    pages::{
        form::{field, last_error},
        identity_provider_form::ProviderFields,
        parts::{page_to_come, shown},
    },
    t, tf,
};

/// In the address for the platform's own accounts.
const PLATFORM: &str = "platform";

type Known = (Vec<TenantRow>, Option<Vec<RoleRow>>);

/// Adds a provider; `tenant` in the address says whose people come by it.
#[component]
pub fn NewProviderPage() -> impl IntoView {
    let query = use_query_map();
    let whose = Memo::new(move |_| query.with(|q| q.get_str("tenant").map(ToOwned::to_owned)));
    let known = Load::new(
        move || whose.get(),
        |whose| async move {
            let tenants = list_tenants().await?;
            let roles = match whose.as_deref() {
                None => None,
                Some(PLATFORM) => Some(list_roles(None).await?),
                Some(id) => {
                    let id: TenantId = id.parse().map_err(|_| UiError::not_found())?;
                    Some(list_roles(Some(id)).await?)
                }
            };
            Ok::<Known, UiError>((tenants, roles))
        },
    );
    view! {
        <Title text=t!("Add an identity provider", "添加身份提供商") />
        <Transition fallback=page_to_come>
            {move || Suspend::new(async move {
                let whose = whose.get_untracked();
                shown(
                    known.await,
                    true,
                    move || known.refetch(),
                    move |(tenants, roles)| match (whose, roles) {
                        (Some(whose), Some(roles)) => view! { <Describe whose tenants roles /> }.into_any(),
                        _ => view! { <ChooseWhose tenants /> }.into_any(),
                    },
                )
            })}
        </Transition>
    }
}

/// The first step: a plain form that leads to the second.
#[component]
fn ChooseWhose(tenants: Vec<TenantRow>) -> impl IntoView {
    let choices: Vec<Choice> = tenants
        .into_iter()
        .map(|tenant| Choice::new(tenant.id.to_string(), tenant.name))
        .chain([Choice::new(PLATFORM, t!("The platform's own accounts", "平台账号"))])
        .collect();
    view! {
        <div class="page page-narrow">
            <PageHeader title=t!("Add an identity provider", "添加身份提供商").to_owned() />
            <form method="get" action="/identity-providers/new">
                <div class="form">
                    <SelectField
                        name="tenant"
                        label=t!("Whose people sign in by it", "供谁登录")
                        choices
                        hint=t!(
                            "It gives roles there and nowhere else. This stays as it is made.",
                            "只会在此范围内授予角色，创建后不可更改。"
                        )
                            .to_owned()
                    />
                    <div class="form-actions">
                        <Button kind=ButtonKind::Primary>{t!("Go on", "继续")}</Button>
                        <LinkButton href="/identity-providers">{t!("Cancel", "取消")}</LinkButton>
                    </div>
                </div>
            </form>
        </div>
    }
}

/// The second step.
#[component]
fn Describe(whose: String, tenants: Vec<TenantRow>, roles: Vec<RoleRow>) -> impl IntoView {
    let create = ServerAction::<CreateProvider>::new();
    let error = last_error(create.value());
    let made = move || create.value().with(|v| v.as_ref().and_then(|v| v.as_ref().ok()).map(|made| made.row.id));
    let tenant = if whose == PLATFORM { String::new() } else { whose };
    let name = tenants.into_iter().find(|t| t.id.to_string() == tenant).map(|t| t.name);
    let lead = match name {
        Some(name) => tf!("For the people of {name}.", "供租户 {name} 的成员登录。"),
        None => t!("For the platform's own accounts.", "供平台账号登录。").to_owned(),
    };
    let slug = RwSignal::new(String::new());
    let redirect = move || {
        let slug = slug.get();
        let slug = if slug.is_empty() { "…".to_owned() } else { slug };
        tf!(
            "Part of the addresses: people come back to …/sign-in/with/{slug}/callback, which the provider has to know. It stays as it is made.",
            "地址的一部分：登录后返回 …/sign-in/with/{slug}/callback，需在身份提供商处登记。创建后不可更改。"
        )
    };
    view! {
        {move || made().map(|id| view! { <Redirect path=format!("/identity-providers/{id}") /> })}
        <div class="page page-narrow">
            <PageHeader title=t!("Add an identity provider", "添加身份提供商").to_owned() />
            <p class="page-lead">{lead}</p>
            <ActionForm action=create>
                <div class="form">
                    <input type="hidden" name="form[tenant]" value=tenant />
                    <TextField
                        name="form[slug]"
                        label=t!("Short name", "短名称")
                        bind=slug
                        mono=true
                        hint=Signal::derive(redirect)
                        error=field(error, &["slug"])
                    />
                    <TextField
                        name="form[issuer]"
                        label=t!("Issuer", "签发者（Issuer）")
                        kind="url"
                        mono=true
                        hint=t!(
                            "As the provider writes it: https://login.example.org/realm. It is asked at once whether it has what is needed.",
                            "与身份提供商的写法完全一致，如 https://login.example.org/realm。提交后会立即检查其是否满足要求。"
                        )
                            .to_owned()
                        error=field(error, &["issuer"])
                    />
                    <ProviderFields error detail=None roles />
                    <div class="form-actions">
                        <Button kind=ButtonKind::Primary busy=create.pending()>
                            {t!("Check and add", "检查并添加")}
                        </Button>
                        <LinkButton href="/identity-providers">{t!("Cancel", "取消")}</LinkButton>
                    </div>
                </div>
            </ActionForm>
        </div>
    }
}
