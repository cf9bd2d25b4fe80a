//! The applications as lists show them: found, ordered and cut into pages by the database.

use std::collections::HashMap;

use app::model::{AppId, NamespaceId, PageRequest, Permission, Scope, TemplateId, TenantId};
use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, sea_query::Expr,
};

use super::{
    Database, DatabaseError, Result,
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
        .apply_if(wanted.template, |q, template| q.filter(Column::RunningTemplate.eq(template.0)))
        .apply_if(wanted.version, |q, version| q.filter(Column::RunningVersion.eq(i64::from(version))))
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

/// The first of a tenant's applications whose name, or whose namespace's, contains some words, by name. With a slash among
/// the words both do, each its part.
pub async fn named(db: &Database, tenant: TenantId, words: Option<&str>, limit: u64) -> Result<Vec<App>> {
    let rows = Entity::find()
        .filter(Column::DeletedAt.is_null())
        .filter(Column::TenantId.eq(tenant.0))
        .apply_if(words, |q, words| q.filter(placed(words)))
        .order_by_asc(Column::Name)
        .order_by_asc(Column::Id)
        .limit(limit)
        .all(db.read())
        .await?;
    rows.into_iter().map(App::try_from).collect()
}

fn placed(words: &str) -> Condition {
    let within = |words: &str| Column::NamespaceId.in_subquery(namespaces::ids_named(words));
    match words.split_once('/') {
        Some((namespace, name)) => Condition::all().add(within(namespace)).add(contains(Column::Name, name)),
        None => Condition::any().add(within(words)).add(contains(Column::Name, words)),
    }
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
        .add(contains(Column::RunningImage, words))
}

/// How many of the applications on which the actor holds a permission run what came from each version of a template.
pub async fn by_version(
    db: &Database,
    ctx: &OpContext,
    permission: Permission,
    template: TemplateId,
    versions: std::ops::RangeInclusive<u32>,
) -> Result<HashMap<u32, u64>> {
    let rows: Vec<(i64, i64)> = Entity::find()
        .select_only()
        .column(Column::RunningVersion)
        .column_as(Column::Id.count(), "apps")
        .filter(Column::DeletedAt.is_null())
        .filter(Column::RunningTemplate.eq(template.0))
        .filter(Column::RunningVersion.between(i64::from(*versions.start()), i64::from(*versions.end())))
        .filter(reached(ctx, permission, Column::TenantId, lies_in))
        .group_by(Column::RunningVersion)
        .into_tuple()
        .all(db.read())
        .await?;
    rows.into_iter()
        .map(|(version, apps)| Ok((unsigned(version, "apps.running_version")?, unsigned(apps, "apps.count")?)))
        .collect()
}

/// Keeps beside an application what the release is of that it runs, else its newest: by that lists find it.
pub(super) async fn note_running(tx: &DatabaseTransaction, app: AppId, number: u32) -> Result<()> {
    use releases::Column as Release;
    let of: Option<(String, Option<uuid::Uuid>, Option<i64>)> = releases::Entity::find()
        .select_only()
        .columns([Release::Image, Release::TemplateId, Release::TemplateVersion])
        .filter(Release::AppId.eq(app.0))
        .filter(Release::Number.eq(i64::from(number)))
        .into_tuple()
        .one(tx)
        .await?;
    let (image, template, version) = of.ok_or(DatabaseError::Corrupt("releases.number"))?;
    Entity::update_many()
        .col_expr(Column::RunningImage, Expr::value(image))
        .col_expr(Column::RunningTemplate, Expr::value(template))
        .col_expr(Column::RunningVersion, Expr::value(version))
        .filter(Column::Id.eq(app.0))
        .exec(tx)
        .await?;
    Ok(())
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
