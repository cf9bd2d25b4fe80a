//! The domains that the platform has for applications' web addresses.

/// Domains; any host is allowed when there is none.
#[derive(Clone, Debug, Default)]
pub struct Domains(Vec<String>);

impl Domains {
    /// From the configuration, which has checked them. Whatever it is given, it does not make none of some: that would
    /// allow every host.
    pub fn new(domains: &[String]) -> Self {
        Self(domains.to_vec())
    }

    /// Whether an application may have a host: it is one of the domains, or lies below one.
    pub fn allow(&self, host: &str) -> bool {
        let below = |domain: &String| {
            host.strip_suffix(domain.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        self.0.is_empty() || self.0.iter().any(below)
    }

    /// Their names.
    pub fn names(&self) -> String {
        self.0.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::Domains;

    #[test]
    fn a_host_lies_below_a_domain() {
        let some = Domains::new(&["apps.example.org".into(), "shop.test".into()]);
        for (host, allowed) in [
            ("web.apps.example.org", true),
            ("a.b.apps.example.org", true),
            ("apps.example.org", true),
            ("shop.test", true),
            ("webapps.example.org", false),
            ("example.org", false),
            ("apps.example.org.evil.test", false),
        ] {
            assert_eq!(some.allow(host), allowed, "{host}");
        }
        assert!(Domains::new(&[]).allow("anything.test"));
        assert!(!Domains::new(&[String::new()]).allow("anything.test"), "an empty name is no permission");
        assert_eq!(some.names(), "apps.example.org, shop.test");
    }
}
