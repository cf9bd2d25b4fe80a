//! A part of an object that is read field by field, so that whatever nobody asked for is found. Pure.

use std::collections::BTreeSet;

use app::{i18n::Text, text};
use serde_json::Value;

/// What Kubernetes fills in by itself, and what it means the same as: the last word of the path, and the value.
///
/// Source: <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/>
const USUAL: [(&str, &str); 15] = [
    ("restartPolicy", "Always"),
    ("dnsPolicy", "ClusterFirst"),
    ("schedulerName", "default-scheduler"),
    ("serviceAccountName", "default"),
    ("serviceAccount", "default"),
    ("terminationMessagePath", "/dev/termination-log"),
    ("terminationMessagePolicy", "File"),
    ("procMount", "Default"),
    ("scheme", "HTTP"),
    ("sessionAffinity", "None"),
    ("internalTrafficPolicy", "Cluster"),
    ("externalTrafficPolicy", "Cluster"),
    ("ipFamilyPolicy", "SingleStack"),
    ("mountPropagation", "None"),
    ("recursiveReadOnly", "Disabled"),
];
/// The most characters of a value that are told.
const MOST_TEXT: usize = 60;

/// A part of an object, and which of its fields were asked for.
pub(super) struct Part<'a> {
    value: &'a Value,
    path: String,
    asked: BTreeSet<&'static str>,
}

impl<'a> Part<'a> {
    /// The part at a path.
    pub(super) fn new(value: &'a Value, path: impl Into<String>) -> Self {
        Self { value, path: path.into(), asked: BTreeSet::new() }
    }

    /// Where it is: `spec.template.spec.containers[web]`.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// The path of one of its fields.
    pub(super) fn at(&self, name: &str) -> String {
        format!("{}.{name}", self.path)
    }

    /// A field; `Null` without it.
    pub(super) fn take(&mut self, name: &'static str) -> &'a Value {
        self.asked.insert(name);
        &self.value[name]
    }

    /// A field that is a number.
    pub(super) fn number(&mut self, name: &'static str) -> Option<u32> {
        self.take(name).as_u64().and_then(|number| u32::try_from(number).ok())
    }

    /// A field that is a text.
    pub(super) fn word(&mut self, name: &'static str) -> Option<&'a str> {
        self.take(name).as_str()
    }

    /// A field that is a part of its own.
    pub(super) fn below(&mut self, name: &'static str) -> Self {
        Self::new(self.take(name), self.at(name))
    }

    /// A field that is a list of parts, each called by its `key`, or by its place without one.
    pub(super) fn list(&mut self, name: &'static str, key: &str) -> Vec<Self> {
        let parts = self.take(name).as_array().map(Vec::as_slice).unwrap_or_default();
        let called = |(n, part): (usize, &'a Value)| {
            let word = match &part[key] {
                Value::Null => n.to_string(),
                Value::String(word) => word.clone(),
                other => other.to_string(),
            };
            Self::new(part, format!("{}[{word}]", self.at(name)))
        };
        parts.iter().enumerate().map(called).collect()
    }

    /// Whether it is there.
    pub(super) fn is_there(&self) -> bool {
        !self.value.is_null()
    }

    /// Takes a field that says this and nothing else, and leaves it when it says something else.
    pub(super) fn allow(&mut self, name: &'static str, said: &Value) {
        if self.value[name] == *said {
            self.asked.insert(name);
        }
    }

    /// What was not asked for and says something.
    pub(super) fn end(self, obstacles: &mut Vec<Text>) {
        for (name, value) in self.value.as_object().into_iter().flatten() {
            if !self.asked.contains(name.as_str()) && says_something(name, value) {
                let (path, value) = (self.at(name), words(value));
                obstacles.push(text!(
                    "{path} is {value}, for which a specification has no words. Take it out if the app can do without.",
                    "{path} 为 {value}，规格无法表示。若应用不需要，请移除。"
                ));
            }
        }
    }
}

/// What says nothing where it is false; of anything else that is a wish.
const FALSE_WITHOUT: [&str; 12] = [
    "privileged",
    "allowPrivilegeEscalation",
    "readOnlyRootFilesystem",
    "hostNetwork",
    "hostPID",
    "hostIPC",
    "shareProcessNamespace",
    "stdin",
    "stdinOnce",
    "tty",
    "publishNotReadyAddresses",
    "setHostnameAsFQDN",
];

/// Whether Kubernetes fills a field in like that by itself.
pub(super) fn is_usual(name: &str, value: &str) -> bool {
    USUAL.contains(&(name, value)) || (name, value) == ("successThreshold", "1")
}

fn says_something(name: &str, value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(yes) => *yes || !FALSE_WITHOUT.contains(&name),
        Value::Number(number) => !is_usual(name, &number.to_string()),
        Value::String(text) => !text.is_empty() && !is_usual(name, text),
        Value::Array(parts) => !parts.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
    }
}

fn words(value: &Value) -> String {
    let text = match value {
        Value::String(text) => format!("“{text}”"),
        other => other.to_string(),
    };
    match text.char_indices().nth(MOST_TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
