//! Publishing a new application: from a template or from nothing, with "Will it fit?" before anything is sent.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    UiError,
    api::{
        apps::PublishApp,
        namespaces::{get_namespace, list_namespaces},
        templates::{get_template, list_templates},
    },
    components::{Button, ButtonKind, Choice, Empty, FormErrors, LinkButton, PageHeader, TextField},
    load::Load,
    model::{NameQuery, NamespaceId, NamespaceRow, Permission, Slice, TemplateDetail, TemplateRow},
    pages::{
        address::with_query,
        form::{field, last_error, went_well},
        list::chosen,
        parts::{linked, may, of_platform, page_to_come, shown},
        pick::PickField,
        reason::ReasonField,
        spec_form::{Answers, Draft, FitPanel, Questions, SpecFields, SpecInputs, started_from},
    },
    t, tf,
};

/// Templates that are shown to start from; the others are on their own page.
const FEW: u32 = 12;

/// What the form is made from.
#[derive(Clone)]
struct Ground {
    namespaces: Slice<NamespaceRow>,
    templates: Slice<TemplateRow>,
    template: Option<TemplateDetail>,
}

/// Publishes an application.
#[component]
pub fn NewAppPage() -> impl IntoView {
    let query = use_query_map();
    let chosen_template = Memo::new(move |_| query.with(|q| chosen(q, "template")));
    let wanted = Memo::new(move |_| query.with(|q| chosen(q, "namespace")).and_then(|id| id.parse().ok()));
    let namespaces = Load::new(move || wanted.get(), grounds);
    let few = || NameQuery { limit: Some(FEW.to_string()), ..NameQuery::default() };
    let templates = Load::new(few, list_templates);
    let template = Load::new(
        move || chosen_template.get(),
        |id| async move {
            match id.map(|id| id.parse()) {
                None => Ok(None),
                Some(Ok(id)) => get_template(id).await.map(Some),
                Some(Err(_)) => Err(UiError::not_found()),
            }
        },
    );
    // Kept while templates are tried on.
    let name = RwSignal::new(String::new());
    let image = RwSignal::new(String::new());
    let reason = RwSignal::new(String::new());
    let namespace = RwSignal::new(query.with_untracked(|q| chosen(q, "namespace")).unwrap_or_default());
    let kept = Kept { name, image, reason, namespace };
    let retry = move || {
        namespaces.refetch();
        templates.refetch();
        template.refetch();
    };
    view! {
        <Title text=t!("Publish an app", "发布应用") />
        <Transition fallback=page_to_come>
            {move || Suspend::new(async move {
                let ground = async {
                    Ok::<_, UiError>(Ground {
                        namespaces: namespaces.await?,
                        templates: templates.await?,
                        template: template.await?,
                    })
                };
                shown(ground.await, true, retry, move |ground| view! { <PublishForm ground kept /> })
            })}
        </Transition>
    }
}

/// What was typed and outlives another choice of template.
#[derive(Clone, Copy)]
struct Kept {
    name: RwSignal<String>,
    image: RwSignal<String>,
    reason: RwSignal<String>,
    namespace: RwSignal<String>,
}

/// The namespaces to choose from, with the one that is wanted.
async fn grounds(wanted: Option<NamespaceId>) -> Result<Slice<NamespaceRow>, UiError> {
    let mut part = list_namespaces(NameQuery::most()).await?;
    if let Some(id) = wanted.filter(|id| part.rows.iter().all(|n| n.id != *id)) {
        // It may be gone; then another is as good.
        part.rows.extend(get_namespace(id).await.ok());
    }
    Ok(part)
}

/// A namespace, told apart by its cluster from others of its name.
fn place(namespace: &NamespaceRow) -> Choice {
    Choice::new(namespace.id.to_string(), format!("{} · {}", namespace.name, namespace.cluster_name))
}

async fn find_places(query: NameQuery) -> Result<Vec<Choice>, UiError> {
    Ok(list_namespaces(query).await?.rows.iter().map(place).collect())
}

#[component]
fn PublishForm(ground: Ground, kept: Kept) -> impl IntoView {
    let Ground { namespaces, templates, template } = ground;
    let whole = namespaces.is_whole();
    let rows = namespaces.rows;
    let Some(first) = rows.first() else {
        return view! { <NoNamespace /> }.into_any();
    };
    if !kept.namespace.with_untracked(|id| rows.iter().any(|n| n.id.to_string() == *id)) {
        kept.namespace.set(first.id.to_string());
    }
    // An image that was typed for another is none of a template's that asks for its own.
    let asks_image = |t: &TemplateDetail| t.parameters.iter().any(|p| p.path == "containers[0].image");
    let typed = if template.as_ref().is_some_and(asks_image) { String::new() } else { kept.image.get_untracked() };
    let spec = started_from(template.as_ref().map(|t| &t.spec), &typed);
    let fields = SpecFields::new(spec).with_image(kept.image);
    let publish = ServerAction::<PublishApp>::new();
    let error = last_error(publish.value());
    let answers = template.as_ref().map(Answers::new).unwrap_or_default();
    let asks = !answers.is_empty();
    let template_id = template.as_ref().map(|t| t.row.id.to_string()).unwrap_or_default();
    let first: Vec<Choice> = rows.iter().map(place).collect();
    let draft = format!("new:{template_id}");
    let typed = [kept.name, kept.reason].map(|typed| (typed, String::new()));
    let others = typed.into_iter().chain(answers.open()).collect::<Vec<_>>();
    view! {
        <div class="page page-narrow">
            <PageHeader title=t!("Publish an app", "发布应用") />
            <ActionForm action=publish>
                <div class="form">
                    <FormErrors error=linked(error, true) />
                    <Draft key=draft fields others sent=went_well(publish.value()) />
                    <TemplateChoice templates chosen=template.map(|t| t.row) />
                    <input type="hidden" name="form[template]" value=template_id.clone() />
                    <div class="form-row">
                        <PickField
                            name="form[namespace]"
                            label=t!("Namespace", "命名空间")
                            first
                            whole
                            bind=kept.namespace
                            error=field(error, &["namespace"])
                            find=find_places
                        />
                        <TextField
                            name="form[name]"
                            label=t!("Name", "名称")
                            bind=kept.name
                            error=field(error, &["name"])
                            placeholder="web"
                            hint=t!("Lower-case letters, digits, hyphens", "小写字母、数字和连字符")
                            mono=true
                        />
                    </div>
                    {if asks {
                        view! {
                            <Questions answers=answers.clone() error />
                            <details class="fieldset-more">
                                <summary>{t!("Everything else", "其他全部设置")}</summary>
                                <p class="muted">
                                    {t!(
                                        "What the template asks above stands over what is said here.",
                                        "以上模板参数优先于此处的设置。"
                                    )}
                                </p>
                                <SpecInputs fields error image_optional=true />
                            </details>
                        }
                            .into_any()
                    } else {
                        view! { <SpecInputs fields error /> }.into_any()
                    }}
                    <ReasonField name="form[reason]" error example=t!("first version", "首次发布") bind=kept.reason />
                    <FitPanel fields namespace=kept.namespace app="" asked=(template_id, answers) error />
                    <div class="form-actions">
                        <Button kind=ButtonKind::Primary icon="rocket" busy=publish.pending()>
                            {t!("Publish", "发布")}
                        </Button>
                        <LinkButton href="/apps" kind=ButtonKind::Plain>
                            {t!("Cancel", "取消")}
                        </LinkButton>
                    </div>
                </div>
            </ActionForm>
        </div>
    }
    .into_any()
}

/// What the form starts from, as links: the choice is in the address.
#[component]
fn TemplateChoice(
    /// Some of the templates.
    templates: Slice<TemplateRow>,
    /// The one that is chosen.
    chosen: Option<TemplateRow>,
) -> impl IntoView {
    let current = chosen.as_ref().map(|t| t.id.to_string()).unwrap_or_default();
    let more = !templates.is_whole();
    let mut templates = templates.rows;
    if let Some(chosen) = chosen.filter(|chosen| templates.iter().all(|t| t.id != chosen.id)) {
        templates.push(chosen);
    }
    let query = use_query_map();
    let chip = move |id: String, words: String, title: String| {
        let on = id == current;
        view! {
            <a
                class="chip"
                title=title
                href=move || query.with(|q| with_query(q, &[("template", &id)]))
                aria-current=on.then_some("true")
            >
                {words}
            </a>
        }
    };
    (!templates.is_empty()).then(|| {
        view! {
            <nav class="row" aria-label=t!("Template", "模板")>
                <span class="muted">{t!("Start from", "起始模板")}</span>
                {chip(String::new(), t!("nothing", "无").to_owned(), String::new())}
                {templates
                    .into_iter()
                    .map(|t| chip(t.id.to_string(), tf!("{} v{}", "{} v{}", t.name, t.version), t.description))
                    .collect_view()}
                {more
                    .then(|| {
                        view! {
                            <a class="chip" href="/templates">
                                {t!("another one …", "其他模板…")}
                            </a>
                        }
                    })}
            </nav>
        }
    })
}

#[component]
fn NoNamespace() -> impl IntoView {
    view! {
        <div class="page">
            <PageHeader title=t!("Publish an app", "发布应用") />
            <Empty
                icon="layers"
                title=t!("There is no namespace to publish to", "没有可发布的命名空间")
                text=t!(
                    "A namespace is a tenant's share of a cluster, with a quota of CPU, memory and pods. Apps live in one.",
                    "命名空间是租户在集群中的份额，带有 CPU、内存和 Pod 配额，应用位于其中。",
                )
            >
                {if may(Permission::NamespaceManage) && of_platform() {
                    view! {
                        <LinkButton href="/namespaces/new" kind=ButtonKind::Primary icon="plus">
                            {t!("Make a namespace", "新建命名空间")}
                        </LinkButton>
                    }
                        .into_any()
                } else {
                    view! {
                        <p class="muted">{t!("Ask the platform's administrator for one.", "请联系平台管理员创建。")}</p>
                    }
                        .into_any()
                }}
            </Empty>
        </div>
    }
}
