//! What a smaller wish would do: the same question is asked of smaller ones, until the largest that fits is found.

use app::{
    i18n::Text,
    model::{Bytes, CpuMillis, PodNeeds, SmallerRequest},
    text,
};

/// Below how many thousandths of a core CPU is told in which steps: no finer than people read it, and no more than some
/// thousand of them, so that a dozen questions find the step.
const CPU_STEPS: [(u64, u64); 2] = [(10_000, 10), (100_000, 100)];
const WHOLE_CORES: u64 = 1000;
/// The same of memory, in bytes.
const MEMORY_STEPS: [(u64, u64); 3] = [(10 << 30, 16 << 20), (100 << 30, 128 << 20), (1 << 40, 1 << 30)];
const LARGE_MEMORY: u64 = 128 << 30;

/// A wish that does not fit as it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct TooLarge {
    /// What each pod asks for.
    pub(super) pod: PodNeeds,
    /// How many there are to be.
    pub(super) replicas: u32,
    /// How many run and stay: to be told that these fit helps nobody.
    pub(super) staying: u32,
    /// Whether the namespace's quota, which counts the most memory that pods may use, has too little of it.
    pub(super) quota_counts: bool,
}

/// The largest smaller wishes that fit. `fits` answers for pods of some size, so many of them; what fits with more has to
/// fit with less.
pub(super) fn smaller(wish: TooLarge, fits: impl Fn(PodNeeds, u32) -> bool) -> SmallerRequest {
    let TooLarge { pod, replicas, staying, quota_counts } = wish;
    let pods = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    let fewer = largest(replicas.saturating_sub(1).into(), |n| fits(pod, pods(n))).map(pods).filter(|n| *n > staying);

    let step = step_of(&CPU_STEPS, WHOLE_CORES, pod.cpu.0);
    let less_cpu = |steps: u64| CpuMillis(steps * step);
    let cpu = largest(pod.cpu.0.saturating_sub(1) / step, |n| fits(PodNeeds { cpu: less_cpu(n), ..pod }, replicas));

    let limited = pod.most_memory != pod.memory;
    let asked = if quota_counts { pod.most_memory } else { pod.memory };
    let step = step_of(&MEMORY_STEPS, LARGE_MEMORY, asked.0);
    let less_memory = |steps: u64| Bytes(steps * step);
    let memory = largest(asked.0.saturating_sub(1) / step, |n| {
        let memory = pod.memory.min(less_memory(n));
        // A limit that is given by itself stays, unless it is what is too much.
        let most_memory = if limited && !quota_counts { pod.most_memory } else { less_memory(n) };
        fits(PodNeeds { memory, most_memory, ..pod }, replicas)
    });

    let (cpu, memory) = (cpu.map(less_cpu), memory.map(less_memory));
    let mut ways = Vec::new();
    if let Some(fewer) = fewer {
        ways.push(text!("with {fewer} instead of {replicas} pods", "{fewer} 个 Pod（原 {replicas} 个）"));
    }
    if let Some(memory) = memory {
        let (less, asked) = (mebibytes(memory), mebibytes(asked));
        ways.push(if limited && quota_counts {
            text!("with a memory limit of {less} instead of {asked} for each", "每个 Pod 内存上限 {less}（原 {asked}）")
        } else {
            text!("with {less} instead of {asked} of memory for each", "每个 Pod 内存 {less}（原 {asked}）")
        });
    }
    if let Some(less) = cpu {
        let asked = pod.cpu;
        ways.push(text!("with {less} instead of {asked} cores for each", "每个 Pod {less} 核（原 {asked} 核）"));
    }
    SmallerRequest { replicas: fewer, cpu, memory, detail: sentence(&ways) }
}

fn sentence(ways: &[Text]) -> Text {
    if ways.is_empty() {
        return text!(
            "Neither fewer pods nor less CPU or memory alone would make it fit.",
            "仅减少 Pod 数量、CPU 或内存中的一项都无法放下。"
        );
    }
    let joined = |of: fn(&Text) -> &str, between: &str| ways.iter().map(of).collect::<Vec<_>>().join(between);
    let (en, zh) = (joined(|way| way.en.as_str(), ", or "), joined(|way| way.zh.as_str(), "；"));
    Text { en: format!("It would fit {en}."), zh: format!("以下任一调整即可放下：{zh}。") }
}

/// The largest number up to `most` that fits; `None` when not even 1 does.
fn largest(most: u64, fits: impl Fn(u64) -> bool) -> Option<u64> {
    if most == 0 || !fits(1) {
        return None;
    }
    let (mut good, mut bad) = (1, most.saturating_add(1));
    while bad - good > 1 {
        let middle = good + (bad - good) / 2;
        if fits(middle) {
            good = middle;
        } else {
            bad = middle;
        }
    }
    Some(good)
}

fn step_of(steps: &[(u64, u64)], beyond: u64, asked: u64) -> u64 {
    steps.iter().find(|(below, _)| asked < *below).map_or(beyond, |(_, step)| *step)
}

/// As people read it; below 10 GiB in MiB, which tells 1520 MiB from 1.5 GiB.
fn mebibytes(bytes: Bytes) -> String {
    let mib = bytes.0 >> 20;
    if bytes.0 < 10 << 30 && bytes.0.is_multiple_of(1 << 20) { format!("{mib} MiB") } else { bytes.to_string() }
}
