//! Identity providers, and by which of them one signs in oneself.

use leptos::{prelude::*, server_fn::codec::GetUrl};

use super::Json;
#[cfg(feature = "ssr")]
use super::{answer, door, session};
use crate::{UiError, i18n::Text, model::*};

/// A part of the providers.
#[server(endpoint = "identity/list_providers", input = GetUrl, output = Json)]
pub async fn list_providers(#[server(default)] query: NameQuery) -> Result<Slice<ProviderRow>, UiError> {
    answer(async { session().await?.identity_providers().list(query).await }.await)
}

/// One provider.
#[server(endpoint = "identity/get_provider", input = GetUrl, output = Json)]
pub async fn get_provider(id: ProviderId) -> Result<ProviderDetail, UiError> {
    answer(async { session().await?.identity_providers().get(id).await }.await)
}

/// Makes a provider.
#[server(endpoint = "identity/create_provider", output = Json)]
pub async fn create_provider(form: ProviderForm) -> Result<ProviderDetail, UiError> {
    answer(async { session().await?.identity_providers().create(form).await }.await)
}

/// Changes a provider.
#[server(endpoint = "identity/update_provider", output = Json)]
pub async fn update_provider(id: ProviderId, form: ProviderForm) -> Result<ProviderDetail, UiError> {
    answer(async { session().await?.identity_providers().update(id, form).await }.await)
}

/// Asks a provider again what it says of itself.
#[server(endpoint = "identity/check_provider", output = Json)]
pub async fn check_provider(id: ProviderId) -> Result<ProviderCheck, UiError> {
    answer(async { session().await?.identity_providers().check(id).await }.await)
}

/// Deletes a provider.
#[server(endpoint = "identity/delete_provider", output = Json)]
pub async fn delete_provider(id: ProviderId, confirm: String) -> Result<(), UiError> {
    answer(async { session().await?.identity_providers().delete(id, confirm).await }.await)
}

/// The providers that the sign-in page offers, the one of that part of addresses first, and why one is there again: a
/// [`SignInProblem`]'s name.
#[server(endpoint = "session/offered_providers", input = GetUrl, output = Json)]
pub async fn offered_providers(slug: Option<String>, problem: Option<String>) -> Result<SignInOffer, UiError> {
    let (platform, parts) = door()?;
    let providers = answer(platform.sign_in_providers().offered(&parts, slug.clone()).await)?;
    let known = |slug: &String| slug.is_empty() || providers.iter().any(|p| p.slug == *slug);
    let problem = problem.as_deref().and_then(SignInProblem::parse);
    let problem = problem.or_else(|| slug.filter(|slug| !known(slug)).map(|_| SignInProblem::Gone));
    Ok(SignInOffer { notice: problem.map(SignInProblem::words), providers })
}

/// By which providers one signs in, and by which one could; and why nothing came of linking one: a [`SignInProblem`]'s
/// name.
#[server(endpoint = "session/list_identities", input = GetUrl, output = Json)]
pub async fn list_identities(problem: Option<String>) -> Result<(OwnIdentities, Option<Text>), UiError> {
    let own = answer(async { session().await?.identities().own().await }.await)?;
    Ok((own, problem.as_deref().and_then(SignInProblem::parse).map(SignInProblem::words)))
}

/// Ends that a provider knows one's account.
#[server(endpoint = "session/unlink_identity", output = Json)]
pub async fn unlink_identity(id: IdentityId) -> Result<(), UiError> {
    answer(async { session().await?.identities().unlink(id).await }.await)
}
