//! How many pods an application has: by what they use, and while nodes are drained.

use k8s_openapi::{
    api::{
        autoscaling::v2::{
            CrossVersionObjectReference, HPAScalingRules, HorizontalPodAutoscaler, HorizontalPodAutoscalerBehavior,
            HorizontalPodAutoscalerSpec, MetricSpec, MetricTarget, ResourceMetricSource,
        },
        policy::v1::{PodDisruptionBudget, PodDisruptionBudgetSpec},
    },
    apimachinery::pkg::apis::meta::v1::LabelSelector,
};
use serde_json::Value;

use super::{Subject, amount, int, json};

/// What decides how many pods there are, when they use it.
pub fn autoscaler(subject: &Subject<'_>) -> Option<Value> {
    let scaling = subject.spec.autoscaling.as_ref()?;
    let shares = [("cpu", scaling.cpu_percent), ("memory", scaling.memory_percent)];
    let metrics = shares.into_iter().filter_map(|(name, share)| {
        Some(MetricSpec {
            type_: "Resource".into(),
            resource: Some(ResourceMetricSource {
                name: name.into(),
                target: MetricTarget {
                    type_: "Utilization".into(),
                    average_utilization: Some(int(share?)),
                    ..MetricTarget::default()
                },
            }),
            ..MetricSpec::default()
        })
    });
    Some(json(&HorizontalPodAutoscaler {
        metadata: subject.metadata(subject.labels()),
        spec: HorizontalPodAutoscalerSpec {
            scale_target_ref: CrossVersionObjectReference {
                api_version: Some("apps/v1".into()),
                kind: "Deployment".into(),
                name: subject.name.into(),
            },
            min_replicas: Some(int(scaling.min)),
            max_replicas: int(scaling.max),
            metrics: Some(metrics.collect()),
            behavior: Some(HorizontalPodAutoscalerBehavior {
                scale_down: Some(HPAScalingRules {
                    stabilization_window_seconds: Some(int(scaling.scale_down_seconds)),
                    ..HPAScalingRules::default()
                }),
                ..HorizontalPodAutoscalerBehavior::default()
            }),
        },
        ..HorizontalPodAutoscaler::default()
    }))
}

/// How many pods may be missing while nodes are drained.
pub fn disruption_budget(subject: &Subject<'_>) -> Option<Value> {
    let disruption = subject.spec.disruption.as_ref()?;
    Some(json(&PodDisruptionBudget {
        metadata: subject.metadata(subject.labels()),
        spec: Some(PodDisruptionBudgetSpec {
            max_unavailable: Some(amount(disruption.max_unavailable)),
            selector: Some(LabelSelector { match_labels: Some(subject.selector()), ..LabelSelector::default() }),
            // Pods that do not serve anyway are no reason to keep a node.
            unhealthy_pod_eviction_policy: Some("AlwaysAllow".into()),
            ..PodDisruptionBudgetSpec::default()
        }),
        ..PodDisruptionBudget::default()
    }))
}
