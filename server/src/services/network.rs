//! How an application is reached: its ports, and what the cluster's controllers made of its web addresses; and who else has
//! an address that it asks for.

use app::{
    ErrorKind, FieldError, UiError,
    i18n::Text,
    model::{AppId, Network, Permission, PortAddress, Route, RouteAddress, RouteState, SpecForm, Through},
    service::Answer,
    text,
};
use serde_json::{Value, json};

use super::{namespaces::upstream, session::SessionServices};
use crate::{
    database::{
        apps::{self, App},
        audit::Entry,
        releases::Release,
        routes::{self, New, Taken, Wanting},
    },
    kubernetes::{client::Identity, fleet::Cluster, kinds::ObjectRef},
    operations::foreign_hosts,
    render::{
        APP_LABEL,
        routing::{HTTP_ROUTE, INGRESS, route_name},
    },
};

/// The kind by which Ingresses name their controllers.
const CLASS: &str = "IngressClass";

impl SessionServices {
    /// The ways to an application, as the cluster has them now: one question for each object that leads there.
    pub(super) async fn network_of(&self, id: AppId) -> Answer<Network> {
        let (app, _) = self.app_for(id, Permission::AppRead, "app.read").await?;
        let namespace = self.namespace_name(&app).await?;
        let release = self.running_of(&app).await?;
        let leads = |object: &&Value| {
            let kind = object["kind"].as_str().unwrap_or_default();
            kind == "Service" || kind == INGRESS.1 || kind == HTTP_ROUTE.1
        };
        let mut live = Vec::new();
        if release.manifests.iter().any(|object| leads(&object)) {
            let cluster = self.parts.fleet.get(app.cluster).ok_or_else(super::unavailable)?;
            let tenant = Identity::Tenant(app.tenant);
            let asked = release.manifests.iter().filter(leads).map(|recorded| {
                let (cluster, tenant) = (&cluster, &tenant);
                async move { cluster.get(tenant, &ObjectRef::of(recorded)?).await }
            });
            live = futures::future::try_join_all(asked).await.map_err(|e| upstream(&e))?;
            live.push(class_of(&cluster, live.iter().flatten()).await);
        }
        // Somebody else's of the same name leads elsewhere.
        let own = app.id.to_string();
        let is_own = |o: &Value| o["kind"] == CLASS || o["metadata"]["labels"][APP_LABEL] == own.as_str();
        Ok(network(&app.name, &namespace, &release, &live.into_iter().flatten().filter(is_own).collect::<Vec<_>>()))
    }

    /// Refuses addresses that an application has not had yet and is not to have: at which Longshore itself answers, for who had them would be
    /// shown its passwords; that lie below none of the domains that the platform has for them; and of a host at which another
    /// application answers that the actor may not publish, or what is no application's. Written to the audit trail as a refusal
    /// of `action`.
    pub(super) async fn may_route(&self, app: &App, routes: &[Route], action: &'static str) -> Answer<()> {
        let wanting = Wanting { cluster: app.cluster, tenant: app.tenant, app: app.id };
        let new = routes::new(&self.parts.db, wanting, routes).await?;
        let decided = self.may_have(app, routes, new).await;
        if let Err(error) = &decided
            && error.kind == ErrorKind::Conflict
        {
            let entry = Entry::refused(action, format!("app/{}", app.name)).tenant(Some(app.tenant));
            self.parts.db.record(&self.ctx, entry.detail(&error.message.en)).await?;
        }
        decided
    }

    async fn may_have(&self, app: &App, routes: &[Route], new: Vec<New>) -> Answer<()> {
        let hosts: Vec<&str> = new.iter().filter(|new| new.host).map(|new| routes[new.index].host.as_str()).collect();
        let kept = self.kept_by_others(app, &hosts).await?;
        for New { index, neighbours, .. } in new {
            let host = &routes[index].host;
            if self.parts.sites.is_at(host) {
                let own = text!(
                    "Longshore itself answers there; choose another host.",
                    "该主机名由 Longshore 自身使用，请更换。"
                );
                return Err(at_route(index, own));
            }
            if !self.parts.domains.allow(host) {
                let domains = self.parts.domains.names();
                let below = text!(
                    "{host} lies below none of the domains that are for applications: {domains}.",
                    "{host} 不在应用可用的域名之下：{domains}。"
                );
                return Err(at_route(index, below));
            }
            if kept == Some(host.as_str()) {
                return Err(at_route(index, foreign_hosts::why_kept(host)));
            }
            for neighbour in neighbours {
                let found = apps::find(&self.parts.db, &self.ctx, neighbour).await?;
                if found.is_some_and(|found| !self.ctx.may_on(Permission::AppPublish, &found.place())) {
                    let others = text!(
                        "An application that you may not publish answers at this host; choose another, or ask whoever may.",
                        "该主机名上已有您无权发布的应用，请更换主机名或联系有权限的人。"
                    );
                    return Err(at_route(index, others));
                }
            }
        }
        Ok(())
    }

    /// The first of some hosts at which the cluster answers by what is no application's. A cluster that cannot be asked now is
    /// asked by the release's first step.
    async fn kept_by_others<'h>(&self, app: &App, hosts: &[&'h str]) -> Answer<Option<&'h str>> {
        let Some(cluster) = self.parts.fleet.get(app.cluster) else { return Ok(None) };
        match foreign_hosts::leads(&cluster, hosts).await {
            Ok(leads) => Ok(foreign_hosts::kept_from(&self.parts.db, app, hosts, &leads).await?),
            Err(error) => {
                tracing::debug!(%error, "hosts are looked at later");
                Ok(None)
            }
        }
    }

    /// Why addresses were not given: who has them.
    pub(super) async fn address_taken(&self, wanting: Wanting, wanted: &[Route]) -> UiError {
        let found = match routes::taken(&self.parts.db, wanting, wanted).await {
            Ok(found) => found,
            Err(error) => return error.into(),
        };
        let Some(Taken { index, by }) = found else {
            return UiError::new(
                ErrorKind::Conflict,
                text!("An address was another's a moment ago. Try again.", "地址刚被占用，请重试。"),
            );
        };
        let route = &wanted[index];
        let by = match by {
            Some(app) => apps::find(&self.parts.db, &self.ctx, app).await.ok().flatten(),
            None => {
                let host = &route.host;
                return at_route(
                    index,
                    text!(
                        "{host} is another tenant's in this cluster; choose another host.",
                        "{host} 在该集群中属于其他租户，请更换主机名。"
                    ),
                );
            }
        };
        // One that is not to be seen by whoever asks is not named.
        let seen = by.filter(|app| self.ctx.may_on(Permission::AppRead, &app.place()));
        at_route(
            index,
            match seen.map(|app| app.name) {
                Some(name) => text!(
                    "{route} leads to the app {name} already. Choose another address, or take it from that app first.",
                    "{route} 已指向应用 {name}。请更换地址，或先从该应用中移除。"
                ),
                None => text!(
                    "{route} leads to another app already; choose another address.",
                    "{route} 已指向其他应用，请更换地址。"
                ),
            },
        )
    }
}

/// The class of an Ingress among some objects, or what stands for one that the cluster does not have; `None` without an
/// Ingress, and where Longshore may not ask.
async fn class_of(cluster: &Cluster, mut objects: impl Iterator<Item = &Value>) -> Option<Value> {
    let class = objects.find_map(|object| object.pointer("/spec/ingressClassName")?.as_str())?;
    let reference = ObjectRef::cluster(INGRESS.0, CLASS, class);
    match cluster.get(&Identity::Platform, &reference).await {
        Ok(None) => Some(json!({ "kind": CLASS, "metadata": { "name": class }, "missing": true })),
        Ok(found) => found,
        Err(_) => None,
    }
}

/// A conflict about one of the addresses, with its place in the document.
fn at_route(index: usize, message: Text) -> UiError {
    let field = FieldError { field: format!("routing.routes[{index}].host"), message: message.clone() };
    UiError { fields: vec![field], ..UiError::new(ErrorKind::Conflict, message) }
}

/// An error that names a place of the document, as whoever filled in this form sees it.
pub(super) fn in_form(error: UiError, form: &SpecForm) -> UiError {
    let fields = error.fields.iter().cloned().map(|field| {
        // Fields of forms have plain names, and none is called so.
        if field.field.contains(['.', '[']) || field.field == "kind" { form.told(field) } else { field }
    });
    UiError { fields: fields.collect(), ..error }
}

/// What there is of a release's ways, by the objects that are there.
fn network(app: &str, namespace: &str, release: &Release, live: &[Value]) -> Network {
    let find = |kind: &str, name: &str| {
        live.iter().find(|object| object["kind"] == kind && object["metadata"]["name"] == name)
    };
    let service = find("Service", app);
    let node_port = |name: &str| {
        let ports = service?["spec"]["ports"].as_array()?;
        let port = ports.iter().find(|port| port["name"] == name)?;
        port["nodePort"].as_u64().and_then(|port| u16::try_from(port).ok())
    };
    let ports = release.spec.containers.iter().flat_map(|container| &container.ports);
    let ports = ports.map(|port| PortAddress {
        name: port.name.clone(),
        protocol: port.protocol,
        inside: format!("{app}.{namespace}.svc:{}", port.in_service()),
        node_port: node_port(&port.name),
    });
    let routing = release.spec.routing.as_ref();
    let routes = routing.into_iter().flat_map(|routing| {
        routing.routes.iter().map(move |route| {
            let kind = match routing.through {
                Through::Ingress => INGRESS.1,
                Through::Gateway => HTTP_ROUTE.1,
            };
            let name = route_name(app, &route.host);
            let (state, note) = match (routing.through, find(kind, &name)) {
                (_, None) => missing(kind),
                (_, Some(live)) if !leads_from(live, &route.path) => missing(kind),
                (Through::Ingress, Some(ingress)) => of_ingress(ingress, live.iter().find(|o| o["kind"] == CLASS)),
                (Through::Gateway, Some(live)) => of_http_route(live),
            };
            RouteAddress { url: routing.url(route), object: (kind.to_owned(), name), state, note }
        })
    });
    let asks = service.is_some_and(|service| service["spec"]["type"] == "LoadBalancer");
    Network {
        release: release.row.number,
        ports: ports.collect(),
        own_addresses: asks.then(|| service.map(addresses).unwrap_or_default()),
        routes: routes.collect(),
    }
}

/// Where something is reached, as whoever gave it that address wrote it down.
fn addresses(live: &Value) -> Vec<String> {
    let all = live.pointer("/status/loadBalancer/ingress").and_then(Value::as_array);
    let address = |entry: &Value| entry["hostname"].as_str().or_else(|| entry["ip"].as_str()).map(str::to_owned);
    all.into_iter().flatten().filter_map(address).collect()
}

/// Whether a host's object has a rule for a path.
fn leads_from(live: &Value, path: &str) -> bool {
    let rules = || live["spec"]["rules"].as_array().into_iter().flatten();
    let ingress = rules().flat_map(|rule| rule["http"]["paths"].as_array().into_iter().flatten());
    let gateway = rules().flat_map(|rule| rule["matches"].as_array().into_iter().flatten());
    ingress.map(|rule| &rule["path"]).chain(gateway.map(|rule| &rule["path"]["value"])).any(|said| said == path)
}

fn missing(kind: &str) -> (RouteState, Text) {
    let note = text!(
        "The cluster has no {kind} that leads there now: it is not applied yet, another release is on its way, or somebody took it away.",
        "集群中目前没有指向该地址的 {kind}：尚未应用、另一发布正在进行，或已被删除。"
    );
    (RouteState::Missing, note)
}

/// Ingress controllers write down where they listen, as far as they know it. What one wrote stays when the class becomes
/// another's, so that a class which does not exist counts for more.
fn of_ingress(live: &Value, class: Option<&Value>) -> (RouteState, Text) {
    if let Some(name) = class.filter(|class| class["missing"] == true).and_then(|c| c["metadata"]["name"].as_str()) {
        return (
            RouteState::Waiting,
            text!(
                "The cluster has no class of Ingress “{name}”, so that no controller takes this up. Name another in the document under “routing.class”.",
                "集群没有名为“{name}”的 Ingress 类，因此没有控制器处理该地址。请在文档的 routing.class 中更换。"
            ),
        );
    }
    let at = addresses(live).join(", ");
    if !at.is_empty() {
        return (
            RouteState::Ready,
            text!(
                "Traffic comes in at {at}; the host's name has to lead there.",
                "流量入口为 {at}，主机名须解析到该地址。"
            ),
        );
    }
    let note = match live.pointer("/spec/ingressClassName").and_then(Value::as_str) {
        Some(class) => text!(
            "No Ingress controller of the class {class} has said yet where it listens. Some never say it; if the address does not answer, ask the cluster's platform team.",
            "类 {class} 的 Ingress 控制器尚未报告入口地址（有些控制器从不报告）。若地址无法访问，请联系平台团队。"
        ),
        None => text!(
            "The cluster has no usual class of Ingress, so that no controller takes this up: name one in the document under “routing.class”.",
            "集群没有默认的 Ingress 类，因此没有控制器处理该地址：请在文档的 routing.class 中指定。"
        ),
    };
    (RouteState::Waiting, note)
}

/// A Gateway's controller says of each route whether it accepts it, and whether all that it leads to is there.
///
/// Source: <https://gateway-api.sigs.k8s.io/reference/spec/#routestatus>
fn of_http_route(live: &Value) -> (RouteState, Text) {
    let parents = live.pointer("/status/parents").and_then(Value::as_array);
    let generation = live["metadata"]["generation"].as_i64();
    let conditions = |parent: &Value| parent["conditions"].as_array().cloned().unwrap_or_default();
    // What was said of an earlier state of the route does not count.
    let newest = |condition: &Value| condition["observedGeneration"].as_i64().is_none_or(|of| Some(of) >= generation);
    let said: Vec<Value> = parents.into_iter().flatten().flat_map(conditions).filter(newest).collect();
    let refusal = said.iter().find(|condition| {
        condition["status"] == "False" && (condition["type"] == "Accepted" || condition["type"] == "ResolvedRefs")
    });
    if let Some(refusal) = refusal {
        let why = refusal["message"].as_str().filter(|why| !why.is_empty());
        let why = why.or_else(|| refusal["reason"].as_str()).unwrap_or_default();
        return (RouteState::Refused, text!("The Gateway does not take it: {why}", "Gateway 未接受该路由：{why}"));
    }
    if said.iter().any(|condition| condition["type"] == "Accepted" && condition["status"] == "True") {
        return (
            RouteState::Ready,
            text!(
                "The Gateway has taken it; the host's name has to lead there.",
                "Gateway 已接受该路由，主机名须解析到其地址。"
            ),
        );
    }
    let gateway = &live["spec"]["parentRefs"][0];
    let word = |name: &str| gateway[name].as_str().unwrap_or_default();
    let (namespace, name) = (word("namespace"), word("name"));
    (
        RouteState::Waiting,
        text!(
            "The Gateway {namespace}/{name} has said nothing about it yet. If that stays, ask the cluster's platform team whether there is one.",
            "Gateway {namespace}/{name} 尚未响应。若持续如此，请向平台团队确认其是否存在。"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_leads_from_the_paths_that_it_has_rules_for() {
        let ingress = json!({ "spec": { "rules": [{ "host": "a.b", "http": { "paths": [{ "path": "/api" }] } }] } });
        let route = json!({ "spec": { "rules": [{ "matches": [{ "path": { "value": "/api" } }] }] } });
        for object in [ingress, route] {
            assert!(leads_from(&object, "/api") && !leads_from(&object, "/"));
        }
    }

    #[test]
    fn an_ingress_is_taken_up_when_somebody_says_where() {
        let ingress = |class: Value, status: Value| json!({ "spec": { "ingressClassName": class }, "status": status });
        let status =
            json!({ "loadBalancer": { "ingress": [{ "ip": "192.0.2.1" }, { "hostname": "lb.example.org" }] } });
        let (state, note) = of_ingress(&ingress(json!("traefik"), status.clone()), None);
        assert_eq!(state, RouteState::Ready);
        assert!(note.en.contains("192.0.2.1, lb.example.org"), "{}", note.en);
        let (state, note) = of_ingress(&ingress(json!("traefik"), json!({ "loadBalancer": {} })), None);
        assert_eq!(state, RouteState::Waiting);
        assert!(note.en.contains("class traefik"), "{}", note.en);
        let nobody = json!({ "kind": CLASS, "metadata": { "name": "nobody" }, "missing": true });
        let (state, note) = of_ingress(&ingress(json!("nobody"), status), Some(&nobody));
        assert_eq!(state, RouteState::Waiting, "what the class before wrote is old");
        assert!(note.en.contains("“nobody”"), "{}", note.en);
        assert!(of_ingress(&ingress(Value::Null, Value::Null), None).1.en.contains("routing.class"));
    }

    #[test]
    fn a_gateways_word_counts_for_the_route_as_it_is() {
        let route = |conditions: Value| {
            json!({
                "metadata": { "generation": 2 },
                "spec": { "parentRefs": [{ "namespace": "edge", "name": "public" }] },
                "status": { "parents": [{ "conditions": conditions }] },
            })
        };
        let says = |kind: &str, status: &str, of: i64| json!({ "type": kind, "status": status, "observedGeneration": of, "reason": "R", "message": "" });
        let state = |conditions: Value| of_http_route(&route(conditions)).0;
        assert_eq!(state(json!([says("Accepted", "True", 2), says("ResolvedRefs", "True", 2)])), RouteState::Ready);
        assert_eq!(state(json!([says("Accepted", "True", 2), says("ResolvedRefs", "False", 2)])), RouteState::Refused);
        assert_eq!(state(json!([says("Accepted", "False", 1)])), RouteState::Waiting);
        assert!(of_http_route(&route(json!([]))).1.en.contains("edge/public"));
        assert!(of_http_route(&route(json!([says("Accepted", "False", 2)]))).1.en.ends_with(": R"));
    }
}
