//! The variables of a container, wherever they come from. Pure.

use std::collections::BTreeMap;

use app::{i18n::Text, text};
use serde_json::{Value, json};

use super::{
    import_part::Part,
    import_pods::{Sources, gone, literal},
};

/// Variables with their values: those that everybody may read, and secrets.
pub(super) struct Environment {
    pub(super) env: BTreeMap<String, String>,
    pub(super) secrets: BTreeMap<String, String>,
}

/// A variable's value.
enum Given {
    Plain(String),
    Secret(String),
}

/// Reads a container's variables. What ConfigMaps say becomes plain text; what Secrets say stays secret. A later one of a name
/// stands over an earlier one.
pub(super) fn environment(part: &mut Part<'_>, sources: &Sources, obstacles: &mut Vec<Text>) -> Environment {
    let mut all: BTreeMap<String, Given> = BTreeMap::new();
    for mut from in part.list("envFrom", "prefix") {
        let prefix = from.word("prefix").unwrap_or_default();
        for (field, kind, objects) in
            [("configMapRef", "ConfigMap", &sources.config_maps), ("secretRef", "Secret", &sources.secrets)]
        {
            let reference = from.take(field);
            let Some(name) = reference["name"].as_str() else { continue };
            let Some(object) = objects.get(name) else {
                if reference["optional"] != json!(true) {
                    obstacles.push(gone(from.path(), kind, name));
                }
                continue;
            };
            for key in object["data"].as_object().into_iter().flatten().map(|(key, _)| key) {
                let name = format!("{prefix}{key}");
                let path = format!("{}.{field}[{key}]", from.path());
                if is_variable(&name) {
                    all.extend(value_of(object, key, &path, obstacles).map(|value| (name, value)));
                } else {
                    // Older versions of Kubernetes leave it out, newer ones take nearly anything.
                    obstacles.push(text!(
                        "{path} would be a variable “{name}”, which is no name of one. Take the key out of the {kind}.",
                        "{path} 会成为变量“{name}”，这不是有效的变量名。请从 {kind} 中移除该键。"
                    ));
                }
            }
        }
        from.end(obstacles);
    }
    for mut variable in part.list("env", "name") {
        let name = variable.word("name").unwrap_or_default().to_owned();
        let path = variable.path().to_owned();
        if let Some(value) = variable.word("value") {
            all.insert(name.clone(), Given::Plain(literal(&path, value, obstacles)));
        }
        let mut from = variable.below("valueFrom");
        if from.is_there() {
            for (field, kind, objects) in
                [("configMapKeyRef", "ConfigMap", &sources.config_maps), ("secretKeyRef", "Secret", &sources.secrets)]
            {
                let reference = from.take(field);
                let (Some(object), Some(key)) = (reference["name"].as_str(), reference["key"].as_str()) else {
                    continue;
                };
                let found = objects.get(object).filter(|object| object["data"].get(key).is_some());
                match found {
                    Some(found) => {
                        all.extend(value_of(found, key, &path, obstacles).map(|value| (name.clone(), value)));
                    }
                    None if reference["optional"] == json!(true) => {}
                    None => obstacles.push(gone(&path, kind, &format!("{object} ({key})"))),
                }
            }
            from.end(obstacles);
        } else if variable.take("value").is_null() {
            // One that says nothing is empty, whatever came before.
            all.insert(name, Given::Plain(String::new()));
        }
        variable.end(obstacles);
    }
    let mut read = Environment { env: BTreeMap::new(), secrets: BTreeMap::new() };
    for (name, given) in all {
        match given {
            Given::Plain(value) => read.env.insert(name, value),
            Given::Secret(value) => read.secrets.insert(name, value),
        };
    }
    read
}

/// What an object says under a key. Of a Secret that is its text, or `Null` where it is none.
fn value_of(object: &Value, key: &str, path: &str, obstacles: &mut Vec<Text>) -> Option<Given> {
    let said = object["data"][key].as_str().map(str::to_owned);
    if object["kind"] != "Secret" {
        return said.map(Given::Plain);
    }
    if said.is_none() {
        obstacles.push(text!(
            "{path}: the secret's value is no text, and variables are. Give it as a file, or write it as text.",
            "{path}：该密钥的值不是文本，而环境变量必须是文本。请改为文件，或使用文本。"
        ));
    }
    said.map(Given::Secret)
}

fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && !name.as_bytes()[0].is_ascii_digit()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}
