//! Requests that carry a key and are done once: what was answered to them, for a day.

use app::model::{AccountId, Millis};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};

use super::{Database, Result, portable::insert_unless_exists};
use crate::auth::context::OpContext;

pub(super) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "repeats")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: String,
        pub account_id: Uuid,
        pub request: String,
        pub sealed: Option<Vec<u8>>,
        pub created_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{Column, Entity};

/// How long an answer is kept.
pub const LIFETIME: Millis = 24 * 60 * 60 * 1000;
/// How long a request may be worked on: longer than any answer takes. Whoever was killed has it no longer than this.
const AT_WORK: Millis = 2 * 60 * 1000;
/// As many are kept for an account; the oldest gives way.
const MOST: u64 = 1_000;
/// As many old ones go each time that one comes.
const SWEPT: u64 = 100;

/// How a key stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is new, and now the caller's.
    New,
    /// Its request is being worked on.
    AtWork,
    /// It stands for another request.
    Other,
    /// Its request has this answer, sealed.
    Answered(Vec<u8>),
}

impl Database {
    /// Claims a key for a request, unless it is claimed or answered.
    pub async fn begin_repeat(&self, ctx: &OpContext, account: AccountId, id: &str, request: &str) -> Result<Standing> {
        super::portable::retrying!(self.try_begin_repeat(ctx, account, id, request).await)
    }

    async fn try_begin_repeat(&self, ctx: &OpContext, account: AccountId, id: &str, request: &str) -> Result<Standing> {
        let tx = self.write().await?;
        let now = ctx.now();
        let over = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::CreatedAt.lte(now - LIFETIME))
            .order_by_asc(Column::CreatedAt)
            .limit(SWEPT);
        let mut gone: Vec<String> = over.into_tuple().all(&tx).await?;
        let own = Entity::find().filter(Column::AccountId.eq(account.0));
        let too_many = (own.clone().count(&tx).await? + 1).saturating_sub(MOST);
        if too_many > 0 {
            let oldest = own.select_only().column(Column::Id).order_by_asc(Column::CreatedAt).limit(too_many);
            gone.extend(oldest.into_tuple::<String>().all(&tx).await?);
        }
        if let Some(row) = Entity::find_by_id(id).one(&tx).await? {
            let lasts = if row.sealed.is_some() { LIFETIME } else { AT_WORK };
            if row.created_at > now - lasts {
                return Ok(match row.sealed {
                    _ if row.request != request => Standing::Other,
                    Some(sealed) => Standing::Answered(sealed),
                    None => Standing::AtWork,
                });
            }
            gone.push(row.id);
        }
        // What goes is named by its keys: a deletion by time would hold, on some databases, what others insert just now.
        gone.sort_unstable();
        if !gone.is_empty() {
            Entity::delete_many().filter(Column::Id.is_in(gone)).exec(&tx).await?;
        }
        let row = entity::ActiveModel {
            id: Set(id.to_owned()),
            account_id: Set(account.0),
            request: Set(request.to_owned()),
            sealed: Set(None),
            created_at: Set(now),
        };
        // Of two at the same time only one has inserted it.
        let new = insert_unless_exists(&tx, row).await?;
        tx.commit().await?;
        Ok(if new { Standing::New } else { Standing::AtWork })
    }

    /// The answer, sealed, to a request of somebody who is not signed in. Another request with its key has it forgotten, as
    /// a day has: whoever tries what the first one held, such as a password, has one attempt.
    pub async fn find_newcomers_repeat(&self, ctx: &OpContext, id: &str, request: &str) -> Result<Option<Vec<u8>>> {
        let tx = self.write().await?;
        // Of several who ask at once, each after the one before.
        let Some(row) = Entity::find_by_id(id).lock_exclusive().one(&tx).await? else { return Ok(None) };
        let same = row.request == request && row.created_at > ctx.now() - LIFETIME;
        if !same {
            Entity::delete_many().filter(Column::Id.eq(id)).exec(&tx).await?;
        }
        tx.commit().await?;
        Ok(row.sealed.filter(|_| same))
    }

    /// Keeps the answer to a request of somebody who was not signed in; the account is the one that it was about.
    pub async fn keep_newcomers_repeat(
        &self,
        ctx: &OpContext,
        account: AccountId,
        id: &str,
        request: &str,
        sealed: Vec<u8>,
    ) -> Result<()> {
        let row = entity::ActiveModel {
            id: Set(id.to_owned()),
            account_id: Set(account.0),
            request: Set(request.to_owned()),
            sealed: Set(Some(sealed)),
            created_at: Set(ctx.now()),
        };
        let tx = self.write().await?;
        insert_unless_exists(&tx, row).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Keeps the answer to a request whose key was claimed.
    pub async fn answer_repeat(&self, _ctx: &OpContext, id: &str, sealed: Vec<u8>) -> Result<()> {
        let tx = self.write().await?;
        Entity::update_many()
            .col_expr(Column::Sealed, Expr::value(Some(sealed)))
            .filter(Column::Id.eq(id))
            .exec(&tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Gives a claimed key back: its request has changed nothing.
    pub async fn forget_repeat(&self, _ctx: &OpContext, id: &str) -> Result<()> {
        let tx = self.write().await?;
        Entity::delete_many().filter(Column::Id.eq(id)).filter(Column::Sealed.is_null()).exec(&tx).await?;
        tx.commit().await?;
        Ok(())
    }
}
