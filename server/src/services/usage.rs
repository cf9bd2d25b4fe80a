//! What applications used over time, marked by their releases; and where a cluster's figures come from.

use app::{
    ErrorKind, UiError,
    i18n::Text,
    model::{
        AppId, AppUsage, Bytes, ClusterId, CpuMillis, MOST_RELEASES, MetricsForm, MetricsService, Millis, Permission,
        ReleaseRow, ReleaseState, ReleaseUsage, UsageQuery, UsageRange, WorkloadKind,
    },
    service::Answer,
    text,
};

use super::session::SessionServices;
use crate::{
    database::{clusters, releases, slice::Window, version},
    kubernetes::{fault::ClusterError, fleet::Cluster},
    metrics::{self, Figure, Grid, MetricsError, Subject},
};

impl SessionServices {
    /// Where a cluster's figures over time come from.
    pub(super) async fn metrics_of(&self, id: ClusterId) -> Answer<MetricsForm> {
        self.require(Permission::ClusterManage, "cluster.get_metrics", format!("cluster/{id}")).await?;
        clusters::find(&self.parts.db, id).await?.ok_or_else(UiError::not_found)?;
        Ok(form(clusters::metrics(&self.parts.db, id).await?.as_ref()))
    }

    /// Keeps a source that has been seen to know the cluster's containers.
    pub(super) async fn take_metrics(&self, id: ClusterId, wanted: &MetricsForm) -> Answer<MetricsForm> {
        let object = format!("cluster/{id}");
        let granted = self.require(Permission::ClusterManage, "cluster.set_metrics", object).await?;
        clusters::find(&self.parts.db, id).await?.ok_or_else(UiError::not_found)?;
        let service = MetricsService::parse(&wanted.service).map_err(|e| UiError::invalid(vec![e]))?;
        // Before a service is asked anything; it is looked at again where the source is kept.
        if wanted.version.is_some() {
            let before = form(clusters::metrics(&self.parts.db, id).await?.as_ref());
            version::meant_for(wanted.version, before.version.unwrap_or_default())?;
        }
        if let Some(service) = &service {
            let cluster = self.parts.fleet.get(id).ok_or_else(super::unavailable)?;
            try_out(&cluster, service).await.map_err(|why| UiError::invalid_field("service", why))?;
        }
        let change = (service.as_ref(), wanted.version);
        clusters::set_metrics(&self.parts.db, &self.ctx, granted, id, change).await?;
        Ok(form(service.as_ref()))
    }

    /// CPU and memory of an application's pods, marked by its releases: three questions to its cluster's source.
    pub(super) async fn usage_of(&self, id: AppId, query: &UsageQuery) -> Answer<AppUsage> {
        let (app, _) = self.app_for(id, Permission::AppRead, "app.read").await?;
        let range = UsageRange::parse(query.range.as_deref()).map_err(|e| UiError::invalid(vec![e]))?;
        let grid = Grid::new(range, self.ctx.now());
        let rows = releases::slice(&self.parts.db, &self.ctx, id, &Window::first(MOST_RELEASES)).await?.rows;
        let Some(service) = clusters::metrics(&self.parts.db, app.cluster).await? else {
            return Ok(told(range, grid, None, &rows));
        };
        let cluster = self.parts.fleet.get(app.cluster).ok_or_else(super::unavailable)?;
        let namespace = self.namespace_name(&app).await?;
        let pods = pods_of(&app.name, self.running_of(&app).await?.spec.kind);
        let subject = Subject { namespace: &namespace, pods: &pods };
        let ask = async |figure| {
            let answer = cluster.ask_service(&metrics::question(&service, figure, &subject, grid)).await;
            metrics::figures(&answer.map_err(|e| silent(&e))?, grid).map_err(|e| silent(&e))
        };
        let (cpu, memory, pods) = futures::try_join!(ask(Figure::Cpu), ask(Figure::Memory), ask(Figure::Pods))?;
        let mut measured = Measured { cpu, memory, pods };
        measured.forget_before(grid, app.created_at);
        Ok(told(range, grid, Some(&measured), &rows))
    }
}

fn form(service: Option<&MetricsService>) -> MetricsForm {
    let service = service.map(ToString::to_string).unwrap_or_default();
    MetricsForm { version: Some(version::of_content(&service)), service }
}

/// Whether a service has figures of containers; else what is the matter, and what to do.
async fn try_out(cluster: &Cluster, service: &MetricsService) -> Result<(), Text> {
    let answer = cluster.ask_service_now(&metrics::knows_containers(service)).await;
    let known =
        answer.map_err(|e| unasked(&e)).and_then(|text| metrics::containers(&text).map_err(|e| misheard(&e)))?;
    if known > 0.0 {
        return Ok(());
    }
    Err(text!(
        "It answers, and knows of no container. Let it read the kubelets' /metrics/cadvisor, and try again in a minute.",
        "该服务有响应，但没有容器数据。请让它采集 kubelet 的 /metrics/cadvisor，一分钟后重试。"
    ))
}

/// Why a service was not heard, for those who name it.
fn unasked(error: &ClusterError) -> Text {
    tracing::info!(%error, "a source of figures was refused");
    match error {
        // The source's own words, with a status that says the same of an API server.
        ClusterError::Busy(said) | ClusterError::Other(said) | ClusterError::Invalid { message: said, .. }
            if metrics::complaint(said).is_some() =>
        {
            let why = metrics::complaint(said).unwrap_or_default();
            text!("It could not answer: {why}", "该服务无法响应：{why}")
        }
        ClusterError::Unauthorized => text!(
            "It wants to know who asks, and Longshore shows it no credentials. Name a service that answers within the cluster.",
            "该服务要求身份验证，而 Longshore 不会提供凭据。请指定集群内无需验证的服务。"
        ),
        ClusterError::NotFound => text!(
            "The cluster has no such service, or it has nothing at this path. Check namespace, name, port and path.",
            "集群中没有此服务，或该路径无内容。请检查命名空间、名称、端口和路径。"
        ),
        ClusterError::Busy(_) => text!(
            "The service does not answer: none of its pods is ready, or the port is another one.",
            "该服务没有响应：没有就绪的 Pod，或端口不正确。"
        ),
        ClusterError::Forbidden { what } => text!(
            "The kubeconfig may not ask it: {what}. It needs the right to get services/proxy.",
            "kubeconfig 无权访问该服务：{what}。需要 services/proxy 的 get 权限。"
        ),
        other => other.to_text(),
    }
}

fn misheard(error: &MetricsError) -> Text {
    tracing::info!(%error, "a source of figures was refused");
    match error {
        MetricsError::Foreign(_) => text!(
            "What answers there is not Prometheus, nor anything that speaks as it does.",
            "该服务不是 Prometheus，也不兼容其接口。"
        ),
        MetricsError::Failed(why) => {
            text!("It could not answer: {why}", "该服务无法响应：{why}")
        }
    }
}

/// The answer while a cluster's source is not heard. What it said is for the log: it may tell of the platform's inside.
fn silent(error: &dyn std::error::Error) -> UiError {
    tracing::warn!(%error, "a source of figures over time did not answer");
    UiError::new(
        ErrorKind::Upstream,
        text!(
            "The cluster's metrics source does not answer just now. Try again in a minute; if it stays, tell the platform's administrators.",
            "集群的指标来源暂时没有响应。请稍后重试；若持续如此，请告知平台管理员。"
        ),
    )
}

/// What the names of an application's pods look like, as a pattern.
///
/// Source of the random parts' characters:
/// <https://github.com/kubernetes/apimachinery/blob/master/pkg/util/rand/rand.go>
fn pods_of(app: &str, kind: WorkloadKind) -> String {
    const SAFE: &str = "[bcdfghjklmnpqrstvwxz2456789]";
    match kind {
        WorkloadKind::Service | WorkloadKind::Worker => format!("{app}-{SAFE}{{1,10}}-{SAFE}{{5}}"),
        WorkloadKind::Stateful => format!("{app}-[0-9]+"),
        // Of a run: by its release or its minute, or begun by a person.
        WorkloadKind::Job | WorkloadKind::CronJob => {
            format!("{app}-([0-9]+|now-[0-9a-f]{{8}})-{SAFE}{{5}}")
        }
    }
}

/// What a source told, at a grid's times.
struct Measured {
    cpu: Vec<Option<f64>>,
    memory: Vec<Option<f64>>,
    pods: Vec<Option<f64>>,
}

impl Measured {
    /// Leaves out what another application of the same name in a namespace of the same name had used, which may have been
    /// another tenant's.
    fn forget_before(&mut self, grid: Grid, made: Millis) {
        for figures in [&mut self.cpu, &mut self.memory, &mut self.pods] {
            for (place, figure) in figures.iter_mut().enumerate() {
                *figure = figure.filter(|_| grid.at(place) >= made);
            }
        }
    }
}

/// Puts figures and releases (newest first) together.
fn told(range: UsageRange, grid: Grid, measured: Option<&Measured>, rows: &[ReleaseRow]) -> AppUsage {
    let owners: Vec<Option<u32>> = (0..Grid::len()).map(|place| owner(rows, grid.at(place))).collect();
    let of_range = |row: &&ReleaseRow| row.created_at >= grid.at(0) || owners.contains(&Some(row.number));
    AppUsage {
        measured: measured.is_some(),
        range,
        from: grid.at(0),
        cpu: measured.map(|m| m.cpu.iter().map(|figure| figure.map(cores)).collect()).unwrap_or_default(),
        memory: measured.map(|m| m.memory.iter().map(|figure| figure.map(bytes)).collect()).unwrap_or_default(),
        pods: measured.map(|m| m.pods.iter().map(|figure| figure.map(count)).collect()).unwrap_or_default(),
        releases: rows.iter().filter(of_range).map(|row| release(row, measured, &owners)).collect(),
    }
}

/// Whose pods were there at a time: those of the newest release that served then. Before any did, those of the newest that
/// was tried and had not been given up.
fn owner(rows: &[ReleaseRow], at: Millis) -> Option<u32> {
    let served = |row: &&ReleaseRow| {
        matches!(row.state, ReleaseState::Live | ReleaseState::Superseded)
            && row.ended_at.is_some_and(|from| from <= at)
    };
    let tried = |row: &&ReleaseRow| {
        let given_up = matches!(row.state, ReleaseState::Failed | ReleaseState::Aborted);
        row.created_at <= at && !(given_up && row.ended_at.is_some_and(|end| end <= at))
    };
    rows.iter().find(served).or_else(|| rows.iter().find(tried)).map(|row| row.number)
}

fn release(row: &ReleaseRow, measured: Option<&Measured>, owners: &[Option<u32>]) -> ReleaseUsage {
    let of_it = |figures: &[Option<f64>]| -> Vec<Option<f64>> {
        figures.iter().zip(owners).map(|(figure, owner)| figure.filter(|_| *owner == Some(row.number))).collect()
    };
    let (cpu, memory, pods) = match measured {
        Some(all) => (of_it(&all.cpu), of_it(&all.memory), of_it(&all.pods)),
        None => Default::default(),
    };
    ReleaseUsage {
        number: row.number,
        state: row.state,
        at: row.created_at,
        actor_name: row.actor_name.clone(),
        image: row.image.clone(),
        cpu_per_pod: per_pod(&cpu, &pods).map(cores),
        memory_per_pod: per_pod(&memory, &pods).map(bytes),
        cpu_most: most(&cpu).map(cores),
        memory_most: most(&memory).map(bytes),
    }
}

/// The average of one pod, over the times for which both are known.
fn per_pod(figures: &[Option<f64>], pods: &[Option<f64>]) -> Option<f64> {
    let both = figures.iter().zip(pods).filter_map(|(figure, pods)| Some(((*figure)?, (*pods)?)));
    let (sum, pods) = both.fold((0.0, 0.0), |(sum, all), (figure, pods)| (sum + figure, all + pods));
    (pods > 0.0).then(|| sum / pods)
}

fn most(figures: &[Option<f64>]) -> Option<f64> {
    figures.iter().flatten().copied().reduce(f64::max)
}

fn cores(figure: f64) -> CpuMillis {
    CpuMillis(whole(figure * 1000.0))
}

fn bytes(figure: f64) -> Bytes {
    Bytes(whole(figure))
}

fn count(figure: f64) -> u32 {
    u32::try_from(whole(figure)).unwrap_or(u32::MAX)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast keeps to the type's range")]
fn whole(figure: f64) -> u64 {
    figure.round() as u64
}

#[cfg(test)]
#[path = "usage_tests.rs"]
mod tests;
