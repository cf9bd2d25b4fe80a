//! The REST endpoints of service accounts and tokens, one function each: a call through the door and nothing else.

use app::model::*;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Caller,
    problem::{Json, Path, Problem, Query},
    rest::{Created, Reply, made, reply},
    rest_accounts::OfTenant,
};

/// `GET /tokens`
pub async fn list_tokens(Caller(s): Caller) -> Reply<Vec<TokenRow>> {
    reply(s.tokens().list(None).await)
}

/// `POST /tokens`
pub async fn create_token(Caller(s): Caller, Json(form): Json<NewToken>) -> Result<Created<MadeToken>, Problem> {
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
pub async fn token_choices(Caller(s): Caller, Query(asked): Query<ChoicesFor>) -> Reply<TokenChoices> {
    reply(s.tokens().choices(asked.account, asked.q).await)
}

/// `DELETE /tokens/{id}`
pub async fn revoke_token(Caller(s): Caller, Path(id): Path<TokenId>) -> Result<StatusCode, Problem> {
    s.tokens().revoke(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /accounts/{id}/tokens`
pub async fn list_account_tokens(Caller(s): Caller, Path(id): Path<AccountId>) -> Reply<Vec<TokenRow>> {
    reply(s.tokens().list(Some(id)).await)
}

/// `POST /accounts/{id}/tokens`
pub async fn create_account_token(
    Caller(s): Caller,
    Path(id): Path<AccountId>,
    Json(form): Json<NewToken>,
) -> Result<Created<MadeToken>, Problem> {
    made(s.tokens().create(Some(id), form).await)
}

/// `POST /service-accounts?tenant=ID`
pub async fn create_service_account(
    Caller(s): Caller,
    Query(of): Query<OfTenant>,
    Json(form): Json<NewServiceAccount>,
) -> Result<Created<AccountRow>, Problem> {
    made(s.tokens().create_service_account(of.tenant, form).await)
}
