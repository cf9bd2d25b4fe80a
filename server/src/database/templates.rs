//! Templates and their versions.

use std::collections::HashMap;

use app::model::{Millis, Parameter, SchemaVersion, Slice, SpecForm, TemplateId, TenantId, document};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, sea_query::Expr,
};

use serde::{Deserialize, Serialize};

use super::{
    Database, DatabaseError, Result,
    audit::{self, Entry},
    portable::{contains, storable},
    reach::own_and_shared,
    releases,
    slice::Window,
    stored::{from_json, json, unsigned},
};
use crate::auth::{authz::Granted, context::OpContext};

pub(super) mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "templates")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub tenant_id: Option<Uuid>,
        pub owner_key: Uuid,
        pub name: String,
        pub description: String,
        pub version: i64,
        pub created_at: i64,
        pub updated_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod version {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "template_versions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub template_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i64,
        pub spec: String,
        pub actor_name: String,
        pub created_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use entity::{Column, Entity};

/// The values of a template's version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Values {
    /// What an application starts with.
    #[serde(flatten)]
    pub spec: SpecForm,
    /// What is asked of whoever publishes from it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<Parameter>,
}

/// Values as they are kept: with the form of the document that they hold.
#[derive(Serialize)]
struct Kept<'a> {
    schema: SchemaVersion,
    #[serde(flatten)]
    values: &'a Values,
}

impl Values {
    fn kept(&self) -> Kept<'_> {
        Kept { schema: SchemaVersion::CURRENT, values: self }
    }

    /// Reads what is kept. What was kept before the fields showed a command has it in the document alone.
    fn read(text: &str) -> Result<Self> {
        let kept: serde_json::Value = from_json(text, "template_versions.spec")?;
        if kept.get("schema").is_some_and(|schema| *schema != serde_json::json!(SchemaVersion::CURRENT)) {
            return Err(DatabaseError::Corrupt("template_versions.spec"));
        }
        let mut values: Self = from_json(text, "template_versions.spec")?;
        if kept.get("command").is_none()
            && let Ok(spec) = document::read(&values.spec.document)
        {
            values.spec = SpecForm { source: values.spec.source, ..SpecForm::of_spec(&spec) };
        }
        Ok(values)
    }
}

/// A template as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// The template.
    pub id: TemplateId,
    /// Whose it is; `None` for the platform's.
    pub tenant: Option<TenantId>,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The newest version.
    pub version: u32,
    /// When that was made.
    pub updated_at: Millis,
}

impl TryFrom<entity::Model> for Template {
    type Error = DatabaseError;

    fn try_from(row: entity::Model) -> Result<Self> {
        Ok(Self {
            id: TemplateId(row.id),
            tenant: row.tenant_id.map(TenantId),
            name: row.name,
            description: row.description,
            version: unsigned(row.version, "templates.version")?,
            updated_at: row.updated_at,
        })
    }
}

/// A part of the templates that the actor may know of, by name.
pub async fn list(db: &Database, ctx: &OpContext, window: &Window) -> Result<Slice<Template>> {
    let query = Entity::find()
        .filter(own_and_shared(ctx, Column::TenantId))
        .apply_if(window.words.as_deref(), |q, words| q.filter(contains(Column::Name, words)));
    let part = db.slice(query, (Column::Name, Column::Id), window, |row| (row.name.clone(), row.id)).await?;
    part.with_rows(|rows| rows.into_iter().map(Template::try_from).collect())
}

/// One template with the values of its newest version, when the actor may know of it.
pub async fn find(db: &Database, ctx: &OpContext, id: TemplateId) -> Result<Option<(Template, Values)>> {
    let Some(row) = Entity::find_by_id(id.0).filter(own_and_shared(ctx, Column::TenantId)).one(db.read()).await? else {
        return Ok(None);
    };
    let newest = version::Entity::find_by_id((row.id, row.version))
        .one(db.read())
        .await?
        .ok_or(DatabaseError::Corrupt("templates.version"))?;
    Ok(Some((row.try_into()?, Values::read(&newest.spec)?)))
}

/// The names of a tenant's own templates, or of the platform's.
pub async fn names_of(db: &Database, tenant: Option<TenantId>) -> Result<Vec<String>> {
    let owner = tenant.map_or_else(uuid::Uuid::nil, |tenant| tenant.0);
    let names = Entity::find().select_only().column(Column::Name).filter(Column::OwnerKey.eq(owner));
    Ok(names.into_tuple().all(db.read()).await?)
}

/// How many living applications came from each of these templates.
pub async fn uses(db: &Database, ctx: &OpContext, templates: &[TemplateId]) -> Result<HashMap<TemplateId, u64>> {
    use releases::entity::Column as Release;
    // Each application counts once, by its first release.
    let rows: Vec<(uuid::Uuid, i64)> = releases::entity::Entity::find()
        .select_only()
        .column(Release::TemplateId)
        .column_as(Release::AppId.count(), "apps")
        .filter(Release::TemplateId.is_in(templates.iter().map(|id| id.0)))
        .filter(Release::Number.eq(1))
        .apply_if(ctx.tenant(), |q, t| q.filter(Release::TenantId.eq(t.0)))
        .filter(Release::AppId.in_subquery(living_apps()))
        .group_by(Release::TemplateId)
        .into_tuple()
        .all(db.read())
        .await?;
    rows.into_iter().map(|(id, n)| Ok((TemplateId(id), unsigned(n, "templates.apps")?))).collect()
}

/// A version of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its number, from 1.
    pub number: u32,
    /// Who made it.
    pub actor_name: String,
    /// When.
    pub created_at: Millis,
    /// Its values.
    pub values: Values,
}

impl TryFrom<version::Model> for Version {
    type Error = DatabaseError;

    fn try_from(row: version::Model) -> Result<Self> {
        Ok(Self {
            number: unsigned(row.number, "template_versions.number")?,
            actor_name: row.actor_name,
            created_at: row.created_at,
            values: Values::read(&row.spec)?,
        })
    }
}

/// Some versions of a template by number, newest first. Whether the actor may know of the template the caller decides.
pub async fn versions(db: &Database, id: TemplateId, numbers: std::ops::RangeInclusive<u32>) -> Result<Vec<Version>> {
    let rows = version::Entity::find()
        .filter(version::Column::TemplateId.eq(id.0))
        .filter(version::Column::Number.between(i64::from(*numbers.start()), i64::from(*numbers.end())))
        .order_by_desc(version::Column::Number)
        .all(db.read())
        .await?;
    rows.into_iter().map(Version::try_from).collect()
}

fn living_apps() -> sea_orm::sea_query::SelectStatement {
    use super::apps::entity::{Column as App, Entity as Apps};
    let mut query = Apps::find().select_only().column(App::Id).filter(App::DeletedAt.is_null());
    QueryTrait::query(&mut query).to_owned()
}

/// Keeps a new template in its first version. Fails with [`DatabaseError::Taken`] when its owner has one of that
/// name.
pub async fn insert(
    db: &Database,
    ctx: &OpContext,
    _granted: Granted,
    template: &Template,
    values: &Values,
    entry: Entry,
) -> Result<()> {
    let tx = db.write().await?;
    if let Some(tenant) = template.tenant {
        super::tenants::hold_open(&tx, tenant).await?;
    }
    entity::ActiveModel {
        id: Set(template.id.0),
        tenant_id: Set(template.tenant.map(|t| t.0)),
        owner_key: Set(template.tenant.map_or_else(uuid::Uuid::nil, |t| t.0)),
        name: Set(template.name.clone()),
        description: Set(storable(&template.description)),
        version: Set(1),
        created_at: Set(ctx.now()),
        updated_at: Set(ctx.now()),
    }
    .insert(&tx)
    .await
    .map_err(|e| super::taken(e, "name"))?;
    insert_version(&tx, ctx, template.id, 1, values).await?;
    audit::record(&tx, ctx, entry).await?;
    tx.commit().await?;
    Ok(())
}

/// Keeps a new version of a template whose newest is still `template.version`. Fails with
/// [`DatabaseError::Stale`] when it is not, and with [`DatabaseError::Taken`] when the new name is another's.
pub async fn update(
    db: &Database,
    ctx: &OpContext,
    _granted: Granted,
    template: &Template,
    values: &Values,
    entry: Entry,
) -> Result<()> {
    let next = i64::from(template.version) + 1;
    let tx = db.write().await?;
    let changed = Entity::update_many()
        .col_expr(Column::Name, Expr::value(template.name.as_str()))
        .col_expr(Column::Description, Expr::value(storable(&template.description)))
        .col_expr(Column::Version, Expr::value(next))
        .col_expr(Column::UpdatedAt, Expr::value(ctx.now()))
        .filter(Column::Id.eq(template.id.0))
        .filter(Column::Version.eq(i64::from(template.version)))
        .exec(&tx)
        .await
        .map_err(|e| super::taken(e, "name"))?;
    if changed.rows_affected == 0 {
        return Err(DatabaseError::Stale);
    }
    insert_version(&tx, ctx, template.id, next, values).await?;
    audit::record(&tx, ctx, entry).await?;
    tx.commit().await?;
    Ok(())
}

/// A tenant's templates that living applications of other tenants came from, by name.
pub(super) async fn in_use_elsewhere(on: &impl ConnectionTrait, tenant: TenantId) -> Result<Vec<String>> {
    use releases::entity::{Column as Release, Entity as Releases};
    let mut used = Releases::find()
        .select_only()
        .column(Release::TemplateId)
        .filter(Release::TemplateId.is_not_null())
        .filter(Release::TenantId.ne(tenant.0))
        .filter(Release::AppId.in_subquery(living_apps()));
    let used = QueryTrait::query(&mut used).to_owned();
    let names = Entity::find()
        .select_only()
        .column(Column::Name)
        .filter(Column::TenantId.eq(tenant.0))
        .filter(Column::Id.in_subquery(used))
        .order_by_asc(Column::Name)
        .into_tuple()
        .all(on)
        .await?;
    Ok(names)
}

/// Removes a tenant's templates with all their versions.
pub(super) async fn delete_of(tx: &DatabaseTransaction, tenant: TenantId) -> Result<()> {
    let mut own = Entity::find().select_only().column(Column::Id).filter(Column::TenantId.eq(tenant.0));
    let own = QueryTrait::query(&mut own).to_owned();
    version::Entity::delete_many().filter(version::Column::TemplateId.in_subquery(own)).exec(tx).await?;
    Entity::delete_many().filter(Column::TenantId.eq(tenant.0)).exec(tx).await?;
    Ok(())
}

async fn insert_version(
    tx: &sea_orm::DatabaseTransaction,
    ctx: &OpContext,
    id: TemplateId,
    number: i64,
    values: &Values,
) -> Result<()> {
    version::ActiveModel {
        template_id: Set(id.0),
        number: Set(number),
        spec: Set(json(&values.kept())),
        actor_name: Set(ctx.actor_name().to_owned()),
        created_at: Set(ctx.now()),
    }
    .insert(tx)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_before_fields_showed_commands_keeps_them() {
        let kept = r#"{"source":"fields","image":"web:1","port":"8080","document":"containers:\n- image: web:1\n  command: [serve]\n  ports: [{ port: 8080 }]\n"}"#;
        let values = Values::read(kept).expect("read");
        assert_eq!((values.spec.command.as_str(), values.parameters.len()), ("serve", 0));
        let (spec, _) = values.spec.parse().expect("valid");
        assert_eq!(spec.containers[0].command, ["serve"]);
        let kept = json(&values.kept());
        assert!(kept.starts_with(r#"{"schema":1,"#), "{kept}");
        assert_eq!(Values::read(&kept).expect("read again"), values);
        assert!(Values::read(&kept.replacen('1', "2", 1)).is_err(), "a later form");
    }
}
