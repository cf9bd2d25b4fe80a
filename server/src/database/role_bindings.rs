//! Bindings: which account has which role where.

use std::collections::{BTreeSet, HashMap};

use app::model::{Access, AccountId, BindingId, Grant, Millis, ProviderId, Role, RoleAt, RoleRef, Scope, TenantId};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder,
};
use uuid::Uuid;

use super::{
    Database, DatabaseError, Result, accounts,
    audit::{self, Entry},
    audit_states::BindingState,
    last_administrator::{Taking, spare},
    portable::lock_row,
    roles,
};
use crate::auth::{authz::Granted, context::OpContext, policy};

pub(super) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "role_bindings")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub account_id: Uuid,
        pub role: String,
        pub scope: String,
        pub actor_name: String,
        pub created_at: i64,
        pub provider_id: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{Column, Entity, Model};

/// A binding with what it gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Whose it is.
    pub account: AccountId,
    /// What it gives.
    pub grant: Grant,
    /// Who gave it.
    pub actor_name: String,
    /// When.
    pub created_at: Millis,
    /// Whether it comes from an identity provider rather than from somebody's hand.
    pub from_provider: bool,
}

/// The most bindings of one account: they are looked at in each of its requests.
pub const MOST: u64 = 100;

impl Database {
    /// The bindings of some accounts, oldest first. Those of a custom role that is gone give nothing and are left out.
    pub async fn bindings_of(&self, _ctx: &OpContext, accounts: &[AccountId]) -> Result<Vec<Binding>> {
        of_accounts(self.read(), accounts).await
    }

    /// Gives an account a role. Fails with `Taken` (`role`) when it has the role there, with `Taken` (`bindings`) when it
    /// has too many, and with `Stale` when the account or the role is gone.
    pub async fn bind(&self, ctx: &OpContext, _granted: Granted, to: &Target, grant: &Grant) -> Result<()> {
        let tx = self.write().await?;
        accounts::lock(&tx, to.account).await?;
        let own = || Entity::find().filter(Column::AccountId.eq(to.account.0));
        let (role, scope) = (grant.role.to_string(), grant.scope.to_string());
        let same = own().filter(Column::Role.eq(&role)).filter(Column::Scope.eq(&scope)).count(&tx).await?;
        if same > 0 {
            return Err(DatabaseError::Taken("role"));
        }
        if own().count(&tx).await? >= MOST {
            return Err(DatabaseError::Taken("bindings"));
        }
        hold_roles(&tx, &[RoleAt { role: grant.role, scope: grant.scope }]).await?;
        insert(&tx, ctx, grant.binding, to.account, grant.role, grant.scope).await?;
        let made = BindingState { role, on: scope };
        audit::record(&tx, ctx, to.entry("access.bind", &grant.title.en, grant.scope).made(&made)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Takes a role from an account; whether it had it. Fails with `Taken` (`last`) when nobody would be left who administers the
    /// platform.
    pub async fn unbind(&self, ctx: &OpContext, _granted: Granted, from: &Target, grant: &Grant) -> Result<bool> {
        let tx = self.write().await?;
        if grant.role == RoleRef::BuiltIn(Role::PlatformAdmin) && grant.scope == Scope::Platform {
            spare(&tx, Taking::Account(from.account)).await?;
        }
        let done = Entity::delete_many()
            .filter(Column::Id.eq(grant.binding.0))
            .filter(Column::AccountId.eq(from.account.0))
            .exec(&tx)
            .await?;
        if done.rows_affected == 0 {
            return Ok(false);
        }
        let gone = BindingState { role: grant.role.to_string(), on: grant.scope.to_string() };
        audit::record(&tx, ctx, from.entry("access.unbind", &grant.title.en, grant.scope).gone(&gone)).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// The account whose bindings are changed.
#[derive(Clone, Debug)]
pub struct Target {
    /// The account.
    pub account: AccountId,
    /// Its user name.
    pub username: String,
    /// Its tenant.
    pub tenant: Option<TenantId>,
}

impl Target {
    fn entry(&self, action: &'static str, role: &str, scope: Scope) -> Entry {
        Entry::ok(action, format!("account/{}", self.username)).tenant(self.tenant).detail(format!("{role} on {scope}"))
    }
}

/// What an account may do, from its bindings.
pub(super) async fn access_of(
    on: &impl ConnectionTrait,
    account: AccountId,
    tenant: Option<TenantId>,
) -> Result<Access> {
    let grants = of_accounts(on, &[account]).await?.into_iter().map(|b| b.grant).collect();
    Ok(Access { tenant, grants, limit: None })
}

async fn of_accounts(on: &impl ConnectionTrait, accounts: &[AccountId]) -> Result<Vec<Binding>> {
    let rows = Entity::find()
        .filter(Column::AccountId.is_in(accounts.iter().map(|a| a.0)))
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id)
        .all(on)
        .await?;
    let custom: Vec<Uuid> = rows.iter().filter_map(|r| r.role.parse().ok()).collect();
    let custom: HashMap<Uuid, roles::Role> = roles::by_ids(on, &custom).await?;
    Ok(rows.into_iter().filter_map(|row| binding(row, &custom)).collect())
}

/// A row as a binding; one that cannot be understood gives nothing.
fn binding(row: Model, custom: &HashMap<Uuid, roles::Role>) -> Option<Binding> {
    let scope: Scope = row.scope.parse().ok()?;
    let role = RoleRef::parse(&row.role)?;
    let (title, permissions) = match role {
        RoleRef::BuiltIn(role) => (role.title(), policy::permissions(role)),
        RoleRef::Custom(id) => {
            let role = custom.get(&id.0)?;
            (app::i18n::Text::same(&role.name), role.permissions)
        }
    };
    let grant = Grant { binding: BindingId(row.id), role, title, scope, permissions };
    Some(Binding {
        account: AccountId(row.account_id),
        grant,
        actor_name: row.actor_name,
        created_at: row.created_at,
        from_provider: row.provider_id.is_some(),
    })
}

/// Holds a tenant's own roles until the transaction ends, so that none of them is deleted meanwhile. Fails with `Stale` when
/// one is gone.
pub(super) async fn hold_roles(tx: &DatabaseTransaction, given: &[RoleAt]) -> Result<()> {
    // In one order, so that two who give the same ones do not wait for each other.
    for role in given.iter().map(|at| at.role).collect::<BTreeSet<_>>() {
        if let RoleRef::Custom(id) = role {
            lock_row::<roles::entity::Entity>(tx, id.0).await?.ok_or(DatabaseError::Stale)?;
        }
    }
    Ok(())
}

/// Roles as the detail of an entry tells them.
pub(super) fn in_words(given: &[RoleAt]) -> String {
    given.iter().map(|at| format!("role {at}")).collect::<Vec<_>>().join(", ")
}

/// Keeps a binding.
pub(super) async fn insert(
    on: &impl ConnectionTrait,
    ctx: &OpContext,
    id: BindingId,
    account: AccountId,
    role: RoleRef,
    scope: Scope,
) -> Result<()> {
    entity::ActiveModel {
        id: Set(id.0),
        account_id: Set(account.0),
        role: Set(role.to_string()),
        scope: Set(scope.to_string()),
        actor_name: Set(ctx.actor_name().to_owned()),
        created_at: Set(ctx.now()),
        provider_id: Set(None),
    }
    .insert(on)
    .await?;
    Ok(())
}

/// The roles of an account that come from a provider.
pub(super) async fn from_provider(
    on: &impl ConnectionTrait,
    account: AccountId,
    provider: ProviderId,
) -> Result<Vec<(BindingId, RoleRef)>> {
    let own = Entity::find().filter(Column::AccountId.eq(account.0)).filter(Column::ProviderId.eq(provider.0));
    let rows = own.order_by_asc(Column::Id).all(on).await?;
    Ok(rows.into_iter().filter_map(|row| Some((BindingId(row.id), RoleRef::parse(&row.role)?))).collect())
}

/// Gives an account a role that comes from a provider (with its name for records), unless it has the role there or too
/// many; whether it was given.
pub(super) async fn insert_from_provider(
    tx: &DatabaseTransaction,
    ctx: &OpContext,
    account: AccountId,
    role: RoleRef,
    scope: Scope,
    (provider, slug): (ProviderId, &str),
) -> Result<bool> {
    let own = || Entity::find().filter(Column::AccountId.eq(account.0));
    let same = own().filter(Column::Role.eq(role.to_string())).filter(Column::Scope.eq(scope.to_string()));
    if same.count(tx).await? > 0 || own().count(tx).await? >= MOST {
        return Ok(false);
    }
    entity::ActiveModel {
        id: Set(ctx.clock().uuid()),
        account_id: Set(account.0),
        role: Set(role.to_string()),
        scope: Set(scope.to_string()),
        actor_name: Set(slug.to_owned()),
        created_at: Set(ctx.now()),
        provider_id: Set(Some(provider.0)),
    }
    .insert(tx)
    .await?;
    Ok(true)
}

/// Takes some roles by their bindings.
pub(super) async fn delete_some(on: &impl ConnectionTrait, ids: impl Iterator<Item = BindingId>) -> Result<()> {
    Entity::delete_many().filter(Column::Id.is_in(ids.map(|id| id.0))).exec(on).await?;
    Ok(())
}

/// Takes all roles that come from a provider, of one account or of all; how many there were.
pub(super) async fn delete_from_provider(
    on: &impl ConnectionTrait,
    provider: ProviderId,
    account: Option<AccountId>,
) -> Result<u64> {
    let mut all = Entity::delete_many().filter(Column::ProviderId.eq(provider.0));
    if let Some(account) = account {
        all = all.filter(Column::AccountId.eq(account.0));
    }
    Ok(all.exec(on).await?.rows_affected)
}

/// The roles of an account, as the audit trail tells them.
pub(super) async fn states_of(on: &impl ConnectionTrait, account: AccountId) -> Result<Vec<BindingState>> {
    let rows = Entity::find().filter(Column::AccountId.eq(account.0)).order_by_asc(Column::CreatedAt).all(on).await?;
    Ok(rows.into_iter().map(|row| BindingState { role: row.role, on: row.scope }).collect())
}

/// Takes all roles from an account.
pub(super) async fn delete_of(on: &impl ConnectionTrait, account: AccountId) -> Result<()> {
    Entity::delete_many().filter(Column::AccountId.eq(account.0)).exec(on).await?;
    Ok(())
}

/// Takes one built-in role from an account, wherever it has it.
pub(super) async fn delete_role_of(on: &impl ConnectionTrait, account: AccountId, role: Role) -> Result<()> {
    Entity::delete_many()
        .filter(Column::AccountId.eq(account.0))
        .filter(Column::Role.eq(role.as_str()))
        .exec(on)
        .await?;
    Ok(())
}

/// How many bindings give a role.
pub(super) async fn count_of_role(on: &impl ConnectionTrait, role: RoleRef) -> Result<u64> {
    Ok(Entity::find().filter(Column::Role.eq(role.to_string())).count(on).await?)
}

/// The accounts that have a role.
pub(super) async fn accounts_of_role(on: &impl ConnectionTrait, role: RoleRef) -> Result<Vec<AccountId>> {
    let rows = Entity::find().filter(Column::Role.eq(role.to_string())).all(on).await?;
    Ok(rows.into_iter().map(|r| AccountId(r.account_id)).collect())
}
