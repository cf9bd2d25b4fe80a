//! How often signing in was tried, kept in the database.

use std::collections::HashMap;

use app::model::Millis;
use async_trait::async_trait;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, LockBehavior, LockType, OnConflict},
};

use super::{
    Database, DatabaseError, Result,
    portable::{retrying, upsert},
};
use crate::auth::{
    attempts::{Attempt, Limit, WINDOW},
    context::OpContext,
    keeper::{AttemptKeeper, Kept},
};

pub(super) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "sign_in_limits")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub key: String,
        pub attempts: i64,
        pub started_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{Column, Entity};

#[async_trait]
impl AttemptKeeper for Database {
    async fn take_attempt(&self, ctx: &OpContext, limits: &[Limit], person: bool) -> Kept<Attempt> {
        Ok(self.take(ctx, limits, person).await?)
    }

    async fn give_back_attempt(&self, name: &Limit, others: &[Limit]) -> Kept<()> {
        Ok(self.give_back(name, others).await?)
    }
}

impl Database {
    async fn take(&self, ctx: &OpContext, limits: &[Limit], person: bool) -> Result<Attempt> {
        let now = ctx.now();
        self.purge_attempts(now - WINDOW).await?;
        retrying!(self.try_attempt(now, limits, person).await)
    }

    async fn try_attempt(&self, now: Millis, limits: &[Limit], person: bool) -> Result<Attempt> {
        let tx = self.write().await?;
        let mut rows = HashMap::with_capacity(limits.len());
        for limit in in_order(limits) {
            rows.insert(limit.key(), lock(&tx, limit.key(), now).await?);
        }
        for limit in limits {
            let row = &rows[limit.key()];
            if row.attempts >= limit.most() {
                let first = row.attempts == limit.most();
                if first {
                    count(&tx, row, now).await?;
                }
                tx.commit().await?;
                return Ok(Attempt::Refused { wait: row.started_at + WINDOW - now, first });
            }
        }
        if !person && limits.iter().any(|limit| limit.asks_people(rows[limit.key()].attempts)) {
            tx.commit().await?;
            return Ok(Attempt::OnlyPeople);
        }
        for row in rows.values() {
            count(&tx, row, now).await?;
        }
        tx.commit().await?;
        let people_next = limits.iter().any(|limit| limit.asks_people(rows[limit.key()].attempts + 1));
        Ok(Attempt::Allowed { people_next })
    }

    async fn give_back(&self, name: &Limit, others: &[Limit]) -> Result<()> {
        retrying!(self.try_give_back(name, others).await)
    }

    async fn try_give_back(&self, name: &Limit, others: &[Limit]) -> Result<()> {
        let tx = self.write().await?;
        for limit in in_order(others.iter().chain([name])) {
            if limit.key() == name.key() {
                Entity::delete_by_id(name.key()).exec(&tx).await?;
                continue;
            }
            Entity::update_many()
                .col_expr(Column::Attempts, Expr::col(Column::Attempts).sub(1))
                .filter(Column::Key.eq(limit.key()))
                .filter(Column::Attempts.gt(0))
                .exec(&tx)
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Removes what was counted long ago. What somebody else counts on just now is left to the next time, so that
    /// nobody waits for this and it waits for nobody.
    async fn purge_attempts(&self, before: Millis) -> Result<()> {
        let old = Entity::find().filter(Column::StartedAt.lte(before)).limit(500);
        if old.clone().one(self.read()).await?.is_none() {
            return Ok(());
        }
        let tx = self.write().await?;
        let rows = old.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked).all(&tx).await?;
        Entity::delete_many().filter(Column::Key.is_in(rows.into_iter().map(|r| r.key))).exec(&tx).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Everybody locks in the order of the keys.
fn in_order<'a>(limits: impl IntoIterator<Item = &'a Limit>) -> Vec<&'a Limit> {
    let mut limits: Vec<_> = limits.into_iter().collect();
    limits.sort_by(|a, b| a.key().cmp(b.key()));
    limits
}

/// What was counted within the window, locked; made when there is nothing, so that there is something to lock.
async fn lock(tx: &DatabaseTransaction, key: &str, now: Millis) -> Result<entity::Model> {
    let row = entity::ActiveModel { key: Set(key.to_owned()), attempts: Set(0), started_at: Set(now) };
    let same =
        OnConflict::column(Column::Key).value(Column::Attempts, Expr::col((Entity, Column::Attempts))).to_owned();
    upsert(tx, row, same).await?;
    let row = Entity::find_by_id(key).one(tx).await?.ok_or(DatabaseError::Stale)?;
    let over = row.started_at <= now - WINDOW;
    Ok(if over { entity::Model { attempts: 0, ..row } } else { row })
}

/// One more attempt. The window begins with the first.
async fn count(tx: &DatabaseTransaction, row: &entity::Model, now: Millis) -> Result<()> {
    let started_at = if row.attempts == 0 { now } else { row.started_at };
    Entity::update_many()
        .col_expr(Column::Attempts, Expr::value(row.attempts + 1))
        .col_expr(Column::StartedAt, Expr::value(started_at))
        .filter(Column::Key.eq(&row.key))
        .exec(tx)
        .await?;
    Ok(())
}
