//! How operations stand, for who measures it; of all tenants together.

use app::model::{Millis, OperationId, WorkState};
use sea_orm::{ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter};

use super::{
    Database, Result,
    operation_work::NEVER,
    operations::{
        entity::{Column, Entity},
        unfinished,
    },
    stored::from_word,
};

/// How many operations have not ended, by what they wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Somebody works on them.
    pub running: u64,
    /// They are due, and nobody has begun.
    pub waiting: u64,
    /// They are tried again after a while.
    pub later: u64,
    /// They wait until a person says how they go on.
    pub held: u64,
}

/// Counts the operations that have not ended.
pub async fn queue(db: &Database, now: Millis) -> Result<Queue> {
    let free = || Condition::all().add(unfinished()).add(Column::LeaseUntil.lte(now));
    Ok(Queue {
        running: count(db, Condition::all().add(unfinished()).add(Column::LeaseUntil.gt(now))).await?,
        waiting: count(db, free().add(Column::RunAfter.lte(now))).await?,
        later: count(db, free().add(Column::RunAfter.gt(now)).add(Column::RunAfter.lt(NEVER))).await?,
        held: count(db, free().add(Column::RunAfter.eq(NEVER))).await?,
    })
}

async fn count(db: &Database, which: Condition) -> Result<u64> {
    Ok(Entity::find().filter(which).count(db.read()).await?)
}

/// How an operation stands; `None` when there is none.
pub async fn state_of(db: &Database, id: OperationId) -> Result<Option<WorkState>> {
    let row = Entity::find_by_id(id.0).one(db.read()).await?;
    row.map(|row| from_word(&row.state, "operations.state")).transpose()
}
