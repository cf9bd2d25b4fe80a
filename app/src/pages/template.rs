//! One template: made, changed, or read.

use leptos::{either::Either, form::ActionForm, prelude::*};
use leptos_meta::Title;

use super::app::SpecFacts;
use crate::{
    UiError,
    api::templates::{CreateTemplate, UpdateTemplate, get_template},
    components::{Button, ButtonKind, FormErrors, LinkButton, PageHeader, RelativeTime, TextField},
    load::Load,
    model::{Permission, SpecForm, TemplateDetail, TemplateId},
    pages::{
        form::{field, last_error},
        parts::{linked, may, page_to_come, segment, shown},
        spec_form::{SpecFields, SpecInputs},
    },
    t, tf,
};

/// Makes a template.
#[component]
pub fn NewTemplatePage() -> impl IntoView {
    let create = ServerAction::<CreateTemplate>::new();
    let error = last_error(create.value());
    let fields = SpecFields::new(SpecForm::starter());
    view! {
        <Title text=t!("New template", "新建模板") />
        <div class="page page-narrow">
            <PageHeader title=t!("New template", "新建模板") />
            <p class="page-lead">
                {t!(
                    "The values that apps start with. Leave the image empty to have it chosen at each publishing.",
                    "应用的初始设置。镜像可留空，发布时再填写。",
                )}
            </p>
            <ActionForm action=create>
                <div class="form">
                    <FormErrors error=linked(error, true) />
                    <TextField
                        name="form[name]"
                        label=t!("Name", "名称")
                        error=field(error, &["name"])
                        placeholder="web"
                        hint=t!("Lower-case letters, digits, hyphens", "小写字母、数字和连字符")
                        mono=true
                    />
                    <Description value=String::new() error />
                    <SpecInputs fields error template=true />
                    <div class="form-actions">
                        <Button kind=ButtonKind::Primary icon="plus" busy=create.pending()>
                            {t!("Make the template", "创建模板")}
                        </Button>
                        <LinkButton href="/templates" kind=ButtonKind::Plain>
                            {t!("Cancel", "取消")}
                        </LinkButton>
                    </div>
                </div>
            </ActionForm>
        </div>
    }
}

#[component]
fn Description(value: String, error: Signal<Option<UiError>>) -> impl IntoView {
    view! {
        <TextField
            name="form[description]"
            label=t!("What it is for", "用途")
            value=value
            error=field(error, &["description"])
            placeholder=t!("a web service behind a port", "带端口的网页服务")
            optional=true
        />
    }
}

/// One template.
#[component]
pub fn TemplatePage() -> impl IntoView {
    let id = segment::<TemplateId>("id");
    let update = ServerAction::<UpdateTemplate>::new();
    // Loaded anew after a change that was kept; one that was refused leaves the form as it was typed.
    let kept = Memo::new(move |before: Option<&u32>| {
        let saved = update.value().with(|v| v.as_ref().and_then(|v| v.as_ref().ok().map(|row| row.version)));
        saved.or_else(|| before.copied()).unwrap_or_default()
    });
    let template = Load::new(move || (id.get(), kept.get()), |(id, _)| async move { get_template(id?).await });
    view! {
        <Transition fallback=page_to_come>
            {move || Suspend::new(async move {
                shown(
                    template.await,
                    true,
                    move || template.refetch(),
                    move |template| view! { <Whole template update /> },
                )
            })}
        </Transition>
    }
}

#[component]
fn Whole(template: TemplateDetail, update: ServerAction<UpdateTemplate>) -> impl IntoView {
    let TemplateDetail { row, spec, editable } = template;
    let (id, name, version, apps, at) = (row.id, row.name, row.version, row.apps, row.updated_at);
    let body = if editable {
        Either::Left(
            view! { <EditForm id name=name.clone() description=row.description.clone() version spec update /> },
        )
    } else {
        Either::Right(view! {
            <p class="page-lead">{row.description.clone()}</p>
            <SpecFacts spec />
        })
    };
    view! {
        <Title text=name.clone() />
        <div class="page page-narrow">
            <PageHeader
                title=name
                actions=move || {
                    may(Permission::AppPublish)
                        .then(|| {
                            view! {
                                <LinkButton
                                    href=format!("/apps/new?template={id}")
                                    kind=ButtonKind::Primary
                                    icon="rocket"
                                >
                                    {t!("Publish from it", "用它发布")}
                                </LinkButton>
                            }
                        })
                }
                facts=move || {
                    view! {
                        <a href=format!("/templates/{id}/versions")>{tf!("version {version}", "版本 {version}")}</a>
                        <RelativeTime at />
                        <a href=format!("/apps?template={id}")>{tf!("{apps} apps came from it", "已有 {apps} 个应用使用")}</a>
                        <span>
                            {if row.tenant.is_some() {
                                t!("for the tenant", "本租户使用")
                            } else {
                                t!("for everybody", "所有租户可用")
                            }}
                        </span>
                    }
                }
            />
            {body}
        </div>
    }
}

#[component]
fn EditForm(
    id: TemplateId,
    name: String,
    description: String,
    version: u32,
    spec: SpecForm,
    update: ServerAction<UpdateTemplate>,
) -> impl IntoView {
    let error = last_error(update.value());
    let fields = SpecFields::new(spec);
    let next = version + 1;
    view! {
        <ActionForm action=update>
            <div class="form">
                <FormErrors error=linked(error, true) />
                <input type="hidden" name="id" value=id.to_string() />
                <input type="hidden" name="form[name]" value=name />
                <input type="hidden" name="form[version]" value=version.to_string() />
                <Description value=description error />
                <SpecInputs fields error template=true />
                <div class="form-actions">
                    <Button icon="check" busy=update.pending()>
                        {tf!("Save as version {next}", "保存为版本 {next}")}
                    </Button>
                    <LinkButton href="/templates" kind=ButtonKind::Plain>
                        {t!("Cancel", "取消")}
                    </LinkButton>
                </div>
            </div>
        </ActionForm>
    }
}
