//! By which identity providers one signs in, and linking one more.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    api::identity::{UnlinkIdentity, list_identities},
    components::{Button, Cell, Column, DataTable, FormErrors, PageHeader, RelativeTime, Section, SkeletonRows},
    load::Load,
    model::{IdentityRow, OwnIdentities},
    pages::{form::last_error, parts::shown},
    t, tf,
};

/// The page; `problem` in the address says why nothing came of linking one.
#[component]
pub fn IdentitiesPage() -> impl IntoView {
    let query = use_query_map();
    let unlink = ServerAction::<UnlinkIdentity>::new();
    let version = unlink.version();
    let own = Load::new(
        move || (query.with(|q| q.get_str("problem").map(ToOwned::to_owned)), version.get()),
        |(problem, _)| list_identities(problem),
    );
    view! {
        <Title text=t!("Identity providers", "身份提供商") />
        <div class="page page-narrow">
            <PageHeader title=t!("Identity providers", "身份提供商").to_owned() />
            <p class="page-lead">
                {t!(
                    "Sign in with the account that you have elsewhere. If you have a password here, it goes on working.",
                    "使用您在其他系统的账号登录；如已设置密码，密码仍然有效。"
                )}
            </p>
            <FormErrors error=last_error(unlink.value()) />
            <Transition fallback=|| view! { <SkeletonRows rows=2 columns=3 /> }>
                {move || Suspend::new(async move {
                    shown(
                        own.await,
                        false,
                        move || own.refetch(),
                        move |(own, notice)| {
                            view! {
                                {notice
                                    .map(|notice| {
                                        view! {
                                            <div class="form-errors" role="alert">
                                                <p>{notice.here()}</p>
                                            </div>
                                        }
                                    })}
                                <Own own unlink />
                            }
                        },
                    )
                })}
            </Transition>
        </div>
    }
}

#[component]
fn Own(own: OwnIdentities, unlink: ServerAction<UnlinkIdentity>) -> impl IntoView {
    let OwnIdentities { linked, offered, fresh } = own;
    let linked = if linked.is_empty() {
        view! { <p class="muted">{t!("Your account is linked with none.", "您的账号尚未关联任何身份提供商。")}</p> }
            .into_any()
    } else {
        table(linked, unlink).into_any()
    };
    let links = if offered.is_empty() {
        view! {
            <p class="muted">{t!("There is no other for your account.", "没有其他可关联的身份提供商。")}</p>
        }
        .into_any()
    } else if fresh {
        offered.into_iter().map(|(slug, name)| link(slug, name)).collect_view().into_any()
    } else {
        view! {
            <p>
                {t!(
                    "To link your account you must have signed in within the last ten minutes: sign out and in again first.",
                    "关联账号需要在最近十分钟内登录过：请先退出并重新登录。"
                )}
            </p>
        }
        .into_any()
    };
    view! {
        <Section title=t!("Linked", "已关联")>{linked}</Section>
        <Section title=t!("Link your account", "关联账号")>
            <div class="stack">{links}</div>
        </Section>
    }
}

/// A form that browsers send themselves: it leads to another site.
fn link(slug: String, name: String) -> impl IntoView {
    view! {
        <form method="post" action="/settings/identities/link">
            <input type="hidden" name="provider" value=slug />
            <Button icon="link">{tf!("Link with {name}", "关联 {name}")}</Button>
        </form>
    }
}

fn table(rows: Vec<IdentityRow>, unlink: ServerAction<UnlinkIdentity>) -> impl IntoView {
    let columns = vec![
        Column::new(t!("Provider", "身份提供商")),
        Column::new(t!("Since", "关联于")),
        Column::new(t!("Last sign-in", "最近登录")),
        Column::new(t!("Unlink", "解除关联")).class("num"),
    ];
    let rows = rows
        .into_iter()
        .map(|row| {
            let name = row.provider.clone();
            let label = tf!("Unlink {name}", "解除关联 {name}");
            let last = match row.last_sign_in {
                Some(at) => view! { <RelativeTime at /> }.into_any(),
                None => view! { <span class="muted">{t!("never", "从未")}</span> }.into_any(),
            };
            let way = if row.only_way {
                view! { <span class="muted">{t!("your only way in", "唯一登录方式")}</span> }.into_any()
            } else {
                view! {
                    <ActionForm action=unlink>
                        <input type="hidden" name="id" value=row.id.to_string() />
                        <button class="button button-plain button-small" type="submit" aria-label=label>
                            {t!("Unlink", "解除关联")}
                        </button>
                    </ActionForm>
                }
                .into_any()
            };
            view! {
                <tr role="row">
                    <th scope="row" role="rowheader">{row.provider}</th>
                    <Cell label=t!("Since", "关联于")>
                        <RelativeTime at=row.created_at />
                    </Cell>
                    <Cell label=t!("Last sign-in", "最近登录")>{last}</Cell>
                    <Cell label=t!("Unlink", "解除关联") class="num">{way}</Cell>
                </tr>
            }
        })
        .collect_view();
    view! {
        <DataTable caption=t!("Linked identity providers", "已关联的身份提供商") columns>
            {rows}
        </DataTable>
    }
}
