//! What is kept of applications, also of those that were deleted: their rows stay, for their releases speak of them.
//! Whatever changes an application looks for it in [`super::apps`], where those that were deleted are not found.

use std::collections::HashMap;

use app::model::{AppId, Millis, OperationKind, Permission, Slice, WorkState};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};
use uuid::Uuid;

use super::{
    Database, DatabaseError, Result,
    app_list::lies_in,
    apps::{
        App,
        entity::{self, Column, Entity},
    },
    namespaces, operations,
    portable::contains,
    reach::reached,
    slice::{Moment, Window},
    stored::word,
};
use crate::auth::context::OpContext;

/// An application, there or deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The application as it is, or as it was in the end.
    pub app: App,
    /// When it was deleted.
    pub deleted_at: Option<Millis>,
}

impl TryFrom<entity::Model> for Kept {
    type Error = DatabaseError;

    fn try_from(row: entity::Model) -> Result<Self> {
        let deleted_at = row.deleted_at;
        Ok(Self { app: row.try_into()?, deleted_at })
    }
}

/// One application, there or deleted, when the actor may know of it.
pub async fn find(db: &Database, ctx: &OpContext, id: AppId) -> Result<Option<Kept>> {
    let row = Entity::find_by_id(id.0)
        .apply_if(ctx.tenant(), |q, t| q.filter(Column::TenantId.eq(t.0)))
        .one(db.read())
        .await?;
    row.map(Kept::try_from).transpose()
}

/// A part of the deleted applications on which the actor holds a permission, the last one first. The words are part of the
/// name, or of the namespace's.
pub async fn deleted(
    db: &Database,
    ctx: &OpContext,
    permission: Permission,
    window: &Window<Moment>,
) -> Result<Slice<Kept>> {
    let query = Entity::find()
        .filter(Column::DeletedAt.is_not_null())
        .filter(reached(ctx, permission, Column::TenantId, lies_in))
        .apply_if(window.words.as_deref(), |q, words| {
            let within = Column::NamespaceId.in_subquery(namespaces::ids_named(words));
            q.filter(Condition::any().add(contains(Column::Name, words)).add(within))
        });
    let mut cursor = query.cursor_by((Column::DeletedAt, Column::Id));
    cursor.desc();
    let part = db.part(cursor, window, |row| (row.deleted_at.unwrap_or_default(), row.id)).await?;
    part.with_rows(|rows| rows.into_iter().map(Kept::try_from).collect())
}

/// Who deleted some applications, by name, as their operations tell.
pub async fn deleters(db: &Database, ctx: &OpContext, apps: &[AppId]) -> Result<HashMap<AppId, String>> {
    use operations::entity::Column as Operation;

    if apps.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(Option<Uuid>, String)> = operations::entity::Entity::find()
        .select_only()
        .columns([Operation::AppId, Operation::ActorName])
        .filter(Operation::AppId.is_in(apps.iter().map(|app| app.0)))
        .filter(Operation::Kind.eq(word(&OperationKind::DeleteApp)))
        .filter(Operation::State.eq(word(&WorkState::Succeeded)))
        .apply_if(ctx.tenant(), |q, t| q.filter(Operation::TenantId.eq(t.0)))
        .into_tuple()
        .all(db.read())
        .await?;
    Ok(rows.into_iter().filter_map(|(app, name)| Some((AppId(app?), name))).collect())
}

/// Those of some applications that are there and that the actor's tenant has, by name.
pub async fn of_ids(db: &Database, ctx: &OpContext, ids: impl IntoIterator<Item = AppId>) -> Result<Vec<App>> {
    let rows = Entity::find()
        .filter(Column::Id.is_in(ids.into_iter().map(|id| id.0)))
        .filter(Column::DeletedAt.is_null())
        .apply_if(ctx.tenant(), |q, t| q.filter(Column::TenantId.eq(t.0)))
        .order_by_asc(Column::Name)
        .all(db.read())
        .await?;
    rows.into_iter().map(App::try_from).collect()
}
