//! One entry of the audit trail: who did what, from where, and what changed by it.

use leptos::prelude::*;
use leptos_meta::Title;

use super::{with, words as actions};
use crate::{
    api::audit::get_audit,
    components::{Copyable, DiffView, Fact, Facts, LinkButton, PageHeader, RelativeTime, Section, StateBadge},
    load::Load,
    model::{AuditDetail, DiffLine},
    pages::{
        parts::{page_to_come, segment, shown},
        words,
    },
    t, tf,
};

/// One entry.
#[component]
pub fn AuditEntryPage() -> impl IntoView {
    let sequence = segment::<u64>("sequence");
    let entry = Load::new(move || sequence.get(), |sequence| async move { get_audit(sequence?).await });
    view! {
        <Transition fallback=page_to_come>
            {move || Suspend::new(async move {
                shown(entry.await, true, move || entry.refetch(), |entry| view! { <Whole entry /> })
            })}
        </Transition>
    }
}

#[component]
fn Whole(entry: AuditDetail) -> impl IntoView {
    let AuditDetail { row, changes, hash } = entry;
    let n = row.sequence;
    let title = tf!("Entry {n}: {}", "记录 {n}：{}", actions::action(&row.action));
    let (outcome, at) = (row.outcome, row.at);
    let acting = match (&row.token, actions::acting(row.acting)) {
        (Some(token), _) => Some(tf!("with the token {token}", "使用令牌 {token}")),
        (None, acting) => acting.map(ToOwned::to_owned),
    };
    let name = row.actor_name.clone();
    let who = (!name.is_empty()).then(|| view! { <a href=with("actor", &name)>{name.clone()}</a> });
    let tenant = row.tenant.map(|id| {
        let name = row.tenant_name.clone();
        view! {
            <Fact name=t!("Tenant", "租户")>
                {match name {
                    Some(name) => view! { <a href=with("tenant", &id.to_string())>{name}</a> }.into_any(),
                    None => view! { <code>{id.to_string()}</code> }.into_any(),
                }}
            </Fact>
        }
    });
    let optional = |name: &'static str, value: String| (!value.is_empty()).then(|| view! { <Fact name>{value}</Fact> });
    view! {
        <Title text=title.clone() />
        <div class="page">
            <PageHeader
                title
                state=move || {
                    view! {
                        <StateBadge state=words::outcome_mark(outcome) word=words::outcome(outcome).to_owned() />
                    }
                }
                since=move || view! { <RelativeTime at /> }
                actions=|| view! { <LinkButton href="/audit">{t!("All entries", "全部记录")}</LinkButton> }
            />
            <Section title=t!("What was done", "操作内容")>
                <Facts>
                    <Fact name=t!("Action", "操作")>
                        <a href=with("action", &row.action)>
                            <code>{row.action.clone()}</code>
                        </a>
                    </Fact>
                    <Fact name=t!("Object", "对象")>
                        <a href=with("object", &row.object)>{row.object.clone()}</a>
                    </Fact>
                    <Fact name=t!("By", "操作人")>
                        {who} " " {acting.map(|acting| view! { <span class="muted">{acting}</span> })}
                    </Fact>
                    {tenant}
                    {optional(t!("Details", "详情"), row.detail.clone())}
                    {optional(t!("From", "来源"), row.address.clone())}
                    <Fact name=t!("Request", "请求编号")>
                        {if row.request_id.is_empty() {
                            "—".into_any()
                        } else {
                            view! { <Copyable text=row.request_id.clone() /> }.into_any()
                        }}
                    </Fact>
                    <Fact name=t!("Hash", "哈希")>
                        <Copyable text=hash />
                    </Fact>
                </Facts>
            </Section>
            {(!changes.is_empty()).then(|| view! { <Changes lines=changes /> })}
        </div>
    }
}

#[component]
fn Changes(lines: Vec<DiffLine>) -> impl IntoView {
    view! {
        <Section title=t!("What changed", "变更内容")>
            <DiffView left=t!("Before", "变更前") right=t!("After", "变更后") lines />
        </Section>
    }
}
