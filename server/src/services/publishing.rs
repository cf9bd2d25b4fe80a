//! What changes applications: publish, upgrade, roll back, delete. Each records what is wanted and an operation that
//! carries it out, in one transaction, and answers at once.

use std::collections::BTreeMap;

use app::{
    ErrorKind, FieldError, UiError,
    i18n::Text,
    model::{
        AppId, AppSpec, Checks, DeleteForm, NamespaceId, NewApp, OperationKind, Permission, Place, ReleaseState,
        ResourceName, SecretInput, SpecForm, Started, TemplateId, Upgrade, fill,
    },
    service::Answer,
    text,
};

use super::{
    drafts::{Draft, Drawn},
    namespaces::confirmed,
    network::in_form,
    patches::{patches_apply, patches_of},
    recorded,
    runs::keeps_its_kind,
    session::SessionServices,
    storage::{keeps_disks, takes_up_disks},
};
use crate::{
    auth::{authz, crypto::hex},
    database::{
        apps::{self as records, App},
        audit::Entry,
        namespaces::{self, Namespace},
        operations::Input,
        releases::Release,
        templates::{self, Values},
    },
    render::{namespace::KEEPER, stateful::PODS_SUFFIX},
};

/// The most characters of a reason.
const MAX_REASON: usize = 500;

/// A template, by its id, name and version, with what it asks for.
pub(super) type Chosen = ((TemplateId, String, u32), Values);

/// What is asked of whoever publishes.
pub(super) struct Asked<'a> {
    template: Option<&'a Values>,
    made_up: Box<dyn Fn() -> String + Send + 'a>,
}

impl Asked<'_> {
    /// The specification of a form with what was asked for in its place.
    pub(super) fn fill(
        &self,
        form: &SpecForm,
        values: &BTreeMap<String, String>,
    ) -> Answer<(AppSpec, Vec<SecretInput>)> {
        match self.template {
            Some(template) if !template.parameters.is_empty() => {
                let (spec, _) = template.spec.parse_template()?;
                fill(form, &spec, &template.parameters, values, &self.made_up)
            }
            _ => form.parse(),
        }
    }
}

/// A release that is made once more.
pub(super) struct Again<'a> {
    /// Which.
    pub(super) target: &'a Release,
    /// How the audit trail calls it.
    pub(super) action: &'static str,
    /// Why.
    pub(super) reason: String,
    /// Whether registries are asked for what it was not pinned to; tags may have been moved since.
    pub(super) asks: bool,
}

impl SessionServices {
    /// Records an application with its first release, and starts it.
    pub(super) async fn publish_app(&self, form: NewApp) -> Answer<Started> {
        let namespace = parse_namespace(&form.namespace)?;
        let found = namespaces::find(&self.parts.db, &self.ctx, namespace).await?.ok_or_else(UiError::not_found);
        let decided = found.and_then(|n| {
            let right = authz::Namespace::authorize(&self.ctx, Permission::AppPublish, &n.place(), &n.name)?;
            Ok((n, right))
        });
        let (namespace, right) =
            self.checked(decided, "app.publish", format!("namespace/{}", form.namespace.trim())).await?;
        let chosen = self.chosen_template(&form.template).await?;
        let (name, reason, spec, inputs) = check_new(&form, self.parameters_of(chosen.as_ref()))?;
        self.may_write(&inputs, &namespace.place(), "app.publish", &name.to_string()).await?;
        let approved = chosen.as_ref().and_then(|(_, values)| patches_of(values).ok()).unwrap_or_default();
        self.may_patch(&approved, &spec.patches, "app.publish", format!("app/{name}")).await?;
        patches_apply(&spec).map_err(|e| in_form(e, &form.spec))?;
        let app = self.app_to_be(&namespace, &name.to_string());
        self.may_route(&app, spec.routes(), "app.publish").await.map_err(|e| in_form(e, &form.spec))?;
        let (secrets, sealed) = self.seal(&app, inputs, None).await?;
        let digests = self.digests(app.tenant, &spec, BTreeMap::new()).await?;
        let draft = Draft {
            app: &app,
            namespace: &namespace,
            kind: OperationKind::Publish,
            number: 1,
            spec,
            digests,
            secrets,
            sealed,
            template: chosen.map(|(template, _)| template),
            rollback_of: None,
            before: None,
            running: None,
            keeps_pods: false,
            pods_as_they_are: None,
            reason,
        };
        let drawn = self.draw_up(draft, "app.publish");
        self.must_fit(&namespace, None, &drawn)?;
        let cluster = self.parts.fleet.get(namespace.cluster).ok_or_else(super::unavailable)?;
        let disks = takes_up_disks(&cluster, &app, &namespace.name, &drawn.publication.release.spec).await;
        disks.map_err(|e| in_form(e, &form.spec))?;
        let Drawn { publication, entry, started } = drawn;
        let routes = publication.release.spec.routes().to_vec();
        if let Err(e) = records::publish(&self.parts.db, &self.ctx, &right, &app, publication, entry).await {
            return Err(in_form(self.conflict(&app, &routes, e).await, &form.spec));
        }
        self.parts.operations.begin(started.operation, app.tenant, Some(app.id));
        Ok(started)
    }

    /// Records a release from a form that was filled in from the newest one.
    pub(super) async fn upgrade_app(&self, id: AppId, form: Upgrade) -> Answer<Started> {
        let (app, right) = self.app_for(id, Permission::AppPublish, "app.upgrade").await?;
        let namespace = self.namespace_of(app.namespace).await?;
        let reason = check_reason(&form.reason)?;
        let (spec, inputs) = form.spec.parse()?;
        self.may_route(&app, spec.routes(), "app.upgrade").await.map_err(|e| in_form(e, &form.spec))?;
        if form.based_on.trim().parse() != Ok(app.newest_release) {
            return Err(made_meanwhile(app.newest_release));
        }
        if app.operation.is_some() {
            return Err(self.busy(id).await);
        }
        self.may_write(&inputs, &app.place(), "app.upgrade", &app.name).await?;
        let (before, running) = self.newest_and_running(&app).await?;
        keeps_its_kind(&before.spec, &spec).map_err(|e| in_form(e, &form.spec))?;
        keeps_disks(&before.spec, &spec).map_err(|e| in_form(e, &form.spec))?;
        self.may_patch(&before.spec.patches, &spec.patches, "app.upgrade", format!("app/{}", app.name)).await?;
        patches_apply(&spec).map_err(|e| in_form(e, &form.spec))?;
        let (secrets, sealed) = self.seal(&app, inputs, Some(&before)).await?;
        let digests = self.digests(app.tenant, &spec, BTreeMap::new()).await?;
        let serves = running.as_ref().unwrap_or(&before);
        let again = Draft::again(&app, &namespace, OperationKind::Publish, &before, (&before, serves), reason);
        let draft = Draft { spec, digests, secrets, sealed, ..again };
        let drawn = self.draw_up(draft, "app.upgrade");
        self.must_fit(&namespace, Some(serves), &drawn)?;
        self.keep(&app, &right, None, drawn).await.map_err(|e| in_form(e, &form.spec))
    }

    /// Records a release that is an earlier one again: the same image by digest, the same configuration object, the
    /// same versions of secrets. A release that is under way gives way.
    pub(super) async fn roll_app_back(&self, id: AppId, release: u32, reason: &str) -> Answer<Started> {
        let (app, right) = self.app_for(id, Permission::AppRollback, "app.roll_back").await?;
        let reason = check_reason(reason)?;
        let target = self.release_of(id, release).await?;
        if app.deleting {
            return Err(self.busy(id).await);
        }
        if target.row.state == ReleaseState::Live && app.newest_release == release {
            return Err(UiError::new(
                ErrorKind::Conflict,
                text!("Release {release} is the one that runs.", "发布 {release} 正在运行。"),
            ));
        }
        let number = app.newest_release + 1;
        let gives_way = text!("Given up for the rollback, release {number}.", "因回滚（发布 {number}）而中止。");
        let again = Again { target: &target, action: "app.roll_back", reason, asks: true };
        self.release_again(&app, &right, again, Some(&gives_way)).await
    }

    /// Records a release that is an earlier one once more. With `instead_of`, one that is under way gives way.
    pub(super) async fn release_again(
        &self,
        app: &App,
        right: &authz::App,
        again: Again<'_>,
        instead_of: Option<&Text>,
    ) -> Answer<Started> {
        self.may_route(app, again.target.spec.routes(), again.action).await?;
        let namespace = self.namespace_of(app.namespace).await?;
        let (before, running) = self.newest_and_running(app).await?;
        let both = (&before, running.as_ref().unwrap_or(&before));
        let drawn = self.draw_again(app, &namespace, both, again).await?;
        self.keep(app, right, instead_of, drawn).await
    }

    /// A release that is an earlier one once more, drawn up and not kept. `before` is the newest one, `running` the one that
    /// serves.
    pub(super) async fn draw_again(
        &self,
        app: &App,
        namespace: &Namespace,
        (before, running): (&Release, &Release),
        again: Again<'_>,
    ) -> Answer<Drawn> {
        let Again { target, action, reason, asks } = again;
        let digests = if asks {
            self.digests(app.tenant, &target.spec, target.digests.clone()).await?
        } else {
            target.digests.clone()
        };
        let draft = Draft {
            digests,
            rollback_of: Some(target.row.number),
            ..Draft::again(app, namespace, OperationKind::RollBack, target, (before, running), reason)
        };
        Ok(self.draw_up(draft, action))
    }

    /// Starts the deletion. A release that is under way gives way.
    pub(super) async fn delete_app(&self, id: AppId, form: &DeleteForm) -> Answer<Started> {
        let (app, right) = self.app_for(id, Permission::AppDelete, "app.delete").await?;
        let namespace = self.namespace_of(app.namespace).await?;
        confirmed(&form.confirm, &app.name)?;
        let running = self.running_of(&app).await?;
        // Disks of its name that an earlier app kept are none of an app that keeps no data.
        let deletes_disks = form.deletes_disks()? && running.spec.is_stateful();
        let input = Input { deletes_disks, ..Input::default() };
        let operation = self.operation(&app, &namespace, OperationKind::DeleteApp, input);
        let started = Started { app: id, operation: operation.id, release: None };
        let gives_way = text!("Given up because the application is being deleted.", "因应用被删除而中止。");
        let mut entry = Entry::ok("app.delete", format!("app/{}", app.name))
            .tenant(Some(app.tenant))
            .gone(&recorded::ReleaseState::of(&running));
        if deletes_disks {
            entry = entry.detail("with its disks and the data on them");
        }
        if let Err(e) = records::begin_delete(&self.parts.db, &self.ctx, &right, &gives_way, operation, entry).await {
            return Err(self.conflict(&app, &[], e).await);
        }
        self.parts.operations.begin(started.operation, app.tenant, Some(id));
        Ok(started)
    }

    /// A template by its id, with what it asks for; `None` for an empty one.
    pub(super) async fn chosen_template(&self, id: &str) -> Answer<Option<Chosen>> {
        let id = id.trim();
        if id.is_empty() {
            return Ok(None);
        }
        let wrong =
            || UiError::invalid_field("template", text!("Choose a template that exists.", "请选择一个存在的模板。"));
        let id = id.parse().map_err(|_| wrong())?;
        let (template, values) = templates::find(&self.parts.db, &self.ctx, id).await?.ok_or_else(wrong)?;
        Ok(Some(((id, template.name, template.version), values)))
    }

    /// What a template asks for, and where secrets come from that nobody has thought of.
    pub(super) fn parameters_of<'a>(&'a self, chosen: Option<&'a Chosen>) -> Asked<'a> {
        let template = chosen.map(|(_, values)| values);
        Asked { template, made_up: Box::new(|| hex(&self.ctx.clock().random::<16>())) }
    }

    /// Giving a secret a value needs its own permission, and one of the namespace's that to publish in all of it; keeping
    /// the one that it has needs neither.
    pub(super) async fn may_write(
        &self,
        inputs: &[SecretInput],
        at: &Place,
        action: &'static str,
        app: &str,
    ) -> Answer<()> {
        // The namespace's secrets are for those who may publish there, not for those of one application in it.
        if inputs.iter().any(|input| input.from.is_some()) {
            let namespace = Place { app: None, ..*at };
            let decided = self.ctx.require_on(Permission::AppPublish, &namespace).map(|_| ());
            self.checked(decided, action, format!("app/{app}")).await?;
        }
        if inputs.iter().all(|input| input.value.is_none()) {
            return Ok(());
        }
        let decided = self.ctx.require_on(Permission::SecretWrite, at).map(|_| ());
        self.checked(decided, action, format!("app/{app}")).await
    }
}

fn check_new(form: &NewApp, asked: Asked<'_>) -> Answer<(ResourceName, String, AppSpec, Vec<SecretInput>)> {
    let mut checks = Checks::default();
    let name = checks.take(ResourceName::parse("name", &form.name));
    let reason = checks.take(reason_field(&form.reason));
    if let Some(wrong) = name.as_ref().and_then(|name| reserved(name.as_str())) {
        checks.fail("name", wrong);
    }
    let spec = match asked.fill(&form.spec, &form.values) {
        Ok(spec) => Some(spec),
        Err(errors) => {
            for error in errors.fields {
                checks.fail(&error.field, error.message);
            }
            None
        }
    };
    checks.finish(name.zip(reason).zip(spec).map(|((name, reason), (spec, inputs))| (name, reason, spec, inputs)))
}

/// That a form was filled in from a release which is not the newest any more.
pub(super) fn made_meanwhile(newest: u32) -> UiError {
    UiError::new(
        ErrorKind::Stale,
        text!(
            "Release {newest} was made meanwhile. Load the form anew and make your change again.",
            "期间已有新的发布 {newest}。请重新加载表单后再次修改。"
        ),
    )
}

/// Why an application cannot be called so; `None` when it can.
pub(super) fn wrong_app_name(name: &str) -> Option<Text> {
    ResourceName::parse("name", name).err().map(|wrong| wrong.message).or_else(|| reserved(name))
}

fn reserved(name: &str) -> Option<Text> {
    if name.ends_with(PODS_SUFFIX) {
        return Some(text!(
            "Names that end in “{PODS_SUFFIX}” are those by which pods of other apps are found; choose another.",
            "以“{PODS_SUFFIX}”结尾的名称用于访问其他应用的 Pod，请更换。"
        ));
    }
    (name == KEEPER).then(|| {
        text!(
            "“{KEEPER}” is the name of what keeps the namespace in order; choose another.",
            "“{KEEPER}”是系统用于管理命名空间的名称，请更换。"
        )
    })
}

pub(super) fn reason_field(reason: &str) -> Result<String, FieldError> {
    let reason = reason.trim();
    if reason.chars().count() > MAX_REASON {
        return Err(FieldError {
            field: "reason".to_owned(),
            message: text!("The reason is longer than {MAX_REASON} characters.", "原因超过 {MAX_REASON} 个字符。"),
        });
    }
    Ok(reason.to_owned())
}

pub(super) fn check_reason(reason: &str) -> Answer<String> {
    reason_field(reason).map_err(|e| UiError::invalid(vec![e]))
}

pub(super) fn parse_namespace(id: &str) -> Answer<NamespaceId> {
    id.trim().parse().map_err(|_| {
        UiError::invalid_field("namespace", text!("Choose a namespace that exists.", "请选择一个存在的命名空间。"))
    })
}
