//! Time-based one-time codes (RFC 6238): what an authenticator app is told, and whether a code is right.
//!
//! SHA-1, six digits, thirty seconds: what every app knows. Nothing here remembers which codes were used; the
//! database does.

use app::model::{Enrolment, Millis, QrCode};
use qrcodegen::QrCodeEcc;
use totp_rs::{Builder, Secret, Totp, TotpError};
use zeroize::Zeroizing;

use crate::clock::Clock;

/// The bytes of a secret (RFC 4226 recommends 160 bits).
pub const SECRET_BYTES: usize = 20;
/// How the app names us.
const ISSUER: &str = "Longshore";
/// Light modules around a QR code (ISO/IEC 18004).
const MARGIN: i32 = 4;

/// Why a secret cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CodeError {
    /// The stored secret has another length.
    #[error("the stored secret has a wrong length")]
    Length,
    /// The library refuses the secret or the account's name.
    #[error("the secret cannot be used")]
    Refused(#[source] TotpError),
    /// The address does not fit into a QR code.
    #[error("the address does not fit into a QR code")]
    TooLong,
}

/// A secret of somebody's.
pub struct Codes(Totp);

impl std::fmt::Debug for Codes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Codes")
    }
}

/// A new secret.
pub fn new_secret(clock: &Clock) -> Zeroizing<[u8; SECRET_BYTES]> {
    Zeroizing::new(clock.random())
}

impl Codes {
    /// The codes of a secret. Fails when it is none of ours.
    pub fn new(secret: &[u8], username: &str) -> Result<Self, CodeError> {
        let secret: [u8; SECRET_BYTES] = secret.try_into().map_err(|_| CodeError::Length)?;
        let totp = Builder::new()
            .with_secret(Secret::new_stack(secret))
            .with_account_name(username)
            .with_issuer(Some(ISSUER))
            .build()
            .map_err(CodeError::Refused)?;
        Ok(Self(totp))
    }

    /// The time step of a right code; one step to either side is right as well, for clocks that differ.
    pub fn step_of(&self, code: &str, now: Millis) -> Option<i64> {
        let seconds = u64::try_from(now / 1000).ok()?;
        self.0.check(code, seconds).and_then(|step| i64::try_from(step).ok())
    }

    /// The code of a moment; an app would show it.
    pub fn code_at(&self, now: Millis) -> String {
        self.0.generate(u64::try_from(now / 1000).unwrap_or_default()).to_string()
    }

    /// What the app is told. Fails when it does not fit into a QR code.
    pub fn enrolment(&self, secret: &[u8]) -> Result<Enrolment, CodeError> {
        let secret: [u8; SECRET_BYTES] = secret.try_into().map_err(|_| CodeError::Length)?;
        let uri = self.0.to_url().map_err(CodeError::Refused)?;
        Ok(Enrolment { secret: grouped(&Secret::new_stack(secret).to_base32()), qr: qr(&uri)?, uri })
    }
}

/// In groups of four, as people type it.
fn grouped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    for (i, c) in text.chars().enumerate() {
        if i > 0 && i % 4 == 0 {
            out.push(' ');
        }
        out.push(c);
    }
    out
}

/// A QR code as one path: a horizontal run of dark modules at a time.
fn qr(text: &str) -> Result<QrCode, CodeError> {
    let code = qrcodegen::QrCode::encode_text(text, QrCodeEcc::Medium).map_err(|_| CodeError::TooLong)?;
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let run = (x..code.size()).take_while(|x| code.get_module(*x, y)).count();
            let run = i32::try_from(run).unwrap_or_default();
            if run > 0 {
                path.push_str(&format!("M{} {}h{run}v1h-{run}z", x + MARGIN, y + MARGIN));
            }
            x += run.max(1);
        }
    }
    let size = u32::try_from(code.size() + 2 * MARGIN).map_err(|_| CodeError::TooLong)?;
    Ok(QrCode { size, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_the_standard() {
        let codes = Codes::new(SECRET, "ada").expect("usable");
        // RFC 6238, appendix B, cut to six digits.
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")] {
            assert_eq!(codes.code_at(seconds * 1000), code);
            assert_eq!(codes.step_of(code, seconds * 1000), Some(seconds / 30));
        }
    }

    #[test]
    fn a_code_is_right_one_step_to_either_side_and_no_further() {
        let codes = Codes::new(SECRET, "ada").expect("usable");
        let now = 1_700_000_010_000;
        let step = now / 30_000;
        for (apart, right) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let code = codes.code_at(now + apart * 30_000);
            assert_eq!(codes.step_of(&code, now), right.then_some(step + apart), "{apart} steps apart");
        }
        for nonsense in ["", "12345", "1234567", "+12345", "١٢٣٤٥٦"] {
            assert_eq!(codes.step_of(nonsense, now), None, "{nonsense}");
        }
        assert!(Codes::new(b"short", "ada").is_err());
    }

    #[test]
    fn an_app_is_told_who_what_and_how() {
        let told = Codes::new(SECRET, "ada.l").and_then(|c| c.enrolment(SECRET)).expect("told");
        assert!(told.uri.starts_with("otpauth://totp/Longshore:ada.l?secret=GEZDGNBV"), "{}", told.uri);
        assert!(told.uri.contains("issuer=Longshore"), "{}", told.uri);
        assert_eq!(told.secret, "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        assert!(told.qr.path.starts_with("M4 4h7v1h-7z"), "the first row of a corner's square");
        assert!(told.qr.size >= 29 + 8);
        assert!(!format!("{told:?}").contains("GEZD"));
    }
}
