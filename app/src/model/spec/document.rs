//! A specification as text: YAML, or JSON, which is YAML as well. What is read is bounded in size, depth and by how much
//! aliases may unfold.

use serde::Deserialize;

use super::{AppSpec, SchemaVersion};
use crate::{FieldError, i18n::Text, text};

/// The most bytes of a document.
pub const MAX_DOCUMENT_BYTES: usize = 1024 * 1024;

/// Parts of a document: mappings, lists and plain values. The largest one that passes every check has a tenth of it.
const MAX_NODES: usize = 50_000;

/// Why a document cannot be read.
#[derive(Debug)]
pub struct Unreadable {
    /// Where, when that is known: the line and the column, from 1 on.
    pub at: Option<(u32, u32)>,
    /// Why.
    pub message: Text,
}

impl From<Unreadable> for FieldError {
    fn from(Unreadable { at, message }: Unreadable) -> Self {
        let message = match at {
            Some((line, _)) => {
                let (en, zh) = (message.en, message.zh);
                text!("Line {line}: {en}", "第 {line} 行：{zh}")
            }
            None => message,
        };
        Self { field: "document".to_owned(), message }
    }
}

/// What a document says of its own form, whatever else it says.
#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    schema: SchemaVersion,
}

/// Reads a document. What is wrong is said with its line, under the field `document`; whether what it says may be is not
/// yet checked.
///
/// # Errors
/// Fails as [`parse`] does.
pub fn read(text: &str) -> Result<AppSpec, FieldError> {
    Ok(parse(text)?)
}

/// Reads a document; whether what it says may be is not yet checked.
///
/// # Errors
/// Fails when it is too large, as it stands or with what its aliases stand for, when it is no YAML, and when it says what
/// a specification does not have.
pub fn parse(text: &str) -> Result<AppSpec, Unreadable> {
    let wrong = |message: Text| Unreadable { at: None, message };
    if text.len() > MAX_DOCUMENT_BYTES {
        return Err(wrong(text!("The document is larger than 1 MiB.", "文档超过 1 MiB。")));
    }
    if text.trim().is_empty() {
        return Err(wrong(text!("The document is empty.", "文档为空。")));
    }
    let options = || {
        serde_saphyr::options! {
            budget: serde_saphyr::budget! { max_nodes: MAX_NODES, max_total_scalar_bytes: 2 * MAX_DOCUMENT_BYTES },
        }
    };
    let spec: AppSpec = serde_saphyr::from_str_with_options(text, options()).map_err(|error| {
        // That it is of another form says more than the first of the fields that only that form has.
        let said: Result<Said, _> = serde_saphyr::from_str_with_options(text, options());
        if let Some(message) = said.ok().and_then(|said| said.schema.unread()) {
            return wrong(message);
        }
        let why = error.without_snippet().to_string();
        let why = why.lines().next().unwrap_or_default().trim().to_owned();
        let number = |n| u32::try_from(n).unwrap_or(u32::MAX);
        let at = error.location().map(|at| (number(at.line()), number(at.column())));
        Unreadable { at, message: Text::same(why) }
    })?;
    if serde_json::to_vec(&spec).is_ok_and(|whole| whole.len() > MAX_DOCUMENT_BYTES) {
        return Err(wrong(text!(
            "The document is larger than 1 MiB with what its aliases stand for.",
            "展开别名后，文档超过 1 MiB。"
        )));
    }
    Ok(spec)
}

/// Writes a specification, or a part of one, as a document: plain data, which any of it can be.
pub fn write(said: &impl serde::Serialize) -> String {
    serde_saphyr::to_string(said).unwrap_or_default()
}
