//! What a token leaves of what its account may do. [`super::access`] respects it everywhere.

use super::{PermissionSet, Place, Scope};

/// What a token leaves of what its account may do: these permissions, in these places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What.
    pub permissions: PermissionSet,
    /// Where; everywhere without it, nowhere when it is empty.
    pub scopes: Option<Vec<Scope>>,
}

impl Limit {
    /// Whether the place lies within.
    pub fn holds(&self, place: &Place) -> bool {
        self.scopes.as_ref().is_none_or(|scopes| scopes.iter().any(|s| s.holds(place)))
    }
}

/// Where something is allowed: in a place that lies in one of the first scopes, and in one of the second if there are
/// any to lie in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach<'a> {
    /// Where bindings give it.
    pub given: Vec<Scope>,
    /// To where a token limits it; `None` limits nothing.
    pub limited_to: Option<&'a [Scope]>,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        i18n::Text,
        model::{Access, AppId, BindingId, ClusterId, Grant, NamespaceId, Permission, Role, RoleRef, TenantId},
    };

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
    fn a_limit_takes_away_and_never_adds() {
        use Permission::{AppDelete, AppPublish, AppRead};
        let (tenant, cluster, namespace) = (TenantId(uuid(1)), ClusterId(uuid(3)), NamespaceId(uuid(4)));
        let (web, api) = (
            Place::app(tenant, cluster, namespace, AppId(uuid(5))),
            Place::app(tenant, cluster, namespace, AppId(uuid(6))),
        );
        let limited = |permissions: &[Permission], scopes: Option<Vec<Scope>>| Access {
            tenant: Some(tenant),
            grants: vec![grant(Scope::Tenant(tenant), &[AppRead, AppPublish])],
            limit: Some(Limit { permissions: permissions.iter().copied().collect(), scopes }),
        };
        let one_app = limited(&[AppRead, AppDelete], Some(vec![Scope::App(AppId(uuid(5)))]));
        let read: PermissionSet = [AppRead].into_iter().collect();
        assert!(one_app.allows(AppRead, &web) && one_app.through(AppRead, &web).count() == 1);
        assert!(!one_app.allows(AppPublish, &web), "the account may, the token may not");
        assert!(!one_app.allows(AppDelete, &web), "the token may, the account may not");
        assert!(!one_app.allows(AppRead, &api) && one_app.through(AppRead, &api).count() == 0);
        assert!(!one_app.allows(AppRead, &Place::namespace(tenant, cluster, namespace)), "never up");
        assert_eq!((one_app.at(&web), one_app.at(&api)), (read, PermissionSet::EMPTY));
        assert_eq!(one_app.anywhere(), read);
        assert_eq!(one_app.lacks([AppRead, AppPublish].into_iter().collect(), &web).iter().count(), 1);
        assert_eq!(one_app.lacks(read, &api), read);
        assert_eq!(one_app.reach(AppRead).limited_to, Some(&[Scope::App(AppId(uuid(5)))][..]));
        assert!(one_app.reach(AppPublish).given.is_empty());

        let everywhere = limited(&[AppRead], None);
        assert!(everywhere.allows(AppRead, &api) && !everywhere.allows(AppPublish, &api));
        let nowhere = limited(&[AppRead], Some(Vec::new()));
        assert!(!nowhere.allows(AppRead, &web) && nowhere.at(&web).is_empty());
        // Another tenant's app stays another tenant's, even when the limit names it.
        let foreign = Place::app(TenantId(uuid(2)), cluster, NamespaceId(uuid(8)), AppId(uuid(9)));
        assert!(!limited(&[AppRead], Some(vec![Scope::App(AppId(uuid(9)))])).allows(AppRead, &foreign));
    }
}
