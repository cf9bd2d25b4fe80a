//! A namespace in its cluster: made anew, or one that the cluster has already and in which what runs goes on running.

use app::{
    ErrorKind, FieldError, UiError,
    model::{Bytes, CpuMillis, Quota},
    service::Answer,
    text,
};
use serde_json::{Value, json};

use super::namespaces::upstream;
use crate::{
    database::namespaces::Namespace,
    kubernetes::{client::Identity, fault::ClusterError, fleet::Cluster, kinds::ObjectRef},
    render::{
        NAMESPACE_LABEL, TENANT_LABEL,
        namespace::{DEFAULT_CPU, DEFAULT_MEMORY, Share, keepers, namespace},
    },
};

/// The most things that are named in a refusal.
const MOST_NAMED: usize = 3;

/// Makes the namespace in the cluster with everything around it. A namespace of that name that Longshore made for
/// the same tenant, before it could keep it, is taken over, and so is an `existing` one in which what runs could go on running;
/// any other is left alone.
pub(super) async fn make(cluster: &Cluster, new: &Namespace, existing: bool) -> Answer<()> {
    let share = Share { id: new.id, tenant: new.tenant, name: &new.name, quota: new.quota };
    let object = namespace(&share);
    let made_before = |there: Option<Value>| {
        let label =
            |name: &str| there.as_ref().and_then(|o| o["metadata"]["labels"][name].as_str()).unwrap_or_default();
        label(TENANT_LABEL) == new.tenant.to_string() && !label(NAMESPACE_LABEL).is_empty()
    };
    let reference = ObjectRef::cluster("v1", "Namespace", &new.name);
    let find = || async { cluster.get(&Identity::Platform, &reference).await.map_err(|e| upstream(&e)) };
    if existing {
        if !made_before(find().await?) {
            may_be_taken_over(cluster, &share).await?;
        }
        cluster.apply(&Identity::Platform, &object).await.map_err(|e| upstream(&e))?;
        keep_open(cluster, &share).await?;
    } else {
        match cluster.create(&Identity::Platform, &object).await {
            Ok(_) => {}
            Err(ClusterError::AlreadyExists) => {
                if !made_before(find().await?) {
                    return Err(foreign(&new.name));
                }
                cluster.apply(&Identity::Platform, &object).await.map_err(|e| upstream(&e))?;
            }
            Err(e) => return Err(upstream(&e)),
        }
    }
    for keeper in keepers(&share) {
        cluster.apply(&Identity::Platform, &keeper).await.map_err(|e| upstream(&e))?;
    }
    Ok(())
}

/// Why a namespace of that name is not made.
fn foreign(name: &str) -> UiError {
    UiError {
        kind: ErrorKind::Conflict,
        ..UiError::invalid_field(
            "name",
            text!(
                "The cluster has a namespace {name} already that Longshore did not make. Choose another name, or take it over, which the platform's administrators do.",
                "集群中已有不是由 Longshore 创建的命名空间 {name}。请更换名称，或由平台管理员接管它。"
            ),
        )
    }
}

/// Refuses a namespace that is not there, that is Longshore's already, or whose pods the walls and the quota of a tenant would
/// not let in again, naming the field and the way out. Changes nothing.
async fn may_be_taken_over(cluster: &Cluster, share: &Share<'_>) -> Answer<()> {
    let name = share.name;
    let reference = ObjectRef::cluster("v1", "Namespace", name);
    let there = cluster.get(&Identity::Platform, &reference).await.map_err(|e| upstream(&e))?;
    let Some(there) = there else {
        return Err(UiError::invalid_field(
            "name",
            text!(
                "The cluster has no namespace {name}. Write the name of one that it has, or make a new one.",
                "集群中没有命名空间 {name}。请填写已有的名称，或新建命名空间。"
            ),
        ));
    };
    let labels = &there["metadata"]["labels"];
    if there["metadata"]["deletionTimestamp"].is_string() {
        return Err(conflict(text!(
            "The namespace {name} is being deleted. Wait until it has gone, then make a new one.",
            "命名空间 {name} 正在被删除。请等待删除完成后新建。"
        )));
    }
    if labels[NAMESPACE_LABEL].is_string() {
        return Err(conflict(text!(
            "The namespace {name} is a tenant's already, here or in another Longshore. If nobody has it any more, take away its label {NAMESPACE_LABEL}.",
            "命名空间 {name} 已属于某个租户（本 Longshore 或其他 Longshore）。若已无人使用，请移除其标签 {NAMESPACE_LABEL}。"
        )));
    }
    let mut needs = Needs::default();
    let read = cluster.each_page(&Identity::Platform, name, ("v1", "Pod"), |pods| needs.add(&pods)).await;
    read.map_err(|e| upstream(&e))?;
    needs.fit_into(share.quota)?;
    if !needs.without_limit.is_empty() {
        let (n, some) = (needs.without_limit.len(), some(&needs.without_limit));
        return Err(conflict(text!(
            "{n} containers there do not say how much memory they may use (resources.limits.memory), and would get {DEFAULT_MEMORY} when their pods are made anew: {some}. Set it first.",
            "其中 {n} 个容器未设置内存上限（resources.limits.memory），其 Pod 重建时将只有 {DEFAULT_MEMORY}：{some}。请先设置。"
        )));
    }
    let warnings = cluster.warnings(&Identity::Platform, &namespace(share)).await.map_err(|e| upstream(&e))?;
    // The first says that there are some.
    let refused: Vec<String> =
        warnings.into_iter().filter(|warning| !warning.starts_with("existing pods in")).collect();
    if refused.is_empty() {
        return Ok(());
    }
    let (n, some) = (refused.len(), some(&refused));
    Err(conflict(text!(
        "Pod Security “restricted” holds in a tenant's namespaces. Pods there would not be let in again for {n} reasons: {some}. Mend them first.",
        "租户命名空间执行 Pod 安全标准“restricted”。其中的 Pod 因 {n} 项原因将无法重新创建：{some}。请先修复。"
    )))
}

/// The gaps in the walls by which Services that are reached from outside the cluster go on being reached: each is called as its
/// Service, so that it becomes an app's when the Service does.
fn openings(share: &Share<'_>, services: &[Value]) -> Vec<Value> {
    let outside = |service: &&Value| {
        let said = &service["spec"];
        let open = matches!(said["type"].as_str(), Some("NodePort" | "LoadBalancer"))
            || said["externalIPs"].as_array().is_some_and(|all| !all.is_empty());
        open && said["selector"].as_object().is_some_and(|selector| !selector.is_empty())
    };
    let opening = |service: &Value| {
        let ports = service["spec"]["ports"].as_array().into_iter().flatten();
        let ports = ports.map(|port| {
            let target = if port["targetPort"].is_null() { &port["port"] } else { &port["targetPort"] };
            json!({ "port": target, "protocol": port["protocol"].as_str().unwrap_or("TCP") })
        });
        json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": { "name": service["metadata"]["name"], "namespace": share.name,
                "labels": namespace(share)["metadata"]["labels"] },
            "spec": {
                "podSelector": { "matchLabels": service["spec"]["selector"] }, "policyTypes": ["Ingress"],
                "ingress": [{
                    "from": [{ "ipBlock": { "cidr": "0.0.0.0/0" } }, { "ipBlock": { "cidr": "::/0" } }],
                    "ports": ports.collect::<Vec<_>>(),
                }],
            },
        })
    };
    services.iter().filter(outside).map(opening).collect()
}

/// Lets in, before the walls stand, what comes from outside to an existing namespace.
async fn keep_open(cluster: &Cluster, share: &Share<'_>) -> Answer<()> {
    let services = cluster.list_whole(&Identity::Platform, share.name, ("v1", "Service"), "").await;
    for opening in openings(share, &services.map_err(|e| upstream(&e))?) {
        match cluster.create(&Identity::Platform, &opening).await {
            // One that the namespace has of that name says what it wants itself.
            Ok(_) | Err(ClusterError::AlreadyExists) => {}
            Err(e) => return Err(upstream(&e)),
        }
    }
    Ok(())
}

fn conflict(message: app::i18n::Text) -> UiError {
    UiError { kind: ErrorKind::Conflict, ..UiError::invalid_field("name", message) }
}

fn some(all: &[String]) -> String {
    let more = if all.len() > MOST_NAMED { " …" } else { "" };
    format!("{}{more}", all.iter().take(MOST_NAMED).cloned().collect::<Vec<_>>().join("; "))
}

/// What pods ask of a quota.
#[derive(Debug, Default, PartialEq, Eq)]
struct Needs {
    cpu: u64,
    memory: u64,
    most_memory: u64,
    pods: u32,
    /// Containers that a limit which nobody has set would keep out.
    without_limit: Vec<String>,
}

impl Needs {
    fn add(&mut self, pods: &[Value]) {
        let ended = |pod: &&Value| !matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
        for pod in pods.iter().filter(ended) {
            self.pods = self.pods.saturating_add(1);
            // Those before the others count where one of them asks for more than the others together.
            let [together, first] = ["containers", "initContainers"].map(|list| {
                let all = pod["spec"][list].as_array().into_iter().flatten();
                all.map(|container| self.of(pod, container)).collect::<Vec<_>>()
            });
            let sum = |of: fn(&[u64; 3]) -> u64| {
                let most = first.iter().map(of).max().unwrap_or_default();
                together.iter().map(of).fold(0, u64::saturating_add).max(most)
            };
            self.cpu = self.cpu.saturating_add(sum(|needs| needs[0]));
            self.memory = self.memory.saturating_add(sum(|needs| needs[1]));
            self.most_memory = self.most_memory.saturating_add(sum(|needs| needs[2]));
        }
    }

    /// CPU, memory and the most memory of a container, with what it gets where it does not say.
    fn of(&mut self, pod: &Value, container: &Value) -> [u64; 3] {
        let resources = &container["resources"];
        let bytes = |of: &str| resources[of]["memory"].as_str().and_then(Bytes::parse);
        let cpu = |of: &str| resources[of]["cpu"].as_str().and_then(CpuMillis::parse);
        let usual = Bytes::parse(DEFAULT_MEMORY).unwrap_or_default();
        let most = bytes("limits");
        if most.is_none() {
            let word = |of: &Value| of.as_str().unwrap_or_default().to_owned();
            self.without_limit.push(format!("{}/{}", word(&pod["metadata"]["name"]), word(&container["name"])));
        }
        let cpu = cpu("requests").or(cpu("limits")).or(CpuMillis::parse(DEFAULT_CPU)).unwrap_or_default();
        [cpu.0, bytes("requests").or(most).unwrap_or(usual).0, most.unwrap_or(usual).0]
    }

    /// Refuses a quota that is smaller, field by field.
    fn fit_into(&self, quota: Quota) -> Answer<()> {
        let mut errors = Vec::new();
        let mut short = |field: &str, is_short: bool, there: String| {
            if is_short {
                let message = text!(
                    "Pods that are there have {there} already; write at least that.",
                    "其中的 Pod 已占用 {there}，配额不能小于该值。"
                );
                errors.push(FieldError { field: field.to_owned(), message });
            }
        };
        short("cpu", self.cpu > quota.cpu.0, CpuMillis(self.cpu).quantity());
        let memory = self.memory.max(self.most_memory);
        short("memory", memory > quota.memory.0, Bytes(memory).quantity());
        short("pods", self.pods > quota.pods, self.pods.to_string());
        if errors.is_empty() { Ok(()) } else { Err(UiError::invalid(errors)) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn needs(pods: &[Value]) -> Needs {
        let mut needs = Needs::default();
        needs.add(pods);
        needs
    }

    fn pod(name: &str, phase: &str, resources: Value) -> Value {
        json!({
            "metadata": { "name": name }, "status": { "phase": phase },
            "spec": { "containers": [{ "name": "app", "resources": resources }] },
        })
    }

    #[test]
    fn what_runs_there_has_to_fit_into_the_quota() {
        let pods = [
            pod(
                "a",
                "Running",
                json!({ "requests": { "cpu": "1500m", "memory": "1Gi" }, "limits": { "memory": "2Gi" } }),
            ),
            pod("b", "Pending", json!({ "limits": { "cpu": "500m", "memory": "64Mi" } })),
            pod("c", "Succeeded", json!({ "requests": { "cpu": "100", "memory": "100Gi" } })),
        ];
        let needs = needs(&pods);
        assert_eq!((needs.cpu, needs.pods, needs.most_memory), (2000, 2, (2 << 30) + (64 << 20)));
        assert_eq!(needs.without_limit, Vec::<String>::new());
        let quota = |cpu, memory, pods| Quota { cpu: CpuMillis(cpu), memory: Bytes(memory), pods };
        assert!(needs.fit_into(quota(2000, 3 << 30, 2)).is_ok());
        let short = needs.fit_into(quota(1999, 2 << 29, 1)).expect_err("all of it is short");
        let told: Vec<_> = short.fields.iter().map(|f| (f.field.as_str(), f.message.en.as_str())).collect();
        assert_eq!(
            told,
            [
                ("cpu", "Pods that are there have 2 already; write at least that."),
                ("memory", "Pods that are there have 2112Mi already; write at least that."),
                ("pods", "Pods that are there have 2 already; write at least that."),
            ]
        );
    }

    #[test]
    fn what_says_no_limit_is_named_and_counts_as_what_it_would_get() {
        let needs = needs(&[pod("big", "Running", json!({ "requests": { "memory": "256Mi" } }))]);
        assert_eq!(needs.without_limit, ["big/app"]);
        assert_eq!((needs.cpu, needs.memory, needs.most_memory), (50, 256 << 20, 128 << 20));
    }

    #[test]
    fn what_runs_before_the_others_counts_where_it_asks_for_more() {
        let mut one = pod("a", "Running", json!({ "requests": { "cpu": "100m" }, "limits": { "memory": "64Mi" } }));
        let first = json!({ "requests": { "cpu": "1" }, "limits": { "memory": "32Mi" } });
        one["spec"]["initContainers"] = json!([{ "name": "first", "resources": first }]);
        let needs = needs(&[one]);
        assert_eq!((needs.cpu, needs.memory), (1000, 64 << 20));
    }

    #[test]
    fn what_is_reached_from_outside_goes_on_being_reached() {
        let service = |name: &str, spec: Value| json!({ "metadata": { "name": name }, "spec": spec });
        let share = Share {
            id: app::model::NamespaceId(uuid::Uuid::nil()),
            tenant: app::model::TenantId(uuid::Uuid::nil()),
            name: "shop",
            quota: Quota { cpu: CpuMillis(1), memory: Bytes(1), pods: 1 },
        };
        let ports = json!([{ "port": 80, "targetPort": 8080 }, { "port": 53, "protocol": "UDP", "targetPort": "dns" }]);
        let services = [
            service("inside", json!({ "type": "ClusterIP", "selector": { "app": "a" }, "ports": ports })),
            service("outside", json!({ "type": "NodePort", "selector": { "app": "b" }, "ports": ports })),
            service("by-hand", json!({ "type": "NodePort", "ports": ports })),
        ];
        let openings = openings(&share, &services);
        assert_eq!(openings.len(), 1, "{openings:?}");
        assert_eq!(openings[0]["metadata"]["name"], "outside");
        assert_eq!(openings[0]["spec"]["podSelector"]["matchLabels"], json!({ "app": "b" }));
        let told = &openings[0]["spec"]["ingress"][0]["ports"];
        assert_eq!(*told, json!([{ "port": 8080, "protocol": "TCP" }, { "port": "dns", "protocol": "UDP" }]));
    }
}
