//! A short memory of sessions and their accounts, so that a request of somebody who is signed in need not ask the
//! database. Nothing is in it that was revoked: a revocation clears it, and what was being read from the database
//! meanwhile is not put in.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use app::model::Millis;

use super::{
    keeper::{Seen, SessionRow},
    revocations::{Revocation, SessionKey},
};
use crate::database::accounts::Account;

/// How long a session is believed to be as it was, in milliseconds.
pub const BELIEVED: Millis = 5_000;

/// The most sessions that are remembered.
const MOST: usize = 10_000;

/// Taken before something is read; when something was revoked since, what was read is not remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket(u64);

/// The memory.
#[derive(Default)]
pub struct Cache(Mutex<State>);

#[derive(Default)]
struct State {
    revocations: u64,
    entries: HashMap<SessionKey, Entry>,
}

struct Entry {
    row: Arc<SessionRow>,
    account: Option<Arc<Account>>,
    at: Millis,
}

impl Entry {
    /// A clock that was set back makes nothing live longer.
    fn is_fresh(&self, now: Millis) -> bool {
        (0..BELIEVED).contains(&(now - self.at))
    }
}

impl Cache {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For what is going to be read.
    pub fn ticket(&self) -> Ticket {
        Ticket(self.lock().revocations)
    }

    /// The session, when it is remembered.
    pub fn row(&self, key: SessionKey, now: Millis) -> Option<Arc<SessionRow>> {
        self.lock().entries.get(&key).filter(|e| e.is_fresh(now)).map(|e| Arc::clone(&e.row))
    }

    /// The session's account, when it is remembered.
    pub fn account(&self, key: SessionKey, now: Millis) -> Option<Arc<Account>> {
        self.lock().entries.get(&key).filter(|e| e.is_fresh(now)).and_then(|e| e.account.clone())
    }

    /// Remembers a session that was read or made after the ticket was taken.
    pub fn keep(&self, ticket: Ticket, row: Arc<SessionRow>, now: Millis) {
        let mut state = self.lock();
        if state.revocations != ticket.0 {
            return;
        }
        if state.entries.len() >= MOST {
            state.entries.retain(|_, entry| entry.is_fresh(now));
            if state.entries.len() >= MOST {
                state.entries.clear();
            }
        }
        state.entries.insert(row.key, Entry { row, account: None, at: now });
    }

    /// Remembers the account of a session that is remembered; read after the ticket was taken.
    pub fn keep_account(&self, ticket: Ticket, key: SessionKey, account: Arc<Account>) {
        let mut state = self.lock();
        if state.revocations == ticket.0
            && let Some(entry) = state.entries.get_mut(&key)
        {
            entry.account = Some(account);
        }
    }

    /// Notes the use of a remembered session; answers the session as it is then.
    pub fn touch(&self, key: SessionKey, now: Millis, seen: Seen) -> Option<Arc<SessionRow>> {
        let mut state = self.lock();
        let entry = state.entries.get_mut(&key)?;
        entry.row = Arc::new(SessionRow { used_at: now, seen, ..SessionRow::clone(&entry.row) });
        Some(Arc::clone(&entry.row))
    }

    /// Forgets one session, because it is another now.
    pub fn forget_one(&self, key: SessionKey) {
        self.forget(&Revocation::Session(key));
    }

    /// Forgets what was revoked.
    pub fn forget(&self, revocation: &Revocation) {
        let mut state = self.lock();
        state.revocations += 1;
        match revocation {
            Revocation::Session(key) => {
                state.entries.remove(key);
            }
            // The one session that goes on has another account from now on: with another credential, perhaps.
            Revocation::Account(id, _) | Revocation::Changed(id) => {
                state.entries.retain(|_, entry| entry.row.account != Some(*id));
            }
            Revocation::Everything => state.entries.clear(),
        }
    }
}

#[cfg(test)]
mod tests {
    use app::model::AccountId;
    use uuid::Uuid;

    use super::*;

    const KEY: SessionKey = SessionKey([1; 32]);

    fn row(key: SessionKey) -> Arc<SessionRow> {
        let account = Some(AccountId(Uuid::from_u128(1)));
        Arc::new(SessionRow { key, account, data: "{}".into(), created_at: 0, used_at: 0, seen: Seen::default() })
    }

    #[test]
    fn forgets_by_itself_and_when_the_clock_is_set_back() {
        let cache = Cache::default();
        cache.keep(cache.ticket(), row(KEY), 1_000);
        assert!(cache.row(KEY, 1_000 + BELIEVED - 1).is_some());
        assert!(cache.row(KEY, 1_000 + BELIEVED).is_none());
        assert!(cache.row(KEY, 999).is_none());
    }

    #[test]
    fn what_was_read_before_a_revocation_is_not_remembered_after_it() {
        let cache = Cache::default();
        let ticket = cache.ticket();
        cache.forget(&Revocation::Session(KEY));
        cache.keep(ticket, row(KEY), 0);
        assert!(cache.row(KEY, 0).is_none());
        for revocation in [
            Revocation::Session(KEY),
            Revocation::Account(AccountId(Uuid::from_u128(1)), Some(KEY)),
            Revocation::Changed(AccountId(Uuid::from_u128(1))),
            Revocation::Everything,
        ] {
            cache.keep(cache.ticket(), row(KEY), 0);
            assert!(cache.row(KEY, 0).is_some());
            cache.forget(&revocation);
            assert!(cache.row(KEY, 0).is_none(), "{revocation:?}");
        }
    }

    #[test]
    fn stays_bounded() {
        let cache = Cache::default();
        for n in 0..=MOST {
            let mut key = [0; 32];
            key[..8].copy_from_slice(&n.to_le_bytes());
            cache.keep(cache.ticket(), row(SessionKey(key)), 0);
        }
        assert!(cache.lock().entries.len() <= MOST);
    }
}
