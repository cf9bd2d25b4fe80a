//! The disks on which an application keeps its data.

use leptos::prelude::*;

use crate::{
    api::apps::get_storage,
    components::{Cell, Column, DataTable, Empty, RelativeTime, Section, SkeletonRows, State, StateBadge},
    load::Load,
    model::{AppDetail, AppStorage, Disk, DiskState},
    pages::parts::shown,
    t,
};

fn word(state: DiskState) -> (State, &'static str) {
    match state {
        DiskState::Bound => (State::Serving, t!("There", "已就绪")),
        DiskState::Pending => (State::Rolling, t!("To come", "等待中")),
        DiskState::Lost => (State::Failed, t!("Lost", "已丢失")),
        DiskState::Leaving => (State::Idle, t!("Leaving", "删除中")),
    }
}

/// The application's disks. They are asked for when the page is opened, and again when a release has come further.
#[component]
pub(super) fn StorageTab(app: ReadSignal<AppDetail>) -> impl IntoView {
    let id = app.with_untracked(|a| a.row.id);
    let source = move || app.with(|a| (a.row.release, a.row.state, a.rollout.operation.is_some()));
    let storage = Load::new(source, move |_| get_storage(id));
    view! {
        <Section title=t!("Disks", "磁盘")>
            <Transition fallback=|| view! { <SkeletonRows /> }>
                {move || Suspend::new(async move {
                    shown(
                        storage.await,
                        false,
                        move || storage.refetch(),
                        |AppStorage { disks }: AppStorage| {
                            view! {
                                <p class="muted">
                                    {t!(
                                        "Each pod has its own. They stay through upgrades, rollbacks and scaling, and when the app is deleted unless you choose otherwise.",
                                        "每个 Pod 有各自的磁盘。升级、回滚和伸缩时保留；删除应用时默认保留。"
                                    )}
                                </p>
                                <Disks disks />
                            }
                        },
                    )
                })}
            </Transition>
        </Section>
    }
}

/// Disks, in a table.
#[component]
pub fn Disks(
    /// The disks.
    disks: Vec<Disk>,
) -> impl IntoView {
    if disks.is_empty() {
        return view! {
            <Empty
                icon="hard-drive"
                title=t!("No disk yet", "还没有磁盘")
                text=t!("They come with the first pods.", "磁盘会随首批 Pod 创建。")
            />
        }
        .into_any();
    }
    let rows = disks.into_iter().map(|disk| {
        let (state, word) = word(disk.state);
        view! {
            <tr role="row">
                <th scope="row" role="rowheader">
                    <code>{disk.name}</code>
                </th>
                <Cell label=t!("State", "状态")>
                    <StateBadge state word=word.to_owned() />
                    {disk.note.map(|note| view! { <div class="muted">{note.here()}</div> })}
                </Cell>
                <Cell label=t!("Size", "大小") class="num">
                    {disk.size.to_string()}
                </Cell>
                <Cell label=t!("Pod", "Pod")>
                    <code>{disk.pod}</code>
                </Cell>
                <Cell label=t!("Storage class", "存储类")>{disk.class}</Cell>
                <Cell label=t!("Age", "存在时长") class="num">
                    {disk.created_at.map(|at| view! { <RelativeTime at /> })}
                </Cell>
            </tr>
        }
    });
    view! {
        <DataTable
            caption=t!("Disks", "磁盘")
            columns=vec![
                Column::new(t!("Name", "名称")),
                Column::new(t!("State", "状态")),
                Column::new(t!("Size", "大小")).number(),
                Column::new(t!("Pod", "Pod")),
                Column::new(t!("Storage class", "存储类")),
                Column::new(t!("Age", "存在时长")).number(),
            ]
        >
            {rows.collect_view()}
        </DataTable>
    }
    .into_any()
}
