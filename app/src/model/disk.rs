//! The disks on which an application keeps its data, as its cluster has them.

use serde::{Deserialize, Serialize};

use super::{Bytes, Millis};
use crate::i18n::Text;

/// Disks of an application, or those that are left of applications that are gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct AppStorage {
    /// The disks, by name; at most 500.
    pub disks: Vec<Disk>,
}

/// A disk: a `PersistentVolumeClaim`, and what the cluster gave for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Disk {
    /// Its name: `data-db-0`.
    pub name: String,
    /// The application whose it is, by its name.
    pub app: String,
    /// The pod whose it is: `db-0`.
    pub pod: String,
    /// How much was asked for.
    pub size: Bytes,
    /// The storage class.
    pub class: String,
    /// How it is.
    pub state: DiskState,
    /// Why it waits, as the cluster tells it.
    pub note: Option<Text>,
    /// When it was made.
    pub created_at: Option<Millis>,
}

/// How a disk is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DiskState {
    /// It is there.
    Bound,
    /// The cluster has not given one yet.
    Pending,
    /// What it was bound to is gone, with the data.
    Lost,
    /// It goes as soon as nobody uses it.
    Leaving,
}
