//! Sessions as rows.

use app::model::{AccountId, Millis};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, sea_query::Expr};

use super::{Database, Result};
use crate::auth::{crypto, revocations::SessionKey};

pub(super) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "sessions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub key: String,
        pub account_id: Option<Uuid>,
        pub data: String,
        pub created_at: i64,
        pub used_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{Column, Entity};

/// A session.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// The hash of the identifier.
    pub key: SessionKey,
    /// Whose it is, once somebody has signed in.
    pub account: Option<AccountId>,
    /// What it holds, as JSON.
    pub data: String,
    /// When it was opened.
    pub created_at: Millis,
    /// When it was last used, to the minute.
    pub used_at: Millis,
}

impl Database {
    /// The session of that key, if there is one.
    pub async fn find_session(&self, key: SessionKey) -> Result<Option<SessionRow>> {
        let row = Entity::find_by_id(hex(key)).one(self.read()).await?;
        Ok(row.map(|r| SessionRow {
            key,
            account: r.account_id.map(AccountId),
            data: r.data,
            created_at: r.created_at,
            used_at: r.used_at,
        }))
    }

    /// Keeps a new session; whether its key was free.
    pub async fn insert_session(&self, row: SessionRow) -> Result<bool> {
        let model = entity::ActiveModel {
            key: Set(hex(row.key)),
            account_id: Set(row.account.map(|a| a.0)),
            data: Set(row.data),
            created_at: Set(row.created_at),
            used_at: Set(row.used_at),
        };
        super::portable::insert_unless_exists(self.read(), model).await
    }

    /// Changes what a session holds; nothing happens when it has ended.
    pub async fn update_session(&self, row: SessionRow) -> Result<()> {
        Entity::update_many()
            .col_expr(Column::AccountId, Expr::value(row.account.map(|a| a.0)))
            .col_expr(Column::Data, Expr::value(row.data))
            .filter(Column::Key.eq(hex(row.key)))
            .exec(self.read())
            .await?;
        Ok(())
    }

    /// Notes that a session is used.
    pub async fn touch_session(&self, key: SessionKey, now: Millis) -> Result<()> {
        Entity::update_many()
            .col_expr(Column::UsedAt, Expr::value(now))
            .filter(Column::Key.eq(hex(key)))
            .exec(self.read())
            .await?;
        Ok(())
    }

    /// Ends a session; nothing happens when it has ended.
    pub async fn delete_session(&self, key: SessionKey) -> Result<()> {
        Entity::delete_by_id(hex(key)).exec(self.read()).await?;
        Ok(())
    }

    /// Removes the sessions that were last used or opened before these times.
    pub async fn purge_sessions(&self, used_before: Millis, opened_before: Millis) -> Result<()> {
        let over = Condition::any().add(Column::UsedAt.lte(used_before)).add(Column::CreatedAt.lte(opened_before));
        Entity::delete_many().filter(over).exec(self.read()).await?;
        Ok(())
    }
}

/// Ends all sessions of an account.
pub(super) async fn delete_of(on: &impl ConnectionTrait, account: AccountId) -> Result<()> {
    Entity::delete_many().filter(Column::AccountId.eq(account.0)).exec(on).await?;
    Ok(())
}

fn hex(key: SessionKey) -> String {
    crypto::hex(&key.0)
}
