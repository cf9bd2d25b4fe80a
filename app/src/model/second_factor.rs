//! The second step of a sign-in: codes of an authenticator app, recovery codes, and what a tenant asks of its people.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Millis, Viewer};

/// What became of a sign-in whose password was right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum SignInStep {
    /// One is signed in.
    Done(Box<Viewer>),
    /// A code of the second factor is still needed; the session is good for giving it and for nothing else.
    Code {
        /// Always true.
        second_factor_required: bool,
    },
}

/// By what the second step of a sign-in can be taken, besides a recovery code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct SecondStepWays {
    /// A code of the authenticator app.
    pub app: bool,
    /// A passkey that works at this address.
    pub passkey: bool,
}

/// One's own second factor.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct SecondFactor {
    /// Since when the authenticator app is in use; `None` while there is none.
    pub enrolled_at: Option<Millis>,
    /// Whether there are passkeys, each of which is a second factor, too.
    #[serde(default)]
    pub passkeys: bool,
    /// Recovery codes that nobody has used.
    pub recovery_codes_left: u64,
    /// The tenant asks for one.
    pub required: bool,
    /// An enrolment that this session has begun and not yet confirmed.
    pub pending: Option<Enrolment>,
    /// Recovery codes that this session has just made and not yet put away.
    pub new_codes: Option<RecoveryCodes>,
}

impl fmt::Debug for SecondFactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecondFactor")
            .field("enrolled_at", &self.enrolled_at)
            .field("recovery_codes_left", &self.recovery_codes_left)
            .finish_non_exhaustive()
    }
}

/// What an authenticator app has to be told. Shown to the one who enrols, once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Enrolment {
    /// The secret as text to type, in groups of four.
    pub secret: String,
    /// The same as an address that the app understands.
    pub uri: String,
    /// The address as a QR code.
    pub qr: QrCode,
}

impl fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Enrolment").finish_non_exhaustive()
    }
}

/// A QR code as one path of an SVG: dark modules on a light ground, with the margin that readers need.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct QrCode {
    /// Width and height in modules, with the margin.
    pub size: u32,
    /// The path's `d`, one unit to a module.
    pub path: String,
}

impl fmt::Debug for QrCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QrCode").field("size", &self.size).finish_non_exhaustive()
    }
}

/// Codes that stand in for the app when it is lost, each for one time.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct RecoveryCodes {
    /// The codes.
    pub codes: Vec<String>,
}

impl fmt::Debug for RecoveryCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecoveryCodes({})", self.codes.len())
    }
}

/// A code of the app, or a recovery code.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct CodeForm {
    /// The code.
    pub code: String,
}

impl fmt::Debug for CodeForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CodeForm").finish_non_exhaustive()
    }
}

/// The password, asked again before something that matters.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct AgainForm {
    /// The password.
    pub password: String,
}

impl fmt::Debug for AgainForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgainForm").finish_non_exhaustive()
    }
}

/// The password and a code, asked again before the second factor is changed.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct ProofForm {
    /// The password.
    pub password: String,
    /// A code of the app, or a recovery code.
    pub code: String,
}

impl fmt::Debug for ProofForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProofForm").finish_non_exhaustive()
    }
}

/// What a tenant asks of its people's sign-in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct TenantSecurity {
    /// Whoever has no second factor adds one before anything else.
    pub second_factor_required: bool,
    /// The version, made of the rest; sent back, the change does not overwrite another.
    #[serde(default)]
    pub version: Option<i64>,
}
