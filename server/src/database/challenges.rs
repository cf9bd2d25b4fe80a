//! Challenges that wait for their answer: captchas and ceremonies with passkeys. Few, for minutes, each for one answer.

use app::model::Millis;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use sha2::{Digest, Sha256};

use super::{Database, Result};
use crate::auth::{context::OpContext, crypto::hex};

mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "challenges")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub kind: String,
        pub caller: String,
        pub sealed: Vec<u8>,
        pub created_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{Column, Entity};

/// How long one may take.
pub const LIFETIME: Millis = 5 * 60 * 1000;
/// As many of one kind may wait for one caller; the oldest gives way.
const MOST_PER_CALLER: u64 = 20;
/// As many of one kind may wait at all. Each kind has its own, so that strangers do not crowd out who is signed in.
const MOST: u64 = 10_000;

/// A challenge that is made.
#[derive(Clone, Debug)]
pub struct NewChallenge {
    /// Its id.
    pub id: String,
    /// What it is for, in at most 16 letters.
    pub kind: &'static str,
    /// The session or the address that asked for it.
    pub caller: String,
    /// What its answer is checked by, sealed.
    pub sealed: Vec<u8>,
}

impl Database {
    /// Keeps a challenge. Old ones go, and the oldest when there are too many of one caller or at all.
    pub async fn insert_challenge(&self, ctx: &OpContext, challenge: NewChallenge) -> Result<()> {
        super::portable::retrying!(self.try_insert_challenge(ctx, &challenge).await)
    }

    /// What goes is named by its keys: a deletion by time would hold, on some databases, what others insert just now.
    async fn try_insert_challenge(&self, ctx: &OpContext, challenge: &NewChallenge) -> Result<()> {
        let caller = hex(&Sha256::digest(&challenge.caller));
        let tx = self.write().await?;
        let old = Entity::find().filter(Column::CreatedAt.lte(ctx.now() - LIFETIME)).limit(MOST);
        let old: Vec<String> =
            old.select_only().column(Column::Id).order_by_asc(Column::Id).into_tuple().all(&tx).await?;
        if !old.is_empty() {
            Entity::delete_many().filter(Column::Id.is_in(old)).exec(&tx).await?;
        }
        let of_kind = Entity::find().filter(Column::Kind.eq(challenge.kind));
        let of_caller = of_kind.clone().filter(Column::Caller.eq(&caller));
        for (query, most) in [(of_caller, MOST_PER_CALLER), (of_kind, MOST)] {
            let too_many = (query.clone().count(&tx).await? + 1).saturating_sub(most);
            if too_many > 0 {
                let oldest = query.select_only().column(Column::Id).order_by_asc(Column::CreatedAt).limit(too_many);
                let oldest: Vec<String> = oldest.into_tuple().all(&tx).await?;
                Entity::delete_many().filter(Column::Id.is_in(oldest)).exec(&tx).await?;
            }
        }
        let row = entity::ActiveModel {
            id: Set(challenge.id.clone()),
            kind: Set(challenge.kind.to_owned()),
            caller: Set(caller),
            sealed: Set(challenge.sealed.clone()),
            created_at: Set(ctx.now()),
        };
        Entity::insert(row).exec_without_returning(&tx).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What a challenge's answer is checked by, sealed; `None` when there is no such one of that kind any more.
    pub async fn find_challenge(&self, ctx: &OpContext, kind: &str, id: &str) -> Result<Option<Vec<u8>>> {
        let waits = Entity::find_by_id(id).filter(Column::Kind.eq(kind));
        let row = waits.filter(Column::CreatedAt.gt(ctx.now() - LIFETIME)).one(self.read()).await?;
        Ok(row.map(|r| r.sealed))
    }

    /// The same, for the one answer that it is good for: afterwards it is gone.
    pub async fn take_challenge(&self, ctx: &OpContext, kind: &str, id: &str) -> Result<Option<Vec<u8>>> {
        let found = self.find_challenge(ctx, kind, id).await?;
        let gone = Entity::delete_by_id(id).filter(Column::Kind.eq(kind)).exec(self.read()).await?;
        // Of two at the same time only one has deleted it.
        Ok(found.filter(|_| gone.rows_affected > 0))
    }
}
