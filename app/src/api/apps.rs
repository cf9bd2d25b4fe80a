//! Applications and their releases.

use leptos::{prelude::*, server_fn::codec::GetUrl};

use super::Json;
#[cfg(feature = "ssr")]
use super::{answer, session};
use crate::{UiError, model::*};

/// A page of applications.
#[server(endpoint = "apps/list_apps", input = GetUrl, output = Json)]
pub async fn list_apps(#[server(default)] query: AppQuery) -> Result<Page<AppRow>, UiError> {
    answer(async { session().await?.apps().list(query).await }.await)
}

/// One application.
#[server(endpoint = "apps/get_app", input = GetUrl, output = Json)]
pub async fn get_app(id: AppId) -> Result<AppDetail, UiError> {
    answer(async { session().await?.apps().get(id).await }.await)
}

/// Whether a specification fits.
#[server(endpoint = "apps/check_fit", output = Json)]
pub async fn check_fit(request: FitRequest) -> Result<FitAnswer, UiError> {
    answer(async { session().await?.apps().fit(request).await }.await)
}

/// What is wrong with a specification as it stands, or its other face.
#[server(endpoint = "apps/look_at_spec", output = Json)]
pub async fn look_at_spec(form: SpecForm) -> Result<SpecLook, UiError> {
    answer(async { session().await?.apps().look(form).await }.await)
}

/// Publishes a new application, and goes to its page.
#[server(endpoint = "apps/publish_app", output = Json)]
pub async fn publish_app(form: NewApp) -> Result<Started, UiError> {
    let started = answer(async { session().await?.apps().publish(form).await }.await)?;
    leptos_axum::redirect(&format!("/apps/{}", started.app));
    Ok(started)
}

/// Upgrades an application, and goes to its page.
#[server(endpoint = "apps/upgrade_app", output = Json)]
pub async fn upgrade_app(id: AppId, form: Upgrade) -> Result<Started, UiError> {
    let started = answer(async { session().await?.apps().upgrade(id, form).await }.await)?;
    leptos_axum::redirect(&format!("/apps/{}", started.app));
    Ok(started)
}

/// What a rollback would change, and what the cluster says to it.
#[server(endpoint = "apps/preview_rollback", input = GetUrl, output = Json)]
pub async fn preview_rollback(id: AppId, release: u32) -> Result<RollbackPreview, UiError> {
    answer(async { session().await?.apps().rollback_preview(id, release).await }.await)
}

/// Rolls back, and goes to the application's page.
#[server(endpoint = "apps/roll_back_app", output = Json)]
pub async fn roll_back_app(id: AppId, release: u32, reason: String) -> Result<Started, UiError> {
    let started = answer(async { session().await?.apps().roll_back(id, release, reason).await }.await)?;
    leptos_axum::redirect(&format!("/apps/{}", started.app));
    Ok(started)
}

/// Changes how many pods there are, and goes to the application's page.
#[server(endpoint = "apps/scale_app", output = Json)]
pub async fn scale_app(id: AppId, form: Scale) -> Result<Started, UiError> {
    let started = answer(async { session().await?.apps().scale(id, form).await }.await)?;
    leptos_axum::redirect(&format!("/apps/{}", started.app));
    Ok(started)
}

/// Makes all pods anew, and goes to the application's page.
#[server(endpoint = "apps/restart_app", output = Json)]
pub async fn restart_app(id: AppId, reason: String) -> Result<Started, UiError> {
    let started = answer(async { session().await?.apps().restart(id, reason).await }.await)?;
    leptos_axum::redirect(&format!("/apps/{}", started.app));
    Ok(started)
}

/// Goes on with a release that waits for it, and goes to the application's page.
#[server(endpoint = "apps/continue_release", output = Json)]
pub async fn continue_release(id: AppId, release: u32) -> Result<Started, UiError> {
    let started = answer(async { session().await?.apps().go_on(id, release).await }.await)?;
    leptos_axum::redirect(&format!("/apps/{}", started.app));
    Ok(started)
}

/// Gives up a release that is on its way, and goes to the application's page.
#[server(endpoint = "apps/abort_release", output = Json)]
pub async fn abort_release(id: AppId, release: u32, reason: String) -> Result<Started, UiError> {
    let started = answer(async { session().await?.apps().abort(id, release, reason).await }.await)?;
    leptos_axum::redirect(&format!("/apps/{}", started.app));
    Ok(started)
}

/// What a deletion would remove.
#[server(endpoint = "apps/preview_delete", input = GetUrl, output = Json)]
pub async fn preview_delete(id: AppId) -> Result<DeletePreview, UiError> {
    answer(async { session().await?.apps().delete_preview(id).await }.await)
}

/// Deletes an application, and goes to the operation that does it.
#[server(endpoint = "apps/delete_app", output = Json)]
pub async fn delete_app(id: AppId, confirm: String, #[server(default)] disks: String) -> Result<Started, UiError> {
    let form = DeleteForm { confirm, disks };
    let started = answer(async { session().await?.apps().delete(id, form).await }.await)?;
    leptos_axum::redirect(&format!("/operations/{}", started.operation));
    Ok(started)
}

/// A part of the applications that were deleted.
#[server(endpoint = "apps/list_deleted_apps", input = GetUrl, output = Json)]
pub async fn list_deleted_apps(#[server(default)] query: NameQuery) -> Result<Slice<AppRecord>, UiError> {
    answer(async { session().await?.apps().deleted(query).await }.await)
}

/// What is kept of an application, also when it was deleted.
#[server(endpoint = "apps/get_app_record", input = GetUrl, output = Json)]
pub async fn get_app_record(id: AppId) -> Result<AppRecord, UiError> {
    answer(async { session().await?.apps().record(id).await }.await)
}

/// A part of an application's releases.
#[server(endpoint = "apps/list_releases", input = GetUrl, output = Json)]
pub async fn list_releases(id: AppId, #[server(default)] query: PartQuery) -> Result<Slice<ReleaseRow>, UiError> {
    answer(async { session().await?.apps().releases(id, query).await }.await)
}

/// One release.
#[server(endpoint = "apps/get_release", input = GetUrl, output = Json)]
pub async fn get_release(id: AppId, release: u32) -> Result<ReleaseDetail, UiError> {
    answer(async { session().await?.apps().release(id, release).await }.await)
}

/// The difference between two releases.
#[server(endpoint = "apps/compare_releases", input = GetUrl, output = Json)]
pub async fn compare_releases(id: AppId, left: u32, right: u32) -> Result<ReleaseDiff, UiError> {
    answer(async { session().await?.apps().compare(id, left, right).await }.await)
}

/// CPU and memory of an application over time, marked by releases.
#[server(endpoint = "apps/get_usage", input = GetUrl, output = Json)]
pub async fn get_usage(id: AppId, #[server(default)] query: UsageQuery) -> Result<AppUsage, UiError> {
    answer(async { session().await?.apps().usage(id, query).await }.await)
}

/// The disks on which an application keeps its data.
#[server(endpoint = "apps/get_storage", input = GetUrl, output = Json)]
pub async fn get_storage(id: AppId) -> Result<AppStorage, UiError> {
    answer(async { session().await?.apps().storage(id).await }.await)
}

/// How an application is reached, as its cluster tells.
#[server(endpoint = "apps/get_network", input = GetUrl, output = Json)]
pub async fn get_network(id: AppId) -> Result<Network, UiError> {
    answer(async { session().await?.apps().network(id).await }.await)
}

/// Begins a run of a cron job beside its schedule, and goes to the application's page.
#[server(endpoint = "apps/run_app", output = Json)]
pub async fn run_app(id: AppId, reason: String) -> Result<Run, UiError> {
    let run = answer(async { session().await?.apps().run(id, reason).await }.await)?;
    leptos_axum::redirect(&format!("/apps/{id}?tab=runs"));
    Ok(run)
}

/// Ends a run, and takes it away with its pods.
#[server(endpoint = "apps/stop_run", output = Json)]
pub async fn stop_run(id: AppId, run: String) -> Result<(), UiError> {
    answer(async { session().await?.apps().stop_run(id, run).await }.await)
}

/// How the cluster's objects differ from the release that serves.
#[server(endpoint = "apps/get_drift", input = GetUrl, output = Json)]
pub async fn get_drift(id: AppId) -> Result<Drift, UiError> {
    answer(async { session().await?.apps().drift(id).await }.await)
}

/// Makes a release that says what the cluster has, and goes to the application's page.
#[server(endpoint = "apps/adopt_drift", output = Json)]
pub async fn adopt_drift(id: AppId, reason: String) -> Result<Started, UiError> {
    let started = answer(async { session().await?.apps().adopt(id, reason).await }.await)?;
    leptos_axum::redirect(&format!("/apps/{}", started.app));
    Ok(started)
}

/// Brings the cluster's objects back to what the release that serves says, and goes to the application's page.
#[server(endpoint = "apps/revert_drift", output = Json)]
pub async fn revert_drift(id: AppId, reason: String) -> Result<Started, UiError> {
    let started = answer(async { session().await?.apps().revert(id, reason).await }.await)?;
    leptos_axum::redirect(&format!("/apps/{}", started.app));
    Ok(started)
}
