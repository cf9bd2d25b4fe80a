//! The tenants, for the platform's administrators.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api::accounts::list_tenants,
    components::{
        ButtonKind, Cell, Column, DataTable, Empty, LinkButton, PageHeader, RelativeTime, StateBadge, StateCell,
        pagination::group,
    },
    model::{Permission, TenantRow},
    pages::{named::NamedList, parts::may, tenant_actions::tenant_state},
    t,
};

/// The tenants.
#[component]
pub fn TenantsPage() -> impl IntoView {
    view! {
        <Title text=t!("Tenants", "租户") />
        <div class="page">
            <PageHeader
                title=t!("Tenants", "租户").to_owned()
                actions=|| {
                    let make = may(Permission::TenantManage)
                        .then(|| {
                            view! {
                                <LinkButton kind=ButtonKind::Primary icon="plus" href="/tenants/new".to_owned()>
                                    {t!("Make a tenant", "新建租户")}
                                </LinkButton>
                            }
                        });
                    let providers = may(Permission::IdentityProviderRead)
                        .then(|| {
                            view! {
                                <LinkButton icon="key-round" href="/identity-providers">
                                    {t!("Identity providers", "身份提供商")}
                                </LinkButton>
                            }
                        });
                    (make, providers)
                }
            />
            <NamedList label=t!("Tenants", "租户") fetch=list_tenants rows=table empty=first_step columns=6 />
        </div>
    }
}

fn first_step() -> impl IntoView {
    view! {
        <Empty
            icon="building-2"
            title=t!("There is no tenant yet.", "还没有租户。")
            text=t!(
                "A tenant is a team with its own people, namespaces and apps; it sees nothing of the others.",
                "租户是一个团队，拥有自己的成员、命名空间和应用，与其他租户互不可见。"
            )
        >
            {may(Permission::TenantManage)
                .then(|| {
                    view! {
                        <a class="button" href="/tenants/new">
                            {t!("Make the first tenant", "新建第一个租户")}
                        </a>
                    }
                })}
        </Empty>
    }
}

fn table(rows: Vec<TenantRow>) -> impl IntoView {
    let columns = vec![
        Column::new(t!("Name", "名称")),
        Column::new(t!("State", "状态")),
        Column::new(t!("Accounts", "账号")).number(),
        Column::new(t!("Namespaces", "命名空间")).number(),
        Column::new(t!("Apps", "应用")).number(),
        Column::new(t!("Since", "创建于")).class("num"),
    ];
    let rows = rows
        .into_iter()
        .map(|row| {
            let (state, word) = tenant_state(&row);
            view! {
                <tr role="row">
                    <th scope="row" role="rowheader">
                        <a href=format!("/tenants/{}", row.id)>{row.name}</a>
                        <span class="cell-sub">{row.display_name}</span>
                    </th>
                    <StateCell>
                        <StateBadge state word=word.to_owned() />
                    </StateCell>
                    <Cell label=t!("Accounts", "账号") class="num">
                        {group(row.accounts)}
                    </Cell>
                    <Cell label=t!("Namespaces", "命名空间") class="num">
                        {group(row.namespaces)}
                    </Cell>
                    <Cell label=t!("Apps", "应用") class="num">
                        {group(row.apps)}
                    </Cell>
                    <Cell label=t!("Since", "创建于") class="num">
                        <RelativeTime at=row.created_at />
                    </Cell>
                </tr>
            }
        })
        .collect_view();
    view! {
        <DataTable caption=t!("Tenants", "租户") columns>
            {rows}
        </DataTable>
    }
}
