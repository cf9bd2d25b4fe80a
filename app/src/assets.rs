//! Where the hashed assets are. The server reads the build's manifest and puts it into the context of every
//! page; the browser reads the addresses back from the page.

use std::collections::BTreeMap;
#[cfg(feature = "ssr")]
use std::sync::Arc;

/// Addresses of the assets, as the page needs them.
#[derive(Clone, Debug, Default, serde::Deserialize)]
pub struct AssetUrls {
    /// The style sheet.
    pub css: String,
    /// The script that loads the module.
    pub js: String,
    /// The WebAssembly module.
    pub wasm: String,
    /// The icon sprite.
    pub icons: String,
    /// The typeface.
    pub font: String,
    /// The script of the editor of documents, which a page fetches when it shows one.
    #[serde(default)]
    pub editor: String,
    /// What each room's pages are made of, beside the module.
    #[serde(default)]
    pub rooms: BTreeMap<String, Vec<String>>,
}

/// The addresses in the context of a request.
#[cfg(feature = "ssr")]
#[derive(Clone, Debug)]
pub struct Assets(pub Arc<AssetUrls>);

/// The address of the icon sprite.
#[cfg(feature = "ssr")]
pub fn icon_sprite() -> String {
    leptos::prelude::use_context::<Assets>().map(|a| a.0.icons.clone()).unwrap_or_default()
}

/// The address of the icon sprite.
#[cfg(not(feature = "ssr"))]
pub fn icon_sprite() -> String {
    static URL: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    URL.get_or_init(|| {
        leptos::prelude::document()
            .document_element()
            .and_then(|html| html.get_attribute("data-icons"))
            .unwrap_or_default()
    })
    .clone()
}
