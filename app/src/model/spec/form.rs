//! An application's form: flat strings, so that it works before any script has loaded and in any client.

use serde::{Deserialize, Serialize};

use super::{AppSpec, AtDeadline, Exposure, FirstBatch, WorkloadKind};
use crate::model::ResourceName;

/// What of a form counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The fields, over whatever else the document says.
    #[default]
    Fields,
    /// The document alone.
    Document,
}

/// A specification as people fill it in. The fields are what most applications need; `document` is all of it, as YAML or
/// JSON. Create, upgrade and templates share it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct SpecForm {
    /// Whether the fields count or the document alone.
    pub source: Source,
    /// The whole specification, as YAML or JSON. What the fields say stands over it.
    pub document: String,
    /// The image: `registry.example.org/shop/web:1.4.2`.
    pub image: String,
    /// The program to run in place of the image's own, as a shell would be told: `backup --to "/var/lib/a b"`. There is no
    /// shell unless it names one.
    pub command: String,
    /// How long it runs: `always`, until somebody ends it; `once`, to its end with each release; `schedule`, to its end at
    /// the times of `schedule`; `paused`, the same but for now not. `always` when it is empty.
    pub runs: String,
    /// When it runs: `0 3 * * *`.
    pub schedule: String,
    /// Where the schedule's clock hangs: `Europe/Berlin`; `Etc/UTC` when it is empty.
    pub time_zone: String,
    /// How many pods; the fewest with `max_replicas`.
    pub replicas: String,
    /// The most pods, when their number follows what they use; empty for a fixed number.
    pub max_replicas: String,
    /// The share of the CPU they ask for that pods are to use, in percent; 70 when it is empty.
    pub target_cpu: String,
    /// The port that the container serves on; empty for a worker without a Service.
    pub port: String,
    /// From where it can be reached: `cluster`, `node_port` or `load_balancer`; `cluster` when it is empty.
    pub exposure: String,
    /// Its web addresses, one a line: `https://shop.example.org/api`. Without a scheme, `https` is meant.
    pub routes: String,
    /// CPU each pod asks for: `250m`.
    pub cpu: String,
    /// Memory each pod asks for and may use: `256Mi`.
    pub memory: String,
    /// The path that says whether a pod can serve (`/readyz`); empty for a check of the port alone.
    pub health_path: String,
    /// Environment variables, one `NAME=value` a line.
    pub env: String,
    /// Where the configuration file is mounted: `/etc/app/config.yaml`; empty for none.
    pub config_path: String,
    /// What the configuration file says.
    pub config_content: String,
    /// Where data that outlive a pod are kept: `/var/lib/data`. With it the application is stateful.
    pub data_path: String,
    /// How much disk each pod has for them: `1Gi`.
    pub data_size: String,
    /// Secrets, given to the container as environment variables, one `NAME=value` a line. A bare `NAME` keeps
    /// the value of the release before. Write-only: no answer ever contains the values.
    pub secrets: String,
    /// Pods beyond `replicas` during an update: `1` or `25%`; the latter when it is empty.
    pub max_surge: String,
    /// Pods fewer than `replicas` that may serve during an update: `1` or `25%`; 0 when it is empty.
    pub max_unavailable: String,
    /// Seconds until a rollout that does not get ready counts as failed: 10 to 3600.
    pub deadline: String,
    /// What follows when the first batch of an upgrade serves: `go_on`, or `wait` for a person; the former when it is empty.
    pub first_batch: String,
    /// What follows when the deadline has passed: `go_back`, or `stay`; the former when it is empty.
    pub at_deadline: String,
}

impl std::fmt::Debug for SpecForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SpecForm").field("image", &self.image).finish_non_exhaustive()
    }
}

/// A secret as a form gives it: a value, or a secret of the namespace; neither keeps what was before.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretInput {
    /// The environment variable's name.
    pub name: String,
    /// The new value.
    pub value: Option<String>,
    /// The namespace's secret that it comes from.
    pub from: Option<ResourceName>,
}

impl SecretInput {
    /// Whether it keeps what was before.
    pub const fn keeps(&self) -> bool {
        self.value.is_none() && self.from.is_none()
    }
}

impl std::fmt::Debug for SecretInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecretInput").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The name and the namespace's secret of a line such as `NAME from SECRET`, as they stand there.
pub fn shared_secret(line: &str) -> Option<(&str, &str)> {
    let mut words = line.split_whitespace();
    let (name, from, secret) = (words.next()?, words.next()?, words.next()?);
    (from == "from" && words.next().is_none() && !name.contains('=')).then_some((name, secret))
}

impl SpecForm {
    /// A form with the values that suit most services.
    pub fn starter() -> Self {
        Self {
            replicas: "2".into(),
            port: "8080".into(),
            cpu: "100m".into(),
            memory: "128Mi".into(),
            deadline: "300".into(),
            ..Self::default()
        }
    }

    /// The fields that say of `spec` what they can; secrets appear as bare names, which keep their values. The document
    /// is left empty.
    pub fn from_spec(spec: &AppSpec) -> Self {
        let run = spec.run();
        let runs = match spec.kind {
            WorkloadKind::Job => "once",
            WorkloadKind::CronJob if run.paused => "paused",
            WorkloadKind::CronJob => "schedule",
            WorkloadKind::Service | WorkloadKind::Worker | WorkloadKind::Stateful => "",
        };
        let mut form = Self {
            runs: runs.into(),
            schedule: run.schedule.unwrap_or_default(),
            time_zone: run.time_zone.unwrap_or_default(),
            replicas: spec.replicas.to_string(),
            exposure: match spec.exposure {
                Exposure::Cluster => "",
                Exposure::NodePort => "node_port",
                Exposure::LoadBalancer => "load_balancer",
            }
            .into(),
            routes: spec.routing.as_ref().map(|r| r.urls().join("\n")).unwrap_or_default(),
            secrets: spec.secrets().into_iter().collect::<Vec<_>>().join("\n"),
            max_surge: spec.update.max_surge.to_string(),
            max_unavailable: spec.update.max_unavailable.to_string(),
            deadline: spec.update.deadline_seconds.to_string(),
            first_batch: match spec.update.first_batch {
                FirstBatch::GoOn => "",
                FirstBatch::Wait => "wait",
            }
            .into(),
            at_deadline: match spec.update.at_deadline {
                AtDeadline::GoBack => "",
                AtDeadline::Stay => "stay",
            }
            .into(),
            ..Self::default()
        };
        if let Some(scaling) = &spec.autoscaling {
            form.replicas = scaling.min.to_string();
            form.max_replicas = scaling.max.to_string();
            form.target_cpu = scaling.cpu_percent.map(|share| share.to_string()).unwrap_or_default();
        }
        let Some(main) = spec.main() else { return form };
        form.image.clone_from(&main.image);
        // No word has a NUL, which is all that cannot be quoted.
        form.command = shlex::try_join(main.command.iter().map(String::as_str)).unwrap_or_default();
        form.port = main.ports.first().map(|p| p.port.to_string()).unwrap_or_default();
        form.cpu = main.resources.cpu.quantity();
        form.memory = main.resources.memory.quantity();
        form.health_path =
            main.readiness.as_ref().and_then(|p| p.http.as_ref()).map(|http| http.path.clone()).unwrap_or_default();
        form.env = main.env.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join("\n");
        if let Some((path, claim)) = spec.data() {
            path.clone_into(&mut form.data_path);
            form.data_size = claim.size.quantity();
        }
        if let Some(file) = main.files.first() {
            form.config_path.clone_from(&file.path);
            form.config_content.clone_from(&file.content);
        }
        form
    }
}
