//! Templates. A template never holds the value of a secret: only its name, which asks for a value when an
//! application is made from it.

use std::{collections::BTreeMap, ops::RangeInclusive};

use app::{
    FieldError, UiError,
    model::{
        Checks, NameQuery, Page, PageRequest, Parameter, Permission, ResourceName, Slice, SpecForm, StarterForm,
        TemplateDetail, TemplateDiff, TemplateForm, TemplateId, TemplateRow, TemplateVersion, VersionQuery,
        check_parameters, defaults, read_parameters,
    },
    service::{Answer, Templates},
    text,
};
use async_trait::async_trait;

use super::{
    diff::{Side, section, sections},
    patches::{patches_apply, patches_of},
    recorded::TemplateState,
    session::SessionServices,
    window::window,
};
use crate::database::{
    DatabaseError, app_list,
    audit::Entry,
    templates::{self as records, Template, Values},
};

/// The most characters of a description.
const MAX_DESCRIPTION: usize = 500;

#[async_trait]
impl Templates for SessionServices {
    async fn list(&self, query: NameQuery) -> Answer<Slice<TemplateRow>> {
        self.require_anywhere(Permission::TemplateRead, "template.list", "template").await?;
        let part = records::list(&self.parts.db, &self.ctx, &window(query)?).await?;
        let ids: Vec<TemplateId> = part.rows.iter().map(|t| t.id).collect();
        let uses = records::uses(&self.parts.db, &self.ctx, &ids).await?;
        part.with_rows(|rows| Ok(rows.iter().map(|t| row(t, uses.get(&t.id).copied().unwrap_or(0))).collect()))
    }

    async fn get(&self, id: TemplateId) -> Answer<TemplateDetail> {
        let (template, Values { spec, parameters }) = self.seen_template(id).await?;
        let uses = records::uses(&self.parts.db, &self.ctx, &[id]).await?;
        let editable = self.ctx.may_on(Permission::TemplateManage, &self.ctx.home()) && self.is_own(&template);
        Ok(TemplateDetail {
            row: row(&template, uses.get(&id).copied().unwrap_or(0)),
            defaults: match spec.parse_template() {
                Ok((spec, _)) if !parameters.is_empty() => defaults(&parameters, &spec),
                _ => BTreeMap::new(),
            },
            parameters_text: text_of(&parameters),
            parameters,
            spec,
            editable,
        })
    }

    async fn versions(&self, id: TemplateId, query: VersionQuery) -> Answer<Page<TemplateVersion>> {
        let (template, _) = self.seen_template(id).await?;
        let page = PageRequest::parse(query.page.as_deref(), query.per_page.as_deref());
        // Numbers have no gaps, so that a page's are known.
        let before = u32::try_from(page.offset()).unwrap_or(u32::MAX);
        let last = template.version.saturating_sub(before);
        let first = last.saturating_sub(page.per_page).saturating_add(1).max(1);
        let rows = if last == 0 { Vec::new() } else { self.versions_of(&template, first..=last).await? };
        let rows = rows.into_iter().map(|(row, _)| row).collect();
        Ok(Page { rows, total: template.version.into(), page: page.page, per_page: page.per_page })
    }

    async fn compare(&self, id: TemplateId, left: u32, right: u32) -> Answer<TemplateDiff> {
        let (template, _) = self.seen_template(id).await?;
        let one = async |number| {
            let found = self.versions_of(&template, number..=number).await?.pop().ok_or_else(UiError::not_found)?;
            let (spec, _) = found.1.spec.parse_template()?;
            Ok::<_, UiError>((found.0, spec, text_of(&found.1.parameters)))
        };
        let ((left, before, asked), (right, after, asks)) = (one(left).await?, one(right).await?);
        let none = BTreeMap::new();
        let mut sections = sections(Side::new(&before, &none, &[]), Side::new(&after, &none, &[]));
        sections.push(section(text!("Parameters", "参数"), &asked, &asks));
        Ok(TemplateDiff { name: template.name, left, right, sections })
    }

    async fn create(&self, form: TemplateForm) -> Answer<TemplateRow> {
        self.add_template(form).await
    }

    async fn add_starters(&self, form: StarterForm) -> Answer<Vec<TemplateRow>> {
        Self::add_starters(self, &form).await
    }

    async fn update(&self, id: TemplateId, form: TemplateForm) -> Answer<TemplateRow> {
        let object = format!("template/{id}");
        let granted = self.require(Permission::TemplateManage, "template.update", object.as_str()).await?;
        let found = records::find(&self.parts.db, &self.ctx, id).await?.ok_or_else(UiError::not_found);
        let (mut template, old) = self.checked(found, "template.update", object.as_str()).await?;
        if !self.is_own(&template) {
            let refused = Err(UiError::forbidden(Permission::TemplateManage.as_str()));
            return self.checked(refused, "template.update", object).await;
        }
        if form.version.is_some_and(|read| read != template.version) {
            return Err(DatabaseError::Stale.into());
        }
        let (name, description, values) = check(form)?;
        let approved = patches_of(&old).unwrap_or_default();
        self.may_patch(&approved, &patches_of(&values)?, "template.update", format!("template/{name}")).await?;
        let before = TemplateState::of(&template, &old);
        template.name = name.to_string();
        template.description = description;
        let next = Template { version: template.version + 1, ..template.clone() };
        let entry = Entry::ok("template.update", format!("template/{name}"))
            .tenant(template.tenant)
            .detail(format!("version {}", next.version))
            .change(Some(&before), Some(&TemplateState::of(&next, &values)));
        records::update(&self.parts.db, &self.ctx, granted, &template, &values, entry).await?;
        template.version += 1;
        template.updated_at = self.ctx.now();
        let uses = records::uses(&self.parts.db, &self.ctx, &[id]).await?;
        Ok(row(&template, uses.get(&id).copied().unwrap_or(0)))
    }
}

impl SessionServices {
    /// Keeps a new template of the actor's tenant, or of the platform.
    pub(super) async fn add_template(&self, form: TemplateForm) -> Answer<TemplateRow> {
        let granted = self.require(Permission::TemplateManage, "template.create", "template").await?;
        let (name, description, values) = check(form)?;
        self.may_patch(&[], &patches_of(&values)?, "template.create", format!("template/{name}")).await?;
        let template = Template {
            id: TemplateId(self.ctx.clock().uuid()),
            tenant: self.ctx.tenant(),
            name: name.to_string(),
            description,
            version: 1,
            updated_at: self.ctx.now(),
        };
        let entry =
            Entry::ok("template.create", format!("template/{name}")).made(&TemplateState::of(&template, &values));
        records::insert(&self.parts.db, &self.ctx, granted, &template, &values, entry).await?;
        Ok(row(&template, 0))
    }

    /// A template that the actor may look at, with its values. A refusal is written to the audit trail, also when there is no
    /// such template for the actor. Fails with `Forbidden` without the permission, and with `NotFound` without the template.
    async fn seen_template(&self, id: TemplateId) -> Answer<(Template, Values)> {
        self.require_anywhere(Permission::TemplateRead, "template.read", "template").await?;
        let found = records::find(&self.parts.db, &self.ctx, id).await?.ok_or_else(UiError::not_found);
        self.checked(found, "template.read", format!("template/{id}")).await
    }

    /// Some versions of a template with their values, newest first.
    async fn versions_of(
        &self,
        template: &Template,
        numbers: RangeInclusive<u32>,
    ) -> Answer<Vec<(TemplateVersion, Values)>> {
        let id = template.id;
        // Tenants do not hear the names of the platform's people.
        let hidden = template.tenant.is_none() && self.ctx.tenant().is_some();
        let found = records::versions(&self.parts.db, id, numbers.clone()).await?;
        let apps = app_list::by_version(&self.parts.db, &self.ctx, Permission::AppRead, id, numbers).await?;
        let row = |version: records::Version| {
            let records::Version { number, actor_name, created_at, values } = version;
            let apps = apps.get(&number).copied().unwrap_or_default();
            let actor_name = if hidden { String::new() } else { actor_name };
            (TemplateVersion { number, actor_name, created_at, apps }, values)
        };
        Ok(found.into_iter().map(row).collect())
    }

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
pub(super) fn check(form: TemplateForm) -> Answer<(ResourceName, String, Values)> {
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
    let parameters = checks.take(read_parameters(&form.parameters)).unwrap_or_default();
    match spec.parse_template() {
        Ok((checked, _)) => {
            // A template keeps no values, and both faces of it say the same.
            spec = SpecForm { source: spec.source, ..SpecForm::of_spec(&checked) };
            check_parameters(&parameters, &checked, &mut checks);
            for error in patches_apply(&checked).err().map(|wrong| wrong.fields).unwrap_or_default() {
                let FieldError { field, message } = spec.told(error);
                checks.fail(&field, message);
            }
        }
        Err(errors) => {
            for error in errors.fields {
                checks.fail(&error.field, error.message);
            }
        }
    }
    checks.finish(name.map(|name| (name, description, Values { spec, parameters })))
}

/// Parameters as text; nothing for none.
pub(super) fn text_of(parameters: &[Parameter]) -> String {
    // Plain structs: there is nothing that could not be written.
    if parameters.is_empty() { String::new() } else { serde_saphyr::to_string(&parameters).unwrap_or_default() }
}
