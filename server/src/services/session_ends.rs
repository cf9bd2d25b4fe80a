//! Ends sessions so that none ends without a record. Where the database keeps them, a session and its entry are changed in
//! one transaction. Redis knows none that spans both: there the entry comes first, and says that Redis was asked, so that a
//! server which is killed between the two leaves a record of what did not happen rather than no record of what did. What
//! Redis then fails to do is written down, too.

use app::{model::AccountId, service::Answer};

use super::Parts;
use crate::{
    auth::{
        context::OpContext,
        revocations::{Revocation, SessionKey},
    },
    database::audit::Entry,
};

/// Which sessions end.
#[derive(Clone, Copy)]
pub(super) enum Ending {
    /// One.
    One(SessionKey),
    /// All of an account but one.
    AllBut(AccountId, SessionKey),
}

/// Ends sessions, with an entry; whether there was the one that was to end. Of one that had ended already, nothing is
/// written where the database keeps them.
pub(super) async fn end(parts: &Parts, ctx: &OpContext, which: Ending, entry: Entry) -> Answer<bool> {
    if parts.redis {
        return end_in_redis(parts, ctx, which, entry).await;
    }
    let (done, notice) = match which {
        Ending::One(key) => (parts.db.end_session(ctx, key, entry).await, Revocation::Session(key)),
        Ending::AllBut(account, key) => {
            let done = parts.db.end_other_sessions(ctx, account, key, entry).await;
            (done.map(|()| true), Revocation::Account(account, Some(key)))
        }
    };
    // What failed may have happened.
    if !matches!(done, Ok(false)) {
        parts.revocations.send(notice);
    }
    Ok(done?)
}

async fn end_in_redis(parts: &Parts, ctx: &OpContext, which: Ending, entry: Entry) -> Answer<bool> {
    parts.db.record(ctx, entry.clone().also("asked of Redis")).await?;
    let done = match which {
        Ending::One(key) => parts.sessions.end_one(key).await,
        Ending::AllBut(account, key) => parts.sessions.end_all(account, Some(key)).await.map(|()| true),
    };
    if done.is_err() {
        parts.db.record(ctx, entry.in_vain().also("Redis did not say that it was done")).await?;
    }
    Ok(done?)
}
