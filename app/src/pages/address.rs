//! Addresses of pages: which page is above another, and the same list with another filter.

use leptos_router::params::ParamsMap;

/// Makes a string safe to stand as a value in a query or as a segment of a path.
pub fn encode(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ => {
                out.push('%');
                for nibble in [byte >> 4, byte & 15] {
                    out.push(char::from(b"0123456789ABCDEF"[usize::from(nibble)]));
                }
            }
        }
    }
    out
}

/// The sign-in page that leads back to where one is.
pub fn sign_in(path: &str, search: &str) -> String {
    let here = if search.is_empty() { path.to_owned() } else { format!("{path}?{search}") };
    if here == "/" { "/sign-in".to_owned() } else { format!("/sign-in?next={}", encode(&here)) }
}

/// The second step of signing in, which leads to a page.
pub fn sign_in_code(next: &str) -> String {
    if next == "/" { "/sign-in/code".to_owned() } else { format!("/sign-in/code?next={}", encode(next)) }
}

/// The page above a page; `None` at the top.
pub fn above(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty()).collect();
    match parts.as_slice() {
        [] | [_] => None,
        ["secrets", ..] => Some("/namespaces".to_owned()),
        ["apps", id, "releases" | "compare" | "rollback" | "abort", ..] => Some(format!("/apps/{id}")),
        ["namespaces", id, "import", ..] => Some(format!("/namespaces/{id}")),
        ["templates", id, "compare", ..] => Some(format!("/templates/{id}")),
        ["tenants", id, "accounts", ..] => Some(format!("/tenants/{id}")),
        [rest @ .., _] => Some(format!("/{}", rest.join("/"))),
    }
}

/// The path under which the navigation has a page: roles and rights are a side of the accounts, identity providers one of
/// the tenants.
pub fn placed(path: &str) -> String {
    match path.split('/').nth(1) {
        Some("roles" | "access") => "/accounts".to_owned(),
        Some("identity-providers") => "/tenants".to_owned(),
        Some("secrets") => "/namespaces".to_owned(),
        _ => path.to_owned(),
    }
}

/// Whether a page belongs to a place of the navigation.
pub fn within(path: &str, place: &str) -> bool {
    path == place || path.strip_prefix(place).is_some_and(|rest| rest.starts_with('/'))
}

/// The same list with some values of its query changed; an empty value goes. Another filter or order starts at the
/// first page.
pub fn with_query(query: &ParamsMap, changes: &[(&'static str, &str)]) -> String {
    let mut query = query.clone();
    for place in ["page", "cursor"] {
        if changes.iter().all(|(key, _)| *key != place) {
            query.remove(place);
        }
    }
    for (key, value) in changes {
        query.remove(key);
        if !value.is_empty() {
            query.insert(*key, (*value).to_owned());
        }
    }
    // Written by hand: the server and the browser would each encode it in their own way.
    let pairs: Vec<String> =
        query.into_iter().map(|(key, value)| format!("{}={}", encode(&key), encode(&value))).collect();
    // With nothing in it, too: an empty reference would mean the present query.
    format!("?{}", pairs.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leads_back_after_signing_in() {
        assert_eq!(sign_in("/", ""), "/sign-in");
        assert_eq!(sign_in("/clusters/1/nodes", "q=a b&sort=-cpu"), {
            "/sign-in?next=%2Fclusters%2F1%2Fnodes%3Fq%3Da%20b%26sort%3D-cpu"
        });
        assert_eq!(encode("节"), "%E8%8A%82");
    }

    #[test]
    fn rights_are_placed_with_the_accounts() {
        assert_eq!(placed("/roles/new"), "/accounts");
        assert_eq!(placed("/access"), "/accounts");
        assert_eq!(placed("/identity-providers/1"), "/tenants");
        assert_eq!(placed("/apps/1"), "/apps/1");
        assert_eq!(placed("/"), "/");
    }

    #[test]
    fn finds_the_page_above() {
        for (page, parent) in [
            ("/", None),
            ("/apps", None),
            ("/apps/7", Some("/apps")),
            ("/apps/7/upgrade", Some("/apps/7")),
            ("/apps/7/releases/3", Some("/apps/7")),
            ("/apps/7/compare/2/3", Some("/apps/7")),
            ("/clusters/1/nodes/worker-1", Some("/clusters/1/nodes")),
            ("/tenants/1/accounts/new", Some("/tenants/1")),
        ] {
            assert_eq!(above(page).as_deref(), parent, "{page}");
        }
        assert!(within("/apps/7", "/apps") && within("/apps", "/apps") && !within("/appsx", "/apps"));
    }

    #[test]
    fn a_changed_filter_starts_at_the_first_page() {
        let query: ParamsMap = [("q", "web"), ("page", "4")].map(|(k, v)| (k, v.to_owned())).into_iter().collect();
        assert_eq!(with_query(&query, &[("sort", "-cpu")]), "?q=web&sort=-cpu");
        assert_eq!(with_query(&query, &[("page", "5")]), "?q=web&page=5");
        assert_eq!(with_query(&query, &[("q", "")]), "?");
        let query: ParamsMap = [("cursor", "older-7")].map(|(k, v)| (k, v.to_owned())).into_iter().collect();
        assert_eq!(with_query(&query, &[("outcome", "ok")]), "?outcome=ok");
    }
}
