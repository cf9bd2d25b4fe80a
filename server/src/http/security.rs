//! Headers that keep browsers from doing harm, and the check that a request comes from our own pages.
//!
//! Changes are refused by `tower_http`'s CSRF layer when they come from elsewhere. Reads under `/api` and streams
//! are refused too: another site has no business with them, even though it could not see the answers. The door writes down
//! what was refused; where it cannot, the request is refused all the same.

use app::{ErrorKind, UiError, api::Door, text};
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts};
use tower_http::csrf::ProtectionError;

use super::problem::Problem;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Middleware for `/api`: refuses what a browser sends on behalf of another site.
pub async fn same_site(State(door): State<Door>, request: Request, next: Next) -> Response {
    if is_from_elsewhere(request.headers()) {
        let (head, _) = request.into_parts();
        note(&door, &head).await;
        return Problem(UiError::new(
            ErrorKind::Forbidden,
            text!("Requests from other sites are refused.", "拒绝来自其他站点的请求。"),
        ))
        .into_response();
    }
    let mut response = next.run(request).await;
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Middleware around the CSRF layer: has what that refuses written down.
pub async fn note_refused(State(door): State<Door>, request: Request, next: Next) -> Response {
    // The layer lets these pass whatever they are.
    if request.method().is_safe() {
        return next.run(request).await;
    }
    let (head, body) = request.into_parts();
    let asked = head.clone();
    let response = next.run(Request::from_parts(head, body)).await;
    if response.extensions().get::<ProtectionError>().is_some() {
        note(&door, &asked).await;
    }
    response
}

/// Has the door write a refused request down, which logs why it cannot.
async fn note(door: &Door, head: &Parts) {
    if door.0.refuse_foreign(head).await.is_err() {
        tracing::error!("a request from another site is not in the audit trail");
    }
}

/// Whether a browser says that another site has sent it.
pub(super) fn is_from_elsewhere(headers: &HeaderMap) -> bool {
    headers.get(SEC_FETCH_SITE).is_some_and(|v| !matches!(v.as_bytes(), b"same-origin" | b"none"))
}

/// Middleware for everything: headers that no handler should have to remember. Pages set their own content security
/// policy with the request's nonce; everything else gets the strictest one.
pub async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let out = response.headers_mut();
    out.entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    out.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    out.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    out.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    out.insert(
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
    );
    out.insert(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));
    response
}

/// The reply to a change that comes from another site, for the CSRF layer.
pub fn refuse_foreign() -> Response {
    Problem(UiError::new(
        ErrorKind::Forbidden,
        text!(
            "The request does not come from Longshore's own pages. Open the page anew and try again.",
            "请求并非来自 Longshore 页面，请重新打开页面后再试。"
        ),
    ))
    .into_response()
}
