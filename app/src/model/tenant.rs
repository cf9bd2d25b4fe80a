//! Tenants: who shares the platform.

use serde::{Deserialize, Serialize};

use super::{Millis, NewAccount, TenantId};

/// The form that makes a tenant together with its main account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct NewTenant {
    /// A [`super::ResourceName`], unique over the platform.
    pub name: String,
    /// The name for people.
    pub display_name: String,
    /// The main account; its role is `owner` whatever the form says.
    pub owner: NewAccount,
}

/// A tenant in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantRow {
    /// The tenant.
    pub id: TenantId,
    /// Its name.
    pub name: String,
    /// Its name for people.
    pub display_name: String,
    /// How many accounts it has.
    pub accounts: u64,
    /// How many namespaces it has.
    pub namespaces: u64,
    /// How many applications it has.
    pub apps: u64,
    /// When it was made.
    pub created_at: Millis,
}
