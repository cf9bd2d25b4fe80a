//! `Idempotency-Key`: a `POST` that carries one is done once, and sent again it gets the first answer
//! (draft-ietf-httpapi-idempotency-key-header).
//!
//! Only what was done is kept. A request that was refused has changed nothing, and its key is free for another attempt.
//! An answer that shows a secret for once is not kept, and so not given again: see [`Heed::Secret`].

use app::{
    ErrorKind, UiError,
    model::LinkToken,
    service::{Kept, Repeat, Repeats},
    text,
};
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderName, HeaderValue, Method, StatusCode, header, request::Parts};
use serde_json::Value;
use tracing::Instrument;

use super::{
    HttpState,
    problem::{Problem, too_large},
    router::MAX_BODY,
};
use crate::auth::tokens::Bearer;

/// The request's header.
pub const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Says that an answer is the first one again.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// The most characters of a key.
const MOST: usize = 255;

/// How an endpoint heeds the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heed {
    /// Its answer is kept, and given again.
    Answer,
    /// Its answer shows a secret that is kept nowhere: whoever asks again is told that, and what was made.
    Secret,
    /// Whoever asks is not signed in yet: the key belongs to the link's token, or to the address. Nobody is signed in by
    /// an answer that is given again.
    Newcomer,
}

/// How requests to an address, or to an endpoint's path, heed the key; `None` when they do not. docs/api.md says why.
pub fn heed(method: &Method, path: &str) -> Option<Heed> {
    if method != Method::POST {
        return None;
    }
    let parts: Vec<&str> = path.strip_prefix("/api/v1/")?.split('/').collect();
    match parts.as_slice() {
        ["tokens"] | ["accounts", _, "tokens"] | ["links"] => Some(Heed::Secret),
        ["session", "second-factor"] | ["session", "second-factor", "recovery-codes"] => Some(Heed::Secret),
        ["session", "second-factor", "removal"] => Some(Heed::Answer),
        ["session", "passkeys"] | ["session", "passkeys", _, "removal"] => Some(Heed::Answer),
        ["registration"] | ["links", "follow"] => Some(Heed::Newcomer),
        // Signing in, and what changes nothing.
        ["session", ..] | ["links", "look"] => None,
        _ => Some(Heed::Answer),
    }
}

/// Middleware for the REST API.
pub async fn once(State(state): State<HttpState>, request: Request, next: Next) -> Response {
    let heed = heed(request.method(), request.uri().path()).filter(|_| request.headers().contains_key(KEY));
    let Some(heed) = heed else { return next.run(request).await };
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    match claimed(&state, heed, &parts, body).await {
        Ok(Claim::Nobody(body)) => next.run(Request::from_parts(parts, Body::from(body))).await,
        Ok(Claim::Again(kept)) => again(kept, heed, &path),
        Ok(Claim::First(first, body)) => {
            let request = Request::from_parts(parts, Body::from(body));
            // Who asks may be gone before it is done, and asks again: that must find the answer.
            let work = async move { done(&first, heed, next.run(request).await).await };
            tokio::spawn(work.in_current_span()).await.unwrap_or_else(|_| Problem(UiError::internal()).into_response())
        }
        Err(error) => Problem(error).into_response(),
    }
}

enum Claim {
    /// Nobody is signed in; the endpoint says so.
    Nobody(Bytes),
    /// It is to be done.
    First(First, Bytes),
    /// It was done.
    Again(Kept),
}

/// A request that is the first of its key.
struct First {
    keys: Box<dyn Repeats>,
    key: String,
    /// Its address and its body.
    asked: Vec<u8>,
}

async fn claimed(state: &HttpState, heed: Heed, parts: &Parts, body: Body) -> Result<Claim, UiError> {
    let body = to_bytes(body, MAX_BODY).await.map_err(|_| too_large())?;
    let Some(keys) = keys(state, heed, parts, &body).await? else { return Ok(Claim::Nobody(body)) };
    let key = key(parts)?;
    let address = parts.uri.path_and_query().map_or("", |address| address.as_str());
    let asked = [address.as_bytes(), b"\n", &body].concat();
    Ok(match keys.begin(&key, &asked).await? {
        Repeat::First => Claim::First(First { keys, key, asked }, body),
        Repeat::Again(kept) => Claim::Again(kept),
    })
}

/// Whose key it is; `None` when nobody is there to whom it could belong.
async fn keys(state: &HttpState, heed: Heed, parts: &Parts, body: &[u8]) -> Result<Option<Box<dyn Repeats>>, UiError> {
    if heed == Heed::Newcomer {
        // No script comes in so, and the endpoint says that.
        if parts.extensions.get::<Bearer>().is_some() {
            return Ok(None);
        }
        let LinkToken { token } = serde_json::from_slice(body).unwrap_or_default();
        return Ok(Some(state.door.0.newcomers_repeats(parts, &token)));
    }
    match state.door.0.repeats(parts).await {
        // What cannot be looked up now is not done unprotected a moment later.
        Err(error) if error.kind == ErrorKind::Unavailable || error.kind == ErrorKind::Internal => Err(error),
        Err(_) => Ok(None),
        Ok(keys) => Ok(keys),
    }
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
async fn done(first: &First, heed: Heed, response: Response) -> Response {
    let (parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY).await else { return Problem(UiError::internal()).into_response() };
    let text = std::str::from_utf8(&body).ok().filter(|_| parts.status.is_success());
    let kept = text.map(|body| kept(heed, parts.status, body));
    if let Err(error) = first.keys.finish(&first.key, &first.asked, kept).await {
        // It is done all the same, and a repetition waits until the claim is over.
        tracing::warn!(%error, "the answer to an Idempotency-Key was not kept");
    }
    Response::from_parts(parts, Body::from(body))
}

/// What is kept of an answer.
fn kept(heed: Heed, status: StatusCode, body: &str) -> Kept {
    let status = status.as_u16();
    match heed {
        Heed::Secret => Kept::ShownOnce { status, made: made(body) },
        Heed::Answer | Heed::Newcomer => Kept::Answer { status, body: body.to_owned() },
    }
}

/// The id of what was made, in an answer that shows its secret, too.
fn made(body: &str) -> Option<String> {
    let body: Value = serde_json::from_str(body).ok()?;
    body.pointer("/row/id").and_then(Value::as_str).map(ToOwned::to_owned)
}

fn again(kept: Kept, heed: Heed, path: &str) -> Response {
    let (status, body) = match kept {
        Kept::ShownOnce { made, .. } => return shown_once(path, made.as_deref()),
        // Kept by a version that kept secrets, too.
        Kept::Answer { body, .. } if heed == Heed::Secret => return shown_once(path, made(&body).as_deref()),
        Kept::Answer { status, body } => (status, body),
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let mut response = (status, body).into_response();
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

/// That something was done whose answer cannot be given again, and where what it made is.
fn shown_once(path: &str, made: Option<&str>) -> Response {
    let message = match made {
        Some(id) => text!(
            "This was done: it made {id}, whose secret was shown once and cannot be shown again. Remove it, and make another with a new Idempotency-Key.",
            "此请求已执行，创建了 {id}，其密钥仅显示一次，无法再次显示。请将其删除，并使用新的 Idempotency-Key 重新创建。"
        ),
        None => text!(
            "This was done: what it answered was shown once and cannot be shown again. Ask anew with a new Idempotency-Key.",
            "此请求已执行，其结果仅显示一次，无法再次显示。请使用新的 Idempotency-Key 重新请求。"
        ),
    };
    let mut response = Problem(UiError::new(ErrorKind::Conflict, message)).into_response();
    let noun = if path.ends_with("/links") { "links" } else { "tokens" };
    if let Some(place) = made.and_then(|id| HeaderValue::from_str(&format!("/api/v1/{noun}/{id}")).ok()) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_signs_in_or_changes_nothing_heeds_no_key() {
        let of = |path: &str| heed(&Method::POST, &format!("/api/v1{path}"));
        for path in ["/session", "/session/code", "/session/code/passkey", "/session/passkey", "/session/captcha"] {
            assert_eq!(of(path), None, "{path}");
        }
        assert_eq!(of("/links/look"), None);
        assert_eq!(of("/session/password/strength"), None);
        assert_eq!(heed(&Method::PUT, "/api/v1/session/passkeys"), None);
        assert_eq!(heed(&Method::POST, "/settings/theme"), None);
        assert_eq!(of("/session/passkeys/{id}/removal"), Some(Heed::Answer));
        assert_eq!(of("/links/follow"), Some(Heed::Newcomer));
        assert_eq!(of("/apps/018bcfe5/restart"), Some(Heed::Answer));
    }

    #[test]
    fn nothing_is_kept_of_a_secret() {
        let body = r#"{"row":{"id":"018b","name":"night"},"token":"lsp_secret"}"#;
        let stored = serde_json::to_string(&kept(Heed::Secret, StatusCode::CREATED, body)).expect("JSON");
        assert_eq!(stored, r#"{"status":201,"made":"018b"}"#);
        let read: Kept = serde_json::from_str(&stored).expect("read back");
        assert_eq!(read, Kept::ShownOnce { status: 201, made: Some("018b".to_owned()) });
        let whole = kept(Heed::Answer, StatusCode::NO_CONTENT, "");
        let read: Kept = serde_json::from_str(&serde_json::to_string(&whole).expect("JSON")).expect("read back");
        assert_eq!(read, whole);
    }

    #[test]
    fn what_an_older_version_kept_is_not_shown_either() {
        let body = r#"{"row":{"id":"018b"},"token":"lsp_secret"}"#.to_owned();
        let response = again(Kept::Answer { status: 201, body }, Heed::Secret, "/api/v1/tokens");
        assert_eq!(response.status(), StatusCode::CONFLICT);
        assert_eq!(response.headers()[header::LOCATION], "/api/v1/tokens/018b");
        let told = response.extensions().get::<Problem>().expect("a problem");
        assert!(told.0.message.en.contains("018b") && !told.0.message.en.contains("lsp_"));
    }
}
