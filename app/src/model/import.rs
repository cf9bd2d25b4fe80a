//! Deployments that were in a namespace before Longshore knew of them, and what becomes of one that is taken over.

use serde::{Deserialize, Serialize};

use super::{DriftChange, Millis};
use crate::i18n::Text;

/// A Deployment of a namespace that is no application's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct UnmanagedRow {
    /// Its name.
    pub name: String,
    /// The images that its pods run, in the order of their containers.
    pub images: Vec<String>,
    /// How many pods it is to have.
    pub replicas: u32,
    /// How many of them are ready.
    pub ready: u32,
    /// When it was made.
    pub created_at: Option<Millis>,
}

/// What becomes of a Deployment that is taken over as an application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct ImportPlan {
    /// Its name, which becomes the application's.
    pub name: String,
    /// The specification that the application gets, as YAML.
    pub document: String,
    /// The secrets whose values are taken over from Secrets of the namespace. The values are in no answer.
    pub secrets: Vec<String>,
    /// What goes over to the application with it: `Service web`.
    pub takes: Vec<String>,
    /// What has to do with it and stays as it is, and why.
    pub stays: Vec<Text>,
    /// What the next release changes in its pods. The present ones stay as they are. `recorded` is what that release says,
    /// `live` what runs.
    pub later: Vec<DriftChange>,
    /// What cannot be taken in, each with its place and the way out. With any of it the Deployment stays what it is.
    pub obstacles: Vec<Text>,
}

/// The form that takes a Deployment over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ImportForm {
    /// Why; kept with the first release.
    pub reason: String,
}
