//! What one replica connects, the others watch as well.

use std::collections::BTreeSet;

use app::model::{ClusterId, Permission};
use server::{
    auth::context::OpContext,
    database::{
        DatabaseError,
        clusters::{self, Cluster},
    },
    services::following::keep_up,
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
    let server = "https://127.0.0.1:1".into();
    let kept = Cluster { id, name: name.into(), server, created_at: ctx.now(), uid: String::new(), version: 1 };
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
    assert_eq!(unusable, BTreeSet::from([(broken.id, 1)]));
    let before = beside.parts.fleet.get(kept.id).expect("watched");
    keep_up(&beside.parts, &mut unusable).await.expect("a read");
    let after = beside.parts.fleet.get(kept.id).expect("watched");
    assert!(std::sync::Arc::ptr_eq(&before, &after), "what is watched stays as it is");

    let ctx = OpContext::system(site.parts.clock.clone());
    let granted = ctx.require(Permission::ClusterManage).expect("the system may");
    let replace = async |read: &Cluster, kubeconfig: &str| {
        let sealed = site.parts.vault.seal(&format!("cluster/{}", read.id), kubeconfig.as_bytes());
        let leads_to = ("https://127.0.0.1:1", "a-uid");
        clusters::replace(&site.parts.db, &ctx, granted, (read, true), leads_to, sealed).await
    };
    let replaced = replace(&kept, &KUBECONFIG.replace("a-token", "another")).await.expect("kept");
    assert_eq!((replaced.version, replaced.uid.as_str()), (2, "a-uid"));
    assert!(matches!(replace(&kept, KUBECONFIG).await, Err(DatabaseError::Stale)), "it was replaced since it was read");
    let mended = replace(&broken, KUBECONFIG).await.expect("kept");
    keep_up(&beside.parts, &mut unusable).await.expect("a read");
    let after = beside.parts.fleet.get(kept.id).expect("watched");
    assert!(std::sync::Arc::ptr_eq(&before, &after), "who looks at it goes on");
    assert_eq!(after.version(), 2, "by the newest kubeconfig");
    assert!(beside.parts.fleet.get(mended.id).is_some(), "one that could not be used has been replaced");
    let granted = ctx.require(Permission::ClusterManage).expect("the system may");
    assert_eq!(clusters::remove(&site.parts.db, &ctx, granted, &mended).await.expect("a write"), 0);

    assert_eq!(clusters::remove(&site.parts.db, &ctx, granted, &kept).await.expect("a write"), 0);
    keep_up(&beside.parts, &mut unusable).await.expect("a read");
    assert_eq!(watched(), [""; 0]);
}
