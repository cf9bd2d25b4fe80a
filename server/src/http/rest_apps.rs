//! The REST endpoints of applications and their releases.

use std::sync::LazyLock;

use app::model::{
    AppDetail, AppId, AppQuery, AppRecord, AppRow, AppSpec, AppStorage, AppUsage, DeleteForm, DeletePreview, Drift,
    FitAnswer, FitRequest, ImportForm, ImportPlan, NameQuery, NamespaceId, Network, NewApp, Page, PartQuery,
    ReleaseDetail, ReleaseDiff, ReleaseRow, RollbackPreview, Run, Runs, Scale, Slice, SpecForm, SpecLook, Started,
    UnmanagedRow, Upgrade, UsageQuery,
};
use http::StatusCode;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Caller,
    problem::{Json, Path, Problem, Query},
    rest::{Accepted, Confirm, Reply, accepted, reply},
    version::{IfMatch, TaggedReply, tagged},
};

/// `GET /apps`
pub async fn list_apps(Caller(s): Caller, Query(query): Query<AppQuery>) -> Reply<Page<AppRow>> {
    reply(s.apps().list(query).await)
}

/// `POST /apps/fit`
pub async fn check_fit(Caller(s): Caller, Json(request): Json<FitRequest>) -> Reply<FitAnswer> {
    reply(s.apps().fit(request).await)
}

/// `POST /apps/specification`
pub async fn convert_spec(Caller(s): Caller, Json(form): Json<SpecForm>) -> Reply<SpecForm> {
    reply(s.apps().convert(form).await)
}

/// `POST /apps/specification/look`
pub async fn look_at_spec(Caller(s): Caller, Json(form): Json<SpecForm>) -> Reply<SpecLook> {
    reply(s.apps().look(form).await)
}

/// `GET /apps/specification/schema`
pub async fn get_spec_schema(Caller(_): Caller) -> Reply<serde_json::Value> {
    static SCHEMA: LazyLock<serde_json::Value> = LazyLock::new(|| schemars::schema_for!(AppSpec).to_value());
    reply(Ok(SCHEMA.clone()))
}

/// `POST /apps`
pub async fn publish_app(Caller(s): Caller, Json(form): Json<NewApp>) -> Result<Accepted<Started>, Problem> {
    accepted(s.apps().publish(form).await)
}

/// `GET /apps/{id}`
pub async fn get_app(Caller(s): Caller, Path(id): Path<AppId>) -> TaggedReply<AppDetail> {
    tagged(s.apps().get(id).await)
}

/// `PUT /apps/{id}`
pub async fn upgrade_app(
    Caller(s): Caller,
    Path(id): Path<AppId>,
    asked: IfMatch,
    Json(form): Json<Upgrade>,
) -> Result<Accepted<Started>, Problem> {
    let form = match asked {
        IfMatch::Any => form,
        IfMatch::Version(release) => Upgrade { based_on: release.to_string(), ..form },
    };
    accepted(asked.held(s.apps().upgrade(id, form).await))
}

/// `DELETE /apps/{id}?confirm=NAME`
pub async fn delete_app(
    Caller(s): Caller,
    Path(id): Path<AppId>,
    Query(form): Query<DeleteForm>,
) -> Result<Accepted<Started>, Problem> {
    accepted(s.apps().delete(id, form).await)
}

/// `GET /apps/{id}/deletion`
pub async fn preview_delete(Caller(s): Caller, Path(id): Path<AppId>) -> Reply<DeletePreview> {
    reply(s.apps().delete_preview(id).await)
}

/// `GET /deleted-apps`
pub async fn list_deleted_apps(Caller(s): Caller, Query(query): Query<NameQuery>) -> Reply<Slice<AppRecord>> {
    reply(s.apps().deleted(query).await)
}

/// `GET /apps/{id}/record`
pub async fn get_app_record(Caller(s): Caller, Path(id): Path<AppId>) -> Reply<AppRecord> {
    reply(s.apps().record(id).await)
}

/// `GET /apps/{id}/releases`
pub async fn list_releases(
    Caller(s): Caller,
    Path(id): Path<AppId>,
    Query(query): Query<PartQuery>,
) -> Reply<Slice<ReleaseRow>> {
    reply(s.apps().releases(id, query).await)
}

/// `GET /apps/{id}/releases/{number}`
pub async fn get_release(Caller(s): Caller, Path((id, number)): Path<(AppId, u32)>) -> Reply<ReleaseDetail> {
    reply(s.apps().release(id, number).await)
}

/// `GET /apps/{id}/releases/{number}/rollback`
pub async fn preview_rollback(Caller(s): Caller, Path((id, number)): Path<(AppId, u32)>) -> Reply<RollbackPreview> {
    reply(s.apps().rollback_preview(id, number).await)
}

/// Why somebody does it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct Reason {
    #[serde(default)]
    reason: String,
}

/// `POST /apps/{id}/releases/{number}/rollback`
pub async fn roll_back_app(
    Caller(s): Caller,
    Path((id, number)): Path<(AppId, u32)>,
    Json(why): Json<Reason>,
) -> Result<Accepted<Started>, Problem> {
    accepted(s.apps().roll_back(id, number, why.reason).await)
}

/// `POST /apps/{id}/releases/{number}/continue`
pub async fn continue_release(
    Caller(s): Caller,
    Path((id, number)): Path<(AppId, u32)>,
) -> Result<Accepted<Started>, Problem> {
    accepted(s.apps().go_on(id, number).await)
}

/// `POST /apps/{id}/releases/{number}/abort`
pub async fn abort_release(
    Caller(s): Caller,
    Path((id, number)): Path<(AppId, u32)>,
    Json(why): Json<Reason>,
) -> Result<Accepted<Started>, Problem> {
    accepted(s.apps().abort(id, number, why.reason).await)
}

/// `POST /apps/{id}/scale`
pub async fn scale_app(
    Caller(s): Caller,
    Path(id): Path<AppId>,
    Json(form): Json<Scale>,
) -> Result<Accepted<Started>, Problem> {
    accepted(s.apps().scale(id, form).await)
}

/// `POST /apps/{id}/restart`
pub async fn restart_app(
    Caller(s): Caller,
    Path(id): Path<AppId>,
    Json(why): Json<Reason>,
) -> Result<Accepted<Started>, Problem> {
    accepted(s.apps().restart(id, why.reason).await)
}

/// `GET /apps/{id}/compare/{left}/{right}`
pub async fn compare_releases(
    Caller(s): Caller,
    Path((id, left, right)): Path<(AppId, u32, u32)>,
) -> Reply<ReleaseDiff> {
    reply(s.apps().compare(id, left, right).await)
}

/// `GET /apps/{id}/storage`
pub async fn get_storage(Caller(s): Caller, Path(id): Path<AppId>) -> Reply<AppStorage> {
    reply(s.apps().storage(id).await)
}

/// `GET /namespaces/{id}/disks`
pub async fn list_disks(Caller(s): Caller, Path(id): Path<NamespaceId>) -> Reply<AppStorage> {
    reply(s.namespaces().disks(id).await)
}

/// `DELETE /namespaces/{id}/disks/{name}?confirm=NAME`
pub async fn delete_disk(
    Caller(s): Caller,
    Path((id, disk)): Path<(NamespaceId, String)>,
    Query(sure): Query<Confirm>,
) -> Result<StatusCode, Problem> {
    s.namespaces().delete_disk(id, disk, sure.confirm).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /apps/{id}/network`
pub async fn get_network(Caller(s): Caller, Path(id): Path<AppId>) -> Reply<Network> {
    reply(s.apps().network(id).await)
}

/// `GET /apps/{id}/usage`
pub async fn get_usage(Caller(s): Caller, Path(id): Path<AppId>, Query(query): Query<UsageQuery>) -> Reply<AppUsage> {
    reply(s.apps().usage(id, query).await)
}

/// `GET /apps/{id}/runs`
pub async fn list_runs(Caller(s): Caller, Path(id): Path<AppId>) -> Reply<Runs> {
    reply(s.apps().runs(id).await)
}

/// `POST /apps/{id}/runs`
pub async fn run_app(
    Caller(s): Caller,
    Path(id): Path<AppId>,
    Json(why): Json<Reason>,
) -> Result<Accepted<Run>, Problem> {
    accepted(s.apps().run(id, why.reason).await)
}

/// `DELETE /apps/{id}/runs/{name}`
pub async fn stop_run(Caller(s): Caller, Path((id, run)): Path<(AppId, String)>) -> Result<StatusCode, Problem> {
    s.apps().stop_run(id, run).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /namespaces/{id}/unmanaged`
pub async fn list_unmanaged(Caller(s): Caller, Path(id): Path<NamespaceId>) -> Reply<Vec<UnmanagedRow>> {
    reply(s.namespaces().unmanaged(id).await)
}

/// `GET /namespaces/{id}/unmanaged/{name}`
pub async fn get_import_plan(Caller(s): Caller, Path((id, name)): Path<(NamespaceId, String)>) -> Reply<ImportPlan> {
    reply(s.namespaces().import_plan(id, name).await)
}

/// `POST /namespaces/{id}/unmanaged/{name}/import`
pub async fn import_deployment(
    Caller(s): Caller,
    Path((id, name)): Path<(NamespaceId, String)>,
    Json(form): Json<ImportForm>,
) -> Result<Accepted<Started>, Problem> {
    accepted(s.namespaces().import(id, name, form).await)
}

/// `GET /apps/{id}/drift`
pub async fn get_drift(Caller(s): Caller, Path(id): Path<AppId>) -> Reply<Drift> {
    reply(s.apps().drift(id).await)
}

/// `POST /apps/{id}/drift/reversal`
pub async fn revert_drift(
    Caller(s): Caller,
    Path(id): Path<AppId>,
    Json(why): Json<Reason>,
) -> Result<Accepted<Started>, Problem> {
    accepted(s.apps().revert(id, why.reason).await)
}

/// `POST /apps/{id}/drift/adoption`
pub async fn adopt_drift(
    Caller(s): Caller,
    Path(id): Path<AppId>,
    Json(why): Json<Reason>,
) -> Result<Accepted<Started>, Problem> {
    accepted(s.apps().adopt(id, why.reason).await)
}
