//! CPU and memory over time, as something that answers like Prometheus keeps them: the questions, and what the answers
//! say. Pure; who asks is the cluster's own API server, so that the source needs no address of its own.
//!
//! Protocol: <https://prometheus.io/docs/prometheus/latest/querying/api/>. The series are the kubelet's, from
//! `/metrics/cadvisor` or `/metrics/resource`:
//! <https://kubernetes.io/docs/reference/instrumentation/node-metrics/>.

use app::model::{MetricsService, Millis, POINTS, UsageRange};
use serde::Deserialize;

/// CPU seconds that a container has taken.
const CPU: &str = "container_cpu_usage_seconds_total";
/// Bytes of memory that a container cannot do without.
const MEMORY: &str = "container_memory_working_set_bytes";
/// The shortest time over which CPU is averaged, in seconds: sources that look once a minute have to have looked a few times.
const WINDOW: u32 = 240;
/// How long a source may look for an answer, in seconds.
const PATIENCE: u32 = 10;

/// Why there are no figures; `.0` is for the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetricsError {
    /// The answer is not one of Prometheus.
    #[error("the source does not answer as Prometheus does: {0}")]
    Foreign(String),
    /// The source says that it could not answer.
    #[error("the source could not answer: {0}")]
    Failed(String),
}

/// Whose figures are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject<'a> {
    /// The namespace.
    pub namespace: &'a str,
    /// A pattern (RE2) that the names of its pods match as a whole.
    pub pods: &'a str,
}

/// What can be asked about a subject's pods, all together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// Cores.
    Cpu,
    /// Bytes.
    Memory,
    /// How many there are.
    Pods,
}

/// The times for which there are figures: [`POINTS`] of them and one more, the last one now or shortly before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// The first, in seconds since 1970.
    pub from: i64,
    /// The seconds from one to the next.
    pub step: u32,
}

impl Grid {
    /// A range that ends now. The times are multiples of its step, so that figures do not jump when they are asked for again.
    pub fn new(range: UsageRange, now: Millis) -> Self {
        let step = range.step();
        let last = (now / 1000).div_euclid(i64::from(step)) * i64::from(step);
        Self { from: last - i64::from(range.seconds()), step }
    }

    /// How many times there are.
    pub const fn len() -> usize {
        POINTS as usize + 1
    }

    /// The time of a figure, in milliseconds since 1970.
    pub fn at(self, index: usize) -> Millis {
        (self.from + i64::from(self.step) * i64::try_from(index).unwrap_or_default()) * 1000
    }

    fn to(self) -> i64 {
        self.from + i64::from(self.step) * i64::from(POINTS)
    }
}

/// The question, as a path at the API server.
pub fn question(service: &MetricsService, figure: Figure, subject: &Subject<'_>, grid: Grid) -> String {
    let query = expression(figure, subject, grid.step);
    let rest = form_urlencoded::Serializer::new(String::new())
        .append_pair("query", &query)
        .append_pair("start", &grid.from.to_string())
        .append_pair("end", &grid.to().to_string())
        .append_pair("step", &grid.step.to_string())
        .append_pair("timeout", &format!("{PATIENCE}s"))
        .finish();
    format!("{}/api/v1/query_range?{rest}", service.proxy_path())
}

/// The question whether the source knows any container at all, as a path at the API server.
pub fn knows_containers(service: &MetricsService) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("query", &format!("count({MEMORY}{{container!=\"\",namespace!=\"\"}})"))
        .append_pair("timeout", &format!("{PATIENCE}s"))
        .finish();
    format!("{}/api/v1/query?{query}", service.proxy_path())
}

/// What a source complained of, when an answer of it was taken for the API server's.
pub fn complaint(text: &str) -> Option<String> {
    let start = text.find('{')?;
    serde_json::from_str::<Reply>(&text[start..]).ok().filter(|reply| reply.status == "error").map(|reply| reply.error)
}

/// What is asked, in the source's language. Where a container is measured twice, as by two replicas of the source or under both of
/// the kubelet's addresses, it counts once.
fn expression(figure: Figure, subject: &Subject<'_>, step: u32) -> String {
    let of = format!(
        "{{namespace=\"{}\",pod=~\"{}\",container!=\"\",container!=\"POD\"}}",
        quoted(subject.namespace),
        quoted(subject.pods)
    );
    match figure {
        // Of the pods that are there at the time: what was there before may have been another application's.
        Figure::Cpu => {
            let window = step.max(WINDOW);
            format!("sum(max by (pod, container) (rate({CPU}{of}[{window}s]) and on (pod, container) {MEMORY}{of}))")
        }
        Figure::Memory => format!("sum(max by (pod, container) ({MEMORY}{of}))"),
        Figure::Pods => format!("count(count by (pod) ({MEMORY}{of}))"),
    }
}

/// As it stands between quotation marks.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[derive(Deserialize)]
struct Reply {
    status: String,
    #[serde(default)]
    error: String,
    #[serde(default)]
    data: Data,
}

#[derive(Default, Deserialize)]
struct Data {
    #[serde(default)]
    result: Vec<Series>,
}

#[derive(Deserialize)]
struct Series {
    #[serde(default)]
    values: Vec<(f64, String)>,
    #[serde(default)]
    value: Option<(f64, String)>,
}

fn reply(text: &str) -> Result<Vec<Series>, MetricsError> {
    let reply: Reply = serde_json::from_str(text).map_err(|e| MetricsError::Foreign(e.to_string()))?;
    match reply.status.as_str() {
        "success" => Ok(reply.data.result),
        "error" => Err(MetricsError::Failed(reply.error.chars().take(300).collect())),
        other => Err(MetricsError::Foreign(format!("its status is {}", other.chars().take(30).collect::<String>()))),
    }
}

/// The figures at the grid's times, nothing where there was none. Fails when the answer is none.
pub fn figures(text: &str, grid: Grid) -> Result<Vec<Option<f64>>, MetricsError> {
    let mut figures = vec![None; Grid::len()];
    // All of them are sums over everything: one series, or none.
    let Some(series) = reply(text)?.into_iter().next() else { return Ok(figures) };
    for (at, value) in series.values {
        let Some(place) = place(at, grid).and_then(|place| figures.get_mut(place)) else { continue };
        *place = value.parse::<f64>().ok().filter(|figure| figure.is_finite() && *figure >= 0.0);
    }
    Ok(figures)
}

/// How many containers the source knows, by its answer to [`knows_containers`]. Fails when the answer is none.
pub fn containers(text: &str) -> Result<f64, MetricsError> {
    let series = reply(text)?;
    let count = series.first().and_then(|series| series.value.as_ref()).and_then(|(_, count)| count.parse().ok());
    Ok(count.unwrap_or_default())
}

/// The index of the grid's time that `at` (in seconds since 1970) is.
fn place(at: f64, grid: Grid) -> Option<usize> {
    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit")]
    let steps = ((at - grid.from as f64) / f64::from(grid.step)).round();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is among the grid's few")]
    (steps >= 0.0 && steps <= f64::from(POINTS)).then_some(steps as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 1_800_000_123_456;

    fn service() -> MetricsService {
        MetricsService::parse("monitoring/prometheus:9090").expect("good").expect("one")
    }

    #[test]
    fn questions_stand_still_between_steps() {
        let grid = Grid::new(UsageRange::Hour, NOW);
        assert_eq!((grid.from % 30, grid.step, grid.at(0)), (0, 30, grid.from * 1000));
        assert!(grid.at(Grid::len() - 1) <= NOW && NOW - grid.at(Grid::len() - 1) < 30_000);
        assert_eq!(Grid::new(UsageRange::Hour, NOW - NOW % 30_000), Grid::new(UsageRange::Hour, NOW));
        let subject = Subject { namespace: "shop", pods: "web-[0-9]+" };
        let path = question(&service(), Figure::Memory, &subject, grid);
        assert!(
            path.starts_with(
                "/api/v1/namespaces/monitoring/services/prometheus:9090/proxy/api/v1/query_range?query=sum"
            )
        );
        assert!(!path.contains(['"', ' ', '{']), "{path}");
        assert!(path.ends_with(&format!("&end={}&step=30&timeout=10s", grid.to())), "{path}");
    }

    #[test]
    fn what_is_asked_cannot_be_broken_out_of() {
        let subject = Subject { namespace: "a\"} or vector(1) #", pods: "web\\d" };
        let asked = expression(Figure::Cpu, &subject, 3_600);
        assert!(asked.contains("namespace=\"a\\\"} or vector(1) #\""), "{asked}");
        assert!(asked.contains("pod=~\"web\\\\d\"") && asked.contains("[3600s]"), "{asked}");
        assert!(expression(Figure::Cpu, &subject, 30).contains("[240s]"));
        assert!(expression(Figure::Pods, &subject, 30).starts_with("count(count by (pod)"));
    }

    #[test]
    fn figures_lie_where_they_were_taken() {
        let grid = Grid { from: 1_000, step: 30 };
        let text = r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[
            [1000,"1.5"],[1060.001,"2"],[1090,"NaN"],[1120,"-1"],[4600,"7"],[4630,"9"],[10,"1"]]}]}}"#;
        let found = figures(text, grid).expect("figures");
        assert_eq!(found.len(), Grid::len());
        assert_eq!((found[0], found[1], found[2], found[3], found[4]), (Some(1.5), None, Some(2.0), None, None));
        assert_eq!(found[120], Some(7.0));
        let nothing = r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#;
        assert!(figures(nothing, grid).expect("an answer").iter().all(Option::is_none));
    }

    #[test]
    fn what_is_no_answer_is_told_apart() {
        let grid = Grid { from: 0, step: 30 };
        let failed = figures(r#"{"status":"error","errorType":"timeout","error":"query timed out"}"#, grid);
        assert_eq!(failed, Err(MetricsError::Failed("query timed out".to_owned())));
        for text in
            ["<html>", "{}", r#"{"status":"up"}"#, r#"{"status":"success","data":{"result":[{"values":[["x","1"]]}]}}"#]
        {
            assert!(matches!(figures(text, grid), Err(MetricsError::Foreign(_))), "{text}");
        }
        let said = r#"503 {"status":"error","errorType":"timeout","error":"query timed out"}"#;
        assert_eq!(complaint(said).as_deref(), Some("query timed out"));
        assert_eq!((complaint("no endpoints available"), complaint(r#"{"kind":"Status"}"#)), (None, None));
        let count = r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"12"]}]}}"#;
        assert!((containers(count).expect("a count") - 12.0).abs() < 0.1);
        assert!(containers(r#"{"status":"success","data":{"result":[]}}"#).expect("none").abs() < 0.1);
    }
}
