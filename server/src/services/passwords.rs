//! Choosing a password: the same rules for one's own, for a new account's, and for the meter beside the field.

use app::{
    FieldError,
    model::{Checks, Strength, StrengthForm, Viewer},
    service::Answer,
};

use http::request::Parts as Head;

use super::{Parts, platform::Doorkeeper};
use crate::auth::attempts::Limit;

/// Whose password it is to be: their names and their tenant's are what a guesser tries first.
pub(super) struct Whose<'a> {
    /// The name to sign in with.
    pub username: &'a str,
    /// The name for people; empty when it is not known.
    pub display_name: &'a str,
    /// What the tenant is called; nothing for people of the platform.
    pub tenant: &'a [&'a str],
}

impl<'a> Whose<'a> {
    fn words(&self) -> Vec<&'a str> {
        [self.display_name].into_iter().chain(self.tenant.iter().copied()).collect()
    }
}

/// Checks a new password. What is wrong is gathered under the field's name; the answer is whether nothing is.
pub(super) async fn check(
    parts: &Parts,
    checks: &mut Checks,
    field: &str,
    password: &str,
    whose: Whose<'_>,
) -> Answer<bool> {
    let Strength { acceptable, message, .. } = judge(parts, password, whose).await?;
    if !acceptable {
        checks.take::<()>(Err(FieldError { field: field.to_owned(), message }));
    }
    Ok(acceptable)
}

/// Whether a password is right, after an attempt has been counted against some limits. When nothing could be tried, as while
/// everybody signs in, that attempt does not count: nobody is locked out for it.
pub(super) async fn is_right(parts: &Parts, password: &str, stored: Option<&str>, counted: &[Limit]) -> Answer<bool> {
    let right = parts.passwords.check(password, stored).await;
    if right.is_err() {
        parts.attempts.give_back_attempt(None, counted).await?;
    }
    Ok(right?)
}

/// Judges a password.
pub(super) async fn judge(parts: &Parts, password: &str, whose: Whose<'_>) -> Answer<Strength> {
    Ok(parts.passwords.judge(password, whose.username, &whose.words()).await?)
}

impl Doorkeeper {
    /// Judges a password of the viewer's own, or of an account that the viewer is about to make or to let in anew: in the
    /// tenant that the form names, else in the viewer's.
    pub(super) async fn judge_for_viewer(&self, head: &Head, viewer: &Viewer, form: StrengthForm) -> Answer<Strength> {
        let asked = form.tenant.trim();
        // The platform's people make accounts in tenants, which they name by their ids.
        let title = match (asked.parse(), viewer.tenant) {
            (Ok(id), None) => self.parts.db.find_tenant_title(&self.nobody(head), id).await?,
            (Err(_), _) if !asked.is_empty() => Some(asked.to_owned()),
            _ => viewer.tenant_name.clone(),
        };
        let tenant = title.as_deref();
        let (username, display_name) = match form.username.trim() {
            "" => (viewer.username.as_str(), viewer.display_name.as_str()),
            other => (other, form.display_name.trim()),
        };
        let whose = Whose { username, display_name, tenant: tenant.as_slice() };
        judge(&self.parts, &form.password, whose).await
    }
}
