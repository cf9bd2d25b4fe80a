//! The platform's settings, registering, and the links by which somebody comes in.

use leptos::{prelude::*, server_fn::codec::GetUrl};

use super::Json;
#[cfg(feature = "ssr")]
use super::{answer, door, session};
use crate::{UiError, model::*};

/// The platform's settings.
#[server(endpoint = "links/get_platform", input = GetUrl, output = Json)]
pub async fn get_platform() -> Result<PlatformSettings, UiError> {
    answer(async { session().await?.platform().get().await }.await)
}

/// Changes the platform's settings.
#[server(endpoint = "links/update_platform", output = Json)]
pub async fn update_platform(form: PlatformForm) -> Result<PlatformSettings, UiError> {
    answer(async { session().await?.platform().update(form).await }.await)
}

/// A part of a tenant's links; one's own tenant's, or the platform's, without an id.
#[server(endpoint = "links/list_links", input = GetUrl, output = Json)]
pub async fn list_links(
    tenant: Option<TenantId>,
    #[server(default)] query: PartQuery,
) -> Result<Slice<LinkRow>, UiError> {
    answer(async { session().await?.links().list(tenant, query).await }.await)
}

/// Makes a link.
#[server(endpoint = "links/create_link", output = Json)]
pub async fn create_link(form: NewLink) -> Result<MadeLink, UiError> {
    answer(async { session().await?.links().create(form).await }.await)
}

/// Takes a link back.
#[server(endpoint = "links/revoke_link", output = Json)]
pub async fn revoke_link(id: LinkId) -> Result<(), UiError> {
    answer(async { session().await?.links().revoke(id).await }.await)
}

/// Who may register a tenant.
#[server(endpoint = "links/get_registration", input = GetUrl, output = Json)]
pub async fn get_registration() -> Result<Registration, UiError> {
    let (platform, parts) = door()?;
    answer(platform.welcome().registration(&parts).await)
}

/// Registers a tenant, signs its main account in and goes to the first page.
#[server(endpoint = "links/register", output = Json)]
pub async fn register(form: RegistrationForm) -> Result<(), UiError> {
    let (platform, parts) = door()?;
    answer(platform.welcome().register(&parts, form).await)?;
    leptos_axum::redirect("/");
    Ok(())
}

/// What a link is for. Posted, so that the token is in no address.
#[server(endpoint = "links/look_at_link", output = Json)]
pub async fn look_at_link(token: LinkToken) -> Result<LinkView, UiError> {
    let (platform, parts) = door()?;
    answer(platform.welcome().look(&parts, token).await)
}

/// Uses a link, and goes to the first page, or to sign in with the new password.
#[server(endpoint = "links/follow_link", output = Json)]
pub async fn follow_link(form: LinkForm) -> Result<(), UiError> {
    let (platform, parts) = door()?;
    let viewer = answer(platform.welcome().follow(&parts, form).await)?;
    leptos_axum::redirect(if viewer.is_some() { "/" } else { "/sign-in" });
    Ok(())
}
