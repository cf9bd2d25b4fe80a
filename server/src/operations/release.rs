//! The steps that put a release to run: of a new application, an upgrade, or a rollback.
//!
//! The old pods serve until enough new ones do. When the release does not get ready in time it has failed, and the
//! Deployment goes back to the release that served, so that the stuck pods go away.
//!
//! A release that is to stop after its first batch is handed over with a time to prove itself that never ends: none of its
//! pods counts as available, so that Kubernetes' own controller makes the first batch, which serves, and no more, whether
//! Longshore is there or not. It goes on when it is handed over once more as it was recorded.

use std::collections::HashSet;

use app::{
    model::{OperationKind, WorkloadKind},
    text,
};
use serde_json::{Value, json};

use super::{
    fill::{keep_node_ports, keep_replicas, usual_class},
    job::{alone, stop},
    reasons::{first_batch, verdict},
    rehearsal::{self, Rehearsed, no_gateway_api, not_let_in},
    rollout::{self, Ended},
    take_over::{self, take_over},
    upkeep::Upkeep,
    work::{StepError, Work, label},
};
use crate::{
    database::{
        apps, namespaces,
        operation_work::{Effect, Outcome, StepEnd},
        releases::{self, Release},
    },
    kubernetes::{fault::ClusterError, fleet::Cluster},
    render::{self, APP_LABEL, RELEASE_LABEL, Subject, configuration, job::JOB, routing::INGRESS},
};

pub(super) const CONFIGURE: &str = "configure";
pub(super) const TAKE_OVER: &str = "take_over";
pub(super) const APPLY: &str = "apply";
pub(super) const ROLL_OUT: &str = "roll_out";
pub(super) const COLLECT: &str = "collect";
pub(super) const FIRST_BATCH: &str = "first_batch";
pub(super) const GO_AHEAD: &str = "go_ahead";
pub(super) const GO_ON: &str = "go_on";
pub(super) const RESTORE: &str = "restore";
pub(super) const FREEZE: &str = "freeze";
pub(super) const STOP: &str = "stop";
/// The steps, in order; `RESTORE`, `FREEZE` or `STOP` follows a failure.
pub(super) const STEPS: [&str; 4] = [CONFIGURE, APPLY, ROLL_OUT, COLLECT];
/// The steps of a release that stops after its first batch. In `GO_AHEAD` it waits for a person.
pub(super) const HELD_STEPS: [&str; 7] = [CONFIGURE, APPLY, FIRST_BATCH, GO_AHEAD, GO_ON, ROLL_OUT, COLLECT];
/// The steps of a first release whose pods run already.
pub(super) const IMPORT_STEPS: [&str; 5] = [CONFIGURE, TAKE_OVER, APPLY, ROLL_OUT, COLLECT];

const STATEFUL_SET: &str = "StatefulSet";
const AUTOSCALER: (&str, &str) = ("autoscaling/v2", "HorizontalPodAutoscaler");

/// A deadline that never passes, for Kubernetes.
///
/// Source: <https://pkg.go.dev/k8s.io/kubernetes/pkg/controller/deployment/util#HasProgressDeadline>
const NO_DEADLINE: i32 = i32::MAX;

/// Of how many releases the configuration stays in the cluster. Older ones are put there again by a rollback.
pub(super) const KEPT_RELEASES: u64 = 20;

/// Runs the operation's present step.
pub(super) async fn step(work: &Work<'_>) -> Result<StepEnd, StepError> {
    let target = Target::read(work).await?;
    let whole = if work.operation().input.held { Whole::FirstBatch } else { Whole::All };
    let done = |effect| move |()| StepEnd::Done(effect);
    let ended = match work.operation().step.as_str() {
        CONFIGURE => configure(work, &target, &target.release).await.map(done(Effect::None)),
        TAKE_OVER => take_over(work, &target).await.map(done(Effect::None)),
        APPLY => apply(work, &target, &target.release, whole).await.map(done(Effect::RollingOut)),
        FIRST_BATCH => {
            rollout::wait(work, &target, first_batch, None).await.map(|ended| target.end(ended, |_| Effect::Held))
        }
        GO_ON => apply(work, &target, &target.release, Whole::All).await.map(done(Effect::None)),
        ROLL_OUT => {
            let upkeep = Some(Upkeep::new(work.ctx().now()));
            rollout::wait(work, &target, verdict, upkeep).await.map(|ended| target.end(ended, Effect::Live))
        }
        COLLECT => collect(work, &target, &target.release).await.map(done(Effect::None)),
        FREEZE => {
            return apply(work, &target, &target.release, Whole::Frozen)
                .await
                .map(|()| StepEnd::Undone { stands: None });
        }
        STOP => return stop(work, &target).await.map(|()| StepEnd::Undone { stands: None }),
        RESTORE => return restore(work, &target).await.map(|stands| StepEnd::Undone { stands }),
        // A later version of Longshore knows it, as while replicas are replaced.
        other => {
            Err(StepError::Later(text!("This version does not know the step {other}.", "此版本不支持步骤 {other}。")))
        }
    };
    match ended {
        // A cluster that is seen, and yet does not answer, is not away.
        Err(StepError::Away(why))
            if !goes_to_its_end(&work.operation().step) && work.answers_since().is_some() && target.is_late(work) =>
        {
            Err(StepError::Failed(why))
        }
        // What cannot be tried within the deadline has failed as well.
        Err(StepError::Later(why)) if !goes_to_its_end(&work.operation().step) && target.is_late(work) => {
            Err(StepError::Failed(why))
        }
        other => other,
    }
}

/// Whether a step is tried until it succeeds, since half of it would be worse than waiting.
fn goes_to_its_end(step: &str) -> bool {
    step == COLLECT || step == TAKE_OVER
}

/// How far the Deployment is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whole {
    /// To its end.
    All,
    /// To the end of the first batch.
    FirstBatch,
    /// No further than it is.
    Frozen,
}

impl Whole {
    /// What makes the pods so that it goes that far.
    pub(super) fn mark(self, workload: &mut Value) {
        let stateful = kind(workload) == STATEFUL_SET;
        let spec = &mut workload["spec"];
        match self {
            Self::All => {}
            // Pods of lower numbers stay what they are.
            Self::FirstBatch if stateful => {
                let replicas = spec["replicas"].as_i64().unwrap_or(1);
                spec["updateStrategy"]["rollingUpdate"] = json!({ "partition": (replicas - 1).max(0) });
            }
            Self::Frozen if stateful => {
                spec["updateStrategy"]["rollingUpdate"] = json!({ "partition": i32::MAX });
            }
            Self::FirstBatch => {
                // The time has to be shorter than the deadline.
                spec["minReadySeconds"] = json!(NO_DEADLINE - 1);
                spec["progressDeadlineSeconds"] = json!(NO_DEADLINE);
            }
            Self::Frozen => spec["paused"] = json!(true),
        }
    }
}

/// What is to be put to run, and where.
pub(super) struct Target {
    pub(super) app: apps::App,
    pub(super) namespace: namespaces::Namespace,
    pub(super) release: Release,
}

impl Target {
    async fn read(work: &Work<'_>) -> Result<Self, StepError> {
        let app = work.app().await?;
        let namespace = work.namespace().await?;
        let number = work.operation().input.release.unwrap_or(app.newest_release);
        let release = find(work, &app, number).await?;
        Ok(Self { app, namespace, release })
    }

    /// The end of a step that waited for pods. Those that did not get ready may be wished to stay.
    fn end(&self, ended: Ended, effect: impl FnOnce(Outcome) -> Effect) -> StepEnd {
        match ended {
            Ended::Serves(outcome) => StepEnd::Done(effect(outcome)),
            Ended::Late(problem) => {
                let undo = match self.release.spec.kind {
                    WorkloadKind::Job => STOP,
                    _ if self.stays() => FREEZE,
                    _ => RESTORE,
                };
                StepEnd::Failed { problem, undo: Some(undo) }
            }
        }
    }

    /// Whether pods that do not get ready stay to be looked at: they may, when others serve.
    pub(super) fn stays(&self) -> bool {
        self.release.spec.update.stays_when_late() && self.app.live_release.is_some()
    }

    fn is_late(&self, work: &Work<'_>) -> bool {
        let deadline = i64::from(self.release.spec.deadline_seconds()) * 1000;
        // Before the cluster was back nothing could be done.
        let began = work.operation().step_started_at.max(work.answers_since().unwrap_or_default());
        work.ctx().now() > began + deadline
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
    work.hand_quota(&cluster, &target.namespace).await?;
    work.give_accounts(&cluster, &target.namespace).await?;
    rehearse(work, &cluster, release).await?;
    super::foreign_hosts::find_free(work, target, release).await?;
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

/// Asks the cluster what it would say to each object that bears the application's name, so that a release of which it refuses
/// one changes nothing. An admission webhook may not be able to say so beforehand; then it says so later.
async fn rehearse(work: &Work<'_>, cluster: &Cluster, release: &Release) -> Result<(), StepError> {
    for (_, said) in rehearsal::rehearse(cluster, &work.tenant(), &release.manifests).await? {
        match said {
            Rehearsed::NoGatewayApi => return Err(StepError::Failed(no_gateway_api())),
            Rehearsed::Insecure(fields) => return Err(StepError::Failed(not_let_in(&fields))),
            Rehearsed::Refused(error) => return Err(error.into()),
            Rehearsed::Accepted | Rehearsed::Unsaid(_) => {}
        }
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
        pods: release.row.pods,
        spec: &release.spec,
        digests: &release.digests,
        secrets: &release.secrets,
    };
    configuration::secret(&subject, Some(values))
        .ok_or_else(|| StepError::Failed(text!("The release has no secrets.", "该发布没有密钥。")))
}

/// Hands a release over once more as it was recorded, to its end.
pub(super) async fn put_back(work: &Work<'_>, target: &Target) -> Result<(), StepError> {
    configure(work, target, &target.release).await?;
    apply(work, target, &target.release, Whole::All).await
}

/// Hands over what bears the application's name: the Deployment and what stands around it.
async fn apply(work: &Work<'_>, target: &Target, release: &Release, whole: Whole) -> Result<(), StepError> {
    let cluster = work.cluster()?;
    if release.spec.kind == WorkloadKind::Job {
        alone(work, &cluster, target).await?;
    }
    if !release.manifests.iter().any(|object| kind(object) == AUTOSCALER.1) {
        // One that stayed would go on deciding how many pods there are.
        for object in own(work, &cluster, target, &[AUTOSCALER]).await? {
            work.delete(&cluster, &work.tenant(), &object).await?;
        }
    }
    let usual = usual_class(&cluster, release).await;
    let imports = work.operation().kind == OperationKind::Import;
    let kept = if imports { Some(take_over::kept_pods(work, &cluster, target).await?) } else { None };
    for object in release.manifests.iter().filter(|o| !matches!(kind(o), "ConfigMap" | "Secret")) {
        // A release's number only ever rises; going back is the business of `restore` alone.
        let restoring = work.operation().step == RESTORE;
        let newest = target.release.row.number;
        let may_replace = |there: &Value| {
            let there: u32 = label(there, RELEASE_LABEL).parse().unwrap_or(0);
            if restoring { there <= newest } else { there <= release.row.number }
        };
        let fill = |wanted: &mut Value, there: Option<&Value>| {
            if render::is_workload(wanted) {
                whole.mark(wanted);
                keep_replicas(&release.spec, wanted, there, kept);
            }
            if imports && kind(wanted) == "Service" {
                keep_node_ports(wanted, there);
            }
            if let Some(usual) = usual.as_ref().filter(|_| kind(wanted) == INGRESS.1) {
                let class = &mut wanted["spec"]["ingressClassName"];
                if class.is_null() {
                    *class = usual.as_str().into();
                }
            }
        };
        work.apply_named(&cluster, object, may_replace, fill).await?;
    }
    Ok(())
}

/// Removes objects that no kept release needs: configuration and secrets of the forgotten ones, and what stands around
/// the Deployment, such as a Service, when the release has none.
async fn collect(work: &Work<'_>, target: &Target, release: &Release) -> Result<(), StepError> {
    let cluster = work.cluster()?;
    let kept = releases::newest(work.db(), work.ctx(), target.app.id, KEPT_RELEASES).await?;
    let name = |object: &Value| (kind(object).to_owned(), object.pointer("/metadata/name").cloned());
    let mut needed: HashSet<_> = kept
        .iter()
        .flat_map(|r| &r.manifests)
        .filter(|o| matches!(kind(o), "ConfigMap" | "Secret"))
        .map(name)
        .collect();
    needed.extend(release.manifests.iter().map(name));
    // Runs of releases before stay as they ended, to be looked at.
    let runs = kept.iter().flat_map(|r| &r.manifests).filter(|object| kind(object) == JOB.1);
    needed.extend(runs.take(release.spec.run().kept_runs as usize).map(name));
    let kinds = render::kinds_of(kept.iter().flat_map(|release| &release.manifests));
    for object in own(work, &cluster, target, &kinds).await? {
        if !needed.contains(&name(&object)) {
            work.delete(&cluster, &work.tenant(), &object).await?;
        }
    }
    Ok(())
}

/// The application's objects of some kinds.
pub(super) async fn own(
    work: &Work<'_>,
    cluster: &Cluster,
    target: &Target,
    kinds: &[(&str, &str)],
) -> Result<Vec<Value>, ClusterError> {
    let selector = format!("{APP_LABEL}={}", target.app.id);
    cluster.list_labelled(&work.tenant(), &target.namespace.name, kinds, &selector).await
}

/// Goes back to the release that served, and takes away what the other one brought; gives back its number. Without one, what
/// was made stays, so that people can look at it.
async fn restore(work: &Work<'_>, target: &Target) -> Result<Option<u32>, StepError> {
    if target.release.spec.kind == WorkloadKind::Job {
        // One that has begun is not ended because of what came after it.
        if target.app.live_release != Some(target.release.row.number) {
            stop(work, target).await?;
        }
        return Ok(None);
    }
    let Some(live) = target.app.live_release else { return Ok(None) };
    let release = find(work, &target.app, live).await?;
    configure(work, target, &release).await?;
    apply(work, target, &release, Whole::All).await?;
    collect(work, target, &release).await?;
    Ok(Some(live))
}
