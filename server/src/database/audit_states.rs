//! What the audit trail says of people, roles and settings before and after a change. No password, key or code is in
//! it, in no form.

use app::model::{Registration, TenantSecurity};
use sea_orm::{DatabaseTransaction, EntityTrait};
use serde::Serialize;

use super::{DatabaseError, Result, accounts, audit_change::Recorded, links::Link, roles::Role, tenants, tokens};

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

/// An account with the roles that go with it.
#[derive(Serialize)]
pub(super) struct GoneAccount {
    #[serde(flatten)]
    pub(super) account: AccountState,
    pub(super) roles: Vec<BindingState>,
}

impl Recorded for GoneAccount {}

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
    role: Option<String>,
    account: Option<String>,
    note: String,
    expires_at: i64,
}

impl Recorded for LinkState {}

impl LinkState {
    pub(super) fn of(link: &Link) -> Self {
        Self {
            kind: link.kind.as_str(),
            role: link.role.map(|role| role.to_string()),
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
