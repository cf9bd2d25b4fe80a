//! The connected clusters: for each a set of tasks that keep its index up to date, and a supervisor that says how
//! the connection is.

use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard},
    time::Duration,
};

use app::{
    i18n::Text,
    model::{ClusterId, ClusterState, Millis},
};
use futures::FutureExt;
use tokio::{
    sync::{Mutex, mpsc, watch},
    task::JoinSet,
};

use super::{
    client::Client,
    fault::ClusterError,
    index::{Index, Watched},
    kubeconfig::Credentials,
    passed_on::Asked,
    usage,
    watch::Report,
    wire, wire_jobs, wire_scaling,
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
    link: RwLock<Link>,
    index: Arc<Index>,
    status: watch::Sender<Status>,
    /// What its services are asked, and have answered lately.
    pub(super) asked: Asked,
}

/// By what a cluster is reached.
#[derive(Clone, Debug)]
struct Link {
    client: Client,
    /// Which of the kubeconfigs that were kept for it.
    version: i64,
    /// Until when it is good, where it says so.
    ends: Option<Millis>,
}

impl Cluster {
    fn new(id: ClusterId, name: &str, link: Link, now: Millis) -> Self {
        let status = Status { state: ClusterState::Loading, problem: None, since: now, version: String::new() };
        Self {
            id,
            name: name.to_owned(),
            link: RwLock::new(link),
            index: Arc::default(),
            status: watch::Sender::new(status),
            asked: Asked::default(),
        }
    }

    /// Its id.
    pub fn id(&self) -> ClusterId {
        self.id
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Which of the kubeconfigs that were kept for it is in use, counted from 1.
    pub fn version(&self) -> i64 {
        self.link().version
    }

    /// Until when the kubeconfig that is in use is good; `None` when it does not say.
    pub fn credentials_end(&self) -> Option<Millis> {
        self.link().ends
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

    pub(super) fn client(&self) -> Client {
        self.link().client.clone()
    }

    fn link(&self) -> RwLockReadGuard<'_, Link> {
        self.link.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All connected clusters.
#[derive(Debug)]
pub struct Fleet {
    clock: Clock,
    clusters: RwLock<HashMap<ClusterId, Member>>,
    /// One is connected after the other.
    connecting: Mutex<()>,
}

#[derive(Debug)]
struct Member {
    cluster: Arc<Cluster>,
    /// Aborts the cluster's tasks when it is dropped.
    tasks: JoinSet<()>,
}

impl Fleet {
    /// With no cluster yet.
    pub fn new(clock: Clock) -> Self {
        Self { clock, clusters: RwLock::default(), connecting: Mutex::default() }
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

    /// Starts to watch a cluster; it need not answer now. `version` tells its kubeconfigs apart, of which `credentials` are
    /// one. Where it is watched already by an older one, what is known of it stays, and whoever looks at it goes on; by that
    /// one or a newer, nothing happens. Fails when the credentials cannot be used at all.
    pub async fn connect(
        &self,
        id: ClusterId,
        name: &str,
        version: i64,
        credentials: &Credentials,
    ) -> Result<Arc<Cluster>, ClusterError> {
        let client = Client::new(credentials).await?;
        let link = Link { client: client.clone(), version, ends: credentials.ends() };
        let _alone = self.connecting.lock().await;
        let (cluster, mut older) =
            match self.member(id, |member| (Arc::clone(&member.cluster), std::mem::take(&mut member.tasks))) {
                Some((cluster, tasks)) if cluster.version() >= version => {
                    self.member(id, |member| member.tasks = tasks);
                    return Ok(cluster);
                }
                Some(there) => there,
                None => (Arc::new(Cluster::new(id, name, link.clone(), self.clock.now())), JoinSet::new()),
            };
        older.shutdown().await;
        cluster.index.begin_anew();
        *cluster.link.write().unwrap_or_else(PoisonError::into_inner) = link;
        let member = Member { cluster: Arc::clone(&cluster), tasks: self.tasks(&cluster, client) };
        self.clusters.write().unwrap_or_else(PoisonError::into_inner).insert(id, member);
        Ok(cluster)
    }

    /// What keeps a cluster's state up to date.
    fn tasks(&self, cluster: &Arc<Cluster>, client: Client) -> JoinSet<()> {
        let mut tasks = JoinSet::new();
        let (reports, inbox) = mpsc::unbounded_channel();
        let mut kinds = Kinds { client: &client, index: &cluster.index, reports, tasks: &mut tasks, count: 0 };
        // Namespaces first: events are kept by whose namespace they are of.
        kinds.start::<wire::Namespace>();
        kinds.start::<wire::Node>();
        kinds.start::<wire::Deployment>();
        kinds.start::<wire::StatefulSet>();
        kinds.start::<wire_jobs::CronJob>();
        kinds.start::<wire_jobs::Job>();
        kinds.start::<wire_scaling::Autoscaler>();
        kinds.start::<wire::ResourceQuota>();
        kinds.start::<wire::Pod>();
        kinds.start::<wire::Event>();
        let count = kinds.count;
        drop(kinds);
        tasks.spawn(supervise(Arc::clone(cluster), client.clone(), self.clock.clone(), inbox, count));
        tasks.spawn(usage::run(client, Arc::clone(&cluster.index)));
        tasks
    }

    fn member<T>(&self, id: ClusterId, with: impl FnOnce(&mut Member) -> T) -> Option<T> {
        self.clusters.write().unwrap_or_else(PoisonError::into_inner).get_mut(&id).map(with)
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
            loop {
                // It ends by a panic alone. What it keeps is then no longer true, which has to be seen.
                let run = super::watch::run::<T>(&client, &index, &report);
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
    client: Client,
    clock: Clock,
    mut reports: mpsc::UnboundedReceiver<(usize, Report)>,
    count: usize,
) {
    let mut kinds: Vec<Option<Report>> = vec![None; count];
    let mut alive: Result<String, ClusterError> = Ok(String::new());
    // What was known by an older kubeconfig is there still.
    let mut was_live = matches!(cluster.state(), ClusterState::Live | ClusterState::Stale);
    let mut beat = tokio::time::interval(HEARTBEAT);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            report = reports.recv() => match report {
                Some((kind, report)) => kinds[kind] = Some(report),
                None => return,
            },
            _ = beat.tick() => alive = usage::version(&client).await,
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
