//! Signs that a person reads or hears and a machine does not, asked for after several failed attempts.

use serde::{Deserialize, Serialize};

/// A picture to read, and the same question for the ear. Either answer is right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Captcha {
    /// What to send back with the answer.
    pub id: String,
    /// The address of the picture (PNG).
    pub picture: String,
    /// The address of the spoken digits (WAV).
    pub sound: String,
}

impl Captcha {
    /// The captcha of an id.
    pub fn new(id: String) -> Self {
        let at = |kind: &str| format!("/api/v1/session/captcha/{id}.{kind}");
        Self { picture: at("png"), sound: at("wav"), id }
    }
}
