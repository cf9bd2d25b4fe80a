//! Somebody who administers the platform can always sign in: nobody takes the last one's account, role or way in by hand, by
//! mistake or at the same time as another. What a provider's own claims take is not held up by it.

use std::collections::HashSet;

use app::model::{AccountId, AccountKind, ProviderId, Role, Scope};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{
    DatabaseError, Result,
    accounts::{PasswordHash, entity as accounts},
    identities::{self, Identity},
    identity_providers::entity as providers,
    platform_settings,
    role_bindings::entity as bindings,
};

/// What is about to be taken.
#[derive(Clone, Copy, Debug)]
pub(super) enum Taking {
    /// An account of the platform's, its way in or its role.
    Account(AccountId),
    /// An identity provider that people come in by.
    Provider(ProviderId),
    /// The same with the roles that come from it.
    ProviderWithRoles(ProviderId),
}

impl Taking {
    fn provider(self) -> Option<ProviderId> {
        match self {
            Self::Account(_) => None,
            Self::Provider(provider) | Self::ProviderWithRoles(provider) => Some(provider),
        }
    }

    /// Whether a role stays.
    fn leaves(self, role: &bindings::Model) -> bool {
        match self {
            Self::Account(account) => role.account_id != account.0,
            Self::Provider(_) => true,
            Self::ProviderWithRoles(provider) => role.provider_id != Some(provider.0),
        }
    }
}

/// Sees to it that somebody is left who administers the platform and can sign in, and that nobody else takes one until the
/// transaction ends. To be called before anything else is locked. Fails with `Taken` (`last`) when nobody would be left.
pub(super) async fn spare(tx: &DatabaseTransaction, taking: Taking) -> Result<()> {
    platform_settings::lock(tx).await?;
    let roles = bindings::Entity::find()
        .filter(bindings::Column::Role.eq(Role::PlatformAdmin.as_str()))
        .filter(bindings::Column::Scope.eq(Scope::Platform.to_string()))
        .all(tx)
        .await?;
    let now: HashSet<Uuid> = roles.iter().map(|role| role.account_id).collect();
    let later: HashSet<Uuid> = roles.iter().filter(|role| taking.leaves(role)).map(|role| role.account_id).collect();
    let accounts = accounts::Entity::find()
        .filter(accounts::Column::Id.is_in(now.iter().copied()))
        .filter(accounts::Column::TenantId.is_null())
        .filter(accounts::Column::Kind.eq(AccountKind::Person.as_str()))
        .filter(accounts::Column::DisabledAt.is_null())
        .all(tx)
        .await?;
    let known = identities::of_accounts(tx, &now).await?;
    let open: HashSet<Uuid> = providers::Entity::find()
        .filter(providers::Column::Id.is_in(known.iter().map(|identity| identity.provider.0)))
        .filter(providers::Column::Disabled.eq(false))
        .all(tx)
        .await?
        .into_iter()
        .map(|provider| provider.id)
        .collect();
    let comes_in = |account: &accounts::Model, without: Option<ProviderId>| {
        let own: Vec<&Identity> = known.iter().filter(|identity| identity.account.0 == account.id).collect();
        let password = PasswordHash(account.password_hash.clone());
        !own.iter().any(|identity| identity.is_without_password(&password))
            || own.iter().any(|i| Some(i.provider) != without && open.contains(&i.provider.0))
    };
    let before = accounts.iter().any(|account| comes_in(account, None));
    let after = accounts.iter().any(|account| later.contains(&account.id) && comes_in(account, taking.provider()));
    if before && !after { Err(DatabaseError::Taken("last")) } else { Ok(()) }
}
