//! Tenants, accounts and the audit trail.

use leptos::{prelude::*, server_fn::codec::GetUrl};

use super::Json;
#[cfg(feature = "ssr")]
use super::{answer, session};
use crate::{UiError, model::*};

/// All tenants.
#[server(endpoint = "accounts/list_tenants", input = GetUrl, output = Json)]
pub async fn list_tenants() -> Result<Vec<TenantRow>, UiError> {
    answer(async { session().await?.tenants().list().await }.await)
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

/// A tenant's accounts; one's own tenant without an id.
#[server(endpoint = "accounts/list_accounts", input = GetUrl, output = Json)]
pub async fn list_accounts(tenant: Option<TenantId>) -> Result<Vec<AccountRow>, UiError> {
    answer(async { session().await?.accounts().list(tenant).await }.await)
}

/// Makes an account.
#[server(endpoint = "accounts/create_account", output = Json)]
pub async fn create_account(tenant: Option<TenantId>, form: NewAccount) -> Result<AccountRow, UiError> {
    answer(async { session().await?.accounts().create(tenant, form).await }.await)
}

/// A page of the audit trail.
#[server(endpoint = "accounts/list_audit", input = GetUrl, output = Json)]
pub async fn list_audit(query: AuditQuery) -> Result<Page<AuditRow>, UiError> {
    answer(async { session().await?.audit().list(query).await }.await)
}
