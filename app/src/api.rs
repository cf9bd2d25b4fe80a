//! The server functions, one file per noun: thin, nothing but a call through the door. They are public
//! endpoints; the services behind the door decide who may do what.

pub mod access;
pub mod accounts;
pub mod apps;
pub mod audit;
pub mod clusters;
pub mod identity;
pub mod links;
pub mod namespaces;
pub mod operations;
pub mod passkeys;
pub mod registries;
pub mod second_factor;
pub mod secrets;
pub mod session;
pub mod sessions;
pub mod templates;
pub mod tokens;

#[cfg(feature = "ssr")]
use std::sync::Arc;

use leptos::server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType, codec::Post};
use serde::{Serialize, de::DeserializeOwned};

#[cfg(feature = "ssr")]
use crate::{
    UiError,
    service::{Platform, Session},
};

/// How server functions answer: JSON, read as text. What comes with a page and over the stream is read in the same
/// way, so that the browser's module holds one reader for each type and not two.
pub type Json = Post<JsonText>;

/// The encoding of [`Json`].
#[derive(Debug)]
pub struct JsonText;

impl ContentType for JsonText {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for JsonText {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for JsonText {
    type Error = serde_json::Error;

    fn encode(value: &T) -> Result<Bytes, Self::Error> {
        serde_json::to_vec(value).map(Bytes::from)
    }
}

impl<T: DeserializeOwned> Decodes<T> for JsonText {
    type Error = serde_json::Error;

    fn decode(bytes: Bytes) -> Result<T, Self::Error> {
        // What is not UTF-8 is not JSON either: the empty text says so.
        serde_json::from_str(std::str::from_utf8(&bytes).unwrap_or_default())
    }
}

/// The platform's door, as it stands in the context of every request.
#[cfg(feature = "ssr")]
#[derive(Clone)]
pub struct Door(pub Arc<dyn Platform>);

/// Who is signed in, as it was looked up before the page's rendering began.
#[cfg(feature = "ssr")]
#[derive(Clone, Debug)]
pub struct KnownViewer(pub Result<Option<crate::model::Viewer>, UiError>);

/// The door and the parts of the request that knocks.
#[cfg(feature = "ssr")]
pub(crate) fn door() -> Result<(Arc<dyn Platform>, http::request::Parts), UiError> {
    use leptos::prelude::use_context;
    let Door(platform) = use_context().ok_or_else(UiError::internal)?;
    let parts = use_context().ok_or_else(UiError::internal)?;
    Ok((platform, parts))
}

/// Whoever is signed in, or the error that says that nobody is.
#[cfg(feature = "ssr")]
pub(crate) async fn session() -> Result<Arc<dyn Session>, UiError> {
    let (platform, parts) = door()?;
    platform.session(&parts).await
}

/// Whether a form was posted by a browser without our script: its answer is a redirect back to the page, which then
/// shows the error. Any other status would leave people with the bare error.
#[cfg(feature = "ssr")]
pub(crate) fn is_plain_form() -> bool {
    leptos::prelude::use_context::<http::request::Parts>().is_some_and(|parts| {
        let accept = parts.headers.get(http::header::ACCEPT).and_then(|v| v.to_str().ok());
        parts.method == http::Method::POST && accept.is_some_and(|v| v.contains("text/html"))
    })
}

/// Gives an error its HTTP status, which server functions do not do by themselves, and the id of the request, under
/// which the log has the details.
#[cfg(feature = "ssr")]
pub(crate) fn answer<T>(result: Result<T, UiError>) -> Result<T, UiError> {
    result.map_err(said)
}

/// An error as it leaves a server function: its status is the response's, and it names the request.
#[cfg(feature = "ssr")]
pub(crate) fn said(mut error: UiError) -> UiError {
    use leptos::prelude::use_context;
    if !is_plain_form()
        && let Some(response) = use_context::<leptos_axum::ResponseOptions>()
        && let Ok(status) = http::StatusCode::from_u16(error.kind.status())
    {
        response.set_status(status);
    }
    if error.request_id.is_none() {
        error.request_id = use_context::<http::request::Parts>()
            .and_then(|parts| Some(parts.headers.get("x-request-id")?.to_str().ok()?.to_owned()));
    }
    error
}
