//! The values of applications' secrets, sealed. No answer to anybody carries them: they leave the database for a
//! cluster alone. Each value is a version that never changes; a release names the versions it runs with.

use std::collections::BTreeMap;

use app::model::AppId;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};

use super::{Database, Result};
use crate::auth::context::OpContext;

mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "app_secret_versions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub app_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: String,
        pub sealed: Vec<u8>,
        pub created_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{Column, Entity};

/// A new version of a secret.
pub struct SealedSecret {
    /// The secret's name.
    pub name: String,
    /// The version: random, so that it tells nothing of the value.
    pub version: String,
    /// The value, sealed in the context of [`context`].
    pub sealed: Vec<u8>,
}

impl std::fmt::Debug for SealedSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SealedSecret").field("name", &self.name).field("version", &self.version).finish_non_exhaustive()
    }
}

/// The context in which a value is sealed: moved to another place it does not open.
pub fn context(app: AppId, name: &str, version: &str) -> String {
    format!("app-secret/{app}/{name}/{version}")
}

/// The sealed values of a release's secrets, by name. A version that is not kept is left out.
pub async fn sealed(
    db: &Database,
    _ctx: &OpContext,
    app: AppId,
    versions: &[(String, String)],
) -> Result<BTreeMap<String, Vec<u8>>> {
    let rows = Entity::find()
        .filter(Column::AppId.eq(app.0))
        .filter(Column::Version.is_in(versions.iter().map(|(_, v)| v.as_str())))
        .all(db.read())
        .await?;
    Ok(rows
        .into_iter()
        .filter(|row| versions.iter().any(|(name, version)| *name == row.name && *version == row.version))
        .map(|row| (row.name, row.sealed))
        .collect())
}

/// Keeps new versions.
pub(super) async fn insert(
    tx: &DatabaseTransaction,
    ctx: &OpContext,
    app: AppId,
    secrets: Vec<SealedSecret>,
) -> Result<()> {
    for secret in secrets {
        entity::ActiveModel {
            app_id: Set(app.0),
            name: Set(secret.name),
            version: Set(secret.version),
            sealed: Set(secret.sealed),
            created_at: Set(ctx.now()),
        }
        .insert(tx)
        .await?;
    }
    Ok(())
}

/// Removes all values of an application for good.
pub(super) async fn forget(tx: &DatabaseTransaction, app: AppId) -> Result<()> {
    Entity::delete_many().filter(Column::AppId.eq(app.0)).exec(tx).await?;
    Ok(())
}
