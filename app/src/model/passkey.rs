//! Passkeys: what an account can sign in with instead of a password, or besides it.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Checks, Millis, PasskeyId, RecoveryCodes, display_name};
use crate::{UiError, i18n::Text};

/// The most passkeys of one account.
pub const MAX_PASSKEYS: u64 = 10;

/// One's own passkeys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct PasskeyList {
    /// All of them, the oldest first.
    pub rows: Vec<PasskeyRow>,
    /// Why none can be added or used at this address; `None` when they can.
    pub hindrance: Option<Text>,
}

/// A passkey in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct PasskeyRow {
    /// The passkey.
    pub id: PasskeyId,
    /// What its owner calls it.
    pub name: String,
    /// When it was added.
    pub created_at: Millis,
    /// When somebody last signed in by it.
    pub used_at: Option<Millis>,
    /// The name of the site that it works at, when that is not this one.
    pub elsewhere: Option<String>,
    /// The version, made of its name; a form sends it back so that no change of somebody else is lost.
    #[serde(default)]
    pub version: i64,
}

/// The form of a passkey to be added.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct NewPasskey {
    /// What to call it: 1 to 80 characters.
    pub name: String,
    /// The account's password, asked again.
    pub password: String,
}

impl fmt::Debug for NewPasskey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewPasskey").field("name", &self.name).finish_non_exhaustive()
    }
}

impl NewPasskey {
    /// The name, or the field's error.
    pub fn parse(&self) -> Result<String, UiError> {
        name(&self.name)
    }
}

/// The form of a passkey's new name.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct PasskeyForm {
    /// What to call it: 1 to 80 characters.
    pub name: String,
    /// The version that was read, when the change must not overwrite another.
    #[serde(default)]
    pub version: Option<i64>,
}

impl PasskeyForm {
    /// The name, or the field's error.
    pub fn parse(&self) -> Result<String, UiError> {
        name(&self.name)
    }
}

fn name(value: &str) -> Result<String, UiError> {
    let mut checks = Checks::default();
    let name = checks.take(display_name("name", value));
    checks.finish(name)
}

/// What the browser is asked for. The ceremony is good for one answer, for five minutes, in the session that began it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct PasskeyRequest {
    /// The ceremony, which the answer names.
    pub ceremony: String,
    /// The options of `navigator.credentials.create()` or `get()`, as
    /// `PublicKeyCredential.parseCreationOptionsFromJSON()` and `parseRequestOptionsFromJSON()` take them.
    pub options: WebAuthn,
}

/// What the browser answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct PasskeyAnswer {
    /// The ceremony that it belongs to.
    pub ceremony: String,
    /// The credential, as `PublicKeyCredential.toJSON()` gives it.
    pub credential: WebAuthn,
}

/// A passkey that was just added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct AddedPasskey {
    /// The passkey.
    pub passkey: PasskeyRow,
    /// Recovery codes, when it is the account's first second factor. They are told this once.
    pub recovery_codes: Option<RecoveryCodes>,
}

/// A message of the Web Authentication standard, which passes through as it is.
#[derive(Clone, PartialEq, Eq)]
pub struct WebAuthn(String);

impl WebAuthn {
    /// A text that is JSON. Fails when it is not.
    pub fn parse(json: String) -> Result<Self, serde_json::Error> {
        RawValue::from_string(json).map(|value| Self(String::from(Box::<str>::from(value))))
    }

    /// The JSON.
    pub fn json(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for WebAuthn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebAuthn({} bytes)", self.0.len())
    }
}

impl Serialize for WebAuthn {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value: &RawValue = serde_json::from_str(&self.0).map_err(serde::ser::Error::custom)?;
        value.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for WebAuthn {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(|value| Self(String::from(Box::<str>::from(value))))
    }
}

#[cfg(feature = "ssr")]
impl schemars::JsonSchema for WebAuthn {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "WebAuthn".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "object",
            "description": "A message of the Web Authentication standard (level 3) as JSON, with binary values as base64url.",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_passes_as_it_is() {
        let answer = r#"{"ceremony":"c","credential":{"id":"AQ","n":1.50}}"#;
        let read: PasskeyAnswer = serde_json::from_str(answer).expect("an answer");
        assert_eq!(read.credential.json(), r#"{"id":"AQ","n":1.50}"#);
        assert_eq!(serde_json::to_string(&read).expect("JSON"), answer);
        assert!(WebAuthn::parse("{".to_owned()).is_err());
    }

    #[test]
    fn a_name_is_needed_and_cut_at_its_ends() {
        let form = |name: &str| PasskeyForm { name: name.to_owned(), ..PasskeyForm::default() };
        assert_eq!(form(" the blue key ").parse().as_deref(), Ok("the blue key"));
        for wrong in ["", "  ", "a\u{7}b", &"x".repeat(81)] {
            let error = form(wrong).parse().expect_err(wrong);
            assert!(error.field("name").is_some(), "{wrong}: {error:?}");
        }
    }
}
