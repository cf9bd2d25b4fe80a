//! One account: who it is, what it may do and why, and what may be done with it.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api::{
        access::{list_roles, list_scopes},
        accounts::get_account,
    },
    components::{Fact, Facts, PageHeader, RelativeTime, Section, StateBadge},
    load::Load,
    model::{AccountDetail, AccountId, AccountKind, AccountRow, Permission, RoleRow, ScopeChoices},
    pages::{
        account_actions::{Danger, EditAccount, NewPassword},
        account_roles::{GiveRole, RolesOf},
        accounts::account_state,
        explanation::Explanation,
        parts::{may, page_to_come, segment, shown},
        pick::PlacesOf,
        tokens::Tokens,
    },
    t,
};

/// What may be given, nothing when whoever looks gives no roles, and the places where it may be given or asked about.
type Choices = (Vec<RoleRow>, ScopeChoices);

/// One account.
#[component]
pub fn AccountPage() -> impl IntoView {
    let id = segment::<AccountId>("id");
    let asks = may(Permission::AccountRead);
    let account = Load::new(
        move || id.get(),
        move |id| async move {
            let detail = get_account(id?).await?;
            let choices: Choices = if detail.may.bind {
                (list_roles(detail.tenant).await?, list_scopes(detail.tenant, None).await?)
            } else if asks {
                // Without the places, what it may do is asked about the widest alone.
                (Vec::new(), list_scopes(detail.tenant, None).await.unwrap_or_default())
            } else {
                Choices::default()
            };
            Ok((detail, choices))
        },
    );
    let changed = Callback::new(move |()| account.refetch());
    view! {
        <Transition fallback=page_to_come>
            {move || Suspend::new(async move {
                shown(
                    account.await,
                    true,
                    move || account.refetch(),
                    move |(detail, choices)| view! { <Account detail choices changed /> },
                )
            })}
        </Transition>
    }
}

#[component]
fn Account(detail: AccountDetail, choices: Choices, changed: Callback<()>) -> impl IntoView {
    let AccountDetail { row, bindings, may, tenant } = detail;
    let id = row.id;
    let title = row.display_name.clone();
    let (state, word) = account_state(&row);
    let (roles, scopes) = choices;
    let places = scopes.clone();
    view! {
        <Title text=title.clone() />
        <div class="page">
            <PageHeader
                title
                facts=move || {
                    view! {
                        <StateBadge state word=word.to_owned() />
                    }
                }
            />
            <About row=row.clone() />
            <Section title=t!("Roles", "角色")>
                <RolesOf account=id bindings takes=may.bind changed />
                {may.bind.then(|| view! { <GiveRole account=id tenant roles scopes changed /> })}
            </Section>
            <Explanation account=id of=PlacesOf::Tenant(tenant) places />
            {may.tokens.then(|| view! { <Tokens account=id /> })}
            {may.manage.then(|| view! { <EditAccount row=row.clone() changed /> })}
            {(may.let_in && row.kind == AccountKind::Person).then(|| view! { <NewPassword row=row.clone() tenant /> })}
            <Danger row may tenant changed />
        </div>
    }
}

#[component]
fn About(row: AccountRow) -> impl IntoView {
    let service = row.kind == AccountKind::Service;
    let last = match row.last_sign_in {
        Some(at) => view! { <RelativeTime at /> }.into_any(),
        None => view! { <span class="muted">{t!("never", "从未")}</span> }.into_any(),
    };
    view! {
        <Facts>
            <Fact name=t!("User name", "用户名")>
                <span class="mono">{row.username}</span>
            </Fact>
            {(!row.email.is_empty()).then(|| view! { <Fact name=t!("E-mail", "邮箱")>{row.email}</Fact> })}
            {(!service).then(|| view! { <Fact name=t!("Last sign-in", "最近登录")>{last}</Fact> })}
            <Fact name=t!("Since", "创建于")>
                <RelativeTime at=row.created_at />
            </Fact>
        </Facts>
    }
}
