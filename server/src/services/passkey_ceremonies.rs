//! Ceremonies with passkeys: what was asked of a browser, until it answers. They are kept in the database, so that any
//! replica can take the answer, and are worth something in the session that began them alone.

use app::{
    ErrorKind, UiError,
    model::{PasskeyRequest, WebAuthn},
    service::Answer,
    text,
};
use http::request::Parts as Head;
use tower_sessions::Session;

use super::{
    fault,
    platform::{Doorkeeper, address_counted},
};
use crate::{
    auth::{
        context::OpContext,
        passkeys::{Begun, Ceremony, Refusal, Site, new_id},
        sessions,
    },
    database::{accounts::Account, challenges::NewChallenge},
};

/// The name under which a session notes that somebody began to sign in by a passkey, so that there is one.
const BEGUN: &str = "passkey";

impl Doorkeeper {
    /// The site that passkeys are for. Fails with `Unavailable` and the reason where there is none.
    pub(super) fn site(&self, parts: &Head) -> Answer<Site> {
        self.parts.sites.of(host(parts)).map_err(|why| UiError::new(ErrorKind::Unavailable, why.told()))
    }

    /// Keeps a ceremony of this session, and of an account once it is known which.
    pub(super) async fn begin(
        &self,
        ctx: &OpContext,
        session: &Session,
        account: Option<&Account>,
        (options, begun): (WebAuthn, Begun),
    ) -> Answer<PasskeyRequest> {
        if account.is_none() {
            // Whoever is not signed in has no session yet.
            session.insert(BEGUN, true).await.map_err(fault::session)?;
            session.save().await.map_err(fault::session)?;
        }
        let key = session.id().map(|id| sessions::key(id).hex()).ok_or_else(UiError::signed_out)?;
        let (id, kind) = (new_id(ctx), begun.kind());
        let caller = match account {
            Some(_) => format!("session/{key}"),
            None => format!("address/{}", address_counted(ctx.address())),
        };
        let account = account.map(|a| (a.viewer.id, a.credential));
        let ceremony = serde_json::to_vec(&Ceremony { session: key, account, begun }).map_err(unreadable)?;
        let sealed = self.parts.vault.seal(&context(&id), &ceremony);
        self.parts.db.insert_challenge(ctx, NewChallenge { id: id.clone(), kind, caller, sealed }).await?;
        Ok(PasskeyRequest { ceremony: id, options })
    }

    /// Takes a ceremony for its one answer. `None` when there is none of that kind and name: it took too long, it was answered, it
    /// is another session's or another account's, or the account's password was changed.
    pub(super) async fn take(
        &self,
        ctx: &OpContext,
        session: &Session,
        account: Option<&Account>,
        (kind, id): (&str, &str),
    ) -> Answer<Option<Begun>> {
        let Some(key) = session.id().map(|id| sessions::key(id).hex()) else { return Ok(None) };
        if id.len() != 32 || !id.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Ok(None);
        }
        let Some(sealed) = self.parts.db.take_challenge(ctx, kind, id).await? else { return Ok(None) };
        let kept = self.parts.vault.open(&context(id), &sealed)?;
        let ceremony: Ceremony = serde_json::from_slice(&kept).map_err(unreadable)?;
        let whose = account.map(|a| (a.viewer.id, a.credential));
        Ok((ceremony.session == key && ceremony.account == whose).then_some(ceremony.begun))
    }
}

/// The host that a request was sent to.
pub(super) fn host(parts: &Head) -> Option<&str> {
    let named = parts.headers.get(http::header::HOST).and_then(|v| v.to_str().ok());
    named.or_else(|| parts.uri.authority().map(http::uri::Authority::as_str))
}

/// The answer came too late, or is not to what was asked.
pub(super) fn over() -> UiError {
    UiError::new(
        ErrorKind::SignedOut,
        text!("The browser's answer came too late, or twice. Try again.", "浏览器的响应已超时或重复，请重试。"),
    )
}

/// What is said of an unknown passkey, and of one of an account that may not sign in.
pub(super) fn wrong_passkey() -> UiError {
    UiError::new(
        ErrorKind::SignedOut,
        text!(
            "This passkey lets nobody in here. It may have been removed; sign in another way.",
            "此通行密钥无法登录，可能已被移除。请使用其他方式登录。"
        ),
    )
}

/// Logs what is no fault of the answer.
pub(super) fn failed(refusal: Refusal) -> UiError {
    fault::internal(&refusal)
}

fn unreadable(error: serde_json::Error) -> UiError {
    fault::internal(&error)
}

fn context(id: &str) -> String {
    format!("passkey-ceremony/{id}")
}
