//! Which version of a thing a change is meant for. It is looked at in the transaction that makes the change, with the row
//! locked, so that nobody's change is lost.
//!
//! What has no column that counts its changes has a number made of what a change would replace: when that is the same again,
//! so is the number, and nothing is lost either.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{DatabaseError, Result};

/// The version of a thing that counts no changes: a number from 1 on, made of its content. It has 53 bits, as many as
/// every reader of JSON keeps of a number (RFC 8259, section 6).
pub fn of_content(content: &impl Serialize) -> i64 {
    let json = serde_json::to_vec(content).unwrap_or_default();
    let first = Sha256::digest(json).iter().take(8).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    i64::try_from(first >> 11).unwrap_or_default().max(1)
}

/// Fails with `Stale` when a change is meant for another version than there is now.
pub fn meant_for(expected: Option<i64>, now: i64) -> Result<()> {
    match expected {
        Some(expected) if expected != now => Err(DatabaseError::Stale),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_has_one_number_and_another_has_another() {
        let numbers = [of_content(&true), of_content(&false), of_content(&"phone"), of_content(&"")];
        for (i, number) in numbers.iter().enumerate() {
            assert!((1..1 << 53).contains(number), "{number}");
            assert!(!numbers[..i].contains(number), "{number}");
        }
        assert_eq!(of_content(&"phone"), of_content(&String::from("phone")));
    }

    #[test]
    fn a_change_without_a_version_is_meant_for_any() {
        assert!(meant_for(None, 7).is_ok() && meant_for(Some(7), 7).is_ok());
        assert!(matches!(meant_for(Some(6), 7), Err(DatabaseError::Stale)));
    }
}
