//! Sign-in by identity providers, as OpenID Connect has it: the authorization code flow with PKCE. Who is asked, how long
//! and how much of an answer is read, and what of it is believed. Knows neither accounts nor sessions.
//!
//! Core: <https://openid.net/specs/openid-connect-core-1_0.html>, PKCE: RFC 7636, the `iss` of answers: RFC 9207.
//!
//! Nothing that a provider sends gets into a log: faults are told by their kind.

pub mod attempt;
pub mod claims;
pub mod document;
mod fetch;
mod tokens;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use app::model::{Millis, ProviderId, is_loopback};
use openidconnect::core::CoreJsonWebKey;
use zeroize::Zeroizing;

pub use self::tokens::Answered;
use self::{document::Document, fetch::Fetch};

/// How long a provider has for each answer.
pub const PATIENCE: Duration = Duration::from_secs(5);
/// How long a discovery document and keys are believed.
const BELIEVED: Millis = 10 * 60 * 1000;
/// How long nobody is asked again who has just failed, nor keys fetched again because of a token with an unknown one.
const PAUSE: Millis = 5_000;
/// As many providers are remembered.
const MOST: usize = 1_000;

/// Why a provider could not be used. What it said is not in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// There is no connection, or it broke.
    #[error("the provider cannot be reached")]
    Unreachable,
    /// The answer took too long.
    #[error("the provider does not answer in time")]
    Slow,
    /// Another status than 200.
    #[error("the provider answers with status {0}")]
    Status(u16),
    /// More than is read.
    #[error("the provider's answer is too large")]
    TooLarge,
    /// Not the JSON that was asked for.
    #[error("the provider's answer cannot be read")]
    Unreadable,
    /// The discovery document lacks something.
    #[error("the discovery document: {0:?}")]
    Document(document::Wrong),
    /// The provider refuses the code.
    #[error("the provider refuses the code")]
    Refused,
    /// The ID token is not what it should be; `.0` says which check failed.
    #[error("the ID token fails the check of its {0}")]
    Token(&'static str),
    /// The provider does not know the client, or not by this secret.
    #[error("the provider does not know the client")]
    UnknownClient,
    /// The client for requests cannot be made.
    #[error("there is no usable TLS")]
    Client,
}

/// A provider with what is needed to speak with it.
pub struct Party {
    /// Which.
    pub id: ProviderId,
    /// Its version: with another one nothing that was remembered holds.
    pub version: i64,
    /// The issuer.
    pub issuer: String,
    /// How it knows Longshore.
    pub client_id: String,
    /// What Longshore proves that with.
    pub secret: Zeroizing<String>,
    /// What is asked for besides the usual.
    pub scopes: Vec<String>,
    /// Where it sends people back to.
    pub redirect_uri: String,
}

impl std::fmt::Debug for Party {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Party").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Speaks with providers.
#[derive(Debug)]
pub struct OpenId {
    fetch: Fetch,
    public: Option<String>,
    remembered: Mutex<HashMap<ProviderId, Remembered>>,
}

#[derive(Clone, Debug)]
struct Remembered {
    version: i64,
    at: Millis,
    known: Result<Arc<Known>, Fault>,
}

/// What a provider says of itself.
#[derive(Debug)]
pub struct Known {
    /// Its discovery document.
    pub document: Document,
    /// Its keys.
    keys: Vec<CoreJsonWebKey>,
}

impl Known {
    /// How many keys there are that Longshore can check with.
    pub fn keys(&self) -> usize {
        self.keys.len()
    }
}

impl OpenId {
    /// With the address that browsers use, and the time that providers have. Fails when the machine has no usable TLS.
    pub fn new(public: Option<String>, patience: Duration) -> Result<Self, Fault> {
        Ok(Self { fetch: Fetch::new(patience)?, public, remembered: Mutex::default() })
    }

    /// The address to which a provider sends people back; `None` when it is not known how browsers reach this server.
    pub fn redirect_uri(&self, slug: &str) -> Option<String> {
        self.public.as_ref().map(|public| format!("{public}/sign-in/with/{slug}/callback"))
    }

    /// Whether browsers come over TLS.
    pub fn secure(&self) -> bool {
        self.public.as_ref().is_some_and(|public| public.starts_with("https://"))
    }

    /// Asks a provider what it says of itself, whatever is remembered.
    pub async fn ask(&self, issuer: &str) -> Result<Known, Fault> {
        let document = Document::fetch(&self.fetch, issuer).await?;
        let keys = document.fetch_keys(&self.fetch).await?;
        Ok(Known { document, keys })
    }

    /// What a provider says of itself, asked now or some minutes ago.
    pub async fn known(&self, party: &Party, now: Millis) -> Result<Arc<Known>, Fault> {
        match self.remembered(party) {
            Some(Remembered { at, known: Ok(known), .. }) if (0..BELIEVED).contains(&(now - at)) => return Ok(known),
            Some(Remembered { at, known: Err(fault), .. }) if (0..PAUSE).contains(&(now - at)) => return Err(fault),
            _ => {}
        }
        let known = self.ask(&party.issuer).await.map(Arc::new);
        self.remember(party, now, known.clone());
        known
    }

    /// The same with keys that were fetched now: a token was signed with one that was not there. Not more often than every
    /// few seconds.
    async fn renewed(&self, party: &Party, now: Millis) -> Result<Arc<Known>, Fault> {
        match self.remembered(party) {
            Some(Remembered { at, known, .. }) if (0..PAUSE).contains(&(now - at)) => known,
            _ => {
                let known = self.ask(&party.issuer).await.map(Arc::new);
                self.remember(party, now, known.clone());
                known
            }
        }
    }

    /// Forgets a provider that has changed.
    pub fn forget(&self, id: ProviderId) {
        self.lock().remove(&id);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ProviderId, Remembered>> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remembered(&self, party: &Party) -> Option<Remembered> {
        self.lock().get(&party.id).filter(|r| r.version == party.version).cloned()
    }

    fn remember(&self, party: &Party, at: Millis, known: Result<Arc<Known>, Fault>) {
        let mut remembered = self.lock();
        if remembered.len() >= MOST {
            remembered.clear();
        }
        remembered.insert(party.id, Remembered { version: party.version, at, known });
    }
}

/// Whether an address may be asked on behalf of an issuer: https, and plain HTTP within this machine alone.
fn may_ask(issuer: &str, url: &str) -> bool {
    let local = |url: &str| url.strip_prefix("http://").is_some_and(is_loopback);
    url.strip_prefix("https://").is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
        || (local(issuer) && local(url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_stays_within_the_machine() {
        let (far, near) = ("https://login.example", "http://127.0.0.1:9000");
        assert!(may_ask(far, "https://keys.example/jwks") && may_ask(near, "http://localhost:9000/jwks"));
        assert!(may_ask(near, "https://keys.example/jwks"));
        for refused in
            ["http://127.0.0.1/x", "http://keys.example/x", "file:///etc/passwd", "https://", "https:///x", ""]
        {
            assert!(!may_ask(far, refused), "{refused}");
        }
        assert!(!may_ask(near, "http://169.254.169.254/latest"));
    }

    #[test]
    fn people_come_back_to_the_public_address() {
        let at = |public: Option<&str>| OpenId::new(public.map(Into::into), PATIENCE).expect("a client");
        let open = at(Some("https://cloud.example"));
        assert_eq!(open.redirect_uri("acme").as_deref(), Some("https://cloud.example/sign-in/with/acme/callback"));
        assert!(open.secure() && !at(Some("http://127.0.0.1:8080")).secure());
        assert_eq!(at(None).redirect_uri("acme"), None);
    }
}
