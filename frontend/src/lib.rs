//! The browser's module: it takes over the page that the server has rendered.

use app::{HYDRATED, routes::App};
use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the page once the module is loaded. Done when the page is taken over, which needs its room's code.
#[wasm_bindgen]
pub async fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_from_async(leptos::tachys::dom::body(), App).await.forget();
    // Tests wait for this before they click.
    if let Some(html) = leptos::prelude::document().document_element() {
        // A document that refuses an attribute is no reason to stop.
        let _ = html.set_attribute(HYDRATED, "");
    }
}
