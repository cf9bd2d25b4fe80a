//! Errors on the wire: problem details (RFC 9457) in the language that the caller asked for.

use app::{ErrorKind, UiError, i18n::Lang, text};
use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, FromRequestParts, Request, rejection},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::{Serialize, de::DeserializeOwned};
use tower_http::request_id::RequestId;

use super::router::MAX_BODY;

/// After how many seconds whoever was told that something is not ready may ask again (RFC 9110, section 10.2.3).
const RETRY_AFTER: u16 = 5;

/// A [`UiError`] as a response. The middleware [`render`] writes its body.
#[derive(Clone, Debug)]
pub struct Problem(pub UiError);

impl From<UiError> for Problem {
    fn from(error: UiError) -> Self {
        Self(error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The body of a problem.
#[derive(Debug, Serialize)]
struct Told<'a> {
    #[serde(rename = "type")]
    about: &'static str,
    title: &'static str,
    status: u16,
    kind: ErrorKind,
    detail: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Field<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Field<'a> {
    field: &'a str,
    detail: &'a str,
}

/// The language of a request: the cookie of the pages first, then `Accept-Language`.
pub fn language(headers: &HeaderMap) -> Lang {
    cookie(headers, app::i18n::LANG_COOKIE)
        .and_then(Lang::negotiate)
        .or_else(|| headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).and_then(Lang::negotiate))
        .unwrap_or_default()
}

/// The value of a cookie.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(';'))
        .find_map(|pair| pair.trim().split_once('=').filter(|(k, _)| *k == name).map(|(_, v)| v))
}

/// Middleware: writes the body of a [`Problem`], in the caller's language and with the request's id.
pub async fn render(request: Request, next: Next) -> Response {
    let lang = language(request.headers());
    let id = request.extensions().get::<RequestId>().map(|id| id.header_value().clone());
    let of_api = request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    let told = response.extensions_mut().remove::<Problem>();
    // What took too long is not to be asked for in the same way again.
    let again = told.is_some() && response.status() == StatusCode::SERVICE_UNAVAILABLE;
    let Some(Problem(error)) = told.or_else(|| if of_api { unexplained(&response) } else { None }) else {
        return response;
    };
    let status = response.status();
    let body = Told {
        about: "about:blank",
        title: status.canonical_reason().unwrap_or("Error"),
        status: status.as_u16(),
        kind: error.kind,
        detail: error.message.get(lang),
        errors: error.fields.iter().map(|f| Field { field: &f.field, detail: f.message.get(lang) }).collect(),
        request_id: id.as_ref().and_then(|v| v.to_str().ok()),
    };
    let mut problem = (status, axum::Json(body)).into_response();
    for name in [header::WWW_AUTHENTICATE, header::CACHE_CONTROL, header::ALLOW, header::LOCATION] {
        if let Some(value) = response.headers_mut().remove(&name) {
            problem.headers_mut().insert(name, value);
        }
    }
    problem.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if again {
        problem.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER));
    }
    problem
}

/// What is said of an answer that comes from below the endpoints and has only a status: another method is meant, or it took too
/// long.
fn unexplained(response: &Response) -> Option<Problem> {
    if response.headers().contains_key(header::CONTENT_TYPE) {
        return None;
    }
    let (kind, message) = match response.status() {
        StatusCode::METHOD_NOT_ALLOWED => {
            let allowed = response.headers().get(header::ALLOW).and_then(|v| v.to_str().ok()).unwrap_or_default();
            (ErrorKind::Invalid, text!("This address takes {allowed} alone.", "此地址仅接受 {allowed}。"))
        }
        StatusCode::SERVICE_UNAVAILABLE => (
            ErrorKind::Unavailable,
            text!(
                "This took more than a minute and was given up. Try again, and ask for less at a time.",
                "处理超过一分钟，已放弃。请重试，并减少单次请求的内容。"
            ),
        ),
        _ => return None,
    };
    Some(Problem(UiError::new(kind, message)))
}

impl From<rejection::PathRejection> for Problem {
    /// An address with an impossible id names nothing.
    fn from(_: rejection::PathRejection) -> Self {
        Self(UiError::not_found())
    }
}

impl From<rejection::QueryRejection> for Problem {
    fn from(rejection: rejection::QueryRejection) -> Self {
        let detail = rejection.body_text();
        Self(UiError::new(
            ErrorKind::Invalid,
            text!("The query of the address cannot be read: {detail}", "无法解析地址中的查询参数：{detail}"),
        ))
    }
}

impl From<rejection::JsonRejection> for Problem {
    fn from(rejection: rejection::JsonRejection) -> Self {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            return Self(too_large());
        }
        let detail = rejection.body_text();
        Self(UiError::new(ErrorKind::Invalid, text!("The body cannot be read: {detail}", "无法解析请求正文：{detail}")))
    }
}

/// The answer to a request whose body is larger than any may be.
pub fn too_large() -> UiError {
    let most = MAX_BODY / 1024;
    UiError::new(ErrorKind::TooLarge, text!("The request is larger than {most} KiB.", "请求超过 {most} KiB。"))
}

/// The path's parts; impossible ones are 404.
#[derive(Debug, FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Problem))]
pub struct Path<T>(pub T);

/// The query's values.
#[derive(Debug, FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Problem))]
pub struct Query<T>(pub T);

/// A JSON body: an object. What serde would take as well, an array of its values without their names, is refused.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (head, body) = request.into_parts();
        let whole = Request::from_parts(head.clone(), body);
        let bytes = Bytes::from_request(whole, state).await.map_err(rejection::JsonRejection::from)?;
        if bytes.trim_ascii_start().starts_with(b"[") {
            return Err(Problem(UiError::new(
                ErrorKind::Invalid,
                text!(
                    "The content has to be a JSON object, {{…}}, with its fields by name; this is an array.",
                    "请求内容必须是按名称给出字段的 JSON 对象 {{…}}，而不是数组。"
                ),
            )));
        }
        let again = Request::from_parts(head, Body::from(bytes));
        Ok(Self(axum::Json::from_request(again, state).await?.0))
    }
}
