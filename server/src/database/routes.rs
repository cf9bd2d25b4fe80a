//! Which application has a web address. In a cluster a host is one tenant's, and an address of it one application's: else
//! whoever names it next would answer in the other's place.
//!
//! They are taken in the transaction that keeps a release, with the cluster locked, so that two never take the same; and
//! given back when it is known that nothing in the cluster leads from there any more: when a release has come to its end, or
//! was taken back, or the application is gone. Of one that failed half-way its addresses stay taken.

use std::collections::BTreeSet;

use app::model::{AppId, AppSpec, ClusterId, Route, TenantId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::{Database, DatabaseError, Result, clusters, portable::lock_row, releases::entity as releases};
use crate::auth::context::OpContext;

pub(super) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "routes")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub cluster_id: Uuid,
        pub tenant_id: Uuid,
        pub app_id: Uuid,
        pub host: String,
        pub path: String,
        pub created_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{Column, Entity};

/// Who wants addresses.
#[derive(Clone, Copy, Debug)]
pub struct Wanting {
    /// The cluster.
    pub cluster: ClusterId,
    /// Whose the application is.
    pub tenant: TenantId,
    /// The application.
    pub app: AppId,
}

/// An address that is another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Which of those that were wanted.
    pub index: usize,
    /// The application of the same tenant that has it; `None` when the host is another tenant's.
    pub by: Option<AppId>,
}

/// The first of some addresses that is another's; `None` when they are free or its own.
pub async fn taken(db: &Database, wanting: Wanting, routes: &[Route]) -> Result<Option<Taken>> {
    find_taken(db.read(), wanting, routes).await
}

/// An address that an application has not had yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct New {
    /// Which of those that are wanted.
    pub index: usize,
    /// The other applications of the same tenant that have addresses of the host.
    pub neighbours: BTreeSet<AppId>,
    /// Whether the application has no address of the host yet.
    pub host: bool,
}

/// Those of some addresses that an application has not had yet.
pub async fn new(db: &Database, wanting: Wanting, routes: &[Route]) -> Result<Vec<New>> {
    let rows = of_hosts(db.read(), wanting.cluster, routes).await?;
    let own = |row: &&entity::Model| row.app_id == wanting.app.0;
    let mut new = Vec::new();
    for (index, route) in routes.iter().enumerate() {
        let of_host: Vec<&entity::Model> = rows.iter().filter(|row| row.host == route.host).collect();
        if of_host.iter().any(|row| own(row) && row.path == route.path) {
            continue;
        }
        let others = of_host.iter().filter(|row| row.tenant_id == wanting.tenant.0 && !own(row));
        let neighbours = others.map(|row| AppId(row.app_id)).collect();
        new.push(New { index, neighbours, host: !of_host.iter().any(own) });
    }
    Ok(new)
}

async fn of_hosts(on: &impl ConnectionTrait, cluster: ClusterId, routes: &[Route]) -> Result<Vec<entity::Model>> {
    if routes.is_empty() {
        return Ok(Vec::new());
    }
    let hosts = routes.iter().map(|route| route.host.as_str());
    let found = Entity::find().filter(Column::ClusterId.eq(cluster.0)).filter(Column::Host.is_in(hosts));
    Ok(found.order_by_asc(Column::Id).all(on).await?)
}

async fn find_taken(on: &impl ConnectionTrait, wanting: Wanting, routes: &[Route]) -> Result<Option<Taken>> {
    let rows = of_hosts(on, wanting.cluster, routes).await?;
    Ok(routes.iter().enumerate().find_map(|(index, route)| {
        let mut others = rows.iter().filter(|row| row.host == route.host && row.app_id != wanting.app.0);
        if others.clone().any(|row| row.tenant_id != wanting.tenant.0) {
            return Some(Taken { index, by: None });
        }
        let by = others.find(|row| row.path == route.path)?;
        Some(Taken { index, by: Some(AppId(by.app_id)) })
    }))
}

/// Sees to it that nobody else takes addresses of the cluster until the transaction ends. To be called before anything below
/// the cluster is locked.
pub(super) async fn lock(tx: &DatabaseTransaction, cluster: ClusterId, spec: &AppSpec) -> Result<()> {
    if !spec.routes().is_empty() {
        lock_row::<clusters::entity::Entity>(tx, cluster.0).await?.ok_or(DatabaseError::Stale)?;
    }
    Ok(())
}

/// Takes the addresses of a release. Fails with [`DatabaseError::Taken`] (`routes`) when one is another's.
pub(super) async fn take(tx: &DatabaseTransaction, ctx: &OpContext, wanting: Wanting, spec: &AppSpec) -> Result<()> {
    let routes = spec.routes();
    if find_taken(tx, wanting, routes).await?.is_some() {
        return Err(DatabaseError::Taken("routes"));
    }
    let own = of_hosts(tx, wanting.cluster, routes).await?;
    let has = |route: &Route| own.iter().any(|row| row.host == route.host && row.path == route.path);
    let new: Vec<_> = routes
        .iter()
        .filter(|route| !has(route))
        .map(|route| entity::ActiveModel {
            id: Set(ctx.clock().uuid()),
            cluster_id: Set(wanting.cluster.0),
            tenant_id: Set(wanting.tenant.0),
            app_id: Set(wanting.app.0),
            host: Set(route.host.clone()),
            path: Set(route.path.clone()),
            created_at: Set(ctx.now()),
        })
        .collect();
    if !new.is_empty() {
        Entity::insert_many(new).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Gives back the addresses that an application has no more, when there is nothing left in the cluster but what one of its
/// releases made.
pub(super) async fn settle(tx: &DatabaseTransaction, app: AppId, stands: u32) -> Result<()> {
    let own = Entity::find().filter(Column::AppId.eq(app.0)).all(tx).await?;
    if own.is_empty() {
        return Ok(());
    }
    let Some(spec) = spec_of(tx, app, stands).await? else { return Ok(()) };
    let has = |row: &entity::Model| spec.routes().iter().any(|route| route.host == row.host && route.path == row.path);
    let gone: Vec<_> = own.into_iter().filter(|row| !has(row)).map(|row| row.id).collect();
    if !gone.is_empty() {
        Entity::delete_many().filter(Column::Id.is_in(gone)).exec(tx).await?;
    }
    Ok(())
}

/// What a release asked for.
async fn spec_of(tx: &DatabaseTransaction, app: AppId, number: u32) -> Result<Option<AppSpec>> {
    let found: Option<String> = releases::Entity::find()
        .select_only()
        .column(releases::Column::Spec)
        .filter(releases::Column::AppId.eq(app.0))
        .filter(releases::Column::Number.eq(i64::from(number)))
        .into_tuple()
        .one(tx)
        .await?;
    found.map(|spec| AppSpec::from_kept(&spec).map_err(|_| DatabaseError::Corrupt("releases.spec"))).transpose()
}

/// Gives back all addresses of an application.
pub(super) async fn forget(tx: &DatabaseTransaction, app: AppId) -> Result<()> {
    Entity::delete_many().filter(Column::AppId.eq(app.0)).exec(tx).await?;
    Ok(())
}
