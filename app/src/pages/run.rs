//! Running a cron job now, beside its schedule.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;

use crate::{
    api::apps::{RunApp, get_app},
    components::{Button, ButtonKind, FormErrors, LinkButton, PageHeader},
    load::Load,
    model::{AppDetail, AppId},
    pages::{
        form::last_error,
        parts::{page_to_come, segment, shown},
        reason::ReasonField,
    },
    t, tf,
};

/// Runs a cron job now.
#[component]
pub fn RunPage() -> impl IntoView {
    let id = segment::<AppId>("id");
    let app = Load::new(move || id.get(), |id| async move { get_app(id?).await });
    view! {
        <Transition fallback=page_to_come>
            {move || Suspend::new(async move {
                shown(app.await, true, move || app.refetch(), |app| view! { <RunForm app /> })
            })}
        </Transition>
    }
}

#[component]
fn RunForm(app: AppDetail) -> impl IntoView {
    let under_way = app.runs.iter().flat_map(|runs| &runs.runs).filter(|run| run.state.goes_on()).count();
    let row = app.row;
    let (id, name, place) = (row.id, row.name, row.namespace_name);
    let title = tf!("Run {name} now", "立即运行 {name}");
    let run = ServerAction::<RunApp>::new();
    let error = last_error(run.value());
    view! {
        <Title text=title.clone() />
        <div class="page page-narrow">
            <PageHeader
                title
                facts=move || view! { <a href=format!("/apps/{id}")>{format!("{place} ▸ {name}")}</a> }
            />
            <p class="page-lead">
                {t!(
                    "One run is begun at once, as the release says. The schedule goes on beside it.",
                    "将按当前发布立即开始一次运行，计划照常进行。",
                )}
                {(under_way > 0)
                    .then(|| {
                        tf!(
                            " {under_way} is under way already: both will run at the same time.",
                            "已有 {under_way} 个运行正在进行，将同时运行。"
                        )
                    })}
            </p>
            <ActionForm action=run>
                <div class="form">
                    <FormErrors error />
                    <input type="hidden" name="id" value=id.to_string() />
                    <ReasonField name="reason" error example=t!("last night's was cut short", "昨晚的运行中断了") />
                    <div class="form-actions">
                        <Button kind=ButtonKind::Primary icon="play" busy=run.pending()>
                            {t!("Run now", "立即运行")}
                        </Button>
                        <LinkButton href=format!("/apps/{id}") kind=ButtonKind::Plain>
                            {t!("Cancel", "取消")}
                        </LinkButton>
                    </div>
                </div>
            </ActionForm>
        </div>
    }
}
