//! The two languages. A sentence stands in English and Chinese at the place that uses it, so that neither
//! can be forgotten: leaving one out does not compile (docs/decisions/words-in-place.md).
//!
//! * [`t!`](crate::t) for fixed words in views: a `&'static str`.
//! * [`tf!`](crate::tf) for sentences with values, by the rules of `format!`: a `String`.
//! * [`text!`](crate::text) for sentences that the server composes and a view shows later: a [`Text`].
//!
//! The language is constant while a page lives; switching it sets the cookie and loads the page anew.

use serde::{Deserialize, Serialize};

/// A language that Longshore speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Simplified Chinese.
    Zh,
}

/// The cookie that keeps the chosen language: `en` or `zh`.
pub const LANG_COOKIE: &str = "lang";

impl Lang {
    /// The value of `<html lang>`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh-CN",
        }
    }

    /// Reads a cookie's value, a language tag, or an `Accept-Language` header: the first language of the
    /// list that is spoken here; `None` when there is none.
    pub fn negotiate(value: &str) -> Option<Self> {
        value.split(',').find_map(|part| {
            let tag = part.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            match tag.split('-').next() {
                Some("zh") => Some(Self::Zh),
                Some("en") => Some(Self::En),
                _ => None,
            }
        })
    }

    /// The one of two values that is in this language.
    pub fn pick<T>(self, en: T, zh: T) -> T {
        match self {
            Self::En => en,
            Self::Zh => zh,
        }
    }

    /// The language of the page being rendered (server) or shown (browser).
    #[cfg(feature = "ssr")]
    pub fn current() -> Self {
        leptos::prelude::use_context::<Self>().unwrap_or_default()
    }

    /// The language of the page being rendered (server) or shown (browser).
    #[cfg(not(feature = "ssr"))]
    pub fn current() -> Self {
        *CURRENT.get_or_init(|| {
            leptos::prelude::document()
                .document_element()
                .and_then(|html| html.get_attribute("lang"))
                .and_then(|tag| Self::negotiate(&tag))
                .unwrap_or_default()
        })
    }
}

#[cfg(not(feature = "ssr"))]
static CURRENT: std::sync::OnceLock<Lang> = std::sync::OnceLock::new();

/// A sentence in both languages, composed where the facts are known and shown where the reader is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Text {
    /// English.
    pub en: String,
    /// Simplified Chinese.
    pub zh: String,
}

impl Text {
    /// The sentence in `lang`.
    pub fn get(&self, lang: Lang) -> &str {
        lang.pick(&self.en, &self.zh)
    }

    /// The sentence in the language of the page.
    pub fn here(&self) -> String {
        self.get(Lang::current()).to_owned()
    }

    /// The same words in both languages: names, identifiers, what a cluster said.
    pub fn same(words: impl Into<String>) -> Self {
        let en: String = words.into();
        Self { zh: en.clone(), en }
    }

    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.en.is_empty() && self.zh.is_empty()
    }
}

/// Fixed words: `t!("Nodes", "节点")` is a `&'static str` in the language of the page.
#[macro_export]
macro_rules! t {
    ($en:literal, $zh:literal $(,)?) => {
        $crate::i18n::Lang::current().pick::<&'static str>($en, $zh)
    };
}

/// Words with values: `tf!("{n} nodes", "{n} 个节点")` is a `String` in the language of the page.
#[macro_export]
macro_rules! tf {
    ($en:literal, $zh:literal $(, $arg:expr)* $(,)?) => {
        match $crate::i18n::Lang::current() {
            $crate::i18n::Lang::En => format!($en $(, $arg)*),
            $crate::i18n::Lang::Zh => format!($zh $(, $arg)*),
        }
    };
}

/// A [`Text`] with values: `text!("{n} pods are short", "缺 {n} 个 Pod")`.
#[macro_export]
macro_rules! text {
    ($en:literal, $zh:literal $(, $arg:expr)* $(,)?) => {
        $crate::i18n::Text { en: format!($en $(, $arg)*), zh: format!($zh $(, $arg)*) }
    };
}

#[cfg(test)]
mod tests {
    use super::Lang;

    #[test]
    fn negotiates_the_first_language_it_speaks() {
        assert_eq!(Lang::negotiate("fr, zh-CN;q=0.8, en;q=0.5"), Some(Lang::Zh));
        assert_eq!(Lang::negotiate("en-GB"), Some(Lang::En));
        assert_eq!(Lang::negotiate("fr, de"), None);
        assert_eq!(Lang::negotiate(""), None);
    }
}
