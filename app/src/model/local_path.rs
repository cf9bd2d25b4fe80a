//! Where to go after a form: a path of this site, and never anything that leads a browser elsewhere.

/// The path, with its query, if a browser would stay on this site with it. Browsers drop tabs and line ends, take a
/// backslash for a slash, and two slashes for another site: none of that is a path here.
pub fn local_path(next: &str) -> Option<&str> {
    let rest = next.strip_prefix('/')?;
    let plain = next.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    (plain && !rest.starts_with('/')).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn leads_nowhere_else() {
        for path in ["/", "/apps", "/apps/7?tab=pods&q=%E6%B8%AF", "/a//b"] {
            assert_eq!(local_path(path), Some(path));
        }
        let elsewhere = ["", "apps", "//evil.example", "/\\evil.example", "/\t/evil.example", "/\n/evil.example"];
        for path in elsewhere.into_iter().chain(["/a\\b", "https://evil.example", "/港", "/a b", "/a\r\nSet-Cookie: x"])
        {
            assert_eq!(local_path(path), None, "{path:?}");
        }
    }
}
