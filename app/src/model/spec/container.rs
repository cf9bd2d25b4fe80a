//! What runs in a pod.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::values::{cpu_quantity, memory_quantity, optional_cpu, optional_memory};
use crate::model::{Bytes, CpuMillis};

/// A program in a pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Container {
    /// Its name in the pod.
    #[serde(default = "default_name")]
    pub name: String,
    /// The image reference, with a tag or a digest: `registry.example.org/shop/web:1.4.2`.
    pub image: String,
    /// The program, in place of the image's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// Its arguments, in place of the image's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    /// The ports that it serves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<Port>,
    /// What it needs of a node.
    #[serde(default)]
    pub resources: Resources,
    /// Environment variables.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// Names of the secrets that it is given as environment variables. Their values are not part of the document.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<String>,
    /// Configuration files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<ConfigFile>,
    /// Volumes that it sees, and where.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mounts: Vec<Mount>,
    /// Says whether it can serve. Without one, a port that can be opened is enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readiness: Option<Probe>,
    /// Says whether it still works; when not, it is started anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub liveness: Option<Probe>,
    /// Says whether it has started; until then the others are not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub startup: Option<Probe>,
}

/// What a container is called when it has no name.
fn default_name() -> String {
    "app".to_owned()
}

impl Container {
    /// A container of an image, with what suits most services.
    pub fn new(image: impl Into<String>) -> Self {
        Self {
            name: default_name(),
            image: image.into(),
            command: Vec::new(),
            args: Vec::new(),
            ports: Vec::new(),
            resources: Resources::default(),
            env: BTreeMap::new(),
            secrets: Vec::new(),
            files: Vec::new(),
            mounts: Vec::new(),
            readiness: None,
            liveness: None,
            startup: None,
        }
    }
}

/// A port of a container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Port {
    /// Its name, by which probes and the Service speak of it.
    #[serde(default = "main_port")]
    pub name: String,
    /// Its number in the container.
    pub port: u16,
    /// Its number in the Service, where that is another: `80` for what listens on 8080.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_port: Option<u16>,
    /// How it is spoken to.
    #[serde(default, skip_serializing_if = "is_tcp")]
    pub protocol: Protocol,
    /// The Service finds it in the pods by its number instead of its name: for pods that were made before the app was
    /// imported, and do not know that name.
    #[serde(default, skip_serializing_if = "is_false")]
    pub by_number: bool,
}

fn main_port() -> String {
    "main".to_owned()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_tcp(protocol: &Protocol) -> bool {
    *protocol == Protocol::Tcp
}

impl Port {
    /// The port that an application is known by.
    pub fn main(port: u16) -> Self {
        Self { name: main_port(), port, service_port: None, protocol: Protocol::Tcp, by_number: false }
    }

    /// Its number in the Service.
    pub fn in_service(&self) -> u16 {
        self.service_port.unwrap_or(self.port)
    }
}

/// How a port is spoken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// TCP, and whatever is spoken over it.
    #[default]
    Tcp,
    /// UDP.
    Udp,
}

impl Protocol {
    /// As Kubernetes writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
        }
    }
}

/// What a container needs of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Resources {
    /// CPU that is kept for it: `250m`.
    #[serde(with = "cpu_quantity")]
    #[cfg_attr(feature = "ssr", schemars(with = "String"))]
    pub cpu: CpuMillis,
    /// The most CPU that it may use; without it, whatever the node has left.
    #[serde(default, with = "optional_cpu", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schemars(with = "Option<String>"))]
    pub cpu_limit: Option<CpuMillis>,
    /// Memory that is kept for it: `256Mi`.
    #[serde(with = "memory_quantity")]
    #[cfg_attr(feature = "ssr", schemars(with = "String"))]
    pub memory: Bytes,
    /// The most memory that it may use; without it, what is kept for it: more would be taken from others.
    #[serde(default, with = "optional_memory", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schemars(with = "Option<String>"))]
    pub memory_limit: Option<Bytes>,
    /// Disk of the node that is kept for it: its logs, its own files and empty volumes.
    #[serde(default, with = "optional_memory", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schemars(with = "Option<String>"))]
    pub storage: Option<Bytes>,
    /// The most of that disk that it may use; beyond it the pod is evicted.
    #[serde(default, with = "optional_memory", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schemars(with = "Option<String>"))]
    pub storage_limit: Option<Bytes>,
}

impl Default for Resources {
    fn default() -> Self {
        Self {
            cpu: CpuMillis(100),
            cpu_limit: None,
            memory: Bytes(128 << 20),
            memory_limit: None,
            storage: None,
            storage_limit: None,
        }
    }
}

impl Resources {
    /// The most memory that it may use.
    pub fn most_memory(&self) -> Bytes {
        self.memory_limit.unwrap_or(self.memory)
    }
}

/// A configuration file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ConfigFile {
    /// Where the container finds it; absolute.
    pub path: String,
    /// What it says.
    pub content: String,
}

/// A folder that lives as long as its pod, or longer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Volume {
    /// Its name, by which containers mount it.
    pub name: String,
    /// The most that may be in it; the pod is evicted beyond it.
    #[serde(default, with = "optional_memory", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ssr", schemars(with = "Option<String>"))]
    pub size: Option<Bytes>,
    /// It is kept in memory, and counts as the memory of who writes to it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub in_memory: bool,
    /// Disk of its own for each pod, which outlives it; for what is stateful.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<Claim>,
}

/// Disk that a pod has of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// How much: `10Gi`.
    #[serde(with = "memory_quantity")]
    #[cfg_attr(feature = "ssr", schemars(with = "String"))]
    pub size: Bytes,
    /// The `StorageClass`; the cluster's usual one without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_false(value: &bool) -> bool {
    !*value
}

/// Where a container sees a volume.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Mount {
    /// The volume's name.
    pub volume: String,
    /// The folder; absolute.
    pub path: String,
    /// It cannot be written to.
    #[serde(default, skip_serializing_if = "is_false")]
    pub read_only: bool,
}

/// A question to a container, asked again and again. It has one of `http`, `tcp` and `command`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// A path that answers with a status from 200 to 399.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<HttpCheck>,
    /// A port that can be opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tcp: Option<TcpCheck>,
    /// A program in the container that ends with 0.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
    /// Seconds between two questions; without it 2, and 10 where it is asked whether the container still works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period_seconds: Option<u32>,
    /// Seconds that an answer may take.
    #[serde(default = "two")]
    pub timeout_seconds: u32,
    /// How many wrong answers in a row count; without it 3, and 150 where it is asked whether the container has started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failures: Option<u32>,
}

const fn two() -> u32 {
    2
}

impl Probe {
    /// A probe of a path on the main port.
    pub fn path(path: impl Into<String>) -> Self {
        Self { http: Some(HttpCheck { path: path.into(), port: None }), ..Self::port() }
    }

    /// A probe of the main port.
    pub fn port() -> Self {
        Self {
            http: None,
            tcp: None,
            command: Vec::new(),
            period_seconds: None,
            timeout_seconds: two(),
            failures: None,
        }
    }
}

/// A path that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HttpCheck {
    /// The path.
    pub path: String,
    /// The port's name; without it the container's first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<String>,
}

/// A port that is opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TcpCheck {
    /// The port's name; without it the container's first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<String>,
}
