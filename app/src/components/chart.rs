//! A small line of figures over time, with marks for what happened then.

use leptos::{oco::Oco, prelude::*};

/// Something that happened: a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartMark {
    /// Where, as an index into the figures.
    pub at: usize,
    /// What, on hover: who and why.
    pub words: String,
}

const WIDTH: f64 = 400.0;
const HEIGHT: f64 = 48.0;

/// The x of the figure `i` of `n`.
#[expect(clippy::cast_precision_loss, reason = "counts of points on a screen")]
fn x(i: usize, n: usize) -> f64 {
    if n < 2 { 0.0 } else { (i as f64 / (n - 1) as f64 * WIDTH * 10.0).round() / 10.0 }
}

/// The line as an SVG path; a gap where a figure is missing. `top` is the figure at the upper edge.
fn path(figures: &[Option<f64>], top: f64) -> String {
    let mut out = String::new();
    let mut pen_down = false;
    for (i, figure) in figures.iter().enumerate() {
        let Some(figure) = figure.filter(|f| f.is_finite()) else {
            pen_down = false;
            continue;
        };
        let share = if top > 0.0 { (figure / top).clamp(0.0, 1.0) } else { 0.0 };
        let y = ((HEIGHT - 1.0 - share * (HEIGHT - 2.0)) * 10.0).round() / 10.0;
        out.push(if pen_down { 'L' } else { 'M' });
        out.push_str(&x(i, figures.len()).to_string());
        out.push(' ');
        out.push_str(&y.to_string());
        pen_down = true;
    }
    out
}

/// A line of figures. What it says stands in words beside it; screen readers get the label.
#[component]
pub fn Sparkline(
    /// What is drawn and its present figure, for screen readers.
    #[prop(into)]
    label: Oco<'static, str>,
    /// The figures at even distances, oldest first; `None` where nobody measured.
    #[prop(into)]
    figures: Signal<Vec<Option<f64>>>,
    /// The figure at the upper edge; the largest one if not given.
    #[prop(optional, into)]
    top: Option<f64>,
    /// What happened in the meantime.
    #[prop(optional, into)]
    marks: Signal<Vec<ChartMark>>,
) -> impl IntoView {
    let line =
        move || figures.with(|f| path(f, top.unwrap_or_else(|| f.iter().flatten().copied().fold(0.0, f64::max))));
    let marks = move || {
        let n = figures.with(Vec::len);
        marks
            .get()
            .into_iter()
            .map(|mark| {
                let x = x(mark.at, n).to_string();
                view! {
                    <line class="chart-mark" x1=x.clone() x2=x y1="0" y2="48">
                        <title>{mark.words}</title>
                    </line>
                }
            })
            .collect_view()
    };
    view! {
        <svg class="sparkline" viewBox="0 0 400 48" preserveAspectRatio="none" role="img" aria-label=label>
            {marks}
            <path class="chart-line" d=line></path>
        </svg>
    }
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn draws_a_line_with_gaps() {
        assert_eq!(path(&[Some(0.0), Some(1.0), None, Some(0.5)], 1.0), "M0 47L133.3 1M400 24");
        assert_eq!(path(&[Some(f64::NAN), Some(2.0)], 1.0), "M400 1");
        assert_eq!(path(&[Some(3.0)], 0.0), "M0 47");
        assert_eq!(path(&[], 1.0), "");
    }
}
