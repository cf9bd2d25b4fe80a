//! Whoever a provider has named: found by its subject and nothing else, made an account for when that is allowed, given
//! the roles that follow from the claims, and signed in as with a password; or linked with the account that is signed in.

use app::{
    api::session::after_sign_in,
    model::{AccountId, RoleRef, SignInProblem as Problem},
    pages::address,
};
use http::request::Parts as Head;

use super::{
    fault,
    openid::Stop,
    platform::{Doorkeeper, Known, seen, session_of},
};
use crate::{
    auth::{
        context::OpContext,
        crypto::hex,
        revocations::Revocation,
        sessions::{ByProvider, SignedIn},
    },
    clock::Clock,
    database::{DatabaseError, accounts::Account, identities::newcomer, identity_providers::Provider},
    openid::Answered,
};

impl Doorkeeper {
    /// Signs in whoever the provider has named. Answers where to go.
    pub(super) async fn let_in_by(
        &self,
        head: &Head,
        ctx: &OpContext,
        provider: &Provider,
        answered: Answered,
        next: &str,
    ) -> Result<String, Stop> {
        let db = &self.parts.db;
        let wanted = answered.claims.roles(&provider.rules, &provider.default_roles);
        let known = db.find_identity(ctx, provider.id, &answered.subject).await?;
        let id = match &known {
            Some(identity) => identity.account,
            None => self.join_by(ctx, provider, &answered, &wanted).await?,
        };
        let mut account = self.admitted(ctx, id).await?;
        if known.is_some() && db.follow_claims(ctx, provider, &account, &wanted).await? {
            self.parts.revocations.send(Revocation::Changed(id));
            account = self.admitted(ctx, id).await?;
        }
        let strong = answered.claims.is_strong();
        let session = session_of(head)?;
        let by = ByProvider { provider: provider.id, epoch: provider.epoch, strong };
        if !strong && db.has_second_factor(ctx, id).await? {
            db.note_sign_in_by_provider(ctx, provider, &account, false).await?;
            self.open_by_half(ctx, &session, &account).await?;
            by.note(&session).await.map_err(fault::session)?;
            return Ok(address::sign_in_code(next));
        }
        db.note_sign_in_by_provider(ctx, provider, &account, true).await?;
        let signed_in = SignedIn { account: id, credential: account.credential };
        signed_in.write_by(&session, &seen(head), Some(by)).await.map_err(fault::session)?;
        let mut viewer = account.viewer;
        viewer.must_add_second_factor &= !strong;
        Ok(after_sign_in(&viewer, next).to_owned())
    }

    /// An account that may sign in.
    async fn admitted(&self, ctx: &OpContext, id: AccountId) -> Result<Account, Stop> {
        let account = self.parts.db.find_account(ctx, id).await?.ok_or_else(|| Stop::told(Problem::Gone))?;
        match (account.suspended, account.disabled) {
            (true, _) => Err(Stop::told(Problem::Suspended)),
            (false, true) => Err(Stop::told(Problem::Disabled)),
            (false, false) => Ok(account),
        }
    }

    /// Makes an account for somebody who comes for the first time, when that is allowed.
    async fn join_by(
        &self,
        ctx: &OpContext,
        provider: &Provider,
        answered: &Answered,
        wanted: &std::collections::BTreeSet<RoleRef>,
    ) -> Result<AccountId, Stop> {
        if !provider.creates_accounts {
            return Err(Stop::told(Problem::NoAccount));
        }
        let system = OpContext::system(self.parts.clock.clone());
        if let Some(tenant) = provider.tenant
            && self.parts.db.is_tenant_suspended(&system, tenant).await?
        {
            return Err(Stop::told(Problem::Suspended));
        }
        let claims = &answered.claims;
        let base = claims.username(&provider.name_claim);
        let account = newcomer(claims.display_name(&base), claims.email());
        let mut tries = 3;
        loop {
            let names = names(&self.parts.clock, &base);
            let whom = (provider, answered.subject.as_str());
            let joined = self.parts.db.join_by_provider(ctx, whom, &account, &names, wanted);
            match joined.await {
                // Somebody took the name, or came by another window, in this moment.
                Err(DatabaseError::Taken("username")) if tries > 0 => tries -= 1,
                Err(DatabaseError::Taken("subject")) => {
                    let known = self.parts.db.find_identity(ctx, provider.id, &answered.subject).await?;
                    return Ok(known.ok_or_else(|| Stop::told(Problem::Gone))?.account);
                }
                other => return Ok(other?),
            }
        }
    }

    /// Links whoever the provider has named with the account that is signed in, which must be the one that has begun.
    pub(super) async fn link(
        &self,
        head: &Head,
        ctx: &OpContext,
        provider: &Provider,
        answered: Answered,
        begun_by: AccountId,
    ) -> Result<String, Stop> {
        let known = self.known(head).await?.filter(|known| known.account.viewer.id == begun_by);
        let Known { account, .. } = known.ok_or_else(|| Stop::told(Problem::State))?;
        if provider.tenant != account.viewer.tenant {
            return Err(Stop::told(Problem::Gone));
        }
        match self.parts.db.link_identity(ctx, provider, &answered.subject, &account).await {
            Ok(()) => Ok("/settings/identities".to_owned()),
            Err(DatabaseError::Taken(_)) => Err(Stop::told(Problem::Taken)),
            Err(other) => Err(other.into()),
        }
    }
}

/// The names that are tried one after the other: as it is, then with a number, then with something that nobody has.
fn names(clock: &Clock, base: &str) -> Vec<String> {
    let numbered = (2..10).map(|n| format!("{base}-{n}"));
    let random = (0..3).map(|_| format!("{base}-{}", hex(&clock.random::<3>())));
    std::iter::once(base.to_owned()).chain(numbered).chain(random).collect()
}

#[cfg(test)]
mod tests {
    use app::model::Username;

    use super::*;

    #[test]
    fn every_name_that_is_tried_is_valid() {
        let names = names(&Clock::system(), &"x".repeat(24));
        assert_eq!((names.len(), names[1].as_str()), (12, "xxxxxxxxxxxxxxxxxxxxxxxx-2"));
        assert!(names.iter().all(|name| Username::parse("username", name).is_ok()), "{names:?}");
    }
}
