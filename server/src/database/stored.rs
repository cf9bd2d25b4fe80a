//! How values that are not plain columns are kept: enumerations as their names in the API, structures as JSON,
//! unsigned numbers as signed ones.

use serde::{Serialize, de::DeserializeOwned};

use super::{DatabaseError, Result};

/// A structure as JSON text.
#[expect(clippy::expect_used, reason = "the model's types serialize into memory and have string keys only")]
pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("the model is JSON")
}

/// Reads JSON text back. Fails naming the column.
pub(super) fn from_json<T: DeserializeOwned>(text: &str, column: &'static str) -> Result<T> {
    serde_json::from_str(text).map_err(|_| DatabaseError::Corrupt(column))
}

/// The name of an enumeration's value, as the API has it.
pub(super) fn word(value: &impl Serialize) -> String {
    json(value).trim_matches('"').to_owned()
}

/// Reads a name back. Fails naming the column.
pub(super) fn from_word<T: DeserializeOwned>(word: &str, column: &'static str) -> Result<T> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).map_err(|_| DatabaseError::Corrupt(column))
}

/// Reads an unsigned number back. Fails naming the column.
pub(super) fn unsigned<T: TryFrom<i64>>(value: i64, column: &'static str) -> Result<T> {
    T::try_from(value).map_err(|_| DatabaseError::Corrupt(column))
}

/// A number as the database keeps it; what does not fit, which no checked value reaches, is the largest.
pub(super) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use app::model::OperationKind;

    use super::*;

    #[test]
    fn enumerations_are_kept_by_their_names() {
        assert_eq!(word(&OperationKind::RollBack), "roll_back");
        assert_eq!(from_word::<OperationKind>("roll_back", "kind").ok(), Some(OperationKind::RollBack));
        assert!(matches!(from_word::<OperationKind>("nothing", "kind"), Err(DatabaseError::Corrupt("kind"))));
    }
}
