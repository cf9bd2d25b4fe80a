//! Tables that become cards where there is no room. Rows come from the page; they are filtered, sorted and
//! paged on the server, and what is chosen is in the address.

use leptos::{oco::Oco, prelude::*};

/// A column's head.
#[derive(Clone, Debug)]
pub struct Column {
    label: Oco<'static, str>,
    class: &'static str,
    sort: Option<&'static str>,
    descending_first: bool,
}

impl Column {
    /// A column of words.
    pub fn new(label: impl Into<Oco<'static, str>>) -> Self {
        Self { label: label.into(), class: "", sort: None, descending_first: false }
    }

    /// Figures: at the end of the line. The class goes with the cells' `num`.
    #[must_use]
    pub const fn number(mut self) -> Self {
        self.class = "num";
        self.descending_first = true;
        self
    }

    /// A class of its own: `col-mid` and `col-low` give way on narrower screens, as must their cells.
    #[must_use]
    pub const fn class(mut self, class: &'static str) -> Self {
        self.class = class;
        self
    }

    /// It can be sorted by this key.
    #[must_use]
    pub const fn sort(mut self, key: &'static str) -> Self {
        self.sort = Some(key);
        self
    }

    /// What a press on the head asks for, given what holds: the other direction of its own order, or its
    /// order in the direction most likely wanted (figures: largest first).
    fn next_sort(&self, key: &str, current: &str) -> String {
        let (asc, desc) = (key.to_owned(), format!("-{key}"));
        let descending = if current == asc {
            true
        } else if current == desc {
            false
        } else {
            self.descending_first
        };
        if descending { desc } else { asc }
    }
}

/// `ascending`, `descending`, or nothing, of the column `key`.
fn direction(key: &str, current: &str) -> Option<&'static str> {
    match current.strip_prefix('-') {
        Some(current) if current == key => Some("descending"),
        None if current == key => Some("ascending"),
        _ => None,
    }
}

/// A table. Its children are rows: `<tr>` with a [`NameCell`] first, then [`Cell`]s and a [`StateCell`].
///
/// ```text
/// <DataTable caption=… columns=vec![Column::new(t!("Name", "名称")).sort("name"), …] sort href>
///     <For each=… key=… let:node> <tr> <NameCell href=…>…</NameCell> <Cell label=…>…</Cell> </tr> </For>
/// </DataTable>
/// ```
#[component]
pub fn DataTable(
    /// What it lists, for screen readers.
    #[prop(into)]
    caption: Oco<'static, str>,
    /// The heads.
    columns: Vec<Column>,
    /// The order that holds: a key, with a leading `-` descending.
    #[prop(optional, into)]
    sort: Signal<String>,
    /// The address for another order.
    #[prop(optional, into)]
    sort_href: Option<Callback<String, String>>,
    /// Few and narrow columns: stays a table on a phone.
    #[prop(optional)]
    plain: bool,
    /// Lower rows.
    #[prop(optional)]
    dense: bool,
    /// The rows.
    children: Children,
) -> impl IntoView {
    let class = match (plain, dense) {
        (false, false) => "table",
        (true, false) => "table table-plain",
        (false, true) => "table table-dense",
        (true, true) => "table table-plain table-dense",
    };
    let heads = columns
        .into_iter()
        .map(|column| match (column.sort, sort_href) {
            (Some(key), Some(href)) => {
                let (label, class) = (column.label.clone(), column.class);
                view! {
                    <th
                        scope="col"
                        role="columnheader"
                        class=class
                        aria-sort=move || sort.with(|s| direction(key, s))
                    >
                        <a class="sort" href=move || href.run(sort.with(|s| column.next_sort(key, s)))>
                            {label}
                        </a>
                    </th>
                }
                .into_any()
            }
            // A column of buttons has no name, and a head without one is none.
            _ if column.label.is_empty() => view! { <td class=column.class role="cell"></td> }.into_any(),
            _ => view! { <th scope="col" role="columnheader" class=column.class>{column.label}</th> }.into_any(),
        })
        .collect_view();
    // The roles are what the elements are anyway, but a table laid out as cards loses them in some browsers.
    view! {
        <div class="table-wrap">
            <table class=class role="table">
                <caption class="visually-hidden">{caption}</caption>
                <thead role="rowgroup">
                    <tr role="row">{heads}</tr>
                </thead>
                <tbody role="rowgroup">{children()}</tbody>
            </table>
        </div>
    }
}

/// The row's heading: what the row is about, as a link to it.
#[component]
pub fn NameCell(
    /// Where it leads.
    #[prop(into)]
    href: Signal<String>,
    /// The name, and below it a `<span class="cell-sub">` perhaps.
    children: Children,
) -> impl IntoView {
    view! { <th scope="row" role="rowheader"><a href=move || href.get()>{children()}</a></th> }
}

/// The cell with the [`super::StateBadge`]: beside the name on a card.
#[component]
pub fn StateCell(
    /// The badge.
    children: Children,
) -> impl IntoView {
    view! { <td class="cell-state" role="cell">{children()}</td> }
}

/// Any other cell. On a card it says its own label.
#[component]
pub fn Cell(
    /// The column's words; empty for a cell of buttons.
    #[prop(into)]
    label: Oco<'static, str>,
    /// `num`, `col-mid`, `col-low`, `cell-wide`, `cell-actions`, `cell-clip`.
    #[prop(optional)]
    class: &'static str,
    /// The value.
    children: Children,
) -> impl IntoView {
    let label = (!label.is_empty()).then_some(label);
    view! { <td class=class data-label=label role="cell">{children()}</td> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_press_on_a_head_turns_the_order() {
        let name = Column::new("Name").sort("name");
        let cpu = Column::new("CPU").number().sort("cpu");
        assert_eq!(name.next_sort("name", ""), "name");
        assert_eq!(name.next_sort("name", "name"), "-name");
        assert_eq!(name.next_sort("name", "-name"), "name");
        assert_eq!(cpu.next_sort("cpu", "name"), "-cpu");
        assert_eq!(cpu.next_sort("cpu", "-cpu"), "cpu");
    }

    #[test]
    fn says_the_direction_of_its_own_order() {
        assert_eq!(direction("cpu", "-cpu"), Some("descending"));
        assert_eq!(direction("cpu", "cpu"), Some("ascending"));
        assert_eq!(direction("cpu", "-cpus"), None);
        assert_eq!(direction("cpu", ""), None);
    }
}
