//! The parts of an image reference, with the defaults that every container runtime has.

use app::model::{HUB, is_hub};

/// An image reference, taken apart. The model has checked its form.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reference<'a> {
    /// Whom to ask: `registry.example.org:5000`.
    pub host: &'a str,
    /// The repository's path.
    pub path: String,
    /// The tag; `latest` unless given.
    pub tag: &'a str,
    /// The digest, when it is given.
    pub digest: Option<&'a str>,
}

impl<'a> Reference<'a> {
    pub(super) fn parse(image: &'a str) -> Self {
        let (name, digest) = image.split_once('@').map_or((image, None), |(name, digest)| (name, Some(digest)));
        let last = name.rfind('/').map_or(0, |i| i + 1);
        let (name, tag) = match name[last..].find(':') {
            Some(colon) => (&name[..last + colon], &name[last + colon + 1..]),
            None => (name, "latest"),
        };
        // A first part without dot, colon or "localhost" is a path at the default registry.
        match name.split_once('/') {
            Some((host, path)) if is_hub(host) => Self { host: HUB, path: at_hub(path), tag, digest },
            Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => {
                Self { host, path: path.to_owned(), tag, digest }
            }
            _ => Self { host: HUB, path: at_hub(name), tag, digest },
        }
    }
}

/// The path of a repository at the registry to which references without a host lead: what has no owner is its own.
fn at_hub(name: &str) -> String {
    if name.contains('/') { name.to_owned() } else { format!("library/{name}") }
}

/// Where the registry of that name answers: one is known by another name than its own.
pub(super) fn endpoint(host: &str) -> &str {
    if host == HUB { "registry-1.docker.io" } else { host }
}
