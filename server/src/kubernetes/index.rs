//! The watch index of one cluster: slim rows of what is there, sums that are kept as rows come and go, and a
//! count of changes to wait for. Fed by [`super::watch`]; it needs no cluster itself.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, PoisonError, RwLock, RwLockReadGuard,
        atomic::{AtomicU32, Ordering},
    },
};

use app::model::{Bytes, CpuMillis, Millis, Quota};
use tokio::sync::watch;

use super::{
    events::{Event, Events},
    intern::Interner,
    of_apps::OfApps,
    pods::{Effect, Pods},
    query::Orders,
    rows::{Node, Pod, uid},
    wire,
    workloads::WorkloadKind,
};
pub use super::{
    query::{NodeFilter, PodFilter, Scope},
    runs::{CronView, Ended, RunView},
    scaling::{MeasureView, ScalerView},
    views::{AppPod, AppView, NodeRoom, Owed, WorkloadCondition, WorkloadView},
};

/// A change of an object, as a watch tells it.
#[derive(Clone, Debug)]
pub(super) enum Change<T> {
    /// It is there, like this.
    Put(T),
    /// It is gone.
    Gone(T),
}

impl<T> Change<T> {
    pub(super) const fn as_ref(&self) -> Change<&T> {
        match self {
            Self::Put(object) => Change::Put(object),
            Self::Gone(object) => Change::Gone(object),
        }
    }

    /// The same of another thing.
    pub(super) fn map<U>(self, to: impl FnOnce(T) -> U) -> Change<U> {
        match self {
            Self::Put(object) => Change::Put(to(object)),
            Self::Gone(object) => Change::Gone(to(object)),
        }
    }
}

/// The live state of one cluster, in memory.
#[derive(Debug, Default)]
pub struct Index {
    state: RwLock<State>,
    /// Orders of filtered pods that were worked out before.
    pub(super) orders: Mutex<Orders>,
    changes: watch::Sender<u64>,
    /// The number of the last list that was begun.
    lists: AtomicU32,
    /// What lists before this one still bring is not taken in.
    first_list: AtomicU32,
}

/// What is behind the lock.
#[derive(Debug, Default)]
pub(super) struct State {
    pub strings: Interner,
    pub pods: Pods,
    pub nodes: BTreeMap<Arc<str>, Seen<Node>>,
    /// CPU (thousandths) and memory (bytes) in use by node, where a source of metrics exists.
    pub usage: HashMap<Arc<str>, (u64, u64)>,
    pub namespaces: HashMap<Arc<str>, Seen<Space>>,
    pub quotas: HashMap<Arc<str>, Vec<Seen<Hard>>>,
    /// What makes the pods of applications.
    pub workloads: OfApps<(WorkloadKind, WorkloadView)>,
    /// What runs to its end.
    pub runs: OfApps<RunView>,
    /// What begins that by a schedule.
    pub crons: OfApps<CronView>,
    /// What decides how many pods there are.
    pub scalers: OfApps<ScalerView>,
    pub events: Events,
    /// Counts changes of pods that come, go or move.
    pub structure: u64,
    /// Counts all changes of pods.
    pub status: u64,
    /// Counts changes by namespace.
    namespace_changes: HashMap<Arc<str>, u64>,
    /// Counts changes in the namespaces of Longshore's tenants.
    tenant_changes: u64,
    /// Counts those namespaces as they come and go.
    tenant_namespaces: u64,
}

/// A row, and the list in which it was last seen.
#[derive(Debug)]
pub(super) struct Seen<T> {
    pub row: T,
    pub epoch: u32,
}

/// A namespace.
#[derive(Debug, PartialEq)]
pub(super) struct Space {
    /// Whether Longshore made it for a tenant.
    pub ours: bool,
}

/// A quota's limits: CPU (thousandths), memory (bytes), pods.
#[derive(Debug, PartialEq)]
pub(super) struct Hard {
    uid: u128,
    pub cpu: Option<u64>,
    pub memory: Option<u64>,
    pub pods: Option<u32>,
}

impl Index {
    /// A quota as the cluster has it; `None` when the namespace has none. What a quota does not limit is the
    /// largest number there is.
    pub fn quota(&self, namespace: &str) -> Option<Quota> {
        let state = self.read();
        let hard = state.quotas.get(namespace).filter(|all| !all.is_empty())?;
        let least = |part: fn(&Hard) -> Option<u64>| hard.iter().filter_map(|h| part(&h.row)).min();
        Some(Quota {
            cpu: CpuMillis(least(|h| h.cpu).unwrap_or(u64::MAX)),
            memory: Bytes(least(|h| h.memory).unwrap_or(u64::MAX)),
            pods: hard.iter().filter_map(|h| h.row.pods).min().unwrap_or(u32::MAX),
        })
    }

    /// What a namespace's pods that have not ended ask for, together, as its quota counts: of memory the most that they
    /// may use.
    pub fn namespace_used(&self, namespace: &str) -> Quota {
        let load = self.read().pods.namespaces.get(namespace).copied().unwrap_or_default();
        Quota { cpu: CpuMillis(load.cpu), memory: Bytes(load.most_memory), pods: load.pods }
    }

    /// Whether the cluster has a namespace of that name.
    pub fn has_namespace(&self, namespace: &str) -> bool {
        self.read().namespaces.contains_key(namespace)
    }

    /// Counts changes of anything in the index; whoever waits for it is woken by each batch of them.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Counts changes of a namespace: its pods, deployments, quota, events.
    pub fn namespace_changes(&self, namespace: &str) -> u64 {
        self.read().namespace_changes.get(namespace).copied().unwrap_or_default()
    }

    /// Counts changes of what a scope covers, and of which tenants' namespaces there are.
    pub fn scope_changes(&self, scope: &Scope) -> u64 {
        match scope {
            Scope::All => *self.changes.borrow(),
            Scope::Namespaces(names) => {
                let state = self.read();
                names.iter().filter_map(|name| state.namespace_changes.get(name.as_str())).sum::<u64>()
                    + state.tenant_namespaces
            }
        }
    }

    /// Counts changes in the namespaces of all tenants.
    pub fn tenant_changes(&self) -> u64 {
        self.read().tenant_changes
    }

    /// The number of a list that begins: what it does not show is gone when it ends.
    pub(super) fn begin_list(&self) -> u32 {
        self.lists.fetch_add(1, Ordering::Relaxed).wrapping_add(1)
    }

    /// What is here stays until the lists that begin from now on have ended; nothing of older ones is taken in any more.
    pub(super) fn begin_anew(&self) {
        let _held = self.state.write().unwrap_or_else(PoisonError::into_inner);
        self.first_list.store(self.lists.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
    }

    /// Takes in changes of one kind. `epoch` is the list that they belong to.
    pub(super) fn apply<T: Watched>(&self, changes: Vec<Change<T>>, epoch: u32) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if epoch < self.first_list.load(Ordering::Relaxed) {
            return;
        }
        let mut changed = false;
        for change in changes {
            changed |= T::apply(&mut state, change, epoch);
        }
        state.pods.settle();
        drop(state);
        self.tell(changed);
    }

    /// Ends a list: drops what it has not shown.
    pub(super) fn sweep<T: Watched>(&self, epoch: u32) {
        let changed = T::sweep(&mut self.state.write().unwrap_or_else(PoisonError::into_inner), epoch);
        self.tell(changed);
    }

    /// Takes in what nodes use: name, CPU in thousandths, memory in bytes. Nodes that are not named use an
    /// unknown amount.
    pub(super) fn set_usage(&self, usage: Vec<(String, u64, u64)>) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let fresh: HashMap<Arc<str>, (u64, u64)> =
            usage.into_iter().map(|(name, cpu, memory)| (state.strings.get(&name), (cpu, memory))).collect();
        let changed = fresh != state.usage;
        state.usage = fresh;
        drop(state);
        self.tell(changed);
    }

    fn tell(&self, changed: bool) {
        if changed {
            self.changes.send_modify(|n| *n += 1);
        }
    }

    pub(super) fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    pub(super) fn touch(&mut self, namespace: &Arc<str>) {
        self.tenant_changes += u64::from(self.is_ours(namespace));
        *self.namespace_changes.entry(Arc::clone(namespace)).or_default() += 1;
    }

    pub(super) fn is_ours(&self, namespace: &str) -> bool {
        self.namespaces.get(namespace).is_some_and(|n| n.row.ours)
    }
}

/// A kind that the index takes in.
pub(super) trait Watched: wire::Object {
    /// Where the API server keeps it.
    const PATH: &'static str;
    /// Which of them are wanted; empty for all.
    const SELECTOR: &'static str = "";
    /// Whether the index can do without it when the cluster forbids it.
    const OPTIONAL: bool = false;

    /// Takes in a change; whether it changed anything.
    fn apply(state: &mut State, change: Change<Self>, epoch: u32) -> bool;

    /// Drops what the list of that epoch has not shown; whether there was any.
    fn sweep(state: &mut State, epoch: u32) -> bool;
}

impl Watched for wire::Pod {
    const PATH: &'static str = "/api/v1/pods";

    fn apply(state: &mut State, change: Change<Self>, epoch: u32) -> bool {
        let (namespace, effect) = match change {
            // Kubernetes gives every object a uid; those without would all pass for one.
            Change::Put(pod) if pod.metadata.uid.is_empty() => return false,
            Change::Put(pod) => {
                let pod = Pod::read(pod, &mut state.strings);
                (Arc::clone(&pod.namespace), state.pods.put(pod, epoch))
            }
            Change::Gone(pod) => match state.pods.remove(uid(&pod.metadata.uid)) {
                Some(gone) => (gone.namespace, Effect::Structure),
                None => return false,
            },
        };
        if effect == Effect::None {
            return false;
        }
        state.status += 1;
        state.structure += u64::from(effect == Effect::Structure);
        state.touch(&namespace);
        true
    }

    fn sweep(state: &mut State, epoch: u32) -> bool {
        let gone = state.pods.sweep(epoch);
        for namespace in &gone {
            state.touch(namespace);
        }
        state.status += u64::from(!gone.is_empty());
        state.structure += u64::from(!gone.is_empty());
        !gone.is_empty()
    }
}

impl Watched for wire::Node {
    const PATH: &'static str = "/api/v1/nodes";

    fn apply(state: &mut State, change: Change<Self>, epoch: u32) -> bool {
        match change {
            Change::Put(node) => {
                let row = Node::read(node, &mut state.strings);
                match state.nodes.get_mut(&row.name) {
                    Some(seen) => seen.renew(row, epoch),
                    None => state.nodes.insert(Arc::clone(&row.name), Seen { row, epoch }).is_none(),
                }
            }
            Change::Gone(node) => state.nodes.remove(&*node.metadata.name).is_some(),
        }
    }

    fn sweep(state: &mut State, epoch: u32) -> bool {
        let before = state.nodes.len();
        state.nodes.retain(|_, seen| seen.epoch == epoch);
        state.nodes.len() != before
    }
}

impl Watched for wire::Namespace {
    const PATH: &'static str = "/api/v1/namespaces";

    fn apply(state: &mut State, change: Change<Self>, epoch: u32) -> bool {
        let (Change::Put(namespace) | Change::Gone(namespace)) = &change;
        let name = state.strings.get(&namespace.metadata.name);
        if matches!(change, Change::Gone(_)) {
            return drop_namespace(state, &name);
        }
        let row = Space { ours: namespace.metadata.labels.contains_key("longshore.dev/tenant") };
        if row.ours && !state.is_ours(&name) {
            state.tenant_namespaces += 1;
            state.tenant_changes += 1;
        }
        match state.namespaces.get_mut(&name) {
            Some(seen) => seen.renew(row, epoch),
            None => {
                // What came late of one that had the name before is none of this one's.
                state.events.forget(&name, namespace.metadata.creation_timestamp.unwrap_or_default());
                state.namespaces.insert(name, Seen { row, epoch }).is_none()
            }
        }
    }

    fn sweep(state: &mut State, epoch: u32) -> bool {
        let gone: Vec<_> =
            state.namespaces.iter().filter(|(_, seen)| seen.epoch != epoch).map(|(name, _)| Arc::clone(name)).collect();
        // Each of them, whatever became of the one before.
        gone.iter().filter(|name| drop_namespace(state, name)).count() > 0
    }
}

fn drop_namespace(state: &mut State, name: &Arc<str>) -> bool {
    state.events.forget(name, Millis::MAX);
    if state.pods.namespaces.get(name).is_some_and(|load| load.pods == 0) {
        state.pods.namespaces.remove(name);
    }
    if state.is_ours(name) {
        state.tenant_namespaces += 1;
        state.tenant_changes += 1;
    }
    // What counts changes must not go back: who watches the scope adds them up.
    let count = state.namespace_changes.remove(name).unwrap_or_default();
    state.tenant_namespaces += count + 1;
    state.namespaces.remove(name).is_some()
}

impl Watched for wire::ResourceQuota {
    const PATH: &'static str = "/api/v1/resourcequotas";
    const OPTIONAL: bool = true;

    fn apply(state: &mut State, change: Change<Self>, epoch: u32) -> bool {
        let (Change::Put(quota) | Change::Gone(quota)) = &change;
        let namespace = state.strings.get(&quota.metadata.namespace);
        let uid = uid(&quota.metadata.uid);
        let all = state.quotas.entry(Arc::clone(&namespace)).or_default();
        let changed = if matches!(change, Change::Gone(_)) {
            let before = all.len();
            all.retain(|seen| seen.row.uid != uid);
            before != all.len()
        } else {
            let row = read_quota(uid, &quota.spec);
            match all.iter_mut().find(|seen| seen.row.uid == uid) {
                Some(seen) => seen.renew(row, epoch),
                None => {
                    all.push(Seen { row, epoch });
                    true
                }
            }
        };
        if changed {
            state.touch(&namespace);
        }
        changed
    }

    fn sweep(state: &mut State, epoch: u32) -> bool {
        let mut changed = false;
        state.quotas.retain(|_, all| {
            let before = all.len();
            all.retain(|seen| seen.epoch == epoch);
            changed |= before != all.len();
            !all.is_empty()
        });
        changed
    }
}

fn read_quota(uid: u128, spec: &wire::QuotaSpec) -> Hard {
    let first = |names: [&str; 2]| names.into_iter().find_map(|name| spec.hard.get(name));
    Hard {
        uid,
        cpu: first(["requests.cpu", "cpu"]).and_then(|q| CpuMillis::parse(q)).map(|c| c.0),
        memory: first(["requests.memory", "memory"]).and_then(|q| Bytes::parse(q)).map(|b| b.0),
        pods: first(["pods", "count/pods"])
            .and_then(|q| app::model::parse_milli(q))
            .and_then(|m| u32::try_from(m / 1000).ok()),
    }
}

impl Watched for wire::Event {
    const PATH: &'static str = "/api/v1/events";
    const OPTIONAL: bool = true;

    fn apply(state: &mut State, change: Change<Self>, _epoch: u32) -> bool {
        match change {
            Change::Put(event) => {
                let event = Event::read(event, &mut state.strings);
                let namespace = Arc::clone(&event.namespace);
                let ours = state.is_ours(&namespace);
                let changed = state.events.put(event, ours);
                if changed {
                    state.touch(&namespace);
                }
                changed
            }
            // Kubernetes forgets events after an hour; what was read stays until newer ones push it out, but
            // only while its namespace is there.
            Change::Gone(event) => {
                !state.namespaces.contains_key(&*event.metadata.namespace)
                    && state.events.remove(uid(&event.metadata.uid)).is_some()
            }
        }
    }

    fn sweep(_state: &mut State, _epoch: u32) -> bool {
        false
    }
}

impl<T: PartialEq> Seen<T> {
    /// Whether the row is another than before.
    pub(super) fn renew(&mut self, row: T, epoch: u32) -> bool {
        self.epoch = epoch;
        let changed = self.row != row;
        self.row = row;
        changed
    }
}
