//! Releases in the making: what is to run is rendered, checked against the room there is, recorded and started. Publishing,
//! upgrading, rolling back, scaling and restarting differ in what they are made from alone.

use std::collections::BTreeMap;

use app::{
    ErrorKind, UiError,
    i18n::Text,
    model::{
        AppId, AppSpec, FirstBatch, Millis, NamespaceId, OperationDetail, OperationId, OperationKind, Permission,
        ReleaseId, ReleaseState, Route, Started, TemplateId, TenantId,
    },
    service::Answer,
    text,
};

use serde_json::Value;

use super::{
    diff::{Side, changes},
    recorded::ReleaseState as RecordedRelease,
    rollout::is_held,
    session::SessionServices,
};
use crate::{
    auth::authz,
    database::{
        DatabaseError,
        app_secrets::SealedSecret,
        apps::{self as records, App, Publication},
        audit::Entry,
        namespaces::{self, Namespace},
        operations::{self, Input, NewOperation},
        releases::{NewRelease, Release},
        routes::Wanting,
    },
    operations::{held_steps, step_title, steps_of},
    render::{self, Subject, configuration::config_hash},
};

/// What a release is made from.
pub(super) struct Draft<'a> {
    pub(super) app: &'a App,
    pub(super) namespace: &'a Namespace,
    pub(super) kind: OperationKind,
    pub(super) number: u32,
    pub(super) spec: AppSpec,
    pub(super) digests: BTreeMap<String, String>,
    pub(super) secrets: Vec<(String, String)>,
    pub(super) sealed: Vec<SealedSecret>,
    pub(super) template: Option<(TemplateId, String, u32)>,
    pub(super) rollback_of: Option<u32>,
    /// The newest release.
    pub(super) before: Option<&'a Release>,
    /// The release that serves, whose pods stay when the new ones would be the same.
    pub(super) running: Option<&'a Release>,
    /// The pods that there are are what it says, whatever that release has recorded of them.
    pub(super) keeps_pods: bool,
    /// The template of pods that run already, and go on running as they are.
    pub(super) pods_as_they_are: Option<Value>,
    pub(super) reason: String,
}

impl<'a> Draft<'a> {
    /// The next release of an application: one that there is once more, image, secrets and all. `before` is the newest one,
    /// `running` the one that serves.
    pub(super) fn again(
        app: &'a App,
        namespace: &'a Namespace,
        kind: OperationKind,
        of: &Release,
        (before, running): (&'a Release, &'a Release),
        reason: String,
    ) -> Self {
        Self {
            app,
            namespace,
            kind,
            number: app.newest_release + 1,
            spec: of.spec.clone(),
            digests: of.digests.clone(),
            secrets: of.secrets.clone(),
            sealed: Vec::new(),
            template: template_of(of),
            rollback_of: None,
            before: Some(before),
            running: Some(running),
            keeps_pods: false,
            pods_as_they_are: None,
            reason,
        }
    }
}

/// A release as it is going to be kept, and what is answered when it is.
pub(super) struct Drawn {
    pub(super) publication: Publication,
    pub(super) entry: Entry,
    pub(super) started: Started,
}

impl SessionServices {
    /// The record of a release with everything that belongs to it.
    pub(super) fn draw_up(&self, draft: Draft<'_>, action: &'static str) -> Drawn {
        let Draft { app, namespace, spec, digests, secrets, .. } = draft;
        let mut subject = Subject {
            tenant: app.tenant,
            app: app.id,
            name: &app.name,
            namespace: &namespace.name,
            release: draft.number,
            pods: draft.number,
            spec: &spec,
            digests: &digests,
            secrets: &secrets,
        };
        let mut manifests = render::release(&subject);
        // Pods that never served are not worth keeping.
        let stays =
            |running: &&Release| running.row.state == ReleaseState::Live && draft.kind != OperationKind::Restart;
        if let Some(running) = draft.running.filter(stays) {
            let shared = Subject { pods: running.row.pods, ..subject.clone() };
            let same = render::release(&shared);
            if draft.keeps_pods || render::has_same_pods(&same, &running.manifests) {
                (subject, manifests) = (shared, same);
            }
        }
        if let Some(template) = draft.pods_as_they_are {
            render::keep_pods(&mut manifests, template);
        }
        let (config_hash, pods) = (config_hash(&subject), subject.pods);
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
        // Where there is nothing to go back to, or no pod comes, there is nothing to ask.
        let held = spec.update.first_batch == FirstBatch::Wait
            && draft.kind == OperationKind::Publish
            && app.live_release.is_some()
            && pods == draft.number
            && spec.replicas_from(1) > 0;
        let input = Input { release: Some(draft.number), held, ..Input::default() };
        let operation = self.operation(app, namespace, draft.kind, input);
        let started = Started { app: app.id, operation: operation.id, release: Some(draft.number) };
        let release = NewRelease {
            id: ReleaseId(self.ctx.clock().uuid()),
            number: draft.number,
            pods,
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
        Drawn { publication: Publication { release, secrets: draft.sealed, operation }, entry, started }
    }

    pub(super) fn operation(
        &self,
        app: &App,
        namespace: &Namespace,
        kind: OperationKind,
        input: Input,
    ) -> NewOperation {
        NewOperation {
            id: OperationId(self.ctx.clock().uuid()),
            kind,
            tenant: app.tenant,
            cluster: app.cluster,
            namespace: app.namespace,
            app: Some(app.id),
            object: format!("{}/{}", namespace.name, app.name),
            steps: if input.held { held_steps() } else { steps_of(kind) },
            input,
        }
    }

    /// Keeps a release of an application and starts its operation. With `instead_of`, one that is under way is given up for
    /// that reason.
    pub(super) async fn keep(
        &self,
        app: &App,
        right: &authz::App,
        instead_of: Option<&Text>,
        drawn: Drawn,
    ) -> Answer<Started> {
        let Drawn { publication, entry, started } = drawn;
        self.no_run_goes_on(app, &publication.release.spec).await?;
        let (db, newest) = (&self.parts.db, app.newest_release);
        let routes = publication.release.spec.routes().to_vec();
        if let Err(e) = records::release(db, &self.ctx, right, newest, instead_of, publication, entry).await {
            return Err(self.conflict(app, &routes, e).await);
        }
        self.parts.operations.begin(started.operation, app.tenant, Some(app.id));
        Ok(started)
    }

    /// The namespace of something that the actor was found to be allowed to act on.
    pub(super) async fn namespace_of(&self, id: NamespaceId) -> Answer<Namespace> {
        namespaces::find(&self.parts.db, &self.ctx, id).await?.ok_or_else(UiError::not_found)
    }

    /// A namespace in which the actor may do this. A refusal is written to the audit trail. Fails with `NotFound` when it is
    /// another tenant's or there is none, and with `Forbidden` without the permission.
    pub(super) async fn namespace_for(
        &self,
        id: NamespaceId,
        permission: Permission,
        action: &'static str,
    ) -> Answer<(Namespace, authz::Namespace)> {
        let found = namespaces::find(&self.parts.db, &self.ctx, id).await?.ok_or_else(UiError::not_found);
        let decided = found.and_then(|namespace| {
            let right = authz::Namespace::authorize(&self.ctx, permission, &namespace.place(), &namespace.name)?;
            Ok((namespace, right))
        });
        self.checked(decided, action, format!("namespace/{id}")).await
    }

    /// The release that serves, or the newest when none ever did.
    pub(super) async fn running_of(&self, app: &App) -> Answer<Release> {
        self.release_of(app.id, app.live_release.unwrap_or(app.newest_release)).await
    }

    /// Why a release was not kept, or a deletion: what runs already, or who has one of its addresses.
    pub(super) async fn conflict(&self, app: &App, routes: &[Route], error: DatabaseError) -> UiError {
        match error {
            DatabaseError::Taken("operation") => self.busy(app.id).await,
            DatabaseError::Taken("routes") => {
                let wanting = Wanting { cluster: app.cluster, tenant: app.tenant, app: app.id };
                self.address_taken(wanting, routes).await
            }
            other => other.into(),
        }
    }

    /// Why an application takes no other operation now: what is under way, by whom and since when.
    pub(super) async fn busy(&self, id: AppId) -> UiError {
        let running = async {
            let app = records::find(&self.parts.db, &self.ctx, id).await.ok()??;
            Some(operations::find(&self.parts.db, &self.ctx, app.operation?, step_title).await.ok()??.0)
        };
        let message = match running.await {
            Some(found) => under_way(&found, self.ctx.now()),
            None => text!(
                "Another operation of this application has just ended. Try again.",
                "该应用的另一项操作刚刚结束，请重试。"
            ),
        };
        UiError::new(ErrorKind::Conflict, message)
    }

    /// The digests to pin a release to: those that are known already, and what the registries tell of the other images.
    /// The nodes pull them, so that one which is not told is no reason to refuse.
    pub(super) async fn digests(
        &self,
        tenant: TenantId,
        spec: &AppSpec,
        known: BTreeMap<String, String>,
    ) -> Answer<BTreeMap<String, String>> {
        let asked = spec.images().into_iter().filter(|image| !known.contains_key(*image)).map(|image| async move {
            let login = self.login_for(Some(tenant), image).await?;
            Ok::<_, UiError>(match self.parts.registry.digest(image, login.as_ref()).await {
                Ok(digest) => Some((image.to_owned(), digest)),
                Err(error) => {
                    tracing::info!(%error, image, "the image is not pinned");
                    None
                }
            })
        });
        let told = futures::future::try_join_all(asked).await?;
        Ok(known.into_iter().chain(told.into_iter().flatten()).collect())
    }
}

/// What is under way, as whoever has to wait for it is told.
fn under_way(operation: &OperationDetail, now: Millis) -> Text {
    let row = &operation.row;
    let who = &row.actor_name;
    let (en, zh) = match (now - row.created_at) / 60_000 {
        ..1 => ("just now".to_owned(), "刚刚".to_owned()),
        minutes => (format!("{minutes} min ago"), format!("{minutes} 分钟前")),
    };
    let waits = is_held(operation);
    match row.kind {
        OperationKind::DeleteApp => text!("{who} began to delete this app {en}.", "{who} {zh}开始删除此应用。"),
        OperationKind::Import => text!(
            "An import that {who} began {en} is under way. Wait until it has ended.",
            "{who} {zh}开始的导入正在进行，请等待其结束。"
        ),
        _ if row.problem.is_some() => text!(
            "A release that {who} made {en} is being undone. Wait until that has ended.",
            "{who} {zh}创建的发布正在撤销，请等待其结束。"
        ),
        _ if waits => text!(
            "A release that {who} made {en} waits for a go-ahead. Go on with it or abort it first.",
            "{who} {zh}创建的发布正在等待确认。请先继续或中止它。"
        ),
        _ => text!(
            "A release that {who} made {en} is under way. Wait until it has ended, or abort it.",
            "{who} {zh}创建的发布正在进行。请等待其结束，或中止它。"
        ),
    }
}

/// The template and version that a release came from.
fn template_of(release: &Release) -> Option<(TemplateId, String, u32)> {
    release.template_id.zip(release.row.template.clone()).map(|(id, (name, version))| (id, name, version))
}
