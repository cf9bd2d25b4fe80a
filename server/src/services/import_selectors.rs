//! Whether selectors pick pods, by the labels of these. Pure.

use serde_json::Value;

/// Whether labels are among those wanted, of which there is at least one.
pub(super) fn selects(wanted: &Value, labels: &Value) -> bool {
    let wanted = wanted.as_object().filter(|wanted| !wanted.is_empty());
    wanted.is_some_and(|wanted| wanted.iter().all(|(name, value)| labels.get(name) == Some(value)))
}

/// Whether a selector that names labels picks pods with `labels`. One that names none means all pods, whatever they are called.
///
/// Source: <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#resources-that-support-set-based-requirements>
pub(super) fn picks(selector: &Value, labels: &Value) -> bool {
    let fits = |part: &Value| {
        let (key, values) = (part["key"].as_str().unwrap_or_default(), part["values"].as_array());
        let there = labels.get(key);
        let among = there.is_some_and(|there| values.is_some_and(|values| values.contains(there)));
        match part["operator"].as_str() {
            Some("In") => among,
            Some("NotIn") => !among,
            Some("Exists") => there.is_some(),
            Some("DoesNotExist") => there.is_none(),
            _ => false,
        }
    };
    let plain = selector["matchLabels"].as_object().filter(|wanted| !wanted.is_empty());
    let parts = selector["matchExpressions"].as_array().filter(|parts| !parts.is_empty());
    (plain.is_some() || parts.is_some())
        && plain.is_none_or(|_| selects(&selector["matchLabels"], labels))
        && parts.is_none_or(|parts| parts.iter().all(fits))
}
