//! The index, fed by what a cluster would send and without one.

use app::model::{AppId, ClusterId, NodeQuery, NodeState, PageRequest, PodQuery, PodState};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    index::{Change, Index, NodeFilter, PodFilter, Scope, Watched},
    wire,
};

pub(super) fn put<T: Watched>(index: &Index, objects: impl IntoIterator<Item = Value>) {
    put_in::<T>(index, 1, objects);
}

fn put_in<T: Watched>(index: &Index, epoch: u32, objects: impl IntoIterator<Item = Value>) {
    let read = |object| Change::Put(T::deserialize(object).expect("the object can be read"));
    index.apply(objects.into_iter().map(read).collect(), epoch);
}

pub(super) fn gone<T: Watched>(index: &Index, object: Value) {
    index.apply(vec![Change::Gone(T::deserialize(object).expect("the object can be read"))], 1);
}

pub(super) fn uid(text: &str) -> String {
    use sha2::Digest as _;
    let hash = sha2::Sha256::digest(text);
    Uuid::from_slice(&hash[..16]).expect("16 bytes").to_string()
}

pub(super) fn pod(namespace: &str, name: &str, node: &str) -> Value {
    json!({
        "metadata": {
            "name": name, "namespace": namespace, "uid": uid(&format!("{namespace}/{name}")), "resourceVersion": "7",
            "creationTimestamp": "2026-01-05T08:00:00Z", "managedFields": [{ "fieldsV1": { "f:spec": {} } }],
            "labels": { "app.kubernetes.io/name": name.split('-').next() },
        },
        "spec": {
            "nodeName": node,
            "containers": [{ "name": "app", "image": "x", "resources": { "requests": { "cpu": "100m", "memory": "128Mi" } } }],
        },
        "status": {
            "phase": "Running", "podIP": "10.0.0.7",
            "conditions": [{ "type": "Ready", "status": "True", "lastTransitionTime": "2026-01-05T08:00:05Z" }],
            "containerStatuses": [{ "name": "app", "ready": true, "restartCount": 2, "state": { "running": {} } }],
        },
    })
}

pub(super) fn node(name: &str) -> Value {
    json!({
        "metadata": { "name": name, "uid": uid(name), "labels": {
            "node-role.kubernetes.io/worker": "", "zone": "a",
        } },
        "spec": {},
        "status": {
            "allocatable": { "cpu": "4", "memory": "8Gi", "pods": "110" },
            "conditions": [{ "type": "Ready", "status": "True", "reason": "KubeletReady" }],
            "addresses": [{ "type": "Hostname", "address": name }, { "type": "InternalIP", "address": "10.1.0.1" }],
            "nodeInfo": { "kubeletVersion": "v1.34.4", "osImage": "Debian" },
        },
    })
}

pub(super) fn pods(index: &Index, query: PodQuery, scope: Scope) -> (Vec<String>, u64) {
    let page = PageRequest::parse(query.page.as_deref(), query.per_page.as_deref());
    let page = index.pods(&PodFilter::parse(&query, scope), page);
    (page.rows.into_iter().map(|r| format!("{}/{}", r.namespace, r.name)).collect(), page.total)
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn rows_are_read_filtered_sorted_and_paged() {
    let index = Index::default();
    put::<wire::Pod>(&index, [pod("b", "web-1", "n2"), pod("a", "web-2", "n1"), pod("a", "db-1", "n2")]);
    let mut crashing = pod("b", "job-1", "n1");
    crashing["status"]["containerStatuses"][0] = json!({
        "name": "app", "ready": false, "restartCount": 9,
        "state": { "waiting": { "reason": "CrashLoopBackOff", "message": "back-off" } },
        "lastState": { "terminated": { "exitCode": 137, "reason": "OOMKilled" } },
    });
    put::<wire::Pod>(&index, [crashing]);

    let all = |query| pods(&index, query, Scope::All).0;
    assert_eq!(all(PodQuery::default()), ["a/db-1", "a/web-2", "b/job-1", "b/web-1"]);
    assert_eq!(
        all(PodQuery { sort: some("name"), ..PodQuery::default() }),
        ["a/db-1", "b/job-1", "b/web-1", "a/web-2"]
    );
    assert_eq!(all(PodQuery { sort: some("-restarts"), per_page: some("2"), ..PodQuery::default() })[0], "b/job-1");
    assert_eq!(all(PodQuery { q: some("WEB"), ..PodQuery::default() }), ["a/web-2", "b/web-1"]);
    assert_eq!(all(PodQuery { q: some("node=n1"), ..PodQuery::default() }), ["a/web-2", "b/job-1"]);
    assert_eq!(all(PodQuery { q: some("app=web namespace=b"), ..PodQuery::default() }), ["b/web-1"]);
    assert_eq!(all(PodQuery { state: some("failing"), ..PodQuery::default() }), ["b/job-1"]);
    assert_eq!(all(PodQuery { state: some("running"), sort: some("-node"), ..PodQuery::default() })[2], "a/web-2");
    let second = PodQuery { per_page: some("3"), page: some("2"), ..PodQuery::default() };
    assert_eq!(pods(&index, second, Scope::All), (vec!["b/web-1".to_owned()], 4));

    let row = index
        .pods(
            &PodFilter::parse(&PodQuery { q: some("job"), ..PodQuery::default() }, Scope::All),
            PageRequest::parse(None, None),
        )
        .rows
        .remove(0);
    assert_eq!((row.state, row.reason.as_str(), row.restarts), (PodState::Failing, "CrashLoopBackOff", 9));
    assert_eq!((row.ready, row.containers, row.cpu.0, row.memory.0), (0, 1, 100, 128 << 20));
}

#[test]
fn a_tenant_sees_its_namespaces_whatever_it_asks_for() {
    let index = Index::default();
    put::<wire::Pod>(&index, [pod("a", "web-1", "n"), pod("b", "web-2", "n"), pod("c", "web-3", "n")]);
    let scope = || Scope::namespaces(vec!["c".to_owned(), "a".to_owned()]);
    for sort in ["", "name", "node", "-age", "restarts", "state"] {
        let (mut rows, total) = pods(&index, PodQuery { sort: some(sort), ..PodQuery::default() }, scope());
        rows.sort();
        assert_eq!((rows, total), (vec!["a/web-1".to_owned(), "c/web-3".to_owned()], 2), "{sort}");
    }
    for query in [
        PodQuery { namespace: some("b"), ..PodQuery::default() },
        PodQuery { q: some("namespace=b"), ..PodQuery::default() },
        PodQuery { q: some("web-2"), sort: some("name"), ..PodQuery::default() },
    ] {
        assert_eq!(pods(&index, query.clone(), scope()), (vec![], 0), "{query:?}");
    }
    let by_node = PodQuery { node: some("n"), ..PodQuery::default() };
    assert_eq!(pods(&index, by_node, scope()).1, 2);
    assert_eq!(index.find_pods(&scope(), "web", 9).len(), 2);
    assert_eq!(index.summary_of(&scope()).pods, 2);
}

#[test]
fn orders_stay_right_while_pods_come_and_go() {
    // What is worked out once and kept must never be shown when it is not true any more: compare with a fresh
    // index after each change.
    let index = Index::default();
    let mut there: Vec<Value> = Vec::new();
    let queries = [
        PodQuery::default(),
        PodQuery { sort: some("name"), q: some("p"), ..PodQuery::default() },
        PodQuery { sort: some("-restarts"), per_page: some("5"), ..PodQuery::default() },
        PodQuery { sort: some("node"), per_page: some("7"), page: some("2"), ..PodQuery::default() },
        PodQuery { state: some("failing"), ..PodQuery::default() },
        PodQuery { namespace: some("ns-1"), sort: some("-name"), ..PodQuery::default() },
    ];
    let mut seed = 7_u64;
    let mut next = |most: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % most
    };
    for step in 0..400 {
        match next(6) {
            0 if !there.is_empty() => {
                let at = usize::try_from(next(there.len() as u64)).expect("small");
                gone::<wire::Pod>(&index, there.swap_remove(at));
            }
            1..=3 if !there.is_empty() => {
                let at = usize::try_from(next(there.len() as u64)).expect("small");
                there[at]["status"]["containerStatuses"][0]["restartCount"] = json!(next(50));
                let failing = if next(2) == 0 {
                    json!({ "waiting": { "reason": "CrashLoopBackOff" } })
                } else {
                    json!({ "running": {} })
                };
                there[at]["status"]["containerStatuses"][0]["state"] = failing;
                put::<wire::Pod>(&index, [there[at].clone()]);
            }
            _ => {
                let new =
                    pod(&format!("ns-{}", next(3)), &format!("p-{step}-{}", next(100)), &format!("n-{}", next(4)));
                there.push(new.clone());
                put::<wire::Pod>(&index, [new]);
            }
        }
        let fresh = Index::default();
        put::<wire::Pod>(&fresh, there.clone());
        for query in &queries {
            let (mine, theirs) = (pods(&index, query.clone(), Scope::All), pods(&fresh, query.clone(), Scope::All));
            assert_eq!(mine, theirs, "step {step}: {query:?}");
        }
        assert_eq!(index.summary().pods_by_phase, fresh.summary().pods_by_phase);
        assert_eq!(index.namespace_used("ns-1"), fresh.namespace_used("ns-1"));
    }
    assert!(there.len() > 20, "the walk was too short: {}", there.len());
}

#[test]
fn sums_follow_pods_and_leave_out_those_that_ended() {
    let index = Index::default();
    put::<wire::Node>(&index, [node("n1")]);
    put::<wire::Pod>(&index, [pod("a", "web-1", "n1"), pod("a", "web-2", "n1")]);
    let room = || index.node_room().remove(0);
    assert_eq!((room().cpu_free.0, room().pods_free), (3800, 108));
    let mut done = pod("a", "web-1", "n1");
    done["status"]["phase"] = json!("Succeeded");
    put::<wire::Pod>(&index, [done]);
    assert_eq!((room().cpu_free.0, room().memory_free.0, room().pods_free), (3900, (8 << 30) - (128 << 20), 109));
    assert_eq!(index.namespace_used("a").pods, 1);
    gone::<wire::Pod>(&index, pod("a", "web-2", "n1"));
    assert_eq!(room().cpu_free.0, 4000);
    assert_eq!(index.summary().pods_by_phase, [("Succeeded".to_owned(), 1)]);

    let mut sidecar = pod("a", "web-3", "n1");
    sidecar["spec"]["initContainers"] = json!([
        { "restartPolicy": "Always", "resources": { "requests": { "cpu": "50m" } } },
        { "resources": { "requests": { "cpu": "1" } } },
    ]);
    put::<wire::Pod>(&index, [sidecar]);
    // The one that runs before needs 1 core beside the 50m; that is more than 100m + 50m.
    assert_eq!(room().cpu_free.0, 4000 - 1050);
}

#[test]
fn nodes_tell_their_state_and_are_found_by_label_role_and_address() {
    let index = Index::default();
    let mut cordoned = node("n2");
    cordoned["spec"] = json!({ "unschedulable": true, "taints": [{ "key": "k", "effect": "NoSchedule" }] });
    let mut dead = node("n3");
    dead["status"]["conditions"][0]["status"] = json!("Unknown");
    dead["metadata"]["labels"] = json!({ "zone": "b" });
    put::<wire::Node>(&index, [dead, node("n1"), cordoned]);
    let names = |query: NodeQuery| -> Vec<String> {
        index
            .nodes(&NodeFilter::parse(&query), PageRequest::parse(None, None))
            .rows
            .into_iter()
            .map(|n| n.name)
            .collect()
    };
    let q = |text: &str| NodeQuery { q: some(text), ..NodeQuery::default() };
    assert_eq!(names(NodeQuery::default()), ["n1", "n2", "n3"]);
    assert_eq!(names(NodeQuery { sort: some("-name"), ..NodeQuery::default() }), ["n3", "n2", "n1"]);
    assert_eq!(names(q("zone=b")), ["n3"]);
    assert_eq!(names(q("worker")), ["n1", "n2"]);
    assert_eq!(names(q("10.1.0")), ["n1", "n2", "n3"]);
    assert_eq!(names(NodeQuery { state: some("cordoned"), ..NodeQuery::default() }), ["n2"]);
    assert_eq!(names(NodeQuery { state: some("not_ready"), ..NodeQuery::default() }), ["n3"]);
    let view = index.node("n2").expect("there");
    assert_eq!((view.row.state, view.taints[0].effect.as_str()), (NodeState::Cordoned, "NoSchedule"));
    assert_eq!(index.counts(), (3, 2, 0));
    let room: Vec<bool> = index.node_room().iter().map(|r| r.schedulable).collect();
    assert_eq!(room, [true, false, false]);
}

#[test]
fn a_list_drops_what_it_does_not_show() {
    let index = Index::default();
    put_in::<wire::Pod>(&index, 1, [pod("a", "x", "n"), pod("a", "y", "n")]);
    put_in::<wire::Node>(&index, 1, [node("n1"), node("n2")]);
    let before = index.namespace_changes("a");
    put_in::<wire::Pod>(&index, 2, [pod("a", "y", "n")]);
    assert_eq!(index.namespace_changes("a"), before, "the same pod again is no change");
    index.sweep::<wire::Pod>(2);
    assert_eq!(pods(&index, PodQuery::default(), Scope::All).0, ["a/y"]);
    assert!(index.namespace_changes("a") > before);
    put_in::<wire::Node>(&index, 2, [node("n2")]);
    index.sweep::<wire::Node>(2);
    assert_eq!(index.counts(), (1, 1, 1));
}

#[test]
fn nothing_is_told_when_nothing_that_is_kept_has_changed() {
    let index = Index::default();
    put::<wire::Pod>(&index, [pod("a", "x", "n")]);
    put::<wire::Node>(&index, [node("n1")]);
    let mut changes = index.changes();
    changes.mark_unchanged();
    let mut beat = node("n1");
    beat["status"]["conditions"][0]["lastHeartbeatTime"] = json!("2026-02-01T00:00:00Z");
    beat["metadata"]["resourceVersion"] = json!("99");
    put::<wire::Node>(&index, [beat]);
    put::<wire::Pod>(&index, [pod("a", "x", "n")]);
    assert!(!changes.has_changed().expect("the index is there"));
    gone::<wire::Pod>(&index, pod("a", "x", "n"));
    assert!(changes.has_changed().expect("the index is there"));
}

#[test]
fn an_application_is_seen_whole() {
    let app = AppId(Uuid::from_u128(5));
    let index = Index::default();
    let labels =
        |release: u32| json!({ "longshore.dev/app": app.to_string(), "longshore.dev/release": release.to_string() });
    put::<wire::Namespace>(
        &index,
        [json!({ "metadata": { "name": "shop", "labels": { "longshore.dev/tenant": "t" } } })],
    );
    put::<wire::Deployment>(
        &index,
        [json!({
            "metadata": { "name": "web", "namespace": "shop", "uid": uid("web"), "generation": 3, "labels": labels(2),
                "annotations": { "deployment.kubernetes.io/revision": "2" } },
            "spec": { "replicas": 2 },
            "status": { "observedGeneration": 3, "replicas": 3, "updatedReplicas": 1, "readyReplicas": 2,
                "conditions": [{ "type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded" }] },
        })],
    );
    let mut old = pod("shop", "web-5d4f9c7b8d-aaaaa", "n");
    old["metadata"]["labels"] = labels(1);
    let mut new = pod("shop", "web-77c6b9f5d4-bbbbb", "");
    new["metadata"]["labels"] = labels(2);
    new["status"] = json!({ "phase": "Pending", "conditions": [
        { "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/2 nodes are available" },
    ] });
    let event = |name: &str, about: &str, kind: &str, at: &str| {
        json!({
            "metadata": { "name": name, "namespace": "shop", "uid": uid(name) },
            "involvedObject": { "kind": kind, "name": about, "namespace": "shop" },
            "type": "Warning", "reason": "FailedScheduling", "message": name, "lastTimestamp": at, "count": 3,
        })
    };
    put::<wire::Pod>(&index, [old, new, pod("shop", "website-1", "n")]);
    put::<wire::Event>(
        &index,
        [
            event("e1", "web-77c6b9f5d4-bbbbb", "Pod", "2026-01-05T08:00:00Z"),
            event("e2", "website-1", "Pod", "2026-01-05T08:00:01Z"),
            event("e3", "web-77c6b9f5d4", "ReplicaSet", "2026-01-05T08:00:02Z"),
            event("e4", "web-66c6b9f5d4-ccccc", "Pod", "2026-01-05T08:00:03Z"),
        ],
    );
    let view = index.app_view("shop", app).expect("there");
    let deployment = view.workload.expect("there");
    assert_eq!((deployment.release, deployment.updated, deployment.observed_generation), (Some(2), 1, 3));
    assert_eq!(deployment.conditions[0].reason, "ProgressDeadlineExceeded");
    let releases: Vec<_> = view.pods.iter().map(|p| p.release).collect();
    assert_eq!(releases, [Some(1), Some(2)]);
    assert!(view.pods[0].ready_since.is_some() && view.pods[1].ready_since.is_none());
    assert_eq!(view.pods[1].unschedulable.as_deref(), Some("0/2 nodes are available"));
    let events: Vec<_> = view.events.iter().map(|e| e.message.as_str()).collect();
    assert_eq!(events, ["e4", "e3", "e1"]);
    assert_eq!(index.app_view("other", app), None);
    assert_eq!(index.app_view("shop", AppId(Uuid::nil())), None);
}

#[test]
fn quotas_are_the_tightest_of_those_that_are_there() {
    let index = Index::default();
    let quota = |name: &str, hard: Value| json!({ "metadata": { "name": name, "namespace": "shop", "uid": uid(name) }, "spec": { "hard": hard } });
    assert_eq!(index.quota("shop"), None);
    put::<wire::ResourceQuota>(
        &index,
        [
            quota("q1", json!({ "requests.cpu": "4", "requests.memory": "8Gi", "pods": "20" })),
            quota("q2", json!({ "cpu": "2500m" })),
        ],
    );
    let found = index.quota("shop").expect("there");
    assert_eq!((found.cpu.0, found.memory.0, found.pods), (2500, 8 << 30, 20));
}

#[test]
fn events_are_bounded_and_a_noisy_cluster_does_not_push_out_a_tenants() {
    let index = Index::default();
    put::<wire::Namespace>(
        &index,
        [json!({ "metadata": { "name": "shop", "labels": { "longshore.dev/tenant": "t" } } })],
    );
    let event = |n: i64, namespace: &str| {
        json!({
            "metadata": { "name": "e", "namespace": namespace, "uid": uid(&format!("{namespace}{n}")) },
            "involvedObject": { "kind": "Pod", "name": "p", "namespace": namespace }, "type": "Warning", "reason": "r",
            "message": n.to_string(), "lastTimestamp": jiff::Timestamp::from_second(n).expect("valid").to_string(),
        })
    };
    put::<wire::Event>(&index, [event(1, "shop")]);
    put::<wire::Event>(&index, (10..5000).map(|n| event(n, "noise")));
    assert_eq!(index.read().events.newest().count(), 2001);
    assert_eq!(index.read().events.newest().last().map(|e| e.at), Some(1000));
    assert_eq!(index.summary().warnings[0].message, "4999");
}

#[test]
fn an_object_that_is_full_of_nulls_is_read() {
    let index = Index::default();
    put::<wire::Pod>(
        &index,
        [json!({
            "metadata": { "name": "x", "namespace": "a", "uid": "not-a-uuid", "creationTimestamp": null },
            "spec": {}, "status": {},
        })],
    );
    assert_eq!(
        pods(&index, PodQuery { cluster: ClusterId(Uuid::nil()).to_string(), ..PodQuery::default() }, Scope::All).1,
        1
    );
}
