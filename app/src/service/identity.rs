//! Identity providers: as the platform's administrators describe them, as somebody's own account is linked with them,
//! and as people come in by them.

use async_trait::async_trait;
use http::request::Parts;

use super::Answer;
use crate::model::*;

/// Identity providers, for the platform's people.
#[async_trait]
pub trait IdentityProviders: Send + Sync {
    /// A part of the providers, by name. Fails with `Invalid` (`cursor`) when no part gave that cursor.
    async fn list(&self, query: NameQuery) -> Answer<Slice<ProviderRow>>;
    /// One provider. Fails with `NotFound`.
    async fn get(&self, id: ProviderId) -> Answer<ProviderDetail>;
    /// Asks the provider what it says of itself, and keeps it when all that is needed is there. Fails with `Invalid` naming
    /// each field, also for what the provider lacks and for roles that one may not give, with `Conflict` when its part of
    /// addresses is taken, and with `Forbidden` for a token.
    async fn create(&self, form: ProviderForm) -> Answer<ProviderDetail>;
    /// Changes a provider, which is asked again unless it is disabled by that. Fails as making it does, and with `Stale`
    /// when it was changed since the form's version was read.
    async fn update(&self, id: ProviderId, form: ProviderForm) -> Answer<ProviderDetail>;
    /// Asks the provider again what it says of itself; what is wrong with that is the answer. Fails with `NotFound`, and
    /// with `Forbidden` for a token.
    async fn check(&self, id: ProviderId) -> Answer<ProviderCheck>;
    /// Deletes a provider; sessions and roles that come from it end at once. `confirm` is its part of addresses. Fails with
    /// `Invalid` (`confirm`) when it is not, with `NotFound`, and with `Forbidden` for a token.
    async fn delete(&self, id: ProviderId, confirm: String) -> Answer<()>;
}

/// By which providers one signs in oneself.
#[async_trait]
pub trait Identities: Send + Sync {
    /// Those that know one's account, and those that could. Fails with `Forbidden` for a token.
    async fn own(&self) -> Answer<OwnIdentities>;
    /// Ends that a provider knows one's account. Fails with `NotFound` when it does not, with `Conflict` when there would
    /// be no way in any more, and with `Forbidden` for a token.
    async fn unlink(&self, id: IdentityId) -> Answer<()>;
}

/// What a provider sends back with a browser.
#[derive(Clone, Default)]
pub struct ProviderAnswer {
    /// What can be exchanged for an ID token.
    pub code: String,
    /// What belongs to the attempt.
    pub state: String,
    /// Who says that it answers.
    pub iss: Option<String>,
    /// Why there is no code.
    pub error: Option<String>,
}

impl std::fmt::Debug for ProviderAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ProviderAnswer")
    }
}

/// Where a browser goes next, and what it keeps.
#[derive(Clone, Debug)]
pub struct Way {
    /// An address of the provider, or a path of this site.
    pub to: String,
    /// What it has begun, sealed; `None` when that is nothing any more.
    pub kept: Option<String>,
}

/// Coming in by an identity provider.
#[async_trait]
pub trait SignInProviders: Send + Sync {
    /// The name of the cookie in which a browser keeps what it has begun.
    fn cookie(&self) -> &'static str;
    /// The providers that everybody sees, ten at most, behind the one of that part of addresses, if there is one. Fails
    /// when they cannot be read.
    async fn offered(&self, parts: &Parts, slug: Option<String>) -> Answer<Vec<OfferedProvider>>;
    /// Begins at a provider: to sign in, or to link the account that is signed in. `kept` is the cookie's value. What goes
    /// wrong leads to a page that says so. Fails for a fault of Longshore's own alone.
    async fn begin(&self, parts: &Parts, slug: &str, link: bool, next: &str, kept: Option<&str>) -> Answer<Way>;
    /// Goes on with what a provider has answered. What goes wrong leads to a page that says so. Fails for a fault of
    /// Longshore's own alone.
    async fn finish(&self, parts: &Parts, slug: &str, answer: ProviderAnswer, kept: Option<&str>) -> Answer<Way>;
}
