//! The command palette: one look over everything that the account may see, by name.

use app::{
    model::{AppQuery, NameQuery, Permission, SearchHit, SearchKind},
    service::{Answer, Apps, Clusters, Namespaces, Search, Templates, Tenants},
};
use async_trait::async_trait;

use super::session::SessionServices;

/// The most hits in all, and of nodes or pods of one cluster.
const MOST: usize = 20;
const MOST_OF_CLUSTER: usize = 6;

#[async_trait]
impl Search for SessionServices {
    async fn find(&self, q: String) -> Answer<Vec<SearchHit>> {
        let text = q.trim().to_lowercase();
        if text.is_empty() || text.len() > 100 {
            return Ok(Vec::new());
        }
        let mut hits = Vec::new();
        self.find_in_clusters(&text, &mut hits).await?;
        self.find_kept(&text, &mut hits).await?;
        // A name that begins with the text, then the shorter one: the rest of it is less to be typed.
        hits.sort_by_key(|hit| (!hit.name.to_lowercase().starts_with(&text), hit.name.len(), order(hit.kind)));
        hits.truncate(MOST);
        Ok(hits)
    }
}

impl SessionServices {
    /// Clusters, nodes and pods.
    async fn find_in_clusters(&self, text: &str, hits: &mut Vec<SearchHit>) -> Answer<()> {
        if !self.ctx.may(Permission::ClusterRead) {
            return Ok(());
        }
        let scopes = self.scopes(Permission::AppRead).await?;
        for row in Clusters::list(self).await? {
            let (id, place) = (row.id, row.name.clone());
            push(hits, text, SearchKind::Cluster, row.name, row.version, format!("/clusters/{id}"));
            let (Some(live), Some(scope)) = (self.parts.fleet.get(id), scopes.of(id)) else { continue };
            if self.ctx.may(Permission::NodeRead) {
                for name in live.index().find_nodes(text, MOST_OF_CLUSTER) {
                    let href = format!("/clusters/{id}/nodes/{name}");
                    hits.push(SearchHit { kind: SearchKind::Node, name, place: place.clone(), href });
                }
            }
            if self.ctx.may(Permission::AppRead) {
                for pod in live.index().find_pods(&scope, text, MOST_OF_CLUSTER) {
                    let href = format!("/clusters/{id}/pods?namespace={}&q={}", pod.namespace, pod.name);
                    let place = format!("{place}/{}", pod.namespace);
                    hits.push(SearchHit { kind: SearchKind::Pod, name: pod.name, place, href });
                }
            }
        }
        Ok(())
    }

    /// What is in the database.
    async fn find_kept(&self, text: &str, hits: &mut Vec<SearchHit>) -> Answer<()> {
        let named = || NameQuery { q: Some(text.to_owned()), limit: Some(MOST.to_string()), cursor: None };
        if self.ctx.may_on(Permission::TenantRead, &self.ctx.home()) {
            for t in Tenants::list(self, named()).await?.rows {
                push(hits, text, SearchKind::Tenant, t.name, t.display_name, format!("/tenants/{}", t.id));
            }
        }
        if self.ctx.may(Permission::NamespaceRead) {
            for n in Namespaces::list(self, named()).await?.rows {
                push(hits, text, SearchKind::Namespace, n.name, n.cluster_name, format!("/namespaces/{}", n.id));
            }
        }
        if self.ctx.may(Permission::TemplateRead) {
            for t in Templates::list(self, named()).await?.rows {
                push(hits, text, SearchKind::Template, t.name, String::new(), format!("/templates/{}", t.id));
            }
        }
        if self.ctx.may(Permission::AppRead) {
            let query = AppQuery { q: Some(text.to_owned()), ..AppQuery::default() };
            for app in Apps::list(self, query).await?.rows {
                let place = format!("{}/{}", app.cluster_name, app.namespace_name);
                push(hits, text, SearchKind::App, app.name, place, format!("/apps/{}", app.id));
            }
        }
        Ok(())
    }
}

fn push(hits: &mut Vec<SearchHit>, text: &str, kind: SearchKind, name: String, place: String, href: String) {
    if name.to_lowercase().contains(text) {
        hits.push(SearchHit { kind, name, place, href });
    }
}

/// What people look for most comes first among equals.
fn order(kind: SearchKind) -> u8 {
    match kind {
        SearchKind::App => 0,
        SearchKind::Namespace => 1,
        SearchKind::Cluster => 2,
        SearchKind::Node => 3,
        SearchKind::Tenant => 4,
        SearchKind::Template => 5,
        SearchKind::Pod => 6,
    }
}
