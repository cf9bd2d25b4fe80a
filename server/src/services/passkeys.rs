//! One's own passkeys, and signing in by one: as the second step, or alone.

use app::{
    ErrorKind, UiError,
    model::{
        AccountId, AddedPasskey, AgainForm, MAX_PASSKEYS, NewPasskey, PasskeyAnswer, PasskeyForm, PasskeyId,
        PasskeyList, PasskeyRequest, PasskeyRow, Viewer, WebAuthn,
    },
    service::{Answer, Passkeys},
    text,
};
use async_trait::async_trait;
use http::request::Parts as Head;
use tower_sessions::Session;

use super::{
    fault,
    passkey_ceremonies::{failed, host, over, wrong_passkey},
    platform::{Doorkeeper, address_counted, address_limit, entry_of, seen, session_of},
    second_factor::{code_limit, hashes},
    session_ends::{self, Ending},
    tenants,
};
use crate::{
    auth::{
        attempts::Limit,
        context::OpContext,
        half_open::HalfOpen,
        passkeys::{Begun, Key, Refusal, Site, Use},
        recovery,
        revocations::Revocation,
        sessions::{ByProvider, SignedIn},
        tokens::PersonOnly,
    },
    database::{
        accounts::Account,
        audit::Entry,
        passkeys::{Addition, PasskeyToAdd, PasskeyUse, Removal, StoredPasskey, Used, version_of},
    },
    measures::{self, SignInBy, SignInEnd},
};

/// Sign-ins by a passkey alone that may be begun from one address within the window. Each may make a session.
const MOST_BEGUN: i64 = 100;

#[async_trait]
impl Passkeys for Doorkeeper {
    async fn are_offered(&self, parts: &Head) -> Answer<bool> {
        Ok(self.parts.sites.of(host(parts)).is_ok())
    }

    async fn list(&self, parts: &Head) -> Answer<PasskeyList> {
        let account = self.settled(parts).await?;
        let stored = self.parts.db.list_passkeys(&self.nobody(parts), account.viewer.id).await?;
        let site = self.parts.sites.of(host(parts));
        let here = site.as_ref().map(Site::name).unwrap_or_default();
        let rows = stored.into_iter().map(|passkey| row(passkey, here)).collect();
        Ok(PasskeyList { rows, hindrance: site.err().map(|hindrance| hindrance.told()) })
    }

    async fn get(&self, parts: &Head, id: PasskeyId) -> Answer<PasskeyRow> {
        let own = self.list(parts).await?;
        own.rows.into_iter().find(|row| row.id == id).ok_or_else(UiError::not_found)
    }

    async fn begin_adding(&self, parts: &Head, form: NewPasskey) -> Answer<PasskeyRequest> {
        let account = self.settled(parts).await?;
        let (ctx, site, name) = (self.nobody(parts), self.site(parts)?, form.parse()?);
        let stored = self.parts.db.list_passkeys(&ctx, account.viewer.id).await?;
        if stored.len() as u64 >= MAX_PASSKEYS {
            return Err(full());
        }
        self.check_password_again(&ctx, &account, &form.password, "passkey.add").await?;
        let known = stored.iter().map(key).collect::<Answer<Vec<_>>>()?;
        let begun = site.begin_adding(&account.viewer, name, &known).map_err(failed)?;
        self.begin(&ctx, &session_of(parts)?, Some(&account), begun).await
    }

    async fn add(&self, parts: &Head, answer: PasskeyAnswer) -> Answer<AddedPasskey> {
        let account = self.settled(parts).await?;
        let (ctx, site, session) = (self.nobody(parts), self.site(parts)?, session_of(parts)?);
        let begun = self.take(&ctx, &session, Some(&account), (Begun::ADDING, &answer.ceremony)).await?;
        let Some(Begun::Adding(name, state)) = begun else {
            return Err(UiError { kind: ErrorKind::Conflict, ..over() });
        };
        let key = match site.add(&answer.credential, &state) {
            Ok(key) => key,
            Err(Refusal::Failed(why)) => return Err(failed(Refusal::Failed(why))),
            Err(refusal) => {
                let entry = entry_of(&account, "passkey.add", Entry::failed).detail(refusal.to_string());
                self.parts.db.record(&ctx, entry).await?;
                return Err(wrong_answer());
            }
        };
        let recovery = recovery::new_codes(&self.parts.clock);
        let new = PasskeyToAdd {
            credential: key.credential(),
            name,
            site: site.name().to_owned(),
            checked_by: key.to_json().map_err(failed)?,
        };
        let codes = hashes(&account, &recovery);
        let (passkey, first) = match self.parts.db.add_passkey(&ctx, &account, new, codes).await? {
            Addition::Added { passkey, first } => (passkey, first),
            Addition::Full => return Err(full()),
            Addition::Known => return Err(known()),
        };
        self.parts.revocations.send(Revocation::Changed(account.viewer.id));
        if first {
            self.show(&ctx, &session, &account, &recovery).await?;
        }
        Ok(AddedPasskey { passkey: row(passkey, site.name()), recovery_codes: first.then_some(recovery) })
    }

    async fn rename(&self, parts: &Head, id: PasskeyId, form: PasskeyForm) -> Answer<()> {
        let account = self.settled(parts).await?;
        let name = form.parse()?;
        let change = (name.as_str(), form.version);
        let done = self.parts.db.rename_passkey(&self.nobody(parts), &account, id, change).await?;
        if done { Ok(()) } else { Err(self.not_theirs(parts, &account, "passkey.rename").await?) }
    }

    async fn remove(&self, parts: &Head, id: PasskeyId, form: AgainForm) -> Answer<()> {
        let account = self.settled(parts).await?;
        let (ctx, action) = (self.nobody(parts), "passkey.remove");
        // Whoever asks for another's learns nothing, and the password is not asked in vain.
        if self.parts.db.list_passkeys(&ctx, account.viewer.id).await?.iter().all(|passkey| passkey.id != id) {
            return Err(self.not_theirs(parts, &account, action).await?);
        }
        self.check_password_again(&ctx, &account, &form.password, action).await?;
        match self.parts.db.remove_passkey(&ctx, &account, id).await? {
            Removal::Removed => {
                self.parts.revocations.send(Revocation::Changed(account.viewer.id));
                Ok(())
            }
            Removal::NotFound => Err(self.not_theirs(parts, &account, action).await?),
            Removal::Needed => {
                let entry = entry_of(&account, action, Entry::refused).detail("the tenant asks for a second factor");
                self.parts.db.record(&ctx, entry).await?;
                Err(UiError::new(
                    ErrorKind::Conflict,
                    text!(
                        "Your tenant asks everybody for a second factor, and this passkey is your last one. Add another passkey or an authenticator app first.",
                        "您的租户要求两步验证，而这是您唯一的验证方式。请先添加其他通行密钥或身份验证器应用。"
                    ),
                ))
            }
        }
    }

    async fn begin_second_step(&self, parts: &Head) -> Answer<PasskeyRequest> {
        self.by_person(parts, PersonOnly::SignIn).await?;
        let (ctx, session) = (self.nobody(parts), session_of(parts)?);
        let account = self.half_signed_in(&ctx, &session).await?;
        let site = self.site(parts)?;
        let here = self.passkeys_at(&ctx, &site, account.viewer.id).await?;
        if here.is_empty() {
            return Err(UiError::new(
                ErrorKind::Conflict,
                text!(
                    "This account has no passkey for this address. Use a code or a recovery code.",
                    "该账号没有可用于此地址的通行密钥，请使用验证码或恢复码。"
                ),
            ));
        }
        let begun = site.begin_second_step(&here.iter().map(key).collect::<Answer<Vec<_>>>()?).map_err(failed)?;
        self.begin(&ctx, &session, Some(&account), begun).await
    }

    async fn complete(&self, parts: &Head, answer: PasskeyAnswer) -> Answer<Viewer> {
        let answer = self.by_second_passkey(parts, answer).await;
        measures::sign_in(SignInBy::SecondPasskey, SignInEnd::of(&answer));
        answer
    }

    async fn begin_sign_in(&self, parts: &Head) -> Answer<PasskeyRequest> {
        self.by_person(parts, PersonOnly::SignIn).await?;
        let (ctx, session) = (self.nobody(parts), session_of(parts)?);
        let site = self.site(parts)?;
        let refusal = Entry::refused("session.sign_in", UNKNOWN.to_owned());
        self.take_attempt(&ctx, &[begun_limit(ctx.address())], true, refusal).await?;
        let begun = site.begin_sign_in().map_err(failed)?;
        self.begin(&ctx, &session, None, begun).await
    }

    async fn sign_in(&self, parts: &Head, answer: PasskeyAnswer) -> Answer<Viewer> {
        let answer = self.by_passkey(parts, answer).await;
        measures::sign_in(SignInBy::Passkey, SignInEnd::of(&answer));
        answer
    }
}

/// What the audit trail names when it is not known whose passkey it is.
const UNKNOWN: &str = "account/(by a passkey)";

impl Doorkeeper {
    /// Writes down that somebody asked for a passkey which is none of theirs; what they are told.
    async fn not_theirs(&self, parts: &Head, account: &Account, action: &'static str) -> Answer<UiError> {
        let entry = entry_of(account, action, Entry::refused).detail("no passkey of the account");
        self.parts.db.record(&self.nobody(parts), entry).await?;
        Ok(UiError::not_found())
    }

    /// Takes the second step by a passkey.
    async fn by_second_passkey(&self, parts: &Head, answer: PasskeyAnswer) -> Answer<Viewer> {
        self.by_person(parts, PersonOnly::SignIn).await?;
        let (ctx, session) = (self.nobody(parts), session_of(parts)?);
        let account = self.half_signed_in(&ctx, &session).await?;
        let site = self.site(parts)?;
        let (by_code, by_address) = (code_limit(&account), address_limit(ctx.address()));
        let action = "session.second_step";
        let refusal = entry_of(&account, action, Entry::refused);
        self.take_attempt(&ctx, &[by_code.clone(), by_address.clone()], true, refusal).await?;
        let begun = self.take(&ctx, &session, Some(&account), (Begun::SECOND_STEP, &answer.ceremony)).await?;
        let Some(Begun::SecondStep(state)) = begun else {
            return Err(over());
        };
        let checked = site.check_second_step(&answer.credential, &state);
        self.count_use(&ctx, &account, checked, action, "by a passkey, after the password").await?;
        self.parts.attempts.give_back_attempt(Some(&by_code), &[by_address]).await?;
        HalfOpen::remove(&session).await.map_err(fault::session)?;
        // The first step may have been a provider's; then the session lasts no longer than its word.
        let by = ByProvider::read(&session).await.map_err(fault::session)?;
        self.open(parts, &session, account, by).await
    }

    /// Signs in by a passkey alone.
    async fn by_passkey(&self, parts: &Head, answer: PasskeyAnswer) -> Answer<Viewer> {
        self.by_person(parts, PersonOnly::SignIn).await?;
        let (ctx, session) = (self.nobody(parts), session_of(parts)?);
        let site = self.site(parts)?;
        let (by_address, action) = (address_limit(ctx.address()), "session.sign_in");
        let refusal = Entry::refused(action, UNKNOWN.to_owned());
        self.take_attempt(&ctx, std::slice::from_ref(&by_address), true, refusal).await?;
        let Some(Begun::SignIn(state)) = self.take(&ctx, &session, None, (Begun::SIGN_IN, &answer.ceremony)).await?
        else {
            return Err(over());
        };
        let (account, checked) = match self.claimed(&ctx, &site, &answer.credential).await? {
            Ok((claim, passkey, account)) => {
                let checked = site.check_sign_in(&claim, *state, &key(&passkey)?);
                (account, checked)
            }
            Err(why) => {
                let entry = Entry::failed(action, UNKNOWN.to_owned()).detail(why);
                self.parts.db.record(&ctx, entry).await?;
                return Err(wrong_passkey());
            }
        };
        // Only now, so that nobody learns without the passkey what became of an account.
        if checked.is_ok() && account.suspended {
            self.parts.attempts.give_back_attempt(Some(&begun_limit(ctx.address())), &[by_address]).await?;
            return Err(tenants::suspended(&self.parts, &ctx, &account.viewer).await?);
        }
        if checked.is_ok() && account.disabled {
            let entry = entry_of(&account, action, Entry::failed).detail("by a passkey; the account is disabled");
            self.parts.db.record(&ctx, entry).await?;
            return Err(wrong_passkey());
        }
        self.count_use(&ctx, &account, checked, action, "by a passkey alone").await?;
        self.parts.attempts.give_back_attempt(Some(&begun_limit(ctx.address())), &[by_address]).await?;
        session.clear().await;
        self.open(parts, &session, account, None).await
    }

    /// Whether the account has a passkey that works at the address by which one asks.
    pub(super) async fn has_passkey_here(&self, ctx: &OpContext, parts: &Head, account: AccountId) -> Answer<bool> {
        match self.parts.sites.of(host(parts)) {
            Ok(site) => Ok(!self.passkeys_at(ctx, &site, account).await?.is_empty()),
            Err(_) => Ok(false),
        }
    }

    async fn passkeys_at(&self, ctx: &OpContext, site: &Site, account: AccountId) -> Answer<Vec<StoredPasskey>> {
        let mut all = self.parts.db.list_passkeys(ctx, account).await?;
        all.retain(|passkey| passkey.site == site.name());
        Ok(all)
    }

    /// The passkey and the account that an answer names. The inner error says to the audit trail why there is none.
    async fn claimed(
        &self,
        ctx: &OpContext,
        site: &Site,
        answer: &WebAuthn,
    ) -> Answer<Result<(crate::auth::passkeys::Claim, StoredPasskey, Account), String>> {
        let claim = match site.claim(answer) {
            Ok(claim) => claim,
            Err(refusal) => return Ok(Err(refusal.to_string())),
        };
        let Some(passkey) = self.parts.db.find_passkey(ctx, &claim.credential).await? else {
            return Ok(Err("there is no such passkey".to_owned()));
        };
        if passkey.account != claim.account {
            return Ok(Err("the passkey is another account's".to_owned()));
        }
        match self.parts.db.find_account(ctx, passkey.account).await? {
            Some(account) => Ok(Ok((claim, passkey, account))),
            None => Ok(Err("the passkey's account is gone".to_owned())),
        }
    }

    /// Notes the sign-in when the answer was right; else writes down why not, and refuses.
    async fn count_use(
        &self,
        ctx: &OpContext,
        account: &Account,
        checked: Result<Use, Refusal>,
        action: &'static str,
        how: &'static str,
    ) -> Answer<()> {
        let why = match checked {
            Ok(used) => match self.note_use(ctx, account, &used, how).await? {
                Used::Counts => return Ok(()),
                Used::CounterBack => Refusal::CounterBack.to_string(),
                Used::Gone => "the passkey is not the account's, or not any more".to_owned(),
            },
            Err(Refusal::Failed(why)) => return Err(failed(Refusal::Failed(why))),
            Err(refusal) => refusal.to_string(),
        };
        self.parts.db.record(ctx, entry_of(account, action, Entry::failed).detail(why)).await?;
        Err(wrong_passkey())
    }

    async fn note_use(&self, ctx: &OpContext, account: &Account, used: &Use, how: &'static str) -> Answer<Used> {
        let Some(passkey) = self.parts.db.find_passkey(ctx, &used.credential).await? else { return Ok(Used::Gone) };
        let checked_by = used.applied_to(key(&passkey)?).to_json().map_err(failed)?;
        let used = PasskeyUse { credential: used.credential.clone(), checked_by, counter: used.counter };
        Ok(self.parts.db.sign_in_by_passkey(ctx, account, used, how).await?)
    }

    /// Signs in under a new session; `by` when a provider has said who it is.
    pub(super) async fn open(
        &self,
        parts: &Head,
        session: &Session,
        account: Account,
        by: Option<ByProvider>,
    ) -> Answer<Viewer> {
        let ctx = self.nobody(parts);
        for key in self.parts.sessions.in_the_way(account.viewer.id).await? {
            let entry = entry_of(&account, "session.make_room", Entry::ok);
            session_ends::end(&self.parts, &ctx, Ending::One(key), entry).await?;
        }
        let signed_in = SignedIn { account: account.viewer.id, credential: account.credential };
        signed_in.write_by(session, &seen(parts), by).await.map_err(fault::session)?;
        Ok(account.viewer)
    }
}

fn key(passkey: &StoredPasskey) -> Answer<Key> {
    Key::from_json(&passkey.checked_by).map_err(failed)
}

fn row(passkey: StoredPasskey, here: &str) -> PasskeyRow {
    let StoredPasskey { id, name, site, created_at, used_at, .. } = passkey;
    let version = version_of(&name);
    PasskeyRow { id, name, created_at, used_at, elsewhere: (site != here).then_some(site), version }
}

fn begun_limit(address: &str) -> Limit {
    Limit::new("passkey", &address_counted(address), MOST_BEGUN)
}

fn full() -> UiError {
    UiError::new(
        ErrorKind::Conflict,
        text!(
            "There are {MAX_PASSKEYS} passkeys, which is as many as an account may have. Remove one first.",
            "每个账号最多 {MAX_PASSKEYS} 个通行密钥，请先移除一个。"
        ),
    )
}

fn known() -> UiError {
    UiError::new(
        ErrorKind::Conflict,
        text!(
            "This passkey belongs to an account already. Use another device or another place for it.",
            "此通行密钥已属于某个账号，请使用其他设备或存储位置。"
        ),
    )
}

fn wrong_answer() -> UiError {
    UiError::new(
        ErrorKind::Conflict,
        text!(
            "What the browser made does not fit what it was asked for. Begin anew at the address of this Longshore.",
            "浏览器返回的结果与请求不符，请在本 Longshore 的地址上重新开始。"
        ),
    )
}
