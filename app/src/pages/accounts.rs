//! The people of one's own tenant, or of the platform.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api::accounts::list_accounts,
    components::{
        ButtonKind, Cell, Column, DataTable, LinkButton, PageHeader, RelativeTime, State, StateBadge, StateCell, Tab,
        Tabs,
    },
    i18n::Text,
    model::{AccountKind, AccountRow, Permission, Viewer},
    pages::{named::NamedList, second_factor_cell::SecondFactorCell},
    t,
};

/// The accounts of one's own tenant.
#[component]
pub fn AccountsPage() -> impl IntoView {
    let viewer = expect_context::<Viewer>();
    let (manages, makes) = (viewer.may(Permission::AccountManage), viewer.may(Permission::TokenManage));
    view! {
        <Title text=t!("Accounts", "账号") />
        <div class="page">
            <PageHeader
                title=t!("Accounts", "账号").to_owned()
                actions=move || {
                    let service = makes
                        .then(|| {
                            view! {
                                <LinkButton icon="plus" href="/accounts/new-service".to_owned()>
                                    {t!("Make a service account", "创建服务账号")}
                                </LinkButton>
                            }
                        });
                    let person = manages
                        .then(|| {
                            view! {
                                <LinkButton
                                    kind=ButtonKind::Primary
                                    icon="user-plus"
                                    href="/accounts/new".to_owned()
                                >
                                    {t!("Add an account", "添加账号")}
                                </LinkButton>
                                <LinkButton icon="link" href="/accounts/invite".to_owned()>
                                    {t!("Invite", "邀请")}
                                </LinkButton>
                            }
                        });
                    (person, service)
                }
            />
            <AccountTabs current="accounts" />
            <NamedList label=t!("Accounts", "账号") fetch=|ask| list_accounts(None, ask) rows=account_table empty=nobody columns=6 />
        </div>
    }
}

/// The pages about people and their rights.
#[component]
pub fn AccountTabs(
    /// The key of the one that is shown.
    current: &'static str,
) -> impl IntoView {
    let tabs = vec![
        Tab::new("accounts", t!("Accounts", "账号"), "/accounts"),
        Tab::new("roles", t!("Roles", "角色"), "/roles"),
        Tab::new("access", t!("Who may what", "权限查询"), "/access"),
    ];
    view! { <Tabs label=t!("Accounts and rights", "账号与权限") tabs current=Signal::stored(current.to_owned()) /> }
}

/// The names of some roles in a line.
pub fn role_names(roles: &[Text]) -> String {
    if roles.is_empty() {
        return t!("no role", "无角色").to_owned();
    }
    roles.iter().map(Text::here).collect::<Vec<_>>().join(", ")
}

/// Somebody is always there.
pub fn nobody() {}

/// People, their roles, and when they were last here.
pub fn account_table(rows: Vec<AccountRow>) -> impl IntoView {
    let columns = vec![
        Column::new(t!("User name", "用户名")),
        Column::new(t!("State", "状态")),
        Column::new(t!("Roles", "角色")),
        Column::new(t!("Second factor", "两步验证")),
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
            let (state, word) = account_state(&row);
            let factor = view! { <SecondFactorCell row=row.clone() /> };
            view! {
                <tr role="row">
                    <th scope="row" role="rowheader">
                        <a class="mono" href=format!("/accounts/{}", row.id)>{row.username}</a>
                        <span class="cell-sub">{row.display_name}</span>
                    </th>
                    <StateCell>
                        <StateBadge state word=word.to_owned() />
                    </StateCell>
                    <Cell label=t!("Roles", "角色")>{role_names(&row.roles)}</Cell>
                    <Cell label=t!("Second factor", "两步验证")>{factor}</Cell>
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

/// How an account stands, as one of the six states with its word.
pub fn account_state(row: &AccountRow) -> (State, &'static str) {
    match row {
        AccountRow { disabled_at: Some(_), .. } => (State::Idle, t!("disabled", "已停用")),
        AccountRow { kind: AccountKind::Service, .. } => (State::Serving, t!("service account", "服务账号")),
        AccountRow { main: true, .. } => (State::Serving, t!("main account", "主账号")),
        _ => (State::Serving, t!("active", "正常")),
    }
}
