//! Snapshots of everything that is rendered, and what must hold for all of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use app::model::{
    AppId, AppSpec, Bytes, ConfigFile, CpuMillis, Exposure, Gateway, NamespaceId, Quota, Source, SpecForm, Spread,
    SpreadOver, TenantId, Through,
};
use k8s_openapi::api::core::v1::Secret;
use serde_json::{Value, json};

use super::{
    KINDS, Subject,
    configuration::{config_name, secret, secret_name},
    has_same_pods,
    job::run_now,
    namespace::{PullAccount, Share, keepers, namespace, pull_secret},
    release,
    workload::pinned,
};
use crate::registry::Login;

#[path = "feature_tests.rs"]
mod features;

const IMAGE: &str = "registry.example.org:5000/shop/web:1.4.2";
const DIGEST: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn spec() -> AppSpec {
    let form = SpecForm {
        image: IMAGE.into(),
        replicas: "3".into(),
        port: "8080".into(),
        cpu: "250m".into(),
        memory: "256Mi".into(),
        health_path: "/readyz".into(),
        env: "GREETING=hello\nPRICE=$(COST) or $$5".into(),
        config_path: "/etc/web/config.yaml".into(),
        config_content: "colour: blue\n".into(),
        secrets: "TOKEN=x".into(),
        ..SpecForm::default()
    };
    form.parse().expect("valid").0
}

/// One of each thing that a specification may have.
fn everything() -> AppSpec {
    let document = r#"
replicas: 3
containers:
  - image: registry.example.org:5000/shop/web:1.4.2
    command: [/web, "--price=$(COST)"]
    ports: [{ port: 8080 }, { name: metrics, port: 9090 }, { name: game, port: 7777, protocol: udp }]
    resources: { cpu: 250m, cpu_limit: 1, memory: 256Mi, memory_limit: 512Mi, storage: 1Gi, storage_limit: 2Gi }
    files:
      - { path: /etc/web/config.yaml, content: "colour: blue" }
      - { path: "/etc/web/a+b.conf", content: "c" }
    mounts: [{ volume: cache, path: /var/cache }]
    readiness: { http: { path: /readyz }, period_seconds: 5 }
    liveness: { tcp: { port: metrics }, failures: 10 }
    startup: { command: [/bin/started] }
  - name: proxy
    image: envoy:1
    secrets: [TOKEN]
    files: [{ path: /etc/envoy/config.yaml, content: "another of that name" }]
    mounts: [{ volume: cache, path: /cache, read_only: true }]
init_containers: [{ name: prepare, image: "migrate:1", args: [up] }]
volumes: [{ name: cache, size: 100Mi, in_memory: true }, { name: scratch }]
exposure: node_port
routing:
  class: public
  routes:
    - { host: shop.example.org, certificate: shop-tls }
    - { host: www.example.org }
    - { host: shop.example.org, path: /metrics, port: metrics, certificate: shop-tls }
autoscaling:
  { min: 2, max: 10, cpu_percent: 70, memory_percent: 80, scale_down_seconds: 60, scale_up_seconds: 30,
    metrics: [{ name: http_requests_per_second, average: 100, labels: { verb: GET } }],
    most_more_a_minute: 50%, most_fewer_a_minute: 2 }
update: { max_surge: 1, max_unavailable: 25%, min_ready_seconds: 5, deadline_seconds: 120 }
disruption: { max_unavailable: 1 }
spread: { over: zones, strict: true }
termination: { leave_seconds: 3, grace_seconds: 60 }
"#;
    let form = SpecForm {
        source: Source::Document,
        document: document.into(),
        secrets: "TOKEN=x".into(),
        ..SpecForm::default()
    };
    form.parse().expect("valid").0
}

/// What the registry said of the application's image.
fn digests() -> &'static BTreeMap<String, String> {
    static DIGESTS: LazyLock<BTreeMap<String, String>> =
        LazyLock::new(|| BTreeMap::from([(IMAGE.to_owned(), DIGEST.to_owned())]));
    &DIGESTS
}

static NONE: BTreeMap<String, String> = BTreeMap::new();

fn subject<'a>(spec: &'a AppSpec, secrets: &'a [(String, String)]) -> Subject<'a> {
    Subject {
        tenant: TenantId(uuid::Uuid::from_u128(1)),
        app: AppId(uuid::Uuid::from_u128(2)),
        name: "web",
        namespace: "shop",
        release: 7,
        pods: 7,
        spec,
        digests: digests(),
        secrets,
    }
}

fn secrets() -> Vec<(String, String)> {
    vec![("TOKEN".into(), "0123456789".into())]
}

#[test]
fn a_service_with_everything() {
    insta::assert_json_snapshot!(release(&subject(&spec(), &secrets())));
}

#[test]
fn a_worker_without_a_port() {
    let form = SpecForm {
        image: IMAGE.into(),
        replicas: "3".into(),
        port: String::new(),
        cpu: "250m".into(),
        memory: "256Mi".into(),
        ..SpecForm::starter()
    };
    let spec = form.parse().expect("valid").0;
    insta::assert_json_snapshot!(release(&Subject { digests: &NONE, ..subject(&spec, &[]) }));
}

#[test]
fn a_document_with_everything() {
    insta::assert_json_snapshot!(release(&subject(&everything(), &secrets())));
}

#[test]
fn what_keeps_data_has_disks_and_names_for_its_pods() {
    let form = SpecForm {
        image: IMAGE.into(),
        replicas: "2".into(),
        port: "5432".into(),
        data_path: "/var/lib/db".into(),
        data_size: "1Gi".into(),
        ..SpecForm::starter()
    };
    let mut spec = form.parse().expect("valid").0;
    spec.volumes.insert(0, app::model::Volume { name: "scratch".into(), size: None, in_memory: false, claim: None });
    insta::assert_json_snapshot!(release(&subject(&spec, &[])));
}

/// What runs to its end, as a form.
fn ending(runs: &str, schedule: &str) -> AppSpec {
    let form = SpecForm {
        image: IMAGE.into(),
        replicas: "2".into(),
        command: "backup --to /var/lib/archive".into(),
        runs: runs.into(),
        schedule: schedule.into(),
        secrets: "TOKEN=x".into(),
        ..SpecForm::default()
    };
    SpecForm { cpu: "100m".into(), memory: "64Mi".into(), ..form }.parse().expect("valid").0
}

#[test]
fn what_runs_by_a_schedule_says_when_and_how_often() {
    let mut spec = ending("schedule", "0 3 * * *");
    let run = spec.job.as_mut().expect("how it is run");
    (run.time_zone, run.late_seconds, run.completions) = (Some("Europe/Berlin".into()), 600, Some(4));
    let objects = release(&subject(&spec, &secrets()));
    insta::assert_json_snapshot!(objects);

    let mut cron = objects.into_iter().find(|o| o["kind"] == "CronJob").expect("a CronJob");
    assert_eq!(run_now(&cron, "aabb", "anna"), None, "the cluster has not made it yet");
    cron["metadata"]["uid"] = "u".into();
    let run = run_now(&cron, "aabb", "anna").expect("a run");
    assert_eq!(
        (&run["spec"], &run["metadata"]["name"]),
        (&cron["spec"]["jobTemplate"]["spec"], &json!("web-now-aabb"))
    );
    assert_eq!(run["metadata"]["labels"], cron["metadata"]["labels"]);
    assert_eq!(run["metadata"]["ownerReferences"][0]["uid"], "u");
}

#[test]
fn a_job_is_a_run_of_its_own_for_each_release() {
    let spec = ending("once", "");
    let objects = release(&subject(&spec, &secrets()));
    let job = objects.iter().find(|o| o["kind"] == "Job").expect("a Job");
    insta::assert_json_snapshot!(job);
    assert!(objects.iter().all(|o| !matches!(o["kind"].as_str(), Some("Deployment" | "Service" | "CronJob"))));
    let next = Subject { release: 8, pods: 8, ..subject(&spec, &[]) };
    assert_eq!(release(&next).iter().find(|o| o["kind"] == "Job").expect("a Job")["metadata"]["name"], "web-8");
}

#[test]
fn a_gateway_has_a_route_for_each_host() {
    let mut spec = everything();
    let routing = spec.routing.as_mut().expect("addresses");
    routing.through = Through::Gateway;
    routing.gateway = Some(Gateway { namespace: "edge".into(), name: "public".into(), listener: Some("https".into()) });
    let objects = release(&subject(&spec, &secrets()));
    let routes: Vec<_> = objects.iter().filter(|o| o["kind"] == "HTTPRoute").collect();
    insta::assert_json_snapshot!(routes);
    assert!(objects.iter().all(|o| o["kind"] != "Ingress"));
}

#[test]
fn pods_are_kept_apart_when_asked() {
    for (strict, place) in [(true, "required"), (false, "preferred")] {
        let mut spec = everything();
        spec.spread = Spread { over: SpreadOver::OnePerNode, strict };
        let objects = release(&subject(&spec, &secrets()));
        let deployment = objects.iter().find(|o| o["kind"] == "Deployment").expect("a Deployment");
        let pod = &deployment["spec"]["template"]["spec"];
        assert!(pod["topologySpreadConstraints"].is_null());
        let apart = &pod["affinity"]["podAntiAffinity"][format!("{place}DuringSchedulingIgnoredDuringExecution")];
        assert_eq!(apart.as_array().map(Vec::len), Some(1), "{place}");
    }
}

#[test]
fn no_two_objects_share_a_kind_and_a_name_and_every_kind_is_known() {
    let objects = release(&subject(&everything(), &secrets()));
    let key = |o: &Value| (o["apiVersion"].to_string(), o["kind"].to_string(), o["metadata"]["name"].to_string());
    let keys: BTreeSet<_> = objects.iter().map(key).collect();
    assert_eq!(keys.len(), objects.len());
    let known = |o: &Value| KINDS.iter().any(|(version, kind)| o["apiVersion"] == *version && o["kind"] == *kind);
    assert!(objects.iter().all(known), "what is not known is not deleted");
    let kinds: BTreeSet<_> = objects.iter().map(|o| o["kind"].to_string()).collect();
    assert_eq!(kinds.len(), KINDS.len() - 4, "but for the other ways to make pods and to lead an address there");
    assert_eq!(objects, release(&subject(&everything(), &secrets())), "the same every time");
}

fn share() -> Share<'static> {
    Share {
        id: NamespaceId(uuid::Uuid::from_u128(3)),
        tenant: TenantId(uuid::Uuid::from_u128(1)),
        name: "shop",
        quota: Quota { cpu: CpuMillis(4000), memory: Bytes(8 << 30), pods: 20 },
    }
}

#[test]
fn a_namespace_and_its_keepers() {
    let share = share();
    let mut objects = vec![namespace(&share)];
    objects.extend(keepers(&share));
    insta::assert_json_snapshot!(objects);
}

#[test]
fn nodes_know_accounts_by_the_addresses_that_they_pull_from() {
    let account = |host: &str| PullAccount {
        host: host.to_owned(),
        login: Login { username: "puller".to_owned(), password: "s\"3".to_owned().into() },
    };
    let read = |accounts: &[PullAccount]| {
        let secret: Secret = serde_json::from_value(pull_secret(&share(), accounts)).expect("a Secret");
        assert_eq!(secret.type_.as_deref(), Some("kubernetes.io/dockerconfigjson"));
        let data = secret.data.expect("data").remove(".dockerconfigjson").expect("the accounts");
        serde_json::from_slice::<Value>(&data.0).expect("JSON")["auths"].clone()
    };
    assert_eq!(read(&[]), json!({}), "an account that is gone is taken away");
    let account_of = json!({ "username": "puller", "password": "s\"3" });
    assert_eq!(
        read(&[account("docker.io"), account("r.example.org:5000")]),
        json!({ "https://index.docker.io/v1/": account_of, "r.example.org:5000": account_of })
    );
}

#[test]
fn configuration_is_named_by_its_content() {
    let (one, mut two) = (spec(), spec());
    let name = config_name(&subject(&one, &[]));
    assert_eq!(name, config_name(&Subject { release: 8, ..subject(&two, &[]) }), "another release shares it");
    two.containers[0].files[0].content = "colour: red\n".into();
    assert_ne!(name, config_name(&subject(&two, &[])));
    two.containers[0].files[0] = ConfigFile { path: "/etc/web/other.yaml".into(), content: "colour: blue\n".into() };
    assert_ne!(name, config_name(&subject(&two, &[])), "the file's name is part of the object");
}

#[test]
fn secrets_are_named_by_their_versions_and_recorded_without_values() {
    let spec = spec();
    let (old, new) = (secrets(), vec![("TOKEN".to_owned(), "9876543210".to_owned())]);
    assert_ne!(secret_name(&subject(&spec, &old)), secret_name(&subject(&spec, &new)));
    let recorded = secret(&subject(&spec, &old), None).expect("there is a secret");
    assert_eq!(recorded["data"]["TOKEN"], "");
    let applied = secret(&subject(&spec, &old), Some([("TOKEN".to_owned(), b"s3cr3t".to_vec())].into()))
        .expect("there is a secret");
    assert_eq!(applied["data"]["TOKEN"], "czNjcjN0");
    assert_eq!(applied["metadata"], recorded["metadata"]);
}

#[test]
fn a_selector_is_the_same_for_every_release() {
    let mut changed = spec();
    changed.containers[0].image = "registry.example.org:5000/shop/web:2.0.0".into();
    let selector = |objects: Vec<Value>| objects.last().expect("a Deployment")["spec"]["selector"].clone();
    assert_eq!(
        selector(release(&subject(&spec(), &secrets()))),
        selector(release(&Subject { release: 8, ..subject(&changed, &[]) })),
    );
}

#[test]
fn what_is_not_about_pods_leaves_them_as_they_are() {
    let before = release(&subject(&spec(), &secrets()));
    let later = |spec: &AppSpec, secrets: &[(String, String)], pods| {
        release(&Subject { release: 8, pods, ..subject(spec, secrets) })
    };
    let mut scaled = spec();
    (scaled.replicas, scaled.update.deadline_seconds, scaled.exposure) = (9, 77, Exposure::NodePort);
    assert!(has_same_pods(&later(&scaled, &secrets(), 7), &before));
    assert!(!has_same_pods(&later(&scaled, &secrets(), 8), &before), "whoever wants new pods gives them a number");
    let mut configured = spec();
    configured.containers[0].files[0].content = "colour: red\n".into();
    assert!(!has_same_pods(&later(&configured, &secrets(), 7), &before));
    let rotated = [("TOKEN".to_owned(), "9876543210".to_owned())];
    assert!(!has_same_pods(&later(&spec(), &rotated, 7), &before));
    let moved = release(&Subject { release: 8, digests: &NONE, ..subject(&spec(), &secrets()) });
    assert!(!has_same_pods(&moved, &before), "a tag that stands for another image by now");
    assert!(!has_same_pods(&[], &[]));
}

#[test]
fn images_are_pinned_by_digest() {
    for (image, expected) in [
        ("web", "web@D"),
        ("web:1", "web@D"),
        ("localhost:5000/web", "localhost:5000/web@D"),
        ("localhost:5000/a/web:1.0", "localhost:5000/a/web@D"),
        ("r.example.org/web@sha256:old", "r.example.org/web@D"),
        ("r.example.org/web:1@sha256:old", "r.example.org/web@D"),
    ] {
        assert_eq!(pinned(image, "D"), expected);
    }
    assert_eq!(pinned("web:1", ""), "web:1");
}
