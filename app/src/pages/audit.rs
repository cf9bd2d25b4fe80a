//! The audit trail: who did what to what, from where, with which outcome. What is chosen and where one is in the list
//! stand in the address.

mod entry;
mod words;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{hooks::use_query_map, params::ParamsMap};

pub use self::entry::AuditEntryPage;
use crate::{
    api::audit::list_audit,
    components::{
        Cell, Column, DataTable, Empty, Icon, LinkButton, NameCell, PageHeader, RelativeTime, SkeletonRows, StateBadge,
        StateCell,
    },
    load::Load,
    model::{AuditPage as Entries, AuditQuery, AuditRow},
    pages::{
        address::{encode, with_query},
        list::{Choices, FilterField, FilterLine, Neighbours, chosen},
        parts::{of_platform, shown},
        words as states,
    },
    t, tf,
};

/// Everything that chooses entries, by its key in the address.
const KEYS: [&str; 8] = ["q", "actor", "action", "object", "outcome", "tenant", "since", "until"];

/// What the address asks for.
fn asked(query: &ParamsMap) -> AuditQuery {
    let of = |key| chosen(query, key);
    AuditQuery {
        q: of("q"),
        actor: of("actor"),
        action: of("action"),
        object: of("object"),
        outcome: of("outcome"),
        tenant: of("tenant"),
        since: of("since"),
        until: of("until"),
        cursor: of("cursor"),
        limit: of("limit"),
    }
}

/// The list with one thing chosen.
fn with(key: &str, value: &str) -> String {
    format!("/audit?{key}={}", encode(value))
}

/// The address of the export of what is chosen.
fn export(query: &ParamsMap, format: &str) -> String {
    let chosen = KEYS.iter().filter_map(|key| Some(format!("&{key}={}", encode(&chosen(query, key)?))));
    format!("/api/v1/audit/export?format={format}{}", chosen.collect::<String>())
}

/// The audit trail.
#[component]
pub fn AuditPage() -> impl IntoView {
    let query = use_query_map();
    let ask = Memo::new(move |_| query.with(asked));
    let entries = Load::new(
        move || ask.get(),
        |ask| async move {
            let page = list_audit(ask.clone()).await;
            (ask, page)
        },
    );
    let outcomes =
        vec![("ok", t!("Done", "成功")), ("refused", t!("Refused", "被拒绝")), ("failed", t!("Failed", "失败"))];
    let times = vec![
        ("1h", t!("Last hour", "近 1 小时")),
        ("24h", t!("24 hours", "近 24 小时")),
        ("7d", t!("7 days", "近 7 天")),
        ("30d", t!("30 days", "近 30 天")),
    ];
    view! {
        <Title text=t!("Audit", "审计") />
        <div class="page">
            <PageHeader title=t!("Audit", "审计") />
            <FilterLine
                label=t!("Filter the entries", "筛选记录")
                keep=&["actor", "action", "object", "outcome", "tenant", "since", "until"]
            >
                <FilterField name="q" label=t!("Account, action, object or detail", "账号、操作、对象或详情") search=true />
                <Choices name="outcome" label=t!("Outcome", "结果") choices=outcomes />
                <Choices name="since" label=t!("Time", "时间") choices=times />
                <Held />
            </FilterLine>
            <Range />
            <Transition fallback=|| view! { <SkeletonRows columns=5 /> }>
                {move || Suspend::new(async move {
                    let (ask, page) = entries.await;
                    let filtered = ask.is_filtered();
                    shown(page, false, move || entries.refetch(), move |page| view! { <Rows page filtered /> })
                })}
            </Transition>
        </div>
    }
}

/// What is chosen by links in the list, each with the way to take it away.
#[component]
fn Held() -> impl IntoView {
    let query = use_query_map();
    let chip = move |key: &'static str, label: &'static str| {
        let value = Memo::new(move |_| query.with(|q| chosen(q, key)));
        move || {
            value.get().map(|value| {
                let value = match key {
                    "action" => words::action(&value),
                    // An id says nothing; that there is one tenant does.
                    "tenant" => String::new(),
                    _ => value,
                };
                view! {
                    <a class="chip" aria-current="true" href=move || query.with(|q| with_query(q, &[(key, "")]))>
                        {label}
                        " "
                        {value}
                        <Icon name="x" />
                    </a>
                }
            })
        }
    };
    view! {
        {chip("actor", t!("by", "操作人"))}
        {chip("action", t!("action", "操作"))}
        {chip("object", t!("object", "对象"))}
        {of_platform().then(|| chip("tenant", t!("one tenant", "单个租户")))}
        {chip("until", t!("until", "截至"))}
    }
}

/// A range of days: a form of its own, which works before any script has come.
#[component]
fn Range() -> impl IntoView {
    let query = use_query_map();
    let of = |query: &ParamsMap, key| chosen(query, key).filter(|value| value.len() == 10);
    let first = move |key: &'static str| query.with_untracked(|q| of(q, key));
    // Somebody may have gone elsewhere in the list since.
    let now = move |key: &'static str| query.with(|q| of(q, key)).unwrap_or_default();
    let kept = KEYS
        .iter()
        .filter(|key| !["since", "until"].contains(key))
        .map(|key| {
            let value = Memo::new(move |_| query.with(|q| chosen(q, key)));
            move || value.get().map(|value| view! { <input type="hidden" name=*key value=value /> })
        })
        .collect_view();
    let open = first("since").is_some() || first("until").is_some();
    let day = move |name: &'static str, label: &'static str| {
        view! {
            <input
                class="input"
                type="date"
                name=name
                aria-label=label
                value=first(name)
                prop:value=move || now(name)
            />
        }
    };
    view! {
        <details open=open>
            <summary>{t!("Days (UTC)", "日期范围（UTC）")}</summary>
            <form class="filter" method="get" action="/audit" aria-label=t!("Days", "日期范围")>
                {day("since", t!("First day", "开始日期"))}
                <span aria-hidden="true">"–"</span>
                {day("until", t!("Last day", "结束日期"))}
                {kept}
                <button type="submit" class="button">
                    {t!("Show", "查看")}
                </button>
            </form>
        </details>
    }
}

#[component]
fn Rows(page: Entries, filtered: bool) -> impl IntoView {
    let Entries { rows, previous, next, searched_to } = page;
    if rows.is_empty() && next.is_none() && previous.is_none() {
        return view! {
            <Empty
                icon="scroll-text"
                title=if filtered { t!("No entry matches", "没有匹配的记录") } else { t!("No entries yet", "还没有记录") }
                text=t!(
                    "Every change leaves an entry here, also one that was refused.",
                    "每次更改都会在此留下记录，包括被拒绝的尝试。",
                )
            >
                {filtered.then(|| view! { <LinkButton href="/audit">{t!("Show all", "显示全部")}</LinkButton> })}
            </Empty>
        }
        .into_any();
    }
    let platform = of_platform();
    let mut columns = vec![
        Column::new(t!("Action", "操作")),
        Column::new(t!("Outcome", "结果")),
        Column::new(t!("By", "操作人")),
        Column::new(t!("When", "时间")),
    ];
    if platform {
        columns.push(Column::new(t!("Tenant", "租户")).class("col-mid"));
    }
    columns.push(Column::new(t!("Details", "详情")));
    columns.push(Column::new(t!("From", "来源")).class("col-low"));
    let table = (!rows.is_empty()).then(|| {
        view! {
            <DataTable caption=t!("Audit trail", "审计记录") columns>
                {rows.into_iter().map(|row| view! { <Row row platform /> }).collect_view()}
            </DataTable>
        }
    });
    view! {
        {table}
        <Foot previous next searched_to />
    }
    .into_any()
}

#[component]
fn Row(row: AuditRow, platform: bool) -> impl IntoView {
    let query = use_query_map();
    // Adds to what is chosen already.
    let choose = move |key: &'static str, value: String| move || query.with(|q| with_query(q, &[(key, &value)]));
    let acting = match row.token {
        Some(token) => Some(tf!("with the token {token}", "使用令牌 {token}")),
        None => words::acting(row.acting).map(ToOwned::to_owned),
    };
    let tenant = platform.then(|| {
        let link = row.tenant.map(|id| {
            let name = row.tenant_name.unwrap_or_else(|| "—".to_owned());
            view! { <a href=choose("tenant", id.to_string())>{name}</a> }
        });
        view! { <Cell label=t!("Tenant", "租户") class="col-mid">{link}</Cell> }
    });
    let name = row.actor_name;
    let who = (!name.is_empty()).then(|| view! { <a href=choose("actor", name.clone())>{name.clone()}</a> });
    view! {
        <tr role="row" data-key=row.sequence.to_string()>
            <NameCell href=format!("/audit/{}", row.sequence)>
                <span class="words">{words::action(&row.action)}</span>
                <span class="cell-sub">{row.object}</span>
            </NameCell>
            <StateCell>
                <StateBadge state=states::outcome_mark(row.outcome) word=states::outcome(row.outcome).to_owned() />
            </StateCell>
            <Cell label=t!("By", "操作人")>
                {who} {acting.map(|acting| view! { <span class="cell-sub">{acting}</span> })}
            </Cell>
            <Cell label=t!("When", "时间")>
                <RelativeTime at=row.at />
            </Cell>
            {tenant}
            <Cell label=t!("Details", "详情") class="cell-wide">{some(row.detail)}</Cell>
            <Cell label=t!("From", "来源") class="col-low">
                {some(row.address).map(|address| view! { <code>{address}</code> })}
            </Cell>
        </tr>
    }
}

/// Nothing in the place of an empty text, so that a card leaves its label out.
fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// The way to newer and older entries, and out of here as a file.
#[component]
fn Foot(previous: Option<String>, next: Option<String>, searched_to: Option<u64>) -> impl IntoView {
    let query = use_query_map();
    let download = move |format: &'static str, label: &'static str| {
        view! {
            <a class="button button-small" download href=move || query.with(|q| export(q, format))>
                <Icon name="download" />
                {label}
            </a>
        }
    };
    let note = searched_to.map(|n| {
        tf!("Searched back to entry {n}; the older ones come next.", "已搜索至记录 {n}，更早的记录请继续向后查看。")
    });
    view! {
        <Neighbours
            label=t!("Pages of entries", "记录分页")
            previous=(previous, t!("Newer entries", "较新的记录"))
            next=(next, t!("Older entries", "较早的记录"))
            note
        />
        <div class="row">
            {download("csv", t!("Export as CSV", "导出 CSV"))} {download("json", t!("Export as JSON", "导出 JSON"))}
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_is_of_what_is_chosen_wherever_one_is_in_the_list() {
        let query: ParamsMap = [("q", "a&b"), ("outcome", "ok"), ("cursor", "older-7"), ("x", "y")]
            .map(|(k, v)| (k, v.to_owned()))
            .into_iter()
            .collect();
        assert_eq!(export(&query, "csv"), "/api/v1/audit/export?format=csv&q=a%26b&outcome=ok");
    }

    #[test]
    fn every_key_of_the_address_chooses() {
        for key in KEYS {
            let query: ParamsMap = [(key, "x".to_owned())].into_iter().collect();
            assert!(asked(&query).is_filtered(), "{key}");
        }
        assert!(!asked(&[("cursor", "older-7".to_owned())].into_iter().collect()).is_filtered());
    }
}
