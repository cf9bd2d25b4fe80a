//! Specifications as they were kept: today's, and those of releases that are older than today's document.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, de::Error as _};

use super::{AppSpec, ConfigFile, Container, Port, Probe, SchemaVersion, WorkloadKind};
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

/// What was kept before records said which form they are of.
#[derive(Deserialize)]
#[serde(untagged)]
enum Unsaid {
    Flat(Flat),
    Whole(Box<AppSpec>),
}

/// What a record says of its form, whatever else it says.
#[derive(Deserialize)]
struct Said {
    schema: Option<SchemaVersion>,
}

/// A specification as it is kept: with its form before all else, unless that is the first, so that a Longshore that knows
/// several reads it by the right one.
#[derive(Debug, Serialize)]
pub struct KeptSpec<'a> {
    /// What says none is of the first form, as the versions before this one wrote it and read it.
    #[serde(skip_serializing_if = "SchemaVersion::is_first")]
    schema: SchemaVersion,
    #[serde(flatten)]
    spec: &'a AppSpec,
}

impl AppSpec {
    /// As it is kept.
    pub fn kept(&self) -> KeptSpec<'_> {
        KeptSpec { schema: SchemaVersion::CURRENT, spec: self }
    }

    /// Reads what was kept, however old it is.
    ///
    /// # Errors
    /// Fails when it is nothing that was ever kept, or of a form that only a later Longshore knows.
    pub fn from_kept(json: &str) -> Result<Self, serde_json::Error> {
        let Said { schema } = serde_json::from_str(json)?;
        match schema {
            None => Ok(match serde_json::from_str(json)? {
                Unsaid::Flat(flat) => flat.into(),
                Unsaid::Whole(spec) => *spec,
            }),
            Some(SchemaVersion::CURRENT) => serde_json::from_str(json),
            Some(other) => Err(serde_json::Error::custom(other.unread().unwrap_or_default().en)),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_by_the_form_that_it_says_and_the_first_goes_without_saying() {
        let spec = AppSpec::new(Container::new("web:1"));
        let kept = serde_json::to_string(&spec.kept()).expect("JSON");
        // The versions before this one read it, too.
        assert_eq!(kept, serde_json::to_string(&spec).expect("JSON"));
        assert!(!kept.contains("schema"), "{kept}");
        assert_eq!(AppSpec::from_kept(&kept).expect("one of before"), spec);
        let said = kept.replacen('{', "{\"schema\":1,", 1);
        assert_eq!(AppSpec::from_kept(&said).expect("today's"), spec);
        let later = kept.replacen('{', "{\"schema\":2,", 1);
        let error = AppSpec::from_kept(&later).expect_err("a later one").to_string();
        assert!(error.starts_with("Schema 2 is not one that this Longshore reads"), "{error}");
    }
}
