//! The roles that an account is made with, each with where it holds.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Checks, RoleRef, Scope};
use crate::{i18n::Text, text};

/// The most roles that an account is made with. More of them are given on its own page.
pub const MOST_FIRST_ROLES: usize = 20;

/// A role in the form of a new account, or of a link by which somebody joins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct FirstRole {
    /// A built-in role's name or a custom role's id; a row without a role is passed over.
    pub role: String,
    /// Where it holds: `platform`, `tenant/ID`, `cluster/ID`, `namespace/ID` or `app/ID`; when empty, the whole tenant, or
    /// the platform for its own people.
    pub scope: String,
}

/// A role and where it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RoleAt {
    /// The role.
    pub role: RoleRef,
    /// Where.
    pub scope: Scope,
}

impl fmt::Display for RoleAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.role, self.scope)
    }
}

/// A role that a form asks for, with the number of its row there, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AskedRole {
    /// The row.
    pub row: usize,
    /// The role and where it is to hold.
    pub at: RoleAt,
}

/// What is said of a role that there is not.
pub fn no_such_role() -> Text {
    text!("Choose a role that exists.", "请选择一个存在的角色。")
}

/// What is said of a place that there is not, or of which whoever asks may not know.
pub fn no_such_place() -> Text {
    text!("Choose a place that exists.", "请选择一个存在的范围。")
}

/// Reads the roles of a form; rows without a role are passed over. `whole` is where a role holds whose place is not said.
/// What is wrong is kept in `checks`: `roles` when there are too many, else `roles.N.role` and `roles.N.scope`.
pub fn first_roles(checks: &mut Checks, rows: &[FirstRole], whole: Scope) -> Option<Vec<AskedRole>> {
    let said: Vec<_> = rows.iter().enumerate().filter(|(_, row)| !row.role.trim().is_empty()).collect();
    let many = said.len();
    if many > MOST_FIRST_ROLES {
        let message = text!(
            "An account is made with at most {MOST_FIRST_ROLES} roles, and these are {many}. Give the others on its own page.",
            "创建账号时最多授予 {MOST_FIRST_ROLES} 个角色，当前有 {many} 个。其余角色请在账号页面授予。"
        );
        checks.fail("roles", message);
        return None;
    }
    let mut asked: Vec<AskedRole> = Vec::with_capacity(many);
    let mut good = true;
    for (row, FirstRole { role, scope }) in said {
        let mut wrong = |part: &str, message| {
            good = false;
            checks.fail(&format!("roles.{row}.{part}"), message);
        };
        let role = RoleRef::parse(role);
        if role.is_none() {
            wrong("role", no_such_role());
        }
        let scope = if scope.trim().is_empty() { Some(whole) } else { scope.parse().ok() };
        if scope.is_none() {
            wrong("scope", no_such_place());
        }
        let Some(at) = role.zip(scope).map(|(role, scope)| RoleAt { role, scope }) else { continue };
        if asked.iter().any(|other| other.at == at) {
            let message = text!(
                "The account gets this role there already. Choose another place, or leave the row out.",
                "此范围内已授予该角色。请选择其他范围，或去掉这一行。"
            );
            wrong("scope", message);
            continue;
        }
        asked.push(AskedRole { row, at });
    }
    good.then_some(asked)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::model::{NamespaceId, Role, TenantId};

    const WHOLE: Scope = Scope::Tenant(TenantId(Uuid::from_u128(1)));
    const PART: Scope = Scope::Namespace(NamespaceId(Uuid::from_u128(2)));

    fn rows(said: &[(&str, &str)]) -> Vec<FirstRole> {
        said.iter().map(|&(role, scope)| FirstRole { role: role.into(), scope: scope.into() }).collect()
    }

    fn wrong(said: &[(&str, &str)]) -> Vec<String> {
        let mut checks = Checks::default();
        assert_eq!(first_roles(&mut checks, &rows(said), WHOLE), None, "{said:?}");
        checks.into_errors().into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn roles_keep_their_rows_and_hold_in_the_whole_unless_a_place_is_said() {
        let mut checks = Checks::default();
        let part = PART.to_string();
        let part = part.as_str();
        let said = rows(&[("", ""), ("viewer", " "), ("", part), ("developer", part)]);
        let asked = first_roles(&mut checks, &said, WHOLE).expect("nothing is wrong");
        assert!(checks.into_errors().is_empty());
        let at = |role, scope| RoleAt { role: RoleRef::BuiltIn(role), scope };
        let expected = [(1, at(Role::Viewer, WHOLE)), (3, at(Role::Developer, PART))];
        assert_eq!(asked, expected.map(|(row, at)| AskedRole { row, at }));
    }

    #[test]
    fn what_is_wrong_is_told_at_its_row() {
        let whole = WHOLE.to_string();
        let whole = whole.as_str();
        assert_eq!(wrong(&[("viewer", ""), ("emperor", "")]), ["roles.1.role"]);
        assert_eq!(
            wrong(&[("viewer", "planet/1"), ("emperor", "here")]),
            ["roles.0.scope", "roles.1.role", "roles.1.scope"]
        );
        // The same place, once said and once meant.
        assert_eq!(wrong(&[("viewer", ""), ("developer", ""), ("viewer", whole)]), ["roles.2.scope"]);
        assert_eq!(wrong(&[("viewer", whole); 3]), ["roles.1.scope", "roles.2.scope"]);
    }

    #[test]
    fn there_are_not_too_many() {
        let scopes: Vec<String> = (0..=20).map(|n| format!("namespace/{}", Uuid::from_u128(n))).collect();
        let said: Vec<(&str, &str)> = scopes.iter().map(|scope| ("viewer", scope.as_str())).collect();
        assert_eq!(wrong(&said), ["roles"]);
        let mut checks = Checks::default();
        // A row without a role does not count.
        let mut most = rows(&said[1..]);
        most.push(FirstRole::default());
        assert_eq!(first_roles(&mut checks, &most, WHOLE).map(|asked| asked.len()), Some(MOST_FIRST_ROLES));
    }

    #[test]
    fn a_role_and_its_place_are_written_and_read_alike() {
        let at = RoleAt { role: RoleRef::BuiltIn(Role::Viewer), scope: PART };
        let json = serde_json::to_string(&at).expect("JSON");
        assert_eq!(serde_json::from_str::<RoleAt>(&json).ok(), Some(at), "{json}");
        assert_eq!(at.to_string(), format!("viewer on {PART}"));
    }
}
