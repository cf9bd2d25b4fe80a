//! Where somebody is signed in. Everybody sees and ends their own sessions and nobody else's.

use app::{
    UiError,
    model::{SessionId, SessionRow},
    service::{Answer, Sessions},
};
use async_trait::async_trait;

use super::{
    device::device,
    session::SessionServices,
    session_ends::{Ending, end},
};
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
        let (action, object) = ("session.revoke", format!("session/{id}"));
        self.refuse_tokens(action, object.as_str()).await?;
        let ended = match self.parts.sessions.find(self.account(), id).await? {
            Some(key) => end(&self.parts, &self.ctx, Ending::One(key), Entry::ok(action, object.as_str())).await?,
            None => false,
        };
        let decision = if ended { Ok(()) } else { Err(UiError::not_found()) };
        self.checked(decision, action, object).await
    }

    async fn revoke_others(&self) -> Answer<()> {
        let action = "session.revoke_others";
        self.refuse_tokens(action, "session").await?;
        let others = Ending::AllBut(self.account(), self.key());
        end(&self.parts, &self.ctx, others, Entry::ok(action, "session")).await?;
        Ok(())
    }
}

impl SessionServices {
    fn account(&self) -> app::model::AccountId {
        app::service::Session::viewer(self).id
    }
}
