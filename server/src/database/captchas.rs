//! Captchas that wait for their answer: few, for minutes, each for one attempt.

use app::model::Millis;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use sha2::{Digest, Sha256};

use super::{Database, Result};
use crate::auth::{context::OpContext, crypto::hex};

mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "captchas")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub sealed: Vec<u8>,
        pub caller: String,
        pub created_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{Column, Entity};

/// How long one may think.
pub const LIFETIME: Millis = 5 * 60 * 1000;
/// As many may wait for one caller; the oldest gives way.
const MOST_PER_CALLER: u64 = 20;
/// As many may wait at all.
const MOST: u64 = 10_000;

impl Database {
    /// Keeps a captcha. Old ones go, and the oldest when there are too many of one caller or at all.
    pub async fn insert_captcha(&self, ctx: &OpContext, id: &str, caller: &str, sealed: Vec<u8>) -> Result<()> {
        let caller = hex(&Sha256::digest(caller));
        super::portable::retrying!(self.try_insert_captcha(ctx, id, &caller, &sealed).await)
    }

    /// What goes is named by its keys: a deletion by time would hold, on some databases, what others insert just now.
    async fn try_insert_captcha(&self, ctx: &OpContext, id: &str, caller: &str, sealed: &[u8]) -> Result<()> {
        let tx = self.write().await?;
        let old = Entity::find().filter(Column::CreatedAt.lte(ctx.now() - LIFETIME)).limit(MOST);
        let old: Vec<String> =
            old.select_only().column(Column::Id).order_by_asc(Column::Id).into_tuple().all(&tx).await?;
        if !old.is_empty() {
            Entity::delete_many().filter(Column::Id.is_in(old)).exec(&tx).await?;
        }
        let of_caller = Entity::find().filter(Column::Caller.eq(caller));
        for (query, most) in [(of_caller, MOST_PER_CALLER), (Entity::find(), MOST)] {
            let too_many = (query.clone().count(&tx).await? + 1).saturating_sub(most);
            if too_many > 0 {
                let oldest = query.select_only().column(Column::Id).order_by_asc(Column::CreatedAt).limit(too_many);
                let oldest: Vec<String> = oldest.into_tuple().all(&tx).await?;
                Entity::delete_many().filter(Column::Id.is_in(oldest)).exec(&tx).await?;
            }
        }
        let row = entity::ActiveModel {
            id: Set(id.to_owned()),
            sealed: Set(sealed.to_vec()),
            caller: Set(caller.to_owned()),
            created_at: Set(ctx.now()),
        };
        Entity::insert(row).exec_without_returning(&tx).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What a captcha asks for, sealed; `None` when there is no such one any more.
    pub async fn find_captcha(&self, ctx: &OpContext, id: &str) -> Result<Option<Vec<u8>>> {
        let row = Entity::find_by_id(id).filter(Column::CreatedAt.gt(ctx.now() - LIFETIME)).one(self.read()).await?;
        Ok(row.map(|r| r.sealed))
    }

    /// The same, for the one attempt that it is good for: afterwards it is gone.
    pub async fn take_captcha(&self, ctx: &OpContext, id: &str) -> Result<Option<Vec<u8>>> {
        let found = self.find_captcha(ctx, id).await?;
        let gone = Entity::delete_by_id(id).exec(self.read()).await?;
        // Of two at the same time only one has deleted it.
        Ok(found.filter(|_| gone.rows_affected > 0))
    }
}
