//! Tenants and accounts.

use leptos::{prelude::*, server_fn::codec::GetUrl};

use super::Json;
#[cfg(feature = "ssr")]
use super::{answer, session};
use crate::{UiError, model::*};

/// A part of all tenants.
#[server(endpoint = "accounts/list_tenants", input = GetUrl, output = Json)]
pub async fn list_tenants(#[server(default)] query: NameQuery) -> Result<Slice<TenantRow>, UiError> {
    answer(async { session().await?.tenants().list(query).await }.await)
}

/// One tenant.
#[server(endpoint = "accounts/get_tenant", input = GetUrl, output = Json)]
pub async fn get_tenant(id: TenantId) -> Result<TenantRow, UiError> {
    answer(async { session().await?.tenants().get(id).await }.await)
}

/// Makes a tenant with its main account.
#[server(endpoint = "accounts/create_tenant", output = Json)]
pub async fn create_tenant(form: NewTenant) -> Result<TenantRow, UiError> {
    answer(async { session().await?.tenants().create(form).await }.await)
}

/// Keeps a tenant's people out.
#[server(endpoint = "accounts/suspend_tenant", output = Json)]
pub async fn suspend_tenant(id: TenantId, form: SuspendForm) -> Result<TenantRow, UiError> {
    answer(async { session().await?.tenants().suspend(id, form).await }.await)
}

/// Lets a tenant's people in again.
#[server(endpoint = "accounts/resume_tenant", output = Json)]
pub async fn resume_tenant(id: TenantId) -> Result<TenantRow, UiError> {
    answer(async { session().await?.tenants().resume(id).await }.await)
}

/// Deletes a tenant that owns nothing, and goes to the operation that does it.
#[server(endpoint = "accounts/delete_tenant", output = Json)]
pub async fn delete_tenant(id: TenantId, confirm: String) -> Result<OperationId, UiError> {
    let operation = answer(async { session().await?.tenants().delete(id, confirm).await }.await)?;
    leptos_axum::redirect(&format!("/operations/{operation}"));
    Ok(operation)
}

/// A part of a tenant's accounts; one's own tenant without an id.
#[server(endpoint = "accounts/list_accounts", input = GetUrl, output = Json)]
pub async fn list_accounts(
    tenant: Option<TenantId>,
    #[server(default)] query: NameQuery,
) -> Result<Slice<AccountRow>, UiError> {
    answer(async { session().await?.accounts().list(tenant, query).await }.await)
}

/// One account with its roles.
#[server(endpoint = "accounts/get_account", input = GetUrl, output = Json)]
pub async fn get_account(id: AccountId) -> Result<AccountDetail, UiError> {
    answer(async { session().await?.accounts().get(id).await }.await)
}

/// Changes an account's names.
#[server(endpoint = "accounts/update_account", output = Json)]
pub async fn update_account(id: AccountId, form: AccountForm) -> Result<AccountRow, UiError> {
    answer(async { session().await?.accounts().update(id, form).await }.await)
}

/// Keeps an account from signing in, or lets it in again.
#[server(endpoint = "accounts/set_disabled", output = Json)]
pub async fn set_account_disabled(id: AccountId, disabled: bool) -> Result<AccountRow, UiError> {
    answer(
        async {
            let session = session().await?;
            if disabled { session.accounts().disable(id).await } else { session.accounts().enable(id).await }
        }
        .await,
    )
}

/// Gives an account a new first password.
#[server(endpoint = "accounts/reset_password", output = Json)]
pub async fn reset_password(id: AccountId, form: FirstPassword) -> Result<(), UiError> {
    answer(async { session().await?.accounts().reset_password(id, form).await }.await)
}

/// Deletes an account.
#[server(endpoint = "accounts/delete_account", output = Json)]
pub async fn delete_account(id: AccountId, confirm: String) -> Result<(), UiError> {
    answer(async { session().await?.accounts().delete(id, confirm).await }.await)
}

/// Makes an account the tenant's main one.
#[server(endpoint = "accounts/hand_over", output = Json)]
pub async fn hand_over(id: AccountId, confirm: String) -> Result<AccountRow, UiError> {
    answer(async { session().await?.accounts().hand_over(id, confirm).await }.await)
}

/// Makes an account.
#[server(endpoint = "accounts/create_account", output = Json)]
pub async fn create_account(tenant: Option<TenantId>, form: NewAccount) -> Result<AccountRow, UiError> {
    answer(async { session().await?.accounts().create(tenant, form).await }.await)
}
