//! What stays of applications: their releases part by part, and the record of those that were deleted. Reading alone is
//! here; what changes an application finds none that was deleted.

use app::{
    UiError,
    model::{AppId, AppRecord, NameQuery, NamespaceId, PartQuery, Permission, ReleaseRow, Slice},
    service::Answer,
};

use super::{session::SessionServices, window::window_by};
use crate::{
    auth::authz,
    database::{
        app_records::{self, Kept},
        namespaces, releases,
    },
};

impl SessionServices {
    /// An application for reading what it was, also when it was deleted. What another tenant had is not found. A refusal is
    /// written to the audit trail.
    pub(super) async fn kept(&self, id: AppId) -> Answer<Kept> {
        let found = app_records::find(&self.parts.db, &self.ctx, id).await?.ok_or_else(UiError::not_found);
        let decided = found.and_then(|kept| {
            authz::App::authorize(&self.ctx, Permission::AppRead, &kept.app.place(), &kept.app.name)?;
            Ok(kept)
        });
        self.checked(decided, "app.read", format!("app/{id}")).await
    }

    /// What is kept of one application.
    pub(super) async fn record_of(&self, id: AppId) -> Answer<AppRecord> {
        let kept = self.kept(id).await?;
        self.records(vec![kept]).await?.pop().ok_or_else(UiError::not_found)
    }

    /// A part of an application's releases.
    pub(super) async fn releases_of(&self, id: AppId, query: PartQuery) -> Answer<Slice<ReleaseRow>> {
        self.kept(id).await?;
        let window = window_by(NameQuery { q: None, cursor: query.cursor, limit: query.limit })?;
        Ok(releases::slice(&self.parts.db, &self.ctx, id, &window).await?)
    }

    /// A part of the applications that were deleted.
    pub(super) async fn deleted_apps(&self, query: NameQuery) -> Answer<Slice<AppRecord>> {
        self.require_anywhere(Permission::AppRead, "app.list", "app").await?;
        let window = window_by(query)?;
        let part = app_records::deleted(&self.parts.db, &self.ctx, Permission::AppRead, &window).await?;
        let Slice { rows, previous, next } = part;
        Ok(Slice { rows: self.records(rows).await?, previous, next })
    }

    /// The records of some applications, with what else is called there by name.
    async fn records(&self, kept: Vec<Kept>) -> Answer<Vec<AppRecord>> {
        let ids: Vec<NamespaceId> = kept.iter().map(|k| k.app.namespace).collect();
        let namespaces = namespaces::names(&self.parts.db, &ids).await?;
        let tenants = self.tenant_names(kept.iter().map(|k| k.app.tenant).collect()).await?;
        let gone: Vec<AppId> = kept.iter().filter(|k| k.deleted_at.is_some()).map(|k| k.app.id).collect();
        let mut deleters = app_records::deleters(&self.parts.db, &self.ctx, &gone).await?;
        let record = |Kept { app, deleted_at }: Kept| AppRecord {
            id: app.id,
            name: app.name,
            namespace: app.namespace,
            namespace_name: namespaces.get(&app.namespace).cloned().unwrap_or_default(),
            cluster_name: self.cluster_name(app.cluster),
            tenant_name: tenants.get(&app.tenant).cloned().unwrap_or_default(),
            release: app.newest_release,
            created_at: app.created_at,
            deleted_at,
            deleted_by: deleters.remove(&app.id).unwrap_or_default(),
        };
        Ok(kept.into_iter().map(record).collect())
    }
}
