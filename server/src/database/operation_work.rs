//! Durable operations as their workers see them: taken by a lease, carried on step by step, put back, ended.
//!
//! Whoever works on an operation holds a lease. Each lease has a fencing number, one above the last one's; every
//! record of a worker names its number, so that what a worker writes after it lost its lease changes nothing.

use app::{
    i18n::Text,
    model::{
        AccountId, AppId, ClusterId, Millis, NamespaceId, OperationId, OperationKind, ReleaseState, TenantId, WorkState,
    },
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait},
};

use super::{
    Database, DatabaseError, Result,
    operations::{
        Operation, add_step, drop_pending_steps, end,
        entity::{self, Column, Entity},
        step,
    },
    portable::lock_row,
    stored::{from_json, from_word, json, unsigned, word},
};
use crate::auth::context::OpContext;

mod log {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "operation_log")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub operation_id: Uuid,
        pub at: i64,
        pub step: String,
        pub attempt: i64,
        pub fence: i64,
        pub event: String,
        pub detail: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) async fn start_step(tx: &DatabaseTransaction, id: uuid::Uuid, position: i32, now: Millis) -> Result<()> {
    step::Entity::update_many()
        .col_expr(step::Column::State, Expr::value(word(&WorkState::Running)))
        .col_expr(step::Column::StartedAt, Expr::value(now))
        .filter(step::Column::OperationId.eq(id))
        .filter(step::Column::Position.eq(position))
        .filter(step::Column::StartedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

pub(super) async fn find_step(tx: &DatabaseTransaction, id: uuid::Uuid, position: i32) -> Result<step::Model> {
    step::Entity::find_by_id((id, position)).one(tx).await?.ok_or(DatabaseError::Corrupt("operations.step"))
}

pub(super) fn operation(row: entity::Model, step: step::Model, fence_step: i64) -> Result<Operation> {
    Ok(Operation {
        id: OperationId(row.id),
        kind: from_word(&row.kind, "operations.kind")?,
        tenant: TenantId(row.tenant_id),
        cluster: ClusterId(row.cluster_id),
        namespace: NamespaceId(row.namespace_id),
        app: row.app_id.map(AppId),
        input: from_json(&row.input, "operations.input")?,
        state: WorkState::Running,
        position: row.step,
        step: step.name,
        step_started_at: step.started_at.unwrap_or(row.created_at),
        attempt: unsigned(row.attempt, "operations.attempt")?,
        fence: row.fence + fence_step,
        actor: row.actor_id.map(AccountId),
        actor_name: row.actor_name,
        request_id: row.request_id,
        problem: row.problem.as_deref().map(|p| from_json(p, "operations.problem")).transpose()?,
    })
}

pub(super) async fn append(
    tx: &DatabaseTransaction,
    ctx: &OpContext,
    row: &entity::Model,
    step: &str,
    fence: i64,
    event: &str,
    detail: &str,
) -> Result<()> {
    log::ActiveModel {
        id: Set(ctx.clock().uuid()),
        operation_id: Set(row.id),
        at: Set(ctx.now()),
        step: Set(step.to_owned()),
        attempt: Set(row.attempt),
        fence: Set(fence),
        event: Set(event.to_owned()),
        detail: Set(detail.to_owned()),
    }
    .insert(tx)
    .await?;
    Ok(())
}

/// Says beside the running step why it waits; `None` when it does not.
pub async fn set_note(db: &Database, operation: &Operation, note: Option<&Text>) -> Result<()> {
    let tx = db.write().await?;
    held(&tx, operation).await?;
    write_note(&tx, operation, note).await?;
    tx.commit().await?;
    Ok(())
}

async fn write_note(tx: &DatabaseTransaction, operation: &Operation, note: Option<&Text>) -> Result<()> {
    step::Entity::update_many()
        .col_expr(step::Column::Note, Expr::value(note.map(json)))
        .filter(step::Column::OperationId.eq(operation.id.0))
        .filter(step::Column::Position.eq(operation.position))
        .exec(tx)
        .await?;
    Ok(())
}

/// Puts an operation back until `run_after`, to be tried again by whoever is free.
pub async fn put_back(
    db: &Database,
    ctx: &OpContext,
    operation: &Operation,
    run_after: Millis,
    note: &Text,
) -> Result<()> {
    let tx = db.write().await?;
    let row = held(&tx, operation).await?;
    append(&tx, ctx, &row, &operation.step, operation.fence, "failed", &note.en).await?;
    write_note(&tx, operation, Some(note)).await?;
    Entity::update_many()
        .col_expr(Column::RunAfter, Expr::value(run_after))
        .col_expr(Column::Attempt, Expr::value(row.attempt + 1))
        .col_expr(Column::LeaseUntil, Expr::value(0_i64))
        .col_expr(Column::LeaseOwner, Expr::value(None::<String>))
        .filter(Column::Id.eq(row.id))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(())
}

/// Locks what the operation is about. Whoever starts another operation on it locks it before this one, too.
async fn lock_object(tx: &DatabaseTransaction, operation: &Operation) -> Result<()> {
    match operation.app {
        Some(app) => lock_row::<super::apps::entity::Entity>(tx, app.0).await.map(|_| ()),
        None if operation.kind == OperationKind::DeleteTenant => {
            lock_row::<super::tenants::entity::Entity>(tx, operation.tenant.0).await.map(|_| ())
        }
        None => lock_row::<super::namespaces::entity::Entity>(tx, operation.namespace.0).await.map(|_| ()),
    }
}

/// The operation's row, locked, when the worker still holds its lease; else [`DatabaseError::Stale`].
async fn held(tx: &DatabaseTransaction, operation: &Operation) -> Result<entity::Model> {
    Entity::find_by_id(operation.id.0)
        .filter(Column::Fence.eq(operation.fence))
        .filter(Column::State.eq(word(&WorkState::Running)))
        .lock_exclusive()
        .one(tx)
        .await?
        .ok_or(DatabaseError::Stale)
}

/// What the cluster holds of a release that has come to serve.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// In words, for its step; `None` when nobody looked.
    pub said: Option<Text>,
    /// Whether others changed it while it came. Then its release says so, too.
    pub changed: bool,
}

/// What a step's end means for the records of the operation's object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    None,
    /// The release is on its way.
    RollingOut,
    /// Nothing; nobody goes on with the operation until a person says so.
    Held,
    /// The release serves; the one before is superseded.
    Live(Outcome),
    /// The application and the values of its secrets are gone.
    AppGone,
    /// The namespace is gone.
    NamespaceGone,
    /// The tenant is gone.
    TenantGone,
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepEnd {
    /// It is done; the next one follows, or the operation has succeeded.
    Done(Effect),
    /// It cannot be done. The release has failed; `undo` is the step that follows, if any.
    Failed {
        /// Why.
        problem: Text,
        /// The name of the step that puts things right again.
        undo: Option<&'static str>,
    },
    /// The undoing step is done; the operation ends as failed.
    Undone {
        /// The release of which alone there is anything in the cluster now; `None` when there may be of others.
        stands: Option<u32>,
    },
}

/// When what waits for a person is taken up by itself.
pub(super) const NEVER: Millis = Millis::MAX;

/// Lets go of an operation that nobody works on until `run_after`, under a new number.
pub(super) async fn set_down(tx: &DatabaseTransaction, id: uuid::Uuid, run_after: Millis) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::RunAfter, Expr::value(run_after))
        .col_expr(Column::LeaseUntil, Expr::value(0_i64))
        .col_expr(Column::LeaseOwner, Expr::value(None::<String>))
        .col_expr(Column::Fence, Expr::col(Column::Fence).add(1))
        .filter(Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Records a step's end and the next step's beginning, in one transaction. Gives back the operation as it goes on;
/// `None` when it has ended or waits for a person. Fails with [`DatabaseError::Stale`] when the lease is lost.
pub async fn advance(db: &Database, ctx: &OpContext, operation: &Operation, end: StepEnd) -> Result<Option<Operation>> {
    let tx = db.write().await?;
    lock_object(&tx, operation).await?;
    let row = held(&tx, operation).await?;
    let now = ctx.now();
    let (state, detail) = match &end {
        StepEnd::Done(_) | StepEnd::Undone { .. } => (WorkState::Succeeded, ""),
        StepEnd::Failed { problem, .. } => (WorkState::Failed, problem.en.as_str()),
    };
    append(&tx, ctx, &row, &operation.step, operation.fence, &word(&state), detail).await?;
    end_step(&tx, operation, state, &end, now).await?;
    let waits = end == StepEnd::Done(Effect::Held);
    let done = matches!(end, StepEnd::Done(_));
    let mut stands = if let StepEnd::Undone { stands } = end { stands } else { None };
    let next = match end {
        StepEnd::Done(effect) => {
            apply(&tx, operation, effect, now).await?;
            next_step(&tx, operation).await?
        }
        StepEnd::Failed { problem, undo } => {
            super::releases::fail(&tx, operation.app, operation.input.release, &problem, now).await?;
            super::releases::not_undone(&tx, operation.app, operation.input.release, &problem, now).await?;
            drop_pending_steps(&tx, operation.id, now).await?;
            Entity::update_many()
                .col_expr(Column::Problem, Expr::value(json(&problem)))
                .filter(Column::Id.eq(row.id))
                .exec(&tx)
                .await?;
            match undo {
                None => None,
                Some(name) => {
                    let position = last_position(&tx, operation.id).await? + 1;
                    add_step(&tx, operation.id, position, name, Some(now)).await?;
                    Some(position)
                }
            }
        }
        StepEnd::Undone { .. } => None,
    };
    let goes_on = if let Some(position) = next {
        Some(go_to(&tx, operation.id, position, now).await?)
    } else {
        finish(&tx, operation, now).await?;
        if done && operation.kind.is_release() {
            stands = operation.input.release;
        }
        if let (Some(app), Some(stands)) = (operation.app, stands) {
            super::routes::settle(&tx, app, stands).await?;
        }
        None
    };
    if waits {
        set_down(&tx, row.id, NEVER).await?;
    }
    tx.commit().await?;
    Ok(goes_on.filter(|_| !waits))
}

/// Makes a step the running one.
pub(super) async fn go_to(
    tx: &DatabaseTransaction,
    operation: OperationId,
    position: i32,
    now: Millis,
) -> Result<Operation> {
    let id = operation.0;
    start_step(tx, id, position, now).await?;
    Entity::update_many()
        .col_expr(Column::Step, Expr::value(position))
        .col_expr(Column::Attempt, Expr::value(0_i64))
        .filter(Column::Id.eq(id))
        .exec(tx)
        .await?;
    let row = Entity::find_by_id(id).one(tx).await?.ok_or(DatabaseError::Stale)?;
    let step = find_step(tx, id, position).await?;
    self::operation(row, step, 0)
}

async fn end_step(
    tx: &DatabaseTransaction,
    operation: &Operation,
    state: WorkState,
    end: &StepEnd,
    now: Millis,
) -> Result<()> {
    let note = match end {
        StepEnd::Failed { problem, .. } => Some(json(problem)),
        StepEnd::Done(Effect::Live(outcome)) => outcome.said.as_ref().map(json),
        StepEnd::Done(_) | StepEnd::Undone { .. } => None,
    };
    step::Entity::update_many()
        .col_expr(step::Column::State, Expr::value(word(&state)))
        .col_expr(step::Column::Note, Expr::value(note))
        .col_expr(step::Column::EndedAt, Expr::value(now))
        .filter(step::Column::OperationId.eq(operation.id.0))
        .filter(step::Column::Position.eq(operation.position))
        .exec(tx)
        .await?;
    Ok(())
}

async fn apply(tx: &DatabaseTransaction, operation: &Operation, effect: Effect, now: Millis) -> Result<()> {
    match effect {
        Effect::None | Effect::Held => Ok(()),
        Effect::RollingOut => super::releases::roll_out(tx, operation.app, operation.input.release).await,
        Effect::Live(Outcome { said, changed }) => {
            let said = said.filter(|_| changed);
            super::releases::go_live(tx, operation.app, operation.input.release, said.as_ref(), now).await
        }
        Effect::AppGone => match operation.app {
            Some(app) => super::apps::forget(tx, app, now).await,
            None => Ok(()),
        },
        Effect::NamespaceGone => super::namespaces::forget(tx, operation.namespace, now).await,
        Effect::TenantGone => super::tenant_changes::forget(tx, operation.tenant).await,
    }
}

async fn next_step(tx: &DatabaseTransaction, operation: &Operation) -> Result<Option<i32>> {
    let next = step::Entity::find_by_id((operation.id.0, operation.position + 1)).one(tx).await?;
    Ok(next.map(|s| s.position))
}

pub(super) async fn last_position(tx: &DatabaseTransaction, id: OperationId) -> Result<i32> {
    let last = step::Entity::find()
        .filter(step::Column::OperationId.eq(id.0))
        .order_by_desc(step::Column::Position)
        .one(tx)
        .await?;
    Ok(last.map_or(0, |s| s.position))
}

/// Ends an operation: as failed when it has a problem, else as succeeded. Its application is free for the next.
async fn finish(tx: &DatabaseTransaction, operation: &Operation, now: Millis) -> Result<()> {
    let row = Entity::find_by_id(operation.id.0).one(tx).await?.ok_or(DatabaseError::Stale)?;
    let aborted = match (operation.app, operation.input.release) {
        (Some(app), Some(number)) => super::releases::state(tx, app, number).await? == Some(ReleaseState::Aborted),
        _ => false,
    };
    let state = match row.problem {
        Some(_) if aborted => WorkState::Cancelled,
        Some(_) => WorkState::Failed,
        None => WorkState::Succeeded,
    };
    end(tx, operation.id, state, now).await?;
    match operation.app {
        Some(app) => super::apps::unlock(tx, app, operation.id).await,
        None if operation.kind == OperationKind::DeleteTenant => {
            super::tenant_changes::unlock(tx, operation.tenant).await
        }
        None => super::namespaces::unlock(tx, operation.namespace).await,
    }
}
