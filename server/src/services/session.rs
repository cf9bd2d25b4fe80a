//! Somebody who is signed in, during one request or one stream. Every noun's file implements its trait for
//! [`SessionServices`].

use std::{sync::Arc, time::Duration};

use app::{
    ErrorKind,
    model::{Access, Permission, Viewer},
    service::{self, Answer},
};

use super::{Parts, bearers::for_people_alone};
use crate::{
    auth::{
        authz::Granted,
        context::OpContext,
        revocations::{Mark, SessionKey, Watch},
        tokens::{PersonOnly, TokenInUse},
    },
    database::audit::Entry,
};

/// The services of one session, or of one token.
#[derive(Clone, Debug)]
pub struct SessionServices {
    /// What the services work with.
    pub(crate) parts: Arc<Parts>,
    /// Who asks, and in which request.
    pub(crate) ctx: OpContext,
    viewer: Viewer,
    key: SessionKey,
    mark: Mark,
    /// What is refused was tried by nobody; see [`Self::rereading`].
    rereads: bool,
}

impl SessionServices {
    /// The services for a viewer whose session or token was just looked up, after `mark` was taken, in the request of this
    /// id from this address. `viewer` and `access` are the account's own; what a token leaves of them is left here.
    pub(crate) fn new(
        parts: Arc<Parts>,
        viewer: Viewer,
        access: Arc<Access>,
        (key, mark): (SessionKey, Mark),
        token: Option<Arc<TokenInUse>>,
        (request_id, address): (String, String),
    ) -> Self {
        let (viewer, access) = match &token {
            Some(token) => token.narrow(viewer, &access),
            None => (viewer, access),
        };
        let ctx = OpContext::account(viewer.clone(), access, request_id, address, parts.clock.clone());
        Self { parts, ctx: ctx.by_token(token), viewer, key, mark, rereads: false }
    }

    /// The session's key.
    pub(crate) fn key(&self) -> SessionKey {
        self.key
    }

    /// The permission as a token, for something that is nobody's in particular. A refusal is written to the audit
    /// trail under `action` and `object`. Fails with `Forbidden`.
    pub(crate) async fn require(
        &self,
        permission: Permission,
        action: &'static str,
        object: impl Into<String>,
    ) -> Answer<Granted> {
        self.checked(self.ctx.require(permission), action, object.into()).await
    }

    /// That the actor has a permission anywhere at all, before a list of what that shows. A refusal is written to the audit
    /// trail under `action` and `object`. Fails with `Forbidden`.
    pub(crate) async fn require_anywhere(
        &self,
        permission: Permission,
        action: &'static str,
        object: &'static str,
    ) -> Answer<()> {
        self.checked(self.ctx.require_somewhere(permission).map(drop), action, object).await
    }

    /// The same for a stream that reads by itself, again and again, what somebody has asked for before. Nobody tries anything
    /// by that, so what is refused then leaves no entry. Only for reading.
    pub(crate) fn rereading(&self) -> Self {
        Self { rereads: true, ..self.clone() }
    }

    /// Passes on what `authz` decided, and writes a refusal to the audit trail, whether it hides the thing or
    /// denies the permission: `self.checked(App::authorize(…), "app.delete", format!("app/{name}")).await?`.
    /// For something that is another's, `object` must be what the caller sent, never the name that was found.
    pub(crate) async fn checked<T>(
        &self,
        decision: Answer<T>,
        action: &'static str,
        object: impl Into<String>,
    ) -> Answer<T> {
        if let Err(error) = &decision
            && !self.rereads
            && matches!(error.kind, ErrorKind::Forbidden | ErrorKind::NotFound)
        {
            self.parts.db.record(&self.ctx, Entry::refused(action, object).detail(&error.message.en)).await?;
        }
        decision
    }

    /// Refuses what no token may do, and writes that to the audit trail.
    pub(crate) async fn by_person(&self, doing: PersonOnly, object: impl Into<String>) -> Answer<()> {
        self.refuse_tokens(doing.action(), object).await
    }

    /// The same under an action of its own, for one of several acts that are a [`PersonOnly`] together.
    pub(crate) async fn refuse_tokens(&self, action: &'static str, object: impl Into<String>) -> Answer<()> {
        let decision = if self.ctx.token().is_some() { Err(for_people_alone()) } else { Ok(()) };
        self.checked(decision, action, object).await
    }

    /// How long a stream may last that lasts no longer than `most`: a token's ends when the token does.
    pub(crate) fn stream_lasts(&self, most: Duration) -> Duration {
        let left = self.ctx.token().map(|token| (token.expires_at - self.ctx.now()).max(0).unsigned_abs());
        left.map_or(most, |left| most.min(Duration::from_millis(left)))
    }

    /// Tells what happens to the session from before it was looked up on: whoever holds a stream open for it must end
    /// the stream when the session ends.
    pub(crate) fn watch_session(&self) -> Watch {
        self.parts.revocations.watch(self.viewer.id, self.key, self.mark)
    }

    /// The services after the account has changed; `None` when it may not go on.
    pub(crate) async fn renewed(&self) -> Option<Self> {
        let account = self.parts.db.find_account(&self.ctx, self.viewer.id).await.ok()??;
        if account.disabled || account.viewer.must_change_password {
            return None;
        }
        let asked = (self.ctx.request_id().to_owned(), self.ctx.address().to_owned());
        let parts = Arc::clone(&self.parts);
        Some(Self::new(parts, account.viewer, account.access, (self.key, self.mark), self.ctx.token().cloned(), asked))
    }
}

impl service::Session for SessionServices {
    fn viewer(&self) -> &Viewer {
        &self.viewer
    }

    fn tenants(&self) -> &dyn service::Tenants {
        self
    }

    fn accounts(&self) -> &dyn service::Accounts {
        self
    }

    fn roles(&self) -> &dyn service::Roles {
        self
    }

    fn tokens(&self) -> &dyn service::Tokens {
        self
    }

    fn access(&self) -> &dyn service::AccessControl {
        self
    }

    fn sessions(&self) -> &dyn service::Sessions {
        self
    }

    fn links(&self) -> &dyn service::Links {
        self
    }

    fn identity_providers(&self) -> &dyn service::IdentityProviders {
        self
    }

    fn identities(&self) -> &dyn service::Identities {
        self
    }

    fn platform(&self) -> &dyn service::PlatformControl {
        self
    }

    fn clusters(&self) -> &dyn service::Clusters {
        self
    }

    fn nodes(&self) -> &dyn service::Nodes {
        self
    }

    fn pods(&self) -> &dyn service::Pods {
        self
    }

    fn namespaces(&self) -> &dyn service::Namespaces {
        self
    }

    fn templates(&self) -> &dyn service::Templates {
        self
    }

    fn registries(&self) -> &dyn service::Registries {
        self
    }

    fn secrets(&self) -> &dyn service::Secrets {
        self
    }

    fn apps(&self) -> &dyn service::Apps {
        self
    }

    fn operations(&self) -> &dyn service::Operations {
        self
    }

    fn audit(&self) -> &dyn service::Audit {
        self
    }

    fn search(&self) -> &dyn service::Search {
        self
    }

    fn live(&self) -> &dyn service::Live {
        self
    }
}
