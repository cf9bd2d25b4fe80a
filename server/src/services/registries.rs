//! Image registries: the accounts by which digests are asked for and nodes pull images. A tenant's own account at an
//! address goes before the platform's.

use app::{
    ErrorKind, UiError,
    model::{
        NameQuery, Permission, RegistryForm, RegistryId, RegistryRow, Slice, TenantId, image_reference, sort_tags,
    },
    service::{Answer, Registries},
    text,
};
use async_trait::async_trait;
use zeroize::Zeroizing;

use super::{namespaces::confirmed, session::SessionServices, window::window};
use crate::{
    auth::authz::Granted,
    database::{
        DatabaseError, pulls,
        registries::{self as records, Registry},
    },
    registry::{Login, RegistryError, host_of},
};

#[async_trait]
impl Registries for SessionServices {
    async fn list(&self, query: NameQuery) -> Answer<Slice<RegistryRow>> {
        self.require_anywhere(Permission::RegistryRead, "registry.list", "registry").await?;
        let part = records::list(&self.parts.db, &self.ctx, &window(query)?).await?;
        part.with_rows(|rows| Ok(rows.into_iter().map(|registry| self.registry_row(registry)).collect()))
    }

    async fn get(&self, id: RegistryId) -> Answer<RegistryRow> {
        self.require_anywhere(Permission::RegistryRead, "registry.read", "registry").await?;
        let found = records::find(&self.parts.db, &self.ctx, id).await?.ok_or_else(UiError::not_found);
        let found = self.checked(found, "registry.read", format!("registry/{id}")).await?;
        let of = found.tenant.or(self.ctx.tenant());
        let waiting = pulls::waiting(&self.parts.db, of).await?;
        Ok(RegistryRow { waiting: Some(waiting), ..self.registry_row(found) })
    }

    async fn create(&self, form: RegistryForm) -> Answer<RegistryRow> {
        let granted = self.require(Permission::RegistryManage, "registry.create", "registry").await?;
        let checked = form.parse(true)?;
        let now = self.ctx.now();
        let registry = Registry {
            id: RegistryId(self.ctx.clock().uuid()),
            tenant: self.ctx.tenant(),
            name: checked.name.to_string(),
            host: checked.host,
            username: checked.username,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        records::is_free(&self.parts.db, &registry).await.map_err(not_kept)?;
        let password = Zeroizing::new(form.password);
        self.try_account(&registry, password.clone()).await?;
        let sealed = self.parts.vault.seal(&records::context(registry.id, &registry.host), password.as_bytes());
        records::insert(&self.parts.db, &self.ctx, granted, &registry, sealed).await.map_err(not_kept)?;
        self.parts.operations.hand_out_soon();
        Ok(self.registry_row(registry))
    }

    async fn update(&self, id: RegistryId, form: RegistryForm) -> Answer<RegistryRow> {
        let (granted, before) = self.own_registry(id, "registry.update").await?;
        let checked = form.parse(false)?;
        if form.version.is_some_and(|read| read != before.version) {
            return Err(DatabaseError::Stale.into());
        }
        // A password is for the place that it was given for.
        if form.password.is_empty() && checked.host != before.host {
            return Err(UiError::invalid_field(
                "password",
                text!("Give the password again for another address.", "更改地址时请重新填写密码。"),
            ));
        }
        let registry = Registry {
            name: checked.name.to_string(),
            host: checked.host,
            username: checked.username,
            version: before.version + 1,
            updated_at: self.ctx.now(),
            ..before
        };
        records::is_free(&self.parts.db, &registry).await.map_err(not_kept)?;
        let given = Zeroizing::new(form.password);
        let new = !given.is_empty();
        let password = if new { given } else { self.password_of(&registry).await? };
        self.try_account(&registry, password.clone()).await?;
        let sealed = new.then(|| self.parts.vault.seal(&records::context(id, &registry.host), password.as_bytes()));
        records::update(&self.parts.db, &self.ctx, granted, &registry, sealed).await.map_err(not_kept)?;
        self.parts.operations.hand_out_soon();
        Ok(self.registry_row(registry))
    }

    async fn delete(&self, id: RegistryId, confirm: String) -> Answer<()> {
        let (granted, registry) = self.own_registry(id, "registry.delete").await?;
        confirmed(&confirm, &registry.name)?;
        records::delete(&self.parts.db, &self.ctx, granted, &registry).await?;
        self.parts.operations.hand_out_soon();
        Ok(())
    }

    async fn tags(&self, image: String) -> Answer<Vec<String>> {
        self.require_anywhere(Permission::AppPublish, "registry.list_tags", "registry").await?;
        let image = image_reference("image", &image).map_err(|e| UiError::invalid(vec![e]))?;
        let login = self.login_for(self.ctx.tenant(), &image).await?;
        let tags = self.parts.registry.tags(&image, login.as_ref()).await;
        let mut tags = tags.map_err(|e| UiError::invalid_field("image", e.to_text()))?;
        sort_tags(&mut tags);
        Ok(tags)
    }
}

impl SessionServices {
    /// The account by which a tenant's image is pulled, or by which everybody's are; `None` when there is none for its
    /// registry, or when its password cannot be decrypted: nodes do without it, too.
    pub(super) async fn login_for(&self, tenant: Option<TenantId>, image: &str) -> Answer<Option<Login>> {
        let usable = records::usable(&self.parts.db, tenant, Some(&host_of(image))).await?;
        let Some(registry) = usable.into_iter().next() else { return Ok(None) };
        let opened = self.opened_of(&registry).await?;
        if opened.is_none() {
            let (name, host) = (&registry.name, &registry.host);
            tracing::warn!(registry = name, host, "the password of a registry cannot be decrypted");
        }
        Ok(opened.map(|password| Login { username: registry.username, password }))
    }

    async fn opened_of(&self, registry: &Registry) -> Answer<Option<Zeroizing<String>>> {
        let sealed = records::sealed(&self.parts.db, [registry.id]).await?.remove(&registry.id);
        Ok(sealed.and_then(|sealed| records::opened(&self.parts.vault, registry, &sealed)))
    }

    async fn password_of(&self, registry: &Registry) -> Answer<Zeroizing<String>> {
        let name = &registry.name;
        self.opened_of(registry).await?.ok_or_else(|| {
            UiError::new(
                ErrorKind::Conflict,
                text!(
                    "The password of the registry {name} cannot be decrypted. Give it again.",
                    "无法解密镜像仓库 {name} 的密码，请重新填写。"
                ),
            )
        })
    }

    /// Asks the registry whether it takes the account.
    async fn try_account(&self, registry: &Registry, password: Zeroizing<String>) -> Answer<()> {
        let login = Login { username: registry.username.clone(), password };
        self.parts.registry.check(&registry.host, &login).await.map_err(|e| match e {
            RegistryError::Denied => UiError::invalid_field(
                "password",
                text!("The registry does not take this account.", "镜像仓库不接受该账号。"),
            ),
            other => UiError::invalid_field("host", other.to_text()),
        })
    }

    /// A registry that the actor may change: a tenant's people the tenant's, the platform's people all.
    async fn own_registry(&self, id: RegistryId, action: &'static str) -> Answer<(Granted, Registry)> {
        let object = format!("registry/{id}");
        let granted = self.require(Permission::RegistryManage, action, object.as_str()).await?;
        let found = records::find(&self.parts.db, &self.ctx, id).await?.ok_or_else(UiError::not_found);
        let registry = self.checked(found, action, object.as_str()).await?;
        if !self.changes(&registry) {
            let refused = Err(UiError::forbidden(Permission::RegistryManage.as_str()));
            return self.checked(refused, action, object).await;
        }
        Ok((granted, registry))
    }

    fn changes(&self, registry: &Registry) -> bool {
        self.ctx.tenant().is_none() || registry.tenant == self.ctx.tenant()
    }

    fn registry_row(&self, registry: Registry) -> RegistryRow {
        let own = self.changes(&registry);
        RegistryRow {
            editable: own && self.ctx.may_on(Permission::RegistryManage, &self.ctx.home()),
            id: registry.id,
            tenant: registry.tenant,
            name: registry.name,
            host: registry.host,
            username: if own { registry.username } else { String::new() },
            version: registry.version,
            updated_at: registry.updated_at,
            waiting: None,
        }
    }
}

fn not_kept(error: DatabaseError) -> UiError {
    match error {
        DatabaseError::Taken("host") => {
            let taken = text!(
                "There is an account for this address already; change that one.",
                "该地址已有账号，请修改现有的账号。"
            );
            UiError { kind: ErrorKind::Conflict, ..UiError::invalid_field("host", taken) }
        }
        DatabaseError::Taken("registries") => {
            let most = records::MOST;
            UiError::new(
                ErrorKind::Conflict,
                text!(
                    "There are {most} registries, which is as many as there may be.",
                    "已有 {most} 个镜像仓库，达到上限。"
                ),
            )
        }
        other => other.into(),
    }
}
