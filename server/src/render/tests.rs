//! Snapshots of everything that is rendered, and what must hold for all of it.

use app::model::{AppId, AppSpec, Bytes, ConfigFile, CpuMillis, NamespaceId, Quota, TenantId};
use serde_json::Value;

use super::{
    Subject,
    configuration::{config_name, secret, secret_name},
    namespace::{Share, keepers, namespace},
    release, surge,
    workload::pinned,
};

const DIGEST: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn spec() -> AppSpec {
    AppSpec {
        image: "registry.example.org:5000/shop/web:1.4.2".into(),
        replicas: 3,
        port: Some(8080),
        cpu: CpuMillis(250),
        memory: Bytes(256 << 20),
        health_path: Some("/readyz".into()),
        env: vec![("GREETING".into(), "hello".into()), ("PRICE".into(), "$(COST) or $$5".into())],
        config: Some(ConfigFile { path: "/etc/web/config.yaml".into(), content: "colour: blue\n".into() }),
        secrets: vec!["TOKEN".into()],
        deadline_seconds: 300,
    }
}

fn subject<'a>(spec: &'a AppSpec, secrets: &'a [(String, String)]) -> Subject<'a> {
    Subject {
        tenant: TenantId(uuid::Uuid::from_u128(1)),
        app: AppId(uuid::Uuid::from_u128(2)),
        name: "web",
        namespace: "shop",
        release: 7,
        spec,
        digest: DIGEST,
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
    let spec = AppSpec { port: None, health_path: None, env: vec![], config: None, secrets: vec![], ..spec() };
    insta::assert_json_snapshot!(release(&Subject { digest: "", ..subject(&spec, &[]) }));
}

#[test]
fn a_namespace_and_its_keepers() {
    let share = Share {
        id: NamespaceId(uuid::Uuid::from_u128(3)),
        tenant: TenantId(uuid::Uuid::from_u128(1)),
        name: "shop",
        quota: Quota { cpu: CpuMillis(4000), memory: Bytes(8 << 30), pods: 20 },
    };
    let mut objects = vec![namespace(&share)];
    objects.extend(keepers(&share));
    insta::assert_json_snapshot!(objects);
}

#[test]
fn configuration_is_named_by_its_content() {
    let (one, mut two) = (spec(), spec());
    let name = config_name(&subject(&one, &[]));
    assert_eq!(name, config_name(&Subject { release: 8, ..subject(&two, &[]) }), "another release shares it");
    two.config = Some(ConfigFile { path: "/etc/web/config.yaml".into(), content: "colour: red\n".into() });
    assert_ne!(name, config_name(&subject(&two, &[])));
    two.config = Some(ConfigFile { path: "/etc/web/other.yaml".into(), content: "colour: blue\n".into() });
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
    changed.image = "registry.example.org:5000/shop/web:2.0.0".into();
    let selector = |objects: Vec<Value>| objects.last().expect("a Deployment")["spec"]["selector"].clone();
    assert_eq!(
        selector(release(&subject(&spec(), &secrets()))),
        selector(release(&Subject { release: 8, ..subject(&changed, &[]) })),
    );
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

#[test]
fn a_surge_is_a_quarter_rounded_up() {
    assert_eq!([0, 1, 2, 4, 5, 8, 9, 500].map(surge), [0, 1, 1, 1, 2, 2, 3, 125]);
}
