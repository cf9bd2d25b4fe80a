//! The audit trail: who did what to what, from where, with which outcome.

use serde::{Deserialize, Serialize};

use super::{AccountId, AuditId, DiffLine, Millis, TenantId};
use crate::i18n::Text;

/// Entries on a page unless asked otherwise.
pub const AUDIT_PAGE: u64 = 50;
/// The most entries that a page may have.
pub const MAX_AUDIT_PAGE: u64 = 200;

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done, or a durable operation took it over.
    Ok,
    /// The account was not allowed to.
    Refused,
    /// It was tried and failed.
    Failed,
}

/// What acted in the actor's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Acting {
    /// The person, who was signed in.
    Account,
    /// A token of the person's.
    Token,
    /// A durable operation that the person asked for.
    Operation,
    /// Longshore itself.
    System,
    /// Somebody who was not signed in; the name is the one that was tried.
    Nobody,
}

/// Which entries, as flat strings of a URL. What is left out does not choose.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct AuditQuery {
    /// Words: part of an action's, an object's or an actor's name, or of the details.
    pub q: Option<String>,
    /// The actor's name.
    pub actor: Option<String>,
    /// The action: `app.publish`, or `app.*` for all that is done to applications.
    pub action: Option<String>,
    /// The object: `app/web`.
    pub object: Option<String>,
    /// `ok`, `refused` or `failed`.
    pub outcome: Option<String>,
    /// The tenant's id; for the platform's people alone.
    pub tenant: Option<String>,
    /// From when on: `2026-11-24`, `2026-11-24T02:10:11Z`, or so long ago: `45m`, `24h`, `7d`.
    pub since: Option<String>,
    /// Until when, written alike; a date means to its end.
    pub until: Option<String>,
    /// Where to go on: what a page gave as `next` or `previous`.
    pub cursor: Option<String>,
    /// Entries on a page.
    pub limit: Option<String>,
}

impl AuditQuery {
    /// Whether anything is chosen, apart from the place in the list.
    pub fn is_filtered(&self) -> bool {
        [&self.q, &self.actor, &self.action, &self.object, &self.outcome, &self.tenant, &self.since, &self.until]
            .into_iter()
            .any(Option::is_some)
    }
}

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct AuditRow {
    /// The entry.
    pub id: AuditId,
    /// Its number in the chain of all entries, without gaps.
    pub sequence: u64,
    /// When.
    pub at: Millis,
    /// What acted in the actor's name.
    pub acting: Acting,
    /// The account, when it is known whose act it was.
    pub actor: Option<AccountId>,
    /// The account's name at that time, or the name that was tried.
    pub actor_name: String,
    /// The name of the token that acted for the account.
    pub token: Option<String>,
    /// The tenant it concerns, if any.
    pub tenant: Option<TenantId>,
    /// That tenant's name, for the platform's people.
    pub tenant_name: Option<String>,
    /// What was done: `app.publish`.
    pub action: String,
    /// On what: `app/web`.
    pub object: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Details without secrets.
    pub detail: String,
    /// The caller's address; empty for a tenant's people when the caller was not of the tenant.
    pub address: String,
    /// The request's id.
    pub request_id: String,
}

/// A page of entries, newest first. There is no count of all: nobody reads it, and it costs a walk over everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct AuditPage {
    /// The entries.
    pub rows: Vec<AuditRow>,
    /// The cursor of the newer entries, when there are some.
    pub previous: Option<String>,
    /// The cursor of the older entries, when there are some, or may be some.
    pub next: Option<String>,
    /// A search for words looks through so many entries at a time; this is the oldest that it has looked at when it
    /// has not come to the end.
    pub searched_to: Option<u64>,
}

/// An entry, whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct AuditDetail {
    /// What lists show.
    pub row: AuditRow,
    /// What differs between before and after; empty when the entry speaks of no change.
    pub changes: Vec<DiffLine>,
    /// The hash over this entry and the one before, in hexadecimal.
    pub hash: String,
}

/// What came of verifying a part of the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct AuditVerification {
    /// How many entries were verified.
    pub entries: u64,
    /// The last entry that retention has deleted; 0 when none was.
    pub cut: u64,
    /// The last entry that is as it was written.
    pub verified_to: u64,
    /// The hash of that entry. Kept elsewhere, it shows later that the whole chain up to there was not written anew.
    pub hash: String,
    /// Whether this is the end of the chain; else ask on with `after` set to `verified_to`.
    pub complete: bool,
    /// The first entry that is not as it was written.
    pub broken: Option<BrokenEntry>,
}

/// An entry that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct BrokenEntry {
    /// Its number.
    pub sequence: u64,
    /// What differs.
    pub what: Text,
}
