//! What sessions, the limits of sign-in and the notices between replicas need of the place where they are kept. The
//! database is such a place, and Redis is another when it is configured; nobody but `boot` knows which it is.

use std::fmt;

use app::model::{AccountId, Millis};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use super::{
    attempts::{Attempt, Limit},
    context::OpContext,
    revocations::SessionKey,
};
use crate::database::DatabaseError;

/// Why something could not be kept or found. Its text is for the log, never for a person, and has no secret in it.
#[derive(Debug, thiserror::Error)]
pub enum KeeperError {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// Redis did not answer in time, or not with what was asked for.
    #[error("Redis failed: {0}")]
    Redis(String),
}

/// What keepers answer.
pub type Kept<T> = Result<T, KeeperError>;

/// The most sessions of an account, so that all of them are shown and can be ended one by one.
pub const MOST_SHOWN: u32 = 200;

/// The most bytes of a browser's name that are kept.
const MAX_AGENT: usize = 200;
/// The most bytes of an address that are kept.
const MAX_ADDRESS: usize = 64;

/// From where a session was last used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// What the browser says of itself; empty when it says nothing.
    pub agent: String,
    /// The address; empty when it is not known.
    pub address: String,
}

impl Seen {
    /// Cuts both to what is kept.
    pub fn new(agent: &str, address: &str) -> Self {
        let clip = |value: &str, most: usize| {
            let plain: String = value.chars().filter(|c| !c.is_control()).collect();
            plain[..plain.floor_char_boundary(most)].to_owned()
        };
        Self { agent: clip(agent, MAX_AGENT), address: clip(address, MAX_ADDRESS) }
    }
}

/// A session, as it is kept.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// The hash of the identifier.
    pub key: SessionKey,
    /// Whose it is, once somebody has signed in.
    pub account: Option<AccountId>,
    /// What it holds, as JSON.
    pub data: String,
    /// When it was opened.
    pub created_at: Millis,
    /// When it was last used, to the minute.
    pub used_at: Millis,
    /// From where it was last used.
    pub seen: Seen,
}

/// Keeps sessions.
#[async_trait]
pub trait SessionKeeper: fmt::Debug + Send + Sync {
    /// The session of that key, if there is one. It may be over: whoever asks looks at its times.
    async fn find(&self, key: SessionKey) -> Kept<Option<SessionRow>>;
    /// Keeps a new session; whether its key was free.
    async fn insert(&self, row: &SessionRow) -> Kept<bool>;
    /// Changes whose a session is and what it holds; nothing happens when it has ended.
    async fn update(&self, row: &SessionRow) -> Kept<()>;
    /// Notes when and from where a session is used; nothing happens when it has ended.
    async fn touch(&self, row: &SessionRow) -> Kept<()>;
    /// Ends a session; whether there was one.
    async fn delete(&self, key: SessionKey) -> Kept<bool>;
    /// The account's sessions, the latest used first, at most [`MOST_SHOWN`].
    async fn list(&self, account: AccountId) -> Kept<Vec<SessionRow>>;
    /// Ends all sessions of an account but, perhaps, one.
    async fn delete_of(&self, account: AccountId, but: Option<SessionKey>) -> Kept<()>;
    /// Removes the sessions that were last used or opened before these times, where they do not go by themselves.
    async fn purge(&self, used_before: Millis, opened_before: Millis) -> Kept<()>;
}

/// Counts attempts to give the right password.
#[async_trait]
pub trait AttemptKeeper: fmt::Debug + Send + Sync {
    /// Counts an attempt against all the limits, unless one of them is reached, or one has as many attempts that only people
    /// may try. `person` says that this one has shown to be one, or need not.
    async fn take_attempt(&self, ctx: &OpContext, limits: &[Limit], person: bool) -> Kept<Attempt>;
    /// After the right password: `anew` is counted from the beginning, and the one attempt of each of the `others` is given
    /// back. Without `anew` nothing could be tried, and only that one attempt did not count.
    async fn give_back_attempt(&self, anew: Option<&Limit>, others: &[Limit]) -> Kept<()>;
}

/// Carries notices from one replica to all.
#[async_trait]
pub trait NoticeBoard: fmt::Debug + Send + Sync {
    /// Tells all replicas that listen, this one too.
    async fn post(&self, notice: &str) -> Kept<()>;
    /// Sends `None` once it listens, and then each notice. Ends when notices may have been missed, or when nobody
    /// reads what it sends.
    async fn listen(&self, heard: mpsc::Sender<Option<String>>) -> Kept<()>;
    /// Whether it answers.
    async fn ready(&self) -> Kept<()>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_browser_says_is_cut_between_characters() {
        let seen = Seen::new(&"é".repeat(300), "10.0.0.1\r\n");
        assert_eq!((seen.agent.len(), seen.address.as_str()), (200, "10.0.0.1"));
    }
}
