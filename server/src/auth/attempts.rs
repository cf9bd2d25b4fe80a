//! How often signing in may be tried, so that passwords cannot be guessed. What was tried is kept where neither a
//! restart nor another replica forgets it.

use app::model::Millis;
use sha2::{Digest, Sha256};

use super::crypto::hex;

/// Failed attempts are counted for this long, from the first.
pub const WINDOW: Millis = 15 * 60 * 1000;

/// What is counted, and how much of it is allowed within [`WINDOW`].
#[derive(Clone, Debug)]
pub struct Limit {
    key: String,
    most: i64,
    people_from: Option<i64>,
}

impl Limit {
    /// `most` failed attempts for a kind of thing (`name`, `address`) of some value. The value is kept as a hash:
    /// people type their password into the wrong field.
    pub fn new(kind: &str, value: &str, most: i64) -> Self {
        let digest = Sha256::new().chain_update(kind).chain_update([0]).chain_update(value).finalize();
        Self { key: hex(&digest), most, people_from: None }
    }

    /// The same where, after so many, only whoever has shown to be a person may try.
    #[must_use]
    pub fn people_from(self, attempts: i64) -> Self {
        Self { people_from: Some(attempts), ..self }
    }

    /// Whether only people may try after so many.
    pub fn asks_people(&self, attempts: i64) -> bool {
        self.people_from.is_some_and(|from| attempts >= from)
    }

    /// After how many only people may try.
    pub fn asks_people_from(&self) -> Option<i64> {
        self.people_from
    }

    /// The hash of what is counted, in hexadecimal.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// How many are allowed.
    pub fn most(&self) -> i64 {
        self.most
    }
}

/// What attempts from an address are counted under. People with IPv6 have a whole network (/64) to themselves, so that
/// is what is counted.
pub fn address_counted(address: &str) -> String {
    match address.parse() {
        Ok(std::net::IpAddr::V6(v6)) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
        _ => address.to_owned(),
    }
}

/// Whether one may try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// One may; the attempt is counted already, so that parallel ones cannot slip through.
    Allowed {
        /// Whether only whoever has shown to be a person may try after this one.
        people_next: bool,
    },
    /// Some have failed: not before one has shown to be a person. The attempt is not counted.
    OnlyPeople,
    /// Too many have failed. `wait` is how long this lasts, in milliseconds; `first` tells the first refusal.
    Refused {
        /// Milliseconds.
        wait: Millis,
        /// Whether this is the first refusal since the last allowed attempt.
        first: bool,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_network_is_counted_as_one() {
        assert_eq!(address_counted("2001:db8::1"), address_counted("2001:db8::ffff:1"));
        assert_ne!(address_counted("2001:db8::1"), address_counted("2001:db8:0:1::1"));
        assert_ne!(address_counted("10.0.0.1"), address_counted("10.0.0.2"));
    }
}
