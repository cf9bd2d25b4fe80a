//! Which application has a web address. In a cluster a host is one tenant's, and an address of it one application's: else
//! whoever names it next would answer in the other's place.
//!
//! An application has the addresses of the release that serves and of the one that is on its way. They are taken in the
//! transaction that keeps a release, with the cluster locked, so that two never take the same; and those that no longer
//! count are given back in the one that ends its operation.

use app::model::{AppId, AppSpec, ClusterId, ReleaseState, Route, TenantId};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder,
};

use super::{Database, DatabaseError, Result, apps, clusters, portable::lock_row, releases, stored::unsigned};
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

/// Gives back the addresses that an application has no more: all but those of the release that serves, and of the newest
/// when what came of that may still stand in the cluster.
pub(super) async fn settle(tx: &DatabaseTransaction, app: AppId) -> Result<()> {
    let own = || Entity::find().filter(Column::AppId.eq(app.0));
    if own().count(tx).await? == 0 {
        return Ok(());
    }
    let Some(row) = apps::entity::Entity::find_by_id(app.0).one(tx).await? else { return Ok(()) };
    let mut kept: Vec<Route> = Vec::new();
    for (number, newest) in [(row.live_release, false), (Some(row.newest_release), true)] {
        let Some(number) = number.map(|n| unsigned(n, "apps.newest_release")).transpose()? else { continue };
        let Some((state, spec)) = releases::state_and_spec(tx, app, number).await? else { continue };
        let undone = newest
            && row.live_release.is_some()
            && match state {
                ReleaseState::Failed => !spec.update.stays_when_late(),
                state => state == ReleaseState::Aborted,
            };
        if !undone {
            kept.extend_from_slice(spec.routes());
        }
    }
    let gone = own().all(tx).await?.into_iter();
    let gone = gone.filter(|row| !kept.iter().any(|route| route.host == row.host && route.path == row.path));
    let gone: Vec<_> = gone.map(|row| row.id).collect();
    if !gone.is_empty() {
        Entity::delete_many().filter(Column::Id.is_in(gone)).exec(tx).await?;
    }
    Ok(())
}

/// Gives back all addresses of an application.
pub(super) async fn forget(tx: &DatabaseTransaction, app: AppId) -> Result<()> {
    Entity::delete_many().filter(Column::AppId.eq(app.0)).exec(tx).await?;
    Ok(())
}
