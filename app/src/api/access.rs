//! Roles, who has them where, and what follows from it.

use leptos::{prelude::*, server_fn::codec::GetUrl};

use super::Json;
#[cfg(feature = "ssr")]
use super::{answer, session};
use crate::{UiError, model::*};

/// Gives an account a role somewhere.
#[server(endpoint = "access/bind", output = Json)]
pub async fn bind_role(id: AccountId, form: NewBinding) -> Result<BindingRow, UiError> {
    answer(async { session().await?.accounts().bind(id, form).await }.await)
}

/// Takes a role from an account.
#[server(endpoint = "access/unbind", output = Json)]
pub async fn unbind_role(id: AccountId, binding: BindingId) -> Result<(), UiError> {
    answer(async { session().await?.accounts().unbind(id, binding).await }.await)
}

/// Places where a role can be given; with `q`, those whose name contains it.
#[server(endpoint = "access/list_scopes", input = GetUrl, output = Json)]
pub async fn list_scopes(
    tenant: Option<TenantId>,
    #[server(default)] q: Option<String>,
) -> Result<ScopeChoices, UiError> {
    answer(async { session().await?.access().scopes(tenant, q).await }.await)
}

/// Places where one may do something oneself; with `q`, those whose name contains it.
#[server(endpoint = "access/list_own_scopes", input = GetUrl, output = Json)]
pub async fn list_own_scopes(#[server(default)] q: Option<String>) -> Result<ScopeChoices, UiError> {
    answer(async { session().await?.access().own_scopes(q).await }.await)
}

/// What an account may do at a place, and why.
#[server(endpoint = "access/explain", input = GetUrl, output = Json)]
pub async fn explain_access(#[server(default)] query: AccessQuery) -> Result<AccessAnswer, UiError> {
    answer(async { session().await?.access().explain(query).await }.await)
}

/// Who may do something at a place.
#[server(endpoint = "access/who", input = GetUrl, output = Json)]
pub async fn who_may(#[server(default)] query: WhoQuery) -> Result<Slice<WhoRow>, UiError> {
    answer(async { session().await?.access().who(query).await }.await)
}

/// The roles that can be given.
#[server(endpoint = "access/list_roles", input = GetUrl, output = Json)]
pub async fn list_roles(tenant: Option<TenantId>) -> Result<Vec<RoleRow>, UiError> {
    answer(async { session().await?.roles().list(tenant).await }.await)
}

/// One custom role.
#[server(endpoint = "access/get_role", input = GetUrl, output = Json)]
pub async fn get_role(id: RoleId) -> Result<RoleRow, UiError> {
    answer(async { session().await?.roles().get(id).await }.await)
}

/// Makes a role.
#[server(endpoint = "access/create_role", output = Json)]
pub async fn create_role(tenant: Option<TenantId>, form: RoleForm) -> Result<RoleRow, UiError> {
    answer(async { session().await?.roles().create(tenant, form).await }.await)
}

/// Changes a role.
#[server(endpoint = "access/update_role", output = Json)]
pub async fn update_role(id: RoleId, form: RoleForm) -> Result<RoleRow, UiError> {
    answer(async { session().await?.roles().update(id, form).await }.await)
}

/// Deletes a role that nobody has.
#[server(endpoint = "access/delete_role", output = Json)]
pub async fn delete_role(id: RoleId, confirm: String) -> Result<(), UiError> {
    answer(async { session().await?.roles().delete(id, confirm).await }.await)
}
