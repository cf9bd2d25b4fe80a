//! What a browser has begun at a provider and may come back with: kept by the browser itself, sealed, so that any replica
//! can go on with it and nobody fills a table by beginning. Each is for one return within ten minutes; that it does not
//! come twice the database sees to.

use app::model::{AccountId, Millis, ProviderId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    auth::crypto::{Vault, hex},
    clock::Clock,
};

/// How long one may take at the provider.
pub const LIFETIME: Millis = 10 * 60 * 1000;
/// As many are remembered by one browser; the oldest gives way.
const MOST: usize = 2;
/// The most characters of the page to go to afterwards.
const MAX_NEXT: usize = 400;
/// The most hexadecimal digits of what is read.
const MAX_SEALED: usize = 4_096;

/// The names of the cookie without TLS and with it.
pub const COOKIE_NAMES: [&str; 2] = ["longshore-openid", "__Host-longshore-openid"];

/// What it is done for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Purpose {
    /// To sign in.
    SignIn,
    /// To link the account of whoever is signed in.
    Link(AccountId),
}

/// Something that was begun.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// At which provider.
    pub provider: ProviderId,
    /// What comes back with the answer.
    pub state: String,
    /// What comes back in the ID token.
    pub nonce: String,
    /// What shows that the code is for whoever has begun (RFC 7636).
    pub verifier: String,
    /// What for.
    pub purpose: Purpose,
    /// The page to go to afterwards.
    pub next: String,
    /// When it is over.
    pub until: Millis,
}

impl std::fmt::Debug for Attempt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Attempt").field("provider", &self.provider).finish_non_exhaustive()
    }
}

impl Attempt {
    /// Begins. `next` must be a path of this site.
    pub fn begin(clock: &Clock, provider: ProviderId, purpose: Purpose, next: &str) -> Self {
        let random = || hex(&clock.random::<32>());
        let next = if next.len() > MAX_NEXT { "/" } else { next };
        Self {
            provider,
            state: random(),
            nonce: random(),
            verifier: random(),
            purpose,
            next: next.to_owned(),
            until: clock.now() + LIFETIME,
        }
    }

    /// By which it is known that it was used.
    pub fn key(&self) -> String {
        hex(&Sha256::digest(&self.state))
    }
}

/// What one browser has begun, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Attempts(Vec<Attempt>);

impl Attempts {
    /// What a cookie holds; nothing when it is not ours.
    pub fn read(vault: &Vault, cookie: Option<&str>) -> Self {
        let sealed = cookie.filter(|c| c.len() <= MAX_SEALED).and_then(from_hex);
        let opened = sealed.and_then(|sealed| vault.open(CONTEXT, &sealed).ok());
        Self(opened.and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or_default())
    }

    /// With one more.
    pub fn push(&mut self, attempt: Attempt, now: Millis) {
        self.0.retain(|a| now < a.until);
        self.0.push(attempt);
        let too_many = self.0.len().saturating_sub(MOST);
        self.0.drain(..too_many);
    }

    /// Takes out the one that an answer belongs to, also when it is over.
    pub fn take(&mut self, provider: ProviderId, state: &str) -> Option<Attempt> {
        let wanted = Sha256::digest(state);
        let at = self.0.iter().position(|a| a.provider == provider && Sha256::digest(&a.state) == wanted)?;
        Some(self.0.remove(at))
    }

    /// For the cookie; `None` when there is nothing to keep.
    pub fn seal(&self, vault: &Vault) -> Option<String> {
        let json = serde_json::to_vec(&self.0).unwrap_or_default();
        (!self.0.is_empty()).then(|| hex(&vault.seal(CONTEXT, &json)))
    }
}

/// In which attempts are sealed.
const CONTEXT: &str = "openid-attempts";

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use uuid::Uuid;

    use super::*;
    use crate::clock::Manual;

    fn provider(n: u128) -> ProviderId {
        ProviderId(Uuid::from_u128(n))
    }

    #[test]
    fn a_browser_keeps_what_it_has_begun_and_cannot_read_or_change_it() {
        let clock = Clock::from_source(Manual::new(1_000));
        let vault = Vault::from_key([1; 32], clock.clone());
        let begun = Attempt::begin(&clock, provider(1), Purpose::SignIn, "/apps");
        let mut attempts = Attempts::default();
        assert_eq!(attempts.seal(&vault), None);
        attempts.push(begun.clone(), clock.now());
        let cookie = attempts.seal(&vault).expect("something");
        assert!(!cookie.contains(&begun.state));
        let mut read = Attempts::read(&vault, Some(&cookie));
        assert_eq!(read.take(provider(2), &begun.state), None, "another provider's answer");
        assert_eq!(read.take(provider(1), "0"), None);
        assert_eq!(read.take(provider(1), &begun.state), Some(begun.clone()));
        assert_eq!(read.take(provider(1), &begun.state), None);
        for foreign in ["", "zz", "a", &cookie[2..], &format!("00{}", &cookie[2..]), &"0".repeat(20_000)] {
            assert!(Attempts::read(&vault, Some(foreign)).0.is_empty());
        }
        assert_ne!(begun.verifier, begun.nonce);
        assert!(!format!("{begun:?}").contains(&begun.verifier));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let manual = Manual::new(1_000);
        let clock = Clock::from_source(Arc::<Manual>::clone(&manual));
        let vault = Vault::from_key([1; 32], clock.clone());
        let mut attempts = Attempts::default();
        let long = format!("/{}", "x".repeat(5_000));
        for _ in 0..10 {
            attempts.push(Attempt::begin(&clock, provider(1), Purpose::SignIn, &long), clock.now());
        }
        assert_eq!(attempts.0.len(), MOST);
        assert!(attempts.0.iter().all(|a| a.next == "/"));
        let longest = format!("/{}", "x".repeat(MAX_NEXT - 1));
        for _ in 0..MOST {
            let account = Purpose::Link(AccountId(Uuid::max()));
            attempts.push(Attempt::begin(&clock, provider(u128::MAX), account, &longest), clock.now());
        }
        // Browsers keep 4,096 bytes with the name and the attributes (RFC 6265, section 6.1).
        let sealed = attempts.seal(&vault).expect("something");
        assert!(sealed.len() < 3_800, "{}", sealed.len());
        assert_eq!(Attempts::read(&vault, Some(&sealed)).0, attempts.0);
        manual.advance(LIFETIME);
        attempts.push(Attempt::begin(&clock, provider(1), Purpose::SignIn, "/"), clock.now());
        assert_eq!(attempts.0.len(), 1, "those that are over go");
    }
}
