//! Which part of a list is asked for, read from the flat strings of a URL.

use app::{
    UiError,
    model::{DEFAULT_PER_PAGE, MAX_PER_PAGE, NameQuery, PartQuery},
    service::Answer,
    text,
};

use crate::database::slice::{Moment, NoCursor, Order, Place, Window};

/// The longest part of a name that is looked for.
const MAX_WORDS: usize = 100;

/// Reads a question. A wrong number of rows means the usual one, too large a one the limit. Fails naming `q` when it is
/// too long, and `cursor` when no part gave it.
pub(super) fn window(query: NameQuery) -> Answer<Window> {
    window_by(query)
}

/// The same of a list in another order.
pub(super) fn window_by<K: Order>(query: NameQuery) -> Answer<Window<K>> {
    let words = query.q.map(|q| q.trim().to_owned()).filter(|q| !q.is_empty());
    if words.as_ref().is_some_and(|q| q.chars().count() > MAX_WORDS) {
        return Err(UiError::invalid_field(
            "q",
            text!("Look for at most {MAX_WORDS} characters.", "搜索内容最多 {MAX_WORDS} 个字符。"),
        ));
    }
    Ok(Window { words, place: place(query.cursor.as_deref())?, limit: limit(query.limit.as_deref()) })
}

/// Reads which part is asked for of a list with the newest first, in the same way.
pub(super) fn newest(query: &PartQuery) -> Answer<Window<Moment>> {
    let PartQuery { cursor, limit: most } = query;
    Ok(Window { words: None, place: place(cursor.as_deref())?, limit: limit(most.as_deref()) })
}

fn place<K: Order>(cursor: Option<&str>) -> Answer<Place<K>> {
    cursor.unwrap_or_default().parse::<Place<K>>().map_err(|NoCursor| {
        UiError::invalid_field(
            "cursor",
            text!("Take the cursor that a page gave, or none.", "请使用页面返回的游标，或留空。"),
        )
    })
}

fn limit(most: Option<&str>) -> u64 {
    let most = most.and_then(|n| n.trim().parse().ok()).filter(|n| *n > 0);
    most.unwrap_or(DEFAULT_PER_PAGE).min(MAX_PER_PAGE).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(q: &str, cursor: &str, limit: &str) -> Answer<Window> {
        let some = |text: &str| Some(text.to_owned());
        window(NameQuery { q: some(q), cursor: some(cursor), limit: some(limit) })
    }

    #[test]
    fn numbers_stay_within_their_limits() {
        for (limit, rows) in [("", 50), ("x", 50), ("0", 50), ("7", 7), ("9999", 200)] {
            assert_eq!(asked("", "", limit).expect("a question").limit, rows, "{limit}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        assert_eq!(asked(" web ", "", "").expect("a question").words.as_deref(), Some("web"));
        assert!(asked(&"x".repeat(101), "", "").expect_err("too long").field("q").is_some());
        assert!(asked("", "backwards", "").expect_err("no cursor").field("cursor").is_some());
        let by_name = "after.00000000-0000-0000-0000-000000000007.web".to_owned();
        assert!(asked("", &by_name, "").is_ok());
        let wrong = newest(&PartQuery { cursor: Some(by_name), limit: None });
        assert!(wrong.expect_err("another list's cursor").field("cursor").is_some());
    }
}
