//! The REST endpoints under `/api/v1`, one function each: a call through the door and nothing else.

use app::{UiError, model::*, service::Answer, text};
use axum::{
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header, request::Parts};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    AnyHead, Caller, HttpState, OwnHead, Person,
    problem::{Json, Path, Problem, Query},
    version::{IfMatch, TaggedReply, tagged},
};

/// What endpoints answer.
pub type Reply<T> = Result<axum::Json<T>, Problem>;

pub(super) fn reply<T: Serialize>(answer: Answer<T>) -> Reply<T> {
    answer.map(axum::Json).map_err(Problem)
}

/// Something was started or made: 201 with what it is.
#[derive(Debug)]
pub struct Created<T>(pub T);

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        (StatusCode::CREATED, axum::Json(self.0)).into_response()
    }
}

/// Something was taken over by a durable operation: 202 with where to watch it.
#[derive(Debug)]
pub struct Accepted<T>(pub T);

impl<T: Serialize> IntoResponse for Accepted<T> {
    fn into_response(self) -> Response {
        (StatusCode::ACCEPTED, axum::Json(self.0)).into_response()
    }
}

pub(super) fn made<T>(answer: Answer<T>) -> Result<Created<T>, Problem> {
    Ok(Created(answer?))
}

pub(super) fn accepted<T>(answer: Answer<T>) -> Result<Accepted<T>, Problem> {
    Ok(Accepted(answer?))
}

/// A deletion's safeguard: the name of what is to go.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Confirm {
    pub(super) confirm: String,
}

/// `GET /session`
pub async fn get_session(State(state): State<HttpState>, AnyHead(parts): AnyHead) -> Reply<Viewer> {
    reply(state.door.0.viewer(&parts).await?.ok_or_else(UiError::signed_out))
}

/// `POST /session`
pub async fn create_session(
    State(state): State<HttpState>,
    parts: Parts,
    Json(form): Json<SignInForm>,
) -> Result<Created<SignInStep>, Problem> {
    made(state.door.0.sign_in(&parts, form).await)
}

/// `DELETE /session`
pub async fn delete_session(State(state): State<HttpState>, parts: Parts) -> Result<StatusCode, Problem> {
    state.door.0.sign_out(&parts).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `PUT /session/password`
pub async fn update_password(
    State(state): State<HttpState>,
    OwnHead(parts): OwnHead,
    Json(form): Json<PasswordForm>,
) -> Result<StatusCode, Problem> {
    state.door.0.change_password(&parts, form).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /sessions`
pub async fn list_sessions(Person(s): Person) -> Reply<Vec<SessionRow>> {
    reply(s.sessions().list().await)
}

/// `DELETE /sessions/{id}`
pub async fn delete_session_by_id(Person(s): Person, Path(id): Path<SessionId>) -> Result<StatusCode, Problem> {
    s.sessions().revoke(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which sessions are to end.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct WhichSessions {
    #[serde(default)]
    others: bool,
}

/// `DELETE /sessions?others=true`
pub async fn delete_other_sessions(
    Person(s): Person,
    Query(which): Query<WhichSessions>,
) -> Result<StatusCode, Problem> {
    if !which.others {
        let say = text!(
            "Write others=true: this ends all sessions but your own.",
            "请写 others=true：此操作会结束除当前会话外的所有会话。"
        );
        return Err(UiError::invalid_field("others", say).into());
    }
    s.sessions().revoke_others().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /namespaces`
pub async fn list_namespaces(Caller(s): Caller, Query(query): Query<NameQuery>) -> Reply<Slice<NamespaceRow>> {
    reply(s.namespaces().list(query).await)
}

/// `POST /namespaces`
pub async fn create_namespace(
    Caller(s): Caller,
    Json(form): Json<NewNamespace>,
) -> Result<Created<NamespaceRow>, Problem> {
    made(s.namespaces().create(form).await)
}

/// `GET /namespaces/{id}`
pub async fn get_namespace(Caller(s): Caller, Path(id): Path<NamespaceId>) -> TaggedReply<NamespaceRow> {
    tagged(s.namespaces().get(id).await)
}

/// `PUT /namespaces/{id}`
pub async fn set_quota(
    Caller(s): Caller,
    Path(id): Path<NamespaceId>,
    asked: IfMatch,
    Json(form): Json<QuotaForm>,
) -> TaggedReply<NamespaceRow> {
    let form = QuotaForm { version: asked.or(form.version)?, ..form };
    tagged(asked.held(s.namespaces().set_quota(id, form).await))
}

/// `DELETE /namespaces/{id}?confirm=NAME`
pub async fn delete_namespace(
    Caller(s): Caller,
    Path(id): Path<NamespaceId>,
    Query(form): Query<DeleteForm>,
) -> Result<Accepted<OperationId>, Problem> {
    accepted(s.namespaces().delete(id, form).await)
}

/// `GET /templates`
pub async fn list_templates(Caller(s): Caller, Query(query): Query<NameQuery>) -> Reply<Slice<TemplateRow>> {
    reply(s.templates().list(query).await)
}

/// `POST /templates`
pub async fn create_template(
    Caller(s): Caller,
    Json(form): Json<TemplateForm>,
) -> Result<Created<TemplateRow>, Problem> {
    made(s.templates().create(form).await)
}

/// `GET /templates/{id}`
pub async fn get_template(Caller(s): Caller, Path(id): Path<TemplateId>) -> TaggedReply<TemplateDetail> {
    tagged(s.templates().get(id).await)
}

/// `GET /templates/{id}/versions`
pub async fn list_template_versions(
    Caller(s): Caller,
    Path(id): Path<TemplateId>,
    Query(query): Query<VersionQuery>,
) -> Reply<Page<TemplateVersion>> {
    reply(s.templates().versions(id, query).await)
}

/// `GET /templates/{id}/compare/{left}/{right}`
pub async fn compare_template_versions(
    Caller(s): Caller,
    Path((id, left, right)): Path<(TemplateId, u32, u32)>,
) -> Reply<TemplateDiff> {
    reply(s.templates().compare(id, left, right).await)
}

/// `GET /registries`
pub async fn list_registries(Caller(s): Caller, Query(query): Query<NameQuery>) -> Reply<Slice<RegistryRow>> {
    reply(s.registries().list(query).await)
}

/// `POST /registries`
pub async fn create_registry(
    Caller(s): Caller,
    Json(form): Json<RegistryForm>,
) -> Result<Created<RegistryRow>, Problem> {
    made(s.registries().create(form).await)
}

/// `GET /registries/{id}`
pub async fn get_registry(Caller(s): Caller, Path(id): Path<RegistryId>) -> TaggedReply<RegistryRow> {
    tagged(s.registries().get(id).await)
}

/// `PUT /registries/{id}`
pub async fn update_registry(
    Caller(s): Caller,
    Path(id): Path<RegistryId>,
    asked: IfMatch,
    Json(form): Json<RegistryForm>,
) -> TaggedReply<RegistryRow> {
    let form = RegistryForm { version: asked.or(form.version)?, ..form };
    tagged(asked.held(s.registries().update(id, form).await))
}

/// `DELETE /registries/{id}?confirm=NAME`
pub async fn delete_registry(
    Caller(s): Caller,
    Path(id): Path<RegistryId>,
    Query(sure): Query<Confirm>,
) -> Result<StatusCode, Problem> {
    s.registries().delete(id, sure.confirm).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// An image, of which the repository counts.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct OfImage {
    image: String,
}

/// `GET /tags?image=IMAGE`
pub async fn list_tags(Caller(s): Caller, Query(of): Query<OfImage>) -> Reply<Vec<String>> {
    reply(s.registries().tags(of.image).await)
}

/// `POST /templates/starters`
pub async fn add_starter_templates(Caller(s): Caller, Json(form): Json<StarterForm>) -> Reply<Vec<TemplateRow>> {
    reply(s.templates().add_starters(form).await)
}

/// `PUT /templates/{id}`
pub async fn update_template(
    Caller(s): Caller,
    Path(id): Path<TemplateId>,
    asked: IfMatch,
    Json(form): Json<TemplateForm>,
) -> TaggedReply<TemplateRow> {
    let form = TemplateForm { version: asked.or(form.version)?, ..form };
    tagged(asked.held(s.templates().update(id, form).await))
}

/// `GET /operations`
pub async fn list_operations(Caller(s): Caller, Query(query): Query<OperationQuery>) -> Reply<Slice<OperationRow>> {
    reply(s.operations().list(query).await)
}

/// `GET /operations/{id}`
pub async fn get_operation(Caller(s): Caller, Path(id): Path<OperationId>) -> Reply<OperationDetail> {
    reply(s.operations().get(id).await)
}

/// `GET /audit`
pub async fn list_audit(Caller(s): Caller, Query(query): Query<AuditQuery>) -> Reply<AuditPage> {
    reply(s.audit().list(query).await)
}

/// `GET /audit/{sequence}`
pub async fn get_audit(Caller(s): Caller, Path(sequence): Path<u64>) -> Reply<AuditDetail> {
    reply(s.audit().get(sequence).await)
}

/// How an export is written.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ExportFormat {
    #[serde(default)]
    format: String,
}

/// `GET /audit/export?format=csv`
pub async fn export_audit(
    Caller(s): Caller,
    Query(query): Query<AuditQuery>,
    Query(ExportFormat { format }): Query<ExportFormat>,
) -> Result<Response, Problem> {
    let csv = format.trim() == "csv";
    let text = s.audit().export(query, format).await?;
    let (kind, disposition) = if csv {
        ("text/csv; charset=utf-8; header=present", "attachment; filename=\"audit.csv\"")
    } else {
        ("application/x-ndjson", "attachment; filename=\"audit.jsonl\"")
    };
    let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, Body::from_stream(text)).into_response())
}

/// Where a verification goes on.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct VerifyAfter {
    after: Option<u64>,
}

/// `GET /audit/verification?after=N`
pub async fn verify_audit(Caller(s): Caller, Query(from): Query<VerifyAfter>) -> Reply<AuditVerification> {
    reply(s.audit().verify(from.after).await)
}

/// A search.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Find {
    #[serde(default)]
    q: String,
}

/// `GET /search?q=…`
pub async fn search(Caller(s): Caller, Query(find): Query<Find>) -> Reply<Vec<SearchHit>> {
    reply(s.search().find(find.q).await)
}
