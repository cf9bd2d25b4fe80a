//! Values of a specification that are text or a number: quantities, and counts that may be shares.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::model::{Bytes, CpuMillis};

/// A number of pods, or a share of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// So many.
    Count(u32),
    /// So many of a hundred.
    Percent(u32),
}

impl Amount {
    /// Reads `3` or `25%`; `None` for anything else, or more than 100 %.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        match text.strip_suffix('%') {
            Some(share) => share.trim().parse().ok().filter(|share| *share <= 100).map(Self::Percent),
            None => text.parse().ok().map(Self::Count),
        }
    }

    /// How many that is of a whole; a share is rounded up or down.
    pub fn of(self, whole: u32, up: bool) -> u32 {
        match self {
            Self::Count(count) => count,
            Self::Percent(share) => {
                let share = u64::from(whole) * u64::from(share);
                let rounded = if up { share.div_ceil(100) } else { share / 100 };
                u32::try_from(rounded).unwrap_or(u32::MAX)
            }
        }
    }

    /// Whether it is nothing, of whatever whole.
    pub const fn is_zero(self) -> bool {
        matches!(self, Self::Count(0) | Self::Percent(0))
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Percent(share) => write!(f, "{share}%"),
        }
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Count(count) => serializer.serialize_u32(*count),
            Self::Percent(_) => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expecting = "a whole number, or a share up to 100%";
        deserializer.deserialize_any(TextOrNumber { expecting, read: Self::parse })
    }
}

#[cfg(feature = "ssr")]
impl schemars::JsonSchema for Amount {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A number of pods, or a share of them: 3, \"25%\".",
            "anyOf": [
                { "type": "integer", "format": "uint32", "minimum": 0 },
                { "type": "string", "pattern": "^[0-9]+%?$" },
            ],
        })
    }
}

/// Reads text, or a number as if it were text.
struct TextOrNumber<T> {
    expecting: &'static str,
    read: fn(&str) -> Option<T>,
}

impl<T> TextOrNumber<T> {
    fn read<E: de::Error>(&self, text: &str) -> Result<T, E> {
        (self.read)(text).ok_or_else(|| E::custom(format_args!("“{text}” is not {}", self.expecting)))
    }
}

impl<T> de::Visitor<'_> for TextOrNumber<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expecting)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        self.read(text)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
        self.read(&number.to_string())
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
        self.read(&number.to_string())
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<T, E> {
        self.read(&number.to_string())
    }
}

/// Defines how a quantity is written and read: as Kubernetes does, or as a plain number.
macro_rules! quantity {
    ($name:ident, $optional:ident, $type:ty, $expecting:literal) => {
        pub(super) mod $name {
            use super::*;

            pub fn serialize<S: Serializer>(value: &$type, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&value.quantity())
            }

            pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<$type, D::Error> {
                deserializer.deserialize_any(TextOrNumber { expecting: $expecting, read: <$type>::parse })
            }
        }

        pub(super) mod $optional {
            use super::*;

            #[expect(clippy::ref_option, reason = "serde asks so")]
            pub fn serialize<S: Serializer>(value: &Option<$type>, serializer: S) -> Result<S::Ok, S::Error> {
                value.map(<$type>::quantity).serialize(serializer)
            }

            pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<$type>, D::Error> {
                struct Wrapped($type);
                impl<'de> Deserialize<'de> for Wrapped {
                    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                        super::$name::deserialize(deserializer).map(Self)
                    }
                }
                Ok(Option::<Wrapped>::deserialize(deserializer)?.map(|wrapped| wrapped.0))
            }
        }
    };
}

/// Reads a quantity of whatever it is, which is checked later, so that its place is told.
pub(super) fn quantity<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    deserializer.deserialize_any(TextOrNumber { expecting: "a quantity", read: |text| Some(text.to_owned()) })
}

quantity!(cpu_quantity, optional_cpu, CpuMillis, "an amount of CPU, such as 250m or 1.5");
quantity!(memory_quantity, optional_memory, Bytes, "an amount of bytes, such as 256Mi or 1Gi");
