//! Which form of the document a specification is written in, so that a later form can be told from today's.

use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use crate::{i18n::Text, text};

/// The number of a form of the document. What says none is of the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SchemaVersion(u32);

impl SchemaVersion {
    /// The form that there was before any document said which it is of.
    pub const FIRST: Self = Self(1);
    /// The form in which specifications are kept, and the only one that is read.
    pub const CURRENT: Self = Self::FIRST;
}

impl SchemaVersion {
    /// Whether it goes without saying.
    pub fn is_first(&self) -> bool {
        *self == Self::FIRST
    }
}

impl Default for SchemaVersion {
    fn default() -> Self {
        Self::FIRST
    }
}

#[cfg(feature = "ssr")]
impl SchemaVersion {
    /// Why a document of this form is not read; `None` when it is.
    pub fn unread(self) -> Option<Text> {
        let (asked, read) = (self.0, Self::CURRENT.0);
        (self != Self::CURRENT).then(|| {
            text!(
                "Schema {asked} is not one that this Longshore reads: it reads {read}.",
                "此 Longshore 不支持 schema {asked}：仅支持 {read}。"
            )
        })
    }
}

#[cfg(feature = "ssr")]
impl schemars::JsonSchema for SchemaVersion {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SchemaVersion".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "The form of the document: a number.",
            "type": "integer",
            "enum": [Self::CURRENT.0],
            "default": Self::FIRST.0,
        })
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;
    use crate::model::{AppSpec, Source, SpecForm, document};

    fn read(document: &str) -> Result<AppSpec, crate::UiError> {
        let form = SpecForm { source: Source::Document, document: document.into(), ..SpecForm::default() };
        form.parse().map(|(spec, _)| spec)
    }

    #[test]
    fn a_document_may_say_that_it_is_of_the_first_form() {
        let silent = read("kind: worker\ncontainers: [{ image: web }]").expect("a worker");
        let said = read("schema: 1\nkind: worker\ncontainers: [{ image: web }]").expect("a worker");
        assert_eq!((said.schema, &said), (SchemaVersion::FIRST, &silent));
        assert!(!document::write(&said).contains("schema"), "nothing is written that goes without saying");
    }

    #[test]
    fn another_form_is_refused_with_those_that_are_read() {
        for (document, place) in [
            ("schema: 2\nkind: worker\ncontainers: [{ image: web }]", "schema: "),
            // What only another form has is no mistake of whoever wrote it.
            ("schema: 2\nprograms: [{ image: web }]", ""),
            ("schema: 0\nkind: worker\ncontainers: [{ image: web }]", "schema: "),
        ] {
            let error = read(document).expect_err("another form");
            let said: Vec<_> = error.fields.iter().map(|f| (f.field.as_str(), f.message.en.as_str())).collect();
            let number = &document[8..9];
            let message = format!("{place}Schema {number} is not one that this Longshore reads: it reads 1.");
            assert_eq!(said, [("document", message.as_str())], "{document}");
        }
        assert!(read("schema: one\nkind: worker\ncontainers: [{ image: web }]").is_err());
    }
}
