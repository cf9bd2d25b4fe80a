//! The browser's module: it takes over the page that the server has rendered.

use app::{pages::rooms, routes::App};
use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the page once the module is loaded. A page whose own code cannot be had is left as the server made it.
#[wasm_bindgen]
pub async fn hydrate() {
    console_error_panic_hook::set_once();
    if rooms::enter().await.is_err() {
        return;
    }
    leptos::mount::hydrate_body(App);
    // Tests wait for this before they click.
    if let Some(html) = leptos::prelude::document().document_element() {
        // A document that refuses an attribute is no reason to stop.
        let _ = html.set_attribute("data-hydrated", "");
    }
}
