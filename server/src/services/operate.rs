//! What keeps an application running between upgrades: another number of pods, pods made anew, and a word to a release that
//! is on its way. All of it is on the timeline or in the audit trail.

use app::{
    ErrorKind, UiError,
    model::{AppId, Checks, MAX_REPLICAS, OperationId, OperationKind, Permission, Scale, Started, WorkloadKind},
    service::Answer,
    text,
};

use super::{
    drafts::Draft,
    publishing::{check_reason, made_meanwhile, reason_field},
    session::SessionServices,
};
use crate::{
    database::{
        DatabaseError,
        apps::{self as records, App},
        audit::Entry,
        operations,
        releases::Release,
    },
    operations::{GO_AHEAD, leaving_step, step_title},
    render,
};

impl SessionServices {
    /// Records what runs with another number of pods, and starts it.
    pub(super) async fn scale_app(&self, id: AppId, form: Scale) -> Answer<Started> {
        let (app, right) = self.app_for(id, Permission::AppOperate, "app.scale").await?;
        let (replicas, reason) = check_scale(&form)?;
        let based_on = form.based_on.trim();
        if !based_on.is_empty() && based_on.parse() != Ok(app.newest_release) {
            return Err(made_meanwhile(app.newest_release));
        }
        let running = self.at_rest(&app).await?;
        if running.spec.runs_to_end() {
            return Err(UiError::invalid_field(
                "replicas",
                text!(
                    "How many pods of a run work at a time is part of its specification. Change it by an upgrade.",
                    "同时运行的 Pod 数量由规格决定，请通过升级修改。"
                ),
            ));
        }
        if running.spec.autoscaling.is_some() {
            return Err(UiError::invalid_field(
                "replicas",
                text!(
                    "Autoscaling decides how many pods there are. Change its limits by an upgrade.",
                    "Pod 数量由自动伸缩决定。请通过升级修改其上下限。"
                ),
            ));
        }
        if running.spec.replicas == replicas {
            return Err(UiError::invalid_field(
                "replicas",
                text!("It is to have {replicas} pods already.", "已经是 {replicas} 个 Pod。"),
            ));
        }
        let namespace = self.namespace_of(app.namespace).await?;
        let before = self.release_of(id, app.newest_release).await?;
        let mut spec = running.spec.clone();
        spec.replicas = replicas;
        let both = (&before, &running);
        // How many there are says nothing of what they are, whoever made them.
        let draft = Draft {
            spec,
            keeps_pods: true,
            pods_as_they_are: render::template_of(&running.manifests),
            ..Draft::again(&app, &namespace, OperationKind::Scale, &running, both, reason)
        };
        let drawn = self.draw_up(draft, "app.scale");
        self.must_fit(&namespace, Some(&running), &drawn)?;
        self.keep(&app, &right, None, drawn).await
    }

    /// Records what runs once more, to be run by new pods, and starts it.
    pub(super) async fn restart_app(&self, id: AppId, reason: &str) -> Answer<Started> {
        let (app, right) = self.app_for(id, Permission::AppOperate, "app.restart").await?;
        let reason = check_reason(reason)?;
        let running = self.at_rest(&app).await?;
        if running.spec.kind == WorkloadKind::CronJob {
            return Err(UiError::new(
                ErrorKind::Conflict,
                text!(
                    "What runs by a schedule has nothing to restart. Run it now instead.",
                    "按计划运行的应用没有可重启的 Pod，请改用立即运行。"
                ),
            ));
        }
        if running.spec.replicas_from(1) == 0 {
            return Err(UiError::new(
                ErrorKind::Conflict,
                text!("It is scaled to nothing, so that there is no pod to restart.", "已缩容到零，没有可重启的 Pod。"),
            ));
        }
        let namespace = self.namespace_of(app.namespace).await?;
        let before = self.release_of(id, app.newest_release).await?;
        // A job is run again as it was last meant to be, also when it did not come to that.
        let running = if before.spec.kind == WorkloadKind::Job { before.clone() } else { running };
        let digests = self.digests(app.tenant, &running.spec, running.digests.clone()).await?;
        let both = (&before, &running);
        let draft = Draft { digests, ..Draft::again(&app, &namespace, OperationKind::Restart, &running, both, reason) };
        let drawn = self.draw_up(draft, "app.restart");
        self.must_fit(&namespace, Some(&running), &drawn)?;
        self.keep(&app, &right, None, drawn).await
    }

    /// Lets a release go on whose first batch serves.
    pub(super) async fn continue_release(&self, id: AppId, release: u32) -> Answer<Started> {
        let (app, right) = self.app_for(id, Permission::AppPublish, "app.continue").await?;
        let entry = entry("app.continue", &app, format!("release {release}"));
        match records::go_on(&self.parts.db, &self.ctx, &right, release, GO_AHEAD, entry).await {
            Ok(operation) => Ok(self.begun(&app, operation, release)),
            Err(DatabaseError::Stale) => Err(UiError::new(
                ErrorKind::Conflict,
                text!("Release {release} does not wait for a go-ahead.", "发布 {release} 没有在等待确认。"),
            )),
            Err(e) => Err(e.into()),
        }
    }

    /// Gives up a release that is on its way; what served before serves again, and of the very first its pods go.
    pub(super) async fn abort_release(&self, id: AppId, release: u32, reason: &str) -> Answer<Started> {
        let (app, right) = self.app_for(id, Permission::AppRollback, "app.abort").await?;
        let reason = check_reason(reason)?;
        let spec = self.release_of(id, app.newest_release).await?.spec;
        if app.live_release.is_none() && spec.kind != WorkloadKind::Job {
            if self.is_being_imported(&app).await? {
                return Err(UiError::new(
                    ErrorKind::Conflict,
                    text!(
                        "An import takes over what runs, and is not aborted: it ends by itself, or gives up and leaves everything as it was.",
                        "导入会接管正在运行的内容，不能中止：它会自行完成，或放弃并保持原状。"
                    ),
                ));
            }
            // Pods of one that failed may serve after all.
            if app.newest_release > 1 {
                return Err(UiError::new(
                    ErrorKind::Conflict,
                    text!(
                        "No release has served yet, so that there is nothing to go back to. Wait for its deadline, or delete the app.",
                        "尚无正常运行过的发布，无法恢复。请等待期限结束，或删除该应用。"
                    ),
                ));
            }
        }
        let who = self.ctx.actor_name();
        let why = if reason.is_empty() {
            text!("Aborted by {who}.", "由 {who} 中止。")
        } else {
            text!("Aborted by {who}: {reason}", "由 {who} 中止：{reason}")
        };
        let entry = entry("app.abort", &app, format!("release {release}: {reason}"));
        match records::abort(
            &self.parts.db,
            &self.ctx,
            &right,
            release,
            &why,
            |served| leaving_step(&spec, served),
            entry,
        )
        .await
        {
            Ok(operation) => Ok(self.begun(&app, operation, release)),
            Err(DatabaseError::Stale) => Err(UiError::new(
                ErrorKind::Conflict,
                text!(
                    "Release {release} is not on its way any more. To leave it, roll back.",
                    "发布 {release} 已不在进行中。如需撤销，请回滚。"
                ),
            )),
            Err(e) => Err(e.into()),
        }
    }

    /// Whether what is under way takes over what ran already.
    async fn is_being_imported(&self, app: &App) -> Answer<bool> {
        let Some(operation) = app.operation else { return Ok(false) };
        let found = operations::find(&self.parts.db, &self.ctx, operation, step_title).await?;
        Ok(found.is_some_and(|(found, _)| found.row.kind == OperationKind::Import))
    }

    /// The release that serves, when nothing is under way.
    async fn at_rest(&self, app: &App) -> Answer<Release> {
        if app.operation.is_some() {
            return Err(self.busy(app.id).await);
        }
        self.running_of(app).await
    }

    fn begun(&self, app: &App, operation: OperationId, release: u32) -> Started {
        self.parts.operations.begin(operation, app.tenant, Some(app.id));
        Started { app: app.id, operation, release: Some(release) }
    }
}

fn entry(action: &'static str, app: &App, detail: String) -> Entry {
    Entry::ok(action, format!("app/{}", app.name)).tenant(Some(app.tenant)).detail(detail)
}

fn check_scale(form: &Scale) -> Answer<(u32, String)> {
    let mut checks = Checks::default();
    let replicas = form.replicas.trim().parse::<u32>().ok().filter(|replicas| *replicas <= MAX_REPLICAS);
    if replicas.is_none() {
        checks.fail(
            "replicas",
            text!("Write a whole number from 0 to {MAX_REPLICAS}.", "请填写 0 到 {MAX_REPLICAS} 之间的整数。"),
        );
    }
    let reason = checks.take(reason_field(&form.reason));
    checks.finish(replicas.zip(reason))
}
