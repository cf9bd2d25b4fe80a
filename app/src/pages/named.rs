//! Lists in the order of names: a field that finds names, the rows of one part, and the way to the parts beside it. What
//! is looked for and where one is stand in the address.

use leptos::prelude::*;
use leptos_router::{hooks::use_query_map, params::ParamsMap};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    UiError,
    components::SkeletonRows,
    load::Load,
    model::{NameQuery, PartQuery, Slice},
    pages::{
        list::{FilterField, FilterLine, Neighbours, chosen, nothing_passes},
        parts::shown,
    },
    t,
};

/// The part that the address asks for.
pub fn asked(query: &ParamsMap) -> NameQuery {
    NameQuery { q: chosen(query, "q"), cursor: chosen(query, "cursor"), limit: chosen(query, "limit") }
}

/// The part that the address asks for, of a list with the newest first.
pub fn asked_newest(query: &ParamsMap) -> PartQuery {
    PartQuery { cursor: chosen(query, "cursor"), limit: chosen(query, "limit") }
}

/// Has a list loaded anew, for what stands in it and changes it.
#[derive(Clone, Copy)]
pub struct Anew(pub Callback<()>);

/// A list by name.
#[component]
pub fn NamedList<T, F, A, V, E>(
    /// What is in it, for whoever hears it read out.
    label: &'static str,
    /// Asks for a part.
    fetch: F,
    /// Shows rows; there is at least one.
    rows: fn(Vec<T>) -> V,
    /// Stands there when there is nothing at all.
    empty: fn() -> E,
    /// How many columns it has.
    columns: usize,
) -> impl IntoView
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
    F: Fn(NameQuery) -> A + Send + Sync + 'static,
    A: Future<Output = Result<Slice<T>, UiError>> + Send + 'static,
    V: IntoView + 'static,
    E: IntoView + 'static,
{
    let query = use_query_map();
    let ask = Memo::new(move |_| query.with(asked));
    let part = Load::new(move || ask.get(), fetch);
    provide_context(Anew(Callback::new(move |()| part.refetch())));
    view! {
        <FilterLine label keep=&[]>
            <FilterField name="q" label=t!("Name", "名称") search=true />
        </FilterLine>
        <Transition fallback=move || view! { <SkeletonRows rows=4 columns /> }>
            {move || Suspend::new(async move {
                let filtered = ask.with_untracked(NameQuery::is_filtered);
                let retry = move || part.refetch();
                shown(part.await, false, retry, move |part| of_part(label, filtered, part, rows, empty))
            })}
        </Transition>
    }
}

fn of_part<T, V: IntoView + 'static, E: IntoView + 'static>(
    label: &'static str,
    filtered: bool,
    part: Slice<T>,
    rows: fn(Vec<T>) -> V,
    empty: fn() -> E,
) -> AnyView {
    let Slice { rows: found, previous, next } = part;
    // What is behind the last name may be gone by now; what is before it is not.
    let ends = previous.is_some() || next.is_some();
    let shown = match (found.is_empty(), filtered) {
        (false, _) => rows(found).into_any(),
        (true, true) => nothing_passes(t!("Nothing has such a name", "没有匹配的名称")).into_any(),
        (true, false) if ends => ().into_any(),
        (true, false) => empty().into_any(),
    };
    view! {
        {shown}
        <Neighbours label previous=(previous, t!("Previous part", "上一页")) next=(next, t!("Next part", "下一页")) />
    }
    .into_any()
}
