//! The audit trail: who did what to what, from where, with which outcome.

use serde::{Deserialize, Serialize};

use super::{AccountId, AuditId, Millis, TenantId};

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done, or a durable operation took it over.
    Ok,
    /// The account was not allowed to.
    Refused,
    /// It was tried and failed.
    Failed,
}

/// Which entries, as flat strings of a URL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuditQuery {
    /// Part of an action's, an object's or an actor's name.
    pub q: Option<String>,
    /// The page's number, from 1.
    pub page: Option<String>,
    /// Rows on a page.
    pub per_page: Option<String>,
}

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRow {
    /// The entry.
    pub id: AuditId,
    /// When.
    pub at: Millis,
    /// The account, when somebody was signed in.
    pub actor: Option<AccountId>,
    /// The account's name at that time, or the name that was tried.
    pub actor_name: String,
    /// The tenant it concerns, if any.
    pub tenant: Option<TenantId>,
    /// What was done: `app.publish`.
    pub action: String,
    /// On what: `app/web`.
    pub object: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Details without secrets.
    pub detail: String,
    /// The caller's address.
    pub address: String,
    /// The request's id.
    pub request_id: String,
}
