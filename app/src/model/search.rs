//! What the command palette finds.

use serde::{Deserialize, Serialize};

/// The kind of a thing that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SearchKind {
    /// A cluster.
    Cluster,
    /// A node.
    Node,
    /// A pod.
    Pod,
    /// A tenant.
    Tenant,
    /// A namespace.
    Namespace,
    /// A template.
    Template,
    /// An application.
    App,
}

/// A thing that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct SearchHit {
    /// Its kind.
    pub kind: SearchKind,
    /// Its name.
    pub name: String,
    /// Where it is: the cluster, namespace or tenant.
    pub place: String,
    /// The page's path.
    pub href: String,
}
