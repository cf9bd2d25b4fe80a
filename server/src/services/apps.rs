//! Applications and their releases, as people see them. What changes them is in [`super::publishing`].

use std::collections::{BTreeSet, HashMap};

use app::{
    UiError,
    i18n::Text,
    model::{
        AppDetail, AppId, AppQuery, AppRecord, AppRow, AppStorage, AppUsage, ClusterState, DeleteForm, DeletePreview,
        Drift, FitAnswer, FitRequest, NameQuery, NamespaceId, Network, NewApp, Page, PageRequest, PartQuery,
        Permission, ReleaseDetail, ReleaseDiff, ReleaseRow, RollbackPreview, Routing, Run, Runs, Scale, Slice,
        SpecForm, SpecLook, Started, TemplateId, TenantId, Upgrade, UsageQuery, document,
    },
    service::{Answer, Apps},
    text,
};
use async_trait::async_trait;

use super::{
    clusters,
    diff::{Side, sections},
    patches::patched,
    rollout::Known,
    scaling::scaling,
    session::SessionServices,
    window::window,
};
use crate::{
    auth::authz,
    database::{
        app_list::{self, Wanted},
        apps::{self as records, App},
        namespaces, operations as operation_records,
        releases::{self, Release},
        slice::Window,
    },
    kubernetes::{fleet::Cluster, index::AppView},
    operations::step_title,
};

/// The releases that come with an application; those before them come part by part.
const TIMELINE: u64 = 20;

#[async_trait]
impl Apps for SessionServices {
    async fn list(&self, query: AppQuery) -> Answer<Page<AppRow>> {
        self.require_anywhere(Permission::AppRead, "app.list", "app").await?;
        let page = PageRequest::parse(query.page.as_deref(), query.per_page.as_deref());
        let namespace = match query.namespace.as_deref().map(str::trim).filter(|id| !id.is_empty()) {
            Some(id) => Some(id.parse::<NamespaceId>().map_err(|_| UiError::not_found())?),
            None => None,
        };
        let template = match query.template.as_deref().map(str::trim).filter(|id| !id.is_empty()) {
            Some(id) => Some(id.parse::<TemplateId>().map_err(|_| UiError::not_found())?),
            None => None,
        };
        let version = match query.version.as_deref().map(str::trim).filter(|number| !number.is_empty()) {
            Some(number) => Some(number.parse::<u32>().map_err(|_| UiError::not_found())?),
            None => None,
        };
        let words = window(NameQuery { q: query.q, ..NameQuery::default() })?.words;
        let wanted = Wanted { namespace, template, version, words };
        let (apps, total) = app_list::page(&self.parts.db, &self.ctx, Permission::AppRead, &wanted, page).await?;
        let ids: Vec<NamespaceId> = apps.iter().map(|app| app.namespace).collect();
        let namespaces = namespaces::names(&self.parts.db, &ids).await?;
        let rows = self.rows(&apps, &namespaces).await?;
        Ok(Page { rows, total, page: page.page, per_page: page.per_page })
    }

    async fn get(&self, id: AppId) -> Answer<AppDetail> {
        let (app, _) = self.app_for(id, Permission::AppRead, "app.read").await?;
        let namespace = self.namespace_name(&app).await?;
        let timeline = releases::slice(&self.parts.db, &self.ctx, id, &Window::first(TIMELINE)).await?;
        let (newest, older) = self.newest_and_running(&app).await?;
        let running = older.as_ref().unwrap_or(&newest);
        let operation = match app.operation {
            Some(operation) => {
                operation_records::find(&self.parts.db, &self.ctx, operation, step_title).await?.map(|(found, _)| found)
            }
            None => None,
        };
        let seen = self.see(&app, &namespace);
        let known = seen.known(&app, &newest, running);
        let tenants = self.tenant_names(vec![app.tenant]).await?;
        Ok(AppDetail {
            row: self.row(&known, &namespace, &tenants),
            address: running
                .spec
                .main()
                .and_then(|main| main.ports.first())
                .map(|port| format!("{}.{namespace}.svc:{}", app.name, port.in_service())),
            urls: running.spec.routing.as_ref().map(Routing::urls).unwrap_or_default(),
            runs: known.runs(self.ctx.now()),
            scaling: scaling(seen.view.as_ref(), &running.spec),
            rollout: known.rollout(operation, self.ctx.now()),
            spec: SpecForm::of_spec(&newest.spec),
            patched: patched(&newest, None),
            created_at: app.created_at,
            releases: timeline.rows,
            older: timeline.next,
            live: app.live_release,
        })
    }

    async fn fit(&self, request: FitRequest) -> Answer<FitAnswer> {
        self.check_fit(request).await
    }

    async fn convert(&self, form: SpecForm) -> Answer<SpecForm> {
        self.require_anywhere(Permission::AppRead, "app.fit", "app").await?;
        form.converted()
    }

    async fn look(&self, form: SpecForm) -> Answer<SpecLook> {
        self.require_anywhere(Permission::AppRead, "app.fit", "app").await?;
        Ok(form.look())
    }

    async fn publish(&self, form: NewApp) -> Answer<Started> {
        self.publish_app(form).await
    }

    async fn upgrade(&self, id: AppId, form: Upgrade) -> Answer<Started> {
        Box::pin(self.upgrade_app(id, form)).await
    }

    async fn rollback_preview(&self, id: AppId, release: u32) -> Answer<RollbackPreview> {
        Box::pin(self.preview_of_rollback(id, release)).await
    }

    async fn roll_back(&self, id: AppId, release: u32, reason: String) -> Answer<Started> {
        self.roll_app_back(id, release, &reason).await
    }

    async fn scale(&self, id: AppId, form: Scale) -> Answer<Started> {
        self.scale_app(id, form).await
    }

    async fn restart(&self, id: AppId, reason: String) -> Answer<Started> {
        self.restart_app(id, &reason).await
    }

    async fn go_on(&self, id: AppId, release: u32) -> Answer<Started> {
        self.continue_release(id, release).await
    }

    async fn abort(&self, id: AppId, release: u32, reason: String) -> Answer<Started> {
        self.abort_release(id, release, &reason).await
    }

    async fn delete_preview(&self, id: AppId) -> Answer<DeletePreview> {
        Box::pin(self.deletion_preview(id)).await
    }

    async fn delete(&self, id: AppId, form: DeleteForm) -> Answer<Started> {
        self.delete_app(id, &form).await
    }

    async fn deleted(&self, query: NameQuery) -> Answer<Slice<AppRecord>> {
        self.deleted_apps(query).await
    }

    async fn record(&self, id: AppId) -> Answer<AppRecord> {
        self.record_of(id).await
    }

    async fn releases(&self, id: AppId, query: PartQuery) -> Answer<Slice<ReleaseRow>> {
        self.releases_of(id, query).await
    }

    async fn release(&self, id: AppId, release: u32) -> Answer<ReleaseDetail> {
        self.kept(id).await?;
        let found = self.release_of(id, release).await?;
        let manifests = serde_saphyr::to_string_multiple(&found.manifests).map_err(|e| super::fault::internal(&e))?;
        let patched = patched(&found, self.approval_of(&found).await?);
        Ok(ReleaseDetail {
            app: id,
            row: found.row,
            document: document::write(&found.spec),
            spec: found.spec,
            config_hash: found.config_hash,
            secrets: found.secrets,
            manifests,
            patched,
            operation: found.operation,
        })
    }

    async fn compare(&self, id: AppId, left: u32, right: u32) -> Answer<ReleaseDiff> {
        self.kept(id).await?;
        self.difference(&self.release_of(id, left).await?, &self.release_of(id, right).await?).await
    }

    async fn storage(&self, id: AppId) -> Answer<AppStorage> {
        self.storage_of(id).await
    }

    async fn network(&self, id: AppId) -> Answer<Network> {
        self.network_of(id).await
    }

    async fn usage(&self, id: AppId, query: UsageQuery) -> Answer<AppUsage> {
        self.usage_of(id, &query).await
    }

    async fn runs(&self, id: AppId) -> Answer<Runs> {
        self.runs_of_app(id).await
    }

    async fn run(&self, id: AppId, reason: String) -> Answer<Run> {
        self.begin_run(id, &reason).await
    }

    async fn stop_run(&self, id: AppId, name: String) -> Answer<()> {
        self.end_run(id, &name).await
    }

    async fn drift(&self, id: AppId) -> Answer<Drift> {
        self.drift_of(id).await
    }

    async fn adopt(&self, id: AppId, reason: String) -> Answer<Started> {
        self.adopt_drift(id, &reason).await
    }

    async fn revert(&self, id: AppId, reason: String) -> Answer<Started> {
        self.revert_drift(id, &reason).await
    }
}

/// What the cluster shows of an application, or why it shows nothing.
pub(super) struct Seen {
    view: Option<AppView>,
    blind: Option<Text>,
}

impl Seen {
    fn known<'a>(&'a self, app: &'a App, newest: &'a Release, running: &'a Release) -> Known<'a> {
        Known { app, newest, running, view: self.view.as_ref(), blind: self.blind.as_ref() }
    }
}

impl SessionServices {
    /// An application's record with the right to do something with it. What another tenant has is not found. A refusal is
    /// written to the audit trail, also of looking alone.
    pub(super) async fn app_for(
        &self,
        id: AppId,
        permission: Permission,
        action: &'static str,
    ) -> Answer<(App, authz::App)> {
        let found = records::find(&self.parts.db, &self.ctx, id).await?.ok_or_else(UiError::not_found);
        let decided = found.and_then(|app| {
            let right = authz::App::authorize(&self.ctx, permission, &app.place(), &app.name)?;
            Ok((app, right))
        });
        self.checked(decided, action, format!("app/{id}")).await
    }

    /// A release; `NotFound` without it.
    pub(super) async fn release_of(&self, app: AppId, number: u32) -> Answer<Release> {
        releases::find(&self.parts.db, &self.ctx, app, number).await?.ok_or_else(UiError::not_found)
    }

    /// An application's newest release, and the one that runs when that is another.
    pub(super) async fn newest_and_running(&self, app: &App) -> Answer<(Release, Option<Release>)> {
        let newest = self.release_of(app.id, app.newest_release).await?;
        let running = match app.live_release.filter(|n| *n != newest.row.number) {
            Some(number) => releases::find(&self.parts.db, &self.ctx, app.id, number).await?,
            None => None,
        };
        Ok((newest, running))
    }

    pub(super) async fn namespace_name(&self, app: &App) -> Answer<String> {
        let namespace = namespaces::find(&self.parts.db, &self.ctx, app.namespace).await?;
        Ok(namespace.ok_or_else(UiError::not_found)?.name)
    }

    fn see(&self, app: &App, namespace: &str) -> Seen {
        let Some(cluster) = self.parts.fleet.get(app.cluster) else {
            return Seen { view: None, blind: Some(not_connected()) };
        };
        Seen { view: cluster.index().app_view(namespace, app.id), blind: self.blind_to(&cluster) }
    }

    /// Why a cluster cannot be looked at; `None` when it can.
    pub(super) fn blind_to(&self, cluster: &Cluster) -> Option<Text> {
        let status = cluster.status();
        match status.state {
            ClusterState::Live => None,
            _ if self.ctx.tenant().is_some() && status.problem.is_some() => Some(clusters::unwell()),
            _ => Some(status.problem.unwrap_or_else(|| {
                text!("The cluster is being read; this takes a moment.", "正在读取集群状态，请稍候。")
            })),
        }
    }

    /// The rows of some applications; the releases are read in one question.
    async fn rows(&self, apps: &[App], namespaces: &HashMap<NamespaceId, String>) -> Answer<Vec<AppRow>> {
        // For most it is the same.
        let wanted: Vec<(AppId, u32)> = apps
            .iter()
            .flat_map(|app| [Some(app.newest_release), app.live_release].map(|number| number.map(|n| (app.id, n))))
            .flatten()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let releases: HashMap<(AppId, u32), Release> = releases::of_numbers(&self.parts.db, &self.ctx, &wanted)
            .await?
            .into_iter()
            .map(|r| ((r.app, r.row.number), r))
            .collect();
        let tenants = self.tenant_names(apps.iter().map(|a| a.tenant).collect()).await?;
        let rows = apps.iter().filter_map(|app| {
            let newest = releases.get(&(app.id, app.newest_release))?;
            let running = app.live_release.and_then(|n| releases.get(&(app.id, n))).unwrap_or(newest);
            let namespace = namespaces.get(&app.namespace).map_or("", String::as_str);
            let seen = self.see(app, namespace);
            Some(self.row(&seen.known(app, newest, running), namespace, &tenants))
        });
        Ok(rows.collect())
    }

    fn row(&self, known: &Known<'_>, namespace: &str, tenants: &HashMap<TenantId, String>) -> AppRow {
        let (app, newest) = (known.app, &known.newest.row);
        AppRow {
            id: app.id,
            name: app.name.clone(),
            kind: known.running.spec.kind,
            namespace: app.namespace,
            namespace_name: namespace.to_owned(),
            cluster: app.cluster,
            cluster_name: self.cluster_name(app.cluster),
            tenant_name: tenants.get(&app.tenant).cloned().unwrap_or_default(),
            state: known.state(),
            ready: known.ready(),
            replicas: known.replicas(),
            image: known.running.row.image.clone(),
            template: known.running.row.template.clone(),
            release: newest.number,
            actor_name: newest.actor_name.clone(),
            released_at: newest.created_at,
        }
    }

    /// What would differ if one release ran in place of another.
    pub(super) async fn difference(&self, left: &Release, right: &Release) -> Answer<ReleaseDiff> {
        let sections = sections(Side::of(left), Side::of(right));
        let patched = patched(right, self.approval_of(right).await?);
        Ok(ReleaseDiff { left: left.row.clone(), right: right.row.clone(), sections, patched })
    }
}

/// What is said of a cluster that Longshore has no connection to.
pub(super) fn not_connected() -> Text {
    text!("The cluster is not connected.", "集群未连接。")
}
