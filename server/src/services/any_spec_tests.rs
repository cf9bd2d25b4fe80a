//! What holds of "will it fit?" and of comparing, whatever two specifications are about.

use std::collections::BTreeMap;

use app::model::{AppSpec, Bytes, CpuMillis, FitAnswer, NodeTaint, Quota};
use proptest::{
    arbitrary::any,
    collection::vec,
    option, prop_assert, prop_assert_eq, prop_oneof,
    sample::select,
    strategy::{Just, Strategy},
};

use super::{
    diff::{Side, changes, sections},
    fit::{Wish, reckon},
};
use crate::{
    kubernetes::index::NodeRoom,
    render::{any_spec::specs, choices::for_all},
};

/// Nothing, little, much, or more than there is anywhere.
fn amount() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0_u64), 1_u64..5_000, (1_u64 << 20)..(64 << 30), Just(u64::MAX)]
}

fn quota() -> impl Strategy<Value = Quota> {
    (amount(), amount(), any::<u32>()).prop_map(|(cpu, memory, pods)| Quota {
        cpu: CpuMillis(cpu),
        memory: Bytes(memory),
        pods,
    })
}

fn node() -> impl Strategy<Value = NodeRoom> {
    let taint = select(vec!["NoSchedule", "PreferNoSchedule", "NoExecute"]);
    let zone = select(vec!["a", "b"]);
    (quota(), amount(), any::<bool>(), option::of(taint), option::of(zone)).prop_map(
        |(free, storage, schedulable, taint, zone)| NodeRoom {
            name: "n".to_owned(),
            schedulable,
            cpu_free: free.cpu,
            memory_free: free.memory,
            storage_free: Bytes(storage),
            pods_free: free.pods,
            taints: taint.map(tainted).into_iter().collect(),
            zone: zone.map(Into::into),
            owed: crate::kubernetes::views::Owed::default(),
        },
    )
}

fn tainted(effect: &str) -> NodeTaint {
    NodeTaint { key: "k".to_owned(), value: String::new(), effect: effect.to_owned() }
}

fn side(spec: &AppSpec) -> (BTreeMap<String, String>, Vec<(String, String)>) {
    let digests = spec.images().into_iter().map(|image| (image.to_owned(), format!("sha256:{image}"))).collect();
    let secrets = spec.secrets().into_iter().map(|name| (name.to_owned(), "0123456789".to_owned())).collect();
    (digests, secrets)
}

#[test]
fn what_differs_is_told_from_both_sides_and_nothing_else() {
    for_all((specs(), specs()), |(one, other)| {
        let ((digests, secrets), (other_digests, other_secrets)) = (side(&one), side(&other));
        let left = Side::new(&one, &digests, &secrets);
        let right = Side::new(&other, &other_digests, &other_secrets);
        let same = sections(left, left);
        prop_assert!(same.iter().all(|section| !section.changed && section.lines.is_empty()), "{same:?}");
        prop_assert!(changes(left, left).is_empty());
        let told = changes(left, right);
        prop_assert_eq!(told.is_empty(), one == other, "{:?}", told);
        prop_assert_eq!(&told, &changes(right, left));
        let shown = sections(left, right).into_iter().filter(|section| section.changed);
        prop_assert_eq!(shown.map(|section| section.title).collect::<Vec<_>>(), told);
        Ok(())
    });
}

#[test]
fn whether_it_fits_is_answered_whatever_there_is() {
    let room = (quota(), quota(), vec(node(), 0..6));
    for_all((specs(), specs(), 0_u32..600, any::<bool>(), room), |(new, old, running, stays, (quota, used, nodes))| {
        let sane = |answer: &FitAnswer| {
            let short = answer.checks.iter().any(|check| !check.ok);
            let mut said = answer.checks.iter().map(|check| &check.detail).chain([&answer.summary]);
            answer.fits != short && said.all(|text| !text.en.is_empty() && !text.zh.is_empty())
        };
        for old in [None, Some((&old, running))] {
            let wish = Wish { new: &new, old, standing: &[], stays: stays && old.is_some() };
            let answer = reckon(wish, quota, used, &nodes, &[]);
            prop_assert!(sane(&answer), "{answer:?}");
            // More of the quota never stands in the way.
            let all = Quota { cpu: CpuMillis(u64::MAX), memory: Bytes(u64::MAX), pods: u32::MAX };
            let none = Quota { cpu: CpuMillis(0), memory: Bytes(0), pods: 0 };
            let roomier = reckon(wish, all, none, &nodes, &[]);
            prop_assert!(roomier.fits || !answer.fits, "{answer:?} but with more {roomier:?}");
        }
        Ok(())
    });
}
