//! Tokens at the door: who acts by one, and what becomes of a wrong one.

use std::sync::Arc;

use app::{ErrorKind, UiError, service::Answer, text};
use http::request::Parts as Head;

use super::{
    fault,
    platform::{Doorkeeper, Known, address_counted},
};
use crate::{
    auth::{
        attempts::{Attempt, Limit},
        context::OpContext,
        tokens::{self, Bearer, PersonOnly},
    },
    database::audit::Entry,
};

/// Wrong tokens from one address within the window. A right one is never counted: scripts that share an address with a
/// broken one go on.
const MOST_PER_ADDRESS: i64 = 100;

impl Doorkeeper {
    /// Whoever acts by the token, looked up anew: the token, and its account. A token ends with its account, as that is
    /// disabled or its tenant suspended.
    pub(super) async fn known_by_token(&self, head: &Head, bearer: &Bearer) -> Answer<Known> {
        let ctx = self.nobody(head);
        let Some(key) = tokens::read(&bearer.0) else {
            return Err(self.wrong_token(&ctx, None).await?.unwrap_or_else(|| {
                refusal(text!(
                    "This is no token of Longshore, or it is mistyped or cut off. Send all of it behind “Bearer”.",
                    "这不是有效的 Longshore 令牌，或输入有误、不完整。请在 “Bearer” 后发送完整的令牌。"
                ))
            }));
        };
        let found = self.parts.db.find_token(&ctx, key).await?;
        let account = match &found {
            Some(token) => self.parts.db.find_account(&ctx, token.account).await?,
            None => None,
        };
        let (Some(token), Some(account)) = (found, account) else {
            return Err(self.wrong_token(&ctx, None).await?.unwrap_or_else(|| {
                refusal(text!(
                    "There is no such token (any more): it was revoked, or its account is gone. Make a new one.",
                    "该令牌不存在，或已被撤销，或所属账号已删除。请创建新的令牌。"
                ))
            }));
        };
        let expired = ctx.now() >= token.in_use.expires_at;
        if expired || account.disabled {
            let name = &token.in_use.name;
            let entry = Entry::failed("token.use", format!("token/{}/{name}", account.viewer.username))
                .actor(Some(account.viewer.id), &account.viewer.username)
                .tenant(account.viewer.tenant)
                .detail(if expired { "expired" } else { "the account is disabled" });
            return Err(self.wrong_token(&ctx, Some(entry)).await?.unwrap_or_else(|| {
                refusal(if expired {
                    text!("The token {name} has expired. Make a new one.", "令牌 {name} 已过期，请创建新的令牌。")
                } else {
                    text!(
                        "The account of the token {name} is disabled. Ask whoever manages accounts.",
                        "令牌 {name} 所属的账号已停用，请联系账号管理员。"
                    )
                })
            }));
        }
        self.parts.db.touch_token(&ctx, &token).await?;
        Ok(Known { account: Arc::new(account), key, token: Some(Arc::new(token.in_use)) })
    }

    /// Counts a wrong token, and writes it to the audit trail until there are too many; the answer is then that.
    async fn wrong_token(&self, ctx: &OpContext, entry: Option<Entry>) -> Answer<Option<UiError>> {
        let entry = entry.unwrap_or_else(|| Entry::failed("token.use", "token").detail("unknown"));
        let limit = Limit::new("token", &address_counted(ctx.address()), MOST_PER_ADDRESS);
        match self.parts.attempts.take_attempt(ctx, &[limit], true).await? {
            Attempt::Allowed { .. } | Attempt::OnlyPeople => {
                self.parts.db.record(ctx, entry).await?;
                Ok(None)
            }
            Attempt::Refused { wait, first } => {
                if first {
                    let entry = Entry::refused("token.use", "token").detail("too many wrong tokens");
                    self.parts.db.record(ctx, entry).await?;
                }
                Ok(Some(fault::too_many(wait)))
            }
        }
    }

    /// Refuses a request that comes by a token, whatever the token is for.
    pub(super) async fn by_person(&self, head: &Head, doing: PersonOnly) -> Answer<()> {
        let Some(bearer) = head.extensions.get::<Bearer>() else { return Ok(()) };
        let known = self.known_by_token(head, bearer).await?;
        let viewer = &known.account.viewer;
        let name = known.token.as_ref().map(|t| t.name.as_str()).unwrap_or_default();
        let entry = Entry::refused(doing.action(), format!("account/{}", viewer.username))
            .actor(Some(viewer.id), &viewer.username)
            .tenant(viewer.tenant);
        self.parts.db.record(&self.nobody(head), entry.by_token(name)).await?;
        Err(for_people_alone())
    }
}

fn refusal(message: app::i18n::Text) -> UiError {
    UiError::new(ErrorKind::SignedOut, message)
}

/// The answer to a token that tries what none may do.
pub(super) fn for_people_alone() -> UiError {
    UiError::new(
        ErrorKind::Forbidden,
        text!(
            "No token may do this. Sign in, and do it in the browser or with a session.",
            "令牌不能执行此操作，请登录后在浏览器中或使用会话执行。"
        ),
    )
}
