//! Service accounts and tokens.
//!
//! A token never does more than its account may do at that moment, so that making one for oneself asks for nothing. A
//! service account's token is its maker's to use, so that nobody makes one for an account that may do more than they
//! themselves.

use app::{
    ErrorKind, UiError,
    model::{
        AccountId, AccountKind, AccountRow, CheckedToken, MadeToken, NameQuery, NewServiceAccount, NewToken,
        Permission, Place, Scope, Slice, TenantId, TokenChoices, TokenId, TokenRow,
    },
    service::{Answer, Tokens},
    text,
};
use async_trait::async_trait;

use super::{access, account_changes::KnownAccount, accounts::taken_in, session::SessionServices, window::window};
use crate::{
    auth::{
        revocations::Revocation,
        tokens::{PersonOnly, Secret},
    },
    database::{
        DatabaseError,
        accounts::{AccountToMake, PasswordHash},
        tokens,
    },
};

#[async_trait]
impl Tokens for SessionServices {
    async fn list(&self, account: Option<AccountId>, query: NameQuery) -> Answer<Slice<TokenRow>> {
        let known = self.token_account(account, PersonOnly::ListTokens).await?;
        Ok(self.parts.db.list_tokens(&self.ctx, known.row.id, &window(query)?).await?)
    }

    async fn choices(&self, account: Option<AccountId>, words: Option<String>) -> Answer<TokenChoices> {
        let known = self.token_account(account, PersonOnly::ListTokens).await?;
        let words = window(NameQuery { q: words, ..NameQuery::default() })?.words;
        let access = access::access_of(&known);
        let (mut places, whole) = self.reached_places(known.tenant, &access, words.as_deref()).await?;
        places.retain(|choice| may_limit(choice.scope, known.tenant));
        Ok(TokenChoices { permissions: access.anywhere(), places, whole })
    }

    async fn create(&self, account: Option<AccountId>, form: NewToken) -> Answer<MadeToken> {
        let known = self.token_account(account, PersonOnly::MakeToken).await?;
        if self.ctx.account_id() != Some(known.row.id) {
            self.require_above(&known, PersonOnly::MakeToken.action()).await?;
        }
        let form = form.parse()?;
        self.check_places(&form, &known).await?;
        let secret = Secret::new(self.ctx.clock(), known.row.kind);
        let made = self.parts.db.create_token(&self.ctx, &known.target(), &form, &secret).await;
        let row = made.map_err(|e| match e {
            DatabaseError::Taken("tokens") => {
                let most = tokens::MOST;
                UiError::new(
                    ErrorKind::Conflict,
                    text!(
                        "The account has {most} tokens, which is as many as it may have. Revoke one first.",
                        "该账号已有 {most} 个令牌，已达上限，请先撤销一个。"
                    ),
                )
            }
            DatabaseError::Stale => UiError::not_found(),
            other => other.into(),
        })?;
        Ok(MadeToken { row, token: secret.as_str().to_owned() })
    }

    async fn revoke(&self, id: TokenId) -> Answer<()> {
        let doing = PersonOnly::RevokeToken;
        self.by_person(doing, format!("token/{id}")).await?;
        let found = self.parts.db.find_token_account(&self.ctx, id).await?.ok_or_else(UiError::not_found);
        let account = self.checked(found, doing.action(), format!("token/{id}")).await?;
        let known = self.token_account(Some(account), doing).await?;
        let key = self.parts.db.revoke_token(&self.ctx, &known.target(), id).await?.ok_or_else(UiError::not_found)?;
        self.parts.revocations.send(Revocation::Session(key));
        Ok(())
    }

    async fn create_service_account(&self, tenant: Option<TenantId>, form: NewServiceAccount) -> Answer<AccountRow> {
        let doing = PersonOnly::MakeServiceAccount;
        self.by_person(doing, "account".to_owned()).await?;
        let (granted, tenant) = self.home(tenant, Permission::TokenManage, doing.action()).await?;
        let (username, display_name) = form.parse()?;
        let account = AccountToMake {
            username: username.as_str().to_owned(),
            display_name,
            email: String::new(),
            roles: Vec::new(),
            kind: AccountKind::Service,
            password: PasswordHash::NONE,
            one_time: false,
        };
        let made = self.parts.db.create_account(&self.ctx, granted, tenant.as_ref(), account).await;
        let id = made.map_err(|e| taken_in(e, ""))?;
        let (row, _) = self.parts.db.find_account_row(&self.ctx, id).await?.ok_or_else(UiError::internal)?;
        Ok(row)
    }
}

impl SessionServices {
    /// The account whose tokens are meant (`None` means one's own): one's own, or a service account within whose tenant
    /// the actor holds `token.manage`. Another person's tokens are not found.
    async fn token_account(&self, account: Option<AccountId>, doing: PersonOnly) -> Answer<KnownAccount> {
        let own = self.ctx.account_id().ok_or_else(UiError::signed_out)?;
        let id = account.unwrap_or(own);
        self.by_person(doing, format!("account/{id}")).await?;
        if id == own {
            return self.known_account(id, None, doing.action()).await;
        }
        let known = self.known_account(id, Some(Permission::TokenManage), doing.action()).await?;
        let service = match known.row.kind {
            AccountKind::Service => Ok(()),
            AccountKind::Person => Err(UiError::not_found()),
        };
        self.checked(service, doing.action(), known.object()).await?;
        Ok(known)
    }

    /// Checks that the places of a token are the account's tenant's, and for oneself that one knows them. Fails naming
    /// the field `scopes`.
    async fn check_places(&self, form: &CheckedToken, known: &KnownAccount) -> Answer<()> {
        let (tenant, own) = (known.tenant, self.ctx.account_id() == Some(known.row.id));
        let hidden = |place: &Place| own && self.ctx.access().is_some_and(|access| access.at(place).is_empty());
        for scope in form.scopes.iter().flatten() {
            let found = self.place_of(*scope, tenant).await?;
            let good = found.is_some_and(|(place, _)| place.tenant == tenant && !hidden(&place));
            if !good || !may_limit(*scope, tenant) {
                return Err(UiError::invalid_field("scopes", text!("Choose places that exist.", "请选择存在的范围。")));
            }
        }
        Ok(())
    }
}

/// Whether a token of an account of that tenant can be limited to such a place: the platform's people work on the
/// platform and its clusters, a tenant's within the tenant.
fn may_limit(scope: Scope, tenant: Option<TenantId>) -> bool {
    match scope {
        Scope::Platform => tenant.is_none(),
        Scope::Cluster(_) => true,
        Scope::Tenant(_) | Scope::Namespace(_) | Scope::App(_) => tenant.is_some(),
    }
}
