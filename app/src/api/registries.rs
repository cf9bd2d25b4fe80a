//! Image registries.

use leptos::{prelude::*, server_fn::codec::GetUrl};

use super::Json;
#[cfg(feature = "ssr")]
use super::{answer, session};
use crate::{UiError, model::*};

/// A part of the registries that the account may see.
#[server(endpoint = "registries/list_registries", input = GetUrl, output = Json)]
pub async fn list_registries(#[server(default)] query: NameQuery) -> Result<Slice<RegistryRow>, UiError> {
    answer(async { session().await?.registries().list(query).await }.await)
}

/// One registry.
#[server(endpoint = "registries/get_registry", input = GetUrl, output = Json)]
pub async fn get_registry(id: RegistryId) -> Result<RegistryRow, UiError> {
    answer(async { session().await?.registries().get(id).await }.await)
}

/// Keeps a registry, and goes to its page.
#[server(endpoint = "registries/create_registry", output = Json)]
pub async fn create_registry(form: RegistryForm) -> Result<RegistryRow, UiError> {
    let row = answer(async { session().await?.registries().create(form).await }.await)?;
    leptos_axum::redirect(&format!("/registries/{}", row.id));
    Ok(row)
}

/// Changes a registry.
#[server(endpoint = "registries/update_registry", output = Json)]
pub async fn update_registry(id: RegistryId, form: RegistryForm) -> Result<RegistryRow, UiError> {
    answer(async { session().await?.registries().update(id, form).await }.await)
}

/// Forgets a registry, and goes to the list.
#[server(endpoint = "registries/delete_registry", output = Json)]
pub async fn delete_registry(id: RegistryId, confirm: String) -> Result<(), UiError> {
    answer(async { session().await?.registries().delete(id, confirm).await }.await)?;
    leptos_axum::redirect("/registries");
    Ok(())
}

/// The tags of an image's repository.
#[server(endpoint = "registries/list_tags", input = GetUrl, output = Json)]
pub async fn list_tags(image: String) -> Result<Vec<String>, UiError> {
    answer(async { session().await?.registries().tags(image).await }.await)
}
