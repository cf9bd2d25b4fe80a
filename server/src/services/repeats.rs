//! Requests that carry a key and are done once, however often they are sent. What was answered is kept sealed: it may
//! hold something that is shown once, like a token.

use app::{
    ErrorKind, UiError,
    service::{Answer, Kept, Repeat, Repeats, Session},
    text,
};
use async_trait::async_trait;
use sha2::{Digest, Sha256};

use super::session::SessionServices;
use crate::{auth::crypto::hex, database::repeats::Standing};

/// The header, as errors name it.
const FIELD: &str = "Idempotency-Key";

#[async_trait]
impl Repeats for SessionServices {
    async fn begin(&self, key: &str, request: &[u8]) -> Answer<Repeat> {
        let id = self.repeat_id(key);
        let request = hex(&Sha256::digest(request));
        match self.parts.db.begin_repeat(&self.ctx, self.viewer().id, &id, &request).await? {
            Standing::New => Ok(Repeat::First),
            Standing::Answered(sealed) => {
                let kept = self.parts.vault.open(&context(&id), &sealed)?;
                serde_json::from_slice(&kept).map(Repeat::Again).map_err(|_| UiError::internal())
            }
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

    async fn finish(&self, key: &str, answer: Option<Kept>) -> Answer<()> {
        let id = self.repeat_id(key);
        match answer.and_then(|kept| serde_json::to_vec(&kept).ok()) {
            Some(kept) => {
                let sealed = self.parts.vault.seal(&context(&id), &kept);
                Ok(self.parts.db.answer_repeat(&self.ctx, &id, sealed).await?)
            }
            None => Ok(self.parts.db.forget_repeat(&self.ctx, &id).await?),
        }
    }
}

impl SessionServices {
    /// Keys are one's own: another account, and another token of the same, has keys of its own.
    fn repeat_id(&self, key: &str) -> String {
        let token = self.ctx.token().map(|_| self.key().hex()).unwrap_or_default();
        let whose = format!("{}\n{token}\n", self.viewer().id);
        hex(&Sha256::new().chain_update(whose).chain_update(key).finalize())
    }
}

fn context(id: &str) -> String {
    format!("repeat/{id}")
}
