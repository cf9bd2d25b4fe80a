//! What the cluster holds of an application otherwise than the release that serves says.

use serde::{Deserialize, Serialize};

use super::Millis;
use crate::i18n::Text;

/// The answer to "does the cluster hold what was released?".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Drift {
    /// The release that serves, with which the cluster was compared.
    pub release: u32,
    /// How many objects it has.
    pub objects: u32,
    /// Those that differ.
    pub differs: Vec<DriftedObject>,
    /// What of that cannot be adopted, because no specification can say it or Longshore does not allow it: objects, with
    /// their fields.
    pub unsayable: Vec<Text>,
}

/// An object that differs from its record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct DriftedObject {
    /// `Deployment`, …
    pub kind: String,
    /// Its name.
    pub name: String,
    /// It is not there at all.
    pub missing: bool,
    /// Its fields that differ, at most 100.
    pub changes: Vec<DriftChange>,
}

/// A field that differs. Texts of more than 200 characters are cut.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct DriftChange {
    /// Its path: `spec.template.spec.containers[app].env[GREETING].value`.
    pub path: String,
    /// What the release says; `None` for what it does not speak of.
    pub recorded: Option<String>,
    /// What the cluster has; `None` for what is gone.
    pub live: Option<String>,
    /// By which program it was written, as the cluster tells it: `kubectl-edit`.
    pub manager: Option<String>,
    /// When that last wrote to the object.
    pub at: Option<Millis>,
}
