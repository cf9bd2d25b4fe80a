//! The second step of a sign-in, and one's own second factor: enrolment, recovery codes, removal.

use std::sync::Arc;

use app::{
    ErrorKind, UiError,
    model::{AgainForm, CodeForm, Enrolment, ProofForm, RecoveryCodes, SecondFactor, SecondStepWays, Viewer},
    service::{Answer, SecondFactors},
    text,
};
use async_trait::async_trait;
use http::request::Parts as Head;
use tower_sessions::Session;

use super::{
    admission::change_password_first,
    fault, passwords,
    platform::{Doorkeeper, address_limit, entry_of, name_limit, session_of},
};
use crate::{
    auth::{
        attempts::Limit,
        context::OpContext,
        half_open::{self, HalfOpen},
        recovery,
        revocations::Revocation,
        sessions::ByProvider,
        tokens::PersonOnly,
        totp::{self, CodeError, Codes},
    },
    database::{
        accounts::Account,
        audit::Entry,
        second_factors::{Proof, StoredFactor, context},
    },
    measures::{self, SignInBy, SignInEnd},
};

/// Wrong codes of one account within the window.
const MOST_CODES: i64 = 5;

#[async_trait]
impl SecondFactors for Doorkeeper {
    async fn awaited(&self, parts: &Head) -> Answer<Option<SecondStepWays>> {
        let (ctx, session) = (self.nobody(parts), session_of(parts)?);
        let Some(half) = HalfOpen::read(&session, ctx.now()).await.map_err(fault::session)? else { return Ok(None) };
        let app = self.parts.db.find_second_factor(&ctx, half.account).await?;
        let app = app.is_some_and(|a| a.confirmed_at.is_some());
        Ok(Some(SecondStepWays { app, passkey: self.has_passkey_here(&ctx, parts, half.account).await? }))
    }

    async fn complete(&self, parts: &Head, form: CodeForm) -> Answer<Viewer> {
        let answer = self.by_code(parts, form).await;
        measures::sign_in(SignInBy::Code, SignInEnd::of(&answer));
        answer
    }

    async fn get(&self, parts: &Head) -> Answer<SecondFactor> {
        let account = self.settled(parts).await?;
        let (ctx, session, id) = (self.nobody(parts), session_of(parts)?, account.viewer.id);
        let stored = self.parts.db.find_second_factor(&ctx, id).await?;
        let (now, read) = (ctx.now(), fault::session);
        let pending = match (&stored, half_open::enrolling(&session, now).await.map_err(read)?) {
            (Some(s), Some(begun)) if s.confirmed_at.is_none() && s.created_at == begun => {
                Some(self.enrolment(&account, s)?)
            }
            _ => None,
        };
        let new_codes = match half_open::new_codes(&session, now).await.map_err(read)? {
            Some(sealed) => {
                let text = self.parts.vault.open(&shown(&account), &sealed)?;
                Some(RecoveryCodes { codes: String::from_utf8_lossy(&text).lines().map(str::to_owned).collect() })
            }
            None => None,
        };
        Ok(SecondFactor {
            enrolled_at: stored.and_then(|s| s.confirmed_at),
            passkeys: !self.parts.db.list_passkeys(&ctx, id).await?.is_empty(),
            recovery_codes_left: self.parts.db.count_recovery_codes(&ctx, id).await?,
            required: self.parts.db.is_second_factor_required(&ctx, &account).await?,
            pending,
            new_codes,
        })
    }

    async fn begin(&self, parts: &Head, form: AgainForm) -> Answer<Enrolment> {
        let account = self.settled(parts).await?;
        let (ctx, session) = (self.nobody(parts), session_of(parts)?);
        if self.app_in_use(&ctx, &account).await?.is_some() {
            return Err(UiError::new(
                ErrorKind::Conflict,
                text!(
                    "There is an authenticator app already. Remove it before you add another.",
                    "已绑定身份验证器应用。请先将其移除，再添加新的。"
                ),
            ));
        }
        self.check_password_again(&ctx, &account, &form.password, "second_factor.add").await?;
        let secret = totp::new_secret(&self.parts.clock);
        let sealed = self.parts.vault.seal(&context(account.viewer.id), &secret[..]);
        let now = ctx.now();
        self.parts.db.begin_second_factor(&ctx, &account, sealed, now).await?;
        half_open::begin_enrolling(&session, now).await.map_err(fault::session)?;
        let codes = Codes::new(&secret[..], &account.viewer.username)?;
        Ok(codes.enrolment(&secret[..])?)
    }

    async fn confirm(&self, parts: &Head, form: CodeForm) -> Answer<RecoveryCodes> {
        let account = self.settled(parts).await?;
        let (ctx, session) = (self.nobody(parts), session_of(parts)?);
        let begun = half_open::enrolling(&session, ctx.now()).await.map_err(fault::session)?;
        let stored = self.parts.db.find_second_factor(&ctx, account.viewer.id).await?;
        let Some(stored) = stored.filter(|s| s.confirmed_at.is_none() && Some(s.created_at) == begun) else {
            return Err(UiError::new(
                ErrorKind::Conflict,
                text!(
                    "No enrolment is under way here, or it took too long. Begin anew.",
                    "当前没有进行中的绑定，或已超时，请重新开始。"
                ),
            ));
        };
        let (limit, action) = (code_limit(&account), "second_factor.add");
        let refusal = entry_of(&account, action, Entry::refused);
        self.take_attempt(&ctx, std::slice::from_ref(&limit), true, refusal).await?;
        let secret = self.parts.vault.open(&context(account.viewer.id), &stored.sealed)?;
        let codes = Codes::new(&secret, &account.viewer.username)?;
        let Some(step) = codes.step_of(&recovery::plain(&form.code), ctx.now()) else {
            let entry = entry_of(&account, action, Entry::failed).detail("the code was wrong");
            self.parts.db.record(&ctx, entry).await?;
            return Err(wrong_code(&form.code));
        };
        let recovery = recovery::new_codes(&self.parts.clock);
        let hashes = hashes(&account, &recovery);
        let first = self.parts.db.confirm_second_factor(&ctx, &account, &stored.sealed, step, hashes).await?;
        self.parts.revocations.send(Revocation::Changed(account.viewer.id));
        self.parts.attempts.give_back_attempt(Some(&limit), &[]).await?;
        if !first {
            half_open::end_enrolling(&session).await.map_err(fault::session)?;
            return Ok(RecoveryCodes { codes: Vec::new() });
        }
        self.show(&ctx, &session, &account, &recovery).await?;
        Ok(recovery)
    }

    async fn renew_codes(&self, parts: &Head, form: ProofForm) -> Answer<RecoveryCodes> {
        let account = self.settled(parts).await?;
        let (ctx, action) = (self.nobody(parts), "second_factor.renew_recovery_codes");
        let recovery = recovery::new_codes(&self.parts.clock);
        let proof = self.proven(&ctx, &account, &form, action).await?;
        let hashes = hashes(&account, &recovery);
        let counts = self.parts.db.renew_recovery_codes(&ctx, &account, proof, hashes).await?;
        self.settle(&ctx, &account, counts, (&form.code, action)).await?;
        self.show(&ctx, &session_of(parts)?, &account, &recovery).await?;
        Ok(recovery)
    }

    async fn put_away(&self, parts: &Head) -> Answer<()> {
        self.settled(parts).await?;
        half_open::put_away(&session_of(parts)?).await.map_err(fault::session)
    }

    async fn remove(&self, parts: &Head, form: ProofForm) -> Answer<()> {
        let account = self.settled(parts).await?;
        let (ctx, action) = (self.nobody(parts), "second_factor.remove");
        if self.app_in_use(&ctx, &account).await?.is_none() {
            return Err(none_in_use());
        }
        let proof = self.proven(&ctx, &account, &form, action).await?;
        let counts = self.parts.db.remove_second_factor(&ctx, &account, proof).await?;
        // Streams end, and whoever may go on comes back: where the tenant asks for a second factor, that is nobody without one.
        self.parts.revocations.send(Revocation::Account(account.viewer.id, None));
        self.settle(&ctx, &account, counts, (&form.code, action)).await?;
        half_open::put_away(&session_of(parts)?).await.map_err(fault::session)
    }
}

impl Doorkeeper {
    /// Takes the second step by a code.
    async fn by_code(&self, parts: &Head, form: CodeForm) -> Answer<Viewer> {
        self.by_person(parts, PersonOnly::SignIn).await?;
        let (ctx, session) = (self.nobody(parts), session_of(parts)?);
        let account = self.half_signed_in(&ctx, &session).await?;
        let stored = self.app_in_use(&ctx, &account).await?;

        let (by_code, by_address) = (code_limit(&account), address_limit(ctx.address()));
        let action = "session.second_step";
        self.take_attempt(
            &ctx,
            &[by_code.clone(), by_address.clone()],
            true,
            entry_of(&account, action, Entry::refused),
        )
        .await?;
        let counts = match self.proof(&account, stored.as_ref(), &form.code)? {
            Some(proof) => self.parts.db.sign_in_with(&ctx, &account, proof).await?,
            None => false,
        };
        if !counts {
            self.parts.db.record(&ctx, entry_of(&account, action, Entry::failed)).await?;
            return Err(wrong_code(&form.code));
        }
        self.parts.attempts.give_back_attempt(Some(&by_code), &[by_address]).await?;
        HalfOpen::remove(&session).await.map_err(fault::session)?;
        let by = ByProvider::read(&session).await.map_err(fault::session)?;
        self.open(parts, &session, account, by).await
    }

    /// After the right password of an account with a second factor: opens the session by half.
    pub(super) async fn open_by_half(&self, ctx: &OpContext, session: &Session, account: &Account) -> Answer<()> {
        let until = ctx.now() + half_open::LIFETIME;
        let half = HalfOpen { account: account.viewer.id, credential: account.credential, until };
        half.write(session).await.map_err(fault::session)
    }

    /// The account whose password was right in this session, and that may go on to the second step.
    pub(super) async fn half_signed_in(&self, ctx: &OpContext, session: &Session) -> Answer<Account> {
        let half = HalfOpen::read(session, ctx.now()).await.map_err(fault::session)?.ok_or_else(too_late)?;
        let account = self.parts.db.find_account(ctx, half.account).await?;
        let account = account.filter(|a| !a.disabled && a.credential == half.credential).ok_or_else(too_late)?;
        // Somebody may have reset it meanwhile: the password alone is enough then, and is given anew.
        let there = self.parts.db.has_second_factor(ctx, half.account).await?;
        there.then_some(account).ok_or_else(too_late)
    }

    /// The authenticator app that an account uses.
    pub(super) async fn app_in_use(&self, ctx: &OpContext, account: &Account) -> Answer<Option<StoredFactor>> {
        let stored = self.parts.db.find_second_factor(ctx, account.viewer.id).await?;
        Ok(stored.filter(|s| s.confirmed_at.is_some()))
    }

    /// Whoever is signed in and has a password of their own, with or without a second factor.
    pub(super) async fn settled(&self, parts: &Head) -> Answer<Arc<Account>> {
        self.by_person(parts, PersonOnly::ChangeSecondFactor).await?;
        let account = self.known(parts).await?.ok_or_else(UiError::signed_out)?.account;
        if account.viewer.must_change_password {
            return Err(self.held_back(parts, &account, None, change_password_first()).await?);
        }
        Ok(account)
    }

    /// What a code proves, if it may be right: a code of the app by its time step, anything else as a recovery code.
    fn proof(&self, account: &Account, stored: Option<&StoredFactor>, code: &str) -> Answer<Option<Proof>> {
        let plain = recovery::plain(code);
        if !is_of_app(&plain) {
            return Ok(Some(Proof::Recovery(recovery::hash(account.viewer.id, &plain))));
        }
        let Some(stored) = stored else { return Ok(None) };
        let secret = self.parts.vault.open(&context(account.viewer.id), &stored.sealed)?;
        let codes = Codes::new(&secret, &account.viewer.username)?;
        Ok(codes.step_of(&plain, self.parts.clock.now()).map(Proof::Step))
    }

    /// Checks the password and finds what the code proves. Whether it counts is yet to be seen.
    async fn proven(
        &self,
        ctx: &OpContext,
        account: &Account,
        form: &ProofForm,
        action: &'static str,
    ) -> Answer<Proof> {
        if !self.parts.db.has_second_factor(ctx, account.viewer.id).await? {
            return Err(none_in_use());
        }
        let stored = self.app_in_use(ctx, account).await?;
        self.check_password_again(ctx, account, &form.password, action).await?;
        let refusal = entry_of(account, action, Entry::refused);
        self.take_attempt(ctx, &[code_limit(account)], true, refusal).await?;
        match self.proof(account, stored.as_ref(), &form.code)? {
            Some(proof) => Ok(proof),
            None => Err(self.failed(ctx, account, (&form.code, action)).await?),
        }
    }

    /// Ends what [`Self::proven`] began.
    async fn settle(
        &self,
        ctx: &OpContext,
        account: &Account,
        counts: bool,
        (code, action): (&str, &'static str),
    ) -> Answer<()> {
        if counts {
            return Ok(self.parts.attempts.give_back_attempt(Some(&code_limit(account)), &[]).await?);
        }
        Err(self.failed(ctx, account, (code, action)).await?)
    }

    async fn failed(
        &self,
        ctx: &OpContext,
        account: &Account,
        (code, action): (&str, &'static str),
    ) -> Answer<UiError> {
        let entry = entry_of(account, action, Entry::failed).detail("the code was wrong or used");
        self.parts.db.record(ctx, entry).await?;
        Ok(wrong_code(code))
    }

    /// The password once more, within the same limit as at sign-in.
    pub(super) async fn check_password_again(
        &self,
        ctx: &OpContext,
        account: &Account,
        password: &str,
        action: &'static str,
    ) -> Answer<()> {
        let limit = name_limit(&account.viewer.username);
        let refusal = entry_of(account, action, Entry::refused);
        self.take_attempt(ctx, std::slice::from_ref(&limit), true, refusal).await?;
        let counted = std::slice::from_ref(&limit);
        if !passwords::is_right(&self.parts, password, Some(&account.password.0), counted).await? {
            let entry = entry_of(account, action, Entry::failed).detail("the password was wrong");
            self.parts.db.record(ctx, entry).await?;
            return Err(UiError::invalid_field("password", text!("This is not your password.", "密码不正确。")));
        }
        Ok(self.parts.attempts.give_back_attempt(Some(&limit), &[]).await?)
    }

    fn enrolment(&self, account: &Account, stored: &StoredFactor) -> Answer<Enrolment> {
        let secret = self.parts.vault.open(&context(account.viewer.id), &stored.sealed)?;
        let codes = Codes::new(&secret, &account.viewer.username)?;
        Ok(codes.enrolment(&secret)?)
    }

    /// Lets the session that made recovery codes see them for a while, so that a page without script can show them.
    pub(super) async fn show(
        &self,
        ctx: &OpContext,
        session: &Session,
        account: &Account,
        codes: &RecoveryCodes,
    ) -> Answer<()> {
        let sealed = self.parts.vault.seal(&shown(account), codes.codes.join("\n").as_bytes());
        half_open::show_codes(session, ctx.now(), sealed).await.map_err(fault::session)
    }
}

impl From<CodeError> for UiError {
    fn from(error: CodeError) -> Self {
        fault::internal(&error)
    }
}

pub(super) fn hashes(account: &Account, recovery: &RecoveryCodes) -> Vec<String> {
    recovery.codes.iter().map(|code| recovery::hash(account.viewer.id, code)).collect()
}

/// The context in which recovery codes are sealed that a session is still shown.
fn shown(account: &Account) -> String {
    format!("new-recovery-codes/{}", account.viewer.id)
}

pub(super) fn code_limit(account: &Account) -> Limit {
    Limit::new("code", &account.viewer.id.to_string(), MOST_CODES)
}

pub(super) fn too_late() -> UiError {
    UiError::new(
        ErrorKind::SignedOut,
        text!(
            "The second step took too long, or no password came before it. Sign in anew.",
            "第二步已超时，或尚未输入密码，请重新登录。"
        ),
    )
}

fn none_in_use() -> UiError {
    UiError::new(ErrorKind::Conflict, text!("There is no second factor to change.", "尚未启用两步验证。"))
}

/// Whether it has the length of an app's code (RFC 6238 with six digits), put down plainly.
fn is_of_app(plain: &str) -> bool {
    plain.len() == 6
}

/// What to do next depends on which kind of code was tried.
fn wrong_code(code: &str) -> UiError {
    let said = if is_of_app(&recovery::plain(code)) {
        text!(
            "This code is wrong, or it was used already. Wait for the next one and try again.",
            "验证码错误或已被使用，请等待下一个验证码后重试。"
        )
    } else {
        text!(
            "This recovery code is wrong, or it was used already. Each lets you in once; try another.",
            "恢复码错误或已被使用。每个恢复码只能使用一次，请尝试另一个。"
        )
    };
    UiError::invalid_field("code", said)
}
