//! The platform's settings: one row, with a column for each.

use app::model::{PlatformSettings, Registration};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, sea_query::Expr};

use super::{
    Database, DatabaseError, Result,
    audit::{self, Entry},
    audit_states::PlatformState,
    portable::lock_row,
    stored::{from_word, word},
};
use crate::auth::{authz::Granted, context::OpContext};

mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "platform_settings")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub registration: String,
        pub version: i64,
        pub updated_at: i64,
        pub actor_name: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{Column, Entity};

/// The only row.
const ROW: i32 = 1;

/// Sees to it that nobody else changes what is the platform's until the transaction ends.
pub(super) async fn lock(tx: &sea_orm::DatabaseTransaction) -> Result<()> {
    lock_row::<Entity>(tx, ROW).await?.map(drop).ok_or(DatabaseError::Corrupt("platform_settings"))
}

impl Database {
    /// The platform's settings.
    pub async fn find_platform_settings(&self, _ctx: &OpContext, _granted: Granted) -> Result<PlatformSettings> {
        find(self.read()).await
    }

    /// How tenants come to the platform, which everybody may know who comes to the door.
    pub async fn find_registration(&self, _ctx: &OpContext) -> Result<Registration> {
        Ok(find(self.read()).await?.registration)
    }

    /// Changes the settings. With `version`, fails with `Stale` when they were changed since.
    pub async fn update_platform_settings(
        &self,
        ctx: &OpContext,
        _granted: Granted,
        registration: Registration,
        version: Option<i64>,
    ) -> Result<PlatformSettings> {
        let tx = self.write().await?;
        let before = find(&tx).await?;
        let mut update = Entity::update_many()
            .col_expr(Column::Registration, Expr::value(word(&registration)))
            .col_expr(Column::Version, Expr::col(Column::Version).add(1))
            .col_expr(Column::UpdatedAt, Expr::value(ctx.now()))
            .col_expr(Column::ActorName, Expr::value(ctx.actor_name()))
            .filter(Column::Id.eq(ROW));
        if let Some(version) = version {
            update = update.filter(Column::Version.eq(version));
        }
        if update.exec(&tx).await?.rows_affected == 0 {
            return Err(DatabaseError::Stale);
        }
        let after = find(&tx).await?;
        let (was, is) = (PlatformState::from(before.registration), PlatformState::from(after.registration));
        audit::record(&tx, ctx, Entry::ok("platform.update", "platform").change(Some(&was), Some(&is))).await?;
        tx.commit().await?;
        Ok(after)
    }
}

/// How tenants come to the platform.
pub(super) async fn registration(on: &impl ConnectionTrait) -> Result<Registration> {
    Ok(find(on).await?.registration)
}

async fn find(on: &impl ConnectionTrait) -> Result<PlatformSettings> {
    let row = Entity::find_by_id(ROW).one(on).await?.ok_or(DatabaseError::Corrupt("platform_settings"))?;
    Ok(PlatformSettings {
        registration: from_word(&row.registration, "platform_settings.registration")?,
        version: row.version,
        updated_at: row.updated_at,
        actor_name: row.actor_name,
    })
}
