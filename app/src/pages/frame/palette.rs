//! What the command palette finds: things by name, pages to go to, work to begin.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::{
    Overlays,
    places::{places, settings, starts},
};
use crate::{
    api::session::search,
    components::{Palette, PaletteItem},
    model::{SearchHit, SearchKind, Viewer},
    pause::Pause,
    t,
};

/// How long the fingers rest before the server is asked.
const REST: Duration = Duration::from_millis(80);
/// The most lines at once.
const LINES: usize = 40;

fn icon(kind: SearchKind) -> &'static str {
    match kind {
        SearchKind::Cluster => "server",
        SearchKind::Node => "hard-drive",
        SearchKind::Pod => "container",
        SearchKind::Tenant => "building-2",
        SearchKind::Namespace => "layers",
        SearchKind::Template => "file-text",
        SearchKind::App => "box",
    }
}

fn group(kind: SearchKind) -> &'static str {
    match kind {
        SearchKind::Cluster => t!("Clusters", "集群"),
        SearchKind::Node => t!("Nodes", "节点"),
        SearchKind::Pod => t!("Pods", "Pod"),
        SearchKind::Tenant => t!("Tenants", "租户"),
        SearchKind::Namespace => t!("Namespaces", "命名空间"),
        SearchKind::Template => t!("Templates", "模板"),
        SearchKind::App => t!("Apps", "应用"),
    }
}

/// The lines that need no server: what one may begin, and where one can go.
fn fixed(viewer: &Viewer) -> Vec<PaletteItem> {
    let item = |group: &'static str, icon, name: &str, href: &str| PaletteItem {
        group: group.to_owned(),
        icon,
        name: name.to_owned(),
        place: String::new(),
        href: href.to_owned(),
    };
    let begin = starts(viewer).into_iter().map(|s| item(t!("Begin", "开始"), s.icon, s.title, s.href));
    let go = places(viewer).into_iter().chain([settings()]).map(|p| item(t!("Go to", "前往"), p.icon, p.title, p.href));
    begin.chain(go).collect()
}

/// What was found, kind by kind, then the fixed lines that contain the words.
fn lines(query: &str, fixed: &[PaletteItem], hits: &[SearchHit]) -> Vec<PaletteItem> {
    let query = query.trim().to_lowercase();
    let mut kinds: Vec<SearchKind> = Vec::new();
    for hit in hits {
        if !kinds.contains(&hit.kind) {
            kinds.push(hit.kind);
        }
    }
    let found = kinds.into_iter().flat_map(|kind| {
        hits.iter().filter(move |hit| hit.kind == kind).map(move |hit| PaletteItem {
            group: group(kind).to_owned(),
            icon: icon(kind),
            name: hit.name.clone(),
            place: hit.place.clone(),
            href: hit.href.clone(),
        })
    });
    let fixed = fixed.iter().filter(|e| query.is_empty() || e.name.to_lowercase().contains(&query)).cloned();
    found.chain(fixed).take(LINES).collect()
}

/// The palette of the frame.
#[component]
pub(super) fn FramePalette() -> impl IntoView {
    let viewer = expect_context::<Viewer>();
    let open = expect_context::<Overlays>().palette;
    let query = RwSignal::new(String::new());
    let hits = RwSignal::new(Vec::<SearchHit>::new());
    let fixed = StoredValue::new(fixed(&viewer));
    let items = Memo::new(move |_| {
        // Nobody sees the lines of a palette that is closed.
        if !open.get() {
            return Vec::new();
        }
        query.with(|query| fixed.with_value(|fixed| hits.with(|hits| lines(query, fixed, hits))))
    });

    // The server is asked once the fingers rest; an answer to what is no longer asked is dropped.
    let pause = Pause::default();
    Effect::watch(
        move || query.get(),
        move |words, _, _| {
            let words = words.clone();
            let ask = move || {
                spawn_local(async move {
                    // Without an answer the palette still leads to the pages; the trouble shows there.
                    let found = if words.trim().is_empty() {
                        Vec::new()
                    } else {
                        search(words.clone()).await.unwrap_or_default()
                    };
                    if query.try_get_untracked().as_ref() == Some(&words) {
                        hits.set(found);
                    }
                });
            };
            pause.after(REST, ask);
        },
        false,
    );

    let navigate = use_navigate();
    view! {
        <Palette
            open
            on_close=move |()| open.set(false)
            query
            items
            on_choose=move |href: String| navigate(&href, NavigateOptions::default())
        />
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(kind: SearchKind, name: &str) -> SearchHit {
        SearchHit { kind, name: name.into(), place: "lab".into(), href: format!("/{name}") }
    }

    #[test]
    fn puts_hits_of_a_kind_together_and_before_the_fixed_lines() {
        let fixed = [PaletteItem {
            group: "Go to".into(),
            icon: "server",
            name: "Clusters".into(),
            place: String::new(),
            href: "/clusters".into(),
        }];
        let hits = [hit(SearchKind::App, "a"), hit(SearchKind::Node, "n"), hit(SearchKind::App, "b")];
        let names = |q: &str| lines(q, &fixed, &hits).into_iter().map(|e| e.name).collect::<Vec<_>>();
        assert_eq!(names("cl"), ["a", "b", "n", "Clusters"]);
        assert_eq!(names("zzz"), ["a", "b", "n"]);
    }
}
