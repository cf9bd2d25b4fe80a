//! Templates. A template never holds the value of a secret: only its name, which asks for a value when an
//! application is made from it.

use app::{
    UiError,
    model::{
        Checks, NameQuery, Permission, ResourceName, Slice, SpecForm, TemplateDetail, TemplateForm, TemplateId,
        TemplateRow,
    },
    service::{Answer, Templates},
    text,
};
use async_trait::async_trait;

use super::{recorded::TemplateState, session::SessionServices, window::window};
use crate::database::{
    DatabaseError,
    audit::Entry,
    templates::{self as records, Template},
};

/// The most characters of a description.
const MAX_DESCRIPTION: usize = 500;

#[async_trait]
impl Templates for SessionServices {
    async fn list(&self, query: NameQuery) -> Answer<Slice<TemplateRow>> {
        self.ctx.require_somewhere(Permission::TemplateRead)?;
        let part = records::list(&self.parts.db, &self.ctx, &window(query)?).await?;
        let ids: Vec<TemplateId> = part.rows.iter().map(|t| t.id).collect();
        let uses = records::uses(&self.parts.db, &self.ctx, &ids).await?;
        part.with_rows(|rows| Ok(rows.iter().map(|t| row(t, uses.get(&t.id).copied().unwrap_or(0))).collect()))
    }

    async fn get(&self, id: TemplateId) -> Answer<TemplateDetail> {
        self.ctx.require_somewhere(Permission::TemplateRead)?;
        let (template, spec) = records::find(&self.parts.db, &self.ctx, id).await?.ok_or_else(UiError::not_found)?;
        let uses = records::uses(&self.parts.db, &self.ctx, &[id]).await?;
        let editable = self.ctx.may_on(Permission::TemplateManage, &self.ctx.home()) && self.is_own(&template);
        Ok(TemplateDetail { row: row(&template, uses.get(&id).copied().unwrap_or(0)), spec, editable })
    }

    async fn create(&self, form: TemplateForm) -> Answer<TemplateRow> {
        let granted = self.require(Permission::TemplateManage, "template.create", "template").await?;
        let (name, description, spec) = check(form)?;
        let template = Template {
            id: TemplateId(self.ctx.clock().uuid()),
            tenant: self.ctx.tenant(),
            name: name.to_string(),
            description,
            version: 1,
            updated_at: self.ctx.now(),
        };
        let entry = Entry::ok("template.create", format!("template/{name}")).made(&TemplateState::of(&template, &spec));
        records::insert(&self.parts.db, &self.ctx, granted, &template, &spec, entry).await?;
        Ok(row(&template, 0))
    }

    async fn update(&self, id: TemplateId, form: TemplateForm) -> Answer<TemplateRow> {
        let object = format!("template/{id}");
        let granted = self.require(Permission::TemplateManage, "template.update", object.as_str()).await?;
        let found = records::find(&self.parts.db, &self.ctx, id).await?.ok_or_else(UiError::not_found);
        let (mut template, old_spec) = self.checked(found, "template.update", object.as_str()).await?;
        if !self.is_own(&template) {
            let refused = Err(UiError::forbidden(Permission::TemplateManage.as_str()));
            return self.checked(refused, "template.update", object).await;
        }
        if form.version.is_some_and(|read| read != template.version) {
            return Err(DatabaseError::Stale.into());
        }
        let (name, description, spec) = check(form)?;
        let before = TemplateState::of(&template, &old_spec);
        template.name = name.to_string();
        template.description = description;
        let next = Template { version: template.version + 1, ..template.clone() };
        let entry = Entry::ok("template.update", format!("template/{name}"))
            .tenant(template.tenant)
            .detail(format!("version {}", next.version))
            .change(Some(&before), Some(&TemplateState::of(&next, &spec)));
        records::update(&self.parts.db, &self.ctx, granted, &template, &spec, entry).await?;
        template.version += 1;
        template.updated_at = self.ctx.now();
        let uses = records::uses(&self.parts.db, &self.ctx, &[id]).await?;
        Ok(row(&template, uses.get(&id).copied().unwrap_or(0)))
    }
}

impl SessionServices {
    /// A tenant's people change the tenant's templates; the platform's people change the platform's and, since they
    /// see all tenants, any tenant's.
    fn is_own(&self, template: &Template) -> bool {
        self.ctx.tenant().is_none() || template.tenant == self.ctx.tenant()
    }
}

fn row(template: &Template, apps: u64) -> TemplateRow {
    TemplateRow {
        id: template.id,
        tenant: template.tenant,
        name: template.name.clone(),
        description: template.description.clone(),
        version: template.version,
        apps,
        updated_at: template.updated_at,
    }
}

/// Checks the form: what is filled in must be right, and the image may be left empty.
fn check(form: TemplateForm) -> Answer<(ResourceName, String, SpecForm)> {
    let mut checks = Checks::default();
    let name = checks.take(ResourceName::parse("name", &form.name));
    let description = form.description.trim().to_owned();
    if description.chars().count() > MAX_DESCRIPTION {
        checks.fail(
            "description",
            text!(
                "The description is longer than {MAX_DESCRIPTION} characters.",
                "说明超过 {MAX_DESCRIPTION} 个字符。"
            ),
        );
    }
    let mut spec = form.spec;
    match spec.parse_template() {
        Ok((checked, _)) => {
            // A template keeps no values, and both faces of it say the same.
            spec = SpecForm { source: spec.source, ..SpecForm::of_spec(&checked) };
        }
        Err(errors) => {
            for error in errors.fields {
                checks.fail(&error.field, error.message);
            }
        }
    }
    checks.finish(name.map(|name| (name, description, spec)))
}
