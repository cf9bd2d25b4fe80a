//! Argon2id in memory that is used again: asking the system for fresh pages costs a fifth of a hash.
//!
//! A hash is compared by the parameters that it was made with, so after the configured cost was changed, an account that has
//! not signed in since would be answered sooner or later than a name that nobody has. A present hash made on top of such a
//! comparison would only turn the difference round: one hash of both kinds for that account, one for all others. So each check
//! does the same work, whoever is meant: one hash of the present parameters, and one of each former set of which there are
//! hashes ([`Argon::learn`], at the start and whenever one is met). The stored hash is one of these, and nobody's takes
//! the place of the others. Where the cost was never changed, that is one hash, and no more.

use std::sync::{Mutex, MutexGuard, PoisonError};

use argon2::{
    Algorithm, Argon2, Block, Params, Version,
    password_hash::{
        Error, PasswordVerifier,
        phc::{Output, ParamsString, PasswordHash, Salt},
    },
};

/// The most sets of former parameters whose work each check takes. Of the ones beyond, each hash takes its own work on top.
const MOST_FORMER: usize = 3;

/// Hashes and compares by one set of parameters.
pub(super) struct Argon {
    argon2: Argon2<'static>,
    memory: Mutex<Memory>,
    former: Mutex<Former>,
}

/// The sets of parameters by which there are hashes from before: nobody's hash of each.
#[derive(Default)]
struct Former {
    nobodys: Vec<PasswordHash>,
    begun: u64,
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
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        Self { argon2, memory: Mutex::default(), former: Mutex::default() }
    }

    /// The hash of a password as a PHC string. Fails when there is no memory for it.
    pub(super) fn hash(&self, password: &[u8], salt: &[u8]) -> Result<String, Error> {
        let salt = Salt::new(salt)?;
        let hash = self.output(password, &salt, Params::DEFAULT_OUTPUT_LEN)?;
        Ok(PasswordHash { salt: Some(salt), hash: Some(hash), ..self.present()? }.to_string())
    }

    /// Whether a password is the one of a PHC string, whatever parameters that has; it is none of nobody's. Compares in
    /// constant time, and takes the same work for every string and for none. Fails when the string cannot be read.
    pub(super) fn verify(&self, stored: Option<&str>, password: &[u8]) -> Result<bool, Error> {
        let stored = stored.map(PasswordHash::new).transpose()?;
        let (former, present) = match &stored {
            Some(stored) if self.differs(stored) => (Some(stored), None),
            stored => (None, stored.as_ref()),
        };
        let beyond = former.filter(|stored| !self.learn(stored));
        let nobody = nobodys_like(self.present()?)?;
        let mut right = self.is_present(present.unwrap_or(&nobody), password)? && present.is_some();
        for nobody in self.nobodys() {
            let own = former.filter(|stored| is_alike(stored, &nobody));
            right |= self.is_former(own.unwrap_or(&nobody), password)? && own.is_some();
        }
        if let Some(stored) = beyond {
            right |= self.is_former(stored, password)?;
        }
        Ok(right)
    }

    /// Has each check take the work of one by the parameters of this hash, too, when they are not the present ones; whether
    /// it does.
    pub(super) fn learn(&self, stored: &PasswordHash) -> bool {
        let mut former = self.lock_former();
        if !self.differs(stored) || former.nobodys.iter().any(|nobody| is_alike(nobody, stored)) {
            return true;
        }
        let Ok(nobody) = nobodys_like(stored.clone()) else { return false };
        let room = former.nobodys.len() < MOST_FORMER;
        if room {
            former.nobodys.push(nobody);
        }
        room
    }

    /// The same of a PHC string; not of one that cannot be read.
    pub(super) fn learn_of(&self, stored: &str) -> bool {
        PasswordHash::new(stored).is_ok_and(|stored| self.learn(&stored))
    }

    /// How the hashes begin whose work each check takes, up to the salt.
    pub(super) fn beginnings(&self) -> Result<Vec<String>, Error> {
        let former = self.nobodys();
        let all = former.into_iter().chain([self.present()?]);
        Ok(all.map(|hash| format!("{}$", PasswordHash { salt: None, hash: None, ..hash })).collect())
    }

    /// Whether a hash was made in another way than hashes are made now, or cannot be read.
    pub(super) fn outdated(&self, stored: &str) -> bool {
        PasswordHash::new(stored).map_or(true, |stored| self.differs(&stored))
    }

    /// How many hashes were begun with the present parameters.
    pub(super) fn begun(&self) -> u64 {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).begun
    }

    /// How many hashes were begun with former parameters.
    pub(super) fn begun_by_former(&self) -> u64 {
        self.lock_former().begun
    }

    /// A hash as it is made now, without salt and output.
    fn present(&self) -> Result<PasswordHash, Error> {
        let params = ParamsString::try_from(self.argon2.params())?;
        let (algorithm, version) = (Algorithm::Argon2id.ident(), Some(Version::V0x13.into()));
        Ok(PasswordHash { algorithm, version, params, salt: None, hash: None })
    }

    fn nobodys(&self) -> Vec<PasswordHash> {
        self.lock_former().nobodys.clone()
    }

    fn lock_former(&self) -> MutexGuard<'_, Former> {
        self.former.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a password is the one of a hash of the present parameters.
    fn is_present(&self, stored: &PasswordHash, password: &[u8]) -> Result<bool, Error> {
        let (Some(salt), Some(hash)) = (&stored.salt, &stored.hash) else { return Ok(false) };
        Ok(self.output(password, salt, hash.len())? == *hash)
    }

    /// Whether a password is the one of a hash of other parameters.
    fn is_former(&self, stored: &PasswordHash, password: &[u8]) -> Result<bool, Error> {
        self.lock_former().begun += 1;
        match Argon2::default().verify_password(password, stored) {
            Ok(()) => Ok(true),
            Err(Error::PasswordInvalid) => Ok(false),
            Err(e) => Err(e),
        }
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

/// Nobody's hash by the parameters of another: comparing with it takes the same work, and what comes of that is not asked.
fn nobodys_like(like: PasswordHash) -> Result<PasswordHash, Error> {
    let (salt, hash) = (Salt::new(&[0; 16])?, Output::new(&[0; Params::DEFAULT_OUTPUT_LEN])?);
    Ok(PasswordHash { salt: Some(salt), hash: Some(hash), ..like })
}

/// Whether two hashes were made in the same way.
fn is_alike(one: &PasswordHash, other: &PasswordHash) -> bool {
    (&one.algorithm, &one.version, &one.params) == (&other.algorithm, &other.version, &other.params)
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
                assert!(argon.verify(Some(&ours), password.as_bytes()).expect("checked"));
                assert!(!argon.verify(Some(&ours), b"another").expect("checked"));
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
            assert!(argon.verify(Some(&stored), b"correct horse").expect("checked"), "{stored}");
            assert!(!argon.verify(Some(&stored), b"correct hors").expect("checked"), "{stored}");
        }
    }

    /// The hash of a password as it was made before.
    fn made_before(passes: u32) -> String {
        Argon::new(params(passes)).hash(b"correct horse", SALT).expect("hashed")
    }

    /// How many hashes of the present parameters and of former ones a check takes.
    fn work(argon: &Argon, stored: Option<&str>, password: &[u8]) -> (bool, u64, u64) {
        let before = (argon.begun(), argon.begun_by_former());
        let right = argon.verify(stored, password).expect("checked");
        (right, argon.begun() - before.0, argon.begun_by_former() - before.1)
    }

    #[test]
    fn a_check_takes_the_same_work_whoever_is_meant() {
        let argon = Argon::new(params(4));
        let present = argon.hash(b"correct horse", SALT).expect("hashed");
        assert_eq!(work(&argon, None, b"correct horse"), (false, 1, 0), "nothing is from before");
        assert_eq!(work(&argon, Some(&present), b"correct horse"), (true, 1, 0));
        let old = [made_before(1), made_before(2)];
        for (stored, sets) in old.iter().zip(1..) {
            assert!(argon.learn_of(stored) && argon.learn_of(stored), "once is enough");
            for password in [&b"correct horse"[..], b"another"] {
                let right = password == b"correct horse";
                assert_eq!(work(&argon, None, password), (false, 1, sets), "an unknown name");
                assert_eq!(work(&argon, Some(&present), password), (right, 1, sets), "a hash of now");
                assert_eq!(work(&argon, Some(stored), password), (right, 1, sets), "a hash of before");
            }
        }
        assert!(argon.learn_of(&present) && !argon.learn_of("nonsense"));
        assert_eq!(argon.beginnings().expect("three").len(), 3);
        assert!(old.iter().chain([&present]).all(|hash| {
            argon.beginnings().expect("three").iter().any(|beginning| hash.starts_with(beginning.as_str()))
        }));
    }

    #[test]
    fn a_hash_of_before_that_nobody_told_of_is_learned_when_it_is_met() {
        let argon = Argon::new(params(4));
        assert_eq!(work(&argon, Some(&made_before(1)), b"correct horse"), (true, 1, 1));
        assert_eq!(work(&argon, None, b"correct horse"), (false, 1, 1), "from then on for everybody");
        let known = u64::try_from(MOST_FORMER).expect("few");
        for passes in [2, 3] {
            argon.learn_of(&made_before(passes));
        }
        assert!(!argon.learn_of(&made_before(5)), "there is an end to it");
        assert_eq!(work(&argon, Some(&made_before(5)), b"correct horse"), (true, 1, known + 1));
        assert_eq!(work(&argon, None, b"correct horse"), (false, 1, known));
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
