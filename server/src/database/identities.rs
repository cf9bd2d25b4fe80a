//! Who an account is to an identity provider. A provider's people are found by its subject alone, never by a name or an
//! address; the roles that come from it are replaced when its claims change, and those given by hand are left alone.

use std::collections::{BTreeSet, HashMap, HashSet};

use app::model::{AccountId, AccountKind, IdentityId, Millis, ProviderId, Role, RoleRef, Scope, TenantId};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    Database, DatabaseError, Result,
    accounts::{self, Account, AccountToMake, PasswordHash},
    audit::{self, Entry},
    audit_change::Recorded,
    identity_providers::{self, Provider},
    portable::{insert_unless_exists, lock_row, retrying},
    role_bindings, roles,
    stored::unsigned,
    tenants,
};
use crate::auth::{context::OpContext, crypto::hex};

pub(super) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "identities")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub provider_id: Uuid,
        pub subject: String,
        pub account_id: Uuid,
        pub first_password: Option<String>,
        pub created_at: i64,
        pub last_sign_in: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod used {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "used_states")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub state: String,
        pub until: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{Column, Entity};

/// An account as a provider knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The identity.
    pub id: IdentityId,
    /// The provider.
    pub provider: ProviderId,
    /// Whose.
    pub account: AccountId,
    /// Since when.
    pub created_at: Millis,
    /// The last sign-in by it.
    pub last_sign_in: Option<Millis>,
    /// The hash of the password hash that the account was made with.
    first_password: Option<String>,
}

impl From<entity::Model> for Identity {
    fn from(row: entity::Model) -> Self {
        Self {
            id: IdentityId(row.id),
            provider: ProviderId(row.provider_id),
            account: AccountId(row.account_id),
            created_at: row.created_at,
            last_sign_in: row.last_sign_in,
            first_password: row.first_password,
        }
    }
}

impl Identity {
    /// Whether the account was made by it and nobody has chosen a password since.
    pub fn is_without_password(&self, present: &PasswordHash) -> bool {
        self.first_password.as_ref().is_some_and(|first| *first == print(present))
    }
}

/// As what providers know some accounts.
pub(super) async fn of_accounts(tx: &DatabaseTransaction, accounts: &HashSet<Uuid>) -> Result<Vec<Identity>> {
    let rows = Entity::find().filter(Column::AccountId.is_in(accounts.iter().copied())).all(tx).await?;
    Ok(rows.into_iter().map(Identity::from).collect())
}

/// What the audit trail says of an account that a provider knows: the roles that come from it.
#[derive(Serialize)]
struct RolesState {
    provider: String,
    roles: Vec<String>,
}

impl Recorded for RolesState {}

impl Database {
    /// Uses up what a browser has begun, until when it cannot come back any more; whether it is the first time.
    pub async fn use_state(&self, ctx: &OpContext, key: &str, until: Millis) -> Result<bool> {
        let old = used::Entity::find().filter(used::Column::Until.lte(ctx.now())).limit(500);
        let old: Vec<String> = old.select_only().column(used::Column::State).into_tuple().all(self.read()).await?;
        if !old.is_empty() {
            used::Entity::delete_many().filter(used::Column::State.is_in(old)).exec(self.read()).await?;
        }
        let row = used::ActiveModel { state: Set(key.to_owned()), until: Set(until) };
        insert_unless_exists(self.read(), row).await
    }

    /// The account that a provider means by a subject.
    pub async fn find_identity(
        &self,
        _ctx: &OpContext,
        provider: ProviderId,
        subject: &str,
    ) -> Result<Option<Identity>> {
        let found = Entity::find().filter(Column::ProviderId.eq(provider.0)).filter(Column::Subject.eq(subject));
        Ok(found.one(self.read()).await?.map(Identity::from))
    }

    /// The providers that know an account, the oldest first.
    pub async fn list_identities(&self, _ctx: &OpContext, account: AccountId) -> Result<Vec<Identity>> {
        let rows = Entity::find().filter(Column::AccountId.eq(account.0)).order_by_asc(Column::CreatedAt);
        Ok(rows.order_by_asc(Column::Id).all(self.read()).await?.into_iter().map(Identity::from).collect())
    }

    /// Whether a session that an account has opened by a provider goes on: the provider still knows the account, and
    /// people sign in by it as they did.
    pub async fn is_vouched_for(
        &self,
        _ctx: &OpContext,
        account: AccountId,
        provider: ProviderId,
        epoch: Uuid,
    ) -> Result<bool> {
        let known = Entity::find().filter(Column::AccountId.eq(account.0)).filter(Column::ProviderId.eq(provider.0));
        Ok(known.count(self.read()).await? > 0 && identity_providers::vouches(self.read(), provider, epoch).await?)
    }

    /// Makes an account for whoever a provider means by a subject, and gives it its roles. `names` are the user names that
    /// are tried until one is free. Fails with `Taken` (`subject`) when somebody is known by it already, with `Taken`
    /// (`username`) when no name is free, and with `Stale` when the provider or the tenant has changed.
    pub async fn join_by_provider(
        &self,
        ctx: &OpContext,
        (provider, subject): (&Provider, &str),
        account: &AccountToMake,
        names: &[String],
        wanted: &BTreeSet<RoleRef>,
    ) -> Result<AccountId> {
        retrying!(self.try_join(ctx, (provider, subject), account.clone(), names, wanted).await)
    }

    async fn try_join(
        &self,
        ctx: &OpContext,
        (provider, subject): (&Provider, &str),
        mut account: AccountToMake,
        names: &[String],
        wanted: &BTreeSet<RoleRef>,
    ) -> Result<AccountId> {
        let tx = self.write().await?;
        if let Some(tenant) = provider.tenant {
            tenants::hold_open(&tx, tenant).await?;
        }
        account.username = free(&tx, names).await?.ok_or(DatabaseError::Taken("username"))?;
        let (password, username) = (account.password.clone(), account.username.clone());
        let (id, made) = accounts::insert_row(&tx, ctx, provider.tenant, account).await?;
        identity_providers::hold(&tx, provider).await?;
        insert(&tx, ctx, provider.id, subject, id, Some(&password)).await?;
        let changed = apply(&tx, ctx, provider, id, wanted).await?;
        let by = |entry: Entry| entry.tenant(provider.tenant).actor(Some(id), &username);
        audit::record(&tx, ctx, by(made.also(&through(provider)))).await?;
        if let Some((before, after)) = changed {
            let entry = Entry::ok("access.follow_claims", format!("account/{username}"));
            audit::record(&tx, ctx, by(entry.change(Some(&before), Some(&after)))).await?;
        }
        tx.commit().await?;
        Ok(id)
    }

    /// Replaces the roles that come from a provider by those that follow from its claims now; whether any changed. Fails
    /// with `Stale` when the account or the provider has changed.
    pub async fn follow_claims(
        &self,
        ctx: &OpContext,
        provider: &Provider,
        account: &Account,
        wanted: &BTreeSet<RoleRef>,
    ) -> Result<bool> {
        retrying!(self.try_follow(ctx, provider, account, wanted).await)
    }

    async fn try_follow(
        &self,
        ctx: &OpContext,
        provider: &Provider,
        account: &Account,
        wanted: &BTreeSet<RoleRef>,
    ) -> Result<bool> {
        let tx = self.write().await?;
        let viewer = &account.viewer;
        accounts::lock(&tx, viewer.id).await?;
        identity_providers::hold(&tx, provider).await?;
        let Some((before, after)) = apply(&tx, ctx, provider, viewer.id, wanted).await? else { return Ok(false) };
        let entry = Entry::ok("access.follow_claims", format!("account/{}", viewer.username));
        let entry = entry.tenant(viewer.tenant).actor(Some(viewer.id), &viewer.username);
        audit::record(&tx, ctx, entry.change(Some(&before), Some(&after))).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Notes a sign-in by a provider, or its first step. Fails with `Stale` when the account has changed meanwhile.
    pub async fn note_sign_in_by_provider(
        &self,
        ctx: &OpContext,
        provider: &Provider,
        account: &Account,
        whole: bool,
    ) -> Result<()> {
        let tx = self.write().await?;
        let action = if whole { "session.sign_in" } else { "session.first_step" };
        let entry = accounts::note(&tx, ctx, account, None, action, &through(provider)).await?;
        Entity::update_many()
            .col_expr(Column::LastSignIn, Expr::value(ctx.now()))
            .filter(Column::AccountId.eq(account.viewer.id.0))
            .filter(Column::ProviderId.eq(provider.id.0))
            .exec(&tx)
            .await?;
        audit::record(&tx, ctx, entry).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Links an account with whoever a provider means by a subject. Fails with `Taken` (`subject`) when that is another
    /// account, or the account is another's to it, and with `Stale` when the provider has changed.
    pub async fn link_identity(
        &self,
        ctx: &OpContext,
        provider: &Provider,
        subject: &str,
        account: &Account,
    ) -> Result<()> {
        let tx = self.write().await?;
        let viewer = &account.viewer;
        accounts::lock(&tx, viewer.id).await?;
        identity_providers::hold(&tx, provider).await?;
        insert(&tx, ctx, provider.id, subject, viewer.id, None).await?;
        let entry = Entry::ok("identity.link", format!("account/{}", viewer.username)).detail(through(provider));
        let entry = entry.tenant(viewer.tenant).actor(Some(viewer.id), &viewer.username);
        // The roles come with the next sign-in by it.
        let linked = RolesState { provider: provider.slug.clone(), roles: Vec::new() };
        audit::record(&tx, ctx, entry.made(&linked)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Ends that a provider knows one's own account, and takes the roles that come from it. Whether there was such an
    /// identity.
    pub async fn unlink_identity(&self, ctx: &OpContext, identity: &Identity, username: &str) -> Result<bool> {
        let tx = self.write().await?;
        accounts::lock(&tx, identity.account).await?;
        let provider = lock_row::<identity_providers::entity::Entity>(&tx, identity.provider.0).await?;
        let Some(provider) = provider else { return Ok(false) };
        if Entity::delete_by_id(identity.id.0).exec(&tx).await?.rows_affected == 0 {
            return Ok(false);
        }
        let taken = role_bindings::from_provider(&tx, identity.account, identity.provider).await?;
        role_bindings::delete_from_provider(&tx, identity.provider, Some(identity.account)).await?;
        let detail = format!("by identity_provider/{}", provider.slug);
        let roles = taken.iter().map(|(_, role)| role.to_string()).collect();
        let gone = RolesState { provider: provider.slug, roles };
        let entry = Entry::ok("identity.unlink", format!("account/{username}")).detail(detail);
        audit::record(&tx, ctx, entry.gone(&gone)).await?;
        tx.commit().await?;
        Ok(true)
    }
}

fn through(provider: &Provider) -> String {
    format!("by identity_provider/{}", provider.slug)
}

fn print(password: &PasswordHash) -> String {
    hex(&Sha256::digest(&password.0))
}

/// The first name that nobody has. Of two who come at once with the last one, one fails and comes again.
async fn free(on: &impl ConnectionTrait, names: &[String]) -> Result<Option<String>> {
    for name in names {
        let taken = accounts::entity::Entity::find().filter(accounts::entity::Column::Username.eq(name));
        if taken.count(on).await? == 0 {
            return Ok(Some(name.clone()));
        }
    }
    Ok(None)
}

async fn insert(
    tx: &DatabaseTransaction,
    ctx: &OpContext,
    provider: ProviderId,
    subject: &str,
    account: AccountId,
    password: Option<&PasswordHash>,
) -> Result<()> {
    let row = entity::ActiveModel {
        id: Set(ctx.clock().uuid()),
        provider_id: Set(provider.0),
        subject: Set(subject.to_owned()),
        account_id: Set(account.0),
        first_password: Set(password.map(print)),
        created_at: Set(ctx.now()),
        last_sign_in: Set(None),
    };
    row.insert(tx).await.map_err(|e| super::taken(e, "subject"))?;
    Ok(())
}

/// Gives and takes what has changed of the roles that come from a provider; what they were and are, when they have.
async fn apply(
    tx: &DatabaseTransaction,
    ctx: &OpContext,
    provider: &Provider,
    account: AccountId,
    wanted: &BTreeSet<RoleRef>,
) -> Result<Option<(RolesState, RolesState)>> {
    let scope = provider.tenant.map_or(Scope::Platform, Scope::Tenant);
    let mut right = BTreeSet::new();
    for role in wanted {
        if fits(tx, *role, provider.tenant).await? {
            right.insert(*role);
        }
    }
    let had = role_bindings::from_provider(tx, account, provider.id).await?;
    let before: BTreeSet<RoleRef> = had.iter().map(|(_, role)| *role).collect();
    role_bindings::delete_some(tx, had.iter().filter(|(_, role)| !right.contains(role)).map(|(id, _)| *id)).await?;
    let mut after: BTreeSet<RoleRef> = before.intersection(&right).copied().collect();
    for role in right.difference(&before) {
        // What the account has there by hand is left as it is.
        if role_bindings::insert_from_provider(tx, ctx, account, *role, scope, (provider.id, &provider.slug)).await? {
            after.insert(*role);
        }
    }
    let state = |roles: &BTreeSet<RoleRef>| RolesState {
        provider: provider.slug.clone(),
        roles: roles.iter().map(ToString::to_string).collect(),
    };
    Ok((before != after).then(|| (state(&before), state(&after))))
}

/// Whether a role can come from a provider of that tenant, whatever its rules say: never the main account's, never the
/// platform's within a tenant, and another tenant's neither.
async fn fits(tx: &DatabaseTransaction, role: RoleRef, tenant: Option<TenantId>) -> Result<bool> {
    Ok(match role {
        RoleRef::BuiltIn(Role::Owner) => false,
        RoleRef::BuiltIn(role) => role.of_platform() == tenant.is_none(),
        RoleRef::Custom(id) => {
            // It is not deleted meanwhile.
            let row = lock_row::<roles::entity::Entity>(tx, id.0).await?;
            row.is_some_and(|row| tenant.is_some_and(|t| t.0 == row.tenant_id))
        }
    })
}

/// How many accounts each of these providers knows.
pub(super) async fn counts_of(on: &impl ConnectionTrait, providers: &[ProviderId]) -> Result<HashMap<ProviderId, u64>> {
    let counts: Vec<(Uuid, i64)> = Entity::find()
        .select_only()
        .column(Column::ProviderId)
        .column_as(Column::Id.count(), "people")
        .filter(Column::ProviderId.is_in(providers.iter().map(|id| id.0)))
        .group_by(Column::ProviderId)
        .into_tuple()
        .all(on)
        .await?;
    counts.into_iter().map(|(id, n)| Ok((ProviderId(id), unsigned(n, "identities.count")?))).collect()
}

/// How many accounts a provider knows.
pub(super) async fn count_of(on: &impl ConnectionTrait, provider: ProviderId) -> Result<u64> {
    Ok(Entity::find().filter(Column::ProviderId.eq(provider.0)).count(on).await?)
}

/// The accounts that a provider knows.
pub(super) async fn accounts_of(on: &impl ConnectionTrait, provider: ProviderId) -> Result<Vec<AccountId>> {
    let ids = Entity::find().select_only().column(Column::AccountId).filter(Column::ProviderId.eq(provider.0));
    let ids: Vec<Uuid> = ids.into_tuple().all(on).await?;
    Ok(ids.into_iter().map(AccountId).collect())
}

/// Nobody is known by a provider any more.
pub(super) async fn delete_of_provider(on: &impl ConnectionTrait, provider: ProviderId) -> Result<()> {
    Entity::delete_many().filter(Column::ProviderId.eq(provider.0)).exec(on).await?;
    Ok(())
}

/// An account to be made for somebody who comes by a provider: a person without a password.
pub fn newcomer(display_name: String, email: String) -> AccountToMake {
    AccountToMake {
        username: String::new(),
        display_name,
        email,
        roles: Vec::new(),
        kind: AccountKind::Person,
        password: PasswordHash::NONE,
        one_time: false,
    }
}
