//! The way through a long list, page by page; every page has an address.

use leptos::{oco::Oco, prelude::*};

use super::Icon;
use crate::{t, tf};

/// A place in the row of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Page(u32),
    Gap,
}

/// The numbers to show: the first, the last, the present one and its neighbours; a gap stands for two or
/// more that are left out.
fn window(page: u32, pages: u32) -> Vec<Step> {
    let mut shown: Vec<u32> =
        [1, page.saturating_sub(1), page, page + 1, pages].into_iter().filter(|n| (1..=pages).contains(n)).collect();
    shown.sort_unstable();
    shown.dedup();
    let mut steps = Vec::new();
    for n in shown {
        match steps.last() {
            Some(Step::Page(before)) if n == before + 2 => steps.extend([Step::Page(n - 1), Step::Page(n)]),
            Some(Step::Page(before)) if n > before + 2 => steps.extend([Step::Gap, Step::Page(n)]),
            _ => steps.push(Step::Page(n)),
        }
    }
    steps
}

/// A number with its thousands apart: `5,002`.
pub fn group(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1–50 of 5,002`.
fn range(page: u32, per_page: u32, total: u64) -> String {
    let first = u64::from(page.saturating_sub(1)) * u64::from(per_page) + 1;
    let last = (first + u64::from(per_page) - 1).min(total);
    let all = group(total);
    if total == 0 || first > last {
        return tf!("0 of {all}", "共 {all} 条");
    }
    let (first, last) = (group(first), group(last));
    tf!("{first}–{last} of {all}", "第 {first}–{last} 条，共 {all} 条")
}

/// The range shown and links to the other pages. Nothing but the range when there is one page.
#[component]
pub fn Pagination(
    /// What is paged, for screen readers.
    #[prop(into)]
    label: Oco<'static, str>,
    /// This page's number, from 1.
    #[prop(into)]
    page: Signal<u32>,
    /// Rows on a full page.
    #[prop(into)]
    per_page: Signal<u32>,
    /// Rows over all pages.
    #[prop(into)]
    total: Signal<u64>,
    /// The address of a page.
    #[prop(into)]
    href: Callback<u32, String>,
) -> impl IntoView {
    let pages = move || {
        let pages = total.get().div_ceil(u64::from(per_page.get().max(1))).max(1);
        u32::try_from(pages).unwrap_or(u32::MAX)
    };
    let neighbour = move |to: Option<u32>, icon: &'static str, label: &'static str| match to {
        Some(to) => {
            view! { <li><a href=href.run(to) aria-label=label title=label><Icon name=icon /></a></li> }.into_any()
        }
        None => view! { <li><span class="pagination-off"><Icon name=icon /></span></li> }.into_any(),
    };
    let links = move || {
        let (page, pages) = (page.get(), pages());
        (pages > 1).then(|| {
            let numbers = window(page, pages)
                .into_iter()
                .map(|step| match step {
                    Step::Gap => view! { <li class="pagination-gap" aria-hidden="true">"…"</li> }.into_any(),
                    Step::Page(n) => {
                        let far = n.abs_diff(page) > 1;
                        view! {
                            <li class=far.then_some("pagination-far")>
                                <a href=href.run(n) aria-current=(n == page).then_some("page")>{group(n.into())}</a>
                            </li>
                        }
                        .into_any()
                    }
                })
                .collect_view();
            view! {
                <ul>
                    {neighbour((page > 1).then(|| page - 1), "chevron-left", t!("Previous page", "上一页"))}
                    {numbers}
                    {neighbour((page < pages).then(|| page + 1), "chevron-right", t!("Next page", "下一页"))}
                </ul>
            }
        })
    };
    view! {
        <nav class="pagination" aria-label=label>
            <span class="pagination-range">{move || range(page.get(), per_page.get(), total.get())}</span>
            {links}
        </nav>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Step::{Gap, Page};

    #[test]
    fn shows_the_ends_and_the_neighbours() {
        assert_eq!(window(1, 1), [Page(1)]);
        assert_eq!(window(1, 3), [Page(1), Page(2), Page(3)]);
        assert_eq!(window(1, 101), [Page(1), Page(2), Gap, Page(101)]);
        assert_eq!(window(40, 101), [Page(1), Gap, Page(39), Page(40), Page(41), Gap, Page(101)]);
        assert_eq!(window(3, 5), [Page(1), Page(2), Page(3), Page(4), Page(5)]);
        assert_eq!(window(4, 5), [Page(1), Page(2), Page(3), Page(4), Page(5)]);
        assert_eq!(window(9, 3), [Page(1), Page(2), Page(3)]);
    }

    #[test]
    fn says_the_range() {
        assert_eq!(range(1, 50, 5002), "1–50 of 5,002");
        assert_eq!(range(101, 50, 5002), "5,001–5,002 of 5,002");
        assert_eq!(range(1, 50, 0), "0 of 0");
        assert_eq!(range(9, 50, 20), "0 of 20");
        assert_eq!(group(1_234_567), "1,234,567");
    }
}
