//! Passkeys: one's own, the second step by one, and signing in by one alone. What the browser answers travels as text
//! in a form, like everything that pages send.

use leptos::prelude::*;

use super::Json;
#[cfg(feature = "ssr")]
use super::{answer, door, session::after_sign_in};
use crate::{UiError, model::*};

/// Whether passkeys work at the address by which one asks.
#[server(endpoint = "session/offers_passkeys", output = Json)]
pub async fn offers_passkeys() -> Result<bool, UiError> {
    let (platform, parts) = door()?;
    answer(platform.passkeys().are_offered(&parts).await)
}

/// One's own passkeys.
#[server(endpoint = "session/list_passkeys", output = Json)]
pub async fn list_passkeys() -> Result<PasskeyList, UiError> {
    let (platform, parts) = door()?;
    answer(platform.passkeys().list(&parts).await)
}

/// Begins to add one.
#[server(endpoint = "session/begin_passkey", output = Json)]
pub async fn begin_passkey(form: NewPasskey) -> Result<PasskeyRequest, UiError> {
    let (platform, parts) = door()?;
    answer(platform.passkeys().begin_adding(&parts, form).await)
}

/// Adds the one that the browser has made. The recovery codes, if there are any, come with the second factor.
#[server(endpoint = "session/add_passkey", output = Json)]
pub async fn add_passkey(ceremony: String, credential: String) -> Result<(), UiError> {
    let (platform, parts) = door()?;
    answer(async { platform.passkeys().add(&parts, answered(ceremony, credential)?).await }.await).map(drop)
}

/// Gives one another name.
#[server(endpoint = "session/rename_passkey", output = Json)]
pub async fn rename_passkey(id: PasskeyId, passkey: PasskeyForm) -> Result<(), UiError> {
    let (platform, parts) = door()?;
    answer(platform.passkeys().rename(&parts, id, passkey).await)?;
    leptos_axum::redirect("/settings/security");
    Ok(())
}

/// Removes one.
#[server(endpoint = "session/remove_passkey", output = Json)]
pub async fn remove_passkey(id: PasskeyId, again: AgainForm) -> Result<(), UiError> {
    let (platform, parts) = door()?;
    answer(platform.passkeys().remove(&parts, id, again).await)?;
    leptos_axum::redirect("/settings/security");
    Ok(())
}

/// Begins the second step.
#[server(endpoint = "session/begin_passkey_step", output = Json)]
pub async fn begin_passkey_step() -> Result<PasskeyRequest, UiError> {
    let (platform, parts) = door()?;
    answer(platform.passkeys().begin_second_step(&parts).await)
}

/// The second step: signs in and goes to `next`, or to the first page.
#[server(endpoint = "session/give_passkey", output = Json)]
pub async fn give_passkey(ceremony: String, credential: String, next: Option<String>) -> Result<(), UiError> {
    let (platform, parts) = door()?;
    let viewer = answer(async { platform.passkeys().complete(&parts, answered(ceremony, credential)?).await }.await)?;
    let next = next.as_deref().and_then(local_path).unwrap_or("/");
    leptos_axum::redirect(after_sign_in(&viewer, next));
    Ok(())
}

/// Begins to sign in by a passkey alone.
#[server(endpoint = "session/begin_passkey_sign_in", output = Json)]
pub async fn begin_passkey_sign_in() -> Result<PasskeyRequest, UiError> {
    let (platform, parts) = door()?;
    answer(platform.passkeys().begin_sign_in(&parts).await)
}

/// Signs in by a passkey alone and goes to `next`, or to the first page.
#[server(endpoint = "session/sign_in_by_passkey", output = Json)]
pub async fn sign_in_by_passkey(ceremony: String, credential: String, next: Option<String>) -> Result<(), UiError> {
    let (platform, parts) = door()?;
    let viewer = answer(async { platform.passkeys().sign_in(&parts, answered(ceremony, credential)?).await }.await)?;
    let next = next.as_deref().and_then(local_path).unwrap_or("/");
    leptos_axum::redirect(after_sign_in(&viewer, next));
    Ok(())
}

/// Fails with `Invalid` when the credential is not JSON.
#[cfg(feature = "ssr")]
fn answered(ceremony: String, credential: String) -> Result<PasskeyAnswer, UiError> {
    let credential = WebAuthn::parse(credential).map_err(|error| {
        UiError::invalid_field(
            "credential",
            crate::text!("This is not what a browser answers: {error}", "这不是浏览器返回的内容：{error}"),
        )
    })?;
    Ok(PasskeyAnswer { ceremony, credential })
}
