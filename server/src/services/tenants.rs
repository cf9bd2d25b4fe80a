//! Tenants, for the platform's people.

use app::{
    ErrorKind, UiError,
    i18n::Text,
    model::{
        Checks, NameQuery, NewTenant, OperationId, OperationKind, Permission, ResourceName, Slice, SuspendForm,
        TenantId, TenantRow, TenantSecurity, Viewer, display_name,
    },
    service::{Answer, Tenants},
    text,
};
use async_trait::async_trait;

use super::{Parts, accounts, namespaces::confirmed, session::SessionServices, window::window};
use crate::{
    auth::{authz::Tenant, context::OpContext, revocations::Revocation, tokens::PersonOnly},
    database::{
        DatabaseError, audit::Entry, operations::NewOperation, tenant_changes::Holdings, tenants::TenantToMake,
    },
    operations::steps_of,
};

#[async_trait]
impl Tenants for SessionServices {
    async fn list(&self, query: NameQuery) -> Answer<Slice<TenantRow>> {
        let granted = self.require(Permission::TenantRead, "tenant.list", "tenant").await?;
        Ok(self.parts.db.list_tenants(&self.ctx, granted, &window(query)?).await?)
    }

    async fn get(&self, id: TenantId) -> Answer<TenantRow> {
        let granted = self.require(Permission::TenantRead, "tenant.get", format!("tenant/{id}")).await?;
        let row = self.parts.db.find_tenant(&self.ctx, granted, id).await?.ok_or_else(UiError::not_found)?;
        let belongings = self.parts.db.tenant_belongings(&self.ctx, granted, id).await?;
        Ok(TenantRow { belongings: Some(belongings), ..row })
    }

    async fn create(&self, form: NewTenant) -> Answer<TenantRow> {
        self.by_person(PersonOnly::MakeTenant, "tenant").await?;
        let granted = self.require(Permission::TenantManage, "tenant.create", "tenant").await?;
        let tenant = check(&self.parts, form).await?;
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
        let security = self.parts.db.update_tenant_security(&self.ctx, granted, &tenant, security).await?;
        for id in self.parts.db.list_without_second_factor(&self.ctx, &tenant).await? {
            // Open streams of those who have none end; they are led to add one when they come back.
            let notice =
                if security.second_factor_required { Revocation::Account(id, None) } else { Revocation::Changed(id) };
            self.parts.revocations.send(notice);
        }
        Ok(security)
    }

    async fn suspend(&self, id: TenantId, form: SuspendForm) -> Answer<TenantRow> {
        let tenant = self.managed_tenant(id, "tenant.suspend").await?;
        let reason = form.parse().map_err(|e| UiError::invalid(vec![e]))?;
        match self.parts.db.suspend_tenant(&self.ctx, &tenant, &reason).await {
            Ok(people) => self.sign_out_all(people).await,
            Err(DatabaseError::Stale) => {
                return self.not_in_that_state(&tenant, "tenant.suspend", already_suspended()).await;
            }
            Err(e) => return Err(e.into()),
        }
        Tenants::get(self, id).await
    }

    async fn resume(&self, id: TenantId) -> Answer<TenantRow> {
        let tenant = self.managed_tenant(id, "tenant.resume").await?;
        match self.parts.db.resume_tenant(&self.ctx, &tenant).await {
            Ok(()) => Tenants::get(self, id).await,
            Err(DatabaseError::Stale) => self.not_in_that_state(&tenant, "tenant.resume", not_suspended()).await,
            Err(e) => Err(e.into()),
        }
    }

    async fn delete(&self, id: TenantId, confirm: String) -> Answer<OperationId> {
        let tenant = self.managed_tenant(id, "tenant.delete").await?;
        confirmed(&confirm, tenant.name())?;
        let holdings = self.parts.db.tenant_holdings(&self.ctx, &tenant).await?;
        if !holdings.is_empty() {
            return self.not_in_that_state(&tenant, "tenant.delete", still_owns(&holdings)).await;
        }
        let kind = OperationKind::DeleteTenant;
        let operation = NewOperation::of_tenant(
            OperationId(self.ctx.clock().uuid()),
            kind,
            id,
            tenant.name().to_owned(),
            steps_of(kind),
        );
        let started = operation.id;
        match self.parts.db.begin_tenant_deletion(&self.ctx, &tenant, operation).await {
            Ok(people) => self.sign_out_all(people).await,
            // Something was made since it was looked at.
            Err(DatabaseError::Taken("tenant")) => {
                let holdings = self.parts.db.tenant_holdings(&self.ctx, &tenant).await?;
                return self.not_in_that_state(&tenant, "tenant.delete", still_owns(&holdings)).await;
            }
            Err(DatabaseError::Stale) => {
                return self.not_in_that_state(&tenant, "tenant.delete", being_deleted()).await;
            }
            Err(e) => return Err(e.into()),
        }
        self.parts.operations.begin(started, id, None);
        Ok(started)
    }
}

impl SessionServices {
    /// A tenant that the actor may suspend, resume and delete.
    async fn managed_tenant(&self, id: TenantId, action: &'static str) -> Answer<Tenant> {
        self.require(Permission::TenantManage, action, format!("tenant/{id}")).await?;
        self.known_tenant(id, Permission::TenantManage, action).await
    }

    /// Ends the sessions of people whose credentials the database has just changed.
    async fn sign_out_all(&self, people: Vec<app::model::AccountId>) {
        for account in &people {
            self.parts.revocations.send(Revocation::Account(*account, None));
        }
        // They are over by now; what is kept of them elsewhere than in the database goes, too.
        for account in people {
            self.parts.sessions.end_account(account).await;
        }
    }

    /// Writes down that something was tried in vain, and says why.
    async fn not_in_that_state<T>(&self, tenant: &Tenant, action: &'static str, why: Text) -> Answer<T> {
        let entry = Entry::failed(action, format!("tenant/{}", tenant.name())).tenant(Some(tenant.id()));
        self.parts.db.record(&self.ctx, entry.detail(&why.en)).await?;
        Err(UiError::new(ErrorKind::Conflict, why))
    }
}

/// Checks the form of a new tenant and hashes its main account's password.
pub(super) async fn check(parts: &Parts, form: NewTenant) -> Answer<TenantToMake> {
    let mut checks = Checks::default();
    let name = checks.take(ResourceName::parse("name", &form.name));
    let title = checks.take(display_name("display_name", &form.display_name));
    let words = [form.name.as_str(), form.display_name.as_str()];
    let owner = accounts::check(parts, &mut checks, "owner.", &form.owner, &words).await?;
    let (name, title, owner) = checks.finish(name.zip(title).zip(owner).map(|((n, t), o)| (n, t, o)))?;
    let owner = accounts::hashed(parts, owner, Vec::new()).await?;
    Ok(TenantToMake { name: name.as_str().to_owned(), display_name: title, owner })
}

/// What somebody is told who has the right password and whose tenant is suspended; strangers learn nothing of it.
pub(super) async fn suspended(parts: &Parts, ctx: &OpContext, viewer: &Viewer) -> Answer<UiError> {
    let entry = Entry::refused("session.sign_in", format!("account/{}", viewer.username))
        .actor(Some(viewer.id), &viewer.username)
        .tenant(viewer.tenant);
    parts.db.record(ctx, entry.detail("the tenant is suspended")).await?;
    let tenant = viewer.tenant_name.as_deref().unwrap_or_default();
    Ok(UiError::new(
        ErrorKind::Forbidden,
        text!(
            "The tenant {tenant} is suspended. Its apps run on. Ask the platform's administrator.",
            "租户 {tenant} 已被暂停，其应用仍在运行。请联系平台管理员。"
        ),
    ))
}

fn already_suspended() -> Text {
    text!(
        "The tenant is suspended already, or is being deleted. Load the page anew.",
        "该租户已被暂停，或正在删除。请重新加载页面。"
    )
}

fn not_suspended() -> Text {
    text!(
        "The tenant is not suspended, or is being deleted. Load the page anew.",
        "该租户未被暂停，或正在删除。请重新加载页面。"
    )
}

fn being_deleted() -> Text {
    text!("The tenant is being deleted already.", "该租户已在删除中。")
}

/// What keeps a tenant from being deleted, by name.
fn still_owns(holdings: &Holdings) -> Text {
    let Holdings { namespaces, apps, templates, operations } = holdings;
    let (mut en, mut zh) = (Vec::new(), Vec::new());
    let lists = [
        ("namespaces", "命名空间", namespaces),
        ("apps", "应用", apps),
        ("templates that other tenants' apps came from", "被其他租户的应用使用的模板", templates),
    ];
    for (name_en, name_zh, names) in lists.into_iter().filter(|(.., names)| !names.is_empty()) {
        en.push(format!("{name_en} {}", few(names, ", ", "and", "more")));
        zh.push(format!("{name_zh} {}", few(names, "、", "等另外", "个")));
    }
    if *operations > 0 {
        en.push(format!("operations under way ({operations})"));
        zh.push(format!("进行中的操作（{operations} 个）"));
    }
    let (en, zh) = (en.join("; "), zh.join("；"));
    text!(
        "The tenant still has: {en}. Delete them or wait for them first.",
        "该租户仍有：{zh}。请先删除，或等待其完成。"
    )
}

/// The first names of a list, and how many more there are.
fn few(names: &[String], between: &str, and: &str, more: &str) -> String {
    const SHOWN: usize = 10;
    let first = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(between);
    match names.len().saturating_sub(SHOWN) {
        0 => first,
        n => format!("{first} {and} {n} {more}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_the_way_is_named() {
        let names = |n: usize| (1..=n).map(|i| format!("n{i}")).collect::<Vec<_>>();
        let holdings = Holdings { namespaces: names(2), apps: names(12), templates: vec![], operations: 1 };
        let text = still_owns(&holdings);
        assert_eq!(
            text.en,
            "The tenant still has: namespaces n1, n2; apps n1, n2, n3, n4, n5, n6, n7, n8, n9, n10 and 2 more; \
             operations under way (1). Delete them or wait for them first."
        );
        assert!(text.zh.contains("命名空间 n1、n2；应用 n1、"), "{}", text.zh);
    }
}
