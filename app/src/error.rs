//! What a person or a script is told when something cannot be done: what happened, why, and what to do next.

use leptos::{
    prelude::{FromServerFnError, ServerFnErrorErr},
    server_fn::codec::JsonEncoding,
};
use serde::{Deserialize, Serialize};

use crate::{i18n::Text, text};

/// The class of an error; it decides the HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// Nobody is signed in, or the session has ended (401).
    SignedOut,
    /// The password must be changed before anything else (403).
    PasswordChangeRequired,
    /// A second factor must be added before anything else (403).
    SecondFactorRequired,
    /// The account may see the thing but not do this to it (403).
    Forbidden,
    /// There is no such thing, or the account may not know of it (404).
    NotFound,
    /// Some input is wrong; `fields` names which (422).
    Invalid,
    /// The state has moved on: name taken, edited meanwhile, another operation runs (409).
    Conflict,
    /// The thing was changed since it was read (409).
    Stale,
    /// The thing has not the version that the request named in `If-Match` (412).
    PreconditionFailed,
    /// The request is larger than any may be (413).
    TooLarge,
    /// Too many attempts (429).
    TooMany,
    /// A cluster, registry or database did not answer (502).
    Upstream,
    /// A part that is needed is not ready or the limit of open streams is reached (503).
    Unavailable,
    /// A fault of Longshore's own, logged under the request id (500).
    Internal,
    /// The server was not reached: the browser is offline, or the server restarts.
    Offline,
}

impl ErrorKind {
    /// The HTTP status code.
    pub const fn status(self) -> u16 {
        match self {
            Self::SignedOut => 401,
            Self::PasswordChangeRequired | Self::SecondFactorRequired | Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict | Self::Stale => 409,
            Self::PreconditionFailed => 412,
            Self::TooLarge => 413,
            Self::Invalid => 422,
            Self::TooMany => 429,
            Self::Internal => 500,
            Self::Upstream => 502,
            Self::Unavailable | Self::Offline => 503,
        }
    }
}

/// What is wrong with one field of a form, and the way out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct FieldError {
    /// The field's name, as in the form and in the API.
    pub field: String,
    /// The sentence to show beside it.
    pub message: Text,
}

/// The one error that crosses from the server to people and scripts. It never carries a secret or the
/// internals of a fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[error("{}", .message.en)]
pub struct UiError {
    /// The class.
    pub kind: ErrorKind,
    /// What happened, why, and what to do next.
    pub message: Text,
    /// The fields that are wrong, for [`ErrorKind::Invalid`].
    #[serde(default)]
    pub fields: Vec<FieldError>,
    /// The id under which the server's log has the details.
    #[serde(default)]
    pub request_id: Option<String>,
}

impl UiError {
    /// An error of a class with its sentence.
    pub fn new(kind: ErrorKind, message: Text) -> Self {
        Self { kind, message, fields: Vec::new(), request_id: None }
    }

    /// Wrong input. The fields' own messages say what; the summary counts them.
    pub fn invalid(fields: Vec<FieldError>) -> Self {
        let message = match fields.as_slice() {
            [one] => one.message.clone(),
            _ => {
                let n = fields.len();
                text!("{n} fields need a change.", "有 {n} 个字段需要修改。")
            }
        };
        Self { kind: ErrorKind::Invalid, message, fields, request_id: None }
    }

    /// Wrong input in one field.
    pub fn invalid_field(field: &str, message: Text) -> Self {
        Self::invalid(vec![FieldError { field: field.to_owned(), message }])
    }

    /// Nobody is signed in.
    pub fn signed_out() -> Self {
        Self::new(ErrorKind::SignedOut, text!("You are signed out. Sign in to go on.", "您已退出登录，请重新登录。"))
    }

    /// There is no such thing, or the account may not know of it.
    pub fn not_found() -> Self {
        Self::new(
            ErrorKind::NotFound,
            text!("This does not exist, or your account may not see it.", "该对象不存在，或您的账号无权查看。"),
        )
    }

    /// The account may see the thing but lacks the permission.
    pub fn forbidden(permission: &str) -> Self {
        Self::new(
            ErrorKind::Forbidden,
            text!(
                "Your account lacks the permission {permission}. Ask the owner of your tenant for it.",
                "您的账号没有 {permission} 权限，请联系租户的主账号。"
            ),
        )
    }

    /// A fault of Longshore's own; the details are in the log under the request id.
    pub fn internal() -> Self {
        Self::new(
            ErrorKind::Internal,
            text!(
                "Something went wrong inside Longshore. Try again; if it stays, give your administrator the request id.",
                "Longshore 内部出错。请重试；若仍失败，请将请求编号告知管理员。"
            ),
        )
    }

    /// The message for a field, when that field is wrong.
    pub fn field(&self, name: &str) -> Option<&Text> {
        self.fields.iter().find(|f| f.field == name).map(|f| &f.message)
    }
}

impl FromServerFnError for UiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(value: ServerFnErrorErr) -> Self {
        match value {
            ServerFnErrorErr::Request(_) => Self::new(
                ErrorKind::Offline,
                text!(
                    "Longshore cannot be reached. Check the connection; the page tries again by itself.",
                    "无法连接 Longshore，请检查网络；页面会自动重试。"
                ),
            ),
            ServerFnErrorErr::Args(detail) | ServerFnErrorErr::MissingArg(detail) => {
                let text = text!("The request could not be read: {detail}", "无法解析请求：{detail}");
                let error = Self::new(ErrorKind::Invalid, text);
                // It never reached a function that would say what is wrong, which is the caller's and not ours.
                #[cfg(feature = "ssr")]
                let error = crate::api::said(error);
                error
            }
            _ => Self::internal(),
        }
    }
}
