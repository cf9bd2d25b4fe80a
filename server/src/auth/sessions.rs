//! Sessions: kept in the database and looked up on every request. The cookie holds a random identifier; the
//! database its hash.

use std::fmt;

use app::model::{AccountId, Millis};
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

use super::revocations::SessionKey;
use crate::{
    clock::Clock,
    config::Limits,
    database::{Database, DatabaseError, sessions::SessionRow},
};

/// The name under which a session keeps [`SignedIn`].
const SIGNED_IN: &str = "signed_in";

/// A session that is used is written down as used at most this often.
const TOUCH_EVERY: Millis = 60_000;

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

    /// Signs in under a new identifier, so that one who planted the old one gains nothing. Fails when the store
    /// does.
    pub async fn write(self, session: &Session) -> Result<(), tower_sessions::session::Error> {
        session.cycle_id().await?;
        session.insert(SIGNED_IN, self).await
    }
}

/// The key of a session's row.
pub fn key(id: Id) -> SessionKey {
    let digest = Sha256::new().chain_update(b"longshore session").chain_update(id.0.to_le_bytes()).finalize();
    SessionKey(digest.into())
}

/// The layer that reads and writes the cookie. `secure`: browsers reach the server over TLS.
pub fn layer(db: &Database, clock: &Clock, limits: &Limits, secure: bool) -> SessionManagerLayer<Store> {
    let millis = |d: std::time::Duration| Millis::try_from(d.as_millis()).unwrap_or(Millis::MAX);
    let (idle, absolute) = (millis(limits.session_idle()), millis(limits.session_absolute()));
    SessionManagerLayer::new(Store { db: db.clone(), clock: clock.clone(), idle, absolute })
        // Browsers take a name with this prefix only over TLS, without a domain and for the whole site.
        .with_name(if secure { "__Host-longshore" } else { "longshore" })
        .with_secure(secure)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        // The browser's limit is the absolute one. The store enforces both; it does not read this.
        .with_expiry(Expiry::OnInactivity(Duration::milliseconds(absolute)))
}

/// Sessions in the database.
#[derive(Clone)]
pub struct Store {
    db: Database,
    clock: Clock,
    idle: Millis,
    absolute: Millis,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

impl Store {
    fn row(&self, record: &Record) -> Result<SessionRow, session_store::Error> {
        let account = match record.data.get(SIGNED_IN) {
            Some(value) => Some(SignedIn::deserialize(value).map_err(encode)?.account),
            None => None,
        };
        let data = serde_json::to_string(&record.data).map_err(encode)?;
        let now = self.clock.now();
        Ok(SessionRow { key: key(record.id), account, data, created_at: now, used_at: now })
    }
}

#[async_trait]
impl SessionStore for Store {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        let now = self.clock.now();
        self.db.purge_sessions(now - self.idle, now - self.absolute).await.map_err(backend)?;
        loop {
            record.id = Id(i128::from_le_bytes(self.clock.random()));
            if self.db.insert_session(self.row(record)?).await.map_err(backend)? {
                return Ok(());
            }
        }
    }

    /// Changes what is there. A session that was ended meanwhile stays ended.
    async fn save(&self, record: &Record) -> session_store::Result<()> {
        self.db.update_session(self.row(record)?).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let Some(row) = self.db.find_session(key(*id)).await.map_err(backend)? else { return Ok(None) };
        let now = self.clock.now();
        let ends = (row.used_at + self.idle).min(row.created_at + self.absolute);
        if now >= ends {
            return Ok(None);
        }
        if now - row.used_at >= TOUCH_EVERY {
            self.db.touch_session(row.key, now).await.map_err(backend)?;
        }
        let data = serde_json::from_str(&row.data).map_err(|e| session_store::Error::Decode(e.to_string()))?;
        let expiry_date = OffsetDateTime::from_unix_timestamp_nanos(i128::from(ends) * 1_000_000)
            .map_err(|e| session_store::Error::Decode(e.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        self.db.delete_session(key(*id)).await.map_err(backend)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err takes")]
fn backend(error: DatabaseError) -> session_store::Error {
    let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
    session_store::Error::Backend(format!("{error}: {cause}"))
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err takes")]
fn encode(error: serde_json::Error) -> session_store::Error {
    session_store::Error::Encode(error.to_string())
}
