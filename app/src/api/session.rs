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

/// Signs in and goes to `next` (a path of this site), or to the first page; to the second step when there is one.
#[server(endpoint = "session/sign_in", output = Json)]
pub async fn sign_in(form: SignInForm, next: Option<String>) -> Result<(), UiError> {
    let (platform, parts) = door()?;
    let next = next.as_deref().and_then(local_path).unwrap_or("/");
    let next = match answer(platform.sign_in(&parts, form).await)? {
        SignInStep::Code { .. } => crate::pages::address::sign_in_code(next),
        SignInStep::Done(viewer) => after_sign_in(&viewer, next).to_owned(),
    };
    leptos_axum::redirect(&next);
    Ok(())
}

/// Where whoever has signed in goes first.
#[cfg(feature = "ssr")]
pub fn after_sign_in<'a>(viewer: &Viewer, next: &'a str) -> &'a str {
    match viewer {
        Viewer { must_change_password: true, .. } => "/password",
        Viewer { must_add_second_factor: true, .. } => "/second-factor",
        _ => next,
    }
}

/// The second step: signs in with a code and goes to `next`, or to the first page.
#[server(endpoint = "session/give_code", output = Json)]
pub async fn give_code(form: CodeForm, next: Option<String>) -> Result<(), UiError> {
    let (platform, parts) = door()?;
    let viewer = answer(platform.second_factors().complete(&parts, form).await)?;
    let next = next.as_deref().and_then(local_path).unwrap_or("/");
    leptos_axum::redirect(after_sign_in(&viewer, next));
    Ok(())
}

/// By what the second step can be taken, when it is awaited.
#[server(endpoint = "session/awaits_code", output = Json)]
pub async fn awaits_code() -> Result<Option<SecondStepWays>, UiError> {
    let (platform, parts) = door()?;
    answer(platform.second_factors().awaited(&parts).await)
}

/// A captcha, which the next attempt to sign in needs.
#[server(endpoint = "session/new_captcha", output = Json)]
pub async fn new_captcha() -> Result<Captcha, UiError> {
    let (platform, parts) = door()?;
    answer(platform.captchas().create(&parts).await)
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

/// Judges a password before it is chosen.
#[server(endpoint = "session/judge_password", output = Json)]
pub async fn judge_password(form: StrengthForm) -> Result<Strength, UiError> {
    let (platform, parts) = door()?;
    answer(platform.judge_password(&parts, form).await)
}

/// What the command palette finds.
#[server(endpoint = "session/search", output = Json)]
pub async fn search(q: String) -> Result<Vec<SearchHit>, UiError> {
    answer(async { session().await?.search().find(q).await }.await)
}
