//! What the pages share on which links are made: the link that is shown once, and the list of those that were made.

use leptos::{form::ActionForm, prelude::*};
use leptos_router::hooks::use_query_map;

use crate::{
    UiError,
    api::links::{RevokeLink, list_links},
    components::{
        Button, ButtonKind, Cell, Column, Copyable, DataTable, FormErrors, Note, RelativeTime, SkeletonRows, State,
        StateBadge, StateCell,
    },
    load::Load,
    model::{LinkKind, LinkRole, LinkRow, LinkState, MadeLink, Slice, TenantId},
    pages::{
        access::scope_word,
        form::last_error,
        list::Neighbours,
        named::asked_newest,
        parts::{live, shown},
    },
    t, tf,
};

/// The link that an action has made, to be copied now or never.
#[component]
pub fn OneLink(
    /// What the action answered.
    made: Signal<Option<MadeLink>>,
) -> impl IntoView {
    move || {
        made.get().map(|made| {
            let address = Signal::stored(format!("{}{}", origin(), made.path));
            view! {
                <Note state=State::Serving title=t!("The link is made. Copy it now: it is not shown again.", "链接已创建。请立即复制，之后不再显示。")>
                    <p>
                        <Copyable text=address />
                    </p>
                    <p>
                        {t!(
                            "Whoever has it can use it, once, within seven days.",
                            "持有此链接的人可在七天内使用一次。"
                        )}
                    </p>
                </Note>
            }
        })
    }
}

/// The site's own address; the browser knows it, the server may stand behind another one.
fn origin() -> String {
    #[cfg(feature = "hydrate")]
    let origin = window().location().origin().unwrap_or_default();
    #[cfg(not(feature = "hydrate"))]
    let origin = String::new();
    origin
}

/// What of an action's answer is a link that was made.
pub fn made_link(value: MappedSignal<Option<Result<MadeLink, UiError>>>) -> Signal<Option<MadeLink>> {
    Signal::derive(move || value.with(|v| v.as_ref().and_then(|v| v.as_ref().ok().cloned())))
}

/// A button that makes a link: it waits until the page lives, since the link is shown by it and only once.
#[component]
pub fn MakeLink(
    /// Under way.
    busy: Signal<bool>,
    /// How loud.
    #[prop(optional)]
    kind: ButtonKind,
    /// The words.
    children: Children,
) -> impl IntoView {
    let live = live();
    view! {
        <Button kind icon="link" busy disabled=Signal::derive(move || !live.get())>
            {children()}
        </Button>
        <p class="field-hint without-script">{t!("This needs the page's script.", "此操作需要启用页面脚本。")}</p>
    }
}

/// The links of a tenant, or of the platform, newest first.
#[component]
pub fn LinkList(
    /// Whose; one's own tenant's, or the platform's, when there is none.
    tenant: Option<TenantId>,
    /// Changes when a link was made.
    made: Signal<Option<MadeLink>>,
) -> impl IntoView {
    let revoke = ServerAction::<RevokeLink>::new();
    let error = last_error(revoke.value());
    let version = revoke.version();
    let query = use_query_map();
    let ask = Memo::new(move |_| query.with(asked_newest));
    let links = Load::new(
        move || (made.with(|m| m.as_ref().map(|m| m.row.id)), version.get(), ask.get()),
        move |(_, _, ask)| list_links(tenant, ask),
    );
    view! {
        <FormErrors error />
        <Transition fallback=|| view! { <SkeletonRows rows=3 columns=5 /> }>
            {move || Suspend::new(async move {
                shown(
                    links.await,
                    false,
                    move || links.refetch(),
                    move |part| {
                        if part.rows.is_empty() && part.is_whole() {
                            view! {
                                <p class="muted">{t!("No link was made yet.", "还没有创建过链接。")}</p>
                            }
                                .into_any()
                        } else {
                            of_part(part, revoke).into_any()
                        }
                    },
                )
            })}
        </Transition>
    }
}

/// What is in a part, and the way to those beside it. Behind the oldest link there may be none left by now.
fn of_part(part: Slice<LinkRow>, revoke: ServerAction<RevokeLink>) -> impl IntoView {
    let Slice { rows, previous, next } = part;
    let rows = (!rows.is_empty()).then(|| table(rows, revoke));
    view! {
        {rows}
        <Neighbours
            label=t!("Links", "链接")
            previous=(previous, t!("Newer links", "较新的链接"))
            next=(next, t!("Older links", "较早的链接"))
        />
    }
}

fn table(rows: Vec<LinkRow>, revoke: ServerAction<RevokeLink>) -> impl IntoView {
    let columns = vec![
        Column::new(t!("For", "用途")),
        Column::new(t!("State", "状态")),
        Column::new(t!("Made by", "创建者")),
        Column::new(t!("Made", "创建于")),
        Column::new(t!("Ends", "失效于")),
        Column::new(t!("Action", "操作")),
    ];
    let rows = rows
        .into_iter()
        .map(|row| {
            let (state, word) = link_state(row.state);
            let what = what_for(&row);
            let open = row.state == LinkState::Open;
            view! {
                <tr role="row">
                    <th scope="row" role="rowheader">
                        {what}
                        {(!row.note.is_empty()).then(|| view! { <span class="cell-sub">{row.note.clone()}</span> })}
                    </th>
                    <StateCell>
                        <StateBadge state word=word.to_owned() />
                    </StateCell>
                    <Cell label=t!("Made by", "创建者")>{row.actor_name}</Cell>
                    <Cell label=t!("Made", "创建于")>
                        <RelativeTime at=row.created_at />
                    </Cell>
                    <Cell label=t!("Ends", "失效于")>
                        <RelativeTime at=row.expires_at />
                    </Cell>
                    <Cell label="" class="cell-actions">
                        {open
                            .then(|| {
                                view! {
                                    <ActionForm action=revoke>
                                        <input type="hidden" name="id" value=row.id.to_string() />
                                        <Button kind=ButtonKind::Warn small=true>
                                            {t!("Take back", "撤销")}
                                        </Button>
                                    </ActionForm>
                                }
                            })}
                    </Cell>
                </tr>
            }
        })
        .collect_view();
    view! {
        <DataTable caption=t!("Links", "链接") columns>
            {rows}
        </DataTable>
    }
}

/// What a link is for, in a few words.
fn what_for(row: &LinkRow) -> String {
    match (row.kind, &row.username) {
        (LinkKind::Tenant, _) => t!("to register a tenant", "注册租户").to_owned(),
        (LinkKind::Member, _) if row.roles.is_empty() => t!("to join without a role", "加入（无角色）").to_owned(),
        (LinkKind::Member, _) => {
            let roles = row.roles.iter().map(|LinkRole { title, scope, place }| {
                let (role, place) = (title.here(), scope_word(*scope, place));
                tf!("{role} on {place}", "{place}的“{role}”")
            });
            let roles = roles.collect::<Vec<_>>().join("; ");
            tf!("to join as {roles}", "加入并担任：{roles}")
        }
        (LinkKind::Reset, Some(name)) => tf!("new password for {name}", "为 {name} 设置新密码"),
        (LinkKind::Reset, None) => t!("new password", "设置新密码").to_owned(),
    }
}

/// How a link stands, as one of the six states with its word.
fn link_state(state: LinkState) -> (State, &'static str) {
    match state {
        LinkState::Open => (State::Rolling, t!("waits", "待使用")),
        LinkState::Used => (State::Serving, t!("used", "已使用")),
        LinkState::Revoked => (State::Idle, t!("taken back", "已撤销")),
        LinkState::Expired => (State::Idle, t!("expired", "已过期")),
    }
}
