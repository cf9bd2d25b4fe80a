//! What a step works with, and the ways in which it does not end well.

use std::{collections::BTreeMap, sync::Arc};

use app::{
    i18n::Text,
    model::{AppId, ClusterState, Millis},
    text,
};
use serde_json::Value;
use tracing::error;

use super::{Engine, Notice};
use crate::{
    auth::context::OpContext,
    database::{
        Database, DatabaseError,
        app_secrets::{self, Values},
        apps, namespaces, operation_leases as leases,
        operation_work::{self as records, StepEnd},
        operations::Operation,
    },
    kubernetes::{client::Identity, fault::ClusterError, fleet::Cluster, kinds::ObjectRef},
    render::{
        APP_LABEL,
        namespace::{self as keepers, Share},
        ownership,
    },
};

/// The label that says which operation wrote an object, and under which lease.
const FENCE: &str = "longshore.dev/operation";

/// For how long after it has come back what a cluster refuses is not its last word, in milliseconds.
const SETTLES: Millis = 30_000;

/// Why a step did not end well.
#[derive(Debug)]
pub(super) enum StepError {
    /// Another has the lease now; nothing more may be done.
    Lost,
    /// It may go better later.
    Later(Text),
    /// The cluster does not answer. Time in which it does not is none of a release's.
    Away(Text),
    /// The cluster refuses it, which one that has only just begun to answer may do by mistake.
    Refused(Text),
    /// It cannot be done.
    Failed(Text),
}

impl From<DatabaseError> for StepError {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Stale => Self::Lost,
            other => {
                error!(error = &other as &dyn std::error::Error, "an operation's step met a fault of the database");
                Self::Later(text!(
                    "Longshore's database did not answer; it is tried again.",
                    "Longshore 的数据库没有响应，正在重试。"
                ))
            }
        }
    }
}

impl From<ClusterError> for StepError {
    fn from(error: ClusterError) -> Self {
        let text = error.to_text();
        match error {
            ClusterError::Invalid { .. }
            | ClusterError::TooLarge
            | ClusterError::Quota { .. }
            | ClusterError::AlreadyExists => Self::Failed(text),
            ClusterError::Forbidden { .. } | ClusterError::NotFound => Self::Refused(text),
            ClusterError::Unreachable(_) | ClusterError::Busy(_) => Self::Away(text),
            // The credentials can be mended by a person, and everything else mends itself.
            _ => Self::Later(text),
        }
    }
}

/// One step's surroundings.
#[derive(Debug)]
pub(super) struct Work<'a> {
    engine: &'a Engine,
    operation: &'a Operation,
    ctx: OpContext,
}

impl<'a> Work<'a> {
    pub(super) fn new(engine: &'a Engine, operation: &'a Operation) -> Self {
        let ctx = OpContext::operation(
            operation.actor,
            operation.actor_name.clone(),
            Some(operation.tenant),
            operation.request_id.clone(),
            engine.clock.clone(),
        );
        Self { engine, operation, ctx }
    }

    pub(super) fn operation(&self) -> &'a Operation {
        self.operation
    }

    pub(super) fn ctx(&self) -> &OpContext {
        &self.ctx
    }

    pub(super) fn db(&self) -> &'a Database {
        &self.engine.db
    }

    /// As whom the cluster is changed.
    pub(super) fn tenant(&self) -> Identity {
        Identity::Tenant(self.operation.tenant)
    }

    /// The cluster; `Later` while it is not connected.
    pub(super) fn cluster(&self) -> Result<Arc<Cluster>, StepError> {
        self.engine.fleet.get(self.operation.cluster).ok_or_else(|| {
            StepError::Later(text!(
                "The cluster is not connected; it goes on when it is.",
                "集群未连接，连接后将继续。"
            ))
        })
    }

    /// Since when the cluster answers without a break; `None` while it does not.
    pub(super) fn answers_since(&self) -> Option<Millis> {
        let status = self.engine.fleet.get(self.operation.cluster)?.status();
        (status.state == ClusterState::Live).then_some(status.since)
    }

    /// Whether what the cluster refuses is its last word. An API server that was just started has not read who may do what
    /// yet, and refuses what it will allow a moment later.
    pub(super) fn is_settled(&self) -> bool {
        self.answers_since().is_some_and(|since| self.ctx.now() > since + SETTLES)
    }

    /// The application's row. Every operation on one is recorded with it.
    pub(super) async fn app(&self) -> Result<apps::App, StepError> {
        let gone = || StepError::Failed(text!("The application is gone.", "应用已不存在。"));
        let id = self.operation.app.ok_or_else(gone)?;
        apps::find(self.db(), &self.ctx, id).await?.ok_or_else(gone)
    }

    /// The namespace's row.
    pub(super) async fn namespace(&self) -> Result<namespaces::Namespace, StepError> {
        namespaces::find(self.db(), &self.ctx, self.operation.namespace)
            .await?
            .ok_or_else(|| StepError::Failed(text!("The namespace is gone.", "命名空间已不存在。")))
    }

    /// The end of a step that cannot be done: a release that was handed over is taken back, everything else is left as it
    /// is.
    pub(super) fn failed(&self, problem: Text) -> StepEnd {
        let release = self.operation.kind.is_release() && self.operation.step != super::release::CONFIGURE;
        let takes_back = release && self.operation.problem.is_none();
        StepEnd::Failed { problem, undo: takes_back.then_some(super::release::RESTORE) }
    }

    /// Fails with `Lost` when the lease is: asked before every change of a cluster.
    pub(super) async fn still_mine(&self) -> Result<(), StepError> {
        let held = leases::is_held(self.db(), self.operation.id, self.operation.fence, self.ctx.now()).await?;
        if held { Ok(()) } else { Err(StepError::Lost) }
    }

    /// Says why the step waits, when that differs from what it said last.
    pub(super) async fn say(&self, said: &mut Option<Text>, note: Option<Text>) -> Result<(), StepError> {
        if *said != note {
            records::set_note(self.db(), self.operation, note.as_ref()).await?;
            self.engine.announce(Notice::of(self.operation));
            *said = note;
        }
        Ok(())
    }

    /// The values of a release's secrets, opened.
    pub(super) async fn secrets(
        &self,
        app: AppId,
        versions: &[(String, String)],
    ) -> Result<BTreeMap<String, Vec<u8>>, StepError> {
        let sealed = app_secrets::sealed(self.db(), app, versions, Values::All).await?;
        let mut values = BTreeMap::new();
        for (name, version) in versions {
            let opened = sealed
                .get(name)
                .and_then(|sealed| self.engine.vault.open(&app_secrets::context(app, name, version), sealed).ok());
            let Some(value) = opened else {
                return Err(StepError::Failed(text!(
                    "The value of the secret {name} cannot be decrypted. Publish again with a new value.",
                    "无法解密密钥 {name} 的值，请填写新值后重新发布。"
                )));
            };
            values.insert(name.clone(), value.to_vec());
        }
        Ok(values)
    }

    /// Makes a namespace that an earlier version made as this one would: what today's releases need is let in, what has
    /// been found to be dangerous since is walled off.
    pub(super) async fn let_tenant_in(
        &self,
        cluster: &Cluster,
        namespace: &namespaces::Namespace,
    ) -> Result<(), ClusterError> {
        let share = share(namespace);
        let all = [keepers::walls(&share), keepers::role(&share)];
        futures::future::try_join_all(all.iter().map(|keeper| cluster.apply(&Identity::Platform, keeper))).await?;
        Ok(())
    }

    /// Hands the namespace its newest quota, with what it limits today.
    pub(super) async fn hand_quota(
        &self,
        cluster: &Cluster,
        namespace: &namespaces::Namespace,
    ) -> Result<(), StepError> {
        self.engine.hand_quota(cluster, namespace).await
    }

    /// Hands the namespace the accounts by which its nodes pull images.
    pub(super) async fn give_accounts(
        &self,
        cluster: &Cluster,
        namespace: &namespaces::Namespace,
    ) -> Result<(), StepError> {
        self.engine.give_accounts(cluster, namespace).await
    }

    /// Applies an object that bears the application's own name. One of that name that is not the application's is
    /// left alone. What others wrote into its specification goes. `fill` adds what depends on what is there. That is replaced only as it was read, so a worker that
    /// lost its lease cannot undo what a later one did.
    pub(super) async fn apply_named(
        &self,
        cluster: &Cluster,
        object: &Value,
        may_replace: impl Fn(&Value) -> bool,
        fill: impl Fn(&mut Value, Option<&Value>),
    ) -> Result<(), StepError> {
        let reference = ObjectRef::of(object)?;
        for _ in 0..6 {
            let mut wanted = object.clone();
            // Each worker's write differs from others', so that one which was sent earlier and arrives later finds another
            // version than it read. Annotations would count as a change of what a Deployment asks for.
            wanted["metadata"]["labels"][FENCE] = format!("{}.{}", self.operation.id, self.operation.fence).into();
            let there = cluster.get(&self.tenant(), &reference).await?;
            fill(&mut wanted, there.as_ref());
            if let Some(there) = there {
                if there.pointer("/metadata/deletionTimestamp").is_some() {
                    return Err(StepError::Later(text!(
                        "An older {reference} is still being deleted.",
                        "旧的 {reference} 仍在删除中。"
                    )));
                }
                if label(&there, APP_LABEL) != label(object, APP_LABEL) {
                    return Err(StepError::Failed(text!(
                        "{reference} is in the cluster already and was not made by this application. Remove it or choose another name.",
                        "集群中已有 {reference}，且不属于此应用。请删除它或更换名称。"
                    )));
                }
                if !may_replace(&there) {
                    // Whoever wrote it has taken this over; else the cluster knows more than the database, as after a
                    // backup was brought back.
                    self.still_mine().await?;
                    return Err(StepError::Failed(text!(
                        "{reference} is in the cluster in a newer release than Longshore knows of. Upgrade the app, or delete it and publish it anew.",
                        "集群中的 {reference} 来自比 Longshore 所知更新的版本。请升级应用，或删除后重新发布。"
                    )));
                }
                let read = there.pointer("/metadata/resourceVersion").and_then(Value::as_str).unwrap_or_default();
                let version = match ownership::taken_over(&there) {
                    Some(managers) => {
                        self.still_mine().await?;
                        match cluster.set_managers(&self.tenant(), &reference, read, &managers).await {
                            Err(ClusterError::Conflict(_)) => continue,
                            other => other?,
                        }
                    }
                    None => read.to_owned(),
                };
                wanted["metadata"]["resourceVersion"] = version.into();
            }
            self.still_mine().await?;
            match cluster.apply(&self.tenant(), &wanted).await {
                // Its status was written in between, as happens during a rollout.
                Err(ClusterError::Conflict(_)) => {}
                other => return Ok(other.map(|_| ())?),
            }
        }
        Err(StepError::Later(text!("{reference} changes all the time.", "{reference} 一直在变化。")))
    }

    /// Deletes an object that a list gave, that very one.
    pub(super) async fn delete(&self, cluster: &Cluster, who: &Identity, object: &Value) -> Result<(), StepError> {
        let uid = object.pointer("/metadata/uid").and_then(Value::as_str);
        self.still_mine().await?;
        match cluster.delete(who, &ObjectRef::of(object)?, uid).await {
            // Another of the same name: not the one that was to go.
            Ok(_) | Err(ClusterError::Conflict(_)) => Ok(()),
            Err(e) => Err(e.into()),
        }
    }
}

/// A label of an object; empty without it.
pub(super) fn label<'a>(object: &'a Value, name: &str) -> &'a str {
    object.pointer("/metadata/labels").and_then(|l| l.get(name)).and_then(Value::as_str).unwrap_or_default()
}

/// A namespace as it is rendered.
pub(super) fn share(namespace: &namespaces::Namespace) -> Share<'_> {
    let namespaces::Namespace { id, tenant, name, quota, .. } = namespace;
    Share { id: *id, tenant: *tenant, name, quota: *quota }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_that_is_away_is_told_from_one_that_refuses() {
        fn of(error: ClusterError) -> StepError {
            error.into()
        }
        for away in [ClusterError::Unreachable("refused".to_owned()), ClusterError::Busy("starting".to_owned())] {
            assert!(matches!(of(away), StepError::Away(_)));
        }
        for refused in [ClusterError::Forbidden { what: "no".to_owned() }, ClusterError::NotFound] {
            assert!(matches!(of(refused), StepError::Refused(_)));
        }
        assert!(matches!(of(ClusterError::AlreadyExists), StepError::Failed(_)));
        assert!(matches!(of(ClusterError::Unauthorized), StepError::Later(_)), "the credentials can be mended");
    }
}
