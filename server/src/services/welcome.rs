//! Coming in without a password: registering a tenant, and the links that lead in.
//!
//! A link is worth what its maker may do at the moment when it is used: whoever lost a right, or was disabled, has not
//! left a way in behind; and an account that rose meanwhile is not taken over by a link made for it before.

use app::{
    ErrorKind, UiError,
    i18n::Text,
    model::{
        AccountId, Checks, LinkForm, LinkKind, LinkState, LinkToken, LinkView, NewAccount, Permission, Place,
        Registration, RegistrationForm, RoleAt, RoleRef, Strength, StrengthForm, Viewer,
    },
    service::{Answer, Welcome},
    text,
};
use async_trait::async_trait;
use http::request::Parts as Head;
use zeroize::Zeroizing;

use super::{
    accounts, bindings,
    fault::{self, within},
    passwords::{self, Whose},
    platform::{Doorkeeper, address, address_counted, request_id, seen, session_of},
    tenants,
};
use crate::{
    auth::{attempts::Limit, context::OpContext, policy, sessions::SignedIn, tokens::PersonOnly},
    database::{
        DatabaseError,
        accounts::PasswordHash,
        audit::Entry,
        links::{Link, TokenHash},
        role_bindings::Target,
        roles,
    },
};

/// Tenants that are registered, or tried to be, from one address within the window.
const MOST_REGISTRATIONS: i64 = 20;
/// Links that are looked at or used from one address within the window. A token cannot be guessed; this is for the
/// database's sake.
const MOST_LINKS: i64 = 100;
/// Passwords that are judged for people who are not signed in, from one address within the window. Judging takes time.
const MOST_JUDGED: i64 = 300;

/// Whom a link gives a new password.
struct Owner {
    target: Target,
    display_name: String,
    disabled: bool,
}

#[async_trait]
impl Welcome for Doorkeeper {
    async fn registration(&self, parts: &Head) -> Answer<Registration> {
        Ok(self.parts.db.find_registration(&self.nobody(parts)).await?)
    }

    async fn register(&self, parts: &Head, form: RegistrationForm) -> Answer<Viewer> {
        self.by_person(parts, PersonOnly::SignIn).await?;
        let ctx = self.nobody(parts);
        let limit = Limit::new("registration", &address_counted(ctx.address()), MOST_REGISTRATIONS);
        self.take_attempt(&ctx, &[limit], true, refusal("tenant.register", "tenant")).await?;
        let registration = self.parts.db.find_registration(&ctx).await?;
        let link = match (registration, form.token.trim()) {
            (Registration::Open, "") => None,
            (Registration::Open | Registration::Invitation, token) if !token.is_empty() => {
                let link = self.usable_link(parts, &ctx, token).await?;
                if link.kind != LinkKind::Tenant {
                    return Err(no_such_link());
                }
                Some(link)
            }
            _ => return Err(self.not_possible(&ctx, registration).await?),
        };
        repeated(&form.tenant.owner.password, &form.repeat)?;
        let mut tenant = tenants::check(&self.parts, form.tenant).await.map_err(|e| within(e, "tenant."))?;
        tenant.owner.one_time = false;
        let (_, owner) = match self.parts.db.register_tenant(&ctx, link.as_ref(), tenant).await {
            Ok(made) => made,
            Err(DatabaseError::Taken("registration")) => return Err(self.not_possible(&ctx, registration).await?),
            Err(DatabaseError::Taken("link")) => return Err(gone(LinkState::Used)),
            Err(e) => return Err(within(accounts::taken_in(e, "owner."), "tenant.")),
        };
        self.let_in(parts, &ctx, owner).await
    }

    async fn look(&self, parts: &Head, token: LinkToken) -> Answer<LinkView> {
        let ctx = self.nobody(parts);
        let limit = Limit::new("link", &address_counted(ctx.address()), MOST_LINKS);
        self.take_attempt(&ctx, &[limit], true, refusal("link.look", "link")).await?;
        let link = self.usable_link(parts, &ctx, &token.token).await?;
        let username = self.owner_of(&link).await?.map(|owner| owner.target.username);
        let tenant = self.title_of(&link).await?;
        let Link { kind, actor_name, expires_at, .. } = link;
        Ok(LinkView { kind, tenant, username, actor_name, expires_at })
    }

    async fn follow(&self, parts: &Head, form: LinkForm) -> Answer<Option<Viewer>> {
        self.by_person(parts, PersonOnly::SignIn).await?;
        let ctx = self.nobody(parts);
        let limit = Limit::new("link", &address_counted(ctx.address()), MOST_LINKS);
        self.take_attempt(&ctx, &[limit], true, refusal("link.follow", "link")).await?;
        let link = self.usable_link(parts, &ctx, &form.token).await?;
        match link.kind {
            LinkKind::Tenant => Err(no_such_link()),
            LinkKind::Member => {
                let id = self.join(&ctx, &link, form).await?;
                self.let_in(parts, &ctx, id).await.map(Some)
            }
            LinkKind::Reset => {
                self.reset(&ctx, &link, form).await?;
                // Not signed in by it: where a second factor is asked for, a link must not stand for that, too.
                Ok(None)
            }
        }
    }
}

impl Doorkeeper {
    async fn join(&self, ctx: &OpContext, link: &Link, form: LinkForm) -> Answer<AccountId> {
        repeated(&form.password, &form.repeat)?;
        let LinkForm { username, display_name, email, password, .. } = form;
        let account = NewAccount { username, display_name, email, password, roles: Vec::new() };
        let mut checks = Checks::default();
        let tenant = self.title_of(link).await?;
        let account = accounts::check(&self.parts, &mut checks, "", &account, tenant.as_deref().as_slice()).await?;
        let account = checks.finish(account)?;
        let mut account = accounts::hashed(&self.parts, account, self.still_there(link).await?).await?;
        account.one_time = false;
        self.parts.db.join(ctx, link, account).await.map_err(|e| match e {
            DatabaseError::Taken("link") => gone(LinkState::Used),
            DatabaseError::Stale => no_such_link(),
            other => accounts::taken_in(other, ""),
        })
    }

    async fn reset(&self, ctx: &OpContext, link: &Link, form: LinkForm) -> Answer<()> {
        let Owner { target, display_name, .. } = self.owner_of(link).await?.ok_or_else(no_such_link)?;
        repeated(&form.password, &form.repeat)?;
        let new = Zeroizing::new(form.password);
        let mut checks = Checks::default();
        let tenant = self.title_of(link).await?;
        let tenant = tenant.as_deref();
        let whose = Whose { username: &target.username, display_name: &display_name, tenant: tenant.as_slice() };
        passwords::check(&self.parts, &mut checks, "password", &new, whose).await?;
        checks.finish(Some(()))?;
        let hash = PasswordHash(self.parts.passwords.hash(&new).await?);
        self.parts.db.reset_by_link(ctx, link, &target, hash).await.map_err(|e| match e {
            DatabaseError::Taken("link") => gone(LinkState::Used),
            DatabaseError::Stale => no_such_link(),
            other => other.into(),
        })?;
        self.parts.sessions.end_account(target.account).await;
        Ok(())
    }

    /// The link of a token, when it can be used now. Refusals of a link that there is are written to the audit trail.
    async fn usable_link(&self, head: &Head, ctx: &OpContext, token: &str) -> Answer<Link> {
        let (link, refused) = self.looked_up(head, ctx, token).await?;
        let Some(error) = refused else { return Ok(link) };
        let entry = Entry::refused("link.use", format!("link/{}", link.id)).tenant(link.tenant).actor(None, "");
        self.parts.db.record(ctx, entry.detail(&error.message.en)).await?;
        Err(error)
    }

    /// The link of a token, and why it cannot be used now.
    async fn looked_up(&self, head: &Head, ctx: &OpContext, token: &str) -> Answer<(Link, Option<UiError>)> {
        let found = self.parts.db.find_link_by_token(ctx, &TokenHash::of(token.trim())).await?;
        let link = found.ok_or_else(no_such_link)?;
        let refused = match link.state(ctx.now()) {
            LinkState::Open => self.objection(head, ctx, &link).await?,
            other => Some(gone(other)),
        };
        Ok((link, refused))
    }

    /// What speaks against an open link: a tenant that is suspended or closing, an account that is disabled, or a maker
    /// who may not do any more what the link does.
    async fn objection(&self, head: &Head, ctx: &OpContext, link: &Link) -> Answer<Option<UiError>> {
        if let Some(tenant) = link.tenant {
            if !self.parts.db.is_tenant_open(&self.system(), tenant).await? {
                return Ok(Some(no_such_link()));
            }
            if self.parts.db.is_tenant_suspended(&self.system(), tenant).await? {
                return Ok(Some(conflict(text!(
                    "The tenant is suspended. The link can be used when it is not any more.",
                    "该租户已被暂停，恢复后方可使用此链接。"
                ))));
            }
        }
        let maker = match link.actor {
            Some(id) => self.parts.db.find_account(ctx, id).await?.filter(|a| !a.disabled),
            None => None,
        };
        let Some(maker) = maker else { return Ok(Some(not_backed())) };
        let clock = self.parts.clock.clone();
        let maker = OpContext::account(maker.viewer, maker.access, request_id(head), address(head), clock);
        let place = link.tenant.map_or(Place::PLATFORM, Place::tenant);
        let backed = match link.kind {
            LinkKind::Tenant => maker.may_on(Permission::TenantManage, &Place::PLATFORM),
            LinkKind::Member => {
                maker.may_on(Permission::AccountManage, &place) && self.may_still_give(&maker, link, &place).await?
            }
            LinkKind::Reset => match self.owner_of(link).await? {
                Some(Owner { disabled: true, .. }) => {
                    return Ok(Some(conflict(text!("The account is disabled.", "该账号已停用。"))));
                }
                Some(Owner { target, .. }) => {
                    maker.may_on(Permission::AccountManage, &place) && self.is_below(&maker, &target).await?
                }
                None => return Ok(Some(no_such_link())),
            },
        };
        Ok((!backed).then(not_backed))
    }

    /// Whether the maker of a member's link may give its roles, which may have changed. `home` is the whole of what it leads
    /// into.
    async fn may_still_give(&self, maker: &OpContext, link: &Link, home: &Place) -> Answer<bool> {
        if link.roles.is_empty() {
            return Ok(true);
        }
        let mut given = Vec::with_capacity(link.roles.len());
        for RoleAt { role, scope } in &link.roles {
            let permissions = match role {
                RoleRef::BuiltIn(role) => policy::permissions(*role),
                RoleRef::Custom(id) => match roles::find(&self.parts.db, maker, *id).await? {
                    Some(role) if Some(role.tenant) == link.tenant => role.permissions,
                    _ => return Ok(false),
                },
            };
            given.push((permissions, *scope));
        }
        Ok(maker.may_on(Permission::AccessManage, home)
            && bindings::is_above(&self.parts, maker, &given, link.tenant).await?)
    }

    /// The roles of a link but for those of places that are gone since it was made.
    async fn still_there(&self, link: &Link) -> Answer<Vec<RoleAt>> {
        let mut there = Vec::with_capacity(link.roles.len());
        for at in &link.roles {
            if bindings::place_of(&self.parts, &self.system(), at.scope, None).await?.is_some() {
                there.push(*at);
            }
        }
        Ok(there)
    }

    /// Whether an account may do no more than the maker of its link, and is not the main one by now, whom the platform's
    /// people alone let in.
    async fn is_below(&self, maker: &OpContext, target: &Target) -> Answer<bool> {
        let main = self.parts.db.find_account_row(maker, target.account).await?.is_none_or(|(row, _)| row.main);
        let of = self.parts.db.bindings_of(maker, &[target.account]).await?;
        Ok((!main || maker.tenant().is_none())
            && bindings::is_above(&self.parts, maker, &bindings::given_by(&of), target.tenant).await?)
    }

    /// The account that a link gives a new password; `None` when it gives none, or the account is gone.
    async fn owner_of(&self, link: &Link) -> Answer<Option<Owner>> {
        let Some(id) = link.account else { return Ok(None) };
        let found = self.parts.db.find_account_row(&self.system(), id).await?;
        Ok(found.map(|(row, tenant)| Owner {
            target: Target { account: row.id, username: row.username, tenant },
            display_name: row.display_name,
            disabled: row.disabled_at.is_some(),
        }))
    }

    /// Judges a password for somebody who comes in by a link, or registers where that is open to all. Fails with `SignedOut`
    /// for others, and when it is asked too often from an address.
    pub(super) async fn judge_for_newcomer(&self, head: &Head, form: &StrengthForm) -> Answer<Strength> {
        let ctx = self.nobody(head);
        let token = form.token.trim();
        if token.is_empty() && self.parts.db.find_registration(&ctx).await? != Registration::Open {
            return Err(UiError::signed_out());
        }
        let limit = Limit::new("strength", &address_counted(ctx.address()), MOST_JUDGED);
        self.take_attempt(&ctx, &[limit], true, refusal("account.judge_password", "password")).await?;
        let mut names = (form.username.trim().to_owned(), form.display_name.trim().to_owned());
        let mut tenant = form.tenant.trim().to_owned();
        if !token.is_empty() {
            // Nobody uses it by typing.
            let (link, refused) = self.looked_up(head, &ctx, token).await?;
            if let Some(error) = refused {
                return Err(error);
            }
            if let Some(Owner { target, display_name, .. }) = self.owner_of(&link).await? {
                names = (target.username, display_name);
            }
            if let Some(title) = self.title_of(&link).await? {
                tenant = title;
            }
        }
        let whose = Whose { username: &names.0, display_name: &names.1, tenant: &[tenant.as_str()] };
        passwords::judge(&self.parts, &form.password, whose).await
    }

    /// The name for people of the tenant that a link leads to.
    async fn title_of(&self, link: &Link) -> Answer<Option<String>> {
        match link.tenant {
            Some(id) => Ok(self.parts.db.find_tenant_title(&self.system(), id).await?),
            None => Ok(None),
        }
    }

    /// Longshore itself, to look up what a link's token has already opened.
    fn system(&self) -> OpContext {
        OpContext::system(self.parts.clock.clone())
    }

    /// Signs an account in that was just made.
    async fn let_in(&self, head: &Head, ctx: &OpContext, id: AccountId) -> Answer<Viewer> {
        let account = self.parts.db.find_account(ctx, id).await?.ok_or_else(UiError::internal)?;
        let session = session_of(head)?;
        self.parts.db.note_sign_in(ctx, &account, None).await?;
        let signed_in = SignedIn { account: id, credential: account.credential };
        signed_in.write(&session, &seen(head)).await.map_err(fault::session)?;
        Ok(account.viewer)
    }

    /// That nobody registers, or nobody without a link.
    async fn not_possible(&self, ctx: &OpContext, registration: Registration) -> Answer<UiError> {
        let message = if registration == Registration::Closed {
            text!(
                "Nobody registers here: the platform's administrator makes tenants.",
                "此平台未开放注册，租户由平台管理员创建。"
            )
        } else {
            text!(
                "Registering needs a link. Ask the platform's administrator for one.",
                "注册需要邀请链接，请向平台管理员索取。"
            )
        };
        let entry = Entry::refused("tenant.register", "tenant").actor(None, "");
        self.parts.db.record(ctx, entry.detail(format!("registration is {registration}"))).await?;
        Ok(UiError::new(ErrorKind::Forbidden, message))
    }
}

/// What the audit trail says when an address is refused because of too many attempts.
fn refusal(action: &'static str, object: &str) -> Entry {
    Entry::refused(action, object).actor(None, "")
}

/// That a password was typed twice alike.
fn repeated(password: &str, repeat: &str) -> Answer<()> {
    if password == repeat {
        return Ok(());
    }
    Err(UiError::invalid_field(
        "repeat",
        text!("The two passwords differ; type the same one twice.", "两次输入的密码不一致，请重新输入。"),
    ))
}

fn conflict(message: Text) -> UiError {
    UiError::new(ErrorKind::Conflict, message)
}

fn no_such_link() -> UiError {
    UiError::new(
        ErrorKind::NotFound,
        text!(
            "There is no such link, or what it led to is gone. Ask for a new one.",
            "链接不存在，或其目标已不存在。请索取新的链接。"
        ),
    )
}

fn not_backed() -> UiError {
    conflict(text!(
        "Whoever made this link may not do so any more. Ask for a new one.",
        "创建此链接的人已无相应权限，请索取新的链接。"
    ))
}

/// Why a link cannot be used any more.
fn gone(state: LinkState) -> UiError {
    conflict(match state {
        LinkState::Used | LinkState::Open => text!(
            "The link was used already. It is for one use; ask for a new one.",
            "链接已被使用。每个链接只能使用一次，请索取新的链接。"
        ),
        LinkState::Revoked => text!("The link was taken back. Ask for a new one.", "链接已被撤销，请索取新的链接。"),
        LinkState::Expired => text!("The link has expired. Ask for a new one.", "链接已过期，请索取新的链接。"),
    })
}
