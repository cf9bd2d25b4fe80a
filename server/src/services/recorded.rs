//! What the audit trail says of things before and after a change. Values of secrets are not in it: names, versions
//! and fingerprints are. Values of the environment may be meant as secrets by people who know no better, so they are
//! fingerprints, too.

use std::collections::BTreeMap;

use app::model::{AppSpec, Quota, Routing, document, shared_secret};
use serde::Serialize;

use crate::database::{
    audit_change::{Fingerprint, Recorded},
    namespaces::Namespace,
    releases::Release,
    templates::{Template, Values},
};

/// A namespace with its quota.
#[derive(Serialize)]
pub(super) struct NamespaceState {
    cluster: String,
    cpu: String,
    memory: String,
    pods: u32,
}

impl Recorded for NamespaceState {}

impl NamespaceState {
    pub(super) fn of(namespace: &Namespace) -> Self {
        let Quota { cpu, memory, pods } = namespace.quota;
        Self { cluster: namespace.cluster.to_string(), cpu: cpu.quantity(), memory: memory.quantity(), pods }
    }
}

/// A template in one of its versions.
#[derive(Serialize)]
pub(super) struct TemplateState {
    name: String,
    version: u32,
    description: String,
    image: String,
    replicas: String,
    port: String,
    cpu: String,
    memory: String,
    health_path: String,
    env: BTreeMap<String, Fingerprint>,
    config_path: String,
    config: Option<Fingerprint>,
    secrets: Vec<String>,
    deadline: String,
    document: Option<Fingerprint>,
    parameters: Vec<String>,
}

impl Recorded for TemplateState {}

impl TemplateState {
    pub(super) fn of(template: &Template, values: &Values) -> Self {
        let spec = &values.spec;
        let names = |lines: &str| lines.lines().map(|l| name(l).to_owned()).filter(|n| !n.is_empty()).collect();
        let env = spec.env.lines().filter_map(|line| line.split_once('='));
        Self {
            name: template.name.clone(),
            version: template.version,
            description: template.description.clone(),
            image: spec.image.clone(),
            replicas: spec.replicas.clone(),
            port: spec.port.clone(),
            cpu: spec.cpu.clone(),
            memory: spec.memory.clone(),
            health_path: spec.health_path.clone(),
            env: env.map(|(name, value)| (name.trim().to_owned(), Fingerprint::of(value))).collect(),
            config_path: spec.config_path.clone(),
            config: Fingerprint::of_text(&spec.config_content),
            secrets: names(&spec.secrets),
            deadline: spec.deadline.clone(),
            document: Fingerprint::of_text(&spec.document),
            parameters: values.parameters.iter().map(|p| format!("{} at {}", p.name, p.path)).collect(),
        }
    }
}

fn name(line: &str) -> &str {
    shared_secret(line).map_or_else(|| line.split('=').next().unwrap_or_default().trim(), |(name, _)| name)
}

/// A release of an application.
#[derive(Serialize)]
pub(super) struct ReleaseState {
    release: u32,
    images: BTreeMap<String, String>,
    config_hash: String,
    replicas: u32,
    cpu: String,
    memory: String,
    ports: Vec<u16>,
    addresses: Vec<String>,
    env: BTreeMap<String, Fingerprint>,
    secrets: BTreeMap<String, String>,
    specification: Fingerprint,
}

impl Recorded for ReleaseState {}

impl ReleaseState {
    pub(super) fn of(release: &Release) -> Self {
        Self::new(release.row.number, &release.spec, &release.digests, &release.config_hash, &release.secrets)
    }

    /// Images with their digests; what a pod asks for; the environment of each container.
    pub(super) fn new(
        release: u32,
        spec: &AppSpec,
        digests: &BTreeMap<String, String>,
        config_hash: &str,
        secrets: &[(String, String)],
    ) -> Self {
        let pod = spec.pod();
        let digest = |image: &str| digests.get(image).cloned().unwrap_or_default();
        let env = spec.all_containers().flat_map(|(_, container)| {
            let name = |variable: &String| format!("{}.{variable}", container.name);
            container.env.iter().map(move |(variable, value)| (name(variable), Fingerprint::of(value)))
        });
        Self {
            release,
            images: spec.images().into_iter().map(|image| (image.to_owned(), digest(image))).collect(),
            config_hash: config_hash.to_owned(),
            replicas: spec.replicas,
            cpu: pod.cpu.quantity(),
            memory: pod.memory.quantity(),
            ports: spec.containers.iter().flat_map(|c| &c.ports).map(|p| p.port).collect(),
            addresses: spec.routing.as_ref().map(Routing::urls).unwrap_or_default(),
            env: env.collect(),
            secrets: secrets.iter().cloned().collect(),
            specification: Fingerprint::of(document::write(spec)),
        }
    }
}

#[cfg(test)]
mod tests {
    use app::model::{SpecForm, TemplateId};

    use super::*;

    #[test]
    fn a_template_shows_names_and_no_values() {
        let template = Template {
            id: TemplateId(uuid::Uuid::nil()),
            tenant: None,
            name: "web".to_owned(),
            description: String::new(),
            version: 3,
            updated_at: 0,
        };
        let spec = SpecForm {
            env: "PASSWORD=hunter2\nMODE=prod".to_owned(),
            secrets: "TOKEN=hunter3\nKEY".to_owned(),
            config_content: "key: hunter4".to_owned(),
            ..SpecForm::starter()
        };
        let values = Values { spec, parameters: Vec::new() };
        let json = serde_json::to_string(&TemplateState::of(&template, &values)).expect("JSON");
        assert!(json.contains(r#""secrets":["TOKEN","KEY"]"#) && json.contains(r#""PASSWORD":"sha256:"#), "{json}");
        assert!(!json.contains("hunter"), "{json}");
    }
}
