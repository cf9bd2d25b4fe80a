//! What namespaces are to have in their clusters, handed to them when it changes: the accounts by which nodes pull images,
//! which they are handed with each release as well, and the quota. A replica that hands out at the same time hands out the
//! same.

use std::{collections::BTreeMap, time::Duration};

use app::{model::Millis, text};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::{
    Engine,
    work::{StepError, label, share},
};
use crate::{
    database::{
        DatabaseError, namespaces,
        pulls::{self, Due},
        registries::{self as records, Registry},
    },
    kubernetes::{client::Identity, fault::ClusterError, fleet::Cluster, kinds::ObjectRef},
    registry::Login,
    render::{
        NAMESPACE_LABEL,
        namespace::{PULL_SECRET, PullAccount, Share, pull_secret, puller, quota},
    },
};

/// How often the database is looked at for namespaces that are due.
const LOOK: Duration = Duration::from_secs(10);
/// How many namespaces are taken up in one look.
const AT_ONCE: u64 = 200;
/// How many namespaces of one cluster are handed theirs at the same time.
const OF_A_CLUSTER: usize = 4;
/// How long a namespace is left alone whose cluster did not take it, in milliseconds.
const PATIENCE: Millis = 30_000;
/// How often a Secret is tried that others write at the same time.
const TRIES: usize = 6;

impl Engine {
    /// Tells that something has changed, so that it is handed out without waiting for the next look.
    pub fn hand_out_soon(&self) {
        self.due.notify_one();
    }

    /// Hands out what is due until `stop`.
    pub(super) async fn hand_out(&self, stop: &CancellationToken) {
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = look.tick() => {}
                () = self.due.notified() => {}
            }
            tokio::select! {
                () = stop.cancelled() => return,
                handed = self.hand_out_due() => if let Err(e) = handed {
                    warn!(error = &e as &dyn std::error::Error, "what has changed for namespaces could not be handed out");
                },
            }
        }
    }

    /// Hands out all that is due now, the clusters beside each other: one that does not answer holds up no other.
    async fn hand_out_due(&self) -> Result<(), DatabaseError> {
        loop {
            let due = pulls::due(&self.db, self.clock.now(), AT_ONCE).await?;
            if due.is_empty() {
                return Ok(());
            }
            let mut clusters: BTreeMap<_, Vec<Due>> = BTreeMap::new();
            for due in due {
                clusters.entry(due.namespace.cluster).or_default().push(due);
            }
            futures::future::try_join_all(clusters.into_values().map(|due| self.hand_to(due))).await?;
        }
    }

    /// Hands out to namespaces of one cluster. When it is out of reach, all that are left wait.
    async fn hand_to(&self, due: Vec<Due>) -> Result<(), DatabaseError> {
        let cluster = due.first().and_then(|due| self.fleet.get(due.namespace.cluster));
        let mut reached = cluster.is_some();
        for some in due.chunks(OF_A_CLUSTER) {
            let given = some.iter().map(|due| async {
                match &cluster {
                    Some(cluster) if reached => Some(self.settle(cluster, &due.namespace).await),
                    _ => None,
                }
            });
            for (due, given) in some.iter().zip(futures::future::join_all(given).await) {
                if let Some(Ok(())) = given {
                    pulls::done(&self.db, due).await?;
                    continue;
                }
                if let Some(Err(why)) = given {
                    reached &= matches!(why, StepError::Failed(_) | StepError::Refused(_));
                    let namespace = &due.namespace.name;
                    warn!(namespace, ?why, "a namespace was not handed what is newest; it is tried again");
                }
                pulls::put_off(&self.db, due, self.clock.now() + PATIENCE).await?;
            }
        }
        Ok(())
    }

    /// Puts a namespace's quota and its accounts into its cluster.
    async fn settle(&self, cluster: &Cluster, namespace: &namespaces::Namespace) -> Result<(), StepError> {
        is_the_one(cluster, namespace).await?;
        self.hand_quota(cluster, namespace).await?;
        self.hand_accounts(cluster, namespace).await
    }

    /// Puts a namespace's newest quota into its cluster.
    pub(super) async fn hand_quota(
        &self,
        cluster: &Cluster,
        namespace: &namespaces::Namespace,
    ) -> Result<(), StepError> {
        let mut newest = namespaces::quota_of(&self.db, namespace.id).await?;
        for _ in 0..TRIES {
            let Some(wanted) = newest else { return Ok(()) };
            let share = Share { quota: wanted, ..share(namespace) };
            cluster.apply(&Identity::Platform, &quota(&share)).await?;
            // Somebody may have changed it meanwhile and have been quicker: what arrives last must be the newest.
            newest = namespaces::quota_of(&self.db, namespace.id).await?;
            if newest == Some(wanted) {
                return Ok(());
            }
        }
        Err(StepError::Later(text!("The quota changes all the time.", "配额一直在变化。")))
    }

    /// Puts a namespace's accounts into its cluster, for the pods that run as its default account.
    pub(super) async fn give_accounts(
        &self,
        cluster: &Cluster,
        namespace: &namespaces::Namespace,
    ) -> Result<(), StepError> {
        // Passwords are for that namespace, and not for another one of its name.
        is_the_one(cluster, namespace).await?;
        self.hand_accounts(cluster, namespace).await
    }

    /// The same for a namespace of which it is known that it is the one.
    async fn hand_accounts(&self, cluster: &Cluster, namespace: &namespaces::Namespace) -> Result<(), StepError> {
        let share = share(namespace);
        let who = Identity::Platform;
        match cluster.apply(&who, &puller(&share)).await {
            // Clusters may have been connected with fewer rights; nobody misses this one who has no account.
            Err(ClusterError::Forbidden { .. }) if self.usable_by(namespace).await?.is_empty() => {
                warn!(namespace = namespace.name, "Longshore may not change the cluster's service accounts");
                return Ok(());
            }
            applied => applied?,
        };
        let secret = ObjectRef::namespaced("v1", "Secret", &namespace.name, PULL_SECRET);
        for _ in 0..TRIES {
            let there = cluster.get(&who, &secret).await?;
            let usable = self.usable_by(namespace).await?;
            let mut wanted = pull_secret(&share, &self.open(&usable).await?);
            // So that a write which arrives late changes nothing that was written since.
            if let Some(version) = there.and_then(|there| there.pointer("/metadata/resourceVersion").cloned()) {
                wanted["metadata"]["resourceVersion"] = version;
            }
            match cluster.apply(&who, &wanted).await {
                Err(ClusterError::Conflict(_)) => continue,
                applied => applied?,
            };
            // They may have changed meanwhile, and been handed out by somebody who was quicker.
            if self.usable_by(namespace).await? == usable {
                return Ok(());
            }
        }
        Err(StepError::Later(text!("The accounts change all the time.", "账号一直在变化。")))
    }

    async fn usable_by(&self, namespace: &namespaces::Namespace) -> Result<Vec<Registry>, DatabaseError> {
        records::usable(&self.db, Some(namespace.tenant), None).await
    }

    /// The accounts with their passwords. One that cannot be decrypted is left out: the others' images are pulled.
    async fn open(&self, registries: &[Registry]) -> Result<Vec<PullAccount>, DatabaseError> {
        let mut sealed = records::sealed(&self.db, registries.iter().map(|r| r.id)).await?;
        let opened = registries.iter().filter_map(|registry| {
            let password =
                sealed.remove(&registry.id).and_then(|sealed| records::opened(&self.vault, registry, &sealed));
            if password.is_none() {
                warn!(registry = registry.name, host = registry.host, "the password of a registry cannot be decrypted");
            }
            let login = Login { username: registry.username.clone(), password: password? };
            Some(PullAccount { host: registry.host.clone(), login })
        });
        Ok(opened.collect())
    }
}

/// Fails unless the namespace in the cluster is the one that Longshore made, and stays.
async fn is_the_one(cluster: &Cluster, namespace: &namespaces::Namespace) -> Result<(), StepError> {
    let name = &namespace.name;
    let there = cluster.get(&Identity::Platform, &ObjectRef::cluster("v1", "Namespace", name)).await?;
    let own = there.is_some_and(|there| {
        label(&there, NAMESPACE_LABEL) == namespace.id.to_string()
            && there.pointer("/metadata/deletionTimestamp").is_none()
    });
    if own {
        return Ok(());
    }
    Err(StepError::Failed(text!(
        "The namespace {name} is gone from the cluster, or is not the one that Longshore made.",
        "集群中的命名空间 {name} 已不存在，或不是由 Longshore 创建的。"
    )))
}
