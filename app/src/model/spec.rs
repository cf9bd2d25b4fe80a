//! What an application is made of: the form that people fill in, and the checked specification that releases
//! record and manifests are rendered from.

use serde::{Deserialize, Serialize};

use super::{Bytes, Checks, CpuMillis};
use crate::{FieldError, UiError, i18n::Text, text};

/// The most bytes of a configuration file (Kubernetes allows 1 MiB for a whole `ConfigMap`).
pub const MAX_CONFIG_BYTES: usize = 256 * 1024;
/// The most environment variables, and the most secrets.
pub const MAX_VARIABLES: usize = 100;
/// The most replicas.
pub const MAX_REPLICAS: u32 = 500;

/// An application's form: flat strings, so that it works before any script has loaded and in any client.
/// Create, upgrade and templates share [`SpecForm::parse`].
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct SpecForm {
    /// The image: `registry.example.org/shop/web:1.4.2`.
    pub image: String,
    /// How many pods.
    pub replicas: String,
    /// The port that the container serves on; empty for a worker without a Service.
    pub port: String,
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
    /// Secrets, given to the container as environment variables, one `NAME=value` a line. A bare `NAME` keeps
    /// the value of the release before. Write-only: no answer ever contains the values.
    pub secrets: String,
    /// Seconds until a rollout that does not get ready counts as failed: 10 to 3600.
    pub deadline: String,
}

impl std::fmt::Debug for SpecForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SpecForm").field("image", &self.image).finish_non_exhaustive()
    }
}

/// A checked specification, without the values of its secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct AppSpec {
    /// The image reference as given, with a tag or a digest.
    pub image: String,
    /// How many pods.
    pub replicas: u32,
    /// The port that is served.
    pub port: Option<u16>,
    /// CPU each pod asks for.
    pub cpu: CpuMillis,
    /// Memory each pod asks for; also its limit.
    pub memory: Bytes,
    /// The readiness path, when there is one.
    pub health_path: Option<String>,
    /// Environment variables, in the order given.
    pub env: Vec<(String, String)>,
    /// The configuration file, when there is one.
    pub config: Option<ConfigFile>,
    /// Names of the secrets, sorted.
    pub secrets: Vec<String>,
    /// Seconds until a rollout counts as failed.
    pub deadline_seconds: u32,
}

/// A configuration file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct ConfigFile {
    /// Where the container finds it; absolute.
    pub path: String,
    /// What it says.
    pub content: String,
}

/// A secret as a form gives it: the value, or `None` to keep the one before.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretInput {
    /// The environment variable's name.
    pub name: String,
    /// The new value.
    pub value: Option<String>,
}

impl std::fmt::Debug for SecretInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecretInput").field("name", &self.name).finish_non_exhaustive()
    }
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

    /// The form that would make `spec` again; secrets appear as bare names, which keep their values.
    pub fn from_spec(spec: &AppSpec) -> Self {
        let lines =
            |pairs: &[(String, String)]| pairs.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join("\n");
        Self {
            image: spec.image.clone(),
            replicas: spec.replicas.to_string(),
            port: spec.port.map(|p| p.to_string()).unwrap_or_default(),
            cpu: spec.cpu.quantity(),
            memory: spec.memory.quantity(),
            health_path: spec.health_path.clone().unwrap_or_default(),
            env: lines(&spec.env),
            config_path: spec.config.as_ref().map(|c| c.path.clone()).unwrap_or_default(),
            config_content: spec.config.as_ref().map(|c| c.content.clone()).unwrap_or_default(),
            secrets: spec.secrets.join("\n"),
            deadline: spec.deadline_seconds.to_string(),
        }
    }

    /// The checked specification and the secrets given, or every field's error.
    pub fn parse(&self) -> Result<(AppSpec, Vec<SecretInput>), UiError> {
        let mut checks = Checks::default();
        let image = checks.take(image_reference("image", &self.image));
        let replicas = checks.take(number("replicas", &self.replicas, 0, MAX_REPLICAS));
        let port = if self.port.trim().is_empty() {
            Some(None)
        } else {
            checks.take(number("port", &self.port, 1, 65_535)).map(|p| u16::try_from(p).ok())
        };
        let cpu = checks.take(CpuMillis::parse_field("cpu", &self.cpu));
        let memory = checks.take(Bytes::parse_field("memory", &self.memory));
        let deadline = checks.take(number("deadline", or(&self.deadline, "300"), 10, 3600));
        let health_path = self.health_path.trim();
        if !health_path.is_empty() {
            let printable = health_path.bytes().all(|b| b.is_ascii_graphic());
            if !health_path.starts_with('/') || health_path.len() > 200 || !printable {
                checks.fail(
                    "health_path",
                    text!(
                        "Write a path that starts with “/”, such as /readyz.",
                        "请填写以“/”开头的路径，例如 /readyz。"
                    ),
                );
            } else if self.port.trim().is_empty() {
                checks.fail(
                    "health_path",
                    text!("A readiness path needs a port; fill in the port.", "就绪检查路径需要端口，请填写端口。"),
                );
            }
        }
        let env = checks.take(variables("env", &self.env));
        let config = checks.take(config_file(&self.config_path, &self.config_content));
        let secrets = checks.take(secret_lines("secrets", &self.secrets));
        if let (Some(env), Some(secrets)) = (&env, &secrets)
            && let Some(twice) = secrets.iter().find(|s| env.iter().any(|(name, _)| *name == s.name))
        {
            let name = &twice.name;
            checks.fail(
                "secrets",
                text!(
                    "{name} is also an environment variable; keep one of the two.",
                    "{name} 同时是环境变量，请只保留一个。"
                ),
            );
        }
        let value = (|| {
            let secrets = secrets?;
            let mut names: Vec<String> = secrets.iter().map(|s| s.name.clone()).collect();
            names.sort();
            let spec = AppSpec {
                image: image?,
                replicas: replicas?,
                port: port?,
                cpu: cpu?,
                memory: memory?,
                health_path: (!health_path.is_empty()).then(|| health_path.to_owned()),
                env: env?,
                config: config?,
                secrets: names,
                deadline_seconds: deadline?,
            };
            Some((spec, secrets))
        })();
        checks.finish(value)
    }
}

fn or<'a>(value: &'a str, fallback: &'a str) -> &'a str {
    if value.trim().is_empty() { fallback } else { value }
}

fn fail<T>(field: &str, message: Text) -> Result<T, FieldError> {
    Err(FieldError { field: field.to_owned(), message })
}

fn number(field: &str, value: &str, min: u32, max: u32) -> Result<u32, FieldError> {
    match value.trim().parse::<u32>() {
        Ok(n) if (min..=max).contains(&n) => Ok(n),
        _ => fail(field, text!("Write a whole number from {min} to {max}.", "请填写 {min} 到 {max} 之间的整数。")),
    }
}

/// Checks an image reference: `[host[:port]/]path[:tag][@digest]` with lower-case path parts.
///
/// Grammar: <https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests>
pub fn image_reference(field: &str, value: &str) -> Result<String, FieldError> {
    let value = value.trim();
    if value.is_empty() {
        return fail(
            field,
            text!(
                "An image is needed, such as registry.example.org/shop/web:1.4.2.",
                "请填写镜像，例如 registry.example.org/shop/web:1.4.2。"
            ),
        );
    }
    let (rest, digest) = value.split_once('@').map_or((value, None), |(r, d)| (r, Some(d)));
    let slash = rest.rfind('/').map_or(0, |i| i + 1);
    let (path, tag) = match rest[slash..].find(':') {
        Some(colon) => (&rest[..slash + colon], Some(&rest[slash + colon + 1..])),
        None => (rest, None),
    };
    let part = |p: &str| {
        !p.is_empty()
            && p.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'-'))
            && p.as_bytes()[0].is_ascii_alphanumeric()
    };
    let host = |p: &str| {
        let (name, port) = p.split_once(':').map_or((p, None), |(n, port)| (n, Some(port)));
        !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
            && port.is_none_or(|p| p.parse::<u16>().is_ok())
    };
    let mut parts = path.split('/');
    let first = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    let path_ok =
        if rest.is_empty() { part(first) } else { (part(first) || host(first)) && rest.into_iter().all(part) };
    let tag_ok = tag.is_none_or(|t| {
        (1..=128).contains(&t.len())
            && t.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
            && !matches!(t.as_bytes()[0], b'.' | b'-')
    });
    let digest_ok = digest.is_none_or(|d| {
        d.strip_prefix("sha256:")
            .is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)))
    });
    if value.len() > 400 || !path_ok || !tag_ok || !digest_ok {
        return fail(
            field,
            text!(
                "“{value}” is not an image reference: write registry/path:tag, with the path in lower case.",
                "“{value}” 不是有效的镜像引用：请写成 仓库/路径:标签，路径用小写。"
            ),
        );
    }
    Ok(value.to_owned())
}

fn variable_name(name: &str) -> bool {
    (1..=128).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && !name.as_bytes()[0].is_ascii_digit()
}

/// Non-empty lines that are not comments, numbered from 1, each with a checked, unrepeated name.
fn named_lines(field: &str, text: &str) -> Result<Vec<(String, Option<String>)>, FieldError> {
    let mut seen: Vec<(String, Option<String>)> = Vec::new();
    for (i, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty() && !l.trim_start().starts_with('#'))
    {
        let n = i + 1;
        let (name, value) =
            line.split_once('=').map_or((line.trim(), None), |(k, v)| (k.trim(), Some(v.trim_end_matches('\r'))));
        if !variable_name(name) {
            return fail(
                field,
                text!(
                    "Line {n}: a name has letters, digits and underscores and does not start with a digit.",
                    "第 {n} 行：名称只能包含字母、数字和下划线，且不能以数字开头。"
                ),
            );
        }
        if seen.iter().any(|(k, _)| k == name) {
            return fail(field, text!("Line {n}: {name} stands twice.", "第 {n} 行：{name} 重复。"));
        }
        if value.is_some_and(|v| v.len() > 32 * 1024) {
            return fail(
                field,
                text!("Line {n}: the value of {name} is longer than 32 KiB.", "第 {n} 行：{name} 的值超过 32 KiB。"),
            );
        }
        if seen.len() == MAX_VARIABLES {
            return fail(field, text!("More than {MAX_VARIABLES} lines.", "超过 {MAX_VARIABLES} 行。"));
        }
        seen.push((name.to_owned(), value.map(str::to_owned)));
    }
    Ok(seen)
}

fn variables(field: &str, text: &str) -> Result<Vec<(String, String)>, FieldError> {
    named_lines(field, text)?
        .into_iter()
        .map(|(name, value)| match value {
            Some(value) => Ok((name, value)),
            None => fail(field, text!("{name} has no value: write {name}=value.", "{name} 没有值：请写成 {name}=值。")),
        })
        .collect()
}

fn secret_lines(field: &str, text: &str) -> Result<Vec<SecretInput>, FieldError> {
    Ok(named_lines(field, text)?.into_iter().map(|(name, value)| SecretInput { name, value }).collect())
}

fn config_file(path: &str, content: &str) -> Result<Option<ConfigFile>, FieldError> {
    let path = path.trim();
    if path.is_empty() {
        return if content.trim().is_empty() {
            Ok(None)
        } else {
            fail(
                "config_path",
                text!(
                    "The configuration has content but no path; say where the container expects it.",
                    "配置有内容但没有路径，请填写容器内的路径。"
                ),
            )
        };
    }
    let good = path.starts_with('/')
        && path.len() <= 200
        && !path.ends_with('/')
        && path.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b':' | b'\\'))
        && path[1..].split('/').all(|p| !p.is_empty() && p != "." && p != "..");
    if !good || path[1..].split('/').count() < 2 {
        return fail(
            "config_path",
            text!(
                "Write the whole path of a file in a folder of its own, such as /etc/app/config.yaml.",
                "请填写文件的完整路径，且位于单独的目录中，例如 /etc/app/config.yaml。"
            ),
        );
    }
    if content.len() > MAX_CONFIG_BYTES {
        return fail("config_content", text!("The configuration is larger than 256 KiB.", "配置超过 256 KiB。"));
    }
    Ok(Some(ConfigFile { path: path.to_owned(), content: content.replace("\r\n", "\n") }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> SpecForm {
        SpecForm { image: "registry:5000/demo:1.0.0".into(), ..SpecForm::starter() }
    }

    #[test]
    fn a_form_comes_back_from_its_specification() {
        let full = SpecForm {
            health_path: "/readyz".into(),
            env: "GREETING=hello=you\nEMPTY=".into(),
            config_path: "/etc/demo/config.yaml".into(),
            config_content: "a: 1\n".into(),
            secrets: "TOKEN".into(),
            ..form()
        };
        let (spec, _) = full.parse().expect("valid");
        assert_eq!(spec.env, [("GREETING".to_owned(), "hello=you".to_owned()), ("EMPTY".to_owned(), String::new())]);
        assert_eq!(SpecForm::from_spec(&spec), full);
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let bad = SpecForm {
            image: "Not An Image".into(),
            replicas: "many".into(),
            port: "70000".into(),
            cpu: "-1".into(),
            memory: "12 apples".into(),
            health_path: "readyz".into(),
            env: "1X=2".into(),
            config_path: "etc".into(),
            config_content: String::new(),
            secrets: "A=1\nA=2".into(),
            deadline: "1".into(),
        };
        let error = bad.parse().expect_err("invalid");
        let fields: Vec<_> = error.fields.iter().map(|f| f.field.as_str()).collect();
        assert_eq!(
            fields,
            ["image", "replicas", "port", "cpu", "memory", "deadline", "health_path", "env", "config_path", "secrets"]
        );
    }

    #[test]
    fn image_references() {
        for good in [
            "web",
            "web:1",
            "library/web:1.2-rc_1",
            "localhost:5000/a/b:c",
            "10.0.0.1:5000/demo:1.0.0",
            &format!("r.example.org/x@sha256:{}", "a".repeat(64)),
        ] {
            assert!(image_reference("image", good).is_ok(), "{good}");
        }
        for bad in ["", "Web", "web:", "web:-1", "a//b", "/a", "a/", "web@sha256:12", "a b", "web:1:2", "http://x/y"] {
            assert!(image_reference("image", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let form = SpecForm { secrets: "TOKEN=s3cr3t".into(), ..form() };
        assert!(!format!("{form:?}").contains("s3cr3t"));
        let (_, secrets) = form.parse().expect("valid");
        assert!(!format!("{secrets:?}").contains("s3cr3t"));
    }
}
