//! The pages: rendered on the server with what the request's cookies say, and the two forms that set those cookies.

use app::{
    api::{Door, KnownViewer},
    assets::Assets,
    i18n::{LANG_COOKIE, Lang},
    model::local_path,
    shell::{THEME_COOKIE, Theme},
};
use axum::{
    Form,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderValue, header, request::Parts};
use leptos::prelude::{provide_context, use_context};
use serde::Deserialize;

use super::{
    HttpState,
    problem::{cookie, language},
};

/// A closure that puts into the context of each page and server function what it needs of the request.
pub fn context(state: &HttpState) -> impl Fn() + Clone + Send + Sync + 'static {
    let door: Door = state.door.clone();
    let assets: Assets = state.assets.clone();
    move || {
        provide_context(door.clone());
        provide_context(assets.clone());
        if let Some(parts) = use_context::<Parts>() {
            if let Some(viewer) = parts.extensions.get::<KnownViewer>() {
                provide_context(viewer.clone());
            }
            provide_context::<Lang>(language(&parts.headers));
            provide_context::<Theme>(Theme::parse(cookie(&parts.headers, THEME_COOKIE).unwrap_or_default()));
        }
    }
}

/// Looks up who is signed in before a page is rendered. The frame then stands at once: were it to wait, everything
/// within would be rendered, and loaded, once for each time that it is asked whether it is ready.
pub async fn know_viewer(State(door): State<Door>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let viewer = door.0.viewer(&parts).await;
    parts.extensions.insert(KnownViewer(viewer));
    next.run(Request::from_parts(parts, body)).await
}

/// A choice of theme.
#[derive(Debug, Deserialize)]
pub struct ThemeForm {
    theme: String,
    #[serde(default)]
    next: String,
}

/// `POST /settings/theme`: keeps the theme in a cookie and goes back.
pub async fn set_theme(Form(form): Form<ThemeForm>) -> Response {
    let theme = Theme::parse(&form.theme).0.unwrap_or("system");
    remember(THEME_COOKIE, theme, &form.next)
}

/// A choice of language.
#[derive(Debug, Deserialize)]
pub struct LanguageForm {
    lang: String,
    #[serde(default)]
    next: String,
}

/// `POST /settings/language`: keeps the language in a cookie and goes back.
pub async fn set_language(Form(form): Form<LanguageForm>) -> Response {
    let lang = Lang::negotiate(&form.lang).unwrap_or_default().pick("en", "zh");
    remember(LANG_COOKIE, lang, &form.next)
}

/// Sets a cookie for a year and redirects to a path of this site.
fn remember(name: &str, value: &str, next: &str) -> Response {
    let mut response = Redirect::to(local_path(next).unwrap_or("/")).into_response();
    let cookie = format!("{name}={value}; Path=/; Max-Age=31536000; SameSite=Lax");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
