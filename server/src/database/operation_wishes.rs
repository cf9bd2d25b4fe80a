//! What people wish of a release's operation that is under way: that it goes on, or that it is given up. Whoever works on
//! it loses its lease by that, and the next one does what was wished.

use app::{
    i18n::Text,
    model::{AppId, Millis, OperationId, OperationKind, ReleaseState, WorkState},
};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect, sea_query::Expr};
use serde::Serialize;

use super::{
    DatabaseError, Result,
    audit_change::Recorded,
    operation_work::{append, find_step, go_to, last_position, set_down},
    operations::{
        Input, add_step, drop_pending_steps, end,
        entity::{self, Column, Entity},
        step, unfinished,
    },
    releases,
    stored::{from_json, from_word, json, word},
};
use crate::{auth::context::OpContext, measures};

/// A release that is on its way, as the audit trail tells it.
#[derive(Serialize)]
pub(super) struct Progress {
    release: u32,
    state: Option<ReleaseState>,
    step: String,
}

impl Recorded for Progress {}

impl Progress {
    async fn at(tx: &DatabaseTransaction, row: &entity::Model, release: u32, step: &str) -> Result<Self> {
        let state = match row.app_id {
            Some(app) => releases::state(tx, AppId(app), release).await?,
            None => None,
        };
        Ok(Self { release, state, step: step.to_owned() })
    }
}

/// Goes on with the step after `waits_in`. Answers how the release stood before and stands now. Fails with
/// [`DatabaseError::Stale`] when the operation does not carry out that release, or does not wait there.
pub(super) async fn go_on(
    tx: &DatabaseTransaction,
    ctx: &OpContext,
    id: OperationId,
    release: u32,
    waits_in: &str,
) -> Result<(Progress, Progress)> {
    let (row, step) = under_way(tx, id, release).await?;
    if step.name != waits_in {
        return Err(DatabaseError::Stale);
    }
    let before = Progress::at(tx, &row, release, &step.name).await?;
    append(tx, ctx, &row, &step.name, row.fence, "continued", ctx.actor_name()).await?;
    step::Entity::update_many()
        .col_expr(step::Column::State, Expr::value(word(&WorkState::Succeeded)))
        .col_expr(step::Column::EndedAt, Expr::value(ctx.now()))
        .filter(step::Column::OperationId.eq(row.id))
        .filter(step::Column::Position.eq(row.step))
        .exec(tx)
        .await?;
    go_to(tx, id, row.step + 1, ctx.now()).await?;
    set_down(tx, row.id, 0).await?;
    let next = find_step(tx, row.id, row.step + 1).await?;
    let after = Progress::at(tx, &row, release, &next.name).await?;
    Ok((before, after))
}

/// Goes on with the step `undo` in place of all others, and marks the release as given up for `reason`. Answers how the
/// release stood before and stands now. Fails with [`DatabaseError::Stale`] when the operation does not carry out that
/// release, or what came of it is known.
pub(super) async fn abort(
    tx: &DatabaseTransaction,
    ctx: &OpContext,
    id: OperationId,
    release: u32,
    reason: &Text,
    undo: &'static str,
) -> Result<(Progress, Progress)> {
    let (row, step) = under_way(tx, id, release).await?;
    let app = row.app_id.map(AppId).ok_or(DatabaseError::Stale)?;
    let state = releases::state(tx, app, release).await?;
    if !matches!(state, Some(ReleaseState::Pending | ReleaseState::RollingOut)) {
        return Err(DatabaseError::Stale);
    }
    let (now, before) = (ctx.now(), Progress::at(tx, &row, release, &step.name).await?);
    append(tx, ctx, &row, &step.name, row.fence, "aborted", ctx.actor_name()).await?;
    releases::abort(tx, app, release, reason, now).await?;
    step::Entity::update_many()
        .col_expr(step::Column::Note, Expr::value(Some(json(reason))))
        .filter(step::Column::OperationId.eq(row.id))
        .filter(step::Column::Position.eq(row.step))
        .exec(tx)
        .await?;
    drop_pending_steps(tx, id, now).await?;
    Entity::update_many()
        .col_expr(Column::Problem, Expr::value(Some(json(reason))))
        .filter(Column::Id.eq(row.id))
        .exec(tx)
        .await?;
    let position = last_position(tx, id).await? + 1;
    add_step(tx, id, position, undo, Some(now)).await?;
    go_to(tx, id, position, now).await?;
    set_down(tx, row.id, 0).await?;
    let after = Progress::at(tx, &row, release, undo).await?;
    Ok((before, after))
}

/// Gives an unfinished operation up because another takes its place: it is cancelled, its release has failed, and
/// its worker's lease is void. Gives back its kind; `None` when it had ended.
pub(super) async fn give_up(
    tx: &DatabaseTransaction,
    id: OperationId,
    reason: &Text,
    now: Millis,
) -> Result<Option<OperationKind>> {
    let Some(row) = Entity::find_by_id(id.0).filter(unfinished()).lock_exclusive().one(tx).await? else {
        return Ok(None);
    };
    let input: Input = from_json(&row.input, "operations.input")?;
    releases::fail(tx, row.app_id.map(AppId), input.release, reason, now).await?;
    drop_pending_steps(tx, id, now).await?;
    end(tx, id, WorkState::Cancelled, now).await?;
    Entity::update_many()
        .col_expr(Column::Problem, Expr::value(json(reason)))
        .filter(Column::Id.eq(id.0))
        .exec(tx)
        .await?;
    let kind = from_word(&row.kind, "operations.kind")?;
    // Counted once more when the transaction is broken off and done anew, which is rare.
    measures::operation_ended(kind, WorkState::Cancelled);
    Ok(Some(kind))
}

/// The operation, locked, and its present step, when it carries out that release and goes well so far.
async fn under_way(tx: &DatabaseTransaction, id: OperationId, release: u32) -> Result<(entity::Model, step::Model)> {
    let row =
        Entity::find_by_id(id.0).filter(unfinished()).lock_exclusive().one(tx).await?.ok_or(DatabaseError::Stale)?;
    let kind: OperationKind = from_word(&row.kind, "operations.kind")?;
    let input: Input = from_json(&row.input, "operations.input")?;
    if !kind.is_release() || input.release != Some(release) || row.problem.is_some() {
        return Err(DatabaseError::Stale);
    }
    let step = find_step(tx, row.id, row.step).await?;
    Ok((row, step))
}
