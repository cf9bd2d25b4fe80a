//! Connected clusters. They belong to the platform; which of them a tenant's people know of follows from the
//! tenant's namespaces, and is for the services to say.

use app::model::{ClusterId, MetricsService, Millis};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, sea_query::Expr,
};
use serde::Serialize;

use super::{
    Database, DatabaseError, Result,
    audit::{self, Entry},
    audit_change::{Fingerprint, Recorded},
    namespaces,
    portable::lock_row,
    taken, version,
};
use crate::auth::{authz::Granted, context::OpContext};

pub(super) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "clusters")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub name: String,
        pub server: String,
        pub created_at: i64,
        pub uid: String,
        pub version: i64,
        pub metrics: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod credentials {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "cluster_credentials")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub cluster_id: Uuid,
        pub sealed: Vec<u8>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{Column, Entity};

/// The most clusters. All of them are listed at once, and watched.
pub const MOST: u64 = 500;

/// A cluster as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// The cluster.
    pub id: ClusterId,
    /// Its name.
    pub name: String,
    /// The API server's address.
    pub server: String,
    /// When it was connected.
    pub created_at: Millis,
    /// What Kubernetes itself tells it by: the uid of its namespace `kube-system`. Empty when that was never asked.
    pub uid: String,
    /// Counts the kubeconfigs that were kept for it, from 1.
    pub version: i64,
}

impl From<entity::Model> for Cluster {
    fn from(row: entity::Model) -> Self {
        let entity::Model { id, name, server, created_at, uid, version, .. } = row;
        Self { id: ClusterId(id), name, server, created_at, uid, version }
    }
}

/// What the audit trail says of a cluster. The kubeconfig's fingerprint is that of what is kept, which is sealed.
#[derive(Serialize)]
struct State {
    server: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    kubeconfig: Option<Fingerprint>,
}

impl Recorded for State {}

/// All clusters, by name, whoever asks.
pub async fn list(db: &Database) -> Result<Vec<Cluster>> {
    Ok(Entity::find().order_by_asc(Column::Name).all(db.read()).await?.into_iter().map(Cluster::from).collect())
}

/// One cluster, whoever asks.
pub async fn find(db: &Database, id: ClusterId) -> Result<Option<Cluster>> {
    Ok(Entity::find_by_id(id.0).one(db.read()).await?.map(Cluster::from))
}

/// The sealed kubeconfigs of all clusters; for connecting to them at the start.
pub async fn sealed(db: &Database) -> Result<Vec<(Cluster, Vec<u8>)>> {
    // The versions first: what is replaced in between is then taken for an older one, and taken up again.
    let clusters = list(db).await?;
    let mut secrets: std::collections::HashMap<_, _> =
        credentials::Entity::find().all(db.read()).await?.into_iter().map(|c| (c.cluster_id, c.sealed)).collect();
    Ok(clusters.into_iter().filter_map(|c| secrets.remove(&c.id.0).map(|sealed| (c, sealed))).collect())
}

/// Keeps a new cluster with its sealed kubeconfig. Fails with [`DatabaseError::Taken`] when there is one of that name
/// (`name`), and when there are as many as there may be (`clusters`).
pub async fn insert(
    db: &Database,
    ctx: &OpContext,
    _granted: Granted,
    cluster: &Cluster,
    sealed: Vec<u8>,
) -> Result<()> {
    let made = State { server: cluster.server.clone(), kubeconfig: Some(Fingerprint::of(&sealed)) };
    let tx = db.write().await?;
    if Entity::find().count(&tx).await? >= MOST {
        return Err(DatabaseError::Taken("clusters"));
    }
    let row = entity::ActiveModel {
        id: Set(cluster.id.0),
        name: Set(cluster.name.clone()),
        server: Set(cluster.server.clone()),
        created_at: Set(cluster.created_at),
        uid: Set(cluster.uid.clone()),
        version: Set(cluster.version),
        metrics: Set(String::new()),
    };
    row.insert(&tx).await.map_err(|e| taken(e, "name"))?;
    credentials::ActiveModel { cluster_id: Set(cluster.id.0), sealed: Set(sealed) }.insert(&tx).await?;
    let entry = Entry::ok("cluster.connect", format!("cluster/{}", cluster.name)).detail(&cluster.server).made(&made);
    audit::record(&tx, ctx, entry).await?;
    tx.commit().await?;
    Ok(())
}

/// Keeps another sealed kubeconfig for a cluster, with the address and the uid that it leads to; the cluster as it is kept
/// then. `unproven`: nothing but that it has no namespace says that it is the same cluster. Fails with
/// [`DatabaseError::Stale`] when the cluster is not as it was read any more, or has a namespace now.
pub async fn replace(
    db: &Database,
    ctx: &OpContext,
    _granted: Granted,
    (read, unproven): (&Cluster, bool),
    (server, uid): (&str, &str),
    sealed: Vec<u8>,
) -> Result<Cluster> {
    let (tx, id) = (db.write().await?, read.id);
    let row = lock_row::<Entity>(&tx, id.0).await?.ok_or(DatabaseError::Stale)?;
    if row.version != read.version || (unproven && living(&tx, id).await? > 0) {
        return Err(DatabaseError::Stale);
    }
    let before = State { server: row.server.clone(), kubeconfig: None };
    let after = State { server: server.to_owned(), kubeconfig: Some(Fingerprint::of(&sealed)) };
    let next = Cluster { server: server.to_owned(), uid: uid.to_owned(), version: row.version + 1, ..row.into() };
    Entity::update_many()
        .col_expr(Column::Server, Expr::value(server))
        .col_expr(Column::Uid, Expr::value(uid))
        .col_expr(Column::Version, Expr::value(next.version))
        .filter(Column::Id.eq(id.0))
        .exec(&tx)
        .await?;
    credentials::Entity::update_many()
        .col_expr(credentials::Column::Sealed, Expr::value(sealed))
        .filter(credentials::Column::ClusterId.eq(id.0))
        .exec(&tx)
        .await?;
    let entry = Entry::ok("cluster.replace_kubeconfig", format!("cluster/{}", next.name)).detail(server);
    audit::record(&tx, ctx, entry.change(Some(&before), Some(&after))).await?;
    tx.commit().await?;
    Ok(next)
}

/// What the audit trail says of where a cluster's figures over time come from.
#[derive(Serialize)]
struct Metrics {
    service: String,
}

impl Recorded for Metrics {}

/// Where a cluster's figures over time come from, whoever asks; nothing when nobody said, or when there is no such cluster.
pub async fn metrics(db: &Database, id: ClusterId) -> Result<Option<MetricsService>> {
    let row = Entity::find_by_id(id.0).one(db.read()).await?;
    let written = row.map(|row| row.metrics).unwrap_or_default();
    MetricsService::parse(&written).map_err(|_| DatabaseError::Corrupt("clusters.metrics"))
}

/// Keeps where a cluster's figures over time come from, in the place of the version that was read, if one is named. Fails
/// with [`DatabaseError::Stale`] when there is another by now, or the cluster is gone.
pub async fn set_metrics(
    db: &Database,
    ctx: &OpContext,
    _granted: Granted,
    id: ClusterId,
    (service, expected): (Option<&MetricsService>, Option<i64>),
) -> Result<()> {
    let tx = db.write().await?;
    let row = lock_row::<Entity>(&tx, id.0).await?.ok_or(DatabaseError::Stale)?;
    // It is kept as it is shown.
    version::meant_for(expected, version::of_content(&row.metrics))?;
    let next = Metrics { service: service.map(ToString::to_string).unwrap_or_default() };
    let before = Metrics { service: row.metrics };
    Entity::update_many()
        .col_expr(Column::Metrics, Expr::value(next.service.as_str()))
        .filter(Column::Id.eq(id.0))
        .exec(&tx)
        .await?;
    let entry = Entry::ok("cluster.set_metrics", format!("cluster/{}", row.name)).detail(&next.service);
    audit::record(&tx, ctx, entry.change(Some(&before), Some(&next))).await?;
    tx.commit().await?;
    Ok(())
}

/// Forgets a cluster and its kubeconfig, unless it has namespaces: how many it has; 0 when it is forgotten.
pub async fn remove(db: &Database, ctx: &OpContext, _granted: Granted, cluster: &Cluster) -> Result<u64> {
    let tx = db.write().await?;
    // No namespace is made in it meanwhile.
    lock_row::<Entity>(&tx, cluster.id.0).await?;
    let living = living(&tx, cluster.id).await?;
    if living > 0 {
        return Ok(living);
    }
    credentials::Entity::delete_by_id(cluster.id.0).exec(&tx).await?;
    Entity::delete_by_id(cluster.id.0).exec(&tx).await?;
    let gone = State { server: cluster.server.clone(), kubeconfig: None };
    let entry = Entry::ok("cluster.disconnect", format!("cluster/{}", cluster.name)).gone(&gone);
    audit::record(&tx, ctx, entry).await?;
    tx.commit().await?;
    Ok(0)
}

/// How many namespaces a cluster has.
async fn living(tx: &DatabaseTransaction, id: ClusterId) -> Result<u64> {
    let living = namespaces::entity::Entity::find()
        .filter(namespaces::entity::Column::ClusterId.eq(id.0))
        .filter(namespaces::entity::Column::DeletedAt.is_null());
    Ok(living.count(tx).await?)
}
