//! What is already authorized, as types that nothing else can make: a function that takes one of them needs not
//! ask again, and one that forgot to ask does not compile.

use app::{
    UiError,
    model::{AppId, ClusterId, NamespaceId, Permission, TenantId},
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
    /// Checks that the actor may do this with the thing of that id, tenant and name, which the caller has just
    /// read. Fails with `NotFound` when it is another tenant's, and with `Forbidden` without the permission.
    pub fn authorize(
        ctx: &OpContext,
        permission: Permission,
        id: Id,
        tenant: TenantId,
        name: &str,
    ) -> Result<Self, UiError> {
        if ctx.tenant().is_some_and(|own| own != tenant) {
            return Err(UiError::not_found());
        }
        let granted = ctx.require(permission)?;
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

/// A tenant that the actor may do something with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    id: TenantId,
    name: String,
    granted: Granted,
}

impl Tenant {
    /// Checks that the actor may do this within the tenant. Fails as [`Owned::authorize`] does.
    pub fn authorize(ctx: &OpContext, permission: Permission, id: TenantId, name: &str) -> Result<Self, UiError> {
        let owned = Owned::authorize(ctx, permission, id, id, name)?;
        Ok(Self { id, name: owned.name, granted: owned.granted })
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
    /// Checks that the actor may do this with the cluster. `shared` says whether the actor's tenant has a
    /// namespace in it; it is not looked at for the platform's people. Fails with `NotFound` when the cluster is
    /// hidden from the actor, and with `Forbidden` without the permission.
    pub fn authorize(
        ctx: &OpContext,
        permission: Permission,
        id: ClusterId,
        name: &str,
        shared: bool,
    ) -> Result<Self, UiError> {
        if ctx.tenant().is_some() && !shared {
            return Err(UiError::not_found());
        }
        let granted = ctx.require(permission)?;
        Ok(Self { id, name: name.to_owned(), granted })
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
    /// The permission as a token, when the actor holds it; else `Forbidden`. It says nothing about whose thing
    /// it is used on.
    pub fn require(&self, permission: Permission) -> Result<Granted, UiError> {
        if self.may(permission) { Ok(Granted(permission)) } else { Err(UiError::forbidden(permission.as_str())) }
    }
}
