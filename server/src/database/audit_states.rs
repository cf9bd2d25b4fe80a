//! What the audit trail says of people, roles and settings before and after a change. No password, key or code is in
//! it, in no form.

use app::model::{Registration, TenantSecurity};
use sea_orm::{DatabaseTransaction, EntityTrait};
use serde::Serialize;

use super::{DatabaseError, Result, accounts, audit_change::Recorded, roles::Role};

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
