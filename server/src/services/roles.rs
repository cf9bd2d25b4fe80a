//! Roles: the built-in ones, and those that a tenant makes of the catalogue.

use app::{
    ErrorKind, UiError,
    i18n::Text,
    model::{Permission, PermissionSet, Place, Role, RoleForm, RoleId, RoleRef, RoleRow, TenantId},
    service::{Answer, Roles},
    text,
};
use async_trait::async_trait;

use super::{fault, namespaces::confirmed, session::SessionServices};
use crate::{
    auth::{authz::Tenant, policy, revocations::Revocation},
    database::{DatabaseError, roles as records},
};

#[async_trait]
impl Roles for SessionServices {
    async fn list(&self, tenant: Option<TenantId>) -> Answer<Vec<RoleRow>> {
        let (_, tenant) = self.home(tenant, Permission::AccountRead, "role.list").await?;
        let built_in = Role::ALL.into_iter().filter(|role| role.of_platform() == tenant.is_none());
        let mut rows: Vec<RoleRow> = built_in.map(built_in_row).collect();
        if let Some(tenant) = tenant {
            let own = records::list(&self.parts.db, &tenant).await?;
            rows.extend(own.into_iter().map(|(role, bindings)| row(role, bindings)));
        }
        Ok(rows)
    }

    async fn get(&self, id: RoleId) -> Answer<RoleRow> {
        let (role, _) = self.known_role(id, Permission::AccountRead, "role.read").await?;
        let bindings = records::bindings(&self.parts.db, id).await?;
        Ok(row(role, bindings))
    }

    async fn create(&self, tenant: Option<TenantId>, form: RoleForm) -> Answer<RoleRow> {
        let (_, tenant) = self.home(tenant, Permission::AccessManage, "role.create").await?;
        let Some(tenant) = tenant else {
            return Err(UiError::new(
                ErrorKind::Conflict,
                text!(
                    "Roles are made within a tenant; the platform has the built-in ones.",
                    "角色只能在租户内创建，平台使用内置角色。"
                ),
            ));
        };
        let (name, description, permissions) = form.parse()?;
        self.may_allow(permissions, &tenant, "role.create", name.as_str()).await?;
        let role = records::Role {
            id: RoleId(self.ctx.clock().uuid()),
            tenant: tenant.id(),
            name: name.to_string(),
            description,
            permissions,
            version: 1,
            updated_at: self.ctx.now(),
        };
        records::insert(&self.parts.db, &self.ctx, &tenant, &role).await.map_err(taken)?;
        Ok(row(role, 0))
    }

    async fn update(&self, id: RoleId, form: RoleForm) -> Answer<RoleRow> {
        let (mut role, tenant) = self.known_role(id, Permission::AccessManage, "role.update").await?;
        let (name, description, permissions) = form.parse()?;
        // Who may not do what the role allows already would take it from others only to give it back.
        self.may_allow(permissions.and(role.permissions), &tenant, "role.update", name.as_str()).await?;
        role.version = form.version.unwrap_or(role.version);
        (role.name, role.description, role.permissions) = (name.to_string(), description, permissions);
        let changed = records::update(&self.parts.db, &self.ctx, &tenant, &role).await.map_err(taken)?;
        let bindings = changed.len() as u64;
        for account in changed {
            self.parts.revocations.send(Revocation::Changed(account));
        }
        role.version += 1;
        role.updated_at = self.ctx.now();
        Ok(row(role, bindings))
    }

    async fn delete(&self, id: RoleId, confirm: String) -> Answer<()> {
        let (role, tenant) = self.known_role(id, Permission::AccessManage, "role.delete").await?;
        confirmed(&confirm, &role.name)?;
        match records::delete(&self.parts.db, &self.ctx, &tenant, &role).await? {
            0 => Ok(()),
            n => Err(UiError::new(
                ErrorKind::Conflict,
                text!(
                    "{n} accounts still have this role. Take it from them first.",
                    "仍有 {n} 个账号拥有该角色，请先收回。"
                ),
            )),
        }
    }
}

impl SessionServices {
    /// A custom role of a tenant within which the actor may do this.
    async fn known_role(
        &self,
        id: RoleId,
        permission: Permission,
        action: &'static str,
    ) -> Answer<(records::Role, Tenant)> {
        let found = records::find(&self.parts.db, &self.ctx, id).await?.ok_or_else(UiError::not_found);
        let role = self.checked(found, action, format!("role/{id}")).await?;
        let tenant = self.known_tenant(role.tenant, permission, action).await?;
        Ok((role, tenant))
    }

    /// Whether the actor may do all of it in the whole tenant, and so let others do it. A refusal is written down.
    async fn may_allow(&self, all: PermissionSet, tenant: &Tenant, action: &'static str, role: &str) -> Answer<()> {
        let place = Place::tenant(tenant.id());
        let lacks = self.ctx.access().map(|own| own.lacks(all, &place)).unwrap_or_default();
        if lacks.is_empty() {
            return Ok(());
        }
        let list = lacks.iter().map(Permission::as_str).collect::<Vec<_>>().join(", ");
        let message = text!(
            "The role would allow more than you may do yourself: {list}.",
            "该角色的权限超过您自己的权限：{list}。"
        );
        let error = UiError { kind: ErrorKind::Forbidden, ..UiError::invalid_field("permissions", message) };
        self.checked(Err(error), action, format!("role/{role}")).await
    }
}

fn taken(error: DatabaseError) -> UiError {
    match error {
        DatabaseError::Taken("roles") => UiError::new(
            ErrorKind::Conflict,
            text!("The tenant has too many roles. Delete one first.", "租户的角色过多，请先删除一个。"),
        ),
        DatabaseError::Taken(field) => fault::taken(field),
        other => other.into(),
    }
}

fn built_in_row(role: Role) -> RoleRow {
    RoleRow {
        role: RoleRef::BuiltIn(role),
        title: role.title(),
        about: role.about(),
        tenant: None,
        permissions: policy::permissions(role),
        bindings: 0,
        version: 0,
        updated_at: 0,
    }
}

fn row(role: records::Role, bindings: u64) -> RoleRow {
    RoleRow {
        role: RoleRef::Custom(role.id),
        title: Text::same(role.name),
        about: Text::same(role.description),
        tenant: Some(role.tenant),
        permissions: role.permissions,
        bindings,
        version: role.version,
        updated_at: role.updated_at,
    }
}
