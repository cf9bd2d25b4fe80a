//! What shows that one is a person: asked for after several failed sign-ins, good for one attempt and five minutes.

use app::{
    UiError,
    i18n::Lang,
    model::Captcha,
    service::{Answer, Captchas},
};
use async_trait::async_trait;
use http::request::Parts as Head;

use super::{
    Parts,
    platform::{Doorkeeper, address_counted},
};
use crate::{
    auth::{context::OpContext, crypto::hex},
    captcha::Question,
    database::challenges::NewChallenge,
};

/// What captchas are called among the challenges.
const KIND: &str = "captcha";

#[async_trait]
impl Captchas for Doorkeeper {
    async fn create(&self, parts: &Head) -> Answer<Captcha> {
        let ctx = self.nobody(parts);
        let id = hex(&self.parts.clock.random::<16>());
        let question = Question::new(self.parts.clock.random());
        let sealed = self.parts.vault.seal(&context(&id), question.to_text().as_bytes());
        let caller = format!("address/{}", address_counted(ctx.address()));
        self.parts.db.insert_challenge(&ctx, NewChallenge { id: id.clone(), kind: KIND, caller, sealed }).await?;
        Ok(Captcha::new(id))
    }

    async fn picture(&self, parts: &Head, id: &str) -> Answer<Vec<u8>> {
        let question = find(&self.parts, &self.nobody(parts), id).await?.ok_or_else(UiError::not_found)?;
        Ok(question.picture())
    }

    async fn sound(&self, parts: &Head, id: &str, lang: Lang) -> Answer<Vec<u8>> {
        let question = find(&self.parts, &self.nobody(parts), id).await?.ok_or_else(UiError::not_found)?;
        Ok(question.sound(lang))
    }
}

/// A captcha that waits for its answer; `None` after its time or its one attempt.
pub async fn find(parts: &Parts, ctx: &OpContext, id: &str) -> Answer<Option<Question>> {
    let sealed = if is_id(id) { parts.db.find_challenge(ctx, KIND, id).await? } else { None };
    sealed.map(|sealed| open(parts, id, &sealed)).transpose().map(Option::flatten)
}

/// Whether the answer is right. The captcha is used up by it in any case.
pub(super) async fn is_answered(parts: &Parts, ctx: &OpContext, id: &str, answer: &str) -> Answer<bool> {
    let sealed = if is_id(id) { parts.db.take_challenge(ctx, KIND, id).await? } else { None };
    let Some(sealed) = sealed else { return Ok(false) };
    Ok(open(parts, id, &sealed)?.is_some_and(|question| question.is_answered_by(answer)))
}

fn open(parts: &Parts, id: &str, sealed: &[u8]) -> Answer<Option<Question>> {
    let text = parts.vault.open(&context(id), sealed)?;
    Ok(std::str::from_utf8(&text).ok().and_then(Question::from_text))
}

fn context(id: &str) -> String {
    format!("captcha/{id}")
}

/// What cannot be an id is not looked for.
fn is_id(id: &str) -> bool {
    id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit())
}
