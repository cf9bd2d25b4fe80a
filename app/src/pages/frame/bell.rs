//! What runs: the bell with the operations under way.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::{
    UiError,
    api::operations::list_operations,
    components::{Icon, Menu, MenuHeading, MenuLink, State, StateBadge},
    drawn::drawn,
    live,
    load::Load,
    model::{OperationDetail, OperationQuery, OperationRow, Permission, Topic, WorkState},
    pages::{parts::may, words},
    t, tf,
};

/// As many are followed live; each takes a topic of the tab's stream.
const FOLLOWED: usize = 3;
/// As many stand in the menu.
const LISTED: usize = 5;
/// As many are counted.
const COUNTED: &str = "20";

/// The bell. It looks anew with each page, and follows what it found until that has ended.
#[component]
pub(super) fn Bell() -> impl IntoView {
    let path = use_location().pathname;
    // Who may see no app is not refused with each page, nor is whoever has just gone.
    let sees = may(Permission::AppRead);
    let running = Load::new(
        move || path.get(),
        move |path| async move {
            if !sees || path == "/sign-in" {
                return Err(UiError::forbidden(Permission::AppRead.as_str()));
            }
            list_operations(OperationQuery {
                state: Some("active".into()),
                limit: Some(COUNTED.into()),
                ..OperationQuery::default()
            })
            .await
        },
    );
    view! {
        <Transition>
            {move || Suspend::new(async move {
                let part = running.await.ok();
                let more = part.as_ref().is_some_and(|p| p.next.is_some());
                let rows = part.map(|p| p.rows).unwrap_or_default();
                drawn(view! { <BellMenu rows more /> })
            })}
        </Transition>
    }
}

#[component]
fn BellMenu(
    rows: Vec<OperationRow>,
    /// Whether there are more than these.
    more: bool,
) -> impl IntoView {
    let unlisted = rows.len().saturating_sub(LISTED);
    let rows: Vec<Signal<OperationRow>> = rows
        .into_iter()
        .take(LISTED)
        .enumerate()
        .map(|(i, row)| {
            if i < FOLLOWED {
                let detail = live::value(Topic::Operation(row.id), OperationDetail { row, steps: Vec::new() });
                Signal::derive(move || detail.with(|d| d.row.clone()))
            } else {
                Signal::stored(row)
            }
        })
        .collect();
    let count = {
        let rows = rows.clone();
        Memo::new(move |_| unlisted + rows.iter().filter(|row| row.with(|r| !ended(r.state))).count())
    };
    let told = move || if more { format!("{}+", count.get()) } else { count.get().to_string() };
    let label = Signal::derive(move || {
        let n = told();
        tf!("Operations under way: {n}", "进行中的操作：{n}")
    });
    let empty = rows.is_empty();
    let rows = StoredValue::new(rows);
    view! {
        <Menu
            id="bell-menu"
            label
            icon="bell"
            class="button button-plain button-icon bell"
            face=move || {
                view! {
                    <Icon name="bell" />
                    {move || {
                        (count.get() > 0)
                            .then(|| {
                                view! { <span class="bell-count" data-count=told()></span> }
                            })
                    }}
                }
            }
        >
            <MenuHeading>{t!("Under way", "进行中")}</MenuHeading>
            {empty.then(|| view! { <MenuHeading>{t!("Nothing runs now.", "当前没有进行中的操作。")}</MenuHeading> })}
            {rows.get_value().into_iter().map(item).collect_view()}
            <hr />
            <MenuLink href="/operations" icon="activity">
                {t!("All operations", "全部操作")}
            </MenuLink>
        </Menu>
    }
}

fn item(row: Signal<OperationRow>) -> impl IntoView {
    let words = row.with_untracked(|r| format!("{} {}", words::operation_kind(r.kind), r.object));
    let href = row.with_untracked(|r| format!("/operations/{}", r.id));
    view! {
        <a class="menu-item" href=href>
            <StateBadge
                state=Signal::derive(move || State::from(row.with(|r| r.state)))
                word=Signal::derive(move || words::work_state(row.with(|r| r.state)).to_owned())
            />
            <span class="truncate">{words}</span>
        </a>
    }
}

fn ended(state: WorkState) -> bool {
    matches!(state, WorkState::Succeeded | WorkState::Failed | WorkState::Cancelled)
}
