//! The door: finds out who asks, signs in and out, and changes one's own password.

use std::{net::SocketAddr, sync::Arc};

use app::{
    ErrorKind, FieldError, UiError,
    model::{Checks, PasswordForm, SignInForm, SignInStep, Strength, StrengthForm, Viewer},
    service::{Answer, Captchas, Passkeys, Platform, Repeats, SecondFactors, Session, SignInProviders, Welcome},
    text,
};
use async_trait::async_trait;
use axum::extract::ConnectInfo;
use http::request::Parts as Head;

pub(super) use super::addresses::{address_counted, address_limit, name_limit};
use super::{
    Parts,
    admission::admitted,
    bearers::for_people_alone,
    captchas, fault,
    passwords::{self, Whose},
    session::SessionServices,
    session_ends::{self, Ending},
};
use crate::{
    auth::{
        attempts::{Attempt, Limit},
        context::OpContext,
        keeper::Seen,
        revocations::SessionKey,
        sessions::{self, SignedIn},
        tokens::{Bearer, PersonOnly, TokenInUse},
    },
    database::{
        accounts::{Account, PasswordHash},
        audit::Entry,
    },
    measures::{self, SignInBy, SignInEnd},
};

/// The door.
#[derive(Debug)]
pub struct Doorkeeper {
    pub(super) parts: Arc<Parts>,
}

/// Somebody whose session or token was found, also while the password must be changed.
pub(super) struct Known {
    pub(super) account: Arc<Account>,
    /// The session's, or the token's, which is one to whatever ends streams.
    pub(super) key: SessionKey,
    pub(super) token: Option<Arc<TokenInUse>>,
}

impl Doorkeeper {
    /// The door to these parts.
    pub fn new(parts: Arc<Parts>) -> Self {
        Self { parts }
    }

    /// The context of a request before it is known who makes it.
    pub(super) fn nobody(&self, head: &Head) -> OpContext {
        OpContext::nobody(request_id(head), address(head), self.parts.clock.clone())
    }

    /// Whoever is signed in, looked up anew or a moment ago with nothing revoked since: the session, the account, and
    /// whether the session was opened with the account's present password.
    ///
    /// A request that comes by a token is refused: what asks here is for people alone, see [`PersonOnly`].
    pub(super) async fn known(&self, head: &Head) -> Answer<Option<Known>> {
        if let Some(bearer) = head.extensions.get::<Bearer>() {
            self.known_by_token(head, bearer).await?;
            return Err(for_people_alone());
        }
        let session = session_of(head)?;
        let Some(signed_in) = SignedIn::read(&session).await.map_err(fault::session)? else { return Ok(None) };
        let Some(id) = session.id() else { return Ok(None) };
        let (key, kept) = (sessions::key(id), &self.parts.sessions);
        let account = match kept.account(key) {
            Some(account) => account,
            None => {
                let ticket = kept.ticket();
                let found = self.vouched_for(head, &session, signed_in.account).await?;
                let Some(account) = found.map(Arc::new) else { return Ok(None) };
                kept.remember(ticket, key, Arc::clone(&account));
                account
            }
        };
        if account.disabled || account.credential != signed_in.credential {
            self.note_over(head, &account).await?;
            return Ok(None);
        }
        kept.touch(key, || seen(head)).await;
        Ok(Some(Known { account, key, token: None }))
    }

    /// Whoever asks, by a session or by a token.
    pub(super) async fn caller(&self, head: &Head) -> Answer<Option<Known>> {
        match head.extensions.get::<Bearer>() {
            Some(bearer) => self.known_by_token(head, bearer).await.map(Some),
            None => self.known(head).await,
        }
    }

    /// Counts an attempt to give the right password or code, and answers whether only people may try after it. `person` says
    /// that this one is by one, or that nobody asks. A refusal is written to the audit trail: once for too many attempts, each
    /// time when only people may try.
    pub(super) async fn take_attempt(
        &self,
        ctx: &OpContext,
        limits: &[Limit],
        person: bool,
        refusal: Entry,
    ) -> Answer<bool> {
        match self.parts.attempts.take_attempt(ctx, limits, person).await? {
            Attempt::Allowed { people_next } => Ok(people_next),
            Attempt::OnlyPeople => {
                self.parts.db.record(ctx, refusal.detail("a captcha has to be answered first")).await?;
                Err(UiError::invalid_field(
                    "captcha_answer",
                    text!(
                        "Several attempts have failed. Type what the picture shows, or the digits that you hear.",
                        "已多次失败。请输入图片中的字符，或您听到的数字。"
                    ),
                ))
            }
            Attempt::Refused { wait, first } => {
                if first {
                    self.parts.db.record(ctx, refusal.detail("too many failed attempts")).await?;
                }
                Err(fault::too_many(wait))
            }
        }
    }

    /// Counts a sign-in, and answers whether the next has to be a person's; a captcha's answer, when there is one, is used
    /// up by it.
    pub(super) async fn count_sign_in(
        &self,
        ctx: &OpContext,
        form: &SignInForm,
        limits: &[Limit],
        shown: &str,
    ) -> Answer<bool> {
        let given = form.captcha_id.trim();
        let person = !given.is_empty() && captchas::is_answered(&self.parts, ctx, given, &form.captcha_answer).await?;
        let refusal = Entry::refused("session.sign_in", format!("account/{shown}")).actor(None, shown);
        let counted = self.take_attempt(ctx, limits, person, refusal).await;
        counted.map_err(|error| match error.field("captcha_answer") {
            Some(_) if !given.is_empty() => UiError::invalid_field(
                "captcha_answer",
                text!(
                    "That was not it, or it took too long. Here is another picture.",
                    "回答不正确或已超时，请查看新的图片。"
                ),
            ),
            _ => error,
        })
    }
}

#[async_trait]
impl Platform for Doorkeeper {
    async fn session(&self, parts: &Head) -> Answer<Arc<dyn Session>> {
        // Before the session is looked up, so that a stream hears of whatever ends it from then on.
        let mark = self.parts.revocations.mark();
        let known = self.caller(parts).await?.ok_or_else(UiError::signed_out)?;
        if let Err(why) = admitted(&known.account.viewer) {
            return Err(self.held_back(parts, &known.account, known.token.as_ref(), why).await?);
        }
        let (viewer, access) = (known.account.viewer.clone(), Arc::clone(&known.account.access));
        let parts_of_all = Arc::clone(&self.parts);
        let asked = (request_id(parts), address(parts));
        let key = (known.key, mark);
        Ok(Arc::new(SessionServices::new(parts_of_all, viewer, access, key, known.token, asked)))
    }

    async fn refuse_foreign(&self, parts: &Head) -> Answer<()> {
        self.note_foreign(parts).await
    }

    async fn viewer(&self, parts: &Head) -> Answer<Option<Viewer>> {
        let known = self.caller(parts).await?;
        Ok(known.map(|Known { account, token, .. }| match token {
            Some(token) => token.narrow(account.viewer.clone(), &account.access).0,
            None => account.viewer.clone(),
        }))
    }

    async fn sign_in(&self, parts: &Head, form: SignInForm) -> Answer<SignInStep> {
        let answer = self.by_password(parts, form).await;
        measures::sign_in(SignInBy::Password, SignInEnd::of(&answer));
        answer
    }

    async fn sign_out(&self, parts: &Head) -> Answer<()> {
        self.by_person(parts, PersonOnly::EndSession).await?;
        if let Some(Known { account, key, .. }) = self.known(parts).await? {
            let entry = entry_of(&account, "session.sign_out", Entry::ok);
            session_ends::end(&self.parts, &self.nobody(parts), Ending::One(key), entry).await?;
        }
        // The cookie, and what a session holds by which nobody is signed in.
        session_of(parts)?.flush().await.map_err(fault::session)
    }

    async fn change_password(&self, parts: &Head, form: PasswordForm) -> Answer<()> {
        self.by_person(parts, PersonOnly::ChangePassword).await?;
        let Known { account, .. } = self.known(parts).await?.ok_or_else(UiError::signed_out)?;
        let (ctx, viewer) = (self.nobody(parts), &account.viewer);
        let mut checks = Checks::default();
        let tenant = viewer.tenant_name.as_deref();
        let (username, display_name) = (viewer.username.as_str(), viewer.display_name.as_str());
        let whose = Whose { username, display_name, tenant: tenant.as_slice() };
        passwords::check(&self.parts, &mut checks, "new", &form.new, whose).await?;
        if form.new == form.current {
            checks.fail(
                "new",
                text!("The new password is the present one; choose another.", "新密码与当前密码相同，请另选一个。"),
            );
        }
        if form.new != form.repeat {
            checks.fail(
                "repeat",
                text!("The two new passwords differ; type the same one twice.", "两次输入的新密码不一致，请重新输入。"),
            );
        }
        checks.finish(Some(()))?;

        let limit = name_limit(&viewer.username);
        let action = "account.change_password";
        let refusal = entry_of(&account, action, Entry::refused);
        self.take_attempt(&ctx, std::slice::from_ref(&limit), true, refusal).await?;
        let counted = std::slice::from_ref(&limit);
        if !passwords::is_right(&self.parts, &form.current, Some(&account.password.0), counted).await? {
            let entry = entry_of(&account, action, Entry::failed);
            self.parts.db.record(&ctx, entry.detail("the present password was wrong")).await?;
            return Err(UiError::invalid_field(
                "current",
                text!("This is not the present password.", "当前密码不正确。"),
            ));
        }
        let hash = PasswordHash(self.parts.passwords.hash(&form.new).await?);
        let credential = self.parts.db.change_password(&ctx, &account, hash).await?;
        self.parts.attempts.give_back_attempt(Some(&limit), &[]).await?;
        // The old sessions carry the old credential: they are over, even if they cannot be removed just now.
        self.parts.sessions.end_all(viewer.id, None).await?;
        let signed_in = SignedIn { account: viewer.id, credential };
        signed_in.write(&session_of(parts)?, &seen(parts)).await.map_err(fault::session)
    }

    async fn judge_password(&self, parts: &Head, form: StrengthForm) -> Answer<Strength> {
        match self.known(parts).await? {
            Some(known) if form.token.trim().is_empty() => {
                self.judge_for_viewer(parts, &known.account.viewer, form).await
            }
            _ => self.judge_for_newcomer(parts, &form).await,
        }
    }

    async fn repeats(&self, parts: &Head) -> Answer<Option<Box<dyn Repeats>>> {
        self.own_keys(parts).await
    }

    fn newcomers_repeats(&self, parts: &Head, token: &str) -> Box<dyn Repeats> {
        self.newcomers_keys(parts, token)
    }

    fn second_factors(&self) -> &dyn SecondFactors {
        self
    }

    fn passkeys(&self) -> &dyn Passkeys {
        self
    }

    fn captchas(&self) -> &dyn Captchas {
        self
    }

    fn welcome(&self) -> &dyn Welcome {
        self
    }

    fn sign_in_providers(&self) -> &dyn SignInProviders {
        self
    }
}

/// An entry of the audit trail about an account, by the account itself, whoever that really is.
pub(super) fn entry_of(account: &Account, action: &'static str, outcome: fn(&'static str, String) -> Entry) -> Entry {
    let viewer = &account.viewer;
    outcome(action, format!("account/{}", viewer.username))
        .actor(Some(viewer.id), &viewer.username)
        .tenant(viewer.tenant)
}

/// The same for a wrong password and an unknown name. `captcha` says that the next attempt needs one.
pub(super) fn wrong_password(captcha: bool) -> UiError {
    let mut error = UiError::new(
        ErrorKind::SignedOut,
        text!("The user name or the password is wrong. Check both and try again.", "用户名或密码错误，请检查后重试。"),
    );
    if captcha {
        error.fields.push(FieldError {
            field: "captcha_answer".to_owned(),
            message: text!(
                "The next attempt needs what the picture shows, or the digits that you hear.",
                "下次尝试需要输入图片中的字符，或您听到的数字。"
            ),
        });
    }
    error
}

/// The session of the request. Fails when the router has no session layer.
pub(super) fn session_of(head: &Head) -> Answer<tower_sessions::Session> {
    head.extensions.get::<tower_sessions::Session>().cloned().ok_or_else(|| {
        tracing::error!("a request reached the door without a session layer");
        UiError::internal()
    })
}

/// From where a request comes.
pub(super) fn seen(head: &Head) -> Seen {
    let agent = head.headers.get(http::header::USER_AGENT).and_then(|v| v.to_str().ok());
    Seen::new(agent.unwrap_or_default(), &address(head))
}

pub(super) fn request_id(head: &Head) -> String {
    head.headers.get("x-request-id").and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned()
}

/// The caller's address; empty when the server was not told, as in tests without a connection.
pub(super) fn address(head: &Head) -> String {
    head.extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|ConnectInfo(a)| a.ip().to_canonical().to_string())
        .unwrap_or_default()
}
