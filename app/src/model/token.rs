//! API tokens: how scripts act as an account, or as a part of it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    AccountId, Checks, Millis, Permission, PermissionSet, ResourceName, Scope, ScopeChoice, TokenId, Username,
    display_name,
};
use crate::{UiError, text};

/// The longest life of a token, in days.
pub const MAX_TOKEN_DAYS: u32 = 365;
/// The most places that a token is limited to.
pub const MAX_TOKEN_SCOPES: usize = 50;

/// The form of a token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct NewToken {
    /// Lower-case letters, digits and hyphens, 40 at most; unique within the account.
    pub name: String,
    /// Names from the catalogue: all that it may do, of what its account may do.
    #[serde(default)]
    pub permissions: Vec<String>,
    /// Where it may do that: `platform`, `tenant/ID`, `cluster/ID`, `namespace/ID` or `app/ID` each; everywhere when there
    /// are none.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Days until it expires: 1 to 365.
    pub days: String,
}

/// A token's form that was checked. Whether the places exist is not known yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedToken {
    /// Its name.
    pub name: ResourceName,
    /// What it may do.
    pub permissions: PermissionSet,
    /// Where; everywhere without it.
    pub scopes: Option<Vec<Scope>>,
    /// Days until it expires.
    pub days: u32,
}

impl NewToken {
    /// All of it, or every field's error.
    pub fn parse(&self) -> Result<CheckedToken, UiError> {
        let mut checks = Checks::default();
        let name = checks.take(ResourceName::parse("name", &self.name));
        let mut permissions = PermissionSet::EMPTY;
        for wanted in &self.permissions {
            match Permission::parse(wanted.trim()) {
                Some(permission) => permissions = permissions.with(permission),
                None => {
                    let shown: String = wanted.chars().take(40).collect();
                    checks.fail("permissions", text!("There is no permission “{shown}”.", "没有权限“{shown}”。"));
                }
            }
        }
        if self.permissions.is_empty() {
            checks.fail("permissions", text!("Choose at least one permission.", "请至少选择一项权限。"));
        }
        let mut scopes: Vec<Scope> = Vec::new();
        for wanted in &self.scopes {
            match wanted.parse() {
                Ok(scope) if scopes.contains(&scope) => {}
                Ok(scope) => scopes.push(scope),
                Err(()) => checks.fail("scopes", text!("Choose places that exist.", "请选择存在的范围。")),
            }
        }
        if scopes.len() > MAX_TOKEN_SCOPES {
            checks.fail(
                "scopes",
                text!("Choose at most {MAX_TOKEN_SCOPES} places.", "最多选择 {MAX_TOKEN_SCOPES} 个范围。"),
            );
        }
        let days = self.days.trim().parse().ok().filter(|days| (1..=MAX_TOKEN_DAYS).contains(days));
        if days.is_none() {
            checks.fail(
                "days",
                text!("A token lives for 1 to {MAX_TOKEN_DAYS} days.", "令牌的有效期为 1 到 {MAX_TOKEN_DAYS} 天。"),
            );
        }
        let scopes = (!self.scopes.is_empty()).then_some(scopes);
        checks.finish(name.zip(days).map(|(name, days)| CheckedToken { name, permissions, scopes, days }))
    }
}

/// A token in a list. The token itself is not kept anywhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct TokenRow {
    /// The token.
    pub id: TokenId,
    /// As whom it acts.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// Its last four characters, by which one knows it again.
    pub ending: String,
    /// What it may do, of what its account may do.
    pub permissions: PermissionSet,
    /// Where; everywhere when it is `None`.
    pub scopes: Option<Vec<Scope>>,
    /// Who made it.
    pub actor_name: String,
    /// When it was made.
    pub created_at: Millis,
    /// From when on it is refused.
    pub expires_at: Millis,
    /// When it was last used, to the minute.
    pub used_at: Option<Millis>,
}

/// A token that was just made.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct MadeToken {
    /// What is kept of it.
    pub row: TokenRow,
    /// The token, this once.
    pub token: String,
}

impl fmt::Debug for MadeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MadeToken").field("row", &self.row).finish_non_exhaustive()
    }
}

/// What a token of an account can be made for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct TokenChoices {
    /// What the account may do somewhere now.
    pub permissions: PermissionSet,
    /// Places where it may do something now.
    pub places: Vec<ScopeChoice>,
    /// Whether these are all; more of them are found by name.
    pub whole: bool,
}

/// The form of a service account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct NewServiceAccount {
    /// Its user name: 3 to 32 lower-case letters, digits, dots, hyphens and underscores, beginning with a letter; unique
    /// over the platform.
    pub username: String,
    /// The name for people: what it does.
    pub display_name: String,
}

impl NewServiceAccount {
    /// Both names, or every field's error.
    pub fn parse(&self) -> Result<(Username, String), UiError> {
        let mut checks = Checks::default();
        let username = checks.take(Username::parse("username", &self.username));
        let display_name = checks.take(display_name("display_name", &self.display_name));
        checks.finish(username.zip(display_name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> NewToken {
        NewToken { name: "deploy".into(), permissions: vec!["app.read".into()], scopes: vec![], days: "30".into() }
    }

    #[test]
    fn a_token_is_for_something_somewhere_and_a_while() {
        let good = form().parse().expect("valid");
        assert_eq!((good.days, good.scopes), (30, None));
        let app = "app/018bcfe5-6800-7000-8000-000000000001".to_owned();
        let twice = NewToken { scopes: vec![app.clone(), app], ..form() }.parse().expect("valid");
        assert_eq!(twice.scopes.expect("limited").len(), 1);
        let field = |form: NewToken| form.parse().expect_err("refused").fields[0].field.clone();
        for days in ["", "0", "366", "-1", "1.5", "forever"] {
            assert_eq!(field(NewToken { days: days.into(), ..form() }), "days", "{days}");
        }
        for permissions in [vec![], vec!["app.fly".to_owned()]] {
            assert_eq!(field(NewToken { permissions, ..form() }), "permissions");
        }
        // What cannot be read limits to nothing and not to everything.
        assert_eq!(field(NewToken { scopes: vec![String::new()], ..form() }), "scopes");
        assert_eq!(field(NewToken { name: "My token".into(), ..form() }), "name");
    }

    #[test]
    fn a_made_token_does_not_print_itself() {
        let row = TokenRow {
            id: TokenId(uuid::Uuid::nil()),
            account: AccountId(uuid::Uuid::nil()),
            name: "deploy".into(),
            ending: "wxyz".into(),
            permissions: PermissionSet::EMPTY,
            scopes: None,
            actor_name: "dev".into(),
            created_at: 0,
            expires_at: 1,
            used_at: None,
        };
        let made = MadeToken { row, token: "lsp_secret".into() };
        assert!(!format!("{made:?}").contains("lsp_secret"));
    }
}
