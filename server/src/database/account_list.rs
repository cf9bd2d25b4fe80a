//! The accounts as lists show them, with their roles and second factors.

use std::collections::HashMap;

use app::{
    i18n::Text,
    model::{AccountId, AccountRow, Slice, TenantId},
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QueryTrait, Select};

use super::{
    Database, Result,
    accounts::entity::{self, Column, Entity},
    portable::contains,
    second_factors,
    slice::Window,
    stored::from_word,
    tenants,
};
use crate::auth::{
    authz::{self, Granted},
    context::OpContext,
};

impl Database {
    /// A part of the accounts of a tenant, or of the platform's own when there is none, by name.
    pub async fn list_accounts(
        &self,
        ctx: &OpContext,
        _granted: Granted,
        tenant: Option<&authz::Tenant>,
        window: &Window,
    ) -> Result<Slice<AccountRow>> {
        let query = of_tenant(tenant).apply_if(window.words.as_deref(), |query, words| {
            let either = Condition::any().add(contains(Column::Username, words));
            query.filter(either.add(contains(Column::DisplayName, words)))
        });
        let key = |row: &entity::Model| (row.username.clone(), row.id);
        let Slice { rows, previous, next } = self.slice(query, (Column::Username, Column::Id), window, key).await?;
        Ok(Slice { rows: self.rows(ctx, rows).await?, previous, next })
    }

    /// Every account of a tenant, or of the platform when there is none, for a question about all of them.
    pub async fn all_accounts(
        &self,
        ctx: &OpContext,
        _granted: Granted,
        tenant: Option<&authz::Tenant>,
    ) -> Result<Vec<AccountRow>> {
        let rows = of_tenant(tenant).order_by_asc(Column::Username).all(self.read()).await?;
        self.rows(ctx, rows).await
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

fn of_tenant(tenant: Option<&authz::Tenant>) -> Select<Entity> {
    match tenant {
        Some(tenant) => Entity::find().filter(Column::TenantId.eq(tenant.id().0)),
        None => Entity::find().filter(Column::TenantId.is_null()),
    }
}
