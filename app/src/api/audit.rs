//! The audit trail.

use leptos::{prelude::*, server_fn::codec::GetUrl};

use super::Json;
#[cfg(feature = "ssr")]
use super::{answer, session};
use crate::{UiError, model::*};

/// A page of the audit trail.
#[server(endpoint = "audit/list_audit", input = GetUrl, output = Json)]
pub async fn list_audit(#[server(default)] query: AuditQuery) -> Result<AuditPage, UiError> {
    answer(async { session().await?.audit().list(query).await }.await)
}

/// One entry.
#[server(endpoint = "audit/get_audit", input = GetUrl, output = Json)]
pub async fn get_audit(sequence: u64) -> Result<AuditDetail, UiError> {
    answer(async { session().await?.audit().get(sequence).await }.await)
}
