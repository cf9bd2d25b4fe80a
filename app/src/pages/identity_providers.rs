//! The identity providers of all tenants and of the platform itself.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api::identity::list_providers,
    components::{
        ButtonKind, Cell, Column, DataTable, Empty, LinkButton, PageHeader, RelativeTime, State, StateBadge, StateCell,
        pagination::group,
    },
    model::{Permission, ProviderRow},
    pages::{named::NamedList, parts::may},
    t,
};

/// The identity providers.
#[component]
pub fn ProvidersPage() -> impl IntoView {
    let makes = may(Permission::IdentityProviderManage);
    view! {
        <Title text=t!("Identity providers", "身份提供商") />
        <div class="page">
            <PageHeader
                title=t!("Identity providers", "身份提供商").to_owned()
                actions=move || {
                    makes
                        .then(|| {
                            view! {
                                <LinkButton kind=ButtonKind::Primary icon="plus" href="/identity-providers/new">
                                    {t!("Add a provider", "添加身份提供商")}
                                </LinkButton>
                            }
                        })
                }
            />
            <p class="page-lead">
                {t!(
                    "People sign in with the account that they have elsewhere (OpenID Connect), and their roles follow from what the provider says of them.",
                    "成员可使用其他系统的账号登录（OpenID Connect），并根据身份提供商提供的信息获得角色。"
                )}
            </p>
            <NamedList
                label=t!("Identity providers", "身份提供商")
                fetch=list_providers
                rows=table
                empty
                columns=5
            />
        </div>
    }
}

fn empty() -> impl IntoView {
    view! {
        <Empty
            icon="key-round"
            title=t!("There is no identity provider yet.", "还没有身份提供商。")
            text=t!(
                "Everybody signs in with a password. Add the provider of a tenant, and its people need none here.",
                "目前所有人均使用密码登录。为租户添加身份提供商后，其成员无需在此设置密码。"
            )
        />
    }
}

fn table(rows: Vec<ProviderRow>) -> impl IntoView {
    let columns = vec![
        Column::new(t!("Provider", "身份提供商")),
        Column::new(t!("State", "状态")),
        Column::new(t!("Whose people", "适用范围")),
        Column::new(t!("Accounts", "账号")).number(),
        Column::new(t!("Since", "创建于")).class("num"),
    ];
    let rows = rows
        .into_iter()
        .map(|row| {
            let (state, word) = provider_state(&row);
            let whose = whose(&row);
            view! {
                <tr role="row">
                    <th scope="row" role="rowheader">
                        <a href=format!("/identity-providers/{}", row.id)>{row.name}</a>
                        <span class="cell-sub">{row.issuer}</span>
                    </th>
                    <StateCell>
                        <StateBadge state word=word.to_owned() />
                    </StateCell>
                    <Cell label=t!("Whose people", "适用范围")>{whose}</Cell>
                    <Cell label=t!("Accounts", "账号") class="num">
                        {group(row.people)}
                    </Cell>
                    <Cell label=t!("Since", "创建于") class="num">
                        <RelativeTime at=row.created_at />
                    </Cell>
                </tr>
            }
        })
        .collect_view();
    view! {
        <DataTable caption=t!("Identity providers", "身份提供商") columns>
            {rows}
        </DataTable>
    }
}

/// How a provider stands, in a sign and a word.
pub(super) fn provider_state(row: &ProviderRow) -> (State, &'static str) {
    match (row.disabled, row.shown) {
        (true, _) => (State::Idle, t!("disabled", "已停用")),
        (false, true) => (State::Serving, t!("in use, shown to all", "使用中，对所有人显示")),
        (false, false) => (State::Serving, t!("in use", "使用中")),
    }
}

/// Whose people sign in by it.
pub(super) fn whose(row: &ProviderRow) -> String {
    row.tenant_name.clone().unwrap_or_else(|| t!("the platform's own", "平台账号").to_owned())
}
