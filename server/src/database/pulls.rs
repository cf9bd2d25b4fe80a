//! Which namespaces' clusters are still to be handed what they are to have there: the newest accounts at image registries,
//! by which nodes pull, and the newest quota. It is noted together with the change, so that no server that stops in between
//! forgets one.

use app::model::{Millis, NamespaceId, TenantId};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{CaseStatement, Expr, ExprTrait},
};

use super::{
    Database, Result,
    namespaces::{
        Namespace,
        entity::{Column, Entity},
    },
};

/// Which namespaces something has changed for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Of {
    /// All.
    All,
    /// A tenant's.
    Tenant(TenantId),
    /// One.
    Namespace(NamespaceId),
}

impl From<Option<TenantId>> for Of {
    /// A tenant's, or everybody's.
    fn from(tenant: Option<TenantId>) -> Self {
        tenant.map_or(Self::All, Self::Tenant)
    }
}

/// A namespace whose cluster is to be handed what is newest.
#[derive(Clone, Debug)]
pub struct Due {
    /// The namespace.
    pub namespace: Namespace,
    /// Since when, or when it is tried again; differs after every change.
    stamp: Millis,
}

/// Notes that something has changed for some namespaces.
pub(super) async fn want(tx: &DatabaseTransaction, of: Of, now: Millis) -> Result<()> {
    // Whoever hands out meanwhile must not take this change for the one that was handed out.
    let later = CaseStatement::new()
        .case(Expr::col(Column::PullsDue).gte(now), Expr::col(Column::PullsDue).add(1))
        .finally(Expr::value(now));
    let all = Entity::update_many().col_expr(Column::PullsDue, later.into()).filter(Column::DeletedAt.is_null());
    let some = match of {
        Of::All => all,
        Of::Tenant(tenant) => all.filter(Column::TenantId.eq(tenant.0)),
        Of::Namespace(id) => all.filter(Column::Id.eq(id.0)),
    };
    some.exec(tx).await?;
    Ok(())
}

/// Up to `limit` namespaces that are due, those that wait longest first.
pub async fn due(db: &Database, now: Millis, limit: u64) -> Result<Vec<Due>> {
    let rows = Entity::find()
        .filter(Column::PullsDue.between(1, now))
        .filter(Column::DeletedAt.is_null())
        .order_by_asc(Column::PullsDue)
        .order_by_asc(Column::Id)
        .limit(limit)
        .all(db.read())
        .await?;
    let due = |row: super::namespaces::entity::Model| {
        let stamp = row.pulls_due;
        Ok(Due { namespace: Namespace::try_from(row)?, stamp })
    };
    rows.into_iter().map(due).collect()
}

/// Notes that a namespace has what was due. What has changed since stays due.
pub async fn done(db: &Database, due: &Due) -> Result<()> {
    set(db, due, 0).await
}

/// Leaves a namespace alone until `at`.
pub async fn put_off(db: &Database, due: &Due, at: Millis) -> Result<()> {
    set(db, due, at).await
}

async fn set(db: &Database, due: &Due, stamp: Millis) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::PullsDue, Expr::value(stamp))
        .filter(Column::Id.eq(due.namespace.id.0))
        .filter(Column::PullsDue.eq(due.stamp))
        .exec(db.read())
        .await?;
    Ok(())
}

/// How many namespaces do not have what is newest yet: a tenant's, or all.
pub async fn waiting(db: &Database, tenant: Option<TenantId>) -> Result<u64> {
    let waiting = Entity::find()
        .filter(Column::PullsDue.gt(0))
        .filter(Column::DeletedAt.is_null())
        .apply_if(tenant, |q, tenant| q.filter(Column::TenantId.eq(tenant.0)));
    Ok(waiting.count(db.read()).await?)
}
