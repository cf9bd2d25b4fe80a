//! "Will it fit?", asked of a cluster as it is now: by a person before anything is sent, and once more when it is.

use app::{
    ErrorKind, UiError,
    model::{AppSpec, ClusterState, FitAnswer, FitRequest, Permission, ReleaseState, WorkloadKind},
    service::Answer,
};

use super::{
    drafts::Drawn,
    fit::{Wish, reckon},
    network::in_form,
    patches::patches_apply,
    publishing::parse_namespace,
    runs::check_times,
    session::SessionServices,
};
use crate::{
    database::{
        namespaces::Namespace,
        releases::{NewRelease, Release},
    },
    registry::RegistryError,
};

impl SessionServices {
    /// Whether a specification fits, with what the registry says of the image.
    pub(super) async fn check_fit(&self, request: FitRequest) -> Answer<FitAnswer> {
        let chosen = self.chosen_template(&request.template).await?;
        let (spec, secrets) = self.parameters_of(chosen.as_ref()).fill(&request.spec, &request.values)?;
        patches_apply(&spec).map_err(|e| in_form(e, &request.spec))?;
        let old = match request.app.trim() {
            "" => None,
            id => {
                let id = id.parse().map_err(|_| UiError::not_found())?;
                Some(self.app_for(id, Permission::AppRead, "app.fit").await?.0)
            }
        };
        let namespace = match &old {
            Some(app) => self.namespace_of(app.namespace).await?,
            None => {
                let id = parse_namespace(&request.namespace)?;
                self.namespace_for(id, Permission::NamespaceRead, "app.fit").await?.0
            }
        };
        // Whoever may not publish learns nothing of private images either.
        let login = if self.ctx.may_on(Permission::AppPublish, &namespace.place()) {
            self.login_for(Some(namespace.tenant), spec.image()).await?
        } else {
            None
        };
        let image = self.parts.registry.digest(spec.image(), login.as_ref()).await;
        let old = match &old {
            Some(app) => Some(self.running_of(app).await?),
            None => None,
        };
        let stays = old.as_ref().is_some_and(|old| {
            let same_image = image.as_ref().is_ok_and(|digest| old.digests.get(spec.image()) == Some(digest));
            // Of other images it is not known what their tags stand for by now.
            let known = same_image && spec.images().len() == 1;
            let serves = old.row.state == ReleaseState::Live;
            serves && known && spec.has_pods_of(&old.spec) && secrets.iter().all(|secret| secret.value.is_none())
        });
        self.fits(&namespace, old.as_ref(), &spec, stays, Some(&image))
    }

    pub(super) fn must_fit(&self, namespace: &Namespace, old: Option<&Release>, drawn: &Drawn) -> Answer<()> {
        let NewRelease { number, pods, spec, .. } = &drawn.publication.release;
        let answer = self.fits(namespace, old, spec, pods != number, None)?;
        // What runs by a schedule does so at another time, when there may be room.
        if answer.fits || spec.kind == WorkloadKind::CronJob {
            Ok(())
        } else {
            Err(UiError::new(ErrorKind::Conflict, answer.summary))
        }
    }

    /// What stands in the way of a specification now.
    fn fits(
        &self,
        namespace: &Namespace,
        old: Option<&Release>,
        spec: &AppSpec,
        stays: bool,
        image: Option<&Result<String, RegistryError>>,
    ) -> Answer<FitAnswer> {
        let cluster = self.parts.fleet.get(namespace.cluster).ok_or_else(super::unavailable)?;
        let index = cluster.index();
        // Runs take nobody's place.
        let old = old.filter(|release| !release.spec.runs_to_end());
        let running = old.and_then(|release| index.app_view(&namespace.name, release.app)?.workload);
        // Of a first release that was given up nothing is left; what is not seen is taken to be as it was recorded.
        let recorded = old.filter(|_| cluster.state() != ClusterState::Live).map_or(0, |release| release.spec.replicas);
        let running = running.map_or(recorded, |d| d.replicas);
        let wish = Wish { new: spec, old: old.map(|r| (&r.spec, running)), stays };
        let used = index.namespace_used(&namespace.name);
        let mut answer = reckon(wish, namespace.quota, used, &index.node_room(), image);
        answer.checks.extend(check_times(spec, self.ctx.now()));
        Ok(answer)
    }
}
