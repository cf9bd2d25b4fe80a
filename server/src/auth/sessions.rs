//! Sessions: looked up on every request, where they are kept or in the short memory of what was looked up a moment
//! ago. The cookie holds a random identifier; the keeper its hash.

use std::{fmt, sync::Arc};

use app::model::{AccountId, Millis, ProviderId, SessionId};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tower_sessions::{
    Expiry, Session, SessionManagerLayer, SessionStore,
    cookie::{
        SameSite,
        time::{Duration, OffsetDateTime},
    },
    session::{Id, Record},
    session_store,
};
use uuid::Uuid;

use super::{
    keeper::{KeeperError, Kept, MOST_SHOWN, Seen, SessionKeeper, SessionRow},
    revocations::{Revocation, Revocations, SessionKey},
    session_cache::Ticket,
};
use crate::{
    clock::{Clock, Seldom},
    config::Limits,
    database::accounts::Account,
};

/// The names of the cookie without TLS and with it: browsers take one with this prefix only over TLS, without a domain
/// and for the whole site.
pub const COOKIE_NAMES: [&str; 2] = ["longshore", "__Host-longshore"];

/// The name under which a session keeps [`SignedIn`].
const SIGNED_IN: &str = "signed_in";

/// The name under which a session keeps [`ByProvider`], while it is open by half, too.
const BY_PROVIDER: &str = "by_provider";

/// The name under which a session that is being made carries [`Seen`] to the store, which keeps it apart.
const SEEN: &str = "seen";

/// A session that is used is written down as used at most this often; more often where it would end before that.
const TOUCH_EVERY: Millis = 60_000;

/// How often a replica removes the sessions that are over, in milliseconds.
const PURGE_EVERY: Millis = 10_000;

/// Whose session it is, and with which password it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// The account.
    pub account: AccountId,
    /// The account's credential at that time; with another one the session is over.
    pub credential: Uuid,
}

impl SignedIn {
    /// What the session holds; `None` when nobody is signed in. Fails when the store does.
    pub async fn read(session: &Session) -> Result<Option<Self>, tower_sessions::session::Error> {
        session.get(SIGNED_IN).await
    }

    /// Signs in under a new identifier, so that one who planted the old one gains nothing. The session is kept when
    /// this returns. Fails when the store does; then nobody is signed in by it.
    pub async fn write(self, session: &Session, seen: &Seen) -> Result<(), tower_sessions::session::Error> {
        self.write_by(session, seen, None).await
    }

    /// The same when a provider has said who it is: the session lasts no longer than that holds.
    pub async fn write_by(
        self,
        session: &Session,
        seen: &Seen,
        by: Option<ByProvider>,
    ) -> Result<(), tower_sessions::session::Error> {
        let before = Self::read(session).await?;
        session.cycle_id().await?;
        // Whoever was here before has left nothing to somebody else.
        if before.is_none_or(|before| before.account != self.account) {
            session.clear().await;
        }
        session.insert(SIGNED_IN, self).await?;
        match by {
            Some(by) => session.insert(BY_PROVIDER, by).await?,
            None => session.remove_value(BY_PROVIDER).await.map(drop)?,
        }
        session.insert(SEEN, seen).await?;
        session.save().await
    }
}

/// The provider by which a session was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByProvider {
    /// Which.
    pub provider: ProviderId,
    /// The provider's epoch at that time; with another one the session is over.
    pub epoch: Uuid,
    /// Whether the provider has asked for a second factor, so that ours is not needed.
    pub strong: bool,
}

impl ByProvider {
    /// What the session holds; `None` when a password opened it. Fails when the store does.
    pub async fn read(session: &Session) -> Result<Option<Self>, tower_sessions::session::Error> {
        session.get(BY_PROVIDER).await
    }

    /// Notes it in a session that waits for its second step. Fails when the store does.
    pub async fn note(self, session: &Session) -> Result<(), tower_sessions::session::Error> {
        session.insert(BY_PROVIDER, self).await
    }
}

/// Whether the data of a kept session say that this provider has opened it.
fn is_by(data: &str, provider: ProviderId) -> bool {
    let data: serde_json::Value = serde_json::from_str(data).unwrap_or_default();
    ByProvider::deserialize(&data[BY_PROVIDER]).is_ok_and(|by| by.provider == provider)
}

/// The key of a session's row.
pub fn key(id: Id) -> SessionKey {
    let digest = Sha256::new().chain_update(b"longshore session").chain_update(id.0.to_le_bytes()).finalize();
    SessionKey(digest.into())
}

/// The name of a session towards its owner. Neither the key nor the cookie can be found by it.
pub fn public_id(key: SessionKey) -> SessionId {
    let digest = Sha256::new().chain_update(b"longshore session's public id").chain_update(key.0).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    SessionId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

/// The sessions.
#[derive(Clone)]
pub struct Sessions {
    keeper: Arc<dyn SessionKeeper>,
    revocations: Revocations,
    clock: Clock,
    idle: Millis,
    absolute: Millis,
    touch_every: Millis,
    purge: Arc<Seldom>,
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sessions")
    }
}

impl Sessions {
    /// Sessions where `keeper` keeps them. What ends is told to `revocations`, whose memory of sessions is used.
    pub fn new(keeper: Arc<dyn SessionKeeper>, revocations: Revocations, clock: Clock, limits: &Limits) -> Self {
        let millis = |d: std::time::Duration| Millis::try_from(d.as_millis()).unwrap_or(Millis::MAX);
        let (idle, absolute) = (millis(limits.session_idle()), millis(limits.session_absolute()));
        let touch_every = TOUCH_EVERY.min(idle / 4);
        Self { keeper, revocations, clock, idle, absolute, touch_every, purge: Arc::new(Seldom::new(PURGE_EVERY)) }
    }

    /// The layer that reads and writes the cookie. `secure`: browsers reach the server over TLS.
    pub fn layer(&self, secure: bool) -> SessionManagerLayer<Self> {
        SessionManagerLayer::new(self.clone())
            .with_name(COOKIE_NAMES[usize::from(secure)])
            .with_secure(secure)
            .with_http_only(true)
            .with_same_site(SameSite::Lax)
            // The browser's limit is the absolute one. The store enforces both; it does not read this.
            .with_expiry(Expiry::OnInactivity(Duration::milliseconds(self.absolute)))
    }

    /// To be taken before a session's account is read, for [`Sessions::remember`].
    pub fn ticket(&self) -> Ticket {
        self.revocations.cache().ticket()
    }

    /// The account of a session, when it was looked up a moment ago and nothing was revoked since.
    pub fn account(&self, key: SessionKey) -> Option<Arc<Account>> {
        self.revocations.cache().account(key, self.clock.now())
    }

    /// Remembers the account of a session for a moment.
    pub fn remember(&self, ticket: Ticket, key: SessionKey, account: Arc<Account>) {
        self.revocations.cache().keep_account(ticket, key, account);
    }

    /// Notes that a session is used, and from where; to the minute, or a quarter of
    /// the idle time. A session that was just looked up goes on when
    /// this cannot be written down.
    pub async fn touch(&self, key: SessionKey, seen: impl FnOnce() -> Seen) {
        let (cache, now) = (self.revocations.cache(), self.clock.now());
        if cache.row(key, now).is_none_or(|row| now - row.used_at < self.touch_every) {
            return;
        }
        let Some(row) = cache.touch(key, now, seen()) else { return };
        if let Err(error) = self.keeper.touch(&row).await {
            tracing::warn!("the use of a session could not be written down: {error}");
        }
    }

    /// The account's sessions that are not over, the latest used first.
    pub async fn list(&self, account: AccountId) -> Kept<Vec<SessionRow>> {
        let now = self.clock.now();
        let mut rows = self.keeper.list(account).await?;
        rows.retain(|row| now < self.ends(row));
        Ok(rows)
    }

    /// The key of the account's session of that name.
    pub async fn find(&self, account: AccountId, id: SessionId) -> Kept<Option<SessionKey>> {
        let rows = self.keeper.list(account).await?;
        Ok(rows.into_iter().map(|row| row.key).find(|key| public_id(*key) == id))
    }

    /// Ends all sessions of the account but, perhaps, one.
    pub async fn end_all(&self, account: AccountId, but: Option<SessionKey>) -> Kept<()> {
        let done = self.keeper.delete_of(account, but).await;
        // What failed may have happened.
        self.revocations.send(Revocation::Account(account, but));
        done
    }

    /// Ends all sessions of an account that the database lets in no more, or not with the credential that they carry. So
    /// they are over even where they cannot be removed just now.
    pub async fn end_account(&self, account: AccountId) {
        if let Err(error) = self.end_all(account, None).await {
            tracing::warn!("sessions that are over could not be removed: {error}");
        }
    }

    /// Ends the account's sessions that a provider has opened. They are over by what the database says; so nothing is lost
    /// where they cannot be removed just now.
    pub async fn end_by_provider(&self, account: AccountId, provider: ProviderId) {
        // Streams end and whoever may go on comes back.
        self.revocations.send(Revocation::Account(account, None));
        let ended = async {
            for row in self.keeper.list(account).await?.iter().filter(|row| is_by(&row.data, provider)) {
                self.end_one(row.key).await?;
            }
            Ok::<(), KeeperError>(())
        };
        if let Err(error) = ended.await {
            tracing::warn!("sessions that are over could not be removed: {error}");
        }
    }

    /// When a session was opened, that is, when somebody has last signed in with it.
    pub async fn opened_at(&self, account: AccountId, key: SessionKey) -> Kept<Option<Millis>> {
        Ok(self.keeper.list(account).await?.iter().find(|row| row.key == key).map(|row| row.created_at))
    }

    /// The sessions that make room for another one of an account that has as many as it may have: those that were used
    /// longest ago.
    pub async fn in_the_way(&self, account: AccountId) -> Kept<Vec<SessionKey>> {
        let others = usize::try_from(MOST_SHOWN).unwrap_or(usize::MAX).saturating_sub(1);
        Ok(self.keeper.list(account).await?.iter().skip(others).map(|row| row.key).collect())
    }

    /// Ends a session; whether there was one.
    pub async fn end_one(&self, key: SessionKey) -> Kept<bool> {
        let done = self.keeper.delete(key).await;
        if !matches!(done, Ok(false)) {
            self.revocations.send(Revocation::Session(key));
        }
        done
    }

    fn ends(&self, row: &SessionRow) -> Millis {
        (row.used_at + self.idle).min(row.created_at + self.absolute)
    }

    fn row(&self, record: &Record) -> Result<SessionRow, session_store::Error> {
        let account = match record.data.get(SIGNED_IN) {
            Some(value) => Some(SignedIn::deserialize(value).map_err(encode)?.account),
            None => None,
        };
        let mut data = record.data.clone();
        let seen = data.remove(SEEN).map(serde_json::from_value).transpose().map_err(encode)?.unwrap_or_default();
        let data = serde_json::to_string(&data).map_err(encode)?;
        let now = self.clock.now();
        Ok(SessionRow { key: key(record.id), account, data, created_at: now, used_at: now, seen })
    }
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        let now = self.clock.now();
        if self.purge.is_due(now) {
            self.keeper.purge(now - self.idle, now - self.absolute).await.map_err(backend)?;
        }
        loop {
            record.id = Id(i128::from_le_bytes(self.clock.random()));
            let (ticket, row) = (self.ticket(), self.row(record)?);
            if self.keeper.insert(&row).await.map_err(backend)? {
                self.revocations.cache().keep(ticket, Arc::new(row), now);
                return Ok(());
            }
        }
    }

    /// Changes what is there. A session that was ended meanwhile stays ended. What is there already is not written
    /// again.
    async fn save(&self, record: &Record) -> session_store::Result<()> {
        let (row, cache) = (self.row(record)?, self.revocations.cache());
        let same = |kept: &SessionRow| (&kept.data, kept.account) == (&row.data, row.account);
        if cache.row(row.key, self.clock.now()).is_some_and(|kept| same(&kept)) {
            return Ok(());
        }
        let done = self.keeper.update(&row).await.map_err(backend);
        cache.forget_one(row.key);
        done
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let (key, now, cache) = (key(*id), self.clock.now(), self.revocations.cache());
        let row = match cache.row(key, now) {
            Some(row) => row,
            None => {
                let ticket = cache.ticket();
                let Some(row) = self.keeper.find(key).await.map_err(backend)?.map(Arc::new) else { return Ok(None) };
                cache.keep(ticket, Arc::clone(&row), now);
                row
            }
        };
        let ends = self.ends(&row);
        if now >= ends {
            return Ok(None);
        }
        let data = serde_json::from_str(&row.data).map_err(|e| session_store::Error::Decode(e.to_string()))?;
        let expiry_date = OffsetDateTime::from_unix_timestamp_nanos(i128::from(ends) * 1_000_000)
            .map_err(|e| session_store::Error::Decode(e.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        self.end_one(key(*id)).await.map(drop).map_err(backend)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err takes")]
fn backend(error: KeeperError) -> session_store::Error {
    let cause = std::error::Error::source(&error).map(|e| format!(": {e}")).unwrap_or_default();
    session_store::Error::Backend(format!("{error}{cause}"))
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err takes")]
fn encode(error: serde_json::Error) -> session_store::Error {
    session_store::Error::Encode(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_id_names_one_session_and_is_not_its_key() {
        let (one, two) = (SessionKey([1; 32]), SessionKey([2; 32]));
        assert_eq!(public_id(one), public_id(one));
        assert_ne!(public_id(one), public_id(two));
        assert!(!one.hex().contains(&public_id(one).0.simple().to_string()));
    }
}
