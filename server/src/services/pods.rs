//! Pods: all of a cluster for the platform's people, those of their namespaces for a tenant's.

use app::{
    model::{Page, PageRequest, Permission, PodQuery, PodRow},
    service::{Answer, Pods},
};
use async_trait::async_trait;

use super::session::SessionServices;
use crate::kubernetes::index::PodFilter;

#[async_trait]
impl Pods for SessionServices {
    async fn list(&self, query: PodQuery) -> Answer<Page<PodRow>> {
        let (cluster, scope) = self.live_cluster(&query.cluster, Permission::AppRead, "pod.list").await?;
        let page = PageRequest::parse(query.page.as_deref(), query.per_page.as_deref());
        Ok(cluster.index().pods(&PodFilter::parse(&query, scope), page))
    }
}
