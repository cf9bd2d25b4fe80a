//! Accounts.

use std::fmt;

use app::model::{AccountId, AccountRow, Millis, Role, TenantId, Viewer};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, sea_query::Expr,
};
use uuid::Uuid;

use super::{
    Database, DatabaseError, Result,
    audit::{self, Entry},
    sessions, tenants,
};
use crate::auth::{
    authz::{self, Granted},
    context::OpContext,
    policy,
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
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{Column, Entity};

/// The hash of a password. Its value is not for logs.
#[derive(Clone)]
pub struct PasswordHash(pub String);

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
    /// The password's hash.
    pub password: PasswordHash,
    /// Sessions that carry another one are over.
    pub credential: Uuid,
    /// The account may not sign in any more.
    pub disabled: bool,
    /// The last sign-in, if there was one.
    pub last_sign_in: Option<Millis>,
}

/// An account to be made; everything was checked.
#[derive(Clone, Debug)]
pub struct AccountToMake {
    /// The name to sign in with.
    pub username: String,
    /// The name for people.
    pub display_name: String,
    /// The role.
    pub role: Role,
    /// The first password's hash.
    pub password: PasswordHash,
}

impl Database {
    /// The account that signs in under a name.
    pub async fn find_account_by_username(&self, _ctx: &OpContext, username: &str) -> Result<Option<Account>> {
        let row = Entity::find().filter(Column::Username.eq(username)).one(self.read()).await?;
        self.account(row).await
    }

    /// The account of a session.
    pub async fn find_account(&self, _ctx: &OpContext, id: AccountId) -> Result<Option<Account>> {
        let row = Entity::find_by_id(id.0).one(self.read()).await?;
        self.account(row).await
    }

    async fn account(&self, row: Option<entity::Model>) -> Result<Option<Account>> {
        let Some(row) = row else { return Ok(None) };
        let tenant = row.tenant_id.map(TenantId);
        let tenant_name = match tenant {
            Some(id) => {
                Some(tenants::name_of(self.read(), id).await?.ok_or(DatabaseError::Corrupt("accounts.tenant_id"))?)
            }
            None => None,
        };
        let role = role(&row.role)?;
        Ok(Some(Account {
            viewer: Viewer {
                id: AccountId(row.id),
                username: row.username,
                display_name: row.display_name,
                tenant,
                tenant_name,
                role,
                permissions: policy::permissions(role),
                must_change_password: row.must_change_password,
            },
            password: PasswordHash(row.password_hash),
            credential: row.credential,
            disabled: row.disabled_at.is_some(),
            last_sign_in: row.last_sign_in,
        }))
    }

    /// The accounts of a tenant, or the platform's own when there is none, by name.
    pub async fn list_accounts(
        &self,
        _ctx: &OpContext,
        _granted: Granted,
        tenant: Option<&authz::Tenant>,
    ) -> Result<Vec<AccountRow>> {
        let mut query = Entity::find().order_by_asc(Column::Username);
        query = match tenant {
            Some(tenant) => query.filter(Column::TenantId.eq(tenant.id().0)),
            None => query.filter(Column::TenantId.is_null()),
        };
        query.all(self.read()).await?.into_iter().map(AccountRow::try_from).collect()
    }

    /// Makes an account in a tenant, or one of the platform when there is none. Fails with `Taken`.
    pub async fn create_account(
        &self,
        ctx: &OpContext,
        _granted: Granted,
        tenant: Option<&authz::Tenant>,
        account: AccountToMake,
    ) -> Result<AccountRow> {
        let tx = self.write().await?;
        let row = insert(&tx, ctx, tenant.map(authz::Tenant::id), account).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Notes that an account has signed in, and keeps the anew hashed password if there is one. Fails with `Stale` when
    /// the password was changed meanwhile: the one that was given is not its password any more.
    pub async fn note_sign_in(&self, ctx: &OpContext, account: &Account, rehashed: Option<PasswordHash>) -> Result<()> {
        let viewer = &account.viewer;
        let tx = self.write().await?;
        let mut update = Entity::update_many()
            .col_expr(Column::LastSignIn, Expr::value(ctx.now()))
            .filter(Column::Id.eq(viewer.id.0))
            .filter(Column::Credential.eq(account.credential));
        if let Some(PasswordHash(hash)) = rehashed {
            update = update.col_expr(Column::PasswordHash, Expr::value(hash));
        }
        if update.exec(&tx).await?.rows_affected == 0 {
            return Err(DatabaseError::Stale);
        }
        let entry = Entry::ok("session.sign_in", format!("account/{}", viewer.username))
            .tenant(viewer.tenant)
            .actor(Some(viewer.id), &viewer.username);
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
        sessions::delete_of(&tx, viewer.id).await?;
        let entry = Entry::ok("account.change_password", format!("account/{}", viewer.username));
        audit::record(&tx, ctx, entry.actor(Some(viewer.id), &viewer.username).tenant(viewer.tenant)).await?;
        tx.commit().await?;
        Ok(credential)
    }

    /// Makes the first administrator, when there is no account at all; or gives it another one-time password, as
    /// long as nobody has ever used one. Whether the password is valid now.
    pub async fn make_first_administrator(&self, ctx: &OpContext, username: &str, hash: PasswordHash) -> Result<bool> {
        let tx = self.write().await?;
        let made = if Entity::find().count(&tx).await? == 0 {
            let account = AccountToMake {
                username: username.to_owned(),
                display_name: "Administrator".to_owned(),
                role: Role::PlatformAdmin,
                password: hash,
            };
            insert(&tx, ctx, None, account).await?;
            true
        } else {
            let done = Entity::update_many()
                .col_expr(Column::PasswordHash, Expr::value(hash.0))
                .col_expr(Column::Credential, Expr::value(ctx.clock().uuid()))
                .filter(Column::Username.eq(username))
                .filter(Column::MustChangePassword.eq(true))
                .filter(Column::LastSignIn.is_null())
                .filter(Column::TenantId.is_null())
                .exec(&tx)
                .await?;
            done.rows_affected > 0
        };
        tx.commit().await?;
        Ok(made)
    }

    /// Whether the first administrator has yet to sign in for the first time (or to be made).
    pub async fn awaits_first_administrator(&self, _ctx: &OpContext, username: &str) -> Result<bool> {
        if Entity::find().count(self.read()).await? == 0 {
            return Ok(true);
        }
        let row = Entity::find().filter(Column::Username.eq(username)).one(self.read()).await?;
        Ok(row.is_some_and(|r| r.tenant_id.is_none() && r.must_change_password && r.last_sign_in.is_none()))
    }
}

/// Makes an account and writes it into the audit trail. Fails with `Taken`.
pub(super) async fn insert(
    on: &impl ConnectionTrait,
    ctx: &OpContext,
    tenant: Option<TenantId>,
    account: AccountToMake,
) -> Result<AccountRow> {
    let row = entity::ActiveModel {
        id: Set(ctx.clock().uuid()),
        tenant_id: Set(tenant.map(|t| t.0)),
        username: Set(account.username),
        display_name: Set(account.display_name),
        role: Set(account.role.as_str().to_owned()),
        password_hash: Set(account.password.0),
        credential: Set(ctx.clock().uuid()),
        must_change_password: Set(true),
        created_at: Set(ctx.now()),
        last_sign_in: Set(None),
        disabled_at: Set(None),
    };
    let row: AccountRow = row.insert(on).await.map_err(|e| super::taken(e, "username"))?.try_into()?;
    let entry = Entry::ok("account.create", format!("account/{}", row.username)).tenant(tenant);
    audit::record(on, ctx, entry.detail(format!("role {}", row.role))).await?;
    Ok(row)
}

impl TryFrom<entity::Model> for AccountRow {
    type Error = DatabaseError;

    fn try_from(row: entity::Model) -> Result<Self> {
        Ok(Self {
            id: AccountId(row.id),
            username: row.username,
            display_name: row.display_name,
            role: role(&row.role)?,
            created_at: row.created_at,
            last_sign_in: row.last_sign_in,
        })
    }
}

fn role(name: &str) -> Result<Role> {
    Role::parse(name).ok_or(DatabaseError::Corrupt("accounts.role"))
}
