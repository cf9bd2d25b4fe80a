//! How many pods an application has: by what they use, and while nodes are drained.

use app::model::Amount;
use k8s_openapi::{
    api::{
        autoscaling::v2::{
            CrossVersionObjectReference, HPAScalingPolicy, HPAScalingRules, HorizontalPodAutoscaler,
            HorizontalPodAutoscalerBehavior, HorizontalPodAutoscalerSpec, MetricIdentifier, MetricSpec, MetricTarget,
            PodsMetricSource, ResourceMetricSource,
        },
        policy::v1::{PodDisruptionBudget, PodDisruptionBudgetSpec},
    },
    apimachinery::pkg::{api::resource::Quantity, apis::meta::v1::LabelSelector},
};
use serde_json::Value;

use super::{Subject, amount, int, json};

/// What decides how many pods there are, when they use it.
pub fn autoscaler(subject: &Subject<'_>) -> Option<Value> {
    let scaling = subject.spec.autoscaling.as_ref()?;
    let shares = [("cpu", scaling.cpu_percent), ("memory", scaling.memory_percent)];
    let shares = shares.into_iter().filter_map(|(name, share)| {
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
    let own = scaling.metrics.iter().map(|metric| MetricSpec {
        type_: "Pods".into(),
        pods: Some(PodsMetricSource {
            metric: MetricIdentifier {
                name: metric.name.clone(),
                selector: (!metric.labels.is_empty())
                    .then(|| LabelSelector { match_labels: Some(metric.labels.clone()), ..LabelSelector::default() }),
            },
            target: MetricTarget {
                type_: "AverageValue".into(),
                average_value: Some(Quantity(metric.average.trim().to_owned())),
                ..MetricTarget::default()
            },
        }),
        ..MetricSpec::default()
    });
    let more = rules((scaling.scale_up_seconds > 0).then_some(scaling.scale_up_seconds), scaling.most_more_a_minute);
    let fewer = rules(Some(scaling.scale_down_seconds), scaling.most_fewer_a_minute);
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
            metrics: Some(shares.chain(own).collect()),
            behavior: Some(HorizontalPodAutoscalerBehavior { scale_up: more, scale_down: fewer }),
        },
        ..HorizontalPodAutoscaler::default()
    }))
}

/// How fast there are more pods, or fewer; `None` where Kubernetes' own way will do.
fn rules(seconds: Option<u32>, most_a_minute: Option<Amount>) -> Option<HPAScalingRules> {
    if seconds.is_none() && most_a_minute.is_none() {
        return None;
    }
    let policy = most_a_minute.map(|most| {
        let (type_, value) = match most {
            Amount::Count(count) => ("Pods", count),
            Amount::Percent(share) => ("Percent", share),
        };
        HPAScalingPolicy { type_: type_.into(), value: int(value), period_seconds: 60 }
    });
    Some(HPAScalingRules {
        stabilization_window_seconds: seconds.map(int),
        policies: policy.map(|policy| vec![policy]),
        ..HPAScalingRules::default()
    })
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
