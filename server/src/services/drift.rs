//! Whether the cluster holds what was released, and going back to that.

use app::{
    ErrorKind, UiError,
    model::{AppId, Drift, DriftedObject, Permission, Started},
    service::Answer,
    text,
};
use serde_json::Value;

use super::{
    deviation::{deviations, of_secret},
    namespaces::upstream,
    publishing::{Again, check_reason},
    session::SessionServices,
};
use crate::{
    database::{apps::App, releases::Release},
    kubernetes::{client::Identity, kinds::ObjectRef},
};

impl SessionServices {
    /// Compares what the cluster has with the release that serves.
    pub(super) async fn drift_of(&self, id: AppId) -> Answer<Drift> {
        let (app, _) = self.app_for(id, Permission::AppRead, "app.read").await?;
        let (release, differs) = self.compare_with_cluster(&app).await?;
        let objects = u32::try_from(release.manifests.len()).unwrap_or(u32::MAX);
        Ok(Drift { release: release.row.number, objects, differs })
    }

    /// Makes a release that is the one that serves once more, by which everything is as it says.
    pub(super) async fn revert_drift(&self, id: AppId, reason: &str) -> Answer<Started> {
        let (app, right) = self.app_for(id, Permission::AppRollback, "app.revert").await?;
        let reason = check_reason(reason)?;
        let (release, differs) = self.compare_with_cluster(&app).await?;
        if differs.is_empty() {
            return Err(UiError::new(
                ErrorKind::Conflict,
                text!("The cluster holds what was released; there is nothing to revert.", "集群与发布一致，无需还原。"),
            ));
        }
        let again = Again { target: &release, action: "app.revert", reason, asks: false };
        self.release_again(&app, &right, again, None).await
    }

    /// The release that serves, and the objects that differ from it. Fails while something is under way, for then they have
    /// to.
    async fn compare_with_cluster(&self, app: &App) -> Answer<(Release, Vec<DriftedObject>)> {
        if app.operation.is_some() || app.deleting {
            return Err(self.busy(app.id).await);
        }
        let serves = match app.live_release {
            Some(number) => self.release_of(app.id, number).await?,
            None => {
                let none =
                    text!("No release serves, so there is nothing to compare with.", "没有正在服务的发布，无法比较。");
                return Err(UiError::new(ErrorKind::Conflict, none));
            }
        };
        let cluster = self.parts.fleet.get(app.cluster).ok_or_else(super::unavailable)?;
        let tenant = Identity::Tenant(app.tenant);
        let asked = serves.manifests.iter().map(|recorded| {
            let (cluster, tenant) = (&cluster, &tenant);
            async move { Ok((recorded, cluster.get(tenant, &ObjectRef::of(recorded)?).await?)) }
        });
        let answers = futures::future::try_join_all(asked).await.map_err(|e| upstream(&e))?;
        let differs = answers.into_iter().filter_map(|(recorded, live)| drifted(recorded, live.as_ref())).collect();
        Ok((serves, differs))
    }
}

/// How an object differs from its record; `None` when it does not.
fn drifted(recorded: &Value, live: Option<&Value>) -> Option<DriftedObject> {
    let word = |at: &str| recorded.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
    let kind = word("/kind");
    let changes = match live {
        Some(live) if kind == "Secret" => of_secret(recorded, live),
        Some(live) => deviations(recorded, live),
        None => Vec::new(),
    };
    let missing = live.is_none();
    (missing || !changes.is_empty()).then(|| DriftedObject { kind, name: word("/metadata/name"), missing, changes })
}
