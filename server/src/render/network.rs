//! How an application's ports are reached.

use app::model::{Exposure, Port};
use k8s_openapi::{
    api::{
        core::v1::{Service, ServicePort, ServiceSpec},
        networking::v1::{
            IPBlock, NetworkPolicy, NetworkPolicyIngressRule, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec,
        },
    },
    apimachinery::pkg::{apis::meta::v1::LabelSelector, util::intstr::IntOrString},
};
use serde_json::Value;

use super::{Subject, json};

fn ports<'a>(subject: &'a Subject<'_>) -> impl Iterator<Item = &'a Port> {
    subject.spec.containers.iter().flat_map(|container| &container.ports)
}

/// The Service, when the application serves a port.
pub fn service(subject: &Subject<'_>) -> Option<Value> {
    ports(subject).next()?;
    Some(json(&Service {
        metadata: subject.metadata(subject.labels()),
        spec: Some(ServiceSpec {
            type_: Some(
                match subject.spec.exposure {
                    Exposure::Cluster => "ClusterIP",
                    Exposure::NodePort => "NodePort",
                    Exposure::LoadBalancer => "LoadBalancer",
                }
                .into(),
            ),
            selector: Some(subject.selector()),
            ports: Some(ports(subject).map(service_port).collect()),
            ..ServiceSpec::default()
        }),
        ..Service::default()
    }))
}

fn service_port(port: &Port) -> ServicePort {
    ServicePort {
        name: Some(port.name.clone()),
        port: port.in_service().into(),
        protocol: Some(port.protocol.as_str().into()),
        target_port: Some(in_pod(port)),
        ..ServicePort::default()
    }
}

/// How a port is found in the pods: by its name, so that its number can change with a release.
fn in_pod(port: &Port) -> IntOrString {
    if port.by_number { IntOrString::Int(port.port.into()) } else { IntOrString::String(port.name.clone()) }
}

/// The gap in the namespace's walls through which others than the cluster's own reach the ports; `None` when nobody
/// else is to.
pub fn opening(subject: &Subject<'_>) -> Option<Value> {
    if subject.spec.exposure == Exposure::Cluster || ports(subject).next().is_none() {
        return None;
    }
    let anywhere = |cidr: &str| NetworkPolicyPeer {
        ip_block: Some(IPBlock { cidr: cidr.into(), except: None }),
        ..NetworkPolicyPeer::default()
    };
    let ports = ports(subject).map(|port| NetworkPolicyPort {
        port: Some(in_pod(port)),
        protocol: Some(port.protocol.as_str().into()),
        ..NetworkPolicyPort::default()
    });
    Some(json(&NetworkPolicy {
        metadata: subject.metadata(subject.labels()),
        spec: Some(NetworkPolicySpec {
            pod_selector: Some(LabelSelector { match_labels: Some(subject.selector()), ..LabelSelector::default() }),
            policy_types: Some(vec!["Ingress".into()]),
            ingress: Some(vec![NetworkPolicyIngressRule {
                from: Some(vec![anywhere("0.0.0.0/0"), anywhere("::/0")]),
                ports: Some(ports.collect()),
            }]),
            ..NetworkPolicySpec::default()
        }),
    }))
}
