//! By which identity providers somebody signs in themselves. Linking one more begins at the door ([`super::openid`]).

use app::{
    ErrorKind, UiError,
    model::{IdentityId, IdentityRow, OwnIdentities},
    service::{Answer, Identities},
    text,
};
use async_trait::async_trait;

use super::{openid::is_fresh, session::SessionServices};
use crate::{auth::tokens::PersonOnly, database::identities::Identity};

#[async_trait]
impl Identities for SessionServices {
    async fn own(&self) -> Answer<OwnIdentities> {
        self.by_person(PersonOnly::LinkIdentity, "identity").await?;
        let (own, without) = self.own_identities().await?;
        let providers = self.parts.db.list_own_providers(&self.ctx).await?;
        let mut linked = Vec::with_capacity(own.len());
        for identity in &own {
            let name = self.parts.db.find_provider_name(&self.ctx, identity.provider).await?;
            linked.push(IdentityRow {
                id: identity.id,
                provider: name.unwrap_or_default(),
                created_at: identity.created_at,
                last_sign_in: identity.last_sign_in,
                only_way: without && own.len() == 1,
            });
        }
        let known = |id| own.iter().any(|identity| identity.provider == id);
        let offered = providers.into_iter().filter(|p| !known(p.id)).map(|p| (p.slug, p.name)).collect();
        let account = app::service::Session::viewer(self).id;
        let fresh = is_fresh(&self.parts, self.ctx.now(), account, self.key()).await?;
        Ok(OwnIdentities { linked, offered, fresh })
    }

    async fn unlink(&self, id: IdentityId) -> Answer<()> {
        self.refuse_tokens("identity.unlink", format!("identity/{id}")).await?;
        let (own, without) = self.own_identities().await?;
        let found = own.iter().find(|identity| identity.id == id).ok_or_else(UiError::not_found);
        let identity = self.checked(found, "identity.unlink", format!("identity/{id}")).await?;
        if without && own.len() == 1 {
            return Err(UiError::new(
                ErrorKind::Conflict,
                text!(
                    "You have no password, so this is your only way in. Ask whoever manages accounts for a link to choose one first.",
                    "您没有密码，这是唯一的登录方式。请先向账号管理员索取设置密码的链接。"
                ),
            ));
        }
        let viewer = app::service::Session::viewer(self);
        if self.parts.db.unlink_identity(&self.ctx, identity, &viewer.username).await? {
            self.parts.sessions.end_by_provider(viewer.id, identity.provider).await;
        }
        Ok(())
    }
}

impl SessionServices {
    /// One's own identities, and whether nobody knows a password of one's account.
    async fn own_identities(&self) -> Answer<(Vec<Identity>, bool)> {
        let id = app::service::Session::viewer(self).id;
        let account = self.parts.db.find_account(&self.ctx, id).await?.ok_or_else(UiError::signed_out)?;
        let own = self.parts.db.list_identities(&self.ctx, id).await?;
        let without = own.iter().any(|identity| identity.is_without_password(&account.password));
        Ok((own, without))
    }
}
