//! From a form to a specification. Whoever fills in fields hears of an error beside the field; whoever writes the
//! document hears of its place in it.

use serde::de::{DeserializeOwned, IntoDeserializer, value::StrDeserializer};

use super::{
    Amount, AppSpec, AtDeadline, Autoscaling, Claim, ConfigFile, Container, Exposure, FirstBatch, Mount, Port, Probe,
    SecretInput, Source, SpecForm, Volume, WorkloadKind, document,
    lines::{fail, number, secret_lines, variables},
    routing,
};
use crate::{
    FieldError, UiError,
    model::{Bytes, Checks, CpuMillis},
    text,
};

/// Which field says what stands at a place of the document.
const FIELDS: [(&str, &str); 22] = [
    ("containers[0].image", "image"),
    ("replicas", "replicas"),
    ("autoscaling.max", "max_replicas"),
    ("autoscaling.min", "replicas"),
    ("autoscaling.cpu_percent", "target_cpu"),
    ("containers[0].ports[0].port", "port"),
    ("containers[0].ports", "port"),
    ("containers[0].resources.cpu", "cpu"),
    ("containers[0].resources.memory", "memory"),
    ("containers[0].readiness.http.path", "health_path"),
    ("containers[0].readiness.http.port", "health_path"),
    ("containers[0].env", "env"),
    ("containers[0].files[0].path", "config_path"),
    ("containers[0].files[0].content", "config_content"),
    ("containers[0].secrets", "secrets"),
    ("autoscaling", "max_replicas"),
    ("update.max_surge", "max_surge"),
    ("update.max_unavailable", "max_unavailable"),
    ("containers[0].command", "command"),
    ("job.schedule", "schedule"),
    ("job.time_zone", "time_zone"),
    ("kind", "runs"),
];

impl SpecForm {
    /// The checked specification and the secrets given, or every field's error.
    ///
    /// # Errors
    /// Fails naming the fields, or `document` with the places in it.
    pub fn parse(&self) -> Result<(AppSpec, Vec<SecretInput>), UiError> {
        self.checked(false, true)
    }

    /// The same of a template, which may leave the image to whoever uses it.
    ///
    /// # Errors
    /// Fails as [`SpecForm::parse`] does.
    pub fn parse_template(&self) -> Result<(AppSpec, Vec<SecretInput>), UiError> {
        self.checked(true, true)
    }

    /// The same with its other face: fields as a document, or a document as fields. An image may be missing yet; secrets
    /// are given by name alone, those that nobody has given yet among them.
    ///
    /// # Errors
    /// Fails as [`SpecForm::parse`] does.
    pub fn converted(&self) -> Result<Self, UiError> {
        self.checked(true, false).map(|(spec, inputs)| self.other_face(&spec, &inputs))
    }

    pub(super) fn other_face(&self, spec: &AppSpec, inputs: &[SecretInput]) -> Self {
        let mut names = spec.secrets();
        names.extend(inputs.iter().map(|input| input.name.as_str()));
        Self {
            source: match self.source {
                Source::Fields => Source::Document,
                Source::Document => Source::Fields,
            },
            secrets: names.into_iter().collect::<Vec<_>>().join("\n"),
            ..Self::of_spec(spec)
        }
    }

    /// The form of a specification, with all of it as a document.
    pub fn of_spec(spec: &AppSpec) -> Self {
        Self { document: document::write(spec), ..Self::from_spec(spec) }
    }

    pub(super) fn checked(
        &self,
        image_optional: bool,
        secrets_met: bool,
    ) -> Result<(AppSpec, Vec<SecretInput>), UiError> {
        let mut checks = Checks::default();
        let base = self.base(&mut checks);
        self.checked_as(base, checks, (image_optional, secrets_met), |error| self.told(error))
    }

    /// The specification that the document says; one of nothing without a document under fields.
    pub(super) fn base(&self, checks: &mut Checks) -> Option<AppSpec> {
        match (self.document.trim(), self.source) {
            ("", Source::Fields) => Some(AppSpec::new(Container::new(""))),
            _ => checks.take(document::read(&self.document)).map(tidied),
        }
    }

    /// The same from what the document says. `tell` says where an error at a place of the document stands.
    pub(super) fn checked_as(
        &self,
        base: Option<AppSpec>,
        mut checks: Checks,
        (image_optional, secrets_met): (bool, bool),
        tell: impl Fn(FieldError) -> FieldError,
    ) -> Result<(AppSpec, Vec<SecretInput>), UiError> {
        let secrets = checks.take(secret_lines("secrets", &self.secrets));
        let spec = match self.source {
            Source::Document => base,
            Source::Fields => base.and_then(|base| self.over(base, secrets.as_deref(), &mut checks)),
        };
        if let Some(spec) = &spec {
            let mut found = Checks::default();
            spec.check(&mut found, image_optional);
            for error in found.into_errors() {
                let FieldError { field, message } = tell(error);
                checks.fail(&field, message);
            }
            if let Some(secrets) = secrets.as_ref().filter(|_| secrets_met) {
                meet(spec, secrets, &mut checks);
            }
        }
        checks.finish(spec.zip(secrets))
    }

    /// An error at a place of the document, where whoever filled in the form sees it.
    pub fn told(&self, error: FieldError) -> FieldError {
        let FieldError { field: place, message } = error;
        let known = FIELDS.iter().find(|(path, _)| *path == place).map(|(_, field)| *field);
        // Whatever is wrong with an address stands at the addresses.
        let known = known.or_else(|| place.starts_with("routing.routes").then_some("routes"));
        // The fields show one disk, and what is wrong with where it is seen stands at its path.
        let keeps = !self.data_path.trim().is_empty();
        let of_disk = keeps && place.starts_with("containers[0].mounts[");
        let known = known.or_else(|| of_disk.then_some("data_path"));
        let known =
            known.or_else(|| (place.starts_with("volumes[") && place.ends_with(".claim.size")).then_some("data_size"));
        if let Some(field) = known.filter(|_| self.source == Source::Fields) {
            return FieldError { field: field.to_owned(), message };
        }
        let (en, zh) = (&message.en, &message.zh);
        FieldError { field: "document".to_owned(), message: text!("{place}: {en}", "{place}：{zh}") }
    }

    /// The base with what the fields say.
    fn over(&self, mut spec: AppSpec, secrets: Option<&[SecretInput]>, checks: &mut Checks) -> Option<AppSpec> {
        if spec.containers.is_empty() {
            spec.containers.push(Container::new(""));
        }
        let replicas = checks.take(number("replicas", &self.replicas, 0, super::MAX_REPLICAS));
        let scaling = checks.take(self.scaling(spec.autoscaling.as_ref(), replicas));
        let port = match self.port.trim() {
            "" => Some(None),
            port => checks.take(number("port", port, 1, 65_535)).map(|p| u16::try_from(p).ok()),
        };
        let exposure = checks.take(one_of::<Exposure>("exposure", &self.exposure));
        let routing = checks.take(routing::read("routes", &self.routes, spec.routing.as_ref()));
        let cpu = checks.take(CpuMillis::parse_field("cpu", &self.cpu));
        let memory = checks.take(Bytes::parse_field("memory", &self.memory));
        let env = checks.take(variables("env", &self.env));
        let surge = checks.take(amount("max_surge", &self.max_surge, Amount::Percent(25)));
        let unavailable = checks.take(amount("max_unavailable", &self.max_unavailable, Amount::Count(0)));
        // The fields of what runs to its end do not show it.
        let usual = if self.runs.trim().is_empty() { 300 } else { spec.update.deadline_seconds };
        let deadline = match self.deadline.trim() {
            "" => Some(usual),
            seconds => checks.take(number("deadline", seconds, 10, 3600)),
        };
        let first_batch = checks.take(one_of::<FirstBatch>("first_batch", &self.first_batch));
        let at_deadline = checks.take(one_of::<AtDeadline>("at_deadline", &self.at_deadline));
        let file = checks.take(self.file());
        let data = checks.take(self.data());
        let command = checks.take(self.words());
        let job = self.job(spec.job.as_ref(), checks);

        // What could not be read has been told; the rest is checked all the same, so that everything is told at once.
        spec.replicas = replicas.unwrap_or(1);
        spec.autoscaling = scaling.flatten();
        spec.exposure = exposure.unwrap_or_default();
        spec.routing = routing.flatten();
        let update = &mut spec.update;
        update.deadline_seconds = deadline.unwrap_or(300);
        // What runs to its end is not replaced in batches, and the fields do not ask how.
        if job.is_none() {
            update.max_surge = surge.unwrap_or(Amount::Percent(25));
            update.max_unavailable = unavailable.unwrap_or(Amount::Count(0));
            update.first_batch = first_batch.unwrap_or_default();
            update.at_deadline = at_deadline.unwrap_or_default();
        }
        update.min_ready_seconds = update.min_ready_seconds.min(update.deadline_seconds);
        let elsewhere: Vec<String> =
            spec.all_containers().skip(1).flat_map(|(_, container)| container.secrets.clone()).collect();
        let main = spec.containers.first_mut()?;
        self.image.trim().clone_into(&mut main.image);
        main.command = command.unwrap_or_default();
        let resources = &mut main.resources;
        resources.cpu = cpu.unwrap_or(resources.cpu);
        resources.memory = memory.unwrap_or(resources.memory);
        // A limit that the fields do not show stays above what they ask for.
        resources.cpu_limit = resources.cpu_limit.map(|limit| limit.max(resources.cpu));
        resources.memory_limit = resources.memory_limit.map(|limit| limit.max(resources.memory));
        main.env = env.unwrap_or_default();
        let names = secrets.unwrap_or_default().iter().map(|s| s.name.clone());
        let was = std::mem::take(&mut main.secrets);
        main.secrets = names.filter(|name| was.contains(name) || !elsewhere.contains(name)).collect();
        main.secrets.sort();
        // A port that cannot be read is one all the same.
        main.serve(port.unwrap_or_else(|| job.is_none().then_some(1)), self.health_path.trim());
        main.first_file(file.flatten());
        let stays = data.unwrap_or_else(|| spec.data().map(|(path, claim)| (path.to_owned(), claim.size)));
        spec.keep_data(stays);
        spec.job = None;
        spec.kind = if let Some((kind, job)) = job {
            spec.job = Some(job);
            kind
        } else if spec.claims().next().is_some() {
            WorkloadKind::Stateful
        } else if spec.containers.iter().all(|c| c.ports.is_empty()) {
            WorkloadKind::Worker
        } else {
            WorkloadKind::Service
        };
        Some(spec)
    }

    fn scaling(&self, before: Option<&Autoscaling>, replicas: Option<u32>) -> Result<Option<Autoscaling>, FieldError> {
        if self.max_replicas.trim().is_empty() {
            return Ok(None);
        }
        let max = number("max_replicas", &self.max_replicas, 1, super::MAX_REPLICAS)?;
        let by_another = before.is_some_and(|scaling| scaling.memory_percent.is_some() || !scaling.metrics.is_empty());
        let cpu_percent = match (self.target_cpu.trim(), by_another) {
            ("", true) => None,
            ("", false) => Some(70),
            (share, _) => Some(number("target_cpu", share, 1, 1000)?),
        };
        let kept = before.cloned().unwrap_or_default();
        Ok(Some(Autoscaling { min: replicas.unwrap_or(1), max, cpu_percent, ..kept }))
    }

    fn data(&self) -> Result<Option<(String, Bytes)>, FieldError> {
        let (path, size) = (self.data_path.trim(), self.data_size.trim());
        match (path.is_empty(), size.is_empty()) {
            (true, true) => Ok(None),
            (false, true) => {
                fail("data_size", text!("Say how much disk each pod gets: 1Gi.", "请填写每个 Pod 的磁盘大小，如 1Gi。"))
            }
            (true, false) => {
                fail("data_path", text!("Say where the container keeps its data.", "请填写容器内的数据路径。"))
            }
            (false, false) => Ok(Some((path.to_owned(), Bytes::parse_field("data_size", size)?))),
        }
    }

    fn file(&self) -> Result<Option<ConfigFile>, FieldError> {
        let path = self.config_path.trim();
        if path.is_empty() && !self.config_content.trim().is_empty() {
            return fail(
                "config_path",
                text!(
                    "The configuration has content but no path; say where the container expects it.",
                    "配置有内容但没有路径，请填写容器内的路径。"
                ),
            );
        }
        let content = self.config_content.replace("\r\n", "\n");
        Ok((!path.is_empty()).then(|| ConfigFile { path: path.to_owned(), content }))
    }
}

/// What the volume is called that the fields make.
const DATA: &str = "data";

impl AppSpec {
    /// Keeps data at a path of the application, on so much disk; or none that the fields show.
    fn keep_data(&mut self, data: Option<(String, Bytes)>) {
        let shown = self.data().and_then(|_| self.claims().next()).map(|(name, _)| name.to_owned());
        let Some((path, size)) = data else {
            if let Some(name) = shown {
                self.volumes.retain(|volume| volume.name != name);
                for container in self.containers.iter_mut().chain(&mut self.init_containers) {
                    container.mounts.retain(|mount| mount.volume != name);
                }
            }
            return;
        };
        let name = shown.unwrap_or_else(|| {
            let mut name = DATA.to_owned();
            while self.volumes.iter().any(|volume| volume.name == name) {
                name.push_str("-disk");
            }
            let claim = Some(Claim { size, class: None });
            self.volumes.insert(0, Volume { name: name.clone(), size: None, in_memory: false, claim });
            name
        });
        if let Some(claim) = self.volumes.iter_mut().find(|v| v.name == name).and_then(|v| v.claim.as_mut()) {
            claim.size = size;
        }
        let Some(main) = self.containers.first_mut() else { return };
        match main.mounts.iter_mut().find(|mount| mount.volume == name) {
            Some(mount) => mount.path = path,
            None => main.mounts.push(Mount { volume: name, path, read_only: false }),
        }
    }
}

impl Container {
    /// Serves a port, with a readiness path when there is one; or none.
    fn serve(&mut self, port: Option<u16>, health_path: &str) {
        match (port, self.ports.first_mut()) {
            (Some(port), Some(first)) => first.port = port,
            (Some(port), None) => self.ports.push(Port::main(port)),
            (None, _) => self.ports.clear(),
        }
        let asked = self.readiness.as_mut().and_then(|probe| probe.http.as_mut());
        match (health_path, asked) {
            ("", None) => {}
            ("", Some(_)) => self.readiness = None,
            (path, Some(http)) => path.clone_into(&mut http.path),
            (path, None) => self.readiness = Some(Probe::path(path)),
        }
    }

    fn first_file(&mut self, file: Option<ConfigFile>) {
        match (file, self.files.first_mut()) {
            (Some(file), Some(first)) => *first = file,
            (Some(file), None) => self.files.push(file),
            (None, Some(_)) => drop(self.files.remove(0)),
            (None, None) => {}
        }
    }
}

/// One of a few words, as the document has them; the usual one when nothing is said.
pub(super) fn one_of<T: Default + DeserializeOwned>(field: &str, value: &str) -> Result<T, FieldError> {
    match value.trim() {
        "" => Ok(T::default()),
        word => {
            let word: StrDeserializer<'_, serde::de::value::Error> = word.into_deserializer();
            T::deserialize(word).or_else(|_| fail(field, text!("Choose one of the list.", "请从列表中选择。")))
        }
    }
}

fn amount(field: &str, value: &str, usual: Amount) -> Result<Amount, FieldError> {
    if value.trim().is_empty() {
        return Ok(usual);
    }
    match Amount::parse(value) {
        Some(amount) => Ok(amount),
        None => fail(field, text!("Write a number, or a share such as 25%.", "请填写整数，或比例（如 25%）。")),
    }
}

/// The same document in the one way in which it is kept.
pub(super) fn tidied(mut spec: AppSpec) -> AppSpec {
    for container in spec.containers.iter_mut().chain(&mut spec.init_containers) {
        container.image = container.image.trim().to_owned();
        container.secrets.sort();
    }
    if let Some(job) = &mut spec.job {
        for text in [&mut job.schedule, &mut job.time_zone].into_iter().flatten() {
            *text = text.trim().to_owned();
        }
    }
    spec
}

/// The secrets that containers take are those that are given.
pub(super) fn meet(spec: &AppSpec, secrets: &[SecretInput], checks: &mut Checks) {
    let taken = spec.secrets();
    if let Some(name) = taken.iter().find(|name| !secrets.iter().any(|s| s.name == **name)) {
        checks.fail(
            "secrets",
            text!(
                "A container takes the secret {name}: write {name}=value, or {name} alone to keep the value it has.",
                "有容器使用密钥 {name}：请填写 {name}=值，或只写 {name} 以保留现有的值。"
            ),
        );
    }
    if let Some(SecretInput { name, .. }) = secrets.iter().find(|s| !taken.contains(s.name.as_str())) {
        checks.fail(
            "secrets",
            text!(
                "No container takes {name}. Name it in the document, under “secrets” of a container.",
                "没有容器使用 {name}。请在文档中某个容器的 secrets 下列出它。"
            ),
        );
    }
}
