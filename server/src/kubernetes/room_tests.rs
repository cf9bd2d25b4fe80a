//! What the index tells of room: on nodes, in a namespace, and where an application stands.

use app::model::AppId;
use serde_json::json;
use uuid::Uuid;

use super::{
    index::Index,
    tests::{gone, node, pod, put},
    wire,
};

#[test]
fn a_quota_counts_the_most_memory_and_a_node_what_is_kept() {
    let index = Index::default();
    put::<wire::Node>(&index, [node("n1")]);
    let mut limited = pod("a", "web-1", "n1");
    limited["spec"]["containers"][0]["resources"]["limits"] = json!({ "memory": "512Mi" });
    put::<wire::Pod>(&index, [limited.clone(), pod("a", "web-2", "n1")]);
    assert_eq!(index.namespace_used("a").memory.0, (512 + 128) << 20, "what has no limit may use what it asks for");
    assert_eq!(index.node_room()[0].memory_free.0, (8 << 30) - (256 << 20));
    gone::<wire::Pod>(&index, limited);
    assert_eq!(index.namespace_used("a").memory.0, 128 << 20);
}

#[test]
fn a_node_that_was_made_smaller_owes_what_its_pods_ask_for_beyond_it() {
    let index = Index::default();
    let mut small = node("n1");
    small["status"]["allocatable"] = json!({ "cpu": "150m", "memory": "8Gi", "pods": "1" });
    put::<wire::Node>(&index, [small]);
    put::<wire::Pod>(&index, [pod("a", "web-1", "n1"), pod("a", "web-2", "n1")]);
    let room = index.node_room().remove(0);
    assert_eq!((room.cpu_free.0, room.pods_free), (0, 0));
    assert_eq!((room.owed.cpu.0, room.owed.memory.0, room.owed.pods), (50, 0, 1));
}

#[test]
fn an_application_stands_where_its_pods_are_that_stay() {
    let index = Index::default();
    let app = AppId(Uuid::from_u128(7));
    let of_app = |name: &str, node: &str| {
        let mut pod = pod("a", name, node);
        pod["metadata"]["labels"]["longshore.dev/app"] = json!(app.to_string());
        pod
    };
    let mut ended = of_app("web-2", "n1");
    ended["status"]["phase"] = json!("Failed");
    let mut leaving = of_app("web-3", "n1");
    leaving["metadata"]["deletionTimestamp"] = json!("2026-01-05T09:00:00Z");
    put::<wire::Pod>(&index, [of_app("web-1", "n2"), ended, leaving, of_app("web-4", ""), pod("a", "other-1", "n1")]);
    let standing = index.standing("a", app);
    let standing: Vec<_> = standing.iter().map(|(node, name)| (&**node, name.as_str())).collect();
    assert_eq!(standing, [("n2", "web-1")]);
}
