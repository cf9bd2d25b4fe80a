//! Durable operations: work in steps that outlives the request, the tab and the server.

use serde::{Deserialize, Serialize};

use super::{AppId, Millis, OperationId};
use crate::i18n::Text;

/// What kind of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OperationKind {
    /// A release of a new application or an upgrade.
    Publish,
    /// A release that brings back an earlier one.
    RollBack,
    /// A release that changes how many pods there are.
    Scale,
    /// A release that makes all pods anew.
    Restart,
    /// The first release of an application whose pods were there before.
    Import,
    /// The removal of an application and all it owns.
    DeleteApp,
    /// The removal of a namespace.
    DeleteNamespace,
    /// The removal of a tenant and its people.
    DeleteTenant,
}

impl OperationKind {
    /// Whether it carries out a release.
    pub const fn is_release(self) -> bool {
        match self {
            Self::Publish | Self::RollBack | Self::Scale | Self::Restart | Self::Import => true,
            Self::DeleteApp | Self::DeleteNamespace | Self::DeleteTenant => false,
        }
    }
}

/// How an operation, or a step, stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum WorkState {
    /// Its turn has not come.
    Pending,
    /// Under way.
    Running,
    /// Done.
    Succeeded,
    /// Ended without success; the reason is beside it.
    Failed,
    /// Given up at somebody's wish, or because a newer one took its place.
    Cancelled,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct OperationStep {
    /// Its name, the same in every language: `roll_out`.
    pub name: String,
    /// What it does.
    pub title: Text,
    /// How it stands.
    pub state: WorkState,
    /// Why it waits, why it failed, or what was found at its end.
    pub note: Option<Text>,
    /// When it began.
    pub started_at: Option<Millis>,
    /// When it ended.
    pub ended_at: Option<Millis>,
}

/// An operation in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct OperationRow {
    /// The operation.
    pub id: OperationId,
    /// Its kind.
    pub kind: OperationKind,
    /// How it stands.
    pub state: WorkState,
    /// What it is about: `shop/web`.
    pub object: String,
    /// The application, when it is about one.
    pub app: Option<AppId>,
    /// Who asked for it.
    pub actor_name: String,
    /// When it was asked for.
    pub created_at: Millis,
    /// When it ended.
    pub ended_at: Option<Millis>,
    /// Why it failed, when it did.
    pub problem: Option<Text>,
}

impl super::Keyed for OperationRow {
    fn key(&self) -> String {
        self.id.to_string()
    }
}

/// An operation, whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct OperationDetail {
    /// What the list shows.
    pub row: OperationRow,
    /// Its steps, in order.
    pub steps: Vec<OperationStep>,
}

/// Which operations, as flat strings of a URL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct OperationQuery {
    /// An application's id; empty for all that the account may see.
    pub app: Option<String>,
    /// `active` or `ended`; empty for all.
    pub state: Option<String>,
    /// A cursor that another part gave; the first part without it.
    pub cursor: Option<String>,
    /// The most rows, 1 to 200; 50 without it.
    pub limit: Option<String>,
}
