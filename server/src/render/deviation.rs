//! How an object in the cluster differs from its record. Pure.
//!
//! A cluster adds much to an object: defaults, addresses, its status. So a field differs when the record speaks of it and the
//! cluster has something else, or when somebody else has written it, as the cluster tells.

use std::collections::{BTreeMap, BTreeSet};

use app::model::{DriftChange, DriftedObject, Millis, parse_milli};
use serde_json::Value;

use super::ownership::{Written, written_by_others};

/// The most fields that are told of an object.
const MOST: usize = 100;
/// The most characters of a field's value that are told.
const MOST_TEXT: usize = 200;

/// The parts of objects that are compared.
const PARTS: [&str; 4] = ["spec", "data", "binaryData", "immutable"];

/// By what parts of lists are told apart, as server-side apply does it; a port by its number, and by its name after that.
const KEYS: [&str; 7] = ["containerPort", "mountPath", "devicePath", "topologyKey", "name", "ip", "port"];

/// How an object differs from its record; `None` when it does not.
pub fn drifted(recorded: &Value, live: Option<&Value>) -> Option<DriftedObject> {
    let word = |at: &str| recorded.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
    let kind = word("/kind");
    let changes = match live {
        Some(live) if kind == "Secret" => of_secret(recorded, live),
        Some(live) => deviations(recorded, live),
        None => Vec::new(),
    };
    let missing = live.is_none();
    (missing || !changes.is_empty()).then(|| DriftedObject { kind, name: word("/metadata/name"), missing, changes })
}

/// The fields of a live object that differ from its record.
pub fn deviations(recorded: &Value, live: &Value) -> Vec<DriftChange> {
    let (said, there) = (Fields::of(recorded), Fields::of(live));
    let written = written_by_others(live);
    let by = |path: &str| written.iter().rfind(|w| is_within(path, &w.path));
    let mut changes = Vec::new();
    for (path, value) in &said.0 {
        let live = there.0.get(path);
        if !same(path, Some(value), live.copied()) {
            changes.push(change(path, Some(value), live.copied(), by(path)));
        }
    }
    for (path, value) in &there.0 {
        // How many pods there are is an autoscaler's where the release does not say it. All there is of data is told.
        let writer = by(path);
        let told = writer.is_some() || path.starts_with("data.") || path.starts_with("binaryData.");
        if told && !said.0.contains_key(path) && path != "spec.replicas" {
            changes.push(change(path, None, Some(value), writer));
        }
    }
    // A part of a list that differs in nothing but that it is there.
    let untold = |path: &str, changes: &[DriftChange]| !changes.iter().any(|c| is_within(&c.path, path));
    for (path, key) in &said.1 {
        if !there.1.contains_key(path) && untold(path, &changes) {
            changes.push(change(path, Some(key), None, by(path)));
        }
    }
    for (path, key) in &there.1 {
        let writer = written.iter().rfind(|w| is_within(&w.path, path)).or_else(|| by(path));
        if !said.1.contains_key(path) && writer.is_some() && untold(path, &changes) {
            changes.push(change(path, None, Some(key), writer));
        }
    }
    changes.truncate(MOST);
    changes
}

/// Whether the parts of lists that both have follow each other in the same order: Kubernetes makes pods anew for another.
pub fn in_same_order(said: &Value, there: &Value) -> bool {
    match (said, there) {
        (Value::Object(said), Value::Object(there)) => {
            said.iter().all(|(name, value)| there.get(name).is_none_or(|other| in_same_order(value, other)))
        }
        (Value::Array(said), Value::Array(there)) => {
            let named =
                |list: &'_ [Value]| -> Vec<String> { list.iter().filter_map(key_of).map(|(_, word)| word).collect() };
            let (names, others) = (named(said), named(there));
            let both: Vec<&String> = names.iter().filter(|name| others.contains(name)).collect();
            let as_there: Vec<&String> = others.iter().filter(|name| names.contains(name)).collect();
            let same = |part: &Value| {
                let key = key_of(part);
                let other = there.iter().find(|other| key.is_some() && key_of(other) == key);
                other.is_none_or(|other| in_same_order(part, other))
            };
            both == as_there && said.iter().all(same)
        }
        _ => true,
    }
}

fn change(path: &str, recorded: Option<&Value>, live: Option<&Value>, by: Option<&Written>) -> DriftChange {
    DriftChange {
        path: path.to_owned(),
        recorded: recorded.map(words),
        live: live.map(words),
        manager: by.map(|w| w.manager.clone()),
        at: by.and_then(|w| w.at.parse().ok()).map(|at: jiff::Timestamp| -> Millis { at.as_millisecond() }),
    }
}

/// How a Secret differs from its record, which has no values: by what it has a value for, and of values nothing is told.
pub fn of_secret(recorded: &Value, live: &Value) -> Vec<DriftChange> {
    let names = |object: &Value| -> BTreeSet<String> {
        object["data"].as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect()
    };
    let (said, there) = (names(recorded), names(live));
    let value = || Some("…".to_owned());
    let differing = said.symmetric_difference(&there).take(MOST);
    differing
        .map(|name| DriftChange {
            path: format!("data.{name}"),
            recorded: said.contains(name).then(value).flatten(),
            live: there.contains(name).then(value).flatten(),
            manager: None,
            at: None,
        })
        .collect()
}

/// A value in few words.
fn words(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match text.char_indices().nth(MOST_TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// What is true where nothing is said.
const TRUE_WITHOUT: [&str; 2] = ["automountServiceAccountToken", "enableServiceLinks"];

/// Whether two values mean the same to Kubernetes: what is empty is not kept, and quantities have many spellings.
fn same(path: &str, said: Option<&Value>, there: Option<&Value>) -> bool {
    match (said, there) {
        (Some(said), Some(there)) => said == there || (is_quantity(path) && same_quantity(said, there)),
        (Some(value), None) | (None, Some(value)) => match value {
            Value::Null => true,
            Value::Bool(yes) => !yes && !TRUE_WITHOUT.iter().any(|field| path.ends_with(field)),
            Value::Number(number) => number.as_i64() == Some(0),
            Value::String(text) => text.is_empty(),
            Value::Array(parts) => parts.is_empty(),
            Value::Object(fields) => fields.is_empty(),
        },
        (None, None) => true,
    }
}

fn is_quantity(path: &str) -> bool {
    path.contains(".resources.") || path.ends_with(".sizeLimit") || path.ends_with(".averageValue")
}

fn same_quantity(one: &Value, other: &Value) -> bool {
    let milli = |value: &Value| value.as_str().and_then(parse_milli);
    milli(one).is_some() && milli(one) == milli(other)
}

/// Whether a path is another, or leads on from it.
fn is_within(path: &str, other: &str) -> bool {
    path.strip_prefix(other).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// An object's fields without any below them, by their paths; and what parts of lists are told apart by, by theirs.
struct Fields<'a>(BTreeMap<String, &'a Value>, BTreeMap<String, &'a Value>);

impl<'a> Fields<'a> {
    fn of(object: &'a Value) -> Self {
        let mut fields = Self(BTreeMap::new(), BTreeMap::new());
        for part in PARTS {
            if let Some(value) = object.get(part) {
                fields.add(part.to_owned(), value);
            }
        }
        if let Some(labels) = object.pointer("/metadata/labels") {
            fields.add("metadata.labels".to_owned(), labels);
        }
        fields
    }

    fn add(&mut self, path: String, value: &'a Value) {
        match value {
            Value::Object(below) if !below.is_empty() => {
                for (name, value) in below {
                    self.add(format!("{path}.{name}"), value);
                }
            }
            Value::Array(parts) if parts.iter().any(Value::is_object) => {
                for (n, part) in parts.iter().enumerate() {
                    match key_of(part) {
                        Some((key, word)) => self.add_part(&format!("{path}[{word}]"), part, key),
                        None => self.add(format!("{path}[{n}]"), part),
                    }
                }
            }
            value => {
                self.0.insert(path, value);
            }
        }
    }

    /// A part of a list, of which the key stands in the path already.
    fn add_part(&mut self, path: &str, part: &'a Value, key: &str) {
        for (name, value) in part.as_object().into_iter().flatten() {
            if name == key {
                self.1.insert(path.to_owned(), value);
            } else {
                self.add(format!("{path}.{name}"), value);
            }
        }
    }
}

/// What a part of a list is told apart by: the name of the field, and its value.
fn key_of(part: &Value) -> Option<(&'static str, String)> {
    // Services tell their ports apart by number.
    let service_port = part.get("port").is_some() && part.get("protocol").is_some();
    let keys = if service_port { &["port"][..] } else { &KEYS[..] };
    keys.iter().find_map(|key| match part.get(*key)? {
        Value::String(word) => Some((*key, word.clone())),
        Value::Number(number) => Some((*key, number.to_string())),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn recorded() -> Value {
        json!({
            "kind": "Deployment", "metadata": { "name": "web", "labels": { "app": "1" } },
            "spec": { "replicas": 2, "minReadySeconds": 0, "template": { "spec": { "containers": [{
                "name": "app", "image": "web@sha256:aa", "args": ["-v"],
                "env": [{ "name": "ONE", "value": "1" }, { "name": "TWO", "value": "2" }],
                "ports": [{ "name": "main", "containerPort": 8080, "protocol": "TCP" }],
                "resources": { "requests": { "cpu": "0.25", "memory": "1Gi" } },
            }], "volumes": [{ "name": "tmp", "emptyDir": {} }] } } },
        })
    }

    /// As the cluster has it when nobody has touched it: with defaults, and in its own spelling.
    fn live() -> Value {
        let mut live = recorded();
        live["metadata"]["labels"]["longshore.dev/operation"] = json!("x.1");
        live["spec"].as_object_mut().expect("a spec").remove("minReadySeconds");
        live["spec"]["progressDeadlineSeconds"] = json!(600);
        let app = &mut live["spec"]["template"]["spec"]["containers"][0];
        app["terminationMessagePath"] = json!("/dev/termination-log");
        app["resources"]["requests"] = json!({ "cpu": "250m", "memory": "1024Mi" });
        app["ports"][0]["hostIP"] = json!("");
        live["metadata"]["managedFields"] = json!([
            { "manager": "longshore", "operation": "Apply", "fieldsV1": { "f:spec": { "f:replicas": {} } } },
            { "manager": "kube-controller-manager", "operation": "Update", "subresource": "status", "fieldsV1": { "f:status": {} } },
        ]);
        live
    }

    fn told(live: &Value) -> Vec<String> {
        let show = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
        let line = |c: DriftChange| format!("{} {} {} {}", c.path, show(c.recorded), show(c.live), show(c.manager));
        deviations(&recorded(), live).into_iter().map(line).collect()
    }

    #[test]
    fn what_the_cluster_adds_is_no_difference() {
        assert_eq!(told(&live()), [""; 0]);
    }

    #[test]
    fn what_others_change_add_and_take_away_is_told() {
        let mut live = live();
        live["spec"]["replicas"] = json!(5);
        let app = &mut live["spec"]["template"]["spec"]["containers"][0];
        app["args"] = json!(["-v", "-x"]);
        app["env"] = json!([{ "name": "THREE", "value": "3" }, { "name": "ONE", "value": "uno" }]);
        live["spec"]["template"]["spec"]["nodeSelector"] = json!({ "disk": "fast" });
        live["metadata"]["managedFields"].as_array_mut().expect("entries").push(json!({
            "manager": "kubectl-edit", "operation": "Update", "time": "1970-01-01T00:00:01Z", "fieldsV1": { "f:spec": {
                "f:template": { "f:spec": {
                    "f:nodeSelector": { "f:disk": {} },
                    "f:containers": { "k:{\"name\":\"app\"}": { "f:args": {}, "f:env": {
                        "k:{\"name\":\"THREE\"}": { ".": {}, "f:name": {}, "f:value": {} },
                        "k:{\"name\":\"ONE\"}": { "f:value": {} } } } } } } } },
        }));
        assert_eq!(
            told(&live),
            [
                "spec.replicas 2 5 -",
                "spec.template.spec.containers[app].args [\"-v\"] [\"-v\",\"-x\"] kubectl-edit",
                "spec.template.spec.containers[app].env[ONE].value 1 uno kubectl-edit",
                "spec.template.spec.containers[app].env[TWO].value 2 - -",
                "spec.template.spec.containers[app].env[THREE].value - 3 kubectl-edit",
                "spec.template.spec.nodeSelector.disk - fast kubectl-edit",
            ]
        );
        assert_eq!(deviations(&recorded(), &live)[1].at, Some(1000));
    }

    #[test]
    fn quantities_are_compared_exactly_and_nothing_else_as_one() {
        let mut live = live();
        let app = &mut live["spec"]["template"]["spec"]["containers"][0];
        app["resources"]["requests"]["cpu"] = json!("900m");
        app["env"][0]["value"] = json!("1000m");
        assert_eq!(
            told(&live),
            [
                "spec.template.spec.containers[app].env[ONE].value 1 1000m -",
                "spec.template.spec.containers[app].resources.requests.cpu 0.25 900m -",
            ]
        );
    }

    #[test]
    fn what_is_true_without_a_word_is_missed() {
        let recorded = json!({ "spec": { "automountServiceAccountToken": false, "paused": false } });
        let changes = deviations(&recorded, &json!({ "spec": {} }));
        assert_eq!(changes.iter().map(|c| c.path.as_str()).collect::<Vec<_>>(), ["spec.automountServiceAccountToken"]);
    }

    #[test]
    fn a_part_of_a_list_that_has_nothing_but_its_name_is_told() {
        let recorded = json!({ "spec": { "env": [{ "name": "GONE" }], "hostAliases": [] } });
        let live = json!({
            "metadata": { "managedFields": [{ "manager": "kubectl-edit", "operation": "Update", "fieldsV1": { "f:spec": {
                "f:env": { "k:{\"name\":\"X\"}": { ".": {}, "f:name": {} } },
                "f:hostAliases": { "k:{\"ip\":\"10.0.0.1\"}": { ".": {}, "f:ip": {}, "f:hostnames": {} } },
            } } }] },
            "spec": { "env": [{ "name": "X" }], "hostAliases": [{ "ip": "10.0.0.1", "hostnames": ["db"] }] },
        });
        let told: Vec<_> = deviations(&recorded, &live).into_iter().map(|c| (c.path, c.live.is_some())).collect();
        let expected =
            [("spec.hostAliases[10.0.0.1].hostnames", true), ("spec.env[GONE]", false), ("spec.env[X]", true)];
        assert_eq!(told, expected.map(|(path, live)| (path.to_owned(), live)));
        let named = json!({ "spec": { "env": [{ "name": "X", "value": "" }] } });
        assert_eq!(deviations(&named, &json!({ "spec": { "env": [{ "name": "X" }] } })), [], "an empty value is none");
    }

    #[test]
    fn another_order_is_seen() {
        let said = json!({ "env": [{ "name": "A", "value": "1" }, { "name": "B" }], "args": ["x"] });
        let there = json!({ "env": [{ "name": "A" }, { "name": "C" }, { "name": "B" }], "args": ["y"] });
        assert!(in_same_order(&said, &there));
        let turned = json!({ "env": [{ "name": "B" }, { "name": "A" }] });
        assert!(!in_same_order(
            &json!({ "containers": [{ "name": "app", "env": said["env"] }] }),
            &json!({ "containers": [{ "name": "app", "env": turned["env"] }] })
        ));
    }

    #[test]
    fn data_is_compared_whole_and_secrets_by_their_names_alone() {
        let changes = deviations(&json!({ "data": { "a": "1" } }), &json!({ "data": { "a": "1", "b": "2" } }));
        assert_eq!(changes.iter().map(|c| c.path.as_str()).collect::<Vec<_>>(), ["data.b"]);
        let secret =
            of_secret(&json!({ "data": { "A": "", "B": "" } }), &json!({ "data": { "A": "eA==", "C": "eA==" } }));
        let told: Vec<_> = secret.iter().map(|c| (c.path.as_str(), c.recorded.is_some(), c.live.is_some())).collect();
        assert_eq!(told, [("data.B", true, false), ("data.C", false, true)]);
        assert!(!format!("{secret:?}").contains("eA=="));
    }

    #[test]
    fn a_long_value_is_cut_between_characters() {
        assert_eq!(words(&json!("店".repeat(300))).chars().count(), MOST_TEXT + 1);
    }
}
