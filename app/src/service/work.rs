//! Clusters, and what runs on them.

use async_trait::async_trait;

use super::Answer;
use crate::model::*;

/// Clusters.
#[async_trait]
pub trait Clusters: Send + Sync {
    /// The clusters that the account may see, by name. A tenant's people see those with a namespace of theirs.
    async fn list(&self) -> Answer<Vec<ClusterRow>>;
    /// Counts, sums and troubles of one cluster.
    async fn overview(&self, id: ClusterId) -> Answer<ClusterOverview>;
    /// Looks where a kubeconfig leads, and keeps nothing.
    async fn check(&self, form: NewCluster) -> Answer<ClusterCheck>;
    /// Checks and keeps a kubeconfig, and starts to watch the cluster.
    async fn connect(&self, form: NewCluster) -> Answer<ClusterRow>;
    /// Checks another kubeconfig for a cluster and keeps it in the place of the old one; what is watched goes on. Fails with
    /// `Invalid` (`kubeconfig`) as `connect` does, and when it leads to another cluster.
    async fn replace_kubeconfig(&self, id: ClusterId, form: NewKubeconfig) -> Answer<ClusterRow>;
    /// Forgets a cluster without touching it; refused while it has namespaces. `confirm` is its name.
    async fn disconnect(&self, id: ClusterId, confirm: String) -> Answer<()>;
}

/// Nodes; for the platform's administrators.
#[async_trait]
pub trait Nodes: Send + Sync {
    /// A page.
    async fn list(&self, query: NodeQuery) -> Answer<Page<NodeRow>>;
    /// One node.
    async fn get(&self, cluster: ClusterId, name: String) -> Answer<NodeDetail>;
}

/// Pods; a tenant's people see those of their namespaces.
#[async_trait]
pub trait Pods: Send + Sync {
    /// A page.
    async fn list(&self, query: PodQuery) -> Answer<Page<PodRow>>;
}

/// Namespaces.
#[async_trait]
pub trait Namespaces: Send + Sync {
    /// A part of the namespaces that the account may see, by name. Fails with `Invalid` (`cursor`) when no part gave that
    /// cursor.
    async fn list(&self, query: NameQuery) -> Answer<Slice<NamespaceRow>>;
    /// One namespace.
    async fn get(&self, id: NamespaceId) -> Answer<NamespaceRow>;
    /// Makes a namespace in the cluster, with quota, limits, network policy and Pod Security labels.
    async fn create(&self, form: NewNamespace) -> Answer<NamespaceRow>;
    /// Changes the quota; the cluster is handed it within seconds, or as soon as it can be reached. What runs goes on, also
    /// when it has more than that. Fails with `Stale` when it was changed since the form's version was read, and with
    /// `Conflict` while the namespace is being deleted.
    async fn set_quota(&self, id: NamespaceId, form: QuotaForm) -> Answer<NamespaceRow>;
    /// The disks in it that applications which are gone have left. Fails when the cluster cannot be asked.
    async fn disks(&self, id: NamespaceId) -> Answer<AppStorage>;
    /// Deletes such a disk with the data on it. `confirm` is its name. Fails with `NotFound` when there is none of the name, and
    /// with `Conflict` when it is an application's that is there.
    async fn delete_disk(&self, id: NamespaceId, disk: String, confirm: String) -> Answer<()>;
    /// The Deployments in it that are no application's, by name; at most 500. Fails when the cluster cannot be asked.
    async fn unmanaged(&self, id: NamespaceId) -> Answer<Vec<UnmanagedRow>>;
    /// What would become of one of them as an application; changes nothing. Fails with `NotFound` when there is none of the
    /// name.
    async fn import_plan(&self, id: NamespaceId, name: String) -> Answer<ImportPlan>;
    /// Records an application of its name with its first release, and takes it over without a restart of its pods. Fails with
    /// `Conflict` naming each thing that is in the way.
    async fn import(&self, id: NamespaceId, name: String, form: ImportForm) -> Answer<Started>;
    /// Deletes an empty namespace; refused with a list while it has applications. `confirm` is its name.
    async fn delete(&self, id: NamespaceId, form: DeleteForm) -> Answer<OperationId>;
}

/// Templates.
#[async_trait]
pub trait Templates: Send + Sync {
    /// A part of the tenant's and the platform's templates, by name. Fails with `Invalid` (`cursor`) when no part gave
    /// that cursor.
    async fn list(&self, query: NameQuery) -> Answer<Slice<TemplateRow>>;
    /// One template.
    async fn get(&self, id: TemplateId) -> Answer<TemplateDetail>;
    /// A page of a template's versions, newest first.
    async fn versions(&self, id: TemplateId, query: VersionQuery) -> Answer<Page<TemplateVersion>>;
    /// The difference between two versions of a template.
    async fn compare(&self, id: TemplateId, left: u32, right: u32) -> Answer<TemplateDiff>;
    /// Makes a template: a tenant's people for the tenant, the platform's for all.
    async fn create(&self, form: TemplateForm) -> Answer<TemplateRow>;
    /// Adds those of the templates that Longshore brings along whose names are not taken yet; gives back what was added.
    async fn add_starters(&self, form: StarterForm) -> Answer<Vec<TemplateRow>>;
    /// Makes a new version of a template.
    async fn update(&self, id: TemplateId, form: TemplateForm) -> Answer<TemplateRow>;
}

/// Image registries, with the accounts by which images are pulled. No answer has a password.
#[async_trait]
pub trait Registries: Send + Sync {
    /// A part of the tenant's and the platform's registries, by name. Fails with `Invalid` (`cursor`) when no part gave that
    /// cursor.
    async fn list(&self, query: NameQuery) -> Answer<Slice<RegistryRow>>;
    /// One registry.
    async fn get(&self, id: RegistryId) -> Answer<RegistryRow>;
    /// Asks the registry whether it knows the account, and keeps it: a tenant's people for the tenant, the platform's for
    /// all. Fails with `Invalid` naming each field, also when the registry does not take the account.
    async fn create(&self, form: RegistryForm) -> Answer<RegistryRow>;
    /// Changes a registry, which is asked again. Fails with `Stale` when it was changed since the form's version was read.
    async fn update(&self, id: RegistryId, form: RegistryForm) -> Answer<RegistryRow>;
    /// Forgets a registry. `confirm` is its name. What runs goes on; nodes pull its images no more.
    async fn delete(&self, id: RegistryId, confirm: String) -> Answer<()>;
    /// The tags that the registry of an image has in its repository, the highest version first; at most 1,000. Fails with
    /// `Invalid` (`image`) when the registry does not tell them.
    async fn tags(&self, image: String) -> Answer<Vec<String>>;
}

/// Applications and their releases.
#[async_trait]
pub trait Apps: Send + Sync {
    /// A page.
    async fn list(&self, query: AppQuery) -> Answer<Page<AppRow>>;
    /// One application.
    async fn get(&self, id: AppId) -> Answer<AppDetail>;
    /// Whether a specification fits; changes nothing.
    async fn fit(&self, request: FitRequest) -> Answer<FitAnswer>;
    /// A specification with its other face: fields as a document, a document as fields. An image may be missing yet,
    /// and secrets without values are named.
    async fn convert(&self, form: SpecForm) -> Answer<SpecForm>;
    /// What is wrong with a form as it stands, each with its place, or its other face.
    async fn look(&self, form: SpecForm) -> Answer<SpecLook>;
    /// Records the first release and starts its operation. Refused when it does not fit.
    async fn publish(&self, form: NewApp) -> Answer<Started>;
    /// Records a release and starts its operation. Refused when it does not fit, when the form was filled in
    /// from an older release, or while another operation of the application runs.
    async fn upgrade(&self, id: AppId, form: Upgrade) -> Answer<Started>;
    /// What a rollback to a release would change against what runs now.
    async fn rollback_preview(&self, id: AppId, release: u32) -> Answer<ReleaseDiff>;
    /// Records a release that is the earlier one again, image and configuration, and starts its operation.
    async fn roll_back(&self, id: AppId, release: u32, reason: String) -> Answer<Started>;
    /// Records a release that differs from what runs in its number of pods alone, and starts its operation. Refused when
    /// it does not fit, and where autoscaling decides.
    async fn scale(&self, id: AppId, form: Scale) -> Answer<Started>;
    /// Records a release that is what runs once more, with pods made anew, and starts its operation.
    async fn restart(&self, id: AppId, reason: String) -> Answer<Started>;
    /// Goes on with a release whose first batch serves and that waits for it.
    async fn go_on(&self, id: AppId, release: u32) -> Answer<Started>;
    /// Gives up a release that is on its way: what served before serves again. Refused when nothing did.
    async fn abort(&self, id: AppId, release: u32, reason: String) -> Answer<Started>;
    /// What a deletion would remove.
    async fn delete_preview(&self, id: AppId) -> Answer<DeletePreview>;
    /// Starts the deletion; `confirm` is the application's name.
    async fn delete(&self, id: AppId, form: DeleteForm) -> Answer<Started>;
    /// One release, whole.
    async fn release(&self, id: AppId, release: u32) -> Answer<ReleaseDetail>;
    /// The difference between two releases.
    async fn compare(&self, id: AppId, left: u32, right: u32) -> Answer<ReleaseDiff>;
    /// The runs of what ends, newest first, and when there will be others. Fails with `NotFound` for what runs on.
    async fn runs(&self, id: AppId) -> Answer<Runs>;
    /// Begins a run of a cron job beside its schedule. Refused for what is none, and while a release is on its way.
    async fn run(&self, id: AppId, reason: String) -> Answer<Run>;
    /// Ends a run, and takes it away with its pods. Fails with `NotFound` when the cluster has none of the name.
    async fn stop_run(&self, id: AppId, name: String) -> Answer<()>;
    /// How the cluster's objects differ from the release that serves. Fails with `Conflict` while something is under way,
    /// and when no release serves.
    async fn drift(&self, id: AppId) -> Answer<Drift>;
    /// The disks on which it keeps data, as its cluster has them now. Fails when that cannot be asked.
    async fn storage(&self, id: AppId) -> Answer<AppStorage>;
    /// How it is reached, as its cluster tells now. Fails when that cannot be asked.
    async fn network(&self, id: AppId) -> Answer<Network>;
    /// Records the release that serves once more, by which the cluster's objects are as it says, and starts its operation.
    /// Fails with `Conflict` when they are.
    async fn revert(&self, id: AppId, reason: String) -> Answer<Started>;
    /// Records a release that says what the cluster has, and starts its operation. Fails with `Conflict` when that is what
    /// serves already, and when no specification can say it.
    async fn adopt(&self, id: AppId, reason: String) -> Answer<Started>;
}
