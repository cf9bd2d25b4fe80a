//! The REST endpoints around passkeys: one's own, the second step by one, and signing in by one alone.

use app::model::*;
use axum::extract::State;
use http::{StatusCode, request::Parts};

use super::{
    HttpState, OwnHead,
    problem::{Json, Path, Problem},
    rest::{Created, Reply, made, reply},
    version::{IfMatch, TaggedReply, tagged},
};

/// `GET /session/passkeys`
pub async fn list_passkeys(State(state): State<HttpState>, OwnHead(parts): OwnHead) -> Reply<PasskeyList> {
    reply(state.door.0.passkeys().list(&parts).await)
}

/// `POST /session/passkeys`: begins to add one.
pub async fn begin_passkey(
    State(state): State<HttpState>,
    OwnHead(parts): OwnHead,
    Json(form): Json<NewPasskey>,
) -> Result<Created<PasskeyRequest>, Problem> {
    made(state.door.0.passkeys().begin_adding(&parts, form).await)
}

/// `PUT /session/passkeys`: adds the one that the browser has made.
pub async fn add_passkey(
    State(state): State<HttpState>,
    OwnHead(parts): OwnHead,
    Json(answer): Json<PasskeyAnswer>,
) -> Reply<AddedPasskey> {
    reply(state.door.0.passkeys().add(&parts, answer).await)
}

/// `GET /session/passkeys/{id}`
pub async fn get_passkey(
    State(state): State<HttpState>,
    Path(id): Path<PasskeyId>,
    OwnHead(parts): OwnHead,
) -> TaggedReply<PasskeyRow> {
    tagged(state.door.0.passkeys().get(&parts, id).await)
}

/// `PUT /session/passkeys/{id}`: gives one another name.
pub async fn rename_passkey(
    State(state): State<HttpState>,
    Path(id): Path<PasskeyId>,
    OwnHead(parts): OwnHead,
    asked: IfMatch,
    Json(form): Json<PasskeyForm>,
) -> Result<StatusCode, Problem> {
    let form = PasskeyForm { version: asked.or(form.version)?, ..form };
    asked.held(state.door.0.passkeys().rename(&parts, id, form).await)?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /session/passkeys/{id}/removal`: a POST, since a password does not belong into an address.
pub async fn remove_passkey(
    State(state): State<HttpState>,
    Path(id): Path<PasskeyId>,
    OwnHead(parts): OwnHead,
    Json(form): Json<AgainForm>,
) -> Result<StatusCode, Problem> {
    state.door.0.passkeys().remove(&parts, id, form).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /session/code/passkey`: begins the second step.
pub async fn begin_second_step(
    State(state): State<HttpState>,
    parts: Parts,
) -> Result<Created<PasskeyRequest>, Problem> {
    made(state.door.0.passkeys().begin_second_step(&parts).await)
}

/// `PUT /session/code/passkey`: the second step by a passkey.
pub async fn complete_second_step(
    State(state): State<HttpState>,
    parts: Parts,
    Json(answer): Json<PasskeyAnswer>,
) -> Reply<Viewer> {
    reply(state.door.0.passkeys().complete(&parts, answer).await)
}

/// `POST /session/passkey`: begins to sign in by a passkey alone.
pub async fn begin_sign_in(State(state): State<HttpState>, parts: Parts) -> Result<Created<PasskeyRequest>, Problem> {
    made(state.door.0.passkeys().begin_sign_in(&parts).await)
}

/// `PUT /session/passkey`: signs in by a passkey alone.
pub async fn create_session_by_passkey(
    State(state): State<HttpState>,
    parts: Parts,
    Json(answer): Json<PasskeyAnswer>,
) -> Reply<Viewer> {
    reply(state.door.0.passkeys().sign_in(&parts, answer).await)
}
