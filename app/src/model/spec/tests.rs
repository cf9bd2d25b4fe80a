//! From forms and documents to specifications, and back.

use super::{document, *};
use crate::model::{Bytes, CpuMillis};

#[path = "job_tests.rs"]
mod jobs;
#[path = "routing_tests.rs"]
mod routing;

fn form() -> SpecForm {
    SpecForm { image: "registry:5000/demo:1.0.0".into(), ..SpecForm::starter() }
}

fn fields(error: &crate::UiError) -> Vec<&str> {
    error.fields.iter().map(|f| f.field.as_str()).collect()
}

fn of_document(text: &str) -> Result<AppSpec, crate::UiError> {
    let form = SpecForm { source: Source::Document, document: text.into(), ..SpecForm::default() };
    form.parse().map(|(spec, _)| spec)
}

/// What is wrong with a document, a line for each.
fn wrongs(text: &str) -> String {
    let error = of_document(text).expect_err("invalid");
    assert!(fields(&error).iter().all(|field| *field == "document" || *field == "secrets"), "{error:?}");
    error.fields.iter().map(|f| f.message.en.as_str()).collect::<Vec<_>>().join("\n")
}

const EVERYTHING: &str = "
kind: service
replicas: 3
containers:
  - name: app
    image: registry.example.org/shop/web:1.4.2
    args: [--verbose]
    ports:
      - port: 8080
      - { name: metrics, port: 9090 }
    resources: { cpu: 0.25, cpu_limit: 1, memory: 256Mi, memory_limit: 512Mi, storage: 1Gi }
    env: { GREETING: hello }
    files:
      - { path: /etc/web/config.yaml, content: 'colour: blue' }
    mounts:
      - { volume: cache, path: /var/cache }
    readiness: { http: { path: /readyz } }
    liveness: { command: [/bin/true], period_seconds: 10 }
  - name: sidecar
    image: envoy:1
    mounts:
      - { volume: cache, path: /cache, read_only: true }
init_containers:
  - { name: prepare, image: 'registry.example.org/shop/migrate:1.4.2' }
volumes:
  - { name: cache, size: 100Mi, in_memory: true }
exposure: node_port
routing:
  class: public
  routes:
    - { host: shop.example.org, certificate: shop-tls }
    - { host: shop.example.org, path: /metrics, port: metrics, certificate: shop-tls }
    - { host: www.example.org }
autoscaling: { min: 2, max: 10, cpu_percent: 70 }
update: { max_surge: 1, max_unavailable: 25%, min_ready_seconds: 5, deadline_seconds: 120 }
disruption: { max_unavailable: 1 }
spread: { over: zones, strict: true }
termination: { leave_seconds: 3, grace_seconds: 60 }
";

#[test]
fn a_form_comes_back_from_its_specification() {
    let full = SpecForm {
        health_path: "/readyz".into(),
        env: "EMPTY=\nGREETING=hello=you".into(),
        config_path: "/etc/demo/config.yaml".into(),
        config_content: "a: 1\n".into(),
        secrets: "TOKEN".into(),
        max_replicas: "8".into(),
        target_cpu: "60".into(),
        exposure: "node_port".into(),
        routes: "http://shop.example.org\nhttp://shop.example.org/api".into(),
        max_surge: "1".into(),
        max_unavailable: "10%".into(),
        first_batch: "wait".into(),
        at_deadline: "stay".into(),
        ..form()
    };
    let (spec, _) = full.parse().expect("valid");
    let main = spec.main().expect("a container");
    assert_eq!(main.env["GREETING"], "hello=you");
    let most = spec.autoscaling.as_ref().map(|scaling| scaling.max);
    assert_eq!((spec.replicas, most, spec.kind), (2, Some(8), WorkloadKind::Service));
    assert_eq!(SpecForm::from_spec(&spec), full);
    let worker = SpecForm { port: String::new(), ..form() }.parse().expect("valid").0;
    assert_eq!(worker.kind, WorkloadKind::Worker);
}

#[test]
fn every_wrong_field_is_named_at_once() {
    let bad = SpecForm {
        image: "Not An Image".into(),
        replicas: "many".into(),
        max_replicas: "0".into(),
        port: "70000".into(),
        exposure: "moon".into(),
        routes: "https://shop.example.org\nftp://shop.example.org".into(),
        cpu: "-1".into(),
        memory: "12 apples".into(),
        health_path: "readyz".into(),
        env: "1X=2".into(),
        config_path: "etc".into(),
        secrets: "A=1\nA=2".into(),
        max_surge: "a few".into(),
        max_unavailable: "101%".into(),
        deadline: "1".into(),
        first_batch: "think".into(),
        at_deadline: "cry".into(),
        ..SpecForm::default()
    };
    let error = bad.parse().expect_err("invalid");
    let mut named = fields(&error);
    named.sort_unstable();
    assert_eq!(
        named,
        [
            "at_deadline",
            "config_path",
            "cpu",
            "deadline",
            "env",
            "exposure",
            "first_batch",
            "health_path",
            "image",
            "max_replicas",
            "max_surge",
            "max_unavailable",
            "memory",
            "port",
            "replicas",
            "routes",
            "secrets"
        ]
    );
}

#[test]
fn a_document_says_everything_and_comes_back_the_same() {
    let spec = of_document(EVERYTHING).expect("valid");
    let main = spec.main().expect("a container");
    assert_eq!((main.resources.cpu, main.resources.memory), (CpuMillis(250), Bytes(256 << 20)));
    assert_eq!(main.ports[0], Port::main(8080));
    assert_eq!(spec.update.max_unavailable, Amount::Percent(25));
    assert_eq!(document::read(&document::write(&spec)).expect("a document"), spec);
    let json = serde_json::to_string(&spec).expect("JSON");
    assert_eq!(document::read(&json).expect("JSON is YAML"), spec);
    assert_eq!(AppSpec::from_kept(&json).expect("kept"), spec);
}

#[test]
fn fields_change_what_they_show_and_leave_the_rest() {
    let spec = of_document(EVERYTHING).expect("valid");
    let form = SpecForm { image: "registry.example.org/shop/web:2".into(), ..SpecForm::of_spec(&spec) };
    let (changed, _) = form.parse().expect("valid");
    let mut expected = spec;
    expected.containers[0].image = "registry.example.org/shop/web:2".into();
    // With autoscaling the field of the replicas is its least.
    expected.replicas = 2;
    assert_eq!(changed, expected);
}

#[test]
fn what_is_wrong_with_a_document_is_said_with_its_place() {
    for (text, said) in [
        ("", "The document is empty"),
        ("containers: [", "Line "),
        ("containers:\n  - image: web\n    colour: blue", "Line 3"),
        ("containers: []", "containers: At least one container"),
        ("containers: [{ image: web, resources: { cpu: much, memory: 1Gi } }]", "“much” is not an amount of CPU"),
        ("containers: [{ image: web, ports: [{ port: 0 }] }]", "containers[0].ports[0].port"),
        ("containers: [{ image: web, ports: [{ port: 80 }, { port: 80 }] }]", "“main” stands twice"),
        ("containers: [{ image: web }]", "containers[0].ports: A service serves"),
        ("kind: worker\ncontainers: [{ image: web, ports: [{ port: 80 }] }]", "kind: What serves a port"),
        ("kind: worker\ncontainers: [{ image: web }, { image: web }]", "containers[1].name: “app” stands twice"),
        ("kind: worker\ncontainers: [{ image: Web }]", "containers[0].image"),
        ("kind: worker\ncontainers: [{ image: web, readiness: { http: { path: /r } } }]", "readiness.http.port"),
        ("kind: worker\ncontainers: [{ image: web, mounts: [{ volume: x, path: /x }] }]", "no volume “x”"),
        ("kind: worker\ncontainers: [{ image: web, secrets: [TOKEN] }]", "takes the secret TOKEN"),
        ("kind: worker\nreplicas: 501\ncontainers: [{ image: web }]", "replicas: Write a whole number"),
        ("kind: worker\ncontainers: [{ image: web }]\nautoscaling: { min: 3, max: 2 }", "autoscaling.min"),
        ("kind: worker\ncontainers: [{ image: web }]\nupdate: { max_surge: 0 }", "A batch needs room"),
        ("kind: worker\ncontainers: [{ image: web }]\nkind: service", "Line "),
        ("kind: stateful\ncontainers: [{ image: web }]", "volumes: What is stateful has"),
        (
            "kind: worker\ncontainers: [{ image: web }]\nvolumes: [{ name: d, claim: { size: 1Gi } }]",
            "volumes[0].claim: Disk that outlives",
        ),
        (
            "kind: stateful\ncontainers: [{ image: web }]\nvolumes: [{ name: d, in_memory: true, claim: { size: 1Gi, class: A/b } }]",
            "volumes[0].claim.class",
        ),
        ("kind: worker\ncontainers: [{ image: web }]\nrouting: { routes: [] }", "routing.routes: Name at least one"),
        (
            "kind: worker\ncontainers: [{ image: web }]\nrouting: { routes: [{ host: a.b }] }",
            "routing.routes[0].port: An address needs",
        ),
        (
            "containers: [{ image: web, ports: [{ port: 80 }] }]\nrouting: { routes: [{ host: a.b, port: x }] }",
            "no TCP port “x”",
        ),
        (
            "containers: [{ image: web, ports: [{ port: 80 }] }]\nrouting: { through: gateway, class: a/b, routes: [{ host: A.b }] }",
            "routing.gateway: Name the Gateway",
        ),
        (
            "containers: [{ image: web, ports: [{ port: 80 }] }]\nrouting: { https: false, routes: [{ host: a.b, certificate: c }] }",
            "routing.routes[0].certificate: A certificate is for",
        ),
        (
            "containers: [{ image: web, ports: [{ port: 80 }] }]\nrouting: { routes: [{ host: a.b, certificate: c }, { host: a.b, path: /x }] }",
            "A host has one certificate",
        ),
        (&format!("{}1{}", "[".repeat(5000), "]".repeat(5000)), "Line "),
        (&"#".repeat(document::MAX_DOCUMENT_BYTES + 1), "larger than 1 MiB"),
    ] {
        let wrongs = wrongs(text);
        let start: String = text.chars().take(80).collect();
        assert!(wrongs.contains(said), "{start}: {wrongs}");
    }
}

#[test]
fn what_is_wrong_while_it_is_typed_has_its_place() {
    let look = |document: &str| SpecForm { source: Source::Document, document: document.into(), ..form() }.look();
    let cut = look("kind: worker\ncontainers:\n  - image: web\n    colour: blue");
    assert!(cut.other.is_none() && cut.problems[0].line == Some(4), "{cut:?}");
    let wrong = look("containers: [{ image: Web, ports: [{ port: 0 }] }]");
    let places: Vec<&str> = wrong.problems.iter().map(|problem| problem.place.as_str()).collect();
    assert_eq!(places, ["containers[0].image", "containers[0].ports[0].port"]);
    let right =
        look("kind: worker\ncontainers: [{ image: '', secrets: [TOKEN] }]").other.expect("an image may be missing");
    assert_eq!((right.source, right.secrets.as_str()), (Source::Fields, "TOKEN"));
    let fields = SpecForm { cpu: "much".into(), ..form() }.look();
    assert_eq!((fields.problems[0].place.as_str(), fields.problems[0].line), ("cpu", None));
    let document = form().look().other.expect("right").document;
    assert!(document.contains("registry:5000/demo:1.0.0"), "{document}");
}

#[test]
fn secrets_go_to_the_container_that_takes_them() {
    let document = "containers:\n  - { image: web, ports: [{ port: 80 }], secrets: [OWN] }\n  - { name: side, image: s, secrets: [THEIRS] }";
    let form = SpecForm { document: document.into(), secrets: "OWN=1\nTHEIRS=2\nNEW=3".into(), ..form() };
    let (spec, inputs) = form.parse().expect("valid");
    assert_eq!(spec.containers[0].secrets, ["NEW", "OWN"]);
    assert_eq!(spec.containers[1].secrets, ["THEIRS"]);
    assert_eq!(inputs.len(), 3);
    let whole = SpecForm { source: Source::Document, ..form };
    let error = whole.parse().expect_err("nobody takes NEW");
    assert_eq!(fields(&error), ["secrets"]);
}

#[test]
fn each_face_becomes_the_other() {
    let fields = SpecForm { image: String::new(), secrets: "TOKEN=".into(), ..form() };
    let whole = fields.converted().expect("a document");
    assert_eq!((whole.source, whole.secrets.as_str()), (Source::Document, "TOKEN"));
    let back = SpecForm { document: whole.document.replace("TOKEN", "OTHER"), ..whole }.converted().expect("fields");
    assert_eq!((back.source, back.secrets.as_str()), (Source::Fields, "OTHER\nTOKEN"));
    assert_eq!((back.cpu, back.port), (fields.cpu, fields.port));
    let wrong = SpecForm { cpu: "much".into(), ..form() }.converted().expect_err("invalid");
    assert_eq!(self::fields(&wrong), ["cpu"]);
}

#[test]
fn what_was_kept_by_earlier_versions_is_read() {
    let kept = r#"{"image":"web:1","replicas":2,"port":8080,"cpu":250,"memory":134217728,"health_path":"/readyz",
        "env":[["B","2"],["A","1"]],"config":{"path":"/etc/a/b","content":"c"},"secrets":["S"],"deadline_seconds":60}"#;
    let spec = AppSpec::from_kept(kept).expect("an old one");
    let main = spec.main().expect("a container");
    assert_eq!((spec.image(), spec.replicas, spec.deadline_seconds()), ("web:1", 2, 60));
    assert_eq!((main.resources.cpu, main.resources.memory), (CpuMillis(250), Bytes(128 << 20)));
    assert_eq!((main.files.len(), main.env.len(), main.secrets.as_slice()), (1, 2, &["S".to_owned()][..]));
    assert!(AppSpec::from_kept("{}").is_err());
}

#[test]
fn shares_are_rounded_as_kubernetes_does() {
    let quarter = Amount::parse("25%").expect("an amount");
    let update = UpdateStrategy { max_surge: quarter, ..UpdateStrategy::default() };
    assert_eq!([0, 1, 2, 4, 5, 8, 9, 500].map(|n| update.surge(n)), [0, 1, 1, 1, 2, 2, 3, 125]);
    assert_eq!([1, 4, 7, 8].map(|n| quarter.of(n, false)), [0, 1, 1, 2]);
    for wrong in ["", "-1", "101%", "a", "1.5", "%"] {
        assert_eq!(Amount::parse(wrong), None, "{wrong}");
    }
}

#[test]
fn a_first_batch_is_what_a_deployment_makes_of_it() {
    let update = |surge: &str, missing: &str| UpdateStrategy {
        max_surge: Amount::parse(surge).expect("an amount"),
        max_unavailable: Amount::parse(missing).expect("an amount"),
        ..UpdateStrategy::default()
    };
    for (surge, missing, replicas, batch) in [
        ("25%", "0", 1, 1),
        ("25%", "0", 8, 2),
        ("25%", "25%", 8, 4),
        ("1", "1", 3, 2),
        ("0", "10%", 3, 1),
        ("100%", "0", 4, 4),
        ("5", "5", 3, 3),
        ("25%", "0", 0, 0),
    ] {
        assert_eq!(update(surge, missing).batch(replicas), batch, "{surge} {missing} of {replicas}");
    }
}

#[test]
fn what_is_not_about_pods_leaves_them_alike() {
    let before = of_document(EVERYTHING).expect("valid");
    let mut after = before.clone();
    (after.replicas, after.exposure, after.autoscaling, after.disruption) = (9, Exposure::Cluster, None, None);
    (after.update.deadline_seconds, after.kind) = (30, WorkloadKind::Worker);
    assert!(after.has_pods_of(&before));
    let changes: [fn(&mut AppSpec); 5] = [
        |spec| spec.containers[1].image = "envoy:2".into(),
        |spec| spec.init_containers.clear(),
        |spec| spec.volumes[0].in_memory = false,
        |spec| spec.spread.strict = false,
        |spec| spec.termination.grace_seconds = 61,
    ];
    for change in changes {
        let mut after = before.clone();
        change(&mut after);
        assert!(!after.has_pods_of(&before), "{after:?}");
    }
}

#[test]
fn image_references() {
    for good in [
        "web",
        "web:1",
        "library/web:1.2-rc_1",
        "localhost:5000/a/b:c",
        "10.0.0.1:5000/demo:1.0.0",
        &format!("r.example.org/x@sha256:{}", "a".repeat(64)),
    ] {
        assert!(image_reference("image", good).is_ok(), "{good}");
    }
    for bad in ["", "Web", "web:", "web:-1", "a//b", "/a", "a/", "web@sha256:12", "a b", "web:1:2", "http://x/y"] {
        assert!(image_reference("image", bad).is_err(), "{bad}");
    }
}

#[test]
fn debug_shows_no_secret() {
    let form = SpecForm { secrets: "TOKEN=s3cr3t".into(), ..form() };
    assert!(!format!("{form:?}").contains("s3cr3t"));
    let (_, secrets) = form.parse().expect("valid");
    assert!(!format!("{secrets:?}").contains("s3cr3t"));
}

#[test]
fn aliases_cannot_make_a_small_document_large() {
    let value = "x".repeat(30 * 1024);
    let uses: String = (0..60).map(|n| format!("      V{n}: *v\n")).collect();
    let image = "containers:\n  - image: web:1\n    ports: [{ port: 80 }]\n    env:\n      FIRST: &v ";
    let error = wrongs(&format!("{image}{value}\n{uses}"));
    assert!(error.contains("larger than 1 MiB") || error.contains("budget"), "{error}");

    let uses: String = (0..6).map(|n| format!("      V{n}: *v\n")).collect();
    let error = wrongs(&format!("{image}{value}\n{uses}"));
    assert!(error.contains("larger than 128 KiB together"), "{error}");
}

#[test]
fn a_document_with_thousands_of_mistakes_is_told_the_first() {
    let twice = "A, ".repeat(20_000);
    let text = format!("containers:\n  - image: web:1\n    ports: [{{ port: 80 }}]\n    secrets: [{twice}]\n");
    let error = of_document(&text).expect_err("invalid");
    assert!(error.fields.len() <= 51, "{}", error.fields.len());
}
