//! Accounts of a tenant, and of the platform.

use app::{
    ErrorKind, UiError,
    model::{AccountRow, Checks, NewAccount, Permission, Role, TenantId, Username, display_name, password},
    service::{Accounts, Answer},
    text,
};
use async_trait::async_trait;
use zeroize::Zeroizing;

use super::{Parts, fault, session::SessionServices};
use crate::{
    auth::{
        authz::{Granted, Tenant},
        policy,
    },
    database::{
        DatabaseError,
        accounts::{AccountToMake, PasswordHash},
        audit::Entry,
    },
};

#[async_trait]
impl Accounts for SessionServices {
    async fn list(&self, tenant: Option<TenantId>) -> Answer<Vec<AccountRow>> {
        let (granted, tenant) = self.home(tenant, Permission::AccountRead, "account.list").await?;
        Ok(self.parts.db.list_accounts(&self.ctx, granted, tenant.as_ref()).await?)
    }

    async fn create(&self, tenant: Option<TenantId>, form: NewAccount) -> Answer<AccountRow> {
        let (granted, tenant) = self.home(tenant, Permission::AccountManage, "account.create").await?;
        let mut checks = Checks::default();
        let account = check(&mut checks, "", &form);
        let account = checks.finish(account)?;
        self.check_role(account.role, tenant.as_ref(), &account.username).await?;
        let account = hashed(&self.parts, account).await?;
        let made = self.parts.db.create_account(&self.ctx, granted, tenant.as_ref(), account).await;
        Ok(made.map_err(|e| taken_in(e, ""))?)
    }
}

impl SessionServices {
    /// The tenant that is meant (`None` means one's own) when the actor may do this there; no tenant for the
    /// platform's own accounts.
    async fn home(
        &self,
        tenant: Option<TenantId>,
        permission: Permission,
        action: &'static str,
    ) -> Answer<(Granted, Option<Tenant>)> {
        let Some(id) = tenant.or(self.ctx.tenant()) else {
            return Ok((self.require(permission, action, "platform").await?, None));
        };
        let name = self.parts.db.find_tenant_name(&self.ctx, id).await?;
        let decision =
            name.ok_or_else(UiError::not_found).and_then(|name| Tenant::authorize(&self.ctx, permission, id, &name));
        let tenant = self.checked(decision, action, format!("tenant/{id}")).await?;
        Ok((tenant.granted(), Some(tenant)))
    }

    /// Nobody gives a role above their own, and a role of the platform stays outside of tenants.
    async fn check_role(&self, role: Role, tenant: Option<&Tenant>, username: &str) -> Answer<()> {
        let own = self.ctx.viewer().map(|v| v.role);
        let title = role.title();
        let (en, zh) = (title.en, title.zh);
        if !own.is_some_and(|own| policy::may_give(own, role)) {
            let refused = Err(UiError {
                kind: ErrorKind::Forbidden,
                ..UiError::invalid_field(
                    "role",
                    text!(
                        "You cannot give the role {en}: it allows more than your own.",
                        "您无法授予“{zh}”角色：其权限超过您自己的权限。"
                    ),
                )
            });
            return self.checked(refused, "account.create", format!("account/{username}")).await;
        }
        if tenant.is_some() == (role == Role::PlatformAdmin) {
            let entry = Entry::failed("account.create", format!("account/{username}"));
            let entry = entry.tenant(tenant.map(Tenant::id));
            self.parts.db.record(&self.ctx, entry.detail(format!("role {role} does not belong there"))).await?;
            return Err(UiError::invalid_field(
                "role",
                text!(
                    "The role {en} does not belong there: tenants have owners, developers and viewers; the platform has administrators.",
                    "“{zh}”角色不适用于此处：租户拥有主账号、开发者和只读成员，平台拥有管理员。"
                ),
            ));
        }
        Ok(())
    }
}

/// A form that was checked.
pub(super) struct CheckedAccount {
    username: String,
    display_name: String,
    role: Role,
    password: Zeroizing<String>,
}

/// Checks a form; the errors name the fields with the prefix.
pub(super) fn check(checks: &mut Checks, prefix: &str, form: &NewAccount) -> Option<CheckedAccount> {
    let field = |name: &str| format!("{prefix}{name}");
    let username = checks.take(Username::parse(&field("username"), &form.username));
    let display_name = checks.take(display_name(&field("display_name"), &form.display_name));
    let role = Role::parse(form.role.trim());
    if role.is_none() {
        checks.fail(&field("role"), text!("Choose a role.", "请选择角色。"));
    }
    let password = checks.take(password(&field("password"), &form.password, form.username.trim()));
    password?;
    Some(CheckedAccount {
        username: username?.as_str().to_owned(),
        display_name: display_name?,
        role: role?,
        password: Zeroizing::new(form.password.clone()),
    })
}

/// With the password hashed.
pub(super) async fn hashed(parts: &Parts, account: CheckedAccount) -> Answer<AccountToMake> {
    let password = PasswordHash(parts.passwords.hash(&account.password).await?);
    Ok(AccountToMake { username: account.username, display_name: account.display_name, role: account.role, password })
}

/// The error of a statement that makes an account; a taken user name stands at its field in the form.
pub(super) fn taken_in(error: DatabaseError, prefix: &str) -> UiError {
    match error {
        DatabaseError::Taken("username") => fault::taken(&format!("{prefix}username")),
        other => other.into(),
    }
}
