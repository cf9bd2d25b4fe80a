//! Links by which somebody comes in who cannot sign in yet: made, listed and taken back here, used in
//! [`super::welcome`].

use app::{
    ErrorKind, UiError,
    i18n::Text,
    model::{
        AccountId, Checks, LINK_LIFE, LinkId, LinkKind, LinkRole, LinkRow, MadeLink, NewLink, PartQuery, Permission,
        Place, RoleAt, RoleRef, Scope, Slice, TenantId, first_roles, link_note,
    },
    service::{Answer, Links},
    text,
};
use async_trait::async_trait;
use zeroize::Zeroizing;

use super::{account_changes::for_people, session::SessionServices, window::newest};
use crate::{
    auth::{
        authz::{Granted, Tenant},
        crypto::hex,
        tokens::PersonOnly,
    },
    database::{
        DatabaseError,
        links::{Link, TokenHash},
        roles,
    },
};

#[async_trait]
impl Links for SessionServices {
    async fn list(&self, tenant: Option<TenantId>, query: PartQuery) -> Answer<Slice<LinkRow>> {
        let (granted, tenant) = self.home(tenant, Permission::AccountManage, "link.list").await?;
        let (tenant, window) = (tenant.as_ref().map(Tenant::id), newest(&query)?);
        let Slice { rows: links, previous, next } =
            self.parts.db.list_links(&self.ctx, granted, tenant, &window).await?;
        let mut rows = Vec::with_capacity(links.len());
        for link in links {
            rows.push(self.link_row(link).await?);
        }
        Ok(Slice { rows, previous, next })
    }

    async fn create(&self, form: NewLink) -> Answer<MadeLink> {
        self.by_person(PersonOnly::MakeLink, "link").await?;
        let Some(kind) = LinkKind::parse(form.kind.trim()) else {
            return Err(UiError::invalid_field(
                "kind",
                text!("Choose tenant, member or reset.", "请选择租户、成员或重置。"),
            ));
        };
        let (granted, tenant, account, roles) = match kind {
            LinkKind::Tenant => {
                (self.require(Permission::TenantManage, "link.create", "link/tenant").await?, None, None, Vec::new())
            }
            LinkKind::Member => {
                let (granted, tenant, roles) = self.member_link(&form).await?;
                (granted, tenant, None, roles)
            }
            LinkKind::Reset => {
                let id: AccountId = form.account.trim().parse().map_err(|_| UiError::not_found())?;
                let (known, granted) = self.let_in_anew(id, "link.create").await?;
                for_people(&known)?;
                (granted, known.tenant, Some(id), Vec::new())
            }
        };
        let note = link_note("note", &form.note).map_err(|e| UiError::invalid(vec![e]))?;
        let link = Link {
            id: LinkId(self.ctx.clock().uuid()),
            kind,
            tenant,
            account,
            roles,
            note,
            actor: self.ctx.account_id(),
            actor_name: self.ctx.actor_name().to_owned(),
            created_at: self.ctx.now(),
            expires_at: self.ctx.now() + LINK_LIFE,
            used_at: None,
            revoked_at: None,
        };
        let token = Zeroizing::new(hex(&Zeroizing::new(self.ctx.clock().random::<32>())[..]));
        let kept = self.parts.db.create_link(&self.ctx, granted, &link, TokenHash::of(&token)).await;
        kept.map_err(|e| match e {
            DatabaseError::Taken(_) => UiError::new(
                ErrorKind::Conflict,
                text!(
                    "There are too many links that can still be used. Take some back first.",
                    "有效链接过多，请先撤销一些。"
                ),
            ),
            other => other.into(),
        })?;
        let path = format!("{}?token={}", kind.page(), token.as_str());
        Ok(MadeLink { row: self.link_row(link).await?, path })
    }

    async fn revoke(&self, id: LinkId) -> Answer<()> {
        let object = format!("link/{id}");
        let found = self.parts.db.find_link(&self.ctx, id).await?.ok_or_else(UiError::not_found);
        let link = self.checked(found, "link.revoke", object.as_str()).await?;
        let (permission, place) = match link.kind {
            LinkKind::Tenant => (Permission::TenantManage, Place::PLATFORM),
            LinkKind::Member | LinkKind::Reset => {
                (Permission::AccountManage, link.tenant.map_or(Place::PLATFORM, Place::tenant))
            }
        };
        let granted = self.checked(self.ctx.require_on(permission, &place), "link.revoke", object).await?;
        self.parts.db.revoke_link(&self.ctx, granted, &link).await.map_err(|e| match e {
            DatabaseError::Stale => {
                UiError::new(ErrorKind::Conflict, text!("The link cannot be used any more already.", "该链接已失效。"))
            }
            other => other.into(),
        })
    }
}

impl SessionServices {
    /// Where a member joins by a link that the actor may make, and the roles that the actor may give there.
    async fn member_link(&self, form: &NewLink) -> Answer<(Granted, Option<TenantId>, Vec<RoleAt>)> {
        let tenant = match form.tenant.trim() {
            "" => None,
            id => Some(id.parse::<TenantId>().map_err(|_| UiError::not_found())?),
        };
        let (granted, tenant) = self.home(tenant, Permission::AccountManage, "link.create").await?;
        let tenant = tenant.as_ref().map(Tenant::id);
        let mut checks = Checks::default();
        let asked = first_roles(&mut checks, &form.roles, tenant.map_or(Scope::Platform, Scope::Tenant));
        let asked = checks.finish(asked)?;
        let roles = self.may_give_first(&asked, tenant, "link.create", "link/member").await?;
        Ok((granted, tenant, roles))
    }

    async fn link_row(&self, link: Link) -> Answer<LinkRow> {
        let username = match link.account {
            Some(id) => self.parts.db.find_account_row(&self.ctx, id).await?.map(|(row, _)| row.username),
            None => None,
        };
        let mut given = Vec::with_capacity(link.roles.len());
        for RoleAt { role, scope } in link.roles.iter().copied() {
            let title = match role {
                RoleRef::BuiltIn(role) => Some(role.title()),
                RoleRef::Custom(id) => roles::find(&self.parts.db, &self.ctx, id).await?.map(|r| Text::same(r.name)),
            };
            // A role that was deleted meanwhile has no name any more.
            let Some(title) = title else { continue };
            let place = self.place_of(scope, None).await?.map(|(_, name)| name).unwrap_or_default();
            given.push(LinkRole { title, scope, place });
        }
        Ok(LinkRow {
            id: link.id,
            kind: link.kind,
            state: link.state(self.ctx.now()),
            tenant: link.tenant,
            username,
            roles: given,
            note: link.note,
            actor_name: link.actor_name,
            created_at: link.created_at,
            expires_at: link.expires_at,
        })
    }
}
