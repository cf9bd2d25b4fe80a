//! The REST endpoints of identity providers, and of one's own identities: a call through the door and nothing else.

use app::model::*;
use http::StatusCode;

use super::{
    Caller, Person,
    problem::{Json, Path, Problem, Query},
    rest::{Confirm, Created, Reply, made, reply},
    version::{IfMatch, TaggedReply, tagged},
};

/// `GET /identity-providers`
pub async fn list_identity_providers(Caller(s): Caller, Query(query): Query<NameQuery>) -> Reply<Slice<ProviderRow>> {
    reply(s.identity_providers().list(query).await)
}

/// `POST /identity-providers`
pub async fn create_identity_provider(
    Person(s): Person,
    Json(form): Json<ProviderForm>,
) -> Result<Created<ProviderDetail>, Problem> {
    made(s.identity_providers().create(form).await)
}

/// `GET /identity-providers/{id}`
pub async fn get_identity_provider(Caller(s): Caller, Path(id): Path<ProviderId>) -> TaggedReply<ProviderDetail> {
    tagged(s.identity_providers().get(id).await)
}

/// `PUT /identity-providers/{id}`
pub async fn update_identity_provider(
    Person(s): Person,
    Path(id): Path<ProviderId>,
    asked: IfMatch,
    Json(form): Json<ProviderForm>,
) -> TaggedReply<ProviderDetail> {
    let form = ProviderForm { version: asked.or(form.version)?, ..form };
    tagged(asked.held(s.identity_providers().update(id, form).await))
}

/// `DELETE /identity-providers/{id}?confirm=SLUG`
pub async fn delete_identity_provider(
    Person(s): Person,
    Path(id): Path<ProviderId>,
    Query(sure): Query<Confirm>,
) -> Result<StatusCode, Problem> {
    s.identity_providers().delete(id, sure.confirm).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /identity-providers/{id}/check`
pub async fn check_identity_provider(Person(s): Person, Path(id): Path<ProviderId>) -> Reply<ProviderCheck> {
    reply(s.identity_providers().check(id).await)
}

/// `GET /session/identities`
pub async fn list_identities(Person(s): Person) -> Reply<OwnIdentities> {
    reply(s.identities().own().await)
}

/// `DELETE /session/identities/{id}`
pub async fn unlink_identity(Person(s): Person, Path(id): Path<IdentityId>) -> Result<StatusCode, Problem> {
    s.identities().unlink(id).await?;
    Ok(StatusCode::NO_CONTENT)
}
