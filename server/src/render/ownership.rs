//! Who wrote which fields of an object, as Kubernetes keeps it. Pure.
//!
//! What others write into an application's objects stays there under server-side apply, however often a release is applied:
//! an environment variable that was added by hand would outlive every rollback. So their share of the specification is
//! taken over first; what the release does not say then goes.
//!
//! Source: <https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management>

use serde_json::{Map, Value, json};

use super::MANAGED_BY;

/// What is left to others, by kind: the mark of a restart by hand, which to remove would restart once more, and what those who
/// look after a Service's addresses write into it.
const LEFT: [(&str, &[&str]); 9] = [
    ("Deployment", &["f:template", "f:metadata", "f:annotations", "f:kubectl.kubernetes.io/restartedAt"]),
    ("StatefulSet", &["f:template", "f:metadata", "f:annotations", "f:kubectl.kubernetes.io/restartedAt"]),
    ("Service", &["f:clusterIP"]),
    ("Service", &["f:clusterIPs"]),
    ("Service", &["f:healthCheckNodePort"]),
    ("Service", &["f:ipFamilies"]),
    ("Service", &["f:ipFamilyPolicy"]),
    ("Service", &["f:loadBalancerClass"]),
    ("Service", &["f:loadBalancerIP"]),
];

/// The paths below `f:spec` that are left to others in an object.
fn left(object: &Value) -> impl Iterator<Item = &'static [&'static str]> {
    let kind = object["kind"].as_str().unwrap_or_default().to_owned();
    LEFT.iter().filter(move |(of, _)| *of == kind).map(|(_, path)| *path)
}

/// A field of an object's specification that somebody else has written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its path: `spec.template.spec.containers[app].env[GREETING].value`.
    pub path: String,
    /// Who: `kubectl-edit`.
    pub manager: String,
    /// When they last wrote any of the object's fields (RFC 3339).
    pub at: String,
}

/// The fields of an object's specification that others than Longshore have written last, by whichever way; without those
/// that are left to them.
pub fn written_by_others(object: &Value) -> Vec<Written> {
    let mut written = Vec::new();
    for entry in entries(object).iter().filter(|entry| is_others(entry)) {
        let (manager, at) = (text(entry, "manager"), text(entry, "time"));
        if let Some(fields) = entry.pointer("/fieldsV1/f:spec") {
            let mut fields = fields.clone();
            for path in left(object) {
                take(&mut fields, path);
            }
            let tell = &mut |path: String| {
                written.push(Written { path, manager: manager.to_owned(), at: at.to_owned() });
            };
            if fields.as_object().is_some_and(|fields| !fields.is_empty()) {
                leaves(&fields, "spec", tell);
            }
        }
    }
    written
}

/// The object's managers when others' share of the specification is Longshore's; `None` when they have none. What they own
/// by way of a subresource, as autoscalers own the number of pods, stays theirs.
pub fn taken_over(object: &Value) -> Option<Value> {
    let mut entries = entries(object).to_vec();
    let version = object["apiVersion"].clone();
    let mut taken = Map::new();
    for entry in &mut entries {
        let whole = text(entry, "subresource").is_empty() && entry["apiVersion"] == version;
        if !whole || !is_others(entry) {
            continue;
        }
        let Some(mut fields) = entry["fieldsV1"].as_object_mut().and_then(|fields| fields.remove("f:spec")) else {
            continue;
        };
        let mut kept = Map::new();
        for path in left(object) {
            if take(&mut fields, path) {
                unite(&mut kept, only(path));
            }
        }
        if !kept.is_empty() {
            entry["fieldsV1"]["f:spec"] = Value::Object(kept);
        }
        if let Value::Object(fields) = fields {
            unite(&mut taken, fields);
        }
    }
    if taken.is_empty() {
        return None;
    }
    entries.retain(|entry| entry["fieldsV1"].as_object().is_some_and(|fields| !fields.is_empty()));
    let taken = Map::from_iter([("f:spec".to_owned(), Value::Object(taken))]);
    let own = entries.iter_mut().find(|entry| {
        text(entry, "manager") == MANAGED_BY.1 && text(entry, "operation") == "Apply" && entry["apiVersion"] == version
    });
    match own.and_then(|entry| entry["fieldsV1"].as_object_mut()) {
        Some(fields) => unite(fields, taken),
        None => entries.push(json!({
            "manager": MANAGED_BY.1, "operation": "Apply", "apiVersion": version,
            "fieldsType": "FieldsV1", "fieldsV1": taken,
        })),
    }
    Some(Value::Array(entries))
}

fn entries(object: &Value) -> &[Value] {
    object.pointer("/metadata/managedFields").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'a>(entry: &'a Value, name: &str) -> &'a str {
    entry[name].as_str().unwrap_or_default()
}

fn is_others(entry: &Value) -> bool {
    text(entry, "manager") != MANAGED_BY.1
}

/// Takes what stands at a path out of some fields; whether there was anything. What becomes empty by it goes.
fn take(fields: &mut Value, path: &[&str]) -> bool {
    let Some(fields) = fields.as_object_mut() else { return false };
    let (next, rest) = match path {
        [last] => return fields.remove(*last).is_some(),
        [next, rest @ ..] => (*next, rest),
        [] => return false,
    };
    let Some(below) = fields.get_mut(next) else { return false };
    let found = take(below, rest);
    if found && below.as_object().is_some_and(|fields| fields.keys().all(|name| name == ".")) {
        fields.remove(next);
    }
    found
}

/// The fields of a path alone.
fn only(path: &[&str]) -> Map<String, Value> {
    let whole = path.iter().rev().fold(json!({}), |below, name| json!({ *name: below }));
    whole.as_object().cloned().unwrap_or_default()
}

/// Adds fields to fields.
fn unite(into: &mut Map<String, Value>, from: Map<String, Value>) {
    for (name, below) in from {
        match (into.get_mut(&name), below) {
            (Some(Value::Object(into)), Value::Object(from)) => unite(into, from),
            (Some(_), _) => {}
            (None, below) => {
                into.insert(name, below);
            }
        }
    }
}

/// Tells each field below which there is none.
fn leaves(fields: &Value, path: &str, tell: &mut impl FnMut(String)) {
    let below: Vec<(&String, &Value)> =
        fields.as_object().into_iter().flatten().filter(|(name, _)| name.as_str() != ".").collect();
    if below.is_empty() {
        tell(path.to_owned());
    }
    for (name, fields) in below {
        let path = match name.split_once(':') {
            Some(("f", field)) => format!("{path}.{field}"),
            Some(("k", keys)) => format!("{path}[{}]", named(keys)),
            Some((_, value)) => format!("{path}[{value}]"),
            None => continue,
        };
        leaves(fields, &path, tell);
    }
}

/// A part of a list by what it is told apart by: the first of its keys that is not a protocol.
fn named(keys: &str) -> String {
    let keys: Map<String, Value> = serde_json::from_str(keys).unwrap_or_default();
    let told = keys.iter().find(|(name, _)| name.as_str() != "protocol").map(|(_, value)| value);
    match told {
        Some(Value::String(name)) => name.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited() -> Value {
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": { "managedFields": [
                { "manager": "longshore", "operation": "Apply", "apiVersion": "apps/v1", "time": "2026-01-01T00:00:00Z",
                  "fieldsType": "FieldsV1",
                  "fieldsV1": { "f:metadata": { "f:labels": {} }, "f:spec": { "f:replicas": {}, "f:template": { "f:spec": {
                      "f:containers": { "k:{\"name\":\"app\"}": { ".": {}, "f:name": {}, "f:env": {
                          "k:{\"name\":\"OURS\"}": { ".": {}, "f:name": {}, "f:value": {} } } } } } } } } },
                { "manager": "kubectl-edit", "operation": "Update", "apiVersion": "apps/v1", "time": "2026-01-02T00:00:00Z",
                  "fieldsType": "FieldsV1",
                  "fieldsV1": { "f:metadata": { "f:annotations": { "f:note": {} } }, "f:spec": { "f:template": {
                      "f:metadata": { "f:annotations": { ".": {}, "f:kubectl.kubernetes.io/restartedAt": {} } },
                      "f:spec": { "f:containers": { "k:{\"name\":\"app\"}": {
                          "f:env": { "k:{\"name\":\"THEIRS\"}": { ".": {}, "f:name": {}, "f:value": {} } },
                          "f:ports": { "k:{\"containerPort\":90,\"protocol\":\"TCP\"}": { ".": {}, "f:containerPort": {} } } } } } } } } },
                { "manager": "kube-controller-manager", "operation": "Update", "apiVersion": "apps/v1", "subresource": "status",
                  "fieldsType": "FieldsV1", "fieldsV1": { "f:status": { "f:replicas": {} } } },
                { "manager": "kubectl", "operation": "Update", "apiVersion": "autoscaling/v1", "subresource": "scale",
                  "fieldsType": "FieldsV1", "fieldsV1": { "f:spec": { "f:replicas": {} } } },
            ] },
        })
    }

    #[test]
    fn whoever_writes_beside_longshore_is_named_with_the_place() {
        let written = written_by_others(&edited());
        let told: Vec<_> = written.iter().map(|w| format!("{} {}", w.manager, w.path)).collect();
        assert_eq!(
            told,
            [
                "kubectl-edit spec.template.spec.containers[app].env[THEIRS].name",
                "kubectl-edit spec.template.spec.containers[app].env[THEIRS].value",
                "kubectl-edit spec.template.spec.containers[app].ports[90].containerPort",
                "kubectl spec.replicas",
            ]
        );
        assert_eq!(written[0].at, "2026-01-02T00:00:00Z");
    }

    #[test]
    fn their_share_of_the_specification_becomes_longshores() {
        let entries = taken_over(&edited()).expect("somebody wrote");
        let of = |manager: &str| {
            let all = entries.as_array().expect("entries");
            all.iter().find(|e| e["manager"] == manager).map(|e| e["fieldsV1"].clone()).expect("an entry")
        };
        let app = of("longshore").pointer("/f:spec/f:template/f:spec/f:containers/k:{\"name\":\"app\"}").cloned();
        let env = app.expect("the container")["f:env"].clone();
        let names: Vec<_> = env.as_object().expect("variables").keys().cloned().collect();
        assert_eq!(names, ["k:{\"name\":\"OURS\"}", "k:{\"name\":\"THEIRS\"}"]);
        let left = json!({
            "f:metadata": { "f:annotations": { "f:note": {} } },
            "f:spec": { "f:template": { "f:metadata": { "f:annotations": { "f:kubectl.kubernetes.io/restartedAt": {} } } } },
        });
        assert_eq!(of("kubectl-edit"), left, "what is no specification, and the mark of a restart");
        assert_eq!(of("kubectl")["f:spec"], json!({ "f:replicas": {} }), "what is a subresource's");
        let mut again = edited();
        again["metadata"]["managedFields"] = entries;
        assert_eq!(taken_over(&again), None, "there is no more to take");
    }

    #[test]
    fn addresses_of_a_service_are_left_to_those_who_look_after_them() {
        let by = |fields: Value| {
            json!({ "apiVersion": "v1", "kind": "Service", "metadata": { "managedFields": [
                { "manager": "kube-vip", "operation": "Update", "apiVersion": "v1", "fieldsV1": { "f:spec": fields } },
            ] } })
        };
        let address = by(json!({ "f:loadBalancerIP": {}, "f:loadBalancerClass": {} }));
        assert_eq!((taken_over(&address), written_by_others(&address)), (None, vec![]));
        let selector = by(json!({ "f:loadBalancerIP": {}, "f:selector": { "f:app": {} } }));
        let entries = taken_over(&selector).expect("the selector is Longshore's");
        assert_eq!(entries[0]["fieldsV1"], json!({ "f:spec": { "f:loadBalancerIP": {} } }));
        assert_eq!(entries[1]["fieldsV1"], json!({ "f:spec": { "f:selector": { "f:app": {} } } }));
        assert_eq!(entries[1]["manager"], MANAGED_BY.1);
    }
}
