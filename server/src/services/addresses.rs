//! Attempts as they are counted: by the address from which they come, and by the name that they are for.

use crate::auth::attempts::Limit;
pub(super) use crate::auth::attempts::address_counted;

/// Failed attempts from one address within the window; many people may share an address.
const MOST_PER_ADDRESS: i64 = 100;
/// After as many from an address, only whoever answers a captcha may try: an office behind one address has people who mistype
/// and others who sign in at that moment, which counts until they are in.
const CAPTCHA_AFTER: i64 = 20;
/// Failed attempts for one account's name within the window.
const MOST_PER_NAME: i64 = 10;
/// After as many for a name, only whoever answers a captcha may try.
const NAMES_CAPTCHA_AFTER: i64 = 3;

/// What is counted of failed sign-ins from an address.
pub(super) fn address_limit(address: &str) -> Limit {
    Limit::new("address", &address_counted(address), MOST_PER_ADDRESS).people_from(CAPTCHA_AFTER)
}

/// What is counted of failed attempts for an account's name.
pub(super) fn name_limit(name: &str) -> Limit {
    Limit::new("name", name, MOST_PER_NAME).people_from(NAMES_CAPTCHA_AFTER)
}
