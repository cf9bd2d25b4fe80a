//! What the audit trail says of people, roles and settings before and after a change. No password, key or code is in
//! it: where one has become another, a fingerprint of something that nobody guesses says so.

use app::model::{AccountId, Belongings, Registration, RoleAt, TenantSecurity};
use sea_orm::{DatabaseTransaction, EntityTrait};
use serde::Serialize;
use uuid::Uuid;

use super::{
    DatabaseError, Result, accounts,
    audit_change::{Fingerprint, Recorded},
    links::Link,
    passkeys, recovery_codes,
    roles::Role,
    second_factors, sessions, tenants, tokens,
};

/// An account.
#[derive(Serialize)]
pub(super) struct AccountState {
    display_name: String,
    email: Option<String>,
    kind: String,
    enabled: bool,
}

impl Recorded for AccountState {}

impl AccountState {
    pub(super) fn of(row: &accounts::entity::Model) -> Self {
        Self {
            display_name: row.display_name.clone(),
            email: row.email.clone(),
            kind: row.kind.clone(),
            enabled: row.disabled_at.is_none(),
        }
    }

    /// As it stands in the transaction. Fails with `Stale` when it is gone.
    pub(super) async fn find(tx: &DatabaseTransaction, account: app::model::AccountId) -> Result<Self> {
        let row = accounts::entity::Entity::find_by_id(account.0).one(tx).await?.ok_or(DatabaseError::Stale)?;
        Ok(Self::of(&row))
    }
}

/// A password, of which no more is told than whether it is another one, and has to be changed.
#[derive(Serialize)]
pub(super) struct PasswordState {
    password: Fingerprint,
    one_time: bool,
}

impl Recorded for PasswordState {}

impl PasswordState {
    /// The credential is random, and another one with each password.
    pub(super) fn of(credential: Uuid, one_time: bool) -> Self {
        Self { password: Fingerprint::of(credential.as_bytes()), one_time }
    }
}

/// What an account has beside its password.
#[derive(Serialize)]
pub(super) struct FactorsState {
    app_since: Option<i64>,
    passkeys: Vec<String>,
    recovery_codes_left: usize,
    recovery_codes: Option<Fingerprint>,
}

impl Recorded for FactorsState {}

impl FactorsState {
    /// As it stands in the transaction.
    pub(super) async fn find(tx: &DatabaseTransaction, account: AccountId) -> Result<Self> {
        let app = second_factors::entity::Entity::find_by_id(account.0).one(tx).await?;
        let (recovery_codes_left, recovery_codes) = recovery_codes::told(tx, account).await?;
        Ok(Self {
            app_since: app.and_then(|app| app.confirmed_at),
            passkeys: passkeys::names_of(tx, account).await?,
            recovery_codes_left,
            recovery_codes,
        })
    }
}

/// A session, without what it is known by.
#[derive(Serialize)]
pub(super) struct SessionState {
    agent: String,
    opened_at: i64,
    used_at: i64,
}

impl Recorded for SessionState {}

impl SessionState {
    pub(super) fn of(row: &sessions::entity::Model) -> Self {
        Self { agent: row.agent.clone(), opened_at: row.created_at, used_at: row.used_at }
    }
}

/// Sessions that end together.
#[derive(Serialize)]
pub(super) struct SessionsState {
    pub(super) sessions: Vec<SessionState>,
}

impl Recorded for SessionsState {}

/// Whose a tenant is. The one before becomes an administrator.
#[derive(Serialize)]
pub(super) struct OwnerState {
    main_account: String,
}

impl Recorded for OwnerState {}

impl OwnerState {
    /// The name of the account that is, or was, the main one. Fails with `Stale` when it is gone.
    pub(super) async fn find(tx: &DatabaseTransaction, account: app::model::AccountId) -> Result<Self> {
        let row = accounts::entity::Entity::find_by_id(account.0).one(tx).await?.ok_or(DatabaseError::Stale)?;
        Ok(Self { main_account: row.username })
    }
}

/// A custom role.
#[derive(Serialize)]
pub(super) struct RoleState {
    name: String,
    description: String,
    permissions: Vec<&'static str>,
}

impl Recorded for RoleState {}

impl RoleState {
    pub(super) fn of(role: &Role) -> Self {
        Self {
            name: role.name.clone(),
            description: role.description.clone(),
            permissions: role.permissions.iter().map(app::model::Permission::as_str).collect(),
        }
    }
}

/// A role that an account has somewhere.
#[derive(Serialize)]
pub(super) struct BindingState {
    pub(super) role: String,
    pub(super) on: String,
}

impl Recorded for BindingState {}

impl BindingState {
    pub(super) fn of(at: &RoleAt) -> Self {
        Self { role: at.role.to_string(), on: at.scope.to_string() }
    }
}

/// An account with the roles that come or go with it.
#[derive(Serialize)]
pub(super) struct WithRoles {
    #[serde(flatten)]
    pub(super) account: AccountState,
    pub(super) roles: Vec<BindingState>,
}

impl Recorded for WithRoles {}

/// A tenant.
#[derive(Serialize)]
pub(super) struct TenantState {
    name: String,
    display_name: String,
    suspended: bool,
    suspended_for: Option<String>,
}

impl Recorded for TenantState {}

impl TenantState {
    pub(super) fn of(row: &tenants::entity::Model) -> Self {
        Self {
            name: row.name.clone(),
            display_name: row.display_name.clone(),
            suspended: row.suspended_at.is_some(),
            suspended_for: row.suspend_reason.clone(),
        }
    }

    /// As it stands in the transaction. Fails with `Stale` when it is gone.
    pub(super) async fn find(tx: &DatabaseTransaction, tenant: app::model::TenantId) -> Result<Self> {
        let row = tenants::entity::Entity::find_by_id(tenant.0).one(tx).await?.ok_or(DatabaseError::Stale)?;
        Ok(Self::of(&row))
    }
}

/// A tenant with what goes with it.
#[derive(Serialize)]
pub(super) struct GoneTenant {
    #[serde(flatten)]
    pub(super) tenant: TenantState,
    pub(super) goes: Belongings,
}

impl Recorded for GoneTenant {}

/// A token, without anything that it is known by.
#[derive(Serialize)]
pub(super) struct TokenState {
    permissions: serde_json::Value,
    scopes: Option<serde_json::Value>,
    expires_at: i64,
}

impl Recorded for TokenState {}

impl TokenState {
    pub(super) fn of(row: &tokens::entity::Model) -> Self {
        let read = |json: &str| serde_json::from_str(json).unwrap_or_default();
        Self {
            permissions: read(&row.permissions),
            scopes: row.scopes.as_deref().map(read),
            expires_at: row.expires_at,
        }
    }
}

/// A link, without its token.
#[derive(Serialize)]
pub(super) struct LinkState {
    kind: &'static str,
    roles: Vec<BindingState>,
    account: Option<String>,
    note: String,
    expires_at: i64,
}

impl Recorded for LinkState {}

impl LinkState {
    pub(super) fn of(link: &Link) -> Self {
        Self {
            kind: link.kind.as_str(),
            roles: link.roles.iter().map(BindingState::of).collect(),
            account: link.account.map(|account| account.to_string()),
            note: link.note.clone(),
            expires_at: link.expires_at,
        }
    }
}

/// A passkey, of which its name alone is told.
#[derive(Serialize)]
pub(super) struct PasskeyState {
    pub(super) name: String,
}

impl Recorded for PasskeyState {}

/// What a tenant asks of its people's sign-in.
#[derive(Serialize)]
pub(super) struct SecurityState {
    second_factor_required: bool,
}

impl Recorded for SecurityState {}

impl From<TenantSecurity> for SecurityState {
    fn from(security: TenantSecurity) -> Self {
        Self { second_factor_required: security.second_factor_required }
    }
}

/// The platform's settings.
#[derive(Serialize)]
pub(super) struct PlatformState {
    registration: String,
}

impl Recorded for PlatformState {}

impl From<Registration> for PlatformState {
    fn from(registration: Registration) -> Self {
        Self { registration: registration.to_string() }
    }
}
