//! Roles given to accounts and taken from them.
//!
//! Three rules, each checked here and nowhere else: changing rights is the main account's (`access.manage`); nobody
//! gives what they may not do themselves in that place; a role stays on its side of a tenant's edge.

use app::{
    ErrorKind, UiError,
    i18n::Text,
    model::{
        AccountId, BindingId, BindingRow, Grant, NewBinding, Permission, PermissionSet, Place, RoleAt, RoleRef, Scope,
        TenantId, no_such_place, no_such_role,
    },
    service::Answer,
    text,
};

use super::{
    Parts,
    accounts::{is_owner, of_platform},
    session::SessionServices,
};
use crate::{
    auth::{context::OpContext, policy, revocations::Revocation, tokens::PersonOnly},
    database::{DatabaseError, apps, audit::Entry, clusters, namespaces, role_bindings::Binding, roles},
};

impl SessionServices {
    /// Gives an account a role somewhere.
    pub(super) async fn bind_role(&self, id: AccountId, form: &NewBinding) -> Answer<BindingRow> {
        self.by_person(PersonOnly::GiveRole, format!("account/{id}")).await?;
        let known = self.known_account(id, Some(Permission::AccessManage), "access.bind").await?;
        let granted = known.granted.ok_or_else(UiError::internal)?;
        if self.ctx.account_id() == Some(id) {
            return Err(self.spared(&known, "access.bind", false).await?);
        }
        let role = RoleRef::parse(&form.role).ok_or_else(|| UiError::invalid_field("role", no_such_role()))?;
        let scope: Scope = form.scope.parse().map_err(|()| UiError::invalid_field("scope", no_such_place()))?;
        let at = RoleAt { role, scope };
        let (title, permissions) = self.may_bind(at, known.tenant, "access.bind", &known.object()).await?;
        let grant = Grant { binding: BindingId(self.ctx.clock().uuid()), role, title, scope, permissions };
        self.parts.db.bind(&self.ctx, granted, &known.target(), &grant).await.map_err(|e| match e {
            DatabaseError::Taken("role") => UiError {
                kind: ErrorKind::Conflict,
                ..UiError::invalid_field(
                    "role",
                    text!("The account has this role there already.", "该账号在此范围内已有该角色。"),
                )
            },
            DatabaseError::Taken("bindings") => UiError::new(
                ErrorKind::Conflict,
                text!("The account has too many roles. Take one from it first.", "该账号的角色过多，请先收回一个。"),
            ),
            other => other.into(),
        })?;
        self.parts.revocations.send(Revocation::Changed(id));
        let given = Binding {
            account: id,
            grant,
            actor_name: self.ctx.actor_name().to_owned(),
            created_at: self.ctx.now(),
            from_provider: false,
        };
        self.binding_row(&given).await
    }

    /// Takes a role from an account.
    pub(super) async fn unbind_role(&self, id: AccountId, binding: BindingId) -> Answer<()> {
        let known = self.known_account(id, Some(Permission::AccessManage), "access.unbind").await?;
        let granted = known.granted.ok_or_else(UiError::internal)?;
        if self.ctx.account_id() == Some(id) {
            return Err(self.spared(&known, "access.unbind", false).await?);
        }
        let found = known.bindings.iter().find(|b| b.grant.binding == binding).ok_or_else(UiError::not_found)?;
        if known.row.main && is_owner(found.grant.role) {
            return Err(self.spared(&known, "access.unbind", true).await?);
        }
        // What is given up meanwhile by somebody else is given up.
        self.parts.db.unbind(&self.ctx, granted, &known.target(), &found.grant).await?;
        self.parts.revocations.send(Revocation::Changed(id));
        Ok(())
    }

    /// The role's name and permissions, when there is such a place for an account of that tenant and the actor may give the
    /// role there. A refusal is written to the audit trail. Fails naming the field `role` or `scope`; a place of which the
    /// actor may not know is answered as one that there is not.
    pub(super) async fn may_bind(
        &self,
        RoleAt { role, scope }: RoleAt,
        tenant: Option<TenantId>,
        action: &'static str,
        object: &str,
    ) -> Answer<(Text, PermissionSet)> {
        let place = self.place_of(scope, tenant).await?.map(|(place, _)| place).filter(|place| place.tenant == tenant);
        let place = place.ok_or_else(|| UiError::invalid_field("scope", no_such_place()))?;
        self.may_give(role, tenant, scope, &place, action, object).await
    }

    /// The role's name and permissions, when the actor may give it there. `tenant` is that of the account. A refusal
    /// is written to the audit trail. Fails naming the field `role`.
    pub(super) async fn may_give(
        &self,
        role: RoleRef,
        tenant: Option<TenantId>,
        scope: Scope,
        place: &Place,
        action: &'static str,
        object: &str,
    ) -> Answer<(Text, PermissionSet)> {
        let known = match role {
            RoleRef::BuiltIn(role) => Some((role.title(), policy::permissions(role))),
            RoleRef::Custom(id) => roles::find(&self.parts.db, &self.ctx, id)
                .await?
                .filter(|role| Some(role.tenant) == tenant)
                .map(|role| (Text::same(role.name), role.permissions)),
        };
        let Some((title, permissions)) = known else {
            return Err(UiError::invalid_field("role", no_such_role()));
        };
        let (en, zh) = (&title.en, &title.zh);
        let lacks = self.ctx.access().map(|own| own.lacks(permissions, place)).unwrap_or_default();
        let refused = if !lacks.is_empty() {
            let list = lacks.iter().map(Permission::as_str).collect::<Vec<_>>().join(", ");
            Some(text!(
                "You cannot give the role {en} there: it allows more than you may do yourself ({list}).",
                "您无法在此授予“{zh}”角色：其权限超过您自己的权限（{list}）。"
            ))
        } else if !self.ctx.may_on(Permission::AccessManage, &tenant.map_or(Place::PLATFORM, Place::tenant)) {
            Some(text!("Only the main account gives roles.", "只有主账号可以授予角色。"))
        } else {
            None
        };
        if let Some(message) = refused {
            let error = UiError { kind: ErrorKind::Forbidden, ..UiError::invalid_field("role", message) };
            return self.checked(Err(error), action, object).await;
        }
        let wrong = if is_owner(role) {
            Some(text!(
                "A tenant has one main account. Make this account the main one by handing that over to it.",
                "每个租户只有一个主账号，请通过“移交主账号”来更换。"
            ))
        } else if of_platform(role) == tenant.is_some() {
            Some(text!(
                "The role {en} does not belong there: a tenant's roles are for its people, the platform's for its own.",
                "“{zh}”角色不适用于此处：租户角色只能授予租户成员，平台角色只能授予平台账号。"
            ))
        } else if tenant.is_none() && !matches!(scope, Scope::Platform | Scope::Cluster(_)) {
            Some(text!(
                "The platform's roles are given on the platform or on a cluster.",
                "平台角色只能在平台或集群范围内授予。"
            ))
        } else {
            None
        };
        if let Some(message) = wrong {
            let entry = Entry::failed(action, object).tenant(tenant);
            self.parts.db.record(&self.ctx, entry.detail(&message.en)).await?;
            return Err(UiError::invalid_field("role", message));
        }
        Ok((title, permissions))
    }

    /// Where a scope of an account of that tenant lies, and its name for people; `None` when it is gone, when the actor may
    /// not know of it, or for a cluster in which that tenant has nothing. Without a tenant any cluster is found.
    pub(super) async fn place_of(&self, scope: Scope, tenant: Option<TenantId>) -> Answer<Option<(Place, String)>> {
        place_of(&self.parts, &self.ctx, scope, tenant).await
    }

    /// A binding as people see it; of a place that is gone there is the kind alone.
    pub(super) async fn binding_row(&self, binding: &Binding) -> Answer<BindingRow> {
        let grant = &binding.grant;
        // A cluster is named whether or not the account's tenant still has anything in it; other places as far as the actor may
        // know of them.
        let place = self.place_of(grant.scope, None).await?.map(|(_, name)| name).unwrap_or_default();
        Ok(BindingRow {
            id: grant.binding,
            role: grant.role,
            title: grant.title.clone(),
            scope: grant.scope,
            place,
            permissions: grant.permissions,
            actor_name: binding.actor_name.clone(),
            created_at: binding.created_at,
            from_provider: binding.from_provider,
        })
    }
}

/// Where a scope of an account of that tenant lies, and its name for people, as far as the actor may know of it.
pub(super) async fn place_of(
    parts: &Parts,
    ctx: &OpContext,
    scope: Scope,
    tenant: Option<TenantId>,
) -> Answer<Option<(Place, String)>> {
    let db = &parts.db;
    Ok(match scope {
        Scope::Platform => Some((Place::PLATFORM, "platform".to_owned())),
        Scope::Tenant(id) => db.find_tenant_name(ctx, id).await?.map(|name| (Place::tenant(id), name)),
        Scope::Cluster(id) => {
            let shared = match tenant {
                Some(tenant) => namespaces::clusters_of(db, tenant).await?.contains(&id),
                None => true,
            };
            let found = clusters::find(db, id).await?.filter(|_| shared);
            found.map(|c| (Place { tenant, ..Place::cluster(id) }, c.name))
        }
        Scope::Namespace(id) => namespaces::find(db, ctx, id).await?.map(|n| (n.place(), n.name)),
        Scope::App(id) => match apps::find(db, ctx, id).await? {
            Some(app) => {
                let namespace = namespaces::find(db, ctx, app.namespace).await?.map(|n| n.name).unwrap_or_default();
                Some((app.place(), format!("{namespace}/{}", app.name)))
            }
            None => None,
        },
    })
}

/// What bindings allow, and where.
pub(super) fn given_by(bindings: &[Binding]) -> Vec<(PermissionSet, Scope)> {
    bindings.iter().map(|binding| (binding.grant.permissions, binding.grant.scope)).collect()
}

/// Whether the actor may do everything that an account of that tenant is given, in every place where it is.
pub(super) async fn is_above(
    parts: &Parts,
    ctx: &OpContext,
    given: &[(PermissionSet, Scope)],
    tenant: Option<TenantId>,
) -> Answer<bool> {
    let Some(own) = ctx.access() else { return Ok(true) };
    for &(permissions, scope) in given {
        // A cluster where the tenant has nothing now may be one where it has something soon.
        let found = match (place_of(parts, ctx, scope, tenant).await?, scope) {
            (None, Scope::Cluster(id)) => {
                place_of(parts, ctx, scope, None).await?.map(|_| Place { tenant, ..Place::cluster(id) })
            }
            (found, _) => found.map(|(place, _)| place),
        };
        // A place that is gone gives nothing any more.
        let Some(place) = found else { continue };
        if !own.lacks(permissions, &place).is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}
