//! One tenant and its people.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api::accounts::{get_tenant, list_accounts},
    components::{
        ButtonKind, Figure, Figures, LinkButton, PageHeader, RelativeTime, Section, StateBadge, pagination::group,
    },
    load::Load,
    model::{Permission, TenantId, TenantRow},
    pages::{
        accounts::{account_table, nobody},
        named::NamedList,
        parts::{may, page_to_come, segment, shown},
        tenant_actions::{TenantDanger, TenantNote, tenant_state},
    },
    t,
};

/// One tenant.
#[component]
pub fn TenantPage() -> impl IntoView {
    let id = segment::<TenantId>("id");
    let tenant = Load::new(move || id.get(), |id| async move { get_tenant(id?).await });
    let changed = Callback::new(move |()| tenant.refetch());
    view! {
        <Transition fallback=page_to_come>
            {move || Suspend::new(async move {
                shown(
                    tenant.await,
                    true,
                    move || tenant.refetch(),
                    move |tenant| view! { <Whole tenant changed /> },
                )
            })}
        </Transition>
    }
}

#[component]
fn Whole(tenant: TenantRow, changed: Callback<()>) -> impl IntoView {
    let id = tenant.id;
    view! {
        <div class="page">
            <Tenant tenant=tenant.clone() />
            <People id />
            {may(Permission::TenantManage).then(|| view! { <TenantDanger tenant changed /> })}
        </div>
    }
}

#[component]
fn People(id: TenantId) -> impl IntoView {
    view! {
        <Section
            title=t!("Accounts", "账号")
            tools=move || {
                may(Permission::NamespaceManage)
                    .then(|| {
                        view! {
                            <a href=format!("/namespaces/new?tenant={id}")>{t!("Give it a namespace", "分配命名空间")}</a>
                        }
                    })
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
                may(Permission::AccountManage)
                    .then(|| {
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
                    })
            }
            facts=move || view! { <span>{display_name.clone()}</span> }
        />
        <TenantNote tenant=tenant.clone() />
        <Section title=t!("What it has", "资源")>
            <Figures>
                <Figure name=if tenant.accounts == 1 { t!("account", "账号") } else { t!("accounts", "账号") }>{group(tenant.accounts)}</Figure>
                <Figure name=t!("namespaces", "命名空间")>{group(tenant.namespaces)}</Figure>
                <Figure name=t!("apps", "应用")>{group(tenant.apps)}</Figure>
            </Figures>
        </Section>
    }
}
