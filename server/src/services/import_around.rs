//! What stands around a Deployment: the Service that leads to its pods, what scales it, and what else speaks of them. Pure.

use app::{
    i18n::Text,
    model::{AppSpec, Autoscaling, Disruption, Exposure, Port, Protocol, WorkloadKind},
    text,
};
use serde_json::{Value, json};

use super::{
    import_part::Part,
    import_pods::{Pods, usual_name},
    import_selectors::{picks, selects},
};
use crate::{
    render::{APP_LABEL, NAMESPACE_LABEL, namespace::KEEPER},
    services::adoption::{amount, number, read_autoscaler},
};

/// The objects of a namespace that may have to do with a Deployment.
#[derive(Default)]
pub(super) struct Around {
    pub(super) services: Vec<Value>,
    pub(super) autoscalers: Vec<Value>,
    pub(super) budgets: Vec<Value>,
    pub(super) policies: Vec<Value>,
    pub(super) ingresses: Vec<Value>,
    /// Deployments and StatefulSets, itself among them.
    pub(super) workloads: Vec<Value>,
    /// All pods, of each its metadata alone.
    pub(super) pods: Vec<Value>,
}

/// What a reading of them found.
pub(super) struct Found<'a> {
    /// Those that go over to the application.
    pub(super) takes: Vec<&'a Value>,
    /// What stays, and why.
    pub(super) stays: Vec<Text>,
}

/// A Deployment whose surroundings are read: its name, the labels of its pods, and those by which it finds them.
#[derive(Clone, Copy)]
pub(super) struct Of<'a> {
    pub(super) name: &'a str,
    pub(super) labels: &'a Value,
    pub(super) selector: &'a Value,
}

/// Reads what stands around a Deployment into its specification.
pub(super) fn read_around<'a>(
    spec: &mut AppSpec,
    of: Of<'_>,
    around: &'a Around,
    pods: &Pods,
    obstacles: &mut Vec<Text>,
) -> Found<'a> {
    let mut found = Found { takes: Vec::new(), stays: Vec::new() };
    let name = of.name;
    let has_service = read_services(spec, of, around, &mut found, obstacles);
    if has_service && spec.exposure != Exposure::Cluster {
        keep_private(spec, obstacles);
    }
    let serves = spec.containers.iter().any(|container| !container.ports.is_empty());
    spec.kind = if serves { WorkloadKind::Service } else { WorkloadKind::Worker };
    name_ports(spec, pods);
    let targets = |scaler: &&Value| {
        let target = &scaler["spec"]["scaleTargetRef"];
        target["kind"] == "Deployment" && target["name"] == name
    };
    let scalers: Vec<&Value> = around.autoscalers.iter().filter(targets).collect();
    if let [scaler] = scalers.as_slice() {
        spec.autoscaling = Some(Autoscaling::default());
        read_autoscaler(spec, scaler);
    } else if scalers.len() > 1 {
        obstacles.push(text!(
            "{name} has several HorizontalPodAutoscalers. Leave one of them.",
            "{name} 有多个 HorizontalPodAutoscaler，请只保留一个。"
        ));
    }
    let budgets: Vec<&Value> =
        around.budgets.iter().filter(|budget| picks(&budget["spec"]["selector"], of.labels)).collect();
    if budgets.len() > 1 {
        obstacles.push(text!(
            "{name} has several PodDisruptionBudgets. Leave one of them.",
            "{name} 有多个 PodDisruptionBudget，请只保留一个。"
        ));
    }
    for budget in &budgets {
        only_its_own(budget, &budget["spec"]["selector"], of, around, obstacles);
        read_budget(spec, budget, obstacles);
    }
    for object in scalers.iter().chain(&budgets).chain(&found.takes) {
        obstacles.extend(looked_after(object));
    }
    found.takes.extend(scalers);
    found.takes.extend(budgets);
    read_policies(of, around, &mut found, obstacles);
    read_workloads(of, around, obstacles);
    for ingress in around.ingresses.iter().filter(|ingress| leads_to(&ingress["spec"], name)) {
        let other = called(ingress);
        found.stays.push(text!(
            "The Ingress {other} goes on leading to the Service {name}. It stays yours: to have its addresses in the app, add them to a release and delete it then.",
            "Ingress {other} 继续指向 Service {name}，仍由您管理。若要由应用管理其地址，请在之后的发布中添加地址，然后删除它。"
        ));
    }
    found
}

/// The Services that lead to the pods: that of the Deployment's name goes over. Whether there is one.
fn read_services<'a>(
    spec: &mut AppSpec,
    of: Of<'_>,
    around: &'a Around,
    found: &mut Found<'a>,
    obstacles: &mut Vec<Text>,
) -> bool {
    let name = of.name;
    let leads = |service: &Value| selects(&service["spec"]["selector"], of.labels);
    for service in around.services.iter().filter(|service| leads(service) || called(service) == name) {
        let other = called(service);
        if other != name {
            obstacles.push(text!(
                "The Service {other} finds these pods, too, by labels that later releases do not have. Let it lead nowhere, or use the Service {name}.",
                "Service {other} 也通过标签找到这些 Pod，而之后的发布没有这些标签。请移除它，或改用 Service {name}。"
            ));
        } else if !leads(service) {
            obstacles.push(text!(
                "The Service {name} leads to other pods. Give it another name; the app's own is called so.",
                "Service {name} 指向其他 Pod。请更改其名称，应用自己的 Service 将使用此名称。"
            ));
        } else {
            let selector = json!({ "matchLabels": service["spec"]["selector"] });
            only_its_own(service, &selector, of, around, obstacles);
            read_service(spec, service, obstacles);
            found.takes.push(service);
        }
    }
    !found.takes.is_empty()
}

/// That what goes over speaks of no other pods: they would be left without it.
fn only_its_own(object: &Value, selector: &Value, of: Of<'_>, around: &Around, obstacles: &mut Vec<Text>) {
    let others = |pod: &&Value| {
        let labels = &pod["metadata"]["labels"];
        picks(selector, labels) && !selects(of.selector, labels)
    };
    if let Some(pod) = around.pods.iter().find(others) {
        let (kind, name, pod) = (object["kind"].as_str().unwrap_or_default(), called(object), called(pod));
        obstacles.push(text!(
            "The {kind} {name} speaks of other pods as well, such as {pod}. Give those one of their own.",
            "{kind} {name} 还涉及其他 Pod（如 {pod}）。请为它们单独创建一个。"
        ));
    }
}

/// Rules of who may talk to whom that know the pods by labels which later releases do not have.
fn read_policies<'a>(of: Of<'_>, around: &'a Around, found: &mut Found<'a>, obstacles: &mut Vec<Text>) {
    for policy in around.policies.iter().filter(|policy| called(policy) != KEEPER) {
        let other = called(policy);
        // What Longshore let in when it took the namespace over is the app's from now on.
        if policy["metadata"]["labels"][NAMESPACE_LABEL].is_string() {
            if other == of.name {
                found.takes.push(policy);
            }
            continue;
        }
        let said = &policy["spec"];
        let peers = [("ingress", "from"), ("egress", "to")].into_iter().flat_map(|(rules, peers)| {
            let rules = said[rules].as_array().into_iter().flatten();
            rules.flat_map(move |rule| rule[peers].as_array().into_iter().flatten())
        });
        let mut selectors = peers.map(|peer| &peer["podSelector"]).chain([&said["podSelector"]]);
        if selectors.any(|selector| picks(selector, of.labels)) {
            obstacles.push(text!(
                "The NetworkPolicy {other} speaks of these pods by labels that later releases do not have. Let it speak of all pods of the namespace, or delete it.",
                "NetworkPolicy {other} 通过标签选择这些 Pod，而之后的发布没有这些标签。请让它选择命名空间的全部 Pod，或删除它。"
            ));
        }
    }
}

/// Others that would take the pods for theirs as soon as nobody looks after them.
fn read_workloads(of: Of<'_>, around: &Around, obstacles: &mut Vec<Text>) {
    let same = |other: &&Value| called(other) != of.name || other["kind"] != "Deployment";
    for other in around.workloads.iter().filter(same) {
        if picks(&other["spec"]["selector"], of.labels) {
            let (kind, name) = (other["kind"].as_str().unwrap_or_default(), called(other));
            obstacles.push(text!(
                "The {kind} {name} finds these pods, too (spec.selector), and would take them for its own. Give it labels of its own.",
                "{kind} {name} 的 spec.selector 也会选中这些 Pod，并会将其视为己有。请为它使用独立的标签。"
            ));
        }
    }
}

/// Who else looks after an object: it would be made anew, or changed back.
pub(super) fn looked_after(object: &Value) -> Vec<Text> {
    let metadata = &object["metadata"];
    let (kind, name) = (object["kind"].as_str().unwrap_or("Deployment"), called(object));
    let mut why = Vec::new();
    let owners = metadata["ownerReferences"].as_array().into_iter().flatten();
    for owner in owners.filter(|owner| owner["controller"] == true) {
        let owner =
            format!("{} {}", owner["kind"].as_str().unwrap_or_default(), owner["name"].as_str().unwrap_or_default());
        why.push(text!(
            "The {kind} {name} is made by {owner}, which would make it anew. Let that go first.",
            "{kind} {name} 由 {owner} 创建，会被其重新创建。请先移除后者。"
        ));
    }
    let finalizers = metadata["finalizers"].as_array().into_iter().flatten().filter_map(Value::as_str);
    // A load balancer's goes on being its own.
    let finalizers: Vec<&str> =
        finalizers.filter(|name| *name != "service.kubernetes.io/load-balancer-cleanup").collect();
    if !finalizers.is_empty() {
        let finalizers = finalizers.join(", ");
        why.push(text!(
            "The {kind} {name} is held by {finalizers} (metadata.finalizers), so that it could not go. Find out what for.",
            "{kind} {name} 带有 {finalizers}（metadata.finalizers），无法删除。请先查明原因。"
        ));
    }
    why
}

/// Ports that a Service does not lead to are not to be reached from outside only because the app's has all ports.
fn keep_private(spec: &mut AppSpec, obstacles: &mut Vec<Text>) {
    for container in &mut spec.containers {
        let asked: Vec<String> = [&container.readiness, &container.liveness, &container.startup]
            .into_iter()
            .flatten()
            .flat_map(|probe| {
                let http = probe.http.as_ref().map(|http| http.port.clone());
                let tcp = probe.tcp.as_ref().map(|tcp| tcp.port.clone());
                [http, tcp]
            })
            .flatten()
            .map(|port| port.or_else(|| container.ports.first().map(|first| first.name.clone())).unwrap_or_default())
            .collect();
        for port in container.ports.iter().filter(|port| port.service_port.is_none() && asked.contains(&port.name)) {
            let (number, container) = (port.port, &container.name);
            obstacles.push(text!(
                "The port {number} of {container} is asked by a probe and not in the Service; the app's Service has it, and is reached from outside the cluster. Let the probe ask another port, or make the Service a ClusterIP.",
                "容器 {container} 的端口 {number} 用于探针但不在 Service 中；应用的 Service 会包含它，并可从集群外访问。请让探针使用其他端口，或将 Service 改为 ClusterIP。"
            ));
        }
        container.ports.retain(|port| port.service_port.is_some() || asked.contains(&port.name));
    }
}

/// What an object is called.
fn called(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap_or_default()
}

/// Whether an Ingress leads to a Service.
fn leads_to(said: &Value, service: &str) -> bool {
    let is_it = |backend: &Value| backend["service"]["name"] == service;
    let paths = said["rules"].as_array().into_iter().flatten();
    let mut paths = paths.flat_map(|rule| rule["http"]["paths"].as_array().into_iter().flatten());
    is_it(&said["defaultBackend"]) || paths.any(|path| is_it(&path["backend"]))
}

fn read_service(spec: &mut AppSpec, service: &Value, obstacles: &mut Vec<Text>) {
    let name = called(service);
    let mut said = Part::new(&service["spec"], format!("Service {name}: spec"));
    // What the cluster or its surroundings hand out, and stays as it is.
    for field in ["selector", "clusterIPs", "ipFamilies", "loadBalancerIP", "loadBalancerClass", "healthCheckNodePort"]
    {
        said.take(field);
    }
    said.take("allocateLoadBalancerNodePorts");
    if said.word("clusterIP") == Some("None") {
        obstacles.push(text!(
            "The Service {name} has no address of its own (clusterIP: None), and the app's has one. Give it another name, and the app a Service beside it.",
            "Service {name} 没有自己的地址（clusterIP: None），而应用的 Service 有地址。请为它更名，并为应用另建 Service。"
        ));
    }
    match said.word("type") {
        Some("NodePort") => spec.exposure = Exposure::NodePort,
        Some("LoadBalancer") => spec.exposure = Exposure::LoadBalancer,
        Some("ExternalName") => obstacles.push(text!(
            "The Service {name} is a name for something outside the cluster. Give it another name than the Deployment's.",
            "Service {name} 指向集群之外的名称。请使用与 Deployment 不同的名称。"
        )),
        _ => {}
    }
    for mut port in said.list("ports", "port") {
        port.take("nodePort");
        let number = port.number("port").and_then(|n| u16::try_from(n).ok()).unwrap_or_default();
        let protocol = if port.word("protocol") == Some("UDP") { Protocol::Udp } else { Protocol::Tcp };
        let (called, target) = (port.word("name"), port.take("targetPort"));
        let path = port.path().to_owned();
        port.end(obstacles);
        let target_number = match target {
            Value::Null => Some(number),
            other => other.as_u64().and_then(|n| u16::try_from(n).ok()),
        };
        let is_meant = |known: &Port| {
            known.protocol == protocol && (target.as_str() == Some(&known.name) || target_number == Some(known.port))
        };
        let all = || spec.containers.iter().flat_map(|container| &container.ports);
        let free = called.filter(|name| !all().any(|known| known.name == *name && !is_meant(known)));
        let twice = all().filter(|known| is_meant(known)).any(|known| known.service_port.is_some());
        let at = spec.containers.iter().position(|container| container.ports.iter().any(is_meant));
        let free = free.map(str::to_owned);
        match (at, target_number) {
            (Some(_), _) if twice => obstacles.push(text!(
                "{path} leads to a port to which another port of the Service leads already. Leave one of them.",
                "{path} 指向的端口已有另一个 Service 端口指向，请只保留一个。"
            )),
            (Some(at), _) => {
                let container = &mut spec.containers[at];
                if let Some(known) = container.ports.iter_mut().find(|known| is_meant(known)) {
                    known.service_port = Some(number);
                    let before = known.name.clone();
                    if let Some(name) = free {
                        known.name.clone_from(&name);
                        rename(container, &before, &name);
                    }
                }
            }
            // A container need not say which ports it serves.
            (None, Some(target)) if !spec.containers.is_empty() => {
                let main = &mut spec.containers[0];
                let usual = if main.ports.is_empty() { Port::main(target).name } else { usual_name(target, protocol) };
                let name = free.unwrap_or(usual);
                main.ports.push(Port { name, protocol, service_port: Some(number), ..Port::main(target) });
            }
            (None, _) => obstacles.push(text!(
                "{path} leads to the port {target}, which no container has. Name one that a container has, or take it away.",
                "{path} 指向端口 {target}，但没有容器提供该端口。请改为容器已有的端口，或移除它。"
            )),
        }
    }
    said.end(obstacles);
}

/// Lets probes that ask a port by name ask it by its new one.
fn rename(container: &mut app::model::Container, before: &str, name: &str) {
    for probe in [&mut container.readiness, &mut container.liveness, &mut container.startup].into_iter().flatten() {
        let http = probe.http.as_mut().map(|http| &mut http.port);
        let tcp = probe.tcp.as_mut().map(|tcp| &mut tcp.port);
        for port in [http, tcp].into_iter().flatten().filter(|port| port.as_deref() == Some(before)) {
            *port = Some(name.to_owned());
        }
    }
}

/// Ports that the running pods know by another name, or by none, are found by their number.
fn name_ports(spec: &mut AppSpec, pods: &Pods) {
    for port in spec.containers.iter_mut().flat_map(|container| &mut container.ports) {
        let known = pods.port_names.iter().any(|(number, protocol, name)| {
            (*number, *protocol, name.as_str()) == (port.port, port.protocol, port.name.as_str())
        });
        port.by_number = !known;
        port.service_port = port.service_port.filter(|number| *number != port.port);
    }
}

fn read_budget(spec: &mut AppSpec, budget: &Value, obstacles: &mut Vec<Text>) {
    let name = called(budget);
    let mut said = Part::new(&budget["spec"], format!("PodDisruptionBudget {name}: spec"));
    said.take("selector");
    let most = said.take("maxUnavailable");
    let fewest = said.take("minAvailable");
    // Of so many pods, so many less may be missing; of a number that changes, nobody knows.
    let missing = number(fewest).filter(|_| spec.autoscaling.is_none()).and_then(|n| spec.replicas.checked_sub(n));
    match amount(most).or(missing.filter(|n| *n > 0).map(app::model::Amount::Count)) {
        Some(max_unavailable) => spec.disruption = Some(Disruption { max_unavailable }),
        None => obstacles.push(text!(
            "The PodDisruptionBudget {name} does not say how many pods may be missing. Set maxUnavailable in place of minAvailable.",
            "PodDisruptionBudget {name} 没有说明允许缺少多少 Pod。请用 maxUnavailable 代替 minAvailable。"
        )),
    }
    said.end(obstacles);
}

/// Whether an object is an application's.
pub(super) fn is_managed(object: &Value) -> bool {
    object.pointer("/metadata/labels").is_some_and(|labels| labels.get(APP_LABEL).is_some())
}
