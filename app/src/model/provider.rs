//! Identity providers as services answer them.

use serde::{Deserialize, Serialize};

use super::{Millis, ProviderId, RoleRef, RoleRule, TenantId};
use crate::i18n::Text;

/// A provider in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct ProviderRow {
    /// The provider.
    pub id: ProviderId,
    /// Whose people sign in by it; `None` for the platform's own.
    pub tenant: Option<TenantId>,
    /// That tenant's name.
    pub tenant_name: Option<String>,
    /// Its part of addresses.
    pub slug: String,
    /// The name on the button.
    pub name: String,
    /// The issuer.
    pub issuer: String,
    /// Whether everybody sees its button on the sign-in page.
    pub shown: bool,
    /// Nobody signs in by it.
    pub disabled: bool,
    /// How many accounts are known by it.
    pub people: u64,
    /// When it was made.
    pub created_at: Millis,
    /// Counts changes.
    pub version: i64,
}

/// A provider with all that is kept of it but the secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct ProviderDetail {
    /// The provider.
    pub row: ProviderRow,
    /// The address to which the provider sends people back; it has to know it.
    pub redirect_uri: String,
    /// How the provider knows Longshore.
    pub client_id: String,
    /// What is asked for besides `openid profile email`, separated by spaces.
    pub scopes: String,
    /// The claim that new accounts are named after; empty for the usual ones.
    pub name_claim: String,
    /// Whether whoever comes for the first time gets an account.
    pub creates_accounts: bool,
    /// Which roles follow from which claims.
    pub rules: Vec<RoleRule>,
    /// The roles of everybody who signs in by it.
    pub default_roles: Vec<RoleRef>,
    /// Who changed it last.
    pub actor_name: String,
    /// When.
    pub updated_at: Millis,
}

/// What was found when a provider was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct ProviderCheck {
    /// Why nobody can sign in by it just now; `None` when all is well.
    pub problem: Option<Text>,
    /// Where people are sent.
    pub authorization_endpoint: String,
    /// How it signs, of what Longshore can check.
    pub algorithms: Vec<String>,
    /// How many keys it signs with.
    pub keys: u32,
}
