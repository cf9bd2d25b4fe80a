//! Configuration files and secrets: immutable objects named by what they hold. Every release keeps pointing at its
//! own, so a rollback brings them back exactly, and two releases with the same configuration share one object.

use std::collections::BTreeMap;

use app::model::AppSpec;
use k8s_openapi::{
    ByteString,
    api::core::v1::{ConfigMap, Secret},
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use serde_json::Value;

use super::{Subject, content_hash, json};

/// Hexadecimal digits of a hash in a name; 40 bits keep an application's few objects apart.
const HASH_LENGTH: usize = 10;

/// A configuration file with the key that it has in the configuration object.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct File<'a> {
    /// The container that sees it.
    pub container: &'a str,
    /// Where.
    pub path: &'a str,
    /// Its key: its own name, as far as keys may have it and no other file has it already.
    pub key: String,
    /// What it says.
    pub content: &'a str,
}

/// The configuration files of all containers.
pub(super) fn files(spec: &AppSpec) -> Vec<File<'_>> {
    let mut files: Vec<File<'_>> = Vec::new();
    for (_, container) in spec.all_containers() {
        for file in &container.files {
            let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
            let name = file.path.rsplit('/').next().unwrap_or(&file.path);
            let mut key: String = name.chars().map(|c| if fits(c) { c } else { '-' }).collect();
            // A key that begins with two dots would be a way out of the folder, and Kubernetes refuses it.
            if key.starts_with("..") {
                key = format!("-{key}");
            }
            let taken = |key: &str| files.iter().any(|there| there.key == key);
            if taken(&key) {
                let numbered = (files.len()..).map(|n| format!("{n}-{key}"));
                key = numbered.into_iter().find(|key| !taken(key)).unwrap_or(key);
            }
            files.push(File { container: &container.name, path: &file.path, key, content: &file.content });
        }
    }
    files
}

/// The hash that names a release's configuration object; empty when it has no configuration file.
pub fn config_hash(subject: &Subject<'_>) -> String {
    let files = files(subject.spec);
    if files.is_empty() {
        return String::new();
    }
    let parts: Vec<&[u8]> = files.iter().flat_map(|file| [file.key.as_bytes(), file.content.as_bytes()]).collect();
    content_hash(&parts, HASH_LENGTH)
}

/// The name of the configuration object.
pub fn config_name(subject: &Subject<'_>) -> String {
    format!("{}-{}", subject.name, config_hash(subject))
}

/// The name of the secret object. It is made from the versions' names, which are random: a hash over the values
/// would let whoever reads names try out short secrets.
pub fn secret_name(subject: &Subject<'_>) -> String {
    let parts: Vec<&[u8]> = subject.secrets.iter().flat_map(|(n, v)| [n.as_bytes(), v.as_bytes()]).collect();
    format!("{}-{}", subject.name, content_hash(&parts, HASH_LENGTH))
}

/// The configuration object, when the release has a configuration file.
pub fn config_map(subject: &Subject<'_>) -> Option<Value> {
    let files = files(subject.spec);
    (!files.is_empty()).then(|| {
        json(&ConfigMap {
            metadata: metadata(subject, config_name(subject)),
            data: Some(files.into_iter().map(|file| (file.key, file.content.to_owned())).collect()),
            immutable: Some(true),
            ..ConfigMap::default()
        })
    })
}

/// The secret object, when the release has secrets. Without `values` it is the form that is recorded: names alone.
pub fn secret(subject: &Subject<'_>, values: Option<BTreeMap<String, Vec<u8>>>) -> Option<Value> {
    if subject.secrets.is_empty() {
        return None;
    }
    let data = values.unwrap_or_else(|| subject.secrets.iter().map(|(name, _)| (name.clone(), Vec::new())).collect());
    Some(json(&Secret {
        metadata: metadata(subject, secret_name(subject)),
        data: Some(data.into_iter().map(|(name, value)| (name, ByteString(value))).collect()),
        immutable: Some(true),
        type_: Some("Opaque".into()),
        ..Secret::default()
    }))
}

fn metadata(subject: &Subject<'_>, name: String) -> ObjectMeta {
    ObjectMeta { name: Some(name), ..subject.metadata(subject.labels()) }
}
