//! Specifications as they were kept: today's, and those of releases that are older than today's document.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{AppSpec, ConfigFile, Container, Port, Probe, WorkloadKind};
use crate::model::{Bytes, CpuMillis};

/// What releases recorded at first: one container, said flat.
#[derive(Deserialize)]
struct Flat {
    image: String,
    replicas: u32,
    port: Option<u16>,
    cpu: CpuMillis,
    memory: Bytes,
    health_path: Option<String>,
    env: Vec<(String, String)>,
    config: Option<ConfigFile>,
    secrets: Vec<String>,
    deadline_seconds: u32,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Kept {
    Flat(Flat),
    Whole(Box<AppSpec>),
}

impl AppSpec {
    /// Reads what was kept, however old it is.
    ///
    /// # Errors
    /// Fails when it is neither.
    pub fn from_kept(json: &str) -> Result<Self, serde_json::Error> {
        Ok(match serde_json::from_str(json)? {
            Kept::Flat(flat) => flat.into(),
            Kept::Whole(spec) => *spec,
        })
    }
}

impl From<Flat> for AppSpec {
    fn from(flat: Flat) -> Self {
        let mut main = Container::new(flat.image);
        (main.resources.cpu, main.resources.memory) = (flat.cpu, flat.memory);
        main.ports.extend(flat.port.map(Port::main));
        main.readiness = flat.health_path.map(Probe::path);
        main.env = BTreeMap::from_iter(flat.env);
        main.files.extend(flat.config);
        main.secrets = flat.secrets;
        let mut spec = Self::new(main);
        spec.replicas = flat.replicas;
        spec.update.deadline_seconds = flat.deadline_seconds;
        if flat.port.is_none() {
            spec.kind = WorkloadKind::Worker;
        }
        spec
    }
}
