//! What an account may do somewhere, and through which of its roles: the place is in the address, and the answer below it.

use leptos::{ev::SubmitEvent, prelude::*};
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate, use_query_map},
};

use crate::{
    api::access::explain_access,
    components::{Cell, Column, DataTable, Section, SkeletonRows},
    load::Load,
    model::{self, AccessAnswer, AccessQuery, AccountId, Level, Scope, ScopeChoices},
    pages::{
        access::{scope_word, through_words},
        address::with_query,
        list::chosen,
        parts::shown,
        pick::{PlaceField, PlacesOf, widest},
        words::allows,
    },
    t, tf,
};

/// What the account may do at the place that the address names, and through which binding.
#[component]
pub fn Explanation(
    /// Whose rights.
    account: AccountId,
    /// Where one may be asked about: one's own places when the account is one's own.
    of: PlacesOf,
    /// The first of those places; the widest of them is asked about unless the address names another.
    places: ScopeChoices,
) -> impl IntoView {
    let own = of == PlacesOf::Oneself;
    let query = use_query_map();
    let on = Memo::new(move |_| query.with(|q| chosen(q, "on")));
    let first = places.rows.first().map(|place| place.scope.to_string());
    let answer = Load::new(
        move || on.get().or_else(|| first.clone()),
        move |on| async move {
            explain_access(AccessQuery { account: Some(account.to_string()), permission: None, on }).await
        },
    );
    let title = if own {
        t!("What you may do, and why", "权限及来源")
    } else {
        t!("What it may do, and why", "权限及来源")
    };
    view! {
        <Section title>
            {(!places.rows.is_empty()).then(|| view! { <Where of places on /> })}
            <Transition fallback=|| view! { <SkeletonRows rows=6 columns=3 /> }>
                {move || Suspend::new(async move {
                    shown(answer.await, false, move || answer.refetch(), move |answer| view! { <Answered answer own /> })
                })}
            </Transition>
        </Section>
    }
}

/// The place that is asked about; it goes into the address, and follows it when somebody goes back.
#[component]
fn Where(of: PlacesOf, places: ScopeChoices, on: Memo<Option<String>>) -> impl IntoView {
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
    let words = match of {
        PlacesOf::Oneself => t!("What may you do there?", "查询权限"),
        PlacesOf::Tenant(_) => t!("What may it do there?", "查询权限"),
    };
    view! {
        <form class="filter" method="get" role="search" aria-label=t!("The question", "查询条件") on:submit=ask>
            <PlaceField of places bind=place find_id="find-place" />
            <button class="button" type="submit">
                {words}
            </button>
        </form>
    }
}

/// Every permission, whether it is allowed, and through which roles.
#[component]
fn Answered(answer: AccessAnswer, own: bool) -> impl IntoView {
    let on = match answer.on {
        Scope::Platform => t!("on the platform", "平台").to_owned(),
        scope => scope_word(scope, &answer.place),
    };
    // What nobody can have there is no news.
    let platform = answer.on == Scope::Platform;
    let asked =
        answer.permissions.into_iter().filter(|e| e.allowed || platform || e.permission.level() == Level::Tenant);
    let (may, not): (Vec<_>, Vec<_>) = asked.partition(|e| e.allowed);
    view! {
        <p class="muted">{tf!("Asked for: {on}", "查询范围：{on}")}</p>
        {allowed(may, own)}
        {(!not.is_empty()).then(|| refused(not, own))}
    }
}

/// What is allowed, each with the roles that allow it.
fn allowed(may: Vec<model::Explanation>, own: bool) -> AnyView {
    if may.is_empty() {
        let words = if own {
            t!("You may do nothing there.", "在此范围内没有任何权限。")
        } else {
            t!("It may do nothing there.", "在此范围内没有任何权限。")
        };
        return view! { <p>{words}</p> }.into_any();
    }
    let columns = vec![Column::new(t!("Permission", "权限")), Column::new(t!("Through", "来源"))];
    let rows = may.into_iter().map(|model::Explanation { permission, through, .. }| {
        view! {
            <tr role="row">
                <th scope="row" role="rowheader">
                    <code>{permission.as_str()}</code>
                    <span class="cell-sub">{allows(permission)}</span>
                </th>
                <Cell label=t!("Through", "来源")>{through_words(&through)}</Cell>
            </tr>
        }
    });
    let rows = rows.collect_view();
    let caption = if own { t!("What you may do", "权限") } else { t!("What it may do", "权限") };
    view! {
        <DataTable caption columns dense=true>
            {rows}
        </DataTable>
    }
    .into_any()
}

/// What is not, folded.
fn refused(not: Vec<model::Explanation>, own: bool) -> impl IntoView {
    let count = not.len();
    let items = not.into_iter().map(|model::Explanation { permission, .. }| {
        view! {
            <li>
                <code>{permission.as_str()}</code>
                " "
                <span class="muted">{allows(permission)}</span>
            </li>
        }
    });
    let summary = if own {
        tf!("What you may not do: {count}", "没有的权限：{count} 项")
    } else {
        tf!("What it may not do: {count}", "没有的权限：{count} 项")
    };
    view! {
        <details>
            <summary>{summary}</summary>
            <ul class="tiles">{items.collect_view()}</ul>
        </details>
    }
}
