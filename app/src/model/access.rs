//! What an account may do, where, and through which binding. Enforcement and explanation ask the same [`Access`], so
//! that they cannot disagree.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{
    AccountId, AppId, BindingId, ClusterId, Limit, Millis, NamespaceId, Permission, PermissionSet, Reach, RoleRef,
    TenantId,
};
use crate::i18n::Text;

/// Where a binding gives its role. In texts `platform`, `tenant/ID`, `cluster/ID`, `namespace/ID`, `app/ID`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Everywhere; for the platform's own people.
    Platform,
    /// A tenant with everything in it.
    Tenant(TenantId),
    /// A cluster: for a tenant's people what the tenant has in it.
    Cluster(ClusterId),
    /// A namespace with everything in it.
    Namespace(NamespaceId),
    /// One application.
    App(AppId),
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Platform => f.write_str("platform"),
            Self::Tenant(id) => write!(f, "tenant/{id}"),
            Self::Cluster(id) => write!(f, "cluster/{id}"),
            Self::Namespace(id) => write!(f, "namespace/{id}"),
            Self::App(id) => write!(f, "app/{id}"),
        }
    }
}

impl FromStr for Scope {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let text = text.trim();
        if text == "platform" {
            return Ok(Self::Platform);
        }
        let (kind, id) = text.split_once('/').ok_or(())?;
        let id: uuid::Uuid = id.parse().map_err(|_| ())?;
        match kind {
            "tenant" => Ok(Self::Tenant(TenantId(id))),
            "cluster" => Ok(Self::Cluster(ClusterId(id))),
            "namespace" => Ok(Self::Namespace(NamespaceId(id))),
            "app" => Ok(Self::App(AppId(id))),
            _ => Err(()),
        }
    }
}

impl Serialize for Scope {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(|()| serde::de::Error::custom("platform, or tenant, cluster, namespace or app with an id"))
    }
}

/// Where a thing stands: what it belongs to, from the platform down to itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Place {
    /// The tenant whose it is; `None` for what is the platform's.
    pub tenant: Option<TenantId>,
    /// The cluster it is in.
    pub cluster: Option<ClusterId>,
    /// The namespace it is in.
    pub namespace: Option<NamespaceId>,
    /// The application that it is, or belongs to.
    pub app: Option<AppId>,
}

impl Place {
    /// The platform itself.
    pub const PLATFORM: Self = Self { tenant: None, cluster: None, namespace: None, app: None };

    /// A tenant as a whole.
    pub const fn tenant(id: TenantId) -> Self {
        Self { tenant: Some(id), ..Self::PLATFORM }
    }

    /// A cluster as a whole.
    pub const fn cluster(id: ClusterId) -> Self {
        Self { cluster: Some(id), ..Self::PLATFORM }
    }

    /// A namespace as a whole.
    pub const fn namespace(tenant: TenantId, cluster: ClusterId, id: NamespaceId) -> Self {
        Self { tenant: Some(tenant), cluster: Some(cluster), namespace: Some(id), app: None }
    }

    /// An application.
    pub const fn app(tenant: TenantId, cluster: ClusterId, namespace: NamespaceId, id: AppId) -> Self {
        Self { tenant: Some(tenant), cluster: Some(cluster), namespace: Some(namespace), app: Some(id) }
    }
}

impl Place {
    /// The scopes that it lies within, from the widest to its own.
    pub fn scopes(&self) -> Vec<Scope> {
        let parts = [
            Some(Scope::Platform),
            self.tenant.map(Scope::Tenant),
            self.cluster.map(Scope::Cluster),
            self.namespace.map(Scope::Namespace),
            self.app.map(Scope::App),
        ];
        parts.into_iter().flatten().collect()
    }
}

impl Scope {
    /// Whether the place lies within.
    pub fn holds(self, place: &Place) -> bool {
        match self {
            Self::Platform => true,
            Self::Tenant(id) => place.tenant == Some(id),
            Self::Cluster(id) => place.cluster == Some(id),
            Self::Namespace(id) => place.namespace == Some(id),
            Self::App(id) => place.app == Some(id),
        }
    }
}

/// What one binding gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Grant {
    /// The binding.
    pub binding: BindingId,
    /// The role.
    pub role: RoleRef,
    /// The role's name for people.
    pub title: Text,
    /// Where.
    pub scope: Scope,
    /// What the role allows.
    pub permissions: PermissionSet,
}

/// Everything that an account may do, or a token of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// The account's tenant: what is another tenant's does not exist for it. `None` for the platform's people.
    pub tenant: Option<TenantId>,
    /// Its bindings.
    pub grants: Vec<Grant>,
    /// What a token leaves of that; `None` for the account itself.
    pub limit: Option<Limit>,
}

impl Access {
    /// The bindings through which something is allowed there.
    pub fn through<'a>(&'a self, permission: Permission, place: &'a Place) -> impl Iterator<Item = &'a Grant> {
        let here = self.reaches(place) && self.left(PermissionSet::EMPTY.with(permission)).has(permission);
        self.grants.iter().filter(move |g| here && g.permissions.has(permission) && g.scope.holds(place))
    }

    /// Whether something is allowed there.
    pub fn allows(&self, permission: Permission, place: &Place) -> bool {
        self.through(permission, place).next().is_some()
    }

    /// Everything that is allowed somewhere.
    pub fn anywhere(&self) -> PermissionSet {
        self.left(self.grants.iter().fold(PermissionSet::EMPTY, |all, g| all.and(g.permissions)))
    }

    /// Everything that is allowed at a place.
    pub fn at(&self, place: &Place) -> PermissionSet {
        let reached = self.reaches(place);
        let here = self.grants.iter().filter(|g| reached && g.scope.holds(place));
        self.left(here.fold(PermissionSet::EMPTY, |all, g| all.and(g.permissions)))
    }

    /// What of a role the account lacks at a place, and so cannot give to somebody there.
    pub fn lacks(&self, role: PermissionSet, place: &Place) -> PermissionSet {
        role.without(self.at(place))
    }

    /// Where something is allowed, for what is read by scopes and not place by place.
    pub fn reach(&self, permission: Permission) -> Reach<'_> {
        let left = self.left(PermissionSet::EMPTY.with(permission)).has(permission);
        let given = self.grants.iter().filter(|g| left && g.permissions.has(permission)).map(|g| g.scope).collect();
        Reach { given, limited_to: self.limit.as_ref().and_then(|l| l.scopes.as_deref()) }
    }

    /// Whether the place is the account's tenant's, and within the limit.
    fn reaches(&self, place: &Place) -> bool {
        let own = self.tenant.is_none() || place.tenant == self.tenant;
        own && self.limit.as_ref().is_none_or(|limit| limit.holds(place))
    }

    /// What the limit leaves of some permissions.
    fn left(&self, permissions: PermissionSet) -> PermissionSet {
        self.limit.as_ref().map_or(permissions, |limit| permissions.within(limit.permissions))
    }
}

/// The form of a binding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct NewBinding {
    /// A built-in role's name or a custom role's id.
    pub role: String,
    /// Where: `platform`, `tenant/ID`, `cluster/ID`, `namespace/ID` or `app/ID`.
    pub scope: String,
}

/// A binding of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct BindingRow {
    /// The binding.
    pub id: BindingId,
    /// The role.
    pub role: RoleRef,
    /// The role's name for people.
    pub title: Text,
    /// Where.
    pub scope: Scope,
    /// The name of where, for people: `shop-live/web`.
    pub place: String,
    /// What it allows there.
    pub permissions: PermissionSet,
    /// Who gave it; the identity provider's short name when it comes from one.
    pub actor_name: String,
    /// When.
    pub created_at: Millis,
    /// It comes from an identity provider, and changes with what that says at each sign-in.
    #[serde(default)]
    pub from_provider: bool,
}

/// A place where a role can be given, for a choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct ScopeChoice {
    /// Where.
    pub scope: Scope,
    /// Its name for people.
    pub place: String,
}

/// Places where a role can be given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct ScopeChoices {
    /// Some of them: the widest first, then by name.
    pub rows: Vec<ScopeChoice>,
    /// Whether these are all of them; others are found by name.
    pub whole: bool,
}

/// A question: may this account do this there? All of them flat strings of a URL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct AccessQuery {
    /// The account's id; one's own without it.
    pub account: Option<String>,
    /// A permission's name.
    pub permission: Option<String>,
    /// Where: `platform`, `tenant/ID`, `cluster/ID`, `namespace/ID` or `app/ID`; the tenant without it.
    pub on: Option<String>,
}

/// The answer to "what may X do there, and through which binding".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct AccessAnswer {
    /// The account.
    pub account: AccountId,
    /// The name it signs in with.
    pub username: String,
    /// Where.
    pub on: Scope,
    /// The name of where, for people.
    pub place: String,
    /// Every permission asked for, and why it is or is not allowed.
    pub permissions: Vec<Explanation>,
}

/// Whether something is allowed, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Explanation {
    /// What.
    pub permission: Permission,
    /// Whether it is allowed.
    pub allowed: bool,
    /// The bindings that allow it; empty when it is not allowed.
    pub through: Vec<BindingRow>,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::model::Role;

    fn grant(scope: Scope, permissions: &[Permission]) -> Grant {
        Grant {
            binding: BindingId(Uuid::nil()),
            role: RoleRef::BuiltIn(Role::Developer),
            title: Text::default(),
            scope,
            permissions: permissions.iter().copied().collect(),
        }
    }

    const fn uuid(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    #[test]
    fn a_binding_reaches_down_and_never_up_or_over() {
        let (tenant, other) = (TenantId(uuid(1)), TenantId(uuid(2)));
        let (cluster, namespace, app) = (ClusterId(uuid(3)), NamespaceId(uuid(4)), AppId(uuid(5)));
        let web = Place::app(tenant, cluster, namespace, app);
        let p = Permission::AppRead;
        for (scope, whole_namespace, whole_tenant) in [
            (Scope::Tenant(tenant), true, true),
            (Scope::Cluster(cluster), true, false),
            (Scope::Namespace(namespace), true, false),
            (Scope::App(app), false, false),
        ] {
            let access = Access { tenant: Some(tenant), grants: vec![grant(scope, &[p])], limit: None };
            assert!(access.allows(p, &web), "{scope}");
            assert!(!access.allows(Permission::AppDelete, &web), "{scope}");
            assert_eq!(access.allows(p, &Place::namespace(tenant, cluster, namespace)), whole_namespace, "{scope}");
            assert_eq!(access.allows(p, &Place::tenant(tenant)), whole_tenant, "{scope}");
            // Another tenant's app in the same cluster.
            let foreign = Place::app(other, cluster, NamespaceId(uuid(6)), AppId(uuid(7)));
            assert!(!access.allows(p, &foreign), "{scope}");
            assert_eq!(access.at(&web), [p].into_iter().collect());
        }
    }

    #[test]
    fn one_lacks_what_one_has_in_a_narrower_place() {
        let (tenant, namespace) = (TenantId(uuid(1)), NamespaceId(uuid(4)));
        let role: PermissionSet = [Permission::AppRead, Permission::AppPublish].into_iter().collect();
        let access = Access {
            tenant: Some(tenant),
            grants: vec![
                grant(Scope::Tenant(tenant), &[Permission::AppRead]),
                grant(Scope::Namespace(namespace), &[Permission::AppPublish]),
            ],
            limit: None,
        };
        let here = Place::namespace(tenant, ClusterId(uuid(3)), namespace);
        assert!(access.lacks(role, &here).is_empty());
        assert_eq!(access.lacks(role, &Place::tenant(tenant)), [Permission::AppPublish].into_iter().collect());
    }

    #[test]
    fn scopes_are_written_and_read_alike() {
        for scope in [Scope::Platform, Scope::Tenant(TenantId(uuid(1))), Scope::App(AppId(uuid(9)))] {
            assert_eq!(scope.to_string().parse(), Ok(scope));
        }
        for wrong in ["", "tenant", "tenant/", "tenant/x", "planet/018bcfe5-6800-7000-8000-000000000001"] {
            assert_eq!(wrong.parse::<Scope>(), Err(()), "{wrong}");
        }
    }
}
