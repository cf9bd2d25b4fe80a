//! The platform's own settings.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Checks, Millis};
use crate::{UiError, text};

/// How tenants come to the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Registration {
    /// Anybody registers one.
    Open,
    /// Whoever has a link registers one.
    Invitation,
    /// The platform's administrators make them.
    Closed,
}

impl Registration {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Closed, Self::Invitation, Self::Open];

    /// The name in the database, the API and forms.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Invitation => "invitation",
            Self::Closed => "closed",
        }
    }

    /// The one of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.as_str() == name)
    }
}

impl fmt::Display for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The platform's settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct PlatformSettings {
    /// How tenants come to the platform.
    pub registration: Registration,
    /// Counts changes; a form sends it back so that no change of somebody else is lost.
    pub version: i64,
    /// When they were last changed; 0 when they never were.
    pub updated_at: Millis,
    /// Who changed them last.
    pub actor_name: String,
}

/// The form that changes the platform's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct PlatformForm {
    /// How tenants come to the platform: `closed`, `invitation` or `open`.
    pub registration: String,
    /// The version that was read, when the change must not overwrite another.
    #[serde(default)]
    pub version: Option<i64>,
}

impl PlatformForm {
    /// The settings, checked. Fails naming the field.
    pub fn parse(&self) -> Result<Registration, UiError> {
        let mut checks = Checks::default();
        let registration = Registration::parse(self.registration.trim());
        if registration.is_none() {
            checks.fail("registration", text!("Choose open, invitation or closed.", "请选择开放、邀请或关闭。"));
        }
        checks.finish(registration)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back() {
        for registration in Registration::ALL {
            let form = PlatformForm { registration: registration.to_string(), version: None };
            assert_eq!(form.parse(), Ok(registration));
        }
        assert!(PlatformForm::default().parse().is_err_and(|e| e.field("registration").is_some()));
    }
}
