//! Accounts at image registries, with their sealed passwords apart.

use std::collections::HashMap;

use app::model::{Millis, RegistryId, Slice, TenantId};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use serde::Serialize;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{
    Database, DatabaseError, Result,
    audit::{self, Entry},
    audit_change::{Fingerprint, Recorded},
    portable::{contains, lock_row, retrying},
    pulls,
    reach::own_and_shared,
    slice::Window,
    tenants,
};
use crate::auth::{authz::Granted, context::OpContext, crypto::Vault};

pub(super) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "registries")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub tenant_id: Option<Uuid>,
        pub owner_key: Uuid,
        pub name: String,
        pub host: String,
        pub username: String,
        pub version: i64,
        pub created_at: i64,
        pub updated_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod password {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "registry_passwords")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub registry_id: Uuid,
        pub sealed: Vec<u8>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{Column, Entity};

/// The most registries of a tenant, and of the platform.
pub const MOST: u64 = 50;

/// A registry as it is kept, without its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registry {
    /// The registry.
    pub id: RegistryId,
    /// Whose it is; `None` for the platform's.
    pub tenant: Option<TenantId>,
    /// Its name.
    pub name: String,
    /// Its address.
    pub host: String,
    /// The name of the account there.
    pub username: String,
    /// Counts changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Millis,
    /// When it was last changed.
    pub updated_at: Millis,
}

impl From<entity::Model> for Registry {
    fn from(row: entity::Model) -> Self {
        Self {
            id: RegistryId(row.id),
            tenant: row.tenant_id.map(TenantId),
            name: row.name,
            host: row.host,
            username: row.username,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// What the audit trail says of a registry.
#[derive(Serialize)]
struct State<'a> {
    name: &'a str,
    host: &'a str,
    username: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<Fingerprint>,
}

impl Recorded for State<'_> {}

impl<'a> State<'a> {
    /// The password's fingerprint is that of what is kept, which is sealed.
    fn of(registry: &'a Registry, sealed: Option<&[u8]>) -> Self {
        let Registry { name, host, username, .. } = registry;
        Self { name, host, username, password: sealed.map(Fingerprint::of) }
    }
}

/// The context in which a registry's password is sealed: beside another registry, or another address of the same, it does
/// not open, so that none is ever sent where it was not given for.
pub fn context(id: RegistryId, host: &str) -> String {
    format!("registry/{id}/{host}")
}

fn entry(action: &'static str, registry: &Registry) -> Entry {
    Entry::ok(action, format!("registry/{}", registry.name)).tenant(registry.tenant)
}

/// Whose registry, where there is one index for all of them.
fn owner_key(tenant: Option<TenantId>) -> Uuid {
    tenant.map_or_else(Uuid::nil, |tenant| tenant.0)
}

/// A part of the registries that the actor may know of, by name.
pub async fn list(db: &Database, ctx: &OpContext, window: &Window) -> Result<Slice<Registry>> {
    let query = Entity::find()
        .filter(own_and_shared(ctx, Column::TenantId))
        .apply_if(window.words.as_deref(), |q, words| q.filter(contains(Column::Name, words)));
    let part = db.slice(query, (Column::Name, Column::Id), window, |row| (row.name.clone(), row.id)).await?;
    part.with_rows(|rows| Ok(rows.into_iter().map(Registry::from).collect()))
}

/// One registry, when the actor may know of it.
pub async fn find(db: &Database, ctx: &OpContext, id: RegistryId) -> Result<Option<Registry>> {
    let row = Entity::find_by_id(id.0).filter(own_and_shared(ctx, Column::TenantId)).one(db.read()).await?;
    Ok(row.map(Registry::from))
}

/// The registries that a tenant's images are pulled with, each address once, by address: the tenant's own before the
/// platform's. Without a tenant, the platform's alone; at `host` alone, when one is given.
pub async fn usable(db: &Database, tenant: Option<TenantId>, host: Option<&str>) -> Result<Vec<Registry>> {
    let own = tenant.map(|tenant| Column::TenantId.eq(tenant.0));
    let rows = Entity::find()
        .filter(Condition::any().add(Column::TenantId.is_null()).add_option(own))
        .apply_if(host, |q, host| q.filter(Column::Host.eq(host)))
        .all(db.read())
        .await?;
    let mut found: Vec<Registry> = rows.into_iter().map(Registry::from).collect();
    found.sort_by(|a, b| a.host.cmp(&b.host).then_with(|| b.tenant.cmp(&a.tenant)));
    found.dedup_by(|later, first| later.host == first.host);
    Ok(found)
}

/// The sealed passwords of some registries. One that was deleted meanwhile is missing.
pub async fn sealed(db: &Database, ids: impl IntoIterator<Item = RegistryId>) -> Result<HashMap<RegistryId, Vec<u8>>> {
    let ids = ids.into_iter().map(|id| id.0);
    let rows = password::Entity::find().filter(password::Column::RegistryId.is_in(ids)).all(db.read()).await?;
    Ok(rows.into_iter().map(|row| (RegistryId(row.registry_id), row.sealed)).collect())
}

/// A password as it was given; `None` when it was sealed with another key, or for another registry or address.
pub fn opened(vault: &Vault, registry: &Registry, sealed: &[u8]) -> Option<Zeroizing<String>> {
    let bytes = vault.open(&context(registry.id, &registry.host), sealed).ok()?;
    std::str::from_utf8(&bytes).ok().map(|text| Zeroizing::new(text.to_owned()))
}

/// Keeps a new registry with its sealed password. Fails with [`DatabaseError::Taken`] (`name`, `host`, or `registries` when
/// there are too many), and with [`DatabaseError::Stale`] when the tenant is gone or is being deleted.
pub async fn insert(
    db: &Database,
    ctx: &OpContext,
    _granted: Granted,
    registry: &Registry,
    sealed: Vec<u8>,
) -> Result<()> {
    retrying!(try_insert(db, ctx, registry, &sealed).await)
}

async fn try_insert(db: &Database, ctx: &OpContext, registry: &Registry, sealed: &[u8]) -> Result<()> {
    let tx = db.write().await?;
    if let Some(tenant) = registry.tenant {
        tenants::hold_open(&tx, tenant).await?;
    }
    let owner = owner_key(registry.tenant);
    if Entity::find().filter(Column::OwnerKey.eq(owner)).count(&tx).await? >= MOST {
        return Err(DatabaseError::Taken("registries"));
    }
    free(&tx, registry).await?;
    active(registry).insert(&tx).await.map_err(|e| super::taken(e, "name"))?;
    let made = State::of(registry, Some(sealed));
    let entry = entry("registry.create", registry).made(&made);
    keep_password(&tx, registry.id, sealed).await?;
    pulls::want(&tx, registry.tenant.into(), ctx.now()).await?;
    audit::record(&tx, ctx, entry).await?;
    tx.commit().await?;
    Ok(())
}

/// Changes a registry that still has the version before `registry.version`; its password, too, when there is one. Fails with
/// [`DatabaseError::Stale`] when it has another, and with [`DatabaseError::Taken`] (`name`, `host`).
pub async fn update(
    db: &Database,
    ctx: &OpContext,
    _granted: Granted,
    registry: &Registry,
    sealed: Option<Vec<u8>>,
) -> Result<()> {
    retrying!(try_update(db, ctx, registry, sealed.as_deref()).await)
}

async fn try_update(db: &Database, ctx: &OpContext, registry: &Registry, sealed: Option<&[u8]>) -> Result<()> {
    let tx = db.write().await?;
    let before = lock_row::<Entity>(&tx, registry.id.0).await?.ok_or(DatabaseError::Stale)?;
    if before.version + 1 != registry.version {
        return Err(DatabaseError::Stale);
    }
    free(&tx, registry).await?;
    let before = Registry::from(before);
    let entry =
        entry("registry.update", registry).change(Some(&State::of(&before, None)), Some(&State::of(registry, sealed)));
    active(registry).update(&tx).await.map_err(|e| super::taken(e, "name"))?;
    if let Some(sealed) = sealed {
        password::Entity::delete_by_id(registry.id.0).exec(&tx).await?;
        keep_password(&tx, registry.id, sealed).await?;
    }
    pulls::want(&tx, registry.tenant.into(), ctx.now()).await?;
    audit::record(&tx, ctx, entry).await?;
    tx.commit().await?;
    Ok(())
}

/// Forgets a registry and its password. Fails with [`DatabaseError::Stale`] when it is gone already.
pub async fn delete(db: &Database, ctx: &OpContext, _granted: Granted, registry: &Registry) -> Result<()> {
    retrying!(try_delete(db, ctx, registry).await)
}

async fn try_delete(db: &Database, ctx: &OpContext, registry: &Registry) -> Result<()> {
    let tx = db.write().await?;
    lock_row::<Entity>(&tx, registry.id.0).await?.ok_or(DatabaseError::Stale)?;
    password::Entity::delete_by_id(registry.id.0).exec(&tx).await?;
    Entity::delete_by_id(registry.id.0).exec(&tx).await?;
    pulls::want(&tx, registry.tenant.into(), ctx.now()).await?;
    audit::record(&tx, ctx, entry("registry.delete", registry).gone(&State::of(registry, None))).await?;
    tx.commit().await?;
    Ok(())
}

/// Removes a tenant's registries with their passwords.
pub(super) async fn delete_of(tx: &DatabaseTransaction, tenant: TenantId) -> Result<()> {
    let own = Entity::find().filter(Column::TenantId.eq(tenant.0)).order_by_asc(Column::Id).lock_exclusive();
    let own: Vec<Uuid> = own.all(tx).await?.into_iter().map(|row| row.id).collect();
    password::Entity::delete_many().filter(password::Column::RegistryId.is_in(own)).exec(tx).await?;
    Entity::delete_many().filter(Column::TenantId.eq(tenant.0)).exec(tx).await?;
    Ok(())
}

/// Fails with [`DatabaseError::Taken`] (`name`, `host`) when another registry of the same tenant has that already, before
/// anybody is asked anything.
pub async fn is_free(db: &Database, registry: &Registry) -> Result<()> {
    free(db.read(), registry).await
}

/// Says which of the two is taken; the indexes hold to it when two come at once.
async fn free(on: &impl ConnectionTrait, registry: &Registry) -> Result<()> {
    let others =
        || Entity::find().filter(Column::OwnerKey.eq(owner_key(registry.tenant))).filter(Column::Id.ne(registry.id.0));
    if others().filter(Column::Name.eq(&registry.name)).one(on).await?.is_some() {
        return Err(DatabaseError::Taken("name"));
    }
    if others().filter(Column::Host.eq(&registry.host)).one(on).await?.is_some() {
        return Err(DatabaseError::Taken("host"));
    }
    Ok(())
}

fn active(registry: &Registry) -> entity::ActiveModel {
    entity::ActiveModel {
        id: Set(registry.id.0),
        tenant_id: Set(registry.tenant.map(|t| t.0)),
        owner_key: Set(owner_key(registry.tenant)),
        name: Set(registry.name.clone()),
        host: Set(registry.host.clone()),
        username: Set(registry.username.clone()),
        version: Set(registry.version),
        created_at: Set(registry.created_at),
        updated_at: Set(registry.updated_at),
    }
}

async fn keep_password(tx: &DatabaseTransaction, id: RegistryId, sealed: &[u8]) -> Result<()> {
    password::ActiveModel { registry_id: Set(id.0), sealed: Set(sealed.to_vec()) }.insert(tx).await?;
    Ok(())
}
