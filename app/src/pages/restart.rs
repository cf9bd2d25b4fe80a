//! Restarting an application: the same release once more, with pods made anew in batches.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;

use crate::{
    api::apps::{RestartApp, get_app},
    components::{Button, ButtonKind, FormErrors, LinkButton, PageHeader},
    load::Load,
    model::{AppDetail, AppId, WorkloadKind},
    pages::{
        form::last_error,
        parts::{page_to_come, segment, shown},
        reason::ReasonField,
    },
    t, tf,
};

/// Restarts an application.
#[component]
pub fn RestartPage() -> impl IntoView {
    let id = segment::<AppId>("id");
    let app = Load::new(move || id.get(), |id| async move { get_app(id?).await });
    view! {
        <Transition fallback=page_to_come>
            {move || Suspend::new(async move {
                shown(app.await, true, move || app.refetch(), |app| view! { <RestartForm app /> })
            })}
        </Transition>
    }
}

#[component]
fn RestartForm(app: AppDetail) -> impl IntoView {
    let AppDetail { row, rollout, .. } = app;
    let kind = row.kind;
    let (id, name, place) = (row.id, row.name, row.namespace_name);
    let wanted = rollout.replicas;
    let ends = kind == WorkloadKind::Job;
    let title =
        if ends { tf!("Run {name} again", "再次运行 {name}") } else { tf!("Restart {name}", "重启 {name}") };
    let restart = ServerAction::<RestartApp>::new();
    let error = last_error(restart.value());
    view! {
        <Title text=title.clone() />
        <div class="page page-narrow">
            <PageHeader
                title
                facts=move || {
                    view! {
                        <a href=format!("/apps/{id}")>{format!("{place} ▸ {name}")}</a>
                        {(!ends).then(|| view! { <span>{tf!("{wanted} pods are made anew", "将重建 {wanted} 个 Pod")}</span> })}
                    }
                }
            />
            <p class="page-lead">
                {if ends {
                    t!(
                        "A new release is made that is the same as the last one: image, settings and secrets. Its run begins at once.",
                        "将产生一个与上次相同的新发布：镜像、设置和密钥均不变，并立即开始运行。",
                    )
                } else {
                    t!(
                        "A new release is made that is the same as the one that runs: image, settings and secrets. Pods are replaced in batches; the app keeps serving.",
                        "将产生一个与当前运行版本相同的新发布：镜像、设置和密钥均不变。Pod 分批替换，应用持续提供服务。",
                    )
                }}
            </p>
            <ActionForm action=restart>
                <div class="form">
                    <FormErrors error />
                    <input type="hidden" name="id" value=id.to_string() />
                    <ReasonField name="reason" error example=t!("it has lost its connections", "连接已断开") />
                    <div class="form-actions">
                        <Button kind=ButtonKind::Primary icon="refresh-cw" busy=restart.pending()>
                            {if ends { t!("Run again", "再次运行") } else { t!("Restart", "重启") }}
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
