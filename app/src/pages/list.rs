//! What the long lists share: everything that chooses rows lives in the address, and a link leads to each choice.

use std::time::Duration;

use leptos::{ev, html, prelude::*};
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate, use_query_map},
    params::ParamsMap,
};

use crate::{
    components::{Chip, Icon, Keys, Pagination},
    model::Page,
    pages::address::with_query,
    pause::Pause,
    t,
};

/// How long the fingers rest before the address follows.
const REST: Duration = Duration::from_millis(80);

/// A value of the query, when it says something.
pub fn chosen(query: &ParamsMap, key: &str) -> Option<String> {
    query.get_str(key).map(str::trim).filter(|v| !v.is_empty()).map(ToOwned::to_owned)
}

/// The order that holds, and the address for another one, as tables want them.
pub fn sorting(natural: &'static str) -> (Signal<String>, Callback<String, String>) {
    let query = use_query_map();
    let now = Signal::derive(move || query.with(|q| chosen(q, "sort")).unwrap_or_else(|| natural.to_owned()));
    let href = Callback::new(move |sort: String| query.with(|q| with_query(q, &[("sort", &sort)])));
    (now, href)
}

/// A field that filters while one types. The address follows the words, the words follow the address when somebody
/// goes back; the field keeps its focus.
#[component]
pub fn FilterField(
    /// The key in the query.
    name: &'static str,
    /// What it filters by.
    label: &'static str,
    /// Whether it is the page's search, which `/` reaches.
    #[prop(optional)]
    search: bool,
) -> impl IntoView {
    let query = use_query_map();
    let path = use_location().pathname;
    let navigate = use_navigate();
    let value = Memo::new(move |_| query.with(|q| q.get_str(name).unwrap_or_default().to_owned()));
    let first = value.get_untracked();
    let field = NodeRef::<html::Input>::new();
    let sent = StoredValue::new(first.clone());
    let pause = Pause::default();

    Effect::new(move |_| {
        let now = value.get();
        if sent.get_value() != now {
            sent.set_value(now.clone());
            if let Some(field) = field.get_untracked() {
                field.set_value(&now);
            }
        }
    });
    let go = move |words: String| {
        let Some(href) = query.try_with_untracked(|q| with_query(q, &[(name, &words)])) else { return };
        sent.set_value(words);
        let options = NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() };
        navigate(&format!("{}{}", path.get_untracked(), href.trim_end_matches('?')), options);
    };
    // The first key goes through at once; those right behind it wait until the fingers rest.
    let typed = move |event: ev::Event| {
        let words = event_target_value(&event);
        if !pause.stop() {
            go(words.clone());
        }
        let go = go.clone();
        pause.after(REST, move || {
            if sent.with_value(|sent| *sent != words) {
                go(words);
            }
        });
    };
    view! {
        <div class="filter-search">
            <Icon name=if search { "search" } else { "funnel" } />
            <input
                class="input"
                type="search"
                name=name
                value=first
                aria-label=label
                placeholder=label
                autocomplete="off"
                autocapitalize="off"
                spellcheck="false"
                data-search=search
                aria-keyshortcuts=search.then_some("/")
                node_ref=field
                on:input=typed
            />
            {search.then(|| view! { <Keys keys="/" /> })}
        </div>
    }
}

/// The line over a list: a plain GET form, so that it filters before any script has come.
#[component]
pub fn FilterLine(
    /// What it filters.
    label: &'static str,
    /// The keys of the query that its fields do not carry and that have to stay.
    keep: &'static [&'static str],
    children: Children,
) -> impl IntoView {
    let query = use_query_map();
    let kept = keep
        .iter()
        .map(|key| {
            let value = Memo::new(move |_| query.with(|q| chosen(q, key)));
            move || value.get().map(|value| view! { <input type="hidden" name=*key value=value /> })
        })
        .collect_view();
    view! {
        <form
            class="filter"
            method="get"
            role="search"
            aria-label=label
            on:submit=move |event: ev::SubmitEvent| event.prevent_default()
        >
            {children()}
            {kept}
        </form>
    }
}

/// Choices of which one may hold, as links: (value, word). Pressing the one that holds takes it away.
#[component]
pub fn Choices(
    /// The key in the query.
    name: &'static str,
    /// What is chosen.
    label: &'static str,
    /// The choices.
    choices: Vec<(&'static str, &'static str)>,
) -> impl IntoView {
    let query = use_query_map();
    let now = Memo::new(move |_| query.with(|q| chosen(q, name)));
    view! {
        <div class="row" role="group" aria-label=label>
            {choices
                .into_iter()
                .map(|(value, word)| {
                    let on = Signal::derive(move || now.with(|now| now.as_deref() == Some(value)));
                    let href = Signal::derive(move || {
                        let value = if on.get() { "" } else { value };
                        query.with(|q| with_query(q, &[(name, value)]))
                    });
                    view! {
                        <Chip href on>
                            {word}
                        </Chip>
                    }
                })
                .collect_view()}
        </div>
    }
}

/// The foot of a list: which rows these are, and the way to the others.
#[component]
pub fn Pager<T: Send + Sync + 'static>(
    /// What is paged.
    label: &'static str,
    /// The page that is shown.
    page: ReadSignal<Page<T>>,
) -> impl IntoView {
    let query = use_query_map();
    let number = Memo::new(move |_| page.with(|p| p.page));
    let per_page = Memo::new(move |_| page.with(|p| p.per_page));
    let total = Memo::new(move |_| page.with(|p| p.total));
    view! {
        <Pagination
            label
            page=number
            per_page
            total
            href=move |n: u32| query.with(|q| with_query(q, &[("page", &n.to_string())]))
        />
    }
}

/// The foot of a list of which only a part is known: the way to the parts beside it. Nothing when there are none.
#[component]
pub fn Neighbours(
    /// What is in parts.
    label: &'static str,
    /// The cursor of the part before, with the words for the way there.
    previous: (Option<String>, &'static str),
    /// The cursor of the part after, in the same way.
    next: (Option<String>, &'static str),
    /// What else is to be said of this part.
    #[prop(optional_no_strip)]
    note: Option<String>,
) -> impl IntoView {
    let query = use_query_map();
    if previous.0.is_none() && next.0.is_none() && note.is_none() {
        return ().into_any();
    }
    let link = move |(cursor, label): (Option<String>, &'static str), icon: &'static str| match cursor {
        Some(cursor) => {
            let href = move || query.with(|q| with_query(q, &[("cursor", &cursor)]));
            view! { <li><a href=href aria-label=label title=label><Icon name=icon /></a></li> }.into_any()
        }
        None => view! { <li><span class="pagination-off"><Icon name=icon /></span></li> }.into_any(),
    };
    view! {
        <nav class="pagination" aria-label=label>
            <span class="pagination-range">{note}</span>
            <ul>{link(previous, "chevron-left")} {link(next, "chevron-right")}</ul>
        </nav>
    }
    .into_any()
}

/// The way back to the whole list, when nothing passes the filter.
pub fn nothing_passes(label: &'static str) -> impl IntoView {
    view! {
        <div class="empty">
            <h2>{label}</h2>
            <div class="empty-actions">
                <a class="button" href="?">
                    {t!("Clear the filter", "清除筛选")}
                </a>
            </div>
        </div>
    }
}
