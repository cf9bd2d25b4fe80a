//! The versions of a template: who made each and when, how many applications run it, and what differs between two.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{hooks::use_query_map, params::ParamsMap};

use crate::{
    api::templates::{compare_template_versions, get_template, list_template_versions},
    components::{ButtonKind, Cell, Column, DataTable, LinkButton, PageHeader, RelativeTime},
    load::Load,
    model::{Page, TemplateDiff, TemplateId, TemplateRow, TemplateVersion, VersionQuery},
    pages::{
        difference::Difference,
        list::{Pager, chosen},
        parts::{page_to_come, segment, shown},
    },
    t, tf,
};

fn asked(query: &ParamsMap) -> VersionQuery {
    VersionQuery { page: chosen(query, "page"), per_page: chosen(query, "per_page") }
}

/// The versions of a template.
#[component]
pub fn TemplateVersionsPage() -> impl IntoView {
    let id = segment::<TemplateId>("id");
    let query = use_query_map();
    let ask = Memo::new(move |_| query.with(asked));
    let template = Load::new(move || id.get(), |id| async move { get_template(id?).await });
    let versions =
        Load::new(move || (id.get(), ask.get()), |(id, ask)| async move { list_template_versions(id?, ask).await });
    let retry = move || {
        template.refetch();
        versions.refetch();
    };
    view! {
        <Transition fallback=page_to_come>
            {move || Suspend::new(async move {
                let both = match (template.await, versions.await) {
                    (Ok(template), Ok(versions)) => Ok((template.row, versions)),
                    (Err(error), _) | (_, Err(error)) => Err(error),
                };
                shown(both, true, retry, |(template, versions)| view! { <Versions template versions /> })
            })}
        </Transition>
    }
}

#[component]
fn Versions(template: TemplateRow, versions: Page<TemplateVersion>) -> impl IntoView {
    let (id, name, newest) = (template.id, template.name, template.version);
    let title = tf!("Versions of {name}", "{name} 的版本");
    let page = RwSignal::new(versions.clone()).read_only();
    let rows = versions.rows.into_iter().map(|version| line(id, newest, version)).collect_view();
    view! {
        <Title text=title.clone() />
        <div class="page">
            <PageHeader
                title
                facts=move || view! { <a href=format!("/templates/{id}")>{name.clone()}</a> }
            />
            <p class="page-lead">
                {t!(
                    "Each change of the template makes a new version, which never changes. Apps stay with what they were published with.",
                    "每次修改产生一个版本，此后不再改变。应用保持发布时的内容。",
                )}
            </p>
            <DataTable
                caption=t!("Versions", "版本")
                columns=vec![
                    Column::new(t!("Version", "版本")),
                    Column::new(t!("By", "操作人")),
                    Column::new(t!("Made", "创建于")),
                    Column::new(t!("Apps that run it", "正在使用的应用")).number(),
                    Column::new(""),
                ]
            >
                {rows}
            </DataTable>
            <Pager label=t!("Pages of versions", "版本分页") page />
        </div>
    }
}

/// An older version is compared with the newest, the newest with the one before it.
fn line(id: TemplateId, newest: u32, version: TemplateVersion) -> impl IntoView {
    let (number, by) = (version.number, maker(&version));
    let compared = match number {
        n if n < newest => Some((n, newest)),
        n if n > 1 => Some((n - 1, n)),
        _ => None,
    };
    view! {
        <tr role="row">
            <th scope="row" role="rowheader">
                {tf!("version {number}", "版本 {number}")}
            </th>
            <Cell label=t!("By", "操作人")>{by}</Cell>
            <Cell label=t!("Made", "创建于")>
                <RelativeTime at=version.created_at />
            </Cell>
            <Cell label=t!("Apps that run it", "正在使用的应用") class="num">
                {if version.apps == 0 {
                    "0".into_any()
                } else {
                    view! {
                        <a href=format!("/apps?template={id}&version={number}")>
                            {version.apps}
                            <span class="visually-hidden">
                                {tf!(": the apps that run version {number}", "：使用版本 {number} 的应用")}
                            </span>
                        </a>
                    }
                        .into_any()
                }}
            </Cell>
            <Cell label="" class="cell-actions">
                {compared
                    .map(|(left, right)| {
                        view! {
                            <LinkButton
                                href=format!("/templates/{id}/compare/{left}/{right}")
                                kind=ButtonKind::Plain
                                small=true
                            >
                                {t!("Compare", "比较")}
                                <span class="visually-hidden">
                                    {tf!(" version {left} with {right}", "版本 {left} 与 {right}")}
                                </span>
                            </LinkButton>
                        }
                    })}
            </Cell>
        </tr>
    }
}

/// Who made a version.
fn maker(version: &TemplateVersion) -> String {
    if version.actor_name.is_empty() { t!("the platform", "平台").to_owned() } else { version.actor_name.clone() }
}

/// Two versions side by side.
#[component]
pub fn CompareTemplatePage() -> impl IntoView {
    let id = segment::<TemplateId>("id");
    let left = segment::<u32>("left");
    let right = segment::<u32>("right");
    let diff = Load::new(
        move || (id.get(), left.get(), right.get()),
        |(id, left, right)| async move {
            let id = id?;
            Ok((id, compare_template_versions(id, left?, right?).await?))
        },
    );
    view! {
        <Transition fallback=page_to_come>
            {move || Suspend::new(async move {
                shown(diff.await, true, move || diff.refetch(), |(id, diff)| view! { <Compared id diff /> })
            })}
        </Transition>
    }
}

#[component]
fn Compared(id: TemplateId, diff: TemplateDiff) -> impl IntoView {
    let TemplateDiff { name, left, right, sections } = diff;
    let (l, r) = (left.number, right.number);
    let title = tf!("{name}: versions {l} and {r}", "{name}：版本 {l} 与 {r}");
    let fact = |word: &'static str, version: TemplateVersion| {
        let by = maker(&version);
        view! {
            <span>
                <span class="muted">{word}</span>
                " "
                <strong class="num">{version.number}</strong>
                " · "
                <RelativeTime at=version.created_at />
                " · "
                {by}
            </span>
        }
    };
    view! {
        <Title text=title.clone() />
        <div class="page">
            <PageHeader
                title
                actions=move || {
                    view! {
                        <LinkButton
                            href=format!("/templates/{id}/compare/{r}/{l}")
                            icon="chevrons-up-down"
                            label=t!("Swap the sides", "左右互换")
                        />
                    }
                }
                facts=move || {
                    view! {
                        <a href=format!("/templates/{id}/versions")>{name.clone()}</a>
                        {fact(t!("left", "左侧"), left.clone())}
                        {fact(t!("right", "右侧"), right.clone())}
                    }
                }
            />
            <Difference
                left=tf!("version {l}", "版本 {l}")
                right=tf!("version {r}", "版本 {r}")
                sections
            />
        </div>
    }
}
