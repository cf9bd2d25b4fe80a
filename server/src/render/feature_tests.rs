//! Snapshots of what one feature makes of the objects, each by itself.

use app::model::{Amount, Autoscaling, Patch, PatchOperation, PatchVerb, Routing};

use super::*;

/// The objects of some kinds.
fn of_kinds(spec: &AppSpec, kinds: &[&str]) -> Vec<Value> {
    let mut objects = release(&subject(spec, &secrets()));
    objects.retain(|object| kinds.iter().any(|kind| object["kind"] == *kind));
    assert_eq!(objects.len(), kinds.len(), "{kinds:?}");
    objects
}

fn operation(op: PatchVerb, path: &str, value: Option<Value>) -> PatchOperation {
    PatchOperation { op, path: path.to_owned(), value }
}

#[test]
fn a_load_balancer_is_let_in_from_anywhere() {
    let spec = AppSpec { exposure: Exposure::LoadBalancer, ..spec() };
    insta::assert_json_snapshot!(of_kinds(&spec, &["Service", "NetworkPolicy"]));
}

#[test]
fn a_port_of_every_node_may_be_found_by_number() {
    let mut spec = AppSpec { exposure: Exposure::NodePort, ..spec() };
    let port = &mut spec.containers[0].ports[0];
    (port.by_number, port.service_port) = (true, Some(80));
    insta::assert_json_snapshot!(of_kinds(&spec, &["Service", "NetworkPolicy"]));
}

#[test]
fn a_patch_changes_what_is_rendered() {
    use PatchVerb::{Add, Remove, Replace, Test};
    let pod = |rest: &str| format!("/spec/template/spec/{rest}");
    let of_pods = Patch {
        kind: "Deployment".into(),
        operations: vec![
            operation(Test, &pod("containers/0/name"), Some(json!("app"))),
            operation(Add, &pod("hostAliases"), Some(json!([{ "ip": "10.0.0.7", "hostnames": ["legacy.local"] }]))),
            operation(Replace, &pod("terminationGracePeriodSeconds"), Some(json!(90))),
            operation(Remove, &pod("enableServiceLinks"), None),
        ],
    };
    let marked = operation(Add, "/metadata/annotations", Some(json!({ "example.org/owner": "shop" })));
    let of_service = Patch { kind: "Service".into(), operations: vec![marked] };
    let spec = AppSpec { patches: vec![of_pods, of_service], ..spec() };
    insta::assert_json_snapshot!(of_kinds(&spec, &["Service", "Deployment"]));
}

#[test]
fn a_node_has_one_pod_at_most_or_rather() {
    let affinity = |strict| {
        let spread = Spread { over: SpreadOver::OnePerNode, strict };
        let objects = of_kinds(&AppSpec { spread, ..spec() }, &["Deployment"]);
        objects[0]["spec"]["template"]["spec"]["affinity"].clone()
    };
    insta::assert_json_snapshot!(json!({ "at most": affinity(true), "rather": affinity(false) }));
}

#[test]
fn pods_are_spread_over_nodes_and_over_zones() {
    let constraints = |over, strict| {
        let objects = of_kinds(&AppSpec { spread: Spread { over, strict }, ..spec() }, &["Deployment"]);
        objects[0]["spec"]["template"]["spec"]["topologySpreadConstraints"].clone()
    };
    let (nodes, zones) = (SpreadOver::Nodes, SpreadOver::Zones);
    insta::assert_json_snapshot!(json!({
        "nodes": constraints(nodes, false), "nodes alone": constraints(nodes, true),
        "zones": constraints(zones, false), "zones alone": constraints(zones, true),
    }));
}

#[test]
fn an_autoscaler_says_how_fast_only_where_it_was_asked_to() {
    let usual = Autoscaling { max: 4, cpu_percent: Some(70), ..Autoscaling::default() };
    let slow = Autoscaling {
        scale_down_seconds: 600,
        scale_up_seconds: 60,
        most_more_a_minute: Some(Amount::Count(2)),
        most_fewer_a_minute: Some(Amount::Percent(10)),
        ..usual.clone()
    };
    let spec_of = |scaling: Autoscaling| {
        let objects = of_kinds(&AppSpec { autoscaling: Some(scaling), ..spec() }, &["HorizontalPodAutoscaler"]);
        objects[0]["spec"].clone()
    };
    insta::assert_json_snapshot!(json!({ "usual": spec_of(usual), "slow": spec_of(slow) }));
}

#[test]
fn an_address_without_https_has_no_certificate() {
    let routes = vec![app::model::Route::new("shop.example.org", "/")];
    let routing = Routing { https: false, routes, ..Routing::default() };
    insta::assert_json_snapshot!(of_kinds(&AppSpec { routing: Some(routing), ..spec() }, &["Ingress"]));
}

#[test]
fn what_outlives_pods_is_of_the_class_that_was_asked_for() {
    let form = SpecForm {
        image: IMAGE.into(),
        data_path: "/var/lib/db".into(),
        data_size: "1Gi".into(),
        ..SpecForm::starter()
    };
    let mut spec = form.parse().expect("valid").0;
    let claim = spec.volumes[0].claim.as_mut().expect("a claim");
    claim.class = Some("fast".into());
    let objects = of_kinds(&spec, &["StatefulSet"]);
    insta::assert_json_snapshot!(objects[0]["spec"]["volumeClaimTemplates"]);
}
