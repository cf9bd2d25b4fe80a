//! How an application is reached by name: an Ingress or an `HTTPRoute` for each host.

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
    let object = |(host, routes): (&str, Vec<&Route>)| match (routing.through, &routing.gateway) {
        (Through::Ingress, _) => Some(ingress(subject, routing, host, &routes)),
        (Through::Gateway, Some(gateway)) => Some(http_route(subject, gateway, host, &routes)),
        // A checked specification names it.
        (Through::Gateway, None) => None,
    };
    by_host(routing).filter_map(object).collect()
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

fn ingress(subject: &Subject<'_>, routing: &Routing, host: &str, routes: &[&Route]) -> Value {
    let path = |route: &&Route| HTTPIngressPath {
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
    let tls = || IngressTLS {
        hosts: Some(vec![host.to_owned()]),
        // Without one it is the controller's usual certificate.
        secret_name: routes.iter().find_map(|route| route.certificate.clone()),
    };
    json(&Ingress {
        metadata: metadata(subject, host),
        spec: Some(IngressSpec {
            ingress_class_name: routing.class.clone(),
            rules: Some(vec![IngressRule {
                host: Some(host.into()),
                http: Some(HTTPIngressRuleValue { paths: routes.iter().map(path).collect() }),
            }]),
            tls: routing.https.then(|| vec![tls()]),
            ..IngressSpec::default()
        }),
        ..Ingress::default()
    })
}

fn metadata(subject: &Subject<'_>, host: &str) -> ObjectMeta {
    ObjectMeta { name: Some(route_name(subject.name, host)), ..subject.metadata(subject.labels()) }
}

/// What a host's object is called. Each host has its own, so that the address of the release that serves stays while another
/// brings a new one.
pub fn route_name(app: &str, host: &str) -> String {
    format!("{app}-{}", content_hash(&[host.as_bytes()], 10))
}

/// Source: <https://gateway-api.sigs.k8s.io/reference/spec/#httproute>
fn http_route(subject: &Subject<'_>, gateway: &Gateway, host: &str, routes: &[&Route]) -> Value {
    let main: BTreeMap<&str, u16> = {
        let ports = subject.spec.containers.iter().flat_map(|container| &container.ports);
        ports.map(|port| (port.name.as_str(), port.in_service())).collect()
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
    object!({
        "apiVersion": HTTP_ROUTE.0, "kind": HTTP_ROUTE.1, "metadata": json(&metadata(subject, host)),
        "spec": { "parentRefs": [parent], "hostnames": [host], "rules": routes.iter().map(rule).collect::<Vec<_>>() },
    })
}
