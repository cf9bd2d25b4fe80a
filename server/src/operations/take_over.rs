//! The step that takes a Deployment over which was there before, without a restart of its pods.
//!
//! By which labels a Deployment finds its pods can never be changed, so the old one is deleted without what it owns, and the
//! application's takes up what is left: the ReplicaSet and its pods get the labels by which that looks for them, and the
//! ReplicaSet's template becomes, to the letter, the one that the application's Deployment will have. Until then the
//! ReplicaSet alone keeps the pods, which serve throughout.
//!
//! Whatever may be refused, and whatever would make pods anew, is looked for before the old Deployment goes. Every part may be
//! done again.

use std::time::Duration;

use app::{i18n::Text, text};
use serde_json::{Value, json};

use super::{
    release::Target,
    work::{StepError, Work, label},
};
use crate::{
    database::takes::Takes,
    kubernetes::{client::Identity, fault::ClusterError, fleet::Cluster, kinds::ObjectRef, objects::selector_of},
    render::{self, APP_LABEL, TENANT_LABEL, own_labels},
};

const DEPLOYMENT: (&str, &str) = ("apps/v1", "Deployment");
const REPLICA_SET: (&str, &str) = ("apps/v1", "ReplicaSet");
const POD: (&str, &str) = ("v1", "Pod");
/// The label by which a Deployment tells its ReplicaSets apart.
const HASH_LABEL: &str = "pod-template-hash";
/// How often it is looked whether the old Deployment is gone, before the step is put down for a while.
const LOOKS: u32 = 40;
const BETWEEN_LOOKS: Duration = Duration::from_millis(250);

/// What is taken over, and for whom.
struct Taking<'a> {
    work: &'a Work<'a>,
    cluster: &'a Cluster,
    takes: &'a Takes,
    namespace: &'a str,
    app: String,
    /// The release's objects.
    manifests: &'a [Value],
    /// The application's Deployment among them, as it will be.
    workload: &'a Value,
    /// The labels that its pods have to have.
    labels: Value,
}

/// Takes the operation's Deployment over.
pub(super) async fn take_over(work: &Work<'_>, target: &Target) -> Result<(), StepError> {
    let nothing = || StepError::Failed(text!("There is nothing to be taken over.", "没有可导入的内容。"));
    let takes = work.operation().input.takes.as_ref().ok_or_else(nothing)?;
    let manifests = &target.release.manifests;
    let workload = manifests.iter().find(|object| render::is_workload(object)).ok_or_else(nothing)?;
    let cluster = work.cluster()?;
    let taking = Taking {
        work,
        cluster: &cluster,
        takes,
        namespace: &target.namespace.name,
        app: target.app.id.to_string(),
        manifests,
        workload,
        labels: own_labels(workload),
    };
    let old = ObjectRef::namespaced(DEPLOYMENT.0, DEPLOYMENT.1, taking.namespace, &target.app.name);
    match cluster.get(&work.tenant(), &old).await? {
        // The application's own: this was done before.
        Some(there) if label(&there, APP_LABEL) == taking.app => return Ok(()),
        Some(there) if is_going(&there) && uid(&there) == takes.uid => taking.wait_until_gone(&old).await?,
        Some(there) => {
            taking.is_as_read(&there)?;
            taking.names_are_free().await?;
            let template = taking.rehearse().await?;
            taking.mark_sets(&there, &template).await?;
            // As it is now: its status may have been written since, and nothing else.
            let Some(there) = cluster.get(&work.tenant(), &old).await? else { return Err(changed()) };
            taking.is_as_read(&there)?;
            work.still_mine().await?;
            match cluster.delete_alone(&work.tenant(), &old, &there).await {
                Err(ClusterError::Conflict(_)) => {
                    return Err(StepError::Later(text!(
                        "The Deployment changes at the moment; it is tried again.",
                        "Deployment 正在变化，将重试。"
                    )));
                }
                other => other?,
            }
            taking.wait_until_gone(&old).await?;
        }
        None => {}
    }
    taking.mark_around().await?;
    taking.settle_sets().await
}

/// How many pods the ReplicaSets are to keep that were taken over, which an autoscaler may have changed since.
pub(super) async fn kept_pods(work: &Work<'_>, cluster: &Cluster, target: &Target) -> Result<u64, StepError> {
    let selector = format!("{APP_LABEL}={}", target.app.id);
    let sets = cluster.list_whole(&work.tenant(), &target.namespace.name, REPLICA_SET, &selector).await?;
    Ok(sets.iter().filter_map(|set| set["spec"]["replicas"].as_u64()).fold(0, u64::saturating_add))
}

/// Of an application that goes: what a taking over that did not come to its end has left among `objects`, its labels on what is
/// still another Deployment's, and ReplicaSets that are nobody's.
pub(super) async fn let_go(work: &Work<'_>, cluster: &Cluster, objects: &[Value]) -> Result<(), StepError> {
    for set in objects.iter().filter(|object| object["kind"] == REPLICA_SET.1 && !is_going(object)) {
        let Some(owner) = controller(set) else {
            work.delete(cluster, &Identity::Platform, set).await?;
            continue;
        };
        let namespace = set["metadata"]["namespace"].as_str().unwrap_or_default();
        let name = owner["name"].as_str().unwrap_or_default();
        let reference = ObjectRef::namespaced(DEPLOYMENT.0, DEPLOYMENT.1, namespace, name);
        match cluster.get(&Identity::Platform, &reference).await? {
            Some(owner) if label(&owner, APP_LABEL) != label(set, APP_LABEL) => {}
            _ => continue,
        }
        let none = json!({ APP_LABEL: null, TENANT_LABEL: null, render::RELEASE_LABEL: null });
        let pods = objects.iter().filter(|object| object["kind"] == POD.1);
        let own = pods.filter(|pod| controller(pod).is_some_and(|owner| owner["uid"] == set["metadata"]["uid"]));
        for object in own.chain([set]) {
            work.still_mine().await?;
            let reference = ObjectRef::of(object)?;
            cluster.set_labels(&Identity::Platform, &reference, uid(object), &none, false).await?;
        }
    }
    Ok(())
}

fn uid(object: &Value) -> &str {
    object["metadata"]["uid"].as_str().unwrap_or_default()
}

fn is_going(object: &Value) -> bool {
    object["metadata"]["deletionTimestamp"].is_string()
}

/// Who looks after an object.
fn controller(object: &Value) -> Option<&Value> {
    object["metadata"]["ownerReferences"].as_array()?.iter().find(|owner| owner["controller"] == true)
}

fn changed() -> StepError {
    StepError::Failed(text!(
        "The Deployment was changed after it was looked at. Nothing was taken over: delete this app and import it anew.",
        "Deployment 在查看之后被修改，未导入任何内容。请删除此应用后重新导入。"
    ))
}

fn cannot(why: Text) -> StepError {
    let (en, zh) = (why.en, why.zh);
    StepError::Failed(text!("{en} Nothing was taken over: delete this app.", "{zh}未导入任何内容：请删除此应用。"))
}

/// A template of pods as ReplicaSets and Deployments compare it.
fn comparable(template: &Value) -> Value {
    let mut template = template.clone();
    if let Some(Value::Object(metadata)) = template.pointer_mut("/metadata") {
        metadata.remove("creationTimestamp");
        if let Some(Value::Object(labels)) = metadata.get_mut("labels") {
            labels.remove(HASH_LABEL);
        }
    }
    template
}

impl Taking<'_> {
    /// That nobody has changed the Deployment since it was read.
    fn is_as_read(&self, there: &Value) -> Result<(), StepError> {
        let mut wanted = [self.workload.clone()];
        render::keep_pods(&mut wanted, comparable(&there["spec"]["template"]));
        let [wanted] = wanted;
        let replicas = &self.workload["spec"]["replicas"];
        let same = wanted["spec"]["template"] == self.workload["spec"]["template"]
            && (replicas.is_null() || *replicas == there["spec"]["replicas"])
            && uid(there) == self.takes.uid
            && !is_going(there);
        if same { Ok(()) } else { Err(changed()) }
    }

    /// That what bears the application's name is not there, or goes over with the Deployment.
    async fn names_are_free(&self) -> Result<(), StepError> {
        for object in self.manifests.iter().filter(|object| !render::is_workload(object)) {
            let of = ObjectRef::of(object)?;
            let taken = self.takes.objects.iter().any(|taken| taken.kind == of.kind && taken.name == of.name);
            if taken {
                continue;
            }
            let there = self.cluster.get(&self.work.tenant(), &of).await?;
            if there.is_some_and(|there| label(&there, APP_LABEL) != self.app) {
                return Err(cannot(text!(
                    "{of} is in the cluster already and is not the Deployment's.",
                    "集群中已有 {of}，且不属于该 Deployment。"
                )));
            }
        }
        Ok(())
    }

    /// Asks the cluster what it would make of the application's Deployment, under another name; gives back the template of its
    /// pods.
    async fn rehearse(&self) -> Result<Value, StepError> {
        let mut other = self.workload.clone();
        let name = other["metadata"]["name"].as_str().unwrap_or_default();
        other["metadata"]["name"] = json!(format!("{name}-import-check"));
        if other["spec"]["replicas"].is_null() {
            other["spec"]["replicas"] = json!(1);
        }
        match self.cluster.dry_run(&self.work.tenant(), &other).await {
            // Who cannot say beforehand cannot be asked.
            Err(error) if error.cannot_rehearse() => Ok(comparable(&self.workload["spec"]["template"])),
            Err(
                error @ (ClusterError::Invalid { .. } | ClusterError::Forbidden { .. } | ClusterError::Quota { .. }),
            ) => Err(cannot(error.to_text())),
            other => Ok(comparable(&other?.object["spec"]["template"])),
        }
    }

    /// Lets the old Deployment's ReplicaSets be found when it is gone, and its pods be the application's. It looks for neither
    /// by these labels. Fails when the cluster would not find the one with the pods to be what it would make.
    async fn mark_sets(&self, old: &Value, template: &Value) -> Result<(), StepError> {
        let selector = selector_of(&old["spec"]["selector"]["matchLabels"]);
        let found = self.cluster.list_whole(&Identity::Platform, self.namespace, REPLICA_SET, &selector).await?;
        let is_own = |set: &&Value| controller(set).is_some_and(|owner| owner["uid"] == self.takes.uid.as_str());
        let own: Vec<&Value> = found.iter().filter(is_own).collect();
        let with_pods: Vec<&&Value> = own.iter().filter(|set| set["spec"]["replicas"].as_u64() > Some(0)).collect();
        let wanted = usize::from(old["spec"]["replicas"].as_u64() > Some(0));
        let mut will_be = with_pods.first().map(|set| comparable(&set["spec"]["template"]));
        if let Some(Value::Object(labels)) =
            will_be.as_mut().and_then(|template| template.pointer_mut("/metadata/labels"))
        {
            labels.extend(self.labels.as_object().cloned().unwrap_or_default());
        }
        if with_pods.len() != wanted || will_be.is_some_and(|will_be| will_be != *template) {
            return Err(cannot(text!(
                "The cluster would make its pods anew: what it has of them is not what it would make of the same Deployment today.",
                "集群会重建其 Pod：现有 Pod 的模板与集群现在对同一 Deployment 生成的模板不同。"
            )));
        }
        for set in own {
            self.mark(REPLICA_SET, set, &self.of_app(), false).await?;
            self.mark_pods(set).await?;
        }
        Ok(())
    }

    async fn wait_until_gone(&self, old: &ObjectRef) -> Result<(), StepError> {
        for _ in 0..LOOKS {
            match self.cluster.get(&self.work.tenant(), old).await? {
                None => return Ok(()),
                Some(there) if uid(&there) != self.takes.uid => {
                    return Err(StepError::Failed(text!(
                        "Somebody made the Deployment anew while it was taken over. Find out who does, delete that one, and publish the app's next release: its pods run on.",
                        "导入期间有人重新创建了该 Deployment。请找出创建者并删除它，然后发布应用的下一版本；其 Pod 仍在运行。"
                    )));
                }
                Some(_) => tokio::time::sleep(BETWEEN_LOOKS).await,
            }
        }
        Err(StepError::Later(text!(
            "The old Deployment is still being deleted; its pods serve on.",
            "旧的 Deployment 仍在删除中，其 Pod 继续提供服务。"
        )))
    }

    /// What stands around it becomes the application's.
    async fn mark_around(&self) -> Result<(), StepError> {
        for taken in &self.takes.objects {
            let reference = ObjectRef::namespaced(&taken.api_version, &taken.kind, self.namespace, &taken.name);
            let Some(there) = self.cluster.get(&self.work.tenant(), &reference).await? else { continue };
            self.work.still_mine().await?;
            self.cluster.set_labels(&self.work.tenant(), &reference, uid(&there), &self.of_app(), false).await?;
        }
        Ok(())
    }

    /// The ReplicaSet with the pods gets the template of the application's Deployment; old ones without pods, which nobody
    /// owns any more, go.
    async fn settle_sets(&self) -> Result<(), StepError> {
        let selector = format!("{APP_LABEL}={}", self.app);
        for mut set in self.cluster.list_whole(&Identity::Platform, self.namespace, REPLICA_SET, &selector).await? {
            if set["spec"]["replicas"].as_u64().unwrap_or_default() == 0 {
                (set["apiVersion"], set["kind"]) = (json!(REPLICA_SET.0), json!(REPLICA_SET.1));
                self.work.delete(self.cluster, &Identity::Platform, &set).await?;
                continue;
            }
            self.mark(REPLICA_SET, &set, &self.labels, true).await?;
            // Those that came since.
            self.mark_pods(&set).await?;
        }
        Ok(())
    }

    /// The pods of a ReplicaSet become the application's.
    async fn mark_pods(&self, set: &Value) -> Result<(), StepError> {
        let selector = selector_of(&set["spec"]["selector"]["matchLabels"]);
        let pods = self.cluster.list_labelled(&Identity::Platform, self.namespace, &[POD], &selector).await?;
        let own = |pod: &&Value| controller(pod).is_some_and(|owner| owner["uid"] == set["metadata"]["uid"]);
        for pod in pods.iter().filter(own).filter(|pod| label(pod, APP_LABEL) != self.app) {
            self.mark(POD, pod, &self.labels, false).await?;
        }
        Ok(())
    }

    /// Adds labels to what a list gave, as the platform: a tenant may not change pods.
    async fn mark(
        &self,
        (api_version, kind): (&str, &str),
        object: &Value,
        labels: &Value,
        of_pods: bool,
    ) -> Result<(), StepError> {
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        let reference = ObjectRef::namespaced(api_version, kind, self.namespace, name);
        self.work.still_mine().await?;
        self.cluster.set_labels(&Identity::Platform, &reference, uid(object), labels, of_pods).await?;
        Ok(())
    }

    /// The labels of what belongs to the application.
    fn of_app(&self) -> Value {
        json!({ TENANT_LABEL: self.work.operation().tenant.to_string(), APP_LABEL: self.app })
    }
}
