//! Tokens of scripts: taken under `/api/v1`, and nowhere else. Pages and server functions are a browser's, which has a
//! session; what a proxy wants in `Authorization` (another scheme than `Bearer`) is none of ours.

use std::sync::Arc;

use app::{ErrorKind, UiError, text};
use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use zeroize::Zeroizing;

use super::problem::{Problem, cookie};
use crate::auth::{sessions::COOKIE_NAMES, tokens::Bearer};

/// What the request has to say about who makes it.
enum Credentials {
    /// No token.
    None,
    /// A token.
    Token(Bearer),
    /// More than one thing: which of them is meant, nobody should have to guess.
    Several,
}

/// Middleware: hands a token on to the door, and says how to sign in where that is what is missing (RFC 6750).
pub async fn read(mut request: Request, next: Next) -> Response {
    let (mut response, challenge) = match credentials(request.headers()) {
        Credentials::None => (next.run(request).await, r#"Bearer realm="longshore""#),
        Credentials::Token(token) => {
            request.extensions_mut().insert(token);
            (next.run(request).await, r#"Bearer realm="longshore", error="invalid_token""#)
        }
        Credentials::Several => (several().into_response(), r#"Bearer realm="longshore", error="invalid_request""#),
    };
    if response.status() == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    response
}

fn credentials(headers: &HeaderMap) -> Credentials {
    let mut tokens = headers.get_all(header::AUTHORIZATION).iter().filter_map(|value| bearer(value.to_str().ok()?));
    let Some(token) = tokens.next() else { return Credentials::None };
    if tokens.next().is_some() || COOKIE_NAMES.iter().any(|name| cookie(headers, name).is_some()) {
        return Credentials::Several;
    }
    Credentials::Token(Bearer(Arc::new(Zeroizing::new(token.to_owned()))))
}

/// What stands behind the scheme, whose case does not matter (RFC 9110, section 11.1).
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn several() -> Problem {
    Problem(UiError::new(
        ErrorKind::SignedOut,
        text!(
            "The request carries a token and a session's cookie, or several tokens. Send one of them.",
            "请求同时携带了令牌和会话 Cookie，或携带了多个令牌。请只发送其中一个。"
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(authorization: &[&'static str], cookie: Option<&'static str>) -> &'static str {
        let mut headers = HeaderMap::new();
        for value in authorization {
            headers.append(header::AUTHORIZATION, HeaderValue::from_static(value));
        }
        if let Some(cookie) = cookie {
            headers.insert(header::COOKIE, HeaderValue::from_static(cookie));
        }
        match credentials(&headers) {
            Credentials::None => "none",
            Credentials::Token(Bearer(token)) if token.as_str() == "lsp_x" => "token",
            Credentials::Token(_) => "another",
            Credentials::Several => "several",
        }
    }

    #[test]
    fn one_token_and_nothing_beside_it() {
        assert_eq!(read(&[], None), "none");
        assert_eq!(read(&[], Some("longshore=x")), "none");
        assert_eq!(read(&["Bearer lsp_x"], None), "token");
        assert_eq!(read(&["bearer  lsp_x"], Some("lang=zh; theme=dark")), "token");
        assert_eq!(read(&["Bearer"], None), "another");
        assert_eq!(read(&["Basic bHM6bHM="], Some("longshore=x")), "none");
        assert_eq!(read(&["Bearer lsp_x"], Some("lang=zh; longshore=x")), "several");
        assert_eq!(read(&["Bearer lsp_x"], Some("__Host-longshore=x")), "several");
        assert_eq!(read(&["Bearer lsp_x", "Bearer lsp_y"], None), "several");
    }
}
