//! Tenants.

use app::{
    UiError,
    model::{
        Checks, NewAccount, NewTenant, Permission, ResourceName, Role, TenantId, TenantRow, TenantSecurity,
        display_name,
    },
    service::{Answer, Tenants},
};
use async_trait::async_trait;

use super::{accounts, session::SessionServices};
use crate::{
    auth::{revocations::Revocation, tokens::PersonOnly},
    database::tenants::TenantToMake,
};

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
        let words = [form.name.as_str(), form.display_name.as_str()];
        let owner = accounts::check(&self.parts, &mut checks, "owner.", &owner, &words).await?;
        let (name, title, owner) = checks.finish(name.zip(title).zip(owner).map(|((n, t), o)| (n, t, o)))?;
        let owner = accounts::hashed(&self.parts, owner).await?;
        let tenant = TenantToMake { name: name.as_str().to_owned(), display_name: title, owner };
        let made = self.parts.db.create_tenant(&self.ctx, granted, tenant).await;
        Ok(made.map_err(|e| accounts::taken_in(e, "owner."))?)
    }

    async fn security(&self, tenant: Option<TenantId>) -> Answer<TenantSecurity> {
        let (_, tenant) = self.home(tenant, Permission::AccountRead, "tenant.security").await?;
        let tenant = tenant.ok_or_else(UiError::not_found)?;
        Ok(self.parts.db.find_tenant_security(&self.ctx, &tenant).await?)
    }

    async fn change_security(&self, tenant: Option<TenantId>, security: TenantSecurity) -> Answer<TenantSecurity> {
        self.by_person(PersonOnly::ChangeTenantSecurity, "tenant").await?;
        let (granted, tenant) = self.home(tenant, Permission::TenantSettings, "tenant.change_security").await?;
        let tenant = tenant.ok_or_else(UiError::not_found)?;
        self.parts.db.update_tenant_security(&self.ctx, granted, &tenant, security).await?;
        for id in self.parts.db.list_without_second_factor(&self.ctx, &tenant).await? {
            // Open streams of those who have none end; they are led to add one when they come back.
            let notice =
                if security.second_factor_required { Revocation::Account(id, None) } else { Revocation::Changed(id) };
            self.parts.revocations.send(notice);
        }
        Ok(security)
    }
}
