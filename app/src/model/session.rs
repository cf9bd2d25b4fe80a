//! Sessions: where somebody is signed in.

use serde::{Deserialize, Serialize};

use super::{Millis, SessionId};
use crate::i18n::Text;

/// One of one's own sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct SessionRow {
    /// The session. It names it and cannot be used as one.
    pub id: SessionId,
    /// A short name of browser and system.
    pub device: Text,
    /// What the browser says of itself; empty when it says nothing.
    pub agent: String,
    /// The address it was last used from; empty when it is not known.
    pub address: String,
    /// When it was opened.
    pub opened_at: Millis,
    /// When it was last used, to the minute.
    pub used_at: Millis,
    /// Whether it is the one that asks.
    pub current: bool,
}
