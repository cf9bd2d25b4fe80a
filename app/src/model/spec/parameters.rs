//! What a template asks of whoever publishes from it: a few named values, each of which stands somewhere in its
//! specification.

use serde::{Deserialize, Serialize};

/// The most parameters of a template.
pub const MAX_PARAMETERS: usize = 20;

/// Something that a template asks for. What stands at its place in the specification is its default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// By which it is given: a letter, then letters, digits and underscores.
    pub name: String,
    /// What people are asked.
    pub title: String,
    /// How to answer.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hint: String,
    /// What sort of value it is.
    #[serde(default)]
    pub kind: ParameterKind,
    /// Where it goes: `containers[0].env.GREETING`, `volumes[0].claim.size`; of a secret its name: `secrets.PASSWORD`.
    pub path: String,
    /// The least: of a number or an amount itself, of a text its characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<Bound>,
    /// The most, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Bound>,
    /// What may be chosen, of a choice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
}

/// What sort of value a parameter has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ParameterKind {
    /// A line of text.
    #[default]
    Text,
    /// Several lines of text.
    Lines,
    /// A whole number.
    Number,
    /// An amount of CPU: `250m`.
    Cpu,
    /// An amount of bytes: `1Gi`.
    Bytes,
    /// The words of a command, as a shell would be told.
    Command,
    /// One of its choices.
    Choice,
    /// The value of a secret. Left empty, one is made up.
    Secret,
}

/// A limit, as it is written: `3`, `1Gi`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Bound {
    /// A number.
    Number(u64),
    /// An amount.
    Amount(String),
}

impl std::fmt::Display for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Amount(amount) => f.write_str(amount),
        }
    }
}
