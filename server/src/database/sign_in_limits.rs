//! How often signing in was tried, kept in the database.

use std::collections::HashMap;

use app::model::Millis;
use async_trait::async_trait;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, ExprTrait, QueryFilter, QuerySelect,
    sea_query::{CaseStatement, Expr, LockBehavior, LockType, OnConflict},
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

/// How often a replica removes what was counted long ago, in milliseconds.
pub(super) const PURGE_EVERY: Millis = 10_000;
/// How many rows are removed in one transaction.
const PURGED_AT_ONCE: u64 = 500;
/// In how many transactions at most, each time.
const MOST_PURGES: usize = 40;

#[async_trait]
impl AttemptKeeper for Database {
    async fn take_attempt(&self, ctx: &OpContext, limits: &[Limit], person: bool) -> Kept<Attempt> {
        Ok(self.take(ctx, limits, person).await?)
    }

    async fn give_back_attempt(&self, anew: Option<&Limit>, others: &[Limit]) -> Kept<()> {
        Ok(self.give_back(anew, others).await?)
    }
}

impl Database {
    async fn take(&self, ctx: &OpContext, limits: &[Limit], person: bool) -> Result<Attempt> {
        let now = ctx.now();
        if self.purge.is_due(now) {
            self.purge_attempts(now - WINDOW).await?;
        }
        retrying!(self.try_attempt(now, limits, person).await)
    }

    /// Counts first, which locks the rows, and takes back what must not count.
    async fn try_attempt(&self, now: Millis, limits: &[Limit], person: bool) -> Result<Attempt> {
        let tx = self.write().await?;
        count(&tx, limits, now).await?;
        let rows = Entity::find().filter(Column::Key.is_in(limits.iter().map(Limit::key))).all(&tx).await?;
        let rows: HashMap<&str, &entity::Model> = rows.iter().map(|row| (row.key.as_str(), row)).collect();
        let row = |limit: &Limit| rows.get(limit.key()).copied().ok_or(DatabaseError::Stale);
        for limit in limits {
            let row = row(limit)?;
            if row.attempts <= limit.most() {
                continue;
            }
            // The first refusal is counted, so that it is told from the others.
            let first = row.attempts == limit.most() + 1;
            take_back(&tx, limits.iter().filter(|other| !first || other.key() != limit.key())).await?;
            forget_untried(&tx, limits).await?;
            tx.commit().await?;
            return Ok(Attempt::Refused { wait: row.started_at + WINDOW - now, first });
        }
        let mut people_next = false;
        for limit in limits {
            let after = row(limit)?.attempts;
            if !person && limit.asks_people(after - 1) {
                take_back(&tx, limits).await?;
                forget_untried(&tx, limits).await?;
                tx.commit().await?;
                return Ok(Attempt::OnlyPeople);
            }
            people_next |= limit.asks_people(after);
        }
        tx.commit().await?;
        Ok(Attempt::Allowed { people_next })
    }

    async fn give_back(&self, anew: Option<&Limit>, others: &[Limit]) -> Result<()> {
        retrying!(self.try_give_back(anew, others).await)
    }

    async fn try_give_back(&self, anew: Option<&Limit>, others: &[Limit]) -> Result<()> {
        let tx = self.write().await?;
        for limit in in_order(others.iter().chain(anew)) {
            if anew.is_some_and(|anew| anew.key() == limit.key()) {
                Entity::delete_by_id(limit.key()).exec(&tx).await?;
                continue;
            }
            take_back(&tx, [limit]).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Removes what was counted long ago. What somebody else counts on just now is left to the next time, so that
    /// nobody waits for this and it waits for nobody.
    async fn purge_attempts(&self, before: Millis) -> Result<()> {
        let old = Entity::find().filter(Column::StartedAt.lte(before)).limit(PURGED_AT_ONCE);
        for _ in 0..MOST_PURGES {
            if old.clone().one(self.read()).await?.is_none() {
                return Ok(());
            }
            let tx = self.write().await?;
            let rows = old.clone().lock_with_behavior(LockType::Update, LockBehavior::SkipLocked).all(&tx).await?;
            let last = (rows.len() as u64) < PURGED_AT_ONCE;
            Entity::delete_many().filter(Column::Key.is_in(rows.into_iter().map(|r| r.key))).exec(&tx).await?;
            tx.commit().await?;
            if last {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// Everybody locks in the order of the keys.
fn in_order<'a>(limits: impl IntoIterator<Item = &'a Limit>) -> Vec<&'a Limit> {
    let mut limits: Vec<_> = limits.into_iter().collect();
    limits.sort_by(|a, b| a.key().cmp(b.key()));
    limits
}

/// One more attempt at each; locks the rows. The window begins with the first, and what was counted before it counts no
/// more.
async fn count(tx: &DatabaseTransaction, limits: &[Limit], now: Millis) -> Result<()> {
    let (attempts, started_at) = (|| Expr::col((Entity, Column::Attempts)), || Expr::col((Entity, Column::StartedAt)));
    let is_over = || started_at().lte(now - WINDOW);
    // MySQL sets one column after the other, and reads what it has set; the others read what was there.
    let none = i64::from(tx.get_database_backend() == DbBackend::MySql);
    let counted = CaseStatement::new().case(is_over(), 1).finally(attempts().add(1));
    let begun = CaseStatement::new().case(is_over().or(attempts().lte(none)), now).finally(started_at());
    let again =
        OnConflict::column(Column::Key).value(Column::Attempts, counted).value(Column::StartedAt, begun).to_owned();
    let rows = in_order(limits).into_iter().map(|limit| entity::ActiveModel {
        key: Set(limit.key().to_owned()),
        attempts: Set(1),
        started_at: Set(now),
    });
    upsert(tx, rows, again).await
}

/// Removes what nothing is counted of: whoever is refused leaves no row behind for each name that comes to mind.
async fn forget_untried(tx: &DatabaseTransaction, limits: &[Limit]) -> Result<()> {
    Entity::delete_many()
        .filter(Column::Key.is_in(limits.iter().map(Limit::key)))
        .filter(Column::Attempts.lte(0))
        .exec(tx)
        .await?;
    Ok(())
}

/// As if so much had not been tried.
async fn take_back<'a>(tx: &DatabaseTransaction, limits: impl IntoIterator<Item = &'a Limit>) -> Result<()> {
    let keys: Vec<&str> = in_order(limits).into_iter().map(Limit::key).collect();
    if keys.is_empty() {
        return Ok(());
    }
    Entity::update_many()
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).sub(1))
        .filter(Column::Key.is_in(keys))
        .filter(Column::Attempts.gt(0))
        .exec(tx)
        .await?;
    Ok(())
}
