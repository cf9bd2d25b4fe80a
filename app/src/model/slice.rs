//! Parts of lists that are ordered by name, or by what is newest: each leads to the one before and the one after it,
//! however many rows come and go meanwhile, and costs the same wherever it is.

use serde::{Deserialize, Serialize};

/// A part of a list. There is no count of all: nobody reads it, and it costs a walk over everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema), schemars(rename = "SliceOf{T}"))]
pub struct Slice<T> {
    /// The rows of this part, in the list's order.
    pub rows: Vec<T>,
    /// The cursor of the part before it, when there is one.
    pub previous: Option<String>,
    /// The cursor of the part after it, when there is one.
    pub next: Option<String>,
}

impl<T> Slice<T> {
    /// The same part with rows made of these all at once.
    ///
    /// # Errors
    /// Fails as `make` does.
    pub fn with_rows<U, E>(self, make: impl FnOnce(Vec<T>) -> Result<Vec<U>, E>) -> Result<Slice<U>, E> {
        let Self { rows, previous, next } = self;
        Ok(Slice { rows: make(rows)?, previous, next })
    }

    /// Whether these rows are all that there are.
    pub fn is_whole(&self) -> bool {
        self.previous.is_none() && self.next.is_none()
    }
}

/// Which part of a list in which nothing is looked for, as flat strings of a URL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct PartQuery {
    /// A cursor that another part gave; the first part without it.
    pub cursor: Option<String>,
    /// The most rows, 1 to 200; 50 without it.
    pub limit: Option<String>,
}

/// Which part of a list in which names are looked for, as flat strings of a URL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct NameQuery {
    /// Part of the name; all without it.
    pub q: Option<String>,
    /// A cursor that another part gave; the first part without it.
    pub cursor: Option<String>,
    /// The most rows, 1 to 200; 50 without it.
    pub limit: Option<String>,
}

impl NameQuery {
    /// As many as one answer holds, for choices.
    pub fn most() -> Self {
        Self { limit: Some(super::MAX_PER_PAGE.to_string()), ..Self::default() }
    }

    /// Whether it leaves rows out by their names.
    pub fn is_filtered(&self) -> bool {
        self.q.is_some()
    }
}
