//! Namespaces: a tenant's shares of clusters.

use std::collections::HashMap;

use app::model::{
    Bytes, ClusterId, CpuMillis, Millis, NamespaceId, OperationId, Permission, Place, Quota, Scope, Slice, TenantId,
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, Query, SelectStatement},
};

use super::{
    Database, DatabaseError, Result,
    audit::{self, Entry},
    clusters,
    operations::{NewOperation, insert as insert_operation},
    portable::{contains, lock_row},
    pulls,
    reach::reached,
    secrets,
    slice::Window,
    stored::{signed, unsigned},
};
use crate::auth::{
    authz::{self, Granted},
    context::OpContext,
};

pub(super) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "namespaces")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub tenant_id: Uuid,
        pub cluster_id: Uuid,
        pub name: String,
        pub name_key: String,
        pub cpu_millis: i64,
        pub memory_bytes: i64,
        pub pods: i64,
        pub operation_id: Option<Uuid>,
        pub created_at: i64,
        pub deleted_at: Option<i64>,
        pub pulls_due: i64,
        pub version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{Column, Entity};

/// A namespace as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namespace {
    /// The namespace.
    pub id: NamespaceId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The cluster it is in.
    pub cluster: ClusterId,
    /// Its name, in Longshore and in the cluster.
    pub name: String,
    /// What its pods may ask for, together.
    pub quota: Quota,
    /// The operation that deletes it, when one does.
    pub operation: Option<OperationId>,
    /// When it was made.
    pub created_at: Millis,
    /// Counts the changes of the quota, from 1.
    pub version: i64,
    /// Whether its cluster is still to be handed something ([`super::pulls`]).
    pub waiting: bool,
}

impl Namespace {
    /// Where it stands, for what may be done with it.
    pub fn place(&self) -> Place {
        Place::namespace(self.tenant, self.cluster, self.id)
    }
}

impl TryFrom<entity::Model> for Namespace {
    type Error = DatabaseError;

    fn try_from(row: entity::Model) -> Result<Self> {
        Ok(Self {
            id: NamespaceId(row.id),
            tenant: TenantId(row.tenant_id),
            cluster: ClusterId(row.cluster_id),
            name: row.name,
            quota: quota((row.cpu_millis, row.memory_bytes, row.pods))?,
            operation: row.operation_id.map(OperationId),
            created_at: row.created_at,
            version: row.version,
            waiting: row.pulls_due > 0,
        })
    }
}

fn quota((cpu, memory, pods): (i64, i64, i64)) -> Result<Quota> {
    Ok(Quota {
        cpu: CpuMillis(unsigned(cpu, "namespaces.cpu_millis")?),
        memory: Bytes(unsigned(memory, "namespaces.memory_bytes")?),
        pods: unsigned(pods, "namespaces.pods")?,
    })
}

/// The namespaces that the actor may know of, by cluster and name.
pub async fn list(db: &Database, ctx: &OpContext) -> Result<Vec<Namespace>> {
    let rows = Entity::find()
        .filter(Column::DeletedAt.is_null())
        .apply_if(ctx.tenant(), |q, t| q.filter(Column::TenantId.eq(t.0)))
        .order_by_asc(Column::ClusterId)
        .order_by_asc(Column::Name)
        .all(db.read())
        .await?;
    rows.into_iter().map(Namespace::try_from).collect()
}

/// The clusters in which a tenant has a namespace.
pub async fn clusters_of(db: &Database, tenant: TenantId) -> Result<Vec<ClusterId>> {
    let ids: Vec<uuid::Uuid> = Entity::find()
        .select_only()
        .column(Column::ClusterId)
        .distinct()
        .filter(Column::DeletedAt.is_null())
        .filter(Column::TenantId.eq(tenant.0))
        .into_tuple()
        .all(db.read())
        .await?;
    Ok(ids.into_iter().map(ClusterId).collect())
}

/// The first of a tenant's namespaces whose name contains some words, by name.
pub async fn named(db: &Database, tenant: TenantId, words: Option<&str>, limit: u64) -> Result<Vec<Namespace>> {
    let rows = Entity::find()
        .filter(Column::DeletedAt.is_null())
        .filter(Column::TenantId.eq(tenant.0))
        .apply_if(words, |q, words| q.filter(contains(Column::Name, words)))
        .order_by_asc(Column::Name)
        .order_by_asc(Column::Id)
        .limit(limit)
        .all(db.read())
        .await?;
    rows.into_iter().map(Namespace::try_from).collect()
}

/// The ids of the namespaces whose name contains some words, for a condition on what lies in them.
pub(super) fn ids_named(words: &str) -> SelectStatement {
    Query::select().column(Column::Id).from(Entity).and_where(contains(Column::Name, words)).to_owned()
}

/// The names of some namespaces.
pub async fn names(db: &Database, ids: &[NamespaceId]) -> Result<HashMap<NamespaceId, String>> {
    let rows: Vec<(uuid::Uuid, String)> = Entity::find()
        .select_only()
        .columns([Column::Id, Column::Name])
        .filter(Column::Id.is_in(ids.iter().map(|id| id.0)))
        .into_tuple()
        .all(db.read())
        .await?;
    Ok(rows.into_iter().map(|(id, name)| (NamespaceId(id), name)).collect())
}

/// A part of the namespaces where the actor holds a permission, by name.
pub async fn slice(
    db: &Database,
    ctx: &OpContext,
    permission: Permission,
    window: &Window,
) -> Result<Slice<Namespace>> {
    let query = Entity::find()
        .filter(Column::DeletedAt.is_null())
        .filter(reached(ctx, permission, Column::TenantId, lies_in))
        .apply_if(window.words.as_deref(), |q, words| q.filter(contains(Column::Name, words)));
    let part = db.slice(query, (Column::Name, Column::Id), window, |row| (row.name.clone(), row.id)).await?;
    part.with_rows(|rows| rows.into_iter().map(Namespace::try_from).collect())
}

/// The namespaces that lie in a scope. An application's is in one, but does not hold it.
fn lies_in(scope: &Scope) -> Option<Expr> {
    match scope {
        Scope::Platform | Scope::App(_) => None,
        Scope::Tenant(id) => Some(Column::TenantId.eq(id.0)),
        Scope::Cluster(id) => Some(Column::ClusterId.eq(id.0)),
        Scope::Namespace(id) => Some(Column::Id.eq(id.0)),
    }
}

/// One namespace, when the actor may know of it.
pub async fn find(db: &Database, ctx: &OpContext, id: NamespaceId) -> Result<Option<Namespace>> {
    let row = Entity::find_by_id(id.0)
        .filter(Column::DeletedAt.is_null())
        .apply_if(ctx.tenant(), |q, t| q.filter(Column::TenantId.eq(t.0)))
        .one(db.read())
        .await?;
    row.map(Namespace::try_from).transpose()
}

/// Whether a cluster has a namespace of that name already, whoever's it is.
pub async fn is_taken(db: &Database, cluster: ClusterId, name: &str) -> Result<bool> {
    let found =
        Entity::find().filter(Column::ClusterId.eq(cluster.0)).filter(Column::NameKey.eq(name)).one(db.read()).await?;
    Ok(found.is_some())
}

/// Whose a namespace of a cluster is; `None` when it is no tenant's.
pub async fn tenant_of(db: &Database, cluster: ClusterId, name: &str) -> Result<Option<TenantId>> {
    let found: Option<uuid::Uuid> = Entity::find()
        .select_only()
        .column(Column::TenantId)
        .filter(Column::ClusterId.eq(cluster.0))
        .filter(Column::NameKey.eq(name))
        .into_tuple()
        .one(db.read())
        .await?;
    Ok(found.map(TenantId))
}

/// Some namespaces of a cluster, whoever's they are: names and ids, the oldest first.
pub async fn some_of_cluster(db: &Database, cluster: ClusterId, limit: u64) -> Result<Vec<(String, NamespaceId)>> {
    let rows: Vec<(String, uuid::Uuid)> = Entity::find()
        .select_only()
        .columns([Column::Name, Column::Id])
        .filter(Column::ClusterId.eq(cluster.0))
        .filter(Column::DeletedAt.is_null())
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id)
        .limit(limit)
        .into_tuple()
        .all(db.read())
        .await?;
    Ok(rows.into_iter().map(|(name, id)| (name, NamespaceId(id))).collect())
}

/// Keeps a new namespace. Fails with [`DatabaseError::Taken`] when the cluster has one of that name, and with
/// [`DatabaseError::Stale`] when the cluster was disconnected, or the tenant is gone or being deleted.
pub async fn insert(db: &Database, ctx: &OpContext, _granted: Granted, new: Namespace, entry: Entry) -> Result<()> {
    let row = entity::ActiveModel {
        id: Set(new.id.0),
        tenant_id: Set(new.tenant.0),
        cluster_id: Set(new.cluster.0),
        name_key: Set(new.name.clone()),
        name: Set(new.name),
        cpu_millis: Set(signed(new.quota.cpu.0)),
        memory_bytes: Set(signed(new.quota.memory.0)),
        pods: Set(i64::from(new.quota.pods)),
        operation_id: Set(None),
        created_at: Set(new.created_at),
        deleted_at: Set(None),
        pulls_due: Set(0),
        version: Set(new.version),
    };
    let tx = db.write().await?;
    super::tenants::hold_open(&tx, new.tenant).await?;
    lock_row::<clusters::entity::Entity>(&tx, new.cluster.0).await?.ok_or(DatabaseError::Stale)?;
    row.insert(&tx).await.map_err(|e| super::taken(e, "name"))?;
    audit::record(&tx, ctx, entry).await?;
    tx.commit().await?;
    Ok(())
}

/// The quota of a namespace that is there, whoever's it is.
pub async fn quota_of(db: &Database, id: NamespaceId) -> Result<Option<Quota>> {
    let row: Option<(i64, i64, i64)> = Entity::find_by_id(id.0)
        .select_only()
        .columns([Column::CpuMillis, Column::MemoryBytes, Column::Pods])
        .filter(Column::DeletedAt.is_null())
        .into_tuple()
        .one(db.read())
        .await?;
    row.map(quota).transpose()
}

/// Changes a namespace's quota, when it still is of the version that was read, and notes that its cluster is to be handed
/// that. Fails with [`DatabaseError::Stale`] when it is of another, or is being deleted.
pub async fn set_quota(
    db: &Database,
    ctx: &OpContext,
    namespace: &authz::Namespace,
    (version, quota): (i64, Quota),
    entry: Entry,
) -> Result<()> {
    let tx = db.write().await?;
    let id = namespace.id();
    let changed = Entity::update_many()
        .col_expr(Column::CpuMillis, Expr::value(signed(quota.cpu.0)))
        .col_expr(Column::MemoryBytes, Expr::value(signed(quota.memory.0)))
        .col_expr(Column::Pods, Expr::value(i64::from(quota.pods)))
        .col_expr(Column::Version, Expr::value(version + 1))
        .filter(Column::Id.eq(id.0))
        .filter(Column::Version.eq(version))
        .filter(Column::DeletedAt.is_null())
        .filter(Column::OperationId.is_null())
        .exec(&tx)
        .await?;
    if changed.rows_affected == 0 {
        return Err(DatabaseError::Stale);
    }
    pulls::want(&tx, pulls::Of::Namespace(id), ctx.now()).await?;
    audit::record(&tx, ctx, entry).await?;
    tx.commit().await?;
    Ok(())
}

/// Starts the deletion of a namespace without applications. Fails with [`DatabaseError::Stale`] when one was made
/// meanwhile, or when the namespace is being deleted already.
pub async fn begin_delete(
    db: &Database,
    ctx: &OpContext,
    namespace: &authz::Namespace,
    operation: NewOperation,
    entry: Entry,
) -> Result<()> {
    let tx = db.write().await?;
    // Nothing is published into it meanwhile.
    lock_row::<Entity>(&tx, namespace.id().0).await?;
    if super::apps::living_in(&tx, namespace.id()).await? > 0 {
        return Err(DatabaseError::Stale);
    }
    let changed = Entity::update_many()
        .col_expr(Column::OperationId, Expr::value(operation.id.0))
        .filter(Column::Id.eq(namespace.id().0))
        .filter(Column::DeletedAt.is_null())
        .filter(Column::OperationId.is_null())
        .exec(&tx)
        .await?;
    if changed.rows_affected == 0 {
        return Err(DatabaseError::Stale);
    }
    insert_operation(&tx, ctx, operation).await?;
    audit::record(&tx, ctx, entry).await?;
    tx.commit().await?;
    Ok(())
}

/// Marks a namespace as gone, frees its name, and forgets its secrets.
pub(super) async fn forget(tx: &DatabaseTransaction, id: NamespaceId, now: Millis) -> Result<()> {
    secrets::forget(tx, id).await?;
    Entity::update_many()
        .col_expr(Column::DeletedAt, Expr::value(now))
        .col_expr(Column::NameKey, Expr::value(id.to_string()))
        .col_expr(Column::OperationId, Expr::value(None::<uuid::Uuid>))
        .filter(Column::Id.eq(id.0))
        .exec(tx)
        .await?;
    Ok(())
}

/// Whether a namespace can take something new: it is there, and nothing deletes it or will until the transaction ends.
pub(super) async fn is_open(tx: &DatabaseTransaction, id: NamespaceId) -> Result<bool> {
    let found = lock_row::<Entity>(tx, id.0).await?;
    Ok(found.is_some_and(|n| n.deleted_at.is_none() && n.operation_id.is_none()))
}

/// Frees a namespace from an operation that ended without deleting it.
pub(super) async fn unlock(tx: &DatabaseTransaction, id: NamespaceId) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::OperationId, Expr::value(None::<uuid::Uuid>))
        .filter(Column::Id.eq(id.0))
        .exec(tx)
        .await?;
    Ok(())
}
