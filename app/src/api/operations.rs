//! Durable operations.

use leptos::{prelude::*, server_fn::codec::GetUrl};

use super::Json;
#[cfg(feature = "ssr")]
use super::{answer, session};
use crate::{UiError, model::*};

/// A part of the operations.
#[server(endpoint = "operations/list_operations", input = GetUrl, output = Json)]
pub async fn list_operations(#[server(default)] query: OperationQuery) -> Result<Slice<OperationRow>, UiError> {
    answer(async { session().await?.operations().list(query).await }.await)
}

/// One operation.
#[server(endpoint = "operations/get_operation", input = GetUrl, output = Json)]
pub async fn get_operation(id: OperationId) -> Result<OperationDetail, UiError> {
    answer(async { session().await?.operations().get(id).await }.await)
}
