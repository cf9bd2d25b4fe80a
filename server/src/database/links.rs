//! Links by which somebody comes in who cannot sign in yet. The database has the hash of a link's token, so that who
//! reads it can use none. A link is used up in the transaction that does what it is for: of two that use it at once,
//! one changes the row and the other nothing at all.

use std::fmt;

use app::model::{
    AccountId, LinkId, LinkKind, LinkState, Millis, Registration, RoleAt, RoleRef, Scope, Slice, TenantId, TenantRow,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait,
    PaginatorTrait, QueryFilter, QueryTrait, sea_query::Expr,
};
use sha2::{Digest, Sha256};

use super::{
    Database, DatabaseError, Result, account_changes,
    accounts::{self, AccountToMake, PasswordHash},
    audit::{self, Entry},
    audit_states::LinkState as LinkRecord,
    platform_settings,
    role_bindings::{self, Target},
    slice::{Moment, Window},
    stored::{from_json, from_word, json, word},
    tenants::{self, TenantToMake},
};
use crate::auth::{authz::Granted, context::OpContext, crypto::hex};

mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "links")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub kind: String,
        pub token_hash: String,
        pub tenant_id: Option<Uuid>,
        pub account_id: Option<Uuid>,
        /// What a version wrote that knew one role, in the whole tenant.
        pub role: Option<String>,
        pub note: String,
        pub actor_id: Option<Uuid>,
        pub actor_name: String,
        pub created_at: i64,
        pub expires_at: i64,
        pub used_at: Option<i64>,
        pub revoked_at: Option<i64>,
        pub roles: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{Column, Entity, Model};

/// The hash of a link's token.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenHash(String);

impl TokenHash {
    /// Of the token as the address carries it.
    pub fn of(token: &str) -> Self {
        Self(hex(&Sha256::new().chain_update(b"longshore link").chain_update([0]).chain_update(token).finalize()))
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash")
    }
}

/// A link as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The link.
    pub id: LinkId,
    /// What it is for.
    pub kind: LinkKind,
    /// Whose people it concerns; `None` for the platform's.
    pub tenant: Option<TenantId>,
    /// The account that gets a new password.
    pub account: Option<AccountId>,
    /// The roles that a member gets.
    pub roles: Vec<RoleAt>,
    /// For whom it is.
    pub note: String,
    /// Who made it.
    pub actor: Option<AccountId>,
    /// The name of who made it.
    pub actor_name: String,
    /// When.
    pub created_at: Millis,
    /// Until when it can be used.
    pub expires_at: Millis,
    /// When it was used.
    pub used_at: Option<Millis>,
    /// When it was taken back.
    pub revoked_at: Option<Millis>,
}

impl Link {
    /// How it stands.
    pub fn state(&self, now: Millis) -> LinkState {
        match self {
            Self { used_at: Some(_), .. } => LinkState::Used,
            Self { revoked_at: Some(_), .. } => LinkState::Revoked,
            _ if self.expires_at <= now => LinkState::Expired,
            _ => LinkState::Open,
        }
    }

    fn entry(&self, action: &'static str) -> Entry {
        let entry = Entry::ok(action, format!("link/{}", self.id)).tenant(self.tenant).detail(self.kind.as_str());
        if self.roles.is_empty() { entry } else { entry.also(&role_bindings::in_words(&self.roles)) }
    }

    /// What the trail says of a change that the link allowed.
    fn by(&self) -> String {
        format!("by link/{} of {}", self.id, self.actor_name)
    }
}

impl TryFrom<Model> for Link {
    type Error = DatabaseError;

    fn try_from(row: Model) -> Result<Self> {
        let roles = match (row.roles.as_deref(), row.role.as_deref()) {
            (Some(roles), _) => from_json(roles, "links.roles")?,
            (None, Some(role)) => {
                let role = RoleRef::parse(role).ok_or(DatabaseError::Corrupt("links.role"))?;
                let whole = row.tenant_id.map_or(Scope::Platform, |tenant| Scope::Tenant(TenantId(tenant)));
                vec![RoleAt { role, scope: whole }]
            }
            (None, None) => Vec::new(),
        };
        Ok(Self {
            id: LinkId(row.id),
            kind: from_word(&row.kind, "links.kind")?,
            tenant: row.tenant_id.map(TenantId),
            account: row.account_id.map(AccountId),
            roles,
            note: row.note,
            actor: row.actor_id.map(AccountId),
            actor_name: row.actor_name,
            created_at: row.created_at,
            expires_at: row.expires_at,
            used_at: row.used_at,
            revoked_at: row.revoked_at,
        })
    }
}

/// The most links of a tenant, or of the platform, that can be used at the same time.
pub const MOST: u64 = 200;
/// How long a link stays in the list after its end, in milliseconds.
const REMEMBERED: Millis = 30 * 24 * 60 * 60 * 1000;

impl Database {
    /// Keeps a new link; one for a new password takes the place of former ones for that account. Fails with `Taken`
    /// (`links`) when there are too many, and with `Stale` when the tenant is being deleted or gone.
    pub async fn create_link(&self, ctx: &OpContext, _granted: Granted, link: &Link, token: TokenHash) -> Result<()> {
        Entity::delete_many().filter(Column::ExpiresAt.lte(ctx.now() - REMEMBERED)).exec(self.read()).await?;
        let tx = self.write().await?;
        if let Some(tenant) = link.tenant {
            tenants::hold_open(&tx, tenant).await?;
        }
        if let Some(account) = link.account {
            accounts::lock(&tx, account).await?;
            revoke(&tx, Column::AccountId.eq(account.0), ctx.now()).await?;
        }
        let open = Entity::find().filter(of_tenant(link.tenant)).filter(is_open(ctx.now())).count(&tx).await?;
        if open >= MOST {
            return Err(DatabaseError::Taken("links"));
        }
        entity::ActiveModel {
            id: Set(link.id.0),
            kind: Set(word(&link.kind)),
            token_hash: Set(token.0),
            tenant_id: Set(link.tenant.map(|t| t.0)),
            account_id: Set(link.account.map(|a| a.0)),
            // The version before knows one role and no place: by what it does not understand, nobody gets any.
            role: Set(None),
            note: Set(link.note.clone()),
            actor_id: Set(link.actor.map(|a| a.0)),
            actor_name: Set(link.actor_name.clone()),
            created_at: Set(link.created_at),
            expires_at: Set(link.expires_at),
            used_at: Set(None),
            revoked_at: Set(None),
            roles: Set((!link.roles.is_empty()).then(|| json(&link.roles))),
        }
        .insert(&tx)
        .await?;
        audit::record(&tx, ctx, link.entry("link.create").made(&LinkRecord::of(link))).await?;
        tx.commit().await?;
        Ok(())
    }

    /// A part of the links of a tenant, or of the platform's own, newest first.
    pub async fn list_links(
        &self,
        _ctx: &OpContext,
        _granted: Granted,
        tenant: Option<TenantId>,
        window: &Window<Moment>,
    ) -> Result<Slice<Link>> {
        let select = Entity::find().filter(of_tenant(tenant));
        let part = self.newest(select, (Column::CreatedAt, Column::Id), window, |row| (row.created_at, row.id)).await?;
        part.with_rows(|rows| rows.into_iter().map(Link::try_from).collect())
    }

    /// One link, when the actor may know of it.
    pub async fn find_link(&self, ctx: &OpContext, id: LinkId) -> Result<Option<Link>> {
        let row = Entity::find_by_id(id.0)
            .apply_if(ctx.tenant(), |q, t| q.filter(Column::TenantId.eq(t.0)))
            .one(self.read())
            .await?;
        row.map(Link::try_from).transpose()
    }

    /// The link of a token, for whoever knocks with it.
    pub async fn find_link_by_token(&self, _ctx: &OpContext, token: &TokenHash) -> Result<Option<Link>> {
        let row = Entity::find().filter(Column::TokenHash.eq(&token.0)).one(self.read()).await?;
        row.map(Link::try_from).transpose()
    }

    /// Takes a link back. Fails with `Stale` when it cannot be used any more anyway.
    pub async fn revoke_link(&self, ctx: &OpContext, _granted: Granted, link: &Link) -> Result<()> {
        let tx = self.write().await?;
        if revoke(&tx, Column::Id.eq(link.id.0), ctx.now()).await? == 0 {
            return Err(DatabaseError::Stale);
        }
        audit::record(&tx, ctx, link.entry("link.revoke").gone(&LinkRecord::of(link))).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Makes a tenant and its main account for whoever comes with that link, or without one where anybody may. Fails
    /// with `Taken` (`registration`) when that is not possible (any more), with `Taken` (`link`) when the link was used
    /// or taken back, and with `Taken` (`name`, `username`).
    pub async fn register_tenant(
        &self,
        ctx: &OpContext,
        link: Option<&Link>,
        tenant: TenantToMake,
    ) -> Result<(TenantRow, AccountId)> {
        let username = tenant.owner.username.clone();
        let tx = self.write().await?;
        match (platform_settings::registration(&tx).await?, link) {
            (Registration::Open, None) => {}
            (Registration::Open | Registration::Invitation, Some(link)) => use_up(&tx, link, ctx.now()).await?,
            (Registration::Closed, _) | (Registration::Invitation, None) => {
                return Err(DatabaseError::Taken("registration"));
            }
        }
        let made = tenants::insert(&tx, ctx, tenant).await?;
        let how = link.map_or_else(|| "registered".to_owned(), Link::by);
        for entry in made.entries {
            audit::record(&tx, ctx, entry.actor(Some(made.owner), &username).also(&how)).await?;
        }
        tx.commit().await?;
        Ok((made.row, made.owner))
    }

    /// Makes the account of a member who comes with that link. Fails with `Taken` (`link`, `username`), and with
    /// `Stale` when the tenant is being deleted or gone.
    pub async fn join(&self, ctx: &OpContext, link: &Link, account: AccountToMake) -> Result<AccountId> {
        let username = account.username.clone();
        let tx = self.write().await?;
        if let Some(tenant) = link.tenant {
            tenants::hold_open(&tx, tenant).await?;
        }
        use_up(&tx, link, ctx.now()).await?;
        let (id, entry) = accounts::insert_row(&tx, ctx, link.tenant, account).await?;
        audit::record(&tx, ctx, entry.actor(Some(id), username).also(&link.by())).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Gives an account the password that its owner chose by that link, and ends its sessions. Fails with `Taken`
    /// (`link`), and with `Stale` when the account is gone.
    pub async fn reset_by_link(&self, ctx: &OpContext, link: &Link, of: &Target, hash: PasswordHash) -> Result<()> {
        let tx = self.write().await?;
        accounts::lock(&tx, of.account).await?;
        use_up(&tx, link, ctx.now()).await?;
        let (before, after) = account_changes::set_password(&tx, ctx, of.account, hash, false).await?;
        let entry = Entry::ok("account.reset_password", format!("account/{}", of.username)).tenant(of.tenant);
        let entry = entry.actor(Some(of.account), &of.username).also(&link.by());
        audit::record(&tx, ctx, entry.change(Some(&before), Some(&after))).await?;
        tx.commit().await?;
        Ok(())
    }
}

fn of_tenant(tenant: Option<TenantId>) -> Condition {
    Condition::all().add(match tenant {
        Some(tenant) => Column::TenantId.eq(tenant.0),
        None => Column::TenantId.is_null(),
    })
}

fn is_open(now: Millis) -> Condition {
    Condition::all().add(Column::UsedAt.is_null()).add(Column::RevokedAt.is_null()).add(Column::ExpiresAt.gt(now))
}

async fn revoke(tx: &DatabaseTransaction, which: sea_orm::sea_query::SimpleExpr, now: Millis) -> Result<u64> {
    let done = Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(now))
        .filter(which)
        .filter(is_open(now))
        .exec(tx)
        .await?;
    Ok(done.rows_affected)
}

/// Uses a link up. Fails with `Taken` (`link`) when it cannot be used (any more).
async fn use_up(tx: &DatabaseTransaction, link: &Link, now: Millis) -> Result<()> {
    let done = Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(now))
        .filter(Column::Id.eq(link.id.0))
        .filter(is_open(now))
        .exec(tx)
        .await?;
    if done.rows_affected == 1 { Ok(()) } else { Err(DatabaseError::Taken("link")) }
}

/// How many links into a tenant can be used.
pub(super) async fn count_open(on: &impl ConnectionTrait, tenant: TenantId, now: Millis) -> Result<u64> {
    Ok(Entity::find().filter(of_tenant(Some(tenant))).filter(is_open(now)).count(on).await?)
}

/// Removes a tenant's links.
pub(super) async fn delete_of(on: &impl ConnectionTrait, tenant: TenantId) -> Result<()> {
    Entity::delete_many().filter(Column::TenantId.eq(tenant.0)).exec(on).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_of_the_token_and_shows_nothing() {
        let hash = TokenHash::of("abc");
        assert_eq!(hash, TokenHash::of("abc"));
        assert_ne!(hash, TokenHash::of("abd"));
        assert_eq!(hash.0.len(), 64);
        assert_eq!(format!("{hash:?}"), "TokenHash");
    }
}
