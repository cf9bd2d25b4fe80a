//! What Longshore measures of itself: every name that /metrics has, what it means, and how it is counted. It knows the
//! model's words and nothing else, so that every room may count.
//!
//! What happens is counted as it happens. How things stand is written down when somebody asks ([`Standing`]), anew each
//! time, so that a cluster which is gone is not told of for ever. Every label has few values: a route is as the router has
//! it, and never the address that somebody asked for.

use std::time::Duration;

use app::{
    ErrorKind, UiError,
    model::{ClusterState, OperationKind, WorkState},
};
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder};

const REQUESTS: &str = "longshore_http_requests_total";
const REQUEST_SECONDS: &str = "longshore_http_request_seconds";
const STREAMS: &str = "longshore_live_streams";
const SIGN_INS: &str = "longshore_sign_ins_total";
const OPERATIONS: &str = "longshore_operations_total";

/// Upper bounds of the times that requests take, in seconds: from a small answer to one that somebody gives up on.
const BUCKETS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// What is told of how things stand, and what it means.
const STANDING: [(&str, &str); 8] = [
    ("longshore_build_info", "1; the version is the label."),
    ("longshore_uptime_seconds", "How long this process has served."),
    ("longshore_cluster_state", "1 for the state in which the watch of a cluster is, 0 for the others."),
    (
        "longshore_operations",
        "Operations that have not ended, of all replicas: running; waiting to be begun; later, to be tried again; held, until a person says how they go on.",
    ),
    ("longshore_database_connections", "This process's connections to the database that are in use and that are idle."),
    (
        "longshore_database_connections_max",
        "The most connections that this process makes; with all in use, requests wait.",
    ),
    ("process_resident_memory_bytes", "Memory of this process that is in RAM."),
    ("process_open_fds", "File descriptors that this process has open."),
];

/// A step of signing in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInBy {
    /// Name and password.
    Password,
    /// A code as the second step.
    Code,
    /// A passkey as the second step.
    SecondPasskey,
    /// A passkey alone.
    Passkey,
    /// An identity provider.
    Provider,
}

impl SignInBy {
    const ALL: [Self; 5] = [Self::Password, Self::Code, Self::SecondPasskey, Self::Passkey, Self::Provider];

    const fn label(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Code => "code",
            Self::SecondPasskey => "second_passkey",
            Self::Passkey => "passkey",
            Self::Provider => "provider",
        }
    }
}

/// What became of such a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInEnd {
    /// It was right.
    Succeeded,
    /// It was wrong, or the account may not sign in.
    Refused,
    /// There were too many before it.
    Limited,
    /// Longshore, or what it needs for it, could not say.
    Broken,
}

impl SignInEnd {
    const ALL: [Self; 4] = [Self::Succeeded, Self::Refused, Self::Limited, Self::Broken];

    /// As the answer says it.
    pub fn of<T>(answer: &Result<T, UiError>) -> Self {
        answer.as_ref().map_or_else(Self::of_error, |_| Self::Succeeded)
    }

    /// As the error says it.
    pub fn of_error(error: &UiError) -> Self {
        match error.kind {
            ErrorKind::TooMany => Self::Limited,
            ErrorKind::Internal | ErrorKind::Unavailable | ErrorKind::Upstream => Self::Broken,
            _ => Self::Refused,
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Refused => "refused",
            Self::Limited => "limited",
            Self::Broken => "broken",
        }
    }
}

/// What collects the counts. Fails when the times cannot be sorted into their buckets.
pub fn collector() -> Result<PrometheusBuilder, BuildError> {
    PrometheusBuilder::new().set_buckets_for_metric(Matcher::Full(REQUEST_SECONDS.to_owned()), &BUCKETS)
}

/// Says what each count means and begins with nothing, so that a scrape right after the start finds all of them.
pub fn begin() {
    describe_counter!(REQUESTS, "Requests that were answered, by route, method and class of the status.");
    describe_histogram!(REQUEST_SECONDS, "Seconds until the answer to a request began, by the same.");
    describe_gauge!(STREAMS, "Live streams that are open.");
    describe_counter!(SIGN_INS, "Steps of signing in, by what was shown and what became of it.");
    describe_counter!(OPERATIONS, "Operations that this process has brought to their end, by kind and outcome.");
    let (route, method, status) = ("/healthz", "GET", "2xx");
    counter!(REQUESTS, "route" => route, "method" => method, "status" => status).increment(0);
    let _ = histogram!(REQUEST_SECONDS, "route" => route, "method" => method, "status" => status);
    gauge!(STREAMS).set(0);
    for by in SignInBy::ALL {
        for end in SignInEnd::ALL {
            counter!(SIGN_INS, "by" => by.label(), "outcome" => end.label()).increment(0);
        }
    }
    for kind in KINDS {
        for outcome in ["succeeded", "failed", "cancelled"] {
            counter!(OPERATIONS, "kind" => kind_label(kind), "outcome" => outcome).increment(0);
        }
    }
}

/// A request was answered with this status after so long. The route is one of the router's.
pub fn request(route: String, method: &'static str, status: u16, took: Duration) {
    let status = match status / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    };
    counter!(REQUESTS, "route" => route.clone(), "method" => method, "status" => status).increment(1);
    histogram!(REQUEST_SECONDS, "route" => route, "method" => method, "status" => status).record(took);
}

/// A live stream was opened.
pub fn stream_opened() {
    gauge!(STREAMS).increment(1);
}

/// A live stream has ended.
pub fn stream_ended() {
    gauge!(STREAMS).decrement(1);
}

/// Somebody took a step of signing in.
pub fn sign_in(by: SignInBy, end: SignInEnd) {
    counter!(SIGN_INS, "by" => by.label(), "outcome" => end.label()).increment(1);
}

/// An operation has come to its end; nothing is counted for a state that is none.
pub fn operation_ended(kind: OperationKind, state: WorkState) {
    let outcome = match state {
        WorkState::Succeeded => "succeeded",
        WorkState::Failed => "failed",
        WorkState::Cancelled => "cancelled",
        WorkState::Pending | WorkState::Running => return,
    };
    counter!(OPERATIONS, "kind" => kind_label(kind), "outcome" => outcome).increment(1);
}

const KINDS: [OperationKind; 8] = [
    OperationKind::Publish,
    OperationKind::RollBack,
    OperationKind::Scale,
    OperationKind::Restart,
    OperationKind::Import,
    OperationKind::DeleteApp,
    OperationKind::DeleteNamespace,
    OperationKind::DeleteTenant,
];

const fn kind_label(kind: OperationKind) -> &'static str {
    match kind {
        OperationKind::Publish => "publish",
        OperationKind::RollBack => "roll_back",
        OperationKind::Scale => "scale",
        OperationKind::Restart => "restart",
        OperationKind::Import => "import",
        OperationKind::DeleteApp => "delete_app",
        OperationKind::DeleteNamespace => "delete_namespace",
        OperationKind::DeleteTenant => "delete_tenant",
    }
}

/// How things stand when somebody asks. What is not known is left out.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// The clusters that this process watches, by name.
    pub clusters: Vec<(String, ClusterState)>,
    /// How many operations there are of each state.
    pub operations: Vec<(&'static str, u64)>,
    /// Connections to the database: the most that there may be, those in use, those that are idle.
    pub connections: (u32, u32, u32),
    /// How long the process has served.
    pub uptime: Duration,
}

impl Standing {
    /// In Prometheus' text format.
    pub fn render(&self) -> String {
        let recorder = PrometheusBuilder::new().build_recorder();
        metrics::with_local_recorder(&recorder, || self.write());
        recorder.handle().render()
    }

    fn write(&self) {
        for (name, meaning) in STANDING {
            describe_gauge!(name, meaning);
        }
        gauge!("longshore_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1);
        gauge!("longshore_uptime_seconds").set(self.uptime);
        for (name, state) in &self.clusters {
            for (label, which) in [
                ("loading", ClusterState::Loading),
                ("live", ClusterState::Live),
                ("stale", ClusterState::Stale),
                ("unreachable", ClusterState::Unreachable),
            ] {
                let is = u8::from(*state == which);
                gauge!("longshore_cluster_state", "cluster" => name.clone(), "state" => label).set(is);
            }
        }
        for (state, count) in &self.operations {
            let count = u32::try_from(*count).unwrap_or(u32::MAX);
            gauge!("longshore_operations", "state" => *state).set(count);
        }
        let (most, used, idle) = self.connections;
        gauge!("longshore_database_connections_max").set(most);
        gauge!("longshore_database_connections", "state" => "used").set(used);
        gauge!("longshore_database_connections", "state" => "idle").set(idle);
        if let Some(bytes) = resident_bytes() {
            gauge!("process_resident_memory_bytes").set(bytes);
        }
        if let Some(count) = open_files() {
            gauge!("process_open_fds").set(count);
        }
    }
}

/// As the kernel counts it; `None` where it is not Linux.
fn resident_bytes() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix("kB")?;
    kilobytes.trim().parse::<f64>().ok().map(|kilobytes| kilobytes * 1024.0)
}

fn open_files() -> Option<u32> {
    u32::try_from(std::fs::read_dir("/proc/self/fd").ok()?.count()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_is_in_one_state_and_told_of_for_as_long_as_it_is_there() {
        let mut standing = Standing {
            clusters: vec![("one".to_owned(), ClusterState::Stale), ("two".to_owned(), ClusterState::Live)],
            operations: vec![("waiting", 3)],
            connections: (8, 2, 1),
            uptime: Duration::from_secs(90),
        };
        let told = standing.render();
        for line in [
            "longshore_cluster_state{cluster=\"one\",state=\"stale\"} 1",
            "longshore_cluster_state{cluster=\"one\",state=\"live\"} 0",
            "longshore_cluster_state{cluster=\"two\",state=\"live\"} 1",
            "longshore_operations{state=\"waiting\"} 3",
            "longshore_database_connections{state=\"used\"} 2",
            "longshore_database_connections_max 8",
            "longshore_uptime_seconds 90",
        ] {
            assert!(told.lines().any(|told| told == line), "{line} is missing: {told}");
        }
        standing.clusters.remove(0);
        assert!(!standing.render().contains("\"one\""), "what is gone is not told of");
    }

    #[test]
    fn memory_and_open_files_are_as_the_kernel_says() {
        assert!(resident_bytes().is_some_and(|bytes| bytes > 1_000_000.0));
        assert!(open_files().is_some_and(|count| count >= 3));
    }

    #[test]
    fn all_there_is_is_told_with_its_meaning_from_the_start() {
        let recorder = collector().expect("buckets").build_recorder();
        metrics::with_local_recorder(&recorder, || {
            begin();
            operation_ended(OperationKind::Scale, WorkState::Failed);
            operation_ended(OperationKind::Scale, WorkState::Running);
            sign_in(SignInBy::Code, SignInEnd::of::<()>(&Err(UiError::new(ErrorKind::TooMany, app::text!("a", "甲")))));
        });
        let told = recorder.handle().render() + &Standing::default().render();
        for name in [REQUESTS, REQUEST_SECONDS, STREAMS, SIGN_INS, OPERATIONS] {
            assert!(told.contains(&format!("# HELP {name} ")), "{name} is not explained: {told}");
            assert!(told.lines().any(|line| line.starts_with(name)), "{name} is not told: {told}");
        }
        assert_eq!(told.matches("# TYPE ").count(), told.matches("# HELP ").count(), "{told}");
        assert!(told.contains("longshore_operations_total{kind=\"scale\",outcome=\"failed\"} 1"), "{told}");
        assert!(told.contains("longshore_sign_ins_total{by=\"code\",outcome=\"limited\"} 1"), "{told}");
        for kind in KINDS {
            let word = serde_json::to_value(kind).expect("a word");
            assert_eq!(word.as_str(), Some(kind_label(kind)), "the word that the API has for it");
        }
    }
}
