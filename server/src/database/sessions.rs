//! Sessions as rows.

use app::model::{AccountId, Millis};
use async_trait::async_trait;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};

use super::{
    Database, DatabaseError, Result,
    audit::{self, Entry},
    audit_states::{SessionState, SessionsState},
};
use crate::auth::{
    context::OpContext,
    keeper::{Kept, MOST_SHOWN, Seen, SessionKeeper, SessionRow},
    revocations::SessionKey,
};

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
        pub agent: String,
        pub address: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{Column, Entity};

#[async_trait]
impl SessionKeeper for Database {
    async fn find(&self, key: SessionKey) -> Kept<Option<SessionRow>> {
        let row = Entity::find_by_id(key.hex()).one(self.read()).await.map_err(DatabaseError::from)?;
        Ok(row.map(SessionRow::try_from).transpose()?)
    }

    async fn insert(&self, row: &SessionRow) -> Kept<bool> {
        let model = entity::ActiveModel {
            key: Set(row.key.hex()),
            account_id: Set(row.account.map(|a| a.0)),
            data: Set(row.data.clone()),
            created_at: Set(row.created_at),
            used_at: Set(row.used_at),
            agent: Set(row.seen.agent.clone()),
            address: Set(row.seen.address.clone()),
        };
        Ok(super::portable::insert_unless_exists(self.read(), model).await?)
    }

    async fn update(&self, row: &SessionRow) -> Kept<()> {
        let update = Entity::update_many()
            .col_expr(Column::AccountId, Expr::value(row.account.map(|a| a.0)))
            .col_expr(Column::Data, Expr::value(row.data.clone()))
            .filter(Column::Key.eq(row.key.hex()));
        update.exec(self.read()).await.map_err(DatabaseError::from)?;
        Ok(())
    }

    async fn touch(&self, row: &SessionRow) -> Kept<()> {
        let update = Entity::update_many()
            .col_expr(Column::UsedAt, Expr::value(row.used_at))
            .col_expr(Column::Agent, Expr::value(row.seen.agent.clone()))
            .col_expr(Column::Address, Expr::value(row.seen.address.clone()))
            .filter(Column::Key.eq(row.key.hex()));
        update.exec(self.read()).await.map_err(DatabaseError::from)?;
        Ok(())
    }

    async fn delete(&self, key: SessionKey) -> Kept<bool> {
        let done = Entity::delete_by_id(key.hex()).exec(self.read()).await.map_err(DatabaseError::from)?;
        Ok(done.rows_affected > 0)
    }

    async fn list(&self, account: AccountId) -> Kept<Vec<SessionRow>> {
        let query = Entity::find()
            .filter(Column::AccountId.eq(account.0))
            .order_by_desc(Column::UsedAt)
            .order_by_asc(Column::Key)
            .limit(u64::from(MOST_SHOWN));
        let rows = query.all(self.read()).await.map_err(DatabaseError::from)?;
        Ok(rows.into_iter().map(SessionRow::try_from).collect::<Result<_>>()?)
    }

    async fn delete_of(&self, account: AccountId, but: Option<SessionKey>) -> Kept<()> {
        Ok(delete_of(self.read(), account, but).await?)
    }

    async fn purge(&self, used_before: Millis, opened_before: Millis) -> Kept<()> {
        let over = Condition::any().add(Column::UsedAt.lte(used_before)).add(Column::CreatedAt.lte(opened_before));
        Entity::delete_many().filter(over).exec(self.read()).await.map_err(DatabaseError::from)?;
        Ok(())
    }
}

impl Database {
    /// Ends a session, with an entry in the audit trail; whether there was one.
    pub async fn end_session(&self, ctx: &OpContext, key: SessionKey, entry: Entry) -> Result<bool> {
        let tx = self.write().await?;
        let row = Entity::find_by_id(key.hex()).one(&tx).await?;
        let done = Entity::delete_by_id(key.hex()).exec(&tx).await?;
        let Some(row) = row.filter(|_| done.rows_affected > 0) else { return Ok(false) };
        audit::record(&tx, ctx, entry.gone(&SessionState::of(&row))).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Ends all sessions of an account but one, with an entry in the audit trail, also when there are no others.
    pub async fn end_other_sessions(
        &self,
        ctx: &OpContext,
        account: AccountId,
        but: SessionKey,
        entry: Entry,
    ) -> Result<()> {
        let tx = self.write().await?;
        let others = Entity::find().filter(Column::AccountId.eq(account.0)).filter(Column::Key.ne(but.hex()));
        let others = others.order_by_desc(Column::UsedAt).limit(u64::from(MOST_SHOWN)).all(&tx).await?;
        delete_of(&tx, account, Some(but)).await?;
        let gone = SessionsState { sessions: others.iter().map(SessionState::of).collect() };
        audit::record(&tx, ctx, entry.gone(&gone)).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Ends all sessions of an account but, perhaps, one.
pub(super) async fn delete_of(on: &impl ConnectionTrait, account: AccountId, but: Option<SessionKey>) -> Result<()> {
    let mut query = Entity::delete_many().filter(Column::AccountId.eq(account.0));
    if let Some(key) = but {
        query = query.filter(Column::Key.ne(key.hex()));
    }
    query.exec(on).await?;
    Ok(())
}

impl TryFrom<entity::Model> for SessionRow {
    type Error = DatabaseError;

    fn try_from(row: entity::Model) -> Result<Self> {
        Ok(Self {
            key: SessionKey::from_hex(&row.key).ok_or(DatabaseError::Corrupt("sessions.key"))?,
            account: row.account_id.map(AccountId),
            data: row.data,
            created_at: row.created_at,
            used_at: row.used_at,
            seen: Seen { agent: row.agent, address: row.address },
        })
    }
}
