//! A real Kubernetes, asked with exactly the rights that connecting a cluster lists: they are enough to make a tenant's
//! namespace. The kubeconfig is the one that `LONGSHORE_TEST_KUBECONFIG` names, which `make test` sets; without it this says so and passes.

use std::{collections::BTreeSet, time::Duration};

use app::model::{Bytes, ClusterId, ClusterRight, CpuMillis, NamespaceId, Quota, TenantId};
use k8s_openapi::api::{
    authentication::v1::TokenRequest,
    core::v1::ServiceAccount,
    rbac::v1::{ClusterRole, ClusterRoleBinding},
};
use kube::{
    Api, Client,
    api::{DeleteParams, PostParams},
    config::{KubeConfigOptions, Kubeconfig},
};
use serde_json::{Value, json};
use server::{
    clock::Clock,
    kubernetes::{check::check, client::Identity, fleet::Fleet, kinds::ObjectRef, kubeconfig::Credentials},
    render::namespace::{Share, keepers, namespace},
};

/// The rule that grants a right. Its resource is `group/resource`, without the group in the first one of Kubernetes.
fn rule(right: &ClusterRight) -> Value {
    let (group, resource) = match right.resource.split_once('/') {
        Some(("pods", _)) | None => ("", right.resource.as_str()),
        Some(parts) => parts,
    };
    json!({ "apiGroups": [group], "resources": [resource], "verbs": [right.verb] })
}

/// A kubeconfig of a service account that has these rights in the whole cluster.
async fn kubeconfig_with(admin: &Client, text: &str, name: &str, rights: &[ClusterRight]) -> String {
    let accounts: Api<ServiceAccount> = Api::namespaced(admin.clone(), "default");
    let new = PostParams::default();
    let account = serde_json::from_value(json!({ "metadata": { "name": name } })).expect("an object");
    accounts.create(&new, &account).await.expect("an account");
    let rules: Vec<Value> = rights.iter().map(rule).collect();
    let role: ClusterRole =
        serde_json::from_value(json!({ "metadata": { "name": name }, "rules": rules })).expect("an object");
    Api::all(admin.clone()).create(&new, &role).await.expect("a role");
    let binding: ClusterRoleBinding = serde_json::from_value(json!({
        "metadata": { "name": name },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name },
        "subjects": [{ "kind": "ServiceAccount", "name": name, "namespace": "default" }],
    }))
    .expect("an object");
    Api::all(admin.clone()).create(&new, &binding).await.expect("a binding");
    let asked: TokenRequest =
        serde_json::from_value(json!({ "metadata": {}, "spec": { "audiences": [] } })).expect("an object");
    let token = accounts.create_token_request(name, &new, &asked).await.expect("a token");
    let token = token.status.expect("granted").token;
    let lab: Kubeconfig = serde_saphyr::from_str(text).expect("a kubeconfig");
    let cluster = lab.clusters[0].cluster.as_ref().expect("a cluster");
    json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "exact",
        "contexts": [{ "name": "exact", "context": { "cluster": "lab", "user": "exact" } }],
        "clusters": [{ "name": "lab", "cluster": {
            "server": cluster.server, "certificate-authority-data": cluster.certificate_authority_data,
        } }],
        "users": [{ "name": "exact", "user": { "token": token } }],
    })
    .to_string()
}

#[tokio::test]
async fn the_rights_that_are_asked_for_are_enough_for_a_namespace() {
    let Ok(path) = std::env::var("LONGSHORE_TEST_KUBECONFIG") else {
        eprintln!("LONGSHORE_TEST_KUBECONFIG is not set: not tested against a real Kubernetes");
        return;
    };
    let text = std::fs::read_to_string(path).expect("the kubeconfig can be read");
    let clock = Clock::system();
    let all = check(&Credentials::parse(&text, clock.now()).expect("good")).await.expect("the cluster answers").rights;
    let once: BTreeSet<_> = all.iter().map(|r| (&r.verb, &r.resource)).collect();
    assert_eq!(once.len(), all.len(), "no right is asked for twice");
    let needed: Vec<ClusterRight> = all.into_iter().filter(|right| right.required).collect();

    let config = serde_saphyr::from_str(&text).expect("a kubeconfig");
    let config = kube::Config::from_custom_kubeconfig(config, &KubeConfigOptions::default()).await.expect("usable");
    let admin = Client::try_from(config).expect("usable");
    let name = format!("longshore-test-{}", &clock.uuid().simple().to_string()[20..]);
    let exact = kubeconfig_with(&admin, &text, &name, &needed).await;
    let credentials = Credentials::parse(&exact, clock.now()).expect("good");
    // The API server learns of a new binding by its own watch.
    let mut usable = false;
    for _ in 0..100 {
        usable = check(&credentials).await.is_ok_and(|found| found.usable());
        if usable {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(usable, "what is required is granted");

    let fleet = Fleet::new(clock.clone());
    let cluster = fleet.connect(ClusterId(clock.uuid()), "lab", 1, &credentials).await.expect("usable");
    let share = Share {
        id: NamespaceId(clock.uuid()),
        tenant: TenantId(clock.uuid()),
        name: &name,
        quota: Quota { cpu: CpuMillis(1000), memory: Bytes(1 << 30), pods: 10 },
    };
    for object in std::iter::once(namespace(&share)).chain(keepers(&share)) {
        cluster.apply(&Identity::Platform, &object).await.unwrap_or_else(|e| panic!("{}: {e:?}", object["kind"]));
    }
    let there = ObjectRef::cluster("v1", "Namespace", &name);
    assert_eq!(cluster.delete(&Identity::Platform, &there, None).await, Ok(true));
    let gone = DeleteParams::default();
    Api::<ClusterRoleBinding>::all(admin.clone()).delete(&name, &gone).await.expect("deleted");
    Api::<ClusterRole>::all(admin.clone()).delete(&name, &gone).await.expect("deleted");
    Api::<ServiceAccount>::namespaced(admin, "default").delete(&name, &gone).await.expect("deleted");
}
