//! Templates: what an application starts from, in versions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{DiffSection, Millis, Parameter, SpecForm, TemplateId, TenantId};

/// What the templates are called that Longshore brings along.
pub const STARTER_NAMES: [&str; 6] = ["web-service", "worker", "static-site", "postgresql", "redis", "cron-job"];

/// The form that makes a template, or a new version of one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct TemplateForm {
    /// Lower-case letters, digits and hyphens, 40 at most; unique within the tenant (or the platform).
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The values that an application starts with; the image may be left empty.
    pub spec: SpecForm,
    /// What is asked of whoever publishes from it: a list of parameters, as YAML or JSON. Empty for nothing.
    pub parameters: String,
    /// The version that was read, when the change must not overwrite another.
    pub version: Option<u32>,
}

/// The form that adds the templates which Longshore brings along.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct StarterForm {
    /// In which language they ask: `en` or `zh`; English when it is empty.
    pub language: String,
}

/// A template in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct TemplateRow {
    /// The template.
    pub id: TemplateId,
    /// The tenant; `None` when the platform shares it with all.
    pub tenant: Option<TenantId>,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The newest version, from 1.
    pub version: u32,
    /// How many applications came from it.
    pub apps: u64,
    /// When the newest version was made.
    pub updated_at: Millis,
}

/// A template, whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct TemplateDetail {
    /// What the list shows.
    pub row: TemplateRow,
    /// The newest version's values.
    pub spec: SpecForm,
    /// What is asked of whoever publishes from it.
    pub parameters: Vec<Parameter>,
    /// The same as text, to change it.
    pub parameters_text: String,
    /// What stands at the parameters' places, by their names.
    pub defaults: BTreeMap<String, String>,
    /// Whether the viewer may change it.
    pub editable: bool,
}

/// Which part of a template's versions, as flat strings of a URL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct VersionQuery {
    /// The page's number, from 1.
    pub page: Option<String>,
    /// Rows on a page.
    pub per_page: Option<String>,
}

/// A version of a template. It never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct TemplateVersion {
    /// Its number, from 1.
    pub number: u32,
    /// Who made it; empty for a tenant's people when it was the platform.
    pub actor_name: String,
    /// When.
    pub created_at: Millis,
    /// How many applications that the viewer may see run what came from it.
    pub apps: u64,
}

/// What differs between two versions of a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct TemplateDiff {
    /// The template's name.
    pub name: String,
    /// The left version.
    pub left: TemplateVersion,
    /// The right version.
    pub right: TemplateVersion,
    /// The parts.
    pub sections: Vec<DiffSection>,
}
