//! The clusters that this replica watches: those that are kept, whichever replica has connected them, by the kubeconfigs
//! that are kept for them.

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
    time::Duration,
};

use app::model::ClusterId;
use tokio_util::sync::CancellationToken;

use super::Parts;
use crate::{
    database::{DatabaseError, clusters as records},
    kubernetes::kubeconfig::Credentials,
};

/// Clusters, and which of the kubeconfigs that were kept for each it is that cannot be used.
pub type Unusable = BTreeSet<(ClusterId, i64)>;

/// How often a replica looks which clusters the others have connected and disconnected.
const FOLLOW: Duration = Duration::from_secs(5);
/// Follows the clusters that are kept until `stopping`: those that another replica has connected are watched here as
/// well, those that it has disconnected are not.
///
/// `unusable`: those that cannot be connected to with what is kept for them, of which that has been said.
pub fn follow(parts: &Arc<Parts>, mut unusable: Unusable, stopping: CancellationToken) {
    let parts = Arc::clone(parts);
    tokio::spawn(async move {
        let mut tick = tokio::time::interval(FOLLOW);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stopping.cancelled() => return,
                _ = tick.tick() => {}
            }
            if let Err(error) = keep_up(&parts, &mut unusable).await {
                tracing::warn!(%error, "it is not known which clusters there are; looking again");
            }
        }
    });
}

/// Watches every cluster that is kept, by the kubeconfig that is kept for it, and no other. One that cannot be connected to is logged once and left out: the
/// others and Longshore itself must go on.
pub async fn keep_up(parts: &Parts, unusable: &mut Unusable) -> Result<(), DatabaseError> {
    // What was watched before the records are read and is not among them has been disconnected; what is connected
    // meanwhile is none of that.
    let watched: HashSet<ClusterId> = parts.fleet.all().iter().map(|cluster| cluster.id()).collect();
    let all = records::list(&parts.db).await?;
    let kept: HashSet<ClusterId> = all.iter().map(|cluster| cluster.id).collect();
    for gone in watched.difference(&kept) {
        parts.fleet.disconnect(*gone);
    }
    let is_due = |cluster: &records::Cluster, unusable: &Unusable| {
        let newest = parts.fleet.get(cluster.id).is_some_and(|live| live.version() >= cluster.version);
        !newest && !unusable.contains(&(cluster.id, cluster.version))
    };
    if !all.iter().any(|cluster| is_due(cluster, unusable)) {
        return Ok(());
    }
    for (cluster, sealed) in records::sealed(&parts.db).await? {
        if is_due(&cluster, unusable) {
            connect(parts, &cluster, &sealed, unusable).await;
        }
    }
    Ok(())
}

async fn connect(parts: &Parts, cluster: &records::Cluster, sealed: &[u8], unusable: &mut Unusable) {
    let opened = parts.vault.open(&context(cluster.id), sealed);
    let fault = match opened.map(|text| Credentials::from_stored(&String::from_utf8_lossy(&text))) {
        Ok(Ok(credentials)) => {
            match parts.fleet.connect(cluster.id, &cluster.name, cluster.version, &credentials).await {
                Ok(_) => return,
                Err(error) => error.to_string(),
            }
        }
        Ok(Err(error)) => error.to_string(),
        Err(error) => error.to_string(),
    };
    tracing::error!(cluster = cluster.name, fault, "the kept kubeconfig cannot be used");
    unusable.insert((cluster.id, cluster.version));
}

/// Whose the sealed kubeconfig is.
pub(super) fn context(id: ClusterId) -> String {
    format!("cluster/{id}")
}
