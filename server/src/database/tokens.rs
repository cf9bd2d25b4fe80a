//! API tokens as rows. What is kept is a hash; the token itself is nowhere.

use app::model::{AccountId, CheckedToken, Limit, Millis, Slice, TokenId, TokenRow};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter,
    QueryTrait, sea_query::Expr,
};

use super::{
    Database, DatabaseError, Result, accounts,
    audit::{self, Entry},
    audit_states::TokenState,
    portable::contains,
    role_bindings::Target,
    slice::Window,
    stored::{from_json, json},
};
use crate::auth::{
    context::OpContext,
    crypto::hex,
    revocations::SessionKey,
    tokens::{Secret, TokenInUse},
};

pub(super) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "tokens")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub account_id: Uuid,
        pub name: String,
        pub hash: String,
        pub ending: String,
        pub permissions: String,
        pub scopes: Option<String>,
        pub actor_name: String,
        pub created_at: i64,
        pub expires_at: i64,
        pub used_at: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{Column, Entity, Model};

/// The most tokens of one account.
pub const MOST: u64 = 50;
/// One day.
const DAY: Millis = 24 * 60 * 60 * 1000;
/// A token that has expired is shown as such for this long; then a new one takes its place.
const REMEMBERED: Millis = 30 * DAY;
/// A token that is used is written down as used at most this often.
const TOUCH_EVERY: Millis = 60_000;

/// A token as a request needs it.
#[derive(Clone, Debug)]
pub struct Token {
    /// Which.
    pub id: TokenId,
    /// As whom it acts.
    pub account: AccountId,
    /// Its name, and what it is for.
    pub in_use: TokenInUse,
    used_at: Option<Millis>,
}

impl Database {
    /// The token of that hash, expired or not. Fails with `Corrupt` when what it is for cannot be read: it is for
    /// nothing then.
    pub async fn find_token(&self, _ctx: &OpContext, hash: SessionKey) -> Result<Option<Token>> {
        let Some(row) = Entity::find().filter(Column::Hash.eq(hex(&hash.0))).one(self.read()).await? else {
            return Ok(None);
        };
        let limit = limit_of(&row)?;
        let in_use = TokenInUse { name: row.name, limit, expires_at: row.expires_at };
        Ok(Some(Token { id: TokenId(row.id), account: AccountId(row.account_id), in_use, used_at: row.used_at }))
    }

    /// Notes that a token is used, when that was not noted within the last minute.
    pub async fn touch_token(&self, ctx: &OpContext, token: &Token) -> Result<()> {
        let now = ctx.now();
        if token.used_at.is_some_and(|at| now - at < TOUCH_EVERY) {
            return Ok(());
        }
        Entity::update_many()
            .col_expr(Column::UsedAt, Expr::value(Some(now)))
            .filter(Column::Id.eq(token.id.0))
            .exec(self.read())
            .await?;
        Ok(())
    }

    /// A part of the tokens of an account, by name.
    pub async fn list_tokens(&self, _ctx: &OpContext, account: AccountId, window: &Window) -> Result<Slice<TokenRow>> {
        let own = Entity::find()
            .filter(Column::AccountId.eq(account.0))
            .apply_if(window.words.as_deref(), |q, words| q.filter(contains(Column::Name, words)));
        let part = self.slice(own, (Column::Name, Column::Id), window, |row| (row.name.clone(), row.id)).await?;
        part.with_rows(|rows| rows.into_iter().map(row_of).collect())
    }

    /// Whose a token is; the caller asks whether the actor may know.
    pub async fn find_token_account(&self, _ctx: &OpContext, id: TokenId) -> Result<Option<AccountId>> {
        Ok(Entity::find_by_id(id.0).one(self.read()).await?.map(|row| AccountId(row.account_id)))
    }

    /// Keeps a new token of an account. Fails with `Taken`: its name (`name`), or the account has as many as it may
    /// have (`tokens`).
    pub async fn create_token(
        &self,
        ctx: &OpContext,
        of: &Target,
        form: &CheckedToken,
        secret: &Secret,
    ) -> Result<TokenRow> {
        let tx = self.write().await?;
        accounts::lock(&tx, of.account).await?;
        Entity::delete_many()
            .filter(Column::AccountId.eq(of.account.0))
            .filter(Column::ExpiresAt.lte(ctx.now() - REMEMBERED))
            .exec(&tx)
            .await?;
        if Entity::find().filter(Column::AccountId.eq(of.account.0)).count(&tx).await? >= MOST {
            return Err(DatabaseError::Taken("tokens"));
        }
        let row = entity::ActiveModel {
            id: Set(ctx.clock().uuid()),
            account_id: Set(of.account.0),
            name: Set(form.name.as_str().to_owned()),
            hash: Set(hex(&secret.hash().0)),
            ending: Set(secret.ending().to_owned()),
            permissions: Set(json(&form.permissions)),
            scopes: Set(form.scopes.as_ref().map(json)),
            actor_name: Set(ctx.actor_name().to_owned()),
            created_at: Set(ctx.now()),
            expires_at: Set(ctx.now() + Millis::from(form.days) * DAY),
            used_at: Set(None),
        };
        let row = row.insert(&tx).await.map_err(|e| super::taken(e, "name"))?;
        let detail = format!("{} days", form.days);
        audit::record(&tx, ctx, entry("token.create", of, &row.name).detail(detail).made(&TokenState::of(&row)))
            .await?;
        tx.commit().await?;
        row_of(row)
    }

    /// Ends a token of an account. Answers its hash, so that its streams can be ended; `None` when it is gone.
    pub async fn revoke_token(&self, ctx: &OpContext, of: &Target, id: TokenId) -> Result<Option<SessionKey>> {
        let tx = self.write().await?;
        let own = Entity::find_by_id(id.0).filter(Column::AccountId.eq(of.account.0));
        let Some(row) = own.one(&tx).await? else { return Ok(None) };
        Entity::delete_by_id(id.0).exec(&tx).await?;
        audit::record(&tx, ctx, entry("token.revoke", of, &row.name).gone(&TokenState::of(&row))).await?;
        tx.commit().await?;
        Ok(Some(key_of(&row.hash)?))
    }
}

/// Ends all tokens of an account.
pub(super) async fn delete_of(on: &impl ConnectionTrait, account: AccountId) -> Result<()> {
    Entity::delete_many().filter(Column::AccountId.eq(account.0)).exec(on).await?;
    Ok(())
}

fn entry(action: &'static str, of: &Target, name: &str) -> Entry {
    Entry::ok(action, format!("token/{}/{name}", of.username)).tenant(of.tenant)
}

fn limit_of(row: &Model) -> Result<Limit> {
    let permissions = from_json(&row.permissions, "tokens.permissions")?;
    let scopes = row.scopes.as_deref().map(|scopes| from_json(scopes, "tokens.scopes")).transpose()?;
    Ok(Limit { permissions, scopes })
}

fn row_of(row: Model) -> Result<TokenRow> {
    let Limit { permissions, scopes } = limit_of(&row)?;
    Ok(TokenRow {
        id: TokenId(row.id),
        account: AccountId(row.account_id),
        name: row.name,
        ending: row.ending,
        permissions,
        scopes,
        actor_name: row.actor_name,
        created_at: row.created_at,
        expires_at: row.expires_at,
        used_at: row.used_at,
    })
}

/// Reads a hash back.
fn key_of(hash: &str) -> Result<SessionKey> {
    let mut key = [0; 32];
    let (pairs, rest) = hash.as_bytes().as_chunks::<2>();
    if pairs.len() != key.len() || !rest.is_empty() {
        return Err(DatabaseError::Corrupt("tokens.hash"));
    }
    for (byte, pair) in key.iter_mut().zip(pairs) {
        let digits = std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok());
        *byte = digits.ok_or(DatabaseError::Corrupt("tokens.hash"))?;
    }
    Ok(SessionKey(key))
}
