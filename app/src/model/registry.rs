//! Accounts at image registries: a tenant's, or the platform's, which all tenants' images are pulled with.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::{Checks, Millis, RegistryId, ResourceName, TenantId};
use crate::{FieldError, UiError, text};

/// The most characters of a registry's address.
const MAX_HOST: usize = 255;
/// The most characters of an account's name at a registry.
const MAX_USERNAME: usize = 255;
/// The most bytes of a password; tokens of cloud registries have up to three thousand. With as many registries as there may
/// be, all of them fit into one Secret of Kubernetes.
const MAX_PASSWORD: usize = 4096;

/// The registry to which images without an address lead.
pub const HUB: &str = "docker.io";

/// Whether an address is one of the names of [`HUB`].
pub fn is_hub(host: &str) -> bool {
    [HUB, "index.docker.io", "registry-1.docker.io"].iter().any(|name| host.eq_ignore_ascii_case(name))
}

/// The form of a registry.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct RegistryForm {
    /// Lower-case letters, digits and hyphens, 40 at most; unique within the tenant (or the platform).
    pub name: String,
    /// Its address, as it stands before an image's path: `registry.example.org:5000`.
    pub host: String,
    /// The name of the account there.
    pub username: String,
    /// Its password or token. Write-only; empty keeps the one that is kept.
    pub password: String,
    /// The version that was read, when the change must not overwrite another.
    pub version: Option<i64>,
}

impl std::fmt::Debug for RegistryForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RegistryForm").field("name", &self.name).field("host", &self.host).finish_non_exhaustive()
    }
}

/// A form that has been checked, without the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedRegistry {
    /// Its name.
    pub name: ResourceName,
    /// Its address.
    pub host: String,
    /// The name of the account there.
    pub username: String,
}

impl RegistryForm {
    /// The checked form, or every field's error. `new` asks for a password.
    ///
    /// # Errors
    /// Fails naming the fields.
    pub fn parse(&self, new: bool) -> Result<CheckedRegistry, UiError> {
        let mut checks = Checks::default();
        let name = checks.take(ResourceName::parse("name", &self.name));
        let host = checks.take(parse_host(&self.host));
        let username = self.username.trim();
        if username.is_empty() {
            checks.fail("username", text!("The name of an account is needed.", "请输入账号名称。"));
        } else if username.chars().count() > MAX_USERNAME || username.contains(|c: char| c == ':' || c.is_control()) {
            checks.fail(
                "username",
                text!(
                    "At most {MAX_USERNAME} characters, and no colon.",
                    "最多 {MAX_USERNAME} 个字符，且不能包含冒号。"
                ),
            );
        }
        if new && self.password.is_empty() {
            checks.fail("password", text!("A password or token is needed.", "请输入密码或令牌。"));
        } else if self.password.len() > MAX_PASSWORD || self.password.contains(char::is_control) {
            checks.fail(
                "password",
                text!(
                    "At most {MAX_PASSWORD} bytes, and no line breaks.",
                    "最多 {MAX_PASSWORD} 字节，且不能包含换行。"
                ),
            );
        }
        checks.finish(name.zip(host).map(|(name, host)| CheckedRegistry { name, host, username: username.to_owned() }))
    }
}

/// Reads `name` or `name:port`, without scheme and path.
fn parse_host(host: &str) -> Result<String, FieldError> {
    let host = host.trim().to_ascii_lowercase();
    let fail = |message| Err(FieldError { field: "host".to_owned(), message });
    if host.is_empty() {
        return fail(text!("An address is needed.", "请输入地址。"));
    }
    if host.contains("://") || host.contains('/') {
        return fail(text!(
            "Write the address alone, as it stands before an image's path: registry.example.org:5000.",
            "只填写镜像路径之前的地址，如 registry.example.org:5000。"
        ));
    }
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (host.as_str(), None),
    };
    let labels = name.split('.').all(|label| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    });
    let port = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    // Without a dot or a port it would be read as a part of a path.
    let named = name.contains('.') || host.contains(':') || name == "localhost";
    if !labels || !port || !named || host.len() > MAX_HOST {
        return fail(text!(
            "Write a name such as registry.example.org, with a port when it is not 443.",
            "请填写如 registry.example.org 的名称；端口不是 443 时请注明。"
        ));
    }
    Ok(if is_hub(&host) { HUB.to_owned() } else { host })
}

/// An image's repository with another tag; its digest goes with its tag.
pub fn with_tag(image: &str, tag: &str) -> String {
    format!("{}:{tag}", repository(image))
}

/// An image without tag and digest.
pub fn repository(image: &str) -> &str {
    let name = image.trim().split('@').next().unwrap_or_default();
    let last = name.rfind('/').map_or(0, |slash| slash + 1);
    name[last..].find(':').map_or(name, |colon| &name[..last + colon])
}

/// Puts tags in the order in which people look for them: versions with the highest first, then names.
pub fn sort_tags(tags: &mut [String]) {
    let version = |tag: &str| {
        let tag = tag.strip_prefix('v').unwrap_or(tag);
        tag.starts_with(|c: char| c.is_ascii_digit()).then(|| tag.to_owned())
    };
    tags.sort_by(|a, b| match (version(a), version(b)) {
        (Some(a), Some(b)) => by_number(&b, &a),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.cmp(b),
    });
}

/// Compares texts part by part, runs of digits by their value.
fn by_number(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let (left, right) = (part(&mut a), part(&mut b));
        if left.is_empty() || right.is_empty() {
            return left.len().cmp(&right.len());
        }
        let digits = |part: &str| part.starts_with(|c: char| c.is_ascii_digit());
        let found = if digits(left) && digits(right) {
            let (x, y) = (left.trim_start_matches('0'), right.trim_start_matches('0'));
            x.len().cmp(&y.len()).then_with(|| x.cmp(y))
        } else {
            left.cmp(right)
        };
        if found != Ordering::Equal {
            return found;
        }
    }
}

/// Takes the first run of digits, or of anything else.
fn part<'a>(text: &mut &'a str) -> &'a str {
    let first = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text.find(|c: char| c.is_ascii_digit() != first).unwrap_or(text.len());
    let (part, rest) = text.split_at(end);
    *text = rest;
    part
}

/// A registry in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct RegistryRow {
    /// The registry.
    pub id: RegistryId,
    /// The tenant; `None` when it is the platform's, which all tenants' images are pulled with.
    pub tenant: Option<TenantId>,
    /// Its name.
    pub name: String,
    /// Its address.
    pub host: String,
    /// The name of the account there; empty for a tenant's people when it is the platform's.
    pub username: String,
    /// Counts changes.
    pub version: i64,
    /// When it was last changed.
    pub updated_at: Millis,
    /// Whether the viewer may change it.
    pub editable: bool,
    /// How many namespaces' nodes do not have the newest accounts yet, their clusters being out of reach for one; told
    /// where one registry is asked for. The platform's: of all tenants, for its own people alone.
    pub waiting: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_those_before_an_images_path() {
        for (given, kept) in [
            ("registry.example.org", "registry.example.org"),
            (" Registry.Example.org:5000 ", "registry.example.org:5000"),
            ("localhost:5000", "localhost:5000"),
            ("10.97.0.1:21007", "10.97.0.1:21007"),
            ("index.docker.io", HUB),
        ] {
            assert_eq!(parse_host(given).as_deref(), Ok(kept));
        }
        for wrong in [
            "",
            "web",
            "https://registry.example.org",
            "registry.example.org/shop",
            "a..b",
            "-a.b",
            "a.b:0",
            "a.b:x",
            "a b.c",
        ] {
            assert!(parse_host(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_tag_takes_the_place_of_the_one_there_is() {
        for image in
            ["r.example.org:5000/shop/web", "r.example.org:5000/shop/web:1", " r.example.org:5000/shop/web:1@sha256:ab"]
        {
            assert_eq!(with_tag(image, "2"), "r.example.org:5000/shop/web:2");
        }
        assert_eq!(with_tag("web", "2"), "web:2");
    }

    #[test]
    fn the_newest_version_comes_first() {
        let mut tags = ["latest", "1.9.0", "v2.1", "1.10.0", "main", "1.10.0-rc1", "1.010.0"].map(str::to_owned);
        sort_tags(&mut tags);
        assert_eq!(tags, ["v2.1", "1.10.0-rc1", "1.10.0", "1.010.0", "1.9.0", "latest", "main"]);
    }

    #[test]
    fn every_wrong_field_is_named_and_no_password_is_shown() {
        let form = RegistryForm { username: "a:b".into(), ..RegistryForm::default() };
        let wrong = form.parse(true).expect_err("invalid");
        assert_eq!(
            wrong.fields.iter().map(|f| f.field.as_str()).collect::<Vec<_>>(),
            ["name", "host", "username", "password"]
        );
        let form = RegistryForm {
            name: "hub".into(),
            host: "r.example.org".into(),
            username: "ci".into(),
            password: "s3cr3t".into(),
            version: None,
        };
        assert!(form.parse(true).is_ok());
        assert!(!format!("{form:?}").contains("s3cr3t"));
        assert!(RegistryForm { password: String::new(), ..form }.parse(false).is_ok(), "the one that is kept stays");
    }
}
