//! Two releases side by side.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    api::apps::{compare_releases, get_app_record},
    components::{ButtonKind, LinkButton, PageHeader},
    load::Load,
    model::{AppId, AppRecord, Permission, ReleaseDiff},
    pages::{
        difference::{Difference, ReleaseLine},
        gone::{gone_note, releases_of},
        parts::{may, page_to_come, segment, shown},
        patched::PatchedObjects,
    },
    t, tf,
};

/// Compares two releases.
#[component]
pub fn ComparePage() -> impl IntoView {
    let id = segment::<AppId>("id");
    let left = segment::<u32>("left");
    let right = segment::<u32>("right");
    let app = Load::new(move || id.get(), |id| async move { get_app_record(id?).await });
    let diff = Load::new(
        move || (id.get(), left.get(), right.get()),
        |(id, left, right)| async move { compare_releases(id?, left?, right?).await },
    );
    let retry = move || {
        app.refetch();
        diff.refetch();
    };
    view! {
        <Transition fallback=page_to_come>
            {move || Suspend::new(async move {
                let both = match (app.await, diff.await) {
                    (Ok(app), Ok(diff)) => Ok((app, diff)),
                    (Err(error), _) | (_, Err(error)) => Err(error),
                };
                shown(both, true, retry, |(app, diff)| view! { <Compared app diff /> })
            })}
        </Transition>
    }
}

#[component]
fn Compared(app: AppRecord, diff: ReleaseDiff) -> impl IntoView {
    let (gone, note, list) = (app.is_gone(), gone_note(&app), releases_of(&app));
    let (id, name, newest) = (app.id, app.name, app.release);
    let (left, right) = (diff.left.number, diff.right.number);
    let title = tf!("{name}: {left} and {right}", "{name}：{left} 与 {right}");
    let older = left.min(right);
    let back = (may(Permission::AppRollback) && older < newest && !gone).then_some(older);
    let (left_row, right_row) = (diff.left.clone(), diff.right.clone());
    let (left_name, right_name) = (tf!("release {left}", "版本 {left}"), tf!("release {right}", "版本 {right}"));
    view! {
        <Title text=title.clone() />
        <div class="page">
            <PageHeader
                title
                actions=move || {
                    view! {
                        {back
                            .map(|n| {
                                view! {
                                    <LinkButton href=format!("/apps/{id}/rollback/{n}") icon="undo-2" kind=ButtonKind::Primary>
                                        {tf!("Roll back to {n}", "回滚到 {n}")}
                                    </LinkButton>
                                }
                            })}
                        <LinkButton
                            href=format!("/apps/{id}/compare/{right}/{left}")
                            icon="chevrons-up-down"
                            label=t!("Swap the sides", "左右互换")
                        />
                    }
                }
                facts=move || {
                    view! {
                        <a href=list.clone()>{name.clone()}</a>
                        <ReleaseLine label=t!("left", "左侧") release=left_row.clone() />
                        <ReleaseLine label=t!("right", "右侧") release=right_row.clone() />
                    }
                }
            />
            {note}
            <PatchedObjects patched=diff.patched />
            <Difference left=left_name right=right_name sections=diff.sections />
        </div>
    }
}
