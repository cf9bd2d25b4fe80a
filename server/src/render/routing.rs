//! How an application is reached by name: an Ingress, or an `HTTPRoute` for each host.

use std::collections::BTreeMap;

use app::model::{Gateway, Route, Routing, Through};
use k8s_openapi::{
    api::networking::v1::{
        HTTPIngressPath, HTTPIngressRuleValue, Ingress, IngressBackend, IngressRule, IngressServiceBackend,
        IngressSpec, IngressTLS, ServiceBackendPort,
    },
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use serde_json::{Value, json as object};

use super::{Subject, content_hash, json};

/// The kind of a host's route through a Gateway: API version, kind.
pub const HTTP_ROUTE: (&str, &str) = ("gateway.networking.k8s.io/v1", "HTTPRoute");
/// The kind of an application's routes through an Ingress controller: API version, kind.
pub const INGRESS: (&str, &str) = ("networking.k8s.io/v1", "Ingress");

/// The objects that lead from the application's addresses to its Service.
pub fn routes(subject: &Subject<'_>) -> Vec<Value> {
    let Some(routing) = &subject.spec.routing else { return Vec::new() };
    match (routing.through, &routing.gateway) {
        (Through::Ingress, _) => vec![ingress(subject, routing)],
        (Through::Gateway, Some(gateway)) => {
            by_host(routing).map(|(host, routes)| http_route(subject, gateway, host, &routes)).collect()
        }
        // A checked specification names it.
        (Through::Gateway, None) => Vec::new(),
    }
}

/// The addresses of each host, hosts in the order in which they are first named.
fn by_host(routing: &Routing) -> impl Iterator<Item = (&str, Vec<&Route>)> {
    let mut hosts: Vec<(&str, Vec<&Route>)> = Vec::new();
    for route in &routing.routes {
        match hosts.iter_mut().find(|(host, _)| *host == route.host) {
            Some((_, routes)) => routes.push(route),
            None => hosts.push((&route.host, vec![route])),
        }
    }
    hosts.into_iter()
}

fn ingress(subject: &Subject<'_>, routing: &Routing) -> Value {
    let path = |route: &Route| HTTPIngressPath {
        path: Some(route.path.clone()),
        path_type: "Prefix".into(),
        backend: IngressBackend {
            service: Some(IngressServiceBackend {
                name: subject.name.into(),
                port: Some(ServiceBackendPort {
                    name: Some(subject.spec.port_of(route).into()),
                    ..ServiceBackendPort::default()
                }),
            }),
            ..IngressBackend::default()
        },
    };
    let rules = by_host(routing).map(|(host, routes)| IngressRule {
        host: Some(host.into()),
        http: Some(HTTPIngressRuleValue { paths: routes.into_iter().map(path).collect() }),
    });
    // Hosts of one certificate together; those that name none take the controller's usual one.
    let mut certificates: BTreeMap<Option<&str>, Vec<String>> = BTreeMap::new();
    for (host, routes) in by_host(routing).filter(|_| routing.https) {
        let named = routes.iter().find_map(|route| route.certificate.as_deref());
        certificates.entry(named).or_default().push(host.to_owned());
    }
    let tls = certificates
        .into_iter()
        .map(|(secret, hosts)| IngressTLS { hosts: Some(hosts), secret_name: secret.map(str::to_owned) });
    json(&Ingress {
        metadata: subject.metadata(subject.labels()),
        spec: Some(IngressSpec {
            ingress_class_name: routing.class.clone(),
            rules: Some(rules.collect()),
            tls: routing.https.then(|| tls.collect()),
            ..IngressSpec::default()
        }),
        ..Ingress::default()
    })
}

/// What a host's route is called: one object has rules for all of its hosts alike, so that each host has its own.
pub fn route_name(app: &str, host: &str) -> String {
    format!("{app}-{}", content_hash(&[host.as_bytes()], 10))
}

/// Source: <https://gateway-api.sigs.k8s.io/reference/spec/#httproute>
fn http_route(subject: &Subject<'_>, gateway: &Gateway, host: &str, routes: &[&Route]) -> Value {
    let main: BTreeMap<&str, u16> = {
        let ports = subject.spec.containers.iter().flat_map(|container| &container.ports);
        ports.map(|port| (port.name.as_str(), port.port)).collect()
    };
    let mut parent = object!({
        "group": "gateway.networking.k8s.io", "kind": "Gateway",
        "namespace": gateway.namespace, "name": gateway.name,
    });
    if let Some(listener) = &gateway.listener {
        parent["sectionName"] = listener.as_str().into();
    }
    let rule = |route: &&Route| {
        object!({
            "matches": [{ "path": { "type": "PathPrefix", "value": route.path } }],
            "backendRefs": [{
                "group": "", "kind": "Service", "name": subject.name, "weight": 1,
                // Routes know the ports of Services by number alone.
                "port": main.get(subject.spec.port_of(route)),
            }],
        })
    };
    let metadata = ObjectMeta { name: Some(route_name(subject.name, host)), ..subject.metadata(subject.labels()) };
    object!({
        "apiVersion": HTTP_ROUTE.0, "kind": HTTP_ROUTE.1, "metadata": json(&metadata),
        "spec": { "parentRefs": [parent], "hostnames": [host], "rules": routes.iter().map(rule).collect::<Vec<_>>() },
    })
}
