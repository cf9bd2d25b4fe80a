//! The document around the application, rendered on the server.

use std::collections::BTreeSet;

use leptos::{hydration::AutoReload, nonce::use_nonce, prelude::*};
use leptos_meta::MetaTags;

use crate::{assets::Assets, i18n::Lang, routes::App};

/// The theme that was chosen, from its cookie: `light` or `dark`; `None` follows the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme(pub Option<&'static str>);

/// The cookie that keeps the theme.
pub const THEME_COOKIE: &str = "theme";

impl Theme {
    /// Reads the cookie's value.
    pub fn parse(value: &str) -> Self {
        Self(match value {
            "light" => Some("light"),
            "dark" => Some("dark"),
            _ => None,
        })
    }
}

/// Whether `make dev` has started this server, so that its pages are loaded anew when another process answers.
#[cfg(debug_assertions)]
pub fn reloads() -> bool {
    std::env::var_os("LONGSHORE_RELOAD").is_some()
}

/// Loads the page anew once `/dev` names another process than before.
#[cfg(debug_assertions)]
const RELOAD: &str = "let known; new EventSource('/dev').onmessage = ({ data }) => { \
                      if (known && known !== data) location.reload(); known = data; };";

/// The whole HTML document. The module is loaded by a script with the request's nonce, so that the content
/// security policy needs no `unsafe-inline`.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let lang = Lang::current();
    let theme = use_context::<Theme>().and_then(|t| t.0);
    let assets = use_context::<Assets>().map(|a| (*a.0).clone()).unwrap_or_default();
    let nonce = use_nonce();
    set_policy(nonce.as_deref().unwrap_or_default());
    #[cfg(debug_assertions)]
    let reload = reloads().then(|| {
        let nonce = nonce.clone();
        view! { <script nonce=nonce inner_html=RELOAD></script> }
    });
    #[cfg(not(debug_assertions))]
    let reload = None::<AnyView>;
    // The module takes over what is on the screen: what the server made is painted before, even where the module is
    // at hand at once. A page that nobody sees is not painted.
    let start = format!(
        "import init, {{ hydrate }} from '{}'; \
         const painted = document.hidden || new Promise((done) => requestAnimationFrame(() => setTimeout(done))); \
         Promise.all([init({{ module_or_path: '{}' }}), painted]).then(() => hydrate());",
        assets.js, assets.wasm
    );
    // The rooms' code, for when the browser has nothing else to do.
    let later = assets
        .rooms
        .values()
        .flatten()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .map(|address| view! { <link rel="prefetch" href=address.clone() r#as="fetch" crossorigin="anonymous" /> })
        .collect_view();
    view! {
        <!DOCTYPE html>
        <html lang=lang.tag() data-theme=theme data-icons=assets.icons.clone() data-editor=assets.editor.clone()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
                <meta name="color-scheme" content="light dark" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="apple-touch-icon" href="/apple-touch-icon.png" />
                <link rel="manifest" href="/manifest.webmanifest" />
                <link rel="stylesheet" href=assets.css.clone() />
                <link rel="preload" href=assets.font.clone() r#as="font" r#type="font/woff2" crossorigin="anonymous" />
                <link rel="modulepreload" href=assets.js.clone() />
                <link rel="preload" href=assets.wasm.clone() r#as="fetch" r#type="application/wasm" crossorigin="anonymous" />
                {later}
                <MetaTags />
                <AutoReload options />
                {reload}
            </head>
            <body>
                <App />
                <script type="module" nonce=nonce inner_html=start></script>
            </body>
        </html>
    }
}

/// Sets the page's content security policy: nothing but our own files, and scripts and style sheets with the request's
/// nonce, of which the editor's is one.
/// `wasm-unsafe-eval` allows WebAssembly to be compiled, and no JavaScript to be evaluated.
fn set_policy(nonce: &str) {
    let policy = format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; media-src 'self'; \
         font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>()
        && let Ok(policy) = http::HeaderValue::from_str(&policy)
    {
        response.insert_header(http::header::CONTENT_SECURITY_POLICY, policy);
        response.insert_header(http::header::CACHE_CONTROL, http::HeaderValue::from_static("no-store"));
    }
}
