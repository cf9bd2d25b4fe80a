//! The door: what there is before somebody is signed in, and how one gets in.

use async_trait::async_trait;
use http::request::Parts;

use super::{Answer, Passkeys, Repeats, Session, SignInProviders};
use crate::{i18n::Lang, model::*};

/// The door.
#[async_trait]
pub trait Platform: Send + Sync {
    /// Who knocks; looked up anew for each request. Fails with `SignedOut` when nobody is signed in, with
    /// `PasswordChangeRequired` while a one-time password has not been changed, and with `SecondFactorRequired` while
    /// the tenant asks for a second factor and there is none.
    async fn session(&self, parts: &Parts) -> Answer<std::sync::Arc<dyn Session>>;

    /// Writes down that a request was refused because another site has sent it.
    async fn refuse_foreign(&self, parts: &Parts) -> Answer<()>;

    /// Who is signed in, also while the password must be changed or a second factor added; `None` when nobody is. Fails
    /// with `Unavailable` while sessions cannot be read.
    async fn viewer(&self, parts: &Parts) -> Answer<Option<Viewer>>;

    /// Signs in: checks name and password within the limits, and makes a new session. It is open by half when the account
    /// has a second factor. After several failures a captcha must be answered, too. Fails with `Invalid` naming each field,
    /// with `SignedOut` when name and password do not fit, with `Forbidden` when the tenant is suspended, or for a token,
    /// and with `TooMany`.
    async fn sign_in(&self, parts: &Parts, form: SignInForm) -> Answer<SignInStep>;

    /// Ends the session, if there is one. Fails with `Forbidden` for a token.
    async fn sign_out(&self, parts: &Parts) -> Answer<()>;

    /// Changes one's own password and ends the account's other sessions. Fails with `SignedOut`, with `Invalid` naming each
    /// field, with `Forbidden` for a token, and with `TooMany`.
    async fn change_password(&self, parts: &Parts, form: PasswordForm) -> Answer<()>;

    /// Judges a password as it would be when it is chosen: one's own or another's, or for whoever is not signed in and
    /// comes by a link or may register. Fails with `SignedOut` for others, as [`Welcome::look`] does with a link's token,
    /// with `Forbidden` for an API token, and with `TooMany` when it is asked too often from an address by people who are
    /// not signed in.
    async fn judge_password(&self, parts: &Parts, form: StrengthForm) -> Answer<Strength>;

    /// The keys of whoever is signed in, by a session or a token, for requests that are done once; also while the password
    /// must be changed or a second factor added. `None` when nobody is. Fails with `Unavailable` while sessions cannot be
    /// read, and as [`Platform::viewer`] does for a token that is none.
    async fn repeats(&self, parts: &Parts) -> Answer<Option<Box<dyn Repeats>>>;

    /// The keys of whoever is not signed in and comes by the link of that token, or registers without one. They are
    /// never claimed: of two requests at once the other is refused by what it asks for. A request that is not the first
    /// one again has the answer forgotten, so that nobody finds out by trying what was sent.
    fn newcomers_repeats(&self, parts: &Parts, token: &str) -> Box<dyn Repeats>;

    /// The second step of signing in, and one's own second factor.
    fn second_factors(&self) -> &dyn SecondFactors;

    /// Passkeys: one's own, and signing in by one.
    fn passkeys(&self) -> &dyn Passkeys;

    /// What shows that one is a person.
    fn captchas(&self) -> &dyn Captchas;

    /// Coming in by an identity provider.
    fn sign_in_providers(&self) -> &dyn SignInProviders;

    /// The ways in for somebody who cannot sign in yet.
    fn welcome(&self) -> &dyn Welcome;
}

/// The second step of signing in, and one's own second factor. It stands before the [`Session`], since it is needed
/// to get there.
#[async_trait]
pub trait SecondFactors: Send + Sync {
    /// By what the second step can be taken, when the password was right and it is awaited. A recovery code always does.
    /// Fails with `Unavailable` while sessions cannot be read.
    async fn awaited(&self, parts: &Parts) -> Answer<Option<SecondStepWays>>;
    /// The second step: signs in with a code. Fails with `SignedOut` when no right password came before, and with
    /// `Invalid` when the code is wrong or was used, with `TooMany`, and with `Forbidden` for a token.
    async fn complete(&self, parts: &Parts, form: CodeForm) -> Answer<Viewer>;
    /// One's own second factor, and what of it this session may still be shown. Fails with `SignedOut`, with
    /// `PasswordChangeRequired`, and with `Forbidden` for a token, as all that follows does.
    async fn get(&self, parts: &Parts) -> Answer<SecondFactor>;
    /// Begins an enrolment. Fails with `Conflict` when there is an authenticator app, and with `Invalid` (`password`).
    async fn begin(&self, parts: &Parts, form: AgainForm) -> Answer<Enrolment>;
    /// Puts the enrolment that this session has begun into use, by a first code. Answers the recovery codes, which are none
    /// when there are some already because of a passkey. Fails with `Conflict` when this session has begun none, or too
    /// long ago, and with `Invalid` (`code`).
    async fn confirm(&self, parts: &Parts, form: CodeForm) -> Answer<RecoveryCodes>;
    /// Makes new recovery codes; the others are worth nothing then. Fails with `Conflict` when there is no second factor,
    /// and with `Invalid` (`password`, `code`).
    async fn renew_codes(&self, parts: &Parts, form: ProofForm) -> Answer<RecoveryCodes>;
    /// Shows neither the enrolment nor the recovery codes to this session any more. Fails as [`SecondFactors::get`] does.
    async fn put_away(&self, parts: &Parts) -> Answer<()>;
    /// Takes the authenticator app away. Fails with `Conflict` when there is none, and with `Invalid` (`password`, `code`).
    async fn remove(&self, parts: &Parts, form: ProofForm) -> Answer<()>;
}

/// What shows that one is a person, for whoever is not signed in.
#[async_trait]
pub trait Captchas: Send + Sync {
    /// Makes one. The caller's oldest give way when there are many. Fails when it cannot be kept.
    async fn create(&self, parts: &Parts) -> Answer<Captcha>;
    /// Its picture (PNG). Fails with `NotFound` after its time or its one attempt.
    async fn picture(&self, parts: &Parts, id: &str) -> Answer<Vec<u8>>;
    /// Its sound (WAV) in a language. Fails as the picture does.
    async fn sound(&self, parts: &Parts, id: &str, lang: Lang) -> Answer<Vec<u8>>;
}

/// Coming in without a password: registering a tenant, and the links that lead in. Limited per address.
#[async_trait]
pub trait Welcome: Send + Sync {
    /// Who may register a tenant. Fails when the settings cannot be read.
    async fn registration(&self, parts: &Parts) -> Answer<Registration>;

    /// Makes a tenant with its main account in one transaction, and signs that in. Fails with `Forbidden` when
    /// registering is not possible without a link, or at all; otherwise as [`Welcome::look`] does, and as
    /// [`Tenants::create`] does.
    async fn register(&self, parts: &Parts, form: RegistrationForm) -> Answer<Viewer>;

    /// What a link is for. Fails with `NotFound` when there is none with that token, and with `Conflict` when it cannot
    /// be used any more: used, expired, taken back, its tenant suspended or gone, its maker not allowed any more.
    async fn look(&self, parts: &Parts, token: LinkToken) -> Answer<LinkView>;

    /// Uses a link: makes the member's account and signs it in, or sets the new password, ends the account's sessions
    /// and answers nobody. Fails as [`Welcome::look`] does; of two at once one wins.
    async fn follow(&self, parts: &Parts, form: LinkForm) -> Answer<Option<Viewer>>;
}
