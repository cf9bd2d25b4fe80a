//! The roles that tenants make.

use std::collections::HashMap;

use app::model::{AccountId, Millis, PermissionSet, RoleId, RoleRef, TenantId};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QueryTrait, sea_query::Expr,
};
use uuid::Uuid;

use super::{
    Database, DatabaseError, Result,
    audit::{self, Entry},
    audit_states::RoleState,
    portable::{lock_row, storable},
    role_bindings,
    stored::{from_json, json},
    tenants,
};
use crate::auth::{authz, context::OpContext};

pub(super) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "roles")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub tenant_id: Uuid,
        pub name: String,
        pub description: String,
        pub permissions: String,
        pub version: i64,
        pub updated_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{Column, Entity, Model};

/// The most roles that a tenant makes.
pub const MOST: u64 = 100;

/// A tenant's role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// The role.
    pub id: RoleId,
    /// Whose it is.
    pub tenant: TenantId,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it allows.
    pub permissions: PermissionSet,
    /// Counts its changes.
    pub version: i64,
    /// When it was last changed.
    pub updated_at: Millis,
}

impl TryFrom<Model> for Role {
    type Error = DatabaseError;

    fn try_from(row: Model) -> Result<Self> {
        Ok(Self {
            id: RoleId(row.id),
            tenant: TenantId(row.tenant_id),
            name: row.name,
            description: row.description,
            permissions: from_json(&row.permissions, "roles.permissions")?,
            version: row.version,
            updated_at: row.updated_at,
        })
    }
}

/// The roles of a tenant, by name, each with how many bindings give it.
pub async fn list(db: &Database, tenant: &authz::Tenant) -> Result<Vec<(Role, u64)>> {
    let rows =
        Entity::find().filter(Column::TenantId.eq(tenant.id().0)).order_by_asc(Column::Name).all(db.read()).await?;
    let mut roles = Vec::with_capacity(rows.len());
    for row in rows {
        let role = Role::try_from(row)?;
        let bindings = role_bindings::count_of_role(db.read(), RoleRef::Custom(role.id)).await?;
        roles.push((role, bindings));
    }
    Ok(roles)
}

/// One role, when the actor may know of it.
pub async fn find(db: &Database, ctx: &OpContext, id: RoleId) -> Result<Option<Role>> {
    let row = Entity::find_by_id(id.0)
        .apply_if(ctx.tenant(), |q, t| q.filter(Column::TenantId.eq(t.0)))
        .one(db.read())
        .await?;
    row.map(Role::try_from).transpose()
}

/// How many bindings give a role.
pub async fn bindings(db: &Database, id: RoleId) -> Result<u64> {
    role_bindings::count_of_role(db.read(), RoleRef::Custom(id)).await
}

/// Keeps a new role. Fails with `Taken` (`name`), and with `Taken` (`roles`) when the tenant has too many.
pub async fn insert(db: &Database, ctx: &OpContext, tenant: &authz::Tenant, role: &Role) -> Result<()> {
    let tx = db.write().await?;
    // Whoever makes another one at the same time counts this one, too.
    tenants::hold_open(&tx, tenant.id()).await?;
    if Entity::find().filter(Column::TenantId.eq(tenant.id().0)).count(&tx).await? >= MOST {
        return Err(DatabaseError::Taken("roles"));
    }
    entity::ActiveModel {
        id: Set(role.id.0),
        tenant_id: Set(tenant.id().0),
        name: Set(role.name.clone()),
        description: Set(storable(&role.description)),
        permissions: Set(json(&role.permissions)),
        version: Set(1),
        updated_at: Set(ctx.now()),
    }
    .insert(&tx)
    .await
    .map_err(|e| super::taken(e, "name"))?;
    audit::record(&tx, ctx, entry("role.create", role).made(&RoleState::of(role))).await?;
    tx.commit().await?;
    Ok(())
}

/// Changes a role that still has the version that `role` says; answers the accounts that have it. Fails with `Stale`
/// and with `Taken` (`name`).
pub async fn update(db: &Database, ctx: &OpContext, tenant: &authz::Tenant, role: &Role) -> Result<Vec<AccountId>> {
    let tx = db.write().await?;
    let before = lock_row::<Entity>(&tx, role.id.0).await?.ok_or(DatabaseError::Stale)?;
    let done = Entity::update_many()
        .col_expr(Column::Name, Expr::value(&role.name))
        .col_expr(Column::Description, Expr::value(storable(&role.description)))
        .col_expr(Column::Permissions, Expr::value(json(&role.permissions)))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .col_expr(Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(Column::Id.eq(role.id.0))
        .filter(Column::TenantId.eq(tenant.id().0))
        .filter(Column::Version.eq(role.version))
        .exec(&tx)
        .await
        .map_err(|e| super::taken(e, "name"))?;
    if done.rows_affected == 0 {
        return Err(DatabaseError::Stale);
    }
    let changed = role_bindings::accounts_of_role(&tx, RoleRef::Custom(role.id)).await?;
    let (before, after) = (RoleState::of(&Role::try_from(before)?), RoleState::of(role));
    audit::record(&tx, ctx, entry("role.update", role).change(Some(&before), Some(&after))).await?;
    tx.commit().await?;
    Ok(changed)
}

/// Deletes a role that nobody has; answers how many bindings give it, and deletes it when there are none.
pub async fn delete(db: &Database, ctx: &OpContext, tenant: &authz::Tenant, role: &Role) -> Result<u64> {
    let tx = db.write().await?;
    // Nobody is given it meanwhile.
    lock_row::<Entity>(&tx, role.id.0).await?;
    let bindings = role_bindings::count_of_role(&tx, RoleRef::Custom(role.id)).await?;
    if bindings > 0 {
        return Ok(bindings);
    }
    Entity::delete_many().filter(Column::Id.eq(role.id.0)).filter(Column::TenantId.eq(tenant.id().0)).exec(&tx).await?;
    audit::record(&tx, ctx, entry("role.delete", role).gone(&RoleState::of(role))).await?;
    tx.commit().await?;
    Ok(0)
}

fn entry(action: &'static str, role: &Role) -> Entry {
    let permissions: Vec<_> = role.permissions.iter().map(app::model::Permission::as_str).collect();
    Entry::ok(action, format!("role/{}", role.name)).tenant(Some(role.tenant)).detail(permissions.join(", "))
}

/// Some roles by their ids.
pub(super) async fn by_ids(on: &impl ConnectionTrait, ids: &[Uuid]) -> Result<HashMap<Uuid, Role>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = Entity::find().filter(Column::Id.is_in(ids.iter().copied())).all(on).await?;
    rows.into_iter().map(|row| Ok((row.id, Role::try_from(row)?))).collect()
}
