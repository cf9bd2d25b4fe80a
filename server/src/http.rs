//! Everything that speaks HTTP. Handlers call the door ([`app::service::Platform`]) and nothing else.

pub mod assets;
pub mod bearer;
pub mod describe;
#[cfg(debug_assertions)]
mod dev;
pub mod forwarded;
pub mod health;
pub mod live;
mod measure;
pub mod openapi;
pub mod pages;
mod passkeys;
pub mod problem;
pub mod repeat;
pub mod rest;
pub mod rest_accounts;
pub mod rest_apps;
pub mod rest_clusters;
pub mod rest_identity;
pub mod rest_secrets;
pub mod rest_tokens;
pub mod rest_welcome;
pub mod router;
pub mod security;
pub mod serve;
pub mod sign_in;
pub mod sign_in_with;
pub mod version;

use std::sync::Arc;

use app::{
    api::Door,
    assets::Assets,
    service::{Platform, Session},
};
use axum::extract::{FromRef, FromRequestParts};
use futures::future::BoxFuture;
use http::request::Parts;
use leptos::config::LeptosOptions;
use tokio_util::sync::CancellationToken;

use self::{live::StreamLimit, problem::Problem};
use crate::services::readiness::Readiness;

/// Answers whether the server can serve: database there, migrations done, Redis there when it is configured.
pub type Ready = Arc<dyn Fn() -> BoxFuture<'static, Readiness> + Send + Sync>;

/// What handlers share.
#[derive(Clone, FromRef)]
pub struct HttpState {
    /// The door.
    pub door: Door,
    /// Addresses of the assets.
    pub assets: Assets,
    /// Leptos' own settings.
    pub leptos: LeptosOptions,
    /// For `/readyz`.
    pub ready: Ready,
    /// How many live streams may be open.
    pub streams: StreamLimit,
    /// Cancelled when the server stops, so that streams end.
    pub stopping: CancellationToken,
}

impl FromRef<HttpState> for Arc<dyn Platform> {
    fn from_ref(state: &HttpState) -> Self {
        Self::clone(&state.door.0)
    }
}

/// Whoever is signed in. Extracting it fails with the problem that says that nobody is.
pub struct Caller(pub Arc<dyn Session>);

/// Whoever is signed in, for what is a person's alone: the description names sessions, and the service refuses tokens, with an entry
/// in the audit trail (`PersonOnly`).
pub struct Person(pub Arc<dyn Session>);

/// The head of a request by whoever is signed in, by a session or a token, who may have something to do before all else.
#[derive(Debug)]
pub struct AnyHead(pub Parts);

impl FromRequestParts<HttpState> for AnyHead {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &HttpState) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.clone()))
    }
}

/// The head of a request about the session of whoever is signed in, who may have something to do before all else: a one-time
/// password to change, a second factor to add. The service finds out who it is; no token does.
#[derive(Debug)]
pub struct OwnHead(pub Parts);

impl FromRequestParts<HttpState> for OwnHead {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &HttpState) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.clone()))
    }
}

impl FromRequestParts<HttpState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, Problem> {
        Ok(Self(state.door.0.session(parts).await?))
    }
}

impl FromRequestParts<HttpState> for Person {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &HttpState) -> Result<Self, Problem> {
        Ok(Self(state.door.0.session(parts).await?))
    }
}
