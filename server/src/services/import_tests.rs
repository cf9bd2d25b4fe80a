//! What is read of Deployments as clusters have them.

use app::model::{Amount, AppSpec, Exposure, WorkloadKind};
use serde_json::{Value, json};

use super::{
    import_around::Around,
    import_pods::Sources,
    import_reading::{Gathered, NOBODY, Read, digests_of, read},
};
use crate::render::{self, Subject};

/// A Deployment such as people write them, with what a cluster fills in.
fn deployment() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": { "name": "web", "namespace": "shop", "uid": "u-1", "generation": 3,
            "creationTimestamp": "2026-01-01T00:00:00Z" },
        "spec": {
            "replicas": 2, "progressDeadlineSeconds": 600, "revisionHistoryLimit": 10,
            "selector": { "matchLabels": { "app": "web" } },
            "strategy": { "type": "RollingUpdate", "rollingUpdate": { "maxSurge": "25%", "maxUnavailable": 1 } },
            "template": {
                "metadata": { "creationTimestamp": null, "labels": { "app": "web" } },
                "spec": {
                    "restartPolicy": "Always", "dnsPolicy": "ClusterFirst", "schedulerName": "default-scheduler",
                    "terminationGracePeriodSeconds": 30,
                    "securityContext": { "runAsNonRoot": true, "seccompProfile": { "type": "RuntimeDefault" } },
                    "volumes": [
                        { "name": "settings", "configMap": { "name": "web-settings", "defaultMode": 420 } },
                        { "name": "scratch", "emptyDir": { "sizeLimit": "64Mi" } },
                    ],
                    "containers": [{
                        "name": "web", "image": "registry.example.org/shop/web:1.4.2", "imagePullPolicy": "IfNotPresent",
                        "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
                        "ports": [{ "containerPort": 8080, "protocol": "TCP" }],
                        "envFrom": [{ "configMapRef": { "name": "web-env" } }],
                        "env": [
                            { "name": "GREETING", "value": "hello $$5" },
                            { "name": "TOKEN", "valueFrom": { "secretKeyRef": { "name": "web-secrets", "key": "token" } } },
                        ],
                        "resources": { "requests": { "cpu": "50m", "memory": "64Mi" }, "limits": { "memory": "128Mi" } },
                        "readinessProbe": { "httpGet": { "path": "/readyz", "port": 8080, "scheme": "HTTP" },
                            "periodSeconds": 10, "timeoutSeconds": 1, "successThreshold": 1, "failureThreshold": 3 },
                        "livenessProbe": { "tcpSocket": { "port": 8080 }, "initialDelaySeconds": 20, "periodSeconds": 10,
                            "timeoutSeconds": 1, "successThreshold": 1, "failureThreshold": 3 },
                        "lifecycle": { "preStop": { "exec": { "command": ["/bin/sh", "-c", "sleep 7"] } } },
                        "securityContext": { "allowPrivilegeEscalation": false, "capabilities": { "drop": ["ALL"] } },
                        "volumeMounts": [
                            { "name": "settings", "mountPath": "/etc/web" },
                            { "name": "scratch", "mountPath": "/tmp" },
                        ],
                    }],
                },
            },
        },
        "status": { "observedGeneration": 3, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2 },
    })
}

fn gathered() -> Gathered {
    let config = |data: Value| json!({ "kind": "ConfigMap", "data": data });
    Gathered {
        sources: Sources {
            config_maps: [
                ("web-settings".to_owned(), config(json!({ "web.yaml": "port: 8080\n", "more.yaml": "x: 1\n" }))),
                ("web-env".to_owned(), config(json!({ "GREETING": "from the map", "MODE": "fast" }))),
            ]
            .into(),
            secrets: [("web-secrets".to_owned(), json!({ "kind": "Secret", "data": { "token": "s3cret" } }))].into(),
            too_many: false,
        },
        around: Around {
            services: vec![json!({
                "apiVersion": "v1", "kind": "Service", "metadata": { "name": "web", "namespace": "shop" },
                "spec": { "type": "NodePort", "clusterIP": "10.0.0.7", "clusterIPs": ["10.0.0.7"],
                    "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack", "internalTrafficPolicy": "Cluster",
                    "externalTrafficPolicy": "Cluster", "sessionAffinity": "None", "selector": { "app": "web" },
                    "ports": [{ "name": "http", "port": 80, "protocol": "TCP", "targetPort": 8080, "nodePort": 30080 }] },
            })],
            budgets: vec![json!({
                "apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
                "metadata": { "name": "web-budget", "namespace": "shop" },
                "spec": { "minAvailable": 1, "selector": { "matchLabels": { "app": "web" } } },
            })],
            ..Around::default()
        },
        pods: Vec::new(),
    }
}

fn told(read: &Read) -> Vec<&str> {
    read.obstacles.iter().map(|text| text.en.as_str()).collect()
}

/// What is in the way of a Deployment that differs from the one above.
fn obstacles(change: impl FnOnce(&mut Value, &mut Gathered)) -> Vec<String> {
    let (mut deployment, mut gathered) = (deployment(), gathered());
    change(&mut deployment, &mut gathered);
    read(&deployment, &gathered).obstacles.into_iter().map(|text| text.en).collect()
}

fn objects(spec: &AppSpec) -> Vec<Value> {
    render::release(&Subject {
        tenant: NOBODY,
        app: app::model::AppId(uuid::Uuid::nil()),
        name: "web",
        namespace: "shop",
        release: 1,
        pods: 1,
        spec,
        digests: &std::collections::BTreeMap::new(),
        secrets: &[("TOKEN".to_owned(), "v1".to_owned())],
    })
}

#[test]
fn a_usual_deployment_is_read_whole() {
    let read = read(&deployment(), &gathered());
    assert_eq!(told(&read), Vec::<&str>::new());
    let spec = &read.spec;
    assert_eq!((spec.kind, spec.replicas, spec.exposure), (WorkloadKind::Service, 2, Exposure::NodePort));
    assert_eq!((spec.update.max_surge, spec.update.max_unavailable), (Amount::Percent(25), Amount::Count(1)));
    assert_eq!((spec.termination.grace_seconds, spec.termination.leave_seconds), (30, 7));
    assert_eq!(spec.disruption.as_ref().map(|d| d.max_unavailable), Some(Amount::Count(1)));
    let main = spec.main().expect("a container");
    assert_eq!(main.env["GREETING"], "hello $5", "its own stands over the map's");
    assert_eq!(main.env["MODE"], "fast");
    assert!(!main.env.contains_key("TOKEN"));
    assert_eq!(main.secrets, ["TOKEN"]);
    let files: Vec<_> = main.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(files, ["/etc/web/more.yaml", "/etc/web/web.yaml"]);
    assert_eq!(
        read.secrets.iter().map(|s| (s.name.as_str(), s.value.as_deref())).collect::<Vec<_>>(),
        [("TOKEN", Some("s3cret"))]
    );
    let taken: Vec<_> = read.takes.iter().map(|taken| format!("{} {}", taken.kind, taken.name)).collect();
    assert_eq!(taken, ["Service web", "PodDisruptionBudget web-budget"]);
    let startup = main.startup.as_ref().expect("the time to start");
    assert_eq!((startup.period_seconds, startup.failures), (Some(5), Some(10)), "20 s, and 3 × 10 s to be found dead");
}

#[test]
fn the_service_leads_to_running_pods_and_to_later_ones() {
    let read = read(&deployment(), &gathered());
    let port = &read.spec.main().expect("a container").ports[0];
    assert_eq!((port.name.as_str(), port.port, port.service_port, port.by_number), ("http", 8080, Some(80), true));
    let service = objects(&read.spec).into_iter().find(|o| o["kind"] == "Service").expect("a Service");
    let said = &service["spec"]["ports"][0];
    assert_eq!((&said["port"], &said["targetPort"], &said["name"]), (&json!(80), &json!(8080), &json!("http")));

    // Pods that know the port by its name keep being found by it.
    let mut named = deployment();
    named["spec"]["template"]["spec"]["containers"][0]["ports"][0]["name"] = json!("http");
    let mut gathered = gathered();
    gathered.around.services[0]["spec"]["ports"][0]["targetPort"] = json!("http");
    let read = super::import_reading::read(&named, &gathered);
    assert!(!read.spec.main().expect("a container").ports[0].by_number);
}

#[test]
fn the_first_release_keeps_the_template_to_the_letter() {
    let read = read(&deployment(), &gathered());
    let mut objects = objects(&read.spec);
    render::keep_pods(&mut objects, read.template.clone());
    let workload = objects.iter().find(|object| render::is_workload(object)).expect("a Deployment");
    let template = &workload["spec"]["template"];
    assert_eq!(template["spec"], deployment()["spec"]["template"]["spec"]);
    assert_eq!(template["metadata"]["labels"]["app"], "web", "by which the ReplicaSet finds them");
    assert!(template["metadata"]["labels"]["longshore.dev/app"].is_string());
    assert!(workload["spec"]["selector"]["matchLabels"]["app"].is_null());
}

#[test]
fn what_would_be_lost_is_named_with_its_place() {
    let pod = |change: fn(&mut Value)| obstacles(|d, _| change(&mut d["spec"]["template"]["spec"]));
    let cases: [(Vec<String>, &str); 16] = [
        (pod(|p| p["hostUsers"] = json!(false)), "spec.template.spec.hostUsers is false"),
        (pod(|p| p["securityContext"]["fsGroup"] = json!(0)), "spec.template.spec.securityContext.fsGroup is 0"),
        (
            pod(|p| {
                let mut helper = p["containers"][0].clone();
                helper["name"] = json!("helper");
                helper["restartPolicy"] = json!("Always");
                for field in ["ports", "readinessProbe", "livenessProbe", "lifecycle"] {
                    helper[field] = json!(null);
                }
                p["initContainers"] = json!([helper]);
            }),
            "initContainers[helper].restartPolicy is Always",
        ),
        (
            obstacles(|_, g| g.sources.config_maps.get_mut("web-env").expect("a map")["data"]["1ST"] = json!("x")),
            "envFrom[0].configMapRef[1ST] would be a variable",
        ),
        (pod(|p| p["nodeSelector"] = json!({ "disk": "ssd" })), "spec.template.spec.nodeSelector is"),
        (pod(|p| p["hostNetwork"] = json!(true)), "spec.template.spec.hostNetwork is true"),
        (pod(|p| p["serviceAccountName"] = json!("robot")), "spec.template.spec.serviceAccountName is “robot”"),
        (
            pod(|p| p["containers"][0]["securityContext"]["runAsUser"] = json!(1000)),
            "spec.template.spec.containers[web].securityContext.runAsUser is 1000",
        ),
        (pod(|p| p["containers"][0]["resources"]["limits"] = json!({})), "limits.memory is not set"),
        (
            pod(|p| p["containers"][0]["lifecycle"]["preStop"] = json!({ "exec": { "command": ["/quit"] } })),
            "else than sleep",
        ),
        (pod(|p| p["containers"][0]["env"][0]["value"] = json!("$(OTHER)/x")), "refers to another variable"),
        (
            pod(|p| {
                p["containers"][0]["env"][0] =
                    json!({ "name": "IP", "valueFrom": { "fieldRef": { "fieldPath": "status.podIP" } } });
            }),
            "env[IP].valueFrom.fieldRef",
        ),
        (
            pod(|p| p["volumes"][1] = json!({ "name": "scratch", "persistentVolumeClaim": { "claimName": "data" } })),
            "volumes[scratch].persistentVolumeClaim",
        ),
        (obstacles(|d, _| d["spec"]["strategy"] = json!({ "type": "Recreate" })), "Recreate"),
        (obstacles(|d, _| d["status"]["updatedReplicas"] = json!(1)), "Wait until its rollout has ended"),
        (obstacles(|_, g| g.sources.secrets.clear()), "there is no Secret web-secrets (token)"),
    ];
    for (found, expected) in cases {
        assert!(found.len() == 1 && found[0].contains(expected), "{expected}: {found:?}");
    }
}

#[test]
fn what_else_speaks_of_the_pods_is_in_the_way() {
    let other = |kind: &str, spec: Value| json!({ "kind": kind, "metadata": { "name": "other" }, "spec": spec });
    let found = obstacles(|_, g| g.around.services.push(other("Service", json!({ "selector": { "app": "web" } }))));
    assert!(found[0].contains("The Service other finds these pods, too"), "{found:?}");
    let found = obstacles(|_, g| {
        g.around.policies.push(other("NetworkPolicy", json!({ "podSelector": { "matchLabels": { "app": "web" } } })));
    });
    assert!(found[0].contains("The NetworkPolicy other"), "{found:?}");
    let everything = obstacles(|_, g| g.around.policies.push(other("NetworkPolicy", json!({ "podSelector": {} }))));
    assert_eq!(everything, Vec::<String>::new());
    let found = obstacles(|_, g| g.around.services[0]["spec"]["selector"] = json!({ "app": "another" }));
    assert!(found[0].contains("leads to other pods"), "{found:?}");
    let found = obstacles(|d, _| d["spec"]["template"]["metadata"]["labels"]["longshore.dev/app"] = json!("x"));
    assert!(found[0].contains("longshore.dev/"), "{found:?}");
}

#[test]
fn what_looks_after_other_pods_too_stays_theirs() {
    let pod = |name: &str, app: &str| json!({ "metadata": { "name": name, "labels": { "app": app, "tier": "web" } } });
    let both = |g: &mut Gathered| g.around.pods = vec![pod("web-1", "web"), pod("api-1", "api")];
    let wide = json!({ "tier": "web" });
    let label = |d: &mut Value| d["spec"]["template"]["metadata"]["labels"]["tier"] = json!("web");
    assert_eq!(obstacles(|_, g| both(g)), Vec::<String>::new());
    let found = obstacles(|d, g| {
        label(d);
        both(g);
        g.around.services[0]["spec"]["selector"] = wide.clone();
    });
    assert_eq!(found, ["The Service web speaks of other pods as well, such as api-1. Give those one of their own."]);
    let found = obstacles(|d, g| {
        label(d);
        both(g);
        g.around.budgets[0]["spec"]["selector"] = json!({ "matchLabels": wide });
    });
    assert!(found[0].contains("The PodDisruptionBudget web-budget speaks of other pods"), "{found:?}");
}

#[test]
fn what_would_take_the_pods_for_its_own_is_in_the_way() {
    let other = |name: &str, selector: Value| json!({ "kind": "Deployment", "metadata": { "name": name }, "spec": { "selector": selector } });
    let with = |selector: Value| obstacles(|_, g| g.around.workloads.push(other("canary", selector)));
    assert!(
        with(json!({ "matchLabels": { "app": "web" } }))[0].contains("The Deployment canary finds these pods, too")
    );
    let expression = |operator: &str, values: Value| json!({ "matchExpressions": [{ "key": "app", "operator": operator, "values": values }] });
    assert_eq!(with(expression("In", json!(["web", "x"]))).len(), 1);
    assert_eq!(with(expression("NotIn", json!(["web"]))), Vec::<String>::new());
    assert_eq!(with(expression("Exists", json!(null))).len(), 1);
    assert_eq!(with(json!({ "matchLabels": { "app": "web", "track": "canary" } })), Vec::<String>::new());
    let itself = obstacles(|_, g| g.around.workloads.push(other("web", json!({ "matchLabels": { "app": "web" } }))));
    assert_eq!(itself, Vec::<String>::new());
}

#[test]
fn what_others_look_after_is_theirs() {
    let owner = json!([{ "kind": "Shop", "name": "harbour", "controller": true }]);
    let found = obstacles(|d, _| d["metadata"]["ownerReferences"] = owner.clone());
    assert!(found[0].contains("The Deployment web is made by Shop harbour"), "{found:?}");
    let found = obstacles(|_, g| g.around.budgets[0]["metadata"]["ownerReferences"] = owner);
    assert!(found[0].contains("The PodDisruptionBudget web-budget is made by"), "{found:?}");
    let marked = |place: &str, mark: &str, by: &str| obstacles(|d, _| d["metadata"][place] = json!({ mark: by }));
    for (place, mark, by, tool) in [
        ("labels", "app.kubernetes.io/managed-by", "Helm", "Helm"),
        ("annotations", "argocd.argoproj.io/tracking-id", "shop:apps/Deployment:old/web", "Argo CD"),
        ("labels", "kustomize.toolkit.fluxcd.io/name", "shop", "Flux"),
    ] {
        let found = marked(place, mark, by);
        assert!(found[0].contains(&format!("made with {tool}")) && found[0].contains(mark), "{found:?}");
    }
    assert_eq!(marked("labels", "app.kubernetes.io/managed-by", "kubectl"), Vec::<String>::new());
    let found = obstacles(|_, g| g.sources.too_many = true);
    assert!(found[0].contains("more than 100 ConfigMaps and Secrets"), "{found:?}");
    let found = obstacles(|d, _| d["metadata"]["finalizers"] = json!(["example.org/hold"]));
    assert!(found[0].contains("held by example.org/hold"), "{found:?}");
}

#[test]
fn a_port_that_is_nobodys_stays_private() {
    let more = |d: &mut Value, port: u16| {
        let ports = &mut d["spec"]["template"]["spec"]["containers"][0]["ports"];
        ports.as_array_mut().expect("ports").push(json!({ "name": "admin", "containerPort": port, "protocol": "TCP" }));
    };
    let mut deployment = deployment();
    more(&mut deployment, 9090);
    let read = read(&deployment, &gathered());
    assert_eq!(told(&read), Vec::<&str>::new());
    let names: Vec<_> = read.spec.main().expect("a container").ports.iter().map(|port| port.name.as_str()).collect();
    assert_eq!(names, ["http"], "the Service is reached from outside and does not lead to it");
    let found = obstacles(|d, _| {
        more(d, 9090);
        d["spec"]["template"]["spec"]["containers"][0]["livenessProbe"]["tcpSocket"]["port"] = json!("admin");
    });
    assert!(found[0].contains("The port 9090 of web is asked by a probe"), "{found:?}");
}

#[test]
fn what_the_next_release_changes_is_told_without_what_stays_the_same() {
    let mut mine = deployment();
    mine["metadata"]["managedFields"] = json!([{ "manager": "kubectl", "operation": "Update", "apiVersion": "apps/v1",
        "fieldsType": "FieldsV1", "fieldsV1": { "f:spec": { "f:template": { "f:spec": {
            "f:dnsPolicy": {}, "f:restartPolicy": {}, "f:imagePullSecrets": { ".": {} } } } } } }]);
    let read = read(&mine, &gathered());
    let app = crate::database::apps::App {
        id: app::model::AppId(uuid::Uuid::nil()),
        tenant: NOBODY,
        cluster: app::model::ClusterId(uuid::Uuid::nil()),
        namespace: app::model::NamespaceId(uuid::Uuid::nil()),
        name: "web".to_owned(),
        newest_release: 1,
        live_release: None,
        operation: None,
        deleting: false,
        created_at: 0,
    };
    let later = super::import_reading::changed_later(&read, &app, "shop");
    let paths: Vec<&str> = later.iter().map(|change| change.path.as_str()).collect();
    assert!(paths.contains(&"spec.template.spec.automountServiceAccountToken"), "{paths:?}");
    assert!(paths.contains(&"spec.template.metadata.labels.app"), "{paths:?}");
    assert!(!paths.iter().any(|path| path.contains("dnsPolicy") || path.contains(".env[")), "{paths:?}");
}

#[test]
fn time_to_start_is_kept() {
    let mut late = deployment();
    let container = &mut late["spec"]["template"]["spec"]["containers"][0];
    container["startupProbe"] = json!({ "tcpSocket": { "port": 8080 }, "initialDelaySeconds": 120, "periodSeconds": 10,
        "failureThreshold": 3 });
    let read = read(&late, &gathered());
    let startup = read.spec.main().expect("a container").startup.clone().expect("time to start");
    assert_eq!((startup.period_seconds, startup.failures), (Some(10), Some(15)));
}

#[test]
fn an_autoscaler_goes_over_or_says_what_is_lost() {
    let scaler = |metrics: Value| {
        json!({
            "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": { "name": "web-scaler" },
            "spec": { "minReplicas": 2, "maxReplicas": 6, "metrics": metrics,
                "scaleTargetRef": { "apiVersion": "apps/v1", "kind": "Deployment", "name": "web" } },
        })
    };
    let cpu = json!([{ "type": "Resource", "resource": { "name": "cpu", "target": { "type": "Utilization", "averageUtilization": 60 } } }]);
    let mut gathered = gathered();
    gathered.around.budgets.clear();
    gathered.around.autoscalers.push(scaler(cpu));
    let read = read(&deployment(), &gathered);
    assert_eq!(told(&read), Vec::<&str>::new());
    let scaling = read.spec.autoscaling.as_ref().expect("it scales");
    assert_eq!((scaling.min, scaling.max, scaling.cpu_percent), (2, 6, Some(60)));
    assert!(read.takes.iter().any(|taken| taken.name == "web-scaler"));
}

#[test]
fn what_a_cluster_may_answer_never_panics() {
    for odd in [json!(null), json!({}), json!({ "spec": 1 }), json!({ "spec": { "template": [] }, "status": "x" })] {
        let read = read(&odd, &Gathered::default());
        assert!(!read.obstacles.is_empty(), "{odd}");
    }
}

#[test]
fn images_are_pinned_where_all_pods_agree() {
    let pod = |id: &str| json!({ "status": { "containerStatuses": [{ "name": "web", "imageID": id }] } });
    let template = &deployment()["spec"]["template"];
    let image = "registry.example.org/shop/web:1.4.2";
    let one = [pod("registry.example.org/shop/web@sha256:aa"), pod("registry.example.org/shop/web@sha256:aa")];
    assert_eq!(digests_of(&one, template).get(image).map(String::as_str), Some("sha256:aa"));
    let two = [pod("registry.example.org/shop/web@sha256:aa"), pod("registry.example.org/shop/web@sha256:bb")];
    assert!(digests_of(&two, template).is_empty());
    assert!(digests_of(&[pod("sha256:cc")], template).is_empty(), "what is no registry's digest");
}
