//! What people and scripts can ask for: one file per noun, each an implementation of a trait of `app::service`.
//! The only room that joins the database and the clusters. It knows nothing of HTTP but the request's head, by
//! which [`platform`] finds out who asks.

pub mod access;
mod account_changes;
pub mod accounts;
pub mod apps;
pub mod audit;
mod bindings;
pub mod clusters;
mod diff;
pub(crate) mod fault;
pub mod first_start;
mod fit;
pub mod live;
pub mod namespaces;
pub mod nodes;
pub mod operations;
pub mod platform;
pub mod pods;
mod publishing;
pub mod roles;
mod rollout;
pub mod search;
pub mod session;
mod stream;
pub mod templates;
pub mod tenants;

use std::sync::Arc;

use app::{ErrorKind, UiError, text};

use crate::{
    auth::{crypto::Vault, passwords::Passwords, revocations::Revocations},
    clock::Clock,
    database::Database,
    kubernetes::fleet::Fleet,
    operations::Engine,
    registry::Registry,
};

/// What the services work with; `boot` puts it together once.
#[derive(Debug)]
pub struct Parts {
    /// The database.
    pub db: Database,
    /// Encrypts what must be kept secret.
    pub vault: Vault,
    /// Time, ids and randomness.
    pub clock: Clock,
    /// Hashes and checks passwords.
    pub passwords: Passwords,
    /// Tells open streams that a session has ended.
    pub revocations: Revocations,
    /// The connected clusters.
    pub fleet: Arc<Fleet>,
    /// Carries out durable operations.
    pub operations: Arc<Engine>,
    /// Asks registries.
    pub registry: Registry,
}

/// The answer of a part that is not ready.
pub(crate) fn unavailable() -> UiError {
    UiError::new(
        ErrorKind::Unavailable,
        text!("This part of Longshore is not ready.", "Longshore 的这一部分尚未就绪。"),
    )
}
