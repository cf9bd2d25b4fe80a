//! How the site's files are sent: as small as the browser takes them, and kept for ever; pages are never kept.

use std::net::SocketAddr;

use axum::{
    body::{Body, to_bytes},
    extract::ConnectInfo,
};
use http::{
    Request, Response, StatusCode,
    header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, HOST, HeaderName, VARY},
};
use tower::ServiceExt;

use crate::support::Site;

async fn ask(site: &Site, path: &str, accepted: Option<&str>) -> Response<Body> {
    let address: SocketAddr = ([10, 0, 0, 1], 40_000).into();
    let mut request = Request::builder().uri(path).header(HOST, "longshore.test").extension(ConnectInfo(address));
    if let Some(accepted) = accepted {
        request = request.header(ACCEPT_ENCODING, accepted);
    }
    let request = request.body(Body::empty()).expect("a request");
    site.router.clone().oneshot(request).await.expect("a response")
}

fn header(response: &Response<Body>, name: HeaderName) -> String {
    let value = response.headers().get(name).map(|value| value.to_str().expect("plain text"));
    value.unwrap_or_default().to_owned()
}

#[tokio::test]
async fn files_are_sent_as_the_browser_takes_them_and_kept_for_ever() {
    // Where the site has not been built there is none to send; what is chosen is tested without one, too.
    let Ok(urls) = server::http::assets::urls() else { return };
    let site = Site::start().await;
    for address in [&urls.js, &urls.css, &urls.wasm] {
        let mut sizes = Vec::new();
        for (accepted, coding) in
            [(Some("gzip, deflate, br"), "br"), (Some("gzip"), "gzip"), (Some("identity"), ""), (None, "")]
        {
            let response = ask(&site, address, accepted).await;
            assert_eq!(response.status(), StatusCode::OK, "{address}");
            assert_eq!(header(&response, CONTENT_ENCODING), coding, "{address} for {accepted:?}");
            assert_eq!(header(&response, CACHE_CONTROL), "public, max-age=31536000, immutable", "{address}");
            assert!(header(&response, VARY).to_ascii_lowercase().contains("accept-encoding"), "{address}");
            sizes.push(to_bytes(response.into_body(), 64 << 20).await.expect("a body").len());
        }
        assert!(sizes[0] < sizes[1] && sizes[1] < sizes[2] && sizes[2] == sizes[3], "{address}: {sizes:?}");
    }
}

#[tokio::test]
async fn no_page_and_no_answer_of_the_api_is_kept() {
    let site = Site::start().await;
    for (path, kind) in [
        ("/sign-in", "text/html"),
        ("/no-such-page", "text/html"),
        ("/api/v1/session", "application/problem+json"),
        ("/api/v1/nothing/here", "application/problem+json"),
    ] {
        let response = ask(&site, path, Some("br")).await;
        assert!(header(&response, CONTENT_TYPE).starts_with(kind), "{path}: {response:?}");
        assert_eq!(header(&response, CACHE_CONTROL), "no-store", "{path}");
    }
}
