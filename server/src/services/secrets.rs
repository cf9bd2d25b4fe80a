//! Secrets: those that the applications of a namespace share, and what of them, and of an application's own, a release runs
//! with. A release has copies, so that it stays what it is; a new value reaches an application by a release of its own.

use std::collections::{BTreeMap, BTreeSet};

use app::{
    ErrorKind, FieldError, UiError,
    i18n::Text,
    model::{
        AppId, HandOut, HandedOut, MAX_SHARED_SECRETS, NamespaceId, NewSecret, OperationKind, Permission, ReleaseState,
        ResourceName, SecretDetail, SecretForm, SecretId, SecretInput, SecretList, SecretRow, SecretUse, SecretVersion,
        Started, WorkloadKind,
    },
    service::{Answer, Secrets},
    text,
};
use async_trait::async_trait;

use super::{drafts::Draft, namespaces::confirmed, publishing::check_reason, session::SessionServices};
use crate::{
    auth::{authz, crypto::hex},
    database::{
        DatabaseError, app_records,
        app_secrets::{self, SealedSecret, Values},
        apps::App,
        namespaces::Namespace,
        releases::{self, Release},
        secrets::{self as records, Secret},
    },
};

/// How many applications are asked for at once.
const AT_ONCE: usize = 100;

/// Whose secret it is: read, or to be changed.
type Found = (Secret, Namespace, authz::Namespace);

#[async_trait]
impl Secrets for SessionServices {
    async fn list(&self, namespace: NamespaceId) -> Answer<SecretList> {
        let (namespace, right) = self.namespace_for(namespace, Permission::NamespaceRead, "secret.list").await?;
        Ok(SecretList {
            rows: records::list(&self.parts.db, &right).await?.into_iter().map(row).collect(),
            editable: self.ctx.may_on(Permission::SecretWrite, &namespace.place()),
        })
    }

    async fn get(&self, id: SecretId) -> Answer<SecretDetail> {
        let found = self.secret_for(id, Permission::NamespaceRead, "secret.read").await?;
        self.secret_detail(found).await
    }

    async fn create(&self, namespace: NamespaceId, form: NewSecret) -> Answer<SecretDetail> {
        let (namespace, right) = self.namespace_for(namespace, Permission::SecretWrite, "secret.create").await?;
        let name = form.parse()?;
        let (id, now) = (SecretId(self.ctx.clock().uuid()), self.ctx.now());
        let secret = Secret {
            id,
            tenant: namespace.tenant,
            namespace: namespace.id,
            name: name.to_string(),
            version: 1,
            sealed: self.parts.vault.seal(&records::context(id, 1), form.value.as_bytes()),
            created_at: now,
            updated_at: now,
            actor_name: self.ctx.actor_name().to_owned(),
        };
        records::insert(&self.parts.db, &self.ctx, &right, &secret).await.map_err(not_kept)?;
        self.secret_detail((secret, namespace, right)).await
    }

    async fn update(&self, id: SecretId, form: SecretForm) -> Answer<SecretDetail> {
        let (before, namespace, right) = self.secret_for(id, Permission::SecretWrite, "secret.update").await?;
        form.check()?;
        if form.version.is_some_and(|read| read != before.version) {
            return Err(DatabaseError::Stale.into());
        }
        let version = before.version + 1;
        let secret = Secret {
            version,
            sealed: self.parts.vault.seal(&records::context(id, version), form.value.as_bytes()),
            updated_at: self.ctx.now(),
            actor_name: self.ctx.actor_name().to_owned(),
            ..before
        };
        records::rotate(&self.parts.db, &self.ctx, &right, &secret).await?;
        self.secret_detail((secret, namespace, right)).await
    }

    async fn delete(&self, id: SecretId, confirm: String) -> Answer<()> {
        let (secret, _, right) = self.secret_for(id, Permission::SecretWrite, "secret.delete").await?;
        confirmed(&confirm, &secret.name)?;
        let users = self.users_of(&secret).await?;
        let many = users.iter().map(|(app, _)| app.id).collect::<BTreeSet<_>>().len();
        if many > 0 {
            let seen = users.iter().find(|(app, _)| self.ctx.may_on(Permission::AppRead, &app.place()));
            let refused = match seen {
                Some((App { name, .. }, _)) => text!(
                    "It is used by {many} apps, {name} among them. Release them without it first.",
                    "{many} 个应用正在使用它，包括 {name}。请先发布不使用它的版本。"
                ),
                None => text!(
                    "It is used by {many} apps. Have them released without it first.",
                    "{many} 个应用正在使用它。请先让它们发布不使用它的版本。"
                ),
            };
            return Err(UiError::new(ErrorKind::Conflict, refused));
        }
        Ok(records::delete(&self.parts.db, &self.ctx, &right, &secret).await?)
    }

    async fn hand_out(&self, id: SecretId, form: HandOut) -> Answer<Vec<HandedOut>> {
        let (secret, ..) = self.secret_for(id, Permission::AppPublish, "secret.hand_out").await?;
        let reason = check_reason(&form.reason)?;
        let mut behind: BTreeMap<AppId, (String, Vec<SecretUse>)> = BTreeMap::new();
        for (app, used) in self.users_of(&secret).await?.into_iter().filter(|(_, used)| used.version < secret.version) {
            behind.entry(app.id).or_insert_with(|| (app.name, Vec::new())).1.push(used);
        }
        let mut done = Vec::with_capacity(behind.len());
        for (app, (app_name, uses)) in behind {
            let (operation, problem) = match self.release_with(app, &secret, &uses, reason.clone()).await {
                Ok(started) => (Some(started.operation), None),
                // What the account may not see it is not told of.
                Err(error) if error.kind == ErrorKind::NotFound => continue,
                Err(error) => (None, Some(error.message)),
            };
            done.push(HandedOut { app, app_name, operation, problem });
        }
        Ok(done)
    }
}

impl SessionServices {
    /// A secret of a namespace in which the actor may do this. A refusal is written to the audit trail, of the secret. Fails
    /// as [`Self::namespace_for`] does.
    async fn secret_for(&self, id: SecretId, permission: Permission, action: &'static str) -> Answer<Found> {
        self.checked(self.decide_on(id, permission).await, action, format!("secret/{id}")).await
    }

    async fn decide_on(&self, id: SecretId, permission: Permission) -> Answer<Found> {
        let secret = records::find(&self.parts.db, &self.ctx, id).await?.ok_or_else(UiError::not_found)?;
        let namespace = self.namespace_of(secret.namespace).await?;
        let right = authz::Namespace::authorize(&self.ctx, permission, &namespace.place(), &namespace.name)?;
        Ok((secret, namespace, right))
    }

    async fn secret_detail(&self, (secret, namespace, _): Found) -> Answer<SecretDetail> {
        let version = |(number, created_at, actor_name)| SecretVersion { number, created_at, actor_name };
        let versions = records::versions(&self.parts.db, secret.id).await?.into_iter().map(version).collect();
        let all = self.users_of(&secret).await?;
        let (seen, hidden): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|(app, _)| self.ctx.may_on(Permission::AppRead, &app.place()));
        let hidden: BTreeSet<AppId> = hidden.into_iter().map(|(app, _)| app.id).collect();
        Ok(SecretDetail {
            row: row(secret),
            namespace_name: namespace.name.clone(),
            versions,
            uses: seen.into_iter().map(|(_, used)| used).collect(),
            hidden: u32::try_from(hidden.len()).unwrap_or(u32::MAX),
            editable: self.ctx.may_on(Permission::SecretWrite, &namespace.place()),
            releasable: self.ctx.may_on(Permission::AppPublish, &namespace.place()),
        })
    }

    /// The applications whose release that counts has a copy of a secret, by name, with what they call it.
    async fn users_of(&self, secret: &Secret) -> Answer<Vec<(App, SecretUse)>> {
        let holders = app_secrets::holders(&self.parts.db, secret.id).await?;
        let mut found = Vec::new();
        for some in holders.chunks(AT_ONCE) {
            let apps = app_records::of_ids(&self.parts.db, &self.ctx, some.iter().copied()).await?;
            let numbers: Vec<(AppId, u32)> = apps
                .iter()
                .flat_map(|app| [Some(app.newest_release), app.live_release].map(|n| n.map(|n| (app.id, n))))
                .flatten()
                .collect();
            let releases = releases::of_numbers(&self.parts.db, &self.ctx, &numbers).await?;
            let counting: Vec<(App, &Release)> =
                apps.into_iter().filter_map(|app| Some((app.clone(), counting(&app, &releases)?))).collect();
            let versions: Vec<&str> = counting
                .iter()
                .flat_map(|(_, release)| &release.secrets)
                .map(|(_, version)| version.as_str())
                .collect();
            let copies = app_secrets::copies(&self.parts.db, secret.id, &versions).await?;
            for (app, release) in counting {
                let its = copies.iter().filter(|copy| copy.app == app.id);
                for copy in its.filter(|c| release.secrets.iter().any(|(n, v)| *n == c.name && *v == c.version)) {
                    let used = SecretUse {
                        app: app.id,
                        app_name: app.name.clone(),
                        variable: copy.name.clone(),
                        version: copy.of,
                        release: release.row.number,
                        state: release.row.state,
                    };
                    found.push((app.clone(), used));
                }
            }
        }
        found.sort_by(|(a, x), (b, y)| (&a.name, &x.variable).cmp(&(&b.name, &y.variable)));
        Ok(found)
    }

    /// Releases an application as it is, with the newest version of a secret in place of what it uses of that. Fails with
    /// `Stale` when another release has come to serve since that was read.
    async fn release_with(&self, id: AppId, secret: &Secret, uses: &[SecretUse], reason: String) -> Answer<Started> {
        let (app, right) = self.app_for(id, Permission::AppPublish, "app.upgrade").await?;
        if app.operation.is_some() {
            return Err(self.busy(id).await);
        }
        let namespace = self.namespace_of(app.namespace).await?;
        let (newest, running) = self.newest_and_running(&app).await?;
        // What was tried and did not last is not tried once more because of a secret.
        let serves = running.as_ref().unwrap_or(&newest);
        if serves.spec.kind == WorkloadKind::Job {
            let of = secret.name.as_str();
            return Err(UiError::new(
                ErrorKind::Conflict,
                text!(
                    "It is a job, and is not run again for this. Upgrade it with the line NAME from {of} to give it the newest value.",
                    "它是一次性任务，不会为此重新运行。请升级该应用并写明“名称 from {of}”以使用最新的值。"
                ),
            ));
        }
        if uses.iter().any(|used| used.release != serves.row.number) {
            return Err(DatabaseError::Stale.into());
        }
        let from = ResourceName::parse("secrets", &secret.name).map_err(|e| UiError::invalid(vec![e]))?;
        let given = serves.secrets.iter().map(|(name, _)| SecretInput {
            name: name.clone(),
            value: None,
            from: uses.iter().any(|used| used.variable == *name).then(|| from.clone()),
        });
        let (secrets, sealed) = self.seal(&app, given.collect(), Some(serves)).await?;
        let again = Draft::again(&app, &namespace, OperationKind::Publish, serves, (&newest, serves), reason);
        let drawn = self.draw_up(Draft { secrets, sealed, ..again }, "app.upgrade");
        self.must_fit(&namespace, Some(serves), &drawn)?;
        self.keep(&app, &right, None, drawn).await
    }

    /// The versions that a release of an application runs with, and the new ones among them. A value that is the same as
    /// before stays the version that it was, and so does a copy of the same version of a secret of the namespace.
    pub(super) async fn seal(
        &self,
        app: &App,
        inputs: Vec<SecretInput>,
        before: Option<&Release>,
    ) -> Answer<(Vec<(String, String)>, Vec<SealedSecret>)> {
        let old = before.map(|r| r.secrets.as_slice()).unwrap_or_default();
        let kept = app_secrets::sealed(&self.parts.db, app.id, old, Values::Own).await?;
        let (mut versions, mut sealed, mut errors) = (Vec::new(), Vec::new(), Vec::new());
        let mut fail = |message| errors.push(FieldError { field: "secrets".to_owned(), message });
        for SecretInput { name, value, from } in inputs {
            let previous = old.iter().find(|(n, _)| *n == name).map(|(_, version)| version.clone());
            let (value, origin) = match (value, from) {
                (_, Some(from)) => {
                    let Some(secret) = records::find_named(&self.parts.db, app.namespace, from.as_str()).await? else {
                        fail(no_such_secret(from.as_str()));
                        continue;
                    };
                    let origin = (secret.id, secret.version);
                    if let Some(version) = app_secrets::copy_of(&self.parts.db, app.id, &name, origin).await? {
                        versions.push((name, version));
                        continue;
                    }
                    (self.parts.vault.open(&records::context(secret.id, secret.version), &secret.sealed)?, Some(origin))
                }
                (Some(value), None) => (zeroize::Zeroizing::new(value.into_bytes()), None),
                (None, None) => {
                    match previous {
                        Some(version) => versions.push((name, version)),
                        None => fail(text!(
                            "{name} has no value yet: write {name}=value.",
                            "{name} 还没有值：请写成 {name}=值。"
                        )),
                    }
                    continue;
                }
            };
            let same = previous.filter(|version| {
                let context = app_secrets::context(app.id, &name, version);
                let opened = kept.get(&name).and_then(|sealed| self.parts.vault.open(&context, sealed).ok());
                origin.is_none() && opened.is_some_and(|old| old.as_slice() == value.as_slice())
            });
            if let Some(version) = same {
                versions.push((name, version));
                continue;
            }
            let version = hex(&self.ctx.clock().random::<5>());
            let value = self.parts.vault.seal(&app_secrets::context(app.id, &name, &version), &value);
            sealed.push(SealedSecret { name: name.clone(), version: version.clone(), sealed: value, origin });
            versions.push((name, version));
        }
        if !errors.is_empty() {
            return Err(UiError::invalid(errors));
        }
        versions.sort();
        Ok((versions, sealed))
    }
}

/// The release that says what an application runs with: the newest, unless that was given up and an older one serves.
fn counting<'a>(app: &App, releases: &'a [Release]) -> Option<&'a Release> {
    let of = |number: u32| releases.iter().find(|release| release.app == app.id && release.row.number == number);
    let newest = of(app.newest_release)?;
    let given_up = matches!(newest.row.state, ReleaseState::Failed | ReleaseState::Aborted);
    Some(app.live_release.filter(|_| given_up).and_then(of).unwrap_or(newest))
}

fn row(secret: Secret) -> SecretRow {
    SecretRow {
        id: secret.id,
        namespace: secret.namespace,
        name: secret.name,
        version: secret.version,
        updated_at: secret.updated_at,
        actor_name: secret.actor_name,
    }
}

fn no_such_secret(name: &str) -> Text {
    text!("The namespace has no secret {name}. Make it there first.", "命名空间中没有密钥 {name}，请先创建。")
}

fn not_kept(error: DatabaseError) -> UiError {
    match error {
        DatabaseError::Taken("secrets") => {
            let most = MAX_SHARED_SECRETS;
            UiError::new(
                ErrorKind::Conflict,
                text!(
                    "The namespace has {most} secrets, which is as many as there may be.",
                    "命名空间已有 {most} 个密钥，达到上限。"
                ),
            )
        }
        other => other.into(),
    }
}
