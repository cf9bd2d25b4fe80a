//! The templates: what applications start from.

use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::{hooks::use_query_map, params::ParamsMap};

use crate::{
    api::templates::{AddStarterTemplates, list_templates},
    components::{
        Button, ButtonKind, Cell, Column, DataTable, Empty, FormErrors, LinkButton, NameCell, PageHeader, RelativeTime,
    },
    i18n::Lang,
    model::{DEFAULT_PER_PAGE, Permission, STARTER_NAMES, TemplateRow},
    pages::{
        form::{last_error, when_done},
        list::chosen,
        named::{Anew, NamedList},
        parts::{may, of_platform},
    },
    t, tf,
};

/// The templates.
#[component]
pub fn TemplatesPage() -> impl IntoView {
    let actions = move || {
        may(Permission::TemplateManage).then(|| {
            view! {
                <LinkButton href="/templates/new" kind=ButtonKind::Primary icon="plus">
                    {t!("New template", "新建模板")}
                </LinkButton>
            }
        })
    };
    view! {
        <Title text=t!("Templates", "模板") />
        <div class="page">
            <PageHeader title=t!("Templates", "模板") actions />
            <NamedList label=t!("Templates", "模板") fetch=list_templates rows=table empty=first_step columns=6 />
        </div>
    }
}

fn first_step() -> impl IntoView {
    view! {
        <Empty
            icon="file-text"
            title=t!("No templates yet", "还没有模板")
            text=t!(
                "A template holds the values that an app starts with: port, resources, health check, configuration. Each change makes a new version; apps keep what they were published with.",
                "模板保存应用的初始设置：端口、资源、健康检查和配置。每次修改产生新版本，已发布的应用不受影响。",
            )
        >
            {may(Permission::TemplateManage)
                .then(|| {
                    view! {
                        <Starters kind=ButtonKind::Primary />
                        <LinkButton href="/templates/new" icon="plus">
                            {t!("Make the first template", "新建第一个模板")}
                        </LinkButton>
                    }
                })}
        </Empty>
    }
}

/// The way to the templates that Longshore brings along.
#[component]
fn Starters(#[prop(optional)] kind: ButtonKind) -> impl IntoView {
    let add = ServerAction::<AddStarterTemplates>::new();
    let error = last_error(add.value());
    if let Some(Anew(anew)) = use_context() {
        when_done(add.value(), anew);
    }
    view! {
        <FormErrors error />
        <ActionForm action=add>
            <input type="hidden" name="language" value=Lang::current().tag() />
            <Button kind icon="layers" busy=add.pending()>
                {t!("Add the starter templates", "添加入门模板")}
            </Button>
        </ActionForm>
        <p class="muted">
            {t!(
                "A web service, a worker, a static site, PostgreSQL, Redis and a cron job. They are yours to change.",
                "网页服务、后台任务、静态网站、PostgreSQL、Redis 和定时任务，均可自行修改。",
            )}
        </p>
    }
}

/// Whether some of the templates that Longshore brings along are missing among these. Only a list that is shown whole tells.
fn lacks_starters(rows: &[TemplateRow], query: &ParamsMap, of_platform: bool) -> bool {
    let whole = ["q", "cursor", "limit"].iter().all(|key| chosen(query, key).is_none());
    // The platform's people see the templates of all tenants, and would add to their own.
    let has = |name: &str| rows.iter().any(|row| row.name == name && (row.tenant.is_none() || !of_platform));
    whole && rows.len() < DEFAULT_PER_PAGE as usize && !STARTER_NAMES.iter().all(|name| has(name))
}

fn table(rows: Vec<TemplateRow>) -> impl IntoView {
    let publish = may(Permission::AppPublish);
    let query = use_query_map();
    let lacks = query.with_untracked(|query| lacks_starters(&rows, query, of_platform()));
    view! {
        <DataTable
            caption=t!("Templates", "模板")
            columns=vec![
                Column::new(t!("Name", "名称")),
                Column::new(t!("For", "适用范围")),
                Column::new(t!("Version", "版本")).number(),
                Column::new(t!("Apps", "应用")).number(),
                Column::new(t!("Changed", "更新于")),
                Column::new(""),
            ]
        >
            {rows.into_iter().map(|row| line(row, publish)).collect_view()}
        </DataTable>
        {(lacks && may(Permission::TemplateManage))
            .then(|| {
                view! {
                    <div class="row">
                        <Starters />
                    </div>
                }
            })}
    }
}

fn line(row: TemplateRow, publish: bool) -> impl IntoView {
    let (id, name) = (row.id, row.name.clone());
    view! {
        <tr role="row">
            <NameCell href=format!("/templates/{id}")>
                {row.name} {(!row.description.is_empty()).then(|| view! { <span class="cell-sub">{row.description}</span> })}
            </NameCell>
            <Cell label=t!("For", "适用范围")>
                {if row.tenant.is_some() { t!("the tenant", "本租户") } else { t!("everybody", "所有租户") }}
            </Cell>
            <Cell label=t!("Version", "版本") class="num">{row.version}</Cell>
            <Cell label=t!("Apps", "应用") class="num">{row.apps}</Cell>
            <Cell label=t!("Changed", "更新于")>
                <RelativeTime at=row.updated_at />
            </Cell>
            <Cell label="" class="cell-actions">
                {publish
                    .then(|| {
                        view! {
                            <LinkButton href=format!("/apps/new?template={id}") small=true icon="rocket">
                                {t!("Publish from it", "用它发布")}
                                <span class="visually-hidden">{tf!(": {name}", "：{name}")}</span>
                            </LinkButton>
                        }
                    })}
            </Cell>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{TemplateId, TenantId};

    fn rows(names: &[&str], tenant: Option<TenantId>) -> Vec<TemplateRow> {
        let row = |name: &&str| TemplateRow {
            id: TemplateId(uuid::Uuid::nil()),
            tenant,
            name: (*name).to_owned(),
            description: String::new(),
            version: 1,
            apps: 0,
            updated_at: 0,
        };
        names.iter().map(row).collect()
    }

    #[test]
    fn what_is_missing_is_offered_where_the_whole_list_is_seen() {
        let (all, shop) = (ParamsMap::new(), Some(TenantId(uuid::Uuid::nil())));
        assert!(lacks_starters(&rows(&["own", "redis"], shop), &all, false));
        assert!(!lacks_starters(&rows(&STARTER_NAMES, shop), &all, false));
        assert!(lacks_starters(&rows(&STARTER_NAMES, shop), &all, true), "a tenant's are not the platform's");
        assert!(!lacks_starters(&rows(&STARTER_NAMES, None), &all, true));
        let part: ParamsMap = [("q", "red".to_owned())].into_iter().collect();
        assert!(!lacks_starters(&rows(&["redis"], shop), &part, false));
        assert!(!lacks_starters(&rows(&["own"; 50], shop), &all, false));
    }
}
