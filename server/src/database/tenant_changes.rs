//! What becomes of a tenant after it was made: suspended, resumed, deleted step by step.

use app::model::{AccountId, Belongings, FIRST_NAMES, FirstNames, Millis, TenantId};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, ExprTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
    sea_query::{Expr, Query},
};
use uuid::Uuid;

use super::{
    Database, DatabaseError, Result, account_changes,
    accounts::{entity as accounts, ids_of},
    apps::entity as apps,
    audit::{self, Entry},
    audit_states::{GoneTenant, TenantState},
    identity_providers::{self, entity as provider},
    links,
    namespaces::entity as namespaces,
    operations::{NewOperation, entity as operations, insert as insert_operation, unfinished},
    portable::lock_row,
    registries::{self, entity as registry},
    roles::entity as roles,
    sessions::entity as sessions,
    stored::unsigned,
    templates::{self, entity as template},
    tenants::entity::{Column, Entity},
};
use crate::auth::{
    authz::{self, Granted},
    context::OpContext,
};

impl Database {
    /// Keeps a tenant's people out and ends their sessions. Answers whose. Fails with `Stale` when the tenant is
    /// suspended already, or is being deleted.
    pub async fn suspend_tenant(
        &self,
        ctx: &OpContext,
        tenant: &authz::Tenant,
        reason: &str,
    ) -> Result<Vec<AccountId>> {
        let tx = self.write().await?;
        lock_row::<Entity>(&tx, tenant.id().0).await?.ok_or(DatabaseError::Stale)?;
        let before = TenantState::find(&tx, tenant.id()).await?;
        let done = Entity::update_many()
            .col_expr(Column::SuspendedAt, Expr::value(ctx.now()))
            .col_expr(Column::SuspendReason, Expr::value(reason))
            .col_expr(Column::Version, Expr::col(Column::Version).add(1))
            .filter(Column::Id.eq(tenant.id().0))
            .filter(Column::SuspendedAt.is_null())
            .filter(Column::OperationId.is_null())
            .exec(&tx)
            .await?;
        if done.rows_affected == 0 {
            return Err(DatabaseError::Stale);
        }
        let people = sign_out(&tx, ctx, tenant.id()).await?;
        let after = TenantState::find(&tx, tenant.id()).await?;
        let entry = entry("tenant.suspend", tenant).detail(reason).change(Some(&before), Some(&after));
        audit::record(&tx, ctx, entry).await?;
        tx.commit().await?;
        Ok(people)
    }

    /// Lets a suspended tenant's people in again. Fails with `Stale` when it is not suspended, or is being deleted.
    pub async fn resume_tenant(&self, ctx: &OpContext, tenant: &authz::Tenant) -> Result<()> {
        let tx = self.write().await?;
        lock_row::<Entity>(&tx, tenant.id().0).await?.ok_or(DatabaseError::Stale)?;
        let before = TenantState::find(&tx, tenant.id()).await?;
        let done = Entity::update_many()
            .col_expr(Column::SuspendedAt, Expr::value(None::<i64>))
            .col_expr(Column::SuspendReason, Expr::value(None::<String>))
            .col_expr(Column::Version, Expr::col(Column::Version).add(1))
            .filter(Column::Id.eq(tenant.id().0))
            .filter(Column::SuspendedAt.is_not_null())
            .filter(Column::OperationId.is_null())
            .exec(&tx)
            .await?;
        if done.rows_affected == 0 {
            return Err(DatabaseError::Stale);
        }
        let after = TenantState::find(&tx, tenant.id()).await?;
        audit::record(&tx, ctx, entry("tenant.resume", tenant).change(Some(&before), Some(&after))).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What a tenant still owns or has under way, so that it cannot be deleted.
    pub async fn tenant_holdings(&self, _ctx: &OpContext, tenant: &authz::Tenant) -> Result<Holdings> {
        holdings(self.read(), tenant.id()).await
    }

    /// What goes with a tenant when it is deleted, beside its accounts.
    pub async fn tenant_belongings(&self, ctx: &OpContext, _granted: Granted, id: TenantId) -> Result<Belongings> {
        belongings(self.read(), id, ctx.now()).await
    }

    /// Starts the deletion of a tenant that owns nothing: its people are out at once. Answers whose sessions ended.
    /// Fails with `Taken` (`tenant`) when it owns something, and with `Stale` when it is being deleted already.
    pub async fn begin_tenant_deletion(
        &self,
        ctx: &OpContext,
        tenant: &authz::Tenant,
        operation: NewOperation,
    ) -> Result<Vec<AccountId>> {
        let tx = self.write().await?;
        super::tenants::hold_open(&tx, tenant.id()).await?;
        if !holdings(&tx, tenant.id()).await?.is_empty() {
            return Err(DatabaseError::Taken("tenant"));
        }
        let gone = GoneTenant {
            tenant: TenantState::find(&tx, tenant.id()).await?,
            goes: belongings(&tx, tenant.id(), ctx.now()).await?,
        };
        Entity::update_many()
            .col_expr(Column::OperationId, Expr::value(operation.id.0))
            .col_expr(Column::SuspendedAt, Expr::col(Column::SuspendedAt).if_null(ctx.now()))
            .col_expr(Column::Version, Expr::col(Column::Version).add(1))
            .filter(Column::Id.eq(tenant.id().0))
            .exec(&tx)
            .await?;
        let people = sign_out(&tx, ctx, tenant.id()).await?;
        insert_operation(&tx, ctx, operation).await?;
        audit::record(&tx, ctx, entry("tenant.delete", tenant).gone(&gone)).await?;
        tx.commit().await?;
        Ok(people)
    }

    /// Removes some of a tenant's accounts with everything that hangs from them; whether there were any.
    pub async fn remove_some_accounts(&self, _ctx: &OpContext, tenant: TenantId) -> Result<bool> {
        let tx = self.write().await?;
        let some: Vec<Uuid> = accounts::Entity::find()
            .select_only()
            .column(accounts::Column::Id)
            .filter(accounts::Column::TenantId.eq(tenant.0))
            .order_by_asc(accounts::Column::Id)
            .limit(AT_ONCE)
            .into_tuple()
            .all(&tx)
            .await?;
        for id in &some {
            account_changes::remove(&tx, AccountId(*id)).await?;
        }
        tx.commit().await?;
        Ok(!some.is_empty())
    }

    /// Removes a tenant's roles, templates, registries, links and identity providers.
    pub async fn remove_belongings(&self, _ctx: &OpContext, tenant: TenantId) -> Result<()> {
        let tx = self.write().await?;
        roles::Entity::delete_many().filter(roles::Column::TenantId.eq(tenant.0)).exec(&tx).await?;
        templates::delete_of(&tx, tenant).await?;
        registries::delete_of(&tx, tenant).await?;
        links::delete_of(&tx, tenant).await?;
        identity_providers::delete_of(&tx, tenant).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// How many accounts are removed in one transaction: others write between two of them.
const AT_ONCE: u64 = 50;

/// What keeps a tenant from being deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    /// Its namespaces, by name.
    pub namespaces: Vec<String>,
    /// Its applications, by name.
    pub apps: Vec<String>,
    /// Its templates that living applications of others came from, by name.
    pub templates: Vec<String>,
    /// How many of its operations have not ended.
    pub operations: u64,
}

impl Holdings {
    /// Whether it may be deleted.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

async fn holdings(on: &impl ConnectionTrait, tenant: TenantId) -> Result<Holdings> {
    let namespaces = namespaces::Entity::find()
        .select_only()
        .column(namespaces::Column::Name)
        .filter(namespaces::Column::TenantId.eq(tenant.0))
        .filter(namespaces::Column::DeletedAt.is_null())
        .order_by_asc(namespaces::Column::Name)
        .into_tuple()
        .all(on)
        .await?;
    let apps = apps::Entity::find()
        .select_only()
        .column(apps::Column::Name)
        .filter(apps::Column::TenantId.eq(tenant.0))
        .filter(apps::Column::DeletedAt.is_null())
        .order_by_asc(apps::Column::Name)
        .into_tuple()
        .all(on)
        .await?;
    let operations = operations::Entity::find()
        .filter(operations::Column::TenantId.eq(tenant.0))
        .filter(unfinished())
        .count(on)
        .await?;
    Ok(Holdings { namespaces, apps, templates: templates::in_use_elsewhere(on, tenant).await?, operations })
}

async fn belongings(on: &impl ConnectionTrait, tenant: TenantId, now: Millis) -> Result<Belongings> {
    let roles = roles::Entity::find().filter(roles::Column::TenantId.eq(tenant.0));
    let templates = template::Entity::find().filter(template::Column::TenantId.eq(tenant.0));
    let registries = registry::Entity::find().filter(registry::Column::TenantId.eq(tenant.0));
    let providers = provider::Entity::find().filter(provider::Column::TenantId.eq(tenant.0));
    Ok(Belongings {
        roles: first_names(on, roles, roles::Column::Name).await?,
        templates: first_names(on, templates, template::Column::Name).await?,
        registries: first_names(on, registries, registry::Column::Name).await?,
        identity_providers: first_names(on, providers, provider::Column::Name).await?,
        links: links::count_open(on, tenant, now).await?,
    })
}

async fn first_names<E: EntityTrait>(on: &impl ConnectionTrait, all: Select<E>, name: E::Column) -> Result<FirstNames> {
    let counted = all.clone().select_only().column_as(ColumnTrait::count(&name), "names");
    let count: Option<i64> = counted.into_tuple().one(on).await?;
    let first = all.select_only().column(name).order_by_asc(name).limit(FIRST_NAMES).into_tuple().all(on).await?;
    Ok(FirstNames { count: unsigned(count.unwrap_or_default(), "tenants.belongings")?, first })
}

/// Ends all sessions of a tenant's people for good: a new credential makes that none is taken up again later, wherever
/// it is kept. Answers whose.
async fn sign_out(tx: &DatabaseTransaction, ctx: &OpContext, tenant: TenantId) -> Result<Vec<AccountId>> {
    let own = || accounts::Column::TenantId.eq(tenant.0);
    accounts::Entity::update_many()
        .col_expr(accounts::Column::Credential, Expr::value(ctx.clock().uuid()))
        .filter(own())
        .exec(tx)
        .await?;
    let people = Query::select().column(accounts::Column::Id).from(accounts::Entity).and_where(own()).to_owned();
    sessions::Entity::delete_many().filter(sessions::Column::AccountId.in_subquery(people)).exec(tx).await?;
    ids_of(tx, tenant).await
}

/// Removes a tenant's row, so that its name is free.
pub(super) async fn forget(tx: &DatabaseTransaction, id: TenantId) -> Result<()> {
    Entity::delete_by_id(id.0).exec(tx).await?;
    Ok(())
}

/// Frees a tenant from an operation that ended without deleting it. Its people stay out until somebody resumes it.
pub(super) async fn unlock(tx: &DatabaseTransaction, id: TenantId) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::OperationId, Expr::value(None::<Uuid>))
        .filter(Column::Id.eq(id.0))
        .exec(tx)
        .await?;
    Ok(())
}

fn entry(action: &'static str, tenant: &authz::Tenant) -> Entry {
    Entry::ok(action, format!("tenant/{}", tenant.name())).tenant(Some(tenant.id()))
}
