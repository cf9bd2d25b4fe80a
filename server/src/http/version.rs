//! Versions of things on the wire: an answer's `ETag`, and `If-Match` on the change that is meant for that version
//! (RFC 9110, sections 8.8.3 and 13.1.1). Who changes something that has changed meanwhile gets 412 and loses nobody's
//! work.
//!
//! The tag is the version of what a change replaces, and so of no use for caches: an account's bindings or an
//! application's pods change without it.

use app::{ErrorKind, UiError, model::*, service::Answer, text};
use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, header, request::Parts};
use serde::Serialize;

use super::problem::Problem;

/// A thing of which a change replaces a version.
pub trait Versioned {
    /// The number: one that counts the changes, or one made of what a change replaces.
    fn version(&self) -> i64;
}

impl Versioned for AccountDetail {
    fn version(&self) -> i64 {
        self.row.version
    }
}

impl Versioned for AccountRow {
    fn version(&self) -> i64 {
        self.version
    }
}

impl Versioned for NamespaceRow {
    fn version(&self) -> i64 {
        self.version
    }
}

impl Versioned for RegistryRow {
    fn version(&self) -> i64 {
        self.version
    }
}

impl Versioned for SecretDetail {
    fn version(&self) -> i64 {
        self.row.version
    }
}

impl Versioned for RoleRow {
    fn version(&self) -> i64 {
        self.version
    }
}

impl Versioned for ProviderDetail {
    fn version(&self) -> i64 {
        self.row.version
    }
}

impl Versioned for PlatformSettings {
    fn version(&self) -> i64 {
        self.version
    }
}

/// The kubeconfig, of which nothing else is told.
impl Versioned for ClusterOverview {
    fn version(&self) -> i64 {
        self.cluster.revision
    }
}

impl Versioned for ClusterRow {
    fn version(&self) -> i64 {
        self.revision
    }
}

impl Versioned for MetricsForm {
    fn version(&self) -> i64 {
        self.version.unwrap_or_default()
    }
}

impl Versioned for PasskeyRow {
    fn version(&self) -> i64 {
        self.version
    }
}

impl Versioned for TenantSecurity {
    fn version(&self) -> i64 {
        self.version.unwrap_or_default()
    }
}

impl Versioned for TemplateDetail {
    fn version(&self) -> i64 {
        self.row.version()
    }
}

impl Versioned for TemplateRow {
    fn version(&self) -> i64 {
        i64::from(self.version)
    }
}

/// The newest release, which an upgrade takes the place of.
impl Versioned for AppDetail {
    fn version(&self) -> i64 {
        self.releases.first().map_or(0, |release| i64::from(release.number))
    }
}

/// An answer with its `ETag`.
#[derive(Debug)]
pub struct Tagged<T>(T);

impl<T: Versioned + Serialize> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        let tag = HeaderValue::try_from(format!("\"{}\"", self.0.version()));
        let mut response = axum::Json(self.0).into_response();
        if let Ok(tag) = tag {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }
}

/// What endpoints of versioned things answer.
pub type TaggedReply<T> = Result<Tagged<T>, Problem>;

pub(super) fn tagged<T: Versioned + Serialize>(answer: Answer<T>) -> TaggedReply<T> {
    answer.map(Tagged).map_err(Problem)
}

/// Which version a change is meant for: `If-Match`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// Any: the header is not there, or it is `*`.
    Any,
    /// This one.
    Version(i64),
}

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Self::read(&parts.headers).map_err(Problem)
    }
}

impl IfMatch {
    /// Fails with `PreconditionFailed` for tags that no version of ours has, and with `Invalid` for several tags.
    fn read(headers: &HeaderMap) -> Answer<Self> {
        let mut given = headers.get_all(header::IF_MATCH).iter();
        let Some(first) = given.next() else { return Ok(Self::Any) };
        let tag = first.to_str().unwrap_or_default().trim();
        if given.next().is_some() || tag.contains(',') {
            return Err(UiError::invalid_field(
                "If-Match",
                text!("Name one version in If-Match.", "If-Match 中请只写一个版本。"),
            ));
        }
        if tag == "*" {
            return Ok(Self::Any);
        }
        let version = tag.strip_prefix('"').and_then(|t| t.strip_suffix('"')).and_then(|t| t.parse().ok());
        version.filter(|v| *v >= 0).map(Self::Version).ok_or_else(no_such_version)
    }

    /// The version that the change must not go past: the header's, or else the one of the body.
    /// Fails with `PreconditionFailed` for a version that nothing of the kind can have.
    pub(super) fn or<N: TryFrom<i64>>(self, body: Option<N>) -> Answer<Option<N>> {
        match self {
            Self::Any => Ok(body),
            Self::Version(version) => N::try_from(version).map(Some).map_err(|_| no_such_version()),
        }
    }

    /// Says of a change that came too late that its precondition has failed, when there was one.
    pub(super) fn held<T>(self, answer: Answer<T>) -> Answer<T> {
        answer.map_err(|error| match (self, error.kind) {
            (Self::Version(_), ErrorKind::Stale) => UiError { kind: ErrorKind::PreconditionFailed, ..error },
            _ => error,
        })
    }
}

fn no_such_version() -> UiError {
    UiError::new(
        ErrorKind::PreconditionFailed,
        text!(
            "No version has the tag of If-Match. Read the thing anew and send its ETag.",
            "没有版本与 If-Match 的标签相符。请重新读取并使用其 ETag。"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&'static str]) -> Result<IfMatch, ErrorKind> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::IF_MATCH, HeaderValue::from_static(value));
        }
        IfMatch::read(&headers).map_err(|e| e.kind)
    }

    #[test]
    fn reads_one_strong_tag() {
        assert_eq!(read(&[]), Ok(IfMatch::Any));
        assert_eq!(read(&["*"]), Ok(IfMatch::Any));
        assert_eq!(read(&["\"3\""]), Ok(IfMatch::Version(3)));
        for never in ["W/\"3\"", "3", "\"three\"", "\"-1\"", "", "\""] {
            assert_eq!(read(&[never]), Err(ErrorKind::PreconditionFailed), "{never}");
        }
        assert_eq!(read(&["\"3\", \"4\""]), Err(ErrorKind::Invalid));
        assert_eq!(read(&["\"3\"", "\"4\""]), Err(ErrorKind::Invalid));
    }

    #[test]
    fn the_header_goes_before_the_body() {
        let version = |answer: Answer<Option<i64>>| answer.map_err(|error| error.kind);
        assert_eq!(version(IfMatch::Version(3).or(Some(2))), Ok(Some(3)));
        assert_eq!(version(IfMatch::Any.or(Some(2))), Ok(Some(2)));
        assert_eq!(version(IfMatch::Any.or(None)), Ok(None));
        let beyond = IfMatch::Version(i64::from(u32::MAX) + 1).or(Some(2_u32));
        assert_eq!(beyond.map_err(|error| error.kind), Err(ErrorKind::PreconditionFailed));
    }
}
