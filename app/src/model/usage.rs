//! What an application used over time, marked by its releases, and where a cluster's figures over time come from.

use serde::{Deserialize, Serialize};

use super::{Bytes, CpuMillis, Millis, ReleaseState};
use crate::{FieldError, text};

/// How far back figures go. Each is told in [`POINTS`] steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub enum UsageRange {
    /// An hour.
    #[serde(rename = "1h")]
    Hour,
    /// Six hours.
    #[default]
    #[serde(rename = "6h")]
    SixHours,
    /// A day.
    #[serde(rename = "24h")]
    Day,
    /// A week.
    #[serde(rename = "7d")]
    Week,
    /// Thirty days.
    #[serde(rename = "30d")]
    Month,
}

/// The steps of a range.
pub const POINTS: u32 = 120;

impl UsageRange {
    /// All of them, the shortest first.
    pub const ALL: [Self; 5] = [Self::Hour, Self::SixHours, Self::Day, Self::Week, Self::Month];

    /// As it stands in an address.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Hour => "1h",
            Self::SixHours => "6h",
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Month => "30d",
        }
    }

    /// Its length in seconds.
    pub const fn seconds(self) -> u32 {
        const HOUR: u32 = 3_600;
        match self {
            Self::Hour => HOUR,
            Self::SixHours => 6 * HOUR,
            Self::Day => 24 * HOUR,
            Self::Week => 7 * 24 * HOUR,
            Self::Month => 30 * 24 * HOUR,
        }
    }

    /// The seconds between two figures.
    pub const fn step(self) -> u32 {
        self.seconds() / POINTS
    }

    /// Reads what stands in an address; nothing is six hours. Fails for anything else.
    pub fn parse(key: Option<&str>) -> Result<Self, FieldError> {
        let Some(key) = key.map(str::trim).filter(|key| !key.is_empty()) else { return Ok(Self::default()) };
        Self::ALL.into_iter().find(|range| range.key() == key).ok_or_else(|| FieldError {
            field: "range".to_owned(),
            message: text!(
                "There are figures for 1h, 6h, 24h, 7d and 30d.",
                "可选的时间范围为 1h、6h、24h、7d 和 30d。"
            ),
        })
    }
}

/// Which figures are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct UsageQuery {
    /// How far back: `1h`, `6h` (if not given), `24h`, `7d` or `30d`.
    pub range: Option<String>,
}

/// What a release's pods used while it served, within the range; of one before which none served, while it was tried. Nothing
/// where nobody measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct ReleaseUsage {
    /// The release's number.
    pub number: u32,
    /// What came of it.
    pub state: ReleaseState,
    /// When it was recorded.
    pub at: Millis,
    /// Who recorded it.
    pub actor_name: String,
    /// The image as given.
    pub image: String,
    /// CPU of one pod, on average.
    pub cpu_per_pod: Option<CpuMillis>,
    /// Memory of one pod, on average.
    pub memory_per_pod: Option<Bytes>,
    /// CPU of all pods at the highest of the range's figures.
    pub cpu_most: Option<CpuMillis>,
    /// Memory of all pods at the highest of the range's figures.
    pub memory_most: Option<Bytes>,
}

/// CPU and memory of an application over time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct AppUsage {
    /// Whether its cluster has a source of figures over time. Without one the figures are empty.
    pub measured: bool,
    /// How far back they go.
    pub range: UsageRange,
    /// When the first of them was taken. The others follow every [`UsageRange::step`] seconds.
    pub from: Millis,
    /// CPU of all pods together; nothing where nobody measured.
    pub cpu: Vec<Option<CpuMillis>>,
    /// Memory of all pods together (the working set, by which a container is killed at its limit).
    pub memory: Vec<Option<Bytes>>,
    /// How many pods there were.
    pub pods: Vec<Option<u32>>,
    /// The releases of that time and the one that served when it began, newest first; at most [`MOST_RELEASES`].
    pub releases: Vec<ReleaseUsage>,
}

/// The most releases that figures are marked by.
pub const MOST_RELEASES: u64 = 100;

/// The form that names where a cluster's figures over time come from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct MetricsForm {
    /// A service of the cluster that answers as Prometheus does: `namespace/service:port`, with `https:` before it where it
    /// speaks TLS and the path behind it where it has one (`monitoring/thanos:9090/prefix`). Empty for none.
    pub service: String,
    /// The version, made of the rest; sent back, the change does not overwrite another.
    #[serde(default)]
    pub version: Option<i64>,
}

/// A service of a cluster that answers as Prometheus does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricsService {
    secure: bool,
    namespace: String,
    service: String,
    port: String,
    prefix: String,
}

/// The most characters of a prefix, and of all of it.
const MOST_PREFIX: usize = 100;
const MOST_WRITTEN: usize = 255;

impl MetricsService {
    /// Reads `[https:]namespace/service:port[/path]`; nothing for what is empty. Fails naming the field `service`.
    pub fn parse(written: &str) -> Result<Option<Self>, FieldError> {
        let written = written.trim();
        if written.is_empty() {
            return Ok(None);
        }
        Self::read(written).map(Some).ok_or_else(|| FieldError {
            field: "service".to_owned(),
            message: text!(
                "Write the service as namespace/service:port, such as monitoring/prometheus:9090; with https: before it where it speaks TLS.",
                "请按 命名空间/服务:端口 填写，例如 monitoring/prometheus:9090；使用 TLS 时在前面加 https:。"
            ),
        })
    }

    fn read(written: &str) -> Option<Self> {
        let (secure, rest) = match written.strip_prefix("https:") {
            Some(rest) => (true, rest),
            None => (false, written),
        };
        let (namespace, rest) = rest.split_once('/')?;
        let (service, rest) = rest.split_once(':')?;
        let (port, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.trim_matches('/');
        let label = |name: &str| {
            (1..=63).contains(&name.len())
                && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
                && !name.starts_with('-')
                && !name.ends_with('-')
        };
        let numbered = port.bytes().all(|b| b.is_ascii_digit());
        let port_fits = if numbered { port.parse::<u16>().is_ok_and(|port| port > 0) } else { label(port) };
        let prefix_fits = prefix.len() <= MOST_PREFIX
            && prefix.split('/').all(|part| !part.starts_with('.'))
            && prefix.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/'));
        let fits = written.len() <= MOST_WRITTEN && port_fits && prefix_fits;
        (fits && label(namespace) && label(service)).then(|| Self {
            secure,
            namespace: namespace.to_owned(),
            service: service.to_owned(),
            port: port.to_owned(),
            prefix: prefix.to_owned(),
        })
    }

    /// Its path at the API server, which passes what is asked on to it; without a slash at the end.
    ///
    /// Source: <https://kubernetes.io/docs/tasks/access-application-cluster/access-cluster-services/#manually-constructing-apiserver-proxy-urls>
    pub fn proxy_path(&self) -> String {
        let Self { namespace, service, port, .. } = self;
        let scheme = if self.secure { "https:" } else { "" };
        let prefix = if self.prefix.is_empty() { String::new() } else { format!("/{}", self.prefix) };
        format!("/api/v1/namespaces/{namespace}/services/{scheme}{service}:{port}/proxy{prefix}")
    }
}

impl std::fmt::Display for MetricsService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { namespace, service, port, prefix, .. } = self;
        let scheme = if self.secure { "https:" } else { "" };
        let slash = if prefix.is_empty() { "" } else { "/" };
        write!(f, "{scheme}{namespace}/{service}:{port}{slash}{prefix}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_read_as_it_is_written() {
        for (written, path) in [
            ("monitoring/prometheus:9090", "/api/v1/namespaces/monitoring/services/prometheus:9090/proxy"),
            (" https:m/p:web ", "/api/v1/namespaces/m/services/https:p:web/proxy"),
            ("m/p:9090/select/0/", "/api/v1/namespaces/m/services/p:9090/proxy/select/0"),
        ] {
            let service = MetricsService::parse(written).expect("good").expect("one");
            assert_eq!(service.proxy_path(), path);
            let again = MetricsService::parse(&service.to_string()).expect("good").expect("one");
            assert_eq!(again, service, "{service}");
        }
        assert_eq!(MetricsService::parse("  "), Ok(None));
    }

    #[test]
    fn what_leads_elsewhere_is_refused() {
        for written in [
            "prometheus:9090",
            "monitoring/prometheus",
            "monitoring/prometheus:",
            "monitoring/prometheus:0",
            "monitoring/prometheus:70000",
            "http://monitoring/prometheus:9090",
            "Monitoring/prometheus:9090",
            "m/../../secrets/x:1",
            "m/p:9090/../../../secrets",
            "m/p:9090/a?b=c",
            "m/p:9090/a%2e",
            "-m/p:9090",
        ] {
            let error = MetricsService::parse(written).expect_err(written);
            assert_eq!(error.field, "service");
        }
    }

    #[test]
    fn ranges_have_whole_steps() {
        for range in UsageRange::ALL {
            assert_eq!(range.step() * POINTS, range.seconds());
            assert_eq!(UsageRange::parse(Some(range.key())), Ok(range));
            let json = serde_json::to_string(&range).expect("json");
            assert_eq!(json, format!("\"{}\"", range.key()));
        }
        assert_eq!(UsageRange::parse(Some(" ")), Ok(UsageRange::SixHours));
        assert_eq!(UsageRange::parse(Some("2h")).expect_err("none").field, "range");
    }
}
