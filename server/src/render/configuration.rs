//! Configuration files and secrets: immutable objects named by what they hold. Every release keeps pointing at its
//! own, so a rollback brings them back exactly, and two releases with the same configuration share one object.

use std::collections::BTreeMap;

use k8s_openapi::{
    ByteString,
    api::core::v1::{ConfigMap, Secret},
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use serde_json::Value;

use super::{Subject, content_hash, json};

/// Hexadecimal digits of a hash in a name; 40 bits keep an application's few objects apart.
const HASH_LENGTH: usize = 10;

/// The hash that names a release's configuration object; empty when it has no configuration file.
pub fn config_hash(subject: &Subject<'_>) -> String {
    subject.spec.config.as_ref().map_or_else(String::new, |config| {
        content_hash(&[file_name(&config.path).as_bytes(), config.content.as_bytes()], HASH_LENGTH)
    })
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
    let config = subject.spec.config.as_ref()?;
    Some(json(&ConfigMap {
        metadata: metadata(subject, config_name(subject)),
        data: Some(BTreeMap::from([(file_name(&config.path).to_owned(), config.content.clone())])),
        immutable: Some(true),
        ..ConfigMap::default()
    }))
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

/// The last part of a path.
pub(super) fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn metadata(subject: &Subject<'_>, name: String) -> ObjectMeta {
    ObjectMeta {
        name: Some(name),
        namespace: Some(subject.namespace.to_owned()),
        labels: Some(subject.labels()),
        ..ObjectMeta::default()
    }
}
