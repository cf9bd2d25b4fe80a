//! Clusters, and what runs on them.
//!
//! All of it fails with `Forbidden` without the permission, and with `NotFound` for what there is not or one may not see;
//! beside that with what is said of each. What asks a cluster fails with `Unavailable` when its kubeconfig cannot be used,
//! and with `Upstream` when it refuses or does not answer.

use async_trait::async_trait;

use super::Answer;
use crate::model::*;

/// Clusters.
#[async_trait]
pub trait Clusters: Send + Sync {
    /// The clusters that the account may see, by name; there are 500 at most. A tenant's people see those with a namespace of
    /// theirs. Fails with `Forbidden`.
    async fn list(&self) -> Answer<Vec<ClusterRow>>;
    /// Counts, sums and troubles of one cluster. Fails with `NotFound`.
    async fn overview(&self, id: ClusterId) -> Answer<ClusterOverview>;
    /// Looks where a kubeconfig leads, and keeps nothing. Fails with `Invalid` (`kubeconfig`) when it cannot be used or
    /// read.
    async fn check(&self, form: NewCluster) -> Answer<ClusterCheck>;
    /// Checks and keeps a kubeconfig, and starts to watch the cluster. Fails with `Invalid` naming each field, also when a
    /// right is missing or the cluster is connected already, and with `Conflict` when the name is taken.
    async fn connect(&self, form: NewCluster) -> Answer<ClusterRow>;
    /// Checks another kubeconfig for a cluster and keeps it in the place of the old one; what is watched goes on. Fails
    /// with `Invalid` (`kubeconfig`) as `connect` does, and when it leads to another cluster, and with `Stale` when another
    /// was kept since the form's version was read.
    async fn replace_kubeconfig(&self, id: ClusterId, form: NewKubeconfig) -> Answer<ClusterRow>;
    /// Forgets a cluster without touching it. `confirm` is its name. Fails with `Invalid` (`confirm`) when it is not, and
    /// with `Conflict` while it has namespaces.
    async fn disconnect(&self, id: ClusterId, confirm: String) -> Answer<()>;
    /// Where its figures over time come from. Fails with `NotFound`.
    async fn metrics(&self, id: ClusterId) -> Answer<MetricsForm>;
    /// Looks whether a service of the cluster has figures over time, and keeps it; an empty one is forgotten. Fails with
    /// `NotFound`, with `Invalid` (`service`) saying what is the matter, and with `Stale` when it was changed since the form's
    /// version was read.
    async fn set_metrics(&self, id: ClusterId, form: MetricsForm) -> Answer<MetricsForm>;
}

/// Nodes; for the platform's administrators.
#[async_trait]
pub trait Nodes: Send + Sync {
    /// A page of a cluster's. Fails with `NotFound` when there is no such cluster.
    async fn list(&self, query: NodeQuery) -> Answer<Page<NodeRow>>;
    /// One node. Fails with `NotFound` when the cluster has none of the name.
    async fn get(&self, cluster: ClusterId, name: String) -> Answer<NodeDetail>;
}

/// Pods; a tenant's people see those of their namespaces.
#[async_trait]
pub trait Pods: Send + Sync {
    /// A page of a cluster's. Fails with `NotFound` when there is no such cluster.
    async fn list(&self, query: PodQuery) -> Answer<Page<PodRow>>;
}

/// Namespaces.
#[async_trait]
pub trait Namespaces: Send + Sync {
    /// A part of the namespaces that the account may see, by name. Fails with `Invalid` (`cursor`) when no part gave that
    /// cursor.
    async fn list(&self, query: NameQuery) -> Answer<Slice<NamespaceRow>>;
    /// One namespace. Fails with `NotFound`.
    async fn get(&self, id: NamespaceId) -> Answer<NamespaceRow>;
    /// Makes a namespace in the cluster, with quota, limits, network policy and Pod Security labels, or takes one over that
    /// is there. Fails with `Invalid` naming each field, and with `Conflict` when the cluster has the name already, or when
    /// what runs in the one that is there could not be made again.
    async fn create(&self, form: NewNamespace) -> Answer<NamespaceRow>;
    /// Changes the quota; the cluster is handed it within seconds, or as soon as it can be reached. What runs goes on, also
    /// when it has more than that. Fails with `Stale` when it was changed since the form's version was read, and with
    /// `Conflict` while the namespace is being deleted.
    async fn set_quota(&self, id: NamespaceId, form: QuotaForm) -> Answer<NamespaceRow>;
    /// The disks in it that applications which are gone have left. Fails when the cluster cannot be asked.
    async fn disks(&self, id: NamespaceId) -> Answer<AppStorage>;
    /// Deletes such a disk with the data on it. `confirm` is its name. Fails with `Invalid` (`confirm`) when it is not, and
    /// with `NotFound` when there is none of the name, or when it is an application's that is there.
    async fn delete_disk(&self, id: NamespaceId, disk: String, confirm: String) -> Answer<()>;
    /// The Deployments in it that are no application's, by name. Fails when the cluster cannot be asked, and with
    /// `Upstream` for more than 2,000.
    async fn unmanaged(&self, id: NamespaceId) -> Answer<Vec<UnmanagedRow>>;
    /// What would become of one of them as an application; changes nothing. Fails with `NotFound` when there is none of the
    /// name.
    async fn import_plan(&self, id: NamespaceId, name: String) -> Answer<ImportPlan>;
    /// Records an application of its name with its first release, and takes it over without a restart of its pods. Fails
    /// with `Conflict` naming each thing that is in the way.
    async fn import(&self, id: NamespaceId, name: String, form: ImportForm) -> Answer<Started>;
    /// Deletes an empty namespace. `confirm` is its name. Fails with `Invalid` (`confirm`) when it is not, and (`disks`)
    /// while it has disks that are not to go with it; with `Conflict` and a list while it has applications, or what is no
    /// application's.
    async fn delete(&self, id: NamespaceId, form: DeleteForm) -> Answer<OperationId>;
}

/// Templates.
#[async_trait]
pub trait Templates: Send + Sync {
    /// A part of the tenant's and the platform's templates, by name. Fails with `Invalid` (`cursor`) when no part gave
    /// that cursor.
    async fn list(&self, query: NameQuery) -> Answer<Slice<TemplateRow>>;
    /// One template. Fails with `NotFound`.
    async fn get(&self, id: TemplateId) -> Answer<TemplateDetail>;
    /// A page of a template's versions, newest first. Fails with `NotFound`.
    async fn versions(&self, id: TemplateId, query: VersionQuery) -> Answer<Page<TemplateVersion>>;
    /// The difference between two versions of a template. Fails with `NotFound` when there is not one of them.
    async fn compare(&self, id: TemplateId, left: u32, right: u32) -> Answer<TemplateDiff>;
    /// Makes a template: a tenant's people for the tenant, the platform's for all. Fails with `Invalid` naming each field,
    /// with `Conflict` when the name is taken, and with `Forbidden` for patches that one may not approve.
    async fn create(&self, form: TemplateForm) -> Answer<TemplateRow>;
    /// Adds those of the templates that Longshore brings along whose names are not taken yet; gives back what was added.
    /// Fails with `Forbidden`.
    async fn add_starters(&self, form: StarterForm) -> Answer<Vec<TemplateRow>>;
    /// Makes a new version of a template. Fails as making it does, with `Forbidden` for the platform's when one is a
    /// tenant's, and with `Stale` when it was changed since the form's version was read.
    async fn update(&self, id: TemplateId, form: TemplateForm) -> Answer<TemplateRow>;
}

/// Image registries, with the accounts by which images are pulled. No answer has a password.
#[async_trait]
pub trait Registries: Send + Sync {
    /// A part of the tenant's and the platform's registries, by name. Fails with `Invalid` (`cursor`) when no part gave
    /// that cursor.
    async fn list(&self, query: NameQuery) -> Answer<Slice<RegistryRow>>;
    /// One registry. Fails with `NotFound`.
    async fn get(&self, id: RegistryId) -> Answer<RegistryRow>;
    /// Asks the registry whether it knows the account, and keeps it: a tenant's people for the tenant, the platform's for
    /// all. Fails with `Invalid` naming each field, also when the registry does not take the account, and with `Conflict`
    /// when the name or the address is taken.
    async fn create(&self, form: RegistryForm) -> Answer<RegistryRow>;
    /// Changes a registry, which is asked again. Fails as making it does, and with `Stale` when it was changed since the
    /// form's version was read.
    async fn update(&self, id: RegistryId, form: RegistryForm) -> Answer<RegistryRow>;
    /// Forgets a registry. `confirm` is its name. What runs goes on; nodes pull its images no more. Fails with `Invalid`
    /// (`confirm`) when it is not.
    async fn delete(&self, id: RegistryId, confirm: String) -> Answer<()>;
    /// The tags that the registry of an image has in its repository, the highest version first; at most 1,000. Fails with
    /// `Invalid` (`image`) when the registry does not tell them.
    async fn tags(&self, image: String) -> Answer<Vec<String>>;
}

/// Secrets that the applications of a namespace share. No answer has a value.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// The secrets of a namespace, by name. Fails with `NotFound`.
    async fn list(&self, namespace: NamespaceId) -> Answer<SecretList>;
    /// One secret, with its versions and who uses it. Fails with `NotFound`.
    async fn get(&self, id: SecretId) -> Answer<SecretDetail>;
    /// Makes a secret. Fails with `Invalid` naming each field, with `Conflict` when the name is taken or there are as many as
    /// there may be, and with `Stale` when the namespace is going.
    async fn create(&self, namespace: NamespaceId, form: NewSecret) -> Answer<SecretDetail>;
    /// Gives a secret another value. What runs goes on with the one before until it is released anew. Fails with `Invalid`
    /// (`value`), and with `Stale` when it was changed since the form's version was read.
    async fn update(&self, id: SecretId, form: SecretForm) -> Answer<SecretDetail>;
    /// Forgets a secret that no newest release uses. `confirm` is its name. Fails with `Invalid` (`confirm`) when it is not,
    /// and with `Conflict` naming who uses it.
    async fn delete(&self, id: SecretId, confirm: String) -> Answer<()>;
    /// Releases each application that runs with an older version once more, as it is, with the newest; tells of each what
    /// came of it.
    async fn hand_out(&self, id: SecretId, form: HandOut) -> Answer<Vec<HandedOut>>;
}

/// Applications and their releases.
#[async_trait]
pub trait Apps: Send + Sync {
    /// A page. Fails with `NotFound` for a namespace or a template that is no id, and with `Invalid` (`q`) for more than
    /// 100 characters.
    async fn list(&self, query: AppQuery) -> Answer<Page<AppRow>>;
    /// One application. Fails with `NotFound`.
    async fn get(&self, id: AppId) -> Answer<AppDetail>;
    /// Whether a specification fits; changes nothing. Fails with `Invalid` naming each field.
    async fn fit(&self, request: FitRequest) -> Answer<FitAnswer>;
    /// A specification with its other face: fields as a document, a document as fields. An image may be missing yet,
    /// and secrets without values are named. Fails with `Invalid` naming what is wrong.
    async fn convert(&self, form: SpecForm) -> Answer<SpecForm>;
    /// What is wrong with a form as it stands, each with its place, or its other face. Fails with `Forbidden`.
    async fn look(&self, form: SpecForm) -> Answer<SpecLook>;
    /// Records the first release and starts its operation. Fails with `Invalid` naming each field, and with `Conflict` when
    /// it does not fit, or when its name or one of its addresses is taken.
    async fn publish(&self, form: NewApp) -> Answer<Started>;
    /// Records a release and starts its operation. Fails with `Invalid` naming each field, with `Stale` when the form was
    /// filled in from an older release, and with `Conflict` when it does not fit, an address is taken, or while another
    /// operation of the application runs.
    async fn upgrade(&self, id: AppId, form: Upgrade) -> Answer<Started>;
    /// What a rollback to a release would change against what runs now, whether that fits, and what the cluster says to its
    /// objects, which changes nothing. A cluster that does not answer is no failure. Fails with `NotFound` when there is no
    /// such release.
    async fn rollback_preview(&self, id: AppId, release: u32) -> Answer<RollbackPreview>;
    /// Records a release that is the earlier one again, image and configuration, and starts its operation. Fails with
    /// `NotFound` when there is no such release, and with `Conflict` when it is the one that runs, when an address is
    /// taken, or while the application is being deleted.
    async fn roll_back(&self, id: AppId, release: u32, reason: String) -> Answer<Started>;
    /// Records a release that differs from what runs in its number of pods alone, and starts its operation. Fails with
    /// `Invalid` (`replicas`), also where autoscaling decides or it runs to its end, and with `Conflict` when it does not
    /// fit, or while another operation runs.
    async fn scale(&self, id: AppId, form: Scale) -> Answer<Started>;
    /// Records a release that is what runs once more, with pods made anew, and starts its operation. Fails with `Conflict`
    /// for a cron job, where there are no pods, when it does not fit, and while another operation runs.
    async fn restart(&self, id: AppId, reason: String) -> Answer<Started>;
    /// Goes on with a release whose first batch serves and that waits for it. Fails with `Conflict` when it does not wait.
    async fn go_on(&self, id: AppId, release: u32) -> Answer<Started>;
    /// Gives up a release that is on its way: what served before serves again; of the very first its pods go. Fails with
    /// `Conflict` when it is not on its way any more, for an import, and for another one before which none served.
    async fn abort(&self, id: AppId, release: u32, reason: String) -> Answer<Started>;
    /// What a deletion would remove. Fails when the cluster cannot be asked.
    async fn delete_preview(&self, id: AppId) -> Answer<DeletePreview>;
    /// Starts the deletion; `confirm` is the application's name. Fails with `Invalid` (`confirm`) when it is not, and with
    /// `Conflict` when it is being deleted already.
    async fn delete(&self, id: AppId, form: DeleteForm) -> Answer<Started>;
    /// A part of the applications that were deleted, the last one first; `q` is part of the name or of the namespace's.
    /// Fails with `Invalid` (`cursor`) when no part gave that cursor.
    async fn deleted(&self, query: NameQuery) -> Answer<Slice<AppRecord>>;
    /// What is kept of an application, also when it was deleted. Fails with `NotFound`.
    async fn record(&self, id: AppId) -> Answer<AppRecord>;
    /// A part of an application's releases, newest first, also when it was deleted. Fails with `NotFound`, and with
    /// `Invalid` (`cursor`) when no part gave that cursor.
    async fn releases(&self, id: AppId, query: PartQuery) -> Answer<Slice<ReleaseRow>>;
    /// One release, whole, also of an application that was deleted. Fails with `NotFound`.
    async fn release(&self, id: AppId, release: u32) -> Answer<ReleaseDetail>;
    /// The difference between two releases, also of an application that was deleted. Fails with `NotFound` when there is
    /// not one of them.
    async fn compare(&self, id: AppId, left: u32, right: u32) -> Answer<ReleaseDiff>;
    /// The runs of what ends, newest first, and when there will be others. Fails with `NotFound` for what runs on.
    async fn runs(&self, id: AppId) -> Answer<Runs>;
    /// Begins a run of a cron job beside its schedule. Fails with `Conflict` for what is none, and while a release is on
    /// its way.
    async fn run(&self, id: AppId, reason: String) -> Answer<Run>;
    /// Ends a run, and takes it away with its pods. Fails with `NotFound` when the cluster has none of the name, and with
    /// `Conflict` when its release is still on its way.
    async fn stop_run(&self, id: AppId, name: String) -> Answer<()>;
    /// How the cluster's objects differ from the release that serves. Fails with `Conflict` while something is under way,
    /// and when no release serves.
    async fn drift(&self, id: AppId) -> Answer<Drift>;
    /// The disks on which it keeps data, as its cluster has them now. Fails when that cannot be asked.
    async fn storage(&self, id: AppId) -> Answer<AppStorage>;
    /// How it is reached, as its cluster tells now. Fails when that cannot be asked.
    async fn network(&self, id: AppId) -> Answer<Network>;
    /// CPU and memory over time, marked by releases. Fails with `Invalid` (`range`), and with `Upstream` or `Unavailable`
    /// when the source does not answer.
    async fn usage(&self, id: AppId, query: UsageQuery) -> Answer<AppUsage>;
    /// Records the release that serves once more, by which the cluster's objects are as it says, and starts its operation.
    /// Fails with `Conflict` when they are.
    async fn revert(&self, id: AppId, reason: String) -> Answer<Started>;
    /// Records a release that says what the cluster has, and starts its operation. Fails with `Conflict` when that is what
    /// serves already, and when no specification can say it.
    async fn adopt(&self, id: AppId, reason: String) -> Answer<Started>;
}
