//! What is refused at the door, before anybody asks who may do what: requests of people who have something else to do
//! first, and requests that another site has sent. Each is written to the audit trail under its method and path, since the
//! door does not know what they would have come to. So is a session that is over, when it is still kept. Whoever shows
//! nobody's session or token is not written down: nobody has tried anything as anybody.

use std::sync::Arc;

use app::{ErrorKind, UiError, model::Viewer, service::Answer, text};
use http::request::Parts as Head;

use super::platform::{Doorkeeper, address, entry_of, request_id};
use crate::{
    auth::{context::OpContext, tokens::TokenInUse},
    database::{accounts::Account, audit::Entry},
};

impl Doorkeeper {
    /// Writes down that somebody is held back, and passes the reason on.
    pub(super) async fn held_back(
        &self,
        head: &Head,
        account: &Account,
        token: Option<&Arc<TokenInUse>>,
        why: UiError,
    ) -> Answer<UiError> {
        let (viewer, access) = (account.viewer.clone(), Arc::clone(&account.access));
        let ctx = OpContext::account(viewer, access, request_id(head), address(head), self.parts.clock.clone());
        let entry = Entry::refused("request.too_early", asked(head)).detail(&why.message.en);
        self.parts.db.record(&ctx.by_token(token.cloned()), entry).await?;
        Ok(why)
    }

    /// Writes down that another site's request was refused. It names nobody: whoever is signed in there has not asked.
    pub(super) async fn note_foreign(&self, head: &Head) -> Answer<()> {
        let entry = Entry::refused("request.from_elsewhere", asked(head));
        Ok(self.parts.db.record(&self.nobody(head), entry).await?)
    }

    /// Writes down that somebody came by a session that is over although it is still kept: its account may not sign in any
    /// more, or has had another password since. Whether it was the account's owner is not known.
    pub(super) async fn note_over(&self, head: &Head, account: &Account) -> Answer<()> {
        let why = match account {
            Account { suspended: true, .. } => "the tenant is suspended",
            Account { disabled: true, .. } => "the account is disabled",
            _ => "the password was changed after the session was opened",
        };
        let entry = entry_of(account, "session.use", Entry::refused).detail(why);
        Ok(self.parts.db.record(&self.nobody(head), entry).await?)
    }
}

/// What was asked for, without the query, which may hold what people search for.
fn asked(head: &Head) -> String {
    format!("{} {}", head.method, head.uri.path())
}

/// That nothing has to be done before an account may go on: fails when a one-time password has to be changed, or a second
/// factor added.
pub(super) fn admitted(viewer: &Viewer) -> Answer<()> {
    if viewer.must_change_password {
        return Err(change_password_first());
    }
    if viewer.must_add_second_factor {
        return Err(UiError::new(
            ErrorKind::SecondFactorRequired,
            text!("Your tenant asks for a second factor. Add one first.", "您的租户要求两步验证，请先完成设置。"),
        ));
    }
    Ok(())
}

pub(super) fn change_password_first() -> UiError {
    UiError::new(
        ErrorKind::PasswordChangeRequired,
        text!("Change the one-time password first.", "请先修改一次性密码。"),
    )
}
