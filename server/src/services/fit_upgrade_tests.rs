//! What fits where pods run already: which of them leave, in what order, and what their places are worth.

use app::model::{SpecForm, Spread, SpreadOver};

use super::{
    tests::{failing, node, quota, spec},
    *,
};

fn named(name: &str, cpu: u64) -> NodeRoom {
    NodeRoom { name: name.into(), ..node(cpu, 4096, 99) }
}

/// A pod on each of these nodes, numbered as they come.
fn on(nodes: &[&str]) -> Vec<Stand> {
    (0..).zip(nodes).map(|(number, node)| Stand { node: (*node).into(), number }).collect()
}

/// Whether so many pods come in place of those that stand somewhere, or beside them.
fn fits(new: &AppSpec, old: &AppSpec, standing: &[Stand], stays: bool, nodes: &[NodeRoom]) -> bool {
    let running = u32::try_from(standing.len()).expect("few");
    let wish = Wish { new, old: Some((old, running)), standing, stays };
    let free = quota(99_000, 99_000, 99);
    let told = reckon(wish, free, quota(0, 0, 0), nodes, &[]);
    assert!(told.fits || failing(&told) == [FitCheckKind::Nodes], "{told:?}");
    told.fits
}

#[test]
fn a_larger_pod_needs_a_place_where_the_old_one_and_what_is_free_are_together() {
    let (old, new) = (spec(3, 100, 1), spec(3, 150, 1));
    let standing = on(&["a", "b", "c"]);
    let nodes = |free: u64| [named("a", free), named("b", free), named("c", free), named("d", 150)];
    assert!(fits(&new, &old, &standing, false, &nodes(50)));
    assert!(!fits(&new, &old, &standing, false, &nodes(40)), "one goes to d, and what the others leave is too little");
    // As many as there are to be find a place before any leaves.
    assert!(fits(&new, &old, &standing, false, &[named("d", 450)]));
}

#[test]
fn what_a_node_owes_is_paid_first() {
    let (old, new) = (spec(2, 100, 1), spec(2, 100, 1));
    let standing = on(&["a", "b"]);
    let mut nodes = [named("a", 0), named("b", 0), named("c", 100)];
    assert!(fits(&new, &old, &standing, false, &nodes));
    nodes[1].owed.cpu = CpuMillis(60);
    assert!(!fits(&new, &old, &standing, false, &nodes), "the node was made smaller");
}

#[test]
fn pods_on_a_node_that_takes_none_leave_no_place() {
    let (old, new) = (spec(2, 100, 1), spec(2, 100, 1));
    let standing = on(&["a", "b"]);
    let mut nodes = [named("a", 100), named("b", 0)];
    assert!(fits(&new, &old, &standing, false, &nodes));
    nodes[1].schedulable = false;
    assert!(!fits(&new, &old, &standing, false, &nodes));
    nodes[0].cpu_free = CpuMillis(200);
    assert!(fits(&new, &old, &standing, false, &nodes), "both have a place elsewhere");
}

#[test]
fn an_old_pod_leaves_only_when_enough_others_serve() {
    let (old, mut new) = (spec(2, 100, 1), spec(2, 150, 1));
    let standing = on(&["a", "b"]);
    // None fits beside the old ones.
    let nodes = [named("a", 50), named("b", 50)];
    assert!(!fits(&new, &old, &standing, false, &nodes));
    new.update.max_unavailable = app::model::Amount::Count(1);
    assert!(fits(&new, &old, &standing, false, &nodes), "one may be missing");
}

#[test]
fn pods_of_a_strict_spread_find_where_the_others_stay() {
    let strict = |replicas, over| {
        let mut wish = spec(replicas, 100, 1);
        wish.spread = Spread { over, strict: true };
        wish
    };
    let nodes = [named("a", 900), named("b", 900), named("c", 900)];
    let apart = |replicas| {
        let new = strict(replicas, SpreadOver::OnePerNode);
        fits(&new, &new, &on(&["a", "b"]), true, &nodes)
    };
    assert!(apart(3) && !apart(4));
    let evenly = |replicas| {
        let new = strict(replicas, SpreadOver::Nodes);
        fits(&new, &new, &on(&["a", "a"]), true, &[named("a", 900), named("b", 100)])
    };
    assert!(evenly(3) && !evenly(4), "b has room for one, and a may have no more than two");
    let mut zones = nodes;
    for (node, zone) in zones.iter_mut().zip(["x", "x", "y"]) {
        node.zone = Some(zone.into());
    }
    zones[2].cpu_free = CpuMillis(100);
    let by_zone = |replicas| {
        let new = strict(replicas, SpreadOver::Zones);
        fits(&new, &new, &on(&["a", "b"]), true, &zones)
    };
    assert!(by_zone(3) && !by_zone(4));
}

#[test]
fn a_strict_spread_of_new_pods_does_not_wait_for_a_place_that_may_not_come() {
    let mut new = spec(4, 100, 1);
    new.spread = Spread { over: SpreadOver::Nodes, strict: true };
    let standing = on(&["a", "a", "b", "b"]);
    assert!(fits(&new, &new, &standing, false, &[named("a", 100), named("b", 100)]));
    // The first goes to a. When an old one leaves a as well, the second has to go to b, which is full.
    assert!(!fits(&new, &new, &standing, false, &[named("a", 100), named("b", 0)]));
}

#[test]
fn what_keeps_data_is_replaced_one_after_the_other_from_the_highest_number() {
    let form = |cpu: &str| SpecForm {
        image: "db:1".into(),
        replicas: "2".into(),
        cpu: cpu.into(),
        memory: "1Mi".into(),
        data_path: "/d".into(),
        data_size: "1Gi".into(),
        ..SpecForm::starter()
    };
    let spec = |cpu: &str| form(cpu).parse().expect("valid").0;
    let (old, new) = (spec("100m"), spec("150m"));
    assert!(new.is_stateful());
    let standing = on(&["a", "b"]);
    let asked = |a: u64, b: u64| fits(&new, &old, &standing, false, &[named("a", a), named("b", b)]);
    assert!(asked(50, 50), "each finds the place of the one before");
    assert!(!asked(50, 49) && !asked(49, 50));
    assert!(asked(0, 200), "both go to b");
    assert!(!asked(0, 99) && !asked(99, 0), "there is room for one");
    assert!(asked(200, 0), "both go to a, the second when the first has left it");
}
