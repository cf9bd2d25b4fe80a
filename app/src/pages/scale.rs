//! Scaling an application: another number of the same pods, which go on as they are.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;

use crate::{
    api::apps::{ScaleApp, get_app, get_release},
    components::{Button, ButtonKind, FormErrors, LinkButton, Note, PageHeader, State, TextField},
    load::Load,
    model::{AppDetail, AppId, MAX_REPLICAS, ReleaseDetail, SpecForm},
    pages::{
        form::{field, last_error},
        parts::{linked, page_to_come, segment, shown},
        reason::ReasonField,
        spec_form::{FitPanel, SpecFields},
    },
    t, tf,
};

/// Scales an application.
#[component]
pub fn ScalePage() -> impl IntoView {
    let id = segment::<AppId>("id");
    let app = Load::new(
        move || id.get(),
        |id| async move {
            let app = get_app(id?).await?;
            // What runs is scaled, whatever came of a release after it.
            let release = get_release(app.row.id, app.live.unwrap_or(app.row.release)).await?;
            Ok((app, release))
        },
    );
    view! {
        <Transition fallback=page_to_come>
            {move || Suspend::new(async move {
                shown(app.await, true, move || app.refetch(), |(app, release)| view! { <ScaleForm app release /> })
            })}
        </Transition>
    }
}

#[component]
fn ScaleForm(app: AppDetail, release: ReleaseDetail) -> impl IntoView {
    let AppDetail { row, rollout, .. } = app;
    let spec = SpecForm { document: release.document, ..SpecForm::from_spec(&release.spec) };
    let (id, name, place) = (row.id, row.name, row.namespace_name);
    let (ready, wanted) = (rollout.ready, rollout.replicas);
    let title = tf!("Scale {name}", "伸缩 {name}");
    let limits = (!spec.max_replicas.is_empty()).then(|| (spec.replicas.clone(), spec.max_replicas.clone()));
    let fields = SpecFields::new(spec);
    let replicas = fields.replicas();
    let scale = ServerAction::<ScaleApp>::new();
    let error = last_error(scale.value());
    let form = move || {
        view! {
            <ActionForm action=scale>
                <div class="form">
                    <FormErrors error=linked(error, false) />
                    <input type="hidden" name="id" value=id.to_string() />
                    <input type="hidden" name="form[based_on]" value=row.release.to_string() />
                    <TextField
                        name="form[replicas]"
                        label=t!("Pods", "Pod 数量")
                        bind=replicas
                        error=field(error, &["replicas"])
                        inputmode="numeric"
                        hint=tf!(
                            "0 to {MAX_REPLICAS}. With 0 nothing serves; settings and releases stay.",
                            "0 到 {MAX_REPLICAS}。为 0 时不再提供服务，设置与发布记录保留。"
                        )
                    />
                    <ReasonField name="form[reason]" error example=t!("the sale begins", "促销开始") />
                    <FitPanel fields namespace=row.namespace.to_string() app=id.to_string() error />
                    <div class="form-actions">
                        <Button kind=ButtonKind::Primary icon="scaling" busy=scale.pending()>
                            {t!("Scale", "伸缩")}
                        </Button>
                        <LinkButton href=format!("/apps/{id}") kind=ButtonKind::Plain>
                            {t!("Cancel", "取消")}
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
                facts=move || {
                    view! {
                        <a href=format!("/apps/{id}")>{format!("{place} ▸ {name}")}</a>
                        <span>{tf!("{ready} of {wanted} pods serve", "{wanted} 个 Pod 中 {ready} 个提供服务")}</span>
                    }
                }
            />
            <p class="page-lead">
                {t!(
                    "A new release is made that differs in the number of pods alone. The pods there are go on as they are.",
                    "将产生一个仅 Pod 数量不同的新发布。现有 Pod 不会重启。",
                )}
            </p>
            {match limits {
                Some((min, max)) => {
                    view! {
                        <Note state=State::Idle title=t!("Autoscaling decides here", "由自动伸缩决定")>
                            <p>
                                {tf!(
                                    "There are {min} to {max} pods, by what they use. An upgrade changes these limits.",
                                    "按使用情况保持 {min} 到 {max} 个 Pod。可通过升级修改上下限。",
                                )} " " <a href=format!("/apps/{id}/upgrade")>{t!("Upgrade", "升级")}</a>
                            </p>
                        </Note>
                    }
                        .into_any()
                }
                None => form().into_any(),
            }}
        </div>
    }
}
