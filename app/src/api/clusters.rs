//! Clusters, nodes and pods.

use leptos::{prelude::*, server_fn::codec::GetUrl};

use super::Json;
#[cfg(feature = "ssr")]
use super::{answer, session};
use crate::{UiError, model::*};

/// The clusters that the account may see.
#[server(endpoint = "clusters/list_clusters", input = GetUrl, output = Json)]
pub async fn list_clusters() -> Result<Vec<ClusterRow>, UiError> {
    answer(async { session().await?.clusters().list().await }.await)
}

/// Counts, sums and troubles of a cluster.
#[server(endpoint = "clusters/get_cluster", input = GetUrl, output = Json)]
pub async fn get_cluster(id: ClusterId) -> Result<ClusterOverview, UiError> {
    answer(async { session().await?.clusters().overview(id).await }.await)
}

/// Looks where a kubeconfig leads, and keeps nothing.
#[server(endpoint = "clusters/check_cluster", output = Json)]
pub async fn check_cluster(form: NewCluster) -> Result<ClusterCheck, UiError> {
    answer(async { session().await?.clusters().check(form).await }.await)
}

/// Checks and keeps a kubeconfig.
#[server(endpoint = "clusters/connect_cluster", output = Json)]
pub async fn connect_cluster(form: NewCluster) -> Result<ClusterRow, UiError> {
    answer(async { session().await?.clusters().connect(form).await }.await)
}

/// Checks another kubeconfig for a cluster, and keeps it.
#[server(endpoint = "clusters/replace_kubeconfig", output = Json)]
pub async fn replace_kubeconfig(id: ClusterId, form: NewKubeconfig) -> Result<ClusterRow, UiError> {
    answer(async { session().await?.clusters().replace_kubeconfig(id, form).await }.await)
}

/// Forgets a cluster.
#[server(endpoint = "clusters/disconnect_cluster", output = Json)]
pub async fn disconnect_cluster(id: ClusterId, confirm: String) -> Result<(), UiError> {
    answer(async { session().await?.clusters().disconnect(id, confirm).await }.await)
}

/// Where a cluster's figures over time come from.
#[server(endpoint = "clusters/get_metrics", input = GetUrl, output = Json)]
pub async fn get_metrics(id: ClusterId) -> Result<MetricsForm, UiError> {
    answer(async { session().await?.clusters().metrics(id).await }.await)
}

/// Checks a source of figures over time, and keeps it.
#[server(endpoint = "clusters/set_metrics", output = Json)]
pub async fn set_metrics(id: ClusterId, form: MetricsForm) -> Result<MetricsForm, UiError> {
    answer(async { session().await?.clusters().set_metrics(id, form).await }.await)
}

/// A page of nodes.
#[server(endpoint = "clusters/list_nodes", input = GetUrl, output = Json)]
pub async fn list_nodes(#[server(default)] query: NodeQuery) -> Result<Page<NodeRow>, UiError> {
    answer(async { session().await?.nodes().list(query).await }.await)
}

/// One node.
#[server(endpoint = "clusters/get_node", input = GetUrl, output = Json)]
pub async fn get_node(cluster: ClusterId, name: String) -> Result<NodeDetail, UiError> {
    answer(async { session().await?.nodes().get(cluster, name).await }.await)
}

/// A page of pods.
#[server(endpoint = "clusters/list_pods", input = GetUrl, output = Json)]
pub async fn list_pods(#[server(default)] query: PodQuery) -> Result<Page<PodRow>, UiError> {
    answer(async { session().await?.pods().list(query).await }.await)
}
