//! `Idempotency-Key`: a `POST` that carries one is done once, and sent again it gets the first answer
//! (draft-ietf-httpapi-idempotency-key-header).
//!
//! Only what was done is kept. A request that was refused has changed nothing, and its key is free for another attempt.

use app::{
    ErrorKind, UiError,
    service::{Kept, Repeat, Session},
    text,
};
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, Method, StatusCode, header, request::Parts};
use std::sync::Arc;
use tracing::Instrument;

use super::{
    HttpState,
    problem::{Problem, too_large},
    router::MAX_BODY,
};

/// The request's header.
pub const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Says that an answer is the first one again.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// The most characters of a key.
const MOST: usize = 255;
/// What is done by whoever is not signed in, or changes who is.
const WITHOUT: [&str; 3] = ["/api/v1/session", "/api/v1/registration", "/api/v1/links/"];

/// Whether requests to an address pay heed to the key.
pub fn heeds(method: &Method, path: &str) -> bool {
    method == Method::POST && !WITHOUT.iter().any(|prefix| path.starts_with(prefix))
}

/// Middleware for the REST API.
pub async fn once(State(state): State<HttpState>, request: Request, next: Next) -> Response {
    if !heeds(request.method(), request.uri().path()) || !request.headers().contains_key(KEY) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    match claimed(&state, &parts, body).await {
        Ok(Claim::Nobody(body)) => next.run(Request::from_parts(parts, Body::from(body))).await,
        Ok(Claim::Again(kept)) => again(kept),
        Ok(Claim::First(session, key, body)) => {
            let request = Request::from_parts(parts, Body::from(body));
            // Who asks may be gone before it is done, and asks again: that must find the answer.
            let work = async move { done(&*session, &key, next.run(request).await).await };
            tokio::spawn(work.in_current_span()).await.unwrap_or_else(|_| Problem(UiError::internal()).into_response())
        }
        Err(error) => Problem(error).into_response(),
    }
}

enum Claim {
    /// Nobody is signed in; the endpoint says so.
    Nobody(Bytes),
    /// It is to be done.
    First(Arc<dyn Session>, String, Bytes),
    /// It was done.
    Again(Kept),
}

async fn claimed(state: &HttpState, parts: &Parts, body: Body) -> Result<Claim, UiError> {
    let body = to_bytes(body, MAX_BODY).await.map_err(|_| too_large())?;
    let session = match state.door.0.session(parts).await {
        Ok(session) => session,
        // What cannot be looked up now is not done unprotected a moment later.
        Err(error) if error.kind == ErrorKind::Unavailable || error.kind == ErrorKind::Internal => return Err(error),
        Err(_) => return Ok(Claim::Nobody(body)),
    };
    let key = key(parts)?;
    let address = parts.uri.path_and_query().map_or("", |address| address.as_str());
    let asked = [address.as_bytes(), b"\n", &body].concat();
    Ok(match session.repeats().begin(&key, &asked).await? {
        Repeat::First => Claim::First(session, key, body),
        Repeat::Again(kept) => Claim::Again(kept),
    })
}

/// The key, as a string of structured fields (RFC 9651, in quotes) or bare. Fails with `Invalid`.
fn key(parts: &Parts) -> Result<String, UiError> {
    let mut given = parts.headers.get_all(KEY).iter();
    let key = given.next().and_then(|value| value.to_str().ok()).unwrap_or_default().trim();
    let key = key.strip_prefix('"').and_then(|key| key.strip_suffix('"')).unwrap_or(key);
    let good = (1..=MOST).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic() && b != b'"');
    if good && given.next().is_none() {
        return Ok(key.to_owned());
    }
    Err(UiError::invalid_field(
        "Idempotency-Key",
        text!(
            "An Idempotency-Key is one key of 1 to {MOST} visible ASCII characters, such as a UUID.",
            "Idempotency-Key 须为单个键，长 1 至 {MOST} 个可见 ASCII 字符，例如 UUID。"
        ),
    ))
}

/// Keeps the answer of something that was done.
async fn done(session: &dyn Session, key: &str, response: Response) -> Response {
    let (parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY).await else { return Problem(UiError::internal()).into_response() };
    let text = std::str::from_utf8(&body).ok().filter(|_| parts.status.is_success());
    let kept = text.map(|body| Kept { status: parts.status.as_u16(), body: body.to_owned() });
    if let Err(error) = session.repeats().finish(key, kept).await {
        // It is done all the same, and a repetition waits until the claim is over.
        tracing::warn!(%error, "the answer to an Idempotency-Key was not kept");
    }
    Response::from_parts(parts, Body::from(body))
}

fn again(kept: Kept) -> Response {
    let status = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::OK);
    let mut response = (status, kept.body).into_response();
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}
