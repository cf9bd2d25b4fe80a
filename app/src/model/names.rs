//! Validated names. Whoever holds one need not check again.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{FieldError, i18n::Text, text};

/// The most bytes of a name that Longshore gives to things in a cluster. Kubernetes allows 63 in a label
/// (RFC 1123); the rest is left for suffixes such as a configuration's hash.
pub const MAX_RESOURCE_NAME: usize = 40;

/// The name of a tenant, namespace, app, template or cluster: lower-case letters, digits and hyphens, starting
/// with a letter and ending with a letter or digit (RFC 1035 label, which Services require).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct ResourceName(String);

impl ResourceName {
    /// Checks a form's value; the error names `field`.
    pub fn parse(field: &str, value: &str) -> Result<Self, FieldError> {
        let value = value.trim();
        let fail = |message| Err(FieldError { field: field.to_owned(), message });
        if value.is_empty() {
            return fail(text!("A name is needed.", "请输入名称。"));
        }
        if value.len() > MAX_RESOURCE_NAME {
            let n = value.len();
            return fail(text!(
                "The name has {n} characters; at most {MAX_RESOURCE_NAME} are allowed.",
                "名称有 {n} 个字符，最多允许 {MAX_RESOURCE_NAME} 个。"
            ));
        }
        let good = value.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && value.as_bytes()[0].is_ascii_lowercase()
            && !value.ends_with('-');
        if !good {
            return fail(Self::rule());
        }
        Ok(Self(value.to_owned()))
    }

    /// What it may be, for people.
    pub fn rule() -> Text {
        text!(
            "Use at most {MAX_RESOURCE_NAME} lower-case letters, digits and hyphens; start with a letter, end with a letter or digit.",
            "最多 {MAX_RESOURCE_NAME} 个字符，只能使用小写字母、数字和连字符，以字母开头，以字母或数字结尾。"
        )
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ResourceName {
    type Error = String;

    fn try_from(value: String) -> Result<Self, Self::Error> {
        Self::parse("name", &value).map_err(|e| e.message.en)
    }
}

impl From<ResourceName> for String {
    fn from(name: ResourceName) -> Self {
        name.0
    }
}

impl fmt::Display for ResourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name an account signs in with: 3 to 32 lower-case letters, digits, dots, hyphens and underscores,
/// starting with a letter. Unique over the whole platform.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
pub struct Username(String);

impl Username {
    /// Checks a form's value; the error names `field`.
    pub fn parse(field: &str, value: &str) -> Result<Self, FieldError> {
        let value = value.trim();
        let good = (3..=32).contains(&value.len())
            && value.as_bytes()[0].is_ascii_lowercase()
            && value.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'_'));
        if good {
            Ok(Self(value.to_owned()))
        } else {
            Err(FieldError { field: field.to_owned(), message: Self::rule() })
        }
    }

    /// What it may be, for people.
    pub fn rule() -> Text {
        text!(
            "Use 3 to 32 lower-case letters, digits, dots, hyphens or underscores; start with a letter.",
            "使用 3 到 32 个小写字母、数字、点、连字符或下划线，并以字母开头。"
        )
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Username {
    type Error = String;

    fn try_from(value: String) -> Result<Self, Self::Error> {
        Self::parse("username", &value).map_err(|e| e.message.en)
    }
}

impl From<Username> for String {
    fn from(name: Username) -> Self {
        name.0
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The most characters of a name for people.
pub const MAX_DISPLAY_NAME: usize = 80;

/// What a name for people may be.
pub fn display_name_rule() -> Text {
    text!("1 to {MAX_DISPLAY_NAME} characters.", "1 到 {MAX_DISPLAY_NAME} 个字符。")
}

/// Checks a name for people: 1 to 80 characters without control characters, trimmed.
pub fn display_name(field: &str, value: &str) -> Result<String, FieldError> {
    let value = value.trim();
    let fail = |message| Err(FieldError { field: field.to_owned(), message });
    match value.chars().count() {
        0 => fail(text!("A name is needed.", "请输入名称。")),
        n if n > MAX_DISPLAY_NAME => fail(text!(
            "The name has {n} characters; at most {MAX_DISPLAY_NAME} are allowed.",
            "名称有 {n} 个字符，最多允许 {MAX_DISPLAY_NAME} 个。"
        )),
        _ if value.chars().any(char::is_control) => {
            fail(text!("The name has a control character; remove it.", "名称含有控制字符，请删除。"))
        }
        _ => Ok(value.to_owned()),
    }
}

/// Checks a new password: 12 characters at least, 1,024 bytes at most, not the username.
pub fn password(field: &str, value: &str, username: &str) -> Result<(), FieldError> {
    let fail = |message| Err(FieldError { field: field.to_owned(), message });
    let n = value.chars().count();
    if n < 12 {
        return fail(text!(
            "The password has {n} characters; at least 12 are needed.",
            "密码只有 {n} 个字符，至少需要 12 个。"
        ));
    }
    if value.len() > 1024 {
        return fail(text!("The password is longer than 1,024 bytes.", "密码超过 1,024 字节。"));
    }
    if !username.is_empty() && value.to_lowercase().contains(&username.to_lowercase()) {
        return fail(text!("The password contains the user name; choose another.", "密码包含用户名，请另选一个。"));
    }
    Ok(())
}

/// The most errors that are told at once: more are of no help to anybody, and what is hostile has as many as it likes.
const MAX_ERRORS: usize = 50;

/// Gathers field errors, so that a form shows all of them at once; of very many the first.
#[derive(Debug, Default)]
pub struct Checks(Vec<FieldError>);

impl Checks {
    /// Keeps the error, if it is one, and gives back the value.
    pub fn take<T>(&mut self, result: Result<T, FieldError>) -> Option<T> {
        result.map_err(|e| self.keep(e)).ok()
    }

    /// Adds an error.
    pub fn fail(&mut self, field: &str, message: Text) {
        self.keep(FieldError { field: field.to_owned(), message });
    }

    fn keep(&mut self, error: FieldError) {
        if self.0.len() < MAX_ERRORS {
            self.0.push(error);
        }
    }

    /// The errors.
    pub fn into_errors(self) -> Vec<FieldError> {
        self.0
    }

    /// The value when nothing was wrong, else all the errors.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, crate::UiError> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(crate::UiError::invalid(self.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resource_names_follow_rfc_1035() {
        for good in ["web", "a", "shop-2", &"a".repeat(40)] {
            assert!(ResourceName::parse("name", good).is_ok(), "{good}");
        }
        for bad in ["", "Web", "-a", "a-", "2a", "a_b", "a.b", "ä", &"a".repeat(41), "a b", "../x"] {
            assert!(ResourceName::parse("name", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn of_very_many_errors_the_first_are_told() {
        let mut checks = Checks::default();
        for n in 0..10_000 {
            checks.fail(&format!("field{n}"), text!("wrong", "错误"));
        }
        let errors = checks.into_errors();
        assert_eq!((errors.len(), errors[0].field.as_str()), (MAX_ERRORS, "field0"));
    }

    #[test]
    fn usernames_and_passwords() {
        assert!(Username::parse("username", "dev.one").is_ok());
        for bad in ["ab", "Dev", "1dev", "a b c", "äöü"] {
            assert!(Username::parse("username", bad).is_err(), "{bad}");
        }
        assert!(password("password", "correct horse battery", "dev").is_ok());
        assert!(password("password", "short", "dev").is_err());
        assert!(password("password", "my-Developer-password", "developer").is_err());
        assert!(password("password", &"x".repeat(1025), "dev").is_err());
    }
}
