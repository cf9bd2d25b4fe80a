//! Pages of lists. Lists are filtered, sorted and paged on the server.

use serde::{Deserialize, Serialize};

/// Rows on a page unless asked otherwise.
pub const DEFAULT_PER_PAGE: u32 = 50;
/// The most rows that a page may have.
pub const MAX_PER_PAGE: u32 = 200;

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema), schemars(rename = "PageOf{T}"))]
pub struct Page<T> {
    /// The rows of this page, in order.
    pub rows: Vec<T>,
    /// How many rows there are over all pages, after the filter.
    pub total: u64,
    /// This page's number, from 1.
    pub page: u32,
    /// Rows on a full page.
    pub per_page: u32,
}

impl<T> Page<T> {
    /// The number of pages, at least 1.
    pub fn pages(&self) -> u32 {
        let pages = self.total.div_ceil(u64::from(self.per_page.max(1)));
        u32::try_from(pages.max(1)).unwrap_or(u32::MAX)
    }
}

/// Which page, from flat strings of a URL: wrong numbers mean the first page, too large ones the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// From 1.
    pub page: u32,
    /// From 1 to [`MAX_PER_PAGE`].
    pub per_page: u32,
}

impl PageRequest {
    /// Reads the two values of a URL.
    pub fn parse(page: Option<&str>, per_page: Option<&str>) -> Self {
        let number = |v: Option<&str>| v.and_then(|v| v.trim().parse::<u32>().ok()).filter(|n| *n > 0);
        Self {
            page: number(page).unwrap_or(1),
            per_page: number(per_page).unwrap_or(DEFAULT_PER_PAGE).min(MAX_PER_PAGE),
        }
    }

    /// How many rows come before the page.
    pub const fn offset(self) -> u64 {
        (self.page as u64 - 1) * self.per_page as u64
    }
}

/// A row of a live list: it has a key that stays the same while the row changes.
pub trait Keyed {
    /// Unique within the list.
    fn key(&self) -> String;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_pages_from_a_url() {
        assert_eq!(PageRequest::parse(Some("3"), Some("20")), PageRequest { page: 3, per_page: 20 });
        assert_eq!(PageRequest::parse(Some("0"), Some("999999")), PageRequest { page: 1, per_page: 200 });
        assert_eq!(PageRequest::parse(Some("x"), None).offset(), 0);
    }
}
