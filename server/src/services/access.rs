//! Who may do what, and why: the same bindings that enforcement asks, told to people.

use app::{
    UiError,
    model::{
        Access, AccessAnswer, AccessQuery, AccountId, Explanation, Limit, NameQuery, NamespaceId, Permission,
        PermissionSet, Place, Role, RoleRef, Scope, ScopeChoice, ScopeChoices, Slice, TenantId, WhoQuery, WhoRow,
    },
    service::{AccessControl, Answer},
    text,
};
use async_trait::async_trait;

use super::{account_changes::KnownAccount, session::SessionServices, window::window};
use crate::{
    auth::policy,
    database::{account_list::Holder, app_list, clusters, namespaces, roles},
};

/// The most namespaces, and the most applications, among the places of one answer.
const FEW: u64 = 100;

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
        let limit = if id == own { self.limit() } else { None };
        let access = Access { limit, ..access_of(&known) };
        // Who is kept out may do nothing, whatever was given.
        let suspended = match known.tenant {
            Some(tenant) => self.parts.db.is_tenant_suspended(&self.ctx, tenant).await?,
            None => false,
        };
        let let_in = known.row.disabled_at.is_none() && !suspended;
        let mut permissions = Vec::with_capacity(asked.len());
        for permission in asked {
            let mut through = Vec::new();
            for grant in access.through(permission, &place).filter(|_| let_in) {
                if let Some(binding) = known.bindings.iter().find(|b| b.grant.binding == grant.binding) {
                    through.push(self.binding_row(binding).await?);
                }
            }
            permissions.push(Explanation { permission, allowed: !through.is_empty(), through });
        }
        Ok(AccessAnswer { account: id, username: known.row.username, on, place: name, permissions })
    }

    async fn who(&self, query: WhoQuery) -> Answer<Slice<WhoRow>> {
        let wrong = || UiError::invalid_field("permission", text!("Choose a permission.", "请选择一项权限。"));
        let permission = permission_of(query.permission.as_deref())?.ok_or_else(wrong)?;
        let window = window(NameQuery { q: query.q, cursor: query.cursor, limit: query.limit })?;
        let home = self.ctx.tenant().map_or(Scope::Platform, Scope::Tenant);
        let (_, place, _) = self.asked_place(query.on.as_deref(), home, self.ctx.tenant()).await?;
        let (mut granted, of) = self.home(place.tenant, Permission::AccountRead, "access.who").await?;
        let mut homes = vec![place.tenant];
        let gives = |permissions: PermissionSet| permissions.has(permission);
        let built_in = Role::ALL.into_iter().filter(|role| gives(policy::permissions(*role)));
        let mut holding: Vec<RoleRef> = built_in.map(RoleRef::BuiltIn).collect();
        if let Some(tenant) = &of {
            let own = roles::list(&self.parts.db, tenant).await?;
            holding.extend(own.iter().filter(|(r, _)| gives(r.permissions)).map(|(r, _)| RoleRef::Custom(r.id)));
            // The tenant's people, and the platform's for whoever may see those.
            if self.ctx.tenant().is_none() {
                granted = self.home(None, Permission::AccountRead, "access.who").await?.0;
                homes.push(None);
            }
        }
        let part = self.parts.db.holders(granted, &homes, &holding, &place.scopes(), &window).await?;
        let ids: Vec<AccountId> = part.rows.iter().map(|holder| holder.id).collect();
        let bindings = self.parts.db.bindings_of(&self.ctx, &ids).await?;
        let mut rows = Vec::with_capacity(part.rows.len());
        for Holder { id, tenant, username, display_name } in part.rows {
            let theirs = || bindings.iter().filter(|b| b.account == id);
            let access = Access { tenant, grants: theirs().map(|b| b.grant.clone()).collect(), limit: None };
            let mut through = Vec::new();
            for grant in access.through(permission, &place) {
                if let Some(binding) = theirs().find(|b| b.grant.binding == grant.binding) {
                    through.push(self.binding_row(binding).await?);
                }
            }
            // A role that was taken in this very moment gives nothing.
            if !through.is_empty() {
                rows.push(WhoRow { account: id, username, display_name, through });
            }
        }
        Ok(Slice { rows, previous: part.previous, next: part.next })
    }

    async fn scopes(&self, tenant: Option<TenantId>, words: Option<String>) -> Answer<ScopeChoices> {
        let (_, tenant) = self.home(tenant, Permission::AccountRead, "access.scopes").await?;
        let words = window(NameQuery { q: words, ..NameQuery::default() })?.words;
        let (all, whole) = self.places_in(tenant.map(|t| t.id()), words.as_deref()).await?;
        Ok(ScopeChoices { rows: all.into_iter().map(|(choice, _)| choice).collect(), whole })
    }

    async fn own_scopes(&self, words: Option<String>) -> Answer<ScopeChoices> {
        let own = self.ctx.account_id().ok_or_else(UiError::signed_out)?;
        let known = self.known_account(own, None, "access.own_scopes").await?;
        let words = window(NameQuery { q: words, ..NameQuery::default() })?.words;
        // By a token, they are the token's.
        let access = Access { limit: self.limit(), ..access_of(&known) };
        let (rows, whole) = self.reached_places(known.tenant, &access, words.as_deref()).await?;
        Ok(ScopeChoices { rows, whole })
    }
}

impl SessionServices {
    /// What a token leaves of what its account may do; nothing for whoever asks by a session.
    fn limit(&self) -> Option<Limit> {
        self.ctx.access().and_then(|access| access.limit.clone())
    }

    /// The places where an account of that tenant may do something, whose names contain some words: those that its
    /// bindings name, and of what lies in them as many as [`Self::places_in`] gives; and whether that is all.
    pub(super) async fn reached_places(
        &self,
        tenant: Option<TenantId>,
        access: &Access,
        words: Option<&str>,
    ) -> Answer<(Vec<ScopeChoice>, bool)> {
        // Where single applications are all there is, none has to be looked for among the tenant's others.
        let single = access.grants.iter().all(|grant| matches!(grant.scope, Scope::App(_)));
        let (mut all, whole) = if single { (Vec::new(), true) } else { self.places_in(tenant, words).await? };
        let wanted = words.map(str::to_lowercase);
        for scope in access.grants.iter().map(|grant| grant.scope) {
            if all.iter().any(|(choice, _)| choice.scope == scope) {
                continue;
            }
            let Some((place, name)) = self.place_of(scope, tenant).await? else { continue };
            if wanted.as_ref().is_none_or(|words| name.to_lowercase().contains(words)) {
                all.push((ScopeChoice { scope, place: name }, place));
            }
        }
        all.retain(|(_, place)| !access.at(place).is_empty());
        all.sort_by_key(|(choice, _)| depth(choice.scope));
        Ok((all.into_iter().map(|(choice, _)| choice).collect(), whole))
    }

    /// The places of a tenant, or of the platform, whose names contain some words; of namespaces and applications a few
    /// each, and whether that is all. Whether the actor may know them the caller decides.
    pub(super) async fn places_in(
        &self,
        tenant: Option<TenantId>,
        words: Option<&str>,
    ) -> Answer<(Vec<(ScopeChoice, Place)>, bool)> {
        let db = &self.parts.db;
        let wanted = words.map(str::to_lowercase);
        let is_wanted = |name: &str| wanted.as_ref().is_none_or(|words| name.to_lowercase().contains(words));
        let clusters = clusters::list(db).await?;
        let choice = |scope, place: String| ScopeChoice { scope, place };
        let mut all = Vec::new();
        let Some(tenant) = tenant else {
            all.push((choice(Scope::Platform, "platform".to_owned()), Place::PLATFORM));
            all.extend(clusters.into_iter().map(|c| (choice(Scope::Cluster(c.id), c.name), Place::cluster(c.id))));
            all.retain(|(choice, _)| is_wanted(&choice.place));
            return Ok((all, true));
        };
        let name = db.find_tenant_name(&self.ctx, tenant).await?.ok_or_else(UiError::not_found)?;
        all.push((choice(Scope::Tenant(tenant), name), Place::tenant(tenant)));
        let shared = namespaces::clusters_of(db, tenant).await?;
        for cluster in clusters.into_iter().filter(|c| shared.contains(&c.id)) {
            let place = Place { tenant: Some(tenant), ..Place::cluster(cluster.id) };
            all.push((choice(Scope::Cluster(cluster.id), cluster.name), place));
        }
        all.retain(|(choice, _)| is_wanted(&choice.place));
        let found = namespaces::named(db, tenant, words, FEW).await?;
        let mut whole = found.len() as u64 != FEW;
        all.extend(found.into_iter().map(|n| (choice(Scope::Namespace(n.id), n.name.clone()), n.place())));
        let found = app_list::named(db, tenant, words, FEW).await?;
        whole &= found.len() as u64 != FEW;
        let within: Vec<NamespaceId> = found.iter().map(|app| app.namespace).collect();
        let names = namespaces::names(db, &within).await?;
        for app in found {
            let namespace = names.get(&app.namespace).map_or("", String::as_str);
            all.push((choice(Scope::App(app.id), format!("{namespace}/{}", app.name)), app.place()));
        }
        Ok((all, whole))
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

/// How narrow a place is: the widest come first in lists.
const fn depth(scope: Scope) -> u8 {
    match scope {
        Scope::Platform => 0,
        Scope::Tenant(_) => 1,
        Scope::Cluster(_) => 2,
        Scope::Namespace(_) => 3,
        Scope::App(_) => 4,
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
