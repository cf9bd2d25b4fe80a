//! Passwords: Argon2id, off the async threads, a bounded number at a time.

use std::{num::NonZero, sync::Arc, thread, time::Duration};

use app::model::Strength;
use argon2::Params;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use super::{argon::Argon, strength};
use crate::clock::Clock;

/// The most passwords that are hashed at the same time, where there are as many cores; the others wait. Each takes the
/// configured memory and a core.
const AT_ONCE: usize = 4;

/// How long a password waits for its turn.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// How many may wait; whoever comes then is told so at once. More than are hashed in [`LONGEST_WAIT`] on a fast machine.
const MOST_WAITING: usize = 1_000;

/// The most bytes that are looked at: Argon2 takes time in proportion.
pub const MAX_BYTES: usize = 1024;

/// Why a password could not be hashed or checked. Never that it is wrong.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// The parameters are outside of what Argon2 allows.
    #[error("the parameters of Argon2 are not allowed")]
    Parameters(#[source] argon2::Error),
    /// Argon2 failed: out of memory, or the stored hash cannot be read.
    #[error("a password could not be hashed")]
    Failed(#[source] argon2::password_hash::Error),
    /// So many passwords are being checked that this one would have to wait too long.
    #[error("too many passwords are being checked")]
    Busy,
    /// The server stops.
    #[error("the work was cut off")]
    CutOff,
}

/// Hashes and checks passwords.
#[derive(Clone)]
pub struct Passwords {
    clock: Clock,
    argon: Arc<Argon>,
    permits: Arc<Semaphore>,
    /// The places of those who wait for their turn or have it.
    places: Arc<Semaphore>,
}

impl std::fmt::Debug for Passwords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passwords")
    }
}

impl Passwords {
    /// With Argon2id's memory in KiB and its passes. Fails when Argon2 does not allow them.
    pub fn new(memory_kib: u32, passes: u32, clock: Clock) -> Result<Self, PasswordError> {
        let params = Params::new(memory_kib, passes, 1, None).map_err(PasswordError::Parameters)?;
        let argon = Arc::new(Argon::new(params));
        let at_once = thread::available_parallelism().map_or(1, NonZero::get).min(AT_ONCE);
        Ok(Self {
            clock,
            argon,
            permits: Arc::new(Semaphore::new(at_once)),
            places: Arc::new(Semaphore::new(at_once + MOST_WAITING)),
        })
    }

    /// The hash of a new password as a PHC string, which carries salt and parameters.
    pub async fn hash(&self, password: &str) -> Result<String, PasswordError> {
        let (argon, salt) = (Arc::clone(&self.argon), self.clock.random::<16>());
        let password = Zeroizing::new(password.as_bytes().to_vec());
        self.work(move || argon.hash(&password, &salt).map_err(PasswordError::Failed)).await
    }

    /// Whether the password is right, by the parameters of the stored hash. Takes the same work, and answers no, when
    /// there is no stored hash or an empty one. What is longer than [`MAX_BYTES`] is wrong.
    pub async fn check(&self, password: &str, stored: Option<&str>) -> Result<bool, PasswordError> {
        let stored = stored.filter(|hash| !hash.is_empty()).map(str::to_owned);
        let short = password.len() <= MAX_BYTES;
        let password = Zeroizing::new(password.bytes().take(MAX_BYTES).collect::<Vec<u8>>());
        let argon = Arc::clone(&self.argon);
        let verify = move || argon.verify(stored.as_deref(), &password).map_err(PasswordError::Failed);
        Ok(self.work(verify).await? && short)
    }

    /// Has each check take the work of one by the parameters of this hash, too, when they are not the present ones; whether
    /// it does. There is an end to it, and what cannot be read is nothing of that kind.
    pub fn learn(&self, stored: &str) -> bool {
        self.argon.learn_of(stored)
    }

    /// How the hashes begin whose work each check takes.
    pub fn beginnings(&self) -> Result<Vec<String>, PasswordError> {
        self.argon.beginnings().map_err(PasswordError::Failed)
    }

    /// Whether a stored hash was made with other parameters than the present ones.
    pub fn outdated(&self, stored: &str) -> bool {
        self.argon.outdated(stored)
    }

    /// How many hashes were begun with the present parameters, for tests which say that two answers cost the same.
    #[doc(hidden)]
    pub fn begun(&self) -> u64 {
        self.argon.begun()
    }

    /// How many hashes were begun with former parameters, for the same tests.
    #[doc(hidden)]
    pub fn begun_by_former(&self) -> u64 {
        self.argon.begun_by_former()
    }

    /// How hard a password is to guess. `words` are what a guesser tries first.
    pub async fn judge(&self, password: &str, username: &str, words: &[&str]) -> Result<Strength, PasswordError> {
        let password = Zeroizing::new(password.to_owned());
        let username = username.to_owned();
        let words: Vec<String> = words.iter().map(|&w| w.to_owned()).collect();
        self.work(move || {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            Ok(strength::judge(&password, &username, &words))
        })
        .await
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let _place = self.places.try_acquire().map_err(|_| PasswordError::Busy)?;
        // The permit goes into the thread: a caller that hangs up must not let the next one start early.
        let turn = tokio::time::timeout(LONGEST_WAIT, Arc::clone(&self.permits).acquire_owned());
        let permit = turn.await.map_err(|_| PasswordError::Busy)?.map_err(|_| PasswordError::CutOff)?;
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        done.await.map_err(|_| PasswordError::CutOff)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passwords(passes: u32) -> Passwords {
        Passwords::new(8_192, passes, Clock::system()).expect("allowed")
    }

    #[tokio::test]
    async fn tells_right_from_wrong_and_nobody() {
        let passwords = passwords(1);
        let stored = passwords.hash("correct horse").await.expect("hashed");
        assert!(stored.starts_with("$argon2id$v=19$m=8192,t=1,p=1$"), "{stored}");
        assert!(passwords.check("correct horse", Some(&stored)).await.expect("checked"));
        assert!(!passwords.check("correct hors", Some(&stored)).await.expect("checked"));
        for nobodys in [None, Some("")] {
            let before = passwords.begun();
            assert!(!passwords.check("correct horse", nobodys).await.expect("checked"));
            assert_eq!(passwords.begun() - before, 1, "and that costs as much");
        }
        assert_ne!(stored, passwords.hash("correct horse").await.expect("hashed"), "salted");
    }

    #[tokio::test]
    async fn checks_by_the_stored_parameters_and_knows_old_ones() {
        let stored = passwords(1).hash("correct horse").await.expect("hashed");
        let now = passwords(2);
        assert!(now.check("correct horse", Some(&stored)).await.expect("checked"));
        assert!(now.outdated(&stored) && !passwords(1).outdated(&stored));
        assert!(now.check("correct horse", Some("nonsense")).await.is_err());
    }

    #[tokio::test]
    async fn what_is_too_long_is_wrong() {
        let passwords = passwords(1);
        let long = "x".repeat(MAX_BYTES);
        let stored = passwords.hash(&long).await.expect("hashed");
        assert!(passwords.check(&long, Some(&stored)).await.expect("checked"));
        assert!(!passwords.check(&format!("{long}x"), Some(&stored)).await.expect("checked"));
    }
}
