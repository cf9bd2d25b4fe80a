//! How hard a password is to guess, as people are told it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::i18n::Text;

/// A password to be judged before it is chosen.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct StrengthForm {
    /// The password; never logged.
    pub password: String,
    /// The user name it is for; without one it is for oneself.
    #[serde(default)]
    pub username: String,
    /// The name for people of the account it is for.
    #[serde(default)]
    pub display_name: String,
    /// What the tenant is called that the account is, or will be, in, or for the platform's people its id; without it one's
    /// own.
    #[serde(default)]
    pub tenant: String,
    /// The token of the link by which somebody comes in who is not signed in. Never logged.
    #[serde(default)]
    pub token: String,
}

impl fmt::Debug for StrengthForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StrengthForm").finish_non_exhaustive()
    }
}

/// How hard a password is to guess.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Strength {
    /// From 0, guessed at once, to 4, not to be guessed.
    pub score: u8,
    /// Whether it may be chosen.
    pub acceptable: bool,
    /// What is wrong with it and what helps; empty when nothing is.
    pub message: Text,
}
