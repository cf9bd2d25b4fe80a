//! The roles: what the built-in ones allow, and those of the tenant.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api::access::list_roles,
    components::{ButtonKind, Cell, Column, DataTable, LinkButton, PageHeader, Section, SkeletonRows},
    load::Load,
    model::{Permission, RoleRef, RoleRow, Viewer},
    pages::{
        accounts::AccountTabs,
        parts::{may, shown},
        words::allows,
    },
    t, tf,
};

/// The roles that can be given.
#[component]
pub fn RolesPage() -> impl IntoView {
    let roles = Load::new(|| (), |()| list_roles(None));
    let makes = expect_context::<Viewer>().tenant.is_some() && may(Permission::AccessManage);
    view! {
        <Title text=t!("Roles", "角色") />
        <div class="page">
            <PageHeader
                title=t!("Roles", "角色")
                actions=move || {
                    makes
                        .then(|| {
                            view! {
                                <LinkButton kind=ButtonKind::Primary icon="plus" href="/roles/new">
                                    {t!("Make a role", "新建角色")}
                                </LinkButton>
                            }
                        })
                }
            />
            <AccountTabs current="roles" />
            <Transition fallback=|| view! { <SkeletonRows rows=6 columns=3 /> }>
                {move || Suspend::new(async move {
                    shown(roles.await, false, move || roles.refetch(), |rows| view! { <Roles rows /> })
                })}
            </Transition>
        </div>
    }
}

/// How often a role is given.
pub fn given(times: u64) -> String {
    match times {
        0 => t!("given to nobody", "尚未授予").to_owned(),
        1 => t!("given once", "已授予 1 次").to_owned(),
        times => tf!("given {times} times", "已授予 {times} 次"),
    }
}

#[component]
fn Roles(rows: Vec<RoleRow>) -> impl IntoView {
    let columns = vec![
        Column::new(t!("Role", "角色")),
        Column::new(t!("What it is for", "用途")),
        Column::new(t!("Permissions", "权限")).number(),
    ];
    let matrix = permission_table(&rows);
    let list = rows
        .into_iter()
        .map(|row| {
            let title = row.title.here();
            let name = match row.role {
                RoleRef::Custom(id) => view! { <a href=format!("/roles/{id}")>{title}</a> }.into_any(),
                RoleRef::BuiltIn(_) => view! { {title} }.into_any(),
            };
            let kind = match row.role {
                RoleRef::Custom(_) => {
                    let given = given(row.bindings);
                    tf!("own, {given}", "自定义，{given}")
                }
                RoleRef::BuiltIn(_) => t!("built in", "内置").to_owned(),
            };
            view! {
                <tr role="row">
                    <th scope="row" role="rowheader">
                        {name}
                        <span class="cell-sub">{kind}</span>
                    </th>
                    <Cell label=t!("What it is for", "用途") class="cell-wide">{row.about.here()}</Cell>
                    <Cell label=t!("Permissions", "权限") class="num">{row.permissions.iter().count()}</Cell>
                </tr>
            }
        })
        .collect_view();
    view! {
        <DataTable caption=t!("Roles", "角色") columns>
            {list}
        </DataTable>
        <Section title=t!("What they allow", "权限一览")>{matrix}</Section>
    }
}

/// Each permission with the roles that have it.
fn permission_table(rows: &[RoleRow]) -> impl IntoView + use<> {
    let columns =
        vec![Column::new(t!("Permission", "权限")), Column::new(t!("Roles that have it", "拥有该权限的角色"))];
    let list = Permission::ALL
        .into_iter()
        .filter_map(|permission| {
            let having: Vec<String> =
                rows.iter().filter(|r| r.permissions.has(permission)).map(|r| r.title.here()).collect();
            (!having.is_empty()).then(|| {
                view! {
                    <tr role="row">
                        <th scope="row" role="rowheader">
                            <code>{permission.as_str()}</code>
                            <span class="cell-sub">{allows(permission)}</span>
                        </th>
                        <Cell label=t!("Roles that have it", "拥有该权限的角色") class="cell-wide">{having.join(", ")}</Cell>
                    </tr>
                }
            })
        })
        .collect_view();
    view! {
        <DataTable caption=t!("What they allow", "权限一览") columns dense=true>
            {list}
        </DataTable>
    }
}
