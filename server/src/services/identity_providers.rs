//! Identity providers as the platform's administrators describe them. Nobody else does: their addresses are asked by
//! Longshore's server, and what they say lets people in.

use app::{
    ErrorKind, UiError,
    model::{
        CheckedProvider, NameQuery, Permission, Place, ProviderCheck, ProviderDetail, ProviderForm, ProviderId,
        ProviderRow, RoleRef, RoleRule, Scope, Slice, TenantId,
    },
    service::{Answer, IdentityProviders},
    text,
};
use async_trait::async_trait;
use zeroize::Zeroizing;

use super::{
    Parts, fault, identity_provider_words::words, namespaces::confirmed, session::SessionServices, window::window,
};
use crate::{
    auth::{authz::Granted, context::OpContext, tokens::PersonOnly},
    database::{
        DatabaseError,
        audit::Entry,
        identity_providers::{Provider, context},
    },
    openid::{Fault, Known, Party},
};

#[async_trait]
impl IdentityProviders for SessionServices {
    async fn list(&self, query: NameQuery) -> Answer<Slice<ProviderRow>> {
        let granted =
            self.require(Permission::IdentityProviderRead, "identity_provider.list", "identity_provider").await?;
        let (part, people) = self.parts.db.list_providers(&self.ctx, granted, &window(query)?).await?;
        let tenants = self.tenant_names(part.rows.iter().filter_map(|p| p.tenant).collect()).await?;
        part.with_rows(|rows| {
            let row = |provider: Provider| {
                let name = provider.tenant.and_then(|id| tenants.get(&id).cloned());
                row_of(&provider, people.get(&provider.id).copied().unwrap_or_default(), name)
            };
            Ok(rows.into_iter().map(row).collect())
        })
    }

    async fn get(&self, id: ProviderId) -> Answer<ProviderDetail> {
        let (_, provider, people) =
            self.known_provider(id, Permission::IdentityProviderRead, "identity_provider.read").await?;
        self.provider_detail(provider, people).await
    }

    async fn create(&self, form: ProviderForm) -> Answer<ProviderDetail> {
        let action = "identity_provider.create";
        self.refuse_tokens(action, "identity_provider").await?;
        let granted = self.require(Permission::IdentityProviderManage, action, "identity_provider").await?;
        let (origin, checked) = form.parse_new()?;
        if let Some(id) = origin.tenant
            && !self.parts.db.is_tenant_open(&self.ctx, id).await?
        {
            let message = text!("Choose a tenant that exists.", "请选择一个存在的租户。");
            return Err(UiError::invalid_field("tenant", message));
        }
        self.may_map(&checked, origin.tenant, action, origin.slug.as_str()).await?;
        let now = self.ctx.now();
        let provider = Provider {
            id: ProviderId(self.ctx.clock().uuid()),
            tenant: origin.tenant,
            slug: origin.slug.as_str().to_owned(),
            name: checked.name,
            issuer: origin.issuer,
            client_id: checked.client_id,
            scopes: checked.scopes.join(" "),
            name_claim: checked.name_claim,
            creates_accounts: form.creates_accounts,
            shown: form.shown,
            disabled: form.disabled,
            rules: checked.rules,
            default_roles: checked.default_roles,
            epoch: self.ctx.clock().uuid(),
            version: 1,
            created_at: now,
            updated_at: now,
            actor_name: self.ctx.actor_name().to_owned(),
        };
        let secret = Zeroizing::new(form.client_secret.trim().to_owned());
        self.ask(&provider, secret.clone()).await?;
        let sealed = self.parts.vault.seal(&context(provider.id), secret.as_bytes());
        self.parts.db.create_provider(&self.ctx, granted, &provider, sealed).await.map_err(not_kept)?;
        self.provider_detail(provider, 0).await
    }

    async fn update(&self, id: ProviderId, form: ProviderForm) -> Answer<ProviderDetail> {
        let action = "identity_provider.update";
        self.by_person(PersonOnly::ChangeIdentityProvider, format!("identity_provider/{id}")).await?;
        let (granted, before, people) = self.known_provider(id, Permission::IdentityProviderManage, action).await?;
        let checked = form.parse(false)?;
        stays(&form, &before)?;
        self.may_map(&checked, before.tenant, action, &before.slug).await?;
        if form.version.is_some_and(|read| read != before.version) {
            return Err(DatabaseError::Stale.into());
        }
        let provider = Provider {
            name: checked.name,
            client_id: checked.client_id,
            scopes: checked.scopes.join(" "),
            name_claim: checked.name_claim,
            creates_accounts: form.creates_accounts,
            shown: form.shown,
            disabled: form.disabled,
            rules: checked.rules,
            default_roles: checked.default_roles,
            // Sessions from before are over for good, also when people may come again.
            epoch: if form.disabled { self.ctx.clock().uuid() } else { before.epoch },
            version: before.version + 1,
            updated_at: self.ctx.now(),
            actor_name: self.ctx.actor_name().to_owned(),
            ..before
        };
        let given = Zeroizing::new(form.client_secret.trim().to_owned());
        let new = !given.is_empty();
        // One that does not answer any more can still be disabled.
        if !provider.disabled {
            let secret = if new { given.clone() } else { secret_of(&self.parts, &self.ctx, id).await? };
            self.ask(&provider, secret).await?;
        }
        let sealed = new.then(|| self.parts.vault.seal(&context(id), given.as_bytes()));
        let known = self.parts.db.update_provider(&self.ctx, granted, &provider, sealed).await?;
        self.parts.openid.forget(id);
        if provider.disabled {
            for account in known {
                self.parts.sessions.end_by_provider(account, id).await;
            }
        }
        self.provider_detail(provider, people).await
    }

    async fn check(&self, id: ProviderId) -> Answer<ProviderCheck> {
        let action = "identity_provider.check";
        self.refuse_tokens(action, format!("identity_provider/{id}")).await?;
        let (_, provider, _) = self.known_provider(id, Permission::IdentityProviderManage, action).await?;
        let secret = secret_of(&self.parts, &self.ctx, id).await?;
        let party = party(&self.parts, &provider, secret)?;
        let found = asked(&self.parts, &party).await;
        let object = format!("identity_provider/{}", provider.slug);
        let (entry, check) = match found {
            Ok(known) => {
                let check = ProviderCheck {
                    problem: None,
                    authorization_endpoint: known.document.authorization_endpoint.clone(),
                    algorithms: known.document.algorithm_names(),
                    keys: u32::try_from(known.keys()).unwrap_or(u32::MAX),
                };
                (Entry::ok(action, object), check)
            }
            Err(fault) => {
                let check = ProviderCheck {
                    problem: Some(words(fault).1),
                    authorization_endpoint: String::new(),
                    algorithms: Vec::new(),
                    keys: 0,
                };
                (Entry::failed(action, object).detail(fault.to_string()), check)
            }
        };
        self.parts.openid.forget(id);
        self.parts.db.record(&self.ctx, entry.tenant(provider.tenant)).await?;
        Ok(check)
    }

    async fn delete(&self, id: ProviderId, confirm: String) -> Answer<()> {
        self.refuse_tokens("identity_provider.delete", format!("identity_provider/{id}")).await?;
        let (granted, provider, _) =
            self.known_provider(id, Permission::IdentityProviderManage, "identity_provider.delete").await?;
        confirmed(&confirm, &provider.slug)?;
        let known = self.parts.db.delete_provider(&self.ctx, granted, &provider).await?;
        self.parts.openid.forget(id);
        for account in known {
            self.parts.sessions.end_by_provider(account, id).await;
        }
        Ok(())
    }
}

impl SessionServices {
    /// A provider that the actor may do this with.
    async fn known_provider(
        &self,
        id: ProviderId,
        permission: Permission,
        action: &'static str,
    ) -> Answer<(Granted, Provider, u64)> {
        let granted = self.require(permission, action, format!("identity_provider/{id}")).await?;
        let (provider, people) =
            self.parts.db.find_provider(&self.ctx, granted, id).await?.ok_or_else(UiError::not_found)?;
        Ok((granted, provider, people))
    }

    /// Whether the actor may give all the roles that the provider would. Fails naming the fields.
    async fn may_map(
        &self,
        checked: &CheckedProvider,
        tenant: Option<TenantId>,
        action: &'static str,
        slug: &str,
    ) -> Answer<()> {
        let scope = tenant.map_or(Scope::Platform, Scope::Tenant);
        let place = tenant.map_or(Place::PLATFORM, Place::tenant);
        let object = format!("identity_provider/{slug}");
        let by_rule = checked.rules.iter().map(|(.., role)| ("rules", *role));
        let roles: Vec<(&str, RoleRef)> =
            by_rule.chain(checked.default_roles.iter().map(|role| ("default_roles", *role))).collect();
        for (field, role) in roles {
            let given = self.may_give(role, tenant, scope, &place, action, &object).await;
            given.map_err(|mut error| {
                error.fields.iter_mut().for_each(|f| field.clone_into(&mut f.field));
                error
            })?;
        }
        Ok(())
    }

    /// Asks a provider whether people could sign in by it. Fails naming the field that has to change.
    async fn ask(&self, provider: &Provider, secret: Zeroizing<String>) -> Answer<()> {
        let party = party(&self.parts, provider, secret)?;
        asked(&self.parts, &party).await.map(drop).map_err(|fault| {
            let (field, words) = words(fault);
            UiError::invalid_field(field, words)
        })
    }

    async fn provider_detail(&self, provider: Provider, people: u64) -> Answer<ProviderDetail> {
        let tenant_name = match provider.tenant {
            Some(id) => self.parts.db.find_tenant_name(&self.ctx, id).await?,
            None => None,
        };
        let row = row_of(&provider, people, tenant_name);
        let rule = |(claim, value, role): (String, String, RoleRef)| RoleRule { claim, value, role: role.to_string() };
        Ok(ProviderDetail {
            row,
            redirect_uri: self.parts.openid.redirect_uri(&provider.slug).unwrap_or_default(),
            client_id: provider.client_id,
            scopes: provider.scopes,
            name_claim: provider.name_claim,
            creates_accounts: provider.creates_accounts,
            rules: provider.rules.into_iter().map(rule).collect(),
            default_roles: provider.default_roles,
            actor_name: provider.actor_name,
            updated_at: provider.updated_at,
        })
    }
}

fn row_of(provider: &Provider, people: u64, tenant_name: Option<String>) -> ProviderRow {
    ProviderRow {
        id: provider.id,
        tenant: provider.tenant,
        tenant_name,
        slug: provider.slug.clone(),
        name: provider.name.clone(),
        issuer: provider.issuer.clone(),
        shown: provider.shown,
        disabled: provider.disabled,
        people,
        created_at: provider.created_at,
        version: provider.version,
    }
}

/// What a provider says of itself, and that it knows the client.
async fn asked(parts: &Parts, party: &Party) -> Result<Known, Fault> {
    let known = parts.openid.ask(&party.issuer).await?;
    parts.openid.try_client(party, &known, &parts.clock).await?;
    Ok(known)
}

/// A provider's secret.
pub(super) async fn secret_of(parts: &Parts, ctx: &OpContext, id: ProviderId) -> Answer<Zeroizing<String>> {
    let sealed = parts.db.find_provider_secret(ctx, id).await?;
    let secret = parts.vault.open(&context(id), &sealed)?;
    Ok(Zeroizing::new(String::from_utf8_lossy(&secret).into_owned()))
}

/// A provider with what is needed to speak with it. Fails when it is not known how browsers come back.
pub(super) fn party(parts: &Parts, provider: &Provider, secret: Zeroizing<String>) -> Answer<Party> {
    let redirect_uri = parts.openid.redirect_uri(&provider.slug).ok_or_else(|| {
        UiError::new(
            ErrorKind::Conflict,
            text!(
                "Longshore does not know the address that browsers use. Start it with --public-url (or LONGSHORE_PUBLIC_URL).",
                "Longshore 不知道浏览器访问所用的地址，请通过 --public-url（或 LONGSHORE_PUBLIC_URL）设置后再启动。"
            ),
        )
    })?;
    Ok(Party {
        id: provider.id,
        version: provider.version,
        issuer: provider.issuer.clone(),
        client_id: provider.client_id.clone(),
        secret,
        scopes: provider.scopes.split_whitespace().map(str::to_owned).collect(),
        redirect_uri,
    })
}

/// What stays as it was made must not be sent otherwise.
fn stays(form: &ProviderForm, before: &Provider) -> Answer<()> {
    let tenant = before.tenant.map(|t| t.to_string()).unwrap_or_default();
    for (field, sent, present) in [
        ("tenant", &form.tenant, &tenant),
        ("slug", &form.slug, &before.slug),
        ("issuer", &form.issuer, &before.issuer),
    ] {
        let sent = sent.trim();
        if !sent.is_empty() && sent != present {
            return Err(UiError::invalid_field(
                field,
                text!(
                    "This stays as it was made, since people are known by it. Make another provider.",
                    "此项创建后不可更改，因为用户身份与其绑定。请另建一个身份提供商。"
                ),
            ));
        }
    }
    Ok(())
}

fn not_kept(error: DatabaseError) -> UiError {
    match error {
        DatabaseError::Taken("providers") => UiError::new(
            ErrorKind::Conflict,
            text!("There are too many identity providers. Delete one first.", "身份提供商过多，请先删除一个。"),
        ),
        DatabaseError::Taken(field) => fault::taken(field),
        other => other.into(),
    }
}
