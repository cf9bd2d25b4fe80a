//! Tenants.

use app::{
    UiError,
    model::{Checks, NewAccount, NewTenant, Permission, ResourceName, Role, TenantId, TenantRow, display_name},
    service::{Answer, Tenants},
};
use async_trait::async_trait;

use super::{accounts, session::SessionServices};
use crate::database::tenants::TenantToMake;

#[async_trait]
impl Tenants for SessionServices {
    async fn list(&self) -> Answer<Vec<TenantRow>> {
        let granted = self.require(Permission::TenantRead, "tenant.list", "tenant").await?;
        Ok(self.parts.db.list_tenants(&self.ctx, granted).await?)
    }

    async fn get(&self, id: TenantId) -> Answer<TenantRow> {
        let granted = self.require(Permission::TenantRead, "tenant.get", format!("tenant/{id}")).await?;
        let rows = self.parts.db.list_tenants(&self.ctx, granted).await?;
        rows.into_iter().find(|t| t.id == id).ok_or_else(UiError::not_found)
    }

    async fn create(&self, form: NewTenant) -> Answer<TenantRow> {
        let granted = self.require(Permission::TenantManage, "tenant.create", "tenant").await?;
        let mut checks = Checks::default();
        let name = checks.take(ResourceName::parse("name", &form.name));
        let title = checks.take(display_name("display_name", &form.display_name));
        let owner = NewAccount { role: Role::Owner.as_str().to_owned(), ..form.owner };
        let owner = accounts::check(&mut checks, "owner.", &owner);
        let (name, title, owner) = checks.finish(name.zip(title).zip(owner).map(|((n, t), o)| (n, t, o)))?;
        let owner = accounts::hashed(&self.parts, owner).await?;
        let tenant = TenantToMake { name: name.as_str().to_owned(), display_name: title, owner };
        let made = self.parts.db.create_tenant(&self.ctx, granted, tenant).await;
        Ok(made.map_err(|e| accounts::taken_in(e, "owner."))?)
    }
}
