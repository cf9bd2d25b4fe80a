//! A real Kubernetes: the kubeconfig that `LONGSHORE_TEST_KUBECONFIG` names, which `make test` sets. Without it
//! these tests say so and pass.

use std::{sync::Arc, time::Duration};

use app::model::{AppId, ClusterId, ClusterState, PageRequest, PodQuery, TenantId};
use serde_json::json;
use server::{
    clock::Clock,
    kubernetes::{
        check::check,
        client::{Identity, TENANTS_GROUP, tenant_user},
        fault::ClusterError,
        fleet::{Cluster, Fleet},
        index::{NodeFilter, PodFilter, Scope},
        kinds::ObjectRef,
        kubeconfig::{Credentials, KubeconfigFault},
    },
};
use uuid::Uuid;

fn kubeconfig() -> Option<String> {
    let Ok(path) = std::env::var("LONGSHORE_TEST_KUBECONFIG") else {
        eprintln!("LONGSHORE_TEST_KUBECONFIG is not set: not tested against a real Kubernetes");
        return None;
    };
    Some(std::fs::read_to_string(path).expect("the kubeconfig can be read"))
}

/// The kubeconfig with another value in one place.
fn altered(text: &str, key: &str, value: &str) -> String {
    let line = text.lines().find(|line| line.trim_start().starts_with(&format!("{key}:"))).expect("the key is there");
    let indent = &line[..line.len() - line.trim_start().len()];
    text.replace(line, &format!("{indent}{key}: {value}"))
}

fn value(text: &str, key: &str) -> String {
    let line = text.lines().find(|line| line.trim_start().starts_with(&format!("{key}:"))).expect("the key is there");
    line.split_once(':').expect("a colon").1.trim().to_owned()
}

async fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..600 {
        if let Some(found) = look() {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("waited 30 s in vain until {what}");
}

async fn connected(text: &str) -> (Fleet, Arc<Cluster>) {
    let clock = Clock::system();
    let credentials = Credentials::parse(text, clock.now()).expect("the lab's kubeconfig is good");
    let fleet = Fleet::new(clock.clone());
    let cluster = fleet.connect(ClusterId(clock.uuid()), "lab", 1, &credentials).await.expect("usable");
    let live = Arc::clone(&cluster);
    until("the cluster is live", move || (live.state() == ClusterState::Live).then_some(())).await;
    (fleet, cluster)
}

#[tokio::test]
async fn a_good_kubeconfig_leads_to_a_cluster_with_all_rights() {
    let Some(text) = kubeconfig() else { return };
    let credentials = Credentials::parse(&text, Clock::system().now()).expect("good");
    let found = check(&credentials).await.expect("the cluster answers");
    assert!(found.version.starts_with("v1."), "{}", found.version);
    assert!(!found.user.is_empty());
    assert!(found.usable(), "{:?}", found.rights);
    let stored = Credentials::from_stored(&credentials.to_stored()).expect("what is kept can be read");
    assert_eq!(check(&stored).await.expect("the cluster answers").user, found.user);
}

#[tokio::test]
async fn each_way_to_fail_has_its_own_answer() {
    let Some(text) = kubeconfig() else { return };
    let now = Clock::system().now();
    let answer = |text: String| async move {
        let credentials = Credentials::parse(&text, now).expect("well-formed");
        check(&credentials).await.expect_err("it must be refused")
    };
    // Nobody listens on the discard port of this machine.
    let nobody = altered(&text, "server", "https://127.0.0.1:9");
    assert!(matches!(answer(nobody).await, ClusterError::Unreachable(_)));

    // The client's certificate is one, but no authority of this server.
    let other = value(&text, "client-certificate-data");
    let wrong = answer(altered(&text, "certificate-authority-data", &other)).await;
    assert!(matches!(wrong, ClusterError::WrongAuthority), "{wrong:?}");

    let mut unknown = String::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with("client-")) {
        unknown.push_str(line);
        unknown.push('\n');
    }
    let unknown = if unknown.contains("user: {}") {
        unknown.replace("user: {}", "user:\n    token: nonsense")
    } else {
        unknown.replace("  user:\n", "  user:\n    token: nonsense\n")
    };
    assert_eq!(answer(unknown).await, ClusterError::Unauthorized);

    // Years later the same kubeconfig is refused before anything is sent.
    let later = Credentials::parse(&text, now + 40 * 365 * 86_400_000).expect_err("expired");
    assert!(matches!(later, KubeconfigFault::Expired(_)), "{later:?}");
}

#[tokio::test]
async fn a_tenant_acts_within_its_rights_only() {
    let Some(text) = kubeconfig() else { return };
    let (_fleet, cluster) = connected(&text).await;
    let clock = Clock::system();
    let tenant = TenantId(clock.uuid());
    let name = format!("longshore-test-{}", &clock.uuid().simple().to_string()[20..]);
    let mine = Identity::Tenant(tenant);
    let namespace = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } });
    let object = ObjectRef::cluster("v1", "Namespace", &name);
    cluster.apply(&Identity::Platform, &namespace).await.expect("the platform makes namespaces");

    let config = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": { "name": "settings", "namespace": name, "labels": { "longshore.dev/app": "x" } },
        "data": { "colour": "blue" },
    });
    let refused = cluster.apply(&mine, &config).await.expect_err("no rights yet");
    assert!(matches!(refused, ClusterError::Forbidden { .. }), "{refused:?}");

    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": { "name": "t", "namespace": name },
        "rules": [{ "apiGroups": [""], "resources": ["configmaps"], "verbs": ["*"] }],
    });
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": { "name": "t", "namespace": name },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "t" },
        "subjects": [{ "apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": tenant_user(tenant) }],
    });
    for object in [&role, &binding] {
        cluster.apply(&Identity::Platform, object).await.expect("the platform grants rights");
    }
    // The API server learns of a new binding by its own watch.
    let mut made = None;
    for _ in 0..100 {
        match cluster.apply(&mine, &config).await {
            Ok(applied) => {
                made = Some(applied);
                break;
            }
            Err(ClusterError::Forbidden { .. }) => tokio::time::sleep(Duration::from_millis(50)).await,
            Err(e) => panic!("{e:?}"),
        }
    }
    let made = made.expect("the tenant has the right now");
    let again = cluster.apply(&mine, &config).await.expect("doing it twice is doing it once");
    assert_eq!(again.resource_version, made.resource_version);

    let mut wrong = config.clone();
    wrong["data"] = json!({ "colour": 7 });
    let invalid = cluster.dry_run(&mine, &wrong).await.expect_err("not a string");
    assert!(matches!(invalid, ClusterError::Invalid { .. } | ClusterError::Other(_)), "{invalid:?}");
    let kinds = [("v1", "ConfigMap")];
    let listed = cluster.list_labelled(&mine, &name, &kinds, "longshore.dev/app=x").await.expect("may list");
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0]["kind"], "ConfigMap");
    let config_ref = ObjectRef::of(&config).expect("named");
    let conflict = cluster.delete(&mine, &config_ref, Some(&Uuid::nil().to_string())).await.expect_err("another uid");
    assert!(matches!(conflict, ClusterError::Conflict(_)), "{conflict:?}");
    assert_eq!(cluster.delete(&mine, &config_ref, Some(&made.uid)).await, Ok(true));
    // Foreground deletion leaves it until the garbage collector has seen that it owns nothing.
    for _ in 0..200 {
        if cluster.get(&mine, &config_ref).await == Ok(None) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(cluster.get(&mine, &config_ref).await, Ok(None));
    assert_eq!(cluster.delete(&mine, &config_ref, None).await, Ok(false));
    assert!(TENANTS_GROUP.starts_with("longshore:"));
    assert_eq!(cluster.delete(&Identity::Platform, &object, None).await, Ok(true));
}

#[tokio::test]
async fn the_index_follows_the_cluster() {
    let Some(text) = kubeconfig() else { return };
    let (fleet, cluster) = connected(&text).await;
    let clock = Clock::system();
    let (nodes, ready, _) = cluster.index().counts();
    assert!(nodes > 0 && ready > 0);
    let page =
        cluster.index().nodes(&NodeFilter::parse(&app::model::NodeQuery::default()), PageRequest::parse(None, None));
    assert_eq!(page.total, u64::from(nodes));
    assert!(page.rows.iter().all(|n| !n.version.is_empty() && n.capacity.cpu.0 > 0), "{page:?}");

    let name = format!("longshore-test-{}", &clock.uuid().simple().to_string()[20..]);
    let app = AppId(clock.uuid());
    let namespace = json!({
        "apiVersion": "v1", "kind": "Namespace",
        "metadata": { "name": name, "labels": { "longshore.dev/tenant": "test" } },
    });
    let labels = json!({ "longshore.dev/app": app.to_string(), "longshore.dev/release": "1" });
    let quota = json!({
        "apiVersion": "v1", "kind": "ResourceQuota", "metadata": { "name": "q", "namespace": name },
        "spec": { "hard": { "requests.cpu": "2", "requests.memory": "1Gi", "pods": "3" } },
    });
    // No node has such a label: the pods are made and wait, which needs no image.
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": { "name": "web", "namespace": name, "labels": labels },
        "spec": {
            "replicas": 2, "selector": { "matchLabels": { "longshore.dev/app": app.to_string() } },
            "template": { "metadata": { "labels": labels }, "spec": {
                "nodeSelector": { "longshore.dev/nowhere": "true" },
                "containers": [{ "name": "app", "image": "nothing", "resources": { "requests": { "cpu": "50m", "memory": "16Mi" } } }],
            } },
        },
    });
    let mut changes = cluster.index().changes();
    for object in [&namespace, &quota, &deployment] {
        cluster.apply(&Identity::Platform, object).await.expect("applied");
    }
    let began = tokio::time::Instant::now();
    changes.changed().await.expect("the index tells of changes");
    let live = Arc::clone(&cluster);
    let space = name.clone();
    let view = until("both pods wait to be scheduled", move || {
        let view = live.index().app_view(&space, app)?;
        (view.pods.len() == 2 && view.pods.iter().all(|p| p.unschedulable.is_some())).then_some(view)
    })
    .await;
    eprintln!("pods were seen unschedulable after {:?}", began.elapsed());
    assert_eq!(view.pods[0].release, Some(1));
    assert_eq!(view.workload.map(|d| (d.replicas, d.release)), Some((2, Some(1))));
    assert_eq!(cluster.index().quota(&name).map(|q| (q.cpu.0, q.pods)), Some((2000, 3)));
    assert_eq!(cluster.index().namespace_used(&name).cpu.0, 100);
    let query = PodQuery { namespace: Some(name.clone()), state: Some("pending".into()), ..PodQuery::default() };
    let scope = Scope::namespaces(vec![name.clone()]);
    let pods = cluster.index().pods(&PodFilter::parse(&query, scope), PageRequest::parse(None, None));
    assert_eq!(pods.total, 2);
    let live = Arc::clone(&cluster);
    let space = name.clone();
    until("the scheduler's event is there", move || {
        let view = live.index().app_view(&space, app)?;
        view.events.iter().any(|e| e.reason == "FailedScheduling").then_some(())
    })
    .await;

    let object = ObjectRef::cluster("v1", "Namespace", &name);
    assert_eq!(cluster.delete(&Identity::Platform, &object, None).await, Ok(true));
    let live = Arc::clone(&cluster);
    until("nothing of it is left", move || {
        (live.index().app_view(&name, app).is_none() && !live.index().has_namespace(&name)).then_some(())
    })
    .await;
    fleet.disconnect(cluster.id());
    assert!(fleet.get(cluster.id()).is_none());
    assert_ne!(cluster.state(), ClusterState::Live);
}
