//! Figures over time, with marks for what happened then. SVG whose places are shares of its width, so that a chart fills its
//! place without a script and without styles of its own.

use leptos::{html, oco::Oco, prelude::*};

use crate::{t, tf};

/// Something that happened: a release.
#[derive(Clone, Debug, PartialEq)]
pub struct ChartMark {
    /// When, as a share of the time that is shown, from 0 to 1.
    pub at: f64,
    /// Its name, as short as can be: `#12`.
    pub label: String,
    /// What, where the pointer is at it: who and when.
    pub words: String,
    /// Whether it did not last.
    pub failed: bool,
}

const HEIGHT: f64 = 96.0;
const WIDTH: f64 = 1000.0;
/// How close, as a share of the width, two marks may be that both show their names.
const APART: f64 = 0.09;
/// From where on a mark's name stands before it.
const RIGHT: f64 = 0.9;
/// How close, as a share of the width, the pointer is to a mark that it is at.
const NEAR: f64 = 0.012;

/// What a figure is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// By tens, such as thousandths of cores.
    Tens,
    /// By twos, such as bytes.
    Twos,
}

impl Scale {
    /// A round figure that is not below any of these.
    #[expect(clippy::cast_precision_loss, reason = "the upper edge of a picture")]
    fn top(self, figures: &[Option<u64>]) -> f64 {
        let most = figures.iter().flatten().copied().max().unwrap_or_default().max(1) as f64;
        let (unit, steps): (f64, &[f64]) = match self {
            Self::Tens => (10f64.powf(most.log10().floor()), &[1.0, 2.0, 5.0, 10.0]),
            Self::Twos => (2f64.powf(most.log2().floor()), &[1.0, 1.5, 2.0]),
        };
        steps.iter().map(|step| step * unit).find(|top| *top >= most).unwrap_or(most)
    }
}

fn round(place: f64) -> f64 {
    (place * 10.0).round() / 10.0
}

/// The x of the figure `i` of `n`.
#[expect(clippy::cast_precision_loss, reason = "counts of points on a screen")]
fn x(i: usize, n: usize) -> f64 {
    if n < 2 { 0.0 } else { round(i as f64 / (n - 1) as f64 * WIDTH) }
}

/// The line as an SVG path; a gap where a figure is missing. `top` is the figure at the upper edge.
#[expect(clippy::cast_precision_loss, reason = "heights on a screen")]
fn path(figures: &[Option<u64>], top: f64) -> String {
    let mut out = String::new();
    for (i, figure) in figures.iter().enumerate() {
        let Some(figure) = figure else { continue };
        let share = if top > 0.0 { (*figure as f64 / top).clamp(0.0, 1.0) } else { 0.0 };
        let y = round(HEIGHT - 1.0 - share * (HEIGHT - 2.0));
        let follows = i > 0 && figures[i - 1].is_some();
        out.push_str(&format!("{}{} {y}", if follows { 'L' } else { 'M' }, x(i, figures.len())));
        // A single figure between gaps would not be seen.
        if !follows && figures.get(i + 1).copied().flatten().is_none() {
            out.push_str("h2");
        }
    }
    out
}

/// A share of the width, as an attribute says it.
fn percent(share: f64) -> String {
    format!("{}%", round(share * 100.0))
}

/// The marks with whether there is room for their names, the latest first.
fn named(marks: Vec<ChartMark>) -> Vec<(ChartMark, bool)> {
    let mut marks = marks;
    marks.sort_by(|a, b| b.at.total_cmp(&a.at));
    let mut last = f64::INFINITY;
    marks
        .into_iter()
        .map(|mark| {
            // One that stands to the left needs the room before it, too.
            let room = if mark.at > RIGHT { 0.0 } else { APART };
            let fits = last - mark.at >= room;
            if fits {
                last = if mark.at > RIGHT { mark.at - APART } else { mark.at };
            }
            (mark, fits)
        })
        .collect()
}

/// The figure that the pointer is at: the nearest of `n` to `offset` of `width`.
#[cfg(any(feature = "hydrate", test))]
fn nearest(offset: f64, width: f64, n: usize) -> Option<usize> {
    if n == 0 || width <= 0.0 {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of points on a screen")]
    let place = (offset / width).clamp(0.0, 1.0) * (n - 1) as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to n - 1")]
    Some(place.round() as usize)
}

/// A line of figures. Where the pointer is, its figure stands beside the title; what matters stands in words elsewhere, too.
#[component]
pub fn TimeChart(
    /// What is drawn.
    #[prop(into)]
    title: Oco<'static, str>,
    /// The figures at even distances, oldest first; nothing where nobody measured.
    figures: Vec<Option<u64>>,
    /// What they are counted in.
    scale: Scale,
    /// A figure in words.
    words: fn(u64) -> String,
    /// When a figure was taken, in words, by its index.
    #[prop(into)]
    when: Callback<usize, String>,
    /// The words below its left edge and its middle; below the right one it is now.
    edges: (String, String),
    /// What happened in the meantime.
    marks: Vec<ChartMark>,
) -> impl IntoView {
    let plot = NodeRef::<html::Div>::new();
    let pointed = RwSignal::new(None::<usize>);
    let n = figures.len();
    let top = scale.top(&figures);
    let line = path(&figures, top);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a figure's own size")]
    let top_words = words(top.round() as u64);
    // The newest may not have come yet.
    let latest = figures.iter().rev().take(2).flatten().next().copied();
    let most = figures.iter().flatten().copied().max();
    let in_words = move |figure: Option<u64>| figure.map_or_else(|| "–".to_owned(), words);
    let label = match (latest, most) {
        (Some(latest), Some(most)) => {
            let (latest, most) = (words(latest), words(most));
            tf!("{title}: {latest} now, {most} at most", "{title}：当前 {latest}，最高 {most}")
        }
        _ => tf!("{title}: nobody measured", "{title}：没有数据"),
    };
    let summary = in_words(latest);
    let peak = most.map(|most| {
        let most = words(most);
        tf!("at most {most}", "最高 {most}")
    });
    let kept = StoredValue::new(figures);
    let at_mark = StoredValue::new(marks.iter().map(|mark| (mark.at, mark.words.clone())).collect::<Vec<_>>());
    let read = move || {
        pointed.get().map(|at| {
            let figure = in_words(kept.with_value(|figures| figures.get(at).copied().flatten()));
            let place = x(at, n) / WIDTH;
            let mark = at_mark.with_value(|marks| {
                marks.iter().find(|(at, _)| (at - place).abs() < NEAR).map(|(_, words)| format!(" · {words}"))
            });
            format!("{figure} · {}{}", when.run(at), mark.unwrap_or_default())
        })
    };
    let moved = move |event: leptos::ev::PointerEvent| {
        #[cfg(feature = "hydrate")]
        if let Some(plot) = plot.get_untracked() {
            pointed.set(nearest(f64::from(event.offset_x()), f64::from(plot.client_width()), n));
        }
        #[cfg(not(feature = "hydrate"))]
        let _ = (event, n);
    };
    let cursor = move || pointed.get().map(|at| percent(x(at, n) / WIDTH));
    let marks = named(marks)
        .into_iter()
        .map(|(mark, fits)| {
            let at = percent(mark.at);
            let (anchor, shift) = if mark.at > RIGHT { ("end", "-4") } else { ("start", "4") };
            view! {
                <g class="chart-mark" data-failed=mark.failed.then_some("true")>
                    <line x1=at.clone() x2=at.clone() y1="0" y2="112"></line>
                    {fits
                        .then(|| {
                            view! {
                                <text x=at dx=shift y="10" text-anchor=anchor>
                                    {mark.label}
                                </text>
                            }
                        })}
                </g>
            }
        })
        .collect_view();
    view! {
        <figure class="chart">
            <figcaption>
                <b>{title}</b>
                <span class="chart-now">{move || read().unwrap_or_else(|| summary.clone())}</span>
                <span class="muted">{move || pointed.get().is_none().then(|| peak.clone())}</span>
            </figcaption>
            <div
                class="chart-plot"
                node_ref=plot
                on:pointermove=moved
                on:pointerdown=moved
                on:pointerleave=move |_| pointed.set(None)
            >
                <svg width="100%" height="130" role="img" aria-label=label>
                    <line class="chart-grid" x1="0" x2="100%" y1="16.5" y2="16.5"></line>
                    <line class="chart-grid" x1="0" x2="100%" y1="112.5" y2="112.5"></line>
                    {marks}
                    <svg y="16" width="100%" height="96" viewBox="0 0 1000 96" preserveAspectRatio="none">
                        <path class="chart-line" d=line></path>
                    </svg>
                    <text class="chart-tick" x="0" y="28">{top_words}</text>
                    <line
                        class="chart-cursor"
                        visibility=move || if cursor().is_some() { "visible" } else { "hidden" }
                        x1=move || cursor().unwrap_or_else(|| "0".to_owned())
                        x2=move || cursor().unwrap_or_else(|| "0".to_owned())
                        y1="16"
                        y2="112"
                    ></line>
                    <text class="chart-tick" x="0" y="127">{edges.0}</text>
                    <text class="chart-tick" x="50%" y="127" text-anchor="middle">{edges.1}</text>
                    <text class="chart-tick" x="100%" y="127" text-anchor="end">{t!("now", "现在")}</text>
                </svg>
            </div>
        </figure>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_a_line_with_gaps() {
        assert_eq!(path(&[Some(0), Some(10), None, Some(5)], 10.0), "M0 95L333.3 1M1000 48h2");
        assert_eq!(path(&[Some(3)], 0.0), "M0 95h2");
        assert_eq!(path(&[None, None], 1.0), "");
    }

    #[test]
    fn the_upper_edge_is_round() {
        assert!((Scale::Tens.top(&[Some(320), None]) - 500.0).abs() < 0.1);
        assert!((Scale::Tens.top(&[Some(1000)]) - 1000.0).abs() < 0.1);
        assert!((Scale::Twos.top(&[Some(70 << 20)]) - f64::from(96 << 20)).abs() < 0.1);
        assert!((Scale::Twos.top(&[None]) - 1.0).abs() < 0.1);
    }

    #[test]
    fn names_of_marks_do_not_cover_each_other() {
        let mark = |at: f64| ChartMark { at, label: String::new(), words: String::new(), failed: false };
        let shown = |marks| named(marks).into_iter().map(|(_, fits)| fits).collect::<Vec<_>>();
        assert_eq!(shown(vec![mark(0.5), mark(0.52), mark(0.85)]), [true, true, false]);
        assert_eq!(shown(vec![mark(0.95), mark(0.85), mark(0.7)]), [true, false, true]);
    }

    #[test]
    fn the_pointer_is_at_the_nearest_figure() {
        assert_eq!(nearest(51.0, 100.0, 3), Some(1));
        assert_eq!((nearest(-4.0, 100.0, 3), nearest(400.0, 100.0, 3)), (Some(0), Some(2)));
        assert_eq!((nearest(1.0, 0.0, 3), nearest(1.0, 9.0, 0)), (None, None));
    }
}
