//! What a cluster would say to a release's objects, asked without changing anything.

use app::{i18n::Text, text};
use serde_json::Value;

use super::work::label;
use crate::{
    kubernetes::{client::Identity, fault::ClusterError, fleet::Cluster, kinds::ObjectRef},
    render::{APP_LABEL, ownership, routing::HTTP_ROUTE},
};

/// What a cluster says beforehand.
#[derive(Debug)]
pub enum Rehearsed {
    /// It would take the object.
    Accepted,
    /// It would take the object and none of its pods: what they ask for Pod Security does not let in, in its words.
    Insecure(String),
    /// It does not know what the object is: it has no Gateway API.
    NoGatewayApi,
    /// It refuses the object.
    Refused(ClusterError),
    /// It did not say, or what it said need not hold when it is done: an admission webhook may not be able to say so
    /// beforehand, and what others wrote into the object goes first, which may be what it does not go together with.
    Unsaid(ClusterError),
}

/// Asks about each object that bears the application's name, all at once. Fails when it cannot be found out whose an object
/// is that the cluster refuses.
pub async fn rehearse<'a>(
    cluster: &Cluster,
    who: &Identity,
    objects: &'a [Value],
) -> Result<Vec<(&'a Value, Rehearsed)>, ClusterError> {
    let mut asked = Vec::new();
    for object in objects {
        // What is named by its content is put in place before anything that uses it.
        if !matches!(kind(object), "ConfigMap" | "Secret") {
            asked.push(ask(cluster, who, object));
        }
    }
    futures::future::try_join_all(asked).await
}

async fn ask<'a>(cluster: &Cluster, who: &Identity, object: &'a Value) -> Result<(&'a Value, Rehearsed), ClusterError> {
    let said = match cluster.warnings(who, object).await {
        Ok(warnings) => warnings.iter().find_map(|w| insecure(w)).map_or(Rehearsed::Accepted, Rehearsed::Insecure),
        Err(error) if error.cannot_rehearse() => Rehearsed::Unsaid(error),
        Err(ClusterError::NotFound) if kind(object) == HTTP_ROUTE.1 => Rehearsed::NoGatewayApi,
        Err(error @ (ClusterError::Invalid { .. } | ClusterError::Quota { .. } | ClusterError::Forbidden { .. })) => {
            let there = cluster.get(who, &ObjectRef::of(object)?).await?;
            weighed(error, object, there.as_ref())
        }
        Err(error) => Rehearsed::Unsaid(error),
    };
    Ok((object, said))
}

/// What of a pod template Pod Security will not let in. It holds for pods; of what makes them it only warns, for the namespace
/// says `warn` (<https://kubernetes.io/docs/concepts/security/pod-security-admission/>).
fn insecure(warning: &str) -> Option<String> {
    let (_, said) = warning.split_once("would violate PodSecurity ")?;
    Some(said.split_once("\": ").map_or(said, |(_, fields)| fields).to_owned())
}

/// What is said of pods that would not be let in.
pub fn not_let_in(fields: &str) -> Text {
    text!(
        "No pod of it would be let in: Pod Security “restricted” holds in the namespace, and this goes against it: {fields}. Change the patch that asks for it.",
        "其 Pod 均无法创建：命名空间执行 Pod 安全标准“restricted”，以下内容与之冲突：{fields}。请修改相应补丁。"
    )
}

/// What a refusal is worth, given what is there. Somebody else's object of that name is another matter, which is told when it
/// is met.
fn weighed(error: ClusterError, object: &Value, there: Option<&Value>) -> Rehearsed {
    let own = there.is_none_or(|there| label(there, APP_LABEL) == label(object, APP_LABEL));
    if own && there.and_then(ownership::taken_over).is_none() {
        Rehearsed::Refused(error)
    } else {
        Rehearsed::Unsaid(error)
    }
}

/// What is said of a cluster that does not know routes of the Gateway API.
pub fn no_gateway_api() -> Text {
    text!(
        "The cluster has no Gateway API (gateway.networking.k8s.io/v1). Use an Ingress, or ask its platform team.",
        "集群没有 Gateway API（gateway.networking.k8s.io/v1）。请改用 Ingress，或联系平台团队。"
    )
}

fn kind(object: &Value) -> &str {
    object["kind"].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_pod_security_does_not_let_in_is_named_by_its_fields() {
        let said = "would violate PodSecurity \"restricted:latest\": host namespaces (hostNetwork=true), hostPort (container \"app\")";
        let fields = insecure(said).expect("it is not let in");
        assert_eq!(fields, "host namespaces (hostNetwork=true), hostPort (container \"app\")");
        assert!(not_let_in(&fields).en.contains("hostNetwork=true"));
        assert_eq!(insecure("unknown field \"spec.x\""), None);
    }

    fn of(app: &str) -> Value {
        json!({ "kind": "Deployment", "metadata": { "name": "web", "labels": { APP_LABEL: app } } })
    }

    #[test]
    fn a_refusal_counts_unless_the_object_is_somebody_elses_or_others_wrote_into_it() {
        let refusal = || ClusterError::Invalid { message: "no".to_owned(), field: None };
        let own = of("one");
        assert!(matches!(weighed(refusal(), &own, None), Rehearsed::Refused(_)));
        assert!(matches!(weighed(refusal(), &own, Some(&own)), Rehearsed::Refused(_)));
        assert!(matches!(weighed(refusal(), &own, Some(&of("two"))), Rehearsed::Unsaid(_)));
        let mut written = own.clone();
        written["metadata"]["managedFields"] = json!([
            { "manager": "kubectl-edit", "operation": "Update", "fieldsV1": { "f:spec": { "f:paused": {} } } },
        ]);
        assert!(matches!(weighed(refusal(), &own, Some(&written)), Rehearsed::Unsaid(_)));
    }
}
