//! What makes the pods of Longshore's applications: Deployments and StatefulSets, which the index holds alike.

use super::{
    index::{Change, State, Watched},
    of_apps::{self, SELECTOR, release_of},
    views::{WorkloadCondition, WorkloadView},
    wire,
};

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WorkloadKind {
    /// A Deployment.
    Deployment,
    /// A StatefulSet.
    StatefulSet,
}

impl Watched for wire::Deployment {
    const PATH: &'static str = "/apis/apps/v1/deployments";
    const SELECTOR: &'static str = SELECTOR;

    fn apply(state: &mut State, change: Change<Self>, epoch: u32) -> bool {
        apply(state, WorkloadKind::Deployment, &change, epoch)
    }

    fn sweep(state: &mut State, epoch: u32) -> bool {
        sweep(state, WorkloadKind::Deployment, epoch)
    }
}

impl Watched for wire::StatefulSet {
    const PATH: &'static str = "/apis/apps/v1/statefulsets";
    const SELECTOR: &'static str = SELECTOR;
    /// Clusters that were connected before there were any may not allow it.
    const OPTIONAL: bool = true;

    fn apply(state: &mut State, change: Change<Self>, epoch: u32) -> bool {
        apply(state, WorkloadKind::StatefulSet, &change.map(|set| set.0), epoch)
    }

    fn sweep(state: &mut State, epoch: u32) -> bool {
        sweep(state, WorkloadKind::StatefulSet, epoch)
    }
}

fn apply(state: &mut State, kind: WorkloadKind, change: &Change<wire::Deployment>, epoch: u32) -> bool {
    let (Change::Put(workload) | Change::Gone(workload)) = change;
    let row = change.as_ref().map(|workload| (kind, read(workload)));
    of_apps::apply(state, |state| &mut state.workloads, &workload.metadata, row, epoch)
}

fn sweep(state: &mut State, kind: WorkloadKind, epoch: u32) -> bool {
    of_apps::sweep(state, |state| &mut state.workloads, epoch, |(its, _)| *its == kind)
}

fn read(workload: &wire::Deployment) -> WorkloadView {
    let wire::Deployment { metadata, spec, status } = workload;
    WorkloadView {
        name: metadata.name.clone(),
        uid: metadata.uid.clone(),
        generation: metadata.generation,
        observed_generation: status.observed_generation,
        replicas: spec.replicas.unwrap_or(1),
        current: status.replicas,
        updated: status.updated_replicas,
        ready: status.ready_replicas,
        available: status.available_replicas,
        conditions: status.conditions.iter().map(condition).collect(),
        revision: metadata.annotations.revision.as_deref().and_then(|r| r.parse().ok()),
        release: release_of(&metadata.labels),
    }
}

/// A condition as it is told.
pub(super) fn condition(condition: &wire::Condition) -> WorkloadCondition {
    WorkloadCondition {
        kind: condition.kind.clone(),
        status: condition.status.clone(),
        reason: condition.reason.clone(),
        message: condition.message.clone(),
    }
}
