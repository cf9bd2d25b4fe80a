//! The built site inside the binary: hashed files, precompressed, cached for ever.
//!
//! In a release build the files are in the binary; in a debug build they are read from `target/site`.

use app::assets::AssetUrls;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use rust_embed::Embed;

#[derive(Embed)]
#[folder = "../target/site"]
#[allow_missing = true]
struct Site;

/// The addresses of the assets, from the build's manifest. Fails when the site has not been built.
pub fn urls() -> Result<AssetUrls, String> {
    let manifest = Site::get("manifest.json").ok_or("the site is not built: run `make web` first")?;
    serde_json::from_slice(&manifest.data).map_err(|e| format!("the site's manifest cannot be read: {e}"))
}

/// `GET /assets/…`: a file whose name holds the hash of its content.
pub async fn hashed(uri: Uri, headers: HeaderMap) -> Response {
    file(uri.path().trim_start_matches('/'), &headers, "public, max-age=31536000, immutable")
}

/// `GET /favicon.svg` and the like: files at a fixed place.
pub async fn fixed(uri: Uri, headers: HeaderMap) -> Response {
    let name = uri.path().trim_start_matches('/');
    let path = Site::get("manifest.json")
        .and_then(|m| serde_json::from_slice::<serde_json::Value>(&m.data).ok())
        .and_then(|m| m.get(name).and_then(|v| v.as_str()).map(|v| v.trim_start_matches('/').to_owned()))
        .unwrap_or_else(|| name.to_owned());
    file(&path, &headers, "public, max-age=3600")
}

/// A file in the smallest form that the caller accepts.
fn file(path: &str, headers: &HeaderMap, cache: &'static str) -> Response {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let accepts = |name: &str| {
        accepted.split(',').any(|part| {
            let (coding, weight) = part.split_once(';').map_or((part, ""), |(c, w)| (c, w.trim()));
            coding.trim() == name && !matches!(weight, "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
        })
    };
    let encoded = [("br", "br"), ("gzip", "gz")]
        .into_iter()
        .filter(|(coding, _)| accepts(coding))
        .find_map(|(coding, suffix)| Site::get(&format!("{path}.{suffix}")).map(|f| (f, Some(coding))));
    let Some((found, coding)) = encoded.or_else(|| Site::get(path).map(|f| (f, None))) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let kind = match path.rsplit('.').next() {
        Some("wasm") => "application/wasm",
        Some("webmanifest") => "application/manifest+json",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    };
    let mut response = found.data.into_owned().into_response();
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(coding) = coding {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    response
}
