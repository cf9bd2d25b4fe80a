//! Encryption of what is kept secret: in the database kubeconfigs, the values of apps' secrets, passwords of registries,
//! client secrets of identity providers, second factors, what captchas and passkeys' ceremonies wait for, and the answers
//! kept for an `Idempotency-Key`; in sessions recovery codes that are still shown; in cookies what was begun at identity
//! providers.
//!
//! Envelope encryption with XChaCha20-Poly1305: each value has a data key of its own, which is itself encrypted
//! with a key of the key file. The key's id stands in front, so that keys can be replaced: the file's first line
//! encrypts, the other lines still decrypt. The context (whose value it is) is authenticated: a value that is
//! moved to another row does not open.

use std::{
    fmt,
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use chacha20poly1305::{
    Key, XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::clock::Clock;

const VERSION: u8 = 1;
const ID: usize = 8;
const NONCE: usize = 24;
const TAG: usize = 16;
const KEY: usize = 32;
/// Version, key id, nonce and encrypted data key, nonce.
const HEAD: usize = 1 + ID + NONCE + KEY + TAG + NONCE;

/// Why something does not open, or the key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CryptoError {
    /// The key file cannot be read or made.
    #[error("the key file {} cannot be used", .0.display())]
    File(PathBuf, #[source] io::Error),
    /// Others than its owner may read the key file.
    #[error("the key file {path} may be read by others (mode {mode:o}); run chmod 600 on it", path = .0.display(), mode = .1)]
    Mode(PathBuf, u32),
    /// A line of the key file is not 32 bytes in hexadecimal.
    #[error("line {line} of the key file {path} is not 64 hexadecimal digits", path = .0.display(), line = .1)]
    Line(PathBuf, usize),
    /// The value was encrypted with a key that the key file does not have.
    #[error("the key that this was encrypted with is missing from the key file")]
    UnknownKey,
    /// The value is cut off, altered, or belongs to something else.
    #[error("the encrypted value has been altered or belongs to something else")]
    Altered,
}

#[derive(Clone)]
struct MasterKey {
    id: [u8; ID],
    key: Zeroizing<[u8; KEY]>,
}

/// Encrypts and decrypts.
#[derive(Clone)]
pub struct Vault {
    /// The first encrypts; never empty.
    keys: Arc<[MasterKey]>,
    clock: Clock,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault")
    }
}

impl Vault {
    /// With the keys of a file, which is made with one new key and mode 0600 when it is missing. Fails when the
    /// file cannot be read, may be read by others, or is not keys.
    pub fn open_file(path: &Path, clock: Clock) -> Result<Self, CryptoError> {
        let fail = |e| CryptoError::File(path.to_owned(), e);
        match make(path, &clock) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            other => other.map_err(fail)?,
        }
        let mode = fs::metadata(path).map_err(fail)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(CryptoError::Mode(path.to_owned(), mode));
        }
        let text = Zeroizing::new(fs::read_to_string(path).map_err(fail)?);
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let keys = lines
            .map(|(n, line)| from_hex(line.trim()).map(master).ok_or_else(|| CryptoError::Line(path.to_owned(), n + 1)))
            .collect::<Result<Arc<[MasterKey]>, _>>()?;
        if keys.is_empty() {
            return Err(CryptoError::Line(path.to_owned(), 1));
        }
        Ok(Self { keys, clock })
    }

    /// With one key.
    pub fn from_key(key: [u8; KEY], clock: Clock) -> Self {
        Self { keys: Arc::new([master(Zeroizing::new(key))]), clock }
    }

    /// Encrypts. `context` says whose value this is (`cluster/<id>`); it must be the same when it is opened.
    ///
    /// # Panics
    ///
    /// Above 256 GiB, which the cipher cannot encrypt.
    #[expect(clippy::expect_used, reason = "the cipher fails only above 256 GiB")]
    pub fn seal(&self, context: &str, plaintext: &[u8]) -> Vec<u8> {
        let master = &self.keys[0];
        let data_key = Zeroizing::new(self.clock.random::<KEY>());
        let (key_nonce, nonce) = (self.clock.random::<NONCE>(), self.clock.random::<NONCE>());
        let wrapped = encrypt(&master.key, &key_nonce, &master.id, &data_key[..]).expect("32 bytes");
        let body = encrypt(&data_key, &nonce, context.as_bytes(), plaintext).expect("small enough");
        let mut sealed = Vec::with_capacity(HEAD + body.len());
        sealed.push(VERSION);
        for part in [&master.id[..], &key_nonce, &wrapped, &nonce, &body] {
            sealed.extend_from_slice(part);
        }
        sealed
    }

    /// A fingerprint of a value, to know it again where it may not be kept. Without the key file nobody finds the value
    /// by trying. A new key in front makes other fingerprints.
    pub fn fingerprint(&self, context: &str, value: &[u8]) -> [u8; 32] {
        let keyed = || Sha256::new().chain_update(b"longshore fingerprint").chain_update(&self.keys[0].key[..]);
        let inner = keyed().chain_update(Sha256::digest(context)).chain_update(value).finalize();
        // Twice, so that nobody makes one of a longer value out of it.
        keyed().chain_update(inner).finalize().into()
    }

    /// Decrypts what [`Self::seal`] made with the same context. Fails when the key is missing or anything differs.
    pub fn open(&self, context: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        let (head, body) = sealed.split_at_checked(HEAD).ok_or(CryptoError::Altered)?;
        let (version, head) = head.split_at(1);
        let (id, head) = head.split_at(ID);
        let (key_nonce, head) = head.split_at(NONCE);
        let (wrapped, nonce) = head.split_at(KEY + TAG);
        if version != [VERSION] {
            return Err(CryptoError::Altered);
        }
        let master = self.keys.iter().find(|k| k.id == id).ok_or(CryptoError::UnknownKey)?;
        let data_key = decrypt(&master.key, key_nonce, id, wrapped)?;
        let data_key: Zeroizing<[u8; KEY]> =
            Zeroizing::new(data_key.as_slice().try_into().map_err(|_| CryptoError::Altered)?);
        decrypt(&data_key, nonce, context.as_bytes(), body)
    }
}

fn encrypt(key: &[u8; KEY], nonce: &[u8; NONCE], aad: &[u8], msg: &[u8]) -> Option<Vec<u8>> {
    XChaCha20Poly1305::new(&Key::from(*key)).encrypt(&XNonce::from(*nonce), Payload { msg, aad }).ok()
}

fn decrypt(key: &[u8; KEY], nonce: &[u8], aad: &[u8], msg: &[u8]) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
    let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| CryptoError::Altered)?;
    XChaCha20Poly1305::new(&Key::from(*key))
        .decrypt(&XNonce::from(nonce), Payload { msg, aad })
        .map(Zeroizing::new)
        .map_err(|_| CryptoError::Altered)
}

fn make(path: &Path, clock: &Clock) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let mut line = Zeroizing::new(String::with_capacity(2 * KEY + 1));
    push_hex(&mut line, &Zeroizing::new(clock.random::<KEY>())[..]);
    line.push('\n');
    file.write_all(line.as_bytes())?;
    file.sync_all()
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    push_hex(&mut text, bytes);
    text
}

fn push_hex(text: &mut String, bytes: &[u8]) {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or_default();
    for byte in bytes {
        text.extend([digit(byte >> 4), digit(byte & 15)]);
    }
}

fn master(key: Zeroizing<[u8; KEY]>) -> MasterKey {
    let digest = Sha256::new().chain_update(b"longshore key id").chain_update(&key[..]).finalize();
    let mut id = [0; ID];
    id.copy_from_slice(&digest[..ID]);
    MasterKey { id, key }
}

fn from_hex(line: &str) -> Option<Zeroizing<[u8; KEY]>> {
    let mut key = Zeroizing::new([0; KEY]);
    if line.len() != 2 * KEY || !line.is_ascii() {
        return None;
    }
    for (i, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&line[2 * i..2 * i + 2], 16).ok()?;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(key: u8) -> Vault {
        Vault::from_key([key; KEY], Clock::system())
    }

    #[test]
    fn opens_what_it_sealed_in_the_same_context() {
        let sealed = vault(1).seal("cluster/a", b"secret words");
        assert!(!sealed.windows(6).any(|w| w == b"secret"));
        assert_eq!(vault(1).open("cluster/a", &sealed).expect("opens").as_slice(), b"secret words");
        assert!(matches!(vault(1).open("cluster/b", &sealed), Err(CryptoError::Altered)));
        assert!(matches!(vault(2).open("cluster/a", &sealed), Err(CryptoError::UnknownKey)));
        assert_ne!(sealed, vault(1).seal("cluster/a", b"secret words"));
    }

    #[test]
    fn any_altered_byte_is_noticed() {
        let sealed = vault(1).seal("x", b"secret");
        for i in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[i] ^= 1;
            assert!(vault(1).open("x", &altered).is_err(), "byte {i}");
            assert!(vault(1).open("x", &sealed[..i]).is_err(), "cut at {i}");
        }
    }

    #[test]
    fn makes_a_key_file_that_only_its_owner_reads_and_takes_new_keys_in_front() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("encryption.key");
        let sealed = Vault::open_file(&path, Clock::system()).expect("made").seal("x", b"secret");
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        let old = fs::read_to_string(&path).expect("readable");
        fs::write(&path, format!("{}\n{old}", "ab".repeat(KEY))).expect("written");
        let both = Vault::open_file(&path, Clock::system()).expect("two keys");
        assert_eq!(both.open("x", &sealed).expect("the old key opens").as_slice(), b"secret");
        fs::write(&path, "short\n").expect("written");
        assert!(matches!(Vault::open_file(&path, Clock::system()), Err(CryptoError::Line(_, 1))));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("set");
        assert!(matches!(Vault::open_file(&path, Clock::system()), Err(CryptoError::Mode(_, 0o644))));
    }

    #[test]
    fn a_fingerprint_is_of_the_value_its_context_and_the_key() {
        let one = vault(1).fingerprint("repeat", b"password");
        assert_eq!(one, vault(1).fingerprint("repeat", b"password"));
        for other in [
            vault(2).fingerprint("repeat", b"password"),
            vault(1).fingerprint("another", b"password"),
            vault(1).fingerprint("repeat", b"passwords"),
            Sha256::digest(b"password").into(),
        ] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn says_nothing_of_its_key() {
        assert_eq!(format!("{:?}", vault(7)), "Vault");
    }
}
