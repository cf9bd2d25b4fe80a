//! The REST endpoints of the platform's settings, of registering, and of links, one function each: a call through the
//! door and nothing else.

use app::model::*;
use axum::extract::State;
use http::{StatusCode, request::Parts};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Caller, HttpState, Person,
    problem::{Json, Path, Problem, Query},
    rest::{Created, Reply, made, reply},
    rest_accounts::OfTenant,
    version::{IfMatch, TaggedReply, tagged},
};

/// `GET /platform`
pub async fn get_platform(Caller(s): Caller) -> TaggedReply<PlatformSettings> {
    tagged(s.platform().get().await)
}

/// `PUT /platform`
pub async fn update_platform(
    Caller(s): Caller,
    asked: IfMatch,
    Json(form): Json<PlatformForm>,
) -> TaggedReply<PlatformSettings> {
    let form = PlatformForm { version: asked.or(form.version)?, ..form };
    tagged(asked.held(s.platform().update(form).await))
}

/// `GET /links?tenant=ID&cursor=CURSOR&limit=N`
pub async fn list_links(
    Caller(s): Caller,
    Query(of): Query<OfTenant>,
    Query(query): Query<PartQuery>,
) -> Reply<Slice<LinkRow>> {
    reply(s.links().list(of.tenant, query).await)
}

/// `POST /links`
pub async fn create_link(Person(s): Person, Json(form): Json<NewLink>) -> Result<Created<MadeLink>, Problem> {
    made(s.links().create(form).await)
}

/// `DELETE /links/{id}`
pub async fn revoke_link(Caller(s): Caller, Path(id): Path<LinkId>) -> Result<StatusCode, Problem> {
    s.links().revoke(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who may register a tenant.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RegistrationState {
    /// Whether anybody may.
    open: bool,
    /// How tenants come to the platform.
    registration: Registration,
}

/// `GET /registration`
pub async fn get_registration(State(state): State<HttpState>, parts: Parts) -> Reply<RegistrationState> {
    let found = state.door.0.welcome().registration(&parts).await;
    reply(found.map(|registration| RegistrationState { open: registration == Registration::Open, registration }))
}

/// `POST /registration`
pub async fn register(
    State(state): State<HttpState>,
    parts: Parts,
    Json(form): Json<RegistrationForm>,
) -> Result<Created<Viewer>, Problem> {
    made(state.door.0.welcome().register(&parts, form).await)
}

/// `POST /links/look`
pub async fn look_at_link(
    State(state): State<HttpState>,
    parts: Parts,
    Json(token): Json<LinkToken>,
) -> Reply<LinkView> {
    reply(state.door.0.welcome().look(&parts, token).await)
}

/// `POST /links/follow`
pub async fn follow_link(
    State(state): State<HttpState>,
    parts: Parts,
    Json(form): Json<LinkForm>,
) -> Reply<Option<Viewer>> {
    reply(state.door.0.welcome().follow(&parts, form).await)
}
