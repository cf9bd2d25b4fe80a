//! One of Longshore's applications as the index has it now: what makes its pods, those, and what happened to them.

use std::sync::Arc;

use app::model::{AppId, PodState};

use super::{
    events::Event,
    index::Index,
    rows::Pod,
    views::{AppPod, AppView},
};

/// The kind of what decides how many pods there are by what they use.
const SCALER: &str = "HorizontalPodAutoscaler";

impl Index {
    /// An application in a namespace; `None` when the cluster has nothing of it.
    pub fn app_view(&self, namespace: &str, app: AppId) -> Option<AppView> {
        let state = self.read();
        let workload = state.workloads.of(app.0, namespace).next().map(|(_, view)| view.clone());
        let slots = state.pods.apps.get(&app.0).map_or(&[][..], Vec::as_slice);
        let mut pods: Vec<AppPod> = slots
            .iter()
            .map(|slot| state.pods.row(*slot))
            .filter(|pod| &*pod.namespace == namespace)
            .filter_map(|pod| {
                let part = pod.app.as_ref()?;
                Some(AppPod {
                    row: pod.row(),
                    release: part.release,
                    uid: part.uid.clone(),
                    waiting: part.waiting.clone(),
                    last_termination: part.last_termination.clone(),
                    unschedulable: part.unschedulable.clone(),
                    ready_since: part.ready_since,
                })
            })
            .collect();
        let (cron, runs) = (state.crons.of(app.0, namespace).next().cloned(), state.runs(app.0, namespace));
        let scaler = state.scalers.of(app.0, namespace).next().cloned();
        if workload.is_none() && pods.is_empty() && cron.is_none() && runs.is_empty() {
            return None;
        }
        pods.sort_unstable_by(|a, b| a.row.name.cmp(&b.row.name));
        // ReplicaSets and pods are named after their Deployment; those of yesterday have events, too.
        let name = workload.as_ref().map(|d| d.name.as_str());
        let about = |kind: &str, object: &str| match kind {
            "Deployment" | "StatefulSet" => name == Some(object),
            SCALER => scaler.as_ref().is_some_and(|scaler| scaler.name == object),
            "CronJob" => cron.as_ref().is_some_and(|cron| cron.name == object),
            "Job" => runs.iter().any(|run| run.name == object),
            "ReplicaSet" => name.and_then(|n| object.strip_prefix(n)).is_some_and(|rest| is_suffix(rest, 1)),
            "Pod" => {
                pods.binary_search_by(|pod| pod.row.name.as_str().cmp(object)).is_ok()
                    || name.and_then(|n| object.strip_prefix(n)).is_some_and(|rest| is_suffix(rest, 2))
            }
            _ => false,
        };
        // The schedule's controller wonders about runs that a person has begun.
        let told = |e: &Event| !(&*e.kind == "CronJob" && &*e.reason == "UnexpectedJob");
        let of_app = |e: &&Event| &*e.namespace == namespace && about(&e.kind, &e.name) && told(e);
        let of_scaler = |e: &&Event| &*e.kind == SCALER && of_app(e);
        let row = Event::row;
        let (scaler_events, events) = if state.is_ours(namespace) {
            let ours = || state.events.ours();
            (ours().filter(of_scaler).take(10).map(row).collect(), ours().filter(of_app).take(50).map(row).collect())
        } else {
            let all = || state.events.newest();
            (all().filter(of_scaler).take(10).map(row).collect(), all().filter(of_app).take(50).map(row).collect())
        };
        Some(AppView { workload, cron, runs, scaler, scaler_events, pods, events })
    }

    /// Where an application's pods stand that have neither ended nor been told to: the node and the name of each.
    pub fn standing(&self, namespace: &str, app: AppId) -> Vec<(Arc<str>, String)> {
        let state = self.read();
        let slots = state.pods.apps.get(&app.0).map_or(&[][..], Vec::as_slice);
        let stands = |pod: &&Pod| {
            let there = !pod.node.is_empty() && !pod.phase.ended() && pod.state != PodState::Terminating;
            there && &*pod.namespace == namespace
        };
        let pods = slots.iter().map(|slot| state.pods.row(*slot)).filter(stands);
        pods.map(|pod| (Arc::clone(&pod.node), pod.name.to_string())).collect()
    }
}

/// Whether what follows a Deployment's name are `count` generated parts: `-5d4f9c7b8d-x2x7p`.
fn is_suffix(rest: &str, count: usize) -> bool {
    rest.strip_prefix('-').is_some_and(|rest| {
        let mut parts = rest.split('-');
        let hash =
            parts.next().is_some_and(|p| (6..=10).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()));
        hash && parts.clone().count() == count - 1 && parts.all(|p| p.len() == 5)
    })
}
