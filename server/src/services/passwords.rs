//! Choosing a password: the same rules for one's own, for a new account's, and for the meter beside the field.

use app::{
    FieldError,
    model::{Checks, Strength, StrengthForm, Viewer},
    service::Answer,
};

use super::Parts;

/// Checks a new password. `words` are what a guesser tries first: the names of the account and of the tenant. What is
/// wrong is gathered under the field's name; the answer is whether nothing is.
pub(super) async fn check(
    parts: &Parts,
    checks: &mut Checks,
    field: &str,
    password: &str,
    username: &str,
    words: &[&str],
) -> Answer<bool> {
    let Strength { acceptable, message, .. } = parts.passwords.judge(password, username, words).await?;
    if !acceptable {
        checks.take::<()>(Err(FieldError { field: field.to_owned(), message }));
    }
    Ok(acceptable)
}

/// Judges a password of the viewer's own, or of an account that the viewer is about to make.
pub(super) async fn judge(parts: &Parts, viewer: &Viewer, form: &StrengthForm) -> Answer<Strength> {
    let words = words_of(viewer);
    let (username, words) = match form.username.trim() {
        "" => (viewer.username.as_str(), words),
        other => (other, vec![form.display_name.as_str()]),
    };
    Ok(parts.passwords.judge(&form.password, username, &words).await?)
}

/// What a guesser tries first for a viewer's password.
pub(super) fn words_of(viewer: &Viewer) -> Vec<&str> {
    [Some(viewer.display_name.as_str()), viewer.tenant_name.as_deref()].into_iter().flatten().collect()
}
