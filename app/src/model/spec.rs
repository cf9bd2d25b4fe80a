//! What an application is made of: the specification that releases record and manifests are rendered from. Pure.
//!
//! It is one document. People write it as a form ([`SpecForm`]) or whole, as YAML or JSON ([`document`]); what is kept is
//! the same. Its fields are named as here in every representation.

#[cfg(feature = "ssr")]
mod check;
mod container;
#[cfg(feature = "ssr")]
pub mod document;
#[cfg(feature = "ssr")]
mod filling;
mod form;
#[cfg(feature = "ssr")]
mod image;
mod job;
#[cfg(feature = "ssr")]
mod job_form;
#[cfg(feature = "ssr")]
mod lines;
mod look;
mod parameters;
#[cfg(feature = "ssr")]
mod parse;
mod patch;
mod rollout;
mod routing;
mod scaling;
#[cfg(feature = "ssr")]
pub mod schedule;
mod schema;
#[cfg(feature = "ssr")]
mod stored;
#[cfg(all(test, feature = "ssr"))]
mod tests;
mod values;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Bytes, CpuMillis};

pub use container::{
    Claim, ConfigFile, Container, HttpCheck, Mount, Port, Probe, Protocol, Resources, TcpCheck, Volume,
};
#[cfg(feature = "ssr")]
pub use filling::{check_parameters, defaults, fill, read_parameters};
pub use form::{SecretInput, Source, SpecForm, shared_secret};
#[cfg(feature = "ssr")]
pub use image::image_reference;
pub use job::{JobSettings, MAX_COMPLETIONS, MAX_KEPT_RUNS, MAX_RETRIES, MAX_RUN_SECONDS, Overlap};
pub use look::{SpecLook, SpecProblem};
pub use parameters::{Bound, MAX_PARAMETERS, Parameter, ParameterKind};
pub use patch::{Patch, PatchOperation, PatchVerb, Patched};
pub use rollout::{AtDeadline, Disruption, Exposure, FirstBatch, Spread, SpreadOver, Termination, UpdateStrategy};
pub use routing::{Gateway, MAX_ROUTES, Route, Routing, Through};
pub use scaling::{Autoscaling, PodMetric};
pub use schema::SchemaVersion;
#[cfg(feature = "ssr")]
pub use stored::KeptSpec;
pub use values::Amount;

/// The most bytes of a configuration file (Kubernetes allows 1 MiB for a whole `ConfigMap`).
pub const MAX_CONFIG_BYTES: usize = 256 * 1024;
/// The most bytes of all configuration files of an application together.
pub const MAX_ALL_CONFIG_BYTES: usize = 768 * 1024;
/// The most bytes of all environment variables of an application together: every pod has a copy of them.
pub const MAX_ALL_ENV_BYTES: usize = 128 * 1024;
/// The most environment variables, and the most secrets, of one container.
pub const MAX_VARIABLES: usize = 100;
/// The most replicas.
pub const MAX_REPLICAS: u32 = 500;
/// The most containers, those that run before the others among them.
pub const MAX_CONTAINERS: usize = 10;

/// What sort of program it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum WorkloadKind {
    /// It serves at least one port.
    #[default]
    Service,
    /// It works by itself; nobody calls it.
    Worker,
    /// It keeps data: each of its pods has a name and volumes that outlive it.
    Stateful,
    /// It runs to its end, once with each release.
    Job,
    /// It runs to its end, by a schedule.
    CronJob,
}

/// A checked specification, without the values of its secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AppSpec {
    /// The form of this document. There is one so far: 1, which is meant where nothing is said.
    #[serde(default, skip_serializing_if = "rollout::is_usual")]
    pub schema: SchemaVersion,
    /// What sort of program it is.
    #[serde(default)]
    pub kind: WorkloadKind,
    /// How many pods; with `autoscaling`, how many there are at first. Of what runs to its end, how many at a time.
    #[serde(default = "one")]
    pub replicas: u32,
    /// What runs in each pod; the first is the application, the others are its helpers.
    pub containers: Vec<Container>,
    /// What runs in each pod before those, one after the other, and has to end well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub init_containers: Vec<Container>,
    /// Folders that the containers of a pod share.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub volumes: Vec<Volume>,
    /// How a job or a cron job is run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<JobSettings>,
    /// From where the ports can be reached.
    #[serde(default)]
    pub exposure: Exposure,
    /// By which names it is reached from outside the cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub routing: Option<Routing>,
    /// How many pods there are by what they use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub autoscaling: Option<Autoscaling>,
    /// How a new release takes the place of the one before.
    #[serde(default)]
    pub update: UpdateStrategy,
    /// How many pods may be missing while nodes are drained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disruption: Option<Disruption>,
    /// How pods are spread.
    #[serde(default)]
    pub spread: Spread,
    /// How a pod ends.
    #[serde(default)]
    pub termination: Termination,
    /// What this has no words for, as changes of the objects that it becomes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patches: Vec<Patch>,
}

const fn one() -> u32 {
    1
}

/// What a pod asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PodNeeds {
    /// CPU.
    pub cpu: CpuMillis,
    /// Memory.
    pub memory: Bytes,
    /// The most memory that it may use, which a quota counts as well.
    pub most_memory: Bytes,
    /// Disk of the node.
    pub storage: Bytes,
}

impl PodNeeds {
    fn plus(self, other: Self) -> Self {
        Self {
            cpu: CpuMillis(self.cpu.0.saturating_add(other.cpu.0)),
            memory: Bytes(self.memory.0.saturating_add(other.memory.0)),
            most_memory: Bytes(self.most_memory.0.saturating_add(other.most_memory.0)),
            storage: Bytes(self.storage.0.saturating_add(other.storage.0)),
        }
    }

    fn max(self, other: Self) -> Self {
        Self {
            cpu: self.cpu.max(other.cpu),
            memory: self.memory.max(other.memory),
            most_memory: self.most_memory.max(other.most_memory),
            storage: self.storage.max(other.storage),
        }
    }
}

impl AppSpec {
    /// A specification of one container, with what suits most services.
    pub fn new(container: Container) -> Self {
        Self {
            schema: SchemaVersion::CURRENT,
            kind: WorkloadKind::default(),
            replicas: 1,
            containers: vec![container],
            init_containers: Vec::new(),
            volumes: Vec::new(),
            job: None,
            exposure: Exposure::default(),
            routing: None,
            autoscaling: None,
            update: UpdateStrategy::default(),
            disruption: None,
            spread: Spread::default(),
            termination: Termination::default(),
            patches: Vec::new(),
        }
    }

    /// The container that is the application. A checked specification has one.
    pub fn main(&self) -> Option<&Container> {
        self.containers.first()
    }

    /// The image of the application.
    pub fn image(&self) -> &str {
        self.main().map_or("", |main| main.image.as_str())
    }

    /// All containers with the path of each, in the order in which they are written.
    pub fn all_containers(&self) -> impl Iterator<Item = (String, &Container)> {
        let init = self.init_containers.iter().enumerate().map(|(i, c)| (format!("init_containers[{i}]"), c));
        self.containers.iter().enumerate().map(|(i, c)| (format!("containers[{i}]"), c)).chain(init)
    }

    /// The images that its pods run, each once.
    pub fn images(&self) -> BTreeSet<&str> {
        self.all_containers().map(|(_, container)| container.image.as_str()).collect()
    }

    /// The names of the secrets that its containers take, sorted.
    pub fn secrets(&self) -> BTreeSet<&str> {
        self.all_containers().flat_map(|(_, container)| container.secrets.iter().map(String::as_str)).collect()
    }

    /// How many pods there are to be where so many are now. With autoscaling that is as many, within its limits.
    pub fn replicas_from(&self, now: u32) -> u32 {
        match &self.autoscaling {
            Some(scaling) => now.clamp(scaling.min, scaling.max.max(scaling.min)),
            None => self.replicas,
        }
    }

    /// What a pod asks of its node and of its namespace's quota: what its containers ask for together, or the most that
    /// one of those before them does.
    ///
    /// Source: <https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers>
    pub fn pod(&self) -> PodNeeds {
        let needs = |container: &Container| PodNeeds {
            cpu: container.resources.cpu,
            memory: container.resources.memory,
            most_memory: container.resources.most_memory(),
            storage: container.resources.storage.unwrap_or_default(),
        };
        let together = self.containers.iter().map(needs).fold(PodNeeds::default(), PodNeeds::plus);
        self.init_containers.iter().map(needs).fold(together, PodNeeds::max)
    }

    /// Whether its pods are like another's, the versions of secrets and of images aside: what differs is how many there are,
    /// how they are reached or how they are replaced.
    pub fn has_pods_of(&self, other: &Self) -> bool {
        self.containers == other.containers
            && self.init_containers == other.init_containers
            && self.volumes == other.volumes
            && self.spread == other.spread
            && self.termination == other.termination
            && self.patches == other.patches
    }

    /// Whether it keeps data.
    pub fn is_stateful(&self) -> bool {
        self.kind == WorkloadKind::Stateful
    }

    /// The volumes that outlive its pods, with what each asks for.
    pub fn claims(&self) -> impl Iterator<Item = (&str, &Claim)> {
        self.volumes.iter().filter_map(|volume| Some((volume.name.as_str(), volume.claim.as_ref()?)))
    }

    /// Where the application keeps the first of them, and what it asks for.
    pub fn data(&self) -> Option<(&str, &Claim)> {
        let (name, claim) = self.claims().next()?;
        let mount = self.main()?.mounts.iter().find(|mount| mount.volume == name)?;
        Some((&mount.path, claim))
    }

    /// How many pods more than `replicas` there are while it is updated. Where each pod has its own volumes, the old one
    /// leaves first; and where each runs to its end, none takes another's place.
    pub fn surge(&self, replicas: u32) -> u32 {
        if self.is_stateful() || self.runs_to_end() { 0 } else { self.update.surge(replicas) }
    }

    /// How many pods of a new release there are before the first of them counts as available.
    pub fn batch(&self, replicas: u32) -> u32 {
        if self.is_stateful() { replicas.min(1) } else { self.update.batch(replicas) }
    }

    /// How long a release may take to get ready, or a run to begin, in seconds.
    pub const fn deadline_seconds(&self) -> u32 {
        self.update.deadline_seconds
    }
}
