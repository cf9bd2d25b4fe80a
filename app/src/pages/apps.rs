//! The applications: what runs, how it is, and who put it there.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{hooks::use_query_map, params::ParamsMap};

use crate::{
    UiError,
    api::{apps::list_apps, namespaces::list_namespaces},
    components::{
        ButtonKind, Cell, Column, DataTable, Empty, Icon, LinkButton, NameCell, PageHeader, RelativeTime, SkeletonRows,
        State, StateBadge, StateCell,
    },
    live,
    load::Load,
    model::{AppQuery, AppRow, Keyed, NameQuery, Page, Permission, Topic},
    pages::{
        address::with_query,
        list::{FilterField, FilterLine, Pager, chosen},
        parts::{live_row, may, of_platform, shown},
        words,
    },
    t, tf,
};

/// What the address asks for.
fn asked(query: &ParamsMap) -> AppQuery {
    AppQuery {
        q: chosen(query, "q"),
        namespace: chosen(query, "namespace"),
        template: chosen(query, "template"),
        version: chosen(query, "version"),
        page: Some(chosen(query, "page").unwrap_or_else(|| "1".to_owned())),
        per_page: chosen(query, "per_page"),
    }
}

/// The applications.
#[component]
pub fn AppsPage() -> impl IntoView {
    let query = use_query_map();
    let ask = Memo::new(move |_| query.with(asked));
    let apps = Load::new(
        move || ask.get(),
        |ask| async move {
            let page = list_apps(ask.clone()).await;
            (ask, page)
        },
    );
    let publish = move || {
        may(Permission::AppPublish).then(|| {
            view! {
                <LinkButton href="/apps/new" kind=ButtonKind::Primary icon="rocket">
                    {t!("Publish", "发布应用")}
                </LinkButton>
            }
        })
    };
    view! {
        <Title text=t!("Apps", "应用") />
        <div class="page">
            <PageHeader
                title=t!("Apps", "应用")
                actions=publish
                facts=move || view! { <a href="/apps/deleted">{t!("Deleted apps", "已删除的应用")}</a> }
            />
            <FilterLine label=t!("Filter the apps", "筛选应用") keep=&["namespace", "template", "version"]>
                <FilterField name="q" label=t!("Name, image or namespace", "名称、镜像或命名空间") search=true />
                <Narrowed ask apps />
            </FilterLine>
            <Transition fallback=|| view! { <SkeletonRows columns=5 /> }>
                {move || Suspend::new(async move {
                    let (ask, page) = apps.await;
                    shown(page, false, move || apps.refetch(), move |page| view! { <Rows ask page /> })
                })}
            </Transition>
        </div>
    }
}

/// A question, and the page that answers it.
type Asked = (AppQuery, Result<Page<AppRow>, UiError>);

/// What the list is narrowed to by links from elsewhere, each with the way back. The rows know what their template is called.
#[component]
fn Narrowed(ask: Memo<AppQuery>, apps: Load<Asked>) -> impl IntoView {
    let query = use_query_map();
    let chip = move |without: &'static [(&'static str, &'static str)], words: String| {
        view! {
            <a class="chip" aria-current="true" href=move || query.with(|q| with_query(q, without))>
                {words}
                <Icon name="x" />
            </a>
        }
    };
    let of_template = move || {
        view! {
            <Transition>
                {move || Suspend::new(async move {
                    let (ask, page) = apps.await;
                    let rows = page.ok().filter(|_| ask.template.is_some()).map(|page| page.rows).unwrap_or_default();
                    let name = rows.into_iter().find_map(|row| row.template).map(|(name, _)| name);
                    chip(&[("template", ""), ("version", "")], template_words(name, ask.version))
                })}
            </Transition>
        }
    };
    let of_namespace = move || chip(&[("namespace", "")], t!("one namespace", "单个命名空间").to_owned());
    // Drawn anew only when it comes or goes, not with each letter that is looked for.
    let by_namespace = Memo::new(move |_| ask.with(|a| a.namespace.is_some()));
    let by_template = Memo::new(move |_| ask.with(|a| a.template.is_some() || a.version.is_some()));
    view! {
        {move || by_namespace.get().then(of_namespace)}
        {move || by_template.get().then(of_template)}
    }
}

/// From which template, and which version of it.
fn template_words(name: Option<String>, version: Option<String>) -> String {
    match (name, version) {
        (Some(name), Some(version)) => tf!("Template {name}, version {version}", "模板 {name}，版本 {version}"),
        (Some(name), None) => tf!("Template {name}", "模板 {name}"),
        (None, Some(version)) => tf!("from version {version} of a template", "来自模板的版本 {version}"),
        (None, None) => t!("from one template", "来自单个模板").to_owned(),
    }
}

/// The rows as they were loaded, and as they change.
#[component]
fn Rows(ask: AppQuery, page: Page<AppRow>) -> impl IntoView {
    let filtered = [&ask.q, &ask.namespace, &ask.template, &ask.version].into_iter().any(Option::is_some);
    let page = live::page(Topic::Apps(ask), page);
    let empty = Memo::new(move |_| page.with(|p| p.rows.is_empty()));
    view! {
        <Show
            when=move || !empty.get()
            fallback=move || if filtered { view! { <NothingFound /> }.into_any() } else { view! { <FirstStep /> }.into_any() }
        >
            <DataTable
                caption=t!("Apps", "应用")
                columns=vec![
                    Column::new(t!("Name", "名称")),
                    Column::new(t!("State", "状态")),
                    Column::new(t!("Pods", "Pod")).number(),
                    Column::new(t!("Image", "镜像")),
                    Column::new(t!("Release", "版本")),
                ]
            >
                <For each=move || page.get().rows key=Keyed::key let:row>
                    <Row row=live_row(page, row) />
                </For>
            </DataTable>
            <Pager label=t!("Pages of apps", "应用分页") page />
        </Show>
    }
}

#[component]
fn Row(row: Memo<AppRow>) -> impl IntoView {
    let release = move || row.with(|r| tf!("{} by {}", "{}，{}", r.release, r.actor_name));
    view! {
        <tr role="row">
            <NameCell href=Signal::derive(move || row.with(|r| format!("/apps/{}", r.id)))>
                {move || row.with(|r| r.name.clone())}
                <span class="cell-sub">{move || row.with(|r| format!("{} · {}", r.namespace_name, r.cluster_name))}</span>
            </NameCell>
            <StateCell>
                <StateBadge
                    state=Signal::derive(move || State::from(row.with(|r| r.state)))
                    word=Signal::derive(move || Some(words::app_state(row.with(|r| r.state)).to_owned()))
                />
            </StateCell>
            <Cell label=t!("Pods", "Pod") class="num">
                {move || {
                    row.with(|r| match (r.kind.runs_to_end(), r.ready) {
                        (false, ready) => tf!("{ready} of {}", "{ready} / {}", r.replicas),
                        (true, 0) => "—".to_owned(),
                        (true, ready) => ready.to_string(),
                    })
                }}
            </Cell>
            <Cell label=t!("Image", "镜像") class="cell-clip">
                <code title=move || row.with(|r| r.image.clone())>{move || row.with(|r| short_image(&r.image).to_owned())}</code>
                {move || {
                    row.with(|r| r.template.clone())
                        .map(|(name, version)| view! { <span class="cell-sub">{format!("{name} v{version}")}</span> })
                }}
            </Cell>
            <Cell label=t!("Release", "版本")>
                {release} <span class="cell-sub">
                    <RelativeTime at=Signal::derive(move || row.with(|r| r.released_at)) />
                </span>
            </Cell>
        </tr>
    }
}

/// An image without the registry's host, which is the same for most rows and hides what differs.
pub fn short_image(image: &str) -> &str {
    match image.split_once('/') {
        Some((host, rest)) if host.contains(['.', ':']) || host == "localhost" => rest,
        _ => image,
    }
}

#[component]
fn NothingFound() -> impl IntoView {
    view! {
        <Empty
            icon="search"
            title=t!("No app matches", "没有匹配的应用")
            text=t!("Look for another part of a name, an image or a namespace.", "请换一个名称、镜像或命名空间的片段。")
        >
            <LinkButton href="/apps">{t!("Show all apps", "显示全部应用")}</LinkButton>
        </Empty>
    }
}

/// There is nothing yet: what comes first depends on whether there is a namespace to put it in.
#[component]
fn FirstStep() -> impl IntoView {
    let one = || NameQuery { limit: Some("1".to_owned()), ..NameQuery::default() };
    let namespaces = Load::new(one, list_namespaces);
    let text = t!(
        "An app is an image that runs as a number of pods, with its configuration and the record of all its releases.",
        "应用是以若干 Pod 运行的镜像，连同它的配置和全部发布记录。"
    );
    view! {
        <Suspense fallback=|| view! { <SkeletonRows rows=3 /> }>
            {move || Suspend::new(async move {
                let none = namespaces.await.is_ok_and(|n| n.rows.is_empty());
                // A tenant without any has its first from the platform.
                let make = may(Permission::NamespaceManage) && of_platform();
                let first = match (none, make, may(Permission::AppPublish)) {
                    (true, true, _) => {
                        view! {
                            <LinkButton href="/namespaces/new" kind=ButtonKind::Primary icon="plus">
                                {t!("Make a namespace first", "先新建命名空间")}
                            </LinkButton>
                        }
                            .into_any()
                    }
                    (true, false, _) => {
                        view! {
                            <p class="muted">
                                {t!(
                                    "There is no namespace yet. Ask the platform's administrator for one.",
                                    "还没有命名空间，请联系平台管理员创建。",
                                )}
                            </p>
                        }
                            .into_any()
                    }
                    (false, _, true) => {
                        view! {
                            <LinkButton href="/apps/new" kind=ButtonKind::Primary icon="rocket">
                                {t!("Publish the first app", "发布第一个应用")}
                            </LinkButton>
                        }
                            .into_any()
                    }
                    (false, _, false) => ().into_any(),
                };
                view! {
                    <Empty icon="box" title=t!("No apps yet", "还没有应用") text=text>
                        {first}
                    </Empty>
                }
            })}
        </Suspense>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_is_left_out_and_nothing_else() {
        assert_eq!(short_image("registry.example.org/shop/web:1.4.2"), "shop/web:1.4.2");
        assert_eq!(short_image("10.0.0.1:5000/demo:1"), "demo:1");
        assert_eq!(short_image("library/web:1"), "library/web:1");
        assert_eq!(short_image("web:1"), "web:1");
    }

    #[test]
    fn a_template_is_called_by_its_name_where_that_is_known() {
        let said = |name: Option<&str>, version: Option<&str>| {
            template_words(name.map(ToOwned::to_owned), version.map(ToOwned::to_owned))
        };
        assert_eq!(said(Some("web"), Some("3")), "Template web, version 3");
        assert_eq!(said(Some("web"), None), "Template web");
        assert_eq!(said(None, Some("3")), "from version 3 of a template");
    }

    #[test]
    fn the_address_is_the_question() {
        let query: ParamsMap = [("q", "web"), ("page", "2")].map(|(k, v)| (k, v.to_owned())).into_iter().collect();
        let ask = asked(&query);
        assert_eq!((ask.q.as_deref(), ask.page.as_deref(), ask.namespace), (Some("web"), Some("2"), None));
        assert_eq!(asked(&ParamsMap::new()).page.as_deref(), Some("1"));
    }
}
