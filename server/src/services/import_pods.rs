//! What runs in a Deployment's pods, as a specification says it. Pure.

use std::collections::BTreeMap;

use app::{
    i18n::Text,
    model::{Bytes, ConfigFile, Container, CpuMillis, HttpCheck, Mount, Port, Probe, Protocol, TcpCheck, Volume},
    text,
};
use serde_json::{Value, json};

use super::{
    import_environment::{Environment, environment},
    import_part::Part,
};

/// What the pods are given from other objects of the namespace, by name.
#[derive(Default)]
pub(super) struct Sources {
    /// ConfigMaps.
    pub(super) config_maps: BTreeMap<String, Value>,
    /// Secrets.
    pub(super) secrets: BTreeMap<String, Value>,
    /// Whether there are more than were read.
    pub(super) too_many: bool,
}

/// What runs in the pods.
#[derive(Default)]
pub(super) struct Pods {
    pub(super) containers: Vec<Container>,
    pub(super) init_containers: Vec<Container>,
    pub(super) volumes: Vec<Volume>,
    /// Seconds until a pod that is to end is killed.
    pub(super) grace_seconds: u32,
    /// Seconds that a leaving pod serves on.
    pub(super) leave_seconds: Option<u32>,
    /// The values of secrets, by the variable that has them.
    pub(super) secrets: BTreeMap<String, String>,
    /// The Secrets by which the running pods pull their images.
    pub(super) pull_secrets: Vec<String>,
    /// The names by which the running pods know their ports: number, protocol, name.
    pub(super) port_names: Vec<(u16, Protocol, String)>,
}

/// What the reading of containers goes on with.
struct Reading<'a> {
    sources: &'a Sources,
    /// The volumes that are ConfigMaps: how they are mounted, by the volume's name.
    config_volumes: BTreeMap<&'a str, &'a Value>,
    pods: Pods,
    obstacles: &'a mut Vec<Text>,
}

/// Reads the template of pods.
pub(super) fn read_pods(template: &Value, sources: &Sources, obstacles: &mut Vec<Text>) -> Pods {
    let mut pod = Part::new(&template["spec"], "spec.template.spec");
    let mut reading = Reading { sources, config_volumes: BTreeMap::new(), pods: Pods::default(), obstacles };
    reading.pods.grace_seconds = pod.number("terminationGracePeriodSeconds").unwrap_or(30);
    // Whatever they say, later pods get no token and no variables of services.
    let _ = (pod.take("automountServiceAccountToken"), pod.take("enableServiceLinks"));
    let pull = pod.take("imagePullSecrets").as_array().into_iter().flatten();
    reading.pods.pull_secrets = pull.filter_map(|secret| secret["name"].as_str().map(str::to_owned)).collect();
    let mut security = pod.below("securityContext");
    allow_restricted(&mut security);
    security.end(reading.obstacles);
    for volume in pod.list("volumes", "name") {
        reading.volume(volume);
    }
    for container in pod.list("initContainers", "name") {
        let container = reading.container(container, false);
        reading.pods.init_containers.push(container);
    }
    for container in pod.list("containers", "name") {
        let container = reading.container(container, true);
        reading.pods.containers.push(container);
    }
    pod.end(reading.obstacles);
    reading.pods
}

/// What Longshore asks of all pods anyway.
fn allow_restricted(security: &mut Part<'_>) {
    security.allow("runAsNonRoot", &json!(true));
    security.allow("seccompProfile", &json!({ "type": "RuntimeDefault" }));
    security.allow("capabilities", &json!({ "drop": ["ALL"] }));
}

impl<'a> Reading<'a> {
    fn volume(&mut self, mut volume: Part<'a>) {
        let name = volume.word("name").unwrap_or_default();
        let mut empty = volume.below("emptyDir");
        if empty.is_there() {
            let size = empty.take("sizeLimit");
            let size = quantity(size).and_then(|size| Bytes::parse(&size));
            let in_memory = empty.word("medium") == Some("Memory");
            empty.end(self.obstacles);
            self.pods.volumes.push(Volume { name: name.to_owned(), size, in_memory, claim: None });
        }
        let config = volume.take("configMap");
        if config.is_object() {
            self.config_volumes.insert(name, config);
        }
        volume.end(self.obstacles);
    }

    fn container(&mut self, mut part: Part<'a>, main: bool) -> Container {
        let mut container = Container::new(part.word("image").unwrap_or_default());
        part.word("name").unwrap_or_default().clone_into(&mut container.name);
        // A digest or a tag decides that in Longshore.
        part.take("imagePullPolicy");
        // Of a pod it is the usual; of a container it makes a helper that runs on of what runs before the others.
        if let Some(policy) = part.word("restartPolicy") {
            let path = part.at("restartPolicy");
            self.obstacles.push(text!(
                "{path} is {policy}: containers that run before the others have to end. Make it one of the others.",
                "{path} 为 {policy}：初始化容器必须结束。请将其改为普通容器。"
            ));
        }
        for (field, kept) in [("command", &mut container.command), ("args", &mut container.args)] {
            let path = part.at(field);
            let said = part.take(field).as_array().into_iter().flatten().filter_map(Value::as_str);
            *kept = said.map(|word| self.literal(&path, word)).collect();
        }
        let Environment { env, secrets } = environment(&mut part, self.sources, self.obstacles);
        for (name, value) in secrets {
            let before = self.pods.secrets.insert(name.clone(), value.clone());
            if before.is_some_and(|before| before != value) {
                let path = part.path();
                self.obstacles.push(text!(
                    "{path}.env[{name}] is another secret than a variable of that name in another container. Give one of them another name.",
                    "{path}.env[{name}] 与另一容器中的同名变量是不同的密钥，请更改其中一个的名称。"
                ));
            }
            container.secrets.push(name);
        }
        container.env = env;
        self.ports(&mut part, &mut container);
        self.resources(&mut part, &mut container);
        self.mounts(&mut part, &mut container);
        let mut security = part.below("securityContext");
        allow_restricted(&mut security);
        security.end(self.obstacles);
        if main {
            self.leaving(&mut part);
            let starts = self.probe(part.below("startupProbe"), &container);
            let lives = self.probe(part.below("livenessProbe"), &container);
            let ready = self.probe(part.below("readinessProbe"), &container);
            container.startup = starts.map(later).or_else(|| late_start(lives.as_ref()));
            container.liveness = lives.map(|(probe, _)| probe);
            container.readiness = ready.map(|(probe, _)| probe);
        }
        part.end(self.obstacles);
        container
    }

    /// A text as the container is given it, when it does not refer to variables.
    fn literal(&mut self, path: &str, text: &str) -> String {
        literal(path, text, self.obstacles)
    }

    fn ports(&mut self, part: &mut Part<'a>, container: &mut Container) {
        for mut port in part.list("ports", "containerPort") {
            let number = port.take("containerPort").as_u64().and_then(|n| u16::try_from(n).ok()).unwrap_or_default();
            let protocol = match port.word("protocol") {
                None | Some("TCP") => Protocol::Tcp,
                Some("UDP") => Protocol::Udp,
                Some(other) => {
                    let path = port.path();
                    self.obstacles.push(text!(
                        "{path} speaks {other}; TCP and UDP are supported. Take the port away.",
                        "{path} 使用 {other}；仅支持 TCP 和 UDP，请移除该端口。"
                    ));
                    Protocol::Tcp
                }
            };
            if let Some(name) = port.word("name") {
                self.pods.port_names.push((number, protocol, name.to_owned()));
            }
            let first = container.ports.is_empty() && self.pods.containers.is_empty();
            let usual = || if first { Port::main(number).name } else { usual_name(number, protocol) };
            let name = port.word("name").map_or_else(usual, str::to_owned);
            port.end(self.obstacles);
            container.ports.push(Port { name, protocol, ..Port::main(number) });
        }
    }

    fn resources(&mut self, part: &mut Part<'a>, container: &mut Container) {
        let mut said = part.below("resources");
        let (mut asks, mut most) = (said.below("requests"), said.below("limits"));
        let kept = &mut container.resources;
        let cpu = |of: &mut Part<'_>| quantity(of.take("cpu")).and_then(|text| CpuMillis::parse(&text));
        let (cpu_asked, cpu_limit) = (cpu(&mut asks), cpu(&mut most));
        kept.cpu = cpu_asked.or(cpu_limit).unwrap_or(kept.cpu);
        kept.cpu_limit = cpu_limit;
        let bytes =
            |of: &mut Part<'_>, name: &'static str| quantity(of.take(name)).and_then(|text| Bytes::parse(&text));
        let (memory, limit) = (bytes(&mut asks, "memory"), bytes(&mut most, "memory"));
        match (memory, limit) {
            (asked, Some(limit)) => {
                kept.memory = asked.unwrap_or(limit);
                kept.memory_limit = (kept.memory != limit).then_some(limit);
            }
            (_, None) => {
                let path = said.path();
                self.obstacles.push(text!(
                    "{path}.limits.memory is not set. Say how much memory it may use; later releases hold to it.",
                    "未设置 {path}.limits.memory。请填写内存上限，之后的发布将以此为准。"
                ));
            }
        }
        kept.storage = bytes(&mut asks, "ephemeral-storage");
        kept.storage_limit = bytes(&mut most, "ephemeral-storage");
        for part in [asks, most, said] {
            part.end(self.obstacles);
        }
    }

    fn mounts(&mut self, part: &mut Part<'a>, container: &mut Container) {
        for mut mount in part.list("volumeMounts", "mountPath") {
            let (volume, path) = (mount.word("name").unwrap_or_default(), mount.word("mountPath").unwrap_or_default());
            let read_only = mount.take("readOnly").as_bool().unwrap_or_default();
            if let Some(config) = self.config_volumes.get(volume).copied() {
                let one = mount.word("subPath");
                self.config_files(config, mount.path(), path, one, container);
            } else if self.pods.volumes.iter().any(|known| known.name == volume) {
                container.mounts.push(Mount { volume: volume.to_owned(), path: path.to_owned(), read_only });
            }
            mount.end(self.obstacles);
        }
    }

    /// The files of a ConfigMap that is mounted as a folder, or `one` of them alone.
    fn config_files(&mut self, config: &Value, at: &str, path: &str, one: Option<&str>, container: &mut Container) {
        let name = config["name"].as_str().unwrap_or_default();
        let Some(map) = self.sources.config_maps.get(name) else {
            if config["optional"] != json!(true) {
                self.obstacles.push(gone(at, "ConfigMap", name));
            }
            return;
        };
        let runs = |of: &Value, field: &str| of[field].as_u64().is_some_and(|mode| mode & 0o111 != 0);
        let items = config["items"].as_array().into_iter().flatten();
        if runs(config, "defaultMode")
            || items.into_iter().any(|item| runs(item, "mode"))
            || map["binaryData"].as_object().is_some_and(|data| !data.is_empty())
        {
            self.obstacles.push(text!(
                "{at}: the ConfigMap {name} has programs or binary files; configuration files are texts that can be read.",
                "{at}：ConfigMap {name} 含有可执行或二进制文件；配置文件只能是可读文本。"
            ));
            return;
        }
        let all = || -> Vec<(String, &Value)> {
            match config["items"].as_array() {
                Some(items) => {
                    let word = |item: &Value, of: &str| item[of].as_str().unwrap_or_default().to_owned();
                    items.iter().map(|item| (word(item, "path"), &map["data"][word(item, "key")])).collect()
                }
                None => map["data"].as_object().into_iter().flatten().map(|(key, text)| (key.clone(), text)).collect(),
            }
        };
        let mut found = false;
        for (file, content) in all() {
            let path = match one {
                Some(one) if one == file => path.to_owned(),
                Some(_) => continue,
                None => format!("{}/{file}", path.trim_end_matches('/')),
            };
            found = true;
            container.files.push(ConfigFile { path, content: content.as_str().unwrap_or_default().to_owned() });
        }
        if let Some(one) = one.filter(|_| !found) {
            self.obstacles.push(text!(
                "{at}: the ConfigMap {name} has no file “{one}”.",
                "{at}：ConfigMap {name} 中没有文件“{one}”。"
            ));
        }
    }

    /// How long it serves on while it leaves: asked of Kubernetes, or of a program that does nothing but sleep.
    fn leaving(&mut self, part: &mut Part<'a>) {
        let mut lifecycle = part.below("lifecycle");
        let said = lifecycle.take("preStop");
        let words: Vec<&str> =
            said["exec"]["command"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let slept = match words.as_slice() {
            ["sleep" | "/bin/sleep", seconds] => Some(*seconds),
            ["sh" | "/bin/sh", "-c", line] => line.strip_prefix("sleep "),
            _ => None,
        };
        let seconds = said["sleep"]["seconds"].as_u64().and_then(|n| u32::try_from(n).ok());
        let seconds = seconds.or_else(|| slept?.trim().parse().ok());
        if said.is_object() && seconds.is_none() {
            let path = lifecycle.at("preStop");
            self.obstacles.push(text!(
                "{path} does something else than sleep, for which a specification has no words. Let it sleep, and do the rest on SIGTERM.",
                "{path} 不只是等待，规格无法表示。请仅保留等待，其余改由 SIGTERM 处理。"
            ));
        }
        self.pods.leave_seconds = self.pods.leave_seconds.max(seconds);
        lifecycle.end(self.obstacles);
    }

    /// A probe, and after how many seconds it is asked for the first time.
    fn probe(&mut self, mut said: Part<'a>, container: &Container) -> Option<(Probe, u32)> {
        if !said.is_there() {
            return None;
        }
        let mut probe = Probe::port();
        let (mut http, mut tcp) = (said.below("httpGet"), said.below("tcpSocket"));
        if http.is_there() {
            let path = http.word("path").unwrap_or("/").to_owned();
            probe.http = Some(HttpCheck { path, port: self.port_of(&mut http, container) });
        }
        if tcp.is_there() {
            probe.tcp = Some(TcpCheck { port: self.port_of(&mut tcp, container) });
        }
        let mut program = said.below("exec");
        let command = program.take("command").as_array().into_iter().flatten();
        probe.command = command.filter_map(|word| word.as_str().map(str::to_owned)).collect();
        probe.period_seconds = said.number("periodSeconds");
        probe.timeout_seconds = said.number("timeoutSeconds").unwrap_or(1);
        probe.failures = said.number("failureThreshold");
        let delay = said.number("initialDelaySeconds").unwrap_or_default();
        for part in [http, tcp, program, said] {
            part.end(self.obstacles);
        }
        Some((probe, delay))
    }

    /// The name of a probe's port; `None` for the container's first.
    fn port_of(&mut self, said: &mut Part<'_>, container: &Container) -> Option<String> {
        let port = said.take("port");
        let is_meant = |known: &&Port| match port {
            Value::String(name) => known.name == *name,
            number => number.as_u64() == Some(known.port.into()),
        };
        let Some(found) = container.ports.iter().find(is_meant) else {
            let path = said.at("port");
            self.obstacles.push(text!(
                "{path} is {port}, which is none of the container's ports. Add it to them.",
                "{path} 为 {port}，不在容器的端口列表中，请先添加。"
            ));
            return None;
        };
        let first = container.ports.first().is_some_and(|first| first.name == found.name);
        (!first).then(|| found.name.clone())
    }
}

/// What a port is called that has no name.
pub(super) fn usual_name(number: u16, protocol: Protocol) -> String {
    format!("{}-{number}", protocol.as_str().to_ascii_lowercase())
}

/// A startup probe that is asked from the beginning on, with as many wrong answers more as it would have waited for.
fn later((probe, delay): (Probe, u32)) -> Probe {
    let period = probe.period_seconds.unwrap_or(10).max(1);
    let failures = probe.failures.unwrap_or(3).saturating_add(delay.div_ceil(period));
    Probe { failures: Some(failures), ..probe }
}

/// What is asked of a container that has time to start before it is asked whether it lives: the same, with that time and what
/// it took to be found dead.
fn late_start(lives: Option<&(Probe, u32)>) -> Option<Probe> {
    let (probe, delay) = lives.filter(|(_, delay)| *delay > 0)?;
    let period = 5;
    let found_dead = probe.period_seconds.unwrap_or(10).saturating_mul(probe.failures.unwrap_or(3));
    let failures = delay.saturating_add(found_dead).div_ceil(period);
    Some(Probe { period_seconds: Some(period), failures: Some(failures), ..probe.clone() })
}

/// What an object says that is not there.
pub(super) fn gone(at: &str, kind: &str, name: &str) -> Text {
    text!("{at}: there is no {kind} {name} in the namespace.", "{at}：命名空间中没有 {kind} {name}。")
}

/// A text without references to variables, as the container is given it: `$$` is read as `$`.
///
/// Source: <https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/>
pub(super) fn literal(path: &str, text: &str, obstacles: &mut Vec<Text>) -> String {
    if text.replace("$$", "").contains("$(") {
        obstacles.push(text!(
            "{path} refers to another variable with $(…). Write its value out.",
            "{path} 使用 $(…) 引用了其他变量，请直接写出其值。"
        ));
    }
    text.replace("$$", "$")
}

/// A quantity, which may stand there as a number.
fn quantity(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
