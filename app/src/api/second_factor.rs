//! One's own second factor, other people's, and what a tenant asks of its people. What one is shown of one's own for a
//! while comes by [`get_second_factor`] alone, so that a page shows it before any script has come.

use leptos::{prelude::*, server_fn::codec::GetUrl};

use super::Json;
#[cfg(feature = "ssr")]
use super::{answer, door, session};
use crate::{UiError, model::*};

/// One's own second factor.
#[server(endpoint = "session/get_second_factor", output = Json)]
pub async fn get_second_factor() -> Result<SecondFactor, UiError> {
    let (platform, parts) = door()?;
    answer(platform.second_factors().get(&parts).await)
}

/// Begins an enrolment.
#[server(endpoint = "session/begin_second_factor", output = Json)]
pub async fn begin_second_factor(form: AgainForm) -> Result<(), UiError> {
    let (platform, parts) = door()?;
    answer(platform.second_factors().begin(&parts, form).await).map(drop)
}

/// Puts the enrolment into use.
#[server(endpoint = "session/confirm_second_factor", output = Json)]
pub async fn confirm_second_factor(form: CodeForm) -> Result<(), UiError> {
    let (platform, parts) = door()?;
    answer(platform.second_factors().confirm(&parts, form).await).map(drop)
}

/// Makes new recovery codes.
#[server(endpoint = "session/renew_recovery_codes", output = Json)]
pub async fn renew_recovery_codes(form: ProofForm) -> Result<(), UiError> {
    let (platform, parts) = door()?;
    answer(platform.second_factors().renew_codes(&parts, form).await)?;
    leptos_axum::redirect("/settings/security");
    Ok(())
}

/// Shows nothing of it any more, and goes to `next` or stays.
#[server(endpoint = "session/put_away_second_factor", output = Json)]
pub async fn put_away_second_factor(next: Option<String>) -> Result<(), UiError> {
    let (platform, parts) = door()?;
    answer(platform.second_factors().put_away(&parts).await)?;
    if let Some(next) = next.as_deref().and_then(local_path) {
        leptos_axum::redirect(next);
    }
    Ok(())
}

/// Takes one's own second factor away.
#[server(endpoint = "session/remove_second_factor", output = Json)]
pub async fn remove_second_factor(form: ProofForm) -> Result<(), UiError> {
    let (platform, parts) = door()?;
    answer(platform.second_factors().remove(&parts, form).await)?;
    leptos_axum::redirect("/settings/security");
    Ok(())
}

/// Takes somebody else's second factor away, who has lost it.
#[server(endpoint = "accounts/reset_second_factor", output = Json)]
pub async fn reset_second_factor(id: AccountId) -> Result<(), UiError> {
    answer(async { session().await?.accounts().reset_second_factor(id).await }.await)
}

/// What a tenant asks of its people; one's own without an id.
#[server(endpoint = "accounts/get_tenant_security", input = GetUrl, output = Json)]
pub async fn get_tenant_security(tenant: Option<TenantId>) -> Result<TenantSecurity, UiError> {
    answer(async { session().await?.tenants().security(tenant).await }.await)
}

/// Changes what a tenant asks of its people; one's own without an id.
#[server(endpoint = "accounts/change_tenant_security", output = Json)]
pub async fn change_tenant_security(
    tenant: Option<TenantId>,
    required: bool,
    #[server(default)] version: Option<i64>,
) -> Result<(), UiError> {
    let security = TenantSecurity { second_factor_required: required, version };
    answer(async { session().await?.tenants().change_security(tenant, security).await }.await).map(drop)
}
