//! Passkeys, which stand before the session like the second factor: they are a way to it.

use async_trait::async_trait;
use http::request::Parts;

use super::Answer;
use crate::model::*;

/// One's own passkeys, and signing in by one: as the second step after the password, or alone.
///
/// What begins answers a ceremony: a request to the browser that is good for one answer, for five minutes, in the
/// session that began it. What begins one fails with `Unavailable` where passkeys cannot work, and says why.
#[async_trait]
pub trait Passkeys: Send + Sync {
    /// Whether passkeys work at the address by which one asks. Does not fail.
    async fn are_offered(&self, parts: &Parts) -> Answer<bool>;
    /// One's own. Fails as [`super::SecondFactors::get`] does, as do adding, renaming and removing one.
    async fn list(&self, parts: &Parts) -> Answer<PasskeyList>;
    /// One of one's own. Fails with `NotFound` when it is none of them.
    async fn get(&self, parts: &Parts, id: PasskeyId) -> Answer<PasskeyRow>;
    /// Begins to add one. Fails with `Conflict` when there are as many as there may be, and with `Invalid` (`name`,
    /// `password`).
    async fn begin_adding(&self, parts: &Parts, form: NewPasskey) -> Answer<PasskeyRequest>;
    /// Adds the one that the browser has made. Fails with `Conflict` when the ceremony is over, when the passkey is known,
    /// or when it is not what the browser was asked for.
    async fn add(&self, parts: &Parts, answer: PasskeyAnswer) -> Answer<AddedPasskey>;
    /// Gives one another name. Fails with `NotFound` when it is none of one's own, with `Invalid` (`name`), and with `Stale`
    /// when it was changed since the form's version was read.
    async fn rename(&self, parts: &Parts, id: PasskeyId, form: PasskeyForm) -> Answer<()>;
    /// Removes one. Fails with `NotFound` when it is none of one's own, with `Invalid` (`password`), and with `Conflict`
    /// when it is the last second factor and the tenant asks for one.
    async fn remove(&self, parts: &Parts, id: PasskeyId, form: AgainForm) -> Answer<()>;
    /// Begins the second step. Fails with `SignedOut` when no right password came before, and with `Conflict` when the
    /// account has no passkey for this address.
    async fn begin_second_step(&self, parts: &Parts) -> Answer<PasskeyRequest>;
    /// The second step: signs in. Fails with `SignedOut` as [`super::SecondFactors::complete`] does, and when the
    /// passkey is not the account's.
    async fn complete(&self, parts: &Parts, answer: PasskeyAnswer) -> Answer<Viewer>;
    /// Begins to sign in by a passkey alone. The answer tells nothing of any account. Fails with `TooMany`.
    async fn begin_sign_in(&self, parts: &Parts) -> Answer<PasskeyRequest>;
    /// Signs in by a passkey alone, which stands for both factors. Fails with `SignedOut`, and as with a password when
    /// the tenant is suspended.
    async fn sign_in(&self, parts: &Parts, answer: PasskeyAnswer) -> Answer<Viewer>;
}
