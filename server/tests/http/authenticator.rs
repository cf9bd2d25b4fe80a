//! A device that keeps passkeys, as an authenticator of the Web Authentication standard does, and the browser before
//! it: what a test wants to be wrong, it says.

use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Where the tests' browsers are.
pub const ORIGIN: &str = "https://longshore.test";
/// The name that passkeys are made for there.
pub const SITE: &str = "longshore.test";

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const ATTESTED: u8 = 0x40;

/// A device with one passkey.
#[derive(Clone)]
pub struct Device {
    key: SigningKey,
    id: Vec<u8>,
    user: Vec<u8>,
    /// The counter of its next use.
    pub counter: u32,
    /// Where its browser is.
    pub origin: &'static str,
    /// Whether it asks for a finger.
    pub verifies: bool,
}

impl Device {
    /// A new one; `number` tells it from others.
    pub fn new(number: u8) -> Self {
        let key = SigningKey::from_slice(&[number; 32]).expect("a key");
        Self { key, id: vec![number; 20], user: Vec::new(), counter: 0, origin: ORIGIN, verifies: true }
    }

    /// What `navigator.credentials.create()` answers to these options, as JSON.
    pub fn create(&mut self, options: &Value) -> Value {
        self.user = decode(options["user"]["id"].as_str().expect("a user's id"));
        let point = self.key.verifying_key().to_sec1_point(false);
        let mut data = self.data(PRESENT | ATTESTED);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).expect("short").to_be_bytes());
        data.extend(&self.id);
        // COSE: an elliptic key (2) for ES256 (-7) on P-256 (1), and its point.
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(point.x().expect("a point").iter());
        data.extend([0x22, 0x58, 0x20]);
        data.extend(point.y().expect("a point").iter());
        // CBOR: {fmt: "none", attStmt: {}, authData: bytes}
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59".to_vec();
        object.extend(u16::try_from(data.len()).expect("short").to_be_bytes());
        object.extend(data);
        let client = self.client("webauthn.create", options);
        json!({
            "id": encode(&self.id), "rawId": encode(&self.id), "type": "public-key",
            "response": { "attestationObject": encode(&object), "clientDataJSON": encode(&client) },
        })
    }

    /// What `navigator.credentials.get()` answers to these options, as JSON.
    pub fn get(&mut self, options: &Value) -> Value {
        let client = self.client("webauthn.get", options);
        let data = self.data(PRESENT);
        let signed = [&data[..], &Sha256::digest(&client)].concat();
        let signature: Signature = self.key.sign(&signed);
        json!({
            "id": encode(&self.id), "rawId": encode(&self.id), "type": "public-key",
            "response": {
                "authenticatorData": encode(&data), "clientDataJSON": encode(&client),
                "signature": encode(signature.to_der().as_bytes()), "userHandle": encode(&self.user),
            },
        })
    }

    /// The authenticator's data: for which site, what was checked, and the counter, which goes on.
    fn data(&mut self, flags: u8) -> Vec<u8> {
        let mut data = Sha256::digest(SITE).to_vec();
        data.push(if self.verifies { flags | VERIFIED } else { flags });
        data.extend(self.counter.to_be_bytes());
        if self.counter > 0 {
            self.counter += 1;
        }
        data
    }

    fn client(&self, kind: &str, options: &Value) -> Vec<u8> {
        let challenge = options["challenge"].as_str().expect("a challenge");
        json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false })
            .to_string()
            .into_bytes()
    }
}

const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn encode(bytes: &[u8]) -> String {
    let bits: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
    let signs = bits.as_bytes().chunks(6).map(|six| {
        let six = format!("{:0<6}", std::str::from_utf8(six).expect("digits"));
        char::from(SIGNS[usize::from_str_radix(&six, 2).expect("six bits")])
    });
    signs.collect()
}

fn decode(text: &str) -> Vec<u8> {
    let six = |sign: u8| SIGNS.iter().position(|s| *s == sign).expect("base64url");
    let bits: String = text.bytes().map(|sign| format!("{:06b}", six(sign))).collect();
    let whole = bits.as_bytes().chunks_exact(8).map(|byte| std::str::from_utf8(byte).expect("digits"));
    whole.map(|byte| u8::from_str_radix(byte, 2).expect("eight bits")).collect()
}
