//! One tenant and its people.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use crate::{
    UiError,
    api::accounts::{get_tenant, list_accounts},
    components::{
        ButtonKind, Figure, Figures, LinkButton, PageHeader, RelativeTime, Section, SkeletonText, StateBadge,
        pagination::group,
    },
    load::Load,
    model::{Permission, TenantId, TenantRow},
    pages::{
        accounts::{account_table, nobody},
        failure::Failure,
        named::NamedList,
        parts::may,
        tenant_actions::{TenantDanger, TenantNote, tenant_state},
    },
    t,
};

/// One tenant.
#[component]
pub fn TenantPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|p| p.get_str("id").and_then(|id| id.parse::<TenantId>().ok())));
    let tenant = Load::new(
        move || id.get(),
        |id| async move {
            match id {
                Some(id) => get_tenant(id).await,
                None => Err(UiError::not_found()),
            }
        },
    );
    let changed = Callback::new(move |()| tenant.refetch());
    view! {
        <div class="page">
            <Transition fallback=|| view! { <SkeletonText lines=6 title=true /> }>
                {move || Suspend::new(async move {
                    match tenant.await {
                        Ok(row) => {
                            let id = row.id;
                            view! {
                                <Tenant tenant=row />
                                <People id />
                            }
                                .into_any()
                        }
                        Err(error) => {
                            view! { <Failure error page=true retry=move |()| tenant.refetch() /> }.into_any()
                        }
                    }
                })}
            </Transition>
            {may(Permission::TenantManage)
                .then(|| {
                    view! {
                        <Transition>
                            {move || Suspend::new(async move {
                                tenant.await.ok().map(|tenant| view! { <TenantDanger tenant changed /> })
                            })}
                        </Transition>
                    }
                })}
        </div>
    }
}

#[component]
fn People(id: TenantId) -> impl IntoView {
    view! {
        <Section
            title=t!("Accounts", "账号")
            tools=move || {
                view! { <a href=format!("/namespaces/new?tenant={id}")>{t!("Give it a namespace", "分配命名空间")}</a> }
            }
        >
            <NamedList
                label=t!("Accounts", "账号")
                fetch=move |ask| list_accounts(Some(id), ask)
                rows=account_table
                empty=nobody
                columns=6
            />
        </Section>
    }
}

#[component]
fn Tenant(tenant: TenantRow) -> impl IntoView {
    let id = tenant.id;
    let created = tenant.created_at;
    let display_name = tenant.display_name.clone();
    let (state, word) = tenant_state(&tenant);
    view! {
        <Title text=tenant.name.clone() />
        <PageHeader
            title=tenant.name.clone()
            state=move || view! { <StateBadge state word=word.to_owned() tint=true /> }
            since=move || view! { {t!("made", "创建于")} " " <RelativeTime at=created /> }
            actions=move || {
                view! {
                    <LinkButton
                        kind=ButtonKind::Primary
                        icon="user-plus"
                        href=format!("/tenants/{id}/accounts/new")
                    >
                        {t!("Add an account", "添加账号")}
                    </LinkButton>
                    <LinkButton icon="link" href=format!("/tenants/{id}/accounts/invite")>
                        {t!("Invite", "邀请")}
                    </LinkButton>
                }
            }
            facts=move || view! { <span>{display_name.clone()}</span> }
        />
        <TenantNote tenant=tenant.clone() />
        <Section title=t!("What it has", "资源")>
            <Figures>
                <Figure name=t!("accounts", "账号")>{group(tenant.accounts)}</Figure>
                <Figure name=t!("namespaces", "命名空间")>{group(tenant.namespaces)}</Figure>
                <Figure name=t!("apps", "应用")>{group(tenant.apps)}</Figure>
            </Figures>
        </Section>
    }
}
