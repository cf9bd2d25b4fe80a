//! Where Longshore's server does not go on a tenant's behalf: to itself, to its neighbours on the link (where clouds
//! hand out credentials), to many at once. Names are judged by the addresses they resolve to, at the moment of
//! connecting, so that a name that changes its address in between gains nothing.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use reqwest::{
    Url,
    dns::{Addrs, Name, Resolve, Resolving},
};

use super::RegistryError;

/// What the resolver says of a forbidden address; looked for in the client's error.
pub(super) const REFUSED: &str = "address is not allowed";

/// The policy.
#[derive(Debug)]
pub(super) struct Egress {
    listed: Vec<String>,
}

impl Egress {
    pub(super) fn new(listed: &[String]) -> Self {
        Self { listed: listed.iter().map(|host| host.trim().to_ascii_lowercase()).collect() }
    }

    /// Whether an administrator has listed the host (`name` or `name:port`).
    pub(super) fn is_listed(&self, host: &str) -> bool {
        self.listed.iter().any(|listed| listed.eq_ignore_ascii_case(host))
    }

    /// Checks an address before it is asked. Literal addresses never meet the resolver. A token's service is asked
    /// by plain HTTP only when the registry itself is.
    pub(super) fn check(&self, url: &Url, plain: bool) -> Result<(), RegistryError> {
        let Some(host) = url.host_str() else { return Err(RegistryError::Refused) };
        let with_port = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        if url.scheme() == "http" {
            // A URL leaves its scheme's own port out, and an image's name need not.
            let listed = self.is_listed(&with_port) || (url.port().is_none() && self.is_listed(&format!("{host}:80")));
            return if plain && listed { Ok(()) } else { Err(RegistryError::Refused) };
        }
        match host.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(address) if !is_allowed(address) => Err(RegistryError::Refused),
            _ => Ok(()),
        }
    }
}

impl Resolve for Egress {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found.filter(|a| is_allowed(a.ip())).collect();
            if allowed.is_empty() {
                return Err(REFUSED.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// Whether an address belongs to another machine.
pub(super) fn is_allowed(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            !(v4.is_loopback()
                || v4.is_link_local()
                || v4.is_unspecified()
                || v4.is_multicast()
                || v4.is_broadcast()
                || v4.octets()[0] == 0
                // Where Alibaba Cloud and Azure's hosts hand out a machine's credentials.
                || matches!(v4.octets(), [100, 100, 100, 200] | [168, 63, 129, 16]))
        }
        IpAddr::V6(v6) => {
            // A v4 address in v6 clothes is judged as what it is.
            if let Some(v4) = v6.to_ipv4_mapped().or_else(|| embedded(v6)) {
                return is_allowed(IpAddr::V4(v4));
            }
            // AWS, Google Cloud.
            let metadata = matches!(v6.segments()[..2], [0xfd00, 0x0ec2] | [0xfd20, 0x00ce]);
            !(v6.is_loopback() || v6.is_unspecified() || v6.is_multicast() || v6.is_unicast_link_local() || metadata)
        }
    }
}

/// The IPv4 address inside a NAT64 address (RFC 6052, `64:ff9b::/96`).
fn embedded(address: Ipv6Addr) -> Option<std::net::Ipv4Addr> {
    let s = address.segments();
    (s[..6] == [0x64, 0xff9b, 0, 0, 0, 0]).then(|| std::net::Ipv4Addr::from((u32::from(s[6]) << 16) | u32::from(s[7])))
}
