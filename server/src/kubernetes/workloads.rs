//! What makes the pods of Longshore's applications: Deployments and StatefulSets, which the index holds alike.

use std::sync::Arc;

use uuid::Uuid;

use super::{
    index::{Change, Seen, State, Watched, Workload},
    rows::uid,
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
    const SELECTOR: &'static str = "longshore.dev/app";

    fn apply(state: &mut State, change: Change<Self>, epoch: u32) -> bool {
        apply(state, WorkloadKind::Deployment, &change, epoch)
    }

    fn sweep(state: &mut State, epoch: u32) -> bool {
        sweep(state, WorkloadKind::Deployment, epoch)
    }
}

impl Watched for wire::StatefulSet {
    const PATH: &'static str = "/apis/apps/v1/statefulsets";
    const SELECTOR: &'static str = "longshore.dev/app";
    /// Clusters that were connected before there were any may not allow it.
    const OPTIONAL: bool = true;

    fn apply(state: &mut State, change: Change<Self>, epoch: u32) -> bool {
        let change = match change {
            Change::Put(set) => Change::Put(set.0),
            Change::Gone(set) => Change::Gone(set.0),
        };
        apply(state, WorkloadKind::StatefulSet, &change, epoch)
    }

    fn sweep(state: &mut State, epoch: u32) -> bool {
        sweep(state, WorkloadKind::StatefulSet, epoch)
    }
}

fn apply(state: &mut State, kind: WorkloadKind, change: &Change<wire::Deployment>, epoch: u32) -> bool {
    let (Change::Put(workload) | Change::Gone(workload)) = change;
    let namespace = state.strings.get(&workload.metadata.namespace);
    let key = uid(&workload.metadata.uid);
    let changed = match (change, read(kind, workload, &namespace)) {
        (Change::Put(_), Some(row)) => match state.workloads.get_mut(&key) {
            Some(seen) if seen.row.app == row.app => seen.renew(row, epoch),
            _ => {
                state.forget_workload(key);
                state.app_workloads.entry(row.app).or_default().push(key);
                state.workloads.insert(key, Seen { row, epoch }).is_none()
            }
        },
        _ => state.forget_workload(key),
    };
    if changed {
        state.touch(&namespace);
    }
    changed
}

fn sweep(state: &mut State, kind: WorkloadKind, epoch: u32) -> bool {
    let gone: Vec<_> = state
        .workloads
        .iter()
        .filter(|(_, seen)| seen.row.kind == kind && seen.epoch != epoch)
        .map(|(key, seen)| (*key, Arc::clone(&seen.row.namespace)))
        .collect();
    for (key, namespace) in &gone {
        state.forget_workload(*key);
        state.touch(namespace);
    }
    !gone.is_empty()
}

impl State {
    /// What makes an application's pods in a namespace.
    pub(super) fn workload(&self, app: Uuid, namespace: &str) -> Option<&WorkloadView> {
        let keys = self.app_workloads.get(&app)?;
        let mut found = keys.iter().filter_map(|key| self.workloads.get(key));
        found.find(|seen| &*seen.row.namespace == namespace).map(|seen| &seen.row.view)
    }

    fn forget_workload(&mut self, key: u128) -> bool {
        let Some(gone) = self.workloads.remove(&key) else { return false };
        if let Some(keys) = self.app_workloads.get_mut(&gone.row.app) {
            keys.retain(|k| *k != key);
            if keys.is_empty() {
                self.app_workloads.remove(&gone.row.app);
            }
        }
        true
    }
}

fn read(kind: WorkloadKind, workload: &wire::Deployment, namespace: &Arc<str>) -> Option<Workload> {
    let wire::Deployment { metadata, spec, status } = workload;
    let app = metadata.labels.app.as_deref().and_then(|id| Uuid::parse_str(id).ok())?;
    let release = metadata.labels.release.as_deref();
    Some(Workload {
        kind,
        namespace: Arc::clone(namespace),
        app,
        view: WorkloadView {
            name: metadata.name.clone(),
            uid: metadata.uid.clone(),
            generation: metadata.generation,
            observed_generation: status.observed_generation,
            replicas: spec.replicas.unwrap_or(1),
            current: status.replicas,
            updated: status.updated_replicas,
            ready: status.ready_replicas,
            available: status.available_replicas,
            conditions: status
                .conditions
                .iter()
                .map(|c| WorkloadCondition {
                    kind: c.kind.clone(),
                    status: c.status.clone(),
                    reason: c.reason.clone(),
                    message: c.message.clone(),
                })
                .collect(),
            revision: metadata.annotations.revision.as_deref().and_then(|r| r.parse().ok()),
            release: release.and_then(|r| r.parse().ok()),
        },
    })
}
