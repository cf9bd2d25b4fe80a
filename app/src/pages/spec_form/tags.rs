//! The tags that an image's repository has, to pick one from.

use leptos::prelude::*;

use crate::{
    api::registries::list_tags,
    components::{Button, ButtonKind},
    model::{repository, with_tag},
    t, tf,
};

/// How many tags are shown.
const SHOWN: usize = 24;

/// Looks the tags of the image's repository up when it is asked to, and puts the one that is picked into the image.
#[component]
pub(super) fn Tags(image: RwSignal<String>) -> impl IntoView {
    let look = Action::new(|image: &String| {
        let image = image.clone();
        async move { (repository(&image).to_owned(), list_tags(image).await) }
    });
    // The image may outlive the form that this stands in, and tells it so until its view is gone, too.
    let answers = look.value();
    // What was found is of the repository that was asked for, and of no other.
    let found = move || {
        let asked_for = |(asked, _): &(String, _)| image.with(|now| repository(now) == asked);
        answers.try_get().flatten().filter(asked_for)
    };
    view! {
        <div class="stack" aria-live="polite">
            <div>
                <Button
                    kind=ButtonKind::Plain
                    icon="list"
                    small=true
                    busy=look.pending()
                    on_press=move |_| {
                        look.dispatch(image.get_untracked());
                    }
                >
                    {t!("Show its tags", "查看标签")}
                </Button>
            </div>
            {move || {
                found()
                    .map(|(_, answer)| match answer {
                        Err(error) => {
                            let why = error.fields.first().map_or(&error.message, |field| &field.message).here();
                            view! { <p class="field-error">{why}</p> }.into_any()
                        }
                        Ok(tags) if tags.is_empty() => {
                            view! { <p class="muted">{t!("There are no tags.", "没有标签。")}</p> }.into_any()
                        }
                        Ok(tags) => view! { <Choices tags image /> }.into_any(),
                    })
            }}
        </div>
    }
}

#[component]
fn Choices(tags: Vec<String>, image: RwSignal<String>) -> impl IntoView {
    let more = tags.len().saturating_sub(SHOWN);
    let rest = (more > 0).then(|| view! { <p class="muted">{tf!("and {more} more", "以及另外 {more} 个")}</p> });
    let choices = tags
        .into_iter()
        .take(SHOWN)
        .map(|tag| {
            let whole = {
                let tag = tag.clone();
                move || image.with(|image| with_tag(image, &tag))
            };
            let chosen = {
                let whole = whole.clone();
                move || image.with(|image| *image == whole())
            };
            view! {
                <li>
                    <button
                        type="button"
                        class="chip"
                        aria-pressed=move || if chosen() { "true" } else { "false" }
                        on:click=move |_| image.set(untrack(&whole))
                    >
                        {tag}
                    </button>
                </li>
            }
        })
        .collect_view();
    view! {
        <ul class="chips" aria-label=t!("Tags", "标签")>
            {choices}
        </ul>
        {rest}
    }
}
