//! What fits and what does not, by made-up nodes and quotas.

use app::model::SpecForm;

use super::*;

fn spec(replicas: u32, cpu: u64, memory_mib: u64) -> AppSpec {
    let form = SpecForm {
        image: "demo:1".into(),
        replicas: replicas.to_string(),
        cpu: format!("{cpu}m"),
        memory: format!("{memory_mib}Mi"),
        ..SpecForm::starter()
    };
    form.parse().expect("valid").0
}

fn node(cpu: u64, memory_mib: u64, pods: u32) -> NodeRoom {
    NodeRoom {
        name: "n".into(),
        schedulable: true,
        cpu_free: CpuMillis(cpu),
        memory_free: Bytes(memory_mib << 20),
        storage_free: Bytes(10 << 30),
        pods_free: pods,
        taints: vec![],
        zone: None,
    }
}

fn quota(cpu: u64, memory_mib: u64, pods: u32) -> Quota {
    Quota { cpu: CpuMillis(cpu), memory: Bytes(memory_mib << 20), pods }
}

fn answer(new: &AppSpec, old: Option<&AppSpec>, free: Quota, nodes: &[NodeRoom]) -> FitAnswer {
    reckon(Wish { new, old: old.map(|old| (old, old.replicas)), stays: false }, free, quota(0, 0, 0), nodes, None)
}

fn failing(answer: &FitAnswer) -> Vec<FitCheckKind> {
    answer.checks.iter().filter(|c| !c.ok).map(|c| c.kind).collect()
}

#[test]
fn a_new_application_needs_all_its_pods() {
    let wish = spec(4, 500, 256);
    let nodes = [node(1000, 4096, 10), node(1000, 4096, 10)];
    assert!(answer(&wish, None, quota(2000, 1024, 4), &nodes).fits);
    let tight = answer(&wish, None, quota(1999, 1023, 3), &nodes);
    assert_eq!(failing(&tight), [FitCheckKind::QuotaCpu, FitCheckKind::QuotaMemory, FitCheckKind::QuotaPods]);
    assert!(tight.summary.en.contains("CPU is short by 0.001 cores"), "{}", tight.summary.en);
}

#[test]
fn an_upgrade_needs_its_surge_alone() {
    let wish = spec(4, 500, 256);
    assert!(answer(&wish, Some(&wish), quota(500, 256, 1), &[node(500, 256, 1)]).fits);
    let none = answer(&wish, Some(&wish), quota(499, 256, 1), &[node(499, 256, 1)]);
    assert_eq!(failing(&none), [FitCheckKind::QuotaCpu, FitCheckKind::Nodes]);
}

#[test]
fn larger_pods_need_more_than_the_old_ones_leave() {
    let (old, new) = (spec(4, 100, 128), spec(4, 500, 128));
    // 4 new of 500 and the last old one of 100, less 4 old of 100 that run.
    assert!(answer(&new, Some(&old), quota(1700, 128, 1), &[node(4000, 4096, 10)]).fits);
    assert!(!answer(&new, Some(&old), quota(1699, 128, 1), &[node(4000, 4096, 10)]).fits);
    assert!(!answer(&new, Some(&old), quota(1700, 128, 1), &[node(500, 4096, 10)]).fits);
}

#[test]
fn an_autoscaled_application_is_replaced_as_large_as_it_is() {
    let form = SpecForm { max_replicas: "8".into(), ..SpecForm::starter() };
    let new = SpecForm { image: "demo:1".into(), ..form }.parse().expect("valid").0;
    let asked = |running| Wish { new: &new, old: Some((&new, running)), stays: false }.peak();
    assert_eq!((asked(6).pods, asked(6).most), (2, 8), "6 run, a quarter more for the batch");
    assert_eq!(asked(9).most, 10, "no more than 8 stay");
    assert_eq!(Wish { new: &new, old: None, stays: false }.peak().pods, 2);
}

#[test]
fn pods_that_stay_need_no_room_again() {
    let (old, new) = (spec(4, 500, 256), spec(6, 500, 256));
    let wish = |new, running| Wish { new, old: Some((&old, running)), stays: true };
    let more = reckon(wish(&new, 4), quota(1000, 512, 2), quota(0, 0, 0), &[node(1000, 512, 2)], None);
    assert!(more.fits, "{}", more.summary.en);
    assert!(more.summary.en.starts_with("Fits: 6 pods on"), "{}", more.summary.en);
    let short = reckon(wish(&new, 4), quota(999, 512, 2), quota(0, 0, 0), &[node(1000, 512, 2)], None);
    assert_eq!(failing(&short), [FitCheckKind::QuotaCpu]);
    let fewer = wish(&new, 9).peak();
    assert_eq!((fewer.cpu, fewer.pods, fewer.placed, fewer.most), (0, 0, 0, 9));
}

#[test]
fn helpers_and_what_runs_before_count() {
    let mut wish = spec(1, 100, 128);
    let mut helper = app::model::Container::new("helper:1");
    helper.resources.memory_limit = Some(Bytes(256 << 20));
    wish.containers.push(helper.clone());
    let peak = Wish { new: &wish, old: None, stays: false }.peak();
    assert_eq!((peak.cpu, peak.memory), (200, 384 << 20), "the quota counts limits of memory");
    helper.resources.cpu = CpuMillis(900);
    wish.init_containers.push(helper);
    assert_eq!(Wish { new: &wish, old: None, stays: false }.peak().cpu, 900, "the most of both");
}

#[test]
fn scaling_down_needs_nothing_more() {
    assert!(answer(&spec(2, 500, 256), Some(&spec(8, 500, 256)), quota(0, 0, 0), &[]).fits);
}

#[test]
fn room_that_is_split_over_nodes_is_no_room_for_a_large_pod() {
    let wish = spec(1, 1500, 256);
    let split = answer(&wish, None, quota(9000, 9000, 9), &[node(1000, 4096, 10), node(1000, 4096, 10)]);
    assert_eq!(failing(&split), [FitCheckKind::Nodes]);
    assert!(split.summary.en.contains("1 of 1 pods"), "{}", split.summary.en);
}

#[test]
fn disk_counts_when_it_is_asked_for() {
    let mut wish = spec(3, 100, 128);
    wish.containers[0].resources.storage = Some(Bytes(4 << 30));
    let nodes = [node(4000, 4096, 10)];
    let tight = answer(&wish, None, quota(9000, 9000, 9), &nodes);
    assert_eq!(failing(&tight), [FitCheckKind::Nodes]);
    assert!(tight.summary.en.contains("1 of 3 pods") && tight.summary.en.contains("4 GiB of the node"), "{tight:?}");
    wish.containers[0].resources.storage = Some(Bytes(3 << 30));
    assert!(answer(&wish, None, quota(9000, 9000, 9), &nodes).fits);
}

#[test]
fn a_strict_spread_leaves_room_unused() {
    let zone = |name: &str, room: u64| NodeRoom { zone: Some(name.into()), ..node(room * 100, 4096, 99) };
    let nodes = [zone("a", 5), zone("a", 5), zone("b", 2), node(900, 4096, 99)];
    let strict = |over, replicas| {
        let mut wish = spec(replicas, 100, 1);
        wish.spread = app::model::Spread { over, strict: true };
        answer(&wish, None, quota(9000, 9000, 99), &nodes).fits
    };
    // 2 in b, and one more in a; the node without a zone takes none.
    assert!(strict(SpreadOver::Zones, 5) && !strict(SpreadOver::Zones, 6));
    // 2 on the fullest, 3 on each of the others.
    assert!(strict(SpreadOver::Nodes, 11) && !strict(SpreadOver::Nodes, 12));
    assert!(strict(SpreadOver::OnePerNode, 4) && !strict(SpreadOver::OnePerNode, 5));
}

#[test]
fn pods_that_are_to_be_apart_need_a_node_each_also_after_an_upgrade() {
    let mut wish = spec(3, 100, 1);
    wish.spread = app::model::Spread { over: SpreadOver::OnePerNode, strict: true };
    let asked = |nodes: &[NodeRoom]| answer(&wish, Some(&wish), quota(9000, 9000, 99), nodes);
    assert!(asked(&[node(900, 99, 9), node(900, 99, 9), node(900, 99, 9)]).fits);
    let two = asked(&[node(900, 99, 9), node(900, 99, 9)]);
    assert!(two.summary.en.contains("spread strictly"), "{two:?}");
}

#[test]
fn cordoned_and_tainted_nodes_do_not_count() {
    let mut cordoned = node(4000, 4096, 10);
    cordoned.schedulable = false;
    let mut tainted = node(4000, 4096, 10);
    tainted.taints.push(app::model::NodeTaint { key: "k".into(), value: String::new(), effect: "NoSchedule".into() });
    let none = answer(&spec(1, 100, 128), None, quota(9000, 9000, 9), &[cordoned, tainted]);
    assert!(none.summary.en.contains("No node takes new pods"), "{}", none.summary.en);
}

#[test]
fn an_image_that_the_registry_does_not_have_is_told_and_does_not_stop() {
    let wish = spec(1, 100, 128);
    let said = Err(RegistryError::NotFound);
    let nodes = [node(4000, 4096, 10)];
    let free = quota(9000, 9000, 9);
    let told = reckon(Wish { new: &wish, old: None, stays: false }, free, quota(0, 0, 0), &nodes, Some(&said));
    assert!(told.fits);
    assert!(told.summary.en.contains("The registry has no such image"), "{}", told.summary.en);
    assert_eq!(failing(&told), [FitCheckKind::Image]);
}
