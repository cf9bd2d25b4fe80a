//! The accounts as lists show them, with their roles and second factors.

use std::collections::HashMap;

use app::{
    i18n::Text,
    model::{AccountId, AccountRow, RoleRef, Scope, Slice, TenantId},
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select};

use super::{
    Database, Result,
    accounts::entity::{self, Column, Entity},
    portable::contains,
    role_bindings, second_factors,
    slice::{Key, Window},
    stored::from_word,
    tenants,
};
use crate::auth::{
    authz::{self, Granted},
    context::OpContext,
};

/// Somebody who has a role.
#[derive(Clone, Debug)]
pub struct Holder {
    /// The account.
    pub id: AccountId,
    /// Its tenant; `None` for the platform's own.
    pub tenant: Option<TenantId>,
    /// The name it signs in with.
    pub username: String,
    /// The name for people.
    pub display_name: String,
}

/// Of the platform, or of a tenant that is not suspended.
fn in_open_tenant() -> Condition {
    let suspended = tenants::entity::Entity::find()
        .select_only()
        .column(tenants::entity::Column::Id)
        .filter(tenants::entity::Column::SuspendedAt.is_not_null());
    let open = Column::TenantId.not_in_subquery(suspended.into_query());
    Condition::any().add(Column::TenantId.is_null()).add(open)
}

impl Database {
    /// A part of the accounts of a tenant, or of the platform's own when there is none, by name.
    pub async fn list_accounts(
        &self,
        ctx: &OpContext,
        _granted: Granted,
        tenant: Option<&authz::Tenant>,
        window: &Window,
    ) -> Result<Slice<AccountRow>> {
        let query = named(of_tenant(tenant), window);
        let Slice { rows, previous, next } = self.slice(query, (Column::Username, Column::Id), window, key).await?;
        Ok(Slice { rows: self.rows(ctx, rows).await?, previous, next })
    }

    /// A part of the accounts that have one of some roles in one of some scopes, by name: of some tenants, `None` for the
    /// platform's own. Those that are disabled have nothing, nor have those of a suspended tenant.
    pub async fn holders(
        &self,
        _granted: Granted,
        homes: &[Option<TenantId>],
        roles: &[RoleRef],
        scopes: &[Scope],
        window: &Window,
    ) -> Result<Slice<Holder>> {
        let of = homes.iter().fold(Condition::any(), |any, home| {
            any.add(match home {
                Some(tenant) => Column::TenantId.eq(tenant.0),
                None => Column::TenantId.is_null(),
            })
        });
        let bound = role_bindings::entity::Entity::find()
            .select_only()
            .column(role_bindings::entity::Column::AccountId)
            .filter(role_bindings::entity::Column::Role.is_in(roles.iter().map(ToString::to_string)))
            .filter(role_bindings::entity::Column::Scope.is_in(scopes.iter().map(ToString::to_string)));
        let query = named(Entity::find(), window)
            .filter(of)
            .filter(Column::DisabledAt.is_null())
            .filter(in_open_tenant())
            .filter(Column::Id.in_subquery(bound.into_query()));
        let part = self.slice(query, (Column::Username, Column::Id), window, key).await?;
        part.with_rows(|rows| {
            Ok(rows
                .into_iter()
                .map(|row| Holder {
                    id: AccountId(row.id),
                    tenant: row.tenant_id.map(TenantId),
                    username: row.username,
                    display_name: row.display_name,
                })
                .collect())
        })
    }

    /// One account, when the actor may know of it: one of the own tenant, and for the platform's people any.
    pub async fn find_account_row(
        &self,
        ctx: &OpContext,
        id: AccountId,
    ) -> Result<Option<(AccountRow, Option<TenantId>)>> {
        let mut query = Entity::find_by_id(id.0);
        if let Some(own) = ctx.tenant() {
            query = query.filter(Column::TenantId.eq(own.0));
        }
        let Some(row) = query.one(self.read()).await? else { return Ok(None) };
        let tenant = row.tenant_id.map(TenantId);
        Ok(self.rows(ctx, vec![row]).await?.pop().map(|row| (row, tenant)))
    }

    /// Rows with the names of their roles.
    async fn rows(&self, ctx: &OpContext, rows: Vec<entity::Model>) -> Result<Vec<AccountRow>> {
        let ids: Vec<AccountId> = rows.iter().map(|r| AccountId(r.id)).collect();
        let mut roles: HashMap<AccountId, Vec<Text>> = HashMap::new();
        for binding in self.bindings_of(ctx, &ids).await? {
            let titles = roles.entry(binding.account).or_default();
            if !titles.contains(&binding.grant.title) {
                titles.push(binding.grant.title);
            }
        }
        let owners = tenants::owners(self.read(), rows.iter().filter_map(|r| r.tenant_id)).await?;
        let with_factor = second_factors::among(self.read(), rows.iter().map(|r| r.id)).await?;
        rows.into_iter()
            .map(|row| {
                let id = AccountId(row.id);
                Ok(AccountRow {
                    id,
                    username: row.username,
                    display_name: row.display_name,
                    kind: from_word(&row.kind, "accounts.kind")?,
                    email: row.email.unwrap_or_default(),
                    main: owners.contains(&id),
                    roles: roles.remove(&id).unwrap_or_default(),
                    created_at: row.created_at,
                    last_sign_in: row.last_sign_in,
                    disabled_at: row.disabled_at,
                    version: row.version,
                    second_factor: with_factor.contains(&id.0),
                })
            })
            .collect()
    }
}

/// Those that have the words in one of their names.
fn named(query: Select<Entity>, window: &Window) -> Select<Entity> {
    query.apply_if(window.words.as_deref(), |query, words| {
        let either = Condition::any().add(contains(Column::Username, words));
        query.filter(either.add(contains(Column::DisplayName, words)))
    })
}

fn key(row: &entity::Model) -> Key {
    (row.username.clone(), row.id)
}

fn of_tenant(tenant: Option<&authz::Tenant>) -> Select<Entity> {
    match tenant {
        Some(tenant) => Entity::find().filter(Column::TenantId.eq(tenant.id().0)),
        None => Entity::find().filter(Column::TenantId.is_null()),
    }
}
