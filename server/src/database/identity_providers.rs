//! Identity providers, with their sealed secrets apart. Who is known by them is in [`super::identities`].

use std::collections::HashMap;

use app::model::{AccountId, Millis, ProviderId, RoleRef, Slice, TenantId};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, sea_query::Expr,
};
use serde::Serialize;
use uuid::Uuid;

use super::{
    Database, DatabaseError, Result,
    audit::{self, Entry},
    audit_change::{Fingerprint, Recorded},
    identities,
    last_administrator::{Taking, spare},
    portable::{contains, lock_row, storable},
    role_bindings,
    slice::Window,
    stored::{from_json, json},
    tenants,
};
use crate::auth::{authz::Granted, context::OpContext};

pub(super) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "identity_providers")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub tenant_id: Option<Uuid>,
        pub slug: String,
        pub name: String,
        pub issuer: String,
        pub client_id: String,
        pub scopes: String,
        pub name_claim: String,
        pub creates_accounts: bool,
        pub shown: bool,
        pub disabled: bool,
        pub rules: String,
        pub default_roles: String,
        pub epoch: Uuid,
        pub version: i64,
        pub created_at: i64,
        pub updated_at: i64,
        pub actor_name: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod secret {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "identity_provider_secrets")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub provider_id: Uuid,
        pub sealed: Vec<u8>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{Column, Entity};

/// The most providers of all tenants together.
pub const MOST: u64 = 1_000;

/// A rule: whoever has the value in the claim gets the role.
pub type Rule = (String, String, RoleRef);

/// A provider as it is kept, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// The provider.
    pub id: ProviderId,
    /// Whose people sign in by it; `None` for the platform's.
    pub tenant: Option<TenantId>,
    /// Its part of addresses.
    pub slug: String,
    /// The name on the button.
    pub name: String,
    /// The issuer.
    pub issuer: String,
    /// How it knows Longshore.
    pub client_id: String,
    /// What is asked for besides the usual, separated by spaces.
    pub scopes: String,
    /// The claim that accounts are named after; empty for the usual ones.
    pub name_claim: String,
    /// Whether whoever comes for the first time gets an account.
    pub creates_accounts: bool,
    /// Whether everybody sees its button.
    pub shown: bool,
    /// Nobody signs in by it.
    pub disabled: bool,
    /// Which roles follow from which claims.
    pub rules: Vec<Rule>,
    /// The roles of everybody.
    pub default_roles: Vec<RoleRef>,
    /// Sessions that carry another one are over.
    pub epoch: Uuid,
    /// Counts changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Millis,
    /// When it was last changed.
    pub updated_at: Millis,
    /// By whom.
    pub actor_name: String,
}

impl TryFrom<entity::Model> for Provider {
    type Error = DatabaseError;

    fn try_from(row: entity::Model) -> Result<Self> {
        Ok(Self {
            id: ProviderId(row.id),
            tenant: row.tenant_id.map(TenantId),
            slug: row.slug,
            name: row.name,
            issuer: row.issuer,
            client_id: row.client_id,
            scopes: row.scopes,
            name_claim: row.name_claim,
            creates_accounts: row.creates_accounts,
            shown: row.shown,
            disabled: row.disabled,
            rules: from_json(&row.rules, "identity_providers.rules")?,
            default_roles: from_json(&row.default_roles, "identity_providers.default_roles")?,
            epoch: row.epoch,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            actor_name: row.actor_name,
        })
    }
}

impl From<&Provider> for entity::ActiveModel {
    fn from(provider: &Provider) -> Self {
        Self {
            id: Set(provider.id.0),
            tenant_id: Set(provider.tenant.map(|t| t.0)),
            slug: Set(provider.slug.clone()),
            name: Set(storable(&provider.name)),
            issuer: Set(provider.issuer.clone()),
            client_id: Set(storable(&provider.client_id)),
            scopes: Set(provider.scopes.clone()),
            name_claim: Set(storable(&provider.name_claim)),
            creates_accounts: Set(provider.creates_accounts),
            shown: Set(provider.shown),
            disabled: Set(provider.disabled),
            rules: Set(json(&provider.rules)),
            default_roles: Set(json(&provider.default_roles)),
            epoch: Set(provider.epoch),
            version: Set(provider.version),
            created_at: Set(provider.created_at),
            updated_at: Set(provider.updated_at),
            actor_name: Set(provider.actor_name.clone()),
        }
    }
}

/// What the audit trail says of a provider.
#[derive(Serialize)]
struct State {
    name: String,
    issuer: String,
    client_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<Fingerprint>,
    scopes: String,
    name_claim: String,
    creates_accounts: bool,
    shown: bool,
    disabled: bool,
    rules: Vec<String>,
    default_roles: Vec<String>,
}

impl Recorded for State {}

impl State {
    /// The secret's fingerprint is that of what is kept, which is sealed.
    fn of(provider: &Provider, sealed: Option<&[u8]>) -> Self {
        let rule = |(claim, value, role): &Rule| format!("{claim} = {value}: {role}");
        Self {
            name: provider.name.clone(),
            issuer: provider.issuer.clone(),
            client_id: provider.client_id.clone(),
            client_secret: sealed.map(Fingerprint::of),
            scopes: provider.scopes.clone(),
            name_claim: provider.name_claim.clone(),
            creates_accounts: provider.creates_accounts,
            shown: provider.shown,
            disabled: provider.disabled,
            rules: provider.rules.iter().map(rule).collect(),
            default_roles: provider.default_roles.iter().map(ToString::to_string).collect(),
        }
    }
}

/// The context in which a provider's secret is sealed: moved to another provider it does not open.
pub fn context(id: ProviderId) -> String {
    format!("identity-provider/{id}")
}

impl Database {
    /// A part of the providers, by name, and how many accounts are known by each.
    pub async fn list_providers(
        &self,
        _ctx: &OpContext,
        _granted: Granted,
        window: &Window,
    ) -> Result<(Slice<Provider>, HashMap<ProviderId, u64>)> {
        let query =
            Entity::find().apply_if(window.words.as_deref(), |q, words| q.filter(contains(Column::Name, words)));
        let part = self.slice(query, (Column::Name, Column::Id), window, |row| (row.name.clone(), row.id)).await?;
        let part = part.with_rows(|rows| rows.into_iter().map(Provider::try_from).collect())?;
        let ids: Vec<ProviderId> = part.rows.iter().map(|provider| provider.id).collect();
        let people = identities::counts_of(self.read(), &ids).await?;
        Ok((part, people))
    }

    /// One provider with how many accounts are known by it.
    pub async fn find_provider(
        &self,
        _ctx: &OpContext,
        _granted: Granted,
        id: ProviderId,
    ) -> Result<Option<(Provider, u64)>> {
        let Some(row) = Entity::find_by_id(id.0).one(self.read()).await? else { return Ok(None) };
        let people = identities::count_of(self.read(), id).await?;
        Ok(Some((Provider::try_from(row)?, people)))
    }

    /// A provider by which people sign in, by its part of addresses, for whoever stands at the door.
    pub async fn find_provider_by_slug(&self, _ctx: &OpContext, slug: &str) -> Result<Option<Provider>> {
        let row = Entity::find().filter(Column::Slug.eq(slug)).filter(Column::Disabled.eq(false));
        row.one(self.read()).await?.map(Provider::try_from).transpose()
    }

    /// The first providers whose button everybody sees, by name.
    pub async fn list_shown_providers(&self, _ctx: &OpContext, most: u64) -> Result<Vec<Provider>> {
        let shown = Entity::find().filter(Column::Shown.eq(true)).filter(Column::Disabled.eq(false));
        let rows = shown.order_by_asc(Column::Name).order_by_asc(Column::Id).limit(most).all(self.read()).await?;
        rows.into_iter().map(Provider::try_from).collect()
    }

    /// The providers of a tenant, or of the platform, by which people sign in, by name.
    pub async fn list_own_providers(&self, ctx: &OpContext) -> Result<Vec<Provider>> {
        let own = match ctx.tenant() {
            Some(tenant) => Column::TenantId.eq(tenant.0),
            None => Column::TenantId.is_null(),
        };
        let rows = Entity::find().filter(own).filter(Column::Disabled.eq(false)).order_by_asc(Column::Name);
        rows.all(self.read()).await?.into_iter().map(Provider::try_from).collect()
    }

    /// The name of a provider, to whom it knows.
    pub async fn find_provider_name(&self, _ctx: &OpContext, id: ProviderId) -> Result<Option<String>> {
        let name = Entity::find_by_id(id.0).select_only().column(Column::Name);
        Ok(name.into_tuple().one(self.read()).await?)
    }

    /// The sealed secret of a provider.
    pub async fn find_provider_secret(&self, _ctx: &OpContext, id: ProviderId) -> Result<Vec<u8>> {
        let row = secret::Entity::find_by_id(id.0).one(self.read()).await?;
        row.map(|row| row.sealed).ok_or(DatabaseError::Corrupt("identity_provider_secrets"))
    }

    /// Keeps a new provider with its sealed secret. Fails with `Taken` (`slug`, or `providers` when there are too many),
    /// and with `Stale` when the tenant is gone or is being deleted.
    pub async fn create_provider(
        &self,
        ctx: &OpContext,
        _granted: Granted,
        provider: &Provider,
        sealed: Vec<u8>,
    ) -> Result<()> {
        let tx = self.write().await?;
        if let Some(tenant) = provider.tenant {
            tenants::hold_open(&tx, tenant).await?;
        }
        if Entity::find().count(&tx).await? >= MOST {
            return Err(DatabaseError::Taken("providers"));
        }
        let made = State::of(provider, Some(&sealed));
        let row = entity::ActiveModel::from(provider);
        row.insert(&tx).await.map_err(|e| super::taken(e, "slug"))?;
        keep_secret(&tx, provider.id, sealed).await?;
        audit::record(&tx, ctx, entry("identity_provider.create", provider).made(&made)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Changes a provider that still has the version before `provider.version`; its secret, too, when there is one.
    /// Answers whom it knows. Fails with `Stale`.
    pub async fn update_provider(
        &self,
        ctx: &OpContext,
        _granted: Granted,
        provider: &Provider,
        sealed: Option<Vec<u8>>,
    ) -> Result<Vec<AccountId>> {
        let tx = self.write().await?;
        if provider.disabled {
            spare(&tx, Taking::Provider(provider.id)).await?;
        }
        let before = lock_row::<Entity>(&tx, provider.id.0).await?;
        let before = before.filter(|b| b.version + 1 == provider.version).ok_or(DatabaseError::Stale)?;
        let before = State::of(&Provider::try_from(before)?, None);
        let after = State::of(provider, sealed.as_deref());
        entity::ActiveModel::from(provider).update(&tx).await?;
        if let Some(sealed) = sealed {
            secret::Entity::delete_by_id(provider.id.0).exec(&tx).await?;
            keep_secret(&tx, provider.id, sealed).await?;
        }
        let known = identities::accounts_of(&tx, provider.id).await?;
        let entry = entry("identity_provider.update", provider).change(Some(&before), Some(&after));
        audit::record(&tx, ctx, entry).await?;
        tx.commit().await?;
        Ok(known)
    }

    /// Deletes a provider, whom it knows, and the roles that come from it. Answers whom it knew. Fails with `Stale` when
    /// it is gone, and with `Taken` (`last`) when nobody could administer the platform without it.
    pub async fn delete_provider(
        &self,
        ctx: &OpContext,
        _granted: Granted,
        provider: &Provider,
    ) -> Result<Vec<AccountId>> {
        let tx = self.write().await?;
        spare(&tx, Taking::ProviderWithRoles(provider.id)).await?;
        lock_row::<Entity>(&tx, provider.id.0).await?.ok_or(DatabaseError::Stale)?;
        let known = identities::accounts_of(&tx, provider.id).await?;
        let roles = remove(&tx, provider.id).await?;
        let detail = format!("{} accounts were known by it; {roles} roles came from it", known.len());
        let entry = entry("identity_provider.delete", provider).gone(&State::of(provider, None)).detail(detail);
        audit::record(&tx, ctx, entry).await?;
        tx.commit().await?;
        Ok(known)
    }
}

async fn keep_secret(tx: &DatabaseTransaction, id: ProviderId, sealed: Vec<u8>) -> Result<()> {
    secret::ActiveModel { provider_id: Set(id.0), sealed: Set(sealed) }.insert(tx).await?;
    Ok(())
}

/// Removes a provider with all that hangs from it; answers how many roles came from it.
async fn remove(on: &impl ConnectionTrait, id: ProviderId) -> Result<u64> {
    let roles = role_bindings::delete_from_provider(on, id, None).await?;
    identities::delete_of_provider(on, id).await?;
    secret::Entity::delete_by_id(id.0).exec(on).await?;
    Entity::delete_by_id(id.0).exec(on).await?;
    Ok(roles)
}

/// Removes a tenant's providers.
pub(super) async fn delete_of(tx: &DatabaseTransaction, tenant: TenantId) -> Result<()> {
    let ids = Entity::find().select_only().column(Column::Id).filter(Column::TenantId.eq(tenant.0));
    let ids: Vec<Uuid> = ids.order_by_asc(Column::Id).into_tuple().all(tx).await?;
    for id in ids {
        remove(tx, ProviderId(id)).await?;
    }
    Ok(())
}

/// A provider's row, held until the transaction ends, when people still sign in by it as it is described.
pub(super) async fn hold(tx: &DatabaseTransaction, provider: &Provider) -> Result<()> {
    let row = lock_row::<Entity>(tx, provider.id.0).await?;
    row.filter(|row| !row.disabled && row.epoch == provider.epoch).map(|_| ()).ok_or(DatabaseError::Stale)
}

/// Whether a session that was opened by a provider goes on.
pub(super) async fn vouches(on: &impl ConnectionTrait, id: ProviderId, epoch: Uuid) -> Result<bool> {
    let row = Entity::find_by_id(id.0).filter(Column::Disabled.eq(false)).filter(Column::Epoch.eq(epoch));
    Ok(row.select_only().expr(Expr::val(1)).into_tuple::<i32>().one(on).await?.is_some())
}

fn entry(action: &'static str, provider: &Provider) -> Entry {
    Entry::ok(action, format!("identity_provider/{}", provider.slug)).tenant(provider.tenant)
}
