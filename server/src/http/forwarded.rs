//! Whose request it is, when a proxy that ends TLS stands before the server.
//!
//! `X-Forwarded-For` is believed from the proxies that the settings name and from nobody else: each proxy adds the
//! address it was called from at the end, so the last one that is no proxy of ours is the caller's. What stands before
//! it is whatever the caller wrote.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::{ConnectInfo, Request, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, HeaderName};
use ipnet::IpNet;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Puts the caller's address in the place of the proxy's, for all that comes after.
pub async fn believe(State(proxies): State<Arc<[IpNet]>>, mut request: Request, next: Next) -> Response {
    if let Some(&ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>() {
        let caller = caller(peer.ip(), request.headers(), &proxies);
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(caller, peer.port())));
    }
    next.run(request).await
}

/// The address of the caller. What cannot be read ends the search: the proxy that passed it on is the one that is
/// counted.
fn caller(peer: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> IpAddr {
    let is_proxy = |address: IpAddr| proxies.iter().any(|net| net.contains(&address));
    let mut at = peer.to_canonical();
    let lines = headers.get_all(FORWARDED_FOR).iter().rev();
    let mut hops = lines.flat_map(|line| line.to_str().unwrap_or("?").rsplit(','));
    while is_proxy(at) {
        match hops.next().and_then(address) {
            Some(before) => at = before,
            None => break,
        }
    }
    at
}

/// An address as proxies write it: `203.0.113.7`, `2001:db8::7`, and both with a port, the second in brackets.
fn address(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let plain = hop.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(hop);
    let found = plain.parse().ok().or_else(|| hop.parse::<SocketAddr>().ok().map(|a| a.ip()));
    found.map(|a: IpAddr| a.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, lines: &[&'static str]) -> String {
        let proxies = ["10.0.0.0/8".parse().expect("a network"), "2001:db8:ffff::/48".parse().expect("a network")];
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, http::HeaderValue::from_static(line));
        }
        caller(peer.parse().expect("an address"), &headers, &proxies).to_string()
    }

    #[test]
    fn a_caller_that_is_no_proxy_is_not_believed() {
        assert_eq!(seen("203.0.113.7", &["198.51.100.1"]), "203.0.113.7");
    }

    #[test]
    fn the_last_address_that_is_no_proxy_is_the_callers() {
        assert_eq!(seen("10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(seen("10.0.0.1", &["1.1.1.1, 198.51.100.1, 10.2.3.4"]), "198.51.100.1");
        assert_eq!(seen("10.0.0.1", &["1.1.1.1", "198.51.100.1:4711, 10.2.3.4"]), "198.51.100.1");
        assert_eq!(seen("::ffff:10.0.0.1", &["[2001:db8::7]:80"]), "2001:db8::7");
        assert_eq!(seen("2001:db8:ffff::1", &["2001:db8::7"]), "2001:db8::7");
    }

    #[test]
    fn without_a_word_or_with_nonsense_it_is_the_proxys() {
        assert_eq!(seen("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(seen("10.0.0.1", &["1.1.1.1, unknown"]), "10.0.0.1");
        assert_eq!(seen("10.0.0.1", &["10.9.9.9"]), "10.9.9.9");
    }
}
