//! Clusters: connecting, and what one may see of them. What a cluster sends is in the fleet's indexes; here it is
//! cut to who asks.

use std::sync::Arc;

use app::{
    ErrorKind, UiError,
    i18n::Text,
    model::{
        Checks, ClusterCheck, ClusterId, ClusterOverview, ClusterRow, ClusterState, MetricsForm, Millis, NewCluster,
        NewKubeconfig, Permission, Place, ResourceName,
    },
    service::{Answer, Clusters},
    text,
};
use async_trait::async_trait;

use super::{following::context, session::SessionServices};
use crate::{
    auth::authz,
    database::{clusters as records, namespaces, version},
    kubernetes::{
        check::{self, check},
        fault::ClusterError,
        fleet,
        index::Scope,
        kubeconfig::{Credentials, minute},
    },
};

/// How long before its end a kubeconfig is warned of, in milliseconds: 30 days.
const SOON: Millis = 30 * 24 * 60 * 60 * 1_000;
/// How many namespaces are looked for at most where a kubeconfig leads.
const PROOFS: u64 = 20;

#[async_trait]
impl Clusters for SessionServices {
    async fn list(&self) -> Answer<Vec<ClusterRow>> {
        let somewhere = self.ctx.require_somewhere(Permission::ClusterRead);
        self.checked(somewhere, "cluster.list", "cluster").await?;
        let all = records::list(&self.parts.db).await?;
        let scopes = self.scopes(Permission::ClusterRead).await?;
        let now = self.ctx.now();
        Ok(all
            .iter()
            .filter_map(|cluster| {
                scopes
                    .of(cluster.id)
                    .map(|scope| row(cluster, self.parts.fleet.get(cluster.id).as_deref(), &scope, now))
            })
            .collect())
    }

    async fn overview(&self, id: ClusterId) -> Answer<ClusterOverview> {
        let (record, _) = self.seen_cluster(id, Permission::ClusterRead, "cluster.get").await?;
        let scope = self.overview_scope(id).await?.ok_or_else(UiError::not_found)?;
        let row = row(&record, self.parts.fleet.get(id).as_deref(), &scope, self.ctx.now());
        let live = self.parts.fleet.get(id);
        Ok(overview(row, live.as_deref(), &scope))
    }

    async fn check(&self, form: NewCluster) -> Answer<ClusterCheck> {
        self.require(Permission::ClusterManage, "cluster.check", "cluster").await?;
        let credentials =
            Credentials::parse(&form.kubeconfig, self.ctx.now()).map_err(|e| UiError::invalid(vec![e.to_field()]))?;
        check(&credentials).await.map_err(|e| refused(&e))
    }

    async fn connect(&self, form: NewCluster) -> Answer<ClusterRow> {
        let granted = self.require(Permission::ClusterManage, "cluster.connect", "cluster").await?;
        let mut checks = Checks::default();
        let name = checks.take(ResourceName::parse("name", &form.name));
        let credentials = checks.take(Credentials::parse(&form.kubeconfig, self.ctx.now()).map_err(|e| e.to_field()));
        let (name, credentials) = checks.finish(name.zip(credentials))?;
        let uid = usable(&credentials).await?;
        if let Some(same) = records::list(&self.parts.db).await?.into_iter().find(|cluster| cluster.uid == uid) {
            let name = same.name;
            return Err(UiError::invalid_field(
                "kubeconfig",
                text!("This cluster is connected already, as {name}.", "该集群已接入，名为 {name}。"),
            ));
        }
        let cluster = records::Cluster {
            id: ClusterId(self.ctx.clock().uuid()),
            name: name.as_str().to_owned(),
            server: credentials.server().to_owned(),
            created_at: self.ctx.now(),
            uid,
            version: 1,
        };
        let sealed = self.parts.vault.seal(&context(cluster.id), credentials.to_stored().as_bytes());
        records::insert(&self.parts.db, &self.ctx, granted, &cluster, sealed).await?;
        let (id, name, version) = (cluster.id, &cluster.name, cluster.version);
        self.parts.fleet.connect(id, name, version, &credentials).await.map_err(|e| refused(&e))?;
        Ok(row(&cluster, self.parts.fleet.get(cluster.id).as_deref(), &Scope::All, self.ctx.now()))
    }

    async fn replace_kubeconfig(&self, id: ClusterId, form: NewKubeconfig) -> Answer<ClusterRow> {
        let object = format!("cluster/{id}");
        let granted = self.require(Permission::ClusterManage, "cluster.replace_kubeconfig", object).await?;
        let cluster = records::find(&self.parts.db, id).await?.ok_or_else(UiError::not_found)?;
        // Before a cluster is asked anything. That it stays this one until then is looked at where it is kept.
        version::meant_for(form.version, cluster.version)?;
        let credentials =
            Credentials::parse(&form.kubeconfig, self.ctx.now()).map_err(|e| UiError::invalid(vec![e.to_field()]))?;
        let uid = usable(&credentials).await?;
        let proof = self.proof(&cluster, &uid, &credentials).await?;
        if proof == Proof::Another {
            let name = &cluster.name;
            return Err(UiError::invalid_field(
                "kubeconfig",
                text!(
                    "This kubeconfig leads to another cluster than {name}. Connect that one by itself.",
                    "该 kubeconfig 指向的不是集群 {name}，请将其作为新集群接入。"
                ),
            ));
        }
        let sealed = self.parts.vault.seal(&context(id), credentials.to_stored().as_bytes());
        let leads_to = (credentials.server(), uid.as_str());
        let read = (&cluster, proof == Proof::Empty);
        let kept = records::replace(&self.parts.db, &self.ctx, granted, read, leads_to, sealed).await?;
        let (name, version) = (&kept.name, kept.version);
        self.parts.fleet.connect(id, name, version, &credentials).await.map_err(|e| refused(&e))?;
        Ok(row(&kept, self.parts.fleet.get(id).as_deref(), &Scope::All, self.ctx.now()))
    }

    async fn metrics(&self, id: ClusterId) -> Answer<MetricsForm> {
        self.metrics_of(id).await
    }

    async fn set_metrics(&self, id: ClusterId, form: MetricsForm) -> Answer<MetricsForm> {
        self.take_metrics(id, &form).await
    }

    async fn disconnect(&self, id: ClusterId, confirm: String) -> Answer<()> {
        let granted = self.require(Permission::ClusterManage, "cluster.disconnect", format!("cluster/{id}")).await?;
        let cluster = records::find(&self.parts.db, id).await?.ok_or_else(UiError::not_found)?;
        if confirm.trim() != cluster.name {
            let name = &cluster.name;
            return Err(UiError::invalid_field(
                "confirm",
                text!("Type the cluster's name, {name}, to disconnect it.", "请输入集群名称 {name} 以断开连接。"),
            ));
        }
        match records::remove(&self.parts.db, &self.ctx, granted, &cluster).await? {
            0 => {
                self.parts.fleet.disconnect(id);
                Ok(())
            }
            n => Err(UiError::new(
                ErrorKind::Conflict,
                text!(
                    "The cluster still has {n} namespaces of tenants. Delete them first.",
                    "该集群仍有 {n} 个租户命名空间，请先删除它们。"
                ),
            )),
        }
    }
}

/// What is known of where other credentials lead.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Proof {
    /// To the same cluster.
    Same,
    /// To another one.
    Another,
    /// It is not known, and there is nothing in the kept one that could be mistaken.
    Empty,
}

/// Whether a kubeconfig does all that Longshore needs; the uid of the cluster that it leads to.
async fn usable(credentials: &Credentials) -> Answer<String> {
    let found = check(credentials).await.map_err(|e| refused(&e))?;
    if !found.usable() {
        return Err(UiError::invalid_field("kubeconfig", missing(&found)));
    }
    check::uid(credentials).await.map_err(|e| refused(&e))
}

/// What the actor may see of each cluster.
pub(super) enum Scopes {
    /// Everything of every cluster, or of these.
    Platform(Option<Vec<ClusterId>>),
    /// These namespaces, with their clusters.
    Tenant(Vec<namespaces::Namespace>),
}

impl Scopes {
    /// The part of a cluster; `None` when the cluster is hidden.
    pub(super) fn of(&self, cluster: ClusterId) -> Option<Scope> {
        match self {
            Self::Platform(only) => only.as_ref().is_none_or(|only| only.contains(&cluster)).then_some(Scope::All),
            Self::Tenant(all) => {
                let names: Vec<_> = all.iter().filter(|n| n.cluster == cluster).map(|n| n.name.clone()).collect();
                (!names.is_empty()).then(|| Scope::namespaces(names))
            }
        }
    }
}

/// The clusters that scopes of the platform's people hold; `None` for all. What is smaller than a cluster holds none.
fn whole_clusters(scopes: &[app::model::Scope]) -> Option<Vec<ClusterId>> {
    use app::model::Scope as Within;
    if scopes.contains(&Within::Platform) {
        return None;
    }
    Some(scopes.iter().filter_map(|s| if let Within::Cluster(id) = s { Some(*id) } else { None }).collect())
}

impl SessionServices {
    /// Whether credentials lead to the cluster that is kept. Of one whose uid was never asked, its namespaces say so.
    async fn proof(&self, cluster: &records::Cluster, uid: &str, credentials: &Credentials) -> Answer<Proof> {
        let same = if cluster.uid.is_empty() {
            let some = namespaces::some_of_cluster(&self.parts.db, cluster.id, PROOFS).await?;
            if some.is_empty() {
                return Ok(Proof::Empty);
            }
            check::has_one_of(credentials, &some).await.map_err(|e| refused(&e))?
        } else {
            cluster.uid == uid
        };
        Ok(if same { Proof::Same } else { Proof::Another })
    }

    /// Where in the clusters the actor holds a permission.
    pub(super) async fn scopes(&self, permission: Permission) -> Answer<Scopes> {
        if self.ctx.tenant().is_some() {
            let mut all = namespaces::list(&self.parts.db, &self.ctx).await?;
            all.retain(|n| self.ctx.may_on(permission, &n.place()));
            return Ok(Scopes::Tenant(all));
        }
        let Some(access) = self.ctx.access() else { return Ok(Scopes::Platform(None)) };
        let reach = access.reach(permission);
        let limit = reach.limited_to.and_then(whole_clusters);
        Ok(Scopes::Platform(match (whole_clusters(&reach.given), limit) {
            (Some(given), Some(limit)) => Some(given.into_iter().filter(|id| limit.contains(id)).collect()),
            (given, limit) => given.or(limit),
        }))
    }

    /// The part of a cluster that its overview tells of: what runs there is for those who may see applications.
    /// `None` when the cluster is hidden.
    pub(super) async fn overview_scope(&self, id: ClusterId) -> Answer<Option<Scope>> {
        if self.scopes(Permission::ClusterRead).await?.of(id).is_none() {
            return Ok(None);
        }
        Ok(Some(self.scopes(Permission::AppRead).await?.of(id).unwrap_or_else(Scope::nothing)))
    }

    /// All that the actor's tenant has in the clusters, whatever of it the actor may see.
    pub(super) async fn all_scopes(&self) -> Answer<Scopes> {
        match self.ctx.tenant() {
            Some(_) => Ok(Scopes::Tenant(namespaces::list(&self.parts.db, &self.ctx).await?)),
            None => Ok(Scopes::Platform(None)),
        }
    }

    /// A cluster that the actor may do this with, and the part of it where they may. Fails with `NotFound` when it
    /// does not exist or is hidden, and with `Forbidden` without the permission.
    pub(super) async fn seen_cluster(
        &self,
        id: ClusterId,
        permission: Permission,
        action: &'static str,
    ) -> Answer<(records::Cluster, Scope)> {
        let record = records::find(&self.parts.db, id).await?.ok_or_else(UiError::not_found)?;
        let shared: Vec<Place> = if self.ctx.tenant().is_some() {
            let all = namespaces::list(&self.parts.db, &self.ctx).await?;
            all.iter().filter(|n| n.cluster == id).map(namespaces::Namespace::place).collect()
        } else {
            Vec::new()
        };
        let scope = self.scopes(permission).await?.of(id);
        let decision = authz::Cluster::authorize(&self.ctx, permission, id, &record.name, &shared);
        self.checked(decision, action, format!("cluster/{id}")).await?;
        Ok((record, scope.ok_or_else(UiError::not_found)?))
    }

    /// The same with its live state. Fails with `Unavailable` when the kept kubeconfig cannot be used.
    pub(super) async fn live_cluster(
        &self,
        id: &str,
        permission: Permission,
        action: &'static str,
    ) -> Answer<(Arc<fleet::Cluster>, Scope)> {
        let id: ClusterId = id.trim().parse().map_err(|_| UiError::not_found())?;
        let (_, scope) = self.seen_cluster(id, permission, action).await?;
        let cluster = self.parts.fleet.get(id).ok_or_else(super::unavailable)?;
        Ok((cluster, scope))
    }
}

/// The row of a cluster, cut to a scope.
pub(super) fn row(record: &records::Cluster, live: Option<&fleet::Cluster>, scope: &Scope, now: Millis) -> ClusterRow {
    let platform = *scope == Scope::All;
    let mut row = ClusterRow {
        id: record.id,
        name: record.name.clone(),
        server: if platform { record.server.clone() } else { String::new() },
        version: String::new(),
        state: ClusterState::Unreachable,
        problem: Some(text!(
            "The kept kubeconfig cannot be used. Give the cluster another one.",
            "保存的 kubeconfig 无法使用，请更换。"
        )),
        since: record.created_at,
        nodes: 0,
        nodes_ready: 0,
        pods: 0,
        credentials_end: None,
        revision: record.version,
    };
    if let Some(live) = live {
        let status = live.status();
        row.version = status.version;
        row.state = status.state;
        // What a cluster says about itself is for those who run it.
        row.problem = if platform { status.problem } else { status.problem.map(|_| unwell()) };
        row.since = status.since;
        if platform {
            row.credentials_end = live.credentials_end();
            row.problem = row.problem.or_else(|| row.credentials_end.and_then(|end| ends_soon(end, now)));
        }
        let (nodes, ready, pods) = live.index().counts();
        (row.nodes, row.nodes_ready) = (nodes, ready);
        row.pods = if platform { pods } else { live.index().summary_of(scope).pods };
    }
    row
}

/// That a kubeconfig is good for a few days only, as long as there is time to replace it.
fn ends_soon(end: Millis, now: Millis) -> Option<Text> {
    let date = minute(end);
    (end - now < SOON).then(|| {
        text!(
            "Its kubeconfig is good until {date}. Give it another one before.",
            "其 kubeconfig 有效期至 {date}，请提前更换。"
        )
    })
}

/// What tenants are told of a cluster that does not answer: the reason may tell of the platform's inside.
pub(super) fn unwell() -> Text {
    text!(
        "The cluster cannot be reached just now. The platform's administrators can see why.",
        "暂时无法连接该集群，平台管理员可查看原因。"
    )
}

/// The overview of a cluster, cut to a scope.
pub(super) fn overview(row: ClusterRow, live: Option<&fleet::Cluster>, scope: &Scope) -> ClusterOverview {
    let summary = live.map(|live| live.index().summary_of(scope)).unwrap_or_default();
    ClusterOverview {
        cluster: row,
        capacity: summary.capacity,
        pods_by_phase: summary.pods_by_phase,
        troubled_nodes: summary.troubled_nodes,
        troubled_pods: summary.troubled_pods,
        warnings: summary.warnings,
        namespaces: summary.namespaces,
    }
}

/// A kubeconfig that leads nowhere is wrong input, and told at its field.
fn refused(error: &ClusterError) -> UiError {
    tracing::info!(%error, "a kubeconfig was refused");
    UiError::invalid_field("kubeconfig", error.to_text())
}

fn missing(found: &ClusterCheck) -> Text {
    let missing: Vec<String> = found
        .rights
        .iter()
        .filter(|r| r.required && !r.allowed)
        .map(|r| format!("{} {}", r.verb, r.resource))
        .collect();
    let (n, some) = (missing.len(), missing.iter().take(5).cloned().collect::<Vec<_>>().join(", "));
    let more = if n > 5 { " …" } else { "" };
    text!(
        "The kubeconfig lacks {n} rights that Longshore needs: {some}{more}. Bind its user to a role that has them.",
        "该 kubeconfig 缺少 Longshore 所需的 {n} 项权限：{some}{more}。请为其用户绑定具有这些权限的角色。"
    )
}

impl From<ClusterError> for UiError {
    /// What a cluster said, to whoever asked for it.
    fn from(error: ClusterError) -> Self {
        let kind = match &error {
            ClusterError::NotFound => ErrorKind::NotFound,
            ClusterError::Conflict(_) | ClusterError::AlreadyExists => ErrorKind::Conflict,
            ClusterError::Invalid { .. } | ClusterError::Quota { .. } | ClusterError::TooLarge => ErrorKind::Invalid,
            _ => {
                tracing::warn!(%error, "a cluster did not do as asked");
                ErrorKind::Upstream
            }
        };
        Self::new(kind, error.to_text())
    }
}
