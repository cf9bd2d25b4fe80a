//! Recovery codes: what stands in for a lost app, each for one time. Only their hashes are kept. They are random and
//! long enough (80 bits) that a plain hash cannot be turned back.

use app::model::{AccountId, RecoveryCodes};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::crypto::hex;
use crate::clock::Clock;

/// How many one gets.
pub const CODES: usize = 10;
/// Signs of a code, without the hyphens.
const SIGNS: usize = 16;
/// Letters and digits that nobody takes for another. There are 32, so that a byte's five bits choose one.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// New codes.
pub fn new_codes(clock: &Clock) -> RecoveryCodes {
    let code = || {
        let random = Zeroizing::new(clock.random::<SIGNS>());
        let mut code = String::with_capacity(SIGNS + 3);
        for (i, byte) in random.iter().enumerate() {
            if i > 0 && i % 4 == 0 {
                code.push('-');
            }
            code.push(char::from(ALPHABET[usize::from(byte & 31)]));
        }
        code
    };
    RecoveryCodes { codes: (0..CODES).map(|_| code()).collect() }
}

/// What is kept of a code, however it was typed.
pub fn hash(account: AccountId, code: &str) -> String {
    let digest = Sha256::new()
        .chain_update("longshore recovery code")
        .chain_update(account.0.as_bytes())
        .chain_update(plain(code))
        .finalize();
    hex(&digest)
}

/// Without what people put between: `abcd-…` and `ABCD …` are the same code.
pub fn plain(code: &str) -> String {
    code.chars().filter(|c| !c.is_whitespace() && *c != '-').take(64).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn codes_differ_and_are_read_however_they_are_typed() {
        let codes = new_codes(&Clock::system()).codes;
        assert_eq!(codes.len(), CODES);
        assert!(codes.iter().all(|c| c.len() == 19 && c.split('-').all(|g| g.len() == 4)), "{codes:?}");
        let (one, two) = (AccountId(Uuid::from_u128(1)), AccountId(Uuid::from_u128(2)));
        assert_ne!(hash(one, &codes[0]), hash(one, &codes[1]));
        assert_ne!(hash(one, &codes[0]), hash(two, &codes[0]), "another's code");
        assert_eq!(hash(one, &codes[0]), hash(one, &format!(" {} ", codes[0].to_uppercase().replace('-', " "))));
    }
}
