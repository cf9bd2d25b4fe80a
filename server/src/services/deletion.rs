//! What a deletion would take away, before anybody confirms it: what the cluster has of an application, and who would miss it.

use std::collections::BTreeSet;

use app::{
    model::{AppId, AppSpec, DeletePreview, Dependant, Dependants, NamespaceId, Permission, Routing},
    service::Answer,
    text,
};

use super::{
    dependants::{Sought, mentions, told},
    namespaces::upstream,
    session::SessionServices,
    storage::disks,
};
use crate::{
    database::{
        app_list,
        apps::App,
        namespaces,
        releases::{self, Release},
    },
    kubernetes::client::Identity,
    render::{self, APP_LABEL},
};

/// How many applications around one are looked at.
const LOOKED_AT: usize = 200;
/// How many of their releases are read at a time: each may have most of a megabyte of configuration.
const AT_ONCE: usize = 40;

impl SessionServices {
    /// What goes with an application and what stays, and which others speak to it.
    pub(super) async fn deletion_preview(&self, id: AppId) -> Answer<DeletePreview> {
        let (app, _) = self.app_for(id, Permission::AppRead, "app.read").await?;
        let namespace = self.namespace_name(&app).await?;
        let cluster = self.parts.fleet.get(app.cluster).ok_or_else(super::unavailable)?;
        // Kinds that it has not may be none of the tenant's in a namespace that an earlier version made.
        let (newest, running) = self.newest_and_running(&app).await?;
        let had = newest.manifests.iter().chain(running.iter().flat_map(|r| &r.manifests));
        let kinds: Vec<_> = render::kinds_of(had).into_iter().chain([("v1", "Pod")]).collect();
        let selector = format!("{APP_LABEL}={id}");
        let found = cluster
            .list_labelled(&Identity::Tenant(app.tenant), &namespace, &kinds, &selector)
            .await
            .map_err(|e| upstream(&e))?;
        let word = |object: &serde_json::Value, at: &str| {
            object.pointer(at).and_then(|v| v.as_str()).unwrap_or_default().to_owned()
        };
        let (pods, objects): (Vec<_>, Vec<_>) = found
            .iter()
            .map(|object| (word(object, "/kind"), word(object, "/metadata/name")))
            .partition(|(kind, _)| kind == "Pod");
        let number = app.newest_release;
        let disks = if newest.spec.is_stateful() { disks(&cluster, &app, &namespace).await? } else { Vec::new() };
        let specs = || std::iter::once(&newest).chain(&running).map(|release| &release.spec);
        let addresses: BTreeSet<String> =
            specs().filter_map(|spec| spec.routing.as_ref()).flat_map(Routing::urls).collect();
        let hosts: BTreeSet<String> = specs().flat_map(AppSpec::routes).map(|route| route.host.clone()).collect();
        let hosts = Vec::from_iter(hosts);
        let is_called = specs().any(has_service);
        let dependants = if is_called {
            self.dependants(&app, &namespace, newest.spec.is_stateful(), &hosts).await?
        } else {
            Dependants::default()
        };
        Ok(DeletePreview {
            objects,
            disks,
            addresses: addresses.into_iter().collect(),
            pods: u32::try_from(pods.len()).unwrap_or(u32::MAX),
            kept: vec![
                text!(
                    "The record of its releases ({number}), without the values of secrets",
                    "发布记录（{number} 个），不含密钥的值"
                ),
                text!("The audit trail", "审计记录"),
            ],
            dependants,
        })
    }

    /// The applications of its tenant in its cluster whose newest releases name an application's Service, or one of its hosts.
    async fn dependants(&self, app: &App, namespace: &str, is_stateful: bool, hosts: &[String]) -> Answer<Dependants> {
        let mut around = app_list::beside(&self.parts.db, app, LOOKED_AT as u64 + 1).await?;
        let incomplete = around.len() > LOOKED_AT;
        around.truncate(LOOKED_AT);
        let ids: Vec<NamespaceId> = around.iter().map(|other| other.namespace).collect();
        let namespaces = namespaces::names(&self.parts.db, &ids).await?;
        let mut found = Vec::new();
        for part in around.chunks(AT_ONCE) {
            let wanted: Vec<(AppId, u32)> = part.iter().map(|other| (other.id, other.newest_release)).collect();
            let releases: Vec<Release> = releases::of_numbers(&self.parts.db, &self.ctx, &wanted).await?;
            for other in part {
                let Some(release) = releases.iter().find(|release| release.app == other.id) else { continue };
                let is_near = other.namespace == app.namespace;
                let sought = Sought { app: &app.name, namespace, is_stateful, is_near, hosts };
                let mentions = mentions(&release.spec, sought);
                if mentions.is_empty() {
                    continue;
                }
                let dependant = Dependant {
                    app: other.id,
                    app_name: other.name.clone(),
                    namespace_name: namespaces.get(&other.namespace).cloned().unwrap_or_default(),
                    mentions,
                };
                found.push((dependant, self.ctx.may_on(Permission::AppRead, &other.place())));
            }
        }
        Ok(told(found, incomplete))
    }
}

/// Whether anybody could call it by a name.
fn has_service(spec: &AppSpec) -> bool {
    spec.is_stateful() || spec.containers.iter().any(|container| !container.ports.is_empty())
}
