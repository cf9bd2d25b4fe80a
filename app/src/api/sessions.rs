//! Where one is signed in.

use leptos::{prelude::*, server_fn::codec::GetUrl};

use super::Json;
#[cfg(feature = "ssr")]
use super::{answer, session};
use crate::{UiError, model::*};

/// One's own sessions.
#[server(endpoint = "sessions/list_sessions", input = GetUrl, output = Json)]
pub async fn list_sessions() -> Result<Vec<SessionRow>, UiError> {
    answer(async { session().await?.sessions().list().await }.await)
}

/// Ends one of one's own sessions.
#[server(endpoint = "sessions/revoke_session", output = Json)]
pub async fn revoke_session(id: SessionId) -> Result<(), UiError> {
    answer(async { session().await?.sessions().revoke(id).await }.await)
}

/// Ends all of one's own sessions but this one.
#[server(endpoint = "sessions/revoke_other_sessions", output = Json)]
pub async fn revoke_other_sessions() -> Result<(), UiError> {
    answer(async { session().await?.sessions().revoke_others().await }.await)
}
