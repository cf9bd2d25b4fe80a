//! Attempts as they are counted by the address from which they come.

use crate::auth::attempts::Limit;

/// Failed attempts from one address within the window; many people may share an address.
const MOST_PER_ADDRESS: i64 = 100;
/// After as many from an address, only whoever answers a captcha may try: an office behind one address has people who mistype
/// and others who sign in at that moment, which counts until they are in.
const CAPTCHA_AFTER: i64 = 20;

/// What is counted of failed sign-ins from an address.
pub(super) fn address_limit(address: &str) -> Limit {
    Limit::new("address", &address_counted(address), MOST_PER_ADDRESS).people_from(CAPTCHA_AFTER)
}

/// People with IPv6 have a whole network (/64) to themselves, so that is what is counted.
pub(super) fn address_counted(address: &str) -> String {
    match address.parse() {
        Ok(std::net::IpAddr::V6(v6)) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_network_is_counted_as_one() {
        let key = |a| format!("{:?}", address_limit(a));
        assert_eq!(key("2001:db8::1"), key("2001:db8::ffff:1"));
        assert_ne!(key("2001:db8::1"), key("2001:db8:0:1::1"));
        assert_ne!(key("10.0.0.1"), key("10.0.0.2"));
    }
}
