//! A specification as text: YAML, or JSON, which is YAML as well. What is read is bounded in size, depth and by how much
//! aliases may unfold.

use super::AppSpec;
use crate::{FieldError, i18n::Text, text};

/// The most bytes of a document.
pub const MAX_DOCUMENT_BYTES: usize = 1024 * 1024;

/// Reads a document, within the limits of depth and unfolding that the parser sets by itself. What is wrong is said with its line, under the field `document`; whether what it says may be is
/// not yet checked.
///
/// # Errors
/// Fails when it is too large, no YAML, or says what a specification does not have.
pub fn read(text: &str) -> Result<AppSpec, FieldError> {
    let wrong = |message: Text| FieldError { field: "document".to_owned(), message };
    if text.len() > MAX_DOCUMENT_BYTES {
        return Err(wrong(text!("The document is larger than 1 MiB.", "文档超过 1 MiB。")));
    }
    if text.trim().is_empty() {
        return Err(wrong(text!("The document is empty.", "文档为空。")));
    }
    serde_saphyr::from_str(text).map_err(|error| {
        let why = error.without_snippet().to_string();
        let why = why.lines().next().unwrap_or_default().trim().to_owned();
        wrong(match error.location() {
            Some(at) => {
                let line = at.line();
                text!("Line {line}: {why}", "第 {line} 行：{why}")
            }
            None => Text::same(why),
        })
    })
}

/// Writes a specification as a document: plain data, which any of it can be.
pub fn write(spec: &AppSpec) -> String {
    serde_saphyr::to_string(spec).unwrap_or_default()
}
