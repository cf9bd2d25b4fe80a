//! What decides how many pods an application has by what they use: the HorizontalPodAutoscalers of Longshore's
//! applications.

use app::model::Millis;

use super::{
    index::{Change, State, Watched},
    of_apps::{self, SELECTOR},
    views::WorkloadCondition,
    wire_scaling::{Amounts, Autoscaler, Metric, PodsMetric},
    workloads::condition,
};

/// An autoscaler, as the cluster has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScalerView {
    /// Its name.
    pub name: String,
    /// The fewest pods.
    pub min: u32,
    /// The most pods.
    pub max: u32,
    /// Pods that it has counted; `None` before it has.
    pub current: Option<u32>,
    /// Pods that it wants.
    pub desired: u32,
    /// When it last changed their number.
    pub scaled_at: Option<Millis>,
    /// What it looks at.
    pub measures: Vec<MeasureView>,
    /// `AbleToScale`, `ScalingActive`, `ScalingLimited`.
    pub conditions: Vec<WorkloadCondition>,
}

/// Something that an autoscaler looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MeasureView {
    /// `cpu`, `memory`, or what the pods call it, with the labels that pick it: `requests{verb=GET}`.
    pub name: String,
    /// Whether the numbers are percent of what pods ask for; else they are quantities.
    pub percent: bool,
    /// What it should be on average: `70`, or `250m`.
    pub target: String,
    /// What it is; `None` while that is not known.
    pub now: Option<String>,
}

impl Watched for Autoscaler {
    const PATH: &'static str = "/apis/autoscaling/v2/horizontalpodautoscalers";
    const SELECTOR: &'static str = SELECTOR;
    /// Clusters that were connected with fewer rights may not allow it.
    const OPTIONAL: bool = true;

    fn apply(state: &mut State, change: Change<Self>, epoch: u32) -> bool {
        let (Change::Put(scaler) | Change::Gone(scaler)) = &change;
        of_apps::apply(state, |state| &mut state.scalers, &scaler.metadata, change.as_ref().map(read), epoch)
    }

    fn sweep(state: &mut State, epoch: u32) -> bool {
        of_apps::sweep(state, |state| &mut state.scalers, epoch, |_| true)
    }
}

fn read(scaler: &Autoscaler) -> ScalerView {
    let Autoscaler { metadata, spec, status } = scaler;
    let found: Vec<_> = status.current_metrics.iter().filter_map(measured).collect();
    let measures = spec.metrics.iter().filter_map(measured).map(|(resource, name, target)| {
        let now = found.iter().find(|(other, of, _)| *other == resource && *of == name).map(|(_, _, now)| now);
        let percent = target.average_utilization.is_some();
        MeasureView {
            name,
            percent,
            target: amount(target, percent).unwrap_or_default(),
            now: now.and_then(|now| amount(now, percent)),
        }
    });
    ScalerView {
        name: metadata.name.clone(),
        min: spec.min_replicas.unwrap_or(1),
        max: spec.max_replicas,
        current: status.current_replicas,
        desired: status.desired_replicas,
        scaled_at: status.last_scale_time,
        measures: measures.collect(),
        conditions: status.conditions.iter().map(condition).collect(),
    }
}

/// Whether it is of CPU or memory, its name with the labels that pick it, and how much.
fn measured(metric: &Metric) -> Option<(bool, String, &Amounts)> {
    if let Some(of) = &metric.resource {
        return Some((true, of.name.clone(), &of.target));
    }
    let PodsMetric { metric, target } = metric.pods.as_ref()?;
    let picked = metric.selector.iter().flat_map(|selector| &selector.match_labels);
    let labels = picked.map(|(label, value)| format!("{label}={value}")).collect::<Vec<_>>().join(",");
    let name = if labels.is_empty() { metric.name.clone() } else { format!("{}{{{labels}}}", metric.name) };
    Some((false, name, target))
}

fn amount(amounts: &Amounts, percent: bool) -> Option<String> {
    if percent {
        return amounts.average_utilization.map(|share| share.to_string());
    }
    amounts.average_value.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_autoscaler_is_read_with_what_it_has_found() {
        let text = r#"{
            "metadata": { "name": "web", "uid": "u" },
            "spec": { "minReplicas": 2, "maxReplicas": 10, "metrics": [
                { "type": "Resource", "resource": { "name": "cpu", "target": { "type": "Utilization", "averageUtilization": 70 } } },
                { "type": "Pods", "pods": { "metric": { "name": "requests" }, "target": { "averageValue": "100" } } },
                { "type": "Pods", "pods": { "metric": { "name": "requests", "selector": { "matchLabels": { "verb": "GET" } } }, "target": { "averageValue": "9" } } },
                { "type": "External", "external": { "metric": { "name": "queue" }, "target": { "value": "1" } } } ] },
            "status": { "currentReplicas": 4, "desiredReplicas": 6, "lastScaleTime": "2026-01-01T00:00:00Z", "currentMetrics": [
                { "type": "Pods", "pods": { "metric": { "name": "requests" }, "current": { "averageValue": "46500m" } } },
                { "type": "" },
                { "type": "Resource", "resource": { "name": "cpu", "current": { "averageUtilization": 93, "averageValue": "93m" } } } ],
                "conditions": [{ "type": "ScalingLimited", "status": "False", "reason": "DesiredWithinRange", "message": "m" }] }
        }"#;
        let view = read(&serde_json::from_str(text).expect("an autoscaler"));
        assert_eq!((view.min, view.max, view.current, view.desired), (2, 10, Some(4), 6));
        assert!(view.scaled_at.is_some() && view.conditions.len() == 1);
        let measure = |name: &str, percent, target: &str, now: &str| MeasureView {
            name: name.into(),
            percent,
            target: target.into(),
            now: Some(now.into()),
        };
        let unknown = MeasureView { now: None, ..measure("requests{verb=GET}", false, "9", "") };
        let expected = [measure("cpu", true, "70", "93"), measure("requests", false, "100", "46500m"), unknown];
        assert_eq!(view.measures, expected);
    }

    #[test]
    fn one_that_has_just_been_made_has_found_nothing() {
        let text = r#"{ "metadata": { "name": "web" }, "spec": { "maxReplicas": 3, "metrics": [
            { "resource": { "name": "memory", "target": { "averageUtilization": 80 } } }] },
            "status": { "desiredReplicas": 0, "currentMetrics": null } }"#;
        let view = read(&serde_json::from_str(text).expect("an autoscaler"));
        assert_eq!((view.min, view.current, view.measures[0].now.as_deref()), (1, None, None));
    }
}
