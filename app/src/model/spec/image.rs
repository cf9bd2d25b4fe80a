//! References of images.

use super::lines::fail;
use crate::{FieldError, text};

/// Checks an image reference: `[host[:port]/]path[:tag][@digest]` with lower-case path parts.
///
/// Grammar: <https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests>
pub fn image_reference(field: &str, value: &str) -> Result<String, FieldError> {
    let value = value.trim();
    if value.is_empty() {
        return fail(
            field,
            text!(
                "An image is needed, such as registry.example.org/shop/web:1.4.2.",
                "请填写镜像，例如 registry.example.org/shop/web:1.4.2。"
            ),
        );
    }
    let (rest, digest) = value.split_once('@').map_or((value, None), |(r, d)| (r, Some(d)));
    let slash = rest.rfind('/').map_or(0, |i| i + 1);
    let (path, tag) = match rest[slash..].find(':') {
        Some(colon) => (&rest[..slash + colon], Some(&rest[slash + colon + 1..])),
        None => (rest, None),
    };
    let part = |p: &str| {
        !p.is_empty()
            && p.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'_' | b'-'))
            && p.as_bytes()[0].is_ascii_alphanumeric()
    };
    let host = |p: &str| {
        let (name, port) = p.split_once(':').map_or((p, None), |(n, port)| (n, Some(port)));
        !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
            && port.is_none_or(|p| p.parse::<u16>().is_ok())
    };
    let mut parts = path.split('/');
    let first = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    let path_ok =
        if rest.is_empty() { part(first) } else { (part(first) || host(first)) && rest.into_iter().all(part) };
    let tag_ok = tag.is_none_or(|t| {
        (1..=128).contains(&t.len())
            && t.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
            && !matches!(t.as_bytes()[0], b'.' | b'-')
    });
    let digest_ok = digest.is_none_or(|d| {
        d.strip_prefix("sha256:")
            .is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)))
    });
    if value.len() > 400 || !path_ok || !tag_ok || !digest_ok {
        return fail(
            field,
            text!(
                "“{value}” is not an image reference: write registry/path:tag, with the path in lower case.",
                "“{value}” 不是有效的镜像引用：请写成 仓库/路径:标签，路径用小写。"
            ),
        );
    }
    Ok(value.to_owned())
}
