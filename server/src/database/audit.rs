//! The audit trail: appended to, read, never changed.
//!
//! Each entry has a number without gaps and a hash over itself and the one before (`audit_chain`). Whoever appends
//! locks the head's row, so that an entry is written at the end of its transaction, after everything else that may
//! wait for a lock.

use app::model::{AccountId, Acting, AuditId, AuditRow, Outcome, TenantId};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, sea_query::Expr,
};

use super::{
    Database, DatabaseError, Result,
    audit_chain::hash_of,
    audit_change::{self, Recorded},
    portable::lock_row,
    stored::{from_word, unsigned, word},
};
use crate::auth::context::OpContext;

pub(super) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit_entries")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub seq: i64,
        pub id: Uuid,
        pub at: i64,
        pub acting: String,
        pub actor_id: Option<Uuid>,
        pub actor_name: String,
        pub actor_tenant_id: Option<Uuid>,
        pub token_name: Option<String>,
        pub tenant_id: Option<Uuid>,
        pub action: String,
        pub object: String,
        pub outcome: String,
        pub detail: String,
        pub state_before: Option<String>,
        pub state_after: Option<String>,
        pub address: String,
        pub request_id: String,
        pub hash: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The end of the chain, and where retention has cut its beginning.
pub(super) mod head {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit_head")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i32,
        pub seq: i64,
        pub hash: String,
        pub cut_seq: i64,
        pub cut_hash: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) use entity::{Column, Entity, Model};

/// The head's only row.
const HEAD: i32 = 1;
/// The most characters that are kept of names, of an object's name, of a detail, and of an address or a request's id.
const MAX_NAME: usize = 120;
const MAX_OBJECT: usize = 200;
const MAX_DETAIL: usize = 2_000;
const MAX_ORIGIN: usize = 63;

/// Something to write down. Who, when and from where come from the [`OpContext`].
#[derive(Clone, Debug)]
pub struct Entry {
    action: &'static str,
    object: String,
    outcome: Outcome,
    detail: String,
    tenant: Option<TenantId>,
    actor: Option<(Option<AccountId>, String)>,
    token: Option<String>,
    before: Option<String>,
    after: Option<String>,
}

impl Entry {
    /// Something that was done: `app.publish` to `app/web`.
    pub fn ok(action: &'static str, object: impl Into<String>) -> Self {
        Self {
            action,
            object: object.into(),
            outcome: Outcome::Ok,
            detail: String::new(),
            tenant: None,
            actor: None,
            token: None,
            before: None,
            after: None,
        }
    }

    /// Something that the actor was not allowed to do.
    pub fn refused(action: &'static str, object: impl Into<String>) -> Self {
        Self { outcome: Outcome::Refused, ..Self::ok(action, object) }
    }

    /// Something that was tried and failed.
    pub fn failed(action: &'static str, object: impl Into<String>) -> Self {
        Self { outcome: Outcome::Failed, ..Self::ok(action, object) }
    }

    /// The same, when it was tried and failed.
    #[must_use]
    pub fn in_vain(self) -> Self {
        Self { outcome: Outcome::Failed, ..self }
    }

    /// With details; never a secret.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// With more details behind those that there are; never a secret.
    #[must_use]
    pub fn also(mut self, detail: &str) -> Self {
        if !self.detail.is_empty() {
            self.detail.push_str(", ");
        }
        self.detail.push_str(detail);
        self
    }

    /// The actor does it by a token. What acts by an [`OpContext`] with a token needs not say so.
    #[must_use]
    pub fn by_token(self, name: &str) -> Self {
        Self { token: Some(name.to_owned()), ..self }
    }

    /// It concerns this tenant; without it, the actor's own.
    #[must_use]
    pub fn tenant(mut self, tenant: Option<TenantId>) -> Self {
        self.tenant = tenant;
        self
    }

    /// Somebody who is not signed in (yet, or any more) did it.
    #[must_use]
    pub fn actor(mut self, account: Option<AccountId>, name: impl Into<String>) -> Self {
        self.actor = Some((account, name.into()));
        self
    }

    /// What the thing was before and is now; nothing before what was made, and nothing after what was deleted.
    #[must_use]
    pub fn change<B: Recorded, A: Recorded>(mut self, before: Option<&B>, after: Option<&A>) -> Self {
        self.before = before.map(audit_change::side);
        self.after = after.map(audit_change::side);
        self
    }

    /// What the thing is that was made.
    #[must_use]
    pub fn made(self, after: &impl Recorded) -> Self {
        Self { after: Some(audit_change::side(after)), ..self }
    }

    /// What the thing was that is gone.
    #[must_use]
    pub fn gone(self, before: &impl Recorded) -> Self {
        Self { before: Some(audit_change::side(before)), ..self }
    }
}

/// The entry's row, before its place in the chain is known.
pub(super) fn draft(ctx: &OpContext, entry: Entry) -> Model {
    let (acting, actor, name, actor_tenant) = match entry.actor {
        Some((actor, name)) => {
            let known = actor.is_some() && entry.outcome == Outcome::Ok;
            (if known { Acting::Account } else { Acting::Nobody }, actor, name, actor.and(entry.tenant))
        }
        None => {
            let actor = ctx.account_id();
            (ctx.acting(), actor, ctx.actor_name().to_owned(), actor.and(ctx.tenant()))
        }
    };
    let token = entry.token.as_deref().or_else(|| ctx.token().map(|token| token.name.as_str()));
    Model {
        seq: 0,
        id: ctx.clock().uuid(),
        at: ctx.now(),
        acting: word(&if token.is_some() { Acting::Token } else { acting }),
        actor_id: actor.map(|a| a.0),
        actor_name: clip(&name, MAX_NAME),
        actor_tenant_id: actor_tenant.map(|t| t.0),
        token_name: token.map(|name| clip(name, MAX_NAME)),
        tenant_id: entry.tenant.or(ctx.tenant()).map(|t| t.0).filter(|t| !t.is_nil()),
        action: entry.action.to_owned(),
        object: clip(&entry.object, MAX_OBJECT),
        outcome: word(&entry.outcome),
        detail: clip(&entry.detail, MAX_DETAIL),
        state_before: entry.before,
        state_after: entry.after,
        address: clip(ctx.address(), MAX_ORIGIN),
        request_id: clip(ctx.request_id(), MAX_ORIGIN),
        hash: String::new(),
    }
}

/// Writes an entry down in the transaction of what it speaks of, as the last thing that the transaction does: from here
/// until it ends, whoever else appends waits.
pub(crate) async fn record(tx: &DatabaseTransaction, ctx: &OpContext, entry: Entry) -> Result<()> {
    append(tx, draft(ctx, entry)).await
}

/// The head, locked until the transaction ends. SQLite has locked everything at the transaction's start.
pub(super) async fn lock_head(tx: &DatabaseTransaction) -> Result<head::Model> {
    lock_row::<head::Entity>(tx, HEAD).await?.ok_or(DatabaseError::Corrupt("audit_head"))
}

/// Puts a row at the end of the chain.
pub(super) async fn append(tx: &DatabaseTransaction, mut row: Model) -> Result<()> {
    let head = lock_head(tx).await?;
    row.seq = head.seq + 1;
    row.hash = hash_of(&head.hash, &row);
    let moved = head::Entity::update_many()
        .col_expr(head::Column::Seq, Expr::value(row.seq))
        .col_expr(head::Column::Hash, Expr::value(row.hash.as_str()))
        .filter(head::Column::Id.eq(HEAD))
        .filter(head::Column::Seq.eq(head.seq))
        .exec(tx)
        .await?;
    if moved.rows_affected == 0 {
        return Err(DatabaseError::Stale);
    }
    Entity::insert(row.into_active_model().reset_all()).exec_without_returning(tx).await?;
    Ok(())
}

impl Database {
    /// Writes an entry down by itself: a refused attempt, or something that changed no row. Of the refusals of one
    /// actor, the first ones of a minute are written at once and the rest as one entry afterwards.
    pub async fn record(&self, ctx: &OpContext, entry: Entry) -> Result<()> {
        let refused = entry.outcome == Outcome::Refused;
        let row = draft(ctx, entry);
        self.append_all(if refused { self.refusals.admit(row) } else { vec![row] }).await
    }

    /// Writes down the refusals that were only counted, of every minute that is over; at the end of the process (`all`)
    /// also of those that are not.
    pub async fn close_refusals(&self, ctx: &OpContext, all: bool) -> Result<()> {
        self.append_all(self.refusals.close(ctx.now(), all)).await
    }

    async fn append_all(&self, rows: Vec<Model>) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let tx = self.write().await?;
        for row in rows {
            append(&tx, row).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// The head of the chain.
    pub(super) async fn audit_head(&self) -> Result<head::Model> {
        head::Entity::find_by_id(HEAD).one(self.read()).await?.ok_or(DatabaseError::Corrupt("audit_head"))
    }
}

/// An entry with what only one who looks at it, or exports it, reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// What lists show.
    pub row: AuditRow,
    /// The thing before, as JSON.
    pub before: Option<String>,
    /// The thing after, as JSON.
    pub after: Option<String>,
    /// The hash.
    pub hash: String,
}

/// The entry as the actor may see it: where somebody of the platform called from is not for tenants.
pub(super) fn shown(ctx: &OpContext, model: Model) -> Result<Stored> {
    let foreign = ctx.tenant().is_some_and(|own| model.actor_tenant_id != Some(own.0));
    let row = AuditRow {
        id: AuditId(model.id),
        sequence: unsigned(model.seq, "audit_entries.seq")?,
        at: model.at,
        acting: from_word(&model.acting, "audit_entries.acting")?,
        actor: model.actor_id.map(AccountId),
        actor_name: model.actor_name,
        token: model.token_name,
        tenant: model.tenant_id.map(TenantId),
        tenant_name: None,
        action: model.action,
        object: model.object,
        outcome: from_word(&model.outcome, "audit_entries.outcome")?,
        detail: model.detail,
        address: if foreign { String::new() } else { model.address },
        request_id: model.request_id,
    };
    Ok(Stored { row, before: model.state_before, after: model.state_after, hash: model.hash })
}

/// The first characters, and a sign that there were more. Control characters are for terminals, and not every database
/// keeps all of them.
fn clip(text: &str, most: usize) -> String {
    let plain = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    let mut kept: String = text.chars().take(most).map(plain).collect();
    if text.chars().nth(most).is_some() {
        kept.push('…');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::clip;

    #[test]
    fn what_is_kept_is_short_and_plain() {
        assert_eq!(clip("app/web", 200), "app/web");
        assert_eq!(clip("港口城市", 2), "港口…");
        assert_eq!(clip("a\0b\x1b[31m", 200), "a\u{fffd}b\u{fffd}[31m");
    }
}
