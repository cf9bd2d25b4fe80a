//! Accounts of a tenant, and of the platform. What becomes of one later is in [`super::account_changes`], its roles
//! are in [`super::bindings`].

use app::{
    ErrorKind, UiError,
    model::{
        AccountDetail, AccountForm, AccountId, AccountKind, AccountRow, BindingId, BindingRow, Checks, FirstPassword,
        NameQuery, NewAccount, NewBinding, Permission, Role, RoleAt, RoleRef, Scope, Slice, TenantId, Username,
        display_name, email, first_roles,
    },
    service::{Accounts, Answer},
    text,
};
use async_trait::async_trait;
use zeroize::Zeroizing;

use super::{
    Parts, fault,
    passwords::{self, Whose},
    session::SessionServices,
    window::window,
};
use crate::{
    auth::{
        authz::{Granted, Tenant},
        tokens::PersonOnly,
    },
    database::{
        DatabaseError,
        accounts::{AccountToMake, PasswordHash},
    },
};

#[async_trait]
impl Accounts for SessionServices {
    async fn list(&self, tenant: Option<TenantId>, query: NameQuery) -> Answer<Slice<AccountRow>> {
        let (granted, tenant) = self.home(tenant, Permission::AccountRead, "account.list").await?;
        Ok(self.parts.db.list_accounts(&self.ctx, granted, tenant.as_ref(), &window(query)?).await?)
    }

    async fn get(&self, id: AccountId) -> Answer<AccountDetail> {
        let own = self.ctx.account_id() == Some(id);
        let known = self.known_account(id, (!own).then_some(Permission::AccountRead), "account.read").await?;
        self.detail(known).await
    }

    async fn create(&self, tenant: Option<TenantId>, form: NewAccount) -> Answer<AccountRow> {
        self.by_person(PersonOnly::MakeAccount, "account").await?;
        let (granted, tenant) = self.home(tenant, Permission::AccountManage, "account.create").await?;
        let mut checks = Checks::default();
        let title = match &tenant {
            Some(tenant) => self.parts.db.find_tenant_title(&self.ctx, tenant.id()).await?,
            None => None,
        };
        let account = check(&self.parts, &mut checks, "", &form, title.as_deref().as_slice()).await?;
        let home = tenant.as_ref().map(Tenant::id);
        let asked = first_roles(&mut checks, &form.roles, home.map_or(Scope::Platform, Scope::Tenant));
        let (account, asked) = checks.finish(account.zip(asked))?;
        let object = format!("account/{}", account.username);
        let roles = self.may_give_first(&asked, home, "account.create", &object).await?;
        let account = hashed(&self.parts, account, roles).await?;
        let made = self.parts.db.create_account(&self.ctx, granted, tenant.as_ref(), account).await;
        let id = made.map_err(|e| taken_in(e, ""))?;
        let (row, _) = self.parts.db.find_account_row(&self.ctx, id).await?.ok_or_else(UiError::internal)?;
        Ok(row)
    }

    async fn update(&self, id: AccountId, form: AccountForm) -> Answer<AccountRow> {
        self.update_account(id, &form).await
    }

    async fn disable(&self, id: AccountId) -> Answer<AccountRow> {
        self.set_account_disabled(id, true).await
    }

    async fn enable(&self, id: AccountId) -> Answer<AccountRow> {
        self.set_account_disabled(id, false).await
    }

    async fn reset_password(&self, id: AccountId, form: FirstPassword) -> Answer<()> {
        self.reset_account_password(id, form).await
    }

    async fn delete(&self, id: AccountId, confirm: String) -> Answer<()> {
        self.delete_account(id, &confirm).await
    }

    async fn hand_over(&self, id: AccountId, confirm: String) -> Answer<AccountRow> {
        self.hand_tenant_over(id, &confirm).await
    }

    async fn bind(&self, id: AccountId, form: NewBinding) -> Answer<BindingRow> {
        self.bind_role(id, &form).await
    }

    async fn unbind(&self, id: AccountId, binding: BindingId) -> Answer<()> {
        self.unbind_role(id, binding).await
    }

    async fn reset_second_factor(&self, id: AccountId) -> Answer<()> {
        self.reset_account_second_factor(id).await
    }
}

impl SessionServices {
    /// The tenant that is meant (`None` means one's own) when the actor may do this there; no tenant for the
    /// platform's own accounts.
    pub(super) async fn home(
        &self,
        tenant: Option<TenantId>,
        permission: Permission,
        action: &'static str,
    ) -> Answer<(Granted, Option<Tenant>)> {
        let Some(id) = tenant.or(self.ctx.tenant()) else {
            return Ok((self.require(permission, action, "platform").await?, None));
        };
        let tenant = self.known_tenant(id, permission, action).await?;
        Ok((tenant.granted(), Some(tenant)))
    }

    /// A tenant within which the actor may do this.
    pub(super) async fn known_tenant(
        &self,
        id: TenantId,
        permission: Permission,
        action: &'static str,
    ) -> Answer<Tenant> {
        let name = self.parts.db.find_tenant_name(&self.ctx, id).await?;
        let decision =
            name.ok_or_else(UiError::not_found).and_then(|name| Tenant::authorize(&self.ctx, permission, id, &name));
        self.checked(decision, action, format!("tenant/{id}")).await
    }
}

/// A form that was checked, but for its roles.
pub(super) struct CheckedAccount {
    username: String,
    display_name: String,
    email: String,
    password: Zeroizing<String>,
}

/// Checks a form but for its roles; the errors name the fields with the prefix. `tenant` is what its tenant is called.
pub(super) async fn check(
    parts: &Parts,
    checks: &mut Checks,
    prefix: &str,
    form: &NewAccount,
    tenant: &[&str],
) -> Answer<Option<CheckedAccount>> {
    let field = |name: &str| format!("{prefix}{name}");
    let username = checks.take(Username::parse(&field("username"), &form.username));
    let display_name = checks.take(display_name(&field("display_name"), &form.display_name));
    let email = checks.take(email(&field("email"), &form.email));
    let (name, password) = (field("password"), Zeroizing::new(form.password.clone()));
    let whose = Whose { username: form.username.trim(), display_name: &form.display_name, tenant };
    let good = passwords::check(parts, checks, &name, &password, whose).await?;
    let named = username.zip(display_name).zip(email).filter(|_| good);
    Ok(named.map(|((username, display_name), email)| CheckedAccount {
        username: username.as_str().to_owned(),
        display_name,
        email,
        password,
    }))
}

/// With its roles, which were judged, and the password hashed.
pub(super) async fn hashed(parts: &Parts, account: CheckedAccount, roles: Vec<RoleAt>) -> Answer<AccountToMake> {
    let password = PasswordHash(parts.passwords.hash(&account.password).await?);
    let CheckedAccount { username, display_name, email, .. } = account;
    Ok(AccountToMake { username, display_name, email, roles, kind: AccountKind::Person, password, one_time: true })
}

/// The error of a statement that makes an account; a taken user name stands at its field in the form.
pub(super) fn taken_in(error: DatabaseError, prefix: &str) -> UiError {
    match error {
        DatabaseError::Taken("username") => fault::taken(&format!("{prefix}username")),
        other => other.into(),
    }
}

/// What nobody may do to themselves or to the main account, and the way out.
pub(super) fn not_this_one(main: bool) -> UiError {
    let message = if main {
        text!(
            "This is the tenant's main account. Hand that over to another account first.",
            "这是租户的主账号，请先将主账号移交给其他账号。"
        )
    } else {
        text!(
            "Nobody does this to their own account. Ask somebody else who may.",
            "不能对自己的账号执行此操作，请由其他有权限的人操作。"
        )
    };
    UiError::new(ErrorKind::Conflict, message)
}

/// Whether a role belongs to the platform, and so to no tenant.
pub(super) fn of_platform(role: RoleRef) -> bool {
    matches!(role, RoleRef::BuiltIn(role) if role.of_platform())
}

/// Whether a role is the main account's.
pub(super) fn is_owner(role: RoleRef) -> bool {
    role == RoleRef::BuiltIn(Role::Owner)
}
