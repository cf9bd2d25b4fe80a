//! Namespaces: a tenant's share of a cluster, made there with its quota and its walls.

use std::{collections::HashMap, sync::Arc};

use app::{
    ErrorKind, UiError,
    model::{
        AppStorage, Bytes, ClusterId, CpuMillis, DeleteForm, ImportForm, ImportPlan, Millis, NameQuery, NamespaceId,
        NamespaceRow, NewNamespace, OperationId, OperationKind, Permission, Place, Quota, QuotaForm, Slice, Started,
        TenantId, UnmanagedRow,
    },
    service::{Answer, Namespaces},
    text,
};
use async_trait::async_trait;
use serde_json::Value;

use super::{existing::make, recorded::NamespaceState, session::SessionServices, window::window};
use crate::{
    auth::{authz, context::OpContext},
    database::{
        Database, DatabaseError, apps,
        audit::Entry as AuditEntry,
        claims::{self, Claim},
        namespaces::{self as records, Namespace},
        operations::{Input, NewOperation},
    },
    kubernetes::{client::Identity, fault::ClusterError, fleet::Cluster},
    operations::steps_of,
    render::{APP_LABEL, MANAGED_BY},
};

/// Namespaces that are the cluster's or Longshore's own.
const RESERVED: [&str; 3] = ["default", "longshore", "longshore-system"];

#[async_trait]
impl Namespaces for SessionServices {
    async fn list(&self, query: NameQuery) -> Answer<Slice<NamespaceRow>> {
        self.require_anywhere(Permission::NamespaceRead, "namespace.list", "namespace").await?;
        let part = records::slice(&self.parts.db, &self.ctx, Permission::NamespaceRead, &window(query)?).await?;
        let ids: Vec<NamespaceId> = part.rows.iter().map(|n| n.id).collect();
        let counts = apps::counts(&self.parts.db, &self.ctx, &ids).await?;
        let tenants = self.tenant_names(part.rows.iter().map(|n| n.tenant).collect()).await?;
        part.with_rows(|rows| Ok(rows.into_iter().map(|n| self.namespace_row(n, &counts, &tenants)).collect()))
    }

    async fn get(&self, id: NamespaceId) -> Answer<NamespaceRow> {
        let (found, _) = self.namespace_for(id, Permission::NamespaceRead, "namespace.read").await?;
        self.whole_row(found).await
    }

    async fn create(&self, form: NewNamespace) -> Answer<NamespaceRow> {
        let somewhere = self.ctx.require_somewhere(Permission::NamespaceManage);
        self.checked(somewhere, "namespace.create", "namespace").await?;
        let (name, quota) = form.parse()?;
        let existing = form.is_existing()?;
        let tenant = self.tenant_for(&form.tenant).await?;
        let cluster = self.cluster_for(&form.cluster).await?;
        let place = Place { tenant: Some(tenant), cluster: Some(cluster.id()), ..Place::PLATFORM };
        let decided = self.ctx.require_on(Permission::NamespaceManage, &place);
        let granted = self.checked(decided, "namespace.create", format!("namespace/{name}")).await?;
        if RESERVED.contains(&name.as_str()) || name.as_str().starts_with("kube-") {
            return Err(UiError::invalid_field(
                "name",
                text!("{name} belongs to the cluster itself; choose another name.", "{name} 为集群保留，请更换名称。"),
            ));
        }
        if existing && self.ctx.tenant().is_some() {
            // Whose it was before, only the platform's people know.
            let refused = UiError {
                kind: ErrorKind::Forbidden,
                ..UiError::invalid_field(
                    "existing",
                    text!(
                        "A namespace that the cluster has already is taken over by the platform's administrators. Ask them.",
                        "接管集群中已有的命名空间须由平台管理员操作，请联系他们。"
                    ),
                )
            };
            return self.checked(Err(refused), "namespace.create", format!("namespace/{name}")).await;
        }
        let making = BeingMade::begin(&self.parts.db, &self.ctx, cluster.id(), name.as_str()).await?;
        let made = self.make_and_keep(granted, &cluster, tenant, (name.as_str(), existing), quota).await;
        making.end().await;
        let tenants = self.tenant_names(vec![tenant]).await?;
        Ok(self.namespace_row(made?, &HashMap::new(), &tenants))
    }

    async fn set_quota(&self, id: NamespaceId, form: QuotaForm) -> Answer<NamespaceRow> {
        let (before, namespace) = self.own_namespace(id, "namespace.set_quota").await?;
        let quota = form.parse()?;
        if form.version.is_some_and(|read| read != before.version) {
            return Err(DatabaseError::Stale.into());
        }
        if before.operation.is_some() {
            let name = &before.name;
            return Err(UiError::new(
                ErrorKind::Conflict,
                text!("The namespace {name} is being deleted.", "命名空间 {name} 正在被删除。"),
            ));
        }
        let version = before.version;
        let after = Namespace { quota, version: version + 1, waiting: true, ..before.clone() };
        let entry = AuditEntry::ok("namespace.set_quota", format!("namespace/{}", before.name))
            .tenant(Some(before.tenant))
            .change(Some(&NamespaceState::of(&before)), Some(&NamespaceState::of(&after)));
        records::set_quota(&self.parts.db, &self.ctx, &namespace, (version, quota), entry).await?;
        self.parts.operations.hand_out_soon();
        self.whole_row(after).await
    }

    async fn disks(&self, id: NamespaceId) -> Answer<AppStorage> {
        self.disks_left(id).await
    }

    async fn delete_disk(&self, id: NamespaceId, disk: String, confirm: String) -> Answer<()> {
        self.delete_disk_left(id, disk.trim(), &confirm).await
    }

    async fn unmanaged(&self, id: NamespaceId) -> Answer<Vec<UnmanagedRow>> {
        self.unmanaged_in(id).await
    }

    async fn import_plan(&self, id: NamespaceId, name: String) -> Answer<ImportPlan> {
        self.plan_import(id, name.trim()).await
    }

    async fn import(&self, id: NamespaceId, name: String, form: ImportForm) -> Answer<Started> {
        self.import_deployment(id, name.trim(), &form).await
    }

    async fn delete(&self, id: NamespaceId, form: DeleteForm) -> Answer<OperationId> {
        let (found, namespace) = self.own_namespace(id, "namespace.delete").await?;
        confirmed(&form.confirm, &found.name)?;
        let deletes_disks = form.deletes_disks()?;
        let apps: Vec<String> =
            apps::of_namespace(&self.parts.db, &self.ctx, id).await?.into_iter().map(|a| a.name).collect();
        if !apps.is_empty() {
            let list = apps.join(", ");
            return Err(UiError::new(
                ErrorKind::Conflict,
                text!(
                    "The namespace still has applications: {list}. Delete them first.",
                    "命名空间中仍有应用：{list}。请先删除它们。"
                ),
            ));
        }
        self.has_nobodys(&found).await?;
        if !deletes_disks {
            self.has_no_disks(&found).await?;
        }
        let operation = NewOperation {
            id: OperationId(self.ctx.clock().uuid()),
            kind: OperationKind::DeleteNamespace,
            tenant: found.tenant,
            cluster: found.cluster,
            namespace: id,
            app: None,
            object: found.name.clone(),
            input: Input { deletes_disks, ..Input::default() },
            steps: steps_of(OperationKind::DeleteNamespace),
        };
        let started = operation.id;
        let entry = AuditEntry::ok("namespace.delete", format!("namespace/{}", found.name))
            .tenant(Some(found.tenant))
            .gone(&NamespaceState::of(&found))
            .detail(if deletes_disks { "with the disks in it" } else { "" });
        records::begin_delete(&self.parts.db, &self.ctx, &namespace, operation, entry).await?;
        self.parts.operations.begin(started, found.tenant, None);
        Ok(started)
    }
}

impl SessionServices {
    /// A namespace that the actor may manage. A refusal is written to the audit trail under `action`.
    async fn own_namespace(&self, id: NamespaceId, action: &'static str) -> Answer<(Namespace, authz::Namespace)> {
        let object = format!("namespace/{id}");
        let found = records::find(&self.parts.db, &self.ctx, id).await?.ok_or_else(UiError::not_found);
        let found = self.checked(found, action, object.as_str()).await?;
        let decided = authz::Namespace::authorize(&self.ctx, Permission::NamespaceManage, &found.place(), &found.name);
        Ok((found, self.checked(decided, action, object).await?))
    }

    /// Refuses while it has what is no application's: it would go with it.
    async fn has_nobodys(&self, namespace: &Namespace) -> Answer<()> {
        let cluster = self.parts.fleet.get(namespace.cluster).ok_or_else(super::unavailable)?;
        let kinds = [
            ("apps/v1", "Deployment"),
            ("apps/v1", "StatefulSet"),
            ("batch/v1", "CronJob"),
            ("batch/v1", "Job"),
            ("apps/v1", "ReplicaSet"),
            ("v1", "Pod"),
            ("v1", "PersistentVolumeClaim"),
        ];
        // Disks that apps have left are asked for by themselves.
        let selector = format!("!{APP_LABEL},{}!={}", MANAGED_BY.0, MANAGED_BY.1);
        let found = cluster.list_labelled(&Identity::Platform, &namespace.name, &kinds, &selector).await;
        let found = found.map_err(|e| upstream(&e))?;
        if found.is_empty() {
            return Ok(());
        }
        let called = |object: &Value| {
            let word = |of: &Value| of.as_str().unwrap_or_default().to_owned();
            format!("{} {}", word(&object["kind"]), word(&object["metadata"]["name"]))
        };
        let (list, more) = (found.iter().take(5).map(called).collect::<Vec<_>>().join(", "), found.len() > 5);
        let more = if more { " …" } else { "" };
        Err(UiError::new(
            ErrorKind::Conflict,
            text!(
                "The namespace has what is no app of Longshore's: {list}{more}. Import it or delete it in the cluster first.",
                "命名空间中仍有不由 Longshore 管理的对象：{list}{more}。请先导入，或在集群中删除。"
            ),
        ))
    }

    async fn whole_row(&self, namespace: Namespace) -> Answer<NamespaceRow> {
        let counts = apps::counts(&self.parts.db, &self.ctx, &[namespace.id]).await?;
        let tenants = self.tenant_names(vec![namespace.tenant]).await?;
        Ok(self.namespace_row(namespace, &counts, &tenants))
    }

    /// Makes a namespace in the cluster, then keeps it.
    async fn make_and_keep(
        &self,
        granted: authz::Granted,
        cluster: &Cluster,
        tenant: TenantId,
        (name, existing): (&str, bool),
        quota: Quota,
    ) -> Answer<Namespace> {
        if records::is_taken(&self.parts.db, cluster.id(), name).await? {
            return Err(super::fault::taken("name"));
        }
        let new = Namespace {
            id: NamespaceId(self.ctx.clock().uuid()),
            tenant,
            cluster: cluster.id(),
            name: name.to_owned(),
            quota,
            operation: None,
            created_at: self.ctx.now(),
            version: 1,
            waiting: false,
        };
        make(cluster, &new, existing).await?;
        let taken_over = if existing { "taken over, " } else { "" };
        let entry = AuditEntry::ok("namespace.create", format!("namespace/{name}"))
            .tenant(Some(tenant))
            .detail(format!("{taken_over}cpu {}, memory {}, pods {}", quota.cpu, quota.memory, quota.pods))
            .made(&NamespaceState::of(&new));
        records::insert(&self.parts.db, &self.ctx, granted, new.clone(), entry).await?;
        Ok(new)
    }

    /// The names of some tenants. One that the actor may not know of has none.
    pub(super) async fn tenant_names(&self, mut ids: Vec<TenantId>) -> Answer<HashMap<TenantId, String>> {
        ids.sort_unstable();
        ids.dedup();
        Ok(self.parts.db.find_tenant_names(&self.ctx, &ids).await?)
    }

    /// A cluster's name; empty while it is not connected.
    pub(super) fn cluster_name(&self, id: ClusterId) -> String {
        self.parts.fleet.get(id).map(|c| c.name().to_owned()).unwrap_or_default()
    }

    fn namespace_row(
        &self,
        namespace: Namespace,
        apps: &HashMap<NamespaceId, u64>,
        tenants: &HashMap<TenantId, String>,
    ) -> NamespaceRow {
        let nothing = Quota { cpu: CpuMillis(0), memory: Bytes(0), pods: 0 };
        let cluster = self.parts.fleet.get(namespace.cluster);
        NamespaceRow {
            id: namespace.id,
            used: cluster.as_ref().map_or(nothing, |c| c.index().namespace_used(&namespace.name)),
            name: namespace.name,
            cluster: namespace.cluster,
            cluster_name: cluster.map(|c| c.name().to_owned()).unwrap_or_default(),
            tenant: namespace.tenant,
            tenant_name: tenants.get(&namespace.tenant).cloned().unwrap_or_default(),
            quota: namespace.quota,
            version: namespace.version,
            waiting: namespace.waiting,
            apps: apps.get(&namespace.id).copied().unwrap_or(0),
            created_at: namespace.created_at,
        }
    }

    /// The tenant that a form names; one's own when it names none.
    async fn tenant_for(&self, id: &str) -> Answer<TenantId> {
        let wrong =
            || UiError::invalid_field("tenant", text!("Choose a tenant that exists.", "请选择一个存在的租户。"));
        let id = match (id.trim(), self.ctx.tenant()) {
            ("", Some(own)) => own,
            (id, _) => id.parse().map_err(|_| wrong())?,
        };
        // In one that is being deleted nothing is made any more; the database holds to that, too.
        if self.parts.db.is_tenant_open(&self.ctx, id).await? { Ok(id) } else { Err(wrong()) }
    }

    /// The connected cluster that a form names, when the actor may know of it: a tenant's people know those in which
    /// they have a namespace.
    async fn cluster_for(&self, id: &str) -> Answer<Arc<Cluster>> {
        let wrong = || {
            UiError::invalid_field("cluster", text!("Choose a cluster that is connected.", "请选择一个已连接的集群。"))
        };
        let cluster = id.trim().parse().ok().and_then(|id| self.parts.fleet.get(id)).ok_or_else(wrong)?;
        if self.ctx.tenant().is_some() && self.scopes(Permission::NamespaceRead).await?.of(cluster.id()).is_none() {
            return Err(wrong());
        }
        Ok(cluster)
    }
}

/// Whether a person wrote the name of what they are about to delete.
pub(super) fn confirmed(confirm: &str, name: &str) -> Answer<()> {
    if confirm.trim() == name {
        return Ok(());
    }
    Err(UiError::invalid_field("confirm", text!("Write the name {name} to confirm.", "请输入名称 {name} 以确认。")))
}

/// How long a namespace may take to be made before another request for the same name may try, in milliseconds.
const MAKING: Millis = 60_000;

/// A namespace that is being made, by one request of one replica: two for one name must not both find it free.
struct BeingMade {
    db: Database,
    claim: Option<Claim>,
}

impl BeingMade {
    /// Begins. Fails when somebody else is at it.
    async fn begin(db: &Database, ctx: &OpContext, cluster: ClusterId, name: &str) -> Answer<Self> {
        let claim = claims::take(db, ctx, format!("namespace/{cluster}/{name}"), MAKING).await?;
        let claim = claim.ok_or_else(|| super::fault::taken("name"))?;
        Ok(Self { db: db.clone(), claim: Some(claim) })
    }

    /// Ends, whatever came of it.
    async fn end(mut self) {
        if let Some(claim) = self.claim.take() {
            let_go(&self.db, &claim).await;
        }
    }
}

impl Drop for BeingMade {
    /// The request was given up in the middle.
    fn drop(&mut self) {
        if let (Some(claim), Ok(runtime)) = (self.claim.take(), tokio::runtime::Handle::try_current()) {
            let db = self.db.clone();
            runtime.spawn(async move { let_go(&db, &claim).await });
        }
    }
}

async fn let_go(db: &Database, claim: &Claim) {
    if let Err(error) = claims::let_go(db, claim).await {
        tracing::warn!(error = &error as &dyn std::error::Error, "a claim was not let go; it ends by itself");
    }
}

/// A cluster's fault as people are told it.
pub(super) fn upstream(error: &ClusterError) -> UiError {
    tracing::warn!(%error, "a cluster refused or did not answer");
    let kind = match error {
        ClusterError::AlreadyExists | ClusterError::Conflict(_) | ClusterError::Quota { .. } => ErrorKind::Conflict,
        _ => ErrorKind::Upstream,
    };
    UiError::new(kind, error.to_text())
}
