//! Giving up a release that is on its way: what serves beside it serves alone again, and of the very first its pods go.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;

use crate::{
    api::apps::{AbortRelease, get_app},
    components::{Button, ButtonKind, FormErrors, LinkButton, Note, PageHeader, State},
    load::Load,
    model::{AppDetail, AppId, WorkloadKind},
    pages::{
        app::abortable,
        form::last_error,
        parts::{page_to_come, segment, shown},
        reason::ReasonField,
    },
    t, tf,
};

/// Aborts a release.
#[component]
pub fn AbortPage() -> impl IntoView {
    let id = segment::<AppId>("id");
    let release = segment::<u32>("n");
    let app = Load::new(move || id.get(), |id| async move { get_app(id?).await });
    view! {
        <Transition fallback=page_to_come>
            {move || Suspend::new(async move {
                let both = match (app.await, release.get()) {
                    (Ok(app), Ok(release)) => Ok((app, release)),
                    (Err(error), _) | (_, Err(error)) => Err(error),
                };
                shown(both, true, move || app.refetch(), |(app, release)| view! { <AbortForm app release /> })
            })}
        </Transition>
    }
}

#[component]
fn AbortForm(app: AppDetail, release: u32) -> impl IntoView {
    let on_its_way = abortable(&app) == Some(release);
    let serves = app.live;
    let kind = app.row.kind;
    let (id, name, place) = (app.row.id, app.row.name, app.row.namespace_name);
    let title = tf!("Abort release {release} of {name}", "中止 {name} 的发布 {release}");
    let abort = ServerAction::<AbortRelease>::new();
    let error = last_error(abort.value());
    let what = match serves {
        Some(n) if kind == WorkloadKind::CronJob => {
            tf!("The schedule of release {n} counts again.", "恢复发布 {n} 的计划。")
        }
        _ if kind == WorkloadKind::Job => {
            t!("Its run ends at once, and its pods go.", "运行将立即终止，其 Pod 会被删除。").to_owned()
        }
        Some(n) => tf!(
            "Its pods leave, and release {n} serves with all of its pods again. Pods of release {n} that are there stay. Nobody's request fails.",
            "其 Pod 将退出，发布 {n} 恢复全部 Pod 提供服务。仍在运行的发布 {n} 的 Pod 保持不变，请求不受影响。"
        ),
        None => t!(
            "Nothing has served yet, so its pods go. The app, its history and its disks stay for the next release.",
            "尚无正常运行过的发布，其 Pod 会被移除。应用、记录和磁盘会保留，供下一次发布使用。"
        )
        .to_owned(),
    };
    let form = move || {
        view! {
            <p class="page-lead">{what}</p>
            <ActionForm action=abort>
                <div class="form">
                    <FormErrors error />
                    <input type="hidden" name="id" value=id.to_string() />
                    <input type="hidden" name="release" value=release />
                    <ReasonField name="reason" error example=t!("errors in the checkout", "结账出现错误") />
                    <div class="form-actions">
                        <Button kind=ButtonKind::Primary icon="circle-stop" busy=abort.pending()>
                            {tf!("Abort release {release}", "中止发布 {release}")}
                        </Button>
                        <LinkButton href=format!("/apps/{id}") kind=ButtonKind::Plain>
                            {t!("Let it go on", "让它继续")}
                        </LinkButton>
                    </div>
                </div>
            </ActionForm>
        }
    };
    view! {
        <Title text=title.clone() />
        <div class="page page-narrow">
            <PageHeader
                title
                facts=move || view! { <a href=format!("/apps/{id}")>{format!("{place} ▸ {name}")}</a> }
            />
            {if on_its_way {
                form().into_any()
            } else {
                view! {
                    <Note
                        state=State::Idle
                        title=tf!("Release {release} is not on its way", "发布 {release} 不在进行中")
                    >
                        <p>
                            {t!("What came of it stands on the timeline.", "其结果见发布时间线。")} " "
                            <a href=format!("/apps/{id}?tab=releases")>{t!("Releases", "发布记录")}</a>
                        </p>
                    </Note>
                }
                    .into_any()
            }}
        </div>
    }
}
