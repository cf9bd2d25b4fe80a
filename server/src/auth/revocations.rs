//! Tells whoever holds a stream open that its session has ended, so that nothing outlives a sign-out, a changed
//! password or a disabled account by more than a moment.

use app::model::AccountId;
use tokio::sync::broadcast;

/// Notices that may be waiting for a slow listener before it is told that it has missed some.
const WAITING: usize = 256;

/// A session, as its row in the database is keyed: the hash of the identifier that the browser holds.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionKey(pub [u8; 32]);

impl std::fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SessionKey")
    }
}

/// Which sessions have ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// One session.
    Session(SessionKey),
    /// All sessions of an account but, perhaps, one.
    Account(AccountId, Option<SessionKey>),
}

/// The notices of ended sessions.
#[derive(Clone, Debug)]
pub struct Revocations(broadcast::Sender<Revocation>);

impl Default for Revocations {
    fn default() -> Self {
        Self(broadcast::channel(WAITING).0)
    }
}

impl Revocations {
    /// Ends the streams of the sessions.
    pub fn send(&self, revocation: Revocation) {
        // That nobody listens is no fault: there is no open stream then.
        let _ = self.0.send(revocation);
    }

    /// Resolves when this session has ended, or when so many notices were missed that it may have: the stream's
    /// owner opens it anew, and the session is looked up then. Listens from the call on, not from the first poll.
    pub fn ended(&self, account: AccountId, key: SessionKey) -> impl Future<Output = ()> + Send + 'static {
        let mut notices = self.0.subscribe();
        async move {
            while let Ok(notice) = notices.recv().await {
                match notice {
                    Revocation::Session(ended) if ended == key => return,
                    Revocation::Account(id, but) if id == account && but != Some(key) => return,
                    _ => {}
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn ends_the_session_it_names_and_no_other() {
        let (account, other) = (AccountId(Uuid::from_u128(1)), AccountId(Uuid::from_u128(2)));
        let (one, two) = (SessionKey([1; 32]), SessionKey([2; 32]));
        let notices = Revocations::default();
        let (first, second, stranger) =
            (notices.ended(account, one), notices.ended(account, two), notices.ended(other, SessionKey([3; 32])));
        notices.send(Revocation::Account(account, Some(two)));
        let moment = Duration::from_millis(50);
        assert!(timeout(moment, first).await.is_ok());
        assert!(timeout(moment, stranger).await.is_err());
        let mut second = Box::pin(second);
        assert!(timeout(moment, &mut second).await.is_err());
        notices.send(Revocation::Session(two));
        assert!(timeout(moment, second).await.is_ok());
    }
}
