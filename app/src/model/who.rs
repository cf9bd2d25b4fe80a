//! Who may do something at a place.

use serde::{Deserialize, Serialize};

use super::{AccountId, BindingRow};

/// A question: who may do this there? All of them flat strings of a URL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct WhoQuery {
    /// A permission's name.
    pub permission: Option<String>,
    /// Where: `platform`, `tenant/ID`, `cluster/ID`, `namespace/ID` or `app/ID`; the tenant without it.
    pub on: Option<String>,
    /// Part of the account's name; all without it.
    pub q: Option<String>,
    /// A cursor that another part gave; the first part without it.
    pub cursor: Option<String>,
    /// The most rows, 1 to 200; 50 without it.
    pub limit: Option<String>,
}

/// Somebody who may do something, with the bindings through which.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct WhoRow {
    /// The account.
    pub account: AccountId,
    /// The name it signs in with.
    pub username: String,
    /// The name for people.
    pub display_name: String,
    /// The bindings that allow it.
    pub through: Vec<BindingRow>,
}
