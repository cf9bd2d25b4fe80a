//! What must hold of a container.

use std::collections::BTreeSet;

use super::{
    super::{
        Container, MAX_CONFIG_BYTES, MAX_VARIABLES, Probe,
        image::image_reference,
        lines::{MAX_VALUE, variable_name},
    },
    MAX_PARTS, few, within,
};
use crate::{
    model::{Bytes, Checks, CpuMillis},
    text,
};

/// The most arguments of a program, and the most bytes of all of them.
const MAX_WORDS: (usize, usize) = (200, 64 * 1024);

impl Container {
    pub(super) fn check(&self, checks: &mut Checks, path: &str, image_optional: bool) {
        let at = |part: &str| format!("{path}.{part}");
        if !(image_optional && self.image.is_empty()) {
            checks.take(image_reference(&at("image"), &self.image));
        }
        for (field, words) in [("command", &self.command), ("args", &self.args)] {
            check_words(checks, &at(field), words);
        }
        for (field, parts) in [("ports", self.ports.len()), ("files", self.files.len()), ("mounts", self.mounts.len())]
        {
            few(checks, &at(field), parts);
        }
        self.check_resources(checks, &at("resources"));
        self.check_variables(checks, path);
        let mut places = BTreeSet::new();
        for (i, file) in self.files.iter().enumerate().take(MAX_PARTS) {
            let field = at(&format!("files[{i}].path"));
            check_file_path(checks, &field, &file.path);
            place(checks, &mut places, &field, &file.path);
            if file.content.len() > MAX_CONFIG_BYTES {
                let field = at(&format!("files[{i}].content"));
                checks.fail(&field, text!("The configuration is larger than 256 KiB.", "配置超过 256 KiB。"));
            }
        }
        for (i, mount) in self.mounts.iter().enumerate().take(MAX_PARTS) {
            let field = at(&format!("mounts[{i}].path"));
            if !is_path(&mount.path) {
                checks.fail(
                    &field,
                    text!(
                        "Write the whole path of a folder, such as /var/cache.",
                        "请填写文件夹的完整路径，例如 /var/cache。"
                    ),
                );
            }
            place(checks, &mut places, &field, &mount.path);
        }
        for (field, probe) in [("readiness", &self.readiness), ("liveness", &self.liveness), ("startup", &self.startup)]
        {
            if let Some(probe) = probe {
                probe.check(checks, &at(field), self);
            }
        }
    }

    fn check_resources(&self, checks: &mut Checks, path: &str) {
        let r = &self.resources;
        let at = |part: &str| format!("{path}.{part}");
        checks.take(CpuMillis::parse_field(&at("cpu"), &r.cpu.quantity()));
        checks.take(Bytes::parse_field(&at("memory"), &r.memory.quantity()));
        let below = |limit: Option<u64>, request: u64| limit.is_some_and(|limit| limit < request);
        for (field, wrong) in [
            ("cpu_limit", below(r.cpu_limit.map(|l| l.0), r.cpu.0)),
            ("memory_limit", below(r.memory_limit.map(|l| l.0), r.memory.0)),
            ("storage_limit", below(r.storage_limit.map(|l| l.0), r.storage.map_or(0, |s| s.0))),
        ] {
            if wrong {
                checks.fail(&at(field), text!("The limit is below what is asked for.", "上限低于申请量。"));
            }
        }
    }

    fn check_variables(&self, checks: &mut Checks, path: &str) {
        for (field, names) in [
            ("env", self.env.keys().map(String::as_str).collect::<Vec<_>>()),
            ("secrets", self.secrets.iter().map(String::as_str).collect()),
        ] {
            let field = format!("{path}.{field}");
            if names.len() > MAX_VARIABLES {
                checks.fail(&field, text!("At most {MAX_VARIABLES} of them.", "最多 {MAX_VARIABLES} 个。"));
            }
            if let Some(name) = names.iter().find(|name| !variable_name(name)) {
                checks.fail(
                    &field,
                    text!(
                        "“{name}”: a name has letters, digits and underscores and does not start with a digit.",
                        "“{name}”：名称只能包含字母、数字和下划线，且不能以数字开头。"
                    ),
                );
            }
        }
        let field = format!("{path}.env");
        if let Some((name, _)) = self.env.iter().find(|(_, value)| value.len() > MAX_VALUE) {
            checks.fail(&field, text!("The value of {name} is longer than 32 KiB.", "{name} 的值超过 32 KiB。"));
        }
        if let Some((name, _)) = self.env.iter().find(|(_, value)| value.contains('\0')) {
            checks.fail(&field, text!("The value of {name} has a NUL character.", "{name} 的值含有 NUL 字符。"));
        }
        let mut seen = BTreeSet::new();
        for name in self.secrets.iter().take(MAX_VARIABLES) {
            if !seen.insert(name) {
                checks.fail(&format!("{path}.secrets"), text!("{name} stands twice.", "{name} 重复。"));
            } else if self.env.contains_key(name) {
                checks.fail(
                    &format!("{path}.secrets"),
                    text!(
                        "{name} is also an environment variable; keep one of the two.",
                        "{name} 同时是环境变量，请只保留一个。"
                    ),
                );
            }
        }
    }
}

impl Probe {
    fn check(&self, checks: &mut Checks, path: &str, container: &Container) {
        let given = [self.http.is_some(), self.tcp.is_some(), !self.command.is_empty()];
        if given.iter().filter(|given| **given).count() > 1 {
            checks.fail(path, text!("Give one of http, tcp and command.", "http、tcp、command 只能选择一个。"));
        }
        check_words(checks, &format!("{path}.command"), &self.command);
        if let Some(http) = &self.http {
            let good =
                http.path.starts_with('/') && http.path.len() <= 200 && http.path.bytes().all(|b| b.is_ascii_graphic());
            if !good {
                checks.fail(
                    &format!("{path}.http.path"),
                    text!(
                        "Write a path that starts with “/”, such as /readyz.",
                        "请填写以“/”开头的路径，例如 /readyz。"
                    ),
                );
            }
        }
        if self.command.is_empty() {
            let (kind, named) = match (&self.http, &self.tcp) {
                (Some(http), _) => ("http", http.port.as_deref()),
                (None, tcp) => ("tcp", tcp.as_ref().and_then(|tcp| tcp.port.as_deref())),
            };
            let field = format!("{path}.{kind}.port");
            match named {
                _ if container.ports.is_empty() => checks.fail(
                    &field,
                    text!("A check of a port needs a port; fill in the port.", "端口检查需要端口，请填写端口。"),
                ),
                Some(name) if !container.ports.iter().any(|p| p.name == name) => {
                    checks.fail(&field, text!("The container has no port “{name}”.", "容器没有名为“{name}”的端口。"));
                }
                _ => {}
            }
        }
        within(checks, &format!("{path}.period_seconds"), self.period_seconds.unwrap_or(1), 1, 3600);
        within(checks, &format!("{path}.timeout_seconds"), self.timeout_seconds, 1, 600);
        within(checks, &format!("{path}.failures"), self.failures.unwrap_or(1), 1, 1000);
    }
}

/// No two things are mounted at one place.
fn place<'a>(checks: &mut Checks, places: &mut BTreeSet<&'a str>, field: &str, path: &'a str) {
    if !places.insert(path) {
        checks.fail(field, text!("Something else is at {path} already.", "{path} 已被占用。"));
    }
}

fn check_words(checks: &mut Checks, field: &str, words: &[String]) {
    let (most, bytes) = MAX_WORDS;
    let all: usize = words.iter().map(String::len).sum();
    if words.len() > most || all > bytes || words.iter().any(|word| word.contains('\0')) {
        checks.fail(
            field,
            text!(
                "At most {most} words, without NUL, of 64 KiB together.",
                "最多 {most} 个参数，总长不超过 64 KiB，且不含 NUL。"
            ),
        );
    }
}

fn is_path(path: &str) -> bool {
    path.starts_with('/')
        && path.len() <= 200
        && !path.ends_with('/')
        && path.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b':' | b'\\'))
        && path[1..].split('/').all(|p| !p.is_empty() && p != "." && p != "..")
}

fn check_file_path(checks: &mut Checks, field: &str, path: &str) {
    if !is_path(path) || path[1..].split('/').count() < 2 {
        checks.fail(
            field,
            text!(
                "Write the whole path of a file in a folder of its own, such as /etc/app/config.yaml.",
                "请填写文件的完整路径，且位于单独的目录中，例如 /etc/app/config.yaml。"
            ),
        );
    }
}
