//! The traits between the pages, the REST endpoints and the streams on one side and the server on the other.
//!
//! There is one door: [`Platform`]. Through it one is a [`Session`], from which the nouns hang. Everything a
//! noun answers is already cut to what the session's account may see: what it may not see is
//! [`crate::ErrorKind::NotFound`].

use std::{fmt, pin::Pin};

use async_trait::async_trait;
use futures_core::Stream;
use serde::{Deserialize, Serialize};

pub use door::{Captchas, Platform, SecondFactors, Welcome};
pub use identity::{Identities, IdentityProviders, ProviderAnswer, SignInProviders, Way};
pub use passkeys::Passkeys;
pub use people::{AccessControl, Accounts, Links, PlatformControl, Roles, Sessions, Tenants, Tokens};
pub use work::{Apps, Clusters, Namespaces, Nodes, Pods, Registries, Secrets, Templates};

use crate::{UiError, model::*};

mod door;
mod identity;
mod passkeys;
mod people;
mod work;

/// What services answer.
pub type Answer<T> = Result<T, UiError>;

/// A topic's messages, the first of them a snapshot. It ends when the session does.
pub type LiveStream = Pin<Box<dyn Stream<Item = LiveMessage> + Send>>;

/// A text in parts.
pub type TextStream = Pin<Box<dyn Stream<Item = Answer<String>> + Send>>;

/// Somebody who is signed in.
pub trait Session: Send + Sync {
    /// Who.
    fn viewer(&self) -> &Viewer;
    /// Tenants.
    fn tenants(&self) -> &dyn Tenants;
    /// Accounts.
    fn accounts(&self) -> &dyn Accounts;
    /// Roles.
    fn roles(&self) -> &dyn Roles;
    /// Tokens.
    fn tokens(&self) -> &dyn Tokens;
    /// Who may do what, and why.
    fn access(&self) -> &dyn AccessControl;
    /// Where one is signed in.
    fn sessions(&self) -> &dyn Sessions;
    /// Links by which somebody comes in.
    fn links(&self) -> &dyn Links;
    /// Identity providers.
    fn identity_providers(&self) -> &dyn IdentityProviders;
    /// By which providers one signs in oneself.
    fn identities(&self) -> &dyn Identities;
    /// The platform's own settings.
    fn platform(&self) -> &dyn PlatformControl;
    /// Clusters.
    fn clusters(&self) -> &dyn Clusters;
    /// Nodes.
    fn nodes(&self) -> &dyn Nodes;
    /// Pods.
    fn pods(&self) -> &dyn Pods;
    /// Namespaces.
    fn namespaces(&self) -> &dyn Namespaces;
    /// Templates.
    fn templates(&self) -> &dyn Templates;
    /// Image registries.
    fn registries(&self) -> &dyn Registries;
    /// Secrets of namespaces.
    fn secrets(&self) -> &dyn Secrets;
    /// Applications and their releases.
    fn apps(&self) -> &dyn Apps;
    /// Durable operations.
    fn operations(&self) -> &dyn Operations;
    /// The audit trail.
    fn audit(&self) -> &dyn Audit;
    /// The command palette.
    fn search(&self) -> &dyn Search;
    /// Live topics.
    fn live(&self) -> &dyn Live;
}

/// What is kept of the answer to a request.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Kept {
    /// All of it.
    Answer {
        /// The HTTP status.
        status: u16,
        /// The body, as JSON.
        body: String,
    },
    /// What was made, of an answer that showed a secret for once: the secret is kept nowhere.
    ShownOnce {
        /// The HTTP status.
        status: u16,
        /// The id of what was made, when it has one.
        made: Option<String>,
    },
}

impl fmt::Debug for Kept {
    /// Without the body, in which there may be anything.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer { status, .. } => write!(f, "Answer({status})"),
            Self::ShownOnce { status, made } => write!(f, "ShownOnce({status}, {made:?})"),
        }
    }
}

/// How a request with a key stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// It is the first of its key, and to be done.
    First,
    /// It was done before, and answered so.
    Again(Kept),
}

/// Requests that are done once, however often they are sent: each carries a key of the sender's choice.
#[async_trait]
pub trait Repeats: Send + Sync {
    /// Claims the key for the request. Fails with `Conflict` while the request is being worked on, and with `Invalid` when
    /// the key came with another request.
    async fn begin(&self, key: &str, request: &[u8]) -> Answer<Repeat>;
    /// Keeps what was answered to the request that was done; with nothing, gives the key back.
    async fn finish(&self, key: &str, request: &[u8], answer: Option<Kept>) -> Answer<()>;
}

/// Durable operations.
#[async_trait]
pub trait Operations: Send + Sync {
    /// A part, newest first. Fails with `Invalid` (`cursor`) when no part gave that cursor, and with `NotFound` for an
    /// application's id that is none.
    async fn list(&self, query: OperationQuery) -> Answer<Slice<OperationRow>>;
    /// One operation with its steps.
    async fn get(&self, id: OperationId) -> Answer<OperationDetail>;
}

/// The audit trail.
#[async_trait]
pub trait Audit: Send + Sync {
    /// A page, newest first: of the tenant for its owner, of everything for the platform's administrators. Fails with
    /// `Invalid` naming each field of the query that cannot be read.
    async fn list(&self, query: AuditQuery) -> Answer<AuditPage>;
    /// One entry by its number, with what changed.
    async fn get(&self, sequence: u64) -> Answer<AuditDetail>;
    /// What a query chooses, oldest first, as text: `csv` or `json` (one object a line). The text comes in parts, and
    /// ends with an error when the session does. Leaves an entry itself.
    async fn export(&self, query: AuditQuery, format: String) -> Answer<TextStream>;
    /// Verifies a part of the chain, behind entry `after` or from the beginning; for the platform's people alone.
    async fn verify(&self, after: Option<u64>) -> Answer<AuditVerification>;
}

/// The command palette.
#[async_trait]
pub trait Search: Send + Sync {
    /// At most 20 things whose name contains `q`, best first, of those that the account may see.
    async fn find(&self, q: String) -> Answer<Vec<SearchHit>>;
}

/// Live topics.
#[async_trait]
pub trait Live: Send + Sync {
    /// Watches a topic. Fails like the read of the same thing would.
    async fn watch(&self, topic: Topic) -> Answer<LiveStream>;
}
