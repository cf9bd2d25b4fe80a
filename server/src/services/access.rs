//! Who may do what, and why: the same bindings that enforcement asks, told to people.

use app::{
    UiError,
    model::{
        Access, AccessAnswer, AccessQuery, AccountId, Explanation, Permission, Place, Scope, ScopeChoice, TenantId,
        WhoRow,
    },
    service::{AccessControl, Answer},
    text,
};
use async_trait::async_trait;

use super::{account_changes::KnownAccount, session::SessionServices};
use crate::database::{apps, clusters, namespaces};

#[async_trait]
impl AccessControl for SessionServices {
    async fn explain(&self, query: AccessQuery) -> Answer<AccessAnswer> {
        let own = self.ctx.account_id().ok_or_else(UiError::signed_out)?;
        let id = match query.account.as_deref().map(str::trim).filter(|id| !id.is_empty()) {
            Some(id) => id.parse::<AccountId>().map_err(|_| UiError::not_found())?,
            None => own,
        };
        let known = self.known_account(id, (id != own).then_some(Permission::AccountRead), "access.explain").await?;
        let home = known.tenant.map_or(Scope::Platform, Scope::Tenant);
        let (on, place, name) = self.asked_place(query.on.as_deref(), home, known.tenant).await?;
        let asked = match permission_of(query.permission.as_deref())? {
            Some(permission) => vec![permission],
            None => Permission::ALL.to_vec(),
        };
        // One's own answer by a token is the token's.
        let limit = self.ctx.access().filter(|_| id == own).and_then(|access| access.limit.clone());
        let access = Access { limit, ..access_of(&known) };
        let mut permissions = Vec::with_capacity(asked.len());
        for permission in asked {
            let mut through = Vec::new();
            for grant in access.through(permission, &place) {
                if let Some(binding) = known.bindings.iter().find(|b| b.grant.binding == grant.binding) {
                    through.push(self.binding_row(binding).await?);
                }
            }
            // A disabled account may do nothing, whatever it was given.
            let allowed = !through.is_empty() && known.row.disabled_at.is_none();
            permissions.push(Explanation { permission, allowed, through });
        }
        Ok(AccessAnswer { account: id, username: known.row.username, on, place: name, permissions })
    }

    async fn who(&self, query: AccessQuery) -> Answer<Vec<WhoRow>> {
        let wrong = || UiError::invalid_field("permission", text!("Choose a permission.", "请选择一项权限。"));
        let permission = permission_of(query.permission.as_deref())?.ok_or_else(wrong)?;
        let home = self.ctx.tenant().map_or(Scope::Platform, Scope::Tenant);
        let (_, place, _) = self.asked_place(query.on.as_deref(), home, self.ctx.tenant()).await?;
        let mut found = Vec::new();
        // The tenant's people, and the platform's for whoever may see those.
        let mut homes = vec![place.tenant];
        if self.ctx.tenant().is_none() && place.tenant.is_some() {
            homes.push(None);
        }
        for tenant in homes {
            let (granted, of) = self.home(tenant, Permission::AccountRead, "access.who").await?;
            let of = if tenant.is_none() { None } else { of };
            let rows = self.parts.db.all_accounts(&self.ctx, granted, of.as_ref()).await?;
            let ids: Vec<AccountId> = rows.iter().map(|r| r.id).collect();
            let all = self.parts.db.bindings_of(&self.ctx, &ids).await?;
            for row in rows.into_iter().filter(|r| r.disabled_at.is_none()) {
                let bindings: Vec<_> = all.iter().filter(|b| b.account == row.id).cloned().collect();
                let access = Access { tenant, grants: bindings.iter().map(|b| b.grant.clone()).collect(), limit: None };
                let mut through = Vec::new();
                for grant in access.through(permission, &place) {
                    if let Some(binding) = bindings.iter().find(|b| b.grant.binding == grant.binding) {
                        through.push(self.binding_row(binding).await?);
                    }
                }
                if !through.is_empty() {
                    found.push(WhoRow {
                        account: row.id,
                        username: row.username,
                        display_name: row.display_name,
                        through,
                    });
                }
            }
        }
        Ok(found)
    }

    async fn scopes(&self, tenant: Option<TenantId>) -> Answer<Vec<ScopeChoice>> {
        let (_, tenant) = self.home(tenant, Permission::AccountRead, "access.scopes").await?;
        let all = self.places_in(tenant.map(|t| t.id())).await?;
        Ok(all.into_iter().map(|(choice, _)| choice).collect())
    }
}

impl SessionServices {
    /// The places of a tenant, or of the platform. Whether the actor may know them the caller decides.
    pub(super) async fn places_in(&self, tenant: Option<TenantId>) -> Answer<Vec<(ScopeChoice, Place)>> {
        let (db, ctx) = (&self.parts.db, &self.ctx);
        let clusters = clusters::list(db).await?;
        let choice = |scope, place: String| ScopeChoice { scope, place };
        let Some(tenant) = tenant else {
            let mut all = vec![(choice(Scope::Platform, "platform".to_owned()), Place::PLATFORM)];
            all.extend(clusters.into_iter().map(|c| (choice(Scope::Cluster(c.id), c.name), Place::cluster(c.id))));
            return Ok(all);
        };
        let name = db.find_tenant_name(ctx, tenant).await?.ok_or_else(UiError::not_found)?;
        let mut all = vec![(choice(Scope::Tenant(tenant), name), Place::tenant(tenant))];
        let mut namespaces = namespaces::list(db, ctx).await?;
        namespaces.retain(|n| n.tenant == tenant);
        for cluster in clusters {
            if namespaces.iter().any(|n| n.cluster == cluster.id) {
                let place = Place { tenant: Some(tenant), ..Place::cluster(cluster.id) };
                all.push((choice(Scope::Cluster(cluster.id), cluster.name), place));
            }
        }
        for n in &namespaces {
            all.push((choice(Scope::Namespace(n.id), n.name.clone()), n.place()));
        }
        for app in apps::list(db, ctx, None).await? {
            if let Some(n) = namespaces.iter().find(|n| n.id == app.namespace) {
                all.push((choice(Scope::App(app.id), format!("{}/{}", n.name, app.name)), app.place()));
            }
        }
        Ok(all)
    }

    /// The place that a question is about. Fails naming the field `on`.
    async fn asked_place(
        &self,
        on: Option<&str>,
        home: Scope,
        tenant: Option<TenantId>,
    ) -> Answer<(Scope, Place, String)> {
        let wrong = || UiError::invalid_field("on", text!("Choose a place that exists.", "请选择一个存在的范围。"));
        let on = match on.map(str::trim).filter(|on| !on.is_empty()) {
            Some(on) => on.parse().map_err(|()| wrong())?,
            None => home,
        };
        // A tenant's people ask about their tenant.
        if on == Scope::Platform && self.ctx.tenant().is_some() {
            return Err(wrong());
        }
        let (place, name) = self.place_of(on, tenant).await?.ok_or_else(wrong)?;
        Ok((on, place, name))
    }
}

/// What an account may do itself.
pub(super) fn access_of(known: &KnownAccount) -> Access {
    Access { tenant: known.tenant, grants: known.bindings.iter().map(|b| b.grant.clone()).collect(), limit: None }
}

/// Fails naming the field `permission`.
fn permission_of(name: Option<&str>) -> Answer<Option<Permission>> {
    match name.map(str::trim).filter(|name| !name.is_empty()) {
        None => Ok(None),
        Some(name) => Permission::parse(name).map(Some).ok_or_else(|| {
            UiError::invalid_field("permission", text!("There is no such permission.", "没有这项权限。"))
        }),
    }
}
