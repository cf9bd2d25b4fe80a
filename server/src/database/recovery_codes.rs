//! Recovery codes as hashes, each for one time.

use app::model::{AccountId, Millis};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, sea_query::Expr,
};

use super::{Database, Result, audit_change::Fingerprint};
use crate::auth::context::OpContext;

mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "recovery_codes")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub account_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub hash: String,
        pub used_at: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{Column, Entity};

impl Database {
    /// How many codes an account has that nobody has used.
    pub async fn count_recovery_codes(&self, _ctx: &OpContext, account: AccountId) -> Result<u64> {
        left(self.read(), account).await
    }
}

/// How many codes nobody has used.
pub(super) async fn left(on: &impl ConnectionTrait, account: AccountId) -> Result<u64> {
    let unused = Entity::find().filter(Column::AccountId.eq(account.0)).filter(Column::UsedAt.is_null());
    Ok(unused.count(on).await?)
}

/// How many codes nobody has used, and what tells all of them from others: `None` when there are none.
pub(super) async fn told(on: &impl ConnectionTrait, account: AccountId) -> Result<(usize, Option<Fingerprint>)> {
    let all = Entity::find().filter(Column::AccountId.eq(account.0)).order_by_asc(Column::Hash).all(on).await?;
    let unused = all.iter().filter(|code| code.used_at.is_none()).count();
    let hashes: String = all.iter().map(|code| code.hash.as_str()).collect();
    Ok((unused, Fingerprint::of_text(&hashes)))
}

/// Keeps these codes and no others.
pub(super) async fn replace(tx: &DatabaseTransaction, account: AccountId, hashes: Vec<String>) -> Result<()> {
    Entity::delete_many().filter(Column::AccountId.eq(account.0)).exec(tx).await?;
    for hash in hashes {
        let row = entity::ActiveModel { account_id: Set(account.0), hash: Set(hash), used_at: Set(None) };
        Entity::insert(row).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Uses a code up. Whether there was such an unused one.
pub(super) async fn take(tx: &DatabaseTransaction, account: AccountId, hash: &str, now: Millis) -> Result<bool> {
    let done = Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(now))
        .filter(Column::AccountId.eq(account.0))
        .filter(Column::Hash.eq(hash))
        .filter(Column::UsedAt.is_null())
        .exec(tx)
        .await?;
    Ok(done.rows_affected > 0)
}
