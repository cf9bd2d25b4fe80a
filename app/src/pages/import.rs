//! A Deployment that becomes an application: what of it is taken over, what the next release changes, and what is in the way.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;

use crate::{
    UiError,
    api::namespaces::{ImportDeployment, get_import_plan, get_namespace},
    components::{
        Button, ButtonKind, Cell, CodeBlock, Column, DataTable, FormErrors, LinkButton, Note, PageHeader, Section,
        State,
    },
    i18n::Text,
    load::Load,
    model::{DriftChange, ImportPlan, NamespaceId, NamespaceRow},
    pages::{
        form::last_error,
        parts::{page_to_come, segment, shown},
        reason::ReasonField,
    },
    t, tf,
};

/// Takes a Deployment over.
#[component]
pub fn ImportPage() -> impl IntoView {
    let id = segment::<NamespaceId>("id");
    let name = segment::<String>("name");
    let plan = Load::new(
        move || (id.get(), name.get()),
        |(id, name)| async move {
            let (id, name) = (id?, name?);
            Ok::<_, UiError>((get_namespace(id).await?, get_import_plan(id, name).await?))
        },
    );
    let again = Callback::new(move |()| plan.refetch());
    view! {
        <Transition fallback=page_to_come>
            {move || Suspend::new(async move {
                shown(
                    plan.await,
                    true,
                    move || plan.refetch(),
                    move |(namespace, plan)| view! { <Plan namespace plan again /> },
                )
            })}
        </Transition>
    }
}

#[component]
fn Plan(namespace: NamespaceRow, plan: ImportPlan, again: Callback<()>) -> impl IntoView {
    let ImportPlan { name, document, secrets, takes, stays, later, obstacles } = plan;
    let (id, place) = (namespace.id, namespace.name);
    let title = tf!("Import {name}", "导入 {name}");
    let end = if obstacles.is_empty() { view! { <Import id name=name.clone() /> }.into_any() } else { ().into_any() };
    view! {
        <Title text=title.clone() />
        <div class="page">
            <PageHeader
                title
                actions=move || {
                    view! {
                        <Button icon="refresh-cw" on_press=move |_| again.run(())>
                            {t!("Look again", "重新查看")}
                        </Button>
                    }
                }
                facts=move || {
                    view! {
                        <a href=format!("/namespaces/{id}")>{place.clone()}</a>
                        <span>{t!("a Deployment of the cluster", "集群中的 Deployment")}</span>
                    }
                }
            />
            {(!obstacles.is_empty()).then(|| view! { <Obstacles obstacles /> })}
            <Section title=t!("What becomes of it", "导入后的变化")>
                <ul class="prose">
                    <li>
                        {t!(
                            "Its pods run on as they are. Longshore takes over the Deployment with its ReplicaSet.",
                            "其 Pod 原样继续运行。Longshore 接管 Deployment 及其 ReplicaSet。"
                        )}
                    </li>
                    {takes
                        .into_iter()
                        .map(|taken| view! { <li>{tf!("{taken} goes over to the app.", "{taken} 归应用所有。")}</li> })
                        .collect_view()}
                    {(!secrets.is_empty())
                        .then(|| {
                            let names = secrets.join(", ");
                            view! {
                                <li>
                                    {tf!(
                                        "The values of these secrets are kept, encrypted: {names}.",
                                        "以下密钥的值将加密保存：{names}。"
                                    )}
                                </li>
                            }
                        })}
                    {stays.into_iter().map(|stays| view! { <li>{stays.here()}</li> }).collect_view()}
                </ul>
            </Section>
            <Later later />
            {end}
            <Section
                title=t!("Specification", "规格")
                note=t!("what later releases are made from", "之后的发布以此为准")
            >
                <CodeBlock label=t!("Specification", "规格").to_owned() text=document />
            </Section>
        </div>
    }
}

#[component]
fn Obstacles(obstacles: Vec<Text>) -> impl IntoView {
    let each = obstacles.into_iter().map(|text| view! { <li>{text.here()}</li> }).collect_view();
    view! {
        <Note state=State::Failed title=t!("It cannot become an app as it is", "目前无法成为应用")>
            <p>
                {t!(
                    "The next release would lose or break this. Change it in the cluster, then look again; nothing has been touched.",
                    "以下内容会在下一次发布时丢失或出错。请在集群中修改后重新查看；目前未做任何改动。"
                )}
            </p>
            <ul>{each}</ul>
        </Note>
    }
}

/// What the next release changes in the pods.
#[component]
fn Later(later: Vec<DriftChange>) -> impl IntoView {
    if later.is_empty() {
        return ().into_any();
    }
    let value = |value: Option<String>| match value {
        Some(value) => view! { <code class="wrap">{value}</code> }.into_any(),
        None => view! { <span class="muted">{t!("not set", "未设置")}</span> }.into_any(),
    };
    let rows = later
        .into_iter()
        .map(|change| {
            let DriftChange { path, recorded, live, .. } = change;
            let path = path.strip_prefix("spec.template.").unwrap_or(&path).to_owned();
            view! {
                <tr role="row">
                    <th scope="row" role="rowheader">
                        <code class="wrap">{path}</code>
                    </th>
                    <Cell label=t!("Runs now", "当前")>{value(live)}</Cell>
                    <Cell label=t!("From the next release on", "下一次发布起")>{value(recorded)}</Cell>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Section
            title=t!("What the next release changes", "下一次发布的改动")
            note=t!("it makes the pods anew, in batches", "届时将分批重建 Pod")
        >
            <p class="prose">
                {t!(
                    "Variables, files and secrets then come from objects of the app's own, with the same content.",
                    "届时环境变量、文件和密钥将来自应用自己的对象，内容不变。"
                )}
            </p>
            <DataTable
                caption=t!("What the next release changes", "下一次发布的改动")
                columns=vec![
                    Column::new(t!("Field of the pods", "Pod 字段")),
                    Column::new(t!("Runs now", "当前")),
                    Column::new(t!("From the next release on", "下一次发布起")),
                ]
            >
                {rows}
            </DataTable>
        </Section>
    }
    .into_any()
}

#[component]
fn Import(id: NamespaceId, name: String) -> impl IntoView {
    let import = ServerAction::<ImportDeployment>::new();
    let error = last_error(import.value());
    view! {
        <Section title=t!("Import", "导入")>
            <ActionForm action=import>
                <div class="form">
                    <FormErrors error />
                    <input type="hidden" name="id" value=id.to_string() />
                    <input type="hidden" name="name" value=name />
                    <ReasonField name="reason" error example=t!("from now on released with Longshore", "今后由 Longshore 发布") />
                    <div class="form-actions">
                        <Button kind=ButtonKind::Primary icon="download" busy=import.pending()>
                            {t!("Import as an app", "导入为应用")}
                        </Button>
                        <LinkButton href=format!("/namespaces/{id}") kind=ButtonKind::Plain>
                            {t!("Cancel", "取消")}
                        </LinkButton>
                    </div>
                </div>
            </ActionForm>
        </Section>
    }
}
