//! Capacity as bars: used, requested, allocatable. SVG, so that widths are attributes and need no style.

use leptos::{oco::Oco, prelude::*};

use crate::{
    model::{Bytes, Capacity, CpuMillis},
    t, tf,
};

/// What a bar shows, in any unit: all three in the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BarValues {
    /// In use; `None` when nobody measures it.
    pub used: Option<u64>,
    /// Asked for.
    pub requested: u64,
    /// There is.
    pub total: u64,
}

/// From here on a bar is coloured as pressed.
const HIGH: f64 = 80.0;
/// From here on as full.
const FULL: f64 = 95.0;

impl BarValues {
    /// CPU in thousandths of a core.
    pub fn cpu(c: &Capacity) -> Self {
        Self { used: c.cpu_used.map(|v| v.0), requested: c.cpu_requested.0, total: c.cpu.0 }
    }

    /// Memory in bytes.
    pub fn memory(c: &Capacity) -> Self {
        Self { used: c.memory_used.map(|v| v.0), requested: c.memory_requested.0, total: c.memory.0 }
    }

    /// Pods: what is there counts as asked for.
    pub fn pods(c: &Capacity) -> Self {
        Self { used: None, requested: c.pods_used.into(), total: c.pods.into() }
    }

    /// A part of `total` in percent, from 0 to 100; nothing when there is nothing to share.
    fn percent(self, part: u64) -> f64 {
        if self.total == 0 {
            return 0.0;
        }
        #[expect(clippy::cast_precision_loss, reason = "a picture of 100 units")]
        let share = part as f64 / self.total as f64 * 100.0;
        (share.min(100.0) * 10.0).round() / 10.0
    }

    /// Width of what is in use.
    pub fn used_percent(self) -> f64 {
        self.percent(self.used.unwrap_or(0))
    }

    /// Width of what is asked for.
    pub fn requested_percent(self) -> f64 {
        self.percent(self.requested)
    }

    /// `high`, `full`, or nothing: how near the end the nearer of the two is.
    pub fn level(self) -> Option<&'static str> {
        let most = self.used_percent().max(self.requested_percent());
        match most {
            FULL.. => Some("full"),
            HIGH.. => Some("high"),
            _ => None,
        }
    }
}

/// The bar alone. What it shows stands in words beside it.
#[component]
fn Bar(#[prop(into)] values: Signal<BarValues>) -> impl IntoView {
    view! {
        <svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
            <rect class="bar-track" width="100" height="8"></rect>
            <rect class="bar-requested" width=move || values.get().requested_percent().to_string() height="8"></rect>
            <rect class="bar-used" width=move || values.get().used_percent().to_string() height="8"></rect>
        </svg>
    }
}

/// A capacity with its name, its figures in words, and its bar.
#[component]
pub fn CapacityBar(
    /// CPU, memory, pods.
    #[prop(into)]
    name: Oco<'static, str>,
    /// The figures in words: see [`cpu_words`], [`memory_words`].
    #[prop(into)]
    text: Signal<String>,
    /// The figures.
    #[prop(into)]
    values: Signal<BarValues>,
) -> impl IntoView {
    view! {
        <div class="capacity" data-level=move || values.get().level()>
            <span class="capacity-name">{name}</span>
            <span class="capacity-text">{move || text.get()}</span>
            <Bar values />
        </div>
    }
}

/// A figure in a table with its share drawn under it.
#[component]
pub fn Share(
    /// The figure in words: `3.5 of 8`.
    #[prop(into)]
    text: Signal<String>,
    /// The figures.
    #[prop(into)]
    values: Signal<BarValues>,
) -> impl IntoView {
    view! {
        <span class="share" data-level=move || values.get().level()>
            <span>{move || text.get()}</span>
            <Bar values />
        </span>
    }
}

/// How much there is of something that should be about as much as its target, which is the mark in the middle.
#[component]
pub fn TargetBar(
    /// What it is called.
    #[prop(into)]
    name: Oco<'static, str>,
    /// The figures in words.
    #[prop(into)]
    text: Signal<String>,
    /// How much there is, in percent of the target; `None` while nobody knows.
    #[prop(into)]
    share: Signal<Option<u32>>,
) -> impl IntoView {
    let width = move || share.get().map_or(0.0, |share| f64::from(share.min(200)) / 2.0);
    view! {
        <div class="capacity" data-level=move || share.get().filter(|share| *share > 110).map(|_| "high")>
            <span class="capacity-name">{name}</span>
            <span class="capacity-text">{move || text.get()}</span>
            <svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
                <rect class="bar-track" width="100" height="8"></rect>
                <rect class="bar-used" width=move || width().to_string() height="8"></rect>
                <rect class="bar-limit" x="49.75" width="0.5" height="8"></rect>
            </svg>
        </div>
    }
}

/// What the parts of the bars mean; once below a group of them.
#[component]
pub fn BarLegend() -> impl IntoView {
    view! {
        <ul class="legend">
            <li>{t!("in use", "已使用")}</li>
            <li data-part="requested">{t!("requested", "已申请")}</li>
            <li data-part="free">{t!("free", "空闲")}</li>
        </ul>
    }
}

/// `0.41 in use, 1.5 of 4 cores requested`.
pub fn cpu_words(c: &Capacity) -> String {
    let (requested, total) = (c.cpu_requested, c.cpu);
    match c.cpu_used {
        Some(used) => tf!(
            "{used} in use, {requested} of {total} cores requested",
            "已使用 {used}，已申请 {requested} / {total} 核"
        ),
        None => tf!("{requested} of {total} cores requested", "已申请 {requested} / {total} 核"),
    }
}

/// `3.1 GiB in use, 3.4 GiB of 4 GiB requested`.
pub fn memory_words(c: &Capacity) -> String {
    let (requested, total) = (c.memory_requested, c.memory);
    match c.memory_used {
        Some(used) => {
            tf!("{used} in use, {requested} of {total} requested", "已使用 {used}，已申请 {requested} / {total}")
        }
        None => tf!("{requested} of {total} requested", "已申请 {requested} / {total}"),
    }
}

/// `3.5 of 8`, for a narrow column.
pub fn cpu_share(part: CpuMillis, total: CpuMillis) -> String {
    tf!("{part} of {total}", "{part} / {total}")
}

/// `14.1 of 32 GiB`, for a narrow column: the unit once when both have the same.
pub fn memory_share(part: Bytes, total: Bytes) -> String {
    let (part, total) = (part.to_string(), total.to_string());
    let part = match (part.split_once(' '), total.split_once(' ')) {
        (Some((n, a)), Some((_, b))) if a == b => n.to_owned(),
        _ => part,
    };
    tf!("{part} of {total}", "{part} / {total}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn values(used: Option<u64>, requested: u64, total: u64) -> BarValues {
        BarValues { used, requested, total }
    }

    #[test]
    fn widths_stay_within_the_bar() {
        assert!((values(Some(1), 2, 3).used_percent() - 33.3).abs() < f64::EPSILON);
        assert!((values(Some(9), 12, 3).requested_percent() - 100.0).abs() < f64::EPSILON);
        assert!(values(Some(9), 12, 0).requested_percent().abs() < f64::EPSILON);
        assert!((values(None, u64::MAX, u64::MAX).requested_percent() - 100.0).abs() < f64::EPSILON);
    }

    #[test]
    fn the_nearer_of_the_two_gives_the_level() {
        assert_eq!(values(Some(10), 79, 100).level(), None);
        assert_eq!(values(Some(81), 10, 100).level(), Some("high"));
        assert_eq!(values(None, 95, 100).level(), Some("full"));
        assert_eq!(values(None, 0, 0).level(), None);
    }

    #[test]
    fn the_unit_stands_once() {
        assert_eq!(memory_share(Bytes(3 << 29), Bytes(32 << 30)), "1.5 of 32 GiB");
        assert_eq!(memory_share(Bytes(512 << 20), Bytes(32 << 30)), "512 MiB of 32 GiB");
        assert_eq!(cpu_share(CpuMillis(3500), CpuMillis(8000)), "3.5 of 8");
    }
}
