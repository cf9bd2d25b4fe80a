//! What must hold of a specification, whoever wrote it. Each error names its place in the document:
//! `containers[0].readiness.http.path`.

mod container;
mod job;
mod patch;
mod scaling;

use std::collections::BTreeSet;

use super::{
    Amount, AppSpec, Claim, MAX_ALL_CONFIG_BYTES, MAX_ALL_ENV_BYTES, MAX_CONTAINERS, MAX_REPLICAS, Protocol,
    SpreadOver, Volume, WorkloadKind,
};
use crate::{i18n::Text, model::Checks, text};

/// The most ports, files, mounts of a container, and the most volumes.
pub(super) const MAX_PARTS: usize = 20;
/// The fewest bytes of a claim.
const MIN_CLAIM: u64 = 1 << 20;
/// The most bytes of a claim.
const MAX_CLAIM: u64 = 64 << 40;

impl AppSpec {
    /// Tells `checks` everything that is wrong. `images_optional`: a template may leave an image to who uses it.
    pub(super) fn check(&self, checks: &mut Checks, images_optional: bool) {
        if let Some(unread) = self.schema.unread() {
            checks.fail("schema", unread);
        }
        self.check_containers(checks, images_optional);
        self.check_volumes(checks);
        self.check_ports(checks);
        self.check_rollout(checks);
        self.check_job(checks);
        self.check_patches(checks);
        if let Some(scaling) = &self.autoscaling {
            scaling.check(checks);
        }
        if let Some(routing) = &self.routing {
            routing.check(self, checks);
        }
    }

    fn check_containers(&self, checks: &mut Checks, images_optional: bool) {
        if self.containers.is_empty() {
            checks.fail("containers", text!("At least one container is needed.", "至少需要一个容器。"));
        }
        if self.containers.len() + self.init_containers.len() > MAX_CONTAINERS {
            checks.fail(
                "containers",
                text!("At most {MAX_CONTAINERS} containers in all.", "容器总数最多 {MAX_CONTAINERS} 个。"),
            );
        }
        let mut names = BTreeSet::new();
        let (mut config_bytes, mut env_bytes) = (0_usize, 0_usize);
        for (path, container) in self.all_containers().take(2 * MAX_CONTAINERS) {
            unique(checks, &mut names, &format!("{path}.name"), &container.name);
            container.check(checks, &path, images_optional);
            config_bytes = container.files.iter().fold(config_bytes, |sum, f| sum.saturating_add(f.content.len()));
            env_bytes = container.env.iter().fold(env_bytes, |sum, (n, v)| sum.saturating_add(n.len() + v.len()));
        }
        for (i, container) in self.init_containers.iter().enumerate().take(MAX_CONTAINERS) {
            let (readiness, liveness, startup) = (&container.readiness, &container.liveness, &container.startup);
            if readiness.is_some() || liveness.is_some() || startup.is_some() {
                let path = format!("init_containers[{i}]");
                checks.fail(&path, text!("What has to end is not probed.", "初始化容器不支持健康检查。"));
            }
        }
        if env_bytes > MAX_ALL_ENV_BYTES {
            let most = MAX_ALL_ENV_BYTES / 1024;
            checks.fail(
                "containers",
                text!(
                    "The environment variables are larger than {most} KiB together; put what is long into a file.",
                    "环境变量总大小超过 {most} KiB；请将较长的内容放入配置文件。"
                ),
            );
        }
        if config_bytes > MAX_ALL_CONFIG_BYTES {
            let most = MAX_ALL_CONFIG_BYTES / 1024;
            checks.fail(
                "containers",
                text!(
                    "The configuration files are larger than {most} KiB together.",
                    "配置文件总大小超过 {most} KiB。"
                ),
            );
        }
    }

    fn check_volumes(&self, checks: &mut Checks) {
        few(checks, "volumes", self.volumes.len());
        let mut names = BTreeSet::new();
        for (i, volume) in self.volumes.iter().enumerate().take(MAX_PARTS) {
            let field = format!("volumes[{i}].name");
            unique(checks, &mut names, &field, &volume.name);
            if let Some(claim) = &volume.claim {
                self.check_claim(checks, &format!("volumes[{i}]"), volume, claim);
            }
            if volume.name == "configuration" {
                checks.fail(&field, text!("That name is the configuration files'.", "该名称已用于配置文件。"));
            }
        }
        for (path, container) in self.all_containers().take(2 * MAX_CONTAINERS) {
            for (i, mount) in container.mounts.iter().enumerate().take(MAX_PARTS) {
                if !names.contains(mount.volume.as_str()) {
                    let name = &mount.volume;
                    checks.fail(
                        &format!("{path}.mounts[{i}].volume"),
                        text!("There is no volume “{name}” among the volumes.", "volumes 中没有名为“{name}”的卷。"),
                    );
                }
            }
        }
    }

    fn check_claim(&self, checks: &mut Checks, place: &str, volume: &Volume, claim: &Claim) {
        if !self.is_stateful() {
            checks.fail(
                &format!("{place}.claim"),
                text!(
                    "Disk that outlives its pod is for what is stateful: say “kind: stateful”.",
                    "独立于 Pod 的磁盘仅用于有状态应用：请填写 kind: stateful。"
                ),
            );
        }
        if volume.size.is_some() || volume.in_memory {
            checks.fail(place, text!("A claim has its own size and is on disk.", "claim 自带大小，且存储在磁盘上。"));
        }
        if claim.size.0 < MIN_CLAIM || claim.size.0 > MAX_CLAIM {
            checks.fail(&format!("{place}.claim.size"), text!("Ask for 1Mi to 64Ti.", "请填写 1Mi 到 64Ti。"));
        }
        if let Some(class) = &claim.class
            && !(class.len() <= 253 && class.split('.').all(is_label))
        {
            checks.fail(
                &format!("{place}.claim.class"),
                text!("“{class}” is not the name of a storage class.", "“{class}”不是有效的存储类名称。"),
            );
        }
    }

    /// Names and numbers of ports are unique in a pod, since its containers share one address.
    fn check_ports(&self, checks: &mut Checks) {
        let (mut names, mut numbers, mut in_service) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for (i, container) in self.containers.iter().enumerate().take(MAX_CONTAINERS) {
            for (n, port) in container.ports.iter().enumerate().take(MAX_PARTS) {
                let path = format!("containers[{i}].ports[{n}]");
                for (field, number) in [("port", Some(port.port)), ("service_port", port.service_port)] {
                    if number == Some(0) {
                        let field = format!("{path}.{field}");
                        let wrong = text!("Write a whole number from 1 to 65535.", "请填写 1 到 65535 之间的整数。");
                        checks.fail(&field, wrong);
                    }
                }
                // RFC 6335, section 5.1.
                let lettered = port.name.bytes().any(|b| b.is_ascii_lowercase());
                if port.name.len() > 15 || !lettered || port.name.contains("--") {
                    checks.fail(
                        &format!("{path}.name"),
                        text!(
                            "At most 15 characters, a letter among them, and no two hyphens in a row.",
                            "最多 15 个字符，至少包含一个字母，且不能有连续的连字符。"
                        ),
                    );
                }
                unique(checks, &mut names, &format!("{path}.name"), &port.name);
                if !numbers.insert((port.port, port.protocol == Protocol::Udp)) {
                    let number = port.port;
                    checks
                        .fail(&format!("{path}.port"), text!("Port {number} is served twice.", "端口 {number} 重复。"));
                } else if !in_service.insert((port.in_service(), port.protocol == Protocol::Udp)) {
                    let number = port.in_service();
                    checks.fail(
                        &format!("{path}.service_port"),
                        text!("The Service has port {number} twice.", "Service 中端口 {number} 重复。"),
                    );
                }
            }
        }
        let serves = self.containers.iter().any(|c| !c.ports.is_empty());
        match self.kind {
            WorkloadKind::Service if !serves => checks.fail(
                "containers[0].ports",
                text!(
                    "A service serves at least one port; a worker needs none.",
                    "服务至少需要一个端口；后台任务不需要端口。"
                ),
            ),
            WorkloadKind::Job | WorkloadKind::CronJob if serves => checks.fail(
                "containers[0].ports",
                text!(
                    "What runs to its end serves no port. Take it out, or let the app run on.",
                    "运行到结束的应用不提供端口。请移除端口，或选择持续运行。"
                ),
            ),
            WorkloadKind::Worker if serves => {
                checks.fail("kind", text!("What serves a port is a service.", "提供端口的应用类型应为服务。"));
            }
            WorkloadKind::Stateful if self.claims().next().is_none() => checks.fail(
                "volumes",
                text!(
                    "What is stateful has a volume with a claim; say how much disk it needs.",
                    "有状态应用需要带 claim 的卷；请填写所需磁盘。"
                ),
            ),
            _ => {}
        }
    }

    fn check_rollout(&self, checks: &mut Checks) {
        within(checks, "replicas", self.replicas, 0, MAX_REPLICAS);
        let update = &self.update;
        within(checks, "update.deadline_seconds", update.deadline_seconds, 10, 3600);
        within(checks, "update.min_ready_seconds", update.min_ready_seconds, 0, update.deadline_seconds.min(600));
        for (field, amount) in
            [("update.max_surge", update.max_surge), ("update.max_unavailable", update.max_unavailable)]
        {
            check_amount(checks, field, amount, 0);
        }
        if self.is_stateful() {
            if update.stays_when_late() {
                checks.fail(
                    "update.at_deadline",
                    text!(
                        "What is stateful goes back: the pod that is stuck has taken the place of one that served.",
                        "有状态应用须选择 go_back：卡住的 Pod 占用了原先提供服务的 Pod 的位置。"
                    ),
                );
            }
            if self.autoscaling.is_some() {
                checks.fail(
                    "autoscaling",
                    text!(
                        "What is stateful has a fixed number of pods: each has data of its own.",
                        "有状态应用的 Pod 数量固定：每个 Pod 都有自己的数据。"
                    ),
                );
            }
        } else if update.max_surge.is_zero() && update.max_unavailable.is_zero() && !self.runs_to_end() {
            checks.fail(
                "update.max_surge",
                text!(
                    "A batch needs room: allow at least one pod more, or one fewer.",
                    "更新需要余量：请允许至少多一个或少一个 Pod。"
                ),
            );
        }
        if let Some(disruption) = &self.disruption {
            check_amount(checks, "disruption.max_unavailable", disruption.max_unavailable, 1);
        }
        let ends = &self.termination;
        within(checks, "termination.grace_seconds", ends.grace_seconds, 1, 3600);
        within(checks, "termination.leave_seconds", ends.leave_seconds, 0, ends.grace_seconds.min(3600));
        // The surge of an update needs a node of its own for each pod.
        if self.spread.over == SpreadOver::OnePerNode
            && self.spread.strict
            && update.max_unavailable.is_zero()
            && !self.is_stateful()
            && !self.runs_to_end()
        {
            checks.fail(
                "update.max_unavailable",
                text!(
                    "With one pod on a node at most, an update may find no free node: allow at least one pod fewer.",
                    "每个节点最多一个 Pod 时，更新可能没有空闲节点：请允许至少少一个 Pod。"
                ),
            );
        }
    }
}

fn within(checks: &mut Checks, field: &str, number: u32, min: u32, max: u32) {
    if !(min..=max).contains(&number) {
        checks.fail(field, text!("Write a whole number from {min} to {max}.", "请填写 {min} 到 {max} 之间的整数。"));
    }
}

fn check_amount(checks: &mut Checks, field: &str, amount: Amount, min: u32) {
    let too_few = min > 0 && amount.is_zero();
    if too_few || matches!(amount, Amount::Count(count) if count > MAX_REPLICAS) {
        checks.fail(
            field,
            text!(
                "Write a number from {min} to {MAX_REPLICAS}, or a share such as 25%.",
                "请填写 {min} 到 {MAX_REPLICAS} 之间的整数，或比例（如 25%）。"
            ),
        );
    }
}

fn few(checks: &mut Checks, field: &str, parts: usize) {
    if parts > MAX_PARTS {
        checks.fail(field, text!("At most {MAX_PARTS} of them.", "最多 {MAX_PARTS} 个。"));
    }
}

/// Whether a name is a label of RFC 1123: of what Kubernetes names, and of hosts.
pub(super) fn is_label(name: &str) -> bool {
    (1..=63).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// A name of a part of a pod (RFC 1123 label), unlike the others.
fn unique<'a>(checks: &mut Checks, names: &mut BTreeSet<&'a str>, field: &str, name: &'a str) {
    let message: Option<Text> = if !is_label(name) {
        Some(text!(
            "A name has small letters, digits and hyphens, and begins and ends with a letter or digit.",
            "名称只能包含小写字母、数字和连字符，且以字母或数字开头和结尾。"
        ))
    } else if !names.insert(name) {
        Some(text!("“{name}” stands twice.", "“{name}”重复。"))
    } else {
        None
    };
    if let Some(message) = message {
        checks.fail(field, message);
    }
}
