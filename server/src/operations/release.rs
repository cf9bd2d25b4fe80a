//! The steps that put a release to run: of a new application, an upgrade, or a rollback.
//!
//! The old pods serve until enough new ones do. When the release does not get ready in time it has failed, and the
//! Deployment goes back to the release that served, so that the stuck pods go away.

use std::{collections::HashSet, time::Duration};

use app::{
    i18n::Text,
    model::{AppSpec, ClusterState},
    text,
};
use serde_json::Value;

use super::{
    reasons::{Verdict, verdict},
    work::{StepError, Work, label},
};
use crate::{
    database::{
        apps, namespaces,
        operation_work::{Effect, StepEnd},
        releases::{self, Release},
    },
    kubernetes::fleet::Cluster,
    render::{self, APP_LABEL, RELEASE_LABEL, Subject, configuration},
};

pub(super) const CONFIGURE: &str = "configure";
pub(super) const APPLY: &str = "apply";
pub(super) const ROLL_OUT: &str = "roll_out";
pub(super) const COLLECT: &str = "collect";
pub(super) const RESTORE: &str = "restore";
/// The steps, in order; `RESTORE` follows a failure.
pub(super) const STEPS: [&str; 4] = [CONFIGURE, APPLY, ROLL_OUT, COLLECT];

/// Of how many releases the configuration stays in the cluster. Older ones are put there again by a rollback.
const KEPT_RELEASES: u64 = 20;

/// Runs the operation's present step.
pub(super) async fn step(work: &Work<'_>) -> Result<StepEnd, StepError> {
    let target = Target::read(work).await?;
    let ended = match work.operation().step.as_str() {
        CONFIGURE => configure(work, &target, &target.release).await.map(|()| StepEnd::Done(Effect::None)),
        APPLY => apply(work, &target, &target.release).await.map(|()| StepEnd::Done(Effect::RollingOut)),
        ROLL_OUT => roll_out(work, &target).await.map(|()| StepEnd::Done(Effect::Live)),
        COLLECT => collect(work, &target).await.map(|()| StepEnd::Done(Effect::None)),
        _ => return restore(work, &target).await.map(|()| StepEnd::Undone),
    };
    match ended {
        // What cannot be tried within the deadline has failed as well.
        Err(StepError::Later(why)) if work.operation().step != COLLECT && target.is_late(work) => {
            Err(StepError::Failed(why))
        }
        other => other,
    }
}

/// What is to be put to run, and where.
struct Target {
    app: apps::App,
    namespace: namespaces::Namespace,
    release: Release,
}

impl Target {
    async fn read(work: &Work<'_>) -> Result<Self, StepError> {
        let app = work.app().await?;
        let namespace = work.namespace().await?;
        let number = work.operation().input.release.unwrap_or(app.newest_release);
        let release = find(work, &app, number).await?;
        Ok(Self { app, namespace, release })
    }

    fn is_late(&self, work: &Work<'_>) -> bool {
        let deadline = i64::from(self.release.spec.deadline_seconds()) * 1000;
        work.ctx().now() > work.operation().step_started_at + deadline
    }
}

async fn find(work: &Work<'_>, app: &apps::App, number: u32) -> Result<Release, StepError> {
    releases::find(work.db(), work.ctx(), app.id, number)
        .await?
        .ok_or_else(|| StepError::Failed(text!("There is no release {number}.", "没有发布 {number}。")))
}

fn kind(object: &Value) -> &str {
    object["kind"].as_str().unwrap_or_default()
}

/// Puts the immutable objects in place: the configuration file as recorded, the secrets with their values.
async fn configure(work: &Work<'_>, target: &Target, release: &Release) -> Result<(), StepError> {
    let cluster = work.cluster()?;
    work.still_mine().await?;
    work.let_tenant_in(&cluster, &target.namespace).await?;
    for object in &release.manifests {
        let object = match kind(object) {
            "ConfigMap" => object.clone(),
            "Secret" => secret(work, target, release).await?,
            _ => continue,
        };
        work.still_mine().await?;
        cluster.apply(&work.tenant(), &object).await?;
    }
    Ok(())
}

async fn secret(work: &Work<'_>, target: &Target, release: &Release) -> Result<Value, StepError> {
    let values = work.secrets(target.app.id, &release.secrets).await?;
    let subject = Subject {
        tenant: target.app.tenant,
        app: target.app.id,
        name: &target.app.name,
        namespace: &target.namespace.name,
        release: release.row.number,
        spec: &release.spec,
        digests: &release.digests,
        secrets: &release.secrets,
    };
    configuration::secret(&subject, Some(values))
        .ok_or_else(|| StepError::Failed(text!("The release has no secrets.", "该发布没有密钥。")))
}

/// Hands over what bears the application's name: the Deployment and what stands around it.
async fn apply(work: &Work<'_>, target: &Target, release: &Release) -> Result<(), StepError> {
    let cluster = work.cluster()?;
    for object in release.manifests.iter().filter(|o| !matches!(kind(o), "ConfigMap" | "Secret")) {
        // A release's number only ever rises; going back is the business of `restore` alone.
        let restoring = work.operation().step == RESTORE;
        let newest = target.release.row.number;
        let may_replace = |there: &Value| {
            let there: u32 = label(there, RELEASE_LABEL).parse().unwrap_or(0);
            if restoring { there <= newest } else { there <= release.row.number }
        };
        let fill = |wanted: &mut Value, there: Option<&Value>| keep_replicas(&release.spec, wanted, there);
        work.apply_named(&cluster, object, may_replace, fill).await?;
    }
    Ok(())
}

/// An autoscaled Deployment keeps as many pods as it has, within the limits: a field that is left out would be taken back
/// by the API server, which then goes on with one pod.
fn keep_replicas(spec: &AppSpec, wanted: &mut Value, there: Option<&Value>) {
    if spec.autoscaling.is_none() || kind(wanted) != "Deployment" {
        return;
    }
    let there = there.and_then(|there| there.pointer("/spec/replicas")).and_then(Value::as_u64);
    let now = there.and_then(|n| u32::try_from(n).ok()).unwrap_or(spec.replicas);
    wanted["spec"]["replicas"] = spec.replicas_from(now).into();
}

/// Waits until the release's pods serve and the others are gone, as the watch tells it.
async fn roll_out(work: &Work<'_>, target: &Target) -> Result<(), StepError> {
    let cluster = work.cluster()?;
    let (namespace, number) = (target.namespace.name.as_str(), target.release.row.number);
    let mut changes = cluster.index().changes();
    let mut patience = Patience::new(&target.release, work.operation().step_started_at);
    let (mut said, mut seen) = (None, None);
    loop {
        changes.mark_unchanged();
        let now = work.ctx().now();
        let note = if is_watched(&cluster) {
            let view = cluster.index().app_view(namespace, target.app.id);
            match verdict(view.as_ref(), &target.release.spec, number, now) {
                Verdict::Serves => return Ok(()),
                Verdict::Failed(reason) => return Err(StepError::Failed(late(target, &reason))),
                Verdict::Waits { reason, progress } => {
                    if patience.is_over(&progress, now) {
                        return Err(StepError::Failed(late(target, &reason)));
                    }
                    Some(reason)
                }
            }
        } else {
            patience.pause(now);
            Some(text!("The cluster cannot be watched at the moment.", "目前无法监视集群。"))
        };
        work.say(&mut said, note).await?;
        // Most changes are about something else: go on when the namespace has one, and look twice a second at least.
        let mut pauses = 0;
        while pauses < 5 {
            tokio::select! {
                _ = changes.changed() => tokio::time::sleep(Duration::from_millis(100)).await,
                () = tokio::time::sleep(Duration::from_millis(500)) => pauses = 5,
            }
            pauses += 1;
            let change = Some(cluster.index().namespace_changes(namespace));
            if change != seen {
                seen = change;
                break;
            }
        }
        work.still_mine().await?;
    }
}

fn is_watched(cluster: &Cluster) -> bool {
    cluster.state() == ClusterState::Live
}

/// Whether a rollout goes on. Kubernetes itself reports when the deadline has passed without progress; this is for
/// when that report does not come, because its controllers do not run.
struct Patience {
    last: (u32, u32, u32),
    since: i64,
    limit: i64,
}

impl Patience {
    fn new(release: &Release, started_at: i64) -> Self {
        let limit = (i64::from(release.spec.deadline_seconds()) + 15) * 1000;
        Self { last: (0, 0, 0), since: started_at, limit }
    }

    fn is_over(&mut self, progress: &(u32, u32, u32), now: i64) -> bool {
        if self.last != *progress {
            self.last = *progress;
            self.since = now;
        }
        now > self.since + self.limit
    }

    fn pause(&mut self, now: i64) {
        self.since = now;
    }
}

fn late(target: &Target, reason: &Text) -> Text {
    let (number, seconds) = (target.release.row.number, target.release.spec.deadline_seconds());
    let (en, zh) = (&reason.en, &reason.zh);
    let mut problem = Text {
        en: format!("Release {number} did not get ready within {seconds} s. {en}"),
        zh: format!("发布 {number} 未能在 {seconds} 秒内就绪。{zh}"),
    };
    if let Some(live) = target.app.live_release {
        let serves = text!(" Release {live} keeps serving.", " 发布 {live} 继续提供服务。");
        problem.en.push_str(&serves.en);
        problem.zh.push_str(&serves.zh);
    }
    problem
}

/// Removes objects that no kept release needs: configuration and secrets of the forgotten ones, and what stands around
/// the Deployment, such as a Service, when the release has none.
async fn collect(work: &Work<'_>, target: &Target) -> Result<(), StepError> {
    let cluster = work.cluster()?;
    let kept = releases::newest(work.db(), work.ctx(), target.app.id, KEPT_RELEASES).await?;
    let name = |object: &Value| (kind(object).to_owned(), object.pointer("/metadata/name").cloned());
    let mut needed: HashSet<_> = kept
        .iter()
        .flat_map(|r| &r.manifests)
        .filter(|o| matches!(kind(o), "ConfigMap" | "Secret"))
        .map(name)
        .collect();
    needed.extend(target.release.manifests.iter().map(name));
    let kinds = render::KINDS;
    let selector = format!("{APP_LABEL}={}", target.app.id);
    for object in cluster.list_labelled(&work.tenant(), &target.namespace.name, &kinds, &selector).await? {
        if !needed.contains(&name(&object)) {
            work.delete(&cluster, &work.tenant(), &object).await?;
        }
    }
    Ok(())
}

/// Goes back to the release that served. Without one, what was made stays, so that people can look at it.
async fn restore(work: &Work<'_>, target: &Target) -> Result<(), StepError> {
    let Some(live) = target.app.live_release else { return Ok(()) };
    let release = find(work, &target.app, live).await?;
    configure(work, target, &release).await?;
    apply(work, target, &release).await
}
