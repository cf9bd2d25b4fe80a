//! Upgrading an application: the newest release's form, changed.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;

use crate::{
    api::apps::{UpgradeApp, get_app},
    components::{Button, ButtonKind, FormErrors, LinkButton, Note, PageHeader, State},
    live,
    load::Load,
    model::{AppDetail, AppId, Topic},
    pages::{
        form::{last_error, went_well},
        parts::{linked, page_to_come, segment, shown},
        reason::ReasonField,
        spec_form::{Draft, FitPanel, SpecFields, SpecInputs},
    },
    t, tf,
};

/// Upgrades an application.
#[component]
pub fn UpgradePage() -> impl IntoView {
    let id = segment::<AppId>("id");
    let newest = Load::new(move || id.get(), |id| async move { get_app(id?).await });
    let again = Callback::new(move |()| newest.refetch());
    view! {
        <Transition fallback=page_to_come>
            {move || Suspend::new(async move {
                shown(newest.await, true, move || again.run(()), move |app| view! { <UpgradeForm app again /> })
            })}
        </Transition>
    }
}

#[component]
fn UpgradeForm(app: AppDetail, again: Callback<()>) -> impl IntoView {
    let AppDetail { row, spec, .. } = app.clone();
    let (id, name, newest) = (row.id, row.name, row.release);
    let title = tf!("Upgrade {name}", "升级 {name}");
    let fields = SpecFields::new(spec);
    let upgrade = ServerAction::<UpgradeApp>::new();
    let error = last_error(upgrade.value());
    let place = row.namespace_name;
    let reason = RwSignal::new(String::new());
    view! {
        <Title text=title.clone() />
        <div class="page page-narrow">
            <PageHeader
                title
                facts=move || {
                    view! {
                        <a href=format!("/apps/{id}")>{format!("{place} ▸ {name}")}</a>
                        <span>{tf!("filled in from release {newest}", "内容取自版本 {newest}")}</span>
                    }
                }
            />
            <ActionForm action=upgrade>
                <div class="form">
                    <FormErrors error=linked(error, true) />
                    <Draft
                        key=format!("upgrade:{id}:{newest}")
                        fields
                        others=vec![(reason, String::new())]
                        sent=went_well(upgrade.value())
                    />
                    <Meanwhile app again />
                    <input type="hidden" name="id" value=id.to_string() />
                    <input type="hidden" name="form[based_on]" value=newest.to_string() />
                    <SpecInputs fields error keeps_secrets=true />
                    <ReasonField name="form[reason]" error example=t!("new checkout", "新的结账流程") bind=reason />
                    <FitPanel fields namespace=row.namespace.to_string() app=id.to_string() error />
                    <div class="form-actions">
                        <Button kind=ButtonKind::Primary icon="rocket" busy=upgrade.pending()>
                            {t!("Upgrade", "升级")}
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

/// What goes on with the application while the form is filled in: a newer release, which an upgrade has to start from,
/// or an operation, which has to end first.
#[component]
fn Meanwhile(app: AppDetail, again: Callback<()>) -> impl IntoView {
    let (id, based_on) = (app.row.id, app.row.release);
    let app = live::value(Topic::App(id), app);
    let newer =
        Memo::new(move |_| app.with(|a| (a.row.release > based_on).then(|| (a.row.release, a.row.actor_name.clone()))));
    let under_way = Memo::new(move |_| app.with(|a| a.rollout.operation.as_ref().map(|o| o.row.id)));
    move || match (newer.get(), under_way.get()) {
        (Some((number, who)), _) => Some(
            view! {
                <Note
                    state=State::Degraded
                    title=tf!("Release {number} was made meanwhile by {who}", "期间 {who} 创建了版本 {number}")
                >
                    <p>
                        {t!(
                            "Load it to go on; what you changed here stays as you typed it.",
                            "请加载后继续，您修改过的内容会保留。",
                        )}
                    </p>
                    <Button small=true icon="refresh-cw" on_press=Callback::new(move |_| again.run(()))>
                        {t!("Load the newest release", "加载最新发布")}
                    </Button>
                </Note>
            }
            .into_any(),
        ),
        (None, Some(operation)) => Some(
            view! {
                <Note state=State::Rolling title=t!("An operation is under way", "有操作正在进行")>
                    <p>
                        {t!("It has to end before an upgrade can begin.", "结束后才能开始升级。")} " "
                        <a href=format!("/operations/{operation}")>{t!("See its steps", "查看步骤")}</a>
                    </p>
                </Note>
            }
            .into_any(),
        ),
        (None, None) => None,
    }
}
