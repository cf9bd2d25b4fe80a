//! Accounts: the people who sign in, and services, which act by tokens alone.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{AccountId, BindingRow, FirstRole, Millis, Permission, PermissionSet, TenantId};
use crate::{FieldError, i18n::Text, text};

/// Who is signed in, as pages need to know it. Showing or hiding by it is a courtesy; the services decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Viewer {
    /// The account.
    pub id: AccountId,
    /// The name it signs in with.
    pub username: String,
    /// The name for people.
    pub display_name: String,
    /// The tenant; `None` for accounts of the platform.
    pub tenant: Option<TenantId>,
    /// The tenant's name, when there is one.
    pub tenant_name: Option<String>,
    /// The names of the account's roles, for people.
    pub roles: Vec<Text>,
    /// Whether it is its tenant's main account.
    pub main: bool,
    /// What it may do somewhere.
    pub permissions: PermissionSet,
    /// The password must be changed before anything else.
    pub must_change_password: bool,
    /// The tenant asks for a second factor, and the account has none: one must be added before anything else.
    #[serde(default)]
    pub must_add_second_factor: bool,
}

impl Viewer {
    /// Whether the account may do it somewhere.
    pub fn may(&self, permission: Permission) -> bool {
        self.permissions.has(permission)
    }

    /// The names of its roles, in a line.
    pub fn roles_here(&self) -> String {
        self.roles.iter().map(Text::here).collect::<Vec<_>>().join(", ")
    }
}

/// What stands behind an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    /// Somebody who signs in.
    #[default]
    Person,
    /// A program: no password, no sign-in, tokens alone.
    Service,
}

impl AccountKind {
    /// The name in the database and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Service => "service",
        }
    }
}

/// The sign-in form.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct SignInForm {
    /// The account's name.
    pub username: String,
    /// The password; never logged.
    pub password: String,
    /// Which captcha was answered, when one was needed.
    #[serde(default)]
    pub captcha_id: String,
    /// What was read or heard.
    #[serde(default)]
    pub captcha_answer: String,
}

impl fmt::Debug for SignInForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInForm").field("username", &self.username).finish_non_exhaustive()
    }
}

/// The form that changes one's own password.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct PasswordForm {
    /// The present (or one-time) password.
    pub current: String,
    /// The new one.
    pub new: String,
    /// The new one again.
    pub repeat: String,
}

impl fmt::Debug for PasswordForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordForm").finish_non_exhaustive()
    }
}

/// The form that makes an account.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct NewAccount {
    /// The name to sign in with.
    pub username: String,
    /// The name for people.
    pub display_name: String,
    /// An e-mail address, if it has one.
    #[serde(default)]
    pub email: String,
    /// The roles it gets, each with where it holds; at most 20.
    #[serde(default)]
    pub roles: Vec<FirstRole>,
    /// The first password, to be changed at the first sign-in.
    pub password: String,
}

impl fmt::Debug for NewAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewAccount")
            .field("username", &self.username)
            .field("roles", &self.roles)
            .finish_non_exhaustive()
    }
}

/// An account in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct AccountRow {
    /// The account.
    pub id: AccountId,
    /// The name it signs in with.
    pub username: String,
    /// The name for people.
    pub display_name: String,
    /// A person, or a service.
    pub kind: AccountKind,
    /// An e-mail address; empty when it has none.
    pub email: String,
    /// Whether it is its tenant's main account.
    pub main: bool,
    /// The names of its roles, for people, each once.
    pub roles: Vec<Text>,
    /// When it was made.
    pub created_at: Millis,
    /// The last sign-in, if there was one.
    pub last_sign_in: Option<Millis>,
    /// Since when it may not sign in, if it may not.
    pub disabled_at: Option<Millis>,
    /// Counts changes; a form sends it back so that no change of somebody else is lost.
    pub version: i64,
    /// It has a second factor in use.
    #[serde(default)]
    pub second_factor: bool,
}

/// An account with all that it may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct AccountDetail {
    /// The account.
    pub row: AccountRow,
    /// Its tenant; `None` for the platform's own.
    pub tenant: Option<TenantId>,
    /// Its roles, and where they hold.
    pub bindings: Vec<BindingRow>,
    /// What whoever asks may do with it.
    pub may: AccountActions,
}

/// What may be done with an account; for showing and hiding, the services decide.
#[expect(clippy::struct_excessive_bools, reason = "one answer for each button")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct AccountActions {
    /// Edit, disable and enable it.
    pub manage: bool,
    /// Let its owner choose a new password, or give it a first one.
    pub let_in: bool,
    /// See, make and revoke its tokens; of service accounts alone.
    pub tokens: bool,
    /// Give and take its roles.
    pub bind: bool,
    /// Delete it.
    pub delete: bool,
    /// Make it the main account.
    pub hand_over: bool,
}

/// The form that edits an account, one's own or another's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct AccountForm {
    /// The name for people.
    pub display_name: String,
    /// An e-mail address; none when empty.
    #[serde(default)]
    pub email: String,
    /// The version that was read, when the change must not overwrite another.
    #[serde(default)]
    pub version: Option<i64>,
}

/// The form that gives an account a new first password, which its owner has to change.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct FirstPassword {
    /// The password.
    pub password: String,
}

impl fmt::Debug for FirstPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FirstPassword").finish_non_exhaustive()
    }
}

/// What an e-mail address looks like.
pub fn email_rule() -> Text {
    text!("Such as name@example.org.", "例如 name@example.org。")
}

/// Checks an e-mail address: empty, or something before and after one `@`, at most 254 bytes (RFC 5321, section
/// 4.5.3.1.3). Whether it receives mail only a mail can tell.
pub fn email(field: &str, value: &str) -> Result<String, FieldError> {
    let value = value.trim();
    let good = value.is_empty()
        || (value.len() <= 254
            && !value.chars().any(|c| c.is_whitespace() || c.is_control())
            && value.split_once('@').is_some_and(|(local, domain)| {
                !local.is_empty()
                    && !domain.contains('@')
                    && domain.contains('.')
                    && !domain.starts_with('.')
                    && !domain.ends_with('.')
            }));
    if good {
        return Ok(value.to_owned());
    }
    Err(FieldError {
        field: field.to_owned(),
        message: text!(
            "This is no e-mail address: write name@example.org, or nothing.",
            "这不是有效的邮箱地址：请填写 name@example.org，或留空。"
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_address_is_one_or_nothing() {
        for good in ["", " a@b.org ", "first.last+tag@mail.example.org"] {
            assert!(email("email", good).is_ok(), "{good}");
        }
        for bad in
            ["a", "a@b", "@b.org", "a b@c.org", "a@b@c.org", "a@.org", "a@b.", &format!("{}@b.org", "a".repeat(260))]
        {
            assert!(email("email", bad).is_err(), "{bad}");
        }
    }
}
