//! Accounts.

use std::{fmt, sync::Arc};

use app::{
    i18n::Text,
    model::{Access, AccountId, AccountKind, BindingId, Millis, Role, RoleAt, TenantId, Viewer},
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect, Select,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;

use super::{
    Database, DatabaseError, Result,
    audit::{self, Entry},
    audit_states::{AccountState, BindingState, PasswordState, WithRoles},
    portable::{begins, lock_row},
    role_bindings, second_factors, sessions,
    tenants::{self, Membership},
};
use crate::auth::{
    authz::{self, Granted},
    context::OpContext,
};

pub(super) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "accounts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub tenant_id: Option<Uuid>,
        pub username: String,
        pub display_name: String,
        pub role: String,
        pub password_hash: String,
        pub credential: Uuid,
        pub must_change_password: bool,
        pub created_at: i64,
        pub last_sign_in: Option<i64>,
        pub disabled_at: Option<i64>,
        pub email: Option<String>,
        pub version: i64,
        pub kind: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{Column, Entity};

/// The hash of a password. Its value is not for logs.
#[derive(Clone)]
pub struct PasswordHash(pub String);

impl PasswordHash {
    /// What no password hashes to: of an account that has none.
    pub const NONE: Self = Self(String::new());
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash")
    }
}

/// An account as signing in needs it.
#[derive(Clone, Debug)]
pub struct Account {
    /// Who.
    pub viewer: Viewer,
    /// What it may do, and where.
    pub access: Arc<Access>,
    /// The password's hash.
    pub password: PasswordHash,
    /// Sessions that carry another one are over.
    pub credential: Uuid,
    /// The account may not sign in: it is disabled, or its tenant is suspended.
    pub disabled: bool,
    /// Nothing but its tenant's suspension keeps the account out.
    pub suspended: bool,
    /// The last sign-in, if there was one.
    pub last_sign_in: Option<Millis>,
}

/// What is read of an account before the password was right.
#[derive(Clone, Debug)]
pub struct Named {
    /// The account.
    pub id: AccountId,
    /// Its tenant.
    pub tenant: Option<TenantId>,
    /// The password's hash.
    pub password: PasswordHash,
    /// Another one with each password.
    pub credential: Uuid,
}

/// An account to be made; everything was checked.
#[derive(Clone, Debug)]
pub struct AccountToMake {
    /// The name to sign in with.
    pub username: String,
    /// The name for people.
    pub display_name: String,
    /// An e-mail address; empty when it has none.
    pub email: String,
    /// The roles it gets, each with where it holds; none twice.
    pub roles: Vec<RoleAt>,
    /// A person, or a service.
    pub kind: AccountKind,
    /// The password's hash; a service has none.
    pub password: PasswordHash,
    /// Somebody else knows the password: it must be changed at the first sign-in.
    pub one_time: bool,
}

impl Database {
    /// The account that signs in under a name; a service account does not. One row and no more, so that a name which
    /// nobody has is looked up like any other.
    pub async fn find_named(&self, _ctx: &OpContext, username: &str) -> Result<Option<Named>> {
        let row = people().filter(Column::Username.eq(username)).one(self.read()).await?;
        Ok(row.map(|row| Named {
            id: AccountId(row.id),
            tenant: row.tenant_id.map(TenantId),
            password: PasswordHash(row.password_hash),
            credential: row.credential,
        }))
    }

    /// Somebody's password hash that begins in none of these ways, if there is one; not of those who have no password.
    pub async fn find_other_hash(&self, _ctx: &OpContext, beginnings: &[String]) -> Result<Option<PasswordHash>> {
        let mut hashes = people().filter(Column::PasswordHash.ne("")).select_only().column(Column::PasswordHash);
        for beginning in beginnings {
            hashes = hashes.filter(begins(Column::PasswordHash, beginning).not());
        }
        let found: Option<String> = hashes.into_tuple().one(self.read()).await?;
        Ok(found.map(PasswordHash))
    }

    /// The account of a session or a token.
    pub async fn find_account(&self, _ctx: &OpContext, id: AccountId) -> Result<Option<Account>> {
        let row = Entity::find_by_id(id.0).one(self.read()).await?;
        self.account(row).await
    }

    async fn account(&self, row: Option<entity::Model>) -> Result<Option<Account>> {
        let Some(row) = row else { return Ok(None) };
        let (id, tenant) = (AccountId(row.id), row.tenant_id.map(TenantId));
        let home = match tenant {
            Some(id) => {
                Some(tenants::membership(self.read(), id).await?.ok_or(DatabaseError::Corrupt("accounts.tenant_id"))?)
            }
            None => None,
        };
        let access = role_bindings::access_of(self.read(), id, tenant).await?;
        let mut roles: Vec<Text> = Vec::new();
        for grant in &access.grants {
            if !roles.contains(&grant.title) {
                roles.push(grant.title.clone());
            }
        }
        let wants_factor = home.as_ref().is_some_and(|m| m.second_factor_required);
        let person = row.kind == AccountKind::Person.as_str();
        let must_add_second_factor = person && wants_factor && !second_factors::in_use(self.read(), id).await?;
        let (main, suspended, tenant_name) = match home {
            Some(Membership { name, owner, suspended, .. }) => (owner == Some(id), suspended, Some(name)),
            None => (false, false, None),
        };
        Ok(Some(Account {
            viewer: Viewer {
                id,
                username: row.username,
                display_name: row.display_name,
                tenant,
                tenant_name,
                roles,
                main,
                permissions: access.anywhere(),
                must_change_password: row.must_change_password,
                must_add_second_factor,
            },
            access: Arc::new(access),
            password: PasswordHash(row.password_hash),
            credential: row.credential,
            disabled: row.disabled_at.is_some() || suspended,
            suspended: row.disabled_at.is_none() && suspended,
            last_sign_in: row.last_sign_in,
        }))
    }

    /// Makes an account with its roles in a tenant, or one of the platform when there is none. Fails with `Taken`, and with
    /// `Stale` when the tenant is being deleted or a role is gone.
    pub async fn create_account(
        &self,
        ctx: &OpContext,
        _granted: Granted,
        tenant: Option<&authz::Tenant>,
        account: AccountToMake,
    ) -> Result<AccountId> {
        let tx = self.write().await?;
        if let Some(tenant) = tenant {
            tenants::hold_open(&tx, tenant.id()).await?;
        }
        let id = insert(&tx, ctx, tenant.map(authz::Tenant::id), account).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Notes that an account has signed in, and keeps the anew hashed password if there is one. Fails with `Stale` when
    /// the password was changed meanwhile: the one that was given is not its password any more.
    pub async fn note_sign_in(&self, ctx: &OpContext, account: &Account, rehashed: Option<PasswordHash>) -> Result<()> {
        let tx = self.write().await?;
        let entry = note(&tx, ctx, account, rehashed, "session.sign_in", "").await?;
        audit::record(&tx, ctx, entry).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Notes that the password was right and that a code is still needed. Fails as [`Self::note_sign_in`] does.
    pub async fn note_first_step(
        &self,
        ctx: &OpContext,
        account: &Account,
        rehashed: Option<PasswordHash>,
    ) -> Result<()> {
        let tx = self.write().await?;
        let entry = note(&tx, ctx, account, rehashed, "session.first_step", "").await?;
        audit::record(&tx, ctx, entry).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Changes an account's own password and ends all its sessions. Answers the new credential. Fails with `Stale`
    /// when the password was changed meanwhile.
    pub async fn change_password(&self, ctx: &OpContext, account: &Account, hash: PasswordHash) -> Result<Uuid> {
        let viewer = &account.viewer;
        let credential = ctx.clock().uuid();
        let tx = self.write().await?;
        let done = Entity::update_many()
            .col_expr(Column::PasswordHash, Expr::value(hash.0))
            .col_expr(Column::Credential, Expr::value(credential))
            .col_expr(Column::MustChangePassword, Expr::value(false))
            .filter(Column::Id.eq(viewer.id.0))
            .filter(Column::Credential.eq(account.credential))
            .exec(&tx)
            .await?;
        if done.rows_affected == 0 {
            return Err(DatabaseError::Stale);
        }
        sessions::delete_of(&tx, viewer.id, None).await?;
        let before = PasswordState::of(account.credential, viewer.must_change_password);
        let after = PasswordState::of(credential, false);
        let entry = Entry::ok("account.change_password", format!("account/{}", viewer.username))
            .actor(Some(viewer.id), &viewer.username)
            .tenant(viewer.tenant);
        audit::record(&tx, ctx, entry.change(Some(&before), Some(&after))).await?;
        tx.commit().await?;
        Ok(credential)
    }
}

/// The accounts that have a password.
fn people() -> Select<Entity> {
    Entity::find().filter(Column::Kind.eq(AccountKind::Person.as_str()))
}

/// The ids of a tenant's accounts.
pub(super) async fn ids_of(on: &impl ConnectionTrait, tenant: TenantId) -> Result<Vec<AccountId>> {
    let ids = Entity::find().select_only().column(Column::Id).filter(Column::TenantId.eq(tenant.0));
    let ids: Vec<Uuid> = ids.into_tuple().all(on).await?;
    Ok(ids.into_iter().map(AccountId).collect())
}

/// Notes a sign-in, or the first step of one: only the whole of it counts as the last sign-in. Fails with `Stale` when
/// the password was changed meanwhile. Answers the entry that whoever calls it writes down.
pub(super) async fn note(
    tx: &DatabaseTransaction,
    ctx: &OpContext,
    account: &Account,
    rehashed: Option<PasswordHash>,
    action: &'static str,
    detail: &str,
) -> Result<Entry> {
    let viewer = &account.viewer;
    let last = if action == "session.sign_in" { Some(ctx.now()) } else { account.last_sign_in };
    let mut update = Entity::update_many()
        .col_expr(Column::LastSignIn, Expr::value(last))
        .filter(Column::Id.eq(viewer.id.0))
        .filter(Column::Credential.eq(account.credential));
    if let Some(PasswordHash(hash)) = rehashed {
        update = update.col_expr(Column::PasswordHash, Expr::value(hash));
    }
    if update.exec(tx).await?.rows_affected == 0 {
        return Err(DatabaseError::Stale);
    }
    let entry = Entry::ok(action, format!("account/{}", viewer.username)).detail(detail);
    Ok(entry.tenant(viewer.tenant).actor(Some(viewer.id), &viewer.username))
}

/// Makes an account with its roles and writes it into the audit trail. Fails with `Taken`, and with `Stale` when a role is
/// gone.
pub(super) async fn insert(
    tx: &DatabaseTransaction,
    ctx: &OpContext,
    tenant: Option<TenantId>,
    account: AccountToMake,
) -> Result<AccountId> {
    let (id, entry) = insert_row(tx, ctx, tenant, account).await?;
    audit::record(tx, ctx, entry).await?;
    Ok(id)
}

/// Makes an account with its roles; whoever calls it writes the entry down. Fails with `Taken`, and with `Stale` when a role
/// is gone.
pub(super) async fn insert_row(
    tx: &DatabaseTransaction,
    ctx: &OpContext,
    tenant: Option<TenantId>,
    account: AccountToMake,
) -> Result<(AccountId, Entry)> {
    let id = AccountId(ctx.clock().uuid());
    let row = entity::ActiveModel {
        id: Set(id.0),
        tenant_id: Set(tenant.map(|t| t.0)),
        username: Set(account.username),
        display_name: Set(account.display_name),
        // For the version before bindings, which knows this column alone: the least.
        role: Set(Role::Viewer.as_str().to_owned()),
        password_hash: Set(account.password.0),
        credential: Set(ctx.clock().uuid()),
        must_change_password: Set(account.one_time),
        created_at: Set(ctx.now()),
        last_sign_in: Set(None),
        disabled_at: Set(None),
        email: Set(some_email(account.email)),
        version: Set(1),
        kind: Set(account.kind.as_str().to_owned()),
    };
    let row = row.insert(tx).await.map_err(|e| super::taken(e, "username"))?;
    role_bindings::hold_roles(tx, &account.roles).await?;
    for RoleAt { role, scope } in &account.roles {
        role_bindings::insert(tx, ctx, BindingId(ctx.clock().uuid()), id, *role, *scope).await?;
    }
    let entry = Entry::ok("account.create", format!("account/{}", row.username)).tenant(tenant);
    let entry = match account.kind {
        AccountKind::Person => entry.detail(role_bindings::in_words(&account.roles)),
        AccountKind::Service => entry.detail("a service account"),
    };
    let roles = account.roles.iter().map(BindingState::of).collect();
    Ok((id, entry.made(&WithRoles { account: AccountState::of(&row), roles })))
}

/// Holds an account's row until the transaction ends, so that changes of one account are made one after the other.
pub(super) async fn lock(tx: &DatabaseTransaction, id: AccountId) -> Result<()> {
    lock_row::<Entity>(tx, id.0).await?.map(|_| ()).ok_or(DatabaseError::Stale)
}

pub(super) fn some_email(email: String) -> Option<String> {
    (!email.is_empty()).then_some(email)
}
