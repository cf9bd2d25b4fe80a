//! The leases of durable operations: whoever holds one works on it, and nobody else.
//!
//! Each lease has a fencing number, one above the last one's. A lease that is not extended runs out, and somebody else
//! takes the operation up.

use app::model::{AppId, Millis, OperationId, WorkState};
use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, LockBehavior, LockType},
};

use super::{
    Database, DatabaseError, Result,
    operation_work::{append, find_step, operation, start_step},
    operations::{
        Operation,
        entity::{Column, Entity},
        unfinished,
    },
    stored::word,
};
use crate::auth::context::OpContext;

/// Takes up to `limit` operations that nobody works on, oldest first, until `until`; none of the `busy` applications.
/// What cannot be read is left for later, for it must not keep others waiting.
pub async fn lease(
    db: &Database,
    ctx: &OpContext,
    owner: &str,
    until: Millis,
    limit: u64,
    busy: &[AppId],
) -> Result<Vec<Operation>> {
    let now = ctx.now();
    let mut free = unfinished_and_free(now);
    if !busy.is_empty() {
        let others = Column::AppId.is_not_in(busy.iter().map(|app| app.0));
        free = free.add(Condition::any().add(Column::AppId.is_null()).add(others));
    }
    // Most looks find nothing; they take no lock.
    if Entity::find().filter(free.clone()).limit(1).one(db.read()).await?.is_none() {
        return Ok(Vec::new());
    }
    let tx = db.write().await?;
    // Those that somebody else is about to lease are left to them.
    let rows = Entity::find()
        .filter(free)
        .order_by_asc(Column::CreatedAt)
        .limit(limit)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(&tx)
        .await?;
    let mut leased = Vec::with_capacity(rows.len());
    for row in rows {
        let changed = Entity::update_many()
            .col_expr(Column::LeaseOwner, Expr::value(owner))
            .col_expr(Column::LeaseUntil, Expr::value(until))
            .col_expr(Column::Fence, Expr::value(row.fence + 1))
            .col_expr(Column::State, Expr::value(word(&WorkState::Running)))
            .filter(Column::Id.eq(row.id))
            .filter(Column::Fence.eq(row.fence))
            .exec(&tx)
            .await?;
        if changed.rows_affected == 1 {
            start_step(&tx, row.id, row.step, now).await?;
            let step = find_step(&tx, row.id, row.step).await?;
            append(&tx, ctx, &row, &step.name, row.fence + 1, "leased", owner).await?;
            let id = row.id;
            match operation(row, step, 1) {
                Ok(operation) => leased.push(operation),
                Err(DatabaseError::Corrupt(what)) => {
                    tracing::error!(operation = %id, what, "an operation cannot be read; it is left for later");
                    postpone(&tx, id, now + UNREADABLE).await?;
                }
                Err(e) => return Err(e),
            }
        }
    }
    tx.commit().await?;
    Ok(leased)
}

/// How long an operation is left alone that cannot be read, in milliseconds.
const UNREADABLE: Millis = 5 * 60 * 1000;

async fn postpone(tx: &DatabaseTransaction, id: uuid::Uuid, until: Millis) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::LeaseUntil, Expr::value(0_i64))
        .col_expr(Column::RunAfter, Expr::value(until))
        .filter(Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

fn unfinished_and_free(now: Millis) -> Condition {
    Condition::all().add(unfinished()).add(Column::RunAfter.lte(now)).add(Column::LeaseUntil.lte(now))
}

/// Extends an owner's leases of the operations that it works on.
pub async fn renew(db: &Database, owner: &str, held: &[OperationId], until: Millis) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::LeaseUntil, Expr::value(until))
        .filter(Column::Id.is_in(held.iter().map(|id| id.0)))
        .filter(Column::LeaseOwner.eq(owner))
        .filter(Column::State.eq(word(&WorkState::Running)))
        .filter(Column::LeaseUntil.gt(0))
        .exec(db.read())
        .await?;
    Ok(())
}

/// Whether the lease is still held; asked right before a cluster is changed.
pub async fn is_held(db: &Database, id: OperationId, fence: i64, now: Millis) -> Result<bool> {
    let held = Entity::find_by_id(id.0)
        .filter(Column::Fence.eq(fence))
        .filter(Column::State.eq(word(&WorkState::Running)))
        .filter(Column::LeaseUntil.gt(now))
        .one(db.read())
        .await?;
    Ok(held.is_some())
}

/// Lets all leases of an owner go, so that another need not wait until they expire.
pub async fn release_all(db: &Database, owner: &str) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::LeaseUntil, Expr::value(0_i64))
        .col_expr(Column::LeaseOwner, Expr::value(None::<String>))
        .filter(Column::LeaseOwner.eq(owner))
        .exec(db.read())
        .await?;
    Ok(())
}

/// Who holds leases.
pub async fn owners(db: &Database) -> Result<Vec<String>> {
    Ok(Entity::find()
        .select_only()
        .column(Column::LeaseOwner)
        .distinct()
        .filter(Column::LeaseOwner.is_not_null())
        .into_tuple()
        .all(db.read())
        .await?)
}
