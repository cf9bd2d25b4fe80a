//! Requests that carry a key and are done once, however often they are sent. What was answered is kept sealed. What was
//! asked is kept as a fingerprint that needs the server's key to be made: it may hold a password.

use std::sync::Arc;

use app::{
    ErrorKind, UiError,
    model::{AccountId, Viewer},
    service::{Answer, Kept, Repeat, Repeats},
    text,
};
use async_trait::async_trait;
use http::request::Parts as Head;
use sha2::{Digest, Sha256};

use super::{
    Parts,
    platform::{Doorkeeper, Known, address, address_counted, request_id},
};
use crate::{
    auth::{context::OpContext, crypto::hex},
    database::{links::TokenHash, repeats::Standing},
};

/// The header, as errors name it.
const FIELD: &str = "Idempotency-Key";

/// Keys are one's own: what one of them stands for in the database, and what is kept under it.
struct Keys {
    parts: Arc<Parts>,
    ctx: OpContext,
    /// Whose they are.
    whose: String,
}

impl Keys {
    fn id(&self, key: &str) -> String {
        hex(&Sha256::new().chain_update(&self.whose).chain_update(key).finalize())
    }

    fn fingerprint(&self, request: &[u8]) -> String {
        hex(&self.parts.vault.fingerprint("repeat", request))
    }

    /// Fails with `Internal` when it cannot be written as JSON.
    fn seal(&self, id: &str, kept: &Kept) -> Answer<Vec<u8>> {
        let kept = serde_json::to_vec(kept).map_err(|_| UiError::internal())?;
        Ok(self.parts.vault.seal(&context(id), &kept))
    }

    /// Fails with `Internal` when it was altered, or sealed for another key.
    fn open(&self, id: &str, sealed: &[u8]) -> Answer<Kept> {
        let kept = self.parts.vault.open(&context(id), sealed)?;
        serde_json::from_slice(&kept).map_err(|_| UiError::internal())
    }
}

/// The keys of whoever is signed in: another account, and another token of the same, has keys of its own.
struct OwnKeys {
    keys: Keys,
    account: AccountId,
}

#[async_trait]
impl Repeats for OwnKeys {
    async fn begin(&self, key: &str, request: &[u8]) -> Answer<Repeat> {
        let Self { keys, account } = self;
        let (id, request) = (keys.id(key), keys.fingerprint(request));
        match keys.parts.db.begin_repeat(&keys.ctx, *account, &id, &request).await? {
            Standing::New => Ok(Repeat::First),
            Standing::Answered(sealed) => keys.open(&id, &sealed).map(Repeat::Again),
            Standing::AtWork => Err(UiError::new(
                ErrorKind::Conflict,
                text!(
                    "The request of this Idempotency-Key is being worked on. Ask again in a moment.",
                    "使用此 Idempotency-Key 的请求正在处理中，请稍后再试。"
                ),
            )),
            Standing::Other => Err(UiError::invalid_field(
                FIELD,
                text!(
                    "This key was sent with another request. Take a new key for each request.",
                    "此键已用于另一个请求。请为每个请求使用新的键。"
                ),
            )),
        }
    }

    async fn finish(&self, key: &str, _request: &[u8], answer: Option<Kept>) -> Answer<()> {
        let keys = &self.keys;
        let id = keys.id(key);
        match answer {
            Some(kept) => {
                let sealed = keys.seal(&id, &kept)?;
                Ok(keys.parts.db.answer_repeat(&keys.ctx, &id, sealed).await?)
            }
            None => Ok(keys.parts.db.forget_repeat(&keys.ctx, &id).await?),
        }
    }
}

/// The keys of whoever comes by a link, or registers without one. There is no account to claim one for before there is an
/// answer, and no need to: a link is for one use, and a tenant's name for one tenant.
struct NewcomersKeys {
    keys: Keys,
    link: TokenHash,
}

#[async_trait]
impl Repeats for NewcomersKeys {
    async fn begin(&self, key: &str, request: &[u8]) -> Answer<Repeat> {
        let keys = &self.keys;
        let (id, request) = (keys.id(key), keys.fingerprint(request));
        let found = keys.parts.db.find_newcomers_repeat(&keys.ctx, &id, &request).await?;
        found.map_or(Ok(Repeat::First), |sealed| keys.open(&id, &sealed).map(Repeat::Again))
    }

    async fn finish(&self, key: &str, request: &[u8], answer: Option<Kept>) -> Answer<()> {
        let keys = &self.keys;
        let Some(kept) = answer else { return Ok(()) };
        let Some(account) = self.account_of(&kept).await? else { return Ok(()) };
        let (id, request) = (keys.id(key), keys.fingerprint(request));
        let sealed = keys.seal(&id, &kept)?;
        Ok(keys.parts.db.keep_newcomers_repeat(&keys.ctx, account, &id, &request, sealed).await?)
    }
}

impl NewcomersKeys {
    /// The account that an answer is about: the one that it names, or whose new password the link was for.
    async fn account_of(&self, kept: &Kept) -> Answer<Option<AccountId>> {
        let Kept::Answer { body, .. } = kept else { return Ok(None) };
        if let Ok(Some(viewer)) = serde_json::from_str::<Option<Viewer>>(body) {
            return Ok(Some(viewer.id));
        }
        let link = self.keys.parts.db.find_link_by_token(&self.keys.ctx, &self.link).await?;
        Ok(link.and_then(|link| link.account))
    }
}

impl Doorkeeper {
    /// The keys of whoever is signed in, by a session or a token.
    pub(super) async fn own_keys(&self, head: &Head) -> Answer<Option<Box<dyn Repeats>>> {
        let Some(Known { account, key, token }) = self.caller(head).await? else { return Ok(None) };
        let (viewer, access) = (account.viewer.clone(), Arc::clone(&account.access));
        let id = viewer.id;
        let by = token.as_ref().map(|_| key.hex()).unwrap_or_default();
        let clock = self.parts.clock.clone();
        let ctx = OpContext::account(viewer, access, request_id(head), address(head), clock).by_token(token);
        let keys = Keys { parts: Arc::clone(&self.parts), ctx, whose: format!("{id}\n{by}\n") };
        Ok(Some(Box::new(OwnKeys { keys, account: id })))
    }

    /// The keys of whoever comes by the link of that token, or registers from this address without one.
    pub(super) fn newcomers_keys(&self, head: &Head, token: &str) -> Box<dyn Repeats> {
        let ctx = self.nobody(head);
        let whose = match token.trim() {
            "" => format!("address\n{}\n", address_counted(ctx.address())),
            token => format!("link\n{token}\n"),
        };
        let keys = Keys { parts: Arc::clone(&self.parts), ctx, whose };
        Box::new(NewcomersKeys { keys, link: TokenHash::of(token.trim()) })
    }
}

fn context(id: &str) -> String {
    format!("repeat/{id}")
}
