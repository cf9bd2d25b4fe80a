//! Choosing one of many: those that a first answer holds, and a field that finds the others by name.

use leptos::{oco::Oco, prelude::*};

use crate::{
    UiError,
    api::{
        access::{list_own_scopes, list_scopes},
        accounts::list_tenants,
    },
    components::{Choice, SelectField, TextField},
    model::{NameQuery, ScopeChoice, ScopeChoices, TenantId, TenantRow},
    pages::access::scope_word,
    t,
};

/// A tenant as a choice.
pub fn tenant_choice(tenant: TenantRow) -> Choice {
    let TenantRow { id, name, display_name, .. } = tenant;
    let words = if display_name == name { name } else { format!("{display_name} ({name})") };
    Choice::new(id.to_string(), words)
}

/// The tenants of a name.
pub async fn find_tenants(query: NameQuery) -> Result<Vec<Choice>, UiError> {
    Ok(list_tenants(query).await?.rows.into_iter().map(tenant_choice).collect())
}

/// A place as a choice.
pub fn place_choice(place: ScopeChoice) -> Choice {
    Choice::new(place.scope.to_string(), scope_word(place.scope, &place.place))
}

/// Which places there are to choose from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlacesOf {
    /// Everything in a tenant; in one's own, or on the platform, without it.
    Tenant(Option<TenantId>),
    /// Those where one may do something oneself.
    Oneself,
}

/// The places that have a name.
pub async fn find_places(of: PlacesOf, query: NameQuery) -> Result<Vec<Choice>, UiError> {
    let found = match of {
        PlacesOf::Tenant(tenant) => list_scopes(tenant, query.q).await?,
        PlacesOf::Oneself => list_own_scopes(query.q).await?,
    };
    Ok(found.rows.into_iter().map(place_choice).collect())
}

/// The widest of some places, at which a question is asked first.
pub fn widest(places: &ScopeChoices) -> String {
    places.rows.first().map(|place| place.scope.to_string()).unwrap_or_default()
}

/// The place that a question is about, as `on` in the address.
#[component]
pub fn PlaceField(
    /// Which places there are.
    of: PlacesOf,
    /// The first of them.
    places: ScopeChoices,
    /// What is chosen.
    bind: RwSignal<String>,
    /// The id of the field that finds more, where a page has two of them.
    #[prop(default = "find")]
    find_id: &'static str,
) -> impl IntoView {
    let ScopeChoices { rows, whole } = places;
    let mut first: Vec<_> = rows.into_iter().map(place_choice).collect();
    let on = bind.get_untracked();
    if !on.is_empty() && first.iter().all(|place| place.value != on) {
        // It was found by its name, and is not among the first.
        first.push(Choice::new(on, t!("the place that was asked about", "当前查询的范围")));
    }
    view! {
        <PickField
            name="on"
            label=t!("Where", "范围")
            first
            whole
            bind
            error=Signal::stored(None)
            find=move |query| find_places(of, query)
            find_id=find_id
        />
    }
}

/// A choice, with a field to find more when there are more than the first answer holds.
#[component]
pub fn PickField<F, A>(
    /// The name it posts under, and its id.
    #[prop(into)]
    name: Oco<'static, str>,
    /// What it is.
    #[prop(into)]
    label: Oco<'static, str>,
    /// The first choices.
    #[prop(into)]
    first: Vec<Choice>,
    /// Whether there are no more.
    whole: bool,
    /// What is chosen.
    bind: RwSignal<String>,
    /// What is wrong.
    error: Signal<Option<String>>,
    /// Finds choices by name.
    find: F,
    /// The id of the field in which to find, and its name, where a page has several of them.
    #[prop(default = Oco::Borrowed("find"), into)]
    find_id: Oco<'static, str>,
) -> impl IntoView
where
    F: Fn(NameQuery) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Result<Vec<Choice>, UiError>> + Send + 'static,
{
    let choices = RwSignal::new(first);
    let words = RwSignal::new(String::new());
    let search = Action::new(move |words: &String| {
        let (words, find) = (words.clone(), find.clone());
        async move {
            let query = NameQuery { q: Some(words.clone()).filter(|w| !w.is_empty()), ..NameQuery::most() };
            (words, find(query).await)
        }
    });
    Effect::new(move |before: Option<String>| {
        let now = words.get();
        if before.is_some_and(|before| before != now) {
            search.dispatch(now.clone());
        }
        now
    });
    Effect::new(move || {
        let found = search.value().get();
        // An answer that comes late is to words that are gone.
        if let Some((asked, Ok(found))) = found
            && asked == words.get_untracked()
        {
            let chosen = bind.get_untracked();
            choices.update(|choices| {
                choices.retain(|choice| choice.value == chosen);
                choices.extend(found.into_iter().filter(|choice| choice.value != chosen));
            });
        }
    });
    let trouble = Signal::derive(move || {
        search.value().with(|answer| match answer {
            Some((_, Err(error))) => Some(error.message.here()),
            _ => None,
        })
    });
    view! {
        {(!whole)
            .then(|| {
                view! {
                    // Enter finds; it does not send the form.
                    <div on:keydown=move |event| {
                        if event.key() == "Enter" {
                            event.prevent_default();
                        }
                    }>
                        <TextField
                            name=find_id
                            label=t!("Find by name", "按名称查找")
                            bind=words
                            error=trouble
                            hint=t!("There are more than the list below shows.", "下方列表未显示全部。")
                            optional=true
                        />
                    </div>
                }
            })}
        <SelectField name label choices bind error />
    }
}
