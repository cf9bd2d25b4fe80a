//! The way to an identity provider and back, as browsers go it: pages' addresses and no endpoints, since the provider
//! sends people to one of them. What a browser has begun is in a cookie of its own.

use app::{
    i18n::Lang,
    service::{ProviderAnswer, Way},
};
use axum::{
    extract::{Form, Path, Query, RawQuery, State, rejection::QueryRejection},
    response::{Html, IntoResponse, Redirect, Response},
};
use http::{HeaderValue, header, request::Parts};
use serde::Deserialize;

use super::{
    HttpState,
    problem::{Problem, cookie, language},
    security::is_from_elsewhere,
};

/// Where to go afterwards.
#[derive(Debug, Default, Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
}

/// `GET /sign-in/with/{slug}?next=…`: begins to sign in, and leads to the provider.
///
/// It changes nothing here but the browser's own cookie. From other sites it leads to the sign-in page, where one sees
/// what one is about to do.
pub async fn begin(
    State(state): State<HttpState>,
    Path(slug): Path<String>,
    Query(Next { next }): Query<Next>,
    RawQuery(query): RawQuery,
    parts: Parts,
) -> Result<Response, Problem> {
    if is_from_elsewhere(&parts.headers) {
        let query = query.map(|query| format!("&{query}")).unwrap_or_default();
        let slug: String = form_urlencoded::byte_serialize(slug.as_bytes()).collect();
        return Ok(found(&format!("/sign-in?provider={slug}{query}")));
    }
    let providers = state.door.0.sign_in_providers();
    let name = providers.cookie();
    let way = providers.begin(&parts, &slug, false, &next, cookie(&parts.headers, name)).await?;
    Ok(with_cookie(found(&way.to), name, &way))
}

/// What is sent back with a browser.
#[derive(Default, Deserialize)]
pub struct Answer {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
    iss: Option<String>,
    error: Option<String>,
}

/// `GET /sign-in/with/{slug}/callback`: goes on with what a provider has answered.
pub async fn finish(
    State(state): State<HttpState>,
    Path(slug): Path<String>,
    answer: Result<Query<Answer>, QueryRejection>,
    parts: Parts,
) -> Result<Response, Problem> {
    // What cannot be read belongs to nothing that was begun.
    let Answer { code, state: begun, iss, error } = answer.map(|Query(answer)| answer).unwrap_or_default();
    let answer = ProviderAnswer { code, state: begun, iss, error };
    let providers = state.door.0.sign_in_providers();
    let name = providers.cookie();
    let way = providers.finish(&parts, &slug, answer, cookie(&parts.headers, name)).await?;
    Ok(with_cookie(found(&way.to), name, &way))
}

/// Which provider one's account is to be linked with.
#[derive(Debug, Deserialize)]
pub struct LinkForm {
    provider: String,
}

/// `POST /settings/identities/link`: begins to link one's account, and leads to the provider.
///
/// It answers a page that goes on by itself: browsers do not follow a form to another site, by our own policy.
pub async fn link(
    State(state): State<HttpState>,
    parts: Parts,
    Form(LinkForm { provider }): Form<LinkForm>,
) -> Result<Response, Problem> {
    let providers = state.door.0.sign_in_providers();
    let name = providers.cookie();
    let way = providers.begin(&parts, &provider, true, "/", cookie(&parts.headers, name)).await?;
    let page = Html(passage(&way.to, language(&parts.headers))).into_response();
    Ok(with_cookie(page, name, &way))
}

fn found(to: &str) -> Response {
    Redirect::to(to).into_response()
}

fn with_cookie(mut response: Response, name: &str, way: &Way) -> Response {
    let secure = if name.starts_with("__Host-") { "; Secure" } else { "" };
    let (value, age) = way.kept.as_deref().map_or(("", 0), |kept| (kept, 600));
    let cookie = format!("{name}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}");
    let headers = response.headers_mut();
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        headers.append(header::SET_COOKIE, cookie);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A page that leads on, with a link for browsers that do not go by themselves.
fn passage(to: &str, lang: Lang) -> String {
    let to = escaped(to);
    let (tag, words) = (lang.tag(), lang.pick("On to the identity provider", "前往身份提供商"));
    format!(
        "<!DOCTYPE html><html lang=\"{tag}\"><head><meta charset=\"utf-8\"><title>{words}</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta http-equiv=\"refresh\" content=\"0; url={to}\"></head><body><p><a href=\"{to}\">{words}</a></p></body></html>"
    )
}

/// A text within an attribute.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_stays_within_its_attribute() {
        let page = passage("https://a.example/?x=\"><script>1</script>&y='", Lang::En);
        assert!(!page.contains("<script>") && page.contains("?x=&quot;&gt;&lt;script"), "{page}");
    }

    #[test]
    fn what_was_begun_is_kept_for_ten_minutes_or_forgotten() {
        let set = |name, kept: Option<&str>| {
            let way = Way { to: "/".into(), kept: kept.map(Into::into) };
            let response = with_cookie(found("/"), name, &way);
            response.headers()[header::SET_COOKIE].to_str().expect("text").to_owned()
        };
        assert_eq!(set("a", Some("b")), "a=b; Path=/; Max-Age=600; HttpOnly; SameSite=Lax");
        assert_eq!(set("__Host-a", None), "__Host-a=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure");
    }
}
