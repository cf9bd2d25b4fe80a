//! One account: who it is, what it may do and why, and what may be done with it.

use leptos::{ev::SubmitEvent, prelude::*};
use leptos_meta::Title;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate, use_query_map},
};

use crate::{
    api::{
        access::{explain_access, list_roles, list_scopes},
        accounts::get_account,
    },
    components::{Fact, Facts, PageHeader, RelativeTime, Section, SkeletonRows, StateBadge},
    load::Load,
    model::{
        AccessQuery, AccountDetail, AccountId, AccountKind, AccountRow, Permission, RoleRow, ScopeChoices, TenantId,
    },
    pages::{
        account_actions::{Danger, EditAccount, NewPassword},
        account_roles::{Explained, GiveRole, RolesOf},
        accounts::account_state,
        address::with_query,
        list::chosen,
        parts::{may, page_to_come, segment, shown},
        pick::{PlaceField, widest},
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
            <Why account=id tenant places />
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

/// What the account may do at the place that the address names, and through which binding.
#[component]
fn Why(account: AccountId, tenant: Option<TenantId>, places: ScopeChoices) -> impl IntoView {
    let query = use_query_map();
    let on = Memo::new(move |_| query.with(|q| chosen(q, "on")));
    let answer = Load::new(
        move || on.get(),
        move |on| async move {
            explain_access(AccessQuery { account: Some(account.to_string()), permission: None, on }).await
        },
    );
    view! {
        <Section title=t!("What it may do, and why", "权限及来源")>
            {(!places.rows.is_empty()).then(|| view! { <Where tenant places on /> })}
            <Transition fallback=|| view! { <SkeletonRows rows=6 columns=3 /> }>
                {move || Suspend::new(async move {
                    shown(answer.await, false, move || answer.refetch(), |answer| view! { <Explained answer /> })
                })}
            </Transition>
        </Section>
    }
}

/// The place that is asked about; it goes into the address, and follows it when somebody goes back.
#[component]
fn Where(tenant: Option<TenantId>, places: ScopeChoices, on: Memo<Option<String>>) -> impl IntoView {
    let query = use_query_map();
    let path = use_location().pathname;
    let navigate = use_navigate();
    let first = widest(&places);
    let place = RwSignal::new(on.get_untracked().unwrap_or_else(|| first.clone()));
    Effect::watch(move || on.get(), move |on, _, _| place.set(on.clone().unwrap_or_else(|| first.clone())), false);
    let ask = move |event: SubmitEvent| {
        event.prevent_default();
        let on = place.get_untracked();
        let href = query.with_untracked(|q| with_query(q, &[("on", &on)]));
        let options = NavigateOptions { scroll: false, ..NavigateOptions::default() };
        navigate(&format!("{}{href}", path.get_untracked()), options);
    };
    view! {
        <form class="filter" method="get" role="search" aria-label=t!("The question", "查询条件") on:submit=ask>
            <PlaceField tenant places bind=place find_id="find-place" />
            <button class="button" type="submit">
                {t!("What may it do there?", "查询权限")}
            </button>
        </form>
    }
}
