//! Live topics: what a page shows, read again when something that it depends on has changed.
//!
//! A stream has no queue. It reads when its reader asks for more and something has changed since, and sends the
//! difference to what it sent last; so a slow reader skips what lies between, and costs nothing meanwhile.

use std::{sync::Arc, time::Duration};

use app::{
    ErrorKind, UiError,
    model::{
        AppId, AppQuery, ClusterId, LiveMessage, NodeQuery, OperationId, Page, PageRequest, Permission, PodQuery,
        PodRow, Topic, UsageQuery, UsageRange,
    },
    service::{Answer, Apps, Live, LiveStream, Operations},
};
use async_trait::async_trait;
use futures::{FutureExt, StreamExt, future::BoxFuture};
use tokio::time::Instant;

use super::{
    clusters, nodes,
    session::SessionServices,
    stream::{self, Part, Reading, Wake},
};
use crate::{
    auth::revocations::{Heard, Watch},
    kubernetes::index::{NodeFilter, PodFilter, Scope},
};

/// How long a stream lasts. A session that is idle or too old ends with no notice, so it outlives that by no more.
pub(super) const LONGEST_STREAM: Duration = Duration::from_mins(30);
/// Between two looks at figures over time.
const SHORTEST_PACE: Duration = Duration::from_secs(30);
/// The same of a long range: a release's own figures come sooner than its next point.
const LONGEST_PACE: Duration = Duration::from_mins(10);

#[async_trait]
impl Live for SessionServices {
    async fn watch(&self, topic: Topic) -> Answer<LiveStream> {
        let session = self.watch_session();
        let stream = self.open(topic.clone()).await?;
        let until = Instant::now() + self.stream_lasts(LONGEST_STREAM);
        let watched = Watched { services: self.clone(), topic, stream: Some(stream), session, until };
        Ok(Box::pin(futures::stream::unfold(watched, Watched::next)))
    }
}

/// A topic that is watched for as long as its session lasts, by the rights that the account has at each moment.
struct Watched {
    services: SessionServices,
    topic: Topic,
    /// `None` when the account may not see it any more.
    stream: Option<LiveStream>,
    session: Watch,
    until: Instant,
}

impl Watched {
    async fn next(mut self) -> Option<(LiveMessage, Self)> {
        loop {
            let stream = self.stream.as_mut()?;
            tokio::select! {
                biased;
                heard = self.session.next() => match heard {
                    Heard::Ended => return None,
                    Heard::Changed => {
                        self.services = self.services.renewed().await?;
                        self.stream = self.services.open(self.topic.clone()).await.ok();
                        if self.stream.is_none() {
                            return Some((LiveMessage::Gone {}, self));
                        }
                    }
                },
                () = tokio::time::sleep_until(self.until) => return None,
                message = stream.next() => return message.map(|message| (message, self)),
            }
        }
    }
}

/// What a service answered, as a reading: what may not be seen any more is gone, other faults may pass.
fn reading<T>(answer: Answer<T>) -> Reading<T> {
    match answer {
        Ok(value) => Reading::Value(value),
        Err(e) if matches!(e.kind, ErrorKind::NotFound | ErrorKind::Forbidden | ErrorKind::SignedOut) => Reading::Gone,
        Err(_) => Reading::Later,
    }
}

fn ready<T: Send + 'static>(reading: Reading<T>) -> BoxFuture<'static, Reading<T>> {
    std::future::ready(reading).boxed()
}

impl SessionServices {
    /// Browsers open a stream again by themselves, every few seconds, when it has ended because the thing is gone. So what is
    /// refused of a single app or operation leaves no entry here: a page has asked for it before it watches it.
    async fn open(&self, topic: Topic) -> Answer<LiveStream> {
        match topic {
            Topic::Nodes(query) => self.watch_nodes(query).await,
            Topic::Node { cluster, name } => self.watch_node(cluster, name).await,
            Topic::Pods(query) => self.watch_pods(query).await,
            Topic::Cluster(id) => self.watch_cluster(id).await,
            Topic::Apps(query) => self.watch_apps(query).await,
            Topic::App(id) => self.rereading().watch_app(id).await,
            Topic::Usage { app, range } => self.rereading().watch_usage(app, range).await,
            Topic::Operation(id) => self.rereading().watch_operation(id).await,
        }
    }

    async fn watch_nodes(&self, query: NodeQuery) -> Answer<LiveStream> {
        let (cluster, _) = self.live_cluster(&query.cluster, Permission::NodeRead, "node.watch").await?;
        let page = PageRequest::parse(query.page.as_deref(), query.per_page.as_deref());
        let filter = NodeFilter::parse(&query);
        let wake = Wake::default().cluster(&cluster, Part::Scope(Scope::All));
        let (fleet, id) = (Arc::clone(&self.parts.fleet), cluster.id());
        Ok(stream::page(wake, move || {
            ready(fleet.get(id).map_or(Reading::Gone, |c| Reading::Value(c.index().nodes(&filter, page))))
        }))
    }

    async fn watch_node(&self, id: ClusterId, name: String) -> Answer<LiveStream> {
        let (cluster, _) = self.live_cluster(&id.to_string(), Permission::NodeRead, "node.watch").await?;
        // A name that does not exist fails like the read does; one that goes later is gone.
        nodes::detail(&cluster, &name).ok_or_else(UiError::not_found)?;
        let wake = Wake::default().cluster(&cluster, Part::Scope(Scope::All));
        let fleet = Arc::clone(&self.parts.fleet);
        Ok(stream::value(wake, move || {
            ready(fleet.get(id).and_then(|c| nodes::detail(&c, &name)).map_or(Reading::Gone, Reading::Value))
        }))
    }

    async fn watch_pods(&self, query: PodQuery) -> Answer<LiveStream> {
        let (cluster, scope) = self.live_cluster(&query.cluster, Permission::AppRead, "pod.watch").await?;
        let wake = Wake::default().cluster(&cluster, Part::Scope(scope.clone()));
        let page = PageRequest::parse(query.page.as_deref(), query.per_page.as_deref());
        let (services, id) = (self.clone(), cluster.id());
        if scope == Scope::All {
            let filter = PodFilter::parse(&query, scope);
            return Ok(stream::page(wake, move || ready(services.read_pods(id, &filter, page))));
        }
        Ok(stream::page(wake, move || {
            let (services, query) = (services.clone(), query.clone());
            // The tenant's namespaces may be others than when the page was opened.
            let read = async move {
                match services.scopes(Permission::AppRead).await {
                    Ok(scopes) => scopes
                        .of(id)
                        .map_or(Reading::Gone, |scope| services.read_pods(id, &PodFilter::parse(&query, scope), page)),
                    Err(error) => reading(Err(error)),
                }
            };
            read.boxed()
        }))
    }

    fn read_pods(&self, id: ClusterId, filter: &PodFilter, page: PageRequest) -> Reading<Page<PodRow>> {
        self.parts.fleet.get(id).map_or(Reading::Gone, |c| Reading::Value(c.index().pods(filter, page)))
    }

    async fn watch_cluster(&self, id: ClusterId) -> Answer<LiveStream> {
        let (cluster, scope) = self.live_cluster(&id.to_string(), Permission::ClusterRead, "cluster.watch").await?;
        let (record, _) = self.seen_cluster(id, Permission::ClusterRead, "cluster.watch").await?;
        let wake = Wake::default().cluster(&cluster, Part::Scope(scope));
        let services = self.clone();
        Ok(stream::value(wake, move || {
            let (services, record) = (services.clone(), record.clone());
            // The tenant's namespaces may be others than when the page was opened.
            let read = async move {
                let scope = match services.overview_scope(id).await {
                    Ok(scope) => scope,
                    Err(error) => return reading(Err(error)),
                };
                let overview = scope.zip(services.parts.fleet.get(id)).map(|(scope, live)| {
                    let row = clusters::row(&record, Some(&live), &scope, services.ctx.now());
                    clusters::overview(row, Some(&live), &scope)
                });
                overview.map_or(Reading::Gone, Reading::Value)
            };
            read.boxed()
        }))
    }

    async fn watch_apps(&self, query: AppQuery) -> Answer<LiveStream> {
        Apps::list(self, query.clone()).await?;
        let own = self.ctx.tenant();
        let notices = self.parts.operations.notices();
        let mut wake = Wake::default().operations(notices, move |notice| own.is_none_or(|own| notice.tenant == own));
        // Of all the tenant's namespaces: what may be seen of them is decided when the list is read.
        let scopes = self.all_scopes().await?;
        for cluster in self.parts.fleet.all() {
            match scopes.of(cluster.id()) {
                Some(Scope::All) => wake = wake.cluster(&cluster, Part::Tenants),
                Some(scope) => wake = wake.cluster(&cluster, Part::Scope(scope)),
                None => {}
            }
        }
        let services = self.clone();
        Ok(stream::page(wake, move || {
            let (services, query) = (services.clone(), query.clone());
            async move { reading(Apps::list(&services, query).await) }.boxed()
        }))
    }

    async fn watch_app(&self, id: AppId) -> Answer<LiveStream> {
        let notices = self.parts.operations.notices();
        let detail = Apps::get(self, id).await?;
        let mut wake = Wake::default().operations(notices, move |notice| notice.app == Some(id));
        if let Some(cluster) = self.parts.fleet.get(detail.row.cluster) {
            wake = wake.cluster(&cluster, Part::Namespace(detail.row.namespace_name));
        }
        let services = self.clone();
        Ok(stream::value(wake, move || {
            let services = services.clone();
            async move { reading(Apps::get(&services, id).await) }.boxed()
        }))
    }

    /// Nobody tells when a source has a new figure, so it is asked at the pace of the range: once for all who look, since
    /// answers are kept for as long.
    async fn watch_usage(&self, id: AppId, range: UsageRange) -> Answer<LiveStream> {
        let notices = self.parts.operations.notices();
        let query = UsageQuery { range: Some(range.key().to_owned()) };
        self.app_for(id, Permission::AppRead, "app.read").await?;
        let pace = Duration::from_secs(u64::from(range.step())).clamp(SHORTEST_PACE, LONGEST_PACE);
        let wake = Wake::default().operations(notices, move |notice| notice.app == Some(id)).every(pace);
        let services = self.clone();
        Ok(stream::value(wake, move || {
            let (services, query) = (services.clone(), query.clone());
            async move { reading(Apps::usage(&services, id, query).await) }.boxed()
        }))
    }

    async fn watch_operation(&self, id: OperationId) -> Answer<LiveStream> {
        let wake = Wake::default().operations(self.parts.operations.notices(), move |notice| notice.operation == id);
        Operations::get(self, id).await?;
        let services = self.clone();
        Ok(stream::value(wake, move || {
            let services = services.clone();
            async move { reading(Operations::get(&services, id).await) }.boxed()
        }))
    }
}
