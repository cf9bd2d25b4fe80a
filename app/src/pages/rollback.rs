//! Rolling back: the whole difference first, then one button whose words say what it does.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;

use crate::{
    api::apps::{RollBackApp, get_app, preview_rollback},
    components::{Button, ButtonKind, FormErrors, LinkButton, PageHeader},
    load::Load,
    model::{AppId, AppRow, ReleaseDiff},
    pages::{
        difference::{Difference, ReleaseLine},
        form::last_error,
        parts::{page_to_come, segment, shown},
        reason::ReasonField,
    },
    t, tf,
};

/// Rolls an application back.
#[component]
pub fn RollbackPage() -> impl IntoView {
    let id = segment::<AppId>("id");
    let release = segment::<u32>("n");
    let app = Load::new(move || id.get(), |id| async move { get_app(id?).await });
    let diff = Load::new(
        move || (id.get(), release.get()),
        |(id, release)| async move { preview_rollback(id?, release?).await },
    );
    let retry = move || {
        app.refetch();
        diff.refetch();
    };
    view! {
        <Transition fallback=page_to_come>
            {move || Suspend::new(async move {
                let both = match (app.await, diff.await) {
                    (Ok(app), Ok(diff)) => Ok((app.row, diff)),
                    (Err(error), _) | (_, Err(error)) => Err(error),
                };
                shown(both, true, retry, |(app, diff)| view! { <Previewed app diff /> })
            })}
        </Transition>
    }
}

#[component]
fn Previewed(app: AppRow, diff: ReleaseDiff) -> impl IntoView {
    let (id, name) = (app.id, app.name);
    let n = diff.right.number;
    let title = tf!("Roll back {name} to {n}", "将 {name} 回滚到 {n}");
    let back = ServerAction::<RollBackApp>::new();
    let error = last_error(back.value());
    let (left_row, right_row) = (diff.left.clone(), diff.right.clone());
    let left = tf!("runs now: release {}", "当前运行：版本 {}", diff.left.number);
    let right = tf!("will run: as release {n}", "将运行：与版本 {n} 相同");
    view! {
        <Title text=title.clone() />
        <div class="page">
            <PageHeader
                title
                actions=move || {
                    view! {
                        <Button kind=ButtonKind::Primary icon="undo-2" form="rollback" busy=back.pending()>
                            {tf!("Roll back to {n}", "回滚到 {n}")}
                        </Button>
                    }
                }
                facts=move || {
                    view! {
                        <a href=format!("/apps/{id}?tab=releases")>{name.clone()}</a>
                        <ReleaseLine label=t!("runs now", "当前") release=left_row.clone() />
                        <ReleaseLine label=t!("will run again", "将恢复") release=right_row.clone() />
                    }
                }
            />
            <p class="page-lead">
                {t!(
                    "A new release is made whose image, settings and secrets are those of the old one. Pods change over one by one; the app keeps serving.",
                    "将产生一个新的发布，其镜像、设置和密钥与旧发布相同。Pod 逐个替换，应用持续提供服务。",
                )}
            </p>
            <ActionForm action=back attr:id="rollback">
                <div class="form">
                    <FormErrors error />
                    <input type="hidden" name="id" value=id.to_string() />
                    <input type="hidden" name="release" value=n />
                    <ReasonField name="reason" error example=t!("checkout broke", "结账出错") />
                </div>
            </ActionForm>
            <Difference left right sections=diff.sections />
            <div class="form-actions">
                <LinkButton href=format!("/apps/{id}") kind=ButtonKind::Plain>
                    {t!("Leave it as it is", "保持现状")}
                </LinkButton>
            </div>
        </div>
    }
}
