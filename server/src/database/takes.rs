//! What an operation takes over that was in a cluster before.

use serde::{Deserialize, Serialize};

/// A Deployment that becomes an application, and what goes over to that with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Takes {
    /// Which Deployment of the application's name it is.
    pub uid: String,
    /// What stands around it.
    pub objects: Vec<Taken>,
}

/// An object of the application's namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// `v1`, `apps/v1`, …
    pub api_version: String,
    /// `Service`, …
    pub kind: String,
    /// Its name.
    pub name: String,
}
