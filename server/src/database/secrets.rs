//! Secrets that the applications of a namespace share. Of each the newest value is kept, sealed; of those before, when they
//! were given and by whom. An application has copies of its own, so that its releases stay what they are.

use app::model::{MAX_SECRET_VERSIONS, MAX_SHARED_SECRETS, Millis, NamespaceId, SecretId, TenantId};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, sea_query::Expr,
};
use serde::Serialize;

use super::{
    Database, DatabaseError, Result,
    audit::{self, Entry},
    audit_change::{Fingerprint, Recorded},
    namespaces,
    portable::{lock_row, retrying},
};
use crate::auth::{authz, context::OpContext};

mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "secrets")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub tenant_id: Uuid,
        pub namespace_id: Uuid,
        pub name: String,
        pub version: i64,
        pub sealed: Vec<u8>,
        pub created_at: i64,
        pub updated_at: i64,
        pub actor_name: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod version {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "secret_versions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub secret_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i64,
        pub created_at: i64,
        pub actor_name: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{Column, Entity};

/// A secret as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    /// The secret.
    pub id: SecretId,
    /// Whose it is.
    pub tenant: TenantId,
    /// Where it is.
    pub namespace: NamespaceId,
    /// Its name.
    pub name: String,
    /// The number of the newest version, from 1.
    pub version: i64,
    /// Its value, sealed in the context of [`context`].
    pub sealed: Vec<u8>,
    /// When it was made.
    pub created_at: Millis,
    /// When the newest version was given.
    pub updated_at: Millis,
    /// Who gave it.
    pub actor_name: String,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secret").field("name", &self.name).field("version", &self.version).finish_non_exhaustive()
    }
}

impl From<entity::Model> for Secret {
    fn from(row: entity::Model) -> Self {
        Self {
            id: SecretId(row.id),
            tenant: TenantId(row.tenant_id),
            namespace: NamespaceId(row.namespace_id),
            name: row.name,
            version: row.version,
            sealed: row.sealed,
            created_at: row.created_at,
            updated_at: row.updated_at,
            actor_name: row.actor_name,
        }
    }
}

/// What the audit trail says of a secret.
#[derive(Serialize)]
struct State<'a> {
    name: &'a str,
    version: i64,
    value: Fingerprint,
}

impl Recorded for State<'_> {}

impl<'a> State<'a> {
    /// The value's fingerprint is that of what is kept, which is sealed.
    fn of(secret: &'a Secret) -> Self {
        Self { name: &secret.name, version: secret.version, value: Fingerprint::of(&secret.sealed) }
    }
}

/// The context in which a value is sealed: beside another secret, or as another version, it does not open.
pub fn context(id: SecretId, version: i64) -> String {
    format!("secret/{id}/{version}")
}

fn entry(action: &'static str, secret: &Secret) -> Entry {
    Entry::ok(action, format!("secret/{}", secret.name)).tenant(Some(secret.tenant))
}

/// The secrets of a namespace, by name: there are never more than [`MAX_SHARED_SECRETS`].
pub async fn list(db: &Database, namespace: &authz::Namespace) -> Result<Vec<Secret>> {
    let rows = Entity::find()
        .filter(Column::NamespaceId.eq(namespace.id().0))
        .order_by_asc(Column::Name)
        .limit(MAX_SHARED_SECRETS)
        .all(db.read())
        .await?;
    Ok(rows.into_iter().map(Secret::from).collect())
}

/// One secret, when it is of the actor's tenant.
pub async fn find(db: &Database, ctx: &OpContext, id: SecretId) -> Result<Option<Secret>> {
    let row = Entity::find_by_id(id.0)
        .apply_if(ctx.tenant(), |q, tenant| q.filter(Column::TenantId.eq(tenant.0)))
        .one(db.read())
        .await?;
    Ok(row.map(Secret::from))
}

/// The secret of that name in a namespace.
pub async fn find_named(db: &Database, namespace: NamespaceId, name: &str) -> Result<Option<Secret>> {
    let row =
        Entity::find().filter(Column::NamespaceId.eq(namespace.0)).filter(Column::Name.eq(name)).one(db.read()).await?;
    Ok(row.map(Secret::from))
}

/// The newest versions of a secret: number, when, by whom.
pub async fn versions(db: &Database, id: SecretId) -> Result<Vec<(i64, Millis, String)>> {
    let rows = version::Entity::find()
        .filter(version::Column::SecretId.eq(id.0))
        .order_by_desc(version::Column::Number)
        .limit(MAX_SECRET_VERSIONS)
        .all(db.read())
        .await?;
    Ok(rows.into_iter().map(|row| (row.number, row.created_at, row.actor_name)).collect())
}

/// Keeps a new secret. Fails with [`DatabaseError::Taken`] (`name`, or `secrets` when there are too many), and with
/// [`DatabaseError::Stale`] when its namespace is gone or on its way.
pub async fn insert(db: &Database, ctx: &OpContext, _namespace: &authz::Namespace, secret: &Secret) -> Result<()> {
    retrying!(try_insert(db, ctx, secret).await)
}

async fn try_insert(db: &Database, ctx: &OpContext, secret: &Secret) -> Result<()> {
    let tx = db.write().await?;
    if !namespaces::is_open(&tx, secret.namespace).await? {
        return Err(DatabaseError::Stale);
    }
    let others = || Entity::find().filter(Column::NamespaceId.eq(secret.namespace.0));
    if others().filter(Column::Name.eq(&secret.name)).one(&tx).await?.is_some() {
        return Err(DatabaseError::Taken("name"));
    }
    if others().count(&tx).await? >= MAX_SHARED_SECRETS {
        return Err(DatabaseError::Taken("secrets"));
    }
    let row = entity::ActiveModel {
        id: Set(secret.id.0),
        tenant_id: Set(secret.tenant.0),
        namespace_id: Set(secret.namespace.0),
        name: Set(secret.name.clone()),
        version: Set(secret.version),
        sealed: Set(secret.sealed.clone()),
        created_at: Set(secret.created_at),
        updated_at: Set(secret.updated_at),
        actor_name: Set(secret.actor_name.clone()),
    };
    row.insert(&tx).await.map_err(|e| super::taken(e, "name"))?;
    keep_version(&tx, secret).await?;
    audit::record(&tx, ctx, entry("secret.create", secret).made(&State::of(secret))).await?;
    tx.commit().await?;
    Ok(())
}

/// Gives a secret the value of `secret`, whose version follows the one that is there. Fails with [`DatabaseError::Stale`] when
/// another came in between.
pub async fn rotate(db: &Database, ctx: &OpContext, _namespace: &authz::Namespace, secret: &Secret) -> Result<()> {
    let tx = db.write().await?;
    let before = lock_row::<Entity>(&tx, secret.id.0).await?.ok_or(DatabaseError::Stale)?;
    if before.version + 1 != secret.version {
        return Err(DatabaseError::Stale);
    }
    Entity::update_many()
        .col_expr(Column::Version, Expr::value(secret.version))
        .col_expr(Column::Sealed, Expr::value(secret.sealed.clone()))
        .col_expr(Column::UpdatedAt, Expr::value(secret.updated_at))
        .col_expr(Column::ActorName, Expr::value(secret.actor_name.clone()))
        .filter(Column::Id.eq(secret.id.0))
        .exec(&tx)
        .await?;
    keep_version(&tx, secret).await?;
    let many = i64::try_from(MAX_SECRET_VERSIONS).unwrap_or(i64::MAX);
    version::Entity::delete_many()
        .filter(version::Column::SecretId.eq(secret.id.0))
        .filter(version::Column::Number.lte(secret.version - many))
        .exec(&tx)
        .await?;
    let before = Secret::from(before);
    let change = entry("secret.update", secret).change(Some(&State::of(&before)), Some(&State::of(secret)));
    audit::record(&tx, ctx, change).await?;
    tx.commit().await?;
    Ok(())
}

/// Forgets a secret. Fails with [`DatabaseError::Stale`] when it is gone already.
pub async fn delete(db: &Database, ctx: &OpContext, _namespace: &authz::Namespace, secret: &Secret) -> Result<()> {
    let tx = db.write().await?;
    lock_row::<Entity>(&tx, secret.id.0).await?.ok_or(DatabaseError::Stale)?;
    version::Entity::delete_many().filter(version::Column::SecretId.eq(secret.id.0)).exec(&tx).await?;
    Entity::delete_by_id(secret.id.0).exec(&tx).await?;
    audit::record(&tx, ctx, entry("secret.delete", secret).gone(&State::of(secret))).await?;
    tx.commit().await?;
    Ok(())
}

/// Removes the secrets of a namespace, which goes.
pub(super) async fn forget(tx: &DatabaseTransaction, namespace: NamespaceId) -> Result<()> {
    let all = Entity::find().filter(Column::NamespaceId.eq(namespace.0)).order_by_asc(Column::Id).lock_exclusive();
    let ids: Vec<_> = all.all(tx).await?.into_iter().map(|row| row.id).collect();
    version::Entity::delete_many().filter(version::Column::SecretId.is_in(ids)).exec(tx).await?;
    Entity::delete_many().filter(Column::NamespaceId.eq(namespace.0)).exec(tx).await?;
    Ok(())
}

async fn keep_version(tx: &DatabaseTransaction, secret: &Secret) -> Result<()> {
    let row = version::ActiveModel {
        secret_id: Set(secret.id.0),
        number: Set(secret.version),
        created_at: Set(secret.updated_at),
        actor_name: Set(secret.actor_name.clone()),
    };
    row.insert(tx).await?;
    Ok(())
}
