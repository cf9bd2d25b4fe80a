//! Settings that are names of hosts. One that could never match anything is refused: a domain that nobody has would let
//! nobody in, and an empty list of domains lets everybody in.

/// The most bytes of a host's name (RFC 1035, section 2.3.4).
const MAX_HOST: usize = 253;

/// A domain of applications' web addresses, in lower case and without the dot of the root.
pub(super) fn domain(value: &str) -> Result<String, String> {
    let domain = value.trim().to_ascii_lowercase();
    let domain = domain.strip_suffix('.').unwrap_or(&domain);
    // No application has an address that ends in a number: it would be an IP address.
    let numeric = domain.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    if is_name(domain) && !numeric {
        Ok(domain.to_owned())
    } else {
        Err("write a domain alone, without scheme, port, path and *: apps.example.org; leave the setting out to allow any \
             host"
            .to_owned())
    }
}

/// A registry as it stands before an image's path, in lower case.
pub(super) fn registry(value: &str) -> Result<String, String> {
    let host = value.trim().to_ascii_lowercase();
    let (name, port) = host.rsplit_once(':').map_or((host.as_str(), None), |(name, port)| (name, Some(port)));
    let port_is_right = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    // Without a dot or a port it would be read as a part of an image's path.
    let is_host = port.is_some() || name.contains('.') || name == "localhost";
    if is_name(name) && port_is_right && is_host {
        Ok(host)
    } else {
        Err("write a registry as it stands before an image's path, without scheme and path, and with a port when it is not \
             80 or the name has no dot: registry.example.org:5000"
            .to_owned())
    }
}

/// Whether it is labels of letters, digits and hyphens, with dots between them (RFC 1123, section 2.1).
fn is_name(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= MAX_HOST && name.split('.').all(is_label)
}
