//! What changes applications: publish, upgrade, roll back, delete. Each records what is wanted and an operation that
//! carries it out, in one transaction, and answers at once.

use std::collections::BTreeMap;

use app::{
    ErrorKind, FieldError, UiError,
    model::{
        AppId, AppSpec, Checks, FitAnswer, FitRequest, NamespaceId, NewApp, OperationId, OperationKind, Permission,
        Place, ReleaseId, ReleaseState, ResourceName, SecretInput, Started, TemplateId, Upgrade,
    },
    service::Answer,
    text,
};

use super::{
    diff::{Side, changes},
    fit::{Wish, reckon},
    namespaces::confirmed,
    recorded::ReleaseState as RecordedRelease,
    session::SessionServices,
};
use crate::{
    auth::authz,
    database::{
        DatabaseError,
        app_secrets::{self, SealedSecret},
        apps::{self as records, App, Publication},
        audit::Entry,
        namespaces::{self, Namespace},
        operations::{Input, NewOperation},
        releases::{NewRelease, Release},
        templates,
    },
    operations::steps_of,
    registry::RegistryError,
    render::{self, Subject, configuration::config_hash, namespace::KEEPER},
};

/// The most characters of a reason.
const MAX_REASON: usize = 500;

/// What a release is made from.
struct Draft<'a> {
    app: &'a App,
    namespace: &'a Namespace,
    kind: OperationKind,
    number: u32,
    spec: AppSpec,
    digests: BTreeMap<String, String>,
    secrets: Vec<(String, String)>,
    sealed: Vec<SealedSecret>,
    template: Option<(TemplateId, String, u32)>,
    rollback_of: Option<u32>,
    before: Option<&'a Release>,
    reason: String,
}

impl SessionServices {
    /// Whether a specification fits, with what the registry says of the image.
    pub(super) async fn check_fit(&self, request: FitRequest) -> Answer<FitAnswer> {
        let (spec, _) = request.spec.parse()?;
        let old = match request.app.trim() {
            "" => None,
            id => {
                let id = id.parse().map_err(|_| UiError::not_found())?;
                Some(self.app_for(id, Permission::AppRead, "app.fit").await?.0)
            }
        };
        let namespace = match &old {
            Some(app) => self.namespace_of(app.namespace).await?,
            None => {
                let namespace = self.namespace_of(parse_namespace(&request.namespace)?).await?;
                let place = namespace.place();
                authz::Namespace::authorize(&self.ctx, Permission::NamespaceRead, &place, &namespace.name)?;
                namespace
            }
        };
        let image = self.parts.registry.digest(spec.image()).await;
        self.fits(&namespace, old.as_ref(), &spec, Some(&image)).await
    }

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
        let (name, reason, spec, inputs) = check_new(&form)?;
        self.may_write(&inputs, &namespace.place(), "app.publish", &name.to_string()).await?;
        let app = App {
            id: AppId(self.ctx.clock().uuid()),
            tenant: namespace.tenant,
            cluster: namespace.cluster,
            namespace: namespace.id,
            name: name.to_string(),
            newest_release: 1,
            live_release: None,
            operation: None,
            deleting: false,
            created_at: self.ctx.now(),
        };
        let (secrets, sealed) = self.seal(app.id, inputs, None).await?;
        let template = self.template_of(&form.template).await?;
        let digests = self.digests(&spec, BTreeMap::new()).await;
        self.must_fit(&namespace, None, &spec).await?;
        let draft = Draft {
            app: &app,
            namespace: &namespace,
            kind: OperationKind::Publish,
            number: 1,
            spec,
            digests,
            secrets,
            sealed,
            template,
            rollback_of: None,
            before: None,
            reason,
        };
        let (publication, entry, started) = self.draw_up(draft, "app.publish");
        records::publish(&self.parts.db, &self.ctx, &right, &app, publication, entry).await?;
        self.parts.operations.begin(started.operation, app.tenant, Some(app.id));
        Ok(started)
    }

    /// Records a release from a form that was filled in from the newest one.
    pub(super) async fn upgrade_app(&self, id: AppId, form: Upgrade) -> Answer<Started> {
        let (app, right) = self.app_for(id, Permission::AppPublish, "app.upgrade").await?;
        let namespace = self.namespace_of(app.namespace).await?;
        let reason = check_reason(&form.reason)?;
        let (spec, inputs) = form.spec.parse()?;
        if form.based_on.trim().parse() != Ok(app.newest_release) {
            let newest = app.newest_release;
            return Err(UiError::new(
                ErrorKind::Stale,
                text!(
                    "Release {newest} was made meanwhile. Load the form anew and make your change again.",
                    "期间已有新的发布 {newest}。请重新加载表单后再次修改。"
                ),
            ));
        }
        if app.operation.is_some() {
            return Err(busy());
        }
        self.may_write(&inputs, &app.place(), "app.upgrade", &app.name).await?;
        let before = self.release_of(id, app.newest_release).await?;
        let (secrets, sealed) = self.seal(id, inputs, Some(&before)).await?;
        let digests = self.digests(&spec, BTreeMap::new()).await;
        self.must_fit(&namespace, Some(&app), &spec).await?;
        let template = before.template_id.zip(before.row.template.clone()).map(|(id, (name, v))| (id, name, v));
        let draft = Draft {
            app: &app,
            namespace: &namespace,
            kind: OperationKind::Publish,
            number: app.newest_release + 1,
            spec,
            digests,
            secrets,
            sealed,
            template,
            rollback_of: None,
            before: Some(&before),
            reason,
        };
        let (publication, entry, started) = self.draw_up(draft, "app.upgrade");
        records::release(&self.parts.db, &self.ctx, &right, app.newest_release, None, publication, entry)
            .await
            .map_err(conflict)?;
        self.parts.operations.begin(started.operation, app.tenant, Some(id));
        Ok(started)
    }

    /// Records a release that is an earlier one again: the same image by digest, the same configuration object, the
    /// same versions of secrets. A release that is under way gives way.
    pub(super) async fn roll_app_back(&self, id: AppId, release: u32, reason: &str) -> Answer<Started> {
        let (app, right) = self.app_for(id, Permission::AppRollback, "app.roll_back").await?;
        let namespace = self.namespace_of(app.namespace).await?;
        let reason = check_reason(reason)?;
        let target = self.release_of(id, release).await?;
        if app.deleting {
            return Err(busy());
        }
        if target.row.state == ReleaseState::Live && app.newest_release == release {
            return Err(UiError::new(
                ErrorKind::Conflict,
                text!("Release {release} is the one that runs.", "发布 {release} 正在运行。"),
            ));
        }
        let before = self.release_of(id, app.newest_release).await?;
        // A release that was never pinned is asked for again; the tag may have been moved since.
        let digests = self.digests(&target.spec, target.digests.clone()).await;
        let template = target.template_id.zip(target.row.template.clone()).map(|(id, (name, v))| (id, name, v));
        let draft = Draft {
            app: &app,
            namespace: &namespace,
            kind: OperationKind::RollBack,
            number: app.newest_release + 1,
            spec: target.spec.clone(),
            digests,
            secrets: target.secrets.clone(),
            sealed: Vec::new(),
            template,
            rollback_of: Some(release),
            before: Some(&before),
            reason,
        };
        let (publication, entry, started) = self.draw_up(draft, "app.roll_back");
        let number = app.newest_release + 1;
        let gives_way = text!("Given up for the rollback, release {number}.", "因回滚（发布 {number}）而中止。");
        let newest = app.newest_release;
        records::release(&self.parts.db, &self.ctx, &right, newest, Some(&gives_way), publication, entry)
            .await
            .map_err(conflict)?;
        self.parts.operations.begin(started.operation, app.tenant, Some(id));
        Ok(started)
    }

    /// Starts the deletion. A release that is under way gives way.
    pub(super) async fn delete_app(&self, id: AppId, confirm: &str) -> Answer<Started> {
        let (app, right) = self.app_for(id, Permission::AppDelete, "app.delete").await?;
        let namespace = self.namespace_of(app.namespace).await?;
        confirmed(confirm, &app.name)?;
        let operation = self.operation(&app, &namespace, OperationKind::DeleteApp, Input::default());
        let started = Started { app: id, operation: operation.id, release: None };
        let gives_way = text!("Given up because the application is being deleted.", "因应用被删除而中止。");
        let entry = Entry::ok("app.delete", format!("app/{}", app.name)).tenant(Some(app.tenant));
        records::begin_delete(&self.parts.db, &self.ctx, &right, &gives_way, operation, entry)
            .await
            .map_err(conflict)?;
        self.parts.operations.begin(started.operation, app.tenant, Some(id));
        Ok(started)
    }

    /// The namespace of something that the actor was found to be allowed to act on.
    async fn namespace_of(&self, id: NamespaceId) -> Answer<Namespace> {
        namespaces::find(&self.parts.db, &self.ctx, id).await?.ok_or_else(UiError::not_found)
    }

    /// The record of a release with everything that belongs to it.
    fn draw_up(&self, draft: Draft<'_>, action: &'static str) -> (Publication, Entry, Started) {
        let Draft { app, namespace, spec, digests, secrets, .. } = draft;
        let subject = Subject {
            tenant: app.tenant,
            app: app.id,
            name: &app.name,
            namespace: &namespace.name,
            release: draft.number,
            spec: &spec,
            digests: &digests,
            secrets: &secrets,
        };
        let (manifests, config_hash) = (render::release(&subject), config_hash(&subject));
        let changes = draft
            .before
            .map(|before| changes(Side::of(before), Side::new(&spec, &digests, &secrets)))
            .unwrap_or_default();
        let entry = Entry::ok(action, format!("app/{}", app.name))
            .tenant(Some(app.tenant))
            .detail(format!("release {}, image {}", draft.number, spec.image()))
            .change(
                draft.before.map(RecordedRelease::of).as_ref(),
                Some(&RecordedRelease::new(draft.number, &spec, &digests, &config_hash, &secrets)),
            );
        let input = Input { release: Some(draft.number) };
        let operation = self.operation(app, namespace, draft.kind, input);
        let started = Started { app: app.id, operation: operation.id, release: Some(draft.number) };
        let release = NewRelease {
            id: ReleaseId(self.ctx.clock().uuid()),
            number: draft.number,
            spec,
            digests,
            config_hash,
            secrets,
            manifests,
            changes,
            template: draft.template,
            rollback_of: draft.rollback_of,
            reason: draft.reason,
        };
        (Publication { release, secrets: draft.sealed, operation }, entry, started)
    }

    fn operation(&self, app: &App, namespace: &Namespace, kind: OperationKind, input: Input) -> NewOperation {
        NewOperation {
            id: OperationId(self.ctx.clock().uuid()),
            kind,
            tenant: app.tenant,
            cluster: app.cluster,
            namespace: app.namespace,
            app: Some(app.id),
            object: format!("{}/{}", namespace.name, app.name),
            input,
            steps: steps_of(kind),
        }
    }

    /// Giving a secret a value needs its own permission; keeping the one that it has does not.
    async fn may_write(&self, inputs: &[SecretInput], at: &Place, action: &'static str, app: &str) -> Answer<()> {
        if inputs.iter().all(|input| input.value.is_none()) {
            return Ok(());
        }
        let decided = self.ctx.require_on(Permission::SecretWrite, at).map(|_| ());
        self.checked(decided, action, format!("app/{app}")).await
    }

    /// The versions that a release runs with, and the new ones among them. A value that is the same as before stays
    /// the version that it was.
    async fn seal(
        &self,
        app: AppId,
        inputs: Vec<SecretInput>,
        before: Option<&Release>,
    ) -> Answer<(Vec<(String, String)>, Vec<SealedSecret>)> {
        let old = before.map(|r| r.secrets.as_slice()).unwrap_or_default();
        let kept = app_secrets::sealed(&self.parts.db, &self.ctx, app, old).await?;
        let (mut versions, mut sealed, mut errors) = (Vec::new(), Vec::new(), Vec::new());
        for SecretInput { name, value } in inputs {
            let previous = old.iter().find(|(n, _)| *n == name).map(|(_, version)| version.clone());
            match (value, previous) {
                (None, Some(version)) => versions.push((name, version)),
                (None, None) => errors.push(FieldError {
                    field: "secrets".to_owned(),
                    message: text!(
                        "{name} has no value yet: write {name}=value.",
                        "{name} 还没有值：请写成 {name}=值。"
                    ),
                }),
                (Some(value), previous) => {
                    let same = previous.filter(|version| {
                        let context = app_secrets::context(app, &name, version);
                        kept.get(&name)
                            .and_then(|sealed| self.parts.vault.open(&context, sealed).ok())
                            .is_some_and(|old| old.as_slice() == value.as_bytes())
                    });
                    if let Some(version) = same {
                        versions.push((name, version));
                        continue;
                    }
                    let version = hex(&self.ctx.clock().random::<5>());
                    let context = app_secrets::context(app, &name, &version);
                    let value = self.parts.vault.seal(&context, value.as_bytes());
                    sealed.push(SealedSecret { name: name.clone(), version: version.clone(), sealed: value });
                    versions.push((name, version));
                }
            }
        }
        if !errors.is_empty() {
            return Err(UiError::invalid(errors));
        }
        versions.sort();
        Ok((versions, sealed))
    }

    /// The digests to pin a release to: those that are known already, and what the registries tell of the other images.
    /// The nodes pull them, so that one which is not told is no reason to refuse.
    async fn digests(&self, spec: &AppSpec, known: BTreeMap<String, String>) -> BTreeMap<String, String> {
        let asked = spec.images().into_iter().filter(|image| !known.contains_key(*image)).map(|image| async move {
            match self.parts.registry.digest(image).await {
                Ok(digest) => Some((image.to_owned(), digest)),
                Err(error) => {
                    tracing::info!(%error, image, "the image is not pinned");
                    None
                }
            }
        });
        let told = futures::future::join_all(asked).await;
        known.into_iter().chain(told.into_iter().flatten()).collect()
    }

    async fn template_of(&self, id: &str) -> Answer<Option<(TemplateId, String, u32)>> {
        let id = id.trim();
        if id.is_empty() {
            return Ok(None);
        }
        let wrong =
            || UiError::invalid_field("template", text!("Choose a template that exists.", "请选择一个存在的模板。"));
        let id = id.parse().map_err(|_| wrong())?;
        let (template, _) = templates::find(&self.parts.db, &self.ctx, id).await?.ok_or_else(wrong)?;
        Ok(Some((id, template.name, template.version)))
    }

    async fn must_fit(&self, namespace: &Namespace, old: Option<&App>, spec: &AppSpec) -> Answer<()> {
        let answer = self.fits(namespace, old, spec, None).await?;
        if answer.fits { Ok(()) } else { Err(UiError::new(ErrorKind::Conflict, answer.summary)) }
    }

    async fn fits(
        &self,
        namespace: &Namespace,
        old: Option<&App>,
        spec: &AppSpec,
        image: Option<&Result<String, RegistryError>>,
    ) -> Answer<FitAnswer> {
        let cluster = self.parts.fleet.get(namespace.cluster).ok_or_else(super::unavailable)?;
        let old = match old {
            Some(app) => Some(self.release_of(app.id, app.live_release.unwrap_or(app.newest_release)).await?),
            None => None,
        };
        let index = cluster.index();
        let running = old.as_ref().and_then(|release| index.app_view(&namespace.name, release.app)?.deployment);
        let running = running.map_or_else(|| old.as_ref().map_or(0, |r| r.spec.replicas), |d| d.replicas);
        let wish = Wish { new: spec, old: old.as_ref().map(|r| (&r.spec, running)) };
        Ok(reckon(wish, namespace.quota, index.namespace_used(&namespace.name), &index.node_room(), image))
    }
}

fn check_new(form: &NewApp) -> Answer<(ResourceName, String, AppSpec, Vec<SecretInput>)> {
    let mut checks = Checks::default();
    let name = checks.take(ResourceName::parse("name", &form.name));
    let reason = checks.take(reason_field(&form.reason));
    if name.as_ref().is_some_and(|name| name.as_str() == KEEPER) {
        checks.fail(
            "name",
            text!(
                "“{KEEPER}” is the name of what keeps the namespace in order; choose another.",
                "“{KEEPER}”是系统用于管理命名空间的名称，请更换。"
            ),
        );
    }
    let spec = match form.spec.parse() {
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

fn reason_field(reason: &str) -> Result<String, FieldError> {
    let reason = reason.trim();
    if reason.chars().count() > MAX_REASON {
        return Err(FieldError {
            field: "reason".to_owned(),
            message: text!("The reason is longer than {MAX_REASON} characters.", "原因超过 {MAX_REASON} 个字符。"),
        });
    }
    Ok(reason.to_owned())
}

fn check_reason(reason: &str) -> Answer<String> {
    reason_field(reason).map_err(|e| UiError::invalid(vec![e]))
}

fn parse_namespace(id: &str) -> Answer<NamespaceId> {
    id.trim().parse().map_err(|_| {
        UiError::invalid_field("namespace", text!("Choose a namespace that exists.", "请选择一个存在的命名空间。"))
    })
}

/// The operation that runs already is the one conflict that a form cannot name a field for.
fn conflict(error: DatabaseError) -> UiError {
    match error {
        DatabaseError::Taken("operation") => busy(),
        other => other.into(),
    }
}

fn busy() -> UiError {
    UiError::new(
        ErrorKind::Conflict,
        text!(
            "Another operation of this application is under way. Wait until it has ended.",
            "该应用有其他操作正在进行，请等待其结束。"
        ),
    )
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
