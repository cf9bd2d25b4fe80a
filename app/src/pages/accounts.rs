//! The people of one's own tenant.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api::accounts::list_accounts,
    components::{ButtonKind, Cell, Column, DataTable, LinkButton, PageHeader, RelativeTime, SkeletonRows},
    load::Load,
    model::{AccountRow, Permission, Viewer},
    pages::failure::Failure,
    t,
};

/// The accounts of one's own tenant.
#[component]
pub fn AccountsPage() -> impl IntoView {
    let accounts = Load::new(|| (), |()| list_accounts(None));
    let manages = expect_context::<Viewer>().may(Permission::AccountManage);
    view! {
        <Title text=t!("Accounts", "账号") />
        <div class="page">
            <PageHeader
                title=t!("Accounts", "账号").to_owned()
                actions=move || {
                    manages
                        .then(|| {
                            view! {
                                <LinkButton
                                    kind=ButtonKind::Primary
                                    icon="user-plus"
                                    href="/accounts/new".to_owned()
                                >
                                    {t!("Add an account", "添加账号")}
                                </LinkButton>
                            }
                        })
                }
            />
            <Transition fallback=|| view! { <SkeletonRows rows=4 columns=4 /> }>
                {move || Suspend::new(async move {
                    match accounts.await {
                        Ok(rows) => account_table(rows).into_any(),
                        Err(error) => view! { <Failure error retry=move |()| accounts.refetch() /> }.into_any(),
                    }
                })}
            </Transition>
        </div>
    }
}

/// People, their roles, and when they were last here.
pub fn account_table(rows: Vec<AccountRow>) -> impl IntoView {
    let columns = vec![
        Column::new(t!("User name", "用户名")),
        Column::new(t!("Role", "角色")),
        Column::new(t!("Last sign-in", "最近登录")),
        Column::new(t!("Since", "创建于")).class("num"),
    ];
    let rows = rows
        .into_iter()
        .map(|row| {
            let last = match row.last_sign_in {
                Some(at) => view! { <RelativeTime at /> }.into_any(),
                None => view! { <span class="muted">{t!("never", "从未")}</span> }.into_any(),
            };
            view! {
                <tr role="row">
                    <th scope="row" role="rowheader">
                        <span class="mono">{row.username}</span>
                        <span class="cell-sub">{row.display_name}</span>
                    </th>
                    <Cell label=t!("Role", "角色")>{row.role.title().here()}</Cell>
                    <Cell label=t!("Last sign-in", "最近登录")>{last}</Cell>
                    <Cell label=t!("Since", "创建于") class="num">
                        <RelativeTime at=row.created_at />
                    </Cell>
                </tr>
            }
        })
        .collect_view();
    view! {
        <DataTable caption=t!("Accounts", "账号") columns>
            {rows}
        </DataTable>
    }
}
