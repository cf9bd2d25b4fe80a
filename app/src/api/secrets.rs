//! Secrets of namespaces.

use leptos::{prelude::*, server_fn::codec::GetUrl};

use super::Json;
#[cfg(feature = "ssr")]
use super::{answer, session};
use crate::{UiError, model::*};

/// A value as somebody typed it: a form that is sent without a script has its lines end by CR LF.
#[cfg(feature = "ssr")]
fn as_typed(value: &str) -> String {
    value.replace("\r\n", "\n")
}

/// The secrets of a namespace.
#[server(endpoint = "secrets/list_secrets", input = GetUrl, output = Json)]
pub async fn list_secrets(namespace: NamespaceId) -> Result<SecretList, UiError> {
    answer(async { session().await?.secrets().list(namespace).await }.await)
}

/// One secret.
#[server(endpoint = "secrets/get_secret", input = GetUrl, output = Json)]
pub async fn get_secret(id: SecretId) -> Result<SecretDetail, UiError> {
    answer(async { session().await?.secrets().get(id).await }.await)
}

/// Makes a secret, and goes to its page.
#[server(endpoint = "secrets/create_secret", output = Json)]
pub async fn create_secret(namespace: NamespaceId, form: NewSecret) -> Result<SecretDetail, UiError> {
    let form = NewSecret { value: as_typed(&form.value), ..form };
    let made = answer(async { session().await?.secrets().create(namespace, form).await }.await)?;
    leptos_axum::redirect(&format!("/secrets/{}", made.row.id));
    Ok(made)
}

/// Gives a secret another value.
#[server(endpoint = "secrets/update_secret", output = Json)]
pub async fn update_secret(id: SecretId, form: SecretForm) -> Result<SecretDetail, UiError> {
    let form = SecretForm { value: as_typed(&form.value), ..form };
    answer(async { session().await?.secrets().update(id, form).await }.await)
}

/// Forgets a secret, and goes to its namespace.
#[server(endpoint = "secrets/delete_secret", output = Json)]
pub async fn delete_secret(id: SecretId, confirm: String, namespace: NamespaceId) -> Result<(), UiError> {
    answer(async { session().await?.secrets().delete(id, confirm).await }.await)?;
    leptos_axum::redirect(&format!("/namespaces/{namespace}/secrets"));
    Ok(())
}

/// Releases the applications that run with an older version.
#[server(endpoint = "secrets/hand_out_secret", output = Json)]
pub async fn hand_out_secret(id: SecretId, form: HandOut) -> Result<Vec<HandedOut>, UiError> {
    answer(async { session().await?.secrets().hand_out(id, form).await }.await)
}
