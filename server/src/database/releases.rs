//! Releases: what was asked for never changes after it is kept; what came of it is written once.

use std::collections::BTreeMap;

use app::{
    i18n::Text,
    model::{
        AccountId, AppId, AppSpec, Millis, OperationId, ReleaseId, ReleaseRow, ReleaseState, Slice, TemplateId,
        TenantId,
    },
};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, DatabaseTransaction, DerivePartialModel, EntityTrait, Iterable,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, sea_query::Expr,
};
use serde_json::Value;
use uuid::Uuid;

use super::{
    Database, DatabaseError, Result,
    portable::storable,
    slice::Window,
    stored::{from_json, from_word, json, unsigned, word},
};
use crate::auth::context::OpContext;

pub(super) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "releases")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub app_id: Uuid,
        pub tenant_id: Uuid,
        pub number: i64,
        pub pods: Option<i64>,
        pub state: String,
        pub image: String,
        pub digest: String,
        pub digests: Option<String>,
        pub spec: String,
        pub config_hash: String,
        pub secrets: String,
        pub manifests: String,
        pub changes: String,
        pub template_id: Option<Uuid>,
        pub template_name: Option<String>,
        pub template_version: Option<i64>,
        pub rollback_of: Option<i64>,
        pub actor_id: Option<Uuid>,
        pub actor_name: String,
        pub reason: String,
        pub operation_id: Option<Uuid>,
        pub problem: Option<String>,
        pub created_at: i64,
        pub ended_at: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{Column, Entity};

/// A release to be kept.
#[derive(Clone, Debug)]
pub struct NewRelease {
    /// Its id.
    pub id: ReleaseId,
    /// Its number, one above the application's newest.
    pub number: u32,
    /// The release whose pods it runs.
    pub pods: u32,
    /// What is to run.
    pub spec: AppSpec,
    /// Each image's digest, as far as its registry told it.
    pub digests: BTreeMap<String, String>,
    /// The hash that names the configuration object.
    pub config_hash: String,
    /// Each secret's name and version, sorted by name.
    pub secrets: Vec<(String, String)>,
    /// The objects to apply, without the values of secrets.
    pub manifests: Vec<Value>,
    /// What differs from the release before.
    pub changes: Vec<Text>,
    /// The template and version it came from.
    pub template: Option<(TemplateId, String, u32)>,
    /// The release that it brings back.
    pub rollback_of: Option<u32>,
    /// Why, in the actor's words.
    pub reason: String,
}

/// A release as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Release {
    /// What the timeline shows.
    pub row: ReleaseRow,
    /// The application.
    pub app: AppId,
    /// What was asked for.
    pub spec: AppSpec,
    /// Each image's digest, as far as its registry told it.
    pub digests: BTreeMap<String, String>,
    /// The hash that names the configuration object.
    pub config_hash: String,
    /// Each secret's name and version.
    pub secrets: Vec<(String, String)>,
    /// The objects, without the values of secrets.
    pub manifests: Vec<Value>,
    /// The operation that carries it out.
    pub operation: Option<OperationId>,
    /// The template's id, when it came from one.
    pub template_id: Option<TemplateId>,
}

/// What of a release a timeline shows. What was asked for may be a hundred times as large, and stays where it is.
#[derive(Debug, DerivePartialModel)]
#[sea_orm(entity = "Entity")]
struct TimelineRow {
    id: Uuid,
    number: i64,
    pods: Option<i64>,
    state: String,
    image: String,
    digest: String,
    changes: String,
    template_name: Option<String>,
    template_version: Option<i64>,
    rollback_of: Option<i64>,
    actor_name: String,
    reason: String,
    problem: Option<String>,
    created_at: i64,
    ended_at: Option<i64>,
}

impl TryFrom<TimelineRow> for ReleaseRow {
    type Error = DatabaseError;

    fn try_from(row: TimelineRow) -> Result<Self> {
        let template = match (row.template_name, row.template_version) {
            (Some(name), Some(version)) => Some((name, unsigned(version, "releases.template_version")?)),
            _ => None,
        };
        Ok(Self {
            id: ReleaseId(row.id),
            number: unsigned(row.number, "releases.number")?,
            pods: unsigned(row.pods.unwrap_or(row.number), "releases.pods")?,
            state: from_word(&row.state, "releases.state")?,
            image: row.image,
            digest: row.digest,
            rollback_of: row.rollback_of.map(|n| unsigned(n, "releases.rollback_of")).transpose()?,
            template,
            actor_name: row.actor_name,
            reason: row.reason,
            created_at: row.created_at,
            ended_at: row.ended_at,
            problem: row.problem.as_deref().map(|p| from_json(p, "releases.problem")).transpose()?,
            changes: from_json(&row.changes, "releases.changes")?,
        })
    }
}

impl TryFrom<entity::Model> for Release {
    type Error = DatabaseError;

    fn try_from(row: entity::Model) -> Result<Self> {
        let digests = match &row.digests {
            Some(digests) => from_json(digests, "releases.digests")?,
            // Releases were of one image at first.
            None if row.digest.is_empty() => BTreeMap::new(),
            None => BTreeMap::from([(row.image.clone(), row.digest.clone())]),
        };
        let timeline = TimelineRow {
            id: row.id,
            number: row.number,
            pods: row.pods,
            state: row.state,
            image: row.image,
            digest: row.digest,
            changes: row.changes,
            template_name: row.template_name,
            template_version: row.template_version,
            rollback_of: row.rollback_of,
            actor_name: row.actor_name,
            reason: row.reason,
            problem: row.problem,
            created_at: row.created_at,
            ended_at: row.ended_at,
        };
        Ok(Self {
            row: timeline.try_into()?,
            app: AppId(row.app_id),
            spec: AppSpec::from_kept(&row.spec).map_err(|_| DatabaseError::Corrupt("releases.spec"))?,
            digests,
            config_hash: row.config_hash,
            secrets: from_json(&row.secrets, "releases.secrets")?,
            manifests: from_json(&row.manifests, "releases.manifests")?,
            operation: row.operation_id.map(OperationId),
            template_id: row.template_id.map(TemplateId),
        })
    }
}

/// A part of the releases of an application, by number, as a timeline shows them: newest first.
pub async fn slice(db: &Database, ctx: &OpContext, app: AppId, window: &Window<i64>) -> Result<Slice<ReleaseRow>> {
    let query = Entity::find()
        .filter(Column::AppId.eq(app.0))
        .apply_if(ctx.tenant(), |q, t| q.filter(Column::TenantId.eq(t.0)));
    let mut cursor = query.cursor_by(Column::Number).into_partial_model::<TimelineRow>();
    cursor.desc();
    let part = db.part(cursor, window, |row| row.number).await?;
    part.with_rows(|rows| rows.into_iter().map(ReleaseRow::try_from).collect())
}

/// The newest releases of an application, whole, newest first.
pub async fn newest(db: &Database, ctx: &OpContext, app: AppId, limit: u64) -> Result<Vec<Release>> {
    let rows = Entity::find()
        .filter(Column::AppId.eq(app.0))
        .apply_if(ctx.tenant(), |q, t| q.filter(Column::TenantId.eq(t.0)))
        .order_by_desc(Column::Number)
        .limit(limit)
        .all(db.read())
        .await?;
    rows.into_iter().map(Release::try_from).collect()
}

/// One release, when the actor may know of it.
pub async fn find(db: &Database, ctx: &OpContext, app: AppId, number: u32) -> Result<Option<Release>> {
    let row = Entity::find()
        .filter(Column::AppId.eq(app.0))
        .filter(Column::Number.eq(i64::from(number)))
        .apply_if(ctx.tenant(), |q, t| q.filter(Column::TenantId.eq(t.0)))
        .one(db.read())
        .await?;
    row.map(Release::try_from).transpose()
}

/// Some releases by application and number, in one question and without their objects: for a page of applications.
pub async fn of_numbers(db: &Database, ctx: &OpContext, wanted: &[(AppId, u32)]) -> Result<Vec<Release>> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let any = wanted.iter().fold(sea_orm::Condition::any(), |any, (app, number)| {
        any.add(sea_orm::Condition::all().add(Column::AppId.eq(app.0)).add(Column::Number.eq(i64::from(*number))))
    });
    let rows = Entity::find()
        .select_only()
        .columns(Column::iter().filter(|column| !matches!(column, Column::Manifests)))
        .column_as(Expr::value("[]"), "manifests")
        .filter(any)
        .apply_if(ctx.tenant(), |q, t| q.filter(Column::TenantId.eq(t.0)))
        .all(db.read())
        .await?;
    rows.into_iter().map(Release::try_from).collect()
}

/// Keeps a release. Fails with [`DatabaseError::Stale`] when the number was given to another meanwhile.
pub(super) async fn insert(
    tx: &DatabaseTransaction,
    ctx: &OpContext,
    tenant: TenantId,
    app: AppId,
    operation: OperationId,
    new: NewRelease,
) -> Result<()> {
    let (template_id, template_name, template_version) = match new.template {
        Some((id, name, version)) => (Some(id.0), Some(name), Some(i64::from(version))),
        None => (None, None, None),
    };
    entity::ActiveModel {
        id: Set(new.id.0),
        app_id: Set(app.0),
        tenant_id: Set(tenant.0),
        number: Set(i64::from(new.number)),
        pods: Set(Some(i64::from(new.pods))),
        state: Set(word(&ReleaseState::Pending)),
        image: Set(new.spec.image().to_owned()),
        digest: Set(new.digests.get(new.spec.image()).cloned().unwrap_or_default()),
        digests: Set(Some(json(&new.digests))),
        spec: Set(json(&new.spec.kept())),
        config_hash: Set(new.config_hash),
        secrets: Set(json(&new.secrets)),
        manifests: Set(json(&new.manifests)),
        changes: Set(json(&new.changes)),
        template_id: Set(template_id),
        template_name: Set(template_name),
        template_version: Set(template_version),
        rollback_of: Set(new.rollback_of.map(i64::from)),
        actor_id: Set(ctx.account_id().map(|AccountId(id)| id)),
        actor_name: Set(ctx.actor_name().to_owned()),
        reason: Set(storable(&new.reason)),
        operation_id: Set(Some(operation.0)),
        problem: Set(None),
        created_at: Set(ctx.now()),
        ended_at: Set(None),
    }
    .insert(tx)
    .await
    .map_err(|e| match super::taken(e, "number") {
        DatabaseError::Taken(_) => DatabaseError::Stale,
        other => other,
    })?;
    Ok(())
}

/// The release is on its way.
pub(super) async fn roll_out(tx: &DatabaseTransaction, app: Option<AppId>, number: Option<u32>) -> Result<()> {
    set_state(tx, app, number, &[ReleaseState::Pending], ReleaseState::RollingOut, None, None).await
}

/// The release serves: it is the live one, and the one before is superseded. `said` is what others have done to it.
pub(super) async fn go_live(
    tx: &DatabaseTransaction,
    app: Option<AppId>,
    number: Option<u32>,
    said: Option<&Text>,
    now: Millis,
) -> Result<()> {
    let (Some(app), Some(number)) = (app, number) else { return Ok(()) };
    Entity::update_many()
        .col_expr(Column::State, Expr::value(word(&ReleaseState::Superseded)))
        .filter(Column::AppId.eq(app.0))
        .filter(Column::Number.ne(i64::from(number)))
        .filter(Column::State.eq(word(&ReleaseState::Live)))
        .exec(tx)
        .await?;
    let before = [ReleaseState::Pending, ReleaseState::RollingOut];
    set_state(tx, Some(app), Some(number), &before, ReleaseState::Live, said, Some(now)).await?;
    super::apps::set_live(tx, app, number).await
}

/// The release has failed, and why. One whose outcome is known already keeps it.
pub(super) async fn fail(
    tx: &DatabaseTransaction,
    app: Option<AppId>,
    number: Option<u32>,
    problem: &Text,
    now: Millis,
) -> Result<()> {
    let before = [ReleaseState::Pending, ReleaseState::RollingOut];
    set_state(tx, app, number, &before, ReleaseState::Failed, Some(problem), Some(now)).await
}

/// The release that was given up could not be undone, and why.
pub(super) async fn not_undone(
    tx: &DatabaseTransaction,
    app: Option<AppId>,
    number: Option<u32>,
    problem: &Text,
    now: Millis,
) -> Result<()> {
    set_state(tx, app, number, &[ReleaseState::Aborted], ReleaseState::Failed, Some(problem), Some(now)).await
}

/// The release was given up by a person, and why. One whose outcome is known already keeps it.
pub(super) async fn abort(tx: &DatabaseTransaction, app: AppId, number: u32, reason: &Text, now: Millis) -> Result<()> {
    let before = [ReleaseState::Pending, ReleaseState::RollingOut];
    set_state(tx, Some(app), Some(number), &before, ReleaseState::Aborted, Some(reason), Some(now)).await
}

/// What has come of a release.
pub(super) async fn state(tx: &DatabaseTransaction, app: AppId, number: u32) -> Result<Option<ReleaseState>> {
    let word: Option<String> = Entity::find()
        .select_only()
        .column(Column::State)
        .filter(Column::AppId.eq(app.0))
        .filter(Column::Number.eq(i64::from(number)))
        .into_tuple()
        .one(tx)
        .await?;
    word.map(|word| from_word(&word, "releases.state")).transpose()
}

async fn set_state(
    tx: &DatabaseTransaction,
    app: Option<AppId>,
    number: Option<u32>,
    before: &[ReleaseState],
    state: ReleaseState,
    problem: Option<&Text>,
    ended_at: Option<Millis>,
) -> Result<()> {
    let (Some(app), Some(number)) = (app, number) else { return Ok(()) };
    Entity::update_many()
        .col_expr(Column::State, Expr::value(word(&state)))
        .col_expr(Column::Problem, Expr::value(problem.map(json)))
        .col_expr(Column::EndedAt, Expr::value(ended_at))
        .filter(Column::AppId.eq(app.0))
        .filter(Column::Number.eq(i64::from(number)))
        .filter(Column::State.is_in(before.iter().map(word)))
        .exec(tx)
        .await?;
    Ok(())
}
