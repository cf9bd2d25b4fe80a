//! Adding an identity provider: first whose people come by it, then what it is.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::{components::Redirect, hooks::use_query_map};
use serde::{Deserialize, Serialize};

use crate::{
    UiError,
    api::{
        access::list_roles,
        accounts::{get_tenant, list_tenants},
        identity::CreateProvider,
    },
    components::{Button, ButtonKind, CheckedField, Choice, LinkButton, PageHeader},
    load::Load,
    model::{FieldRule, NameQuery, RoleRow, Slice, TenantRow},
    pages::{
        form::{field, last_error, made},
        identity_provider_form::ProviderFields,
        parts::{page_to_come, shown},
        pick::{PickField, find_tenants, tenant_choice},
    },
    t, tf,
};

/// In the address for the platform's own accounts.
const PLATFORM: &str = "platform";

/// What a step is made from.
#[derive(Clone, Serialize, Deserialize)]
enum Step {
    /// Whose it may be.
    Choose(Slice<TenantRow>),
    /// Whose it is, unless the platform's own, and the roles that there are.
    Describe(Option<Box<TenantRow>>, Vec<RoleRow>),
}

/// Adds a provider; `tenant` in the address says whose people come by it.
#[component]
pub fn NewProviderPage() -> impl IntoView {
    let query = use_query_map();
    let whose = Memo::new(move |_| query.with(|q| q.get_str("tenant").map(ToOwned::to_owned)));
    let known = Load::new(
        move || whose.get(),
        |whose| async move {
            let tenant = match whose.as_deref() {
                None => return Ok(Step::Choose(list_tenants(NameQuery::most()).await?)),
                Some(PLATFORM) => None,
                Some(id) => Some(get_tenant(id.parse().map_err(|_| UiError::not_found())?).await?),
            };
            let roles = list_roles(tenant.as_ref().map(|t| t.id)).await?;
            Ok(Step::Describe(tenant.map(Box::new), roles))
        },
    );
    view! {
        <Title text=t!("Add an identity provider", "添加身份提供商") />
        <Transition fallback=page_to_come>
            {move || Suspend::new(async move {
                shown(
                    known.await,
                    true,
                    move || known.refetch(),
                    move |step| match step {
                        Step::Choose(tenants) => view! { <ChooseWhose tenants /> }.into_any(),
                        Step::Describe(tenant, roles) => view! { <Describe tenant=tenant.map(|tenant| *tenant) roles /> }.into_any(),
                    },
                )
            })}
        </Transition>
    }
}

/// The first step: a plain form that leads to the second.
#[component]
fn ChooseWhose(tenants: Slice<TenantRow>) -> impl IntoView {
    let whole = tenants.is_whole();
    let mut rows: Vec<Choice> = tenants.rows.into_iter().map(tenant_choice).collect();
    rows.push(Choice::new(PLATFORM, t!("The platform's own accounts", "平台账号")));
    let bind = RwSignal::new(rows[0].value.clone());
    view! {
        <div class="page page-narrow">
            <PageHeader title=t!("Add an identity provider", "添加身份提供商").to_owned() />
            <form method="get" action="/identity-providers/new">
                <div class="form">
                    <p class="field-hint">
                        {t!(
                            "It gives roles there and nowhere else. This stays as it is made.",
                            "只会在此范围内授予角色，创建后不可更改。"
                        )}
                    </p>
                    <PickField
                        name="tenant"
                        label=t!("Whose people sign in by it", "供谁登录")
                        first=rows
                        whole
                        bind
                        error=Signal::stored(None)
                        find=find_tenants
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
fn Describe(
    /// Whose it is, unless the platform's own.
    tenant: Option<TenantRow>,
    /// The roles that there are to be given.
    roles: Vec<RoleRow>,
) -> impl IntoView {
    let create = ServerAction::<CreateProvider>::new();
    let error = last_error(create.value());
    let made = made(create.value(), |provider| provider.row.id);
    let lead = match &tenant {
        Some(TenantRow { name, .. }) => tf!("For the people of {name}.", "供租户 {name} 的成员登录。"),
        None => t!("For the platform's own accounts.", "供平台账号登录。").to_owned(),
    };
    let tenant = tenant.map(|t| t.id.to_string()).unwrap_or_default();
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
        {move || made.get().map(|id| view! { <Redirect path=format!("/identity-providers/{id}") /> })}
        <div class="page page-narrow">
            <PageHeader title=t!("Add an identity provider", "添加身份提供商").to_owned() />
            <p class="page-lead">{lead}</p>
            <ActionForm action=create>
                <div class="form">
                    <input type="hidden" name="form[tenant]" value=tenant />
                    <CheckedField
                        name="form[slug]"
                        label=t!("Short name", "短名称")
                        rule=FieldRule::RESOURCE_NAME
                        about=Signal::derive(redirect)
                        bind=slug
                        mono=true
                        error=field(error, &["slug"])
                    />
                    <CheckedField
                        name="form[issuer]"
                        label=t!("Issuer", "签发者（Issuer）")
                        rule=FieldRule::ISSUER
                        about=t!(
                            "As the provider writes it. It is asked at once whether it has what is needed.",
                            "与身份提供商的写法完全一致，提交后会立即检查其是否满足要求。"
                        )
                        kind="url"
                        mono=true
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
