//! The REST endpoints of service accounts and tokens, one function each: a call through the door and nothing else.

use app::model::*;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Person,
    problem::{Json, Path, Problem, Query},
    rest::{Created, Reply, made, reply},
    rest_accounts::OfTenant,
};

/// `GET /tokens`
pub async fn list_tokens(Person(s): Person, Query(query): Query<NameQuery>) -> Reply<Slice<TokenRow>> {
    reply(s.tokens().list(None, query).await)
}

/// `POST /tokens`
pub async fn create_token(Person(s): Person, Json(form): Json<NewToken>) -> Result<Created<MadeToken>, Problem> {
    made(s.tokens().create(None, form).await)
}

/// For whose token, and where.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct ChoicesFor {
    account: Option<AccountId>,
    /// Part of a place's name.
    q: Option<String>,
}

/// `GET /tokens/choices?account=ID&q=NAME`
pub async fn token_choices(Person(s): Person, Query(asked): Query<ChoicesFor>) -> Reply<TokenChoices> {
    reply(s.tokens().choices(asked.account, asked.q).await)
}

/// `DELETE /tokens/{id}`
pub async fn revoke_token(Person(s): Person, Path(id): Path<TokenId>) -> Result<StatusCode, Problem> {
    s.tokens().revoke(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /accounts/{id}/tokens`
pub async fn list_account_tokens(
    Person(s): Person,
    Path(id): Path<AccountId>,
    Query(query): Query<NameQuery>,
) -> Reply<Slice<TokenRow>> {
    reply(s.tokens().list(Some(id), query).await)
}

/// `POST /accounts/{id}/tokens`
pub async fn create_account_token(
    Person(s): Person,
    Path(id): Path<AccountId>,
    Json(form): Json<NewToken>,
) -> Result<Created<MadeToken>, Problem> {
    made(s.tokens().create(Some(id), form).await)
}

/// `POST /service-accounts?tenant=ID`
pub async fn create_service_account(
    Person(s): Person,
    Query(of): Query<OfTenant>,
    Json(form): Json<NewServiceAccount>,
) -> Result<Created<AccountRow>, Problem> {
    made(s.tokens().create_service_account(of.tenant, form).await)
}
