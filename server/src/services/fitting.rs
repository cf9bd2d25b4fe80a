//! "Will it fit?", asked of a cluster as it is now: by a person before anything is sent, and once more when it is.

use app::{
    ErrorKind, UiError,
    model::{
        AppSpec, ClusterState, FitAnswer, FitRequest, Permission, ReleaseState, SecretInput, TenantId, WorkloadKind,
    },
    service::Answer,
};
use futures::{StreamExt, TryStreamExt, stream};

use super::{
    drafts::Drawn,
    fit::{Wish, reckon},
    fit_images::{ImageSaid, images_of},
    fit_placing::Stand,
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
    kubernetes::index::Index,
};

/// How many images registries are asked about at a time.
const IMAGES_AT_ONCE: usize = 4;

impl SessionServices {
    /// Whether a specification fits, with what registries say of its images.
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
        let tenant = self.ctx.may_on(Permission::AppPublish, &namespace.place()).then_some(namespace.tenant);
        let images = self.ask_images(&spec, tenant).await?;
        let old = match &old {
            Some(app) => Some(self.running_of(app).await?),
            None => None,
        };
        let stays = old.as_ref().is_some_and(|old| {
            // Where one is not told, it is not known what its tag stands for by now.
            let same = |said: &ImageSaid| {
                let digest = said.digest();
                digest.is_some() && old.digests.get(&said.image).map(String::as_str) == digest
            };
            let serves = old.row.state == ReleaseState::Live;
            let keeps_secrets = secrets.iter().all(SecretInput::keeps);
            serves && keeps_secrets && spec.has_pods_of(&old.spec) && images.iter().all(same)
        });
        self.fits(&namespace, old.as_ref(), &spec, stays, &images)
    }

    /// What registries say of a specification's images, with the tenant's accounts there when it is told.
    async fn ask_images(&self, spec: &AppSpec, tenant: Option<TenantId>) -> Answer<Vec<ImageSaid>> {
        let ask = |(container, image): (Option<String>, String)| async move {
            let login = match tenant {
                Some(tenant) => self.login_for(Some(tenant), &image).await?,
                None => None,
            };
            let said = self.parts.registry.look_up(&image, login.as_ref()).await;
            Ok::<_, UiError>(ImageSaid { image, container, said })
        };
        let asked: Vec<_> = images_of(spec).into_iter().map(ask).collect();
        stream::iter(asked).buffered(IMAGES_AT_ONCE).try_collect().await
    }

    pub(super) fn must_fit(&self, namespace: &Namespace, old: Option<&Release>, drawn: &Drawn) -> Answer<()> {
        let answer = self.drawn_fits(namespace, old, drawn)?;
        // What runs by a schedule does so at another time, when there may be room.
        if answer.fits || drawn.publication.release.spec.kind == WorkloadKind::CronJob {
            Ok(())
        } else {
            Err(UiError::new(ErrorKind::Conflict, answer.refusal()))
        }
    }

    /// Whether a release that was drawn up fits, without asking registries.
    pub(super) fn drawn_fits(&self, namespace: &Namespace, old: Option<&Release>, drawn: &Drawn) -> Answer<FitAnswer> {
        let NewRelease { number, pods, spec, .. } = &drawn.publication.release;
        self.fits(namespace, old, spec, pods != number, &[])
    }

    /// What stands in the way of a specification now.
    fn fits(
        &self,
        namespace: &Namespace,
        old: Option<&Release>,
        spec: &AppSpec,
        stays: bool,
        images: &[ImageSaid],
    ) -> Answer<FitAnswer> {
        let cluster = self.parts.fleet.get(namespace.cluster).ok_or_else(super::unavailable)?;
        let index = cluster.index();
        // Runs take nobody's place.
        let old = old.filter(|release| !release.spec.runs_to_end());
        let running = old.and_then(|release| index.app_view(&namespace.name, release.app)?.workload);
        // Of a first release that was given up nothing is left; what is not seen is taken to be as it was recorded.
        let recorded = old.filter(|_| cluster.state() != ClusterState::Live).map_or(0, |release| release.spec.replicas);
        let running = running.map_or(recorded, |d| d.replicas);
        let standing = old.map_or_else(Vec::new, |release| standing(index, &namespace.name, release));
        let wish = Wish { new: spec, old: old.map(|r| (&r.spec, running)), standing: &standing, stays };
        let used = index.namespace_used(&namespace.name);
        let mut answer = reckon(wish, namespace.quota, used, &index.node_room(), images);
        answer.checks.extend(check_times(spec, self.ctx.now()));
        Ok(answer)
    }
}

/// Where the pods of an application stand that a release made or goes on with.
fn standing(index: &Index, namespace: &str, release: &Release) -> Vec<Stand> {
    let number = |name: &str| name.rsplit('-').next().and_then(|number| number.parse().ok()).unwrap_or_default();
    let pods = index.standing(namespace, release.app).into_iter();
    pods.map(|(node, name)| Stand { node, number: number(&name) }).collect()
}
