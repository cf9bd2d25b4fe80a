//! The REST endpoints of secrets that the applications of a namespace share.

use app::model::*;
use http::StatusCode;

use super::{
    Caller,
    problem::{Json, Path, Problem, Query},
    rest::{Confirm, Created, Reply, made, reply},
    version::{IfMatch, TaggedReply, tagged},
};

/// `GET /namespaces/{id}/secrets`
pub async fn list_secrets(Caller(s): Caller, Path(id): Path<NamespaceId>) -> Reply<SecretList> {
    reply(s.secrets().list(id).await)
}

/// `POST /namespaces/{id}/secrets`
pub async fn create_secret(
    Caller(s): Caller,
    Path(id): Path<NamespaceId>,
    Json(form): Json<NewSecret>,
) -> Result<Created<SecretDetail>, Problem> {
    made(s.secrets().create(id, form).await)
}

/// `GET /secrets/{id}`
pub async fn get_secret(Caller(s): Caller, Path(id): Path<SecretId>) -> TaggedReply<SecretDetail> {
    tagged(s.secrets().get(id).await)
}

/// `PUT /secrets/{id}`
pub async fn update_secret(
    Caller(s): Caller,
    Path(id): Path<SecretId>,
    asked: IfMatch,
    Json(form): Json<SecretForm>,
) -> TaggedReply<SecretDetail> {
    let form = SecretForm { version: asked.or(form.version)?, ..form };
    tagged(asked.held(s.secrets().update(id, form).await))
}

/// `DELETE /secrets/{id}?confirm=NAME`
pub async fn delete_secret(
    Caller(s): Caller,
    Path(id): Path<SecretId>,
    Query(sure): Query<Confirm>,
) -> Result<StatusCode, Problem> {
    s.secrets().delete(id, sure.confirm).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /secrets/{id}/releases`
pub async fn hand_out_secret(
    Caller(s): Caller,
    Path(id): Path<SecretId>,
    Json(form): Json<HandOut>,
) -> Reply<Vec<HandedOut>> {
    reply(s.secrets().hand_out(id, form).await)
}
