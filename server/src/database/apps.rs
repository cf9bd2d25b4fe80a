//! Applications. Whoever starts an operation on one takes its place in `operation_id` in the same transaction, so
//! that there is one at a time.

use app::{
    i18n::Text,
    model::{AppId, ClusterId, Millis, NamespaceId, OperationId, Place, TenantId},
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, sea_query::Expr,
};

use super::{
    Database, DatabaseError, Result, app_list,
    app_secrets::{self, SealedSecret},
    audit::{self, Entry},
    operation_wishes,
    operations::{self, NewOperation},
    portable::lock_row,
    releases::{self, NewRelease},
    routes::{self, Wanting},
    stored::unsigned,
};
use crate::auth::{authz, context::OpContext};

pub(super) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "apps")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub tenant_id: Uuid,
        pub cluster_id: Uuid,
        pub namespace_id: Uuid,
        pub name: String,
        pub name_key: String,
        pub newest_release: i64,
        pub live_release: Option<i64>,
        pub operation_id: Option<Uuid>,
        pub deleting: bool,
        pub created_at: i64,
        pub deleted_at: Option<i64>,
        pub running_image: Option<String>,
        pub running_template: Option<Uuid>,
        pub running_version: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{Column, Entity};

/// An application as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    /// The application.
    pub id: AppId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The cluster it runs in.
    pub cluster: ClusterId,
    /// The namespace it runs in.
    pub namespace: NamespaceId,
    /// Its name.
    pub name: String,
    /// The number of the newest release.
    pub newest_release: u32,
    /// The number of the release that serves, when one ever did.
    pub live_release: Option<u32>,
    /// The operation under way.
    pub operation: Option<OperationId>,
    /// Whether that deletes it.
    pub deleting: bool,
    /// When it was made.
    pub created_at: Millis,
}

impl App {
    /// Where it stands, for what may be done with it.
    pub fn place(&self) -> Place {
        Place::app(self.tenant, self.cluster, self.namespace, self.id)
    }
}

impl TryFrom<entity::Model> for App {
    type Error = DatabaseError;

    fn try_from(row: entity::Model) -> Result<Self> {
        Ok(Self {
            id: AppId(row.id),
            tenant: TenantId(row.tenant_id),
            cluster: ClusterId(row.cluster_id),
            namespace: NamespaceId(row.namespace_id),
            name: row.name,
            newest_release: unsigned(row.newest_release, "apps.newest_release")?,
            live_release: row.live_release.map(|n| unsigned(n, "apps.live_release")).transpose()?,
            operation: row.operation_id.map(OperationId),
            deleting: row.deleting,
            created_at: row.created_at,
        })
    }
}

/// What is kept with a release, in one transaction.
#[derive(Debug)]
pub struct Publication {
    /// The release.
    pub release: NewRelease,
    /// New versions of secrets.
    pub secrets: Vec<SealedSecret>,
    /// The operation that carries it out.
    pub operation: NewOperation,
}

/// The applications of a namespace that the actor may know of, by name.
pub async fn of_namespace(db: &Database, ctx: &OpContext, namespace: NamespaceId) -> Result<Vec<App>> {
    let rows = Entity::find()
        .filter(Column::DeletedAt.is_null())
        .apply_if(ctx.tenant(), |q, t| q.filter(Column::TenantId.eq(t.0)))
        .filter(Column::NamespaceId.eq(namespace.0))
        .order_by_asc(Column::Name)
        .order_by_asc(Column::Id)
        .all(db.read())
        .await?;
    rows.into_iter().map(App::try_from).collect()
}

/// One application, when the actor may know of it.
pub async fn find(db: &Database, ctx: &OpContext, id: AppId) -> Result<Option<App>> {
    let row = Entity::find_by_id(id.0)
        .filter(Column::DeletedAt.is_null())
        .apply_if(ctx.tenant(), |q, t| q.filter(Column::TenantId.eq(t.0)))
        .one(db.read())
        .await?;
    row.map(App::try_from).transpose()
}

/// How many applications each of these namespaces has.
pub async fn counts(
    db: &Database,
    ctx: &OpContext,
    namespaces: &[NamespaceId],
) -> Result<std::collections::HashMap<NamespaceId, u64>> {
    let rows: Vec<(uuid::Uuid, i64)> = Entity::find()
        .select_only()
        .column(Column::NamespaceId)
        .column_as(Column::Id.count(), "apps")
        .filter(Column::NamespaceId.is_in(namespaces.iter().map(|id| id.0)))
        .filter(Column::DeletedAt.is_null())
        .apply_if(ctx.tenant(), |q, t| q.filter(Column::TenantId.eq(t.0)))
        .group_by(Column::NamespaceId)
        .into_tuple()
        .all(db.read())
        .await?;
    rows.into_iter().map(|(id, n)| Ok((NamespaceId(id), unsigned(n, "apps.count")?))).collect()
}

/// Whether a namespace has an application of a name.
pub async fn is_taken(db: &Database, namespace: NamespaceId, name: &str) -> Result<bool> {
    let found = Entity::find().filter(Column::NamespaceId.eq(namespace.0)).filter(Column::NameKey.eq(name));
    Ok(found.count(db.read()).await? > 0)
}

/// Keeps a new application with its first release, and starts the operation. Fails with [`DatabaseError::Taken`]
/// when the namespace has one of that name or an address is another's (`routes`), and with [`DatabaseError::Stale`] when the
/// namespace is going.
pub async fn publish(
    db: &Database,
    ctx: &OpContext,
    namespace: &authz::Namespace,
    app: &App,
    publication: Publication,
    entry: Entry,
) -> Result<()> {
    let tx = db.write().await?;
    routes::lock(&tx, app.cluster, &publication.release.spec).await?;
    if !super::namespaces::is_open(&tx, namespace.id()).await? {
        return Err(DatabaseError::Stale);
    }
    entity::ActiveModel {
        id: Set(app.id.0),
        tenant_id: Set(namespace.tenant().0),
        cluster_id: Set(app.cluster.0),
        namespace_id: Set(namespace.id().0),
        name: Set(app.name.clone()),
        name_key: Set(app.name.clone()),
        newest_release: Set(i64::from(publication.release.number)),
        live_release: Set(None),
        operation_id: Set(Some(publication.operation.id.0)),
        deleting: Set(false),
        created_at: Set(ctx.now()),
        deleted_at: Set(None),
        running_image: Set(None),
        running_template: Set(None),
        running_version: Set(None),
    }
    .insert(&tx)
    .await
    .map_err(|e| super::taken(e, "name"))?;
    let number = publication.release.number;
    keep(&tx, ctx, namespace.tenant(), app.id, publication).await?;
    app_list::note_running(&tx, app.id, number).await?;
    audit::record(&tx, ctx, entry).await?;
    tx.commit().await?;
    Ok(())
}

/// Keeps a release of an application whose newest is still `newest`, and starts its operation. With `instead_of`,
/// a release that is under way is given up for that reason. Fails with [`DatabaseError::Stale`] when a newer release
/// was made meanwhile, and with [`DatabaseError::Taken`] while another operation runs (`operation`) or when an address is
/// another's (`routes`).
pub async fn release(
    db: &Database,
    ctx: &OpContext,
    app: &authz::App,
    newest: u32,
    instead_of: Option<&Text>,
    publication: Publication,
    entry: Entry,
) -> Result<()> {
    let tx = db.write().await?;
    routes::lock(&tx, publication.operation.cluster, &publication.release.spec).await?;
    let row = living(&tx, app.id()).await?;
    if row.newest_release != i64::from(newest) {
        return Err(DatabaseError::Stale);
    }
    make_way(&tx, &row, instead_of, ctx.now()).await?;
    Entity::update_many()
        .col_expr(Column::NewestRelease, Expr::value(i64::from(publication.release.number)))
        .col_expr(Column::OperationId, Expr::value(publication.operation.id.0))
        .filter(Column::Id.eq(app.id().0))
        .exec(&tx)
        .await?;
    let number = publication.release.number;
    keep(&tx, ctx, app.tenant(), app.id(), publication).await?;
    if row.live_release.is_none() {
        app_list::note_running(&tx, app.id(), number).await?;
    }
    audit::record(&tx, ctx, entry).await?;
    tx.commit().await?;
    Ok(())
}

/// Starts the deletion of an application; a release that is under way is given up for `reason`. Fails with
/// [`DatabaseError::Taken`] (`operation`) when it is being deleted already.
pub async fn begin_delete(
    db: &Database,
    ctx: &OpContext,
    app: &authz::App,
    reason: &Text,
    operation: NewOperation,
    entry: Entry,
) -> Result<()> {
    let tx = db.write().await?;
    let row = living(&tx, app.id()).await?;
    make_way(&tx, &row, Some(reason), ctx.now()).await?;
    Entity::update_many()
        .col_expr(Column::OperationId, Expr::value(operation.id.0))
        .col_expr(Column::Deleting, Expr::value(true))
        .filter(Column::Id.eq(app.id().0))
        .exec(&tx)
        .await?;
    operations::insert(&tx, ctx, operation).await?;
    audit::record(&tx, ctx, entry).await?;
    tx.commit().await?;
    Ok(())
}

/// Lets the release go on that waits after its first batch. Fails with [`DatabaseError::Stale`] when it is not that release
/// that is under way, or does not wait. Gives back its operation.
pub async fn go_on(
    db: &Database,
    ctx: &OpContext,
    app: &authz::App,
    release: u32,
    waits_in: &str,
    entry: Entry,
) -> Result<OperationId> {
    let tx = db.write().await?;
    let running = living(&tx, app.id()).await?.operation_id.map(OperationId).ok_or(DatabaseError::Stale)?;
    let (before, after) = operation_wishes::go_on(&tx, ctx, running, release, waits_in).await?;
    audit::record(&tx, ctx, entry.change(Some(&before), Some(&after))).await?;
    tx.commit().await?;
    Ok(running)
}

/// Gives up the release that is on its way, for `reason`; its operation goes on with the step that `undo`
/// says, by whether a release serves. Fails with [`DatabaseError::Stale`] when it is not that release that is under way, or its outcome is known. Gives back its operation.
pub async fn abort(
    db: &Database,
    ctx: &OpContext,
    app: &authz::App,
    release: u32,
    reason: &Text,
    undo: impl FnOnce(bool) -> &'static str,
    entry: Entry,
) -> Result<OperationId> {
    let tx = db.write().await?;
    let row = living(&tx, app.id()).await?;
    let running = row.operation_id.map(OperationId).ok_or(DatabaseError::Stale)?;
    let undo = undo(row.live_release.is_some());
    let (before, after) = operation_wishes::abort(&tx, ctx, running, release, reason, undo).await?;
    audit::record(&tx, ctx, entry.change(Some(&before), Some(&after))).await?;
    tx.commit().await?;
    Ok(running)
}

/// The application, locked: nobody else starts or ends an operation on it meanwhile.
async fn living(tx: &DatabaseTransaction, id: AppId) -> Result<entity::Model> {
    lock_row::<Entity>(tx, id.0).await?.filter(|app| app.deleted_at.is_none()).ok_or(DatabaseError::Stale)
}

/// Sees to it that no other operation runs on the application.
async fn make_way(tx: &DatabaseTransaction, row: &entity::Model, instead_of: Option<&Text>, now: Millis) -> Result<()> {
    let Some(running) = row.operation_id.map(OperationId) else { return Ok(()) };
    match (operations::kind_of(tx, running).await?, instead_of) {
        (None, _) => Ok(()),
        (Some(kind), Some(reason)) if kind.is_release() => {
            operation_wishes::give_up(tx, running, reason, now).await?;
            Ok(())
        }
        _ => Err(DatabaseError::Taken("operation")),
    }
}

async fn keep(
    tx: &DatabaseTransaction,
    ctx: &OpContext,
    tenant: TenantId,
    app: AppId,
    publication: Publication,
) -> Result<()> {
    let operation = publication.operation.id;
    let wanting = Wanting { cluster: publication.operation.cluster, tenant, app };
    routes::take(tx, ctx, wanting, &publication.release.spec).await?;
    app_secrets::insert(tx, ctx, app, publication.secrets).await?;
    operations::insert(tx, ctx, publication.operation).await?;
    releases::insert(tx, ctx, tenant, app, operation, publication.release).await
}

/// How many applications a namespace has.
pub(super) async fn living_in(tx: &DatabaseTransaction, namespace: NamespaceId) -> Result<u64> {
    Ok(Entity::find().filter(Column::NamespaceId.eq(namespace.0)).filter(Column::DeletedAt.is_null()).count(tx).await?)
}

/// The release that serves.
pub(super) async fn set_live(tx: &DatabaseTransaction, app: AppId, number: u32) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::LiveRelease, Expr::value(i64::from(number)))
        .filter(Column::Id.eq(app.0))
        .exec(tx)
        .await?;
    app_list::note_running(tx, app, number).await
}

/// Frees an application from an operation that has ended. One that was to be deleted and was not is not being deleted
/// any more: it can be deleted again, or rolled back.
pub(super) async fn unlock(tx: &DatabaseTransaction, app: AppId, operation: OperationId) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::OperationId, Expr::value(None::<uuid::Uuid>))
        .col_expr(Column::Deleting, Expr::value(false))
        .filter(Column::Id.eq(app.0))
        .filter(Column::OperationId.eq(operation.0))
        .exec(tx)
        .await?;
    Ok(())
}

/// Marks an application as gone, frees its name and addresses, and removes the values of its secrets.
pub(super) async fn forget(tx: &DatabaseTransaction, app: AppId, now: Millis) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::DeletedAt, Expr::value(now))
        .col_expr(Column::NameKey, Expr::value(app.to_string()))
        .filter(Column::Id.eq(app.0))
        .exec(tx)
        .await?;
    routes::forget(tx, app).await?;
    app_secrets::forget(tx, app).await
}
