//! Which applications name another as a host. Pure. It finds what can be told from text; an address that is put together
//! when a program runs, or that is a secret, nobody finds.

use app::model::{AppSpec, Dependant, Dependants, Mention, MentionKind};

use crate::render::stateful::PODS_SUFFIX;

/// The most applications that are told.
const MAX_TOLD: usize = 20;
/// The most places of one that are told.
const MAX_MENTIONS: usize = 10;
/// What a word stands behind that is a part of something else, such as a path or a variable's name.
const BOUND_TO: [char; 7] = ['/', '\\', '$', '%', '+', '~', '#'];

/// The application whose Services are looked for.
#[derive(Clone, Copy)]
pub(super) struct Sought<'a> {
    /// Its name.
    pub(super) app: &'a str,
    /// Its namespace's name.
    pub(super) namespace: &'a str,
    /// It has a Service more, by which its pods are found one by one.
    pub(super) is_stateful: bool,
    /// They are looked for in an application of its namespace, where the bare name is enough.
    pub(super) is_near: bool,
    /// The hosts of its addresses.
    pub(super) hosts: &'a [String],
}

/// Where a specification names an application as a host: in which variables and files, never what they say.
pub(super) fn mentions(spec: &AppSpec, sought: Sought<'_>) -> Vec<Mention> {
    spec.all_containers()
        .flat_map(|(_, container)| {
            let variables = container.env.iter().filter(move |(_, value)| sought.is_in(value.as_str()));
            let files = container.files.iter().filter(move |file| sought.is_in(file.content.as_str()));
            variables
                .map(|(name, _)| (MentionKind::Environment, name))
                .chain(files.map(|file| (MentionKind::File, &file.path)))
                .map(move |(kind, name)| Mention { container: container.name.clone(), kind, name: name.clone() })
        })
        .take(MAX_MENTIONS)
        .collect()
}

/// What is told of the applications that were found, each with whether one may see it: those that one may not see only count.
pub(super) fn told(found: Vec<(Dependant, bool)>, incomplete: bool) -> Dependants {
    let total = u32::try_from(found.len()).unwrap_or(u32::MAX);
    let rows = found.into_iter().filter(|(_, is_seen)| *is_seen).map(|(dependant, _)| dependant).take(MAX_TOLD);
    Dependants { rows: rows.collect(), total, incomplete }
}

impl Sought<'_> {
    /// Whether a text names one of the Services, or of the hosts of its addresses.
    fn is_in(self, text: &str) -> bool {
        hosts(text).any(|(before, host, behind)| {
            let in_url = before.ends_with("://") || before.ends_with('@');
            if !in_url && before.ends_with(BOUND_TO) {
                return false;
            }
            if self.hosts.iter().any(|own| own.eq_ignore_ascii_case(host.trim_end_matches('.'))) {
                return true;
            }
            match rest(self, host) {
                Some("") => self.is_near && (in_url || behind.starts_with('/') || is_port(behind)),
                Some(rest) => self.is_below(rest),
                None => false,
            }
        })
    }

    /// Whether this is the name of the Service by which its pods are found one by one.
    fn is_for_pods(self, label: &str) -> bool {
        let parts = label.split_at_checked(label.len().saturating_sub(PODS_SUFFIX.len()));
        self.is_stateful
            && parts.is_some_and(|(app, suffix)| {
                app.eq_ignore_ascii_case(self.app) && suffix.eq_ignore_ascii_case(PODS_SUFFIX)
            })
    }

    /// Whether what stands behind a Service's name is the namespace: `shop`, `shop.svc`, `shop.svc.cluster.local`.
    fn is_below(self, rest: &str) -> bool {
        let (namespace, rest) = rest.split_once('.').unwrap_or((rest, ""));
        let (kind, _) = rest.split_once('.').unwrap_or((rest, ""));
        namespace.eq_ignore_ascii_case(self.namespace) && (kind.is_empty() || kind.eq_ignore_ascii_case("svc"))
    }
}

/// What stands in a host's name behind the one of a Service, without the dot between them; `None` when it is no such name.
fn rest<'t>(sought: Sought<'_>, host: &'t str) -> Option<&'t str> {
    let host = host.trim_end_matches('.');
    let (first, rest) = host.split_once('.').unwrap_or((host, ""));
    if first.eq_ignore_ascii_case(sought.app) || sought.is_for_pods(first) {
        return Some(rest);
    }
    // One of the pods: `db-0.db-pods`.
    let (pod, number) = first.rsplit_once('-')?;
    let is_pod = pod.eq_ignore_ascii_case(sought.app) && is_number(number);
    let (service, rest) = rest.split_once('.').unwrap_or((rest, ""));
    (is_pod && sought.is_for_pods(service)).then_some(rest)
}

/// The words of a text that could be names of hosts, each with what stands before and behind it. An underscore is none of a
/// host's letters, but keeps a word together.
fn hosts(text: &str) -> impl Iterator<Item = (&str, &str, &str)> {
    let is_in_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from + text.get(from..)?.find(is_in_word)?;
        let word = text.get(start..)?;
        let end = start + word.find(|c: char| !is_in_word(c)).unwrap_or(word.len());
        from = end;
        Some((text.get(..start)?, text.get(start..end)?, text.get(end..)?))
    })
}

/// Whether a text begins with a colon and a port, and not with the tag of an image.
fn is_port(behind: &str) -> bool {
    let Some(behind) = behind.strip_prefix(':') else { return false };
    let end = behind.find(|c: char| !c.is_ascii_digit()).unwrap_or(behind.len());
    let (port, behind) = behind.split_at_checked(end).unwrap_or_default();
    let goes_on = behind.trim_start_matches('.').starts_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_'));
    port.parse::<u16>().is_ok_and(|port| port > 0) && !goes_on
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use app::model::{AppId, ConfigFile, Container};
    use uuid::Uuid;

    use super::*;

    const NEAR: Sought<'_> = Sought { app: "web", namespace: "shop", is_stateful: false, is_near: true, hosts: &[] };
    const FAR: Sought<'_> = Sought { is_near: false, ..NEAR };

    #[test]
    fn a_host_is_found_by_its_bare_name_in_its_namespace_alone() {
        for text in [
            "http://web",
            "http://web:8080/",
            "web:8080",
            "upstream = \"web:80\"; ",
            "server web:8080;",
            "https://user:word@web/path",
            "web/health",
            "HTTP://WEB/",
            "a,web:1,b",
            "see web:8080.",
            "http://web.",
        ] {
            assert!(NEAR.is_in(text), "{text}");
            assert!(!FAR.is_in(text), "{text} is another one's there");
        }
    }

    #[test]
    fn a_host_is_found_with_its_namespace_from_everywhere() {
        for text in [
            "web.shop",
            "http://web.shop:8080/",
            "web.shop.svc",
            "WEB.shop.svc.cluster.local:80",
            "http://web.shop.svc.cluster.local./x",
            "postgres://me:word@web.shop/web",
            "hosts: [a, web.shop, b]",
        ] {
            assert!(NEAR.is_in(text) && FAR.is_in(text), "{text}");
        }
    }

    #[test]
    fn a_host_of_its_addresses_is_found_from_everywhere() {
        let hosts = ["shop.example.org".to_owned()];
        let sought = Sought { hosts: &hosts, ..FAR };
        for text in
            ["https://shop.example.org/api", "SHOP.example.org:443", "to shop.example.org.", "me@shop.example.org"]
        {
            assert!(sought.is_in(text), "{text}");
            assert!(!FAR.is_in(text), "{text} is not its own");
        }
        for text in ["https://example.org", "www.shop.example.org", "shop.example.org.uk", "/etc/shop.example.org"] {
            assert!(!sought.is_in(text), "{text}");
        }
    }

    #[test]
    fn a_word_is_no_host() {
        for text in [
            "",
            "web",
            "the web is large",
            "web: 3",
            "web:latest",
            "web:1.4.2",
            "web:0",
            "web:99999",
            "web:8080x",
            "registry.example.org/shop/web:1",
            "/srv/web/index.html",
            "../web/x",
            "my-web:80",
            "web-1:80",
            "web_1:80",
            "http://webs/",
            "http://www.web/",
            "http://web.example.org/",
            "web.shop.example.org",
            "web.shopping",
            "x.web.shop",
            "http://web.other.svc",
            "$web/x",
            "é~web/x",
        ] {
            assert!(!NEAR.is_in(text), "{text}");
        }
    }

    #[test]
    fn the_pods_of_what_is_stateful_are_found_one_by_one() {
        let sought = Sought { app: "db", is_stateful: true, ..NEAR };
        for text in ["db-0.db-pods:5432", "postgres://db-12.db-pods.shop.svc/x", "db-pods:5432", "db-pods.shop"] {
            assert!(sought.is_in(text), "{text}");
        }
        for text in ["db-0:5432", "db-x.db-pods:5432", "db-0.db:5432", "other-0.db-pods:1", "db-0.db-pods"] {
            assert!(!sought.is_in(text), "{text}");
        }
        assert!(!NEAR.is_in("web-pods:80") && !NEAR.is_in("web-0.web-pods:80"), "another application may be called so");
    }

    #[test]
    fn variables_and_files_are_told_by_their_names() {
        let mut container = Container::new("registry.test/front:1");
        container.env = [("BACKEND_URL", "http://web:8080/"), ("TITLE", "web")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        container.files = vec![
            ConfigFile { path: "/etc/proxy.conf".to_owned(), content: "to web.shop.svc:80\n".to_owned() },
            ConfigFile { path: "/etc/other.conf".to_owned(), content: "to nobody\n".to_owned() },
        ];
        let mention = |kind, name: &str| Mention { container: "app".to_owned(), kind, name: name.to_owned() };
        let file = mention(MentionKind::File, "/etc/proxy.conf");
        let mut spec = AppSpec::new(container);
        assert_eq!(mentions(&spec, NEAR), [mention(MentionKind::Environment, "BACKEND_URL"), file.clone()]);
        assert_eq!(mentions(&spec, FAR), [file]);
        let main = &mut spec.containers[0];
        main.env = (0..40).map(|n| (format!("URL_{n}"), "http://web/".to_owned())).collect();
        assert_eq!(mentions(&spec, NEAR).len(), MAX_MENTIONS);
    }

    #[test]
    fn who_may_not_see_an_application_is_told_that_there_is_one() {
        let dependant = |n: u128| Dependant {
            app: AppId(Uuid::from_u128(n)),
            app_name: format!("app-{n}"),
            namespace_name: "shop".to_owned(),
            mentions: Vec::new(),
        };
        let few = told(vec![(dependant(1), true), (dependant(2), false)], false);
        assert_eq!((few.rows, few.total, few.incomplete), (vec![dependant(1)], 2, false));
        let many = told((0..60).map(|n| (dependant(n), n % 2 == 0)).collect(), true);
        assert_eq!((many.rows.len(), many.total, many.incomplete), (MAX_TOLD, 60, true));
    }
}
