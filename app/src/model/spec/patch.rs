//! What a specification has no words for, said of the objects that it becomes.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::i18n::Text;

/// A change of an object that is rendered from a specification, by JSON Patch (RFC 6902). The platform's administrators
/// write and change it, in an application or in a template; others carry on with it as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Patch {
    /// The kind of the objects, of which each is changed: `Deployment`, `Service`, …
    pub kind: String,
    /// What is changed, one after the other.
    pub operations: Vec<PatchOperation>,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PatchOperation {
    /// What is done.
    pub op: PatchVerb,
    /// Where, as a JSON Pointer (RFC 6901): `/spec/template/spec/hostAliases`.
    pub path: String,
    /// What is put there, or has to be there; nothing for `remove`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}

/// A patch, and what it changed of a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Patched {
    /// The objects that it changed, by kind and name: `Deployment web`.
    pub objects: Vec<String>,
    /// The patch.
    pub patch: Patch,
    /// Who approved it, and in which release; absent where that is not looked up or too long ago.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved: Option<Text>,
}

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PatchVerb {
    /// Puts a value there, into a list before what is there.
    Add,
    /// Takes away what is there.
    Remove,
    /// Puts a value in the place of what is there.
    Replace,
    /// Refuses the patch when another value is there.
    Test,
}

impl PatchVerb {
    /// Its name in JSON Patch.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Remove => "remove",
            Self::Replace => "replace",
            Self::Test => "test",
        }
    }
}
