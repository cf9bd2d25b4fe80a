//! Nodes, for the platform's administrators.

use app::{
    UiError,
    model::{ClusterId, NodeDetail, NodeQuery, NodeRow, Page, PageRequest, Permission},
    service::{Answer, Nodes},
};
use async_trait::async_trait;

use super::session::SessionServices;
use crate::kubernetes::{fleet::Cluster, index::NodeFilter};

#[async_trait]
impl Nodes for SessionServices {
    async fn list(&self, query: NodeQuery) -> Answer<Page<NodeRow>> {
        let (cluster, _) = self.live_cluster(&query.cluster, Permission::NodeRead, "node.list").await?;
        let page = PageRequest::parse(query.page.as_deref(), query.per_page.as_deref());
        Ok(cluster.index().nodes(&NodeFilter::parse(&query), page))
    }

    async fn get(&self, cluster: ClusterId, name: String) -> Answer<NodeDetail> {
        let (cluster, _) = self.live_cluster(&cluster.to_string(), Permission::NodeRead, "node.get").await?;
        detail(&cluster, &name).ok_or_else(UiError::not_found)
    }
}

/// A node's page; `None` when there is no such node.
pub(super) fn detail(cluster: &Cluster, name: &str) -> Option<NodeDetail> {
    let view = cluster.index().node(name)?;
    Some(NodeDetail {
        cluster: cluster.id(),
        cluster_name: cluster.name().to_owned(),
        row: view.row,
        conditions: view.conditions,
        taints: view.taints,
        labels: view.labels,
        os: view.os,
        kernel: view.kernel,
        runtime: view.runtime,
        architecture: view.architecture,
        pods: view.pods,
        events: view.events,
    })
}
