//! What fits and what does not, by made-up nodes and quotas.

use app::model::{NodeResource, SpecForm, Spread, SpreadOver};

use super::*;
use crate::{registry::RegistryError, services::fit_images::images_of};

pub(super) fn spec(replicas: u32, cpu: u64, memory_mib: u64) -> AppSpec {
    let form = SpecForm {
        image: "demo:1".into(),
        replicas: replicas.to_string(),
        cpu: format!("{cpu}m"),
        memory: format!("{memory_mib}Mi"),
        ..SpecForm::starter()
    };
    form.parse().expect("valid").0
}

pub(super) fn node(cpu: u64, memory_mib: u64, pods: u32) -> NodeRoom {
    NodeRoom {
        name: "n".into(),
        schedulable: true,
        cpu_free: CpuMillis(cpu),
        memory_free: Bytes(memory_mib << 20),
        storage_free: Bytes(10 << 30),
        pods_free: pods,
        owed: crate::kubernetes::index::Owed::default(),
        taints: vec![],
        zone: None,
    }
}

pub(super) fn quota(cpu: u64, memory_mib: u64, pods: u32) -> Quota {
    Quota { cpu: CpuMillis(cpu), memory: Bytes(memory_mib << 20), pods }
}

/// What is asked of nodes of which nothing more is known.
fn wish<'a>(new: &'a AppSpec, old: Option<(&'a AppSpec, u32)>, stays: bool) -> Wish<'a> {
    Wish { new, old, standing: &[], stays }
}

fn peak(wish: Wish<'_>) -> Peak {
    wish.peak(wish.new.pod(), wish.replicas())
}

fn answer(new: &AppSpec, old: Option<&AppSpec>, free: Quota, nodes: &[NodeRoom]) -> FitAnswer {
    reckon(wish(new, old.map(|old| (old, old.replicas)), false), free, quota(0, 0, 0), nodes, &[])
}

pub(super) fn failing(answer: &FitAnswer) -> Vec<FitCheckKind> {
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
    let asked = |running| peak(wish(&new, Some((&new, running)), false));
    assert_eq!((asked(6).pods, asked(6).most), (2, 8), "6 run, a quarter more for the batch");
    assert_eq!(asked(9).most, 10, "no more than 8 stay");
    assert_eq!(peak(wish(&new, None, false)).pods, 2);
}

#[test]
fn pods_that_stay_need_no_room_again() {
    let (old, new) = (spec(4, 500, 256), spec(6, 500, 256));
    let wish = |new, running| wish(new, Some((&old, running)), true);
    let more = reckon(wish(&new, 4), quota(1000, 512, 2), quota(0, 0, 0), &[node(1000, 512, 2)], &[]);
    assert!(more.fits, "{}", more.summary.en);
    assert!(more.summary.en.starts_with("Fits: 6 pods on"), "{}", more.summary.en);
    let short = reckon(wish(&new, 4), quota(999, 512, 2), quota(0, 0, 0), &[node(1000, 512, 2)], &[]);
    assert_eq!(failing(&short), [FitCheckKind::QuotaCpu]);
    let fewer = peak(wish(&new, 9));
    assert_eq!((fewer.cpu, fewer.pods, fewer.most), (0, 0, 9));
}

#[test]
fn helpers_and_what_runs_before_count() {
    let mut with = spec(1, 100, 128);
    let mut helper = app::model::Container::new("helper:1");
    helper.resources.memory_limit = Some(Bytes(256 << 20));
    with.containers.push(helper.clone());
    let most = peak(wish(&with, None, false));
    assert_eq!((most.cpu, most.memory), (200, 384 << 20), "the quota counts limits of memory");
    helper.resources.cpu = CpuMillis(900);
    with.init_containers.push(helper);
    assert_eq!(peak(wish(&with, None, false)).cpu, 900, "the most of both");
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
        wish.spread = Spread { over, strict: true };
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
    wish.spread = Spread { over: SpreadOver::OnePerNode, strict: true };
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
    let new = spec(1, 100, 128);
    let said = |container: Option<&str>, said| ImageSaid {
        image: "demo:1".into(),
        container: container.map(str::to_owned),
        said,
    };
    let nodes = [node(4000, 4096, 10)];
    let told =
        |images: &[ImageSaid]| reckon(wish(&new, None, false), quota(9000, 9000, 9), quota(0, 0, 0), &nodes, images);
    let missing = told(&[said(None, Err(RegistryError::NotFound))]);
    assert!(missing.fits);
    assert!(missing.summary.en.contains("The registry has no such image"), "{}", missing.summary.en);
    assert_eq!(failing(&missing), [FitCheckKind::Image]);
    let silent = told(&[said(None, Err(RegistryError::Unavailable(String::new())))]);
    assert!(failing(&silent).is_empty(), "nodes may reach it");
    let helper = told(&[said(None, Ok("sha256:1".into())), said(Some("proxy"), Err(RegistryError::Denied))]);
    assert!(helper.summary.en.contains("But: Container proxy, image demo:1: The registry does not"), "{helper:?}");
    assert_eq!(helper.checks.iter().filter(|c| c.kind == FitCheckKind::Image).count(), 2);
}

#[test]
fn each_image_is_asked_for_once_and_the_applications_own_first() {
    let mut of = spec(1, 100, 128);
    let container =
        |name: &str, image: &str| app::model::Container { name: name.into(), ..app::model::Container::new(image) };
    of.containers.push(container("again", "demo:1"));
    of.containers.push(container("proxy", "proxy:2"));
    of.init_containers = vec![container("migrate", "proxy:2"), container("wait", "wait:3")];
    let named: Vec<_> = images_of(&of).into_iter().map(|(name, image)| (name.unwrap_or_default(), image)).collect();
    let expected = [("", "demo:1"), ("proxy", "proxy:2"), ("wait", "wait:3")];
    assert_eq!(named, expected.map(|(name, image)| (name.to_owned(), image.to_owned())));
}

#[test]
fn what_is_short_on_nodes_is_told_with_how_much_and_on_how_many() {
    let new = spec(1, 100, 512);
    let nodes = [node(4000, 384, 9), node(4000, 256, 9), node(4000, 128, 9), node(50, 4096, 9), node(4000, 4096, 0)];
    let told = answer(&new, None, quota(9000, 9000, 9), &nodes);
    let shortage = told.shortage.as_ref().expect("no node has room");
    assert_eq!((shortage.nodes, shortage.wanted, shortage.homeless), (5, 1, 1));
    let short: Vec<_> = shortage.short.iter().map(|s| (s.resource, s.nodes, s.least)).collect();
    assert_eq!(short, [(NodeResource::Memory, 3, 128 << 20), (NodeResource::Cpu, 1, 50), (NodeResource::Pods, 1, 1)]);
    let sentence = "On 3 of 5 nodes memory is short, on the roomiest by 128 MiB.";
    assert!(told.summary.en.contains(sentence), "{}", told.summary.en);
    // Those that have a place take theirs first.
    let three = answer(&spec(3, 100, 512), None, quota(9000, 9000, 9), &[node(4000, 1280, 9)]);
    let shortage = three.shortage.expect("one has no room");
    assert_eq!((shortage.homeless, shortage.short[0].least), (1, 256 << 20));
    assert_eq!(answer(&new, None, quota(9000, 9000, 9), &[node(100, 512, 1)]).shortage, None);
}

#[test]
fn a_smaller_request_that_would_fit_on_nodes_is_told() {
    let nodes = [node(4000, 1024, 9), node(4000, 1024, 9)];
    let told = answer(&spec(5, 500, 512), None, quota(9000, 9000, 9), &nodes);
    let smaller = told.smaller.as_ref().expect("it does not fit");
    assert_eq!((smaller.replicas, smaller.cpu, smaller.memory), (Some(4), None, Some(Bytes(336 << 20))));
    let sentence = "It would fit with 4 instead of 5 pods, or with 336 MiB instead of 512 MiB of memory for each.";
    assert_eq!(smaller.detail.en, sentence);
    assert!(told.refusal().en.ends_with(sentence) && told.refusal().en.starts_with(&told.summary.en));
    let so = |replicas, memory| answer(&spec(replicas, 500, memory), None, quota(9000, 9000, 9), &nodes);
    assert!(so(4, 512).fits && so(5, 336).fits && !so(5, 352).fits, "what is told is so, and is the most");
    assert_eq!(so(4, 512).smaller, None);
}

#[test]
fn a_smaller_request_that_would_fit_the_quota_is_told() {
    let nodes = [node(9000, 9000, 99)];
    let cpu = answer(&spec(4, 500, 256), None, quota(1999, 9000, 99), &nodes).smaller.expect("it does not fit");
    assert_eq!((cpu.replicas, cpu.cpu, cpu.memory), (Some(3), Some(CpuMillis(490)), None));
    assert!(cpu.detail.en.ends_with("or with 0.49 instead of 0.5 cores for each."), "{}", cpu.detail.en);
    // The quota counts limits, which may be more than what is kept.
    let mut limited = spec(2, 100, 128);
    limited.containers[0].resources.memory_limit = Some(Bytes(512 << 20));
    let memory = answer(&limited, None, quota(9000, 800, 99), &nodes).smaller.expect("it does not fit");
    assert_eq!((memory.replicas, memory.cpu, memory.memory), (Some(1), None, Some(Bytes(400 << 20))));
    let sentence = "with a memory limit of 400 MiB instead of 512 MiB for each";
    assert!(memory.detail.en.contains(sentence), "{}", memory.detail.en);
    let pods = answer(&spec(4, 500, 256), None, quota(9000, 9000, 2), &nodes).smaller.expect("it does not fit");
    assert_eq!((pods.replicas, pods.cpu, pods.memory), (Some(2), None, None));
}

#[test]
fn it_is_said_when_nothing_smaller_helps() {
    let mut cordoned = node(4000, 4096, 10);
    cordoned.schedulable = false;
    let told = answer(&spec(4, 100, 128), None, quota(9000, 9000, 9), &[cordoned]);
    let smaller = told.smaller.as_ref().expect("it does not fit");
    assert_eq!((smaller.replicas, smaller.cpu, smaller.memory), (None, None, None));
    assert!(told.refusal().en.ends_with("Neither fewer pods nor less CPU or memory alone would make it fit."));
    // More of what stays is no help when nothing is added.
    let (old, new) = (spec(4, 500, 256), spec(6, 500, 256));
    let more = reckon(wish(&new, Some((&old, 4)), true), quota(499, 0, 2), quota(0, 0, 0), &[node(9000, 9000, 9)], &[]);
    assert_eq!(more.smaller.expect("it does not fit").replicas, None);
}

#[test]
fn the_largest_that_fits_is_found_by_few_questions() {
    let pod =
        PodNeeds { cpu: CpuMillis(99_000), memory: Bytes(99 << 30), most_memory: Bytes(99 << 30), storage: Bytes(0) };
    let asked = std::cell::Cell::new(0);
    let wish = TooLarge { pod, replicas: 500, staying: 0, quota_counts: false };
    let told = smaller(wish, |less, replicas| {
        asked.set(asked.get() + 1);
        replicas < 123 || less.cpu.0 < 45_678 || less.memory.0 < 56 << 30
    });
    assert_eq!(
        (told.replicas, told.cpu, told.memory),
        (Some(122), Some(CpuMillis(45_600)), Some(Bytes((56 << 30) - (128 << 20))))
    );
    assert!(asked.get() <= 36, "{} questions", asked.get());
}

#[test]
fn what_was_not_counted_is_told_and_idle_hosts_are_not_made_up() {
    let mut plain = spec(1, 100, 128);
    let told = |spec: &AppSpec| answer(spec, None, quota(9000, 9000, 9), &[node(4000, 4096, 10)]);
    assert!(told(&plain).notes.is_empty());
    let json = serde_json::to_value(told(&plain)).expect("an answer is JSON");
    for absent in ["idle_hosts", "smaller", "shortage", "notes"] {
        assert_eq!(json.get(absent), None, "{absent}");
    }
    plain.patches.push(app::model::Patch { kind: "Deployment".into(), operations: Vec::new() });
    assert!(told(&plain).notes[0].en.starts_with("Patches may say"));
    let form =
        SpecForm { image: "db:1".into(), data_path: "/d".into(), data_size: "1Gi".into(), ..SpecForm::starter() };
    assert!(told(&form.parse().expect("valid").0).notes[0].en.starts_with("A disk that lies on one node"));
}
