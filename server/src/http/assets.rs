//! The built site inside the binary: hashed files, precompressed, cached for ever.
//!
//! In a release build the files are in the binary; in a debug build they are read from `target/site`.

use std::borrow::Cow;

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
    file(built, uri.path().trim_start_matches('/'), &headers, "public, max-age=31536000, immutable")
}

/// `GET /favicon.svg` and the like: files at a fixed place.
pub async fn fixed(uri: Uri, headers: HeaderMap) -> Response {
    let name = uri.path().trim_start_matches('/');
    let path = Site::get("manifest.json")
        .and_then(|m| serde_json::from_slice::<serde_json::Value>(&m.data).ok())
        .and_then(|m| m.get(name).and_then(|v| v.as_str()).map(|v| v.trim_start_matches('/').to_owned()))
        .unwrap_or_else(|| name.to_owned());
    file(built, &path, &headers, "public, max-age=3600")
}

/// A file of the built site.
fn built(path: &str) -> Option<Cow<'static, [u8]>> {
    Site::get(path).map(|file| file.data)
}

/// A file in the smallest form that the caller accepts.
fn file(
    find: fn(&str) -> Option<Cow<'static, [u8]>>,
    path: &str,
    headers: &HeaderMap,
    cache: &'static str,
) -> Response {
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
        .find_map(|(coding, suffix)| find(&format!("{path}.{suffix}")).map(|f| (f, Some(coding))));
    let Some((found, coding)) = encoded.or_else(|| find(path).map(|f| (f, None))) else {
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
    let mut response = found.into_owned().into_response();
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(coding) = coding {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEPT: &str = "public, max-age=31536000, immutable";

    fn site(path: &str) -> Option<Cow<'static, [u8]>> {
        let content: &'static [u8] = match path {
            "assets/app.js" => b"the whole script",
            "assets/app.js.br" => b"br",
            "assets/app.js.gz" => b"gzip",
            "assets/small.css" => b"",
            _ => return None,
        };
        Some(content.into())
    }

    fn ask(path: &str, accepted: Option<&'static str>) -> Response {
        let mut headers = HeaderMap::new();
        if let Some(accepted) = accepted {
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(accepted));
        }
        file(site, path, &headers, KEPT)
    }

    #[test]
    fn a_file_is_sent_in_the_smallest_form_that_is_accepted() {
        for (accepted, coding) in [
            (Some("gzip, deflate, br, zstd"), Some("br")),
            (Some("br;q=0.5, gzip"), Some("br")),
            (Some("gzip"), Some("gzip")),
            (Some("br;q=0, gzip"), Some("gzip")),
            (Some("br; q=0.000,gzip;q=0"), None),
            (Some("identity"), None),
            (None, None),
        ] {
            let response = ask("assets/app.js", accepted);
            let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
            assert_eq!(response.status(), StatusCode::OK);
            assert_eq!(header(header::CONTENT_ENCODING), coding, "{accepted:?}");
            assert_eq!(header(header::CONTENT_TYPE), Some("text/javascript; charset=utf-8"), "{accepted:?}");
            assert_eq!(header(header::CACHE_CONTROL), Some(KEPT), "{accepted:?}");
            assert_eq!(header(header::VARY), Some("accept-encoding"), "{accepted:?}");
        }
    }

    #[test]
    fn what_has_no_smaller_form_is_sent_as_it_is_and_what_is_not_there_is_not_found() {
        let response = ask("assets/small.css", Some("br, gzip"));
        assert_eq!((response.status(), response.headers().get(header::CONTENT_ENCODING)), (StatusCode::OK, None));
        assert_eq!(ask("assets/none.js", Some("br")).status(), StatusCode::NOT_FOUND);
    }
}
