//! What must hold of how an application is scaled.

use super::{super::MAX_REPLICAS, check_amount, within};
use crate::{
    model::{Autoscaling, Checks, PodMetric, parse_milli},
    text,
};

/// The most measures of its own that an application is scaled by.
const MAX_METRICS: usize = 4;
/// The most labels that pick one of them.
const MAX_LABELS: usize = 8;
/// The most that a share may be, in percent of what pods ask for.
const MAX_SHARE: u32 = 1000;
/// The longest that pods are looked back at, as Kubernetes allows it, in seconds.
///
/// Source: <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v2/>
const MAX_PAUSE: u32 = 3600;

impl Autoscaling {
    pub(super) fn check(&self, checks: &mut Checks) {
        within(checks, "autoscaling.max", self.max, 1, MAX_REPLICAS);
        within(checks, "autoscaling.min", self.min, 1, self.max.clamp(1, MAX_REPLICAS));
        for (field, share) in
            [("autoscaling.cpu_percent", self.cpu_percent), ("autoscaling.memory_percent", self.memory_percent)]
        {
            if let Some(share) = share {
                within(checks, field, share, 1, MAX_SHARE);
            }
        }
        if self.cpu_percent.is_none() && self.memory_percent.is_none() && self.metrics.is_empty() {
            checks.fail(
                "autoscaling.cpu_percent",
                text!(
                    "Say by what: cpu_percent, memory_percent, metrics, or several of them.",
                    "请填写 cpu_percent、memory_percent 或 metrics，可多项并用。"
                ),
            );
        }
        if self.metrics.len() > MAX_METRICS {
            checks.fail("autoscaling.metrics", text!("At most {MAX_METRICS} of them.", "最多 {MAX_METRICS} 个。"));
        }
        for (n, metric) in self.metrics.iter().take(MAX_METRICS).enumerate() {
            metric.check(checks, &format!("autoscaling.metrics[{n}]"));
            if self.metrics[..n].iter().any(|before| before.name == metric.name && before.labels == metric.labels) {
                let name = &metric.name;
                checks
                    .fail(&format!("autoscaling.metrics[{n}].name"), text!("“{name}” stands twice.", "“{name}”重复。"));
            }
        }
        within(checks, "autoscaling.scale_down_seconds", self.scale_down_seconds, 0, MAX_PAUSE);
        within(checks, "autoscaling.scale_up_seconds", self.scale_up_seconds, 0, MAX_PAUSE);
        for (field, most) in [
            ("autoscaling.most_more_a_minute", self.most_more_a_minute),
            ("autoscaling.most_fewer_a_minute", self.most_fewer_a_minute),
        ] {
            if let Some(most) = most {
                check_amount(checks, field, most, 1);
            }
        }
    }
}

impl PodMetric {
    fn check(&self, checks: &mut Checks, field: &str) {
        if !is_metric(&self.name) {
            checks.fail(
                &format!("{field}.name"),
                text!(
                    "A metric's name has letters, digits, “_”, “:”, “.” and “-”, up to 128 of them.",
                    "指标名称只能包含字母、数字、“_”、“:”、“.”和“-”，最多 128 个字符。"
                ),
            );
        }
        if self.labels.len() > MAX_LABELS {
            checks.fail(&format!("{field}.labels"), text!("At most {MAX_LABELS} of them.", "最多 {MAX_LABELS} 个。"));
        }
        for (name, value) in self.labels.iter().take(MAX_LABELS) {
            if !is_label_part(name, false) || !is_label_part(value, true) {
                checks.fail(
                    &format!("{field}.labels.{name}"),
                    text!(
                        "Names and values of labels have letters, digits, “-”, “_” and “.”, up to 63, and begin and end with a letter or digit.",
                        "标签的名称和值只能包含字母、数字、“-”、“_”和“.”，最多 63 个字符，且以字母或数字开头和结尾。"
                    ),
                );
            }
        }
        if parse_milli(&self.average).is_none_or(|milli| milli == 0) {
            checks.fail(
                &format!("{field}.average"),
                text!("Write a quantity above nothing: 100, 250m.", "请填写大于零的数量，如 100、250m。"),
            );
        }
    }
}

fn is_metric(name: &str) -> bool {
    (1..=128).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b':' | b'.' | b'-'))
        && name.bytes().any(|b| b.is_ascii_alphanumeric())
}

/// The name of a label without a prefix, or a value, which may be empty.
///
/// Source: <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set>
fn is_label_part(text: &str, may_be_empty: bool) -> bool {
    let ends = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_alphanumeric());
    (text.is_empty() && may_be_empty)
        || text.len() <= 63
            && ends(text.bytes().next())
            && ends(text.bytes().last())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use crate::model::{AppSpec, Source, SpecForm};

    fn read(scaling: &str) -> Result<AppSpec, crate::UiError> {
        let document = format!("kind: worker\ncontainers: [{{ image: web }}]\nautoscaling: {scaling}");
        let form = SpecForm { source: Source::Document, document, ..SpecForm::default() };
        form.parse().map(|(spec, _)| spec)
    }

    fn wrong(scaling: &str) -> Vec<String> {
        let errors = read(scaling).err().map(|error| error.fields).unwrap_or_default();
        let place = |said: &str| said.split_once(": ").map_or(said, |(place, _)| place).to_owned();
        errors.into_iter().map(|error| place(&error.message.en)).collect()
    }

    #[test]
    fn measures_of_its_own_are_checked() {
        assert!(wrong("{ min: 1, max: 9, metrics: [{ name: http_requests, average: 100 }] }").is_empty());
        assert!(wrong("{ min: 1, max: 9, metrics: [{ name: a, average: 250m, labels: { verb: GET } }] }").is_empty());
        for (scaling, field) in [
            ("{ min: 1, max: 9 }", "autoscaling.cpu_percent"),
            ("{ min: 1, max: 9, metrics: [{ name: 'a/b', average: 1 }] }", "autoscaling.metrics[0].name"),
            ("{ min: 1, max: 9, metrics: [{ name: a, average: 0 }] }", "autoscaling.metrics[0].average"),
            ("{ min: 1, max: 9, metrics: [{ name: a, average: many }] }", "autoscaling.metrics[0].average"),
            (
                "{ min: 1, max: 9, metrics: [{ name: a, average: 1, labels: { '-x': y } }] }",
                "autoscaling.metrics[0].labels.-x",
            ),
            (
                "{ min: 1, max: 9, metrics: [{ name: a, average: 1 }, { name: a, average: 2 }] }",
                "autoscaling.metrics[1].name",
            ),
            ("{ min: 1, max: 9, cpu_percent: 70, most_fewer_a_minute: 0 }", "autoscaling.most_fewer_a_minute"),
            ("{ min: 1, max: 9, cpu_percent: 70, scale_up_seconds: 3601 }", "autoscaling.scale_up_seconds"),
        ] {
            assert_eq!(wrong(scaling), [field], "{scaling}");
        }
    }

    #[test]
    fn what_is_not_said_is_not_written() {
        let spec = read("{ min: 2, max: 4, cpu_percent: 70 }").expect("right");
        let written = serde_json::to_value(&spec.autoscaling).expect("JSON");
        let expected = serde_json::json!({ "min": 2, "max": 4, "cpu_percent": 70, "scale_down_seconds": 300 });
        assert_eq!(written, expected);
    }
}
