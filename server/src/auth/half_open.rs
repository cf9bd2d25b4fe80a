//! What a session holds besides who is signed in: that a password was right and a code is still to come, and what one
//! is shown of one's own second factor for a while.

use app::model::{AccountId, Millis};
use serde::{Deserialize, Serialize};
use tower_sessions::{Session, session::Error};
use uuid::Uuid;

/// How long one may take for the second step, and for writing down what is shown once.
pub const LIFETIME: Millis = 5 * 60 * 1000;

const HALF_OPEN: &str = "half_open";
const ENROLLING: &str = "enrolling";
const NEW_CODES: &str = "new_codes";

/// A session whose password was right. It is good for the second step and for nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HalfOpen {
    /// The account.
    pub account: AccountId,
    /// The account's credential at that time; with another one it is over.
    pub credential: Uuid,
    /// When it ends.
    pub until: Millis,
}

impl HalfOpen {
    /// What the session holds, while it lasts. Fails when the store does.
    pub async fn read(session: &Session, now: Millis) -> Result<Option<Self>, Error> {
        let held: Option<Self> = session.get(HALF_OPEN).await?;
        Ok(held.filter(|h| now < h.until))
    }

    /// Opens a session by half under a new identifier; whatever it held before is gone. Fails when the store does.
    pub async fn write(self, session: &Session) -> Result<(), Error> {
        session.cycle_id().await?;
        session.clear().await;
        session.insert(HALF_OPEN, self).await
    }

    /// Takes it back. Fails when the store does.
    pub async fn remove(session: &Session) -> Result<(), Error> {
        session.remove_value(HALF_OPEN).await.map(drop)
    }
}

/// Something that only the session which made it is shown, and for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Shown<T> {
    until: Millis,
    value: T,
}

async fn read<T: Clone + for<'a> Deserialize<'a>>(
    session: &Session,
    key: &str,
    now: Millis,
) -> Result<Option<T>, Error> {
    let held: Option<Shown<T>> = session.get(key).await?;
    Ok(held.filter(|s| now < s.until).map(|s| s.value))
}

/// The enrolment that this session has begun, by the moment it was begun. Fails when the store does.
pub async fn enrolling(session: &Session, now: Millis) -> Result<Option<Millis>, Error> {
    read(session, ENROLLING, now).await
}

/// Notes that this session has begun an enrolment. Fails when the store does.
pub async fn begin_enrolling(session: &Session, now: Millis) -> Result<(), Error> {
    session.insert(ENROLLING, Shown { until: now + 2 * LIFETIME, value: now }).await
}

/// The enrolment is over. Fails when the store does.
pub async fn end_enrolling(session: &Session) -> Result<(), Error> {
    session.remove_value(ENROLLING).await.map(drop)
}

/// The recovery codes that this session has made, sealed. Fails when the store does.
pub async fn new_codes(session: &Session, now: Millis) -> Result<Option<Vec<u8>>, Error> {
    read(session, NEW_CODES, now).await
}

/// Keeps recovery codes for the session that made them, sealed. The enrolment is over. Fails when the store does.
pub async fn show_codes(session: &Session, now: Millis, sealed: Vec<u8>) -> Result<(), Error> {
    session.remove_value(ENROLLING).await?;
    session.insert(NEW_CODES, Shown { until: now + 2 * LIFETIME, value: sealed }).await
}

/// Shows nothing of the second factor any more. Fails when the store does.
pub async fn put_away(session: &Session) -> Result<(), Error> {
    session.remove_value(ENROLLING).await?;
    session.remove_value(NEW_CODES).await.map(drop)
}
