//! Faults of the lower rooms as people are told them, where nothing better is known: services tell those that they know
//! more of themselves, and those of clusters and registries have words of their own. The cause is logged here, once, under
//! the request's id (which the log has from the request's span); a person reads that something went wrong and nothing of
//! the cause.

use app::{ErrorKind, UiError, model::Millis, text};

use crate::{
    auth::{crypto::CryptoError, keeper::KeeperError, passwords::PasswordError},
    database::{DatabaseError, clusters},
};

impl From<DatabaseError> for UiError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Stale => Self::new(
                ErrorKind::Stale,
                text!(
                    "Somebody else changed this meanwhile. Load it anew and make your change again.",
                    "其他人同时修改了此内容。请重新加载后再次修改。"
                ),
            ),
            DatabaseError::Taken("last") => Self::new(
                ErrorKind::Conflict,
                text!(
                    "Nobody who can sign in without this would be left to administer the platform. Give another account the role of platform administrator and a password first.",
                    "此操作后将没有可登录的平台管理员。请先为另一账号授予平台管理员角色并设置密码。"
                ),
            ),
            DatabaseError::Taken("clusters") => {
                let most = clusters::MOST;
                Self::new(
                    ErrorKind::Conflict,
                    text!(
                        "{most} clusters are connected, which is as many as there may be. Disconnect one first.",
                        "已接入 {most} 个集群，达到上限。请先断开一个集群。"
                    ),
                )
            }
            DatabaseError::Taken(field) => taken(field),
            error if error.is_broken_off() => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a transaction was broken off because of others"
                );
                Self::new(
                    ErrorKind::Unavailable,
                    text!(
                        "Others changed the same things in this moment. Nothing was done; try again.",
                        "其他人同时在修改相关内容，此操作未执行，请重试。"
                    ),
                )
            }
            DatabaseError::Failed(_) | DatabaseError::Corrupt(_) => internal(&error),
        }
    }
}

impl From<PasswordError> for UiError {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Busy => Self::new(
                ErrorKind::Unavailable,
                text!(
                    "Too many people are signing in just now. Try again in a moment.",
                    "当前登录人数过多，请稍后再试。"
                ),
            ),
            _ => internal(&error),
        }
    }
}

impl From<KeeperError> for UiError {
    fn from(error: KeeperError) -> Self {
        match error {
            KeeperError::Database(error) => error.into(),
            KeeperError::Redis(_) => no_sessions(&error),
        }
    }
}

/// The error with its fields named as they are in a form around this one.
pub(super) fn within(mut error: UiError, prefix: &str) -> UiError {
    for field in &mut error.fields {
        field.field.insert_str(0, prefix);
    }
    error
}

/// What a session's store answered, as people are told it.
pub(crate) fn session(error: tower_sessions::session::Error) -> UiError {
    match error {
        tower_sessions::session::Error::Store(tower_sessions::session_store::Error::Backend(_)) => no_sessions(&error),
        _ => internal(&error),
    }
}

fn no_sessions(error: &(dyn std::error::Error + 'static)) -> UiError {
    tracing::error!("sessions cannot be kept: {error}");
    UiError::new(
        ErrorKind::Unavailable,
        text!(
            "Sessions cannot be kept just now. Try again in a minute; if it stays, tell your administrator.",
            "暂时无法保存登录会话，请稍后重试；若仍失败，请告知管理员。"
        ),
    )
}

impl From<CryptoError> for UiError {
    fn from(error: CryptoError) -> Self {
        internal(&error)
    }
}

/// A name that somebody or something else has; the message stands at the form's field.
pub(crate) fn taken(field: &str) -> UiError {
    let message = text!("This name is taken; choose another.", "该名称已被占用，请另选一个。");
    UiError { kind: ErrorKind::Conflict, ..UiError::invalid_field(field, message) }
}

/// The answer to somebody who has failed too often; `wait` is in milliseconds.
pub(crate) fn too_many(wait: Millis) -> UiError {
    let minutes = wait.max(1).div_euclid(60_000) + 1;
    UiError::new(
        ErrorKind::TooMany,
        text!(
            "Too many attempts have failed. Wait {minutes} min and try again.",
            "失败次数过多，请等待 {minutes} 分钟后再试。"
        ),
    )
}

/// Logs a fault with its causes, and tells that there was one.
pub(crate) fn internal(error: &(dyn std::error::Error + 'static)) -> UiError {
    let mut causes = String::new();
    let mut cause = error.source();
    while let Some(source) = cause {
        causes.push_str(": ");
        causes.push_str(&source.to_string());
        cause = source.source();
    }
    tracing::error!("{error}{causes}");
    UiError::internal()
}
