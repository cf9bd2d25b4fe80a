//! The keys: `/` and Ctrl/Cmd-K search, `g` and a letter goes, `?` lists them.

use std::time::Duration;

use leptos::{ev, prelude::*, wasm_bindgen::JsCast, web_sys};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::{
    Overlays,
    places::{places, settings},
};
use crate::{
    components::{Dialog, Fact, Facts, Keys},
    model::Viewer,
    t,
};

/// How long a `g` waits for its letter.
const CHORD: Duration = Duration::from_millis(1200);

/// Whether what is typed belongs to a field.
fn typing(event: &ev::KeyboardEvent) -> bool {
    event.target().and_then(|t| t.dyn_into::<web_sys::HtmlElement>().ok()).is_some_and(|element| {
        matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT") || element.is_content_editable()
    })
}

/// Puts the cursor into the page's own search, if it has one.
fn focus_page_search() -> bool {
    let field = document().query_selector("main [data-search]").ok().flatten();
    let field = field.and_then(|f| f.dyn_into::<web_sys::HtmlElement>().ok());
    field.is_some_and(|field| field.focus().is_ok())
}

/// Listens to the keys, and shows what they do when asked.
#[component]
pub(super) fn KeysDialog() -> impl IntoView {
    let viewer = expect_context::<Viewer>();
    let overlays = expect_context::<Overlays>();
    let all: Vec<_> = places(&viewer).into_iter().chain([settings()]).collect();
    let targets: Vec<(&'static str, &'static str)> = all.iter().map(|p| (p.keys, p.href)).collect();
    let navigate = use_navigate();

    Effect::new(move |_| {
        let targets = targets.clone();
        let navigate = navigate.clone();
        // The number of the chord that was begun and waits for its letter; 0 when none does.
        let waiting = StoredValue::new(0_u32);
        let begun = StoredValue::new(0_u32);
        let listener = window_event_listener(ev::keydown, move |event| {
            let key = event.key();
            if (event.ctrl_key() || event.meta_key()) && !event.alt_key() && key.eq_ignore_ascii_case("k") {
                event.prevent_default();
                overlays.palette.set(true);
                return;
            }
            if event.ctrl_key() || event.meta_key() || event.alt_key() || event.default_prevented() || typing(&event) {
                return;
            }
            if waiting.get_value() > 0 {
                waiting.set_value(0);
                let chord = format!("g {key}");
                if let Some((_, href)) = targets.iter().find(|(keys, _)| *keys == chord) {
                    event.prevent_default();
                    navigate(href, NavigateOptions::default());
                }
                return;
            }
            match key.as_str() {
                "/" => {
                    event.prevent_default();
                    if !focus_page_search() {
                        overlays.palette.set(true);
                    }
                }
                "?" => {
                    event.prevent_default();
                    overlays.keys.set(true);
                }
                "g" => {
                    begun.update_value(|n| *n += 1);
                    let mine = begun.get_value();
                    waiting.set_value(mine);
                    set_timeout(
                        move || {
                            if waiting.try_get_value() == Some(mine) {
                                waiting.set_value(0);
                            }
                        },
                        CHORD,
                    );
                }
                _ => {}
            }
        });
        on_cleanup(move || listener.remove());
    });

    let general = [
        ("Ctrl K", t!("Find anything, begin anything", "查找任意对象或执行操作")),
        ("/", t!("Search on this page", "在本页搜索")),
        ("?", t!("This list", "显示本列表")),
        ("Esc", t!("Close what is open", "关闭当前窗口")),
    ];
    view! {
        <Dialog
            id="keys"
            title=t!("Keys", "快捷键").to_owned()
            to_read=true
            open=overlays.keys
            on_close=move |()| overlays.keys.set(false)
        >
            <Facts>
                {general
                    .into_iter()
                    .chain(all.into_iter().map(|p| (p.keys, p.title)))
                    .map(|(keys, words)| {
                        view! {
                            <Fact name=words>
                                <span class="visually-hidden">{keys}</span>
                                <Keys keys />
                            </Fact>
                        }
                    })
                    .collect_view()}
            </Facts>
        </Dialog>
    }
}
