//! Somebody who administers the platform always can: nobody takes the last one's account, role or way in, by mistake or at the
//! same time as another.

use app::model::{AccountId, AccountKind, ProviderId, Role, Scope};
use sea_orm::{ColumnTrait, Condition, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{
    DatabaseError, Result, accounts::entity as accounts, platform_settings, role_bindings::entity as bindings,
};

/// What is about to be taken.
#[derive(Clone, Copy, Debug)]
pub(super) enum Taking {
    /// An account of the platform's, its way in or its role.
    Account(AccountId),
    /// An identity provider, with the roles that come from it.
    Provider(ProviderId),
}

/// Sees to it that somebody is left who administers the platform and can sign in, and that nobody else takes one until the
/// transaction ends. To be called before anything else is locked. Fails with `Taken` (`last`) when nobody would be left.
pub(super) async fn spare(tx: &DatabaseTransaction, taking: Taking) -> Result<()> {
    platform_settings::lock(tx).await?;
    let of_role = Condition::all()
        .add(bindings::Column::Role.eq(Role::PlatformAdmin.as_str()))
        .add(bindings::Column::Scope.eq(Scope::Platform.to_string()));
    let holders = async |more: Condition| -> Result<Vec<Uuid>> {
        let found = bindings::Entity::find().select_only().column(bindings::Column::AccountId);
        Ok(found.filter(of_role.clone()).filter(more).into_tuple().all(tx).await?)
    };
    let able = |ids: Vec<Uuid>| {
        accounts::Entity::find()
            .filter(accounts::Column::Id.is_in(ids))
            .filter(accounts::Column::TenantId.is_null())
            .filter(accounts::Column::Kind.eq(AccountKind::Person.as_str()))
            .filter(accounts::Column::DisabledAt.is_null())
    };
    let (taken, left) = match taking {
        Taking::Account(account) => {
            let all = holders(Condition::all()).await?;
            let (taken, left): (Vec<Uuid>, Vec<Uuid>) = all.into_iter().partition(|id| *id == account.0);
            (!taken.is_empty() && able(taken).count(tx).await? > 0, able(left))
        }
        Taking::Provider(provider) => {
            let from = bindings::Column::ProviderId.eq(provider.0);
            let other = bindings::Column::ProviderId.ne(provider.0);
            let own = Condition::any().add(bindings::Column::ProviderId.is_null()).add(other);
            let taken = !holders(Condition::all().add(from)).await?.is_empty();
            // Who has no password comes in by a provider alone, which may be this one.
            let left = able(holders(own).await?).filter(accounts::Column::PasswordHash.ne(""));
            (taken, left)
        }
    };
    if taken && left.count(tx).await? == 0 { Err(DatabaseError::Taken("last")) } else { Ok(()) }
}
