//! What is already authorized, as types that nothing else can make: a function that takes one of them needs not
//! ask again, and one that forgot to ask does not compile.

use app::{
    UiError,
    model::{AppId, ClusterId, NamespaceId, Permission, Place, TenantId},
    text,
};

use super::context::OpContext;

/// A permission that the actor was found to hold. Repositories' changing methods take one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Granted(Permission);

impl Granted {
    /// Which.
    pub fn permission(self) -> Permission {
        self.0
    }
}

/// A thing of a tenant that the actor may do something with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owned<Id> {
    id: Id,
    tenant: TenantId,
    name: String,
    granted: Granted,
}

/// A namespace.
pub type Namespace = Owned<NamespaceId>;
/// An application.
pub type App = Owned<AppId>;

impl<Id: Copy> Owned<Id> {
    /// Checks that the actor may do this with the thing of that id, place and name, which the caller has just read.
    /// Fails with `NotFound` when it is another tenant's, or nothing of it may be seen, and with `Forbidden` without
    /// the permission.
    fn decide(
        ctx: &OpContext,
        permission: Permission,
        see: Permission,
        id: Id,
        tenant: TenantId,
        place: &Place,
        name: &str,
    ) -> Result<Self, UiError> {
        let hidden = ctx.tenant().is_some_and(|own| own != tenant) || !ctx.may_on(see, place);
        // A permission that reaches the thing shows it, too: one who may delete it may know that it is there.
        if hidden && !ctx.may_on(permission, place) {
            return Err(UiError::not_found());
        }
        let granted = ctx.require_on(permission, place)?;
        Ok(Self { id, tenant, name: name.to_owned(), granted })
    }

    /// Its id.
    pub fn id(&self) -> Id {
        self.id
    }

    /// Whose it is.
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What may be done with it.
    pub fn granted(&self) -> Granted {
        self.granted
    }
}

impl Namespace {
    /// Checks that the actor may do this with a namespace that the caller has just read. Fails with `NotFound` when
    /// it is hidden from the actor, and with `Forbidden` without the permission.
    pub fn authorize(ctx: &OpContext, permission: Permission, place: &Place, name: &str) -> Result<Self, UiError> {
        let (Some(tenant), Some(id)) = (place.tenant, place.namespace) else { return Err(UiError::not_found()) };
        Self::decide(ctx, permission, Permission::NamespaceRead, id, tenant, place, name)
    }
}

impl App {
    /// Checks that the actor may do this with an application that the caller has just read. Fails as
    /// [`Namespace::authorize`] does.
    pub fn authorize(ctx: &OpContext, permission: Permission, place: &Place, name: &str) -> Result<Self, UiError> {
        let (Some(tenant), Some(id)) = (place.tenant, place.app) else { return Err(UiError::not_found()) };
        Self::decide(ctx, permission, Permission::AppRead, id, tenant, place, name)
    }
}

/// A tenant that the actor may do something with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    id: TenantId,
    name: String,
    granted: Granted,
}

impl Tenant {
    /// Checks that the actor may do this within the tenant as a whole. Fails with `NotFound` when it is another
    /// one's, and with `Forbidden` without the permission.
    pub fn authorize(ctx: &OpContext, permission: Permission, id: TenantId, name: &str) -> Result<Self, UiError> {
        if ctx.tenant().is_some_and(|own| own != id) {
            return Err(UiError::not_found());
        }
        let granted = ctx.require_on(permission, &Place::tenant(id))?;
        Ok(Self { id, name: name.to_owned(), granted })
    }

    /// Its id.
    pub fn id(&self) -> TenantId {
        self.id
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What may be done within it.
    pub fn granted(&self) -> Granted {
        self.granted
    }
}

/// A cluster that the actor may do something with. Clusters belong to the platform; a tenant's people know those
/// in which they have a namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    id: ClusterId,
    name: String,
    granted: Granted,
}

impl Cluster {
    /// Checks that the actor may do this with the cluster. `shared` are the places of the namespaces in it that the
    /// actor may see; the platform's people are asked about the cluster itself. Fails with `NotFound` when the
    /// cluster is hidden from the actor, and with `Forbidden` without the permission.
    pub fn authorize(
        ctx: &OpContext,
        permission: Permission,
        id: ClusterId,
        name: &str,
        shared: &[Place],
    ) -> Result<Self, UiError> {
        let whole = Place::cluster(id);
        let places = if ctx.tenant().is_some() { shared } else { std::slice::from_ref(&whole) };
        let granted = places.iter().find_map(|place| ctx.require_on(permission, place).ok());
        let seen = granted.is_some() || places.iter().any(|place| ctx.may_on(Permission::ClusterRead, place));
        match granted {
            Some(granted) => Ok(Self { id, name: name.to_owned(), granted }),
            None if seen => Err(UiError::forbidden(permission.as_str())),
            None => Err(UiError::not_found()),
        }
    }

    /// Its id.
    pub fn id(&self) -> ClusterId {
        self.id
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What may be done with it.
    pub fn granted(&self) -> Granted {
        self.granted
    }
}

impl OpContext {
    /// The permission as a token, when the actor holds it at their home: in the whole of their tenant, or on the
    /// platform; else `Forbidden`.
    pub fn require(&self, permission: Permission) -> Result<Granted, UiError> {
        self.require_on(permission, &self.home())
    }

    /// The permission as a token, when the actor holds it at that place; else `Forbidden`.
    pub fn require_on(&self, permission: Permission, place: &Place) -> Result<Granted, UiError> {
        if self.may_on(permission, place) { Ok(Granted(permission)) } else { Err(self.lacking(permission)) }
    }

    /// That the actor lacks a permission: the account, or the token by which it acts.
    fn lacking(&self, permission: Permission) -> UiError {
        let account = UiError::forbidden(permission.as_str());
        if self.token().is_none() {
            return account;
        }
        UiError {
            message: text!(
                "This token, or its account, lacks the permission {permission}. Make a token for it, as far as the account has it.",
                "此令牌或其账号没有 {permission} 权限。请在账号拥有该权限的前提下创建相应的令牌。"
            ),
            ..account
        }
    }

    /// The permission as a token, when the actor holds it somewhere: what is read with it must still be cut to the
    /// places where; else `Forbidden`.
    pub fn require_somewhere(&self, permission: Permission) -> Result<Granted, UiError> {
        if self.may(permission) { Ok(Granted(permission)) } else { Err(self.lacking(permission)) }
    }
}
