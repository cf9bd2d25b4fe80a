//! What is different about a release whose pods run to their end: its run is begun alone, and ended when it is given up; as is
//! what a very first release made.

use std::time::Duration;

use app::{
    model::{ReleaseState, WorkloadKind},
    text,
};
use serde_json::Value;

use super::{
    release::{Target, own},
    work::{StepError, Work, label},
};
use crate::{
    database::releases,
    kubernetes::fleet::Cluster,
    render::{
        APP_LABEL, RELEASE_LABEL,
        job::{CRON_JOB, JOB},
    },
};

/// What makes the pods of what serves and of what runs by a schedule.
const WORKLOADS: [(&str, &str); 3] = [("apps/v1", "Deployment"), ("apps/v1", "StatefulSet"), CRON_JOB];

/// Takes away what makes the pods of a release that was given up, and the pods with it: the run of a job, for what ran before
/// has ended and is not begun once more, and a first release, before which nothing served. All else stays for the next one.
pub(super) async fn stop(work: &Work<'_>, target: &Target) -> Result<(), StepError> {
    let cluster = work.cluster()?;
    let kinds: &[_] = if target.release.spec.kind == WorkloadKind::Job { &[JOB] } else { &WORKLOADS };
    let number = target.release.row.number.to_string();
    let mut said = None;
    loop {
        let mut left = own(work, &cluster, target, kinds).await?;
        left.retain(|run| label(run, RELEASE_LABEL) == number);
        if left.is_empty() {
            return Ok(());
        }
        for run in left.iter().filter(|run| run.pointer("/metadata/deletionTimestamp").is_none()) {
            work.delete(&cluster, &work.tenant(), run).await?;
        }
        work.say(&mut said, Some(text!("Its pods are leaving.", "其 Pod 正在退出。"))).await?;
        tokio::time::sleep(Duration::from_millis(500)).await;
        work.still_mine().await?;
    }
}

/// Holds a run back while one of a release before goes on: both would do the same work. One whose release was given up is
/// ended.
pub(super) async fn alone(work: &Work<'_>, cluster: &Cluster, target: &Target) -> Result<(), StepError> {
    let selector = format!("{APP_LABEL}={}", target.app.id);
    let number = target.release.row.number;
    let found = cluster.list_whole(&work.tenant(), &target.namespace.name, JOB, &selector).await?;
    let ended = |run: &Value| {
        let conditions = run.pointer("/status/conditions").and_then(Value::as_array);
        let is_end = |c: &Value| matches!(c["type"].as_str(), Some("Complete" | "Failed")) && c["status"] == "True";
        conditions.is_some_and(|all| all.iter().any(is_end))
    };
    let others: Vec<_> =
        found.into_iter().filter(|run| label(run, RELEASE_LABEL) != number.to_string() && !ended(run)).collect();
    let name = others.first().and_then(|run| run.pointer("/metadata/name")).and_then(Value::as_str).map(str::to_owned);
    for mut run in others {
        let of: u32 = label(&run, RELEASE_LABEL).parse().unwrap_or(0);
        let given_up = releases::find(work.db(), work.ctx(), target.app.id, of)
            .await?
            .is_none_or(|release| matches!(release.row.state, ReleaseState::Aborted | ReleaseState::Failed));
        if given_up && run.pointer("/metadata/deletionTimestamp").is_none() {
            // Items of a list do not say what they are.
            (run["apiVersion"], run["kind"]) = (JOB.0.into(), JOB.1.into());
            work.delete(cluster, &work.tenant(), &run).await?;
        }
    }
    match name {
        Some(name) => Err(StepError::Later(text!("Its run {name} has not ended yet.", "运行 {name} 尚未结束。"))),
        None => Ok(()),
    }
}
