//! What has a name that something else had before: nothing of the former is found by it.

use app::model::{ClusterId, PodQuery};
use serde_json::json;
use uuid::Uuid;

use super::{
    index::{Index, Scope},
    tests::{gone, pod, pods, put, uid},
    wire,
};

#[test]
fn what_happened_in_a_namespace_is_not_shown_to_the_next_of_its_name() {
    let index = Index::default();
    let space = |created: &str| json!({ "metadata": { "name": "shop", "creationTimestamp": created, "labels": { "longshore.dev/tenant": "t" } } });
    let event = |n: i64| {
        json!({
            "metadata": { "name": "e", "namespace": "shop", "uid": uid(&n.to_string()) },
            "involvedObject": { "kind": "Pod", "name": "p", "namespace": "shop" }, "type": "Warning", "reason": "r",
            "message": n.to_string(), "lastTimestamp": jiff::Timestamp::from_second(n).expect("valid").to_string(),
        })
    };
    let shown = || index.read().events.newest().map(|e| e.message.to_string()).collect::<Vec<_>>();
    put::<wire::Namespace>(&index, [space("1970-01-01T00:00:50Z")]);
    put::<wire::Event>(&index, [event(100), event(101)]);
    // Kubernetes deletes what is in a namespace first; that alone does not make it forgotten.
    gone::<wire::Event>(&index, event(100));
    assert_eq!(shown(), ["101", "100"]);
    gone::<wire::Namespace>(&index, space("1970-01-01T00:00:50Z"));
    assert_eq!(shown(), [""; 0]);
    // It may come after the namespace has gone, over a stream of its own.
    put::<wire::Event>(&index, [event(102), event(300)]);
    put::<wire::Namespace>(&index, [space("1970-01-01T00:03:20Z")]);
    assert_eq!(shown(), ["300"]);
}

#[test]
fn a_pod_that_is_given_another_name_is_found_by_it_alone() {
    let index = Index::default();
    put::<wire::Pod>(&index, ["a", "m", "p"].map(|name| pod("shop", name, "n1")));
    let mut renamed = pod("shop", "a", "n1");
    renamed["metadata"]["name"] = "zzz".into();
    put::<wire::Pod>(&index, [renamed.clone()]);
    let names = || {
        let query = PodQuery { cluster: ClusterId(Uuid::nil()).to_string(), ..PodQuery::default() };
        pods(&index, query, Scope::All).0
    };
    assert_eq!(names(), ["shop/m", "shop/p", "shop/zzz"]);
    gone::<wire::Pod>(&index, renamed);
    assert_eq!(names(), ["shop/m", "shop/p"]);
}
