//! What a rollback would do: what differs, whether it fits, and what the cluster says to its objects. Nothing of it is done.

use std::time::Duration;

use app::{
    i18n::Text,
    model::{AppId, Permission, RehearsalOutcome, RehearsedObject, ReleaseDiff, RollbackPreview},
    service::Answer,
    text,
};
use serde_json::Value;

use super::{apps::not_connected, publishing::Again, session::SessionServices};
use crate::{
    database::releases::Release,
    kubernetes::{client::Identity, fleet::Cluster},
    operations::rehearsal::{Rehearsed, no_gateway_api, not_let_in, rehearse},
};

/// For how long the cluster is waited for. Whoever has to roll back needs the difference, and needs it soon.
const PATIENCE: Duration = Duration::from_secs(5);

impl SessionServices {
    /// What a rollback to a release would do.
    pub(super) async fn preview_of_rollback(&self, id: AppId, number: u32) -> Answer<RollbackPreview> {
        let (app, _) = self.app_for(id, Permission::AppRead, "app.read").await?;
        let target = self.release_of(id, number).await?;
        let (before, running) = self.newest_and_running(&app).await?;
        let serves = running.as_ref().unwrap_or(&before);
        let ReleaseDiff { left, right, sections, patched } = self.difference(serves, &target).await?;
        let unpinned = unpinned(&target);
        let shown = |fit, rehearsal, unasked| RollbackPreview {
            left,
            right,
            sections,
            patched,
            unpinned,
            fit,
            rehearsal,
            unasked,
        };
        let Some(cluster) = self.parts.fleet.get(app.cluster) else {
            return Ok(shown(None, None, Some(not_connected())));
        };
        if let Some(blind) = self.blind_to(&cluster) {
            return Ok(shown(None, None, Some(blind)));
        }
        let namespace = self.namespace_of(app.namespace).await?;
        // What registries tell of images pins them, and is nothing that a cluster would judge.
        let again = Again { target: &target, action: "app.roll_back", reason: String::new(), asks: false };
        let drawn = self.draw_again(&app, &namespace, (&before, serves), again).await?;
        let fit = self.drawn_fits(&namespace, Some(serves), &drawn)?;
        // A cluster is asked on behalf of those alone who may do it.
        if !self.ctx.may_on(Permission::AppRollback, &app.place()) {
            return Ok(shown(Some(fit), None, None));
        }
        match rehearsed(&cluster, &Identity::Tenant(app.tenant), &drawn.publication.release.manifests).await {
            Ok(rehearsal) => Ok(shown(Some(fit), Some(rehearsal), None)),
            Err(unasked) => Ok(shown(Some(fit), None, Some(unasked))),
        }
    }
}

/// The images of a release that are kept by their tags alone.
fn unpinned(release: &Release) -> Vec<String> {
    let is_free = |image: &&str| !image.contains("@sha256:") && !release.digests.contains_key(*image);
    release.spec.images().into_iter().filter(is_free).map(str::to_owned).collect()
}

/// What a cluster says to a release's objects. Fails with the reason when it says nothing.
async fn rehearsed(cluster: &Cluster, who: &Identity, manifests: &[Value]) -> Result<Vec<RehearsedObject>, Text> {
    match tokio::time::timeout(PATIENCE, rehearse(cluster, who, manifests)).await {
        Ok(Ok(said)) => Ok(said.into_iter().map(|(object, said)| told(object, said)).collect()),
        Ok(Err(error)) => {
            tracing::info!(%error, "a rollback could not be rehearsed");
            Err(error.to_text())
        }
        Err(_) => Err(text!("The cluster did not answer in time.", "集群未及时响应。")),
    }
}

fn told(object: &Value, said: Rehearsed) -> RehearsedObject {
    let (outcome, why) = match said {
        Rehearsed::Accepted => (RehearsalOutcome::Accepted, None),
        Rehearsed::NoGatewayApi => (RehearsalOutcome::Refused, Some(no_gateway_api())),
        Rehearsed::Insecure(fields) => (RehearsalOutcome::Refused, Some(not_let_in(&fields))),
        Rehearsed::Refused(error) => (RehearsalOutcome::Refused, Some(error.to_text())),
        Rehearsed::Unsaid(error) => (RehearsalOutcome::Unsaid, Some(error.to_text())),
    };
    RehearsedObject { object: object_name(object), outcome, why }
}

/// How an object is called: `Deployment web`.
pub(super) fn object_name(object: &Value) -> String {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    format!("{} {}", text("/kind"), text("/metadata/name"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kubernetes::fault::ClusterError;

    #[test]
    fn what_is_refused_is_told_with_its_object_and_the_clusters_words() {
        let web = json!({ "kind": "Deployment", "metadata": { "name": "web" } });
        let refused = ClusterError::Invalid { message: "image is not allowed".to_owned(), field: None };
        let said = told(&web, Rehearsed::Refused(refused));
        assert_eq!((said.object.as_str(), said.outcome), ("Deployment web", RehearsalOutcome::Refused));
        assert!(said.why.is_some_and(|why| why.en.contains("image is not allowed")));
        let accepted = told(&web, Rehearsed::Accepted);
        assert_eq!((accepted.outcome, accepted.why), (RehearsalOutcome::Accepted, None));
        let unsaid = told(&web, Rehearsed::Unsaid(ClusterError::Busy("starting".to_owned())));
        assert_eq!(unsaid.outcome, RehearsalOutcome::Unsaid);
    }
}
