//! What people and scripts can ask for: one file per noun, each an implementation of a trait of `app::service`.
//! The only room that joins the database and the clusters. It knows nothing of HTTP but the request's head, by
//! which [`platform`] finds out who asks.

pub mod access;
mod account_changes;
pub mod accounts;
mod addresses;
mod admission;
mod adoption;
#[cfg(test)]
mod any_spec_tests;
pub mod apps;
pub mod audit;
pub mod audit_text;
mod bearers;
mod bindings;
pub mod captchas;
pub mod clusters;
mod deletion;
mod dependants;
mod device;
mod diff;
mod domains;
mod drafts;
mod drift;
mod existing;
pub(crate) mod fault;
mod first_roles;
pub mod first_start;
mod fit;
mod fit_ground;
mod fit_images;
mod fit_placing;
mod fit_short;
mod fit_smaller;
mod fitting;
pub mod following;
mod history;
mod identities;
mod identity_provider_words;
mod identity_providers;
mod import;
mod import_around;
mod import_environment;
mod import_part;
mod import_pods;
mod import_reading;
mod import_selectors;
mod import_sources;
#[cfg(test)]
mod import_tests;
pub mod links;
pub mod live;
pub mod namespaces;
mod network;
pub mod nodes;
mod openid;
mod openid_people;
mod operate;
pub mod operations;
mod passkey_ceremonies;
mod passkeys;
mod passwords;
mod patches;
pub mod platform;
pub mod platform_settings;
pub mod pods;
mod publishing;
pub mod readiness;
mod recorded;
pub mod registries;
mod repeats;
pub mod roles;
mod rollback;
mod rollout;
mod runs;
mod scaling;
pub mod search;
mod second_factor;
mod secrets;
pub mod session;
mod session_ends;
pub mod sessions;
mod sign_in;
mod starters;
mod storage;
mod stream;
pub mod templates;
pub mod tenants;
pub mod tokens;
mod usage;
pub mod vitals;
mod welcome;
mod window;

use std::sync::Arc;

pub use domains::Domains;

use app::{ErrorKind, UiError, text};

use crate::{
    auth::{
        crypto::Vault,
        keeper::{AttemptKeeper, NoticeBoard},
        passkeys::Sites,
        passwords::Passwords,
        revocations::Revocations,
        sessions::Sessions,
    },
    clock::Clock,
    database::Database,
    kubernetes::fleet::Fleet,
    openid::OpenId,
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
    /// Finds the site that passkeys are for.
    pub sites: Sites,
    /// Keeps sessions.
    pub sessions: Sessions,
    /// Counts attempts to sign in.
    pub attempts: Arc<dyn AttemptKeeper>,
    /// Carries revocations between replicas.
    pub notices: Arc<dyn NoticeBoard>,
    /// Whether these three are in Redis.
    pub redis: bool,
    /// Ends sessions and streams, here and in the other replicas.
    pub revocations: Revocations,
    /// The connected clusters.
    pub fleet: Arc<Fleet>,
    /// Carries out durable operations.
    pub operations: Arc<Engine>,
    /// Asks registries.
    pub registry: Registry,
    /// Below which applications' web addresses may lie.
    pub domains: Domains,
    /// Speaks with identity providers.
    pub openid: OpenId,
}

/// The answer when a cluster that is needed is not connected now.
pub(crate) fn unavailable() -> UiError {
    UiError::new(
        ErrorKind::Unavailable,
        text!(
            "The cluster is not connected just now. Try again in a minute; if it stays, tell the platform's administrators.",
            "集群暂时未连接。请稍后重试；若持续如此，请告知平台管理员。"
        ),
    )
}
