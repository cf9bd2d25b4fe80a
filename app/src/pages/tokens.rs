//! Tokens: one's own on a page of their own, a service account's on its page. Both stand in the room of administration,
//! so that their code is in one piece.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    api::tokens::{RevokeToken, list_token_choices, list_tokens},
    components::{Cell, Column, DataTable, FormErrors, PageHeader, RelativeTime, Section, SkeletonRows},
    load::Load,
    model::{AccountId, Permission, Scope, ScopeChoice, Slice, TokenChoices, TokenRow},
    pages::{
        access::scope_word,
        form::{last_error, when_done},
        list::Neighbours,
        named::asked,
        parts::shown,
        token_new::{NewTokenForm, provide_creation},
    },
    t, tf,
};

/// One's own tokens.
#[component]
pub fn TokensPage() -> impl IntoView {
    view! {
        <Title text=t!("Tokens", "令牌") />
        <div class="page">
            <PageHeader title=t!("Tokens", "令牌") />
            <p class="page-lead">
                {t!(
                    "A script that sends a token acts as you: it may do what you may do at that moment, and of that only what the token is for.",
                    "携带令牌的脚本以您的身份操作：权限不超过您当时的权限，也不超过令牌自身的范围。"
                )}
            </p>
            <Tokens />
        </div>
    }
}

/// The tokens of an account, and making one.
#[component]
pub fn Tokens(
    /// A service account; one's own without it.
    #[prop(optional)]
    account: Option<AccountId>,
) -> impl IntoView {
    provide_creation();
    let query = use_query_map();
    let ask = Memo::new(move |_| query.with(asked));
    let tokens = Load::new(
        move || ask.get(),
        move |ask| async move { Ok((list_tokens(account, ask).await?, list_token_choices(account, None).await?)) },
    );
    let changed = Callback::new(move |()| tokens.refetch());
    view! {
        <Section title=t!("Tokens", "令牌")>
            <Transition fallback=|| view! { <SkeletonRows rows=2 columns=4 /> }>
                {move || Suspend::new(async move {
                    shown(
                        tokens.await,
                        false,
                        move || tokens.refetch(),
                        move |(part, choices): (Slice<TokenRow>, TokenChoices)| {
                            view! { <TokensOf part places=choices.places changed /> }
                        },
                    )
                })}
            </Transition>
        </Section>
        <Section title=t!("Make a token", "创建令牌")>
            <Transition fallback=|| view! { <SkeletonRows rows=4 columns=2 /> }>
                {move || Suspend::new(async move {
                    // What went wrong is said above.
                    let choices = tokens.await.ok()?.1;
                    Some(view! { <NewTokenForm account choices changed /> })
                })}
            </Transition>
        </Section>
    }
}

/// The tokens there are.
#[component]
fn TokensOf(part: Slice<TokenRow>, places: Vec<ScopeChoice>, changed: Callback<()>) -> impl IntoView {
    let revoke = ServerAction::<RevokeToken>::new();
    let error = last_error(revoke.value());
    when_done(revoke.value(), changed);
    if part.rows.is_empty() && part.is_whole() {
        return view! { <p class="muted">{t!("There is no token.", "没有令牌。")}</p> }.into_any();
    }
    let Slice { rows, previous, next } = part;
    // Behind the last name there may be none left by now.
    let rows = (!rows.is_empty()).then(|| table(rows, &places, revoke));
    view! {
        <FormErrors error />
        {rows}
        <Neighbours
            label=t!("Tokens", "令牌")
            previous=(previous, t!("Previous part", "上一页"))
            next=(next, t!("Next part", "下一页"))
        />
    }
    .into_any()
}

fn table(rows: Vec<TokenRow>, places: &[ScopeChoice], revoke: ServerAction<RevokeToken>) -> AnyView {
    let columns = vec![
        Column::new(t!("Name", "名称")),
        Column::new(t!("May", "权限")),
        Column::new(t!("Where", "范围")),
        Column::new(t!("Last used", "最近使用")),
        Column::new(t!("Expires", "到期时间")),
        Column::new(t!("Revoke", "撤销")).class("num"),
    ];
    let rows = rows
        .into_iter()
        .map(|row| {
            let name = row.name.clone();
            let label = tf!("Revoke the token {name}", "撤销令牌 {name}");
            let used = match row.used_at {
                Some(at) => view! { <RelativeTime at /> }.into_any(),
                None => view! { <span class="muted">{t!("never", "从未")}</span> }.into_any(),
            };
            let permissions = row.permissions.iter().map(Permission::as_str).collect::<Vec<_>>().join(", ");
            let place = where_words(row.scopes.as_deref(), places);
            let (made_by, id, ending) = (row.actor_name, row.id.to_string(), row.ending);
            view! {
                <tr role="row">
                    <th scope="row" role="rowheader">
                        <span class="mono">{row.name}</span>
                        <span class="cell-sub">{tf!("…{ending}, by {made_by}", "…{ending}，创建者 {made_by}")}</span>
                    </th>
                    <Cell label=t!("May", "权限") class="cell-wide">
                        <code>{permissions}</code>
                    </Cell>
                    <Cell label=t!("Where", "范围")>{place}</Cell>
                    <Cell label=t!("Last used", "最近使用")>{used}</Cell>
                    <Cell label=t!("Expires", "到期时间")>
                        <RelativeTime at=row.expires_at />
                    </Cell>
                    <Cell label=t!("Revoke", "撤销") class="num">
                        <ActionForm action=revoke>
                            <input type="hidden" name="id" value=id />
                            <button class="button button-plain button-small" type="submit" aria-label=label>
                                {t!("Revoke", "撤销")}
                            </button>
                        </ActionForm>
                    </Cell>
                </tr>
            }
        })
        .collect_view();
    view! {
        <DataTable caption=t!("Tokens", "令牌") columns>
            {rows}
        </DataTable>
    }
    .into_any()
}

/// The places of a token in a line; one that is not among those known is gone, or hidden.
fn where_words(scopes: Option<&[Scope]>, places: &[ScopeChoice]) -> String {
    let Some(scopes) = scopes else { return t!("everywhere", "不限").to_owned() };
    let words: Vec<String> = scopes
        .iter()
        .map(|scope| match places.iter().find(|p| p.scope == *scope) {
            Some(known) => scope_word(known.scope, &known.place),
            None => t!("a place that is gone", "已不存在的范围").to_owned(),
        })
        .collect();
    words.join(", ")
}
