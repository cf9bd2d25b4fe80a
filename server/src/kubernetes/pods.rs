//! The pods of an index: rows in slots, two orders kept sorted, and sums kept as rows come and go.

use std::{
    cmp::Ordering,
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use app::model::PodState;
use uuid::Uuid;

use super::rows::{Phase, Pod};

/// Where a row is. A slot is given to another pod once its pod is gone.
pub(super) type Slot = u32;

/// What pods ask for, together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Load {
    pub cpu: u64,
    pub memory: u64,
    /// The most memory that they may use.
    pub most_memory: u64,
    pub storage: u64,
    /// Pods that have not ended.
    pub pods: u32,
}

impl Load {
    fn add(&mut self, pod: &Pod) {
        if !pod.phase.ended() {
            self.cpu += pod.cpu;
            self.memory += pod.memory;
            self.most_memory += pod.most_memory;
            self.storage += pod.storage;
            self.pods += 1;
        }
    }

    fn take(&mut self, pod: &Pod) {
        if !pod.phase.ended() {
            self.cpu -= pod.cpu;
            self.memory -= pod.memory;
            self.most_memory -= pod.most_memory;
            self.storage -= pod.storage;
            self.pods -= 1;
        }
    }
}

/// A group of pods with its load.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub slots: Vec<Slot>,
    pub load: Load,
}

impl Group {
    fn drop_slot(&mut self, slot: Slot) {
        if let Some(at) = self.slots.iter().position(|s| *s == slot) {
            self.slots.swap_remove(at);
        }
    }
}

/// What a change did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing that is kept has changed.
    None,
    /// A row has changed in what changes while pods run.
    Status,
    /// A row has come, gone or moved.
    Structure,
}

/// All pods.
#[derive(Debug, Default)]
pub(super) struct Pods {
    rows: Vec<Option<Pod>>,
    /// The list in which each slot's pod was last seen.
    epochs: Vec<u32>,
    free: Vec<Slot>,
    by_uid: HashMap<u128, Slot>,
    /// By namespace, then name. Sorted up to `settled`.
    order: Vec<Slot>,
    /// By name, then namespace. Sorted up to `settled`.
    names: Vec<Slot>,
    settled: usize,
    pub nodes: HashMap<Arc<str>, Group>,
    pub namespaces: HashMap<Arc<str>, Load>,
    pub apps: HashMap<Uuid, Vec<Slot>>,
    pub failing: BTreeSet<Slot>,
    phases: [u32; Phase::ALL.len()],
}

impl Pods {
    pub(super) fn len(&self) -> usize {
        self.by_uid.len()
    }

    /// The row in a slot that is in use.
    #[expect(clippy::expect_used, reason = "slots come from the orders and groups, which hold only those in use")]
    pub(super) fn row(&self, slot: Slot) -> &Pod {
        self.rows[slot as usize].as_ref().expect("slot is in use")
    }

    /// All slots by namespace and name.
    pub(super) fn order(&self) -> &[Slot] {
        &self.order
    }

    /// All slots by name and namespace.
    pub(super) fn names(&self) -> &[Slot] {
        &self.names
    }

    /// The slots of a namespace, by name.
    pub(super) fn of_namespace(&self, namespace: &str) -> &[Slot] {
        let from = self.order.partition_point(|s| &*self.row(*s).namespace < namespace);
        let rest = &self.order[from..];
        &rest[..rest.partition_point(|s| &*self.row(*s).namespace == namespace)]
    }

    pub(super) fn of_node(&self, node: &str) -> &[Slot] {
        self.nodes.get(node).map_or(&[], |group| &group.slots)
    }

    pub(super) fn phase_count(&self, phase: Phase) -> u32 {
        self.phases[phase as usize]
    }

    /// Takes in a pod. [`Self::settle`] must follow before anything is read.
    pub(super) fn put(&mut self, pod: Pod, epoch: u32) -> Effect {
        let Some(&slot) = self.by_uid.get(&pod.uid) else {
            self.insert(pod, epoch);
            return Effect::Structure;
        };
        // Names do not change in Kubernetes. One that does all the same would stand where the orders do not look for it.
        if self.rows[slot as usize].as_ref().is_some_and(|row| row.name != pod.name || row.namespace != pod.namespace) {
            self.remove(pod.uid);
            self.insert(pod, epoch);
            return Effect::Structure;
        }
        self.epochs[slot as usize] = epoch;
        let Some(before) = self.rows[slot as usize].take() else { return Effect::None };
        if before == pod {
            self.rows[slot as usize] = Some(before);
            return Effect::None;
        }
        let effect = if pod.moved(&before) { Effect::Structure } else { Effect::Status };
        self.forget(slot, &before);
        self.learn(slot, &pod);
        self.rows[slot as usize] = Some(pod);
        effect
    }

    fn insert(&mut self, pod: Pod, epoch: u32) {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.rows.push(None);
            self.epochs.push(0);
            Slot::try_from(self.rows.len() - 1).unwrap_or(Slot::MAX)
        });
        self.by_uid.insert(pod.uid, slot);
        self.learn(slot, &pod);
        self.rows[slot as usize] = Some(pod);
        self.epochs[slot as usize] = epoch;
        self.order.push(slot);
        self.names.push(slot);
    }

    /// Drops a pod, and tells which it was.
    pub(super) fn remove(&mut self, uid: u128) -> Option<Pod> {
        self.settle();
        let slot = self.by_uid.remove(&uid)?;
        if let Some(at) = self.place(&self.order, slot, by_namespace) {
            self.order.remove(at);
        }
        if let Some(at) = self.place(&self.names, slot, by_name) {
            self.names.remove(at);
        }
        self.settled = self.order.len();
        self.release(slot)
    }

    fn place(&self, list: &[Slot], slot: Slot, compare: Compare) -> Option<usize> {
        list.binary_search_by(|s| compare(self.row(*s), self.row(slot)).then_with(|| s.cmp(&slot))).ok()
    }

    fn release(&mut self, slot: Slot) -> Option<Pod> {
        let pod = self.rows[slot as usize].take()?;
        self.forget(slot, &pod);
        self.free.push(slot);
        Some(pod)
    }

    /// Drops the pods that a list has not shown, and tells their namespaces.
    pub(super) fn sweep(&mut self, epoch: u32) -> Vec<Arc<str>> {
        self.settle();
        let gone: Vec<Slot> = self.order.iter().copied().filter(|s| self.epochs[*s as usize] != epoch).collect();
        if gone.is_empty() {
            return Vec::new();
        }
        self.order.retain(|s| self.epochs[*s as usize] == epoch);
        self.names.retain(|s| self.epochs[*s as usize] == epoch);
        self.settled = self.order.len();
        let mut namespaces = Vec::with_capacity(gone.len());
        for slot in gone {
            if let Some(pod) = self.release(slot) {
                self.by_uid.remove(&pod.uid);
                namespaces.push(pod.namespace);
            }
        }
        namespaces
    }

    /// Brings the orders up to date after a batch.
    pub(super) fn settle(&mut self) {
        let (settled, len) = (self.settled, self.order.len());
        if settled == len {
            return;
        }
        self.settled = len;
        let mut order = std::mem::take(&mut self.order);
        let mut names = std::mem::take(&mut self.names);
        self.merge(&mut order, settled, by_namespace);
        self.merge(&mut names, settled, by_name);
        self.order = order;
        self.names = names;
    }

    /// Sorts in what stands behind `settled`: a few by insertion, many by a sort that knows sorted runs.
    fn merge(&self, list: &mut Vec<Slot>, settled: usize, compare: Compare) {
        let full = |a: &Slot, b: &Slot| compare(self.row(*a), self.row(*b)).then_with(|| a.cmp(b));
        if list.len() - settled <= 8 {
            for slot in list.split_off(settled) {
                let at = list.partition_point(|s| full(s, &slot) == Ordering::Less);
                list.insert(at, slot);
            }
            return;
        }
        list[settled..].sort_unstable_by(full);
        let in_order = settled == 0 || full(&list[settled - 1], &list[settled]) != Ordering::Greater;
        if !in_order {
            list.sort_by(full);
        }
    }

    fn learn(&mut self, slot: Slot, pod: &Pod) {
        if !pod.node.is_empty() {
            let group = self.nodes.entry(Arc::clone(&pod.node)).or_default();
            group.slots.push(slot);
            group.load.add(pod);
        }
        self.namespaces.entry(Arc::clone(&pod.namespace)).or_default().add(pod);
        self.phases[pod.phase as usize] += 1;
        if matches!(pod.state, PodState::Failing | PodState::Unknown) {
            self.failing.insert(slot);
        }
        if let Some(part) = &pod.app {
            self.apps.entry(part.app).or_default().push(slot);
        }
    }

    fn forget(&mut self, slot: Slot, pod: &Pod) {
        if let Some(group) = self.nodes.get_mut(&pod.node) {
            group.drop_slot(slot);
            group.load.take(pod);
            if group.slots.is_empty() {
                self.nodes.remove(&pod.node);
            }
        }
        if let Some(load) = self.namespaces.get_mut(&pod.namespace) {
            load.take(pod);
        }
        self.phases[pod.phase as usize] -= 1;
        self.failing.remove(&slot);
        if let Some(part) = &pod.app
            && let Some(slots) = self.apps.get_mut(&part.app)
        {
            slots.retain(|s| *s != slot);
            if slots.is_empty() {
                self.apps.remove(&part.app);
            }
        }
    }
}

type Compare = fn(&Pod, &Pod) -> Ordering;

fn by_namespace(a: &Pod, b: &Pod) -> Ordering {
    // Most neighbours share the namespace, and so the very string.
    if Arc::ptr_eq(&a.namespace, &b.namespace) {
        return a.name.cmp(&b.name);
    }
    a.namespace.cmp(&b.namespace).then_with(|| a.name.cmp(&b.name))
}

fn by_name(a: &Pod, b: &Pod) -> Ordering {
    a.name.cmp(&b.name).then_with(|| a.namespace.cmp(&b.namespace))
}
