//! Tenants: who shares the platform.

use serde::{Deserialize, Serialize};

use super::{Millis, NewAccount, OperationId, TenantId};
use crate::{FieldError, text};

/// The form that makes a tenant together with its main account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct NewTenant {
    /// Lower-case letters, digits and hyphens, 40 at most; unique over the platform.
    pub name: String,
    /// The name for people.
    pub display_name: String,
    /// The main account; its one role is `owner`, whatever roles the form says.
    pub owner: NewAccount,
}

/// A tenant in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct TenantRow {
    /// The tenant.
    pub id: TenantId,
    /// Its name.
    pub name: String,
    /// Its name for people.
    pub display_name: String,
    /// How many accounts it has.
    pub accounts: u64,
    /// How many namespaces it has.
    pub namespaces: u64,
    /// How many applications it has.
    pub apps: u64,
    /// When it was made.
    pub created_at: Millis,
    /// Since when and why its people are kept out, if they are.
    #[serde(default)]
    pub suspended: Option<Suspension>,
    /// The operation that deletes it, when one does.
    #[serde(default)]
    pub deletion: Option<OperationId>,
    /// What goes with it when it is deleted; told of one tenant alone, not in lists.
    #[serde(default)]
    pub belongings: Option<Belongings>,
}

/// The most names of each kind that [`Belongings`] tell.
pub const FIRST_NAMES: u64 = 5;

/// What goes with a tenant when it is deleted, beside its accounts and what hangs from them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Belongings {
    /// Its own roles.
    pub roles: FirstNames,
    /// Its own templates.
    pub templates: FirstNames,
    /// Its accounts at image registries, with their passwords.
    pub registries: FirstNames,
    /// The identity providers by which its people sign in.
    pub identity_providers: FirstNames,
    /// How many links lead into it that can still be used.
    pub links: u64,
}

impl Belongings {
    /// Whether nothing goes with it.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// How many there are of something, and what the first ones are called.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct FirstNames {
    /// How many there are.
    pub count: u64,
    /// The first five by name.
    pub first: Vec<String>,
}

/// A tenant's people are kept out. Its applications run on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Suspension {
    /// Since when.
    pub at: Millis,
    /// Why, for the platform's people alone.
    pub reason: String,
}

/// The form that suspends a tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct SuspendForm {
    /// Why; it is kept with the tenant.
    pub reason: String,
}

/// The most characters of a reason.
const MAX_REASON: usize = 300;

impl SuspendForm {
    /// The reason, checked: there is one, and it is not too long.
    pub fn parse(&self) -> Result<String, FieldError> {
        let reason = self.reason.trim();
        let fail = |message| Err(FieldError { field: "reason".to_owned(), message });
        match reason.chars().count() {
            0 => fail(text!("A reason is needed; it is kept with the tenant.", "请填写原因，它会保存在租户信息中。")),
            n if n > MAX_REASON => fail(text!(
                "The reason has {n} characters; at most {MAX_REASON} are allowed.",
                "原因有 {n} 个字符，最多允许 {MAX_REASON} 个。"
            )),
            _ if reason.chars().any(|c| c.is_control() && c != '\n') => {
                fail(text!("The reason has a control character; remove it.", "原因含有控制字符，请删除。"))
            }
            _ => Ok(reason.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_a_few_words() {
        let parse = |reason: &str| SuspendForm { reason: reason.to_owned() }.parse();
        assert_eq!(parse("  Unpaid since March. ").as_deref(), Ok("Unpaid since March."));
        for wrong in ["", "  ", "bell\u{7}", &"x".repeat(301)] {
            assert_eq!(parse(wrong).map_err(|e| e.field), Err("reason".to_owned()), "{wrong}");
        }
    }
}
