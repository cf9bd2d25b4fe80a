//! Where one is signed in, and the way to end it there.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;

use crate::{
    api::sessions::{RevokeOtherSessions, RevokeSession, list_sessions},
    components::{Button, ButtonKind, Cell, Column, DataTable, FormErrors, PageHeader, RelativeTime, SkeletonRows},
    load::Load,
    model::SessionRow,
    pages::{form::last_error, parts::shown},
    t, tf,
};

/// One's own sessions.
#[component]
pub fn SessionsPage() -> impl IntoView {
    let revoke = ServerAction::<RevokeSession>::new();
    let revoke_others = ServerAction::<RevokeOtherSessions>::new();
    let sessions = Load::new(move || (revoke.version().get(), revoke_others.version().get()), |_| list_sessions());
    let (error, error_of_others) = (last_error(revoke.value()), last_error(revoke_others.value()));
    view! {
        <Title text=t!("Sessions", "登录会话") />
        <div class="page">
            <PageHeader title=t!("Sessions", "登录会话").to_owned() />
            <p class="page-lead">
                {t!(
                    "Every browser and script that is signed in as you. End those that you do not know, then change your password.",
                    "以您的账号登录的所有浏览器和脚本。请结束您不认识的会话，然后修改密码。"
                )}
            </p>
            <FormErrors error />
            <FormErrors error=error_of_others />
            <Transition fallback=|| view! { <SkeletonRows rows=3 columns=5 /> }>
                {move || Suspend::new(async move {
                    shown(
                        sessions.await,
                        false,
                        move || sessions.refetch(),
                        move |rows| view! { <Sessions rows revoke revoke_others /> },
                    )
                })}
            </Transition>
        </div>
    }
}

/// The sessions, and the way to end all but this one.
#[component]
fn Sessions(
    rows: Vec<SessionRow>,
    revoke: ServerAction<RevokeSession>,
    revoke_others: ServerAction<RevokeOtherSessions>,
) -> impl IntoView {
    let others = rows.iter().any(|row| !row.current);
    view! {
        {session_table(rows, revoke)}
        {if others {
            view! {
                <ActionForm action=revoke_others>
                    <Button kind=ButtonKind::Warn icon="log-out" busy=revoke_others.pending()>
                        {t!("Sign out everywhere else", "退出其他所有会话")}
                    </Button>
                </ActionForm>
            }
                .into_any()
        } else {
            view! { <p class="muted">{t!("You are signed in nowhere else.", "您没有在其他地方登录。")}</p> }.into_any()
        }}
    }
}

fn session_table(rows: Vec<SessionRow>, revoke: ServerAction<RevokeSession>) -> impl IntoView {
    let columns = vec![
        Column::new(t!("Device", "设备")),
        Column::new(t!("Address", "地址")),
        Column::new(t!("Last seen", "最近使用")),
        Column::new(t!("Signed in", "登录时间")),
        Column::new(""),
    ];
    let rows = rows.into_iter().map(|row| session_row(row, revoke)).collect_view();
    view! {
        <DataTable caption=t!("Sessions", "登录会话") columns>
            {rows}
        </DataTable>
    }
}

fn session_row(row: SessionRow, revoke: ServerAction<RevokeSession>) -> impl IntoView {
    let device = row.device.here();
    let address = if row.address.is_empty() { t!("unknown", "未知").to_owned() } else { row.address };
    let end = if row.current {
        view! { <span class="muted">{t!("this one", "当前会话")}</span> }.into_any()
    } else {
        let which = tf!(": {device}, {address}", "：{device}，{address}");
        view! {
            <ActionForm action=revoke>
                <input type="hidden" name="id" value=row.id.to_string() />
                <Button small=true icon="log-out" busy=revoke.pending()>
                    {t!("End", "结束")}
                    <span class="visually-hidden">{which}</span>
                </Button>
            </ActionForm>
        }
        .into_any()
    };
    view! {
        <tr role="row">
            <th scope="row" role="rowheader" title=row.agent>
                {device}
            </th>
            <Cell label=t!("Address", "地址")>
                <code>{address}</code>
            </Cell>
            <Cell label=t!("Last seen", "最近使用")>
                <RelativeTime at=row.used_at />
            </Cell>
            <Cell label=t!("Signed in", "登录时间")>
                <RelativeTime at=row.opened_at />
            </Cell>
            <Cell label="" class="cell-actions">
                {end}
            </Cell>
        </tr>
    }
}
