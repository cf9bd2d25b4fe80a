//! The steps that remove an application or a namespace. Success means that the cluster was asked and holds nothing
//! of it any more.

use std::time::Duration;

use app::{i18n::Text, text};
use serde_json::Value;

use super::{
    release::KEPT_RELEASES,
    take_over::let_go,
    work::{StepError, Work, label},
};
use crate::{
    database::{
        operation_work::{Effect, StepEnd},
        releases,
    },
    kubernetes::{client::Identity, fault::ClusterError, fleet::Cluster, kinds::ObjectRef},
    render::{
        self, APP_LABEL, MANAGED_BY, NAMESPACE_LABEL,
        job::{CRON_JOB, JOB},
        stateful::{CLAIM, claim_selector},
    },
};

pub(super) const WITHDRAW: &str = "withdraw";
pub(super) const VANISH: &str = "vanish";
pub(super) const FORGET: &str = "forget";
/// The steps, in order.
pub(super) const STEPS: [&str; 3] = [WITHDRAW, VANISH, FORGET];

/// What goes with what was rendered, because that owns it.
const OWNED: [(&str, &str); 2] = [("apps/v1", "ReplicaSet"), ("v1", "Pod")];

/// Runs the present step of an application's removal.
pub(super) async fn app_step(work: &Work<'_>) -> Result<StepEnd, StepError> {
    match work.operation().step.as_str() {
        WITHDRAW => {
            let cluster = work.cluster()?;
            work.still_mine().await?;
            match work.let_tenant_in(&cluster, &work.namespace().await?).await {
                // The namespace is gone or on its way: what is in it goes with it.
                Ok(()) | Err(ClusterError::NotFound | ClusterError::Forbidden { .. }) => {}
                Err(e) => return Err(e.into()),
            }
            let mut objects = find(work, &cluster, &kinds(work).await?).await?;
            objects.extend(disks(work, &cluster).await?);
            withdraw(work, &cluster, &objects).await?;
            Ok(StepEnd::Done(Effect::None))
        }
        VANISH => {
            let cluster = work.cluster()?;
            let mut changes = cluster.index().changes();
            let mut said = None;
            let kinds = kinds(work).await?;
            let mut all: Vec<_> = kinds.iter().chain(&OWNED).copied().collect();
            if kinds.contains(&CRON_JOB) {
                all.push(JOB);
            }
            loop {
                changes.mark_unchanged();
                let mut left = find(work, &cluster, &all).await?;
                left.extend(disks(work, &cluster).await?);
                // What came after the others were told to go, such as the disk of a pod that was still being made.
                let late: Vec<_> = left.iter().filter(|object| !is_owned(object)).cloned().collect();
                withdraw(work, &cluster, &late).await?;
                let_go(work, &cluster, &left).await?;
                if left.is_empty() {
                    return Ok(StepEnd::Done(Effect::None));
                }
                work.say(&mut said, Some(what_is_left(&left))).await?;
                // Not sooner than half a second: the index hears of pods, and this list asks the cluster itself.
                tokio::time::sleep(Duration::from_millis(500)).await;
                let _ = tokio::time::timeout(Duration::from_millis(500), changes.changed()).await;
                work.still_mine().await?;
            }
        }
        _ => Ok(StepEnd::Done(Effect::AppGone)),
    }
}

/// Tells objects to go, those that were not told yet. Doing it once more would do no harm.
async fn withdraw(work: &Work<'_>, cluster: &Cluster, objects: &[Value]) -> Result<(), StepError> {
    for object in objects.iter().filter(|object| object.pointer("/metadata/deletionTimestamp").is_none()) {
        work.delete(cluster, &work.tenant(), object).await?;
    }
    Ok(())
}

fn is_owned(object: &Value) -> bool {
    OWNED.iter().any(|(_, kind)| object["kind"] == *kind)
}

/// The kinds that the application may have objects of: those of the kept releases, and of the one that serves, which may be
/// older. Others may be none of the tenant's in a cluster that was connected by an earlier version.
async fn kinds(work: &Work<'_>) -> Result<Vec<(&'static str, &'static str)>, StepError> {
    let app = work.app().await?;
    let mut had = releases::newest(work.db(), work.ctx(), app.id, KEPT_RELEASES).await?;
    if let Some(number) = app.live_release {
        had.extend(releases::find(work.db(), work.ctx(), app.id, number).await?);
    }
    Ok(render::kinds_of(had.iter().flat_map(|release| &release.manifests)))
}

/// The application's objects of some kinds.
async fn find(work: &Work<'_>, cluster: &Cluster, kinds: &[(&str, &str)]) -> Result<Vec<Value>, StepError> {
    let app = work.app().await?;
    let namespace = work.namespace().await?.name;
    let selector = format!("{APP_LABEL}={}", app.id);
    match cluster.list_labelled(&work.tenant(), &namespace, kinds, &selector).await {
        Ok(found) => Ok(found),
        // Somebody deleted the namespace by hand: the tenant's rights went with it, and so did everything else.
        Err(ClusterError::Forbidden { .. }) if !exists(cluster, &namespace).await? => Ok(Vec::new()),
        Err(e) => Err(e.into()),
    }
}

/// The application's disks, when they are to go.
async fn disks(work: &Work<'_>, cluster: &Cluster) -> Result<Vec<Value>, StepError> {
    if !work.operation().input.deletes_disks {
        return Ok(Vec::new());
    }
    let app = work.app().await?;
    let namespace = work.namespace().await?.name;
    let selector = claim_selector(app.tenant, &app.name);
    match cluster.list_labelled(&work.tenant(), &namespace, &[CLAIM], &selector).await {
        Ok(found) => Ok(found),
        Err(ClusterError::Forbidden { .. }) if !exists(cluster, &namespace).await? => Ok(Vec::new()),
        Err(e) => Err(e.into()),
    }
}

async fn exists(cluster: &Cluster, namespace: &str) -> Result<bool, StepError> {
    let namespace = ObjectRef::cluster("v1", "Namespace", namespace);
    Ok(cluster.get(&Identity::Platform, &namespace).await?.is_some())
}

fn what_is_left(left: &[Value]) -> Text {
    let first: Vec<String> =
        left.iter().take(3).filter_map(|o| Some(format!("{} {}", o["kind"].as_str()?, name(o)?))).collect();
    let (first, more) = (first.join(", "), left.len().saturating_sub(3));
    if more == 0 {
        text!("Still there: {first}.", "尚存：{first}。")
    } else {
        text!("Still there: {first} and {more} more.", "尚存：{first} 等，另有 {more} 个。")
    }
}

fn name(object: &Value) -> Option<&str> {
    object.pointer("/metadata/name")?.as_str()
}

/// Fails when a namespace has disks that were to be kept: they would go with it.
async fn has_no_disks(cluster: &Cluster, namespace: &str) -> Result<(), StepError> {
    let selector = format!("{}={}", MANAGED_BY.0, MANAGED_BY.1);
    match cluster.list_labelled(&Identity::Platform, namespace, &[CLAIM], &selector).await {
        Ok(found) if !found.is_empty() => {
            let n = found.len();
            Err(StepError::Failed(text!(
                "{n} disks with data of apps that were deleted are in it. Delete the namespace again and say that they may go.",
                "其中有 {n} 个已删除应用保留的磁盘。请重新删除命名空间，并确认一并删除磁盘。"
            )))
        }
        // Whoever may not see disks has never let anybody make one.
        Ok(_) | Err(ClusterError::Forbidden { .. }) => Ok(()),
        Err(e) => Err(e.into()),
    }
}

/// Runs the present step of a namespace's removal.
pub(super) async fn namespace_step(work: &Work<'_>) -> Result<StepEnd, StepError> {
    let step = work.operation().step.as_str();
    if step == FORGET {
        return Ok(StepEnd::Done(Effect::NamespaceGone));
    }
    let cluster = work.cluster()?;
    let namespace = work.namespace().await?;
    let reference = ObjectRef::cluster("v1", "Namespace", &namespace.name);
    let mut said = None;
    loop {
        let Some(there) = cluster.get(&Identity::Platform, &reference).await? else {
            return Ok(StepEnd::Done(Effect::None));
        };
        if label(&there, NAMESPACE_LABEL) != namespace.id.to_string() {
            // Not the one that Longshore made: that one is gone.
            return Ok(StepEnd::Done(Effect::None));
        }
        if step == WITHDRAW {
            if !work.operation().input.deletes_disks {
                has_no_disks(&cluster, &namespace.name).await?;
            }
            if there.pointer("/metadata/deletionTimestamp").is_none() {
                work.delete(&cluster, &Identity::Platform, &there).await?;
            }
            return Ok(StepEnd::Done(Effect::None));
        }
        let note = text!("The cluster is emptying the namespace.", "集群正在清空该命名空间。");
        work.say(&mut said, Some(note)).await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
        work.still_mine().await?;
    }
}
