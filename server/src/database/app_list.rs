//! The applications as lists show them: found, ordered and cut into pages by the database.

use std::collections::HashMap;

use app::model::{NamespaceId, PageRequest, Permission, Scope, TemplateId};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait, Func, FunctionCall, Query, SelectStatement},
};

use super::{
    Database, Result,
    apps::{
        App,
        entity::{Column, Entity},
    },
    namespaces,
    portable::contains,
    reach::reached,
    releases::entity as releases,
    stored::unsigned,
};
use crate::auth::context::OpContext;

/// Which applications are wanted.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Of one namespace alone.
    pub namespace: Option<NamespaceId>,
    /// Those that run what came from a template.
    pub template: Option<TemplateId>,
    /// Those that run what came from a version of that number, of whichever template.
    pub version: Option<u32>,
    /// Part of the application's name, of its namespace's, or of the image that it runs.
    pub words: Option<String>,
}

/// A page of the applications on which the actor holds a permission, by name, and how many there are in all.
pub async fn page(
    db: &Database,
    ctx: &OpContext,
    permission: Permission,
    wanted: &Wanted,
    page: PageRequest,
) -> Result<(Vec<App>, u64)> {
    let query = Entity::find()
        .filter(Column::DeletedAt.is_null())
        .filter(reached(ctx, permission, Column::TenantId, lies_in))
        .apply_if(wanted.namespace, |q, n| q.filter(Column::NamespaceId.eq(n.0)))
        .apply_if(wanted.template, |q, template| {
            q.filter(Expr::exists(runs(releases::Column::TemplateId.eq(template.0))))
        })
        .apply_if(wanted.version, |q, version| {
            q.filter(Expr::exists(runs(releases::Column::TemplateVersion.eq(i64::from(version)))))
        })
        .apply_if(wanted.words.as_deref(), |q, words| q.filter(found(words)));
    let total = query.clone().count(db.read()).await?;
    let rows = query
        .order_by_asc(Column::Name)
        .order_by_asc(Column::Id)
        .offset(page.offset())
        .limit(u64::from(page.per_page))
        .all(db.read())
        .await?;
    Ok((rows.into_iter().map(App::try_from).collect::<Result<_>>()?, total))
}

/// The first of the other applications that a tenant has in an application's cluster, without those that are being deleted:
/// those of its namespace before the others, each by name. Also such as the actor may not see.
pub async fn beside(db: &Database, app: &App, limit: u64) -> Result<Vec<App>> {
    let others = || {
        Entity::find()
            .filter(Column::DeletedAt.is_null())
            .filter(Column::Deleting.eq(false))
            .filter(Column::TenantId.eq(app.tenant.0))
            .filter(Column::ClusterId.eq(app.cluster.0))
            .filter(Column::Id.ne(app.id.0))
            .order_by_asc(Column::Name)
            .order_by_asc(Column::Id)
    };
    let near = others().filter(Column::NamespaceId.eq(app.namespace.0)).limit(limit).all(db.read()).await?;
    let left = limit.saturating_sub(near.len() as u64);
    let far = others().filter(Column::NamespaceId.ne(app.namespace.0)).limit(left).all(db.read()).await?;
    near.into_iter().chain(far).map(App::try_from).collect()
}

fn found(words: &str) -> Condition {
    Condition::any()
        .add(contains(Column::Name, words))
        .add(Column::NamespaceId.in_subquery(namespaces::ids_named(words)))
        .add(Expr::exists(runs(contains(releases::Column::Image, words))))
}

/// The number of the release that an application runs, else of its newest.
fn running() -> FunctionCall {
    Func::coalesce([Column::LiveRelease, Column::NewestRelease].map(|c| Expr::col((Entity, c))))
}

/// The release that an application runs, else its newest, when it is such a one.
fn runs(such: Expr) -> SelectStatement {
    Query::select()
        .expr(Expr::val(1))
        .from(releases::Entity)
        .and_where(Expr::col((releases::Entity, releases::Column::AppId)).equals((Entity, Column::Id)))
        .and_where(Expr::col((releases::Entity, releases::Column::Number)).eq(running()))
        .and_where(such)
        .to_owned()
}

/// How many of the applications on which the actor holds a permission run what came from each version of a template.
pub async fn by_version(
    db: &Database,
    ctx: &OpContext,
    permission: Permission,
    template: TemplateId,
    versions: std::ops::RangeInclusive<u32>,
) -> Result<HashMap<u32, u64>> {
    let version = releases::Column::TemplateVersion;
    let such = releases::Column::TemplateId
        .eq(template.0)
        .and(version.between(i64::from(*versions.start()), i64::from(*versions.end())));
    let mut apps = Entity::find().select_only().filter(Column::DeletedAt.is_null()).filter(reached(
        ctx,
        permission,
        Column::TenantId,
        lies_in,
    ));
    QuerySelect::query(&mut apps)
        .expr(Expr::col((releases::Entity, version)))
        .expr_as(Expr::col((Entity, Column::Id)).count(), "apps")
        .inner_join(
            releases::Entity,
            Expr::col((releases::Entity, releases::Column::AppId))
                .equals((Entity, Column::Id))
                .and(Expr::col((releases::Entity, releases::Column::Number)).eq(running()))
                .and(such),
        )
        .group_by_col((releases::Entity, version));
    let rows: Vec<(i64, i64)> = apps.into_tuple().all(db.read()).await?;
    rows.into_iter()
        .map(|(version, apps)| Ok((unsigned(version, "releases.template_version")?, unsigned(apps, "apps.count")?)))
        .collect()
}

/// The applications that lie in a scope.
pub(super) fn lies_in(scope: &Scope) -> Option<Expr> {
    match scope {
        Scope::Platform => None,
        Scope::Tenant(id) => Some(Column::TenantId.eq(id.0)),
        Scope::Cluster(id) => Some(Column::ClusterId.eq(id.0)),
        Scope::Namespace(id) => Some(Column::NamespaceId.eq(id.0)),
        Scope::App(id) => Some(Column::Id.eq(id.0)),
    }
}
