//! Whether the cluster holds what was released, and the two ways to make it so: going back to that, and releasing what the
//! cluster holds.

use app::{
    ErrorKind, UiError,
    i18n::Text,
    model::{AppId, Drift, DriftedObject, OperationKind, Permission, Started, WorkloadKind},
    service::Answer,
    text,
};

use super::{
    adoption::{Adoption, Pair, adopt},
    drafts::Draft,
    namespaces::upstream,
    publishing::{Again, check_reason},
    session::SessionServices,
};
use crate::{
    database::{apps::App, namespaces::Namespace, releases::Release},
    kubernetes::{client::Identity, kinds::ObjectRef},
    render::{Subject, deviation::drifted},
};

impl SessionServices {
    /// Compares what the cluster has with the release that serves.
    pub(super) async fn drift_of(&self, id: AppId) -> Answer<Drift> {
        let (app, _) = self.app_for(id, Permission::AppRead, "app.read").await?;
        let Compared { release, pairs, differs } = self.compare_with_cluster(&app).await?;
        let objects = u32::try_from(release.manifests.len()).unwrap_or(u32::MAX);
        let unsayable = if differs.is_empty() {
            Vec::new()
        } else {
            let namespace = self.namespace_of(app.namespace).await?;
            adopt(&subject(&app, &namespace, &release), &pairs).left
        };
        Ok(Drift { release: release.row.number, objects, differs, unsayable })
    }

    /// Makes a release that is the one that serves once more, by which everything is as it says.
    pub(super) async fn revert_drift(&self, id: AppId, reason: &str) -> Answer<Started> {
        let (app, right) = self.app_for(id, Permission::AppRollback, "app.revert").await?;
        let reason = check_reason(reason)?;
        let Compared { release, differs, .. } = self.compare_with_cluster(&app).await?;
        if differs.is_empty() {
            return Err(UiError::new(
                ErrorKind::Conflict,
                text!("The cluster holds what was released; there is nothing to revert.", "集群与发布一致，无需还原。"),
            ));
        }
        let again = Again { target: &release, action: "app.revert", reason, asks: false };
        self.release_again(&app, &right, again, None).await
    }

    /// Makes a release that says what the cluster has. Pods stay as they are, unless it would say the same in another order,
    /// or an image is another one: then new ones come in batches, pinned to it.
    pub(super) async fn adopt_drift(&self, id: AppId, reason: &str) -> Answer<Started> {
        let (app, right) = self.app_for(id, Permission::AppPublish, "app.adopt").await?;
        let reason = check_reason(reason)?;
        let Compared { release, pairs, differs } = self.compare_with_cluster(&app).await?;
        if differs.is_empty() {
            return Err(UiError::new(
                ErrorKind::Conflict,
                text!("The cluster holds what was released; there is nothing to adopt.", "集群与发布一致，无需采纳。"),
            ));
        }
        let namespace = self.namespace_of(app.namespace).await?;
        let Adoption { spec, images, keeps_pods, left } = adopt(&subject(&app, &namespace, &release), &pairs);
        if !left.is_empty() {
            return Err(UiError::new(ErrorKind::Conflict, unsayable(&left)));
        }
        let mut digests = release.digests.clone();
        digests.retain(|image, _| spec.images().contains(image.as_str()));
        if images {
            digests = self.digests(app.tenant, &spec, digests).await?;
        }
        let (before, _) = self.newest_and_running(&app).await?;
        let both = (&before, &release);
        let again = Draft::again(&app, &namespace, OperationKind::Publish, &release, both, reason);
        let draft = Draft { spec, digests, keeps_pods, ..again };
        let drawn = self.draw_up(draft, "app.adopt");
        if !keeps_pods {
            self.must_fit(&namespace, Some(&release), &drawn)?;
        }
        self.keep(&app, &right, None, drawn).await
    }

    /// The release that serves, and the objects that differ from it. Fails while something is under way, for then they have
    /// to.
    async fn compare_with_cluster(&self, app: &App) -> Answer<Compared> {
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
        if serves.spec.kind == WorkloadKind::Job {
            return Err(UiError::new(
                ErrorKind::Conflict,
                text!(
                    "A run has ended or will end by itself; there is nothing in the cluster to keep as it was released.",
                    "运行会自行结束，集群中没有需要与发布保持一致的对象。"
                ),
            ));
        }
        let cluster = self.parts.fleet.get(app.cluster).ok_or_else(super::unavailable)?;
        let tenant = Identity::Tenant(app.tenant);
        let asked = serves.manifests.iter().map(|recorded| {
            let (cluster, tenant) = (&cluster, &tenant);
            async move { Ok((recorded.clone(), cluster.get(tenant, &ObjectRef::of(recorded)?).await?)) }
        });
        let pairs: Vec<Pair> = futures::future::try_join_all(asked).await.map_err(|e| upstream(&e))?;
        let differs = pairs.iter().filter_map(|(recorded, live)| drifted(recorded, live.as_ref())).collect();
        Ok(Compared { release: serves, pairs, differs })
    }
}

/// A release that serves beside what the cluster has of it.
struct Compared {
    release: Release,
    pairs: Vec<Pair>,
    differs: Vec<DriftedObject>,
}

/// A release as it was rendered.
fn subject<'a>(app: &'a App, namespace: &'a Namespace, release: &'a Release) -> Subject<'a> {
    Subject {
        tenant: app.tenant,
        app: app.id,
        name: &app.name,
        namespace: &namespace.name,
        release: release.row.number,
        pods: release.row.pods,
        spec: &release.spec,
        digests: &release.digests,
        secrets: &release.secrets,
    }
}

fn unsayable(left: &[Text]) -> Text {
    let words = |word: fn(&Text) -> &str| left.iter().take(5).map(word).collect::<Vec<_>>().join(", ");
    let (n, some, zh) = (left.len(), words(|text| &text.en), words(|text| &text.zh));
    let more = if n > 5 { " …" } else { "" };
    Text {
        en: format!(
            "{n} of what was changed cannot be taken over: {some}{more}. Revert, or change that back in the cluster first."
        ),
        zh: format!("有 {n} 处改动无法采纳：{zh}{more}。请还原，或先在集群中改回这些内容。"),
    }
}
