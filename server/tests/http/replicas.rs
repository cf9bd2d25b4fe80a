//! What one replica connects, the others watch as well.

use std::collections::BTreeSet;

use app::model::{ClusterId, Permission};
use server::{
    auth::context::OpContext,
    database::clusters::{self, Cluster},
    services::clusters::keep_up,
};

use crate::support::Site;

/// Good credentials for a cluster that does not answer.
const KUBECONFIG: &str = r#"{
    "apiVersion": "v1", "kind": "Config", "current-context": "main",
    "contexts": [{ "name": "main", "context": { "cluster": "main", "user": "main" } }],
    "clusters": [{ "name": "main", "cluster": { "server": "https://127.0.0.1:1" } }],
    "users": [{ "name": "main", "user": { "token": "a-token" } }]
}"#;

async fn connect(site: &Site, name: &str, kubeconfig: &str) -> Cluster {
    let ctx = OpContext::system(site.parts.clock.clone());
    let id = ClusterId(ctx.clock().uuid());
    let kept = Cluster { id, name: name.into(), server: "https://127.0.0.1:1".into(), created_at: ctx.now() };
    let granted = ctx.require(Permission::ClusterManage).expect("the system may");
    let sealed = site.parts.vault.seal(&format!("cluster/{id}"), kubeconfig.as_bytes());
    clusters::insert(&site.parts.db, &ctx, granted, &kept, sealed).await.expect("a cluster");
    kept
}

#[tokio::test]
async fn clusters_of_another_replica_are_watched_until_it_disconnects_them() {
    let site = Site::start().await;
    site.admin().await;
    let beside = site.beside().await;
    let mut unusable = BTreeSet::new();
    let watched = || beside.parts.fleet.all().iter().map(|cluster| cluster.name().to_owned()).collect::<Vec<_>>();

    let kept = connect(&site, "harbour", KUBECONFIG).await;
    let broken = connect(&site, "wreck", "no kubeconfig").await;
    keep_up(&beside.parts, &mut unusable).await.expect("a read");
    assert_eq!(watched(), ["harbour"]);
    assert_eq!(unusable, BTreeSet::from([broken.id]));
    let before = beside.parts.fleet.get(kept.id).expect("watched");
    keep_up(&beside.parts, &mut unusable).await.expect("a read");
    let after = beside.parts.fleet.get(kept.id).expect("watched");
    assert!(std::sync::Arc::ptr_eq(&before, &after), "what is watched stays as it is");

    let ctx = OpContext::system(site.parts.clock.clone());
    let granted = ctx.require(Permission::ClusterManage).expect("the system may");
    assert_eq!(clusters::remove(&site.parts.db, &ctx, granted, &kept).await.expect("a write"), 0);
    keep_up(&beside.parts, &mut unusable).await.expect("a read");
    assert_eq!(watched(), [""; 0]);
}
