//! Where pods would go: what the scheduler and the controllers do, played through over what is free on nodes. Pure.
//!
//! Pods of one size take the same room wherever they go, so that counting places is enough. Which old pod leaves first is
//! not known: the one is taken whose place helps least, so that what is said to fit fits in any order.

use std::{collections::BTreeMap, sync::Arc};

use app::model::{MAX_REPLICAS, PodNeeds, Spread, SpreadOver};

use super::fit_ground::{Ground, Mover, Room, freed, places_in, taken};
use crate::kubernetes::index::NodeRoom;

/// What pods that are spread strictly may not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Law {
    /// Nothing: they go where there is room.
    Anywhere,
    /// Two are never on one node.
    Apart,
    /// No node has more than one more than any other.
    Nodes,
    /// The same of zones.
    Zones,
}

impl Law {
    /// What a way to spread forbids.
    pub(super) fn of(spread: &Spread) -> Self {
        match (spread.strict, spread.over) {
            (false, _) => Self::Anywhere,
            (true, SpreadOver::OnePerNode) => Self::Apart,
            (true, SpreadOver::Nodes) => Self::Nodes,
            (true, SpreadOver::Zones) => Self::Zones,
        }
    }
}

/// A pod that runs now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stand {
    /// Its node.
    pub(super) node: Arc<str>,
    /// Its number, where pods have one.
    pub(super) number: u32,
}

/// What runs already.
#[derive(Clone, Copy, Debug)]
pub(super) enum Before {
    /// Nothing.
    Nothing,
    /// So many pods, and they stay.
    Stays(u32),
    /// So many pods of that size, which leave as new ones come.
    Leaves(u32, PodNeeds),
}

/// What is to be placed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    /// What a pod asks for.
    pub(super) pod: PodNeeds,
    /// How many there are to be.
    pub(super) replicas: u32,
    /// How many more there may be meanwhile.
    pub(super) surge: u32,
    /// How many may be missing meanwhile.
    pub(super) missing: u32,
    /// How they are spread.
    pub(super) law: Law,
    /// Whether they are replaced one after the other, the highest number first.
    pub(super) numbered: bool,
    /// What runs already.
    pub(super) before: Before,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    /// Whether all pods find a place in the end.
    pub(super) fits: bool,
    /// Pods that have to have a place at first or, when it does not fit, at the moment at which it goes no further.
    pub(super) wanted: u64,
    /// Places that there are at that moment.
    pub(super) room: u64,
    /// Nodes that have a place at first.
    pub(super) with_room: u64,
}

/// A node that may take the pods.
#[derive(Debug)]
struct Spot<'a> {
    free: Room,
    owed: Room,
    zone: Option<&'a str>,
    /// The numbers of the pods that run here.
    here: Vec<u32>,
}

/// The nodes, looked over once for all questions.
#[derive(Debug)]
pub(super) struct Survey<'a> {
    spots: Vec<Spot<'a>>,
    closed: u64,
    /// The numbers of the pods that run where none may go any more.
    lost: Vec<u32>,
    standing: u64,
}

impl<'a> Survey<'a> {
    /// Looks the nodes over.
    pub(super) fn of(nodes: &'a [NodeRoom], standing: &[Stand]) -> Self {
        let mut at: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for stand in standing {
            at.entry(&*stand.node).or_default().push(stand.number);
        }
        let spot = |node: &'a NodeRoom| Spot {
            free: [node.cpu_free.0, node.memory_free.0, node.storage_free.0, node.pods_free.into()],
            owed: [node.owed.cpu.0, node.owed.memory.0, node.owed.storage.0, node.owed.pods.into()],
            zone: node.zone.as_deref(),
            here: at.remove(node.name.as_str()).unwrap_or_default(),
        };
        let spots: Vec<_> = nodes.iter().filter(|node| takes_pods(node)).map(spot).collect();
        Self {
            closed: count(nodes.len() - spots.len()),
            spots,
            lost: at.into_values().flatten().collect(),
            standing: count(standing.len()),
        }
    }

    /// How many nodes may take the pods.
    pub(super) fn nodes(&self) -> u64 {
        count(self.spots.len())
    }

    /// How many take none.
    pub(super) fn closed(&self) -> u64 {
        self.closed
    }

    /// What is free on each node that may take the pods, old ones gone as far as it went.
    pub(super) fn free(&self, law: Law, ground: &Ground) -> impl Iterator<Item = Room> {
        let empty = self.spots.iter().filter(|spot| spot.here.is_empty());
        let lying = empty.filter(move |spot| law != Law::Zones || spot.zone.is_some());
        lying.map(|spot| spot.free).chain(ground.movers.iter().map(|mover| mover.free))
    }

    /// Plays it through. With `enough` nodes are looked at only until there is room for all.
    pub(super) fn place(&self, asked: &Asked, enough: bool) -> (Placed, Ground) {
        let (replicas, missing) = (u64::from(asked.replicas), u64::from(asked.missing));
        let mut ground = self.ground(asked, enough.then_some(replicas));
        let mut room = ground.room();
        let with_room = ground.with_room;
        let told = |fits, wanted, room| Placed { fits, wanted, room, with_room };
        let mut left = match asked.before {
            Before::Nothing => 0,
            Before::Stays(running) => {
                let wanted = replicas.saturating_sub(running.into());
                return (told(wanted <= room, wanted, room), ground);
            }
            Before::Leaves(running, _) => u64::from(running).max(self.standing).min(2 * u64::from(MAX_REPLICAS)),
        };
        let beside = replicas.saturating_add(asked.surge.into());
        let wanted_beside = |left: u64| beside.saturating_sub(left).min(replicas);
        let first = told(true, wanted_beside(left), room);
        loop {
            let wanted = wanted_beside(left);
            // Room that pods leave is only more, unless they count for the spread.
            if room < wanted || ground.counts {
                room = ground.room();
            }
            let placed = wanted.min(room);
            if placed == replicas {
                return (first, ground);
            }
            // An old pod leaves once enough others serve.
            if left == 0 || (left + placed).saturating_add(missing) <= replicas {
                return (told(false, wanted, room), ground);
            }
            ground.leave();
            left -= 1;
        }
    }

    /// The nodes as a wish finds them.
    fn ground(&self, asked: &Asked, enough: Option<u64>) -> Ground {
        let (running, old) = match asked.before {
            Before::Leaves(running, old) => (u64::from(running), taken(old)),
            Before::Nothing | Before::Stays(_) => (0, Room::default()),
        };
        let pod = taken(asked.pod);
        let mut ground = Ground::new(asked, pod, old);
        ground.unknown = running.saturating_sub(self.standing);
        let mut numbers: Vec<(u32, Option<usize>)> = self.lost.iter().map(|number| (*number, None)).collect();
        let mut zones: BTreeMap<&str, usize> = BTreeMap::new();
        for spot in &self.spots {
            if asked.law == Law::Zones && spot.zone.is_none() {
                // A node that lies nowhere takes no pod that is spread over zones.
                numbers.extend(spot.here.iter().map(|number| (*number, None)));
                continue;
            }
            let (places, here) = (places_in(spot.free, pod), count(spot.here.len()));
            ground.with_room += u64::from(places > 0);
            let domain = match spot.zone.filter(|_| asked.law == Law::Zones) {
                Some(zone) => *zones.entry(zone).or_insert_with(|| ground.domain()),
                None if here == 0 => {
                    ground.still.add(places);
                    if asked.law == Law::Anywhere && enough.is_some_and(|enough| ground.still.sum >= enough) {
                        break;
                    }
                    continue;
                }
                None => ground.domain(),
            };
            ground.settle(domain, places, here);
            if here > 0 {
                let after = places_in(freed(spot.free, spot.owed, old).0, pod);
                let (free, owed) = (spot.free, spot.owed);
                numbers.extend(spot.here.iter().map(|number| (*number, Some(ground.movers.len()))));
                ground.movers.push(Mover { free, owed, left: here, places, after, domain });
            }
        }
        numbers.sort_unstable();
        ground.queue = numbers.into_iter().map(|(_, mover)| mover).collect();
        ground
    }
}

/// Whether an application's pods may go to a node at all: they tolerate no taints.
fn takes_pods(node: &NodeRoom) -> bool {
    node.schedulable && !node.taints.iter().any(|t| t.effect == "NoSchedule" || t.effect == "NoExecute")
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
