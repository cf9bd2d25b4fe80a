//! Links by which somebody comes in who cannot sign in yet: to register a tenant, to join one, or to choose a new
//! password. Each is for one use and ends by itself; whoever has the address can use it, so that it is shown once and
//! kept nowhere.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{FirstRole, LinkId, Millis, NewTenant, Scope, TenantId};
use crate::{FieldError, i18n::Text, text};

/// How long a link can be used, in milliseconds: a week.
pub const LINK_LIFE: Millis = 7 * 24 * 60 * 60 * 1000;

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// To register a tenant.
    Tenant,
    /// To join a tenant, or the platform's own people.
    Member,
    /// To choose a new password.
    Reset,
}

impl LinkKind {
    /// The name in the database, the API and forms.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Member => "member",
            Self::Reset => "reset",
        }
    }

    /// The one of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Tenant, Self::Member, Self::Reset].into_iter().find(|k| k.as_str() == name)
    }

    /// The page on which it is used.
    pub const fn page(self) -> &'static str {
        match self {
            Self::Tenant => "/register",
            Self::Member | Self::Reset => "/join",
        }
    }
}

/// How a link stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// It can be used.
    Open,
    /// It was used.
    Used,
    /// It was taken back.
    Revoked,
    /// Its time is over.
    Expired,
}

/// The form that makes a link.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct NewLink {
    /// What it is for: `tenant`, `member` or `reset`.
    pub kind: String,
    /// For a member: the tenant's id; one's own when empty.
    pub tenant: String,
    /// For a member: the roles, each with where it holds; at most 20.
    pub roles: Vec<FirstRole>,
    /// For a new password: the account's id.
    pub account: String,
    /// For whom it is, so that it is recognised in the list.
    pub note: String,
}

/// The most characters of a note.
const MAX_NOTE: usize = 80;

/// What a note may be.
pub fn link_note_rule() -> Text {
    text!("At most {MAX_NOTE} characters in one line.", "一行，最多 {MAX_NOTE} 个字符。")
}

/// Checks for whom a link is: nothing, or a few words in one line; trimmed.
pub fn link_note(field: &str, value: &str) -> Result<String, FieldError> {
    let value = value.trim();
    if value.chars().count() > MAX_NOTE || value.chars().any(char::is_control) {
        let message = text!("Write at most {MAX_NOTE} characters in one line.", "请填写一行，最多 {MAX_NOTE} 个字符。");
        return Err(FieldError { field: field.to_owned(), message });
    }
    Ok(value.to_owned())
}

/// A link in a list. It cannot be used by what is in here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct LinkRow {
    /// The link.
    pub id: LinkId,
    /// What it is for.
    pub kind: LinkKind,
    /// How it stands.
    pub state: LinkState,
    /// Whose people it concerns; `None` for the platform's.
    pub tenant: Option<TenantId>,
    /// The user name of the account that gets a new password.
    pub username: Option<String>,
    /// The roles that a member gets.
    pub roles: Vec<LinkRole>,
    /// For whom it is.
    pub note: String,
    /// Who made it.
    pub actor_name: String,
    /// When.
    pub created_at: Millis,
    /// Until when it can be used.
    pub expires_at: Millis,
}

/// A role that a member gets by a link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct LinkRole {
    /// The role's name for people.
    pub title: Text,
    /// Where it holds.
    pub scope: Scope,
    /// The name of where, for people; empty when it is gone.
    pub place: String,
}

/// A link that was just made: the only time that it is shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct MadeLink {
    /// What the list shows of it.
    pub row: LinkRow,
    /// Its address on this site, with the token in it; never logged.
    pub path: String,
}

impl fmt::Debug for MadeLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MadeLink").field("row", &self.row).finish_non_exhaustive()
    }
}

/// The token of a link, as its address carries it; never logged.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct LinkToken {
    /// The token.
    pub token: String,
}

impl fmt::Debug for LinkToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkToken").finish_non_exhaustive()
    }
}

/// What whoever has a link is told before using it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct LinkView {
    /// What it is for.
    pub kind: LinkKind,
    /// The tenant's name for people, when it leads to one.
    pub tenant: Option<String>,
    /// The user name of the account that gets a new password.
    pub username: Option<String>,
    /// Who made it.
    pub actor_name: String,
    /// Until when it can be used.
    pub expires_at: Millis,
}

/// The form that uses a link of a member, or one for a new password.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct LinkForm {
    /// The link's token.
    pub token: String,
    /// A member's name to sign in with.
    pub username: String,
    /// A member's name for people.
    pub display_name: String,
    /// A member's e-mail address, if there is one.
    pub email: String,
    /// The password.
    pub password: String,
    /// The password again.
    pub repeat: String,
}

impl fmt::Debug for LinkForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkForm").field("username", &self.username).finish_non_exhaustive()
    }
}

/// The form by which somebody registers a tenant and its main account.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct RegistrationForm {
    /// The link's token; empty where anybody may register.
    #[serde(default)]
    pub token: String,
    /// The tenant and its main account. The password is the account's own and stays.
    pub tenant: NewTenant,
    /// The password again.
    #[serde(default)]
    pub repeat: String,
}

impl fmt::Debug for RegistrationForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegistrationForm").field("tenant", &self.tenant).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_carries_a_token_or_a_password_shows_it() {
        let secret = "0123456789abcdef".to_owned();
        let follow = LinkForm { token: secret.clone(), password: secret.clone(), ..LinkForm::default() };
        let register = RegistrationForm { token: secret.clone(), ..RegistrationForm::default() };
        for shown in
            [format!("{follow:?}"), format!("{register:?}"), format!("{:?}", LinkToken { token: secret.clone() })]
        {
            assert!(!shown.contains(&secret), "{shown}");
        }
    }

    #[test]
    fn kinds_lead_back() {
        for kind in [LinkKind::Tenant, LinkKind::Member, LinkKind::Reset] {
            assert_eq!(LinkKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(LinkKind::parse("door"), None);
    }
}
