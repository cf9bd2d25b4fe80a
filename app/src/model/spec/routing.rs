//! By which names an application is reached from outside the cluster.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::AppSpec;

/// The most addresses of an application: as many as an `HTTPRoute` may have rules.
pub const MAX_ROUTES: usize = 16;

/// The web addresses of an application, and what of the cluster leads from there to its pods.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Routing {
    /// By which of Kubernetes' two kinds of objects.
    #[serde(default, skip_serializing_if = "super::rollout::is_usual")]
    pub through: Through,
    /// The `IngressClass`, for an Ingress alone; the cluster's usual one without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// The Gateway; an `HTTPRoute` needs one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway: Option<Gateway>,
    /// Whether browsers reach it by `https`. Where that ends, its certificate is the one that a route names, or else the usual
    /// one of what leads there.
    #[serde(default = "yes")]
    pub https: bool,
    /// The addresses.
    pub routes: Vec<Route>,
}

const fn yes() -> bool {
    true
}

/// What leads from an address to the pods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Through {
    /// An Ingress, which nearly every cluster has somebody for.
    #[default]
    Ingress,
    /// An `HTTPRoute` of the Gateway API.
    Gateway,
}

/// A Gateway of the cluster, which is somebody else's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Gateway {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The one of its listeners that is meant; all that let the route in without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub listener: Option<String>,
}

/// An address, and the port that answers there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// The host: `shop.example.org`.
    pub host: String,
    /// The path with all below it: `/`, `/api`.
    #[serde(default = "root", skip_serializing_if = "is_root")]
    pub path: String,
    /// The name of the port; the first TCP port of the application without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<String>,
    /// The Secret of the namespace (`kubernetes.io/tls`) that has the host's certificate, for an Ingress alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
}

fn root() -> String {
    "/".to_owned()
}

fn is_root(path: &str) -> bool {
    path == "/"
}

impl Route {
    /// An address whose first port answers.
    pub fn new(host: &str, path: &str) -> Self {
        Self { host: host.to_owned(), path: path.to_owned(), port: None, certificate: None }
    }

    /// Whether it is the same address as another.
    pub fn is_at(&self, other: &Self) -> bool {
        self.host == other.host && self.path == other.path
    }
}

/// As people write it, without a scheme: `shop.example.org/api`.
impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.host)?;
        if is_root(&self.path) { Ok(()) } else { f.write_str(&self.path) }
    }
}

impl Routing {
    /// An address of it, whole: `https://shop.example.org/api`.
    pub fn url(&self, route: &Route) -> String {
        let scheme = if self.https { "https" } else { "http" };
        format!("{scheme}://{route}")
    }

    /// All its addresses.
    pub fn urls(&self) -> Vec<String> {
        self.routes.iter().map(|route| self.url(route)).collect()
    }
}

impl AppSpec {
    /// Its addresses.
    pub fn routes(&self) -> &[Route] {
        self.routing.as_ref().map_or(&[], |routing| &routing.routes)
    }
}

#[cfg(feature = "ssr")]
mod ssr {
    use std::collections::BTreeSet;

    use super::{MAX_ROUTES, Route, Routing, Through};
    use crate::{
        FieldError,
        i18n::Text,
        model::{
            AppSpec, Checks, Protocol,
            spec::{check::is_label, lines::fail},
        },
        text,
    };

    /// The most characters of an address's path.
    const MAX_PATH: usize = 255;

    /// Why a host cannot be one; `None` when it can: the labels of RFC 1123 with a dot among them, so that it is nobody's
    /// address inside a cluster, and not an IP address, by which no Ingress is found.
    fn wrong_host(host: &str) -> Option<Text> {
        let labels: Vec<&str> = host.split('.').collect();
        if host.contains('*') {
            return Some(text!("Name each host; * for many is not supported.", "请逐个填写主机名；不支持通配符 *。"));
        }
        let numeric = labels.last().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
        let good = host.len() <= 253 && labels.len() > 1 && labels.iter().all(|label| is_label(label)) && !numeric;
        (!good).then(|| {
            text!(
                "“{host}” is not a host's name such as shop.example.org: small letters, digits, hyphens and dots.",
                "“{host}”不是有效的主机名（如 shop.example.org）：只能包含小写字母、数字、连字符和点。"
            )
        })
    }

    /// Why a path cannot be one. Kubernetes refuses `//`, `/.` and encoded slashes in paths; what Ingress controllers read as
    /// more than a path stays out, too.
    ///
    /// Source: <https://kubernetes.io/docs/reference/kubernetes-api/service-resources/ingress-v1/>
    fn wrong_path(path: &str) -> Option<Text> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~/@:+,=".contains(&b);
        let good = path.starts_with('/')
            && path.len() <= MAX_PATH
            && path.bytes().all(plain)
            && !path.contains("//")
            && !path.split('/').any(|part| part == "." || part == "..")
            && (path == "/" || !path.ends_with('/'));
        (!good).then(|| {
            text!(
                "“{path}” is not a path such as /api: it begins with a slash, does not end with one, and has letters, digits and - . _ ~ @ : + , = alone.",
                "“{path}”不是有效的路径（如 /api）：以斜杠开头、不以斜杠结尾，且只能包含字母、数字和 - . _ ~ @ : + , =。"
            )
        })
    }

    impl Routing {
        pub(in crate::model::spec) fn check(&self, spec: &AppSpec, checks: &mut Checks) {
            if self.routes.is_empty() {
                checks.fail("routing.routes", text!("Name at least one address.", "请至少填写一个地址。"));
            }
            if self.routes.len() > MAX_ROUTES {
                checks.fail("routing.routes", text!("At most {MAX_ROUTES} addresses.", "最多 {MAX_ROUTES} 个地址。"));
            }
            self.check_through(checks);
            let ports: BTreeSet<&str> = spec.tcp_ports().collect();
            let mut seen = BTreeSet::new();
            for (i, route) in self.routes.iter().enumerate().take(MAX_ROUTES) {
                let place = |field: &str| format!("routing.routes[{i}].{field}");
                if let Some(wrong) = wrong_host(&route.host) {
                    checks.fail(&place("host"), wrong);
                }
                if let Some(wrong) = wrong_path(&route.path) {
                    checks.fail(&place("path"), wrong);
                }
                if !seen.insert((&route.host, &route.path)) {
                    checks.fail(&place("host"), text!("{route} stands twice.", "{route} 重复。"));
                }
                self.check_certificate(route, &place("certificate"), checks);
                match &route.port {
                    Some(name) if !ports.contains(name.as_str()) => checks
                        .fail(&place("port"), text!("There is no TCP port “{name}”.", "没有名为“{name}”的 TCP 端口。")),
                    None if ports.is_empty() => checks.fail(
                        &place("port"),
                        text!("An address needs a TCP port that answers there.", "访问地址需要一个 TCP 端口。"),
                    ),
                    _ => {}
                }
            }
        }

        fn check_through(&self, checks: &mut Checks) {
            match (self.through, &self.gateway) {
                (Through::Gateway, None) => checks.fail(
                    "routing.gateway",
                    text!("Name the Gateway: its namespace and its name.", "请填写 Gateway 的命名空间和名称。"),
                ),
                (Through::Ingress, Some(_)) => checks.fail(
                    "routing.gateway",
                    text!(
                        "An Ingress has no Gateway; say “through: gateway” for an HTTPRoute.",
                        "Ingress 没有 Gateway；如需 HTTPRoute，请填写 through: gateway。"
                    ),
                ),
                _ => {}
            }
            let name = |checks: &mut Checks, place: &str, name: &str, dotted: bool| {
                let good = name.len() <= 253 && if dotted { name.split('.').all(is_label) } else { is_label(name) };
                if !good {
                    checks.fail(
                        place,
                        text!("“{name}” is not a name in Kubernetes.", "“{name}”不是有效的 Kubernetes 名称。"),
                    );
                }
            };
            if let Some(gateway) = &self.gateway {
                name(checks, "routing.gateway.namespace", &gateway.namespace, false);
                name(checks, "routing.gateway.name", &gateway.name, true);
                if let Some(listener) = &gateway.listener {
                    name(checks, "routing.gateway.listener", listener, true);
                }
            }
            if let Some(class) = &self.class {
                name(checks, "routing.class", class, true);
                if self.through == Through::Gateway {
                    checks.fail(
                        "routing.class",
                        text!(
                            "A class is an Ingress's; a Gateway has its own.",
                            "class 仅用于 Ingress；Gateway 有自己的类。"
                        ),
                    );
                }
            }
        }

        fn check_certificate(&self, route: &Route, place: &str, checks: &mut Checks) {
            let Some(name) = &route.certificate else { return };
            if self.through == Through::Gateway || !self.https {
                checks.fail(
                    place,
                    text!(
                        "A certificate is for an Ingress with https; a Gateway has its own.",
                        "证书仅用于启用 https 的 Ingress；Gateway 使用自己的证书。"
                    ),
                );
            } else if name.len() > 253 || !name.split('.').all(is_label) {
                checks.fail(place, text!("“{name}” is not the name of a Secret.", "“{name}”不是有效的 Secret 名称。"));
            } else if self.routes.iter().any(|r| r.host == route.host && r.certificate.as_ref() != Some(name)) {
                checks.fail(
                    place,
                    text!(
                        "A host has one certificate, at each of its addresses.",
                        "同一主机的所有地址须使用同一证书。"
                    ),
                );
            }
        }
    }

    impl AppSpec {
        /// The names of its TCP ports, those of the application first.
        fn tcp_ports(&self) -> impl Iterator<Item = &str> {
            let ports = self.containers.iter().flat_map(|container| &container.ports);
            ports.filter(|port| port.protocol == Protocol::Tcp).map(|port| port.name.as_str())
        }

        /// The name of the port that answers at an address. A checked specification has one.
        pub fn port_of<'a>(&'a self, route: &'a Route) -> &'a str {
            route.port.as_deref().or_else(|| self.tcp_ports().next()).unwrap_or_default()
        }
    }

    /// Addresses as people write them, one a line, over what was said of them before; `None` when there is none. Without a
    /// scheme, `https` is meant.
    pub(in crate::model::spec) fn read(
        field: &str,
        text: &str,
        before: Option<&Routing>,
    ) -> Result<Option<Routing>, FieldError> {
        let mut routes: Vec<Route> = Vec::new();
        let mut https = None;
        let lines = text.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty());
        for (n, line) in lines.map(|(i, line)| (i + 1, line)) {
            if routes.len() >= MAX_ROUTES {
                return fail(field, text!("At most {MAX_ROUTES} addresses.", "最多 {MAX_ROUTES} 个地址。"));
            }
            let (secure, rest) = match line.split_once("://") {
                Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (true, rest),
                Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (false, rest),
                Some(_) => {
                    return fail(
                        field,
                        text!(
                            "Line {n}: an address begins with https:// or http://.",
                            "第 {n} 行：地址须以 https:// 或 http:// 开头。"
                        ),
                    );
                }
                None => (true, line),
            };
            if *https.get_or_insert(secure) != secure {
                return fail(
                    field,
                    text!(
                        "Line {n}: the addresses of an app are all https:// or all http://.",
                        "第 {n} 行：同一应用的地址须全部为 https:// 或全部为 http://。"
                    ),
                );
            }
            let at = rest.find('/').unwrap_or(rest.len());
            let (host, path) = rest.split_at(at);
            let host = host.to_ascii_lowercase();
            let path = match path.trim_end_matches('/') {
                "" => "/",
                path => path,
            };
            if host.contains(':') {
                return fail(field, text!("Line {n}: an address has no port.", "第 {n} 行：地址不能包含端口。"));
            }
            if let Some(wrong) = wrong_host(&host).or_else(|| wrong_path(path)) {
                let (en, zh) = (wrong.en, wrong.zh);
                return fail(field, text!("Line {n}: {en}", "第 {n} 行：{zh}"));
            }
            // A host has one certificate, at whatever path.
            let known = before.map(|routing| routing.routes.as_slice()).unwrap_or_default();
            let certificate = known.iter().find(|route| route.host == host).and_then(|r| r.certificate.clone());
            let new = Route { certificate, ..Route::new(&host, path) };
            if routes.iter().any(|route| route.is_at(&new)) {
                return fail(field, text!("Line {n}: {new} stands twice.", "第 {n} 行：{new} 重复。"));
            }
            routes.push(known.iter().find(|route| route.is_at(&new)).cloned().unwrap_or(new));
        }
        let Some(https) = https else { return Ok(None) };
        if !https {
            for route in &mut routes {
                route.certificate = None;
            }
        }
        Ok(Some(Routing { https, routes, ..before.cloned().unwrap_or_default() }))
    }
}

#[cfg(feature = "ssr")]
pub(super) use ssr::read;
