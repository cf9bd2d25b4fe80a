//! Signing in by name and password.

use app::{
    model::{Checks, SignInForm, SignInStep, Username},
    service::Answer,
    text,
};
use http::request::Parts as Head;

use super::{
    passwords,
    platform::{Doorkeeper, address_limit, name_limit, session_of, wrong_password},
    tenants,
};
use crate::{
    auth::tokens::PersonOnly,
    database::{accounts::PasswordHash, audit::Entry},
};

impl Doorkeeper {
    /// Signs in by name and password, or asks for the second step.
    pub(super) async fn by_password(&self, parts: &Head, form: SignInForm) -> Answer<SignInStep> {
        self.by_person(parts, PersonOnly::SignIn).await?;
        let mut checks = Checks::default();
        if form.username.trim().is_empty() {
            checks.fail("username", text!("A user name is needed.", "请输入用户名。"));
        }
        if form.password.is_empty() {
            checks.fail("password", text!("A password is needed.", "请输入密码。"));
        }
        checks.finish(Some(()))?;

        let ctx = self.nobody(parts);
        let session = session_of(parts)?;
        // What is no user name is not written down: it may be a password.
        let name = Username::parse("username", &form.username).ok();
        let shown = name.as_ref().map_or("(not a user name)", Username::as_str);
        let (by_name, by_address) = (name_limit(form.username.trim()), address_limit(ctx.address()));
        let people_next = self.count_sign_in(&ctx, &form, &[by_name.clone(), by_address.clone()], shown).await?;

        // What else there is of an account is read once the password was right: until then, a name that nobody has costs the
        // same questions.
        let named = self.parts.db.find_named(&ctx, name.as_ref().map_or("", Username::as_str)).await?;
        let stored = named.as_ref().map(|n| n.password.0.as_str());
        let counted = [by_name.clone(), by_address.clone()];
        let right = passwords::is_right(&self.parts, &form.password, stored, &counted).await?;
        let account = match &named {
            // One that was changed in this moment is not right any more.
            Some(n) if right => {
                self.parts.db.find_account(&ctx, n.id).await?.filter(|account| account.credential == n.credential)
            }
            _ => None,
        };
        if let Some(account) = account.as_ref().filter(|a| a.suspended) {
            self.parts.attempts.give_back_attempt(Some(&by_name), &[by_address]).await?;
            return Err(tenants::suspended(&self.parts, &ctx, &account.viewer).await?);
        }
        let Some(account) = account.filter(|a| !a.disabled) else {
            let entry = Entry::failed("session.sign_in", format!("account/{shown}"))
                .actor(named.as_ref().map(|n| n.id), shown)
                .tenant(named.and_then(|n| n.tenant));
            self.parts.db.record(&ctx, entry).await?;
            return Err(wrong_password(people_next));
        };

        let rehashed = if self.parts.passwords.outdated(&account.password.0) {
            // When everybody signs in, the next time does as well.
            self.parts.passwords.hash(&form.password).await.ok().map(PasswordHash)
        } else {
            None
        };
        // Only now, so that nobody learns without the password who has a second factor.
        if self.parts.db.has_second_factor(&ctx, account.viewer.id).await? {
            self.parts.db.note_first_step(&ctx, &account, rehashed).await?;
            self.parts.attempts.give_back_attempt(Some(&by_name), &[by_address]).await?;
            self.open_by_half(&ctx, &session, &account).await?;
            return Ok(SignInStep::Code { second_factor_required: true });
        }
        self.parts.db.note_sign_in(&ctx, &account, rehashed).await?;
        self.parts.attempts.give_back_attempt(Some(&by_name), &[by_address]).await?;
        Ok(SignInStep::Done(Box::new(self.open(parts, &session, account, None).await?)))
    }
}
