//! What nodes have left while pods come and go: the state of one simulation, and how many more find a place in it.

use app::model::{NodeResource, PodNeeds};

use super::fit_placing::{Asked, Before, Law};

/// What is free on a node, or what a pod takes of it, in the order of [`PARTS`].
pub(super) type Room = [u64; 4];

/// What the numbers of a [`Room`] are of.
pub(super) const PARTS: [NodeResource; 4] =
    [NodeResource::Cpu, NodeResource::Memory, NodeResource::Storage, NodeResource::Pods];

/// What a pod takes of its node.
pub(super) fn taken(pod: PodNeeds) -> Room {
    [pod.cpu.0, pod.memory.0, pod.storage.0, 1]
}

/// How many pods have room in what is free.
pub(super) fn places_in(free: Room, pod: Room) -> u64 {
    free.iter().zip(pod).map(|(free, asked)| free.checked_div(asked).unwrap_or(u64::MAX)).min().unwrap_or(0)
}

/// What is free and what is owed when so much leaves: debts are paid first.
pub(super) fn freed(free: Room, owed: Room, by: Room) -> (Room, Room) {
    let (mut free, mut owed) = (free, owed);
    for ((free, owed), by) in free.iter_mut().zip(&mut owed).zip(by) {
        let paid = by.min(*owed);
        *owed -= paid;
        *free = free.saturating_add(by - paid);
    }
    (free, owed)
}

/// What pods are spread over: a node or a zone.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Domain {
    /// Pods in it that count for the spread.
    here: u64,
    /// Places in it.
    room: u64,
}

/// The domains in which nothing changes, as sums.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Still {
    domains: u64,
    /// Places in all of them.
    pub(super) sum: u64,
    with_room: u64,
    /// The fewest places that one of them has, and how many have so few.
    least: u64,
    at_least: u64,
}

impl Still {
    /// One more, with so many places.
    pub(super) fn add(&mut self, places: u64) {
        if self.domains == 0 || places < self.least {
            (self.least, self.at_least) = (places, 1);
        } else if places == self.least {
            self.at_least += 1;
        }
        self.domains += 1;
        self.sum = self.sum.saturating_add(places);
        self.with_room += u64::from(places > 0);
    }
}

/// A node that old pods leave.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mover {
    pub(super) free: Room,
    pub(super) owed: Room,
    /// Old pods that are still there.
    pub(super) left: u64,
    /// Places for new ones now, and when one more old pod has left.
    pub(super) places: u64,
    pub(super) after: u64,
    /// Its domain.
    pub(super) domain: usize,
}

/// The nodes at one moment.
#[derive(Debug)]
pub(super) struct Ground {
    law: Law,
    pod: Room,
    old: Room,
    numbered: bool,
    /// Whether pods that are there count for the spread of those that come.
    pub(super) counts: bool,
    /// Nodes that had a place at first.
    pub(super) with_room: u64,
    pub(super) still: Still,
    domains: Vec<Domain>,
    pub(super) movers: Vec<Mover>,
    /// Old pods by their numbers, with the nodes that they leave; none where no pod may go.
    pub(super) queue: Vec<Option<usize>>,
    /// Old pods of which it is not known where they are.
    pub(super) unknown: u64,
    /// Places that those have left.
    left_by_unknown: u64,
}

impl Ground {
    /// No nodes yet.
    pub(super) fn new(asked: &Asked, pod: Room, old: Room) -> Self {
        Self {
            law: asked.law,
            pod,
            old,
            numbered: asked.numbered,
            counts: asked.numbered || matches!(asked.before, Before::Stays(_)),
            with_room: 0,
            still: Still::default(),
            domains: Vec::new(),
            movers: Vec::new(),
            queue: Vec::new(),
            unknown: 0,
            left_by_unknown: 0,
        }
    }

    /// Another domain, by its place in the list.
    pub(super) fn domain(&mut self) -> usize {
        self.domains.push(Domain::default());
        self.domains.len() - 1
    }

    /// A node with so many places and so many pods belongs to a domain.
    pub(super) fn settle(&mut self, domain: usize, places: u64, here: u64) {
        let counted = if self.counts { here } else { 0 };
        if let Some(domain) = self.domains.get_mut(domain) {
            domain.room = domain.room.saturating_add(places);
            domain.here += counted;
        }
    }

    /// How many more pods find a place.
    pub(super) fn room(&self) -> u64 {
        let domains = self.domains.iter();
        let known = match self.law {
            Law::Anywhere => domains.fold(self.still.sum, |sum, domain| sum.saturating_add(domain.room)),
            Law::Apart => domains.fold(self.still.with_room, |sum, d| sum + u64::from(d.here == 0 && d.room > 0)),
            Law::Nodes | Law::Zones => self.evenly(),
        };
        let all = known.saturating_add(self.left_by_unknown);
        if self.law == Law::Apart { all.min(self.all_domains()) } else { all }
    }

    fn all_domains(&self) -> u64 {
        self.domains.iter().fold(self.still.domains, |sum, _| sum + 1)
    }

    /// How many more find a place where no domain may have more than one more than any other.
    ///
    /// Source: <https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/#spread-constraint-definition>
    fn evenly(&self) -> u64 {
        let full = |domain: &Domain| domain.here.saturating_add(domain.room);
        let still = (self.still.domains > 0).then_some(self.still.least);
        let Some(least) = self.domains.iter().map(full).chain(still).min() else { return 0 };
        let most = least.saturating_add(1);
        let lower = if self.still.least == least { self.still.at_least } else { 0 };
        let rest = self.still.domains.saturating_mul(most).saturating_sub(lower);
        self.domains.iter().fold(rest, |sum, d| sum.saturating_add(full(d).min(most).saturating_sub(d.here)))
    }

    /// An old pod leaves: the one with the highest number, or else the one whose place helps least.
    pub(super) fn leave(&mut self) {
        if self.unknown > 0 {
            self.unknown -= 1;
            // One that is no smaller than a new one leaves a place, wherever it was.
            self.left_by_unknown += places_in(self.old, self.pod).min(1);
            return;
        }
        let next = if self.numbered {
            self.queue.pop().flatten()
        } else if let Some(lost) = self.queue.iter().position(Option::is_none) {
            self.queue.swap_remove(lost)
        } else {
            self.helps_least()
        };
        let Some(at) = next else { return };
        let Some(mover) = self.movers.get_mut(at) else { return };
        (mover.free, mover.owed) = freed(mover.free, mover.owed, self.old);
        let more = mover.after.saturating_sub(mover.places);
        mover.left = mover.left.saturating_sub(1);
        mover.places = mover.after;
        mover.after = places_in(freed(mover.free, mover.owed, self.old).0, self.pod);
        if let Some(domain) = self.domains.get_mut(mover.domain) {
            domain.room = domain.room.saturating_add(more);
            domain.here = domain.here.saturating_sub(u64::from(self.counts));
        }
    }

    /// Which of the nodes that still have an old pod helps least when one leaves.
    fn helps_least(&self) -> Option<usize> {
        let there = self.movers.iter().enumerate().filter(|(_, mover)| mover.left > 0);
        there.min_by_key(|(_, mover)| self.help(mover)).map(|(at, _)| at)
    }

    /// How much it helps when a pod leaves a node: the less, the sooner it is supposed to.
    fn help(&self, mover: &Mover) -> (u64, u64) {
        let more = mover.after.saturating_sub(mover.places);
        match self.law {
            Law::Anywhere => (0, more),
            Law::Apart => (0, if mover.places == 0 { more.min(1) } else { 0 }),
            // A place where there are many already does not raise the fewest.
            Law::Nodes | Law::Zones => (u64::MAX - self.domains.get(mover.domain).map_or(0, |d| d.room), more),
        }
    }
}
