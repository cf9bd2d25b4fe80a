//! CPU and memory as Kubernetes counts them, and as people read them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{FieldError, text};

/// Thousandths of a CPU core.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct CpuMillis(pub u64);

/// Bytes of memory or storage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Bytes(pub u64);

const BINARY: [(&str, u64); 6] =
    [("Ei", 1 << 60), ("Pi", 1 << 50), ("Ti", 1 << 40), ("Gi", 1 << 30), ("Mi", 1 << 20), ("Ki", 1 << 10)];
const DECIMAL: [(&str, u64); 6] = [
    ("E", 1_000_000_000_000_000_000),
    ("P", 1_000_000_000_000_000),
    ("T", 1_000_000_000_000),
    ("G", 1_000_000_000),
    ("M", 1_000_000),
    ("k", 1_000),
];

/// Reads a Kubernetes quantity in thousandths, rounded up as Kubernetes does: `250m`, `1.5`, `2Gi`, `1e3`,
/// `100u`, `5n`. `None` for what is not a quantity, is negative, or does not fit.
///
/// Grammar: <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>
pub fn parse_milli(value: &str) -> Option<u128> {
    let value = value.trim();
    let split = value
        .char_indices()
        .find(|(i, c)| !(c.is_ascii_digit() || *c == '.' || (*c == '+' && *i == 0) || is_exponent(value, *i)))
        .map_or(value.len(), |(i, _)| i);
    let (number, suffix) = value.split_at(split);
    let (mantissa, exponent) = match number.find(['e', 'E']) {
        Some(at) => (&number[..at], number[at + 1..].parse::<i32>().ok()?),
        None => (number, 0),
    };
    let (digits, fraction) = decimal_digits(mantissa.trim_start_matches('+'))?;
    // value = digits * 10^-fraction * 10^exponent * unit
    let (unit, shift): (u128, i32) = match suffix {
        "" => (1, 0),
        "n" => (1, -9),
        "u" => (1, -6),
        "m" => (1, -3),
        _ => (
            BINARY.iter().chain(DECIMAL.iter()).find(|(name, _)| *name == suffix).map(|(_, unit)| u128::from(*unit))?,
            0,
        ),
    };
    let power = exponent.checked_add(shift)?.checked_add(3)?.checked_sub(i32::try_from(fraction).ok()?)?;
    let scaled = digits.checked_mul(unit)?;
    if power >= 0 {
        scaled.checked_mul(10u128.checked_pow(power.unsigned_abs())?)
    } else {
        Some(10u128.checked_pow(power.unsigned_abs()).map_or(u128::from(scaled > 0), |d| scaled.div_ceil(d)))
    }
}

/// Whether the character at `i` belongs to a decimal exponent (`e3`, `E-2`) and not to a suffix (`E`, `Ei`).
fn is_exponent(value: &str, i: usize) -> bool {
    let rest = &value.as_bytes()[i..];
    match rest[0] {
        b'e' | b'E' => {
            matches!(rest, [_, d, ..] if d.is_ascii_digit())
                || matches!(rest, [_, b'+' | b'-', d, ..] if d.is_ascii_digit())
        }
        b'+' | b'-' => i > 0 && matches!(value.as_bytes()[i - 1], b'e' | b'E'),
        _ => false,
    }
}

/// The digits without the point, and how many stood behind it.
fn decimal_digits(mantissa: &str) -> Option<(u128, usize)> {
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    if all.is_empty() || !all.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some((all.parse().ok()?, fraction.len()))
}

impl CpuMillis {
    /// Reads a quantity such as `250m` or `1.5`; `None` when it is none.
    pub fn parse(value: &str) -> Option<Self> {
        parse_milli(value).and_then(|m| u64::try_from(m).ok()).map(Self)
    }

    /// Checks a form's value: above zero and at most 1,024 cores.
    pub fn parse_field(field: &str, value: &str) -> Result<Self, FieldError> {
        match Self::parse(value) {
            Some(cpu) if cpu.0 >= 1 && cpu.0 <= 1_024_000 => Ok(cpu),
            _ => Err(FieldError {
                field: field.to_owned(),
                message: text!(
                    "“{value}” is not an amount of CPU: write cores (0.5) or thousandths (500m), from 1m to 1024.",
                    "“{value}” 不是有效的 CPU 数量：请填写核数（0.5）或千分之一核（500m），范围 1m 到 1024。"
                ),
            }),
        }
    }

    /// As Kubernetes writes it: `250m`, `2`.
    pub fn quantity(self) -> String {
        if self.0.is_multiple_of(1000) { (self.0 / 1000).to_string() } else { format!("{}m", self.0) }
    }
}

impl fmt::Display for CpuMillis {
    /// As people read it: cores with at most two decimals below 10, one below 100.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let m = self.0;
        let text = match m {
            0..10 => format!("0.{m:03}"),
            10..10_000 => format!("{}.{:02}", m / 1000, (m % 1000) / 10),
            10_000..100_000 => format!("{}.{}", m / 1000, (m % 1000) / 100),
            _ => (m / 1000).to_string(),
        };
        let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
        f.write_str(text)
    }
}

impl Bytes {
    /// Reads a quantity such as `512Mi` or `1G`; `None` when it is none.
    pub fn parse(value: &str) -> Option<Self> {
        parse_milli(value).and_then(|m| u64::try_from(m.div_ceil(1000)).ok()).map(Self)
    }

    /// Checks a form's value: from 1 MiB to 64 TiB.
    pub fn parse_field(field: &str, value: &str) -> Result<Self, FieldError> {
        match Self::parse(value) {
            Some(bytes) if bytes.0 >= 1 << 20 && bytes.0 <= 64 << 40 => Ok(bytes),
            _ => Err(FieldError {
                field: field.to_owned(),
                message: text!(
                    "“{value}” is not an amount of memory: write a number with a unit (256Mi, 1.5Gi), from 1Mi to 64Ti.",
                    "“{value}” 不是有效的内存数量：请填写数字和单位（256Mi、1.5Gi），范围 1Mi 到 64Ti。"
                ),
            }),
        }
    }

    /// As Kubernetes writes it, in the largest binary unit that keeps it whole: `512Mi`, `3Gi`, `1000`.
    pub fn quantity(self) -> String {
        BINARY
            .iter()
            .find(|(_, unit)| self.0 >= *unit && self.0.is_multiple_of(*unit))
            .map_or_else(|| self.0.to_string(), |(name, unit)| format!("{}{name}", self.0 / unit))
    }
}

impl fmt::Display for Bytes {
    /// As people read it: `1.5 GiB`, `512 MiB`, `0 B`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((name, unit)) = BINARY.iter().find(|(_, unit)| self.0 >= *unit) else {
            return write!(f, "{} B", self.0);
        };
        let tenths = (u128::from(self.0) * 10 + u128::from(*unit) / 2) / u128::from(*unit);
        if tenths >= 1000 || tenths.is_multiple_of(10) {
            write!(f, "{} {name}B", tenths / 10)
        } else {
            write!(f, "{}.{} {name}B", tenths / 10, tenths % 10)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_kubernetes_writes() {
        for (text, milli) in [
            ("250m", 250),
            ("1", 1000),
            ("1.5", 1500),
            ("0.1", 100),
            ("100u", 1),
            ("1500000n", 2),
            ("1e3", 1_000_000),
            ("2E3", 2_000_000),
            ("1e-3", 1),
            ("1Ki", 1_024_000),
            ("1k", 1_000_000),
            ("1.5Gi", 1_610_612_736_000),
            (".5", 500),
            ("1E", 1_000_000_000_000_000_000_000),
        ] {
            assert_eq!(parse_milli(text), Some(milli), "{text}");
        }
        for bad in [
            "",
            "m",
            "-1",
            "1 Gi",
            "1GiB",
            "1.2.3",
            "1e",
            "e3",
            "0x10",
            "1KI",
            "99999999999999999999999999999999999999999",
        ] {
            assert_eq!(parse_milli(bad), None, "{bad}");
        }
    }

    #[test]
    fn writes_for_kubernetes_and_for_people() {
        assert_eq!(CpuMillis(250).quantity(), "250m");
        assert_eq!(CpuMillis(2000).quantity(), "2");
        assert_eq!(CpuMillis(250).to_string(), "0.25");
        assert_eq!(CpuMillis(5).to_string(), "0.005");
        assert_eq!(CpuMillis(1500).to_string(), "1.5");
        assert_eq!(CpuMillis(12_340).to_string(), "12.3");
        assert_eq!(CpuMillis(0).to_string(), "0");
        assert_eq!(CpuMillis(100_000).to_string(), "100");
        assert_eq!(Bytes(512 << 20).quantity(), "512Mi");
        assert_eq!(Bytes(1000).quantity(), "1000");
        assert_eq!(Bytes(3 << 29).to_string(), "1.5 GiB");
        assert_eq!(Bytes(0).to_string(), "0 B");
        assert_eq!(Bytes(512 << 20).to_string(), "512 MiB");
    }
}
