//! The audit trail: appended to, read, never changed.

use app::model::{AccountId, AuditId, AuditRow, Millis, Outcome, Page, PageRequest, TenantId};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};

use super::{
    Database, DatabaseError, Result,
    portable::{contains, storable},
};
use crate::auth::{authz::Granted, context::OpContext};

pub(super) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub at: i64,
        pub actor_id: Option<Uuid>,
        pub actor_name: String,
        pub tenant_id: Option<Uuid>,
        pub action: String,
        pub object: String,
        pub outcome: String,
        pub detail: String,
        pub address: String,
        pub request_id: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{Column, Entity};

/// The most characters of an object's name and of a detail that are kept.
const MAX_OBJECT: usize = 200;
const MAX_DETAIL: usize = 2_000;

/// Something to write down. Who, when and from where come from the [`OpContext`].
#[derive(Clone, Debug)]
pub struct Entry {
    action: &'static str,
    object: String,
    outcome: Outcome,
    detail: String,
    tenant: Option<TenantId>,
    actor: Option<(Option<AccountId>, String)>,
}

impl Entry {
    /// Something that was done: `app.publish` to `app/web`.
    pub fn ok(action: &'static str, object: impl Into<String>) -> Self {
        Self { action, object: object.into(), outcome: Outcome::Ok, detail: String::new(), tenant: None, actor: None }
    }

    /// Something that the actor was not allowed to do.
    pub fn refused(action: &'static str, object: impl Into<String>) -> Self {
        Self { outcome: Outcome::Refused, ..Self::ok(action, object) }
    }

    /// Something that was tried and failed.
    pub fn failed(action: &'static str, object: impl Into<String>) -> Self {
        Self { outcome: Outcome::Failed, ..Self::ok(action, object) }
    }

    /// With details; never a secret.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// The actor does it by a token. What acts by an [`OpContext`] with a token needs not say so.
    #[must_use]
    pub fn by_token(mut self, name: &str) -> Self {
        self.detail = with_token(Some(name), &self.detail);
        self
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
}

/// Writes an entry down, in the transaction of what it speaks of when there is one.
pub(crate) async fn record(on: &impl ConnectionTrait, ctx: &OpContext, entry: Entry) -> Result<()> {
    let (actor, name) = entry.actor.unwrap_or_else(|| (ctx.account_id(), ctx.actor_name().to_owned()));
    entity::ActiveModel {
        id: Set(ctx.clock().uuid()),
        at: Set(ctx.now()),
        actor_id: Set(actor.map(|a| a.0)),
        actor_name: Set(name),
        tenant_id: Set(entry.tenant.or(ctx.tenant()).map(|t| t.0).filter(|t| !t.is_nil())),
        action: Set(entry.action.to_owned()),
        object: Set(clip(&entry.object, MAX_OBJECT)),
        outcome: Set(outcome_name(entry.outcome).to_owned()),
        detail: Set(clip(&with_token(ctx.token().map(|t| t.name.as_str()), &entry.detail), MAX_DETAIL)),
        address: Set(ctx.address().to_owned()),
        request_id: Set(ctx.request_id().to_owned()),
    }
    .insert(on)
    .await?;
    Ok(())
}

impl Database {
    /// Writes an entry down by itself: a refused attempt, or something that changed no row.
    pub async fn record(&self, ctx: &OpContext, entry: Entry) -> Result<()> {
        record(self.read(), ctx, entry).await
    }

    /// A page, newest first, of what the actor's tenant may read; of everything for the platform's people.
    pub async fn list_audit(
        &self,
        ctx: &OpContext,
        _granted: Granted,
        q: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<AuditRow>> {
        let mut query = Entity::find();
        if let Some(tenant) = ctx.tenant() {
            query = query.filter(Column::TenantId.eq(tenant.0));
        }
        if let Some(q) = q.map(str::trim).filter(|q| !q.is_empty()) {
            let any = Condition::any()
                .add(contains(Column::Action, q))
                .add(contains(Column::Object, q))
                .add(contains(Column::ActorName, q));
            query = query.filter(any);
        }
        let total = query.clone().count(self.read()).await?;
        let rows = query
            .order_by_desc(Column::Id)
            .offset(page.offset())
            .limit(u64::from(page.per_page))
            .all(self.read())
            .await?;
        let rows = rows.into_iter().map(AuditRow::try_from).collect::<Result<_>>()?;
        Ok(Page { rows, total, page: page.page, per_page: page.per_page })
    }
}

impl TryFrom<entity::Model> for AuditRow {
    type Error = DatabaseError;

    fn try_from(row: entity::Model) -> Result<Self> {
        let at: Millis = row.at;
        Ok(Self {
            id: AuditId(row.id),
            at,
            actor: row.actor_id.map(AccountId),
            actor_name: row.actor_name,
            tenant: row.tenant_id.map(TenantId),
            action: row.action,
            object: row.object,
            outcome: parse_outcome(&row.outcome).ok_or(DatabaseError::Corrupt("audit.outcome"))?,
            detail: row.detail,
            address: row.address,
            request_id: row.request_id,
        })
    }
}

/// The details, after the token by which the actor acts. It stands first, so that nothing that is clipped hides it.
fn with_token(token: Option<&str>, detail: &str) -> String {
    match token {
        None => detail.to_owned(),
        Some(name) if detail.is_empty() => format!("by token {name}"),
        Some(name) => format!("by token {name}: {detail}"),
    }
}

fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ok => "ok",
        Outcome::Refused => "refused",
        Outcome::Failed => "failed",
    }
}

fn parse_outcome(name: &str) -> Option<Outcome> {
    [Outcome::Ok, Outcome::Refused, Outcome::Failed].into_iter().find(|o| outcome_name(*o) == name)
}

/// The first characters, and a sign that there were more.
fn clip(text: &str, most: usize) -> String {
    let text = storable(text);
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}
