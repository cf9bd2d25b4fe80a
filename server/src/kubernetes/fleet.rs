//! The connected clusters: for each a set of tasks that keep its index up to date, and a supervisor that says how
//! the connection is.

use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use app::{
    i18n::Text,
    model::{ClusterId, ClusterState, Millis},
};
use futures::FutureExt;
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
};

use super::{
    client::Client,
    fault::ClusterError,
    index::{Index, Watched},
    kubeconfig::Credentials,
    usage,
    watch::Report,
    wire,
};
use crate::clock::Clock;

/// How often a cluster is asked whether it is there.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// How long a watch rests that has panicked, which it may do again on the same object.
const AFTER_A_FAULT: Duration = Duration::from_secs(30);

/// How the connection to a cluster is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// In a word.
    pub state: ClusterState,
    /// Why it is not live.
    pub problem: Option<Text>,
    /// Since when it is so.
    pub since: Millis,
    /// Kubernetes' version; empty before it is known.
    pub version: String,
}

/// A connected cluster. Its tasks end when it is dropped.
#[derive(Debug)]
pub struct Cluster {
    id: ClusterId,
    name: String,
    client: Client,
    index: Arc<Index>,
    status: watch::Sender<Status>,
}

impl Cluster {
    /// Its id.
    pub fn id(&self) -> ClusterId {
        self.id
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The API server's address.
    pub fn server(&self) -> &str {
        self.client.server()
    }

    /// Its live state.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// How the connection is now.
    pub fn status(&self) -> Status {
        self.status.borrow().clone()
    }

    /// Tells of changes of the connection.
    pub fn status_changes(&self) -> watch::Receiver<Status> {
        self.status.subscribe()
    }

    /// How the connection is, in a word.
    pub fn state(&self) -> ClusterState {
        self.status.borrow().state
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }
}

/// All connected clusters.
#[derive(Debug)]
pub struct Fleet {
    clock: Clock,
    clusters: RwLock<HashMap<ClusterId, Member>>,
}

#[derive(Debug)]
struct Member {
    cluster: Arc<Cluster>,
    /// Aborts the cluster's tasks when it is dropped.
    _tasks: JoinSet<()>,
}

impl Fleet {
    /// With no cluster yet.
    pub fn new(clock: Clock) -> Self {
        Self { clock, clusters: RwLock::default() }
    }

    /// A connected cluster.
    pub fn get(&self, id: ClusterId) -> Option<Arc<Cluster>> {
        let clusters = self.clusters.read().unwrap_or_else(PoisonError::into_inner);
        clusters.get(&id).map(|member| Arc::clone(&member.cluster))
    }

    /// All connected clusters, in no order.
    pub fn all(&self) -> Vec<Arc<Cluster>> {
        let clusters = self.clusters.read().unwrap_or_else(PoisonError::into_inner);
        clusters.values().map(|member| Arc::clone(&member.cluster)).collect()
    }

    /// Starts to watch a cluster; it need not answer now. Fails when the credentials cannot be used at all.
    /// A cluster of that id that is connected already is replaced.
    pub async fn connect(
        &self,
        id: ClusterId,
        name: &str,
        credentials: &Credentials,
    ) -> Result<Arc<Cluster>, ClusterError> {
        let client = Client::new(credentials).await?;
        let index = Arc::new(Index::default());
        let status =
            Status { state: ClusterState::Loading, problem: None, since: self.clock.now(), version: String::new() };
        let cluster = Arc::new(Cluster {
            id,
            name: name.to_owned(),
            client: client.clone(),
            index: Arc::clone(&index),
            status: watch::Sender::new(status),
        });
        let mut tasks = JoinSet::new();
        let (reports, inbox) = mpsc::unbounded_channel();
        let mut kinds = Kinds { client: &client, index: &index, reports, tasks: &mut tasks, count: 0 };
        // Namespaces first: events are kept by whose namespace they are of.
        kinds.start::<wire::Namespace>();
        kinds.start::<wire::Node>();
        kinds.start::<wire::Deployment>();
        kinds.start::<wire::ResourceQuota>();
        kinds.start::<wire::Pod>();
        kinds.start::<wire::Event>();
        let count = kinds.count;
        drop(kinds);
        tasks.spawn(supervise(Arc::clone(&cluster), self.clock.clone(), inbox, count));
        tasks.spawn(usage::run(client, index));
        let member = Member { cluster: Arc::clone(&cluster), _tasks: tasks };
        self.clusters.write().unwrap_or_else(PoisonError::into_inner).insert(id, member);
        Ok(cluster)
    }

    /// Stops watching a cluster and forgets it.
    pub fn disconnect(&self, id: ClusterId) {
        let gone = self.clusters.write().unwrap_or_else(PoisonError::into_inner).remove(&id);
        if let Some(member) = gone {
            // Whoever watches it is woken, and finds it gone.
            let now = self.clock.now();
            member.cluster.status.send_modify(|status| {
                status.state = ClusterState::Unreachable;
                status.since = now;
            });
        }
    }
}

/// Starts a task per kind.
struct Kinds<'a> {
    client: &'a Client,
    index: &'a Arc<Index>,
    reports: mpsc::UnboundedSender<(usize, Report)>,
    tasks: &'a mut JoinSet<()>,
    count: usize,
}

impl Kinds<'_> {
    fn start<T: Watched>(&mut self) {
        let (kind, reports) = (self.count, self.reports.clone());
        self.count += 1;
        let report = move |report| {
            // The supervisor lives as long as this task does.
            let _ = reports.send((kind, report));
        };
        let (client, index) = (self.client.clone(), Arc::clone(self.index));
        self.tasks.spawn(async move {
            let mut epoch = 0;
            loop {
                // It ends by a panic alone. What it keeps is then no longer true, which has to be seen.
                let run = super::watch::run::<T>(&client, &index, &mut epoch, &report);
                let _ = AssertUnwindSafe(run).catch_unwind().await;
                tracing::error!(path = T::PATH, "a watch has failed by a fault of Longshore's own; starting it anew");
                report(Report::Broken(ClusterError::Other("an object could not be taken in".to_owned())));
                tokio::time::sleep(AFTER_A_FAULT).await;
            }
        });
    }
}

/// Makes one status of what the kinds report and of the heartbeat.
async fn supervise(
    cluster: Arc<Cluster>,
    clock: Clock,
    mut reports: mpsc::UnboundedReceiver<(usize, Report)>,
    count: usize,
) {
    let mut kinds: Vec<Option<Report>> = vec![None; count];
    let mut alive: Result<String, ClusterError> = Ok(String::new());
    let mut was_live = false;
    let mut beat = tokio::time::interval(HEARTBEAT);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            report = reports.recv() => match report {
                Some((kind, report)) => kinds[kind] = Some(report),
                None => return,
            },
            _ = beat.tick() => alive = usage::version(&cluster.client).await,
        }
        let broken = kinds.iter().flatten().find_map(|report| match report {
            Report::Broken(error) => Some(error),
            Report::Live => None,
        });
        let broken = broken.or(alive.as_ref().err());
        let loaded = kinds.iter().all(Option::is_some);
        let state = match broken {
            Some(_) if was_live => ClusterState::Stale,
            Some(_) => ClusterState::Unreachable,
            None if loaded => ClusterState::Live,
            None if was_live => ClusterState::Stale,
            None => ClusterState::Loading,
        };
        was_live |= state == ClusterState::Live;
        let problem = broken.map(ClusterError::to_text);
        let now = clock.now();
        cluster.status.send_if_modified(|status| {
            let version = alive.as_ref().ok().filter(|v| !v.is_empty()).unwrap_or(&status.version).clone();
            let since = if status.state == state { status.since } else { now };
            let next = Status { state, problem, since, version };
            let changed = *status != next;
            if status.state != state {
                tracing::info!(cluster = cluster.name, ?state, problem = ?next.problem.as_ref().map(|p| &p.en), "cluster");
            }
            *status = next;
            changed
        });
    }
}
