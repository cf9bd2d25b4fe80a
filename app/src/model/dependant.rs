//! Which applications speak to another by the name of its Service.

use serde::{Deserialize, Serialize};

use super::AppId;

/// The applications that name another as a host in what their newest releases say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Dependants {
    /// Those that one may see, first those of its own namespace, each by name; at most 20.
    pub rows: Vec<Dependant>,
    /// How many there are in all, those that one may not see among them.
    pub total: u32,
    /// There are more applications around it than were looked at.
    pub incomplete: bool,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Dependant {
    /// The application.
    pub app: AppId,
    /// Its name.
    pub app_name: String,
    /// The name of its namespace.
    pub namespace_name: String,
    /// Where it names the other, at most 10 places.
    pub mentions: Vec<Mention>,
}

/// A place of a specification where a host is named. What is said there is not told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Mention {
    /// The container's name.
    pub container: String,
    /// What sort of place.
    pub kind: MentionKind,
    /// The variable's name, or the file's path.
    pub name: String,
}

/// What sort of place names a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MentionKind {
    /// The value of an environment variable.
    Environment,
    /// A configuration file.
    File,
}
