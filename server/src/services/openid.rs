//! Coming in by an identity provider: begun here, gone on with when the browser comes back, and looked at again in each
//! session that was opened so. What becomes of whoever the provider has named is in [`super::openid_people`].
//!
//! Whatever a provider does, the browser ends up at a page of ours that says what happened; what the provider said is
//! neither shown nor logged.

use std::sync::Arc;

use app::{
    UiError,
    model::{AccountId, Millis, OfferedProvider, SignInProblem as Problem, local_path},
    pages::address,
    service::{Answer, ProviderAnswer, SignInProviders, Way},
};
use async_trait::async_trait;
use http::request::Parts as Head;
use tower_sessions::Session;

use super::{
    Parts, fault,
    identity_providers::{party, secret_of},
    platform::{Doorkeeper, Known, address_counted},
};
use crate::{
    auth::{
        attempts::{Attempt as Counted, Limit},
        context::OpContext,
        revocations::SessionKey,
        sessions::ByProvider,
        tokens::PersonOnly,
    },
    database::{DatabaseError, accounts::Account, audit::Entry, identity_providers::Provider},
    measures::{self, SignInBy, SignInEnd},
    openid::{
        Answered, Fault, Party,
        attempt::{Attempt, Attempts, COOKIE_NAMES, Purpose},
    },
};

/// Buttons that everybody sees.
const MOST_SHOWN: u64 = 10;
/// Answers that come from one address within the window.
const MOST_PER_ADDRESS: i64 = 100;
/// The most bytes of a code.
const MAX_CODE: usize = 4_096;
/// How lately one must have signed in to link one's account.
const FRESH: Millis = 10 * 60 * 1000;

/// Why somebody was not signed in.
pub(super) enum Stop {
    /// They are told so; the detail is for records.
    Told(Problem, String),
    /// A fault of Longshore's own.
    Fault(UiError),
}

impl Stop {
    pub(super) fn told(problem: Problem) -> Self {
        Self::Told(problem, String::new())
    }
}

impl From<UiError> for Stop {
    fn from(error: UiError) -> Self {
        Self::Fault(error)
    }
}

impl From<DatabaseError> for Stop {
    fn from(error: DatabaseError) -> Self {
        match error {
            // The provider was changed or deleted in this moment, or the account was.
            DatabaseError::Stale => Self::told(Problem::Gone),
            other => Self::Fault(other.into()),
        }
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        let problem = match fault {
            Fault::Unreachable | Fault::Client | Fault::Status(_) => Problem::Unreachable,
            Fault::Slow => Problem::Slow,
            Fault::Refused | Fault::UnknownClient => Problem::Refused,
            Fault::TooLarge | Fault::Unreadable | Fault::Document(_) | Fault::Token(_) => Problem::Untrusted,
        };
        Self::Told(problem, fault.to_string())
    }
}

#[async_trait]
impl SignInProviders for Doorkeeper {
    fn cookie(&self) -> &'static str {
        COOKIE_NAMES[usize::from(self.parts.openid.secure())]
    }

    async fn offered(&self, parts: &Head, slug: Option<String>) -> Answer<Vec<OfferedProvider>> {
        let ctx = self.nobody(parts);
        let mut offered = Vec::new();
        if let Some(slug) = slug.as_deref().map(str::trim).filter(|slug| !slug.is_empty()) {
            offered.extend(self.parts.db.find_provider_by_slug(&ctx, slug).await?);
        }
        let shown = self.parts.db.list_shown_providers(&ctx, MOST_SHOWN).await?;
        let first = offered.first().map(|p| p.id);
        offered.extend(shown.into_iter().filter(|p| Some(p.id) != first));
        Ok(offered.into_iter().map(|p| OfferedProvider { slug: p.slug, name: p.name }).collect())
    }

    async fn begin(&self, parts: &Head, slug: &str, link: bool, next: &str, kept: Option<&str>) -> Answer<Way> {
        let ctx = self.nobody(parts);
        let next = local_path(next).unwrap_or("/");
        let mut attempts = Attempts::read(&self.parts.vault, kept);
        let to = match self.begun(parts, &ctx, slug, link, next).await {
            Ok((attempt, address)) => {
                attempts.push(attempt, ctx.now());
                address
            }
            Err(Stop::Told(problem, detail)) => {
                // Anybody can ask for one that there is not.
                if problem != Problem::Gone {
                    tracing::warn!("signing in by the provider {slug:?} did not begin: {} {detail}", problem.as_str());
                }
                back(problem, slug, link, next)
            }
            Err(Stop::Fault(error)) => return Err(error),
        };
        Ok(Way { to, kept: attempts.seal(&self.parts.vault) })
    }

    async fn finish(&self, parts: &Head, slug: &str, answer: ProviderAnswer, kept: Option<&str>) -> Answer<Way> {
        let ctx = self.nobody(parts);
        let mut attempts = Attempts::read(&self.parts.vault, kept);
        let (mut next, mut link) = ("/".to_owned(), false);
        let provider = self.parts.db.find_provider_by_slug(&ctx, slug).await?;
        let done = match &provider {
            None => Err(Stop::told(Problem::Gone)),
            Some(provider) => {
                let attempt = attempts.take(provider.id, &answer.state);
                if let Some(attempt) = &attempt {
                    (next, link) = (attempt.next.clone(), attempt.purpose != Purpose::SignIn);
                }
                self.finished(parts, &ctx, provider, attempt, answer).await
            }
        };
        if !link {
            measures::sign_in(SignInBy::Provider, end_of(&done));
        }
        let to = match done {
            Ok(to) => to,
            Err(Stop::Told(problem, detail)) => {
                self.note_failure(&ctx, provider.as_ref(), link, problem, &detail).await?;
                let slug = provider.as_ref().map_or("", |p| p.slug.as_str());
                back(problem, slug, link, &next)
            }
            Err(Stop::Fault(error)) => return Err(error),
        };
        Ok(Way { to, kept: attempts.seal(&self.parts.vault) })
    }
}

impl Doorkeeper {
    /// The account of a session that was just read, unless a provider has opened it that does not vouch for it any more.
    pub(super) async fn vouched_for(
        &self,
        head: &Head,
        session: &Session,
        account: AccountId,
    ) -> Answer<Option<Account>> {
        let ctx = self.nobody(head);
        let by = ByProvider::read(session).await.map_err(fault::session)?;
        if let Some(by) = by
            && !self.parts.db.is_vouched_for(&ctx, account, by.provider, by.epoch).await?
        {
            return Ok(None);
        }
        let mut found = self.parts.db.find_account(&ctx, account).await?;
        if let Some(account) = &mut found {
            account.viewer.must_add_second_factor &= !by.is_some_and(|by| by.strong);
        }
        Ok(found)
    }

    async fn begun(
        &self,
        head: &Head,
        ctx: &OpContext,
        slug: &str,
        link: bool,
        next: &str,
    ) -> Result<(Attempt, String), Stop> {
        let provider = self.parts.db.find_provider_by_slug(ctx, slug).await?;
        let provider = provider.ok_or_else(|| Stop::told(Problem::Gone))?;
        let purpose = if link { Purpose::Link(self.linking(head, ctx, &provider).await?) } else { Purpose::SignIn };
        let party = self.party(ctx, &provider).await?;
        let attempt = Attempt::begin(&self.parts.clock, provider.id, purpose, next);
        let address = self.parts.openid.address(&party, &attempt, ctx.now()).await?;
        Ok((attempt, address))
    }

    /// Whose account is to be linked with the provider: whoever has signed in a moment ago and is at home where it is.
    async fn linking(&self, head: &Head, ctx: &OpContext, provider: &Provider) -> Result<AccountId, Stop> {
        self.by_person(head, PersonOnly::LinkIdentity).await?;
        let Known { account, key, .. } = self.known(head).await?.ok_or_else(UiError::signed_out)?;
        if provider.tenant != account.viewer.tenant {
            return Err(Stop::told(Problem::Gone));
        }
        let fresh = is_fresh(&self.parts, ctx.now(), account.viewer.id, key).await?;
        let open = !account.viewer.must_change_password && !account.viewer.must_add_second_factor;
        if fresh && open { Ok(account.viewer.id) } else { Err(Stop::told(Problem::Stale)) }
    }

    async fn finished(
        &self,
        head: &Head,
        ctx: &OpContext,
        provider: &Provider,
        attempt: Option<Attempt>,
        answer: ProviderAnswer,
    ) -> Result<String, Stop> {
        let limit = Limit::new("openid", &address_counted(ctx.address()), MOST_PER_ADDRESS);
        if let Counted::Refused { .. } =
            self.parts.attempts.take_attempt(ctx, std::slice::from_ref(&limit), true).await.map_err(UiError::from)?
        {
            return Err(Stop::told(Problem::TooMany));
        }
        let attempt = attempt.ok_or_else(|| Stop::told(Problem::State))?;
        if ctx.now() >= attempt.until {
            return Err(Stop::told(Problem::Expired));
        }
        if !self.parts.db.use_state(ctx, &attempt.key(), attempt.until).await? {
            return Err(Stop::told(Problem::Used));
        }
        let answered = self.answered(ctx, provider, &attempt, answer).await?;
        let to = match attempt.purpose {
            Purpose::SignIn => self.let_in_by(head, ctx, provider, answered, &attempt.next).await?,
            Purpose::Link(account) => self.link(head, ctx, provider, answered, account).await?,
        };
        // What came to a good end is not counted.
        let nothing = Limit::new("openid-done", "", 1);
        self.parts.attempts.give_back_attempt(Some(&nothing), &[limit]).await.map_err(UiError::from)?;
        Ok(to)
    }

    /// Whom the provider has named.
    async fn answered(
        &self,
        ctx: &OpContext,
        provider: &Provider,
        attempt: &Attempt,
        answer: ProviderAnswer,
    ) -> Result<Answered, Stop> {
        let (party, openid) = (self.party(ctx, provider).await?, &self.parts.openid);
        // Another provider's answer must not be taken for this one's (RFC 9207, section 2.4).
        let names_itself = openid.known(&party, ctx.now()).await?.document.names_itself;
        if answer.iss.as_ref().map_or(names_itself, |iss| *iss != provider.issuer) {
            return Err(Stop::Told(Problem::Untrusted, "the answer is of another issuer".to_owned()));
        }
        match answer.error.as_deref() {
            Some("access_denied") => return Err(Stop::told(Problem::Denied)),
            Some(_) => return Err(Stop::told(Problem::Refused)),
            None => {}
        }
        if answer.code.is_empty() || answer.code.len() > MAX_CODE {
            return Err(Stop::told(Problem::State));
        }
        Ok(openid.exchange(&party, attempt, answer.code, ctx.now()).await?)
    }

    async fn party(&self, ctx: &OpContext, provider: &Provider) -> Result<Party, Stop> {
        let secret = secret_of(&self.parts, ctx, provider.id).await?;
        party(&self.parts, provider, secret).map_err(|_| Stop::told(Problem::Gone))
    }

    /// Writes down that somebody was not let in, and logs it. Neither says what the provider said.
    async fn note_failure(
        &self,
        ctx: &OpContext,
        provider: Option<&Provider>,
        link: bool,
        problem: Problem,
        detail: &str,
    ) -> Answer<()> {
        let slug = provider.map_or("", |p| p.slug.as_str());
        if matches!(problem, Problem::TooMany | Problem::Gone) {
            return Ok(());
        }
        tracing::warn!("signing in by the provider {slug:?} failed: {} {detail}", problem.as_str());
        let action = if link { "identity.link" } else { "session.sign_in" };
        let entry = Entry::failed(action, format!("identity_provider/{slug}")).detail(problem.as_str()).also(detail);
        let entry = entry.tenant(provider.and_then(|p| p.tenant)).actor(None, "");
        Ok(self.parts.db.record(ctx, entry).await?)
    }
}

/// What became of signing in by a provider.
fn end_of(done: &Result<String, Stop>) -> SignInEnd {
    match done {
        Ok(_) => SignInEnd::Succeeded,
        Err(Stop::Told(Problem::TooMany, _)) => SignInEnd::Limited,
        Err(Stop::Told(Problem::Unreachable | Problem::Slow, _)) => SignInEnd::Broken,
        Err(Stop::Told(..)) => SignInEnd::Refused,
        Err(Stop::Fault(error)) => SignInEnd::of_error(error),
    }
}

/// Whether somebody has signed in with a session a moment ago.
pub(super) async fn is_fresh(parts: &Arc<Parts>, now: Millis, account: AccountId, key: SessionKey) -> Answer<bool> {
    let opened = parts.sessions.opened_at(account, key).await?;
    Ok(opened.is_some_and(|at| now - at < FRESH))
}

/// The page that says what happened.
fn back(problem: Problem, slug: &str, link: bool, next: &str) -> String {
    let problem = problem.as_str();
    if link {
        return format!("/settings/identities?problem={problem}");
    }
    let mut page = format!("/sign-in?problem={problem}");
    for (name, value) in [("provider", slug), ("next", if next == "/" { "" } else { next })] {
        if !value.is_empty() {
            page.push_str(&format!("&{name}={}", address::encode(value)));
        }
    }
    page
}
