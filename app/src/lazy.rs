//! Pages whose code the browser fetches when somebody goes there, and not on the first visit.
//!
//! The rooms and their pages are in [`crate::pages::rooms`]; docs/decisions/split-module.md says why there are few.

use std::future::Future;

use leptos::prelude::*;
use leptos_router::ChooseView;

/// Why a room could not be entered: its code did not arrive.
pub use leptos::wasm_split::SplitLoaderError as NotLoaded;

/// Pages that share one piece of code; a value names one of them.
pub trait Room: Copy + Send + Sync + 'static {
    /// Its name in the site's manifest.
    const NAME: &'static str;

    /// Fetches the code. Fails when it cannot be had, and tries again when asked again.
    fn load() -> impl Future<Output = Result<(), NotLoaded>>;

    /// The page's view. Fails as `load` does.
    fn view(self) -> impl Future<Output = Result<AnyView, NotLoaded>>;
}

/// A page of a room, as a route shows it: the former page stays until the code is there.
#[derive(Clone, Copy, Debug)]
pub struct Lazy<R>(pub R);

impl<R: Room> ChooseView for Lazy<R> {
    async fn choose(self) -> AnyView {
        #[cfg(feature = "ssr")]
        announce(R::NAME);
        match self.0.view().await {
            Ok(view) => view,
            Err(_) => leave_to_server(None).await,
        }
    }

    async fn preload(&self) {
        // What is asked for: during a navigation the address bar still shows the former page.
        let target = use_context::<ArcRwSignal<leptos_router::location::Url>>().map(|url| url.get_untracked());
        if R::load().await.is_err() {
            leave_to_server::<()>(target).await;
        }
    }
}

/// The name of the document's line that says which room its page is in.
const ANNOUNCED: &str = "longshore-room";

/// Lets the browser fetch a room's code beside the module, since the page needs both before it can be taken over.
#[cfg(feature = "ssr")]
fn announce(room: &'static str) {
    let Some(assets) = use_context::<crate::assets::Assets>() else { return };
    // Rendering it tells the document's head; there is nothing to put here.
    let _ = view! { <leptos_meta::Meta name=ANNOUNCED content=room /> }.to_html();
    for address in assets.0.rooms.get(room).into_iter().flatten() {
        let _ = view! {
            <leptos_meta::Link rel="preload" href=address.clone() as_="fetch" type_="application/wasm" crossorigin="anonymous" />
        }
        .to_html();
    }
}

/// The room that the page which the server has rendered is in; `None` for a page of the first load.
#[cfg(feature = "hydrate")]
pub(crate) fn announced() -> Option<String> {
    document().query_selector(&format!("meta[name={ANNOUNCED}]")).ok()??.get_attribute("content")
}

/// Gives the page to the server, by an ordinary visit, and never returns: what is on the screen stays until then.
///
/// The usual reason is a new version of Longshore, which has its code under other names.
async fn leave_to_server<T>(target: Option<leptos_router::location::Url>) -> T {
    #[cfg(feature = "hydrate")]
    if let Some(target) = target {
        let location = window().location();
        // Going back has changed the address already. A browser that refuses leaves the page as it is.
        let _ = if location.pathname().is_ok_and(|path| path == target.path()) {
            location.reload()
        } else {
            location.set_href(&format!("{}{}{}", target.path(), question(target.search()), target.hash()))
        };
    }
    #[cfg(not(feature = "hydrate"))]
    drop(target);
    std::future::pending().await
}

/// A query with its question mark, or nothing.
#[cfg(feature = "hydrate")]
fn question(search: &str) -> String {
    if search.is_empty() || search.starts_with('?') { search.to_owned() } else { format!("?{search}") }
}
