//! Argon2id in memory that is used again: asking the system for fresh pages costs a fifth of a hash.

use std::sync::{Mutex, PoisonError};

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::{
        Error, PasswordVerifier,
        phc::{Output, ParamsString, PasswordHash, Salt},
    },
};

/// Hashes and compares by one set of parameters.
pub(super) struct Argon {
    argon2: Argon2<'static>,
    memory: Mutex<Memory>,
}

/// What hashes are made in. Used by as many at the same time as there are turns for.
#[derive(Default)]
struct Memory {
    in_use: usize,
    begun: u64,
    spare: Vec<Vec<Block>>,
}

impl Argon {
    pub(super) fn new(params: Params) -> Self {
        Self { argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params), memory: Mutex::default() }
    }

    /// The hash of a password as a PHC string. Fails when there is no memory for it.
    pub(super) fn hash(&self, password: &[u8], salt: &[u8]) -> Result<String, Error> {
        let salt = Salt::new(salt)?;
        let hash = self.output(password, &salt, Params::DEFAULT_OUTPUT_LEN)?;
        let params = ParamsString::try_from(self.argon2.params())?;
        let (algorithm, version) = (Algorithm::Argon2id.ident(), Some(Version::V0x13.into()));
        Ok(PasswordHash { algorithm, version, params, salt: Some(salt), hash: Some(hash) }.to_string())
    }

    /// Whether a password is the one of a PHC string, whatever parameters that has. Compares in constant time. Fails
    /// when the string cannot be read.
    pub(super) fn verify(&self, stored: &str, password: &[u8]) -> Result<bool, Error> {
        let stored = PasswordHash::new(stored)?;
        if let (Some(salt), Some(hash), false) = (&stored.salt, &stored.hash, self.differs(&stored)) {
            return Ok(self.output(password, salt, hash.len())? == *hash);
        }
        match Argon2::default().verify_password(password, &stored) {
            Ok(()) => Ok(true),
            Err(Error::PasswordInvalid) => Ok(false),
            Err(e) => Err(e),
        }
    }

    /// Whether a hash was made in another way than hashes are made now, or cannot be read.
    pub(super) fn outdated(&self, stored: &str) -> bool {
        PasswordHash::new(stored).map_or(true, |stored| self.differs(&stored))
    }

    /// How many hashes were begun with the present parameters.
    pub(super) fn begun(&self) -> u64 {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).begun
    }

    fn differs(&self, stored: &PasswordHash) -> bool {
        let now = self.argon2.params();
        stored.algorithm != Algorithm::Argon2id.ident()
            || stored.version != Some(Version::V0x13.into())
            || Params::try_from(stored).ok().is_none_or(|then| {
                (then.m_cost(), then.t_cost(), then.p_cost()) != (now.m_cost(), now.t_cost(), now.p_cost())
                    || !then.data().is_empty()
                    || !then.keyid().is_empty()
            })
    }

    fn output(&self, password: &[u8], salt: &[u8], len: usize) -> Result<Output, Error> {
        let mut memory = self.take()?;
        let mut bytes = [0; Output::MAX_LENGTH];
        let out = bytes.get_mut(..len).ok_or(Error::OutputSize)?;
        let hashed = self.argon2.hash_password_into_with_memory(password, salt, out, &mut memory);
        // After a second pass, comparing a guess with what is left here takes half of a hash at least. After the only
        // one, three blocks would do.
        if self.argon2.params().t_cost() < 2 {
            memory.fill(Block::new());
        }
        self.give_back(memory);
        hashed?;
        Ok(Output::new(out)?)
    }

    fn take(&self) -> Result<Vec<Block>, Error> {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let blocks = memory.spare.pop();
        memory.in_use += 1;
        memory.begun += 1;
        drop(memory);
        let mut blocks = blocks.unwrap_or_default();
        let needed = self.argon2.params().block_count();
        if blocks.try_reserve_exact(needed - blocks.len()).is_err() {
            self.give_back(blocks);
            return Err(argon2::Error::OutOfMemory.into());
        }
        blocks.resize(needed, Block::new());
        Ok(blocks)
    }

    /// Keeps memory for the next one. When nobody hashes any more, what one needs is kept.
    fn give_back(&self, blocks: Vec<Block>) {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.in_use -= 1;
        memory.spare.push(blocks);
        if memory.in_use == 0 {
            memory.spare.truncate(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::PasswordHasher;

    use super::*;

    const SALT: &[u8] = b"sixteen bytes ok";

    fn params(passes: u32) -> Params {
        Params::new(256, passes, 1, None).expect("allowed")
    }

    #[test]
    fn used_memory_gives_the_library_own_hashes() {
        for passes in [1, 2] {
            let argon = Argon::new(params(passes));
            for password in ["correct horse", "", "battery staple", "correct horse"] {
                let library = Argon2::new(Algorithm::Argon2id, Version::V0x13, params(passes));
                let expected: PasswordHash =
                    library.hash_password_with_salt(password.as_bytes(), SALT).expect("hashed");
                let ours = argon.hash(password.as_bytes(), SALT).expect("hashed");
                assert_eq!(ours, expected.to_string());
                assert!(argon.verify(&ours, password.as_bytes()).expect("checked"));
                assert!(!argon.verify(&ours, b"another").expect("checked"));
            }
        }
    }

    #[test]
    fn hashes_made_otherwise_are_compared_too() {
        let argon = Argon::new(params(2));
        for (algorithm, version) in [(Algorithm::Argon2i, Version::V0x13), (Algorithm::Argon2id, Version::V0x10)] {
            let other = Argon2::new(algorithm, version, params(2));
            let stored: PasswordHash = other.hash_password_with_salt(b"correct horse", SALT).expect("hashed");
            let stored = stored.to_string();
            assert!(argon.outdated(&stored), "{stored}");
            assert!(argon.verify(&stored, b"correct horse").expect("checked"), "{stored}");
            assert!(!argon.verify(&stored, b"correct hors").expect("checked"), "{stored}");
        }
    }

    #[test]
    fn memory_is_kept_for_as_many_as_hash_and_for_one_when_nobody_does() {
        let argon = Argon::new(params(1));
        let spare = || argon.memory.lock().expect("no panic").spare.len();
        let (one, two) = (argon.take().expect("memory"), argon.take().expect("memory"));
        assert_eq!((one.len(), two.len()), (256, 256));
        argon.give_back(one);
        assert_eq!(spare(), 1);
        let one = argon.take().expect("memory");
        argon.give_back(one);
        argon.give_back(two);
        assert_eq!(spare(), 1, "of the last one");
    }
}
