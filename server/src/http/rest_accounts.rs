//! The REST endpoints of tenants, accounts, roles and access, one function each: a call through the door and nothing
//! else.

use app::model::*;
use http::StatusCode;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Caller, Person,
    problem::{Json, Path, Problem, Query},
    rest::{Accepted, Confirm, Created, Reply, accepted, made, reply},
    version::{IfMatch, TaggedReply, tagged},
};

/// `GET /tenants`
pub async fn list_tenants(Caller(s): Caller, Query(query): Query<NameQuery>) -> Reply<Slice<TenantRow>> {
    reply(s.tenants().list(query).await)
}

/// `POST /tenants`
pub async fn create_tenant(Person(s): Person, Json(form): Json<NewTenant>) -> Result<Created<TenantRow>, Problem> {
    made(s.tenants().create(form).await)
}

/// `GET /tenants/{id}`
pub async fn get_tenant(Caller(s): Caller, Path(id): Path<TenantId>) -> Reply<TenantRow> {
    reply(s.tenants().get(id).await)
}

/// `DELETE /tenants/{id}?confirm=NAME`
pub async fn delete_tenant(
    Caller(s): Caller,
    Path(id): Path<TenantId>,
    Query(sure): Query<Confirm>,
) -> Result<Accepted<OperationId>, Problem> {
    accepted(s.tenants().delete(id, sure.confirm).await)
}

/// `PUT /tenants/{id}/suspended`
pub async fn suspend_tenant(
    Caller(s): Caller,
    Path(id): Path<TenantId>,
    Json(form): Json<SuspendForm>,
) -> Reply<TenantRow> {
    reply(s.tenants().suspend(id, form).await)
}

/// `DELETE /tenants/{id}/suspended`
pub async fn resume_tenant(Caller(s): Caller, Path(id): Path<TenantId>) -> Reply<TenantRow> {
    reply(s.tenants().resume(id).await)
}

/// `GET /tenants/{id}/accounts`
pub async fn list_tenant_accounts(
    Caller(s): Caller,
    Path(id): Path<TenantId>,
    Query(query): Query<NameQuery>,
) -> Reply<Slice<AccountRow>> {
    reply(s.accounts().list(Some(id), query).await)
}

/// `POST /tenants/{id}/accounts`
pub async fn create_tenant_account(
    Person(s): Person,
    Path(id): Path<TenantId>,
    Json(form): Json<NewAccount>,
) -> Result<Created<AccountRow>, Problem> {
    made(s.accounts().create(Some(id), form).await)
}

/// `GET /accounts`
pub async fn list_accounts(Caller(s): Caller, Query(query): Query<NameQuery>) -> Reply<Slice<AccountRow>> {
    reply(s.accounts().list(None, query).await)
}

/// `POST /accounts`
pub async fn create_account(Person(s): Person, Json(form): Json<NewAccount>) -> Result<Created<AccountRow>, Problem> {
    made(s.accounts().create(None, form).await)
}

/// `GET /accounts/{id}`
pub async fn get_account(Caller(s): Caller, Path(id): Path<AccountId>) -> TaggedReply<AccountDetail> {
    tagged(s.accounts().get(id).await)
}

/// `PUT /accounts/{id}`
pub async fn update_account(
    Caller(s): Caller,
    Path(id): Path<AccountId>,
    asked: IfMatch,
    Json(form): Json<AccountForm>,
) -> TaggedReply<AccountRow> {
    let form = AccountForm { version: asked.or(form.version)?, ..form };
    tagged(asked.held(s.accounts().update(id, form).await))
}

/// `DELETE /accounts/{id}?confirm=USERNAME`
pub async fn delete_account(
    Caller(s): Caller,
    Path(id): Path<AccountId>,
    Query(sure): Query<Confirm>,
) -> Result<StatusCode, Problem> {
    s.accounts().delete(id, sure.confirm).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `PUT /accounts/{id}/disabled`
pub async fn disable_account(Caller(s): Caller, Path(id): Path<AccountId>) -> Reply<AccountRow> {
    reply(s.accounts().disable(id).await)
}

/// `DELETE /accounts/{id}/disabled`
pub async fn enable_account(Caller(s): Caller, Path(id): Path<AccountId>) -> Reply<AccountRow> {
    reply(s.accounts().enable(id).await)
}

/// `PUT /accounts/{id}/password`
pub async fn reset_password(
    Person(s): Person,
    Path(id): Path<AccountId>,
    Json(form): Json<FirstPassword>,
) -> Result<StatusCode, Problem> {
    s.accounts().reset_password(id, form).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /accounts/{id}/main?confirm=USERNAME`
pub async fn hand_over(Person(s): Person, Path(id): Path<AccountId>, Query(sure): Query<Confirm>) -> Reply<AccountRow> {
    reply(s.accounts().hand_over(id, sure.confirm).await)
}

/// `POST /accounts/{id}/bindings`
pub async fn create_binding(
    Person(s): Person,
    Path(id): Path<AccountId>,
    Json(form): Json<NewBinding>,
) -> Result<Created<BindingRow>, Problem> {
    made(s.accounts().bind(id, form).await)
}

/// `DELETE /accounts/{id}/bindings/{binding}`
pub async fn delete_binding(
    Caller(s): Caller,
    Path((id, binding)): Path<(AccountId, BindingId)>,
) -> Result<StatusCode, Problem> {
    s.accounts().unbind(id, binding).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which tenant is meant; one's own without it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct OfTenant {
    pub(super) tenant: Option<TenantId>,
}

/// `GET /roles?tenant=ID`
pub async fn list_roles(Caller(s): Caller, Query(of): Query<OfTenant>) -> Reply<Vec<RoleRow>> {
    reply(s.roles().list(of.tenant).await)
}

/// `POST /roles?tenant=ID`
pub async fn create_role(
    Caller(s): Caller,
    Query(of): Query<OfTenant>,
    Json(form): Json<RoleForm>,
) -> Result<Created<RoleRow>, Problem> {
    made(s.roles().create(of.tenant, form).await)
}

/// `GET /roles/{id}`
pub async fn get_role(Caller(s): Caller, Path(id): Path<RoleId>) -> TaggedReply<RoleRow> {
    tagged(s.roles().get(id).await)
}

/// `PUT /roles/{id}`
pub async fn update_role(
    Caller(s): Caller,
    Path(id): Path<RoleId>,
    asked: IfMatch,
    Json(form): Json<RoleForm>,
) -> TaggedReply<RoleRow> {
    let form = RoleForm { version: asked.or(form.version)?, ..form };
    tagged(asked.held(s.roles().update(id, form).await))
}

/// `DELETE /roles/{id}?confirm=NAME`
pub async fn delete_role(
    Caller(s): Caller,
    Path(id): Path<RoleId>,
    Query(sure): Query<Confirm>,
) -> Result<StatusCode, Problem> {
    s.roles().delete(id, sure.confirm).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /access?account=ID&permission=NAME&on=SCOPE`
pub async fn explain_access(Caller(s): Caller, Query(query): Query<AccessQuery>) -> Reply<AccessAnswer> {
    reply(s.access().explain(query).await)
}

/// `GET /access/who?permission=NAME&on=SCOPE&q=TEXT&cursor=CURSOR&limit=N`
pub async fn who_may(Caller(s): Caller, Query(query): Query<WhoQuery>) -> Reply<Slice<WhoRow>> {
    reply(s.access().who(query).await)
}

/// Which places are meant.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct OfPlaces {
    tenant: Option<TenantId>,
    q: Option<String>,
}

/// `GET /access/scopes?tenant=ID&q=TEXT`
pub async fn list_scopes(Caller(s): Caller, Query(of): Query<OfPlaces>) -> Reply<ScopeChoices> {
    reply(s.access().scopes(of.tenant, of.q).await)
}

/// Which of one's own places are meant.
#[derive(Debug, Default, Deserialize, JsonSchema)]
pub struct OfOwnPlaces {
    q: Option<String>,
}

/// `GET /access/own?q=TEXT`
pub async fn list_own_scopes(Caller(s): Caller, Query(of): Query<OfOwnPlaces>) -> Reply<ScopeChoices> {
    reply(s.access().own_scopes(of.q).await)
}
