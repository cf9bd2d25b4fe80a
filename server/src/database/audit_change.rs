//! What an entry of the audit trail says of a change: the thing before and after, as JSON of bounded size.
//!
//! A secret cannot get in by mistake, because only types that are [`Recorded`] can be written: neither strings nor
//! forms are, and what is in a `Recorded` type is chosen field by field. Where it matters that a value is another one
//! and not which, the field is a [`Fingerprint`].

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::auth::crypto::hex;

/// The most bytes that one side of a change may take.
pub const MAX_SIDE: usize = 4_000;
/// The most characters of a string, and values of a list, when a side would take more.
const MAX_TEXT: usize = 120;
const MAX_ITEMS: usize = 20;

/// A type that is made for the audit trail: nothing in it is a secret.
pub trait Recorded: Serialize {}

/// The hash of something, in its place.
#[derive(Clone, PartialEq, Eq)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Of something that cannot be guessed, or that is no secret but long.
    pub fn of(value: impl AsRef<[u8]>) -> Self {
        Self(format!("sha256:{}", &hex(&Sha256::digest(value))[..32]))
    }

    /// Of something that may be empty, which is told apart.
    pub fn of_text(value: &str) -> Option<Self> {
        (!value.is_empty()).then(|| Self::of(value))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// One side of a change as JSON text of at most [`MAX_SIDE`] bytes. What is too long is shortened; what is still too
/// long is named by its fingerprint.
pub(super) fn side(value: &impl Recorded) -> String {
    let Ok(value) = serde_json::to_value(value) else { return "{}".to_owned() };
    let whole = value.to_string();
    if whole.len() <= MAX_SIDE {
        return whole;
    }
    let short = shortened(value).to_string();
    if short.len() <= MAX_SIDE {
        return short;
    }
    let print = Value::String(Fingerprint::of(whole).0);
    Value::Object(Map::from_iter([("too_long".to_owned(), print)])).to_string()
}

fn shortened(value: Value) -> Value {
    match value {
        Value::String(text) => match text.char_indices().nth(MAX_TEXT) {
            Some((at, _)) => Value::String(format!("{}…", &text[..at])),
            None => Value::String(text),
        },
        Value::Array(values) => {
            let more = values.len().saturating_sub(MAX_ITEMS);
            let mut kept: Vec<Value> = values.into_iter().take(MAX_ITEMS).map(shortened).collect();
            if more > 0 {
                kept.push(Value::String(format!("… {more} more")));
            }
            Value::Array(kept)
        }
        Value::Object(fields) => fields.into_iter().map(|(key, value)| (key, shortened(value))).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Thing {
        name: String,
        list: Vec<String>,
        content: Option<Fingerprint>,
    }

    impl Recorded for Thing {}

    fn thing(name: &str, list: usize, item: &str) -> Thing {
        Thing { name: name.to_owned(), list: vec![item.to_owned(); list], content: Fingerprint::of_text("hunter2") }
    }

    #[test]
    fn a_fingerprint_says_that_and_not_what() {
        let json = side(&thing("web", 1, "a"));
        assert!(json.contains("sha256:") && !json.contains("hunter2"), "{json}");
        assert_eq!(Fingerprint::of("a"), Fingerprint::of("a"));
        assert_ne!(Fingerprint::of("a"), Fingerprint::of("b"));
        assert_eq!(Fingerprint::of_text(""), None);
        assert!(!format!("{:?}", Fingerprint::of("hunter2")).contains("hunter2"));
    }

    #[test]
    fn a_side_is_bounded_whatever_is_in_it() {
        let some = side(&thing(&"港".repeat(5_000), 3, "a"));
        assert!(some.len() <= MAX_SIDE && some.contains('…'), "{some}");
        let many = side(&thing("web", 5_000, "item"));
        assert!(many.len() <= MAX_SIDE && many.contains("4980 more"), "{many}");
        let huge = side(&thing("web", 5_000, &"港".repeat(500)));
        assert!(huge.len() <= MAX_SIDE && huge.contains("too_long"), "{huge}");
    }
}
