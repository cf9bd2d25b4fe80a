//! What becomes of an account after it was made: edited, disabled, deleted, made the main one.

use app::model::{AccountId, AccountKind, BindingId, Millis, Role, RoleRef, Scope, TenantId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, sea_query::Expr};

use super::{
    Database, DatabaseError, Result,
    accounts::{
        PasswordHash,
        entity::{Column, Entity},
        lock, some_email,
    },
    audit::{self, Entry},
    audit_states::{AccountState, OwnerState, PasswordState, WithRoles},
    last_administrator::{Taking, spare},
    portable::lock_row,
    role_bindings::{self, Target},
    sessions, tenants, tokens,
};
use crate::{
    auth::{
        authz::{self, Granted},
        context::OpContext,
    },
    fail_point::reached,
};

impl Database {
    /// Changes an account's name and e-mail. With `version`, fails with `Stale` when it was changed since.
    pub async fn update_account(
        &self,
        ctx: &OpContext,
        of: &Target,
        display_name: &str,
        email: String,
        version: Option<i64>,
    ) -> Result<()> {
        let tx = self.write().await?;
        lock(&tx, of.account).await?;
        let before = AccountState::find(&tx, of.account).await?;
        let mut update = Entity::update_many()
            .col_expr(Column::DisplayName, Expr::value(display_name))
            .col_expr(Column::Email, Expr::value(some_email(email)))
            .col_expr(Column::Version, Expr::col(Column::Version).add(1))
            .filter(Column::Id.eq(of.account.0));
        if let Some(version) = version {
            update = update.filter(Column::Version.eq(version));
        }
        if update.exec(&tx).await?.rows_affected == 0 {
            return Err(DatabaseError::Stale);
        }
        let after = AccountState::find(&tx, of.account).await?;
        audit::record(&tx, ctx, entry("account.update", of).change(Some(&before), Some(&after))).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Keeps an account from signing in and ends its sessions, or lets it in again. Fails with `Stale` when it is gone, and with
    /// `Taken` when it is the main one (`owner`), which is not kept out, or the platform's last administrator (`last`).
    pub async fn set_disabled(&self, ctx: &OpContext, _granted: Granted, of: &Target, disabled: bool) -> Result<()> {
        let tx = self.write().await?;
        if disabled && of.tenant.is_none() {
            spare(&tx, Taking::Account(of.account)).await?;
        }
        lock(&tx, of.account).await?;
        if disabled && is_main(&tx, of).await? {
            return Err(DatabaseError::Taken("owner"));
        }
        let before = AccountState::find(&tx, of.account).await?;
        let at: Option<Millis> = disabled.then(|| ctx.now());
        let mut update = Entity::update_many()
            .col_expr(Column::DisabledAt, Expr::value(at))
            .col_expr(Column::Version, Expr::col(Column::Version).add(1))
            .filter(Column::Id.eq(of.account.0));
        if disabled {
            // Its sessions are over for good, also those that are kept elsewhere.
            update = update.col_expr(Column::Credential, Expr::value(ctx.clock().uuid()));
        }
        let done = update.exec(&tx).await?;
        if done.rows_affected == 0 {
            return Err(DatabaseError::Stale);
        }
        if disabled {
            sessions::delete_of(&tx, of.account, None).await?;
        }
        let action = if disabled { "account.disable" } else { "account.enable" };
        let after = AccountState::find(&tx, of.account).await?;
        audit::record(&tx, ctx, entry(action, of).change(Some(&before), Some(&after))).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Gives an account a password that it has to change, and ends its sessions. Fails with `Stale` when it is gone, and with
    /// `Taken` (`owner`) when it was made the main account meanwhile and is not to be reset by the actor: `main_too` says that it
    /// may be.
    pub async fn reset_password(
        &self,
        ctx: &OpContext,
        _granted: Granted,
        of: &Target,
        hash: PasswordHash,
        main_too: bool,
    ) -> Result<()> {
        let tx = self.write().await?;
        lock(&tx, of.account).await?;
        if !main_too && is_main(&tx, of).await? {
            return Err(DatabaseError::Taken("owner"));
        }
        let (before, after) = set_password(&tx, ctx, of.account, hash, true).await?;
        audit::record(&tx, ctx, entry("account.reset_password", of).change(Some(&before), Some(&after))).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Deletes an account with everything that hangs from it, or changes nothing. Fails with `Stale` when it is gone
    /// already, and with `Taken` when it was made the main account meanwhile (`owner`), or is the platform's last administrator
    /// (`last`).
    pub async fn delete_account(&self, ctx: &OpContext, _granted: Granted, of: &Target) -> Result<()> {
        let tx = self.write().await?;
        if of.tenant.is_none() {
            spare(&tx, Taking::Account(of.account)).await?;
        }
        lock(&tx, of.account).await?;
        if is_main(&tx, of).await? {
            return Err(DatabaseError::Taken("owner"));
        }
        let gone = WithRoles {
            account: AccountState::find(&tx, of.account).await?,
            roles: role_bindings::states_of(&tx, of.account).await?,
        };
        if !remove(&tx, of.account).await? {
            return Err(DatabaseError::Stale);
        }
        audit::record(&tx, ctx, entry("account.delete", of).gone(&gone)).await?;
        reached("delete_account:entry");
        tx.commit().await?;
        reached("delete_account:committed");
        Ok(())
    }

    /// Makes an account the main one of its tenant; the one that was becomes an administrator. Answers that one.
    /// Fails with `Stale` when the account is gone or disabled, a service, or has a password that somebody else knows.
    pub async fn hand_over(&self, ctx: &OpContext, tenant: &authz::Tenant, to: &Target) -> Result<Option<AccountId>> {
        let tx = self.write().await?;
        // One after the other: each takes the role from the one before.
        lock_row::<tenants::entity::Entity>(&tx, tenant.id().0).await?.ok_or(DatabaseError::Stale)?;
        lock(&tx, to.account).await?;
        let able = Entity::find_by_id(to.account.0)
            .filter(Column::TenantId.eq(tenant.id().0))
            .filter(Column::DisabledAt.is_null())
            .filter(Column::MustChangePassword.eq(false))
            .filter(Column::Kind.eq(AccountKind::Person.as_str()))
            .one(&tx)
            .await?;
        if able.is_none() {
            return Err(DatabaseError::Stale);
        }
        let before = tenants::membership(&tx, tenant.id()).await?.and_then(|m| m.owner);
        let home = Scope::Tenant(tenant.id());
        if let Some(before) = before.filter(|b| *b != to.account) {
            role_bindings::delete_role_of(&tx, before, Role::Owner).await?;
            role_bindings::delete_role_of(&tx, before, Role::Administrator).await?;
            bind(&tx, ctx, before, Role::Administrator, home).await?;
        }
        role_bindings::delete_role_of(&tx, to.account, Role::Owner).await?;
        bind(&tx, ctx, to.account, Role::Owner, home).await?;
        tenants::set_owner(&tx, tenant.id(), to.account).await?;
        let owner = async |account: AccountId| OwnerState::find(&tx, account).await;
        let was = match before {
            Some(before) => Some(owner(before).await?),
            None => None,
        };
        let entry = entry("tenant.hand_over", to).change(was.as_ref(), Some(&owner(to.account).await?));
        audit::record(&tx, ctx, entry).await?;
        tx.commit().await?;
        Ok(before)
    }
}

/// Gives an account, whose row is held, another password and ends its sessions. `one_time` says that somebody else knows
/// it. Answers what the audit trail says of it before and after. Fails with `Stale` when the account is gone.
pub(super) async fn set_password(
    on: &impl ConnectionTrait,
    ctx: &OpContext,
    account: AccountId,
    hash: PasswordHash,
    one_time: bool,
) -> Result<(PasswordState, PasswordState)> {
    let row = Entity::find_by_id(account.0).one(on).await?.ok_or(DatabaseError::Stale)?;
    let credential = ctx.clock().uuid();
    let done = Entity::update_many()
        .col_expr(Column::PasswordHash, Expr::value(hash.0))
        .col_expr(Column::Credential, Expr::value(credential))
        .col_expr(Column::MustChangePassword, Expr::value(one_time))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::Id.eq(account.0))
        .exec(on)
        .await?;
    if done.rows_affected == 0 {
        return Err(DatabaseError::Stale);
    }
    sessions::delete_of(on, account, None).await?;
    let before = PasswordState::of(row.credential, row.must_change_password);
    Ok((before, PasswordState::of(credential, one_time)))
}

/// Removes an account with everything that hangs from it; whether it was there.
pub(super) async fn remove(on: &impl ConnectionTrait, account: AccountId) -> Result<bool> {
    sessions::delete_of(on, account, None).await?;
    reached("delete_account:sessions");
    role_bindings::delete_of(on, account).await?;
    reached("delete_account:roles");
    tokens::delete_of(on, account).await?;
    reached("delete_account:tokens");
    let done = Entity::delete_by_id(account.0).exec(on).await?;
    reached("delete_account:account");
    Ok(done.rows_affected > 0)
}

async fn bind(on: &impl ConnectionTrait, ctx: &OpContext, account: AccountId, role: Role, scope: Scope) -> Result<()> {
    role_bindings::insert(on, ctx, BindingId(ctx.clock().uuid()), account, RoleRef::BuiltIn(role), scope).await
}

async fn is_main(on: &impl ConnectionTrait, of: &Target) -> Result<bool> {
    match of.tenant {
        Some(tenant) => Ok(is_owner(on, tenant, of.account).await?),
        None => Ok(false),
    }
}

async fn is_owner(on: &impl ConnectionTrait, tenant: TenantId, account: AccountId) -> Result<bool> {
    Ok(tenants::membership(on, tenant).await?.is_some_and(|m| m.owner == Some(account)))
}

fn entry(action: &'static str, of: &Target) -> Entry {
    Entry::ok(action, format!("account/{}", of.username)).tenant(of.tenant)
}
