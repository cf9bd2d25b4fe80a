//! Signing in and out, and one's own account.

use leptos::prelude::*;

use super::Json;
#[cfg(feature = "ssr")]
use super::{answer, door, session};
use crate::{UiError, model::*};

/// Who is signed in; `None` when nobody is.
#[server(endpoint = "session/viewer", output = Json)]
pub async fn current_viewer() -> Result<Option<Viewer>, UiError> {
    let (platform, parts) = door()?;
    answer(platform.viewer(&parts).await)
}

/// Signs in and goes to `next` (a path of this site), or to the first page.
#[server(endpoint = "session/sign_in", output = Json)]
pub async fn sign_in(form: SignInForm, next: Option<String>) -> Result<(), UiError> {
    let (platform, parts) = door()?;
    let viewer = answer(platform.sign_in(&parts, form).await)?;
    let next = next.as_deref().and_then(local_path).unwrap_or("/");
    leptos_axum::redirect(if viewer.must_change_password { "/password" } else { next });
    Ok(())
}

/// Ends the session and goes to the sign-in page.
#[server(endpoint = "session/sign_out", output = Json)]
pub async fn sign_out() -> Result<(), UiError> {
    let (platform, parts) = door()?;
    answer(platform.sign_out(&parts).await)?;
    leptos_axum::redirect("/sign-in");
    Ok(())
}

/// Changes one's own password and goes to the first page.
#[server(endpoint = "session/change_password", output = Json)]
pub async fn change_password(form: PasswordForm) -> Result<(), UiError> {
    let (platform, parts) = door()?;
    answer(platform.change_password(&parts, form).await)?;
    leptos_axum::redirect("/");
    Ok(())
}

/// What the command palette finds.
#[server(endpoint = "session/search", output = Json)]
pub async fn search(q: String) -> Result<Vec<SearchHit>, UiError> {
    answer(async { session().await?.search().find(q).await }.await)
}
