//! How often signing in was tried, so that passwords cannot be guessed. Kept in the database: neither a restart
//! nor another replica forgets.

use app::model::Millis;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, EntityTrait, ExprTrait, QueryFilter,
    sea_query::{Expr, OnConflict},
};
use sha2::{Digest, Sha256};

use super::{Database, Result};
use crate::auth::{context::OpContext, crypto::hex};

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

/// Failed attempts are counted for this long, from the first.
pub const WINDOW: Millis = 15 * 60 * 1000;

/// What is counted, and how much of it is allowed within [`WINDOW`].
#[derive(Clone, Debug)]
pub struct Limit {
    key: String,
    most: i64,
}

impl Limit {
    /// `most` failed attempts for a kind of thing (`name`, `address`) of some value. The value is kept as a hash:
    /// people type their password into the wrong field.
    pub fn new(kind: &str, value: &str, most: i64) -> Self {
        let digest = Sha256::new().chain_update(kind).chain_update([0]).chain_update(value).finalize();
        Self { key: hex(&digest), most }
    }
}

/// Whether one may try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// One may; the attempt is counted already, so that parallel ones cannot slip through.
    Allowed,
    /// Too many have failed. `wait` is how long this lasts, in milliseconds; `first` tells the first refusal.
    Refused {
        /// Milliseconds.
        wait: Millis,
        /// Whether this is the first refusal since the last allowed attempt.
        first: bool,
    },
}

impl Database {
    /// Counts an attempt against all the limits, unless one of them is reached.
    pub async fn take_attempt(&self, ctx: &OpContext, limits: &[Limit]) -> Result<Attempt> {
        let now = ctx.now();
        let tx = self.write().await?;
        Entity::delete_many().filter(Column::StartedAt.lte(now - WINDOW)).exec(&tx).await?;
        for limit in limits {
            let Some(row) = Entity::find_by_id(&limit.key).one(&tx).await? else { continue };
            if row.attempts >= limit.most {
                let first = row.attempts == limit.most;
                if first {
                    count(&tx, &limit.key, now).await?;
                }
                tx.commit().await?;
                return Ok(Attempt::Refused { wait: row.started_at + WINDOW - now, first });
            }
        }
        for limit in limits {
            count(&tx, &limit.key, now).await?;
        }
        tx.commit().await?;
        Ok(Attempt::Allowed)
    }

    /// After the right password: the name starts anew, and what else was counted is given back.
    pub async fn give_back_attempt(&self, name: &Limit, others: &[Limit]) -> Result<()> {
        let tx = self.write().await?;
        Entity::delete_by_id(&name.key).exec(&tx).await?;
        for limit in others {
            Entity::update_many()
                .col_expr(Column::Attempts, Expr::col(Column::Attempts).sub(1))
                .filter(Column::Key.eq(&limit.key))
                .filter(Column::Attempts.gt(0))
                .exec(&tx)
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

async fn count(on: &impl sea_orm::ConnectionTrait, key: &str, now: Millis) -> Result<()> {
    let row = entity::ActiveModel { key: Set(key.to_owned()), attempts: Set(1), started_at: Set(now) };
    let more = Expr::col((Entity, Column::Attempts)).add(1);
    Entity::insert(row)
        .on_conflict(OnConflict::column(Column::Key).value(Column::Attempts, more).to_owned())
        .exec_without_returning(on)
        .await?;
    Ok(())
}
