//! The first account there is, which the first start makes.

use app::model::{AccountKind, Role, RoleAt, RoleRef, Scope};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, sea_query::Expr};

use super::{
    Database, DatabaseError, Result,
    accounts::{
        AccountToMake, PasswordHash,
        entity::{Column, Entity},
        insert,
    },
    audit::{self, Entry},
    audit_states::PasswordState,
};
use crate::auth::context::OpContext;

impl Database {
    /// Makes the first administrator, when there is no account at all; or gives it another one-time password, as
    /// long as nobody has ever used one. Whether the password is valid now.
    pub async fn make_first_administrator(&self, ctx: &OpContext, username: &str, hash: PasswordHash) -> Result<bool> {
        let tx = self.write().await?;
        let made = if Entity::find().count(&tx).await? == 0 {
            let account = AccountToMake {
                username: username.to_owned(),
                display_name: "Administrator".to_owned(),
                email: String::new(),
                roles: vec![RoleAt { role: RoleRef::BuiltIn(Role::PlatformAdmin), scope: Scope::Platform }],
                kind: AccountKind::Person,
                password: hash,
                one_time: true,
            };
            match insert(&tx, ctx, None, account).await {
                Ok(_) => true,
                // Another replica starts for the first time, too, and was faster: its password is the valid one.
                Err(DatabaseError::Taken(_)) => return Ok(false),
                Err(e) => return Err(e),
            }
        } else {
            let before = Entity::find().filter(Column::Username.eq(username)).one(&tx).await?;
            let credential = ctx.clock().uuid();
            let done = Entity::update_many()
                .col_expr(Column::PasswordHash, Expr::value(hash.0))
                .col_expr(Column::Credential, Expr::value(credential))
                .filter(Column::Username.eq(username))
                .filter(Column::MustChangePassword.eq(true))
                .filter(Column::LastSignIn.is_null())
                .filter(Column::TenantId.is_null())
                .exec(&tx)
                .await?;
            if done.rows_affected > 0 {
                let before = before.map(|row| PasswordState::of(row.credential, row.must_change_password));
                let entry = Entry::ok("account.reset_password", format!("account/{username}"))
                    .detail("at the start, since nobody has used the one before")
                    .change(before.as_ref(), Some(&PasswordState::of(credential, true)));
                audit::record(&tx, ctx, entry).await?;
            }
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
