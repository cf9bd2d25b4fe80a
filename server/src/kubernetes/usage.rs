//! What nodes use, from the metrics API where the cluster has one, and the heartbeat by which a broken connection
//! is noticed before a watch falls silent.

use std::{sync::Arc, time::Duration};

use app::model::{Bytes, CpuMillis};
use serde::Deserialize;

use super::{
    client::{Client, Identity},
    fault::ClusterError,
    index::Index,
};

const PATH: &str = "/apis/metrics.k8s.io/v1beta1/nodes";
/// How often usage is asked for; the metrics server itself measures every 15 s.
const EVERY: Duration = Duration::from_secs(20);
const LIMIT: Duration = Duration::from_secs(15);
/// How often a cluster without a metrics API is asked whether it has one now.
const ABSENT: Duration = Duration::from_secs(120);

#[derive(Deserialize)]
struct List {
    #[serde(default)]
    items: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    metadata: Name,
    usage: Usage,
}

#[derive(Deserialize)]
struct Name {
    name: String,
}

#[derive(Deserialize)]
struct Usage {
    cpu: String,
    memory: String,
}

/// Keeps the usage of nodes up to date; never returns.
pub(super) async fn run(client: Client, index: Arc<Index>) {
    loop {
        let wait = match client.read_plain(PATH, LIMIT).await.and_then(|text| read(&text)) {
            Ok(usage) => {
                index.set_usage(usage);
                EVERY
            }
            Err(error) => {
                tracing::debug!(%error, "no usage of nodes");
                // Old figures would look like live ones.
                index.set_usage(Vec::new());
                if error.is_passing() { EVERY } else { ABSENT }
            }
        };
        tokio::time::sleep(wait).await;
    }
}

fn read(text: &str) -> Result<Vec<(String, u64, u64)>, ClusterError> {
    let list: List = serde_json::from_str(text).map_err(|e| ClusterError::Other(e.to_string()))?;
    Ok(list
        .items
        .into_iter()
        .filter_map(|item| {
            Some((item.metadata.name, CpuMillis::parse(&item.usage.cpu)?.0, Bytes::parse(&item.usage.memory)?.0))
        })
        .collect())
}

/// The version that the API server names; fails when it does not answer within 5 s.
pub(super) async fn version(client: &Client) -> Result<String, ClusterError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Version {
        git_version: String,
    }
    let text = client.call(&Identity::Platform, http::Method::GET, "/version", None, Duration::from_secs(5)).await?;
    serde_json::from_str::<Version>(&text)
        .map(|v| v.git_version)
        .map_err(|_| ClusterError::Other("this is not the API of Kubernetes".to_owned()))
}
