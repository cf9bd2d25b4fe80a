//! Namespaces.

use leptos::{prelude::*, server_fn::codec::GetUrl};

use super::Json;
#[cfg(feature = "ssr")]
use super::{answer, session};
use crate::{UiError, model::*};

/// A part of the namespaces that the account may see.
#[server(endpoint = "namespaces/list_namespaces", input = GetUrl, output = Json)]
pub async fn list_namespaces(#[server(default)] query: NameQuery) -> Result<Slice<NamespaceRow>, UiError> {
    answer(async { session().await?.namespaces().list(query).await }.await)
}

/// One namespace.
#[server(endpoint = "namespaces/get_namespace", input = GetUrl, output = Json)]
pub async fn get_namespace(id: NamespaceId) -> Result<NamespaceRow, UiError> {
    answer(async { session().await?.namespaces().get(id).await }.await)
}

/// Makes a namespace, and goes to its page.
#[server(endpoint = "namespaces/create_namespace", output = Json)]
pub async fn create_namespace(form: NewNamespace) -> Result<NamespaceRow, UiError> {
    let row = answer(async { session().await?.namespaces().create(form).await }.await)?;
    leptos_axum::redirect(&format!("/namespaces/{}", row.id));
    Ok(row)
}

/// Changes a namespace's quota.
#[server(endpoint = "namespaces/set_quota", output = Json)]
pub async fn set_quota(id: NamespaceId, form: QuotaForm) -> Result<NamespaceRow, UiError> {
    answer(async { session().await?.namespaces().set_quota(id, form).await }.await)
}

/// The disks in a namespace that applications which are gone have left.
#[server(endpoint = "namespaces/list_disks", input = GetUrl, output = Json)]
pub async fn list_disks(id: NamespaceId) -> Result<AppStorage, UiError> {
    answer(async { session().await?.namespaces().disks(id).await }.await)
}

/// Deletes such a disk with the data on it.
#[server(endpoint = "namespaces/delete_disk", output = Json)]
pub async fn delete_disk(id: NamespaceId, disk: String, confirm: String) -> Result<(), UiError> {
    answer(async { session().await?.namespaces().delete_disk(id, disk, confirm).await }.await)
}

/// The Deployments in a namespace that are no application's.
#[server(endpoint = "namespaces/list_unmanaged", input = GetUrl, output = Json)]
pub async fn list_unmanaged(id: NamespaceId) -> Result<Vec<UnmanagedRow>, UiError> {
    answer(async { session().await?.namespaces().unmanaged(id).await }.await)
}

/// What would become of one of them as an application.
#[server(endpoint = "namespaces/get_import_plan", input = GetUrl, output = Json)]
pub async fn get_import_plan(id: NamespaceId, name: String) -> Result<ImportPlan, UiError> {
    answer(async { session().await?.namespaces().import_plan(id, name).await }.await)
}

/// Takes a Deployment over as an application, and goes to that one's page.
#[server(endpoint = "namespaces/import_deployment", output = Json)]
pub async fn import_deployment(
    id: NamespaceId,
    name: String,
    #[server(default)] reason: String,
) -> Result<Started, UiError> {
    let form = ImportForm { reason };
    let started = answer(async { session().await?.namespaces().import(id, name, form).await }.await)?;
    leptos_axum::redirect(&format!("/apps/{}", started.app));
    Ok(started)
}

/// Deletes an empty namespace, and goes to the operation that does it.
#[server(endpoint = "namespaces/delete_namespace", output = Json)]
pub async fn delete_namespace(
    id: NamespaceId,
    confirm: String,
    #[server(default)] disks: String,
) -> Result<OperationId, UiError> {
    let form = DeleteForm { confirm, disks };
    let operation = answer(async { session().await?.namespaces().delete(id, form).await }.await)?;
    leptos_axum::redirect(&format!("/operations/{operation}"));
    Ok(operation)
}
