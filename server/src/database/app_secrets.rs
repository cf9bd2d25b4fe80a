//! The values of applications' secrets, sealed. No answer to anybody carries them: they leave the database for a
//! cluster alone. Each value is a version that never changes; a release names the versions it runs with.

use std::collections::BTreeMap;

use app::model::{AppId, SecretId};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
};

use uuid::Uuid;

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
        pub secret_id: Option<Uuid>,
        pub secret_version: Option<i64>,
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
    /// The namespace's secret that it was copied from, and that one's version.
    pub origin: Option<(SecretId, i64)>,
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

/// Which of a release's values are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// All of them.
    All,
    /// Those that are the application's own, and no copies.
    Own,
}

/// The sealed values of a release's secrets, by name. A version that is not kept is left out.
pub async fn sealed(
    db: &Database,
    app: AppId,
    versions: &[(String, String)],
    values: Values,
) -> Result<BTreeMap<String, Vec<u8>>> {
    let rows = Entity::find()
        .filter(Column::AppId.eq(app.0))
        .filter(Column::Version.is_in(versions.iter().map(|(_, v)| v.as_str())))
        .apply_if((values == Values::Own).then_some(()), |query, ()| query.filter(Column::SecretId.is_null()))
        .all(db.read())
        .await?;
    Ok(rows
        .into_iter()
        .filter(|row| versions.iter().any(|(name, version)| *name == row.name && *version == row.version))
        .map(|row| (row.name, row.sealed))
        .collect())
}

/// The version of an application's secret that is a copy of a version of the namespace's, when there is one already.
pub async fn copy_of(
    db: &Database,
    app: AppId,
    name: &str,
    (secret, version): (SecretId, i64),
) -> Result<Option<String>> {
    let row = Entity::find()
        .filter(Column::AppId.eq(app.0))
        .filter(Column::Name.eq(name))
        .filter(Column::SecretId.eq(secret.0))
        .filter(Column::SecretVersion.eq(version))
        .one(db.read())
        .await?;
    Ok(row.map(|row| row.version))
}

/// A copy of a namespace's secret that an application has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// The application.
    pub app: AppId,
    /// What it calls it.
    pub name: String,
    /// The version of the application's secret.
    pub version: String,
    /// The version of the namespace's.
    pub of: i64,
}

/// The applications that have, or once had, a copy of a namespace's secret; at most [`MOST_USERS`].
pub async fn holders(db: &Database, secret: SecretId) -> Result<Vec<AppId>> {
    let ids: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::AppId)
        .filter(Column::SecretId.eq(secret.0))
        .distinct()
        .order_by_asc(Column::AppId)
        .limit(MOST_USERS)
        .into_tuple()
        .all(db.read())
        .await?;
    Ok(ids.into_iter().map(AppId).collect())
}

/// Which of some versions of applications' secrets are copies of a namespace's secret; `versions` are some hundreds at most.
pub async fn copies(db: &Database, secret: SecretId, versions: &[&str]) -> Result<Vec<Copy>> {
    let rows: Vec<(Uuid, String, String, Option<i64>)> = Entity::find()
        .select_only()
        .columns([Column::AppId, Column::Name, Column::Version, Column::SecretVersion])
        .filter(Column::SecretId.eq(secret.0))
        .filter(Column::Version.is_in(versions.iter().copied()))
        .into_tuple()
        .all(db.read())
        .await?;
    let copy = |(app, name, version, of)| Some(Copy { app: AppId(app), name, version, of: of? });
    Ok(rows.into_iter().filter_map(copy).collect())
}

/// The most applications of one secret that are looked at: a namespace's, of which there are hardly as many.
pub const MOST_USERS: u64 = 1_000;

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
            secret_id: Set(secret.origin.map(|(id, _)| id.0)),
            secret_version: Set(secret.origin.map(|(_, version)| version)),
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
