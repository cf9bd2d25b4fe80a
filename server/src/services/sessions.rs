//! Where somebody is signed in. Everybody sees and ends their own sessions and nobody else's.

use app::{
    UiError,
    model::{SessionId, SessionRow},
    service::{Answer, Sessions},
};
use async_trait::async_trait;

use super::{device::device, session::SessionServices};
use crate::{
    auth::{sessions::public_id, tokens::PersonOnly},
    database::audit::Entry,
};

#[async_trait]
impl Sessions for SessionServices {
    async fn list(&self) -> Answer<Vec<SessionRow>> {
        self.by_person(PersonOnly::ListSessions, "session").await?;
        let rows = self.parts.sessions.list(self.account()).await?;
        Ok(rows
            .into_iter()
            .map(|row| SessionRow {
                id: public_id(row.key),
                device: device(&row.seen.agent),
                agent: row.seen.agent,
                address: row.seen.address,
                opened_at: row.created_at,
                used_at: row.used_at,
                current: row.key == self.key(),
            })
            .collect())
    }

    async fn revoke(&self, id: SessionId) -> Answer<()> {
        self.refuse_tokens("session.revoke", format!("session/{id}")).await?;
        let ended = self.parts.sessions.end(self.account(), id).await?;
        let decision = if ended { Ok(()) } else { Err(UiError::not_found()) };
        self.checked(decision, "session.revoke", format!("session/{id}")).await?;
        self.note("session.revoke", format!("session/{id}")).await
    }

    async fn revoke_others(&self) -> Answer<()> {
        self.refuse_tokens("session.revoke_others", "session").await?;
        self.parts.sessions.end_all(self.account(), Some(self.key())).await?;
        self.note("session.revoke_others", "session".to_owned()).await
    }
}

impl SessionServices {
    fn account(&self) -> app::model::AccountId {
        app::service::Session::viewer(self).id
    }

    async fn note(&self, action: &'static str, object: String) -> Answer<()> {
        Ok(self.parts.db.record(&self.ctx, Entry::ok(action, object)).await?)
    }
}
