//! The form's values, as signals that its controls, its other face and "Will it fit?" share.

use leptos::prelude::*;

use crate::model::{Source, SpecForm};

/// A signal for each of the form's values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signals {
    pub(super) source: RwSignal<Source>,
    pub(super) document: RwSignal<String>,
    pub(super) image: RwSignal<String>,
    pub(super) command: RwSignal<String>,
    pub(super) runs: RwSignal<String>,
    pub(super) schedule: RwSignal<String>,
    pub(super) time_zone: RwSignal<String>,
    pub(super) replicas: RwSignal<String>,
    pub(super) max_replicas: RwSignal<String>,
    pub(super) target_cpu: RwSignal<String>,
    pub(super) port: RwSignal<String>,
    pub(super) exposure: RwSignal<String>,
    pub(super) routes: RwSignal<String>,
    pub(super) cpu: RwSignal<String>,
    pub(super) memory: RwSignal<String>,
    pub(super) health_path: RwSignal<String>,
    pub(super) env: RwSignal<String>,
    pub(super) data_path: RwSignal<String>,
    pub(super) data_size: RwSignal<String>,
    pub(super) config_path: RwSignal<String>,
    pub(super) config_content: RwSignal<String>,
    pub(super) secrets: RwSignal<String>,
    pub(super) max_surge: RwSignal<String>,
    pub(super) max_unavailable: RwSignal<String>,
    pub(super) deadline: RwSignal<String>,
    pub(super) first_batch: RwSignal<String>,
    pub(super) at_deadline: RwSignal<String>,
}

impl Signals {
    /// Whether it runs to its end, so that nothing of how it serves is asked.
    pub(super) fn ends(self) -> bool {
        !matches!(self.runs.get().as_str(), "" | "always")
    }

    /// Whether it runs by a schedule.
    pub(super) fn is_scheduled(self) -> bool {
        matches!(self.runs.get().as_str(), "schedule" | "paused")
    }
}

/// The form's values, as they stand in the fields now.
#[derive(Clone, Copy, Debug)]
pub struct SpecFields(StoredValue<Signals>);

impl SpecFields {
    /// Fields that begin with these values.
    pub fn new(spec: SpecForm) -> Self {
        Self(StoredValue::new(Signals {
            source: RwSignal::new(spec.source),
            document: RwSignal::new(spec.document),
            image: RwSignal::new(spec.image),
            command: RwSignal::new(spec.command),
            runs: RwSignal::new(spec.runs),
            schedule: RwSignal::new(spec.schedule),
            time_zone: RwSignal::new(spec.time_zone),
            replicas: RwSignal::new(spec.replicas),
            max_replicas: RwSignal::new(spec.max_replicas),
            target_cpu: RwSignal::new(spec.target_cpu),
            port: RwSignal::new(spec.port),
            exposure: RwSignal::new(spec.exposure),
            routes: RwSignal::new(spec.routes),
            cpu: RwSignal::new(spec.cpu),
            memory: RwSignal::new(spec.memory),
            health_path: RwSignal::new(spec.health_path),
            env: RwSignal::new(spec.env),
            data_path: RwSignal::new(spec.data_path),
            data_size: RwSignal::new(spec.data_size),
            config_path: RwSignal::new(spec.config_path),
            config_content: RwSignal::new(spec.config_content),
            secrets: RwSignal::new(spec.secrets),
            max_surge: RwSignal::new(spec.max_surge),
            max_unavailable: RwSignal::new(spec.max_unavailable),
            deadline: RwSignal::new(spec.deadline),
            first_batch: RwSignal::new(spec.first_batch),
            at_deadline: RwSignal::new(spec.at_deadline),
        }))
    }

    pub(super) fn signals(self) -> Signals {
        self.0.get_value()
    }

    /// How many pods, as it stands in its field.
    pub fn replicas(self) -> RwSignal<String> {
        self.signals().replicas
    }

    /// The same with an image that outlives these fields.
    #[must_use]
    pub fn with_image(self, image: RwSignal<String>) -> Self {
        image.set(self.signals().image.get_untracked());
        self.0.update_value(|signals| signals.image = image);
        self
    }

    /// What the fields say, read so that a view or a memo follows them. What is not shown says nothing.
    pub fn get(self) -> SpecForm {
        let signals = self.signals();
        let ends = signals.ends();
        let unless = |hidden: bool, value: RwSignal<String>| if hidden { String::new() } else { value.get() };
        let of_schedule = signals.is_scheduled();
        SpecForm {
            source: signals.source.get(),
            document: signals.document.get(),
            image: signals.image.get(),
            command: signals.command.get(),
            runs: signals.runs.get(),
            schedule: unless(!of_schedule, signals.schedule),
            time_zone: unless(!of_schedule, signals.time_zone),
            replicas: signals.replicas.get(),
            max_replicas: unless(ends, signals.max_replicas),
            target_cpu: unless(ends, signals.target_cpu),
            port: unless(ends, signals.port),
            exposure: unless(ends, signals.exposure),
            routes: unless(ends, signals.routes),
            cpu: signals.cpu.get(),
            memory: signals.memory.get(),
            health_path: unless(ends, signals.health_path),
            env: signals.env.get(),
            data_path: unless(ends, signals.data_path),
            data_size: unless(ends, signals.data_size),
            config_path: signals.config_path.get(),
            config_content: signals.config_content.get(),
            secrets: signals.secrets.get(),
            max_surge: unless(ends, signals.max_surge),
            max_unavailable: unless(ends, signals.max_unavailable),
            deadline: unless(ends, signals.deadline),
            first_batch: unless(ends, signals.first_batch),
            at_deadline: unless(ends, signals.at_deadline),
        }
    }

    /// Shows the other face, as the server has converted it. Secrets keep the values that were typed; those that the
    /// document names and nobody has given yet are added by name.
    pub(super) fn turn(self, spec: SpecForm) {
        let signals = self.signals();
        let missing: Vec<String> = signals.secrets.with_untracked(|typed| {
            let has = |name: &str| typed.lines().any(|line| line.split('=').next().unwrap_or_default().trim() == name);
            spec.secrets.lines().filter(|name| !has(name)).map(str::to_owned).collect()
        });
        if !missing.is_empty() {
            signals.secrets.update(|typed| {
                if !typed.is_empty() && !typed.ends_with('\n') {
                    typed.push('\n');
                }
                typed.push_str(&missing.join("\n"));
            });
        }
        signals.document.set(spec.document);
        signals.image.set(spec.image);
        signals.command.set(spec.command);
        signals.runs.set(spec.runs);
        signals.schedule.set(spec.schedule);
        signals.time_zone.set(spec.time_zone);
        signals.replicas.set(spec.replicas);
        signals.max_replicas.set(spec.max_replicas);
        signals.target_cpu.set(spec.target_cpu);
        signals.port.set(spec.port);
        signals.exposure.set(spec.exposure);
        signals.routes.set(spec.routes);
        signals.cpu.set(spec.cpu);
        signals.memory.set(spec.memory);
        signals.health_path.set(spec.health_path);
        signals.env.set(spec.env);
        signals.data_path.set(spec.data_path);
        signals.data_size.set(spec.data_size);
        signals.config_path.set(spec.config_path);
        signals.config_content.set(spec.config_content);
        signals.max_surge.set(spec.max_surge);
        signals.max_unavailable.set(spec.max_unavailable);
        signals.deadline.set(spec.deadline);
        signals.first_batch.set(spec.first_batch);
        signals.at_deadline.set(spec.at_deadline);
        signals.source.set(spec.source);
    }
}
