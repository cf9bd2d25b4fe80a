//! Tenants.

use std::collections::{HashMap, HashSet};

use app::model::{
    AccountId, Millis, OperationId, Role, RoleAt, RoleRef, Scope, Slice, Suspension, TenantId, TenantRow,
    TenantSecurity,
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, FromQueryResult, QueryFilter,
    QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait, Func, Query},
};
use uuid::Uuid;

use super::{
    Database, DatabaseError, Result,
    accounts::{self, AccountToMake},
    audit::{self, Entry},
    audit_states::{SecurityState, TenantState},
    portable::{contains, lock_row},
    slice::Window,
    version,
};
use crate::auth::{
    authz::{self, Granted},
    context::OpContext,
};

pub(super) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "tenants")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub name: String,
        pub display_name: String,
        pub created_at: i64,
        pub owner_id: Option<Uuid>,
        pub suspended_at: Option<i64>,
        pub version: i64,
        pub second_factor_required: bool,
        pub suspend_reason: Option<String>,
        pub operation_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{Column, Entity};

/// What a tenant asks, with the version of that.
fn security(second_factor_required: bool) -> TenantSecurity {
    TenantSecurity { second_factor_required, version: Some(version::of_content(&second_factor_required)) }
}

/// A tenant to be made; everything was checked.
#[derive(Clone, Debug)]
pub struct TenantToMake {
    /// Its name.
    pub name: String,
    /// Its name for people.
    pub display_name: String,
    /// Its main account. Its one role is the owner's in the tenant, which has an id when it is made.
    pub owner: AccountToMake,
}

impl Database {
    /// A part of the tenants that the actor may know of, by name: all for the platform's people, else the own.
    pub async fn list_tenants(&self, ctx: &OpContext, _granted: Granted, window: &Window) -> Result<Slice<TenantRow>> {
        let query = known(ctx).apply_if(window.words.as_deref(), |query, words| {
            let either = Condition::any().add(contains(Column::Name, words));
            query.filter(either.add(contains(Column::DisplayName, words)))
        });
        let key = |row: &entity::Model| (row.name.clone(), row.id);
        let Slice { rows, previous, next } = self.slice(query, (Column::Name, Column::Id), window, key).await?;
        Ok(Slice { rows: self.tenant_rows(rows).await?, previous, next })
    }

    /// One tenant, when the actor may know of it.
    pub async fn find_tenant(&self, ctx: &OpContext, _granted: Granted, id: TenantId) -> Result<Option<TenantRow>> {
        let row = known(ctx).filter(Column::Id.eq(id.0)).one(self.read()).await?;
        Ok(self.tenant_rows(row.into_iter().collect()).await?.pop())
    }

    /// The tenants with how much they own.
    async fn tenant_rows(&self, rows: Vec<entity::Model>) -> Result<Vec<TenantRow>> {
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let accounts = self.count_by_tenant(&ids, "accounts", None).await?;
        let namespaces = self.count_by_tenant(&ids, "namespaces", Some("deleted_at")).await?;
        let apps = self.count_by_tenant(&ids, "apps", Some("deleted_at")).await?;
        let of = |counts: &HashMap<Uuid, u64>, id| counts.get(&id).copied().unwrap_or_default();
        Ok(rows
            .into_iter()
            .map(|r| TenantRow {
                id: TenantId(r.id),
                accounts: of(&accounts, r.id),
                namespaces: of(&namespaces, r.id),
                apps: of(&apps, r.id),
                suspended: suspension(r.suspended_at, r.suspend_reason),
                deletion: r.operation_id.map(OperationId),
                belongings: None,
                name: r.name,
                display_name: r.display_name,
                created_at: r.created_at,
            })
            .collect())
    }

    /// The name of a tenant; `None` when there is no such one, or the actor may not know of it.
    pub async fn find_tenant_name(&self, ctx: &OpContext, id: TenantId) -> Result<Option<String>> {
        if ctx.tenant().is_some_and(|own| own != id) {
            return Ok(None);
        }
        name_of(self.read(), id).await
    }

    /// The names of some tenants, of those that the actor may know of.
    pub async fn find_tenant_names(&self, ctx: &OpContext, ids: &[TenantId]) -> Result<HashMap<TenantId, String>> {
        let names = known(ctx).filter(Column::Id.is_in(ids.iter().map(|id| id.0)));
        let names = names.select_only().column(Column::Id).column(Column::Name).into_tuple();
        let names: Vec<(Uuid, String)> = names.all(self.read()).await?;
        Ok(names.into_iter().map(|(id, name)| (TenantId(id), name)).collect())
    }

    /// Whether there is such a tenant that the actor may know of, and nothing deletes it.
    pub async fn is_tenant_open(&self, ctx: &OpContext, id: TenantId) -> Result<bool> {
        if ctx.tenant().is_some_and(|own| own != id) {
            return Ok(false);
        }
        let row = Entity::find_by_id(id.0).filter(Column::OperationId.is_null()).one(self.read()).await?;
        Ok(row.is_some())
    }

    /// Whether a tenant's people are kept out, when the actor may know of it.
    pub async fn is_tenant_suspended(&self, ctx: &OpContext, id: TenantId) -> Result<bool> {
        let own = ctx.tenant().is_none_or(|own| own == id);
        Ok(own && membership(self.read(), id).await?.is_some_and(|m| m.suspended))
    }

    /// The name of a tenant for people, when the actor may know of it.
    pub async fn find_tenant_title(&self, ctx: &OpContext, id: TenantId) -> Result<Option<String>> {
        if ctx.tenant().is_some_and(|own| own != id) {
            return Ok(None);
        }
        let title = Entity::find_by_id(id.0).select_only().column(Column::DisplayName);
        Ok(title.into_tuple().one(self.read()).await?)
    }

    /// Makes a tenant and its main account, both or none. Fails with `Taken`.
    pub async fn create_tenant(&self, ctx: &OpContext, _granted: Granted, tenant: TenantToMake) -> Result<TenantRow> {
        let tx = self.write().await?;
        let made = insert(&tx, ctx, tenant).await?;
        for entry in made.entries {
            audit::record(&tx, ctx, entry).await?;
        }
        tx.commit().await?;
        Ok(made.row)
    }

    /// What a tenant asks of its people's sign-in.
    pub async fn find_tenant_security(&self, _ctx: &OpContext, tenant: &authz::Tenant) -> Result<TenantSecurity> {
        let home = membership(self.read(), tenant.id()).await?;
        Ok(security(home.is_some_and(|m| m.second_factor_required)))
    }

    /// Changes what a tenant asks of its people's sign-in; answers what it asks then. Fails with `Stale` when it was changed
    /// since the version was read.
    pub async fn update_tenant_security(
        &self,
        ctx: &OpContext,
        _granted: Granted,
        tenant: &authz::Tenant,
        wanted: TenantSecurity,
    ) -> Result<TenantSecurity> {
        let tx = self.write().await?;
        let before = lock_row::<Entity>(&tx, tenant.id().0).await?.ok_or(DatabaseError::Stale)?;
        let before = security(before.second_factor_required);
        version::meant_for(wanted.version, before.version.unwrap_or_default())?;
        let after = security(wanted.second_factor_required);
        Entity::update_many()
            .col_expr(Column::SecondFactorRequired, Expr::value(after.second_factor_required))
            .filter(Column::Id.eq(tenant.id().0))
            .exec(&tx)
            .await?;
        let entry = Entry::ok("tenant.change_security", format!("tenant/{}", tenant.name()));
        let entry = entry.change(Some(&SecurityState::from(before)), Some(&SecurityState::from(after)));
        audit::record(&tx, ctx, entry.tenant(Some(tenant.id()))).await?;
        tx.commit().await?;
        Ok(after)
    }

    /// How many rows each of these tenants has in a table, without those whose `deleted` column is set.
    async fn count_by_tenant(
        &self,
        tenants: &[Uuid],
        table: &'static str,
        deleted: Option<&'static str>,
    ) -> Result<HashMap<Uuid, u64>> {
        #[derive(FromQueryResult)]
        struct Count {
            tenant_id: Uuid,
            rows: i64,
        }
        let mut query = Query::select();
        query
            .column("tenant_id")
            .expr_as(Func::count(Expr::col("id")), "rows")
            .from(table)
            .and_where(Expr::col("tenant_id").is_in(tenants.iter().copied()))
            .group_by_col("tenant_id");
        if let Some(deleted) = deleted {
            query.and_where(Expr::col(deleted).is_null());
        }
        let counts =
            Count::find_by_statement(self.read().get_database_backend().build(&query)).all(self.read()).await?;
        Ok(counts.into_iter().map(|c| (c.tenant_id, u64::try_from(c.rows).unwrap_or_default())).collect())
    }
}

/// The tenants that the actor may know of: all for the platform's people, else the own.
fn known(ctx: &OpContext) -> Select<Entity> {
    Entity::find().apply_if(ctx.tenant(), |query, own| query.filter(Column::Id.eq(own.0)))
}

/// A tenant that was just made.
pub(super) struct Made {
    pub row: TenantRow,
    /// Its main account.
    pub owner: AccountId,
    /// What is to be written down, when everything else is done.
    pub entries: [Entry; 2],
}

/// Makes a tenant and its main account. Fails with `Taken`.
pub(super) async fn insert(tx: &DatabaseTransaction, ctx: &OpContext, tenant: TenantToMake) -> Result<Made> {
    let row = entity::ActiveModel {
        id: Set(ctx.clock().uuid()),
        name: Set(tenant.name),
        display_name: Set(tenant.display_name),
        created_at: Set(ctx.now()),
        owner_id: Set(None),
        suspended_at: Set(None),
        version: Set(1),
        second_factor_required: Set(false),
        suspend_reason: Set(None),
        operation_id: Set(None),
    };
    let row = row.insert(tx).await.map_err(|e| super::taken(e, "name"))?;
    let id = TenantId(row.id);
    let entry = Entry::ok("tenant.create", format!("tenant/{}", row.name)).tenant(Some(id));
    let entry = entry.made(&TenantState::of(&row));
    let role = RoleAt { role: RoleRef::BuiltIn(Role::Owner), scope: Scope::Tenant(id) };
    let owner = AccountToMake { roles: vec![role], ..tenant.owner };
    let (owner, owner_entry) = accounts::insert_row(tx, ctx, Some(id), owner).await?;
    set_owner(tx, id, owner).await?;
    let row = TenantRow {
        id,
        name: row.name,
        display_name: row.display_name,
        accounts: 1,
        namespaces: 0,
        apps: 0,
        created_at: row.created_at,
        suspended: None,
        deletion: None,
        belongings: None,
    };
    Ok(Made { row, owner, entries: [entry, owner_entry] })
}

fn suspension(at: Option<Millis>, reason: Option<String>) -> Option<Suspension> {
    at.map(|at| Suspension { at, reason: reason.unwrap_or_default() })
}

/// Holds a tenant's row until the transaction ends, for something that is to be made within it. Fails with `Stale` when
/// the tenant is gone or is being deleted.
pub(super) async fn hold_open(tx: &DatabaseTransaction, id: TenantId) -> Result<()> {
    let row = lock_row::<Entity>(tx, id.0).await?.filter(|row| row.operation_id.is_none());
    row.map(|_| ()).ok_or(DatabaseError::Stale)
}

/// The name of a tenant, if there is one.
pub(super) async fn name_of(on: &impl ConnectionTrait, id: TenantId) -> Result<Option<String>> {
    Ok(Entity::find_by_id(id.0).select_only().column(Column::Name).into_tuple().one(on).await?)
}

/// What an account's tenant says about it.
#[derive(Clone, Debug)]
pub(super) struct Membership {
    /// The tenant's name.
    pub name: String,
    /// Its main account.
    pub owner: Option<AccountId>,
    /// Whether its people are kept out.
    pub suspended: bool,
    /// Whether it asks for a second factor.
    pub second_factor_required: bool,
}

/// A tenant as its accounts need to know it.
pub(super) async fn membership(on: &impl ConnectionTrait, id: TenantId) -> Result<Option<Membership>> {
    let row = Entity::find_by_id(id.0).one(on).await?;
    Ok(row.map(|r| Membership {
        name: r.name,
        owner: r.owner_id.map(AccountId),
        suspended: r.suspended_at.is_some(),
        second_factor_required: r.second_factor_required,
    }))
}

/// The main accounts of some tenants.
pub(super) async fn owners(on: &impl ConnectionTrait, ids: impl Iterator<Item = Uuid>) -> Result<HashSet<AccountId>> {
    let ids: HashSet<Uuid> = ids.collect();
    let rows = Entity::find().filter(Column::Id.is_in(ids)).all(on).await?;
    Ok(rows.into_iter().filter_map(|r| r.owner_id.map(AccountId)).collect())
}

/// Makes an account the main one.
pub(super) async fn set_owner(on: &impl ConnectionTrait, id: TenantId, owner: AccountId) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::OwnerId, Expr::value(Some(owner.0)))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(id.0))
        .exec(on)
        .await?;
    Ok(())
}
