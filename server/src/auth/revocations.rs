//! Ends what somebody must not have any more. A notice clears this process's memory of sessions and tells whoever
//! holds a stream open, before [`Revocations::send`] returns; `auth::replicas` carries it to the other replicas, so
//! that nothing outlives a sign-out, a changed password or a disabled account by more than a moment anywhere.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use app::model::AccountId;
use serde::{Deserialize, Serialize, de::Error as _};
use tokio::sync::{Notify, watch};

use super::{crypto, session_cache::Cache};

/// Notices that are remembered for a stream that is being opened or whose reader is slow.
const REMEMBERED: usize = 256;

/// Notices that wait to be carried to the other replicas; with more, one that ends everything takes their place.
const WAITING: usize = 1_000;

/// A session, as it is kept: the hash of the identifier that the browser holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionKey(pub [u8; 32]);

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey")
    }
}

impl SessionKey {
    /// In hexadecimal.
    pub fn hex(self) -> String {
        crypto::hex(&self.0)
    }

    /// Reads what [`SessionKey::hex`] wrote; `None` for anything else.
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut key = [0; 32];
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != key.len() || !rest.is_empty() {
            return None;
        }
        for (byte, pair) in key.iter_mut().zip(pairs) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(key))
    }
}

impl Serialize for SessionKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.hex())
    }
}

impl<'de> Deserialize<'de> for SessionKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_hex(&text).ok_or_else(|| D::Error::custom("no session's key"))
    }
}

/// What has ended or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Revocation {
    /// One session has ended.
    Session(SessionKey),
    /// All sessions of an account but, perhaps, one have ended: it was disabled or deleted, its tenant suspended, its
    /// password changed.
    Account(AccountId, Option<SessionKey>),
    /// An account is another than before: its rights, its name. Its sessions go on; its streams end where it may not
    /// see their topic any more.
    Changed(AccountId),
    /// Anything may have ended, because notices were missed: everything is looked up anew.
    Everything,
}

/// What a notice means for one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It may be over: its streams end.
    Ended,
    /// Its account has changed.
    Changed,
}

/// How far the notices had come at some moment. Taken before a session is looked up, it makes that nothing which is
/// revoked meanwhile slips through.
#[derive(Clone, Copy, Debug)]
pub struct Mark(u64);

/// The notices.
#[derive(Clone, Default)]
pub struct Revocations(Arc<Inner>);

impl fmt::Debug for Revocations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Revocations")
    }
}

#[derive(Default)]
struct Inner {
    cache: Cache,
    recent: Mutex<VecDeque<Revocation>>,
    /// The number of the last notice.
    last: watch::Sender<u64>,
    waiting: Mutex<VecDeque<Revocation>>,
    posted: Notify,
}

impl Revocations {
    /// Ends the sessions and their streams. When this returns, no request to this process is let through by what was
    /// known before; other replicas follow within a second.
    pub fn send(&self, revocation: Revocation) {
        self.apply(revocation);
        let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= WAITING {
            waiting.clear();
            waiting.push_back(Revocation::Everything);
        } else {
            waiting.push_back(revocation);
        }
        self.0.posted.notify_one();
    }

    /// The same for a notice of another replica: it is not passed on.
    pub(super) fn apply(&self, revocation: Revocation) {
        self.0.cache.forget(&revocation);
        let mut recent = self.0.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.len() >= REMEMBERED {
            recent.pop_front();
        }
        recent.push_back(revocation);
        self.0.last.send_modify(|last| *last += 1);
    }

    /// The next notice for the other replicas.
    pub(super) async fn to_post(&self) -> Revocation {
        loop {
            let posted = self.0.posted.notified();
            if let Some(next) = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front() {
                return next;
            }
            posted.await;
        }
    }

    /// What is remembered of sessions.
    pub(super) fn cache(&self) -> &Cache {
        &self.0.cache
    }

    /// How far the notices have come.
    pub fn mark(&self) -> Mark {
        Mark(*self.0.last.borrow())
    }

    /// Tells what happens to a session after `mark`.
    pub fn watch(&self, account: AccountId, key: SessionKey, mark: Mark) -> Watch {
        Watch { inner: Arc::clone(&self.0), last: self.0.last.subscribe(), seen: mark.0, account, key }
    }
}

/// Hears what happens to one session.
pub struct Watch {
    inner: Arc<Inner>,
    last: watch::Receiver<u64>,
    seen: u64,
    account: AccountId,
    key: SessionKey,
}

impl Watch {
    /// The next thing that happens to the session. When so many notices were missed that it may have ended, it counts
    /// as ended. May be dropped and called again.
    pub async fn next(&mut self) -> Heard {
        loop {
            if let Some(heard) = self.look() {
                return heard;
            }
            if self.last.changed().await.is_err() {
                return Heard::Ended;
            }
        }
    }

    fn look(&mut self) -> Option<Heard> {
        let recent = self.inner.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let last = *self.inner.last.borrow();
        let unseen = usize::try_from(last - self.seen).unwrap_or(usize::MAX);
        let Some(skip) = recent.len().checked_sub(unseen) else {
            self.seen = last;
            return Some(Heard::Ended);
        };
        for notice in recent.iter().skip(skip) {
            self.seen += 1;
            match notice {
                Revocation::Session(key) if *key == self.key => return Some(Heard::Ended),
                Revocation::Account(id, but) if *id == self.account && *but != Some(self.key) => {
                    return Some(Heard::Ended);
                }
                Revocation::Changed(id) if *id == self.account => return Some(Heard::Changed),
                Revocation::Everything => return Some(Heard::Ended),
                _ => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;
    use uuid::Uuid;

    use super::*;

    const MOMENT: Duration = Duration::from_millis(20);

    fn account(n: u128) -> AccountId {
        AccountId(Uuid::from_u128(n))
    }

    async fn heard(watch: &mut Watch) -> Option<Heard> {
        timeout(MOMENT, watch.next()).await.ok()
    }

    #[tokio::test]
    async fn ends_the_session_it_names_and_no_other() {
        let (one, two) = (SessionKey([1; 32]), SessionKey([2; 32]));
        let notices = Revocations::default();
        let watch = |id, key| notices.watch(account(id), key, notices.mark());
        let (mut first, mut second, mut stranger) = (watch(1, one), watch(1, two), watch(2, SessionKey([3; 32])));
        notices.send(Revocation::Account(account(1), Some(two)));
        assert_eq!(heard(&mut first).await, Some(Heard::Ended));
        assert_eq!((heard(&mut second).await, heard(&mut stranger).await), (None, None));
        notices.send(Revocation::Changed(account(1)));
        assert_eq!((heard(&mut second).await, heard(&mut stranger).await), (Some(Heard::Changed), None));
        notices.send(Revocation::Session(two));
        assert_eq!(heard(&mut second).await, Some(Heard::Ended));
        notices.send(Revocation::Everything);
        assert_eq!(heard(&mut stranger).await, Some(Heard::Ended));
    }

    #[tokio::test]
    async fn what_happens_while_a_session_is_looked_up_is_heard() {
        let (notices, key) = (Revocations::default(), SessionKey([1; 32]));
        let mark = notices.mark();
        notices.send(Revocation::Session(key));
        assert_eq!(heard(&mut notices.watch(account(1), key, mark)).await, Some(Heard::Ended));
        assert_eq!(heard(&mut notices.watch(account(1), key, notices.mark())).await, None);
    }

    #[tokio::test]
    async fn whoever_missed_notices_starts_anew() {
        let (notices, key) = (Revocations::default(), SessionKey([1; 32]));
        let mut slow = notices.watch(account(1), key, notices.mark());
        for _ in 0..REMEMBERED {
            notices.send(Revocation::Changed(account(2)));
        }
        assert_eq!(heard(&mut slow).await, None);
        for _ in 0..=REMEMBERED {
            notices.send(Revocation::Changed(account(2)));
        }
        assert_eq!(heard(&mut slow).await, Some(Heard::Ended));
    }

    #[tokio::test]
    async fn more_than_can_wait_ends_everything() {
        let notices = Revocations::default();
        for _ in 0..=WAITING {
            notices.send(Revocation::Changed(account(2)));
        }
        assert_eq!(timeout(MOMENT, notices.to_post()).await, Ok(Revocation::Everything));
        assert!(timeout(MOMENT, notices.to_post()).await.is_err(), "there is one");
    }

    #[test]
    fn a_notice_is_read_as_it_was_written() {
        for notice in [
            Revocation::Session(SessionKey([0xA5; 32])),
            Revocation::Account(account(7), Some(SessionKey([1; 32]))),
            Revocation::Account(account(7), None),
            Revocation::Changed(account(7)),
            Revocation::Everything,
        ] {
            let text = serde_json::to_string(&notice).expect("JSON");
            assert_eq!(serde_json::from_str::<Revocation>(&text).ok(), Some(notice), "{text}");
        }
        assert!(serde_json::from_str::<Revocation>(r#"{"session":"a5"}"#).is_err());
        assert!(SessionKey::from_hex(&"é".repeat(32)).is_none());
    }
}
