//! What becomes of an account after it was made: edited, disabled, given a new password, deleted, made the main one.
//!
//! Whoever holds `account.manage` manages the accounts that may do no more than they themselves: else a new password
//! for somebody above would be a way up. The main account is managed by itself and by the platform's administrators.

use app::{
    ErrorKind, UiError,
    model::{
        AccountActions, AccountDetail, AccountForm, AccountId, AccountKind, AccountRow, Checks, FirstPassword,
        Permission, Place, TenantId, display_name, email,
    },
    service::Answer,
    text,
};
use zeroize::Zeroizing;

use super::{
    accounts::not_this_one,
    bindings,
    namespaces::confirmed,
    passwords::{self, Whose},
    session::SessionServices,
};
use crate::{
    auth::{authz::Granted, revocations::Revocation, tokens::PersonOnly},
    database::{
        DatabaseError,
        accounts::PasswordHash,
        audit::Entry,
        role_bindings::{Binding, Target},
    },
};

/// An account that was found, with its bindings.
pub(super) struct KnownAccount {
    pub(super) row: AccountRow,
    pub(super) tenant: Option<TenantId>,
    pub(super) bindings: Vec<Binding>,
    pub(super) granted: Option<Granted>,
}

impl KnownAccount {
    /// As the database needs to know it.
    pub(super) fn target(&self) -> Target {
        Target { account: self.row.id, username: self.row.username.clone(), tenant: self.tenant }
    }

    /// Where accounts of its kind are at home.
    pub(super) fn place(&self) -> Place {
        self.tenant.map_or(Place::PLATFORM, Place::tenant)
    }

    /// For records.
    pub(super) fn object(&self) -> String {
        format!("account/{}", self.row.username)
    }
}

impl SessionServices {
    /// An account that the actor may do this with; `None` asks for no permission, for one's own account. Another
    /// tenant's account is not found.
    pub(super) async fn known_account(
        &self,
        id: AccountId,
        permission: Option<Permission>,
        action: &'static str,
    ) -> Answer<KnownAccount> {
        let found = self.parts.db.find_account_row(&self.ctx, id).await?.ok_or_else(UiError::not_found);
        let (row, tenant) = self.checked(found, action, format!("account/{id}")).await?;
        let bindings = self.parts.db.bindings_of(&self.ctx, &[id]).await?;
        let mut known = KnownAccount { row, tenant, bindings, granted: None };
        if let Some(permission) = permission {
            let decided = self.ctx.require_on(permission, &known.place());
            // Who may not see accounts is not told that there is one.
            let decided = decided.map_err(|e| {
                if self.ctx.may_on(Permission::AccountRead, &known.place()) { e } else { UiError::not_found() }
            });
            known.granted = Some(self.checked(decided, action, known.object()).await?);
        }
        Ok(known)
    }

    pub(super) async fn detail(&self, known: KnownAccount) -> Answer<AccountDetail> {
        let mut bindings = Vec::with_capacity(known.bindings.len());
        for binding in &known.bindings {
            bindings.push(self.binding_row(binding).await?);
        }
        let (place, own) = (known.place(), self.ctx.account_id() == Some(known.row.id));
        let may = |permission| self.ctx.may_on(permission, &place);
        let manage = may(Permission::AccountManage) && self.is_above(&known).await? && !own;
        let (main, service) = (known.row.main, known.row.kind == AccountKind::Service);
        let may = AccountActions {
            manage: manage && !main,
            let_in: manage && (!main || self.ctx.tenant().is_none()),
            tokens: service && may(Permission::TokenManage) && self.ctx.token().is_none(),
            bind: may(Permission::AccessManage) && !own,
            delete: may(Permission::AccountDelete) && !own && !main,
            hand_over: may(Permission::TenantSettings)
                && !main
                && !service
                && known.tenant.is_some()
                && known.row.disabled_at.is_none(),
        };
        Ok(AccountDetail { row: known.row, tenant: known.tenant, bindings, may })
    }

    /// Whether the actor may do everything that the account may do, in every place where it may.
    async fn is_above(&self, known: &KnownAccount) -> Answer<bool> {
        bindings::is_above(&self.parts, &self.ctx, &bindings::given_by(&known.bindings), known.tenant).await
    }

    /// An account that the actor may manage: not above themselves, not the main one, not their own.
    pub(super) async fn managed(&self, id: AccountId, action: &'static str) -> Answer<(KnownAccount, Granted)> {
        self.manageable(id, action, false).await
    }

    /// An account whose owner the actor may give a new way in. For a tenant's main account the platform's people may, since
    /// nobody in the tenant is above it.
    pub(super) async fn let_in_anew(&self, id: AccountId, action: &'static str) -> Answer<(KnownAccount, Granted)> {
        self.manageable(id, action, self.ctx.tenant().is_none()).await
    }

    async fn manageable(&self, id: AccountId, action: &'static str, main_too: bool) -> Answer<(KnownAccount, Granted)> {
        let known = self.known_account(id, Some(Permission::AccountManage), action).await?;
        self.require_above(&known, action).await?;
        let own = self.ctx.account_id() == Some(id);
        if own || (known.row.main && !main_too) {
            return Err(self.spared(&known, action, known.row.main && !own).await?);
        }
        let granted = known.granted.ok_or_else(UiError::internal)?;
        Ok((known, granted))
    }

    /// What is said when something is not done with one's own account, or with the `main` one; written to the audit trail.
    pub(super) async fn spared(&self, known: &KnownAccount, action: &'static str, main: bool) -> Answer<UiError> {
        let entry = Entry::failed(action, known.object()).tenant(known.tenant);
        self.parts.db.record(&self.ctx, entry.detail("one's own, or the main account")).await?;
        Ok(not_this_one(main))
    }

    /// Refuses what is done with an account that may do more than the actor.
    pub(super) async fn require_above(&self, known: &KnownAccount, action: &'static str) -> Answer<()> {
        let above = if self.is_above(known).await? { Ok(()) } else { Err(above_oneself()) };
        self.checked(above, action, known.object()).await
    }

    pub(super) async fn update_account(&self, id: AccountId, form: &AccountForm) -> Answer<AccountRow> {
        let own = self.ctx.account_id() == Some(id);
        let known = if own {
            self.by_person(PersonOnly::ChangeProfile, format!("account/{id}")).await?;
            self.known_account(id, None, "account.update").await?
        } else {
            self.managed(id, "account.update").await?.0
        };
        let mut checks = Checks::default();
        let name = checks.take(display_name("display_name", &form.display_name));
        let email = checks.take(email("email", &form.email));
        let (name, email) = checks.finish(name.zip(email))?;
        self.parts.db.update_account(&self.ctx, &known.target(), &name, email, form.version).await?;
        self.parts.revocations.send(Revocation::Changed(id));
        self.account_row(id).await
    }

    pub(super) async fn set_account_disabled(&self, id: AccountId, disabled: bool) -> Answer<AccountRow> {
        let action = if disabled { "account.disable" } else { "account.enable" };
        let (known, granted) = self.managed(id, action).await?;
        let done = self.parts.db.set_disabled(&self.ctx, granted, &known.target(), disabled).await;
        done.map_err(main_by_now)?;
        if disabled {
            self.parts.sessions.end_account(id).await;
        } else {
            self.parts.revocations.send(Revocation::Changed(id));
        }
        self.account_row(id).await
    }

    pub(super) async fn reset_account_password(&self, id: AccountId, form: FirstPassword) -> Answer<()> {
        self.by_person(PersonOnly::ResetPassword, format!("account/{id}")).await?;
        let (known, granted) = self.let_in_anew(id, "account.reset_password").await?;
        for_people(&known)?;
        let form = Zeroizing::new(form.password);
        let mut checks = Checks::default();
        let title = match known.tenant {
            Some(tenant) => self.parts.db.find_tenant_title(&self.ctx, tenant).await?,
            None => None,
        };
        let (title, AccountRow { username, display_name, .. }) = (title.as_deref(), &known.row);
        let whose = Whose { username, display_name, tenant: title.as_slice() };
        passwords::check(&self.parts, &mut checks, "password", &form, whose).await?;
        checks.finish(Some(()))?;
        let hash = PasswordHash(self.parts.passwords.hash(&form).await?);
        let main_too = self.ctx.tenant().is_none();
        let done = self.parts.db.reset_password(&self.ctx, granted, &known.target(), hash, main_too).await;
        done.map_err(main_by_now)?;
        self.parts.sessions.end_account(id).await;
        Ok(())
    }

    /// Who has lost phone and recovery codes is let in by the password again. The main account's is reset by those above
    /// it, and so by the platform's administrators.
    pub(super) async fn reset_account_second_factor(&self, id: AccountId) -> Answer<()> {
        let action = "second_factor.reset";
        self.by_person(PersonOnly::ResetSecondFactor, format!("account/{id}")).await?;
        let known = self.known_account(id, Some(Permission::AccountManage), action).await?;
        self.require_above(&known, action).await?;
        if self.ctx.account_id() == Some(id) {
            return Err(UiError::new(
                ErrorKind::Conflict,
                text!(
                    "This is your own account. Remove your second factor in your settings, with password and code.",
                    "这是您自己的账号。请在设置中凭密码和验证码移除两步验证。"
                ),
            ));
        }
        let granted = known.granted.ok_or_else(UiError::internal)?;
        if !self.parts.db.reset_second_factor(&self.ctx, granted, &known.target()).await? {
            return Err(UiError::new(
                ErrorKind::Conflict,
                text!("This account has no second factor.", "该账号未启用两步验证。"),
            ));
        }
        self.parts.sessions.end_account(id).await;
        Ok(())
    }

    pub(super) async fn delete_account(&self, id: AccountId, confirm: &str) -> Answer<()> {
        let known = self.known_account(id, Some(Permission::AccountDelete), "account.delete").await?;
        let granted = known.granted.ok_or_else(UiError::internal)?;
        if self.ctx.account_id() == Some(id) || known.row.main {
            return Err(not_deleted(&self.spared(&known, "account.delete", known.row.main).await?));
        }
        confirmed(confirm, &known.row.username)?;
        let deleted = self.parts.db.delete_account(&self.ctx, granted, &known.target()).await;
        if let Err(error) = deleted {
            let entry = Entry::failed("account.delete", known.object()).tenant(known.tenant);
            let error = match error {
                DatabaseError::Taken("owner") => not_this_one(true),
                DatabaseError::Stale => UiError::not_found(),
                other => other.into(),
            };
            // Whether this can be written down or not, the person is told why nothing was deleted.
            if let Err(also) = self.parts.db.record(&self.ctx, entry).await {
                tracing::error!(%also, "a failed deletion is not in the audit trail");
            }
            return Err(not_deleted(&error));
        }
        self.parts.sessions.end_account(id).await;
        Ok(())
    }

    pub(super) async fn hand_tenant_over(&self, id: AccountId, confirm: &str) -> Answer<AccountRow> {
        self.by_person(PersonOnly::HandOver, format!("account/{id}")).await?;
        let known = self.known_account(id, Some(Permission::TenantSettings), "tenant.hand_over").await?;
        for_people(&known)?;
        let Some(tenant) = known.tenant else {
            return Err(UiError::new(
                ErrorKind::Conflict,
                text!("The platform has no main account.", "平台没有主账号。"),
            ));
        };
        let tenant = self.known_tenant(tenant, Permission::TenantSettings, "tenant.hand_over").await?;
        confirmed(confirm, &known.row.username)?;
        let before = self.parts.db.hand_over(&self.ctx, &tenant, &known.target()).await.map_err(|e| match e {
            DatabaseError::Stale => UiError::new(
                ErrorKind::Conflict,
                text!(
                    "This account is disabled or gone, or has a first password that it has not changed yet. Choose another, or let it sign in first.",
                    "该账号已停用、不存在，或尚未修改初始密码。请另选一个，或让其先登录。"
                ),
            ),
            other => other.into(),
        })?;
        for changed in before.into_iter().chain([id]) {
            self.parts.revocations.send(Revocation::Changed(changed));
        }
        self.account_row(id).await
    }

    async fn account_row(&self, id: AccountId) -> Answer<AccountRow> {
        Ok(self.parts.db.find_account_row(&self.ctx, id).await?.ok_or_else(UiError::not_found)?.0)
    }
}

fn above_oneself() -> UiError {
    UiError::new(
        ErrorKind::Forbidden,
        text!(
            "This account may do more than yours. Ask the owner of your tenant.",
            "该账号的权限超过您的账号，请联系租户的主账号。"
        ),
    )
}

/// Refuses what makes no sense for a service account.
pub(super) fn for_people(known: &KnownAccount) -> Answer<()> {
    match known.row.kind {
        AccountKind::Person => Ok(()),
        AccountKind::Service => Err(UiError::new(
            ErrorKind::Conflict,
            text!(
                "This is a service account: it has no password and cannot sign in. Make a token for it.",
                "这是服务账号：没有密码，也不能登录。请为其创建令牌。"
            ),
        )),
    }
}

/// What is done with an account that was made the main one at the same time.
fn main_by_now(error: DatabaseError) -> UiError {
    match error {
        DatabaseError::Taken("owner") => not_this_one(true),
        other => other.into(),
    }
}

/// Says that nothing was deleted, and why.
fn not_deleted(cause: &UiError) -> UiError {
    let (en, zh) = (&cause.message.en, &cause.message.zh);
    UiError::new(
        cause.kind,
        text!("The account could not be deleted, and nothing was changed: {en}", "用户删除失败，未做任何更改：{zh}"),
    )
}
