//! One template: made, changed, or read.

use std::collections::BTreeMap;

use leptos::{either::Either, form::ActionForm, prelude::*};
use leptos_meta::Title;

use super::app::SpecFacts;
use crate::{
    UiError,
    api::templates::{CreateTemplate, UpdateTemplate, get_template},
    components::{
        Button, ButtonKind, Cell, Column, DataTable, FormErrors, LinkButton, PageHeader, RelativeTime, Section,
        TextArea, TextField,
    },
    load::Load,
    model::{Parameter, Permission, SpecForm, TemplateDetail, TemplateId},
    pages::{
        form::{field, last_error, went_well},
        parts::{linked, may, page_to_come, segment, shown},
        spec_form::{Draft, SpecFields, SpecInputs},
    },
    t, tf,
};

/// Makes a template.
#[component]
pub fn NewTemplatePage() -> impl IntoView {
    let create = ServerAction::<CreateTemplate>::new();
    let error = last_error(create.value());
    let fields = SpecFields::new(SpecForm::starter());
    let [name, description, parameters] = [(); 3].map(|()| RwSignal::new(String::new()));
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
                    <Draft
                        key="template"
                        fields
                        others=[name, description, parameters].map(|typed| (typed, String::new())).to_vec()
                        sent=went_well(create.value())
                    />
                    <TextField
                        name="form[name]"
                        label=t!("Name", "名称")
                        bind=name
                        error=field(error, &["name"])
                        placeholder="web"
                        hint=t!("Lower-case letters, digits, hyphens", "小写字母、数字和连字符")
                        mono=true
                    />
                    <Description value=description error />
                    <SpecInputs fields error template=true />
                    <Parameters value=parameters error />
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
fn Description(value: RwSignal<String>, error: Signal<Option<UiError>>) -> impl IntoView {
    view! {
        <TextField
            name="form[description]"
            label=t!("What it is for", "用途")
            bind=value
            error=field(error, &["description"])
            placeholder=t!("a web service behind a port", "带端口的网页服务")
            optional=true
        />
    }
}

/// What the template asks of whoever publishes from it, as text.
#[component]
fn Parameters(value: RwSignal<String>, error: Signal<Option<UiError>>) -> impl IntoView {
    view! {
        <TextArea
            name="form[parameters]"
            label=t!("Parameters", "参数")
            bind=value
            error=field(error, &["parameters"])
            placeholder="- { name: replicas, title: Pods, kind: number, path: replicas, min: 1, max: 10 }"
            hint=t!(
                "What whoever publishes is asked, as YAML; docs/templates.md explains it.",
                "发布者需要填写的内容，YAML 格式；说明见 docs/templates.md。"
            )
            rows=6
            code=true
            optional=true
        />
    }
}

/// What the template asks, to read.
#[component]
fn Asked(parameters: Vec<Parameter>, defaults: BTreeMap<String, String>) -> impl IntoView {
    let rows = parameters.into_iter().map(move |parameter| {
        let default = defaults.get(&parameter.name).cloned().unwrap_or_default();
        view! {
            <tr role="row">
                <th scope="row" role="rowheader">
                    {parameter.title}
                    {(!parameter.hint.is_empty()).then(|| view! { <span class="cell-sub">{parameter.hint}</span> })}
                </th>
                <Cell label=t!("Name", "名称")>
                    <code>{parameter.name}</code>
                </Cell>
                <Cell label=t!("Else", "默认值") class="cell-clip">
                    <code>{default}</code>
                </Cell>
            </tr>
        }
    });
    view! {
        <Section title=t!("What it asks", "模板参数")>
            <DataTable
                caption=t!("What it asks", "模板参数")
                columns=vec![
                    Column::new(t!("Question", "问题")),
                    Column::new(t!("Name", "名称")),
                    Column::new(t!("Else", "默认值")),
                ]
            >
                {rows.collect_view()}
            </DataTable>
        </Section>
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
    let TemplateDetail { row, spec, editable, parameters, parameters_text, defaults } = template;
    let (id, name, version, apps, at) = (row.id, row.name, row.version, row.apps, row.updated_at);
    let body = if editable {
        Either::Left(
            view! { <EditForm id name=name.clone() description=row.description.clone() version spec parameters=parameters_text update /> },
        )
    } else {
        Either::Right(view! {
            <p class="page-lead">{row.description.clone()}</p>
            {(!parameters.is_empty()).then(|| view! { <Asked parameters defaults /> })}
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
    parameters: String,
    update: ServerAction<UpdateTemplate>,
) -> impl IntoView {
    let error = last_error(update.value());
    let fields = SpecFields::new(spec);
    let next = version + 1;
    let (description, parameters) = (RwSignal::new(description), RwSignal::new(parameters));
    view! {
        <ActionForm action=update>
            <div class="form">
                <FormErrors error=linked(error, true) />
                <Draft
                    key=format!("template:{id}:{version}")
                    fields
                    others=[description, parameters].map(|typed| (typed, typed.get_untracked())).to_vec()
                    sent=went_well(update.value())
                />
                <input type="hidden" name="id" value=id.to_string() />
                <input type="hidden" name="form[name]" value=name />
                <input type="hidden" name="form[version]" value=version.to_string() />
                <Description value=description error />
                <SpecInputs fields error template=true />
                <Parameters value=parameters error />
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
