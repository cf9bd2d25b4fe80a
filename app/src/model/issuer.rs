//! The address of an identity provider, which Longshore's server asks.

use crate::{FieldError, i18n::Text, text};

/// The most characters of an issuer's address.
const MAX_ISSUER: usize = 512;

/// What an issuer may be, for people.
pub fn issuer_rule() -> Text {
    text!(
        "Write the issuer's whole address without query: https://login.example.org/realm.",
        "请填写完整的签发者地址（不含查询参数），如 https://login.example.org/realm。"
    )
}

/// Checks an issuer as OpenID Connect Discovery has it: https without query and fragment. Plain HTTP is for this machine
/// alone.
pub fn issuer(field: &str, value: &str) -> Result<String, FieldError> {
    let value = value.trim();
    let fail = |message: Text| Err(FieldError { field: field.to_owned(), message });
    let whole = value.len() <= MAX_ISSUER && value.bytes().all(|b| b.is_ascii_graphic());
    let rest = value.strip_prefix("https://").or_else(|| value.strip_prefix("http://"));
    let Some(rest) = rest.filter(|rest| whole && !rest.contains(['?', '#', '@', '\\'])) else {
        return fail(issuer_rule());
    };
    if value.starts_with("http://") && !is_loopback(rest) {
        return fail(text!(
            "Plain HTTP is for providers on this machine alone; write https.",
            "仅允许本机上的身份提供商使用 http，请使用 https。"
        ));
    }
    if rest.starts_with(['/', ':']) || rest.is_empty() {
        return fail(text!("The address has no host.", "地址中缺少主机名。"));
    }
    Ok(value.to_owned())
}

/// Whether what stands behind `http://` is this machine.
pub fn is_loopback(rest: &str) -> bool {
    let authority = rest.split('/').next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(six) => six.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_an_address_that_is_safe_to_ask() {
        for good in [
            "https://a.example",
            "https://a.example:8443/x/",
            "http://127.0.0.1:9000",
            "http://[::1]:1/x",
            "http://localhost",
        ] {
            assert!(issuer("issuer", good).is_ok(), "{good}");
        }
        for bad in [
            "http://a.example",
            "http://localhost.evil.example",
            "http://127.0.0.1@evil.example",
            "ftp://a.example",
            "https://a.example/?x=1",
            "https://a.example/#x",
            "https://",
            "https:///x",
            "https://a b",
            "http://169.254.169.254/latest",
            &format!("https://a.example/{}", "x".repeat(600)),
        ] {
            assert_eq!(issuer("issuer", bad).map_err(|e| e.field), Err("issuer".to_owned()), "{bad}");
        }
    }
}
