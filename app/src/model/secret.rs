//! Secrets of a namespace: values that its applications share, so that one is changed in one place and it is seen who still
//! runs with the old one. An application names one as `NAME from SECRET` and keeps the version that it was released with.

use serde::{Deserialize, Serialize};

use super::{AppId, Checks, Millis, NamespaceId, OperationId, ReleaseState, ResourceName, SecretId};
use crate::{UiError, i18n::Text, text};

/// The most secrets of a namespace.
pub const MAX_SHARED_SECRETS: u64 = 100;
/// The most versions of one that are told, the newest first.
pub const MAX_SECRET_VERSIONS: u64 = 50;
/// The most bytes of a value, as of any variable.
pub const MAX_SECRET_BYTES: usize = 32 * 1024;

/// The form that makes a secret.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct NewSecret {
    /// Lower-case letters, digits and hyphens, 40 at most; unique within the namespace.
    pub name: String,
    /// Its value, up to 32 KiB. Write-only.
    pub value: String,
}

/// The form that gives a secret another value.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct SecretForm {
    /// The new value, up to 32 KiB. Write-only.
    pub value: String,
    /// The version that was read, when the change must not overwrite another.
    pub version: Option<i64>,
}

/// The form that releases the applications which are behind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct HandOut {
    /// Why, for the releases' records; may be empty.
    pub reason: String,
}

impl std::fmt::Debug for NewSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewSecret").field("name", &self.name).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for SecretForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecretForm").field("version", &self.version).finish_non_exhaustive()
    }
}

fn check_value(checks: &mut Checks, value: &str) {
    if value.is_empty() {
        checks.fail("value", text!("A value is needed.", "请输入值。"));
    } else if value.len() > MAX_SECRET_BYTES {
        checks.fail("value", text!("At most 32 KiB.", "最大 32 KiB。"));
    } else if value.contains('\0') {
        checks.fail("value", text!("An environment variable has no NUL.", "环境变量不能包含 NUL 字符。"));
    }
}

impl NewSecret {
    /// The checked name, or every field's error.
    ///
    /// # Errors
    /// Fails naming the fields.
    pub fn parse(&self) -> Result<ResourceName, UiError> {
        let mut checks = Checks::default();
        let name = checks.take(ResourceName::parse("name", &self.name));
        check_value(&mut checks, &self.value);
        checks.finish(name)
    }
}

impl SecretForm {
    /// That the value can be one.
    ///
    /// # Errors
    /// Fails naming the field.
    pub fn check(&self) -> Result<(), UiError> {
        let mut checks = Checks::default();
        check_value(&mut checks, &self.value);
        checks.finish(Some(()))
    }
}

/// A secret in the list of its namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct SecretRow {
    /// The secret.
    pub id: SecretId,
    /// Where it is.
    pub namespace: NamespaceId,
    /// Its name.
    pub name: String,
    /// The number of its newest version, from 1.
    pub version: i64,
    /// When that was given.
    pub updated_at: Millis,
    /// Who gave it.
    pub actor_name: String,
}

/// The secrets of a namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct SecretList {
    /// All of them, by name; at most [`MAX_SHARED_SECRETS`].
    pub rows: Vec<SecretRow>,
    /// Whether the viewer may make one.
    pub editable: bool,
}

/// A version of a secret, without its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct SecretVersion {
    /// Its number.
    pub number: i64,
    /// When it was given.
    pub created_at: Millis,
    /// Who gave it.
    pub actor_name: String,
}

/// An application that uses a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct SecretUse {
    /// The application.
    pub app: AppId,
    /// Its name.
    pub app_name: String,
    /// The environment variable that has the value.
    pub variable: String,
    /// The number of the version.
    pub version: i64,
    /// The release that has it: the newest, or the one that serves where the newest was given up.
    pub release: u32,
    /// What came of that.
    pub state: ReleaseState,
}

/// A secret, whole but for its values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct SecretDetail {
    /// What lists say of it.
    pub row: SecretRow,
    /// The namespace's name.
    pub namespace_name: String,
    /// Its versions, the newest first; at most [`MAX_SECRET_VERSIONS`].
    pub versions: Vec<SecretVersion>,
    /// The applications that run with it and that the viewer may see, by name: by their newest release, or by the one that
    /// serves where the newest was given up.
    pub uses: Vec<SecretUse>,
    /// How many applications use it that the viewer may not see.
    pub hidden: u32,
    /// Whether the viewer may give it a value.
    pub editable: bool,
    /// Whether the viewer may release what is behind.
    pub releasable: bool,
}

impl SecretDetail {
    /// How many applications have a version before the newest.
    pub fn behind(&self) -> usize {
        let old = self.uses.iter().filter(|used| used.version < self.row.version);
        old.map(|used| used.app).collect::<std::collections::BTreeSet<_>>().len()
    }
}

/// What came of handing the newest version out to one application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct HandedOut {
    /// The application.
    pub app: AppId,
    /// Its name.
    pub app_name: String,
    /// The operation of its new release; nothing where there is none.
    pub operation: Option<OperationId>,
    /// Why there is none.
    pub problem: Option<Text>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_field_is_named_and_no_value_is_shown() {
        let wrong = NewSecret::default().parse().expect_err("invalid");
        assert_eq!(wrong.fields.iter().map(|f| f.field.as_str()).collect::<Vec<_>>(), ["name", "value"]);
        for value in ["x".repeat(MAX_SECRET_BYTES + 1), "a\0b".to_owned()] {
            assert!(SecretForm { value, version: None }.check().is_err());
        }
        let form = NewSecret { name: "db-password".into(), value: "s3cr3t".into() };
        assert!(form.parse().is_ok());
        assert!(!format!("{form:?}").contains("s3cr3t"));
        assert!(!format!("{:?}", SecretForm { value: "s3cr3t".into(), version: Some(1) }).contains("s3cr3t"));
    }
}
