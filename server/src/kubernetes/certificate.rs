//! The one thing that is read of a client certificate: when it is valid. An API server tells of an expired
//! certificate no more than "unauthorized", so it has to be seen before.

use app::model::Millis;
use rustls::pki_types::{CertificateDer, pem::PemObject as _};

/// From when and until when a certificate is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// Not before.
    pub from: Millis,
    /// Not after.
    pub until: Millis,
}

/// Reads the first certificate of a PEM file; `None` when there is none that can be read.
pub fn validity(pem: &[u8]) -> Option<Validity> {
    let certificate = CertificateDer::from_pem_slice(pem).ok()?;
    // RFC 5280, section 4.1: Certificate → tbsCertificate → [version] serial signature issuer validity …
    let (tag, body, _) = element(certificate.as_ref())?;
    let (_, mut tbs, _) = (tag == SEQUENCE).then(|| element(body))??;
    if tbs.first() == Some(&VERSION) {
        tbs = element(tbs)?.2;
    }
    for _ in 0..3 {
        tbs = element(tbs)?.2;
    }
    let (_, times, _) = element(tbs)?;
    let (tag, from, rest) = element(times)?;
    let (tag_until, until, _) = element(rest)?;
    Some(Validity { from: time(tag, from)?, until: time(tag_until, until)? })
}

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// The first DER element: tag, content, and what follows it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let count = usize::from(first & 0x7f);
        if count == 0 || count > 4 {
            return None;
        }
        let (digits, rest) = rest.split_at_checked(count)?;
        (digits.iter().fold(0, |n, byte| (n << 8) | usize::from(*byte)), rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

/// `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ`.
fn time(tag: u8, bytes: &[u8]) -> Option<Millis> {
    let text = std::str::from_utf8(bytes).ok()?;
    let text = match tag {
        // RFC 5280, section 4.1.2.5.1: 50 and above are of the 20th century.
        UTC_TIME if text.get(..2)?.parse::<u8>().ok()? >= 50 => format!("19{text}"),
        UTC_TIME => format!("20{text}"),
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    let at = |from: usize, to: usize| text.get(from..to)?.parse::<i8>().ok();
    let year = text.get(..4)?.parse::<i16>().ok()?;
    jiff::civil::DateTime::new(year, at(4, 6)?, at(6, 8)?, at(8, 10)?, at(10, 12)?, at(12, 14)?, 0)
        .ok()?
        .to_zoned(jiff::tz::TimeZone::UTC)
        .ok()
        .map(|t| t.timestamp().as_millisecond())
}
