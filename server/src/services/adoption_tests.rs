//! What people change by hand, read back.

use std::collections::BTreeMap;

use app::model::{AppId, TenantId};
use serde_json::json;
use uuid::Uuid;

use super::*;

const DOCUMENT: &str = r#"
replicas: 3
containers:
  - image: registry.example.org/web:1
    command: [/web, "$$HOME"]
    ports: [{ port: 8080 }, { name: metrics, port: 9090 }]
    env: { ONE: "1", PRICE: "$(COST)" }
    secrets: [TOKEN]
    files: [{ path: /etc/web.yaml, content: "a: b" }]
    resources: { cpu: 250m, memory: 256Mi }
    liveness: { http: { path: /alive, port: metrics } }
  - name: proxy
    image: envoy:1
autoscaling: { min: 2, max: 10, cpu_percent: 70 }
disruption: { max_unavailable: 1 }
"#;

struct World {
    spec: AppSpec,
    digests: BTreeMap<String, String>,
    secrets: Vec<(String, String)>,
}

impl World {
    fn new(document: &str) -> Self {
        let form = SpecForm {
            source: Source::Document,
            document: document.into(),
            secrets: "TOKEN=x".into(),
            ..SpecForm::default()
        };
        let spec = form.parse().expect("a good document").0;
        let digests = BTreeMap::from([("registry.example.org/web:1".to_owned(), format!("sha256:{}", "a".repeat(64)))]);
        Self { spec, digests, secrets: vec![("TOKEN".into(), "v1".into())] }
    }

    fn subject(&self) -> Subject<'_> {
        Subject {
            tenant: TenantId(Uuid::nil()),
            app: AppId(Uuid::nil()),
            name: "web",
            namespace: "shop",
            release: 4,
            pods: 2,
            spec: &self.spec,
            digests: &self.digests,
            secrets: &self.secrets,
        }
    }

    /// What is adopted when the cluster has what was rendered, with a change to each object.
    fn adopt(&self, change: impl Fn(&str, &mut Value)) -> Adoption {
        let pairs: Vec<Pair> = render::release(&self.subject())
            .into_iter()
            .map(|recorded| {
                let mut live = recorded.clone();
                change(recorded["kind"].as_str().expect("a kind"), &mut live);
                (recorded, (!live.is_null()).then_some(live))
            })
            .collect();
        adopt(&self.subject(), &pairs)
    }
}

fn others(path: &Value) -> Value {
    json!([{ "manager": "kubectl-edit", "operation": "Update", "time": "2026-01-01T00:00:00Z", "fieldsV1": path }])
}

#[test]
fn what_nobody_has_touched_is_what_it_was() {
    for document in [DOCUMENT, "containers: [{ image: 'web:1', ports: [{ port: 80 }], secrets: [TOKEN] }]"] {
        let world = World::new(document);
        let adoption = world.adopt(|_, _| {});
        assert_eq!(adoption.left, []);
        assert_eq!((&adoption.spec, adoption.images, adoption.keeps_pods), (&world.spec, false, true));
    }
}

#[test]
fn what_a_specification_can_say_is_read_back() {
    let world = World::new(DOCUMENT);
    let adoption = world.adopt(|kind, live| {
        let spec = &mut live["spec"];
        match kind {
            "Deployment" => {
                spec["progressDeadlineSeconds"] = json!(120);
                spec["minReadySeconds"] = json!(7);
                spec["strategy"]["rollingUpdate"] = json!({ "maxSurge": 2, "maxUnavailable": "10%" });
                let pod = &mut spec["template"]["spec"];
                pod["terminationGracePeriodSeconds"] = json!(60);
                let app = &mut pod["containers"][0];
                app["args"] = json!(["--level", "$$(NOT)"]);
                app["env"].as_array_mut().expect("a list").retain(|v| v["name"] != "ONE");
                app["env"].as_array_mut().expect("a list").push(json!({ "name": "TWO", "value": "2" }));
                app["resources"] = json!({
                    "requests": { "cpu": "1", "memory": "512Mi", "ephemeral-storage": "1Gi" },
                    "limits": { "cpu": "2", "memory": "1Gi" },
                });
                app["readinessProbe"] = json!({ "httpGet": { "path": "/ready", "port": "main", "scheme": "HTTP" }, "periodSeconds": 9,
                    "timeoutSeconds": 4, "failureThreshold": 2, "successThreshold": 1 });
                app.as_object_mut().expect("an object").remove("livenessProbe");
            }
            "Service" => spec["type"] = json!("NodePort"),
            "HorizontalPodAutoscaler" => {
                spec["minReplicas"] = json!(3);
                spec["maxReplicas"] = json!(12);
                spec["metrics"][0]["resource"]["target"]["averageUtilization"] = json!(55);
                let requests = json!({ "metric": { "name": "requests" }, "target": { "type": "AverageValue", "averageValue": "1k" } });
                let metrics = spec["metrics"].as_array_mut().expect("metrics");
                metrics.push(json!({ "type": "Pods", "pods": requests }));
                spec["behavior"]["scaleUp"] = json!({ "stabilizationWindowSeconds": 20,
                    "policies": [{ "type": "Percent", "value": 50, "periodSeconds": 60 }] });
            }
            "PodDisruptionBudget" => spec["maxUnavailable"] = json!("50%"),
            _ => {}
        }
    });
    // From outside the namespace it is let in by a rule that nobody has made.
    assert_eq!(adoption.left, []);
    let spec = adoption.spec;
    assert_eq!(
        (spec.update.deadline_seconds, spec.update.min_ready_seconds, spec.termination.grace_seconds),
        (120, 7, 60)
    );
    assert_eq!((spec.update.max_surge, spec.update.max_unavailable), (Amount::Count(2), Amount::Percent(10)));
    let scaling = spec.autoscaling.as_ref().expect("scaled");
    assert_eq!((scaling.min, scaling.max, scaling.cpu_percent), (3, 12, Some(55)));
    assert_eq!((scaling.scale_up_seconds, scaling.most_more_a_minute), (20, Some(Amount::Percent(50))));
    assert_eq!((scaling.metrics[0].name.as_str(), scaling.metrics[0].average.as_str()), ("requests", "1k"));
    assert_eq!(scaling.most_fewer_a_minute, None);
    assert_eq!(spec.disruption, Some(Disruption { max_unavailable: Amount::Percent(50) }));
    assert_eq!(spec.exposure, Exposure::NodePort);
    let app = spec.main().expect("a container");
    assert_eq!(app.args, ["--level", "$(NOT)"]);
    assert_eq!(app.env, BTreeMap::from([("PRICE".into(), "$(COST)".into()), ("TWO".into(), "2".into())]));
    assert_eq!((app.resources.cpu, app.resources.cpu_limit), (CpuMillis(1000), Some(CpuMillis(2000))));
    assert_eq!((app.resources.memory, app.resources.memory_limit), (Bytes(512 << 20), Some(Bytes(1 << 30))));
    assert_eq!(app.resources.storage, Some(Bytes(1 << 30)));
    let ready = app.readiness.as_ref().expect("asked");
    assert_eq!(ready.http, Some(HttpCheck { path: "/ready".into(), port: None }));
    assert_eq!((ready.period_seconds, ready.timeout_seconds, ready.failures), (Some(9), 4, Some(2)));
    assert_eq!((app.liveness.as_ref(), app.secrets.as_slice()), (None, &["TOKEN".to_owned()][..]));
}

#[test]
fn what_is_gone_and_can_be_missed_is_left_out() {
    let world = World::new(DOCUMENT);
    let adoption = world.adopt(|kind, live| match kind {
        "HorizontalPodAutoscaler" | "PodDisruptionBudget" => *live = Value::Null,
        "Deployment" => live["spec"]["replicas"] = json!(5),
        _ => {}
    });
    assert_eq!(adoption.left, []);
    assert_eq!((adoption.spec.autoscaling, adoption.spec.disruption, adoption.spec.replicas), (None, None, 5));
}

#[test]
fn pods_stay_only_where_not_even_the_order_differs() {
    let world = World::new(DOCUMENT);
    let add = |name: &'static str, at: usize| {
        world.adopt(move |kind, live| {
            if kind == "Deployment" {
                let env = live["spec"]["template"]["spec"]["containers"][0]["env"].as_array_mut().expect("a list");
                env.insert(at, json!({ "name": name, "value": "v" }));
            }
        })
    };
    // As it is rendered: by name, and the secrets after that.
    assert!(add("QUAY", 2).keeps_pods);
    for (name, at) in [("QUAY", 3), ("AAA", 2)] {
        let adoption = add(name, at);
        assert_eq!((adoption.left.len(), adoption.keeps_pods, adoption.images), (0, false, false), "{name}");
        assert_eq!(adoption.spec.main().expect("a container").env.get(name), Some(&"v".to_owned()));
    }
}

#[test]
fn another_image_is_told_apart() {
    let world = World::new(DOCUMENT);
    let adoption = world.adopt(|kind, live| {
        if kind == "Deployment" {
            live["spec"]["template"]["spec"]["containers"][0]["image"] = json!("registry.example.org/web:2");
            live["spec"]["template"]["spec"]["containers"][1]["imagePullPolicy"] = json!("Never");
        }
    });
    let policy = "Deployment web: spec.template.spec.containers[proxy].imagePullPolicy";
    assert_eq!(adoption.left.iter().map(|text| text.en.as_str()).collect::<Vec<_>>(), [policy]);
    assert_eq!((adoption.images, adoption.keeps_pods), (true, false));
    assert_eq!(adoption.spec.image(), "registry.example.org/web:2");
}

#[test]
fn what_no_specification_can_say_is_named() {
    let world = World::new(DOCUMENT);
    let adoption = world.adopt(|kind, live| match kind {
        "Deployment" => {
            live["spec"]["template"]["spec"]["nodeSelector"] = json!({ "disk": "fast" });
            live["spec"]["template"]["spec"]["containers"][0]["env"][0] = json!({ "name": "ONE", "value": "$(TWO)" });
            live["spec"]["template"]["spec"]["containers"][1]["ports"] = json!([{ "containerPort": 1, "protocol": "TCP" }]);
            live["metadata"]["managedFields"] = others(&json!({ "f:spec": { "f:template": { "f:spec": {
                "f:nodeSelector": { "f:disk": {} },
                "f:containers": { "k:{\"name\":\"proxy\"}": { "f:ports": {
                    "k:{\"containerPort\":1,\"protocol\":\"TCP\"}": { ".": {}, "f:containerPort": {}, "f:protocol": {} } } } },
            } } } }));
        }
        "Service" => live["spec"]["selector"] = json!({ "app": "another" }),
        "ConfigMap" => *live = Value::Null,
        _ => {}
    });
    let mut left: Vec<String> = adoption.left.into_iter().map(|text| text.en).collect();
    left.sort();
    assert_eq!(left.len(), 5, "{left:#?}");
    let config = left[0].strip_prefix("ConfigMap web-").expect("the configuration");
    assert_eq!(config.len(), 10);
    assert_eq!(
        left[1..],
        [
            "Deployment web: spec.template.spec.containers[app].env[ONE].value",
            "Deployment web: spec.template.spec.containers[proxy].ports[1].protocol",
            "Deployment web: spec.template.spec.nodeSelector.disk",
            "Service web: spec.selector.longshore.dev/app",
        ]
        .map(str::to_owned)
    );
}

#[test]
fn what_is_beyond_longshores_limits_is_not_adopted() {
    let world = World::new(DOCUMENT);
    let adoption = world.adopt(|kind, live| {
        if kind == "HorizontalPodAutoscaler" {
            live["spec"]["maxReplicas"] = json!(9_000);
        }
    });
    assert_eq!(adoption.left.len(), 1, "{:?}", adoption.left);
    assert!(adoption.left[0].en.contains("autoscaling.max"), "{:?}", adoption.left);
    assert_ne!(adoption.left[0].en, adoption.left[0].zh);
}
