//! Durable operations: what is to be done and how far it is. What their workers record is in
//! [`super::operation_work`].

use app::{
    i18n::Text,
    model::{
        AccountId, AppId, ClusterId, Millis, NamespaceId, OperationDetail, OperationId, OperationKind, OperationRow,
        OperationStep, Permission, Place, Scope, Slice, TenantId, WorkState,
    },
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait,
    ExprTrait, QueryFilter, QueryOrder, QueryTrait, sea_query::Expr,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Database, Result,
    slice::{Moment, Window},
    stored::{from_json, from_word, json, word},
    takes::Takes,
};
use crate::auth::context::OpContext;

pub(super) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "operations")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub kind: String,
        pub tenant_id: Uuid,
        pub cluster_id: Uuid,
        pub namespace_id: Uuid,
        pub app_id: Option<Uuid>,
        pub object: String,
        pub input: String,
        pub state: String,
        pub step: i32,
        pub attempt: i64,
        pub run_after: i64,
        pub lease_owner: Option<String>,
        pub lease_until: i64,
        pub fence: i64,
        pub actor_id: Option<Uuid>,
        pub actor_name: String,
        pub request_id: String,
        pub problem: Option<String>,
        pub created_at: i64,
        pub ended_at: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod step {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "operation_steps")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub operation_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub position: i32,
        pub name: String,
        pub state: String,
        pub note: Option<String>,
        pub started_at: Option<i64>,
        pub ended_at: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{Column, Entity};

/// What an operation was asked to do, beyond its kind and object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// The number of the release that it carries out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<u32>,
    /// Whether the release stops after its first batch until a person says how it goes on.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
    /// Whether the disks of an application that is deleted go with it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deletes_disks: bool,
    /// What goes over to an application that is imported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub takes: Option<Takes>,
}

/// In the place of the cluster and the namespace of an operation on a tenant as a whole, which works in none. No
/// cluster and no namespace has this id.
const NOWHERE: Uuid = Uuid::nil();

/// An operation to be kept.
#[derive(Clone, Debug)]
pub struct NewOperation {
    /// Its id.
    pub id: OperationId,
    /// Its kind.
    pub kind: OperationKind,
    /// Whose object it is about.
    pub tenant: TenantId,
    /// The cluster in which it works; nil for one on a tenant as a whole.
    pub cluster: ClusterId,
    /// The namespace in which it works; nil for one on a tenant as a whole.
    pub namespace: NamespaceId,
    /// The application, when it is about one.
    pub app: Option<AppId>,
    /// What it is about, for people: `shop/web`.
    pub object: String,
    /// What is asked.
    pub input: Input,
    /// The names of its steps, in order.
    pub steps: Vec<&'static str>,
}

impl NewOperation {
    /// An operation on a tenant as a whole.
    pub fn of_tenant(
        id: OperationId,
        kind: OperationKind,
        tenant: TenantId,
        object: String,
        steps: Vec<&'static str>,
    ) -> Self {
        let (cluster, namespace) = (ClusterId(NOWHERE), NamespaceId(NOWHERE));
        Self { id, kind, tenant, cluster, namespace, app: None, object, input: Input::default(), steps }
    }
}

/// An operation as its worker sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its id.
    pub id: OperationId,
    /// Its kind.
    pub kind: OperationKind,
    /// Whose object it is about.
    pub tenant: TenantId,
    /// The cluster in which it works; nil for one on a tenant as a whole.
    pub cluster: ClusterId,
    /// The namespace in which it works; nil for one on a tenant as a whole.
    pub namespace: NamespaceId,
    /// The application, when it is about one.
    pub app: Option<AppId>,
    /// What is asked.
    pub input: Input,
    /// How it stands.
    pub state: WorkState,
    /// The place of the step that runs, from 0.
    pub position: i32,
    /// The name of that step.
    pub step: String,
    /// When that step began.
    pub step_started_at: Millis,
    /// How often that step was tried in vain.
    pub attempt: u32,
    /// The lease's number.
    pub fence: i64,
    /// Who asked.
    pub actor: Option<AccountId>,
    /// The name of who asked.
    pub actor_name: String,
    /// The request in which it was asked.
    pub request_id: String,
    /// Why it failed, while what it did is being undone.
    pub problem: Option<Text>,
}

/// Keeps a new operation with its steps, the first of them running.
pub(super) async fn insert(tx: &DatabaseTransaction, ctx: &OpContext, new: NewOperation) -> Result<()> {
    entity::ActiveModel {
        id: Set(new.id.0),
        kind: Set(word(&new.kind)),
        tenant_id: Set(new.tenant.0),
        cluster_id: Set(new.cluster.0),
        namespace_id: Set(new.namespace.0),
        app_id: Set(new.app.map(|a| a.0)),
        object: Set(new.object),
        input: Set(json(&new.input)),
        state: Set(word(&WorkState::Pending)),
        step: Set(0),
        attempt: Set(0),
        run_after: Set(0),
        lease_owner: Set(None),
        lease_until: Set(0),
        fence: Set(0),
        actor_id: Set(ctx.account_id().map(|a| a.0)),
        actor_name: Set(ctx.actor_name().to_owned()),
        request_id: Set(ctx.request_id().chars().take(64).collect()),
        problem: Set(None),
        created_at: Set(ctx.now()),
        ended_at: Set(None),
    }
    .insert(tx)
    .await?;
    for (position, name) in (0..).zip(new.steps) {
        add_step(tx, new.id, position, name, None).await?;
    }
    Ok(())
}

pub(super) async fn add_step(
    tx: &DatabaseTransaction,
    id: OperationId,
    position: i32,
    name: &str,
    started_at: Option<Millis>,
) -> Result<()> {
    let state = if started_at.is_some() { WorkState::Running } else { WorkState::Pending };
    step::ActiveModel {
        operation_id: Set(id.0),
        position: Set(position),
        name: Set(name.to_owned()),
        state: Set(word(&state)),
        note: Set(None),
        started_at: Set(started_at),
        ended_at: Set(None),
    }
    .insert(tx)
    .await?;
    Ok(())
}

pub(super) fn unfinished() -> Condition {
    Condition::any().add(Column::State.eq(word(&WorkState::Pending))).add(Column::State.eq(word(&WorkState::Running)))
}

pub(super) async fn drop_pending_steps(tx: &DatabaseTransaction, id: OperationId, now: Millis) -> Result<()> {
    step::Entity::update_many()
        .col_expr(step::Column::State, Expr::value(word(&WorkState::Cancelled)))
        .col_expr(step::Column::EndedAt, Expr::value(now))
        .filter(step::Column::OperationId.eq(id.0))
        .filter(step::Column::EndedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

pub(super) async fn end(tx: &DatabaseTransaction, id: OperationId, state: WorkState, now: Millis) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(word(&state)))
        .col_expr(Column::EndedAt, Expr::value(now))
        .col_expr(Column::LeaseOwner, Expr::value(None::<String>))
        .col_expr(Column::LeaseUntil, Expr::value(0_i64))
        .col_expr(Column::Fence, Expr::col(Column::Fence).add(1))
        .filter(Column::Id.eq(id.0))
        .exec(tx)
        .await?;
    Ok(())
}

/// The kind of an unfinished operation; `None` when it has ended or never was.
pub(super) async fn kind_of(tx: &DatabaseTransaction, id: OperationId) -> Result<Option<OperationKind>> {
    let row = Entity::find_by_id(id.0).filter(unfinished()).one(tx).await?;
    row.map(|r| from_word(&r.kind, "operations.kind")).transpose()
}

/// A part of the operations that the actor may know of, newest first. `active` picks the unfinished or the ended.
pub async fn list(
    db: &Database,
    ctx: &OpContext,
    app: Option<AppId>,
    active: Option<bool>,
    window: &Window<Moment>,
) -> Result<Slice<OperationRow>> {
    let query = Entity::find()
        .apply_if(ctx.tenant(), |q, t| q.filter(Column::TenantId.eq(t.0)))
        .apply_if(seen(ctx), QueryFilter::filter)
        .apply_if(app, |q, app| q.filter(Column::AppId.eq(app.0)))
        .apply_if(active, |q, active| q.filter(if active { unfinished() } else { unfinished().not() }));
    let part = db.newest(query, (Column::CreatedAt, Column::Id), window, |row| (row.created_at, row.id)).await?;
    part.with_rows(|rows| rows.into_iter().map(row_of).collect())
}

/// One operation with its steps and the place that it works on, when it is of the actor's tenant. `title` names a step for people.
pub async fn find(
    db: &Database,
    ctx: &OpContext,
    id: OperationId,
    title: fn(&str) -> Text,
) -> Result<Option<(OperationDetail, Place)>> {
    let row = Entity::find_by_id(id.0)
        .apply_if(ctx.tenant(), |q, t| q.filter(Column::TenantId.eq(t.0)))
        .one(db.read())
        .await?;
    let Some(row) = row else { return Ok(None) };
    let steps = steps_of(db.read(), id, title).await?;
    let place = place_of(&row);
    Ok(Some((OperationDetail { row: row_of(row)?, steps }, place)))
}

async fn steps_of(db: &impl ConnectionTrait, id: OperationId, title: fn(&str) -> Text) -> Result<Vec<OperationStep>> {
    let steps = step::Entity::find()
        .filter(step::Column::OperationId.eq(id.0))
        .order_by_asc(step::Column::Position)
        .all(db)
        .await?;
    steps
        .into_iter()
        .map(|s| {
            Ok(OperationStep {
                title: title(&s.name),
                name: s.name,
                state: from_word(&s.state, "operation_steps.state")?,
                note: s.note.as_deref().map(|n| from_json(n, "operation_steps.note")).transpose()?,
                started_at: s.started_at,
                ended_at: s.ended_at,
            })
        })
        .collect()
}

/// Where the thing stands that an operation works on.
fn place_of(row: &entity::Model) -> Place {
    Place {
        tenant: Some(TenantId(row.tenant_id)),
        cluster: Some(row.cluster_id).filter(|id| *id != NOWHERE).map(ClusterId),
        namespace: Some(row.namespace_id).filter(|id| *id != NOWHERE).map(NamespaceId),
        app: row.app_id.map(AppId),
    }
}

/// The operations on what the actor may see; `None` for whoever sees all of the tenant's, or of the platform's.
fn seen(ctx: &OpContext) -> Option<Condition> {
    let reach = ctx.access()?.reach(Permission::AppRead);
    let given = within(ctx, &reach.given);
    let limit = reach.limited_to.and_then(|limit| within(ctx, limit));
    match (given, limit) {
        (None, None) => None,
        (Some(one), None) | (None, Some(one)) => Some(one),
        (Some(given), Some(limit)) => Some(Condition::all().add(given).add(limit)),
    }
}

/// The operations in some scopes; `None` when that is all of the tenant's, or of the platform's.
fn within(ctx: &OpContext, scopes: &[Scope]) -> Option<Condition> {
    let mut any = Condition::any().add(Expr::value(1).eq(2));
    for scope in scopes {
        any = match *scope {
            Scope::Platform => return None,
            Scope::Tenant(id) if ctx.tenant() == Some(id) => return None,
            Scope::Tenant(id) => any.add(Column::TenantId.eq(id.0)),
            Scope::Cluster(id) => any.add(Column::ClusterId.eq(id.0)),
            Scope::Namespace(id) => any.add(Column::NamespaceId.eq(id.0)),
            Scope::App(id) => any.add(Column::AppId.eq(id.0)),
        };
    }
    Some(any)
}

fn row_of(row: entity::Model) -> Result<OperationRow> {
    Ok(OperationRow {
        id: OperationId(row.id),
        kind: from_word(&row.kind, "operations.kind")?,
        state: from_word(&row.state, "operations.state")?,
        object: row.object,
        app: row.app_id.map(AppId),
        actor_name: row.actor_name,
        created_at: row.created_at,
        ended_at: row.ended_at,
        problem: row.problem.as_deref().map(|p| from_json(p, "operations.problem")).transpose()?,
    })
}
