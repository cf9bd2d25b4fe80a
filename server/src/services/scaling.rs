//! Autoscaling in words: what the cluster's autoscaler says of itself, for people. Pure.

use app::{
    i18n::Text,
    model::{AppSpec, Measure, Scaling, ScalingDecision, parse_milli},
    text,
};

use crate::kubernetes::index::{AppView, MeasureView, ScalerView, WorkloadCondition};

/// How an application is scaled; `None` for one that is not.
pub(super) fn scaling(view: Option<&AppView>, spec: &AppSpec) -> Option<Scaling> {
    let wanted = spec.autoscaling.as_ref()?;
    let pods = view.and_then(|view| view.workload.as_ref()).map_or(0, |workload| workload.current);
    let Some((view, scaler)) = view.and_then(|view| Some((view, view.scaler.as_ref()?))) else {
        return Some(Scaling {
            min: wanted.min,
            max: wanted.max,
            current: pods,
            summary: text!(
                "The cluster shows no autoscaler of this app: it is on its way, or Longshore may not look at autoscalers there.",
                "集群中没有此应用的自动伸缩器：可能尚未创建，或 Longshore 无权查看。"
            ),
            ..Scaling::default()
        });
    };
    let (works, summary) = summary(scaler);
    let decisions = view.scaler_events.iter().filter_map(|event| {
        let (pods, why) = decision(&event.reason, &event.message)?;
        Some(ScalingDecision { at: event.at, pods, why })
    });
    Some(Scaling {
        min: scaler.min,
        max: scaler.max,
        current: scaler.current.unwrap_or(pods),
        desired: (scaler.desired > 0).then_some(scaler.desired),
        scaled_at: scaler.scaled_at,
        summary,
        works,
        measures: scaler.measures.iter().map(measure).collect(),
        decisions: decisions.collect(),
    })
}

/// Whether it works, and what it does now.
///
/// Source of the conditions and their reasons:
/// <https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale-walkthrough/#appendix-horizontal-pod-autoscaler-status-conditions>
fn summary(scaler: &ScalerView) -> (bool, Text) {
    let ScalerView { min, max, desired, .. } = scaler;
    let current = scaler.current.unwrap_or_default();
    let condition = |kind: &str, status: &str| -> Option<&WorkloadCondition> {
        scaler.conditions.iter().find(|c| c.kind == kind && c.status == status)
    };
    if let Some(idle) = condition("ScalingActive", "False") {
        if idle.reason == "ScalingDisabled" {
            return (true, text!("It is scaled to nothing, so autoscaling rests.", "已缩容到零，自动伸缩暂停。"));
        }
        let why = &idle.message;
        return (
            false,
            text!(
                "It cannot tell how many pods are needed, and leaves them as they are. The cluster says: {why}",
                "无法得出所需的 Pod 数量，保持现状。集群反馈：{why}"
            ),
        );
    }
    if let Some(stuck) = condition("AbleToScale", "False") {
        let why = &stuck.message;
        return (
            false,
            text!("It cannot change the number of pods. The cluster says: {why}", "无法更改 Pod 数量。集群反馈：{why}"),
        );
    }
    if scaler.current.is_none() || scaler.conditions.is_empty() {
        return (true, text!("It is about to look for the first time.", "即将进行首次检测。"));
    }
    let limited = condition("ScalingLimited", "True").map(|c| c.reason.as_str());
    let said = match limited {
        Some("TooManyReplicas") => text!(
            "More pods are needed than the most that it may have: {max}. Raise the limit by an upgrade.",
            "所需的 Pod 超过上限 {max} 个，可通过升级提高上限。"
        ),
        Some("TooFewReplicas") => text!(
            "Fewer pods would do; {min} are the fewest that it may have.",
            "更少的 Pod 即可满足，但下限为 {min} 个。"
        ),
        _ if *desired != current => {
            text!("It goes from {current} to {desired} pods.", "正在从 {current} 个 Pod 调整为 {desired} 个。")
        }
        _ if condition("AbleToScale", "True").is_some_and(|c| c.reason == "ScaleDownStabilized") => text!(
            "{current} pods. Fewer would do at the moment; it waits to be sure.",
            "当前 {current} 个 Pod。目前更少即可，正在观察确认。"
        ),
        _ => text!("{current} pods are what is needed.", "当前 {current} 个 Pod 正好满足需要。"),
    };
    (true, said)
}

fn measure(view: &MeasureView) -> Measure {
    let shown = |amount: &str| if view.percent { format!("{amount}%") } else { plain(amount) };
    let share = view.now.as_deref().and_then(|now| {
        let (now, target) = (parse_milli(now)?, parse_milli(&view.target).filter(|target| *target > 0)?);
        u32::try_from(now.saturating_mul(100) / target).ok()
    });
    Measure { name: view.name.clone(), target: shown(&view.target), now: view.now.as_deref().map(shown), share }
}

/// A quantity as people write numbers, to the thousandth; as it is when it cannot be read.
fn plain(quantity: &str) -> String {
    let Some(milli) = parse_milli(quantity) else { return quantity.to_owned() };
    let (whole, rest) = (milli / 1000, milli % 1000);
    let text = format!("{whole}.{rest:03}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// What an event of the autoscaler tells: how many pods it came to, and why; `None` for what is no decision.
///
/// Source of the sentences:
/// <https://github.com/kubernetes/kubernetes/blob/master/pkg/controller/podautoscaler/horizontal.go>
fn decision(reason: &str, message: &str) -> Option<(Option<u32>, Text)> {
    if reason == "SuccessfulRescale" {
        let said = message.strip_prefix("New size: ")?;
        let (size, why) = said.split_once("; reason: ")?;
        return Some((Some(size.parse().ok()?), in_words(why)));
    }
    reason.starts_with("Failed").then(|| (None, Text::same(message)))
}

fn in_words(why: &str) -> Text {
    if let Some(what) = why.strip_suffix(" above target") {
        let what = what
            .strip_suffix(" resource utilization (percentage of request)")
            .or_else(|| what.strip_prefix("pods metric "))
            .unwrap_or(what);
        return text!("{what} was above its target", "{what} 高于目标值");
    }
    match why {
        "All metrics below target" => text!("all that it looks at was below its target", "所有指标均低于目标值"),
        "Current number of replicas above Spec.MaxReplicas" => {
            text!("there were more than the most allowed", "超过上限")
        }
        "Current number of replicas below Spec.MinReplicas" => {
            text!("there were fewer than the least allowed", "低于下限")
        }
        other => Text::same(other),
    }
}

#[cfg(test)]
mod tests {
    use app::model::{EventRow, document};

    use super::*;

    fn condition(kind: &str, status: &str, reason: &str) -> WorkloadCondition {
        WorkloadCondition {
            kind: kind.into(),
            status: status.into(),
            reason: reason.into(),
            message: format!("{reason} was said"),
        }
    }

    fn scaler(conditions: Vec<WorkloadCondition>) -> ScalerView {
        let measures = vec![
            MeasureView { name: "cpu".into(), percent: true, target: "70".into(), now: Some("93".into()) },
            MeasureView { name: "requests".into(), percent: false, target: "100".into(), now: Some("46500m".into()) },
            MeasureView { name: "queue".into(), percent: false, target: "250m".into(), now: None },
        ];
        ScalerView {
            name: "web".into(),
            min: 2,
            max: 10,
            current: Some(4),
            desired: 4,
            scaled_at: None,
            measures,
            conditions,
        }
    }

    #[test]
    fn what_it_does_is_said_in_words() {
        let said = |conditions: &[(&str, &str, &str)]| {
            summary(&scaler(conditions.iter().map(|(kind, status, reason)| condition(kind, status, reason)).collect()))
        };
        let able = ("AbleToScale", "True", "ReadyForNewScale");
        for (conditions, works, words) in [
            (vec![able, ("ScalingLimited", "False", "DesiredWithinRange")], true, "4 pods are what is needed."),
            (vec![("AbleToScale", "True", "ScaleDownStabilized")], true, "waits to be sure"),
            (vec![able, ("ScalingLimited", "True", "TooManyReplicas")], true, "most that it may have: 10"),
            (vec![able, ("ScalingLimited", "True", "TooFewReplicas")], true, "2 are the fewest"),
            (vec![able, ("ScalingActive", "False", "FailedGetPodsMetric")], false, "FailedGetPodsMetric was said"),
            (vec![able, ("ScalingActive", "False", "ScalingDisabled")], true, "rests"),
            (vec![("AbleToScale", "False", "FailedGetScale")], false, "FailedGetScale was said"),
            (vec![], true, "for the first time"),
        ] {
            let (does, text) = said(&conditions);
            assert!(does == works && text.en.contains(words), "{conditions:?}: {text:?}");
        }
    }

    #[test]
    fn measures_and_decisions_are_told_as_people_write_them() {
        let spec = "kind: worker\ncontainers: [{ image: web }]\nautoscaling: { min: 2, max: 10, cpu_percent: 70 }";
        let spec = document::read(spec).expect("a specification");
        assert_eq!(scaling(None, &AppSpec { autoscaling: None, ..spec.clone() }), None);
        let event = |reason: &str, message: &str| EventRow {
            reason: reason.into(),
            message: message.into(),
            ..EventRow::default()
        };
        let view = AppView {
            scaler: Some(scaler(Vec::new())),
            scaler_events: vec![
                event(
                    "SuccessfulRescale",
                    "New size: 4; reason: cpu resource utilization (percentage of request) above target",
                ),
                event("FailedGetPodsMetric", "no metrics"),
                event("SuccessfulRescale", "New size: 2; reason: All metrics below target"),
            ],
            ..AppView::default()
        };
        let told = scaling(Some(&view), &spec).expect("scaled");
        let measures: Vec<_> = told.measures.iter().map(|m| (m.target.as_str(), m.now.as_deref(), m.share)).collect();
        assert_eq!(measures, [("70%", Some("93%"), Some(132)), ("100", Some("46.5"), Some(46)), ("0.25", None, None)]);
        let decisions: Vec<_> = told.decisions.iter().map(|d| (d.pods, d.why.en.as_str())).collect();
        assert_eq!(
            decisions,
            [
                (Some(4), "cpu was above its target"),
                (None, "no metrics"),
                (Some(2), "all that it looks at was below its target"),
            ]
        );
    }
}
