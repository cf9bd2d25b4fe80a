//! What stays of applications: whoever may read them reads their releases, also when they were deleted.

use serde::{Deserialize, Serialize};

use super::{AppId, Millis, NamespaceId};

/// What is kept of an application, be it there or deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct AppRecord {
    /// The application.
    pub id: AppId,
    /// Its name. That of a deleted one may be another's by now.
    pub name: String,
    /// Its namespace, which may be gone as well.
    pub namespace: NamespaceId,
    /// The namespace's name.
    pub namespace_name: String,
    /// The cluster's name; empty while it is not connected.
    pub cluster_name: String,
    /// The tenant's name; empty when the tenant is gone.
    pub tenant_name: String,
    /// The number of its newest release, which is how many it has had.
    pub release: u32,
    /// When it was made.
    pub created_at: Millis,
    /// When it was deleted; `None` while it is there.
    pub deleted_at: Option<Millis>,
    /// Who deleted it; empty while it is there.
    pub deleted_by: String,
}

impl AppRecord {
    /// Whether it was deleted: then nothing can be done to it any more.
    pub const fn is_gone(&self) -> bool {
        self.deleted_at.is_some()
    }
}
