//! Tenants, their people and what these may do.
//!
//! All of it fails with `Forbidden` without the permission, or for a token where it is for people alone, and with `NotFound`
//! for what one may not see; beside that with what is said of each.

use async_trait::async_trait;

use super::Answer;
use crate::model::*;

/// Tenants; for the platform's administrators, but for what a tenant's main account decides.
#[async_trait]
pub trait Tenants: Send + Sync {
    /// A part of all tenants, by name. Fails with `Invalid` (`cursor`) when no part gave that cursor, and (`q`) for more
    /// than 100 characters.
    async fn list(&self, query: NameQuery) -> Answer<Slice<TenantRow>>;
    /// One tenant, with what goes with it when it is deleted. Fails with `NotFound` when there is none.
    async fn get(&self, id: TenantId) -> Answer<TenantRow>;
    /// Makes a tenant and its main account in one transaction. Fails with `Invalid` naming each field, and with `Conflict`
    /// when a name is taken.
    async fn create(&self, form: NewTenant) -> Answer<TenantRow>;
    /// What a tenant asks of its people's sign-in; `tenant` is `None` for one's own. Fails with `NotFound` for people of
    /// the platform who name none.
    async fn security(&self, tenant: Option<TenantId>) -> Answer<TenantSecurity>;
    /// Changes what a tenant asks of its people's sign-in. Fails as [`Tenants::security`] does, with `Forbidden` for a
    /// token, and with `Stale` when it was changed since the version was read.
    async fn change_security(&self, tenant: Option<TenantId>, security: TenantSecurity) -> Answer<TenantSecurity>;
    /// Keeps a tenant's people out and ends their sessions at once; its applications run on. Fails with `Conflict` when
    /// it is suspended already, or is being deleted, and with `Invalid` (`reason`).
    async fn suspend(&self, id: TenantId, form: SuspendForm) -> Answer<TenantRow>;
    /// Lets a suspended tenant's people in again. Fails with `Conflict` when it is not suspended, or is being deleted.
    async fn resume(&self, id: TenantId) -> Answer<TenantRow>;
    /// Starts the deletion of a tenant with its accounts, roles, templates, registries, links and identity providers.
    /// `confirm` is its name. Fails with `Invalid` (`confirm`) when it is not, and with `Conflict` and a list while it has
    /// anything that is to go before, or when it is being deleted already.
    async fn delete(&self, id: TenantId, confirm: String) -> Answer<OperationId>;
}

/// Accounts of a tenant, and of the platform.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// A part of the tenant's accounts, by name; `tenant` is `None` for one's own. Fails as [`Tenants::list`] does.
    async fn list(&self, tenant: Option<TenantId>, query: NameQuery) -> Answer<Slice<AccountRow>>;
    /// One account with its roles; one's own is always there. Fails with `NotFound` when there is none.
    async fn get(&self, id: AccountId) -> Answer<AccountDetail>;
    /// Makes an account in the tenant. Fails with `Invalid` naming each field, with `Forbidden` (`role`) for a role that
    /// allows what one may not do oneself, and with `Conflict` when the user name is taken.
    async fn create(&self, tenant: Option<TenantId>, form: NewAccount) -> Answer<AccountRow>;
    /// Changes names and e-mail: one's own, or with the permission another's. Fails with `Invalid` naming each field, with
    /// `Stale` when it was changed since the form's version was read, with `Forbidden` for an account that may do more than
    /// one's own, and with `Conflict` for a main account that is not one's own.
    async fn update(&self, id: AccountId, form: AccountForm) -> Answer<AccountRow>;
    /// Keeps an account from signing in and ends its sessions at once. Fails with `Forbidden` for one that may do more than
    /// one's own, and with `Conflict` for the main account and oneself.
    async fn disable(&self, id: AccountId) -> Answer<AccountRow>;
    /// Lets a disabled account sign in again. Fails as [`Accounts::disable`] does.
    async fn enable(&self, id: AccountId) -> Answer<AccountRow>;
    /// Gives an account a new first password and ends its sessions. Fails as [`Accounts::disable`] does, but that the
    /// platform's people may for a main account; with `Conflict` for a service account, and with `Invalid` (`password`).
    async fn reset_password(&self, id: AccountId, form: FirstPassword) -> Answer<()>;
    /// Takes the second factor of somebody else away, who has lost it, and ends their sessions. Fails with `Conflict` when
    /// there is none, or it is one's own, and with `Forbidden` for an account that may do more than one's own.
    async fn reset_second_factor(&self, id: AccountId) -> Answer<()>;
    /// Deletes an account with all that hangs from it, all or nothing. `confirm` is its user name. Fails with `Invalid`
    /// (`confirm`) when it is not, and with `Conflict` for the main account and oneself.
    async fn delete(&self, id: AccountId, confirm: String) -> Answer<()>;
    /// Makes another account of the tenant its main account; the former one becomes an administrator. `confirm` is the new
    /// one's user name. Fails with `Invalid` (`confirm`) when it is not, and with `Conflict` for an account that is
    /// disabled, a service's or the platform's.
    async fn hand_over(&self, id: AccountId, confirm: String) -> Answer<AccountRow>;
    /// Gives an account a role somewhere. Fails with `Forbidden` (`role`) when the role allows there what one may not do
    /// oneself, with `Invalid` (`role`, `scope`) when it cannot be given there, and with `Conflict` when the account has it
    /// there already, has too many, or is one's own.
    async fn bind(&self, id: AccountId, form: NewBinding) -> Answer<BindingRow>;
    /// Takes a role from an account. Fails with `NotFound` when it has not that binding, and with `Conflict` for one's own
    /// account and for what makes the main account one.
    async fn unbind(&self, id: AccountId, binding: BindingId) -> Answer<()>;
}

/// Roles: the built-in ones, and those that a tenant makes.
#[async_trait]
pub trait Roles: Send + Sync {
    /// The roles that can be given in the tenant, built-in ones first and at most 100 of its own; `tenant` is `None` for
    /// one's own. Fails with `NotFound` when there is no such tenant.
    async fn list(&self, tenant: Option<TenantId>) -> Answer<Vec<RoleRow>>;
    /// One custom role. Fails with `NotFound` when there is none.
    async fn get(&self, id: RoleId) -> Answer<RoleRow>;
    /// Makes a role. Fails with `Invalid` naming each field, with `Forbidden` (`permissions`) when it allows what one may
    /// not do oneself, and with `Conflict` when the name is taken, when there are too many, or when no tenant is named on
    /// the platform.
    async fn create(&self, tenant: Option<TenantId>, form: RoleForm) -> Answer<RoleRow>;
    /// Changes a role, and so what everybody may do who has it. Fails as [`Roles::create`] does, and with `Stale` when it
    /// was changed since the form's version was read.
    async fn update(&self, id: RoleId, form: RoleForm) -> Answer<RoleRow>;
    /// Deletes a role. `confirm` is its name. Fails with `Invalid` (`confirm`) when it is not, and with `Conflict` while
    /// somebody has it.
    async fn delete(&self, id: RoleId, confirm: String) -> Answer<()>;
}

/// Who may do what, and why.
#[async_trait]
pub trait AccessControl: Send + Sync {
    /// What an account may do at a place, and through which bindings; everybody may ask about themselves. Fails with
    /// `Invalid` (`on`, `permission`) for a place or a permission that there is not.
    async fn explain(&self, query: AccessQuery) -> Answer<AccessAnswer>;
    /// Who may do something at a place, and through which bindings. Fails as [`AccessControl::explain`] and
    /// [`Tenants::list`] do.
    async fn who(&self, query: WhoQuery) -> Answer<Slice<WhoRow>>;
    /// The places where a role can be given in the tenant, whose names contain some words; `tenant` is `None` for one's
    /// own. Fails with `Invalid` (`q`) for more than 100 characters.
    async fn scopes(&self, tenant: Option<TenantId>, words: Option<String>) -> Answer<ScopeChoices>;
    /// The places where one may do something oneself, whose names contain some words; everybody may ask. Fails as
    /// [`AccessControl::scopes`] does.
    async fn own_scopes(&self, words: Option<String>) -> Answer<ScopeChoices>;
}

/// One's own sessions. All of it fails with `Forbidden` for a token.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// All that are not over, the latest used first; there are 200 at most. Fails with `Unavailable`
    /// while Redis, where it keeps them, cannot be reached.
    async fn list(&self) -> Answer<Vec<SessionRow>>;
    /// Ends one, and its streams. Fails with `NotFound` when it is none of one's own.
    async fn revoke(&self, id: SessionId) -> Answer<()>;
    /// Ends all but the one that asks. Fails as [`Sessions::list`] does.
    async fn revoke_others(&self) -> Answer<()>;
}

/// Service accounts and tokens. All of it fails with `Forbidden` for a token.
#[async_trait]
pub trait Tokens: Send + Sync {
    /// A part of the tokens of a service account, by name; `account` is `None` for one's own. Fails with `NotFound` for
    /// another person's, and as [`Tenants::list`] does.
    async fn list(&self, account: Option<AccountId>, query: NameQuery) -> Answer<Slice<TokenRow>>;
    /// What a token of the account can be made for, in places whose names contain some words. Fails as [`Tokens::list`]
    /// does.
    async fn choices(&self, account: Option<AccountId>, words: Option<String>) -> Answer<TokenChoices>;
    /// Makes a token and shows it this once. Fails as [`Tokens::list`] does, with `Forbidden` for a service account that
    /// may do more than whoever asks, with `Invalid` naming each field, and with `Conflict` when the account has as many as
    /// it may have.
    async fn create(&self, account: Option<AccountId>, form: NewToken) -> Answer<MadeToken>;
    /// Ends a token and its open streams: one's own, or a service account's. Fails with `NotFound` when there is none.
    async fn revoke(&self, id: TokenId) -> Answer<()>;
    /// Makes a service account in the tenant, without a role; `tenant` is `None` for one's own. Fails with `Invalid` naming
    /// each field, and with `Conflict` when the user name is taken.
    async fn create_service_account(&self, tenant: Option<TenantId>, form: NewServiceAccount) -> Answer<AccountRow>;
}

/// Links by which somebody comes in who cannot sign in yet.
#[async_trait]
pub trait Links: Send + Sync {
    /// A part of the links of a tenant, newest first; `tenant` is `None` for one's own, or for the platform's. Fails with
    /// `NotFound` when there is no such tenant, and with `Invalid` (`cursor`) when no part gave that cursor.
    async fn list(&self, tenant: Option<TenantId>, query: PartQuery) -> Answer<Slice<LinkRow>>;
    /// Makes a link, whose address is told this once. For a tenant, `tenant.manage` is needed; for a member,
    /// `account.manage`, and for a role what giving it needs; for a new password, what resetting it needs. Fails with
    /// `Forbidden` for a token, with `Invalid` naming each field, and with `Conflict` when there are too many.
    async fn create(&self, form: NewLink) -> Answer<MadeLink>;
    /// Takes a link back. Fails with `Conflict` when it cannot be used any more anyway.
    async fn revoke(&self, id: LinkId) -> Answer<()>;
}

/// The platform's own settings; for its administrators.
#[async_trait]
pub trait PlatformControl: Send + Sync {
    /// The settings. Fails with `Forbidden` for anybody else.
    async fn get(&self) -> Answer<PlatformSettings>;
    /// Changes them. Fails with `Stale` when they were changed since the form's version was read, and with `Invalid`
    /// (`registration`).
    async fn update(&self, form: PlatformForm) -> Answer<PlatformSettings>;
}
